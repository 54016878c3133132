"""A summary by a model: asked once, cut at sentences, and a note like every other."""

from __future__ import annotations

from functools import partial

import pytest

from burnish.context.shorten import budget_of, shorten
from burnish.context.summary import summary
from burnish.errors import DataError
from context.toy_talks import letters, long_talk

SAID = "They spoke of rooms. They met Dr. Olsen in room 100. " + "They liked it. " * 30


def test_the_model_is_asked_once_and_its_sentences_stay_whole():
    """Whatever does not fit goes by the sentence; the model sees what was said, not the last turns."""
    asked = []

    def write(messages, most):
        asked.append((messages, most))
        return SAID

    messages, ruler = long_talk(8), letters()
    budget = budget_of(messages, 0.3, ruler)
    made = shorten(messages, budget, ruler, "summary", summary=partial(summary, write, 100_000))
    note = made.messages[1].content

    assert 1 == len(asked)
    assert made.tokens_after <= budget
    assert "They met Dr. Olsen in room 100." in note
    assert note.split("\n\n")[0].endswith(".")
    assert "room 100" in asked[0][0][0].content
    assert messages[-1].content not in asked[0][0][0].content


def test_what_the_model_cannot_read_is_left_out_from_the_beginning():
    """With little to read, the last turns before the tail are summarised."""
    seen = []
    messages, ruler = long_talk(12), letters()
    budget = budget_of(messages, 0.2, ruler)
    shorten(
        messages, budget, ruler, "summary", summary=partial(summary, lambda one, _: seen.append(one[0].content) or "Well.", 1200)
    )

    assert "room 100" not in seen[0]
    assert "room 10" in seen[0]
    assert len(seen[0]) <= 1200


def test_without_a_model_there_is_no_summary():
    """The method is unknown where no model was handed in."""
    with pytest.raises(DataError, match="no such method"):
        shorten(long_talk(2), 10, letters(), "summary")
