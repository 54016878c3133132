"""Metrics under the names that vLLM's users chart: names, labels and buckets as in its `v1/metrics` (loggers.py, buckets.py).

vLLM's labels are `model_name` and `engine`; here one process has one engine a version, so `version` takes the place of `engine`.
Not here: its preemptions, speculation and iterations, which nobody here can count, and prompts served from another machine's cache.
Two of its figures are reckoned, for an engine does not tell them: who waits (an engine takes answers in order, `slots` at once), and
the use of the cache (tokens of running answers, of those that memory was taken for).
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram

from burnish.serve.watch.labels import Bounded
from burnish.serve.watch.told import CANCELLED, Said, Telling, Told

TOKEN = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80)
"""Seconds a token."""
FIRST = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560)
"""Seconds to the first token."""
PHASE = (0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680)
"""Seconds of a request."""
TOKENS = tuple(mantissa * 10**power for power in range(5) for mantissa in (1, 2, 5))
"""Tokens of a request: 1, 2, 5, 10 ... 50,000."""
LABELS = ("model_name", "version")


def timed(registry: CollectorRegistry) -> dict[str, Histogram]:
    """Return vLLM's histograms of requests by their short names."""
    told = {
        "time_to_first_token_seconds": ("Seconds from the request to its first token", FIRST),
        "inter_token_latency_seconds": ("Seconds between two tokens of one answer", TOKEN),
        "request_time_per_output_token_seconds": ("Seconds a token after the first, the mean of an answer", TOKEN),
        "e2e_request_latency_seconds": ("Seconds of a whole request", PHASE),
        "request_queue_time_seconds": ("Seconds until an engine began", PHASE),
        "request_inference_time_seconds": ("Seconds from an engine's beginning to the end", PHASE),
        "request_prefill_time_seconds": ("Seconds from an engine's beginning to the first token", PHASE),
        "request_decode_time_seconds": ("Seconds from the first token to the end", PHASE),
        "request_prompt_tokens": ("Tokens of a request's prompts", TOKENS),
        "request_generation_tokens": ("Tokens of a request's answers", TOKENS),
        "request_params_n": ("Answers that a request asked for", (1, 2, 5, 10, 20)),
    }
    return {name: Histogram(f"vllm:{name}", words, LABELS, buckets=b, registry=registry) for name, (words, b) in told.items()}


class Pace:
    """Tokens of one request, counted as they come: a chart of tokens a second must not wait for the end of a long answer."""

    def __init__(self, first: Histogram, gap: Histogram, made: Counter) -> None:
        """Take the metrics, their labels bound."""
        self.first, self.gap, self.made = first.observe, gap.observe, made.inc


class Metrics:
    """vLLM's counters and histograms. What stands at a moment is in `standing.py`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make them in a registry."""
        self._names, self._versions = Bounded(), Bounded()
        self._timed = timed(registry)
        self._ended = Counter(
            "vllm:request_success", "Answers by how they ended", [*LABELS, "finished_reason"], registry=registry
        )
        self._made = Counter("vllm:generation_tokens", "Tokens of answers", LABELS, registry=registry)
        self._prompts = Counter("vllm:prompt_tokens", "Tokens of prompts", LABELS, registry=registry)
        self._asked = Counter("vllm:prefix_cache_queries", "Tokens of prompts looked up in the cache", LABELS, registry=registry)
        self._known = Counter("vllm:prefix_cache_hits", "Tokens of prompts known from before", LABELS, registry=registry)

    def pace(self, telling: Telling) -> Pace:
        """Return whom to tell of the tokens of a request whose version is known."""
        labels = self._labels(telling.model, telling.version)
        first, gap = self._timed["time_to_first_token_seconds"], self._timed["inter_token_latency_seconds"]
        return Pace(first.labels(*labels), gap.labels(*labels), self._made.labels(*labels))

    def ended(self, told: Told) -> None:
        """Count a request for answers that has ended. One that reached no version was aborted, or it is no success of any kind."""
        labels = self._labels(told.model, told.version)
        if not told.version:
            if told.outcome == CANCELLED:
                self._ended.labels(*labels, "abort").inc()
            return
        for said in told.answers:
            self._ended.labels(*labels, said.reason).inc()
        for counter, tokens in ((self._prompts, told.prompt_tokens), (self._asked, told.prompt_tokens),
                                (self._known, told.cached_tokens)):  # fmt: skip
            counter.labels(*labels).inc(tokens)
        for name, value in _values(told):
            self._timed[name].labels(*labels).observe(value)

    def _labels(self, model: str, version: str) -> tuple[str, str]:
        return self._names(model), self._versions(version)


def _values(told: Told) -> Iterator[tuple[str, float]]:
    """Yield (histogram, value) of a request. Times are of those that ended by themselves: a client that leaves makes none faster."""
    yield "request_params_n", len(told.answers)
    yield "request_prompt_tokens", told.prompt_tokens
    yield "request_generation_tokens", told.completion_tokens
    if told.queue_seconds is not None:
        yield "request_queue_time_seconds", told.queue_seconds
    if told.outcome == CANCELLED or told.queue_seconds is None:
        return
    yield "e2e_request_latency_seconds", told.seconds
    yield "request_inference_time_seconds", told.seconds - told.queue_seconds
    if told.first_seconds is not None:
        yield "request_prefill_time_seconds", max(0.0, told.first_seconds - told.queue_seconds)
        yield "request_decode_time_seconds", told.seconds - told.first_seconds
    yield from (("request_time_per_output_token_seconds", pace) for pace in map(_pace_of, told.answers) if pace is not None)


def _pace_of(said: Said) -> float | None:
    return said.seconds / (said.tokens - 1) if said.tokens > 1 else None
