"""Which container a file is, found out by looking: JSON Lines or one JSON array; and every way it can be neither."""

from __future__ import annotations

import itertools
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from burnish.data.files.paths import near_names
from burnish.data.sources import array, csv_file, jsonl, nested
from burnish.data.sources.raw import RawRow
from burnish.data.strict import BOM, JsonError, parse_json, spans_lines
from burnish.errors import DataError

WHOLE_FILE = 256 * 1024 * 1024
"""Bytes in which the lists of one JSON object are looked for."""
EXAMPLE = '{"messages":[{"role":"user","content":"..."},{"role":"assistant","content":"..."}]}'

_ENCODINGS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_BINARIES = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"PAR1": "a Parquet table",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"SQLite format 3": "an SQLite database",
}


def open_file(path: Path) -> BinaryIO:
    """Return a file of rows, open for reading bytes. Raises DataError for what is no readable file with something in it."""
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size > 0:
            return path.open("rb")
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", seen=near_names(path), remedy="check the path") from None
    except PermissionError:
        raise DataError(f"{path} may not be read", seen="no permission", remedy=f"chmod u+r {path}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be opened", seen=_told(error), remedy="name a file of rows") from None
    raise _no_rows_file(path, found.st_mode)


def _told(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _no_rows_file(path: Path, mode: int) -> DataError:
    if stat.S_ISREG(mode):
        return DataError(f"{path} is empty", seen="0 bytes", remedy=f"write one conversation a line: {EXAMPLE}")
    if stat.S_ISDIR(mode):
        return DataError(f"{path} is a folder, not a file", seen=_inside(path), remedy="name one file of rows in it")
    return DataError(f"{path} is no ordinary file", seen=stat.filemode(mode), remedy="write its rows to a file and name that")


def _inside(path: Path) -> str:
    try:
        names = sorted(one.name for one in path.iterdir() if one.suffix in {".jsonl", ".json", ".ndjson"})
    except OSError:
        return "a folder that cannot be read"
    return f"in it are {', '.join(names[:5])}" if names else "no .jsonl or .json file in it"


def raw_rows(file: BinaryIO, path: Path, limit: int) -> tuple[str, Iterator[RawRow]]:
    """Return the container's name and its rows. Raises DataError where the whole file is something else."""
    head = file.read(64)
    _refuse_foreign(head, path)
    start = len(BOM) if head.startswith(BOM) else 0
    file.seek(start)
    if csv_file.looks_like_one(head[start:], path.suffix):
        return csv_file.NAME, csv_file.rows(file, limit)
    first = list(itertools.islice(jsonl.rows(file, limit), 2))
    if not first:
        raise DataError(f"{path} holds no rows", seen="only blank lines", remedy=f"write one conversation a line: {EXAMPLE}")
    file.seek(start)
    if first[0].text.startswith(b"[") and not (len(first) == 2 and _whole(first[0])):
        return array.NAME, array.rows(file, limit)
    if first[0].text.startswith(b"{") and (len(first) == 1 or (first[0].flaw is None and not _whole(first[0]))):
        found = _nested(file, limit, start)
        if found:
            return _nested_name(found), nested.rows(file, limit, found)
        file.seek(start)
        if len(first) == 2:
            _refuse_spread(file, path, limit)
            file.seek(start)
    return jsonl.NAME, jsonl.rows(file, limit)


def _nested(file: BinaryIO, limit: int, start: int) -> nested.Lists | None:
    """Return the lists of rows of a file that is one JSON object; None where it is none."""
    text = file.read(WHOLE_FILE)
    if b"[" not in text or not (len(text) == WHOLE_FILE or text.rstrip().endswith(b"}")):
        return None
    found = nested.lists_of(text, start)
    if found is None or len(text) == WHOLE_FILE:
        return found
    try:
        value = parse_json(text) if len(text) <= limit else {}
    except JsonError:
        return found if spans_lines(text) or _only_object(text) else None
    return found if isinstance(value, dict) else None


def _only_object(text: bytes) -> bool:
    """Return whether a text with a fault in it is still one object: no line begins another that no comma, bracket or colon leads to."""
    return not re.search(rb"[^,\[:{\s][ \t]*[\r\n]\s*\{", text)


def _nested_name(found: nested.Lists) -> str:
    others = f"; not read: {', '.join(found.others)}" if found.others else ""
    return f"{nested.NAME}: {found.read}{others}"


def _whole(row: RawRow) -> bool:
    """Return whether a line is a JSON text by itself."""
    try:
        return row.flaw is None and parse_json(row.text) is not None
    except JsonError:
        return False


def _refuse_foreign(head: bytes, path: Path) -> None:
    for magic, name in _BINARIES.items():
        if head.startswith(magic):
            remedy = "unpack it, or export its rows as JSON Lines, and name that file"
            raise DataError(f"{path} is {name}, not a text", seen=head[:8].hex(" "), remedy=remedy)
    encoding = next((name for magic, name in _ENCODINGS.items() if head.startswith(magic)), "")
    if not encoding and (head[1:2] == b"\x00" or head[:1] == b"\x00") and len(head) > 1:
        encoding = "UTF-16 or UTF-32" if any(head) else "only zero bytes"
    if encoding:
        what = f"{path} is not UTF-8 but {encoding}" if any(head) else f"{path} holds no text"
        raise DataError(what, seen=head[:8].hex(" "), remedy='save it as UTF-8 (in an editor: "Save with encoding")')


def _refuse_spread(file: BinaryIO, path: Path, limit: int) -> None:
    """Refuse a file in which an object is written over several lines, before each of its lines is called a bad row."""
    if spans_lines(file.read(limit)):
        raise DataError(
            f"{path} holds a JSON object that is written over several lines",
            seen="the first line is not a whole object, the first lines together are",
            remedy="write each row on one line (jq -c . FILE > rows.jsonl), or put the rows into one array: [ {...}, {...} ]",
        )
