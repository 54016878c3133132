"""Whether rows answer a question is decided by constants of each encoder, and always yes where there are none."""

from __future__ import annotations

import pytest

from burnish.model.encoders import ENCODERS
from burnish.retrieval import support as module
from burnish.retrieval.lexical import WORDS
from burnish.retrieval.support import CUTS, Cut, lead, strays, support_of

CUT = Cut(top=2.0, lead=4.0, stray_name=-1.0, bias=-2.0, elsewhere_below=0.2)


@pytest.fixture
def cut(monkeypatch):
    """Give one encoder constants that are easy to reckon with."""
    monkeypatch.setattr(module, "CUTS", {"toy": CUT})


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([0.61, 0.4, 0.4, 0.4], "answered"),
        ([0.61, 0.5, 0.4, 0.3, 0.9], "answered"),
        ([0.6, 0.41, 0.4, 0.4], "unanswered"),
        ([0.9, 0.9, 0.9, 0.9], "unanswered"),
        ([1.0, 1.0], "answered"),
        ([0.4], "answered"),
        ([0.33], "unanswered"),
        ([0.2, 0.2, 0.2, 0.2], "unanswered"),
        ([0.19, 0.0, 0.0, 0.0], "elsewhere"),
        ([-0.5, -0.9], "elsewhere"),
        ([], "elsewhere"),
    ],
)
def test_support_is_a_logistic_of_the_top_and_its_lead(cut, scores, said):
    """2 top + 4 lead - 2 is at least 0; far below any row it is about something else; ranks beyond the fourth do not count."""
    assert support_of(scores, "toy") == said


def test_the_mean_of_all_facts_tells_a_question_about_the_rows_from_any_other(cut):
    """A nearest fact that is far is still one of ours where the rows as a whole are near; near words alone are not enough."""
    assert support_of([0.19, 0.0], "toy", mean=0.02) == "unanswered"
    assert support_of([0.19, 0.0], "toy", mean=0.0) == "elsewhere"


def test_a_name_that_the_nearest_rows_do_not_hold_weighs_against_them(cut):
    """A question about Petrology is near to one about Mineralogy, and not answered by its row."""
    assert support_of([0.61, 0.4, 0.4, 0.4], "toy", stray_name=True) == "unanswered"
    rows = ["Who teaches Mineralogy? Professor Albrook."]
    assert strays("And who teaches Petrology?", rows)
    assert not strays("And who, please, teaches Mineralogy?", rows)
    assert not strays("Petrology is taught by whom? I wonder.", rows)  # begins its sentence: a capital is due
    assert not strays("who teaches petrology", rows)


def test_the_lead_is_over_the_mean_of_ranks_two_to_four():
    """Fewer rivals are averaged as they are; a lone fact leads over 0."""
    assert lead([0.9, 0.6, 0.3, 0.3, 0.9]) == pytest.approx(0.5)
    assert lead([0.9, 0.6]) == pytest.approx(0.3)
    assert lead([0.9]) == pytest.approx(0.9)


@pytest.mark.parametrize("method", ["an-encoder-of-tomorrow", "toy-without"])
def test_an_encoder_that_was_not_measured_always_answers(monkeypatch, method):
    """Without constants the nearest rows count, unless there are none at all."""
    monkeypatch.setattr(module, "CUTS", {"toy-without": None})

    assert support_of([0.01], method) == "answered"
    assert support_of([], method) == "elsewhere"


def test_every_way_to_find_rows_has_its_constants():
    """The table names each encoder that can be pulled, and the search by words."""
    assert set(CUTS) == {*ENCODERS, WORDS}
