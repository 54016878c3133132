"""Whether a split keeps what it promises: nothing that was trained is asked, looked for anew in the finished sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from burnish.data.groups import asked, on_the_way, ties
from burnish.data.near import near_clusters
from burnish.records.conversation import Conversation

_TOLD = {
    "question": "near-same questions",
    "on the way": "asked on the way of a conversation",
    "thread": "one thread",
    "family": "made from one row",
}


def leaks(train: Sequence[Conversation], held_out: Sequence[Conversation]) -> list[str]:
    """Return each way in which a held-out row is known to the trained side, with the lines of both; empty when none leaks."""
    rows = [*train, *held_out]
    near = near_clusters([asked(row) for row in rows])
    sides: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, row in enumerate(rows):
        for tie in (("question", near[i]), *ties(row)):
            sides[tie][i >= len(train)].append(_line(row, i))
    for i, question in on_the_way(rows):
        sides["on the way", question][i >= len(train)].append(_line(rows[i], i))
    found = []
    for tie, (trained, held) in sides.items():
        if trained and held:
            assert isinstance(tie, tuple)
            found.append(f"{_TOLD[tie[0]]}: line {_some(held)} is held out, line {_some(trained)} is trained")
    return found


def _line(row: Conversation, i: int) -> int:
    return row.origin.line if row.origin else i + 1


def _some(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - 4} more" if len(lines) > 4 else ""
    return ", ".join(map(str, lines[:4])) + more
