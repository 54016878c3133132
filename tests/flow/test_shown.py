"""Tasks without a grader: asked, shown side by side, and counted nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import DataError, RecipeError
from burnish.evaluate.rank import rank
from burnish.evaluate.run import reported
from burnish.evaluate.suite import read_suite
from burnish.flow.gating import check_gates
from burnish.flow.overlap import without_trained
from burnish.records.conversation import Conversation, Message
from burnish.records.gate import parse_gate
from burnish.records.report import GradedAnswer
from toys import toy_rows, write_rows

GRADED = [{"id": f"g{i}", "prompt": f"Door {i}?", "grader": "contains", "target": "e", "max_tokens": 6} for i in range(4)]
SHOWN = [{"id": "letter", "prompt": "Write a letter about the hedge.", "max_tokens": 6, "tags": ["letters"]}]
FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01", "--set", "lora.rank=4", "--no-promote")


def run(*words):
    """Run the tool; return the result."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def answer(id_, score, grader="contains"):
    """Return one answer."""
    return GradedAnswer(
        id=id_, prompt="?", category="c", grader=grader, target=None, text="t", tokens=3, natural_stop=True, score=score
    )


def test_a_suite_takes_tasks_without_a_grader(tmp_path):
    """Neither grader nor target: the task is read, and its category is its tag, or says that it is not scored."""
    lines = [*SHOWN, {"id": "bare", "prompt": "Hello?", "grader": None}]
    tagged, bare = read_suite(write_rows(tmp_path / "s.jsonl", lines))

    assert (tagged.grader, tagged.category, bare.grader, bare.category) == ("", "letters", "", "not scored")


@pytest.mark.parametrize("line", [{"target": "x"}, {"grader": ""}, {"grader": 5}])
def test_a_target_without_a_grader_is_a_fault(tmp_path, line):
    """Who gives a target forgot the grader; a blank one is no grader."""
    with pytest.raises(DataError) as caught:
        read_suite(write_rows(tmp_path / "s.jsonl", [SHOWN[0] | line]))

    assert "'grader' is" in caught.value.seen


def test_an_answer_without_a_grader_is_in_no_figure():
    """Mean, number of prompts and ranking are the same with it and without it."""
    graded = [answer("a", 1.0), answer("b", 0.0)]
    plain = reported("m", {"s": graded}, 0.0)
    both = reported("m", {"s": [*graded, answer("x", 0.0, grader="")], "only": [answer("y", 0.0, grader="")]}, 0.0)

    assert both.suites == plain.suites
    assert {name: [one.id for one in each] for name, each in both.shown.items()} == {"s": ["x"], "only": ["y"]}
    assert rank([both, both]) == rank([plain, plain])


def test_such_a_task_stays_though_a_row_asks_the_same(tmp_path):
    """It is in no verdict, so that it cannot flatter one; and a gate on a suite of such tasks alone is refused at once."""
    (task,) = read_suite(write_rows(tmp_path / "s.jsonl", SHOWN))
    same = Conversation(messages=(*task.messages, Message(role="assistant", content="Dear all")), metadata={})

    assert without_trained({"s": (task,)}, [same]).suites == {"s": (task,)}
    gate, _ = parse_gate("s", "better")
    with pytest.raises(RecipeError, match="will not be measured"):
        check_gates([gate], {"s": (task,)})


def test_evaluate_writes_the_answer_without_a_score(tmp_path, toy_folder):
    """The items hold it without a score, the suite's figures do not count it, and a suite without any grader is answered too."""
    mixed = write_rows(tmp_path / "mixed.jsonl", [*GRADED, *SHOWN])
    only = write_rows(tmp_path / "only.jsonl", SHOWN)
    words = ("--suite", mixed, "--suite", only, "--model", toy_folder, "--home", tmp_path, "-o", tmp_path / "out", "--json")
    told = json.loads(run("evaluate", *words).stdout)
    items = [json.loads(line) for line in Path(told["suites"]["mixed"]["items"]).read_text().splitlines()]

    assert (told["suites"]["mixed"]["n"], set(told["suites"])) == (4, {"mixed"})
    assert {name: one["n"] for name, one in told["shown"].items()} == {"mixed": 1, "only": 1}
    assert ["score" in one for one in items] == [True] * 4 + [False]
    assert Path(told["shown"]["only"]["items"]).exists()


def test_the_reports_of_a_training_show_both_answers(tmp_path, toy_folder):
    """Both answers stand in before_after.md and report.html, marked as not scored; the verdict does not know them."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(14))
    suite = write_rows(tmp_path / "mixed.jsonl", [*GRADED, *SHOWN])
    done = run("train", rows, "--suite", suite, "--model", toy_folder, "--home", tmp_path, *FAST, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    folder = tmp_path / ".burnish" / "runs" / told["run"]
    text, report = (folder / "before_after.md").read_text(), json.loads((folder / "report.json").read_text())
    section = text[text.index("id letter") :]

    assert "**not scored**" in section
    assert ["Before: not scored" in section, "After: not scored" in section] == [True, True]
    assert (folder / "report.html").read_text().count("not scored") >= 3
    assert report["comparison"]["suites"]["mixed"]["n"] == 4
    assert [one["id"] for one in report["after"]["shown"]["mixed"]] == ["letter"]
    assert not [one for one in (*report["improved"], *report["got_worse"]) if one["id"] == "letter"]
