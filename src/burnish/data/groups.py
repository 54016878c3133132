"""Rows that must stay on one side of every split: what is trained must not be asked again in another coat.

One group are rows whose questions are near-same, rows of one thread (`metadata.thread`, within its source and channel), a row
with all that was made from it (`metadata.parent` is the id of the row it was made from: `metadata.id`, or the id of its words), and
a conversation with the row that asks what it asks on the way: its earlier answers are trained too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from burnish.data.joined import Joined
from burnish.data.near import near_clusters, same_key
from burnish.records.conversation import Conversation


def asked(conversation: Conversation) -> str:
    """Return what a row asks, as near-same prompts are found by: the words before the last answer, the system prompt aside."""
    return "\n".join(message.content for message in conversation.prompt if message.role != "system")


def groups(rows: Sequence[Conversation]) -> list[int]:
    """Return a group number for each row, from 0 in order of first appearance."""
    join = Joined(len(rows))
    first: dict[Hashable, int] = {}
    for i, question in on_the_way(rows):
        join.union(first.setdefault(("on the way", question), i), i)
    for i, (row, cluster) in enumerate(zip(rows, near_clusters([asked(row) for row in rows]), strict=True)):
        for tie in (("question", cluster), *ties(row)):
            join.union(first.setdefault(tie, i), i)
    return join.numbers()


def on_the_way(rows: Sequence[Conversation]) -> Iterator[tuple[int, bytes]]:
    """Yield (index of a row, question) for each question that one row ends with and another asks on its way, for all that hold it.

    Not covered: such a question in other words, and conversations that only begin alike.
    """
    if all(message.role != "assistant" for row in rows for message in row.prompt):
        return  # rows of one exchange each, which most files hold, ask nothing on the way
    held = [_questions(row) for row in rows]
    met: dict[bytes, list[int]] = {}
    for i, (before, _) in enumerate(held):
        for question in before:
            met.setdefault(question, []).append(i)
    for i, (_, last) in enumerate(held):
        for j in dict.fromkeys((i, *met.pop(last, ()))) if last in met else ():
            yield j, last


def _questions(row: Conversation) -> tuple[list[bytes], bytes]:
    """Return what a row asks before each earlier answer and before the last, system prompts aside; in time linear in its words."""
    said, before = hashlib.sha256(), []
    for message in row.prompt:
        if message.role == "system":
            continue
        if message.role == "assistant":
            before.append(said.digest())
        said.update(f"{message.role}\n{same_key(message.content)}\n".encode("utf-8", "replace"))
    return before, said.digest()


def ties(row: Conversation) -> Iterator[Hashable]:
    """Yield what a row shares with the others of its thread and of its family."""
    thread = row.metadata.get("thread")
    if isinstance(thread, str | int) and thread != "":
        yield "thread", str(row.metadata.get("source")), str(row.metadata.get("channel")), thread
    yield "family", row.id
    for key in ("id", "parent"):
        name = row.metadata.get(key)
        if isinstance(name, str | int) and name != "":
            yield "family", name


def children(rows: Sequence[Conversation]) -> list[int]:
    """Return the indices of rows that were made from another row of the file."""
    lost = set(orphans(rows))
    return [i for i, row in enumerate(rows) if _parent(row) != "" and i not in lost]


def orphans(rows: Sequence[Conversation]) -> list[int]:
    """Return the indices of rows whose parent is not among them: a parent that was changed or taken out."""
    here = {name for row in rows for name in (row.id, row.metadata.get("id")) if isinstance(name, str | int)}
    return [i for i, row in enumerate(rows) if (parent := _parent(row)) != "" and parent not in here]


def reparented(before: Sequence[Conversation], after: Sequence[Conversation]) -> list[Conversation]:
    """Return rows whose words were changed one by one, each child with the new id of its parent."""
    ids = {old.id: new.id for old, new in zip(before, after, strict=True)}
    return [
        replace(row, metadata={**row.metadata, "parent": ids[name]}) if (name := _parent(row)) in ids else row for row in after
    ]


def _parent(row: Conversation) -> str | int:
    """Return the id of the row that a row was made from; "" where it names none."""
    name = row.metadata.get("parent")
    return name if isinstance(name, str | int) else ""
