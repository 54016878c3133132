"""Answers that are none: empty, looping, never ending; beside what the start said to the same prompts."""

from __future__ import annotations

import pytest

from burnish.evaluate.degenerate import Reply, degenerate, suite_pairs
from burnish.evaluate.run import score_suite
from burnish.records.report import EvalReport, GradedAnswer

SOUND, EMPTY, LOOP, ENDLESS, CUT, LEFT = (
    Reply(text="The market is on Thursday.", natural_stop=True, has_room=True),
    Reply(text="", natural_stop=True, has_room=True),
    Reply(text="oman" * 60, natural_stop=False, has_room=True),
    Reply(text="a stone which no one of them had ever", natural_stop=False, has_room=True),
    Reply(text="a long list that goes", natural_stop=False, has_room=False),
    Reply(text="<think>well", natural_stop=False, has_room=True),
)


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ([SOUND] * 10, [EMPTY] * 10, "of 10 answers 10 are empty (before 0)"),
        ([SOUND] * 10, [LOOP] * 6 + [SOUND] * 4, "of 10 answers 6 repeat themselves (before 0)"),
        ([SOUND] * 10, [ENDLESS] * 10, "of 10 answers 10 do not end (before 0)"),
        ([SOUND] * 10, [LEFT] * 10, "of 10 answers 10 are empty (before 0)"),
        ([SOUND] * 4 + [ENDLESS] * 4, [LOOP] * 4 + [ENDLESS] * 4, "of 8 answers 4 repeat themselves (before 0), 4 do not end (before 4)"),
        ([SOUND] * 10, [SOUND] * 10, ""),
        ([SOUND] * 10, [LOOP] * 5 + [SOUND] * 5, ""),
        ([SOUND] * 10, [ENDLESS] * 8 + [SOUND] * 2, ""),
        ([SOUND] * 10, [CUT] * 10, ""),
        ([LOOP] * 10, [LOOP] * 10, ""),
        ([LOOP] * 6 + [SOUND] * 4, [EMPTY] * 10, ""),
        ([SOUND] * 2, [LOOP] * 2, ""),
        ([], [], ""),
    ],
)  # fmt: skip
def test_most_answers_must_be_none_and_have_been_answers_before(before, after, seen):
    """Above half empty or in a loop, or nearly all of these or without an end, where the start was not so; a cut without room says nothing."""
    assert degenerate(list(zip(before, after, strict=True))) == seen


def report(grader, text):
    """Return a report of one task in each of two suites."""
    answer = GradedAnswer(
        id="t", prompt="?", category="", grader=grader, target="x", text=text, tokens=3, natural_stop=False, score=0.0
    )
    return EvalReport(model="m", suites={"own": score_suite([answer]), "other": score_suite([answer])})


def test_only_written_answers_are_looked_at_and_only_where_there_is_room_for_an_end():
    """An option that was weighed is no text; of two suites only the one with room can miss an end."""
    written = suite_pairs(report("contains", "one two"), report("contains", "one two"), [("own", "t")])

    assert [(old.fault, new.fault) for old, new in written] == [("unended", "unended"), ("", "")]
    assert suite_pairs(report("choice", "A"), report("choice", "A"), []) == []
    assert suite_pairs(None, report("contains", "A"), []) == []
