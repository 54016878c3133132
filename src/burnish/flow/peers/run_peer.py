"""Runs one peer: reads an order, lets that tool train its rows, and writes one line of JSON. See flow/bench.py.

PYTHON run_peer.py PEER WAY < ORDER.json

Run by the interpreter of the peer's own environment: imports nothing of burnish, and by itself only the standard library.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

WARM_STEPS = 2
"""The first steps set memory aside and choose kernels; they are not timed."""
MASKED = -100
"""The label of a token that is not trained on."""


class Batches(NamedTuple):
    """How a step's rows reach the model."""

    length: int
    """Tokens of a packed row; no row is longer."""
    rows: int
    """Rows at once."""
    times: int
    """How often, for one step."""


@dataclass(frozen=True)
class Order:
    """What is to be trained."""

    folder: str
    """A model in Hugging Face's layout."""
    plan: dict[str, Any]
    """The numbers: ranks, rates, rows a step."""
    rows: list[tuple[list[int], list[int]]]
    """Token ids and labels."""
    way: str

    @property
    def packed(self) -> bool:
        """Whether several rows are to be laid into one."""
        return self.way == "packed"

    @property
    def half(self) -> bool:
        """Whether the weights are bfloat16; else they are float32."""
        return bool(self.plan["dtype"] == "bfloat16")

    @property
    def columns(self) -> list[dict[str, list[int]]]:
        """The rows as most tools take them when the tokens are made already."""
        return [{"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels} for ids, labels in self.rows]

    @property
    def batches(self) -> Batches:
        """How many rows make a step: those of the plan, or packed ones that hold about as many tokens."""
        rows, sizes = self.plan["batch_rows"], [len(ids) for ids, _ in self.rows]
        length = max(512, *sizes)
        if self.packed:
            # One at a time: of two, laid end to end, attention would reckon every token of the one against the other's too.
            return Batches(length=length, rows=1, times=max(1, round(rows * sum(sizes) / len(sizes) / length)))
        at_once = 1 if rows % 2 or self.way == "single" else 2
        return Batches(length=length, rows=at_once, times=rows // at_once)


class Watch:
    """Notes when a training begins, when each step ends, and the tokens and losses between."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        self.tokens: list[int] = []
        self.losses: list[float] = []
        self._since = 0

    def begin(self) -> None:
        """Note the time and the processor time at which the training begins."""
        self.times.append((time.perf_counter(), time.process_time()))

    def saw(self, tokens: int) -> None:
        """Count tokens of the step that runs."""
        self._since += tokens

    def stepped(self) -> None:
        """Note the end of a step."""
        self.times.append((time.perf_counter(), time.process_time()))
        self.tokens.append(self._since)
        self._since = 0

    def follow_trainer(self) -> None:
        """Note what every trainer built on transformers' does from now on, whoever makes it."""
        transformers = importlib.import_module("transformers")
        handler, trainer = transformers.trainer_callback.CallbackHandler, transformers.Trainer
        began, ended, done, step = handler.on_train_begin, handler.on_step_end, handler.on_train_end, trainer.training_step

        def on_train_begin(told: Any, *values: Any, **named: Any) -> Any:
            control = began(told, *values, **named)
            self.begin()
            return control

        def on_step_end(told: Any, *values: Any, **named: Any) -> Any:
            self.stepped()
            return ended(told, *values, **named)

        def on_train_end(told: Any, arguments: Any, state: Any, *values: Any, **named: Any) -> Any:
            self.losses = [entry["loss"] for entry in state.log_history if "loss" in entry]
            return done(told, arguments, state, *values, **named)

        def training_step(own: Any, model: Any, inputs: Any, *values: Any, **named: Any) -> Any:
            self.saw(real_tokens(inputs))
            return step(own, model, inputs, *values, **named)

        handler.on_train_begin, handler.on_step_end, handler.on_train_end = on_train_begin, on_step_end, on_train_end
        trainer.training_step = training_step

    def found(self) -> dict[str, Any]:
        """Return what was measured after the first steps."""
        warm = min(WARM_STEPS, len(self.tokens) - 1)
        return {
            "tokens": sum(self.tokens[warm:]),
            "steps": len(self.tokens) - warm,
            "seconds": self.times[-1][0] - self.times[warm][0],
            "cpu_seconds": self.times[-1][1] - self.times[warm][1],
            "losses": self.losses[warm:],
        }


def real_tokens(inputs: Any) -> int:
    """Return the tokens of a batch that are no padding."""
    mask = inputs.get("attention_mask")
    if mask is None:
        return int(inputs["input_ids"].numel())
    if mask.dim() == 4:  # added to the scores: 0 where a token may look at itself, which padding may not
        return int((mask.diagonal(dim1=-2, dim2=-1) == 0).sum())
    return int((mask != 0).sum())  # packed rows are numbered in some masks: 1 1 1 2 2 0


def peak_bytes() -> int:
    """Return the most memory that this program has held, in bytes: its own, not that of the process that started it."""
    try:
        with open("/proc/self/status") as lines:  # noqa: PTH123 - nothing but the standard library
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return int(most if sys.platform == "darwin" else most << 10)


def read_order(text: str, way: str) -> Order:
    """Return the order that a JSON text is."""
    said = json.loads(text)
    rows = [(ids, [token if flag else MASKED for token, flag in zip(ids, flags, strict=True)]) for ids, flags in said["rows"]]
    return Order(folder=said["folder"], plan=said["plan"], rows=rows, way=way)


def main() -> None:
    """Train an order's rows and write one line of JSON."""
    peer, way = sys.argv[1:]
    order, watch = read_order(sys.stdin.read(), way), Watch()
    answer = os.dup(1)
    os.dup2(2, 1)  # what a tool prints goes where it cannot be taken for the answer
    version = importlib.import_module(f"{peer.replace('-', '_')}_peer").train(order, watch)
    counted, given = sum(watch.tokens), sum(len(ids) for ids, _ in order.rows)
    if counted > given:
        raise SystemExit(f"{peer} trained {counted} tokens where the rows have {given}: padding was counted, or rows came twice")
    found = {**watch.found(), "peak_bytes": peak_bytes(), "version": version}
    os.write(answer, ("\n" + json.dumps(found) + "\n").encode())


if __name__ == "__main__":
    main()
