"""The loop: from a plan and examples to an adapter, the same to the last bit however often it is stopped."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import fields, replace

import pytest
import torch
from train_toys import examples, finished, job, plan, sequence

from burnish.errors import ModelError, TrainError
from burnish.model.lora import load_adapter
from burnish.records.codec import from_json, to_json
from burnish.records.example import Example
from burnish.train import events, loop
from burnish.train.events import Diverged, Finished, HeldOut, Rewound, Saved, Started, Stepped, Stopped, line
from burnish.train.loop import train
from burnish.train.sft import Sft

HONEST = Sft.loss


def of(kind, happened):
    """Return the events of one kind."""
    return [event for event in happened if isinstance(event, kind)]


def stopping_after(number):
    """Return a should_stop that is True from the given question on (0 for the first)."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= number


def test_the_same_seed_gives_the_same_adapter(base, tmp_path):
    """Two runs give one sha256; another seed gives another."""
    one, two = (finished(job(base, tmp_path / name)).adapter_hash for name in ("one", "two"))
    other = finished(job(base, tmp_path / "other", plan=plan(seed=4))).adapter_hash

    assert one == two
    assert one != other


def test_every_row_is_trained_in_every_epoch(base, tmp_path, monkeypatch):
    """Ten rows in steps of four make three steps an epoch, the last of two rows, and each row is seen once an epoch."""
    seen = []
    monkeypatch.setattr(
        Sft, "loss", lambda self, model, batch: seen.append((model.training, batch)) or HONEST(self, model, batch)
    )
    steps = of(Stepped, train(job(base, tmp_path)))
    trained = [one for training, batch in seen if training for one in batch]
    tokens = [sum(len(row.sequences[0].ids) for row in examples(10))] * 3

    assert [step.epoch for step in steps] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert sorted(3 * [row.sequences[0].ids for row in examples(10)]) == sorted(one.ids for one in trained)
    assert tokens == [sum(step.tokens for step in steps if step.epoch == epoch) for epoch in (1, 2, 3)]


def test_the_loss_falls_and_the_events_tell_the_run(base, tmp_path):
    """Training on a few rows lowers their loss; the first and last events hold the run's true numbers."""
    happened = list(train(job(base, tmp_path, plan=plan(epochs=8, learning_rate=2e-2, lora_dropout=0.0, keep="last"))))
    started, end, steps = happened[0], happened[-1], of(Stepped, happened)
    last_epoch = [step for step in steps if step.epoch == 8]
    mean = sum(s.loss * s.supervised_tokens for s in last_epoch) / sum(s.supervised_tokens for s in last_epoch)

    assert started == Started(
        steps=24,
        epochs=8,
        rows=10,
        held_out_rows=3,
        tokens_an_epoch=sum(row.tokens for row in examples(10)),
        resumed_at=0,
        computed_by=started.computed_by,
    )
    assert (end.step, end.steps, end.epoch_kept) == (24, 24, 8)
    assert steps[0].loss == end.loss_first
    assert pytest.approx(mean) == end.loss_last
    assert end.loss_last < 0.8 * end.loss_first
    assert sum(step.tokens for step in steps) == end.tokens
    assert (
        sum(step.supervised_tokens for step in steps)
        == end.supervised_tokens
        == 8 * sum(row.supervised_tokens for row in examples(10))
    )
    assert min(event.loss for event in of(HeldOut, happened)) == end.held_out_best


def test_the_adapter_on_the_disk_is_the_one_that_was_judged_best(base, tmp_path):
    """With keep = best, the saved adapter has the held-out loss that the best epoch was told with; the last epoch's is higher."""
    a_job = job(base, tmp_path, plan=plan(epochs=6, learning_rate=5e-2))
    happened = list(train(a_job))
    judged = of(HeldOut, happened)
    best = min(judged, key=lambda event: event.loss)
    model = load_adapter(base, tmp_path / "adapter")
    objective = loop.METHODS["sft"](a_job)
    with torch.no_grad():
        loss = sum(float(HONEST(objective, model, batch)) for batch in objective.held_out())
    loss /= sum(map(objective.targets, objective.held_out()))
    model.unload()

    assert best.epoch == happened[-1].epoch_kept
    assert pytest.approx(best.loss, rel=1e-6) == loss
    assert judged[-1].loss > best.loss
    assert [event.best for event in judged] == [
        event.loss == min(e.loss for e in judged[: i + 1]) for i, event in enumerate(judged)
    ]


