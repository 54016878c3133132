"""The verb `adopt`: adapters that were trained elsewhere become versions of this project.

Read are PEFT adapter folders, oldest first, each trained on the merge of the ones before, or one folder that holds `previous`
and `latest` (also under `models/`). Each version's adapter is put side by side with those before it, so that it is whole.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import ModelError
from burnish.flow.events import Said, Work
from burnish.flow.project import Opened, load_weights, open_base, open_registry
from burnish.model.chain import SavedAdapter, alpha_for, read_saved, side_by_side
from burnish.model.lora import ALIVE, CONFIG, WEIGHTS, detach, effect, load_adapter, save_adapter
from burnish.model.shape import linear_targets
from burnish.model.source import lasting
from burnish.records.conversation import Message
from burnish.records.run import Run

if TYPE_CHECKING:
    from burnish.registry.store import Registry

ORDER = ("previous", "latest")
METHOD = "adopted"
HELLO = (Message(role="user", content="Hello, who are you?"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """The versions made, oldest first; the last is live."""

    versions: tuple[str, ...]
    folders: tuple[Path, ...]


def adopt(folders: Sequence[Path], *, model: str | None, home: str | None, promote: bool = True) -> Work[Adopted]:
    """Make versions of adapters, after loading each on its base and seeing that it has an effect. Raises ModelError, RegistryError.

    `model` names the base they were trained on. Nothing is made unless all of them can be adopted.
    """
    found = _adapters(folders)
    opened = yield from open_base(model)
    registry = open_registry(home, make=True)
    weights = load_weights(opened, dtype="float32")
    for folder in found:
        yield Said(text=f"{folder}: looking at it")
        _prove(weights, folder, opened)
    versions: list[str] = []
    whole: SavedAdapter | None = None
    for folder in found:
        run = _version(registry, opened, weights, folder, whole, versions)
        whole = read_saved(registry.runs / run.id / "adapter")
        versions.append(run.id)
        yield Said(text=f"{folder} is version {run.id}")
    if promote:
        registry.promote(versions[-1], "adopted")
        yield Said(
            text=f"version {versions[-1]} is now live; its rows are not known here, so they cannot be replayed", level="head"
        )
    return Adopted(versions=tuple(versions), folders=tuple(found))


def _adapters(folders: Sequence[Path]) -> list[Path]:
    """Return the adapter folders, oldest first. Raises ModelError naming every folder that is none."""
    found: list[Path] = []
    for folder in folders:
        if (folder / CONFIG).exists():
            found.append(folder)
            continue
        inside = [place / name for place in (folder, folder / "models") for name in ORDER if (place / name / CONFIG).exists()]
        found += inside or [folder]
    missing = [str(one) for one in found if not ((one / CONFIG).is_file() and (one / WEIGHTS).is_file())]
    if missing or not found:
        raise ModelError(
            "there is no adapter to adopt",
            seen=f"no {CONFIG} with {WEIGHTS} in {', '.join(missing)}",
            remedy=f"name adapter folders, oldest first, or one folder with {' and '.join(ORDER)} in it; pickled adapters are never opened",
        )
    return found


def _prove(weights: Any, folder: Path, opened: Opened) -> None:
    """Load an adapter on its base, by PEFT itself, and see that it changes a logit. Raises ModelError."""
    elsewhere = sorted(set(read_saved(folder).targets) - set(linear_targets(weights)))
    if elsewhere:
        raise ModelError(
            f"the adapter in {folder} stands on modules that burnish does not train, so it could not be continued",
            seen=f"{', '.join(elsewhere)}; trained here are {', '.join(linear_targets(weights))}",
            remedy="train an adapter on the linear modules of the layers alone",
        )
    tuned = load_adapter(weights, folder)
    try:
        changed = effect(tuned, opened.chat.prompt_ids(HELLO))
    finally:
        detach(tuned)
    if not math.isfinite(changed):
        raise ModelError(
            f"the adapter in {folder} is broken: it makes logits that are infinite or NaN",
            seen=f"largest change of a logit: {changed}",
            remedy="train it again at a lower rate; an adapter without numbers is no use",
        )
    if not changed > ALIVE:
        raise ModelError(
            f"the adapter in {folder} does nothing: the logits are those of the base",
            seen=f"largest change of a logit: {changed:.2g}",
            remedy="name the folder that training wrote; an adapter of zeros was never trained",
        )


def _version(
    registry: Registry, opened: Opened, weights: Any, folder: Path, before: SavedAdapter | None, parents: Sequence[str]
) -> Run:
    """Write one version: the adapter as it is, or side by side with those before it."""
    run_id, place = registry.new_run()
    saved = read_saved(folder)
    state = dict(saved.state)
    rank, targets = saved.rank, set(saved.targets)
    if before is not None:
        state, rank, targets = (
            side_by_side(before, saved.state, saved.rank, saved.scale),
            saved.rank + before.rank,
            targets | set(before.targets),
        )
    alpha = alpha_for(rank, saved.scale, rslora=saved.rslora)
    tuned = load_adapter(weights, folder)  # for its stock config
    try:
        changed = {"r": rank, "lora_alpha": alpha, "target_modules": sorted(targets)}
        adapter_hash = save_adapter(tuned, place / "adapter", lasting(opened.label), state=state, changed=changed)
    finally:
        detach(tuned)
    durable.write_json(place / "adopted.json", {"from": str(folder.resolve()), "sha256": durable.sha256_of(folder / WEIGHTS)})
    run = _record(run_id, opened, adapter_hash, tuple(parents[-1:]), sum(tensor.numel() for tensor in state.values()))
    registry.add(run)
    return run


def _record(run_id: str, opened: Opened, adapter_hash: str, parents: tuple[str, ...], parameters: int) -> Run:
    return Run(
        id=run_id,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        parents=parents,
        method=METHOD,
        base_model=lasting(opened.label),
        base_hash=opened.source.weights_hash,
        data_files=(),
        data_hash="",
        adapter_hash=adapter_hash,
        rows=0,
        steps=0,
        tokens=0,
        supervised_tokens=0,
        loss_first=0.0,
        loss_last=0.0,
        train_seconds=0.0,
        wall_seconds=0.0,
        peak_bytes=0,
        tokens_per_second=0.0,
        trainable_parameters=parameters,
        verdict="not judged",
    )
