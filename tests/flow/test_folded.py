"""`train --folds K`: every row judged by a model that never saw it, one verdict, and a version trained on all rows."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01")


def run(*words):
    """Return what a command did."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def folded(tmp_path_factory, toy_folder):
    """Train on 12 rows with 3 folds; return (folder, train's JSON, what people read)."""
    folder = tmp_path_factory.mktemp("folded")
    rows = write_rows(folder / "rows.jsonl", toy_rows(12))
    done = run("train", rows, "--model", toy_folder, "--home", folder, "--folds", 3, "--json", *FAST)
    assert done.exit_code == 0, done.stderr
    return folder, json.loads(done.stdout), done.stderr


def test_every_row_is_judged_and_all_are_trained(folded):
    """12 pairs make the verdict, none is held out of the version, and the books close."""
    _, told, _ = folded

    assert (told["scores"]["held-out rows"]["n"], told["rows"]) == (12, 12)
    assert told["ledger"]["rows"]["held_out"] == 0
    assert told["ledger"]["closes"] is True
    assert told["verdict"] in ("better", "worse", "cannot tell")


def test_answers_come_from_the_folds_and_the_folder_is_clean(folded):
    """Before and after hold the same 12 questions; what the folds trained is gone; the version is whole."""
    folder, told, _ = folded
    home = folder / ".burnish" / "runs" / told["version"]
    before, after = (json.loads((home / name).read_text())["suites"]["held-out rows"] for name in ("before.json", "after.json"))

    assert [answer["id"] for answer in before["answers"]] == [answer["id"] for answer in after["answers"]]
    assert not (home / "folds").exists()
    assert json.loads(run("fsck", "--home", folder, "--json").stdout)["ok"] is True


def test_people_are_told_what_folds_are(folded):
    """The cost before, each fold while it runs, and what the verdict rests on."""
    _, _, read = folded

    assert "3 folds: " in read
    assert "fold 3 of 3: training on 8 rows" in read
    assert "each was asked of a model trained on the other 2 of 3 folds" in read


def test_findings_say_what_the_verdict_rests_on(folded, tmp_path):
    """The document written later says of the folds what the report said."""
    folder, told, _ = folded
    run("report", told["version"], "--findings", tmp_path / "f.md", "--home", folder)

    assert "each was asked of a model trained on the other 2 of 3 folds" in (tmp_path / "f.md").read_text()


def test_no_row_is_asked_of_a_model_that_was_trained_on_it(tmp_path, toy_folder, monkeypatch):
    """In each fold the rows trained and the rows asked are apart, and together they are all."""
    from burnish.flow import train as road

    seen = []

    def watched(road_, fold, should_stop):
        seen.append(({example.row for example in fold.train}, {task.origin.line - 1 for task in fold.tasks}))
        return (yield from judge_fold(road_, fold, should_stop))

    judge_fold = road.judge_fold
    monkeypatch.setattr(road, "judge_fold", watched)
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(9))
    done = run("train", rows, "--model", toy_folder, "--home", tmp_path, "--folds", 3, *FAST)

    assert done.exit_code == 0, done.stderr
    assert [trained & asked for trained, asked in seen] == [set()] * 3
    assert [trained | asked for trained, asked in seen] == [set(range(9))] * 3


def test_stopped_in_a_fold_and_resumed_is_the_same_run(tmp_path, folded, toy_folder, monkeypatch):
    """A stop within the second fold leaves a run that --resume ends with the same adapter and the same scores."""
    import contextlib

    from burnish.flow import train as road

    folder, told, _ = folded
    asked = iter(range(10_000))

    @contextlib.contextmanager
    def requests():
        yield lambda: next(asked) >= 24

    with monkeypatch.context() as patch:
        patch.setattr(road, "stop_requests", requests)
        stopped = run("train", folder / "rows.jsonl", "--model", toy_folder, "--home", tmp_path, "--folds", 3, *FAST)
    begun = sorted(path.parent.name for path in tmp_path.rglob("folds/*/events.jsonl"))
    resumed = json.loads(run("train", "--resume", "last", "--home", tmp_path, "--json").stdout)

    assert stopped.exit_code == 1
    assert begun in (["1"], ["1", "2"])
    assert (resumed["adapter_hash"], resumed["scores"]) == (told["adapter_hash"], told["scores"])


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (3, ("--folds", 5), "5 folds of 3 rows"),
        (12, ("--folds", 3, "--set", "data.holdout=2"), "leave data.holdout out"),
        (12, ("--set", "data.folds=1"), "ask for 2 or more"),
    ],
)
def test_folds_that_cannot_be_are_refused_before_anything_is_spent(tmp_path, toy_folder, number, words, told):
    """Too many folds, folds beside a hold-out, and a single fold: each one block with what to do."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(number))
    done = run("train", rows, "--model", toy_folder, "--home", tmp_path, *words)

    assert done.exit_code == 1
    assert told in done.stderr
    assert list((tmp_path / ".burnish" / "runs").glob("*")) == []


def test_folds_are_offered_where_few_rows_can_be_held_out(tmp_path, toy_folder):
    """With 24 rows a dry run says what --folds 5 would give and cost."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))

    assert (
        "--folds 5 would judge all of them" in run("train", rows, "--model", toy_folder, "--home", tmp_path, "--dry-run").stdout
    )