def test_early_stopping_waits_for_two_epochs_without_a_new_best(base, tmp_path):
    """The run ends two epochs after its best one, and says so."""
    numbers = plan(epochs=40, learning_rate=5e-2, early_stop=True)
    happened = list(train(job(base, tmp_path, plan=numbers)))
    judged = of(HeldOut, happened)

    assert [event.best for event in judged[-3:]] == [True, False, False]
    assert len(judged) < 40
    assert happened[-1].epoch_kept == judged[-3].epoch == judged[-1].epoch - 2
    assert "stopped early" in happened[-1].reason


def test_without_early_stopping_all_epochs_are_run_and_the_last_can_be_kept(base, tmp_path):
    """early_stop = false and keep = last take the held-out loss as news only."""
    end = finished(job(base, tmp_path, plan=plan(epochs=7, learning_rate=5e-2, keep="last")))

    assert (end.steps, end.epoch_kept) == (21, 7)
    assert end.held_out_best is not None


def test_max_steps_ends_the_run_in_the_middle_of_an_epoch(base, tmp_path):
    """Four steps of three an epoch: the held-out rows are judged at the end too."""
    happened = list(train(job(base, tmp_path, plan=plan(max_steps=4))))

    assert happened[-1].steps == 4
    assert [event.step for event in of(HeldOut, happened)] == [0, 3, 4]
    assert "max_steps = 4" in happened[-1].reason


@pytest.mark.parametrize("epochs", [1, 4])
def test_steps_that_were_asked_for_are_all_taken(base, tmp_path, epochs):
    """Eight steps of three an epoch, whatever number of epochs the plan reckoned with when fewer rows were held out."""
    end = finished(job(base, tmp_path, plan=plan(max_steps=8, steps_asked=True, epochs=epochs, early_stop=False, keep="last")))

    assert end.steps == 8
    assert "max_steps = 8" in end.reason
    assert len(end.loss_epochs) == 2, "the third epoch was cut short after two of three steps: its mean is of other rows"


def test_every_step_tells_the_memory_it_left(base, tmp_path):
    """In bytes, now and at most so far, in each line of events.jsonl."""
    steps = [json.loads(line(event)) for event in of(Stepped, train(job(base, tmp_path)))]

    assert all(10_000_000 < one["memory_bytes"] <= one["peak_bytes"] * 1.05 for one in steps)
    assert [one["peak_bytes"] for one in steps] == sorted(one["peak_bytes"] for one in steps)


def test_a_run_that_began_before_a_setting_was_there_goes_on(base, tmp_path):
    """Settings that came later and are as ever are in no checkpoint's key; set otherwise they are."""
    numbers = plan()
    rows = loop.METHODS["sft"](job(base, tmp_path))
    old = {one.name: to_json(getattr(numbers, one.name)) for one in fields(numbers) if "name" in one.metadata}
    old = {name: value for name, value in old.items() if name not in loop.LATER}
    then = hashlib.sha256(json.dumps([old, rows.key(), ""], sort_keys=True).encode()).hexdigest()

    assert loop._key(job(base, tmp_path), rows) == then
    assert loop._key(job(base, tmp_path, plan=plan(logging_steps=5)), rows) != then


@pytest.mark.parametrize("rows", [1, 3])
def test_a_few_rows_and_none_held_out_are_trained(base, tmp_path, rows):
    """One row, or fewer than a batch, and nothing to judge with: the last epoch is kept."""
    end = finished(job(base, tmp_path, rows=rows, held_out=()))

    assert (end.steps, end.epoch_kept, end.held_out_best) == (3, 3, None)


def test_a_row_longer_than_a_micro_batch_goes_alone(base, tmp_path):
    """A row of 400 tokens is trained whole, though micro-batches hold 64."""
    rows = (*examples(3), Example(sequences=(sequence(400, 77),), row=3))
    happened = list(train(job(base, tmp_path, train=rows, plan=plan(epochs=1))))

    assert sum(row.tokens for row in rows) == happened[-1].tokens


def test_rows_without_anything_to_learn_are_refused_by_name(base, tmp_path):
    """No rows at all, and rows with no supervised token, are errors that say so, all at once."""
    with pytest.raises(TrainError, match="there is no row"):
        list(train(job(base, tmp_path, train=())))
    mute = tuple(Example(sequences=(sequence(9, i, supervised=0),), row=i) for i in (5, 6))
    with pytest.raises(TrainError, match=r"(?s)row 5 has no.*row 6 has no"):
        list(train(job(base, tmp_path, train=(*examples(2), *mute))))


