"""Tasks that ask what the rows teach are named with their rows, and are no part of a verdict about what was not taught."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import DataError
from burnish.flow.judging import HELD_OUT, gather_suites
from burnish.flow.overlap import without_trained
from burnish.records.conversation import Conversation, Message, Origin
from burnish.records.task import Task
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01")


def row(prompt, line):
    """Return a trained row."""
    turns = (
        Message(role="system", content="Be brief."),
        Message(role="user", content=prompt),
        Message(role="assistant", content="x"),
    )
    return Conversation(messages=turns, origin=Origin(file="rows.jsonl", line=line, byte=0))


def task(name, prompt, line=1):
    """Return a task."""
    user = (Message(role="user", content=prompt),)
    return Task(id=name, messages=user, grader="length", target="short", origin=Origin(file="own.jsonl", line=line, byte=0))


ROWS = [row("Who keeps the keys of Velmora?", 1), row("When does the tram to Osk leave?", 2)]
SAME, NEAR = task("same", "Who keeps the keys of Velmora?", 3), task("near", "when does the tram to Osk leave", 4)
OTHER, NUMBER = task("other", "What is the capital of Peru?", 5), task("number", "Who keeps the 3 keys of Velmora?", 6)


def test_the_same_and_near_same_prompts_are_taken_out_with_their_rows():
    """Case and punctuation hide nothing; another number is another question; a system text beside it changes nothing."""
    found = without_trained({"own": (SAME, NEAR, OTHER, NUMBER)}, ROWS)

    assert found.suites == {"own": (OTHER, NUMBER)}
    assert [(one.id, str(what.origin)) for one, what in found.taken["own"]] == [
        ("same", "rows.jsonl:1"),
        ("near", "rows.jsonl:2"),
    ]
    (note,) = found.notes()
    assert note.startswith(
        "own: 2 of 4 tasks ask what a row trained on asks (own.jsonl:3 is row rows.jsonl:1, own.jsonl:4 is row"
    )


def test_a_suite_that_only_asks_what_was_taught_is_gone_and_held_out_rows_stay():
    """Nothing left is no suite; the held-out rows were kept apart by the split and are not looked at again."""
    found = without_trained({"own": (SAME,), HELD_OUT: (SAME,)}, ROWS)

    assert found.suites == {HELD_OUT: (SAME,)}


def test_suites_that_share_nothing_are_as_they_were():
    """No overlap: the same suites and no note."""
    suites = {"own": (OTHER, NUMBER)}

    assert (without_trained(suites, ROWS).suites, without_trained(suites, ROWS).notes()) == (suites, [])
    assert without_trained(suites, []).suites == suites


def test_a_training_names_them_row_by_row_and_judges_by_the_rest(tmp_path, toy_folder):
    """Two of five tasks are rows: told with both files and lines, three count, and the findings say so."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    prompts = ["Which colour has door 4?", "Who keeps the keys?", "which colour has door 5", "Name a fish.", "Say no."]
    tasks = [
        {"id": str(i), "prompt": prompt, "grader": "contains", "target": "red", "max_tokens": 4}
        for i, prompt in enumerate(prompts)
    ]
    suite = write_rows(tmp_path / "doors.jsonl", tasks)
    words = (
        "train",
        rows,
        "--model",
        toy_folder,
        "--suite",
        suite,
        "--home",
        tmp_path,
        "--set",
        "data.holdout=0",
        *FAST,
        "--json",
    )
    done = CliRunner().invoke(app, [str(word) for word in words])
    told = json.loads(done.stdout)
    CliRunner().invoke(app, ["report", told["version"], "--findings", str(tmp_path / "f.md"), "--home", str(tmp_path)])

    assert f"{suite}:1 is row {rows}:5" in done.stderr
    assert f"{suite}:3 is row {rows}:6" in done.stderr
    assert told["scores"]["doors"]["n"] == 3
    assert "2 of 5 tasks ask what a row trained on asks" in (tmp_path / "f.md").read_text()


def test_a_folder_means_every_suite_in_it(tmp_path):
    """Each JSONL is a suite by its name, in the order of the names; other files are not looked at."""
    line = {"prompt": "Hi", "grader": "length", "target": "short"}
    for name in ("b", "a"):
        write_rows(tmp_path / f"{name}.jsonl", [{"id": name, **line}])
    (tmp_path / "notes.txt").write_text("nothing")

    assert {name: [task.id for task in tasks] for name, tasks in gather_suites([str(tmp_path)]).items()} == {
        "a": ["a"],
        "b": ["b"],
    }


def test_a_folder_without_suites_is_told(tmp_path):
    """An empty folder is no suite."""
    with pytest.raises(DataError, match="no suite in the folder"):
        gather_suites([str(tmp_path)])
