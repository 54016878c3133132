"""`augment --prove` on the toy model: two trainings from one start, judged on the same rows that neither saw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.groups import asked
from burnish.flow.prove import _unasked
from burnish.records.conversation import Conversation, Message
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01", "--set", "lora.rank=4")


def run(*words):
    """Run the tool; return the result."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def proved(tmp_path_factory, toy_folder):
    """Return (folder, what `augment --prove` said) for fourteen rows."""
    folder = tmp_path_factory.mktemp("proved")
    rows = write_rows(folder / "rows.jsonl", toy_rows(14))
    words = ("--kind", "polite", "--prove", "--model", toy_folder, "--home", folder, *FAST)
    done = run("augment", rows, "-o", folder / "more.jsonl", *words, "--json")
    assert done.exit_code == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_both_versions_answer_the_same_rows(proved):
    """The verdict is paired: the same questions of both, with its interval; the versions are kept and neither is live."""
    folder, told = proved
    proof = told["proof"]
    kept = json.loads(Path(proof["report"]).read_text())
    log = json.loads(run("log", "--home", folder, "--json").stdout)["versions"]

    assert proof["verdict"] in ("better", "worse", "cannot tell")
    assert proof["low"] <= proof["difference"] <= proof["high"]
    assert [answer["id"] for answer in kept["without"]["suites"]["held-out rows"]["answers"]] == [
        answer["id"] for answer in kept["with"]["suites"]["held-out rows"]["answers"]
    ]
    assert {one["version"] for one in log} == {*proof["versions"]}
    assert [one["live"] for one in log] == [False, False]


def test_only_the_made_rows_differ(proved):
    """One training sees the rows that are not held out, the other these and their children, and neither a held-out row."""
    folder, told = proved
    (proofs,) = (folder / ".burnish" / "proofs").iterdir()
    without, with_made = (
        [json.loads(line) for line in (proofs / name).read_text().splitlines()] for name in ("without.jsonl", "with.jsonl")
    )
    held = 14 - len(without)

    assert with_made[: len(without)] == without
    assert {row["metadata"]["made"] for row in with_made[len(without) :]} == {"polite"}
    assert told["proof"]["n"] == held > 0
    assert told["ledger"]["rows_out"] == 14 + told["made"]["polite"]


def test_a_made_row_that_asks_what_is_held_out_is_left():
    """A rule may make of one question what another row asks: trained, it would give the answer away."""

    def row(question):
        return Conversation(messages=(Message(role="user", content=question), Message(role="assistant", content="Yes.")))

    trained, held = [row("Who keeps the key of the boiler room?")], [row("Where is the bicycle of the mayor now?")]
    made = [
        replace(one, metadata={"made": "reword"}) for one in (row("Where is the bicycle of the mayor now, please?"), row("Why?"))
    ]

    assert [asked(one) for one in _unasked(trained, made, held)] == ["Why?"]


def test_too_few_rows_are_told_before_anything_is_made(tmp_path, toy_folder):
    """Where no row can be held out nothing is written and nothing trained."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(1))
    done = run("augment", rows, "-o", tmp_path / "more.jsonl", "--prove", "--model", toy_folder, "--home", tmp_path)

    assert done.exit_code == 1
    assert "too few rows to prove anything" in done.stderr
    assert list(tmp_path.iterdir()) == [rows]


def test_a_made_row_that_asks_what_a_held_out_conversation_asks_on_its_way_is_left_out():
    """It would be a leak, and the proof would stop at it: it is taken out before, and the other made rows stay."""

    def talk(*words):
        return Conversation(
            messages=tuple(Message(role=("user", "assistant")[i % 2], content=word) for i, word in enumerate(words)), metadata={}
        )

    held = [talk("Where does the ferry land?", "At the old pier.", "And when does it leave?", "At noon, every day.")]
    trained = [talk("Which bridge is the longest?", "The one of stone.")]
    stray, good = talk("where does the FERRY land", "At the pier."), talk("Tell me the longest bridge.", "The one of stone.")

    assert _unasked(trained, [stray, good], held) == [good]
