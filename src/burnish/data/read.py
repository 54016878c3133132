"""From a file to conversations: good rows are kept, each bad row is refused by number with all that is wrong with it."""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from burnish.data.container import EXAMPLE, open_file, raw_rows
from burnish.data.flaw import Flaw, kind, refusal, shown
from burnish.data.sources import alpaca, completion, messages, sharegpt
from burnish.data.sources.raw import RawRow
from burnish.data.strict import JsonError, parse_json, parse_row
from burnish.data.turns import messages_of
from burnish.errors import DataError
from burnish.records.codec import JSON
from burnish.records.conversation import Conversation, Origin
from burnish.records.ledger import Refusal

__all__ = ["ROW_BYTES", "ReadResult", "parse_json", "read_rows"]

ROW_BYTES = 16 * 1024 * 1024
"""The longest row held in memory; about 4 million tokens, far beyond what any model reads."""

_SOURCES = (messages, sharegpt, alpaca, completion)
_KEYS = ("messages", "conversations", "instruction", "output", "prompt", "completion")
_ONCE = {*_KEYS, "role", "content", "reasoning_content", "from", "value", "input", "system", "metadata"}
"""Keys that may not stand twice in one object: which of the two was meant?"""
_RENAMED = {"response": "completion", "answer": "completion", "question": "prompt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """All rows of a file. `len(conversations) + len(refused) == rows_read`."""

    rows_read: int
    """Rows that are there, blank lines aside."""
    conversations: tuple[Conversation, ...]
    refused: tuple[Refusal, ...]
    format: str
    """What the file turned out to be, such as `alpaca (JSON array)` or `messages 5, alpaca 3 (JSON Lines)`."""


def read_rows(path: Path, *, limit: int = ROW_BYTES) -> ReadResult:
    """Return the rows of a file of conversations in any of the formats read, one row of at most `limit` bytes held at a time.

    Raises DataError when the whole file cannot be read as rows: not there, no file, empty, another encoding, no text. A bad row
    raises nothing: it is refused, with the file, the line, the byte, the key, the value seen, the reason and the remedy.
    """
    conversations: list[Conversation] = []
    refused: list[Refusal] = []
    formats: Counter[str] = Counter()
    try:
        with open_file(path) as file:
            container, rows = raw_rows(file, path, limit)
            for row in rows:
                flaws = [row.flaw] if row.flaw else []
                conversation = None if row.flaw else _conversation(row, str(path), flaws, formats)
                if conversation is not None and not flaws:
                    conversations.append(conversation)
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
    )


def _format(formats: Counter[str], container: str) -> str:
    if len(formats) < 2:
        return f"{next(iter(formats), 'no known format')} ({container})"
    return f"{', '.join(f'{name} {count}' for name, count in formats.most_common())} ({container})"


def _conversation(row: RawRow, file: str, flaws: list[Flaw], formats: Counter[str]) -> Conversation | None:
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
    return of_value(value, flaws, formats, Origin(file=file, line=row.line, byte=row.byte))


def of_value(value: Mapping[str, JSON], flaws: list[Flaw], formats: Counter[str], origin: Origin) -> Conversation | None:
    """Return the conversation of an object that is a row, or None or anything where `flaws` tells what is wrong."""
    source = next((source for source in _SOURCES if source.matches(value)), None)
    if _is_preference(value, flaws) or source is None:
        flaws += [] if flaws else [_unknown(value)]
        return None
    formats[source.NAME] += 1
    turns = source.turns(value, flaws)
    made = messages_of(turns, flaws) if turns else ()
    return Conversation(messages=made, metadata=_metadata(value, flaws), origin=origin)


def _is_preference(row: Mapping[str, JSON], flaws: list[Flaw]) -> bool:
    """Say of rows that tell good answers from bad ones that they are not for this: trained on as they are, they would teach both."""
    if "chosen" in row or "rejected" in row:
        key = "rejected" if "rejected" in row else "chosen"
        remedy = "sft learns one answer: keep the chosen one as prompt and completion"
        flaws.append(Flaw(reason="this is a preference row (chosen and rejected)", key=key, seen=shown(row[key]), remedy=remedy))
        return True
    if row.get("label") is False and ("messages" in row or "completion" in row):
        remedy = "take rows with a bad answer out: sft would learn it"
        flaws.append(Flaw(reason="this row's answer is labelled as bad", key="label", seen="false", remedy=remedy))
        return True
    return False


def _unknown(row: Mapping[str, JSON]) -> Flaw:
    keys = [key[:40] for key in itertools.islice(row, 20)]  # enough to know a row by
    remedy = f"write {EXAMPLE}, or instruction/output, conversations, or prompt/completion"
    for key in (key for key in keys if key not in _KEYS):
        near = [_RENAMED[key]] if key in _RENAMED else difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.8)
        if near:
            remedy = f"rename `{key}` to `{near[0]}`; {remedy}"
            break
    lists = [key for key in keys if isinstance(held := row.get(key), list) and held and isinstance(held[0], dict)]
    if lists and len(keys) <= 3:
        remedy = f"if `{lists[0]}` holds the rows, write each of them on a line of its own (jq -c '.{lists[0]}[]'); {remedy}"
    return Flaw(reason="no format is known with these keys", seen=shown(", ".join(keys)) if keys else "{}", remedy=remedy)


def _metadata(row: Mapping[str, JSON], flaws: list[Flaw]) -> dict[str, JSON]:
    """Return the row's metadata, with `category` and `tools` from beside it where they stand there."""
    given = row.get("metadata")
    if given is not None and not isinstance(given, dict):
        remedy = 'write {"category":"..."}'
        flaws.append(
            Flaw(reason=f"the metadata is {kind(given)}, not an object", key="metadata", seen=shown(given), remedy=remedy)
        )
        return {}
    beside = {key: row[key] for key in ("category", "tools") if row.get(key)}
    return beside | (given or {})
