"""What is typed is what is done: nothing that was asked for is passed over, and the next step that is shown can be typed as it stands."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_rows, write_rows


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the program in an empty folder and return (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BURNISH_HOME", raising=False)

    def call(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        return done.exit_code, done.stdout, done.stderr

    return call


@pytest.mark.parametrize("way", [["--resume", "last"], ["--retry"]])
@pytest.mark.parametrize(
    "asked",
    [
        ["--set", "train.epochs=2"],
        ["--suite", "facts"],
        ["--no-promote"],
        ["--model", "x"],
        ["--from", "base"],
        ["--folds", 5],
        ["--recipe", "r.toml"],
    ],
)
def test_a_run_that_has_begun_takes_nothing_new(run, way, asked):
    """What --resume and --retry would pass over is refused by name, as wrong usage."""
    code, _, err = run("train", *way, *asked)

    assert code == 2
    assert asked[0] in err


def test_a_dry_run_of_a_resume_is_refused(run):
    """--dry-run trains nothing: with --resume it was passed over, and the run was trained to its end."""
    code, _, err = run("train", "--resume", "last", "--dry-run")

    assert code == 2
    assert "--dry-run" in err


def test_a_dry_run_of_a_retry_is_taken(run):
    """--retry has a dry run of its own: here it comes as far as looking for a project."""
    code, _, err = run("train", "--retry", "--dry-run")

    assert code == 1
    assert "no project" in err


@pytest.mark.parametrize(
    "words",
    [["check"], ["train"], ["nonsense"], ["look", "x", "--row", "y"], ["compare", "a"], ["ab", "nonsense"], ["log", "--x"]],
)
def test_wrong_usage_is_told_to_a_program_too(run, words):
    """With --json, wrong usage is one JSON object on stdout, the words are on stderr, and the exit code is 2."""
    code, out, err = run(*words, "--json")
    fault = json.loads(out)["error"]

    assert code == 2
    assert fault["kind"] == "usage"
    assert fault["what"] in err
    assert "--help" in fault["remedy"]


def test_wrong_usage_without_json_leaves_stdout_empty(run):
    """Without --json there is nothing on stdout."""
    assert run("check")[1] == ""


@pytest.mark.parametrize("words", [["status"], ["stop"], ["promote"]])
def test_options_before_the_name_of_an_ab_verb_hold(run, tmp_path, words):
    """`burnish ab --home H --json VERB` is `burnish ab VERB --home H --json`."""
    (tmp_path / "there" / ".burnish").mkdir(parents=True)
    before = run("ab", "--home", tmp_path / "there", "--json", *words)
    behind = run("ab", *words, "--home", tmp_path / "there", "--json")

    assert before == behind
    assert json.loads(before[1])["error"]["seen"] == "nothing was served from this project"


def test_json_before_pull_holds(run):
    """`burnish models --json pull NAME` answers with JSON."""
    assert "error" in json.loads(run("models", "--json", "pull", "no-such-model")[1])


@pytest.mark.parametrize("columns", ["abc", "", "0", "-3"])
def test_a_width_that_is_none_is_passed_over(run, monkeypatch, columns):
    """COLUMNS that holds no width costs nothing but the width."""
    monkeypatch.setenv("COLUMNS", columns)

    assert run("new", "project")[0] == 0


def test_the_next_step_finds_the_folder(run, tmp_path):
    """The command that `new` shows can be pasted into a shell whatever the folder is called."""
    _, out, _ = run("new", "my rows é")
    shown = next(line for line in out.splitlines() if line.startswith("next: cd "))

    assert shlex.split(shown.removeprefix("next: ").split(" && ", 1)[0]) == ["cd", "my rows é"]


def test_a_file_where_the_project_should_be_is_told_as_that(run, tmp_path):
    """The disk is not to blame where a file stands in the way."""
    (tmp_path / "file").write_text("x")
    code, _, err = run("new", "file")

    assert code == 1
    assert "a file stands where a folder is needed" in err


def test_a_version_is_found_from_every_folder(run, tmp_path, toy_folder, monkeypatch):
    """A base model named by a path from here is found from elsewhere: a version kept `./toy`, and could be used in one folder only."""
    (tmp_path / "toy").symlink_to(toy_folder)
    (tmp_path / "inner").mkdir()
    write_rows(tmp_path / "rows.jsonl", toy_rows(8))
    trained = run("train", "rows.jsonl", "--model", "./toy", "--set", "train.max_steps=1", "--json")
    monkeypatch.chdir(tmp_path / "inner")
    listed = json.loads(run("show", "live", "--json")[1])
    planned = run("plan", tmp_path / "rows.jsonl", "--model", "../toy", "--json")

    assert trained[0] == 0, trained[2]
    assert listed["base_model"] == str(toy_folder.resolve())
    assert planned[0] == 0, planned[2]


def test_a_stopped_run_says_how_to_go_on_from_here(run, tmp_path, toy_folder, monkeypatch):
    """The command shown after a stop names the project where it was named."""
    from burnish.train import loop

    write_rows(tmp_path / "rows.jsonl", toy_rows(8))
    home = tmp_path / "my home"
    real = loop.train

    monkeypatch.setattr(loop, "train", lambda job: real(replace(job, should_stop=lambda: True)))
    code, _, err = run("train", "rows.jsonl", "--model", toy_folder, "--home", home)
    monkeypatch.setattr(loop, "train", real)
    _, out, _ = run("log", "--home", home)
    shown = err.split("go on with: burnish ", 1)[1].splitlines()[0]
    resumed = run(*shlex.split(shown))

    assert code == 1
    assert f"burnish {shown}" in out
    assert resumed[0] == 0, resumed[2]
