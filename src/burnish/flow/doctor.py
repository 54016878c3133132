"""The verb `doctor`: what works on this machine, what will not, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import durable
from burnish.errors import BurnishError
from burnish.flow.project import DEFAULT_MODEL
from burnish.flow.rowless import TEMPLATE_REMEDY, rowless_words, template_words
from burnish.flow.telling import size
from burnish.plan.room import fast_bfloat16
from burnish.tokens.rows import REMEDY

if TYPE_CHECKING:
    from burnish.records.machine import Machine

TESTED = {"torch": "2.13", "transformers": "5.23", "peft": "0.21", "safetensors": "0.8", "tokenizers": "0.23"}
"""The versions that `constraints.txt` pins, to the minor release."""
WANTED_DISK_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that works or does not."""

    name: str
    state: str
    """"ok", "warning" or "fault"."""
    detail: str
    remedy: str = ""


def doctor(model: str | None, home: str | None) -> Iterator[Finding]:
    """Yield what was found, one thing at a time: Python, libraries, machine, disk, model, template."""
    yield _python()
    yield from _libraries()
    place = Path(home) if home else Path.cwd()
    yield from _guarded("machine", lambda: _machine(place))
    yield _disk(place)
    yield from _guarded("model", lambda: _model(model or DEFAULT_MODEL))


def _guarded(name: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except BurnishError as error:
        yield Finding(
            name=name, state="fault", detail=f"{error.what} ({error.seen})" if error.seen else error.what, remedy=error.remedy
        )
    except Exception as error:  # noqa: BLE001 - a doctor reports what is broken, whatever it is
        yield Finding(name=name, state="fault", detail=f"{type(error).__name__}: {error}", remedy="install again: make")


def _python() -> Finding:
    here = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    return Finding(
        name="python", state="ok" if good else "fault", detail=here, remedy="" if good else "install Python 3.11 or newer"
    )


def _libraries() -> Iterator[Finding]:
    for name, tested in TESTED.items():
        try:
            here = version(name)
        except PackageNotFoundError:
            yield Finding(name=name, state="fault", detail="not installed", remedy="pip install -c constraints.txt -e .")
            continue
        same = here.startswith(tested + ".")
        yield Finding(
            name=name,
            state="ok" if same else "warning",
            detail=here,
            remedy="" if same else f"tested with {tested}: pip install -c constraints.txt -e .",
        )


def _machine(place: Path) -> Iterator[Finding]:
    from burnish.flow.speeds import this_machine

    machine = this_machine(place)
    yield Finding(
        name="machine",
        state="ok",
        detail=f"{machine.device}: {machine.name}, {machine.cores} cores, {size(machine.memory_bytes)} free",
    )
    for dtype, flops in machine.matmul_flops.items():
        yield Finding(name=f"{dtype} products", state="ok", detail=f"{flops / 1e9:.0f} GFLOP/s")
    yield _bfloat16(machine)
    busy = machine.load >= 0.5
    yield Finding(
        name="other work",
        state="warning" if busy else "ok",
        detail=f"{machine.load:.1f} of {machine.cores} cores are busy with it",
        remedy="training will be slower than on a quiet machine" if busy else "",
    )


def _bfloat16(machine: Machine) -> Finding:
    """Return in which dtype a plan trains here, and by which fact of the machine: it is the same on a busy day."""
    speeds = machine.matmul_flops
    ratio = f"{speeds['bfloat16'] / speeds['float32']:.1f} times the speed of float32" if "bfloat16" in speeds else "not usable"
    if machine.bfloat16_by:
        detail = f"the processor multiplies it itself ({machine.bfloat16_by}): plans take it; {ratio}"
    else:
        chosen = "plans take it" if fast_bfloat16(machine) else "plans take float32"
        detail = f"no units of its own that are known: what was measured decides; {ratio}: {chosen}"
    return Finding(name="bfloat16", state="ok", detail=detail)


def _disk(place: Path) -> Finding:
    free = durable.free_bytes(place)
    enough = free >= WANTED_DISK_BYTES
    return Finding(
        name="disk",
        state="ok" if enough else "warning",
        detail=f"{size(free)} free for {place}",
        remedy="" if enough else f"free some: {size(WANTED_DISK_BYTES)} is comfortable",
    )


def _model(name: str) -> Iterator[Finding]:
    from burnish.model.rows import rows_of
    from burnish.model.shape import read_shape
    from burnish.model.source import resolve
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    source = resolve(name)
    shape = read_shape(source.folder)
    yield Finding(name="model", state="ok", detail=f"{name}: {shape.architecture}, {shape.parameters / 1e6:.0f} million weights")
    chat = Chat(load_tokenizer(source.folder), rows=rows_of(source.folder))
    end = chat.decode([chat.end_id], special=True)
    yield Finding(name="template", state="ok", detail=f"turns end with {end}")
    missing = rowless_words(chat)
    for note in chat.notes:
        if note != missing:
            yield Finding(name="template", state="ok", detail=note)
    if missing:
        yield Finding(name="tokens", state="warning", detail=missing, remedy=REMEDY)
    if words := template_words(chat):
        yield Finding(name="tokens", state="fault", detail=words, remedy=TEMPLATE_REMEDY)
