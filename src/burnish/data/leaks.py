"""Whether a split keeps what it promises: nothing that was trained is asked, looked for anew in the finished sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence

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
    found = []
    for name, trained, held in _shared(rows, len(train)):
        lines = [_some([_line(rows[i], i) for i in side]) for side in (held, trained)]
        found.append(f"{_TOLD[name]}: line {lines[0]} is held out, line {lines[1]} is trained")
    return found


def leaking(train: Sequence[Conversation], held_out: Sequence[Conversation]) -> dict[int, str]:
    """Return {index of a held-out row: why the trained rows of another file give it away}, in order.

    Ids tie only a row to what was made from it: two files may number their rows alike.
    """
    rows = [*train, *held_out]
    parents = {row.metadata.get("parent") for row in rows}
    found: dict[int, str] = {}
    for name, trained, held in _shared(rows, len(train), parents=parents):
        for i in held:
            found.setdefault(i - len(train), f"{rows[i].origin}: {_TOLD[name]}, as in {rows[trained[0]].origin}")
    return dict(sorted(found.items()))


def _shared(
    rows: Sequence[Conversation], first: int, *, parents: Collection[object] | None = None
) -> Iterator[tuple[str, list[int], list[int]]]:
    """Yield (kind of tie, trained rows, held-out rows) for each tie between the rows before `first` and the others.

    `parents`: ids that rows name as their parent; where given, an id that nobody names is no tie.
    """
    near = near_clusters([asked(row) for row in rows])
    sides: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, row in enumerate(rows):
        for tie in (("question", near[i]), *ties(row)):
            sides[tie][i >= first].append(i)
    for i, question in on_the_way(rows):
        sides["on the way", question][i >= first].append(i)
    own = {row.id for row in rows}
    for tie, (trained, held) in sides.items():
        assert isinstance(tie, tuple)
        if trained and held and (parents is None or tie[0] != "family" or tie[1] in parents or tie[1] in own):
            yield tie[0], trained, held


def _line(row: Conversation, i: int) -> int:
    return row.origin.line if row.origin else i + 1


def _some(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - 4} more" if len(lines) > 4 else ""
    return ", ".join(map(str, lines[:4])) + more
