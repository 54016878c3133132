"""What a person should know of a template's habits, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from burnish.tokens.habits import Habits
from burnish.tokens.rows import Rows
from burnish.tokens.today import dated


class Described(Protocol):
    """What the notes need to know of a chat; the class itself is above this file, so it is named by its shape."""

    template: str
    end_id: int
    stop_ids: tuple[int, ...]
    thinks: bool
    rows: Rows
    rowless: tuple[int, ...]

    @property
    def habits(self) -> Habits:
        """How the template treats turns."""

    @property
    def ends_with_eos_only(self) -> bool:
        """Whether the template puts no token of its own after an answer."""

    def decode(self, ids: Iterable[int], *, special: bool = False) -> str:
        """Return the text of token ids."""


def notes_of(chat: Described) -> tuple[str, ...]:
    """Return one sentence for each habit of the chat's template that may surprise."""
    habits = chat.habits
    end = chat.decode([chat.end_id], special=True)
    notes = []
    if not habits.has_system:
        notes.append("the template has no system role: system text goes into the first user message, a blank line between")
    if habits.default_system:
        notes.append(f"the template puts in a system text when there is none: {_shortened(habits.default_system)!r}")
    if chat.ends_with_eos_only:
        notes.append(f"the template ends an answer with no token of its own: {end} is trained as the end of a turn")
    elif len(chat.stop_ids) > 1:
        other = chat.decode([chat.stop_ids[1]], special=True)
        notes.append(f"a turn ends with {end}, not with the tokenizer's eos token {other}: both stop an answer")
    if habits.left != "nothing" or habits.right != "nothing":
        notes.append("the template strips white space off the ends of an answer: it is not trained")
    if habits.header:
        notes.append(f"{habits.header!r} is given to the model before its answer when thinking is off")
    if chat.thinks:
        notes.append("the template can think: rows with a thought train it, rows without one are trained with thinking off")
    if dated(chat.template):
        notes.append(
            "the template writes today's date into the prompt: a run keeps the one it began on, however often it is resumed"
        )
    if chat.rows.beyond:
        few = len(chat.rows.beyond) == 1
        notes.append(
            f"the tokenizer knows {'a token' if few else f'{len(chat.rows.beyond)} tokens'} that the model has no row for (it has "
            f"{chat.rows.count}): {chat.rows.named(chat.rows.beyond)}; what uses {'it' if few else 'one'} is refused by number, all else is used"
        )
    return tuple(notes)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:77] + "..."
