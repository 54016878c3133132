"""What stands at the moment it is asked: who runs and waits, the live version, drift, memory. Reckoned at each scrape, kept nowhere."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Protocol

import psutil
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from burnish.serve.watch.drift import Figure, Recent
from burnish.serve.watch.places import Places

LABELS = ("model_name", "version")
NAMES = {"answer_tokens": "Tokens an answer", "refusal_share": "Share of answers that refuse",
         "natural_stop_share": "Share of answers that the model ended by itself"}  # fmt: skip


class State(Protocol):
    """What a watch knows at the moment."""

    places: dict[str, Places]
    recent: dict[str, Recent]
    ready: bool

    @property
    def live(self) -> Callable[[], str | None]:
        """What says which version is live."""

    @property
    def unplaced(self) -> int:
        """Requests for answers that have reached no version yet."""

    def evaluated(self, version: str) -> dict[str, Figure]:
        """Return the evaluation's figures of a version."""


class Standing(Collector):
    """Gauges of a watch."""

    def __init__(self, watch: State) -> None:
        """Keep whose they are."""
        self._watch = watch

    def describe(self) -> list[GaugeMetricFamily]:
        """Return no names, so that registering reckons nothing."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield all of them."""
        yield from self._queue()
        yield from self._versions()
        yield from self._drift()
        yield from _processes()

    def _queue(self) -> Iterator[GaugeMetricFamily]:
        running = GaugeMetricFamily("vllm:num_requests_running", "Answers being made", labels=LABELS)
        waiting = GaugeMetricFamily("vllm:num_requests_waiting", "Answers that wait for an engine", labels=LABELS)
        used = GaugeMetricFamily("vllm:kv_cache_usage_perc", "Share of the engine's cache in use; 1 is all", labels=LABELS)
        for version, places in list(self._watch.places.items()):
            runs, waits = (Counter(one.telling.model for one in list(some)) for some in (places.running, places.waiting))
            for model in list(places.names):
                running.add_metric((model, version), runs[model])
                waiting.add_metric((model, version), waits[model])
                if places.used is not None:  # one cache, whatever name it was asked by
                    used.add_metric((model, version), places.used)
        waiting.add_metric(("", ""), self._watch.unplaced)
        yield from (running, waiting, used)

    def _versions(self) -> Iterator[GaugeMetricFamily]:
        live = GaugeMetricFamily("burnish:live_info", "1 for the version that is live now", labels=["version"])
        if self._watch.live() is not None:
            live.add_metric([str(self._watch.live())], 1)
        yield live
        yield GaugeMetricFamily("burnish:ready", "1 where requests can be answered, else 0", value=float(self._watch.ready))

    def _drift(self) -> Iterator[GaugeMetricFamily]:
        recent = {version: found.figures() for version, found in list(self._watch.recent.items())}
        judged = {version: self._watch.evaluated(version) for version in recent}
        for name, words in NAMES.items():
            for kind, of in (("recent", recent), ("evaluation", judged)):
                family = GaugeMetricFamily(f"burnish:{kind}_{name}", f"{words}, {_KINDS[kind]}", labels=["version"])
                for version, found in of.items():
                    if name in found:
                        family.add_metric([version], found[name].mean)
                yield family
        sigmas = GaugeMetricFamily("burnish:drift_sigmas", "Recent answers less the evaluation's, in standard errors",
                                   labels=["version", "figure"])  # fmt: skip
        for version, found in recent.items():
            for name in found.keys() & judged[version].keys():
                sure = found[name].sigmas(judged[version][name])
                if sure is not None:
                    sigmas.add_metric([version, name], sure)
        yield sigmas


_KINDS = {"recent": "of the last 200 answers", "evaluation": "of the evaluation kept with the version"}


def _processes() -> Iterator[GaugeMetricFamily]:
    """Yield what this process's children take: an engine may be one. This process's own are the standard `process_*`."""
    memory, seconds = 0, 0.0
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times = child.cpu_times()
            memory, seconds = memory + child.memory_info().rss, seconds + times.user + times.system
    yield GaugeMetricFamily("burnish:children_resident_memory_bytes", "Memory of this process's children", value=memory)
    yield GaugeMetricFamily("burnish:children_cpu_seconds", "Seconds of cores that living children took", value=seconds)
