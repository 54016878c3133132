"""A fixed test set is held out as it is, and a file of rows is a suite: what `split` writes leads somewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import DataError
from burnish.flow.judging import HELD_OUT, gather_suites
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01")


def burnish(*words):
    """Run the program and return what it did."""
    return CliRunner().invoke(app, list(map(str, words)))


def test_what_split_writes_is_trained_and_held_out_as_it_is(tmp_path, toy_folder):
    """Every row of the second file is held out and none of the first; the books hold both files; the questions are its rows."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(40))
    home = tmp_path / "home"
    parted = burnish("split", rows, "-o", tmp_path / "parts", "--holdout", 7)
    train, held = tmp_path / "parts" / "train.jsonl", tmp_path / "parts" / "held_out.jsonl"
    planned = json.loads(burnish("plan", train, "--holdout", held, "--model", toy_folder, "--home", home, "--json").stdout)
    done = burnish("train", train, "--holdout", held, "--model", toy_folder, "--home", home, *FAST, "--json")
    answer = json.loads(done.stdout)
    run, after = (json.loads((Path(answer["run"]) / name).read_text("utf-8")) for name in ("ledger.json", "after.json"))
    asked = after["suites"][HELD_OUT]["answers"]

    assert f"burnish train {train} --holdout {held}" in " ".join(parted.output.split())
    assert [one["value"] for one in planned["settings"] if one["name"] == "data.holdout"] == [7]
    assert planned["ledger"]["rows"] == answer["ledger"]["rows"] == {"trained": 33, "held_out": 7, "shortened": 0, "refused": 0}
    assert answer["ledger"]["closes"]
    assert {one["file"] for one in run["entries"] if one["fate"] == "held_out"} == {str(held)}
    assert answer["rows"] == 33
    assert len(asked) == 7


def test_a_test_row_that_the_training_rows_give_away_is_not_asked(tmp_path, toy_folder):
    """It is told by both lines, stands in the books by its reason, and ids that two files share by chance tie nothing."""
    rows = [{**row, "metadata": {"id": i}} for i, row in enumerate(toy_rows(12))]
    other = [{"question": f"Who lives behind wall {i}?", "answer": f"Alma {i}.", "metadata": {"id": i}} for i in range(4)]
    again = {"question": "which colour has door 3", "answer": "Blue it is."}
    train, held = write_rows(tmp_path / "rows.jsonl", rows), write_rows(tmp_path / "asked.jsonl", [*other, again])
    done = burnish("plan", train, "--holdout", held, "--model", toy_folder, "--home", tmp_path / "home", "--json")
    ledger = json.loads(done.stdout)["ledger"]

    assert f"{held}:5: near-same questions, as in {train}:4" in " ".join(done.stderr.split())
    assert ledger["rows"] == {"trained": 12, "held_out": 4, "shortened": 0, "refused": 1}
    assert (ledger["reasons"], ledger["closes"]) == ({"not asked, since a trained row gives it away": 1}, True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--holdout", "rows.jsonl"), "are one file"),
        (("--holdout", "held.jsonl", "--set", "data.folds=3"), "exclude each other"),
        (("--holdout", "copy.jsonl"), "copy.jsonl can be asked"),
        (("--holdout", "none.jsonl"), "none.jsonl seen: in that folder"),
    ],
)
def test_a_test_set_that_cannot_be_is_refused(more, words, tmp_path, toy_folder, monkeypatch):
    """The same file, folds beside it, a copy of the rows, a file that is not there."""
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    write_rows(tmp_path / "copy.jsonl", toy_rows(12))
    write_rows(tmp_path / "held.jsonl", [{"question": "Who?", "answer": "Alma it is."}])
    done = burnish("train", "rows.jsonl", *more, "--model", toy_folder, "--home", tmp_path / "home")

    assert done.exit_code == 1
    assert words in " ".join(done.output.split())


def test_a_file_of_rows_is_a_suite_graded_as_held_out_rows_are(tmp_path, toy_folder):
    """For `evaluate` and `train`, as JSON Lines or an array; a row that is trained is no part of the verdict."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    own = [{"instruction": f"Who lives behind wall {i}?", "response": f"Alma {i} does."} for i in range(3)]
    suite = tmp_path / "walls.json"
    suite.write_text(json.dumps([*own, {"instruction": "Which colour has door 3?", "response": "Green."}], indent=1), "utf-8")
    tasks = gather_suites((str(suite),))["walls"]
    judged = json.loads(burnish("evaluate", toy_folder, "--suite", suite, "-o", tmp_path / "out", "--json").stdout)
    trained = burnish("train", rows, "--suite", suite, "--model", toy_folder, "--home", tmp_path / "home", *FAST, "--json")

    assert [(one.grader, one.target) for one in tasks][:2] == [("similar", "Alma 0 does."), ("similar", "Alma 1 does.")]
    assert judged["suites"]["walls"]["n"] == 4
    assert trained.exit_code == 0, trained.output
    assert "walls: 1 tasks ask what a row trained on asks" in " ".join(trained.stderr.split())


def test_suites_of_tasks_are_suites_of_tasks_still(tmp_path):
    """A forgotten grader is a fault of a task, not a row; without a target too it is asked and not scored; a row that cannot be asked is named."""
    with pytest.raises(DataError) as caught:
        gather_suites((str(write_rows(tmp_path / "tasks.jsonl", [{"id": "1", "prompt": "Who?", "target": "Alma"}])),))
    assert "'grader' is missing" in caught.value.seen
    shown = {"id": "1", "messages": [{"role": "user", "content": "Who?"}]}
    suites = gather_suites((str(write_rows(tmp_path / "shown.jsonl", [shown])),))
    assert [task.grader for task in suites["shown"]] == [""]
    rows = [{"prompt": "Who?", "completion": "Alma."}, {"prompt": "Who?", "completion": ""}]
    with pytest.raises(DataError) as caught:
        gather_suites((str(write_rows(tmp_path / "rows.jsonl", rows)),))

    assert "1 of the 2 rows" in caught.value.what
    assert "line 2: completion: the answer is empty" in caught.value.seen
