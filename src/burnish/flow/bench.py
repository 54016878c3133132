"""The verb `bench`: how fast a training step is on this machine, beside PEFT's own modules and, if asked, installed peers.

Every contender is a process of its own and gets the same tokens; they take turns (A B C A B C), so that a machine that grows
slower or busier does so for all.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence as Rows
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import TrainError
from burnish.flow import planning
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.project import open_base
from burnish.flow.speeds import this_machine
from burnish.records.codec import to_json
from burnish.records.profile import DataProfile
from burnish.registry.home import find_home

if TYPE_CHECKING:
    from burnish.records.plan import Plan
    from burnish.records.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another tool that can be run."""

    ways: tuple[str, ...]
    """Rows laid into one (packed), two at a time (padded) or one at a time (single): what the tool has on a CPU."""
    modules: tuple[str, ...]
    """What its interpreter must be able to load."""


_OVER_TRANSFORMERS = ("torch", "transformers", "peft", "datasets")
PEERS = {
    "trl": Peer(ways=("packed", "padded"), modules=(*_OVER_TRANSFORMERS, "trl")),
    "axolotl": Peer(ways=("packed", "padded"), modules=(*_OVER_TRANSFORMERS, "axolotl")),
    "llamafactory": Peer(ways=("packed", "padded"), modules=(*_OVER_TRANSFORMERS, "llamafactory")),
    "ms-swift": Peer(ways=("single", "padded"), modules=(*_OVER_TRANSFORMERS, "swift")),
    "litgpt": Peer(ways=("single", "padded"), modules=("torch", "lightning", "litgpt")),
}
"""Peers that can be run; peers/NAME_peer.py runs one."""
PYTHON = "python"
"""The interpreter of a peer for which none is named."""
_NAMED = re.compile(r"([\w-]+)=(.+)")
SECONDS = 1800
"""After which a contender is given up."""
LOADING_SECONDS = 300
"""After which a peer that does not load is given up: libraries read for the first time from a slow disk take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """What was measured of one way to train, in its best round."""

    name: str
    tokens_per_second: float
    tokens_per_cpu_second: float
    peak_bytes: int
    step_seconds: float
    losses: tuple[float, ...]
    share_of_products: float | None = None
    """What the step's matrix products take alone, over what the step takes; only the fast step tells."""
    parts: dict[str, float] | None = None
    """Seconds a step by part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All that was measured."""

    contenders: tuple[Contender, ...]
    model: str
    dtype: str
    rows: int
    tokens: int
    load: float
    """Cores that other programs kept busy before."""
    machine: str
    left_out: dict[str, str]
    """What each peer said that could not be measured."""


