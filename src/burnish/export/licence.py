"""The licence of a base model, as far as its files or its name tell; and what it says of passing a fine-tuned model on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from burnish.export.opened import Version
from burnish.model.source import EMBEDDED

BY_NAME: Mapping[str, str] = {
    EMBEDDED: "apache-2.0",
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": "apache-2.0",
    "Qwen/Qwen3-1.7B": "apache-2.0",
    "unsloth/Qwen2.5-1.5B-Instruct": "apache-2.0",
    "meta-llama/Llama-3.2-3B-Instruct": "llama3.2",
}
"""Of the models that burnish offers by name; from their makers' cards."""
FREE = ("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc-by-4.0", "cc0-1.0", "unlicense", "isc")
_TEXTS = (
    (re.compile(r"Apache License\s+Version 2\.0", re.IGNORECASE), "apache-2.0"),
    (re.compile(r"\bMIT License\b|Permission is hereby granted, free of charge", re.IGNORECASE), "mit"),
    (re.compile(r"LLAMA 3\.\d COMMUNITY LICENSE", re.IGNORECASE), "llama3"),
    (re.compile(r"Gemma Terms of Use", re.IGNORECASE), "gemma"),
)
_FRONT = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_LINE = re.compile(r"^license:\s*[\"']?([\w.-]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What is known."""

    name: str
    """In the short form of model cards, such as "apache-2.0"; "unknown" where nothing tells."""
    source: str
    """Where it was read."""
    warning: str
    """What a person should know before passing the model on; "" where nothing stands against it."""


def licence_of(version: Version) -> Licence:
    """Return the licence of a version's base."""
    name, source = _found(version)
    return Licence(name=name, source=source, warning=_warning(name))


def _found(version: Version) -> tuple[str, str]:
    folder = version.source.folder
    if version.source.name in BY_NAME:
        return BY_NAME[version.source.name], "known by the model's name"
    card = folder / "README.md"
    if card.is_file():
        front = _FRONT.search(card.read_text("utf-8", "replace"))
        line = _LINE.search(front[1]) if front else None
        if line:
            return line[1].lower(), "README.md of the base"
    for path in sorted(folder.glob("LICEN[CS]E*")):
        text = path.read_text("utf-8", "replace")[:20_000]
        named = next((short for pattern, short in _TEXTS if pattern.search(text)), "")
        return named or "other", f"{path.name} of the base"
    return "unknown", "the base folder has no README.md that names one and no LICENSE"


def _warning(name: str) -> str:
    words = set(re.split(r"[-_.]", name.lower()))
    if name in FREE:
        return ""
    if name == "unknown":
        return "the licence of the base is not known: find it out before you pass this on"
    if "nd" in words:
        return f"the licence of the base ({name}) forbids passing on changed versions: keep this for yourself"
    if "nc" in words or "noncommercial" in name or "research" in words:
        return f"the licence of the base ({name}) forbids commercial use, of this version as well"
    return f"the licence of the base ({name}) has conditions of its own (names, notices, uses): read it before you pass this on"