def test_a_run_stopped_at_any_moment_goes_on_to_the_same_adapter(base, tmp_path):
    """Whatever question a stop is the answer to, between steps, within one or while judging, resuming ends the same."""
    numbers = plan(epochs=2)
    straight = finished(job(base, tmp_path / "straight", plan=numbers))
    stops = []
    for number in range(60):
        folder = tmp_path / str(number)
        first = list(train(job(base, folder, plan=numbers, should_stop=stopping_after(number))))[-1]
        if isinstance(first, Finished):
            break
        stops.append(first.step)
        end = finished(job(base, folder, plan=numbers, resume=True))

        assert isinstance(first, Stopped)
        assert replace(straight, seconds=0, tokens_per_second=0) == replace(end, seconds=0, tokens_per_second=0)

    assert set(range(7)) == set(stops)


def test_a_run_stopped_again_and_again_goes_on_to_the_same_adapter(base, tmp_path):
    """A stop after each few questions, resumed each time, changes nothing in the end."""
    straight = finished(job(base, tmp_path / "straight"))
    for _ in range(30):
        last = list(train(job(base, tmp_path / "often", resume=True, should_stop=stopping_after(5))))[-1]
        if isinstance(last, Finished):
            break

    assert straight.adapter_hash == last.adapter_hash


def test_the_best_epoch_is_remembered_over_a_stop(base, tmp_path):
    """Stopped long after its best epoch and resumed, a run still keeps that epoch's adapter."""
    numbers = plan(epochs=6, learning_rate=5e-2)
    asked = iter(range(10**9))
    straight = finished(job(base, tmp_path / "straight", plan=numbers, should_stop=lambda: next(asked) < 0))
    stopped = list(train(job(base, tmp_path / "run", plan=numbers, should_stop=stopping_after(next(asked) - 2))))[-1]
    end = finished(job(base, tmp_path / "run", plan=numbers, resume=True))

    assert isinstance(stopped, Stopped)
    assert straight.epoch_kept < 6
    assert (straight.epoch_kept, straight.adapter_hash) == (end.epoch_kept, end.adapter_hash)


def test_a_finished_run_resumed_gives_the_same_answer(base, tmp_path):
    """A kill after the last checkpoint: resuming trains nothing more and writes the same adapter."""
    first = finished(job(base, tmp_path))
    again = list(train(job(base, tmp_path, resume=True)))

    assert first == again[-1]
    assert of(Stepped, again) == []


def test_a_damaged_checkpoint_costs_work_and_not_the_result(base, tmp_path):
    """With the newest checkpoint damaged, the one before it is resumed and the end is the same."""
    straight = finished(job(base, tmp_path / "straight"))
    stopped = list(train(job(base, tmp_path / "run", should_stop=stopping_after(22))))
    newest = of(Saved, stopped)[-1]
    (tmp_path / "run" / "checkpoints" / newest.path / "tensors.safetensors").write_bytes(b"damaged")
    again = list(train(job(base, tmp_path / "run", resume=True)))

    assert 0 < again[0].resumed_at < newest.step
    assert straight.adapter_hash == again[-1].adapter_hash


def test_the_clock_decides_only_how_often_is_saved(base, tmp_path, monkeypatch):
    """Saving after every step gives the same adapter as saving between epochs."""
    straight = finished(job(base, tmp_path / "straight"))
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    happened = list(train(job(base, tmp_path / "often")))

    assert len({event.step for event in of(Saved, happened)}) >= 9
    assert straight.adapter_hash == happened[-1].adapter_hash
    assert len(list((tmp_path / "often" / "checkpoints").iterdir())) <= 3


def test_without_resume_the_old_checkpoints_are_gone(base, tmp_path):
    """A run that does not resume begins at its first step."""
    list(train(job(base, tmp_path, should_stop=stopping_after(8))))

    assert next(train(job(base, tmp_path))).resumed_at == 0


@pytest.mark.parametrize("change", ["plan", "rows", "start"])
def test_checkpoints_of_another_run_are_refused(base, tmp_path, change):
    """Another plan, other rows or another starting adapter: one clear error instead of a mixture."""
    finished(job(base, tmp_path / "first"))
    list(train(job(base, tmp_path / "run", should_stop=stopping_after(8))))
    changes = {
        "plan": {"plan": plan(learning_rate=1e-4)},
        "rows": {"train": examples(10, start=1)},
        "start": {"init_adapter": tmp_path / "first" / "adapter"},
    }
    with pytest.raises(TrainError, match="belong to a run with another plan"):
        list(train(job(base, tmp_path / "run", resume=True, **changes[change])))


