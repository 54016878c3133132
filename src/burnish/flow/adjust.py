"""What to change so that a gate may be met the next time: from what this run showed, never from taste."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from burnish.evaluate.report_words import would_do
from burnish.plan.remedy import less_memory
from burnish.records.gate import BETTER, NOT_MEASURED, STYLE, THINKING, Gate, GateResult

if TYPE_CHECKING:
    from burnish.records.machine import Machine
    from burnish.records.model import ModelShape
    from burnish.records.plan import Plan
    from burnish.records.profile import DataProfile
    from burnish.records.report import SuiteComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a run showed, besides its scores."""

    plan: Plan
    profile: DataProfile
    machine: Machine
    shape: ModelShape
    epoch_kept: int
    """Counts from 1."""
    held_out_losses: tuple[float, ...]
    """After each epoch; empty where nothing was held out."""
    used: dict[str, float]
    """Bytes and seconds, by the names of the gates."""

    def advice(self, gate: Gate, result: GateResult, one: SuiteComparison | None) -> str:
        """Return what to change, as a person would type or do it; empty only where nothing is known."""
        if one is None and gate.name == THINKING:
            return "mix rows with a thought and rows without: burnish reason DATA -o OUT writes thoughts for half of them"
        if one is None and gate.name == STYLE:
            return f"{self._learn_more() or 'more rows written in the manner wanted'}; style is judged from 6 held-out rows and 20 prompts on"
        if result.status == NOT_MEASURED:
            return "name the suite with --suite, or hold rows out with --set data.holdout=N"
        if gate.name == "peak_bytes":
            room = replace(self.machine, memory_bytes=int(gate.limit))
            return less_memory(self.plan, int(self.used["peak_bytes"]), room, self.shape)
        if gate.resource:
            return self._less_time(gate)
        return self._scores(gate, one) if one is not None else ""

    def _less_time(self, gate: Gate) -> str:
        share = gate.limit / self.used[gate.name]
        epochs = int(self.plan.epochs * share)
        if self.epoch_kept < self.plan.epochs and self.epoch_kept <= max(1, epochs):
            return (
                f"epoch {self.epoch_kept} of {self.plan.epochs} was the best and was kept: --set train.epochs={self.epoch_kept}"
            )
        tried = [f"--set train.epochs={epochs}"] if epochs >= 1 else []
        if self.profile.token_p90 < min(self.plan.max_length, self.profile.token_max):
            tried.append(
                f"--set train.max_length={self.profile.token_p90} (the longest tenth of the rows is shortened or left out)"
            )
        return ", or ".join(tried) or "fewer rows, or a smaller model"

    def _scores(self, gate: Gate, one: SuiteComparison) -> str:
        if one.verdict == "worse":
            slower = f"--set train.learning_rate={self.plan.learning_rate / 2:g} (half)"
            return f"it fell by {-100 * one.difference:.0f} points: {slower}, or add rows like those of {gate.name} (replay)"
        if gate.kind == BETTER and one.difference < one.detectable / 2 and (more := self._learn_more()):
            return more
        if one.verdict == "cannot tell" and gate.kind not in {">=", "<="}:
            return would_do(one)
        return self._learn_more() or f"more rows like those of {gate.name}"

    def _learn_more(self) -> str:
        """Return how to learn more of the same rows, where the held-out loss says that there was more to learn; else nothing."""
        losses = self.held_out_losses
        if len(losses) >= 2 and losses[-1] <= min(losses) and losses[-1] < 0.98 * losses[-2]:
            return f"the held-out loss was still falling: --set train.epochs={2 * self.plan.epochs}"
        if losses and self.epoch_kept < len(losses):
            smaller = f"--set lora.rank={max(1, self.plan.lora_rank // 2)}"
            return f"the held-out loss was lowest after epoch {self.epoch_kept} and rose then, as where rows are learnt by heart: add rows, or {smaller}"
        return ""
