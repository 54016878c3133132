"""A file of which no row can be used is told once, with the command that converts it."""

from __future__ import annotations

import json
import shlex

from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_model_folder, write_rows


def burnish(*words):
    """Run the program."""
    return CliRunner().invoke(app, list(map(str, words)))


def test_a_file_of_unknown_keys_is_told_once_and_the_offered_command_converts_it(tmp_path):
    """106 rows alike are one line; nothing says that others are used; what is offered works as it stands."""
    rows = [{"ask it": f"Who is number {i}?", "say": f"It is Alma, number {i}."} for i in range(106)]
    path = write_rows(tmp_path / "my rows.jsonl", rows)
    model = toy_model_folder(tmp_path / "model")
    checked = burnish("check", path, "--model", model)
    planned = burnish("plan", path, "--model", model, "--home", tmp_path / "home")

    for done in (checked, planned):
        assert done.exit_code == 1
        assert done.output.count("no format is known with these keys") == 1
        assert "106 rows alike" in done.output
        assert "the others are used" not in done.output
    offered = next(part for part in planned.output.split("if that is what the keys hold: ")[1].split(" writes the rows")[:1])
    words = shlex.split(" ".join(offered.split()))
    converted = burnish(*words[1:])
    out = tmp_path / "my rows-rows.jsonl"

    assert words[:3] == ["burnish", "ingest", "rows"]
    assert converted.exit_code == 0, converted.output
    assert len(out.read_text("utf-8").splitlines()) == 106
    assert json.loads(out.read_text("utf-8").splitlines()[0])["messages"][0]["content"] == "Who is number 0?"


def test_columns_are_told_to_check_itself(tmp_path):
    """`check --column` reads what its names do not tell; a slip in the option is wrong usage."""
    path = write_rows(tmp_path / "rows.jsonl", [{"ask": "Who is it?", "say": "It is Alma."}])
    model = toy_model_folder(tmp_path / "model")
    done = burnish("check", path, "--model", model, "--column", "question=ask", "--column", "answer=say", "--json")

    assert json.loads(done.stdout)["accepted"] == 1
    assert burnish("check", path, "--column", "question").exit_code == 2
