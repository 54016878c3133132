"""What changes while a model learns: the adapter, AdamW's moments, the random state, and the best epoch's adapter."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from burnish.model.fast.sums import summed
from burnish.model.lora import adapter_parameters, adapter_state, load_state
from burnish.records.plan import Plan
from burnish.train.objective import Batch, Objective

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class StopAsked(Exception):  # noqa: N818 - not a fault
    """A stop was asked for between two batches; nothing of the step under way was kept."""


class NotFiniteError(Exception):
    """A loss or a gradient is NaN or infinite; the step was not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one optimizer step saw."""

    loss: float
    """Nats summed over the targets."""
    targets: int
    tokens: int
    grad_norm: float


class Learner:
    """A model with an adapter attached, its optimizer (AdamW, Loshchilov 2019) and its own random numbers, for dropout."""

    def __init__(self, model: Any, plan: Plan, *, frozen: int = 0) -> None:
        """`frozen`: the first so many ranks of every adapter are an earlier session's, and stay as they are."""
        self.model = model
        self._trains = False
        """Whether every module was told to train: a fresh PeftModel says so of itself while the base under it was not told."""
        self.frozen = frozen
        self.plan = plan
        self.names = dict(adapter_parameters(model))
        self.parameters = list(self.names.values())
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=plan.learning_rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=plan.weight_decay, fused=True
        )
        self.best: dict[str, Tensor] = {}
        """The best epoch's adapter, once there is one."""
        with torch.random.fork_rng():
            torch.manual_seed(plan.seed)
            self.random = self._random_state()

    def step(self, objective: Objective[Batch], batches: list[Batch], rate: float, should_stop: Callable[[], bool]) -> Measured:
        """Take one optimizer step over some batches at a learning rate; each target weighs the same, whatever its batch.

        Raises StopAsked or NotFiniteError with weights, moments and random state as they were.
        """
        targets = sum(map(objective.targets, batches))
        self._learning()
        try:
            with self._own_random() as keep:
                loss = self._gradients(objective, batches, targets, should_stop)
                norm = torch.nn.utils.get_total_norm([p.grad for p in self.parameters if p.grad is not None])
                if not torch.isfinite(norm):
                    raise NotFiniteError(f"the gradient is {float(norm)}")
                if self.plan.clip:
                    torch.nn.utils.clip_grads_with_norm_(self.parameters, self.plan.clip, norm)
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
                self._move()
                keep()
        finally:
            self.optimizer.zero_grad(set_to_none=True)
        tokens = sum(map(objective.tokens, batches))
        return Measured(loss=loss, targets=targets, tokens=tokens, grad_norm=float(norm))

    def _learning(self) -> None:
        """Put the model into training: a walk over thousands of modules, which only the first step and one after judging need."""
        if not self._trains or not self.model.training:
            self.model.train()
            self._trains = True

    def _move(self) -> None:
        """Let the optimizer step; what is frozen has no gradient and no moments, and its weights are not decayed either."""
        parts = self._frozen_parts([p.data for p in self.parameters]) if self.plan.weight_decay else []
        before = [part.clone() for part in parts]
        self.optimizer.step()
        for part, was in zip(parts, before, strict=True):
            part.copy_(was)

    def _gradients(
        self, objective: Objective[Batch], batches: list[Batch], targets: int, should_stop: Callable[[], bool]
    ) -> float:
        """Fill the gradients of the mean loss over all targets, and return the sum of the losses in nats."""
        total = 0.0
        with summed(self.model):
            for batch in batches:
                if should_stop():
                    raise StopAsked
                if not objective.targets(batch):
                    continue  # nothing to learn, and no loss to go back from
                loss = objective.loss(self.model, batch)
                total += _finite(float(loss.detach()), "loss")
                (loss / targets).backward()  # type: ignore[no-untyped-call]
        for part in self._frozen_parts([p.grad for p in self.parameters]):
            part.zero_()
        return total

    def _frozen_parts(self, tensors: Sequence[Tensor | None]) -> list[Tensor]:
        """Return the views of tensors like the parameters that belong to the earlier session: rows of A, columns of B."""
        if not self.frozen:
            return []
        return [
            tensor[: self.frozen] if ".lora_A." in name else tensor[:, : self.frozen]
            for name, tensor in zip(self.names, tensors, strict=True)
            if tensor is not None
        ]

    def judge(self, objective: Objective[Batch], batches: list[Batch], should_stop: Callable[[], bool]) -> float:
        """Return the mean loss over all targets of some batches in nats, without dropout. Raises StopAsked or NotFiniteError."""
        self.model.eval()
        total = 0.0
        for batch in batches:
            if should_stop():
                raise StopAsked
            with torch.no_grad():
                total += _finite(float(objective.loss(self.model, batch)), "held-out loss")
        return total / sum(map(objective.targets, batches))

    def keep_as_best(self) -> None:
        """Remember the adapter as it is now as the best one."""
        self.best = adapter_state(self.model)

    def tensors(self) -> dict[str, Tensor]:
        """Return a copy of everything here, by names that `restore` knows."""
        found = {f"adapter/{name}": tensor for name, tensor in adapter_state(self.model).items()}
        found |= {f"best/{name}": tensor for name, tensor in self.best.items()}
        found |= {f"random/{name}": tensor for name, tensor in self.random.items()}
        for name, parameter in self.names.items():
            state = self.optimizer.state.get(parameter, {})
            found |= {f"{moment}/{name}": state[moment].detach().cpu().clone() for moment in _MOMENTS if moment in state}
        return found

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Put everything back as `tensors` returned it. Raises ModelError when it is of another adapter."""
        load_state(self.model, _under("adapter", tensors))
        self.best = _under("best", tensors)
        self.random = _under("random", tensors)
        self.optimizer.state.clear()
        for moment in _MOMENTS:
            for name, tensor in _under(moment, tensors).items():
                parameter = self.names[name]
                self.optimizer.state[parameter][moment] = tensor.to(parameter.device, copy=True)

    def _random_state(self) -> dict[str, Tensor]:
        states = {"cpu": torch.get_rng_state()}
        if self.parameters[0].is_cuda:
            states["cuda"] = torch.cuda.get_rng_state(self.parameters[0].device)
        return states

    @contextlib.contextmanager
    def _own_random(self) -> Iterator[Callable[[], None]]:
        """Draw from the run's own random numbers inside the block; what it hands out keeps the numbers drawn as used."""
        with torch.random.fork_rng():
            torch.set_rng_state(self.random["cpu"])
            if "cuda" in self.random:
                torch.cuda.set_rng_state(self.random["cuda"], self.parameters[0].device)

            def keep() -> None:
                self.random = self._random_state()

            yield keep


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.partition("/")[2]: tensor for name, tensor in tensors.items() if name.startswith(f"{prefix}/")}


def _finite(value: float, what: str) -> float:
    if not math.isfinite(value):
        raise NotFiniteError(f"the {what} is {value}")
    return value
