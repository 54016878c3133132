"""What is known of each version, in plain words from its own record: `GET /v1/versions`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel

from burnish.errors import RegistryError
from burnish.records.codec import JSON
from burnish.records.gate import MET
from burnish.records.retention import FELL, KEPT
from burnish.records.run import Run
from burnish.records.taught import headline
from burnish.serve.opening import Shelf
from burnish.serve.pool import Versions

BASE_WORDS = "The base model, untrained: what the first versions are compared with."
DAMAGED, UNKNOWN, UNTRAINED = "damaged", "not known", "untrained"


class SuiteCard(BaseModel):
    """What one suite of questions said: means from 0 to 1, before and after, and the 95 % interval of the difference."""

    name: str
    verdict: str
    before: float | None
    after: float | None
    low: float | None
    high: float | None
    questions: int | None


class VersionCard(BaseModel):
    """One version that can be asked."""

    name: str
    """A tag where it has one, else its id."""
    label: str
    """`base`, its id, or the name of a model elsewhere: what answers say in `model`."""
    live: bool
    verdict: str
    """better, worse, cannot tell, not judged, untrained, damaged or not known."""
    words: str
    created: str | None = None
    """UTC, ISO 8601."""
    parent: str | None = None
    """What it was trained from."""
    rows: int | None = None
    suites: list[SuiteCard] = []


class VersionList(BaseModel):
    """`GET /v1/versions`."""

    object: Literal["list"] = "list"
    data: list[VersionCard]


def add_versions(app: FastAPI, versions: Versions) -> None:
    """Add the route."""

    @app.get("/v1/versions")
    async def told_versions() -> VersionList:
        """Say of every version what it is called, whether it is live, and what its verdict was."""
        if versions.shelf is None:
            return VersionList(data=[_elsewhere(one.label) for one in await versions.names()])
        return VersionList(data=await asyncio.to_thread(_cards, versions.shelf, versions.live))


def _elsewhere(name: str) -> VersionCard:
    words = "A model of another server: nothing is known here of how it was judged."
    return VersionCard(name=name, label=name, live=False, verdict=UNKNOWN, words=words)


def _cards(shelf: Shelf, live: str | None) -> list[VersionCard]:
    """Return a card of each version, the newest first, and the base last. `live` is what answers now, whatever the pointer says."""
    base = VersionCard(name="base", label="base", live=live is None, verdict=UNTRAINED, words=BASE_WORDS)
    if shelf.registry is None:
        return [base]
    forgotten = shelf.registry.forgotten
    labels = reversed(shelf.registry.versions())
    return [*(_card(shelf, label, live, forgotten.get(label)) for label in labels), base]


def _card(shelf: Shelf, label: str, live: str | None, forgotten: str | None) -> VersionCard:
    try:
        run = shelf.run(label)
        assert run is not None
    except RegistryError as error:
        words = f"Its record is damaged: {error.seen or error}. `burnish fsck` says more."
        return VersionCard(name=label, label=label, live=label == live, verdict=DAMAGED, words=words)
    return VersionCard(
        name=run.tags[0] if run.tags else run.id,
        label=run.id,
        live=run.id == live,
        verdict=run.verdict,
        words=" ".join(_words(run, forgotten)),
        created=run.created,
        parent=run.parents[-1] if run.parents else "base",
        rows=run.rows,
        suites=[_suite(name, one) for name, one in run.scores.items() if isinstance(one, Mapping)],
    )


def _words(run: Run, forgotten: str | None) -> Iterator[str]:
    """Yield what a person should know of a version, a sentence each."""
    start = f"version {run.parents[-1]}" if run.parents else "the base"
    if run.broken:
        yield f"It is broken: {run.broken}."
    yield {
        "better": f"Shown to be better than {start}, where it began{'' if headline(run.parts) else ', on questions it was not trained on'}.",
        "worse": f"Shown to be worse than {start}, where it began.",
        "cannot tell": f"No difference from {start} was shown: the questions that were asked cannot tell.",
    }.get(run.verdict, "Not judged: no question was asked of it before and after.")
    known = headline(run.parts)
    if known:
        yield f"By the facts it was taught: it {known}."
    if missed := [one for one in run.gates if one.status != MET]:
        yield (
            f"Of {len(run.gates)} gates {len(run.gates) - len(missed)} are met; "
            + "; ".join(f"{one.name} ({one.rule}): {one.status}, {one.seen}" for one in missed)
            + "."
        )
    elif run.gates:
        yield f"All {len(run.gates)} of its gates are met." if len(run.gates) > 1 else "Its gate is met."
    if run.retention:
        yield {
            KEPT: "It kept what earlier sessions taught.",
            FELL: "It fell on the questions of earlier sessions, within the margin allowed.",
        }.get(run.retention, "It forgot some of what earlier sessions taught.")
    if forgotten:
        yield f"It was trained on rows that were to be forgotten ({forgotten}), and is never made live."


def _suite(name: str, one: Mapping[str, JSON]) -> SuiteCard:
    before, after, low, high = (_number(one.get(key)) for key in ("mean_a", "mean_b", "low", "high"))
    questions = one.get("n")
    return SuiteCard(
        name=name,
        verdict=str(one.get("verdict", "")),
        before=before,
        after=after,
        low=low,
        high=high,
        questions=questions if isinstance(questions, int) else None,
    )


def _number(value: JSON) -> float | None:
    return float(value) if isinstance(value, int | float) else None
