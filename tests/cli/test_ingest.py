"""`burnish ingest` as a person types it: rows that `check` takes, names, books, faults, and no half file ever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish import durable
from burnish.cli.main import app

EXPORTS = Path(__file__).parents[1] / "fixtures" / "exports"
VIEWER = EXPORTS / "slack" / "slack_export_viewer_testarchive.zip"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the program in an empty folder and return (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        return done.exit_code, done.stdout, done.stderr

    return call


def test_rows_that_check_accepts_without_a_fault(run, toy_folder):
    """What `ingest` writes `check` takes whole; the rows carry source, channel, time, category and place; the books close."""
    code, out, _ = run("ingest", "auto", VIEWER, "-o", "rows.jsonl", "--me", "hamza", "--json")
    answer = json.loads(out)
    rows = [json.loads(line) for line in Path("rows.jsonl").read_text("utf-8").splitlines()]
    checked = json.loads(run("check", "rows.jsonl", "--model", toy_folder, "--json")[1])

    assert code == 0
    assert answer["kind"] == "slack"
    assert answer["rows"] == len(rows) == checked["rows"] == checked["accepted"] == 3
    assert set(rows[0]["metadata"]) == {"source", "channel", "category", "place", "time"}
    assert rows[0]["metadata"]["time"] == "2016-01-15T08:18:44Z"
    books = answer["messages"]
    assert books["read"] == 158 == books["used"] + sum(books["aside"].values())


def test_the_table_tells_where_every_message_went(run):
    """For people: what it was taken for and why, and a table that ends with all that was read."""
    code, out, _ = run("ingest", "auto", VIEWER, "-o", "rows.jsonl", "--me", "hamza")

    assert code == 0
    assert "taken for slack: it holds users.json" in out
    assert "written by a bot" in out
    assert "158" in out.partition("used and set aside together")[0].splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("hamsa", "write --me 'hamza'"), ("Nobody", "name one of them with --me"), (None, "name one of them with --me")],
)
def test_a_wrong_name_lists_the_names_found(run, name, remedy):
    """Who is not there cannot be learned from: the names are listed with their counts, and nothing is written."""
    code, _, err = run("ingest", "slack", VIEWER, "-o", "rows.jsonl", *(("--me", name) if name else ()))

    assert code == 1
    assert "hamza (32), doubledeez (11), abilinski (5), heroeshannibal (1)" in err
    assert remedy in err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["auto", "nowhere.zip", "-o", "r.jsonl"],
        ["slack", EXPORTS / "slack" / "langchain_slack_export.zip", "-o", "r.jsonl", "--me", "Example User"],
        ["slak", VIEWER, "-o", "r.jsonl"],
        ["notes", ".", "-o", "r.jsonl"],
    ],
)
def test_faults_are_one_block_and_leave_nothing(run, words):
    """A fault is told in one block with a remedy, and no file is made."""
    code, _, err = run("ingest", *words)

    assert code == 1
    assert err.count("error: ") == 1
    assert "  do:   " in err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "words", [["--gap", "10"], ["--gap", "-5m"], ["--within", "soon"], ["--turns", "0"], ["--column", "text"]]
)
def test_wrong_lengths_of_time_are_wrong_usage(run, words):
    """What is no length of time, number of turns or column is wrong usage."""
    assert run("ingest", "slack", VIEWER, "-o", "r.jsonl", *words)[0] == 2


def test_rows_are_not_written_into_the_export(run, tmp_path):
    """An output within the export's folder, or over the export itself, is refused."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# Q\nan answer")

    assert "into the export itself" in run("ingest", "notes", "notes", "-o", "notes/rows.jsonl")[2]
    assert "into the export itself" in run("ingest", "notes", "notes/a.md", "-o", "notes/a.md")[2]
    assert (tmp_path / "notes" / "a.md").read_text() == "# Q\nan answer"


@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_a_disk_that_fails_leaves_the_old_rows(run, tmp_path, monkeypatch, step):
    """A full disk at any step leaves what stood there before, and nothing beside it."""
    Path("rows.jsonl").write_text("old\n")

    def full(operation, path):
        if operation == step and path.name == "rows.jsonl":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)
    code, _, err = run("ingest", "slack", VIEWER, "-o", "rows.jsonl", "--me", "hamza")

    assert code == 1
    assert "No space left" in err
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("rows.jsonl", "old\n")]


def test_a_killed_ingest_leaves_no_half_file_and_begins_anew(tmp_path):
    """Killed while it writes, `ingest` leaves the old rows; typed again it ends with the whole, and the torn piece is swept away."""
    out = tmp_path / "rows.jsonl"
    out.write_text("old\n")
    hang = "import time; from burnish import durable; from burnish.cli.main import run; write = durable.Growing.write\n"
    hang += "def slow(self, content):\n    write(self, content); self._file.flush(); print('wrote', flush=True); time.sleep(60)\n"
    command = ["ingest", "slack", str(VIEWER), "-o", str(out), "--me", "hamza"]
    code = f"import sys; {hang}durable.Growing.write = slow; sys.argv = ['burnish', *{command!r}]; run()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as stopped:
        while stopped.stdout.readline().strip() != "wrote":
            assert stopped.poll() is None
        torn = [one.name for one in tmp_path.iterdir() if one != out]
        stopped.send_signal(signal.SIGKILL)
    old = out.read_text()
    CliRunner().invoke(app, command)

    assert (len(torn), old) == (1, "old\n")
    assert [one.name for one in tmp_path.iterdir()] == ["rows.jsonl"]
    assert len(out.read_text("utf-8").splitlines()) == 3


def test_sweeping_spares_what_a_living_process_writes(tmp_path):
    """Only what dead processes left is removed: a file beside that belongs to a living one stays."""
    living = tmp_path / f".rows.jsonl.{os.getpid()}.abc.tmp"
    dead = tmp_path / ".rows.jsonl.999999999.abc.tmp"
    living.write_text("x")
    dead.write_text("x")
    with durable.growing(tmp_path / "rows.jsonl") as file:
        file.write(b"a")

    assert living.exists()
    assert not dead.exists()


def test_long_work_says_how_far_it_is(tmp_path, monkeypatch):
    """While messages are read, progress comes with what is left, in megabytes, and the rows so far."""
    from burnish.flow import ingest as flow
    from burnish.flow.events import Advanced

    clock = iter(range(0, 10**6, 10))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    wanted = flow.Wanted(
        kind="slack", path=VIEWER, out=tmp_path / "r.jsonl", me="hamza", gap_seconds=600, within_seconds=86_400, turns=2
    )
    told = [event for event in flow.ingest(wanted) if isinstance(event, Advanced)]

    assert told
    assert (told[-1].stage, told[-1].unit) == ("reading", "MB")
    assert "rows" in told[-1].detail


def test_half_a_character_is_written_as_a_file_can_hold_it(run, tmp_path):
    """A lone surrogate in an export does not end the ingest: it becomes the mark for what cannot be read."""
    text = '{"messages":[{"sender_name":"Anna","timestamp_ms":1000,"content":"Is it \\ud83d so?"},{"sender_name":"Bo","timestamp_ms":2000,"content":"It is \\ud83d\\ude00 so."}]}'
    (tmp_path / "message_1.json").write_text(text)
    code, _, _ = run("ingest", "instagram", "message_1.json", "-o", "r.jsonl", "--me", "Bo")

    assert code == 0
    assert [m["content"] for m in json.loads(Path("r.jsonl").read_text("utf-8"))["messages"]] == [
        "Is it \N{REPLACEMENT CHARACTER} so?",
        "It is 😀 so.",
    ]
