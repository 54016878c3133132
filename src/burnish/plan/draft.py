"""A plan while it is being made: what was asked for wins, everything has its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from burnish.plan.memory import Step, estimate_peak
from burnish.plan.table import MEMORY_SHARE
from burnish.records.plan import plan_names

if TYPE_CHECKING:
    from burnish.records.machine import Machine
    from burnish.records.model import ModelShape
    from burnish.records.past import Past
    from burnish.records.profile import DataProfile
    from burnish.records.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The facts a plan is made from, and the settings settled so far, by dotted name."""

    recipe: Recipe
    profile: DataProfile
    machine: Machine
    shape: ModelShape
    past: Past | None = None
    """The version that is continued; None: training starts from the base."""
    values: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def asked(self, name: str) -> Any:
        """Return what the recipe says of a setting, or None where it leaves the choice to the plan."""
        given = self.recipe.get(name)
        return None if name == "model.dtype" and given == "auto" else given

    def settle(self, name: str, value: Any, reason: str) -> None:
        """Note the rule's value and reason; what was asked for wins, and the reason then tells what the rule would have said."""
        given = self.asked(name)
        if given is not None:
            value, reason = given, f"you asked for it (the rule would say {_said(value)}: {reason})"
        self.values[name], self.reasons[name] = value, reason

    def __getitem__(self, name: str) -> Any:
        """Return a setting that is settled already."""
        return self.values[name]

    def fields(self) -> dict[str, Any]:
        """Return the settings by the attribute names of Plan."""
        return {attribute: self.values[name] for name, attribute in plan_names().items()}

    @property
    def steps_asked(self) -> bool:
        """Whether a number of steps was asked for, and no number of epochs: the steps win over the table's epochs."""
        return self.asked("train.max_steps") is not None and self.asked("train.epochs") is None

    @property
    def rank_before(self) -> int:
        """The rank of the earlier adapter that is put beside the new one."""
        return self.past.rank if self.past is not None and self["session.strategy"] in {"stack", "merge"} else 0

    @property
    def rank_stacked(self) -> int:
        """The rank of it that is computed in every step."""
        return self.rank_before if self["session.strategy"] == "stack" else 0

    @property
    def replay_rows(self) -> int:
        """Rows of earlier sessions that an epoch sees; no more than there are."""
        if self.past is None:
            return 0
        wanted = round(float(self["session.replay"]) * max(1, self.profile.rows - int(self["data.holdout"])))
        return min(self.past.rows, wanted)

    @property
    def supervised_share(self) -> float:
        """Targets among all tokens in the fullest micro-batches: half as much again as on average, at most all."""
        return min(1.0, 1.5 * self.profile.supervised_tokens / max(1, self.profile.tokens))

    def peak(self, *, dtype: str, tokens: int, length: int, checkpointing: bool) -> int:
        """Return the estimated peak memory in bytes with these settings and the ones already settled."""
        step = Step(
            dtype=dtype,
            fast=self.values.get("model.fast", not self.shape.not_fast),
            rank=self["lora.rank"] + self.rank_stacked,
            targets=self["lora.targets"],
            micro_batch_tokens=tokens,
            max_length=length,
            checkpointing=checkpointing,
            supervised_share=self.supervised_share,
            device=self.machine.device,
        )
        return estimate_peak(self.shape, step)

    def fits(self, *, dtype: str, tokens: int, length: int, checkpointing: bool) -> bool:
        """Return whether that stays within the share of the memory a plan may fill."""
        peak = self.peak(dtype=dtype, tokens=tokens, length=length, checkpointing=checkpointing)
        return peak <= MEMORY_SHARE * self.machine.memory_bytes


def _said(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else str(value)
