"""The one training loop, a generator of events. It prints nothing, and knows nothing of registries or of what is judged after.

Any kill leaves checkpoints from which the run goes on to the same bytes: the order of the rows comes from the seed and the
epoch, the random numbers, moments, counts and the best epoch from the checkpoint, and the rate from the step.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from burnish import durable
from burnish.errors import TrainError, gather
from burnish.machine.memory import held_bytes, peak_bytes
from burnish.model.chain import A, SavedAdapter, alpha_for, read_saved, side_by_side
from burnish.model.fast.attach import put_on, take_off
from burnish.model.fast.layout import NotTakenError
from burnish.model.lora import ALIVE, WEIGHTS, adapter_state, attach, detach, effect, load_state, save_adapter
from burnish.model.quiet import quiet
from burnish.records.codec import to_json
from burnish.records.example import Example
from burnish.records.plan import UNKNOWN, Plan
from burnish.train import checkpoint
from burnish.train.arithmetic import computed_by
from burnish.train.batches import step_at, step_rows
from burnish.train.checkpoint import Position
from burnish.train.events import Changed, Diverged, Event, Finished, HeldOut, Rewound, Saved, Started, Stepped, Stopped
from burnish.train.learner import Learner, NotFiniteError, StopAsked
from burnish.train.objective import Objective
from burnish.train.proof import prove_fast
from burnish.train.schedule import learning_rate
from burnish.train.sft import Beside, Sft
from burnish.train.watch import RECENT, diverged_words, far_above, learnt_by_heart, worth_a_look

SAVE_SECONDS = 30.0
"""Between two checkpoints within an epoch: at most this much work is done again after a kill."""
EPOCHS = "epochs"
"""Of a run's folder: each epoch's adapter, `epochs/3` for the third, where all are kept. The weights come last: with them it is whole."""
PATIENCE = 2
"""Epochs in a row without a new lowest held-out loss, after which early stopping stops (a choice: one may be noise)."""
MOST_REWINDS = 2
LATER = {"optim": "adamw", "logging_steps": 0, "memory_k": 0, "memory_unknown": UNKNOWN}
"""Settings that came after runs had begun without them, and what they did then: such runs can still be resumed."""
METHODS: dict[str, Callable[[Job], Objective[Any]]] = {
    "sft": lambda job: Sft(
        train=job.train,
        judged=job.held_out,
        pad_id=job.pad_id,
        limit=job.plan.micro_batch_tokens,
        packed=job.plan.fast,
        beside=tuple(
            Beside(examples=examples, each=each)
            for examples, each in (
                (job.anchors, job.plan.anchor),
                (job.replay, job.plan.replay_rows),
                (job.recalling, job.plan.memory_rows),
            )
            if examples and each
        ),
    )
}
"""By `plan.method`: what makes the Objective of a job."""


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that one training needs."""

    model: Any
    """The base, loaded and frozen; it is given back without an adapter."""
    plan: Plan
    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    pad_id: int
    folder: Path
    """The run's folder: gets `checkpoints/` and, at the end, `adapter/`."""
    base_name: str
    """What adapter_config.json calls the base."""
    resume: bool = False
    """Go on from the newest whole checkpoint, if there is one; otherwise those that are there are removed."""
    should_stop: Callable[[], bool] = _never
    """Asked between batches: True saves and leaves."""
    init_adapter: Path | None = None
    """The saved adapter of the version that is continued; `plan.strategy` says how:
    "continue": training goes on with its matrices;
    "stack": it is frozen, and new ranks are trained beside it;
    "merge": it is in the model's weights already (model/chain.py), and is put beside the trained one at the end."""
    replay: tuple[Example, ...] = ()
    """Rows of earlier sessions, of which each epoch sees `plan.replay_rows`."""
    anchors: tuple[Example, ...] = ()
    """General prompts with the base's own answers, of which each epoch sees `plan.anchor`."""
    recalling: tuple[Example, ...] = ()
    """Rows asked with rows before them, of which each epoch sees `plan.memory_rows`."""


