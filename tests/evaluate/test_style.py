"""Style: what was shifted on purpose is seen, what was not is "cannot tell"."""

from __future__ import annotations

import random

import numpy as np
import pytest

from burnish.evaluate.classifier import auc_with_low, cross_judged, fitted
from burnish.evaluate.style import CLOSER, FURTHER, Voiced, style
from burnish.evaluate.style_features import FEATURES, measure
from burnish.records.questions import CANNOT_TELL
from toys import SEED

WORDS = "tea rain dog walk garden letter train bread music river winter street paper lamp stone apple".split()


def terse(seed):
    """Return a short lower-case text without a full stop."""
    chosen = random.Random(seed)
    return f"{chosen.choice(WORDS)} and {chosen.choice(WORDS)}, i'd say{chosen.choice(['', ' - yes', ', really'])}"


def stiff(seed):
    """Return an assistant's longer text with a phrase at both ends."""
    chosen = random.Random(seed)
    return (
        f"Certainly! The {chosen.choice(WORDS)} is an important part of the {chosen.choice(WORDS)}. "
        f"It is recommended to consider the {chosen.choice(WORDS)}. Let me know if you have {chosen.choice(WORDS)}!"
    )


def voices(number, after, held=12, before=stiff):
    """Return prompts with a terse row, the base's answer and the tuned one's."""
    return [
        Voiced(id=str(i), row=terse(SEED + i), before=before(i), after=after(7000 + i), held_out=i >= number - held)
        for i in range(number)
    ]


def test_a_shift_towards_the_rows_is_seen():
    """A tuned model that writes as the rows do, in other words, is closer, and the numbers say by how much."""
    found = style(voices(40, terse))

    assert found.verdict == CLOSER
    assert found.auc_low > 0.6
    assert found.like_before < 0.3 < 0.7 < found.like_after
    assert found.low > 0
    assert (found.rows, found.judged) == (40, 12)


def test_a_shift_away_is_seen_too():
    """Where the base wrote half like the rows and the tuned model no longer does, it is further away."""
    found = style(voices(60, stiff, held=20, before=lambda i: terse(i) if i % 3 == 0 else stiff(i)))

    assert found.verdict == FURTHER


def test_no_shift_cannot_be_told():
    """Answers as before, word for word or in other words of the same manner, are no shift."""
    same = [Voiced(id=v.id, row=v.row, before=v.before, after=v.before, held_out=v.held_out) for v in voices(40, stiff)]

    assert [style(some).verdict for some in (same, voices(40, stiff))] == [CANNOT_TELL] * 2


@pytest.mark.parametrize(("number", "held"), [(19, 12), (40, 5), (0, 0), (30, 0)])
def test_few_prompts_cannot_tell_and_say_how_many_are_needed(number, held):
    """Under twenty prompts, or six held out, no verdict is given whatever the texts are."""
    found = style(voices(number, terse, held=held))

    assert found.verdict == CANNOT_TELL
    assert f"{number} prompts, {held} of them held out; at least 20 and 6 are needed" == found.reason
    assert found.auc is None


def test_a_base_that_sounds_like_the_rows_cannot_be_left():
    """Where the classifier cannot tell rows from the base, nearness means nothing, and that is said."""
    found = style(voices(40, stiff, before=lambda i: terse(300 + i)))

    assert found.verdict == CANNOT_TELL
    assert "cannot be told from the rows" in found.reason


def test_training_prompts_are_never_judged():
    """What the tuned model says to prompts it was trained on changes nothing: there it may recite."""
    one, other = voices(40, terse), voices(40, terse)
    recited = [
        Voiced(id=v.id, row=v.row, before=v.before, after=v.after if v.held_out else v.row, held_out=v.held_out) for v in other
    ]

    assert style(one) == style(recited)


def test_the_verdict_is_not_drawn_from_noise():
    """Of 60 pairs of sets that differ in nothing, at most 5 are given a verdict."""
    verdicts = []
    for trial in range(60):
        shift = 10_000 * (trial + 1)
        some = [
            Voiced(id=str(i), row=terse(shift + i), before=stiff(shift + i), after=stiff(shift + 500 + i), held_out=i < 12)
            for i in range(30)
        ]
        verdicts.append(style(some).verdict)

    assert sum(verdict != CANNOT_TELL for verdict in verdicts) <= 5


def test_each_fold_is_judged_by_what_has_not_seen_it():
    """Rows and base drawn from one distribution are told apart by chance alone: out of fold the area is near a half."""
    random_ = np.random.default_rng(SEED)
    areas = []
    for _ in range(20):
        row, before = random_.normal(size=(2, 40, len(FEATURES)))
        judged = cross_judged(row, before, before)
        areas.append(auc_with_low(judged[0], judged[1])[0])

    assert abs(np.mean(areas) - 0.5) < 0.06


def test_the_regression_finds_the_written_minimum():
    """On one separating feature the weight points the right way, and no step away from it costs less."""
    features = np.array([[0.0], [1.0], [2.0], [3.0]])
    judge = fitted(features, np.array([0.0, 0.0, 1.0, 1.0]))

    assert judge(np.array([[0.0]]))[0] < 0.5 < judge(np.array([[3.0]]))[0]
    assert judge(np.array([[1.5]]))[0] == pytest.approx(0.5, abs=1e-4)


def test_the_area_counts_ties_half_and_its_low_end_is_humble():
    """All ties are a half; a perfect area of few has a low end well under 1."""
    assert auc_with_low(np.ones(9), np.ones(9))[0] == 0.5
    area, low = auc_with_low(np.arange(10, 20.0), np.arange(10.0))
    assert (area, round(low, 2)) == (1.0, 0.74)


def test_every_feature_has_a_number_and_a_group():
    """The measure gives one finite number a feature, for any text."""
    for text in ("", "?!", "Hi there,\n\n- one\n- two\n\nBest,\nAnn", "東京です。" * 40, "🙂"):
        assert len(measure(text)) == len(FEATURES)
        assert np.isfinite(measure(text)).all()
    assert {"length", "sentence form", "vocabulary", "punctuation", "greeting and closing"} == set(FEATURES.values())


def test_greeting_and_closing_are_seen():
    """A letter's opening and ending set their features, a plain sentence does not."""
    names = list(FEATURES)
    letter = dict(zip(names, measure("Dear Ann,\n\nWe met.\n\nKind regards, Bob"), strict=True))
    plain = dict(zip(names, measure("We met on the bridge."), strict=True))

    assert (letter["greets or opens with a phrase"], letter["closes with a phrase"]) == (1.0, 1.0)
    assert (plain["greets or opens with a phrase"], plain["closes with a phrase"]) == (0.0, 0.0)
