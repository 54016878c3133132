"""The watch over one app: it begins and ends the telling of each request, and hands the record to all who want it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric

from burnish.grading.refusal import refuses
from burnish.serve.watch import logs
from burnish.serve.watch.drift import Figure, Look, Recent, evaluated
from burnish.serve.watch.figures import Figures, Tally
from burnish.serve.watch.labels import MOST
from burnish.serve.watch.metrics import Metrics
from burnish.serve.watch.own import Own
from burnish.serve.watch.places import Places
from burnish.serve.watch.standing import Standing
from burnish.serve.watch.told import Said, Shortened, Telling, Told, during, now

ANSWERING = ("/v1/chat/completions", "/v1/completions")
"""Routes that ask for answers."""

__all__ = ["Shortened", "Telling", "Told", "Watch", "during", "now"]


def _nothing(_: str) -> Path | None:
    return None


@dataclass(slots=True)
class Watch:
    """Everything that is known of one app's requests. It has a registry of its own, so that two apps share nothing."""

    report: Callable[[str], Path | None] = _nothing
    """Where a version's evaluation lies, by its label."""
    live: Callable[[], str | None] = lambda: None
    ready: bool = True
    """Whether requests can be answered, as seen at the last scrape."""
    registry: CollectorRegistry = field(default_factory=lambda: CollectorRegistry(auto_describe=False))
    places: dict[str, Places] = field(default_factory=dict)
    recent: dict[str, Recent] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    metrics: Metrics = field(init=False)
    own: Own = field(init=False)
    _evaluated: dict[str, dict[str, Figure]] = field(default_factory=dict)
    _underway: set[Telling] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make all metrics."""
        self.metrics, self.own = Metrics(self.registry), Own(self.registry)
        ProcessCollector(registry=self.registry)
        self.registry.register(Standing(self))

    def begin(self, request: str, route: str) -> Telling:
        """Begin the telling of a request, by its id."""
        telling = Telling(id=request, route=route, watcher=self)
        lines = logs.writing()
        telling.keeps_words = lines is not None and lines.words
        self.own.received(route)
        self._underway.add(telling)
        return telling

    def reached(self, telling: Telling, *, places: int, room: int) -> None:
        """Give a request that has reached its version a place and a pace."""
        version = telling.version
        if version not in self.places and len(self.places) < MOST:
            self.places[version] = Places()
        telling.places = self.places.get(version, telling.places)
        telling.places.size, telling.places.room = places, room
        telling.places.names.add(telling.model)
        telling.pace = self.metrics.pace(telling)

    def end(self, telling: Telling) -> None:
        """Tell everybody of a request that has ended; once, however often it is called."""
        if telling not in self._underway:
            return
        self._underway.discard(telling)
        told = telling.told()
        refusals = [refuses(said.words) for said in told.answers if said.reason in {"stop", "length"}]
        self.own.ended(told, refusals, answers=told.route in ANSWERING)
        if told.route in ANSWERING:
            self.metrics.ended(told)
        if told.version and (told.version in self.tallies or len(self.tallies) < MOST):
            self.tallies.setdefault(told.version, Tally()).ended(told, refusals)
            self._look(told, refusals)
        logs.write(told, refusals)

    def _look(self, told: Told, refusals: list[bool]) -> None:
        made: list[Said] = [said for said in told.answers if said.reason in {"stop", "length"}]
        recent = self.recent.setdefault(told.version, Recent())
        for said, refusing in zip(made, refusals, strict=True):
            recent.looks.append(Look(said.tokens, refusing, said.natural))

    @property
    def unplaced(self) -> int:
        """Requests for answers that have reached no version yet."""
        return sum(not one.version and one.route in ANSWERING for one in list(self._underway))

    def evaluated(self, version: str) -> dict[str, Figure]:
        """Return the evaluation's figures of a version; read from the disk once."""
        if version not in self._evaluated:
            self._evaluated[version] = evaluated(self.report(version))
        return self._evaluated[version]

    def engine(self, event: str, label: str, seconds: float = 0.0) -> None:
        """Note what happened to an engine: "loaded", "failed", "closed" or "live"."""
        self.own.engine(event, label, seconds)
        logs.engine(event, label, seconds)

    def exposed(self) -> bytes:
        """Return all metrics as Prometheus reads them. Reads files and processes: call it on a thread."""
        return generate_latest(_Plain(self.registry))

    def figures(self) -> Figures:
        """Return the figures of each version."""
        since = time.monotonic() - self.began
        versions = {}
        for label, places in self.places.items():
            told = self.tallies.get(label, Tally()).told(len(places.running), len(places.waiting), since)
            versions[label] = told
        return Figures(since=round(since, 3), versions=versions)


class _Plain(CollectorRegistry):
    """A registry without the time that each counter was made: a line more for each, which nobody charts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """Yield all families."""
        for family in self._registry.collect():
            plain = Metric(family.name, family.documentation, family.type)
            plain.samples = [one for one in family.samples if not one.name.endswith("_created")]
            yield plain
