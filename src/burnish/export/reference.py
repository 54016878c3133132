"""The trained model itself, by transformers and PEFT: what every artefact is compared with.

Legend: P places, T tokens, V vocabulary. A place is a point in a conversation at which a next token is due: the end of a
probe's prompt, and each step of the trained model's own greedy answer.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.export.opened import Version, adapters_of
from burnish.export.probes import Probe
from burnish.machine.memory import available_bytes
from burnish.model.generate import Sampling, generate
from burnish.model.load import load_model
from burnish.model.lora import load_adapter
from burnish.model.shape import count_parameters

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 5
"""Tokens of each probe's answer that are compared."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One probe with the beginning of the trained model's answer."""

    probe: Probe
    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def places(self) -> list[tuple[int, ...]]:
        """Return the ids before each place."""
        return [self.prompt + self.answer[:step] for step in range(min(len(self.answer) + 1, STEPS))]


@dataclass(frozen=True, slots=True)
class Reference:
    """What the trained model and its base say at each place."""

    walks: tuple[Walk, ...]
    trained_PV: Tensor
    """Log-probabilities in nats, float32."""
    base_PV: Tensor | None
    """The same without the version's last adapter; None where there is no adapter."""
    dtype: str


def dtype_for(folder: Path) -> str:
    """Return "float32" where a model of this folder fits in it beside what else is in memory, else "bfloat16"."""
    weights = count_parameters(folder, tied=False)
    return "float32" if 4 * weights < min(3_500_000_000, available_bytes() // 2) else "bfloat16"


def trained_model(version: Version, dtype: str) -> Any:
    """Return the version's model, its last adapter as PEFT has it and any earlier ones merged below it."""
    model = load_model(version.source.folder, dtype=dtype)
    adapters = adapters_of(version)
    for number, adapter in enumerate(adapters, start=1):
        model = load_adapter(model, adapter)
        if number < len(adapters):
            model = model.merge_and_unload()
    return model


def reference_of(version: Version, probes: Sequence[Probe]) -> Reference:
    """Let the trained model answer the probes and keep what it and its base think at each place."""
    import contextlib

    dtype = dtype_for(version.source.folder)
    model = trained_model(version, dtype)
    walks = _walks(model, version, probes)
    trained_PV = logprobs_at(model, walks)
    base_PV = None
    if adapters_of(version):
        with model.disable_adapter() if hasattr(model, "disable_adapter") else contextlib.nullcontext():
            base_PV = logprobs_at(model, walks)
    del model
    gc.collect()
    return Reference(walks, trained_PV, base_PV, dtype)


def _walks(model: Any, version: Version, probes: Sequence[Probe]) -> tuple[Walk, ...]:
    prompts = [version.chat.prompt_ids(probe.messages, think=probe.think) for probe in probes]
    context = model.config.get_text_config(decoder=True).max_position_embeddings
    fitting = [(probe, tuple(prompt)) for probe, prompt in zip(probes, prompts, strict=True) if len(prompt) + STEPS < context]
    settings = Sampling(stop_ids=version.chat.stop_ids, pad_id=version.chat.pad_id, max_new_tokens=STEPS, batch_size=1)
    answers = {one.index: one.ids for one in generate(model, [prompt for _, prompt in fitting], settings)}
    return tuple(Walk(probe, prompt, answers[number]) for number, (probe, prompt) in enumerate(fitting))


def logprobs_at(model: Any, walks: Sequence[Walk]) -> Tensor:
    """Return the (P, V) log-probabilities of a torch model at every place, in nats, float32 on the CPU."""
    import torch

    rows = []
    with torch.inference_mode():
        for walk in walks:
            count = len(walk.places())
            ids_1T = torch.tensor([[*walk.prompt, *walk.answer[: count - 1]]], device=model.device)
            logits_TV = model(input_ids=ids_1T, use_cache=False, logits_to_keep=count).logits[0].float()
            rows.append(torch.log_softmax(logits_TV, dim=-1).cpu())
    return torch.cat(rows)
