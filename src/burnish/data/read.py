"""From a file to conversations: good rows are kept, each bad row is refused by number with all that is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from burnish.data.container import EXAMPLE, open_file, raw_rows
from burnish.data.flaw import Flaw, kind, refusal, shown
from burnish.data.row import Columns, of_value
from burnish.data.sources.pair import COLUMNS
from burnish.data.sources.raw import RawRow
from burnish.data.strict import JsonError, parse_json, parse_row
from burnish.errors import DataError
from burnish.records.conversation import Conversation, Origin
from burnish.records.ledger import Refusal

__all__ = ["ROW_BYTES", "ReadResult", "parse_json", "read_rows"]

ROW_BYTES = 16 * 1024 * 1024
"""The longest row held in memory; about 4 million tokens, far beyond what any model reads."""

_ONCE = {
    "messages",
    "conversations",
    "instruction",
    "output",
    "prompt",
    "completion",
    "role",
    "content",
    "reasoning_content",
    "from",
    "value",
    "input",
    "system",
    "metadata",
    "weight",
    "loss",
    "question",
    "answer",
    "response",
}
"""Keys that may not stand twice in one object: which of the two was meant?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """All rows of a file. `len(conversations) + len(refused) == rows_read`."""

    rows_read: int
    """Rows that are there, blank lines aside."""
    conversations: tuple[Conversation, ...]
    refused: tuple[Refusal, ...]
    format: str
    """What the file turned out to be, such as `alpaca (JSON array)` or `messages 5, alpaca 3 (JSON Lines)`."""
    unused: Mapping[str, tuple[Conversation, ...]] = field(default_factory=dict)
    """Keys that hold words and were not read, and the rows (of `conversations`) that have them. `messages[].name` stands in its turns."""


def read_rows(path: Path, *, limit: int = ROW_BYTES, columns: Columns | None = None) -> ReadResult:
    """Return the rows of a file of conversations in any of the formats read, one row of at most `limit` bytes held at a time.

    `columns`: the keys under which each row holds its "question" and "answer" (and "context", "system", "thought"), where a person named
    them. Raises DataError when the whole file cannot be read as rows: not there, no file, empty, another encoding, no text. A bad row
    raises nothing: it is refused, with the file, the line, the byte, the key, the value seen, the reason and the remedy.
    """
    conversations: list[Conversation] = []
    refused: list[Refusal] = []
    formats: Counter[str] = Counter()
    unused: dict[str, list[Conversation]] = {}
    _know(columns)
    try:
        with open_file(path) as file:
            container, rows = raw_rows(file, path, limit)
            for row in rows:
                flaws = [row.flaw] if row.flaw else []
                keys: list[str] = []
                conversation = None if row.flaw else _conversation(row, str(path), flaws, formats, columns, keys)
                if conversation is not None and not flaws:
                    conversations.append(conversation)
                    for key in dict.fromkeys(keys):
                        unused.setdefault(key, []).append(conversation)
                else:
                    refused.append(refusal(str(path), row.line, row.byte, flaws))
    except OSError as error:
        raise DataError(f"{path} cannot be read to its end", seen=error.strerror or str(error), remedy="check the disk") from None
    if not conversations and not refused:
        raise DataError(f"{path} holds no rows", seen="an empty array", remedy=f"write conversations into it: [{EXAMPLE}]")
    return ReadResult(
        rows_read=len(conversations) + len(refused),
        conversations=tuple(conversations),
        refused=tuple(refused),
        format=_format(formats, container),
        unused={key: tuple(held) for key, held in unused.items()},
    )


def _know(columns: Columns | None) -> None:
    """Refuse a column that is named for nothing a row has. Raises DataError."""
    unknown = [what for what in columns or () if what not in COLUMNS]
    if unknown:
        raise DataError(
            f"no column of a row can be named for {unknown[0]}",
            seen=f"--column {unknown[0]}={(columns or {})[unknown[0]]}",
            remedy=f"write one of {', '.join(COLUMNS)} before the =",
        )
    if columns and not {"question", "answer"} <= columns.keys():
        remedy = "name both: --column question=KEY --column answer=KEY"
        raise DataError(
            "a row needs a question and an answer", seen=", ".join(f"{a}={b}" for a, b in columns.items()), remedy=remedy
        )


def _format(formats: Counter[str], container: str) -> str:
    if len(formats) < 2:
        return f"{next(iter(formats), 'no known format')} ({container})"
    return f"{', '.join(f'{name} {count}' for name, count in formats.most_common())} ({container})"


def _conversation(
    row: RawRow, file: str, flaws: list[Flaw], formats: Counter[str], columns: Columns | None, unused: list[str]
) -> Conversation | None:
    """Return the conversation of a row, or None or anything where `flaws` tells what is wrong."""
    try:
        value, repeated = parse_row(row.text)
    except JsonError as fault:
        flaws.append(fault.flaw)
        return None
    if not isinstance(value, dict):
        remedy = f"write each row as an object: {EXAMPLE}"
        flaws.append(Flaw(reason=f"a row is {kind(value)}, not an object", seen=shown(value), remedy=remedy))
        return None
    flaws += [
        Flaw(reason="a key stands twice in one object", key=key, remedy="keep the one that is meant")
        for key in repeated
        if key in _ONCE
    ]
    return of_value(value, flaws, formats, Origin(file=file, line=row.line, byte=row.byte), columns=columns, unused=unused)
