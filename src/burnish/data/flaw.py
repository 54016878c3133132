"""A flaw: one thing that is wrong with one row, in the words a person reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.records.codec import JSON
from burnish.records.ledger import Refusal

SHOWN = 60
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong with one row."""

    reason: str
    """What is wrong; the same words for the same kind of flaw, so that the books can count them."""
    key: str = ""
    """The key at fault, such as `messages[2].role`."""
    seen: str = ""
    """The value seen there, shortened."""
    remedy: str = ""
    byte: int = 0
    """Bytes from the row's first byte to the flaw; 0 where the flaw is not at one place."""


def shown(value: JSON) -> str:
    """Return a value as JSON of at most 60 characters, with nothing in it that could steer a terminal."""
    text = json.dumps(value[: SHOWN + 1] if isinstance(value, str) else value, ensure_ascii=False)
    return plain(text)


def plain(text: str) -> str:
    """Return a text shortened to 60 characters, with what cannot be printed written as escapes."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: SHOWN + 1])
    return safe if len(safe) <= SHOWN else safe[: SHOWN - 3] + "..."


def kind(value: JSON) -> str:
    """Return what a JSON value is, in a person's words."""
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names[type(value)]


def refusal(file: str, line: int, byte: int, flaws: Sequence[Flaw]) -> Refusal:
    """Return the one refusal of a row with all its flaws; `byte` is the offset of the row's first byte in the file."""
    return Refusal(
        file=file,
        line=line,
        byte=byte + next((flaw.byte for flaw in flaws if flaw.byte), 0),
        key=_joined([flaw.key for flaw in flaws], ", "),
        seen=_joined([flaw.seen for flaw in flaws], "; "),
        reason=_joined([flaw.reason for flaw in flaws], "; "),
        remedy=_joined([flaw.remedy for flaw in flaws], "; "),
    )


def _joined(parts: Sequence[str], between: str) -> str:
    """Join what is said, each thing once; more than five flaws in one row help nobody."""
    distinct = list(dict.fromkeys(part for part in parts if part))
    return between.join(distinct[:5]) + (f"{between}and {len(distinct) - 5} more" if len(distinct) > 5 else "")
