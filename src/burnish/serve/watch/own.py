"""Metrics that vLLM has no name for: errors by their code, shortened conversations, how answers end and whether they refuse."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from burnish.serve.watch.labels import Bounded
from burnish.serve.watch.told import ANSWERED, Told

TURNED_AWAY = frozenset({429, 503})


class Own:
    """burnish's counters."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make them in a registry."""

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"burnish:{name}", words, labels, registry=registry)

        self._code, self._version, self._arm = Bounded(), Bounded(), Bounded()
        labels = ("route", "version", "arm", "outcome", "status", "code")
        self._received = counter("requests_received", "Requests that came in", "route")
        self._ended = counter("requests", "Requests by how they ended", *labels)
        self._away = counter("requests_turned_away", "Requests for answers that found the queue full", "code")
        self._away.labels("queue_full")
        self._shortened = counter("context_shortened", "Conversations that were shortened", "version", "method")
        self._before = counter("context_tokens_before", "Tokens of such conversations before", "version")
        self._after = counter("context_tokens_after", "Tokens of such conversations after", "version")
        self._lost = counter("context_facts_lost", "Facts lost from such conversations", "version")
        self._answers = counter("answers", "Answers made to their end", "version", "arm")
        self._natural = counter("natural_stops", "Answers that the model ended by itself", "version", "arm")
        self._refusals = counter("refusal_answers", "Answers that refuse, wholly or in part", "version", "arm")
        self._fell = counter("arm_failures", "Requests that an experiment's candidate could not answer", "version")
        self._loads = counter("engine_loads", "Engines loaded", "version")
        self._fails = counter("engine_load_failures", "Engines that could not be loaded", "version")
        self._unloads = counter("engine_unloads", "Engines closed to make room", "version")
        self._swaps = counter("live_changes", "Changes of the live version under way")
        self._seconds = Gauge(
            "burnish:engine_load_seconds", "Seconds of an engine's last loading", ["version"], registry=registry
        )
        # A counter that first appears at 1 never rose for Prometheus: what must be seen the first time is a state.
        failed = "1 for a version whose last loading failed, until it loads or `live` moves"
        self._failed = Gauge("burnish:engine_not_loaded", failed, ["version"], registry=registry)

    def received(self, route: str) -> None:
        """Count a request as it comes in."""
        self._received.labels(route).inc()

    def ended(self, told: Told, refusals: Sequence[bool], *, answers: bool) -> None:
        """Count a request as it ends. `answers`: whether it asked for any; `refusals`: whether each that was made refuses."""
        version, arm, code = self._version(told.version), self._arm(told.arm), self._code(told.code)
        self._ended.labels(told.route, version, arm, told.outcome, str(told.status), code).inc()
        if answers and told.status in TURNED_AWAY:
            self._away.labels(code).inc()
        if told.shortened is not None:
            self._shortened.labels(version, told.shortened.method).inc()
            self._before.labels(version).inc(told.shortened.before)
            self._after.labels(version).inc(told.shortened.after)
            self._lost.labels(version).inc(told.shortened.facts_lost)
        if told.arm and told.outcome == ANSWERED:
            self._fell.labels(version)  # from 0 on: a counter that first appears at 1 never rose for Prometheus
        if told.fell:
            self._fell.labels(self._version(told.fell)).inc()
        made = [one for one in told.answers if one.reason in {"stop", "length"}]
        if made:
            self._answers.labels(version, arm).inc(len(made))
            self._natural.labels(version, arm).inc(sum(one.natural for one in made))
            self._refusals.labels(version, arm).inc(sum(refusals))

    def engine(self, event: str, label: str, seconds: float) -> None:
        """Count what happened to an engine: "loaded", "failed", "closed" or "live"."""
        version = self._version(label)
        if event == "loaded":
            self._loads.labels(version).inc()
            self._seconds.labels(version).set(seconds)
            self._failed.labels(version).set(0)
        elif event == "failed":
            self._fails.labels(version).inc()
            self._failed.labels(version).set(1)
        elif event == "closed":
            self._unloads.labels(version).inc()
        elif event == "live":
            self._swaps.inc()
            self._failed.clear()
