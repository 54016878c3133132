"""`polite` and `similar`."""

from __future__ import annotations

import pytest

from burnish.grading.example import score
from burnish.grading.polite import SIGNS, politeness
from burnish.grading.polite_weights import SIGN_WEIGHTS

LADDER = [
    "Shut up, you idiot!!",
    "You must close the window.",
    "The window is open.",
    "I think the window might be open.",
    "Could you close the window, please?",
    "Dear Ann, could you please close the window? Thank you very much, I appreciate it.",
]


def test_politeness_rises_from_insult_to_thanks():
    """Each sentence of a ladder from rude to courteous scores higher than the one before it."""
    scores = [score("polite", None, answer) for answer in LADDER]

    assert scores == sorted(set(scores))


@pytest.mark.parametrize(("least", "expected"), [(0.5, [0, 1]), (0.0, [1, 1]), (0.99, [0, 0])])
def test_a_minimum_makes_politeness_right_or_wrong(least, expected):
    """With a minimum the score is 1 from there on, else 0."""
    assert [score("polite", {"min": least}, answer) for answer in (LADDER[0], LADDER[4])] == expected


def test_saying_thanks_often_buys_nothing():
    """A sign counts once, however often it stands."""
    assert score("polite", None, "Thanks.") == score("polite", None, "Thanks. Many thanks to all, and thanks again for it.")


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("The cat sat.", "The cat sat.", 1.0),
        ("A cat sat.", "The cat sat.", 0.6108821894674507),
        ("Dogs", "The cat sat.", 0.028409090909090908),
        ("Tokyo", "The capital of Japan is Tokyo.", 0.1540126471787379),
        ("ab", "abc", 0.6363636363636362),
        ("Door 4 is green today.", "Door 4 is pink.", 0.43077446620893456),
    ],
)
def test_similar_is_chrf_as_sacrebleu_computes_it(answer, target, expected):
    """The likeness equals sacreBLEU 2's sentence chrF (6 characters, beta 2), divided by 100."""
    assert score("similar", target, answer) == round(expected, 3)


def test_the_order_of_answers_by_likeness():
    """The same words score above nearly the same, above others."""
    scores = [score("similar", "Door 4 is grey.", answer) for answer in ("Door 4 is grey.", "Door 4 is pink.", "I like tea.")]

    assert scores == sorted(scores, reverse=True)


def test_every_sign_has_a_learned_weight_of_its_published_side():
    """The weights of signs are those of the patterns, none lost, and those that weigh much point where the paper has them."""
    turned = [name for name, (published, _) in SIGNS.items() if abs(published) >= 0.35 and published * SIGN_WEIGHTS[name] <= 0]

    assert (set(SIGN_WEIGHTS), turned) == (set(SIGNS), [])


def test_words_that_are_no_signs_move_the_score():
    """Two texts without a sign are told apart by their words, by the sum of the weights, each counted once."""
    curt, civil = "Is that without point without point?", "Is that another possible solution?"

    assert (politeness(curt)[1], politeness(civil)[1]) == ([], [])
    assert politeness(curt)[0] < 0.4 < 0.6 < politeness(civil)[0]
    assert politeness(curt)[0] == politeness("Is that without point?")[0]
