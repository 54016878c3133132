"""Rows of a table: each a question with its answer, or a message with its writer; whichever the columns tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from burnish.data.files.clock import day_in, seconds_of, stamped
from burnish.data.files.day_order import Day, order_of, taken_first
from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.table import columns_of
from burnish.data.files.talk import Spoken, talk_of
from burnish.errors import DataError
from burnish.records.conversation import Conversation
from burnish.records.post import Post

Read = Callable[[Store, Member, Desk], Iterable[tuple[int, Mapping[str, Any]]]]
"""Reads a table: its rows, each with its number."""
UNDATED = 50
"""Rows without a day that has no one order, after which a table is taken to hold none."""


def items_of(read: Read, store: Store, member: Member, desk: Desk, source: str) -> Iterator[Post | Conversation]:
    """Yield a conversation for each row with a question and an answer, else a post. Raises DataError where the columns tell neither."""
    columns: dict[str, str] = {}
    pairs, order = False, ""
    for number, row in read(store, member, desk):
        if not columns:
            columns = columns_of(list(row), desk, member.shown)
            pairs = _is_pairs(columns, list(row), member)
            order = _order(read, store, member, desk, columns.get("time"))
        cells = {what: _cell(row.get(column)) for what, column in columns.items()}
        if (time := cells.get("time", "").strip()) and seconds_of(time, order) is None:
            desk.fault(
                member.shown,
                "a date cannot be read",
                place=f"line {number}",
                seen=time[:60],
                remedy="the row stands without a time",
            )
        if pairs:
            talk = _pair(cells, order, member, number, desk)
            if talk is not None:
                yield talk
        else:
            yield _post(cells, order, member, number, source)


def _order(read: Read, store: Store, member: Member, desk: Desk, column: str | None) -> str:
    """Return the order in which a table writes its days, told from all of them; "" where it has none to tell. A doubt goes to the desk."""
    days: list[Day] = []
    before = store.bytes_read  # a look that progress does not count
    for i, (_, row) in enumerate(read(store, member, Desk()) if column else ()):
        day = day_in(row.get(column)) if column else None
        if day and (not days or days[-1] != day):
            days.append(day)
        if i >= UNDATED and not days:
            break
    store.bytes_read = before
    if not days:
        return ""
    order, doubt = order_of(days)
    if doubt:
        desk.fault(member.shown, doubt, remedy=f"{taken_first(order)}; dates that cannot be have no time")
    return order


def _is_pairs(columns: Mapping[str, str], names: list[str], member: Member) -> bool:
    if "answer" in columns and {"question", "text", "title"} & columns.keys():
        return True
    if {"text", "author"} <= columns.keys():
        return False
    remedy = "name them: --column question=COLUMN --column answer=COLUMN, or --column author=COLUMN --column text=COLUMN"
    raise DataError(f"it cannot be told what the columns of {member.shown} hold", seen=", ".join(names), remedy=remedy)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _pair(cells: Mapping[str, str], order: str, member: Member, number: int, desk: Desk) -> Conversation | None:
    """Return a row as a conversation. A title (a ticket's subject) stands above the question. In the books a row is two messages."""
    asked = cells.get("question") or cells.get("text") or ""
    title = cells.get("title", "")
    question = "\n\n".join(part for part in (title if title.strip() != asked.strip() else "", asked) if part.strip())
    metadata = {"channel": cells.get("channel") or member.name, "place": f"{member.shown}:{number}"} | stamped(
        cells.get("time"), order
    )
    spoken = [Spoken(role="user", text=question), Spoken(role="assistant", text=cells["answer"])]
    return talk_of(spoken, desk, metadata, member.shown, number)


def _post(cells: Mapping[str, str], order: str, member: Member, number: int, source: str) -> Post:
    return Post(
        source=source,
        channel=cells.get("channel") or member.name,
        author=cells["author"].strip(),
        time=seconds_of(cells.get("time"), order),
        text="\n\n".join(part for part in (cells.get("title", ""), cells["text"]) if part.strip()),
        file=member.shown,
        number=number,
        thread=cells.get("thread", ""),
    )
