"""`burnish graders` and docs/graders.md: one source, and every example is what it says."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.evaluate.suite import read_suite
from burnish.grading import GRADERS, grade, task_faults
from burnish.grading.instruction_kinds import KINDS
from burnish.grading.structure_checks import CHECKS

ROOT = Path(__file__).parents[2]


def run(*words):
    """Run `burnish graders`."""
    return CliRunner().invoke(app, ["graders", *words])


@pytest.mark.parametrize("name", sorted(GRADERS))
def test_an_example_scores_what_it_says(name):
    """The target has no faults, each answer has the score told, and the first is the best."""
    grader, example = GRADERS[name], GRADERS[name].example
    task = example.task(name)
    ask = (lambda _, read: read(example.reply)) if grader.asks(task) else None
    scores = [round(grade(task, answer, ask).value, 2) for answer, _ in example.answers]

    assert task_faults(task) == []
    assert scores == [score for _, score in example.answers]
    assert scores == sorted(scores, reverse=True)
    assert len({*scores}) == len(scores)


def test_every_example_is_a_line_that_a_suite_takes(tmp_path):
    """The JSON holds each grader with its target and example, and the tasks are read as a suite."""
    told = json.loads(run("--json").stdout)["graders"]
    suite = tmp_path / "suite.jsonl"
    suite.write_text("\n".join(json.dumps(one["example"]["task"]) for one in told))

    assert [one["name"] for one in told] == list(GRADERS)
    assert [task.grader for task in read_suite(suite)] == list(GRADERS)
    assert all(one["what"] and one["target"] and one["example"]["answers"] for one in told)


def test_every_check_and_kind_is_told():
    """The names that a target may hold are all there, each with what it takes."""
    told = {one["name"]: one.get("parts", {}) for one in json.loads(run("--json").stdout)["graders"]}

    assert [*told["structure"]] == [*CHECKS]
    assert [*told["instructions"]] == [*KINDS]
    assert all([*told["structure"].values(), *told["instructions"].values()])


def test_people_read_the_same():
    """The name, the target, the example and the scores; some graders may be named alone."""
    said = run("exact").stdout

    assert "exact: The answer is the target" in said
    assert "target: a text, or a list of texts" in said
    assert '1.00  "yes."' in said
    assert "similar" not in said


def test_a_grader_that_is_not_there_is_told():
    """The nearest name is offered."""
    done = run("exat")

    assert done.exit_code == 1
    assert "did you mean exact?" in done.stderr


def test_the_page_is_generated():
    """docs/graders.md is what the graders say of themselves."""
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))["graders"]()

    assert (ROOT / "docs" / "graders.md").read_text("utf-8") == made
    assert all(f"\n## {name}\n" in made for name in GRADERS)
    assert "without a grader" in made