def bench(
    data: Path | None,
    model: str | None,
    recipe: Recipe,
    *,
    length: int,
    steps: int,
    against: tuple[str, ...],
    python: tuple[str, ...],
    rounds: int,
    home: str | None,
    keep_going: bool = False,
) -> Work[Bench]:
    """Time training steps on a person's rows, or on random ones of about `length` tokens. Raises BurnishError.

    `python` names interpreters as `PEER=PATH`, or one as `PATH` for all peers. Going on, a peer that fails is left out.
    """
    from burnish.model.shape import read_shape
    from burnish.plan.make import make_plan

    pythons, left_out = _interpreters(against, python), dict[str, str]()
    for peer in against:
        with _excused(left_out, peer, keep_going=keep_going):
            _check_peer(peer, pythons[peer])
    place = find_home(Path.cwd(), home) or Path(home or Path.cwd())  # its disk is looked at; nothing is written
    if data is not None:
        planned = yield from planning.make(data, model, recipe, home=place)
        plan, opened, machine = planned.plan, planned.opened, planned.machine
        rows = [(one.ids, one.supervised) for row in planned.prepared.train for one in row.sequences]
    else:
        opened = yield from open_base(model or recipe.get("model.name"))
        shape, machine = read_shape(opened.source.folder), this_machine(place)
        rows = _random_rows(shape.vocabulary, length, (steps + 2) * 8)
        plan = make_plan(recipe, _profile(rows), machine, shape, opened.label)
    rows = rows[: steps * plan.batch_rows]
    if len(rows) <= 2 * plan.batch_rows:
        raise TrainError(
            "there are too few rows to time a step with",
            seen=f"{len(rows)} rows, and the first two steps of {plan.batch_rows} only warm up",
            remedy="give more rows, or none: then random ones are used",
        )
    order = {"folder": str(opened.source.folder), "rows": rows}
    ways = _ways(plan, tuple(peer for peer in against if peer not in left_out), pythons)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    began, done = time.monotonic(), 0
    yield Said(text=f"{len(ways)} ways to train the same {len(rows)} rows, {rounds} rounds in turn")
    for _ in range(rounds):
        for name, (command, numbers) in ways.items():
            done += 1
            if name in left_out:
                continue
            with _excused(left_out, name, keep_going=keep_going and name.partition(",")[0] in PEERS):
                found[name].append(_measure(name, command, {**order, "plan": _numbers(numbers)}))
            total = rounds * len(ways)
            yield Advanced(stage="measuring", done=done, total=total, unit="runs", seconds=time.monotonic() - began, detail=name)
    return Bench(
        contenders=tuple(_contender(name, results) for name, results in found.items() if name not in left_out),
        model=opened.label,
        dtype=plan.dtype,
        rows=len(rows),
        tokens=sum(len(ids) for ids, _ in rows),
        load=machine.load,
        machine=f"{machine.name}, {machine.cores} cores",
        left_out=left_out,
    )


@contextmanager
def _excused(left_out: dict[str, str], name: str, *, keep_going: bool) -> Iterator[None]:
    """Note what a peer that fails said, and go on without it; or let it end all."""
    try:
        yield
    except TrainError as error:
        if not keep_going:
            raise
        left_out[name] = str(error.seen)


def _interpreters(against: tuple[str, ...], python: tuple[str, ...]) -> dict[str, str]:
    """Return the interpreter of each peer. Raises TrainError for a peer that there is not."""
    words = [word for text in python for word in (re.split(r",(?=[\w-]+=)", text) if _NAMED.fullmatch(text) else [text])]
    named = {found[1]: found[2] for word in words if (found := _NAMED.fullmatch(word))}
    unknown = [f"--against {peer}" for peer in against if peer not in PEERS]
    unknown += [f"--python {peer}={path}" for peer, path in named.items() if peer not in PEERS]
    if unknown:
        raise TrainError(
            "there is no such peer to measure beside",
            seen=", ".join(unknown),
            remedy=f"name one of these: {', '.join(PEERS)}",
        )
    for_all = [word for word in words if not _NAMED.fullmatch(word)] or [PYTHON]
    return {peer: named.get(peer, for_all[-1]) for peer in against}


def _check_peer(peer: str, python: str) -> None:
    """Raise TrainError for a peer that cannot be run, before minutes are spent on the others."""
    if shutil.which(python) is None:
        raise TrainError(
            "the peer's interpreter is not there",
            seen=f"--python {python}",
            remedy=f"name the interpreter of the environment that it is installed in: --python {peer}=PATH",
        )
    said = _not_loaded(peer, python)
    if said:
        raise TrainError(
            f"{peer} cannot be loaded by {python}",
            seen=said[:300],
            remedy=f"install {peer} in an environment of its own, and name its interpreter: --python {peer}=PATH",
        )


