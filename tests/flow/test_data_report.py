"""`burnish report` on a file of rows: the page beside the file, the same numbers as JSON, and a run still means a run."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_rows, write_rows


def run(*words):
    """Run the tool; return the result."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_page_about_rows_before_and_after(tmp_path, toy_folder):
    """The page lies beside the rows, and the JSON says what became of every row; the rows are as they were."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    clean = write_rows(tmp_path / "clean.jsonl", toy_rows(12)[:9])
    words = rows.read_bytes(), clean.read_bytes()
    done = run("report", rows, "--beside", clean, "--model", toy_folder, "--json")
    told = json.loads(done.stdout)

    assert told["path"] == str(tmp_path / "rows.report.html")
    assert "and what became of it" in (tmp_path / "rows.report.html").read_text()
    assert told["became"] == {"same": 9, "changed": 0, "taken_out": 3, "made": 0, "new": 0}
    assert [one["rows"] for one in told["files"]] == [12, 9]
    assert all(one["tokens"] > 0 for one in told["files"])
    assert (rows.read_bytes(), clean.read_bytes()) == words


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["{rows}", "-o", "{rows}"], 1, "over their own source"),
        (["{rows}", "--beside", "{other}", "-o", "{other}"], 1, "over"),
        (["{rows}", "--findings", "f.md"], 2, "belongs to a run"),
        (["live", "--beside", "{rows}"], 2, "belongs to a file of rows"),
        (["no_such.jsonl"], 1, "there is no file no_such.jsonl"),
        (["no_such_run"], 1, "there is no project here"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(tmp_path, toy_folder, words, code, told):
    """Each fault names what is wrong; rows are never written over."""
    rows, other = (write_rows(tmp_path / name, toy_rows(3)) for name in ("rows.jsonl", "other.jsonl"))
    held = rows.read_bytes()
    given = [word.format(rows=rows, other=other) for word in words]
    model = ["--model", toy_folder] if code == 1 and not words[0].startswith("no_such") else []
    done = run("report", *given, *model, "--home", tmp_path / "nowhere")

    assert done.exit_code == code
    assert told in done.stderr
    assert rows.read_bytes() == other.read_bytes() == held
