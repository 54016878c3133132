"""A summary taken along turn by turn: one more turn costs the same however long the talk has become.

A state is a pure function of the state before and the new turn: what the summary holds, each entry with its worth. A new turn's
pieces are weighed against the summary alone; when it is fuller than its room, the entries that say least a token go, the older
ones first of equals. So nothing is known of what was let go, and a fact let go and told again is new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from burnish.context.choices import NEAR, choices_of
from burnish.context.cover import written
from burnish.context.pieces import Piece, pieces
from burnish.context.shape import Lines, Size
from burnish.records.conversation import Message

Cut = Callable[[tuple[Message, ...], int], list[Piece]]
"""Cuts messages into pieces, the first message of the number given: `pieces`, or one that remembers."""
OLDER = 0.99
"""What an entry's worth is multiplied by with each later turn."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the summary keeps of one piece: a choice taken for it, as it is written."""

    turn: int
    role: str
    text: str
    tokens: int
    says: frozenset[str]
    """The facts and words it says."""
    worth: float
    """What it said, when it came, that no earlier entry said."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The conversation so far."""

    room: int
    """The most tokens its entries may have together."""
    turns: int = 0
    entries: tuple[Entry, ...] = ()
    touched: int = 0
    """Tokens looked at for the last turn: its own, and those of the entries."""

    @property
    def tokens(self) -> int:
        """The tokens of all entries."""
        return sum(entry.tokens for entry in self.entries)


def fold(summary: Summary, message: Message, size: Size, cut: Cut = pieces) -> Summary:
    """Return the summary with one more turn in it. Looks at the turn and at the summary's entries, and at nothing else."""
    said = {what for entry in summary.entries for what in entry.says}
    came: list[Entry] = []
    for piece in cut((message,), summary.turns):
        entry = _entry(piece, said, size)
        if entry is not None:
            came.append(entry)
            said |= entry.says
    entries = _within([*summary.entries, *came], summary.room, summary.turns)
    return Summary(summary.room, summary.turns + 1, entries, size(message.content) + summary.tokens)


def _entry(piece: Piece, said: set[str], size: Size) -> Entry | None:
    """Return what to keep of a piece: its new facts with the words near them, and all its words where it has no new fact."""
    choices = list(choices_of(piece, frozenset()))
    facts = [
        one for one in choices if one.spans[-1] in {(mark.start, mark.end) for mark in piece.marks} and len(one.spans) <= 1 + NEAR
    ]
    taken = [one for one in facts if not (one.gains.keys() & _keys(piece)) <= said] if not piece.promises else choices[-1:]
    taken = taken or choices[-2:-1]
    gains = {what: worth for one in taken for what, worth in one.gains.items()}
    worth = sum(gain for what, gain in gains.items() if what not in said)
    text = written(piece.text, {span for one in taken for span in one.spans})
    return Entry(piece.turn, piece.role, text, size(text) + 1, frozenset(gains), worth) if worth and text else None


def _keys(piece: Piece) -> set[str]:
    return {f"={mark.key}" for mark in piece.marks}


def _within(entries: Sequence[Entry], room: int, now: int) -> tuple[Entry, ...]:
    """Return the entries that fit the room, those that say least a token left out, the older ones first of equals.

    Where a long one that had to go leaves more room than was needed, those that went before it come back as far as they fit.
    """
    over = sum(entry.tokens for entry in entries) - room
    gone: list[int] = []
    for i in sorted(range(len(entries)), key=lambda i: (_density(entries[i], now), i)):
        if over <= 0:
            break
        gone.append(i)
        over -= entries[i].tokens
    out = set(gone)
    for i in reversed(gone):
        if over + entries[i].tokens <= 0:
            out.remove(i)
            over += entries[i].tokens
    return tuple(entry for i, entry in enumerate(entries) if i not in out)


def _density(entry: Entry, now: int) -> float:
    return entry.worth * OLDER ** (now - entry.turn) / max(1, entry.tokens)


def narrowed(summary: Summary, room: int) -> Lines:
    """Return the lines (turn, role, text) of the entries that fit a smaller room, chosen as a new turn would choose them."""
    return [(one.turn, one.role, one.text) for one in _within(summary.entries, room, summary.turns)]
