"""Gates on the whole road: `live` stays where it was, the word is said, and the findings are a document."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01")
OPEN = '[gate]\nown = ">= 0"\npeak_bytes = "<= 900GB"\n'
CLOSED = '[gate]\nown = ">= 0"\n"own.style" = ">= 1"\ntrain_seconds = "<= 0.001"\n'


def run(*words):
    """Return what a command did."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory, toy_folder):
    """Train one version through open gates and one through closed ones; return (folder, both commands' results)."""
    folder = tmp_path_factory.mktemp("gated")
    rows = write_rows(folder / "rows.jsonl", toy_rows(24))
    done = []
    for name, text in (("open", OPEN), ("closed", CLOSED)):
        recipe = folder / f"{name}.toml"
        recipe.write_text(text)
        words = ("train", rows, "--model", toy_folder, "--home", folder, "--recipe", recipe, "--from", "base", *FAST)
        done.append(run(*words, "--json"))
    return folder, done


def test_open_gates_let_the_version_go_live(project):
    """Both gates are met: PROCEED, exit 0, and the version is live unless its verdict is worse."""
    _, (done, _) = project
    told = json.loads(done.stdout)

    assert done.exit_code == 0
    assert ([gate["status"] for gate in told["gates"]], told["decision"]) == (["met", "met"], "PROCEED")
    assert told["live"] is (told["verdict"] != "worse")


def test_a_closed_gate_leaves_live_where_it_was(project):
    """The version is kept, live is the one before, the exit code is 1, and stdout is still one JSON object."""
    folder, (first, second) = project
    told = json.loads(second.stdout)
    log = json.loads(run("log", "--home", folder, "--json").stdout)["versions"]

    assert second.exit_code == 1
    assert [gate["status"] for gate in told["gates"]] == ["met", "missed", "missed"]
    assert told["decision"] in ("ADJUST", "STOP")
    assert told["live"] is False
    assert {v["version"]: v["live"] for v in log} == {json.loads(first.stdout)["version"]: True, told["version"]: False}


def test_each_gates_line_and_one_word_are_told(project):
    """People read every gate with what was seen, what to adjust, and the word; the block names the closed gates."""
    _, (_, done) = project
    told = json.loads(done.stdout)

    assert f"{told['decision']}: " in done.stderr
    assert "to adjust for train_seconds: " in done.stderr
    assert "error: " in done.stderr
    assert "gates not met: own.style (>= 1: missed), train_seconds (<= 0.001: missed)" in done.stderr


def test_findings_are_a_document(project, tmp_path):
    """`report RUN --findings` says what worked, what did not, what to change, and what was used of what was allowed."""
    folder, (_, done) = project
    version = json.loads(done.stdout)["version"]
    path = tmp_path / "findings.md"
    told = json.loads(run("report", version, "--findings", path, "--home", folder, "--json").stdout)
    text = path.read_text()

    assert (told["version"], told["findings"]) == (version, str(path))
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## What worked",
        "## What did not",
        "## What to change",
        "## Time and memory",
        "## Evidence",
    ]
    worked, failed = text.split("## What did not")
    assert "gate own (\\>= 0): **met**" in worked
    assert "gate own.style (\\>= 1): **missed**" in failed
    assert "| training | " in text
    assert " 0.0 s |\n" in text


def test_findings_of_a_version_that_is_not_there(project, tmp_path):
    """An unknown version and a folder for a file are each one block."""
    folder, (done, _) = project
    unknown = run("report", "nobody", "--home", folder)
    into_folder = run("report", json.loads(done.stdout)["version"], "--findings", tmp_path, "--home", folder)

    assert (unknown.exit_code, into_folder.exit_code) == (1, 1)
    assert "is a folder" in into_folder.stderr


def test_a_gate_on_what_is_not_judged_is_refused_before_anything_is_spent(tmp_path, toy_folder):
    """A suite and a category that do not exist are named with file, line, and the nearest name; no run begins."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))
    recipe = tmp_path / "burnish.toml"
    recipe.write_text('[gate]\nstartr = "better"\n"own.facts" = "better"\npeak_byte = ">= 0.5"\n')
    done = run("train", rows, "--model", toy_folder, "--home", tmp_path, "--recipe", recipe)

    assert done.exit_code == 1
    assert "burnish.toml, line 2: gate.startr = 'better'" in done.stderr
    assert "burnish.toml, line 3: gate.own.facts" in done.stderr
    assert "did you mean peak_bytes?" in done.stderr
    assert list((tmp_path / ".burnish" / "runs").glob("*")) == []


def test_a_gate_asks_for_its_shipped_suite(tmp_path, toy_folder):
    """A gate on a shipped suite is enough: the suite is judged without --suite."""
    from burnish.flow.gating import gate_suites
    from burnish.records.gate import parse_gate

    gates = [parse_gate("starter.refusal", ">= 0.9")[0], parse_gate("own", "better")[0]]

    assert gate_suites(gates, ("mine.jsonl",)) == ("mine.jsonl", "starter")
    assert gate_suites(gates, ("all",)) == ("all",)


def test_near_same_held_out_prompts_are_one_piece_of_evidence():
    """Two held-out rows that ask the same with another comma share a cluster; a question of its own has none."""
    from burnish.flow.judging import HELD_OUT, gather_suites
    from burnish.records.conversation import Conversation, Message

    asked = ["Where does the market stand on Thursday", "Where does the market stand, on Thursday?", "Who sings at the harbour?"]
    rows = [Conversation(messages=(Message(role="user", content=q), Message(role="assistant", content="Here."))) for q in asked]
    clusters = [task.cluster for task in gather_suites((), rows)[HELD_OUT]]

    assert clusters[0] == clusters[1] != ""
    assert clusters[2] == ""