def train(job: Job) -> Iterator[Event]:
    """Train, and yield what happens; the last event is Finished or Stopped.

    Raises TrainError when the rows cannot be trained on, when numbers stay infinite or NaN after two rewinds, when checkpoints
    are of another run, and when the finished adapter does nothing; ModelError when the adapter does not fit the model;
    StorageError when the disk fails.
    """
    objective = METHODS[job.plan.method](job)
    faults = objective.faults() if objective.rows else ["there is no row to train on"]
    if faults:
        raise gather("these rows cannot be trained on:", faults, remedy="burnish check DATA names what to mend", cls=TrainError)
    earlier = read_saved(job.init_adapter) if job.init_adapter is not None else None
    beside = earlier.rank if earlier is not None and job.plan.strategy == "stack" else 0
    with adapted(job.model, job.plan, beside=beside) as model, _same_threads():
        if earlier is not None and job.plan.strategy != "merge":
            load_state(model, _start_state(model, job.plan, earlier))
        if job.plan.fast:
            prove_fast(model, objective, job.plan.dtype)
        yield from _Loop(job, objective, Learner(model, job.plan, frozen=beside), earlier).events()


def _start_state(model: Any, plan: Plan, earlier: SavedAdapter) -> dict[str, torch.Tensor]:
    """Return the adapter that training starts with: the earlier one itself, or it with fresh ranks beside it."""
    if plan.strategy != "stack":
        return dict(earlier.state)
    fresh = {
        name: tensor[earlier.rank :] if name.endswith(A) else tensor[:, earlier.rank :]
        for name, tensor in adapter_state(model).items()
    }
    return side_by_side(earlier, fresh, plan.lora_rank, plan.lora_scale)


@contextmanager
def adapted(model: Any, plan: Plan, *, beside: int = 0) -> Iterator[Any]:
    """Give the model with a fresh adapter, ready to train as the plan says, and give the base back as it was.

    `beside`: the rank of an earlier adapter that there must be room for too. Raises TrainError where the fast step does not take it.
    """
    tuned = attach(model, plan, beside=beside)
    try:
        if plan.fast:
            _put_on(tuned, plan)
        elif plan.checkpointing:  # only now: PEFT would else hook the embeddings, for the sake of reentrant checkpoints
            with quiet():
                model.gradient_checkpointing_enable({"use_reentrant": False})
        yield tuned
    finally:
        take_off(tuned)
        detach(tuned).eval()
        if plan.checkpointing and not plan.fast:
            with quiet():
                model.gradient_checkpointing_disable()


def _put_on(tuned: Any, plan: Plan) -> None:
    """Put the fast step on. Raises TrainError for what shows only in the weights themselves, after the plan."""
    try:
        put_on(tuned, checkpointing=plan.checkpointing, room=plan.micro_batch_tokens)
    except NotTakenError as reason:
        raise TrainError(
            f"the fast step does not take this model: {reason}",
            seen=f"model.name = {plan.model_name}, model.fast = true",
            remedy="use the model's own modules with --set model.fast=false: the same results, slower",
        ) from reason


