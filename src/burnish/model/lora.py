"""LoRA adapters (Hu 2021, arXiv 2106.09685), made, saved and loaded as stock PEFT folders: one adapter, named `default`.

Adapter weights are float32 on any base; the base stays frozen in its own dtype.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import ModelError
from burnish.model.adapter_files import CONFIG, WEIGHTS, check_adapter
from burnish.model.quiet import quiet
from burnish.model.shape import NOT_TEXT

__all__ = ["CONFIG", "WEIGHTS"]  # trainers and chains know a saved adapter by them

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

    from burnish.records.plan import Plan

ALIVE = 1e-6
"""The least change of a logit that counts as an effect: below it is rounding."""
AT_ONCE = 64
"""Places whose logits are compared at once, in float32: of 512 places and 49,152 words that would be 100 MB, three times."""
EXACT = 1e-9
"""An alpha this near a whole number is that number: configs then show what a person would write."""


def attach(model: Any, plan: Plan, *, beside: int = 0) -> Any:
    """Return `model` as a PeftModel with a fresh adapter that is the plan's: A from `plan.seed`, B zero, both float32.

    `beside` is the rank of an earlier adapter that is put in beside it (model/chain.py): there is room for both, at the plan's
    scale. The base is changed in place (`detach` undoes it), and the caller's random state is left alone. Raises ModelError
    that names every target the model does not have.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    _check_targets(model, plan.lora_targets)
    rank = plan.lora_rank + beside
    grown = math.sqrt(rank / plan.lora_rank) if plan.lora_rslora else rank / plan.lora_rank
    alpha = plan.lora_alpha * grown
    with_pictures = any(NOT_TEXT.search(name) for name, _ in model.named_modules())
    config = LoraConfig(
        r=rank,
        lora_alpha=round(alpha) if abs(alpha - round(alpha)) < EXACT else alpha,
        lora_dropout=plan.lora_dropout,
        target_modules=list(plan.lora_targets),
        exclude_modules=f".*({NOT_TEXT.pattern}).*" if with_pictures else None,
        use_rslora=plan.lora_rslora,
        bias="none",
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(plan.seed)
        return get_peft_model(model, config)


def detach(model: Any) -> Any:
    """Return the base model as it was before `attach` or `load_adapter`, without the adapter."""
    return model.unload()


def _check_targets(model: Any, targets: tuple[str, ...]) -> None:
    names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    missing = [target for target in targets if target not in names]
    if missing or not targets:
        raise ModelError(
            f"this model has no modules named {', '.join(missing)}" if missing else "no module is named to take the adapter",
            seen=f"lora.targets = {', '.join(targets)}",
            remedy="leave lora.targets out, and the plan names the modules this model has",
        )


def adapter_parameters(model: Any) -> Iterator[tuple[str, Parameter]]:
    """Yield (name, parameter) of the adapter in the order of the names, which are those of the stock file."""
    found = {n.replace(".default.", "."): p for n, p in model.named_parameters() if ".lora_" in n and ".default." in n}
    yield from sorted(found.items())


def adapter_state(model: Any) -> dict[str, Tensor]:
    """Return a copy of the adapter's weights, float32 on the CPU, by their names in the stock file."""
    import torch

    return {
        name: parameter.detach().to("cpu", torch.float32, copy=True).contiguous() for name, parameter in adapter_parameters(model)
    }


def load_state(model: Any, state: Mapping[str, Tensor]) -> None:
    """Put weights into the attached adapter. Raises ModelError when names or shapes are not the adapter's; then none is put."""
    import torch

    parameters = dict(adapter_parameters(model))
    faults = [f"{name} is missing" for name in parameters if name not in state]
    faults += [f"{name} is unknown" for name in state if name not in parameters]
    faults += [
        f"{name} is {tuple(state[name].shape)}, not {tuple(parameter.shape)}"
        for name, parameter in parameters.items()
        if name in state and state[name].shape != parameter.shape
    ]
    if faults:
        raise ModelError(
            "these adapter weights do not fit this model and plan",
            seen="; ".join(faults[:3]) + (f"; {len(faults) - 3} more" if len(faults) > 3 else ""),
            remedy="use the rank and targets that the adapter was trained with, or begin anew with --from base",
        )
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(state[name])


def save_adapter(
    model: Any,
    folder: Path,
    base_name: str,
    *,
    state: Mapping[str, Tensor] | None = None,
    changed: Mapping[str, Any] | None = None,
) -> str:
    """Write the adapter as a stock PEFT folder and return the sha256 of its weights file.

    `state` and `changed` write other weights and numbers than the model's own (those of a chain). The same weights give the
    same bytes: names are sorted, and nothing of the time, the place or the machine is in either file; the base is named
    `base_name`. The weights come last, so a folder that has them is whole. Raises StorageError.
    """
    from safetensors.torch import save_file

    config = {**model.peft_config["default"].to_dict(), "base_model_name_or_path": base_name, "inference_mode": True}
    config |= changed or {}
    durable.write_json(folder / CONFIG, {key: _plain(config[key]) for key in sorted(config)})
    state = dict(adapter_state(model) if state is None else state)
    durable.write_with(folder / WEIGHTS, lambda path: save_file(state, path, metadata={"format": "pt"}))
    return durable.sha256_of(folder / WEIGHTS)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value.value if isinstance(value, Enum) else value


def read_state(folder: Path) -> dict[str, Tensor]:
    """Return the weights of a saved adapter by name. Raises ModelError when the file is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / WEIGHTS
    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"the adapter in {folder} cannot be read",
            seen=f"{WEIGHTS}: {error}",
            remedy="name a folder with adapter_config.json and adapter_model.safetensors; pickled adapters are never opened",
        ) from error


def load_adapter(model: Any, folder: Path) -> Any:
    """Return `model` with a saved adapter on it, frozen and in eval mode, read by PEFT itself.

    Raises ModelError when the folder is no LoRA adapter, is damaged, or was made for another model.
    """
    check_adapter(folder)
    from peft import PeftModel

    state = read_state(folder)
    try:
        with quiet():
            tuned = PeftModel.from_pretrained(model, folder, is_trainable=False, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise ModelError(
            f"the adapter in {folder} does not fit this model",
            seen=str(error).strip().split("\n", 1)[0][:300],
            remedy="use it with the base model it was trained on; its adapter_config.json names that model",
        ) from error
    load_state(tuned, state)  # PEFT passes over names it does not know; this refuses them
    return tuned.eval()


def effect(model: Any, ids: list[int], *, start: Mapping[str, Tensor] | None = None) -> float:
    """Return the largest difference that the adapter makes to any logit of these (T,) ids; 0 for an adapter that does nothing.

    Beside the base, or beside the adapter `start` (one that was continued must have changed, not only have an effect).
    """
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            row = torch.tensor([ids], device=next(model.parameters()).device)
            with_TV = model(input_ids=row, use_cache=False).logits[0]
            with _started(model, start) if start is not None else model.disable_adapter():
                without_TV = model(input_ids=row, use_cache=False).logits[0]
            pieces = zip(with_TV.split(AT_ONCE), without_TV.split(AT_ONCE), strict=True)
            return float(torch.stack([(one.float() - other.float()).abs().max() for one, other in pieces]).max())
    finally:
        model.train(was_training)


@contextmanager
def _started(model: Any, start: Mapping[str, Tensor]) -> Iterator[None]:
    """Put another adapter's weights in for the block, and the model's own back."""
    own = adapter_state(model)
    load_state(model, start)
    try:
        yield
    finally:
        load_state(model, own)
