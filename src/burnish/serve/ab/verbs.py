"""The verbs `ab status`, `ab stop` and `ab promote`: for a server that runs elsewhere, and where none runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from burnish.errors import DataError, RegistryError
from burnish.records.codec import JSON, to_json
from burnish.registry.book import Book
from burnish.registry.home import find_home
from burnish.registry.store import Registry
from burnish.serve.ab.experiment import Ended, Experiment, end, ended, ids, read as read_experiment
from burnish.serve.ab.reading import Count, Reading, read

BEGIN = "begin one: burnish serve --ab live:0.9,CANDIDATE:0.1"


@contextlib.contextmanager
def book_of(home: str | None) -> Iterator[tuple[Path, Book]]:
    """Give a project's folder and its book. Raises RegistryError where there is none."""
    found = find_home(Path.cwd(), home)
    if found is None or not Book.there(found):
        seen = "no .burnish here" if found is None else "nothing was served from this project"
        raise RegistryError("there are no answers and no experiments yet", seen=seen, remedy="serve first: burnish serve")
    book = Book(found)
    try:
        yield found, book
    finally:
        book.close()


def _newest(home: Path, name: str | None = None) -> Experiment:
    """Return an experiment by its id or the beginning of it; the newest where none is named."""
    known = ids(home)
    if not known:
        raise RegistryError("there is no experiment", seen="none was begun in this project", remedy=BEGIN)
    found = known[-1:] if name is None else [one for one in known if one.startswith(name)]
    if len(found) != 1:
        raise RegistryError(
            f"there is no experiment {name!r}", seen=f"there are: {', '.join(known[-8:])}", remedy="name one of them"
        )
    return read_experiment(home, found[0])


def status(home: str | None, name: str | None) -> tuple[Reading, list[Reading], list[dict[str, JSON]]]:
    """Return what the newest experiment (or the one named) says, what each source of votes says, and all there were."""
    with book_of(home) as (folder, book):
        experiment = _newest(folder, name)
        finished = ended(folder, experiment.id)
        sources = dict.fromkeys([experiment.reads, *book.sources(experiment.id)])
        readings = [read(book, Count(experiment, source), finished) for source in sources]
        listed = []
        for one in ids(folder):
            last = ended(folder, one)
            arms = [{"name": arm.name, "label": arm.label, "share": arm.share} for arm in read_experiment(folder, one).arms]
            listed.append({"experiment": one, "arms": arms, "ended": to_json(last)})
        return readings[0], readings, listed


def stop(home: str | None, reason: str) -> tuple[Experiment, Ended, bool]:
    """End the newest experiment. Returns (it, how it ended, whether it was ended now)."""
    with book_of(home) as (folder, _):
        experiment = _newest(folder)
        before = ended(folder, experiment.id)
        return experiment, end(folder, experiment.id, "by hand", reason), before is None


def promote(home: str | None, *, anyway: bool) -> tuple[str, Reading]:
    """End the newest experiment and make its candidate live. Returns (the version, what the experiment said).

    Raises DataError where the votes do not say that it is better, unless `anyway`; RegistryError where it cannot be made live.
    """
    with book_of(home) as (folder, book):
        experiment = _newest(folder)
        before = ended(folder, experiment.id)
        found = read(book, Count(experiment, experiment.reads), None)
    half_done = before is not None and before.why == "promoted"  # a kill came between the end and the move
    if found.verdict != "better" and not anyway and not half_done:
        raise DataError(
            f"it is not shown that {experiment.arms[1].name} is better",
            seen=found.words,
            remedy="wait for more votes (burnish ab status), or make it live all the same: burnish ab promote --anyway",
        )
    registry, label = Registry(folder), experiment.arms[1].label
    if label == "base":
        raise RegistryError(
            "the base model cannot be made live", seen=label, remedy="serve it by name: burnish serve --model base"
        )
    if not registry.has(label):
        raise RegistryError(
            f"{experiment.arms[1].name} cannot be made live here",
            seen=f"this project has no version {label}: it is a model of a server elsewhere, or was removed",
            remedy="make it live where it is served; to end the experiment: burnish ab stop",
        )
    registry.adapter_folder(label)  # before anything is ended
    end(folder, experiment.id, "promoted", f"{experiment.arms[1].name} was made live")
    reason = f"experiment {experiment.id}: {found.verdict or 'not read'}" + (", by hand all the same" if anyway else "")
    return registry.promote(label, reason), found
