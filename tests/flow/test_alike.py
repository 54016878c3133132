"""Both sides of a comparison are computed alike: the same dtype, whatever each side was trained in, kept answers included."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.model import load as loading
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01", "--set", "data.holdout=0")
BRAIN, FLOAT = ("--set", "model.dtype=bfloat16"), ("--set", "model.dtype=float32")


def told(*words):
    """Run a command with --json and return (its answer, what it told a person)."""
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """Return a suite of six questions that no row is like."""
    asked = [
        {
            "id": str(i),
            "prompt": f"{word} of what?",
            "grader": "similar",
            "target": f"Of {word}.",
            "max_tokens": 8,
        }
        for i, word in enumerate(("Songs", "Bags", "Maps", "Rumours", "Herds", "Piles"))
    ]
    return write_rows(tmp_path_factory.mktemp("suite") / "doors.jsonl", asked)


@pytest.fixture(scope="module")
def project(tmp_path_factory, toy_folder, suite):
    """Train a version in bfloat16 and one beside it in float32; return (home, the first, the second)."""
    home = tmp_path_factory.mktemp("project")
    rows = write_rows(home / "rows.jsonl", toy_rows(20))
    words = ("train", rows, "--model", toy_folder, "--home", home, "--suite", suite, "--from", "base", *FAST)
    one, _ = told(*words, *BRAIN)
    two, _ = told(*words, *FLOAT, "--no-promote")
    told("promote", one["version"], "--home", home)
    return home, one, two


@pytest.fixture
def loaded(monkeypatch):
    """Return the list of the dtypes in which models are loaded from here on."""
    found = []
    real = loading.load_model

    def load_model(folder, *, dtype, **more):
        found.append(dtype)
        return real(folder, dtype=dtype, **more)

    monkeypatch.setattr(loading, "load_model", load_model)
    return found


@pytest.mark.parametrize(
    ("sides", "dtype"),
    [
        (("base", "live"), "bfloat16"),
        (("live", "base"), "bfloat16"),
        (("base", "two"), "float32"),
        (("live", "two"), "float32"),
        (("base", "live", "two"), "float32"),
    ],
)
def test_all_sides_are_asked_in_one_dtype(project, suite, loaded, sides, dtype):
    """The versions' own where they share one, else float32; the base goes with them."""
    home, _, two = project
    names = [two["version"] if side == "two" else side for side in sides]
    answer, _ = told("compare", *names, "--suite", suite, "--home", home, "--fresh")

    assert loaded == [dtype] * len(sides)
    assert answer["dtype"] == dtype


def test_compare_gives_the_figures_of_the_training(project, suite, loaded):
    """Before and after in `train`, and base and version in `compare`: the same answers, kept ones, and no model is loaded for them."""
    home, one, _ = project
    answer, _ = told("compare", "base", one["version"], "--suite", suite, "--home", home)
    saved = json.loads(Path(answer["report"]).read_text())
    run = Path(one["run"])
    texts = [
        [item["text"] for item in json.loads((run / name).read_text())["suites"]["doors"]["answers"]]
        for name in ("before.json", "after.json")
    ]

    assert texts == [[item["text"] for item in saved[side]["suites"]["doors"]["answers"]] for side in "ab"]
    assert answer["suites"]["doors"]["difference"] == pytest.approx(one["scores"]["doors"]["difference"])


def test_the_base_of_a_project_is_evaluated_as_its_version_is(project, suite, loaded):
    """`evaluate base` and `evaluate live` can be set side by side; both say what they were asked in."""
    home, _, _ = project
    for name in ("base", "live"):
        answer, said = told("evaluate", name, "--suite", suite, "--home", home, "--fresh")
        assert answer["dtype"] == "bfloat16"
        assert "answering in bfloat16" in said

    assert loaded == ["bfloat16"] * 2


def test_a_base_without_a_project_is_asked_in_float32(tmp_path, toy_folder, suite, loaded):
    """There its answers depend on no batch."""
    answer, _ = told("evaluate", toy_folder, "--suite", suite, "--home", tmp_path, "-o", tmp_path / "out")

    assert (answer["dtype"], loaded) == ("float32", ["float32"])


def test_an_earlier_session_answers_again_in_the_dtype_of_now(project, loaded):
    """Session 1 was judged in bfloat16, session 2 is trained in float32: what was said then is said once more, and kept."""
    home, one, _ = project
    rows = write_rows(home / "more.jsonl", toy_rows(30)[20:])
    words = ("train", rows, "--home", home, "--from", one["version"], "--no-promote", "--set", "session.anchor=0", *FAST)
    two, said = told(*words, *FLOAT)
    then = json.loads((Path(two["run"]) / "then.json").read_text())
    matrix, _ = told("log", "--matrix", "--version", two["version"], "--home", home)

    assert set(loaded) == {"float32"}
    assert set(then) == {one["version"]}
    assert "was judged in bfloat16" in said
    assert matrix["backward"] is not None
    assert two["retention"] in {"kept", "forgot"}


def test_the_same_dtype_is_not_asked_twice(project):
    """Where both sessions were judged alike nothing is made again."""
    home, one, _ = project
    rows = write_rows(home / "others.jsonl", toy_rows(40)[30:])
    words = ("train", rows, "--home", home, "--from", one["version"], "--no-promote", "--set", "session.anchor=0", *FAST)
    two, _ = told(*words, *BRAIN)

    assert not (Path(two["run"]) / "then.json").exists()
