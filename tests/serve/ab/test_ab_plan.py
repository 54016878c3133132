"""What may be typed after --ab and --ab-grader; every fault is named at once."""

from __future__ import annotations

import pytest

from burnish.errors import DataError, RegistryError
from burnish.serve.ab.options import TrialOptions, trial_of
from burnish.serve.ab.plan import arms_in, graders_in


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("live", ["there are 1", "'live' is not NAME:SHARE"]),
        ("live:0.9,candidate", ["'candidate' is not NAME:SHARE"]),
        ("live:0.9,candidate:0.2", ["sum up to 1.1"]),
        ("live:0.5,live:0.5", ["both arms are 'live'"]),
        ("a:0.5,b:0.3,c:0.2", ["there are 3"]),
        ("a:1,b:0", ["share of 'a' is 1", "share of 'b' is 0"]),
        ("a:nan,b:inf", ["'a:nan' is not", "'b:inf' is not"]),
        ("a:-0.5,:1.5", ["share of 'a' is -0.5", "':1.5' is not"]),
    ],
)
def test_every_fault_of_the_arms_is_named(text, told):
    """Each is one error that says all that is wrong and how to write it."""
    with pytest.raises(DataError) as found:
        arms_in(text)

    assert [] == [one for one in told if one not in str(found.value)]
    assert "--ab live:0.9" in found.value.remedy


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["nonsense"], "there is no grader 'nonsense'"),
        (["refusal:0"], "share of 'refusal' is 0"),
        (["length"], "length needs"),
        (["judge"], "judge"),
        (["polite", "polite:0.5"], "named twice"),
    ],
)
def test_a_grader_that_cannot_vote_is_told(texts, told):
    """Unknown ones, shares of nothing, missing targets, such as ask another model, and the same twice."""
    with pytest.raises(DataError) as found:
        graders_in(texts)

    assert told in str(found.value)


def test_an_option_of_ab_without_it_and_an_unknown_source_are_told(tmp_path):
    """--ab-grader without --ab, votes of nobody, a project that is not there, and words that are none."""
    for options, told in (
        (TrialOptions(graders=("polite",)), "nothing is compared"),
        (TrialOptions(arms="a:0.5,b:0.5", reads="refusal"), "votes on nothing"),
        (TrialOptions(keep_words="some"), "no such words"),
    ):
        with pytest.raises(DataError, match=told):
            trial_of(options, str(tmp_path), print)
    with pytest.raises(RegistryError, match="needs a project"):
        trial_of(TrialOptions(arms="a:0.5,b:0.5"), str(tmp_path), print)
