"""What to adjust follows from what the run showed."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from burnish.evaluate.gates import judge_gates
from burnish.evaluate.statistics import paired
from burnish.flow.adjust import Evidence
from burnish.plan.make import make_plan
from burnish.records.gate import parse_gate
from burnish.records.recipe import build_recipe
from burnish.records.report import Comparison

sys.path.insert(0, str(Path(__file__).parents[1] / "plan"))
import facts


def evidence(**changes):
    """Return what a run of four epochs showed."""
    plan = make_plan(
        build_recipe({"train.epochs": 4, "train.learning_rate": 0.001}), facts.profile(), facts.machine(), facts.shape(), "toy"
    )
    shown = Evidence(
        plan=plan,
        profile=facts.profile(),
        machine=facts.machine(),
        shape=facts.shape(),
        epoch_kept=4,
        held_out_losses=(),
        used={"peak_bytes": 4e9, "train_seconds": 400.0, "wall_seconds": 500.0},
    )
    return dataclasses.replace(shown, **changes)


def advice(name, rule, seen, a=(), b=()):
    """Return the advice for one gate, with scores of before and after."""
    one = paired(a, b) if a else None
    comparison = Comparison(a="a", b="b", verdict=one.verdict, overall=one, suites={"s": one}) if one else None
    ((result,), _) = judge_gates([parse_gate(name, rule)[0]], comparison, seen.used, own="own rows", advise=seen.advice)
    return result.advice


def test_too_slow_and_best_early_means_fewer_epochs():
    """Where an early epoch was kept, the later ones were for nothing."""
    assert "epoch 2 of 4 was the best and was kept: --set train.epochs=2" in advice(
        "train_seconds", "<= 250", evidence(epoch_kept=2)
    )


def test_too_slow_means_as_many_epochs_as_fit_or_shorter_rows():
    """Half the time is two of four epochs; where rows have a long tail, a shorter limit is named too."""
    long_tail = dataclasses.replace(facts.profile(), token_p90=40, token_max=4000)
    told = advice("train_seconds", "<= 200", evidence(profile=long_tail))

    assert "--set train.epochs=2" in told
    assert "--set train.max_length=40" in told


def test_too_much_memory_names_a_setting_that_fits():
    """The remedy is the plan's own, proved by its estimate for the room that the gate leaves."""
    assert "--set " in advice("peak_bytes", "<= 3GB", evidence())


def test_a_fallen_suite_means_a_lower_rate_or_replay():
    """Half the rate, in figures to type, or rows of that kind."""
    told = advice("s", "no worse than 3", evidence(), [1.0] * 20, [0.0] * 10 + [1.0] * 10)

    assert "fell by 50 points" in told
    assert "--set train.learning_rate=0.0005" in told
    assert "replay" in told


@pytest.mark.parametrize(
    ("losses", "kept", "told"),
    [((2.0, 1.5, 1.2), 3, "--set train.epochs=8"), ((2.0, 1.5, 1.9), 2, "learnt by heart"), ((), 4, "more held-out rows")],
)
def test_no_better_is_answered_from_the_held_out_loss(losses, kept, told):
    """Still falling: more epochs; rising again: rows or a smaller adapter; unknown: more rows to tell by."""
    assert told in advice("s", "better", evidence(held_out_losses=losses, epoch_kept=kept), [0.5] * 20, [0.5] * 20)


def test_what_was_not_measured_says_how_to_measure_it():
    """A gate without scores names --suite."""
    assert "--suite" in advice("s", "better", evidence())


def test_a_fall_within_noise_is_no_reason_for_a_lower_rate():
    """One answer of twenty fewer: more prompts to tell by, not another rate."""
    told = advice("s", "no worse than 3", evidence(), [1.0] * 20, [0.0] + [1.0] * 19)

    assert "learning_rate" not in told
    assert "more held-out rows or prompts would show" in told
