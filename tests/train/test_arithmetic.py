"""A run that goes on is told where it is computed otherwise than it began: the bits are promised for the same arithmetic only."""

from __future__ import annotations

import itertools
import json

import pytest
import torch
from train_toys import finished, job, plan

from burnish.flow.pace import Pace
from burnish.model.fast import attach, plain
from burnish.model.fast.compiled import Unavailable, load
from burnish.train import arithmetic
from burnish.train.events import Changed, Finished, Started, Stepped, line
from burnish.train.loop import train

QUICK = plan(fast=True, lora_dropout=0.0)


def of(kind, happened):
    """Return the events of one kind."""
    return [event for event in happened if isinstance(event, kind)]


def stopped(base, folder, asks, **more):
    """Train until the loop has asked so many times whether to stop, and return the events."""
    count = itertools.count(1)
    return list(train(job(base, folder, plan=QUICK, should_stop=lambda: next(count) > asks, **more)))


@pytest.fixture
def without_c(monkeypatch):
    """Take the C kernels away: a machine without a compiler."""

    def none():
        raise Unavailable("there is no C compiler")

    def take_away():
        monkeypatch.setattr(attach, "load", none)

    try:
        load()
    except Unavailable as why:
        pytest.skip(str(why))
    return take_away


def test_a_run_that_loses_its_kernels_says_so_and_goes_on(base, tmp_path, without_c):
    """Begun in C and resumed where only the plain form is: one warning with both, the loss to rounding, and the end says it too."""
    straight = finished(job(base, tmp_path / "straight", plan=QUICK))
    first = stopped(base, tmp_path / "run", 8)
    without_c()
    again = list(train(job(base, tmp_path / "run", plan=QUICK, resume=True)))
    (changed,) = of(Changed, again)

    assert changed.step == of(Stepped, first)[-1].step > 0
    assert changed.before == of(Started, first)[0].computed_by
    assert "the fast step in C (build " in changed.before
    assert changed.now == of(Started, again)[0].computed_by
    assert "the fast step in plain torch, torch " in changed.now
    assert straight.loss_last == pytest.approx(again[-1].loss_last, rel=1e-3)
    assert again[-1].reason.endswith(
        f"computed in turn by {changed.before} and by {changed.now}: the same to rounding, not bit for bit"
    )
    assert "computed in turn" not in straight.reason


def test_the_warning_is_told_once_and_kept(base, tmp_path, without_c):
    """Stopped again and resumed in the new form there is nothing new to tell, and the end still knows of both."""
    stopped(base, tmp_path, 4)
    without_c()
    second = stopped(base, tmp_path, 8, resume=True)
    third = list(train(job(base, tmp_path, plan=QUICK, resume=True)))

    assert len(of(Changed, second)) == 1
    assert of(Stepped, second)
    assert of(Changed, third) == []
    assert "computed in turn by" in of(Finished, third)[0].reason


def test_a_run_that_goes_on_as_it_began_says_nothing(base, tmp_path):
    """The same form, library and processor: no warning, and the same bytes."""
    stopped(base, tmp_path / "run", 8)
    again = list(train(job(base, tmp_path / "run", plan=QUICK, resume=True)))

    assert of(Changed, again) == []
    assert again[-1].adapter_hash == finished(job(base, tmp_path / "straight", plan=QUICK)).adapter_hash


def test_another_processor_or_library_is_another_arithmetic(base, tmp_path, monkeypatch):
    """PEFT's own modules depend on them as the fast step does."""
    own = plan(fast=False, lora_dropout=0.0)
    count = itertools.count(1)
    list(train(job(base, tmp_path, plan=own, should_stop=lambda: next(count) > 8)))
    monkeypatch.setattr(arithmetic, "cpu_name", lambda: "Another Processor")
    (changed,) = of(Changed, train(job(base, tmp_path, plan=own, resume=True)))

    assert changed.before.startswith(f"the model's own modules, torch {torch.__version__}, ")
    assert "Another Processor" not in changed.before
    assert "Another Processor" in changed.now


def test_a_finished_run_that_is_read_elsewhere_is_as_it_was(base, tmp_path, without_c):
    """What has ended is computed no more: no warning, and the same words at the end."""
    first = finished(job(base, tmp_path, plan=QUICK))
    without_c()
    again = list(train(job(base, tmp_path, plan=QUICK, resume=True)))

    assert of(Changed, again) == []
    assert first.reason == again[-1].reason


def test_a_person_is_told_which_form_began_and_which_goes_on():
    """A warning with the step, both forms and what that means; a line in the run's record."""
    event = Changed(step=7, before="the fast step in C", now="the fast step in plain torch")
    (said,) = Pace().told(event)

    assert said.level == "warn"
    assert "until step 7 this run was computed by the fast step in C; now it is by the fast step in plain torch" in said.text
    assert "agree to rounding" in said.text
    assert "not bit for bit" in said.text
    assert json.loads(line(event)) == {"event": "changed", "step": 7, "before": event.before, "now": event.now}


def test_the_forms_of_the_operations_have_unlike_names(without_c):
    """C is named by the bytes of its library, so that another compiler's is another."""
    assert attach.form_of(plain) == "plain torch"
    assert attach.form_of(load()).startswith("C (build ")
