"""`burnish compare A B C`: what people and programs get, of two and of more."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_model_folder, write_rows


@pytest.fixture(scope="module")
def place(tmp_path_factory, toy_folder):
    """Return (a project folder, a suite, a second toy model)."""
    folder = tmp_path_factory.mktemp("many")
    tasks = [{"id": str(i), "prompt": f"Door {i}?", "grader": "contains", "target": "e", "max_tokens": 6} for i in range(6)]
    return folder, write_rows(folder / "doors.jsonl", tasks), toy_model_folder(folder / "other")


def run(place, *words):
    """Return what compare did."""
    folder, suite, _ = place
    (folder / ".burnish").mkdir(exist_ok=True)
    done = CliRunner().invoke(app, ["compare", *map(str, words), "--suite", str(suite), "--home", str(folder)])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_three_models_are_ranked(place, toy_folder, tmp_path):
    """One JSON object with ranks, letters and pairs; the same model twice shares a letter; CSV and HTML are written."""
    words = (toy_folder, toy_folder, place[2], "--csv", tmp_path / "r.csv", "--html", tmp_path / "r.html", "--json")
    told = json.loads(run(place, *words).stdout)
    rows = list(csv.DictReader((tmp_path / "r.csv").read_text().splitlines()))

    assert set(told) == {"verdict", "best", "models", "pairs", "dtype", "report", "page", "report_markdown", "csv", "html"}
    assert len(told["models"]) == 3
    assert len(told["pairs"]) == 3
    assert [row["model"] for row in rows if row["suite"] == "all"] == [one["model"] for one in told["models"]]
    twins = [set(one["groups"]) for one in told["models"] if one["model"].startswith(str(toy_folder))]
    assert twins[0] & twins[1]
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")


def test_two_models_answer_as_before(place, toy_folder, tmp_path):
    """Of two the keys are those of ever; a CSV is written all the same."""
    told = json.loads(run(place, toy_folder, place[2], "--csv", tmp_path / "r.csv", "--json").stdout)

    assert set(told) == {"verdict", "suites", "dtype", "report", "page", "report_markdown"}
    assert set(told["suites"]["doors"]) == {"verdict", "difference", "low", "high", "p", "n"}
    assert (tmp_path / "r.csv").exists()


def test_people_read_a_table_and_a_sentence(place, toy_folder):
    """Without --json the ranking is a table, with the verdict in words."""
    done = run(place, toy_folder, toy_folder, toy_folder)

    assert "same letter: cannot tell" in done.stdout
    assert "verdict: none of them can be told apart" in done.stdout


def test_one_model_is_wrong_usage(place, toy_folder):
    """One model cannot be compared: exit code 2."""
    assert run(place, toy_folder).exit_code == 2


def test_samples_need_a_temperature(place, toy_folder):
    """Several greedy answers are refused with the remedy; with a temperature each prompt still counts once."""
    refused = run(place, toy_folder, toy_folder, "--samples", 2)
    told = json.loads(run(place, toy_folder, toy_folder, "--samples", 2, "--temperature", 1, "--json").stdout)

    assert refused.exit_code == 1
    assert "--temperature" in refused.stderr
    assert (told["verdict"], told["suites"]["doors"]["n"]) == ("cannot tell", 6)


def test_a_page_and_markdown_hold_all_answers(place, toy_folder, tmp_path):
    """Of two models too: both are written beside the JSON, and where they are asked for, with every prompt and answer."""
    words = (toy_folder, place[2], "--html", tmp_path / "c.html", "--markdown", tmp_path / "c.md", "--json")
    told = json.loads(run(place, *words).stdout)
    kept = json.loads(Path(told["report"]).read_text())
    page, text = (Path(told[key]).read_text() for key in ("page", "report_markdown"))

    assert ((tmp_path / "c.html").read_text(), (tmp_path / "c.md").read_text()) == (page, text)
    assert [f"Door {i}?" in each for each in (page, text) for i in range(6)] == [True] * 12
    assert page.count("<pre") == 6 * 3
    assert text.count("### Prompt") == 6
    assert len(kept["a"]["suites"]["doors"]["answers"]) == 6


def test_what_has_no_grader_is_shown_side_by_side(place, toy_folder, tmp_path):
    """A suite without any grader has no verdict, and both answers stand on the page; a CSV of it is refused."""
    suite = write_rows(tmp_path / "letters.jsonl", [{"id": "a", "prompt": "Write <b>a letter</b>.", "max_tokens": 5}])
    (tmp_path / ".burnish").mkdir()
    words = ["compare", toy_folder, place[2], "--suite", suite, "--home", tmp_path]
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    told = json.loads(done.stdout)
    refused = CliRunner().invoke(app, [*map(str, words), "--csv", str(tmp_path / "x.csv")])

    assert told["verdict"] == "not scored"
    assert Path(told["page"]).read_text().count("not scored") == 4
    assert "<b>a letter</b>" not in Path(told["page"]).read_text()
    assert Path(told["report_markdown"]).read_text().count(": not scored") == 2
    assert (refused.exit_code, "no scores for a CSV" in refused.stderr) == (1, True)
