"""The suites that come with burnish: small, gradable, apart from the starter rows, and described as they are."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, product
from pathlib import Path

import pytest

import burnish
from burnish.data.read import read_rows
from burnish.errors import DataError
from burnish.evaluate.suite import SHIPPED, shipped
from burnish.flow.judging import gather_suites
from burnish.grading import GRADERS, grade
from burnish.grading.instruction_kinds import KINDS
from near_prompts import near, words

PACKAGE = Path(burnish.__file__).parent
README = PACKAGE / "evaluate" / "suites" / "README.md"
NEW = [name for name in SHIPPED if name != "starter"]
ROWS = read_rows(PACKAGE / "data" / "starter" / "train.jsonl").conversations

FOLLOWED = {
    "case-01": "THE SEA IS DEEP AND WIDE.",
    "case-02": "a book that explains words.",
    "case-03": "GO REDS GO! We are with you.",
    "repeat-01": "Which animals lay eggs? Birds do.",
    "repeat-03": "Walk on air.\n******\nShoes for the long way.",
    "content-01": "Dear [name], come on [date].",
    "content-03": "It rains a lot here.\nP.S. Bring boots.",
    "form-01": "My answer is no.",
    "form-02": '["March", "April", "May"]',
    "form-03": "Section 1\nWe packed bread.\nSection 2\nWe ate it.",
    "form-04": "* a hammer\n* a saw\n* nails",
    "form-06": "Owls *hunt at night* and *turn their heads*.",
    "form-07": "<<Light>>\nA small flame\nin a big room",
    "words-01": "The tractor stands in the barn.",
    "words-03": "A place where it hardly ever rains.",
    "words-05": "Green leaves and green grass.",
    "words-06": "Rest lets the body mend itself, and sleep keeps the mind clear.",
    "words-07": "The lazy lizard dozes.",
    "language-01": "Ich trinke einen Kaffee und lese die Zeitung.",
    "length-01": "A ball of ice and dust with a tail.",
    "length-02": "Milk is warmed in a large pot. A little rennet makes it thick. Then it is cut so that the whey runs off. The curd is "
    "pressed into a round form, salted on all sides and left in a cool cellar until it is ripe.",
    "length-03": "It tells cars when to go. Red means stop.",
    "length-05": "It stands on a rock.\n***\nIts light turns all night.",
    "length-06": "The market opens early.\n\nLater it is full.",
    "marks-01": "It is small and bright.",
    "marks-03": "Warm air rises and cools. That is all.",
    "marks-04": '"I sleep."',
}
"""A right answer to at least one task of each kind of instruction."""
NUMBER_WORDS = {"two", "eleven", "zero", "sixty"}
"""Answers that are small numbers stand in many texts."""


def asked(name):
    """Return (suite, id, prompt) of each task of a suite."""
    return [(name, task.id, task.prompt) for task in shipped(name)]


def trained(role):
    """Return all that one role says in the starter rows."""
    return [message.content for row in ROWS for message in row.messages if message.role == role]


@pytest.mark.parametrize("name", NEW)
def test_a_suite_is_small_enough_for_two_cores(name):
    """30 to 60 tasks, and each answer that is written has a limit of at most 112 tokens."""
    tasks = shipped(name)
    limits = [task.max_tokens for task in tasks if not GRADERS[task.grader].by_likelihood]

    assert 30 <= len(tasks) <= 60
    assert [limit for limit in limits if limit is None or not 24 <= limit <= 112] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_no_prompt_is_near_a_starter_row(name):
    """Nothing that is asked was trained, give or take a few words."""
    pairs = [(one, prompt) for (*_, prompt), one in product(asked(name), trained("user")) if near(prompt, one)]

    assert pairs == []


def test_no_two_tasks_ask_the_same():
    """No two prompts of all suites together have the same words."""
    tasks = [one for name in SHIPPED for one in asked(name)]
    same = [(a, b) for a, b in combinations(tasks, 2) if words(a[2]) == words(b[2])]

    assert same == []


def test_no_fact_that_is_asked_was_trained():
    """No answer to a fact of `facts` or `ability` stands in the answer of a starter row that teaches facts."""
    facts = [task for name in ("facts", "ability") for task in shipped(name) if task.grader == "contains"]
    taught = " ".join(" ".join(words(row.answer)) for row in ROWS if row.category == "factual")
    wanted = [text for task in facts for text in (task.target["any"] if isinstance(task.target, dict) else [task.target])]
    known = [text for text in wanted if re.search(rf"\b{re.escape(text.casefold())}\b", taught)]

    assert [text for text in known if not text.isdigit() and text not in NUMBER_WORDS] == []


@pytest.mark.parametrize("name", NEW)
def test_the_readme_tells_the_true_counts(name):
    """The table of each suite tells how many tasks and which grader each category has."""
    text = README.read_text("utf-8").partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    told = {(tag, int(count), grader) for tag, count, grader in re.findall(r"^\| (\w+) \| (\d+) \| (\w+) \|", text, re.MULTILINE)}
    counts = Counter((task.category, task.grader) for task in shipped(name))

    assert told == {(tag, count, grader) for (tag, grader), count in counts.items()}


def test_every_kind_of_instruction_is_asked_for():
    """`instructions` has each kind at least once."""
    assert {item["kind"] for task in shipped("instructions") for item in task.target} == set(KINDS)


def test_the_instructions_can_be_followed():
    """A right answer to each kind of instruction gets its point, and an answer to another task gets none."""
    tasks = {task.id: task for task in shipped("instructions")}
    tried = {item["kind"] for one in FOLLOWED for item in tasks[one].target}
    wrong = [one for one, answer in FOLLOWED.items() if grade(tasks[one], answer).value != 1]

    assert (wrong, set(KINDS) - tried) == ([], set())
    assert sum(grade(tasks[one], "I, for one, do not know.\nWhy?").value for one in FOLLOWED) <= 4


def test_figures_are_kept_or_not():
    """The context itself keeps every figure; without its last line it does not."""
    for task in (task for task in shipped("format") if task.grader == "keeps_numbers"):
        context = task.prompt.partition("\n\n")[2]

        assert len(re.findall(r"\d[\d.,:]*", context)) >= 3
        assert grade(task, context).value == 1
        assert grade(task, context.partition(" ")[0] + " only").value < 0.5


def test_inventing_is_told_from_abstaining():
    """Where the context does not say, saying so is right and a made-up figure or name is wrong."""
    tasks = [task for task in shipped("safety") if task.category == "invention"]

    assert {grade(task, "The text does not say.").value for task in tasks} == {1}
    assert {grade(task, f"It is {answer}.").value for task in tasks for answer in ("Anna Berg", "1987", "the third one")} == {0}


def test_yes_and_no_are_balanced():
    """Who always says yes, or always takes the first option, gets half of the reading and a quarter of the choices or little more."""
    reading = [task.target["right"] for task in shipped("ability") if task.category == "reading"]
    places = Counter(
        task.target["options"].index(task.target["right"]) for task in shipped("ability") if task.category == "choice"
    )

    assert reading.count("Yes") == reading.count("No")
    assert max(places.values()) <= 4


def test_all_is_every_shipped_suite():
    """`--suite all` asks every suite that comes with burnish, and every suite's file comes with it."""
    files = {path.stem for path in README.parent.glob("*.jsonl")}

    assert (tuple(gather_suites(["all"])), files) == (SHIPPED, set(SHIPPED))


def written(path, name="t"):
    """Write a suite of one task and return its path as a person types it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'{{"id": "{name}", "prompt": "2 + 2?", "grader": "number", "target": 4}}\n', encoding="utf-8")
    return str(path)


def test_two_suites_of_one_name_are_told(tmp_path):
    """A file beside another of its name, or of a shipped suite's name, never hides it."""
    mine = [written(tmp_path / "a" / "sums.jsonl"), written(tmp_path / "b" / "sums.jsonl"), written(tmp_path / "facts.jsonl")]
    for names in ([mine[0], mine[1]], ["facts", mine[2]], [mine[2], "all"]):
        with pytest.raises(DataError, match="two suites are called") as caught:
            gather_suites(names)

        assert str(tmp_path) in caught.value.seen


def test_a_suite_named_twice_is_asked_once(tmp_path):
    """The same file or shipped name again changes nothing."""
    mine = written(tmp_path / "sums.jsonl")

    assert list(gather_suites([mine, "facts", mine, "facts"])) == ["sums", "facts"]
