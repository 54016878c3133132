"""The training loop's events as people read them: loss, held-out loss, tokens a second, memory, time left."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from burnish.flow.events import Advanced, Said, Work
from burnish.flow.telling import size
from burnish.records.run import training_loss
from burnish.train.events import Changed, Diverged, Finished, HeldOut, Rewound, Saved, Started, Stepped, Stopped
from burnish.train.watch import diverged_words

if TYPE_CHECKING:
    from burnish.train.events import Event


@dataclass(slots=True)
class Pace:
    """Turns events into lines, and keeps what is needed for the pace."""

    began: float = field(default_factory=time.monotonic)
    first_step: int = 0
    tokens: int = 0
    step_seconds: float = 0.0
    every: int = 0
    """A line is said every so many steps (train.logging_steps); 0: none."""
    start_loss: float | None = None
    """The held-out loss before training; None where it is not known (nothing is held out, or the run goes on)."""

    def told(self, event: Event) -> Work[None]:
        """Yield what a person should see of one event."""
        if isinstance(event, Started):
            self.first_step = event.resumed_at
            again = f", going on after step {event.resumed_at}" if event.resumed_at else ""
            yield Said(
                text=f"{event.rows} rows, {event.steps} steps in {event.epochs} epochs{again}; {event.held_out_rows} rows held out"
            )
        elif isinstance(event, Changed):
            yield Said(
                text=f"until step {event.step} this run was computed by {event.before}; now it is by {event.now}. They agree to rounding, "
                "so the result is as good, but not bit for bit that of a run that was never broken off: for that, resume it where it began",
                level="warn",
            )
        elif isinstance(event, Stepped):
            advanced = self._step(event)
            yield advanced
            if self.every and (event.step % self.every == 0 or event.step == event.steps):
                yield Said(
                    text=f"step {event.step} of {event.steps}: {advanced.detail}, rate {event.learning_rate:.2g}, gradient {event.grad_norm:.3g}"
                )
        elif isinstance(event, HeldOut):
            yield self._held_out(event)
        elif isinstance(event, Rewound):
            yield Said(
                text=f"step {event.step}: {event.reason}; went back to the last good state, learning rate now {event.learning_rate:.2g}",
                level="warn",
            )
        elif isinstance(event, Diverged):
            yield Said(
                text=f"the loss diverged: {diverged_words(event.rows, event.loss, event.start)}, at learning rate {event.learning_rate:g}; "
                "training ends here, for more steps would not mend it",
                level="warn",
            )
        elif isinstance(event, Finished):
            yield Said(
                text=f"trained {event.steps} steps in {event.seconds:.0f} s ({event.tokens_per_second:.0f} tokens/s): "
                f"{training_loss(event.loss_epochs)}. {event.reason}"
            )
            yield Said(text=f"the adapter is alive: it changes the model's logits by up to {event.adapter_effect:.2f}")
        elif not isinstance(event, Saved | Stopped):
            raise AssertionError(f"an event nobody tells: {event}")

    def _held_out(self, event: HeldOut) -> Said:
        """Return the held-out loss of an epoch beside the start's."""
        if not event.epoch:
            self.start_loss = event.loss
            return Said(text=f"epoch 0, before training: held-out loss {event.loss:.3f}")
        start = "" if self.start_loss is None else f" ({self.start_loss:.3f} before training)"
        return Said(text=f"epoch {event.epoch}: held-out loss {event.loss:.3f}{' (best so far)' if event.best else start}")

    def _step(self, event: Stepped) -> Advanced:
        self.tokens += event.tokens
        self.step_seconds += event.seconds
        speed = self.tokens / max(self.step_seconds, 1e-9)
        done = event.step - self.first_step
        return Advanced(
            stage="training",
            done=done,
            total=event.steps - self.first_step,
            unit="steps",
            seconds=time.monotonic() - self.began,
            detail=f"loss {event.loss:.3f}, {speed:.0f} tokens/s, memory {size(event.peak_bytes)}",
        )