def _not_loaded(peer: str, python: str) -> str:
    """Return the last that an interpreter says when it loads a peer and what it is run with; empty where it can."""
    command = [python, "-c", f"import {', '.join(PEERS[peer].modules)}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LOADING_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    last = (done.stderr.strip() or f"exit code {done.returncode}").rsplit("\n", 1)[-1]
    return last if done.returncode else ""


def _random_rows(words: int, length: int, number: int) -> list[tuple[tuple[int, ...], tuple[bool, ...]]]:
    """Return rows of 0.4 to 1.6 times the length, the second half of each supervised."""
    chance = random.Random(length)  # noqa: S311 - rows, not secrets
    rows = []
    for _ in range(number):
        size = max(4, round(length * chance.uniform(0.4, 1.6)))
        ids = tuple(chance.randrange(words // 2) for _ in range(size))
        rows.append((ids, (False,) * (size // 2) + (True,) * (size - size // 2)))
    return rows


def _profile(rows: Rows[tuple[tuple[int, ...], tuple[bool, ...]]]) -> DataProfile:
    lengths = tuple(len(ids) for ids, _ in rows)
    middle = sorted(lengths)[len(lengths) // 2]
    return DataProfile(
        rows=len(rows),
        tokens=sum(lengths),
        supervised_tokens=sum(sum(flags) for _, flags in rows),
        token_p50=middle,
        token_p90=max(lengths),
        token_p99=max(lengths),
        token_max=max(lengths),
        lengths=lengths,
        novelty=0.0,
        holdable_rows=0,
        data_hash="",
    )


def _ways(plan: Plan, against: tuple[str, ...], pythons: dict[str, str]) -> dict[str, tuple[list[str], Plan]]:
    """Return the command and the plan of every contender, by name."""
    own = [sys.executable, "-m", "burnish.train.bench"]
    ways = {"the fast step": (own, plan)} if plan.fast else {}
    slow = replace(plan, fast=False, micro_batch_tokens=min(plan.micro_batch_tokens, 512))
    ways["PEFT's own modules"] = (own, slow)
    for peer in against:
        script = str(Path(__file__).parent / "peers" / "run_peer.py")
        ways |= {f"{peer}, {way}": ([pythons[peer], script, peer, way], plan) for way in PEERS[peer].ways}
    return ways


def _numbers(plan: Plan) -> dict[str, Any]:
    numbers = {**to_json(plan), "checkpointing": plan.checkpointing}
    return {key: value for key, value in numbers.items() if key not in {"reasons", "quote"}}


def _measure(name: str, command: list[str], order: dict[str, Any]) -> dict[str, Any]:
    """Run one contender. Raises TrainError with the last it said."""
    told = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    try:
        done = subprocess.run(
            command, input=json.dumps(order), capture_output=True, text=True, timeout=SECONDS, env=told, check=False
        )
        if done.returncode == 0:
            result: dict[str, Any] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
            return result
        said = (done.stderr.strip() or done.stdout.strip()).rsplit("\n", 1)[-1]
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        said = str(error)
    remedy = (
        "name the interpreter of the peer's own environment with --python"
        if name.split(",", maxsplit=1)[0] in PEERS
        else "try --debug"
    )
    raise TrainError(f"{name} could not be measured", seen=said[:300], remedy=remedy)


def _contender(name: str, results: list[dict[str, Any]]) -> Contender:
    """Return the round that disturbed least: the fastest."""
    best = min(results, key=lambda one: one["seconds"] / one["tokens"])
    share = parts = None
    if "parts" in best:
        pace = best["seconds"] / best["tokens"]
        share = best["products_seconds"] / best["products_tokens"] / pace
        parts = {part: seconds / best["steps"] for part, seconds in best["parts"].items()}
        parts["the rest (optimizer, clipping, Python)"] = (best["seconds"] - sum(best["parts"].values())) / best["steps"]
    return Contender(
        name=name,
        tokens_per_second=best["tokens"] / best["seconds"],
        tokens_per_cpu_second=best["tokens"] / best["cpu_seconds"],
        peak_bytes=max(one["peak_bytes"] for one in results),
        step_seconds=best["seconds"] / best["steps"],
        losses=tuple(best["losses"]),
        share_of_products=share,
        parts=parts,
    )
