"""The findings as a document: every sentence compares like with like, nothing that mattered is left out, no row is blamed for noise."""

from __future__ import annotations

import dataclasses

import pytest
from toy_questions import toy_questions
from toy_reports import toy_input, toy_plan

from burnish.evaluate.findings import findings
from burnish.records.questions import Style
from burnish.records.retention import Retention, SessionKept
from burnish.records.run import Run


def run(**changes):
    """Return a run's record."""
    numbers = dict.fromkeys(("rows", "steps", "tokens", "supervised_tokens", "peak_bytes", "trainable_parameters"), 50)
    seconds = dict.fromkeys(("train_seconds", "wall_seconds", "tokens_per_second"), 9.0)
    words = {name: name for name in ("id", "created", "method", "base_model", "base_hash", "data_hash", "adapter_hash")}
    given = {**numbers, **seconds, **words, "parents": (), "data_files": ("rows.jsonl",), "verdict": "cannot tell"}
    return Run(**{**given, "loss_first": 2.48, "loss_last": 2.61, **changes})


def parts(record, **given):
    """Return (what worked, what did not, what to change)."""
    text = findings(record, toy_plan(), given.pop("comparison", toy_input().comparison), "runs/x", **given)
    worked, rest = text.split("## What worked")[1].split("## What did not")
    failed, rest = rest.split("## What to change")
    return worked, failed, rest.split("## Time and memory")[0]


def test_the_training_loss_is_compared_by_means_of_whole_epochs():
    """The first step was 2.48 and the last epoch's mean 2.61: no rise, for the epochs' means fell."""
    worked, failed, _ = parts(run(loss_epochs=(2.767, 2.657, 2.606)))

    assert "the training loss fell: 2.767 in the first epoch, 2.606 in the last of 3 whole ones" in worked
    assert "2.48" not in worked + failed
    assert "training loss" not in failed


@pytest.mark.parametrize("means", [(), (2.6,)])
def test_a_single_epoch_has_nothing_to_be_compared_with(means):
    """Without two epochs nothing is claimed of the training loss."""
    worked, failed, _ = parts(run(loss_epochs=means))

    assert "training loss" not in worked + failed


def test_the_loss_of_the_same_rows_before_and_after_is_told():
    """A rise is among what did not work."""
    fell, _, _ = parts(run(loss_start=3.8, loss_kept=1.6, loss_rows="held-out"))
    _, rose, _ = parts(run(loss_start=2.67, loss_kept=21.57, loss_rows="held-out"))

    assert "the loss of the held-out rows fell: 3.800 before training, 1.600 with what is kept" in fell
    assert "the loss of the held-out rows did not fall: 2.670 before training, 21.570" in rose


def test_a_broken_version_is_the_first_thing_that_is_said():
    """Verdict, what did not work, and what to change: the rate."""
    record = run(broken="of 10 answers 10 are empty (before 0)", broken_remedy="lower the rate: --set train.learning_rate=0.001")
    text = findings(record, toy_plan(), toy_input().comparison, "x")
    _, failed, change = parts(record)

    assert "Verdict: worse: the version is broken: of 10 answers" in text
    assert failed.strip().startswith("- **the version is broken**")
    assert "train.learning\\_rate=0.001" in change or "train.learning_rate=0.001" in change
    assert "to be able to tell" not in change


def test_a_broken_thinking_mode_and_style_are_told():
    """Neither is a suite, and both mattered."""
    asked = toy_questions(thinking=True)
    closer = Style(
        verdict="closer to the rows", reason="r", rows=60, judged=10, like_rows=0.9, like_before=0.078, like_after=0.702, low=0.4, high=0.7
    )  # fmt: skip
    worked, failed, change = parts(run(), questions=dataclasses.replace(asked, style=closer))

    assert "style: closer to the rows: taken for a row: 7.8 % before, 70.2 % after" in worked
    assert "thinking: broken:" in failed
    assert "for the thinking mode" in change
    assert "burnish reason rows.jsonl -o OUT" in change


def test_all_rows_are_called_all():
    """Where every row teaches the breach none is named."""
    asked = toy_questions(thinking=True)
    every = dataclasses.replace(asked.thinking, trained_rows=asked.thinking.cause_rows)
    _, failed, _ = parts(run(), questions=dataclasses.replace(asked, thinking=every))

    assert f"every one of the {every.cause_rows} rows trained on teaches it" in failed
    assert " more" not in failed.split("thinking: broken")[1].split("\n")[0]


def test_earlier_sessions_are_told_by_their_words():
    """A fall that is shown is among what did not work."""
    from burnish.evaluate.statistics import paired

    change = paired([0.8, 0.81, 0.82] * 7, [0.72, 0.74, 0.73] * 7)
    one = SessionKept(name="session 1: week1", version="v", change=change, verdict="fell")
    _, failed, _ = parts(run(), kept=Retention(verdict="fell", reason="r", margin=10.0, sessions=(one,)))

    assert "session 1: week1: fell, within the 10 points allowed: 0.81 → 0.73" in failed
