"""Rows of a table: each a question with its answer, or a message with its writer; whichever the columns tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from burnish.data.files.clock import seconds_of, stamped
from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.table import columns_of
from burnish.data.files.talk import Spoken, talk_of
from burnish.errors import DataError
from burnish.records.conversation import Conversation
from burnish.records.post import Post


def items_of(
    rows: Iterable[tuple[int, Mapping[str, Any]]], member: Member, desk: Desk, source: str
) -> Iterator[Post | Conversation]:
    """Yield a conversation for each row with a question and an answer, else a post. Raises DataError where the columns tell neither."""
    columns: dict[str, str] = {}
    pairs = False
    for number, row in rows:
        if not columns:
            columns = columns_of(list(row), desk, member.shown)
            pairs = _is_pairs(columns, list(row), member)
        cells = {what: _cell(row.get(column)) for what, column in columns.items()}
        if pairs:
            talk = _pair(cells, member, number, desk)
            if talk is not None:
                yield talk
        else:
            yield _post(cells, member, number, source)


def _is_pairs(columns: Mapping[str, str], names: list[str], member: Member) -> bool:
    if "answer" in columns and {"question", "text", "title"} & columns.keys():
        return True
    if {"text", "author"} <= columns.keys():
        return False
    remedy = "name them: --column question=COLUMN --column answer=COLUMN, or --column author=COLUMN --column text=COLUMN"
    raise DataError(f"it cannot be told what the columns of {member.shown} hold", seen=", ".join(names), remedy=remedy)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _pair(cells: Mapping[str, str], member: Member, number: int, desk: Desk) -> Conversation | None:
    """Return a row as a conversation. A title (a ticket's subject) stands above the question. In the books a row is two messages."""
    asked = cells.get("question") or cells.get("text") or ""
    title = cells.get("title", "")
    question = "\n\n".join(part for part in (title if title.strip() != asked.strip() else "", asked) if part.strip())
    metadata = {"channel": cells.get("channel") or member.name, "place": f"{member.shown}:{number}"} | stamped(cells.get("time"))
    spoken = [Spoken(role="user", text=question), Spoken(role="assistant", text=cells["answer"])]
    return talk_of(spoken, desk, metadata, member.shown, number)


def _post(cells: Mapping[str, str], member: Member, number: int, source: str) -> Post:
    return Post(
        source=source,
        channel=cells.get("channel") or member.name,
        author=cells["author"].strip(),
        time=seconds_of(cells.get("time")),
        text="\n\n".join(part for part in (cells.get("title", ""), cells["text"]) if part.strip()),
        file=member.shown,
        number=number,
        thread=cells.get("thread", ""),
    )
