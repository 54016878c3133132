"""How families of chat templates write their turns, for Ollama, whose templates are in another language than the models' own.

A family is taken for a model only where it writes every probe exactly as the training's template does; else the export is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from burnish.errors import ModelError
from burnish.export.go_template import render
from burnish.export.opened import Version
from burnish.export.probes import Probe
from burnish.export.target import plain_turns

Around = tuple[str, str]
"""What stands before and after the words of a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How turns are written; `{eos}` stands for the model's end-of-text token."""

    name: str
    user: Around
    assistant: Around
    generation: str
    """What opens the answer."""
    system: Around | None = None
    """None: no system role; its text goes before the first question, a blank line between."""
    silence: str = ""
    """What follows `generation` when thinking is off."""


def _chatml(name: str, silence: str = "") -> Family:
    def turn(role: str) -> Around:
        return f"<|im_start|>{role}\n", "<|im_end|>\n"

    return Family(
        name=name,
        system=turn("system"),
        user=turn("user"),
        assistant=turn("assistant"),
        generation="<|im_start|>assistant\n",
        silence=silence,
    )


def _tagged(name: str, before: str, after: str, *, answers: str = "assistant", system: bool = True) -> Family:
    return Family(
        name=name,
        system=(before.format("system"), after) if system else None,
        user=(before.format("user"), after),
        assistant=(before.format(answers), after),
        generation=before.format(answers),
    )


FAMILIES = (
    _chatml("ChatML"),
    _chatml("ChatML that thinks (Qwen3)", silence="<think>\n\n</think>\n\n"),
    _tagged("Llama 3", "<|start_header_id|>{}<|end_header_id|>\n\n", "<|eot_id|>"),
    _tagged("Gemma", "<start_of_turn>{}\n", "<end_of_turn>\n", answers="model", system=False),
    _tagged("Phi-3", "<|{}|>\n", "<|end|>\n"),
    Family(
        name="Mistral Small",
        system=("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
        user=("[INST]", "[/INST]"),
        assistant=("", "{eos}"),
        generation="",
    ),
)


def go_template(family: Family, *, default_system: str, eos: str, bos: str) -> str:
    """Return a family's template in Go's language; `bos` is written at the very beginning ("" where the engine puts it there)."""

    def written(around: Around, words: str) -> str:
        return around[0].replace("{eos}", eos) + words + around[1].replace("{eos}", eos)

    content = "{{ .Content }}"
    asked = content if family.system else "{{ if and $.System (eq $i 1) }}{{ $.System }}\n\n{{ end }}" + content
    default = written(family.system, default_system) if family.system and default_system else ""
    silence = "{{ if not $.Think }}" + family.silence + "{{ end }}" if family.silence else ""
    return "".join(
        (
            bos,
            "{{ if not .System }}" + default + "{{ end }}" if default else "",
            "{{ range $i, $_ := .Messages }}",
            '{{ if eq .Role "system" }}' + (written(family.system, content) if family.system else ""),
            '{{ else if eq .Role "user" }}' + written(family.user, asked),
            '{{ else if eq .Role "assistant" }}' + written(family.assistant, content) + "{{ end }}",
            '{{ if and (eq (len (slice $.Messages $i)) 1) (ne .Role "assistant") }}',
            family.generation.replace("{eos}", eos) + silence + "{{ end }}{{ end }}",
        )
    )


def ollama_text(template: str, version: Version, probe: Probe) -> str:
    """Return a probe as Ollama writes it with `template`: it hands over the turns, and the system text apart as well."""
    turns = [{"role": message.role, "content": message.content} for message in probe.messages]
    if not version.chat.habits.has_system and not any(turn["role"] == "system" for turn in turns):
        turns = plain_turns(version, probe)
    system = "\n\n".join(turn["content"] for turn in turns if turn["role"] == "system")
    messages = [{"Role": turn["role"], "Content": turn["content"]} for turn in turns]
    data: dict[str, Any] = {"System": system, "Messages": messages, "Think": probe.think}
    return render(template, data)


def template_for(version: Version, probes: Sequence[Probe], *, adds_bos: bool) -> tuple[str, str]:
    """Return (family, template in Go's language) that writes every probe as in training. Raises ModelError naming what differs."""
    bos, eos = version.tokenizer.bos_token or "", version.tokenizer.eos_token or ""
    wanted = [version.chat.prompt_text(probe.messages, think=probe.think) for probe in probes]
    opening = bos if bos and all(text.startswith(bos) for text in wanted) else ""
    best = (-1, "", "")
    for family in FAMILIES:
        # A family that opens its turns with BOS itself (ChatML) has it in its turns already.
        own = family.user[0].startswith(opening) if opening else True
        template = go_template(
            family, default_system=version.chat.habits.default_system, eos=eos, bos="" if own or adds_bos else opening
        )
        texts = [ollama_text(template, version, probe) for probe in probes]
        expected = [text.removeprefix(opening) if adds_bos and not own else text for text in wanted]
        same = sum(a == b for a, b in zip(texts, expected, strict=True))
        if same == len(probes):
            return family.name, template
        place = next(i for i, (a, b) in enumerate(zip(texts, expected, strict=True)) if a != b)
        best = max(best, (same, family.name, _difference(probes[place], texts[place], expected[place])), key=lambda one: one[0])
    raise ModelError(
        "no Ollama template is known that writes this model's conversations as in training",
        seen=_why(version) or f"nearest is {best[1]}, {best[0]} of {len(probes)} equal; {best[2]}",
        remedy="export `gguf` and run it with llama.cpp's server, which uses the model's own template",
    )


def _why(version: Version) -> str:
    if version.chat.dated:
        return "the template writes today's date, which an Ollama template cannot"
    if version.chat.habits.header and not version.chat.habits.header.startswith("<think>"):
        return f"training puts {version.chat.habits.header!r} before every answer"
    return ""


def _difference(probe: Probe, given: str, wanted: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(given, wanted, strict=False)) if a != b), min(len(given), len(wanted)))
    if probe.own:
        return f"{probe.name}: letter {at} differs"
    return f"{probe.name}: {given[at : at + 24]!r} where training has {wanted[at : at + 24]!r}"
