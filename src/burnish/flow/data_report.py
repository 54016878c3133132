"""The verb `report` on a file of rows: one page about what it holds, beside what cleaning made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish import durable
from burnish.data.report.facts import Facts, facts_of
from burnish.data.report.page import page
from burnish.data.report.pairs import Pairs, paired
from burnish.errors import DataError
from burnish.flow.cleaning import rows_of
from burnish.flow.events import Said, Work
from burnish.flow.project import Opened, open_base
from burnish.flow.rows import refused_rows, tokenise


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReported:
    """What the page tells."""

    path: Path
    files: tuple[Facts, ...]
    """The file, and the one beside it where one was named."""
    pairs: Pairs | None


def data_report(path: Path, beside: Path | None, out: Path | None, *, model: str | None) -> Work[DataReported]:
    """Write the page about a file of rows. Raises DataError, ModelError, StorageError."""
    named = out or path.with_name(f"{path.stem}.report.html")
    if beside is not None and beside.exists() and named.exists() and beside.samefile(named):
        raise DataError("the page would be written over the rows", seen=str(named), remedy="name another file with -o")
    opened = yield from open_base(model)
    files = []
    for each in (path, beside):
        if each is not None:
            yield Said(text=f"reading {each}")
            files.append((yield from _facts(each, named, opened)))
    pairs = paired(files[0].rows, files[1].rows) if beside is not None else None
    durable.write_text(named, page(files, pairs))
    return DataReported(path=named, files=tuple(files), pairs=pairs)


def _facts(path: Path, out: Path, opened: Opened) -> Work[Facts]:
    read = yield from rows_of(path, out)
    tokenised = yield from tokenise(read, opened.chat)
    usable = tokenised.usable
    return facts_of(
        path.name,
        read,
        [read.conversations[i] for i in usable],
        [tokenised.fitted[i].tokens for i in usable],
        refused_rows(tokenised),
    )
