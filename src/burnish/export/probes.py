"""Conversations that a proof puts to an artefact: each a way in which a template or a tokenizer is known to go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass

from burnish.errors import DataError
from burnish.export.opened import Version
from burnish.records.conversation import Message

OWN_ROWS = 3
"""Held-out questions of the person's own that are asked at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One conversation that awaits an answer."""

    name: str
    messages: tuple[Message, ...]
    think: bool = False
    """Whether the template's thinking mode is on."""
    own: bool = False
    """Whether the words are the person's: then they are shown in no file that may leave the house."""


def _said(*turns: str, system: str = "") -> tuple[Message, ...]:
    start = (Message(role="system", content=system),) if system else ()
    roles = ("user", "assistant")
    return start + tuple(Message(role=roles[i % 2], content=text) for i, text in enumerate(turns))


_PLAIN = (
    ("one turn", _said("Which day is the market?")),
    ("several turns", _said("Good morning", "Hello, what can I do?", "Tell me of the sea.", "It is wide.", "And deep?")),
    ("system prompt", _said("Who are you?", system="You are a lighthouse keeper and answer in one line.")),
    ("system and turns", _said("Hi", "Hello.", "How old is the tower?", system="Be exact.\n\nNever guess.")),
    (
        "unicode",
        _said("Grüße aus Łódź, 東京 и Київ: „çà va“ 🙂👩‍🚀 — 1 234,56 €; naïve café, \u0627\u0644\u0633\u0644\u0627\u0645"),
    ),
    ("code and links", _said("def f(x):\n\treturn {'a': [1, 2]}\n\nhttps://example.org/~me/a_b?q=1&r=%20#top  x  3 33 333 3333")),
)


def probes_of(version: Version) -> tuple[Probe, ...]:
    """Return the probes that the version's template can render, thinking on and off where it thinks, and its own questions."""
    probes = [Probe(name=name, messages=messages) for name, messages in _PLAIN]
    if version.chat.thinks:
        probes += [
            Probe(name=f"{name}, thinking on", messages=messages, think=True)
            for name, messages in _PLAIN
            if name in {"one turn", "system prompt"}
        ]
    probes += [
        Probe(name=f"own question {number}", messages=_said(words), own=True)
        for number, words in enumerate(_own_questions(version), start=1)
    ]
    return tuple(probe for probe in probes if _renders(version, probe))


def _renders(version: Version, probe: Probe) -> bool:
    try:
        version.chat.prompt_ids(probe.messages, think=probe.think)
    except DataError:
        return False  # the template refuses such a conversation, so training never saw one either
    return True


def _own_questions(version: Version) -> list[str]:
    """Return the first held-out questions of the run, where they lie on the disk."""
    if version.folder is None:
        return []
    try:
        suites = json.loads((version.folder / "after.json").read_text("utf-8"))["suites"]
        answers = suites.get("held-out rows", {}).get("answers", [])
    except (OSError, ValueError, KeyError, AttributeError):
        return []
    return list(dict.fromkeys(str(one["prompt"]) for one in answers if one.get("prompt", "").strip()))[:OWN_ROWS]
