"""The door of the graders: one rule for broken answers, faults of tasks, and no answer that breaks a grader."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, seed, settings, strategies as st

from burnish.grading import GRADERS, grade, task_faults
from burnish.records.conversation import Message
from burnish.records.task import Task
from toys import SEED

PROMPT = "Rewrite: 5 seats at https://a.example/x"
RIGHT = {
    "abstains": "answer",
    "choice": {"options": ["x", "y"], "right": "x"},
    "contains": "x",
    "exact": "x",
    "instructions": [{"kind": "length_constraints:number_words", "num_words": 1000, "relation": "less than"}],
    "judge": {"rubric": "Is it polite?"},
    "keeps_numbers": None,
    "keeps_urls": None,
    "length": {"max_words": 1000},
    "number": 5,
    "polite": None,
    "refusal": "answer",
    "similar": "x",
    "structure": {"max_words": 1000},
}
"""A target that each grader accepts."""
WRONG = {
    "abstains": ["decline", None, True, ["abstain"]],
    "choice": ["x", {"options": ["x", "y"]}, {"options": ["x"], "right": "x"}, {"options": ["x", "y"], "right": "z"}, None],
    "contains": [5, {}, [], {"some": ["x"]}, {"any": []}, {"any": "x"}, " ", None],
    "exact": [5, [], ["x", 3], "", None],
    "instructions": [{}, [], ["no_comma"], [{"kind": "no"}], [{"kind": "punctuation:no_comma", "n": 1}], None],
    "judge": [
        "polite",
        None,
        {},
        {"scale": [1, 5]},
        {"rubric": " "},
        {"against": 5},
        {"rubric": "x", "scale": [5, 1]},
        {"rubric": "x", "scale": [1.0, 5]},
        {"against": "x", "scale": [1, 5]},
        {"rubric": "x", "url": "http://a.example"},
    ],
    "keeps_numbers": ["5", ["many tons"], [True], {}],
    "keeps_urls": ["https://a.example", [5], [""]],
    "length": ["medium", {}, {"max_word": 3}, {"max_words": 0}, {"max_words": True}, {"min_words": 9, "max_words": 3}, None],
    "number": ["5", True, float("nan"), {"value": 5}, {"value": 5, "tolerance": -1}, None],
    "polite": [0.5, {"min": 2}, {"max": 1}, {"min": True}],
    "refusal": ["decline", None, 1, ["refuse"]],
    "similar": ["", 5, None, ["x"], {"meaning": " "}, {"meaning": 5}, {"meaning": "x", "embedder": "y"}],
    "structure": [
        {},
        None,
        {"bullet": 3},
        {"bullets": -1},
        {"bullets": {"most": 3}},
        {"bullets": {"min": 4, "max": 2}},
        {"json": {}},
    ],
}
"""Targets that each grader must refuse."""


def said(question, read):
    """Judge everything alike."""
    return read('{"score": 4}')


def task(grader, target, prompt=PROMPT):
    """Return a task with one prompt."""
    return Task(id="t", messages=(Message(role="user", content=prompt),), grader=grader, target=target)


@pytest.mark.parametrize("grader", sorted(GRADERS))
def test_right_targets_have_no_faults(grader):
    """A target that a grader is made for has no faults."""
    assert task_faults(task(grader, RIGHT[grader])) == []


@pytest.mark.parametrize(("grader", "target"), [(grader, target) for grader, targets in WRONG.items() for target in targets])
def test_wrong_targets_are_told(grader, target):
    """A target of a wrong type is a fault that names the grader."""
    faults = task_faults(task(grader, target))

    assert [grader in fault for fault in faults] == [True]


def test_an_unknown_grader_is_told_with_the_nearest_name():
    """A misspelled grader is a fault that names the nearest right one."""
    assert task_faults(task("contain", "x")) == ["there is no grader 'contain': did you mean contains?"]


def test_all_faults_of_a_structure_are_told_at_once():
    """Each wrong key of a structure is a fault of its own, with the nearest right key."""
    faults = task_faults(task("structure", {"bulets": 3, "max_words": "few", "sentences": {"max": 1}}))

    assert faults == [
        "structure has no check 'bulets': did you mean bullets?",
        "structure's max_words takes a number of at least 1, and got 'few'",
    ]


@pytest.mark.parametrize("grader", ["keeps_numbers", "keeps_urls"])
def test_nothing_to_keep_is_a_fault(grader):
    """A task that asks to keep what its prompt does not hold can never be right, and says so."""
    faults = task_faults(task(grader, None, prompt="Rewrite: it rains"))

    assert ["to keep" in fault for fault in faults] == [True]


@pytest.mark.parametrize("grader", sorted(GRADERS))
@pytest.mark.parametrize("answer", ["", " \n\t", "...", "yes x 5 " * 30, "x\n" * 40, "https://a.example/x 5 five " * 9])
def test_a_broken_answer_is_worth_nothing_to_any_grader(grader, answer):
    """An empty answer and one that repeats itself score 0, whatever the grader, harmless look-alikes included."""
    assert grade(task(grader, RIGHT[grader]), answer).value == 0


@pytest.mark.parametrize("grader", sorted(GRADERS))
@seed(SEED)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(answer=st.text(max_size=300) | st.text(alphabet="a1.,:-* \n#@/({<\"'", max_size=200))
def test_any_answer_gets_a_score_from_0_to_1_twice_the_same(grader, answer):
    """No text breaks a grader; a score lies in 0 to 1 and depends on nothing else."""
    first, second = (grade(task(grader, RIGHT[grader]), answer, said) for _ in range(2))

    assert (0 <= first.value <= 1, first) == (True, second)


@pytest.mark.parametrize("piece", ["x", "a1b2", "a.", "1", "1,111 ", "(", "\n", "https://", "i must ", "+1 555 ("])
def test_a_very_long_answer_is_graded_in_a_few_steps(piece):
    """100,000 characters, made to trap patterns that try again and again, go through every grader (or this test hangs)."""
    answer = "Well: " + piece * (100_000 // len(piece)) + " end"

    for name, grader in GRADERS.items():
        one = task(name, RIGHT[name])
        assert 0 <= (grader.grade(one, answer, said) if grader.asks(one) else grader.grade(one, answer)).value <= 1


def test_grading_needs_no_torch():
    """The graders load neither torch nor transformers nor numpy."""
    code = "import sys, burnish.grading; print([name for name in ('torch', 'transformers', 'numpy', 'scipy') if name in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert seen == "[]"