def poisoned(*calls):
    """Return a loss that is NaN at these training batches, counted from 0 over the whole test."""
    count = iter(range(10**9))

    def loss(self, model, batch):
        honest = HONEST(self, model, batch)
        return honest * math.nan if model.training and next(count) in calls else honest

    return loss


def test_a_nan_rewinds_to_the_start_of_the_epoch_at_half_the_rate(base, tmp_path, monkeypatch):
    """A NaN in the sixth step goes back to the end of the third, and from there on the rate is half of what it was."""
    numbers = plan(schedule="constant", warmup_steps=0)
    monkeypatch.setattr(Sft, "loss", poisoned(5))
    monkeypatch.setattr(Sft, "batches", lambda self, rows: [tuple(one for row in rows for one in self.train[row].sequences)])
    happened = list(train(job(base, tmp_path, plan=numbers)))
    steps = of(Stepped, happened)

    assert [Rewound(step=6, reason="the loss is nan", learning_rate=2.5e-3)] == of(Rewound, happened)
    assert [step.step for step in steps] == [1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9]
    assert [step.learning_rate for step in steps] == 5 * [5e-3] + 6 * [2.5e-3]


def test_a_nan_in_the_held_out_loss_rewinds_too(base, tmp_path, monkeypatch):
    """Weights whose held-out loss is no number are never called best."""
    count = iter(range(100))

    def loss(self, model, batch):
        honest = HONEST(self, model, batch)
        return honest if model.training or next(count) != 1 else honest * math.inf

    monkeypatch.setattr(Sft, "loss", loss)
    monkeypatch.setattr(Sft, "held_out", lambda self: [tuple(one for row in self.judged for one in row.sequences)])
    happened = list(train(job(base, tmp_path)))

    assert [event.reason for event in of(Rewound, happened)] == ["the held-out loss is inf"]
    assert [event.epoch for event in of(HeldOut, happened)] == [0, 1, 2, 3]


def test_a_third_nan_is_a_clear_error(base, tmp_path, monkeypatch):
    """After two rewinds the run gives up, with the rate it had come to and what to do."""
    monkeypatch.setattr(
        Sft, "loss", lambda self, model, batch: HONEST(self, model, batch) * (math.nan if model.training else 1.0)
    )
    happened = []
    with pytest.raises(TrainError, match="after 2 rewinds: the loss is nan") as caught:
        happened.extend(train(job(base, tmp_path)))

    assert "learning rate 0.0013" in caught.value.seen
    assert not of(Stepped, happened)
    assert "train.learning_rate" in caught.value.remedy


def test_a_rewind_survives_a_stop(base, tmp_path, monkeypatch):
    """Stopped at any step after a rewind and resumed, the halved rate and the result are the same as without the stop."""

    def loss(self, model, batch):
        """Return NaN where the weights have grown further than five steps at half the rate take them."""
        weight = next(p for name, p in model.named_parameters() if "lora_B" in name)
        grown = float(weight.detach().abs().max()) > 4.3 * 5e-3
        return HONEST(self, model, batch) * (math.nan if model.training and grown else 1.0)

    monkeypatch.setattr(Sft, "loss", loss)
    numbers = plan(epochs=2, schedule="constant", warmup_steps=0, lora_dropout=0.0)
    straight = list(train(job(base, tmp_path / "straight", plan=numbers)))
    for number in range(3, 40, 4):
        folder = tmp_path / str(number)
        first = list(train(job(base, folder, plan=numbers, should_stop=stopping_after(number))))[-1]
        end = first if isinstance(first, Finished) else finished(job(base, folder, plan=numbers, resume=True))

        assert straight[-1].adapter_hash == end.adapter_hash

    assert len(of(Rewound, straight)) == 1


def test_an_adapter_that_does_nothing_is_no_success(base, tmp_path):
    """A rate too small to change a logit is an error that names it, and no adapter is written."""
    with pytest.raises(TrainError, match="the adapter does nothing") as caught:
        finished(job(base, tmp_path, plan=plan(learning_rate=1e-12)))

    assert "1e-12" in caught.value.seen
    assert not (tmp_path / "adapter").exists()