@contextmanager
def _same_threads() -> Iterator[None]:
    """Put the number of threads back that a resumed run may have changed."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Loop:
    """The state of one run, and its moves."""

    def __init__(self, job: Job, objective: Objective[Any], learner: Learner, earlier: SavedAdapter | None = None) -> None:
        self.job = job
        self.earlier = earlier
        self.start = adapter_state(learner.model) if earlier is not None and job.plan.strategy != "merge" else None
        """The adapter before the first step, where it was not a fresh one that does nothing."""
        self.plan = job.plan
        self.objective = objective
        self.learner = learner
        self.checkpoints = job.folder / "checkpoints"
        self.epoch_steps = -(-objective.rows // job.plan.batch_rows)
        self.steps = job.plan.steps(self.epoch_steps)
        self.by = computed_by(learner.model)
        self.position = Position(key=_key(job, objective), threads=torch.get_num_threads(), computed_by=(self.by,))
        self.saved = ""
        self.saved_at = time.monotonic()
        self.drawn: tuple[int, Sequence[int]] = (-1, ())
        """The epoch whose order was drawn last, and that order."""
        self.first_rows: Sequence[int] = ()
        """The first step's rows, looked at all along where no row is held out."""

    def events(self) -> Iterator[Event]:
        self._begin()
        yield self._started()
        yield from self._changed()
        while not self.position.ended:
            try:
                if self.position.start_loss is None and not self.position.step and not self.position.epoch:
                    yield from self._judge_start()
                    yield self._save()
                yield from self._advance()
            except StopAsked:
                if self.saved != self.position.name:
                    yield self._save()
                yield Stopped(step=self.position.step, reason="you asked it to stop; everything so far is saved")
                return
            except NotFiniteError as fault:
                yield self._rewind(fault)
        yield self._finish()

    def _begin(self) -> None:
        """Go to the newest checkpoint, if the job resumes and there is one."""
        if not self.job.resume:
            durable.remove_folder(self.checkpoints)
            durable.remove_folder(self.job.folder / EPOCHS)
        checkpoint.clean(self.checkpoints)
        found = checkpoint.newest(self.checkpoints)
        if found is None:
            return
        position, tensors = found
        if position.key != self.position.key:
            raise TrainError(
                f"the checkpoints in {self.checkpoints} belong to a run with another plan, other rows or another start",
                seen=f"they are of {position.key[:12]}, this run is {self.position.key[:12]}",
                remedy="begin a new run, or resume with the plan and rows it began with",
            )
        torch.set_num_threads(position.threads)
        self.learner.restore(tensors)
        self.position, self.saved = position, position.name
        if position.best_epoch and not position.kept_epoch:  # from before the start was part of the comparison
            self.position = replace(position, kept_loss=position.best_loss, kept_epoch=position.best_epoch)

    def _judge_start(self) -> Iterator[HeldOut]:
        """Judge where training starts: epoch 0 of the comparison. Raises StopAsked; TrainError where there is no number before any step."""
        try:
            loss = self._watched()
        except NotFiniteError as fault:
            raise TrainError(
                f"{fault} before any training: the model gives no numbers on these rows",
                seen=f"dtype {self.plan.dtype}",
                remedy="use --set model.dtype=float32; if it stays, the model's weights are damaged",
            ) from fault
        held_out = bool(self.objective.held_out_rows)
        self.position = replace(self.position, start_loss=loss, best_loss=loss if held_out else None)
        if held_out:
            yield HeldOut(epoch=0, step=0, loss=loss, best=True)

    def _watched(self) -> float:
        """Return the loss of the rows that are looked at all along: the held-out rows, or the first step's where there are none."""
        if self.job.should_stop():
            raise StopAsked
        objective = self.objective
        if not objective.held_out_rows and not self.first_rows:
            self.first_rows = step_at(self._order(0), self.plan.batch_rows, 0)
        batches = objective.held_out() if objective.held_out_rows else objective.batches(self.first_rows)
        return self.learner.judge(objective, batches, self.job.should_stop)

    def _changed(self) -> Iterator[Changed]:
        """Tell where a run that goes on is computed otherwise than before, and keep it: each stretch's bits are its own."""
        old = self.position
        if old.ended or old.computed_by[-1:] == (self.by,):  # what has ended is computed no more
            return
        self.position = replace(old, computed_by=(*old.computed_by, self.by))
        if old.computed_by:  # a checkpoint from before this was kept does not say
            yield Changed(step=old.step, before=old.computed_by[-1], now=self.by)

    def _started(self) -> Started:
        return Started(
            steps=self.steps,
            epochs=self.plan.epochs,
            rows=self.objective.rows,
            held_out_rows=self.objective.held_out_rows,
            tokens_an_epoch=sum(self._tokens(rows) for rows in step_rows(self._order(0), self.plan.batch_rows)),
            resumed_at=self.position.step,
            computed_by=self.by,
        )

    def _order(self, epoch: int) -> Sequence[int]:
        """Return the rows of an epoch in their order, drawn once an epoch and not once a step."""
        if self.drawn[0] != epoch:
            self.drawn = epoch, self.objective.order(self.plan.seed, epoch)
        return self.drawn[1]

    def _tokens(self, rows: Sequence[int]) -> int:
        return sum(map(self.objective.tokens, self.objective.batches(rows)))

    def _advance(self) -> Iterator[Event]:
        """Take one step, or close the epoch when its steps are done. Raises StopAsked or NotFiniteError with nothing changed."""
        began = time.monotonic()
        if self.position.epoch_step == self.epoch_steps or self.position.step == self.steps:
            yield from self._close_epoch(began)
            yield self._save()
            return
        old = self.position
        if worth_a_look(old.recent, old.loss_first, old.start_loss, old.epoch_step and old.step - old.looked_at):
            yield from self._look(began)
            if self.position.ended:
                yield self._save()
                return
        yield self._step(began)
        if time.monotonic() - self.saved_at >= SAVE_SECONDS:
            yield self._save()

    def _step(self, began: float) -> Stepped:
        old = self.position
        rows = step_at(self._order(old.epoch), self.plan.batch_rows, old.epoch_step)
        rate = old.rate_scale * learning_rate(self.plan, old.step, self.steps)
        seen = self.learner.step(self.objective, self.objective.batches(rows), rate, self.job.should_stop)
        loss, seconds = seen.loss / seen.targets, time.monotonic() - began
        self.position = replace(
            old,
            step=old.step + 1,
            epoch_step=old.epoch_step + 1,
            tokens=old.tokens + seen.tokens,
            supervised_tokens=old.supervised_tokens + seen.targets,
            seconds=old.seconds + seconds,
            loss_first=loss if old.step == 0 else old.loss_first,
            epoch_loss=old.epoch_loss + seen.loss,
            epoch_targets=old.epoch_targets + seen.targets,
            recent=(*old.recent, loss)[-RECENT:],
        )
        return Stepped(
            step=self.position.step,
            steps=self.steps,
            epoch=old.epoch + 1,
            loss=loss,
            learning_rate=rate,
            grad_norm=seen.grad_norm,
            tokens=seen.tokens,
            supervised_tokens=seen.targets,
            seconds=seconds,
            memory_bytes=held_bytes(),
            peak_bytes=peak_bytes(),
        )

    def _look(self, began: float) -> Iterator[Event]:
        """Look at the watched rows within an epoch, and end the run where their loss is far above its start."""
        loss = self._watched()
        self.position = replace(self.position, looked_at=self.position.step)
        if far_above(loss, self.position.start_loss):
            yield from self._close_epoch(began, loss)

    def _close_epoch(self, began: float, watched: float | None = None) -> Iterator[Event]:
        """Judge the held-out rows, keep the best, and decide whether training is over.

        `watched`: their loss, where it was found far above the start within the epoch, which ends here.
        """
        old, held_out = self.position, bool(self.objective.held_out_rows)
        mean = old.epoch_loss / old.epoch_targets
        # an epoch cut short saw other rows than a whole one: its mean is never set beside theirs
        means = (*old.loss_epochs, mean) if old.epoch_step == self.epoch_steps else old.loss_epochs
        new = replace(old, epoch=old.epoch + 1, epoch_step=0, epoch_loss=0.0, epoch_targets=0, loss_last=mean)
        loss = self._watched() if watched is None else watched
        new = replace(new, watched_loss=loss, loss_epochs=means, looked_at=new.step)
        best = held_out and (old.best_loss is None or loss < old.best_loss)
        if best:
            new = replace(new, best_loss=loss, best_epoch=new.epoch)
        if held_out and (old.kept_loss is None or loss < old.kept_loss):
            new = replace(new, kept_loss=loss, kept_epoch=new.epoch)
            if self.plan.keeps_best:
                self.learner.keep_as_best()
        if self.plan.keep == "all":
            self._write(self.job.folder / EPOCHS / str(new.epoch))
        diverged = far_above(loss, new.start_loss) and not learnt_by_heart(new.loss_last, new.loss_first)
        new = replace(new, ended=self._diverged_words(new) if diverged else self._ending(new))
        self.position = replace(new, seconds=old.seconds + time.monotonic() - began)
        if held_out:
            yield HeldOut(epoch=new.epoch, step=new.step, loss=loss, best=best)
        if diverged and new.start_loss is not None:
            rate = new.rate_scale * self.plan.learning_rate
            yield Diverged(step=new.step, loss=loss, start=new.start_loss, rows=self._rows, learning_rate=rate)

    def _diverged_words(self, position: Position) -> str:
        return f"stopped after step {position.step} of {self.steps}: the loss diverged"

    @property
    def _rows(self) -> str:
        """Which rows are looked at all along."""
        return "held-out" if self.objective.held_out_rows else "training"

    def _ending(self, position: Position) -> str:
        """Return why training is over at the end of this epoch, or nothing when it goes on."""
        if position.step == self.steps:
            whole = position.epoch == self.plan.epochs and position.step == self.epoch_steps * self.plan.epochs
            return f"all {self.plan.epochs} epochs done" if whole else f"stopped at train.max_steps = {self.steps}"
        if self.plan.early_stop and position.best_loss is not None and position.epoch - position.best_epoch >= PATIENCE:
            start = ": it was lowest before training" if not position.best_epoch else ""
            return f"stopped early: the held-out loss had not improved for {PATIENCE} epochs{start}"
        return ""

    def _save(self) -> Saved:
        path = checkpoint.save(self.checkpoints, self.position, self.learner.tensors())
        self.saved, self.saved_at = self.position.name, time.monotonic()
        return Saved(step=self.position.step, path=str(path))

    def _rewind(self, fault: NotFiniteError) -> Rewound:
        """Go back to the state between epochs that was saved last (never to one saved by the clock), at half the rate."""
        failed = self.position
        if failed.rewinds == MOST_REWINDS:
            raise TrainError(
                f"training failed at step {failed.step + 1}, after {MOST_REWINDS} rewinds: {fault}",
                seen=f"learning rate {failed.rate_scale * self.plan.learning_rate:.2g}, dtype {self.plan.dtype}",
                remedy="lower it with --set train.learning_rate=..., or use --set model.dtype=float32",
            )
        found = checkpoint.newest(self.checkpoints, between_epochs=True)
        if found is None:
            raise TrainError(
                f"step {failed.step + 1} failed ({fault}), and no whole checkpoint is left in {self.checkpoints}",
                remedy="check the disk, then begin a new run",
            )
        position, tensors = found
        self.learner.restore(tensors)
        self.position = replace(position, rewinds=failed.rewinds + 1, rate_scale=failed.rate_scale / 2, seconds=failed.seconds)
        self.position = replace(self.position, computed_by=failed.computed_by)
        self._save()
        return Rewound(step=failed.step + 1, reason=str(fault), learning_rate=self.position.rate_scale * self.plan.learning_rate)

    def _finish(self) -> Finished:
        """Put the kept epoch's adapter in place, prove that it is alive, and write it."""
        model, end = self.learner.model, self.position
        take_off(model)  # the step's memory goes before whole logits come: else the run would hold most at its very end
        if self.learner.best:
            load_state(model, self.learner.best)
        kept, why = (end.kept_epoch, self._why_best(end)) if self.learner.best else (end.epoch, "the last")
        loss_kept = end.kept_loss if self.learner.best else end.watched_loss
        changed = effect(model, self.objective.probe(), start=self.start)
        if not math.isfinite(changed):
            raise TrainError(
                "the adapter gives no numbers: logits of the trained model are infinite or NaN",
                seen=f"learning rate {self.plan.learning_rate:.2g}, {end.step} steps, dtype {self.plan.dtype}",
                remedy=f"lower the rate: --set train.learning_rate={self.plan.learning_rate / 10:.2g}",
            )
        if not changed > ALIVE:
            raise TrainError(
                "the adapter does nothing: the trained model gives the same logits as where it started",
                seen=f"largest change of a logit: {changed:.2g}; learning rate {self.plan.learning_rate:.2g}, {end.step} steps",
                remedy="raise train.learning_rate, or train for more steps",
            )
        return Finished(
            step=end.step,
            epoch_kept=kept,
            steps=end.step,
            loss_first=end.loss_first,
            loss_last=end.loss_last,
            held_out_best=end.kept_loss,
            tokens=end.tokens,
            supervised_tokens=end.supervised_tokens,
            seconds=end.seconds,
            tokens_per_second=end.tokens / max(end.seconds, 1e-9),
            adapter_hash=self._write(self.job.folder / "adapter"),
            adapter_effect=changed,
            reason=f"{end.ended}; kept epoch {kept} of {end.epoch}: {why}{_in_turn(end.computed_by)}",
            loss_epochs=end.loss_epochs,
            loss_start=end.start_loss,
            loss_kept=loss_kept,
            loss_rows=self._rows if end.start_loss is not None else "",
            diverged=self._diverged(end, loss_kept),
        )

    def _diverged(self, end: Position, kept: float | None) -> str:
        """Return what shows that what is kept has diverged; nothing where it has not, or where its training rows are learnt by heart."""
        if kept is None or end.start_loss is None or not far_above(kept, end.start_loss):
            return ""
        by_heart = learnt_by_heart(end.loss_last, end.loss_first)
        return "" if by_heart else diverged_words(self._rows, kept, end.start_loss)

    def _why_best(self, end: Position) -> str:
        if end.best_epoch:
            return "the lowest held-out loss"
        return f"the lowest held-out loss after an epoch, {end.kept_loss:.3f}, but it was {end.start_loss:.3f} before training"

    def _write(self, folder: Path) -> str:
        """Write the adapter as it is now, with the earlier one beside it where that is in the model's weights. Returns its sha256."""
        model, name = self.learner.model, self.job.base_name
        if self.earlier is None or self.plan.strategy != "merge":
            return save_adapter(model, folder, name)
        plan, rank = self.plan, self.earlier.rank + self.plan.lora_rank
        state = side_by_side(self.earlier, adapter_state(model), plan.lora_rank, plan.lora_scale)
        alpha = alpha_for(rank, plan.lora_scale, rslora=plan.lora_rslora)
        targets = sorted({*self.earlier.targets, *plan.lora_targets})
        changed = {"r": rank, "lora_alpha": alpha, "target_modules": targets}
        return save_adapter(model, folder, name, state=state, changed=changed)


def _in_turn(forms: tuple[str, ...]) -> str:
    """Return what the end of a run must say where more than one form computed it; nothing where one did."""
    return f"; computed in turn by {' and by '.join(forms)}: the same to rounding, not bit for bit" if len(forms) > 1 else ""


def _key(job: Job, objective: Objective[Any]) -> str:
    """Return a hash of all that a resumed run must share with its beginning: the numbers, the rows, the start."""
    numbers = {f.name: to_json(getattr(job.plan, f.name)) for f in dataclasses.fields(job.plan) if "name" in f.metadata}
    for name, usual in LATER.items():
        if numbers[name] == usual:
            del numbers[name]
    start = durable.sha256_of(job.init_adapter / WEIGHTS) if job.init_adapter is not None else ""
    return hashlib.sha256(json.dumps([numbers, objective.key(), start], sort_keys=True).encode()).hexdigest()
