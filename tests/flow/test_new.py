"""A new project: its recipe sets nothing, so that own rows are trained by the plan's own choices."""

from __future__ import annotations

import re

from burnish.flow.demo import STARTER_RECIPE, STARTER_ROWS, starter_path
from burnish.flow.new import new
from burnish.records.recipe import read_recipe


def test_a_new_project_sets_nothing_itself(tmp_path):
    """The demo's epochs, rate, batch and general prompts were chosen for its own rows, and are not in the file a person trains with."""
    files = new(tmp_path / "mine")

    assert dict(read_recipe(tmp_path / "mine" / "burnish.toml").items()) == {}
    assert {path.name for path in files} == {"burnish.toml", "rows.jsonl", "suite.jsonl", "README.md"}
    assert (tmp_path / "mine" / "rows.jsonl").read_bytes() == starter_path(STARTER_ROWS).read_bytes()


def test_the_plan_of_a_new_project_is_that_of_no_recipe(tmp_path, toy_folder, monkeypatch):
    """Whatever the rows are: `plan` in the project says what it says without a burnish.toml."""
    import json

    from typer.testing import CliRunner

    from burnish.cli.main import app
    from toys import toy_rows, write_rows

    new(tmp_path / "mine")
    rows = write_rows(tmp_path / "own.jsonl", toy_rows(24))
    told = []
    for place in (tmp_path / "mine", tmp_path):
        monkeypatch.chdir(place)
        done = CliRunner().invoke(app, ["plan", str(rows), "--model", str(toy_folder), "--json"])
        assert done.exit_code == 0, done.stderr
        told.append(json.loads(done.stdout)["settings"])

    assert told[0] == told[1]
    assert all("you asked for it" not in one["reason"] for one in told[0])


def test_every_line_of_the_recipe_can_be_taken_in(tmp_path):
    """Without its # each line is valid and sets what it names."""
    new(tmp_path / "mine")
    path = tmp_path / "mine" / "burnish.toml"
    lines = re.findall(r"^# ((?:\[\w+\]|\w+ = ).*)$", path.read_text("utf-8"), re.MULTILINE)
    path.write_text("\n".join(lines), "utf-8")

    assert dict(read_recipe(path).items()) == {
        "model.name": "smollm2-135m",
        "train.epochs": 5,
        "train.learning_rate": 5e-4,
        "train.batch_rows": 8,
        "train.keep": "all",
        "data.holdout": 20,
        "gate.own": "better",
    }


def test_the_demo_keeps_its_own_settings():
    """The numbers that its rows were measured with."""
    assert dict(read_recipe(starter_path(STARTER_RECIPE)).items()) == {
        "train.epochs": 3,
        "train.learning_rate": 5e-4,
        "train.batch_rows": 4,
        "train.warmup_steps": 16,
        "train.keep": "last",
        "session.anchor": 195,
    }