def test_a_saved_adapter_is_continued(base, tmp_path):
    """From a saved adapter, the first loss is the one that training had come to, and not the base's."""
    numbers = plan(epochs=10, learning_rate=2e-2, lora_dropout=0.0, keep="last", batch_rows=10)
    first = finished(job(base, tmp_path / "first", plan=numbers))
    second = finished(
        job(base, tmp_path / "second", plan=replace(numbers, epochs=1, seed=1), init_adapter=tmp_path / "first" / "adapter")
    )

    assert abs(second.loss_first - first.loss_last) < 0.2
    assert second.loss_first < first.loss_first - 0.5


def test_an_adapter_of_another_rank_is_not_continued(base, tmp_path):
    """A starting adapter that does not fit the plan is an error, and the base is given back as it was."""
    finished(job(base, tmp_path / "first"))
    with pytest.raises(ModelError, match="do not fit"):
        list(train(job(base, tmp_path / "second", plan=plan(lora_rank=2), init_adapter=tmp_path / "first" / "adapter")))

    assert not [name for name, _ in base.named_parameters() if "lora" in name]


def test_the_base_is_given_back_as_it_was(base, tmp_path):
    """After training the base has its own modules, weights and mode, and the caller's random numbers are untouched."""
    before = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    torch.manual_seed(11)
    random = torch.get_rng_state()
    finished(job(base, tmp_path, plan=plan(checkpointing=True)))

    assert before.keys() == base.state_dict().keys()
    assert all(torch.equal(before[name], tensor) for name, tensor in base.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert not base.training
    assert not base.is_activation_checkpointing


def test_a_resumed_run_uses_the_threads_it_began_with(base, tmp_path):
    """Sums depend on the number of threads, so it comes from the checkpoint; the caller's number is put back."""
    list(train(job(base, tmp_path, should_stop=stopping_after(8))))
    began, seen = torch.get_num_threads(), []
    torch.set_num_threads(began + 1)
    try:
        seen.extend(torch.get_num_threads() for _ in train(job(base, tmp_path, resume=True)))

        assert {began} == set(seen)
        assert began + 1 == torch.get_num_threads()
    finally:
        torch.set_num_threads(began)


def test_each_event_is_one_line_of_json(base, tmp_path):
    """Every event of a run is one line with its name, and reads back to the same event."""
    names = {"started": Started, "stepped": Stepped, "held_out": HeldOut, "saved": Saved, "finished": Finished}
    happened = list(train(job(base, tmp_path)))
    for event in happened:
        text = line(event)
        read = json.loads(text)

        assert "\n" not in text
        assert event == from_json(names[read["event"]], read)

    assert set(names.values()) == {type(event) for event in happened}
    assert '"event": "rewound"' in line(events.Rewound(step=1, reason="x", learning_rate=0.5))


def test_the_start_is_judged_before_the_first_step_and_belongs_in_the_comparison(base, tmp_path, monkeypatch):
    """Epoch 0 is the base's own loss on the held-out rows; an epoch above it is not called the best so far."""
    a_job = job(base, tmp_path, plan=plan(epochs=2, learning_rate=1e-6))
    objective = loop.METHODS["sft"](a_job)
    with torch.no_grad():
        loss = sum(float(HONEST(objective, base, batch)) for batch in objective.held_out())
    grown = iter([0.0, 1.5, 1.0])
    honest = loop._Loop._watched
    monkeypatch.setattr(loop._Loop, "_watched", lambda self: honest(self) + next(grown))
    judged = of(HeldOut, train(a_job))

    assert (judged[0].epoch, judged[0].step) == (0, 0)
    assert judged[0].loss == pytest.approx(loss / sum(map(objective.targets, objective.held_out())), rel=1e-5)
    assert [event.best for event in judged] == [True, False, False]


def test_early_stopping_counts_from_the_start(base, tmp_path, monkeypatch):
    """No epoch under the start's held-out loss: the run ends after two, keeps the lowest trained one, and says what the start had."""
    losses = iter([2.0, 2.3, 2.2, 2.1])
    monkeypatch.setattr(loop._Loop, "_watched", lambda _: next(losses))
    end = finished(job(base, tmp_path, plan=plan(epochs=40, early_stop=True)))

    assert (end.step, end.epoch_kept, end.held_out_best) == (6, 2, 2.2)
    assert "it was lowest before training" in end.reason
    assert "2.200, but it was 2.000 before training" in end.reason
    assert (end.loss_start, end.loss_kept, end.diverged) == (2.0, 2.2, "")


def exploding(self, model, batch):
    """Return a loss that is 5 nats a token higher where the weights have grown further than six steps take them."""
    weight = next(p for name, p in model.named_parameters() if "lora_B" in name)
    grown = float(weight.detach().abs().max()) > 6 * 5e-3
    return HONEST(self, model, batch) + (5.0 * self.targets(batch) if grown else 0.0)


EXPLODES = {"learning_rate": 5e-3, "batch_rows": 2, "warmup_steps": 0, "schedule": "constant", "lora_dropout": 0.0}


@pytest.mark.parametrize("held_out", [3, 0])
def test_a_loss_that_explodes_ends_the_run_within_the_epoch(base, tmp_path, monkeypatch, held_out):
    """A rate that destroys the model is noticed after a few steps, on the same rows as before the first; the books of the epoch close."""
    rows, judged = examples(40), examples(held_out, start=100)
    monkeypatch.setattr(Sft, "loss", exploding)
    happened = list(train(job(base, tmp_path, train=rows, held_out=judged, plan=plan(epochs=9, **EXPLODES))))
    (event,), end = of(Diverged, happened), happened[-1]

    assert end.step == event.step < 20
    assert event.loss > event.start + 2
    assert event.rows == ("held-out" if held_out else "training")
    assert (end.loss_kept, end.loss_start) == (event.loss, event.start)
    assert (
        end.diverged == f"the loss of the {event.rows} rows is {event.loss:.2f} nats a token, {event.start:.2f} before training"
    )
    assert "the loss diverged" in end.reason
    assert end.loss_epochs == ()


def test_a_diverged_run_stopped_anywhere_ends_the_same(base, tmp_path, monkeypatch):
    """When the rows are looked at again does not depend on where a run was stopped."""
    monkeypatch.setattr(Sft, "loss", exploding)
    given = {"train": examples(40), "plan": plan(epochs=3, **EXPLODES)}
    straight = finished(job(base, tmp_path / "straight", **given))
    for number in range(0, 30, 3):
        folder = tmp_path / str(number)
        first = list(train(job(base, folder, should_stop=stopping_after(number), **given)))[-1]
        end = first if isinstance(first, Finished) else finished(job(base, folder, resume=True, **given))

        assert replace(straight, seconds=0, tokens_per_second=0) == replace(end, seconds=0, tokens_per_second=0)


def test_an_early_epoch_that_was_better_is_kept_from_a_run_that_diverged(base, tmp_path, monkeypatch):
    """With keep = best the epoch before is there, and what is kept is not called broken."""
    losses = iter([2.0, 1.5, 9.0])
    monkeypatch.setattr(loop._Loop, "_watched", lambda _: next(losses))
    monkeypatch.setattr(loop, "learnt_by_heart", lambda *_: False)
    end = finished(job(base, tmp_path, plan=plan(epochs=5)))

    assert (end.step, end.epoch_kept, end.diverged) == (6, 1, "")


def test_rows_learnt_by_heart_are_no_divergence(base, tmp_path, monkeypatch):
    """The held-out loss rises while the training loss falls: every epoch is run, as planned."""
    losses = iter([2.0, 3.0, 5.0, 7.0])
    monkeypatch.setattr(loop._Loop, "_watched", lambda _: next(losses))
    end = finished(job(base, tmp_path, plan=plan(epochs=3, keep="last", learning_rate=2e-2)))

    assert (end.step, end.diverged) == (9, "")


def test_a_base_without_numbers_is_an_error_before_any_step(base, tmp_path, monkeypatch):
    """NaN before training is the model's and not the rate's: nothing is trained."""
    monkeypatch.setattr(Sft, "loss", lambda self, model, batch: HONEST(self, model, batch) * math.nan)
    happened = []
    with pytest.raises(TrainError, match="before any training"):
        happened.extend(train(job(base, tmp_path)))

    assert not of(Stepped, happened)


def test_an_adapter_without_numbers_is_not_said_to_do_nothing(base, tmp_path, monkeypatch):
    """Logits that are NaN at the end: an error that names the rate, and no adapter is written."""
    monkeypatch.setattr(loop, "effect", lambda *_, **__: math.nan)
    with pytest.raises(TrainError, match="gives no numbers") as caught:
        finished(job(base, tmp_path))

    assert "train.learning_rate=0.0005" in caught.value.remedy
    assert not (tmp_path / "adapter").exists()
