"""The verb `check`: every fault of a file with its place and remedy, and the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.check import Warned, warnings_of
from burnish.data.quality import quality_warnings
from burnish.data.read import read_rows
from burnish.data.tidy import tidy_warnings
from burnish.evaluate.asking import thinks
from burnish.flow.events import Work
from burnish.flow.project import open_base
from burnish.flow.rows import profile_of, refused_rows, tokenise
from burnish.records.ledger import Entry, Ledger

if TYPE_CHECKING:
    from burnish.flow.rows import Tokenised
    from burnish.records.conversation import Conversation
    from burnish.records.ledger import Refusal
    from burnish.records.profile import DataProfile
    from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `check` found."""

    format: str
    rows: int
    accepted: int
    refused: tuple[Refusal, ...]
    warnings: tuple[Warned, ...]
    profile: DataProfile | None
    """None when no row can be used."""
    ledger: Ledger
    """As if every accepted row were trained on: a split and a limit come with the plan."""
    notes: tuple[str, ...]
    """What the model's template does with rows such as these."""


def check(path: Path, model: str | None, *, columns: Mapping[str, str] | None = None) -> Work[Checked]:
    """Read a file as `train` would, with the model's own template, and say all that is wrong with it. Raises DataError, ModelError."""
    read = read_rows(path, columns=columns)
    opened = yield from open_base(model)
    tokenised = yield from tokenise(read, opened.chat)
    return Checked(
        format=read.format,
        rows=read.rows_read,
        accepted=len(tokenised.usable),
        refused=refused_rows(tokenised),
        warnings=(
            *warnings_of(read),
            *quality_warnings(read.conversations),
            *tidy_warnings(read.conversations),
            *thinking_warnings(read.conversations, opened.chat, path, opened.label),
        ),
        profile=profile_of(tokenised, path) if tokenised.usable else None,
        ledger=_books(tokenised),
        notes=opened.chat.notes,
    )


FEWEST_OF_A_MODE = 0.25
"""A mode that fewer of the rows train than this may be lost; the mix that is offered is half and half."""


def thinking_warnings(rows: Sequence[Conversation], chat: Chat, path: Path, model: str) -> tuple[Warned, ...]:
    """Return what in the rows would break a thinking model's modes: too few rows with a thought, or too few without one."""
    if not chat.tags_thoughts or not rows:
        return ()
    without = [row for row in rows if not thinks(row)]
    having = [row for row in rows if thinks(row)]
    enough = FEWEST_OF_A_MODE * len(rows)
    if len(having) >= enough and len(without) >= enough:
        return ()
    few, lines = ("a thought", without) if len(having) < enough else ("no thought", having)
    count = min(len(having), len(without))
    mix = f"the mix to aim at is half with a thought and half without ({len(rows) // 2} of {len(rows)})"
    remedy = (
        f"{mix}: write `reasoning_content` into rows, or let the base model write it: "
        f"burnish reason {path} -o {path.stem}-thinking.jsonl --model {model}"
        if few == "a thought"
        else f"{mix}: take `reasoning_content` out of some rows"
    )
    what = f"the model's template thinks, and {count or 'none'} of the {len(rows)} rows {'have' if count > 1 else 'has'} {few}"
    mode = "on" if few == "a thought" else "off"
    return (Warned.of("thinking mode", f"{what}: training on them may break the mode with thinking {mode}", lines, remedy),)


def _books(tokenised: Tokenised) -> Ledger:
    entries = [
        Entry(file=r.file, line=r.line, fate="refused", tokens=0, used_tokens=0, supervised_tokens=0, reason=r.reason)
        for r in tokenised.read.refused
    ]
    for conversation, fitted in zip(tokenised.read.conversations, tokenised.fitted, strict=True):
        origin = conversation.origin
        entries.append(
            Entry(
                file=origin.file if origin else "",
                line=origin.line if origin else 0,
                fate="trained" if fitted.example is not None else "refused",
                tokens=fitted.tokens,
                used_tokens=fitted.used_tokens,
                supervised_tokens=fitted.supervised_tokens,
                reason=fitted.reason,
            )
        )
    return Ledger(rows_read=tokenised.read.rows_read, entries=tuple(sorted(entries, key=lambda entry: (entry.file, entry.line))))
