"""`augment --reword-with`: a version or a server puts questions in other words; what fails is counted and told."""

from __future__ import annotations

import contextlib
import json
import threading

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow import reword
from burnish.grading import endpoint
from stub_judge import judge
from toys import write_rows

ROWS = [
    {"prompt": "When does tram 4 leave for Bern?", "completion": "At nine."},
    {"prompt": "Where is the old ladder kept?", "completion": "Behind the door."},
]
WORDS = {
    "When does tram 4 leave for Bern?": "At what time does tram 4 leave for Bern?",
    "Where is the old ladder kept?": "In which place is the old ladder kept?",
}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Try again at once."""
    monkeypatch.setattr(endpoint, "PAUSE_SECONDS", 0.0)


def run(tmp_path, *words, rows=ROWS):
    """Run augment; return the result, and the rows that were written."""
    source, out = write_rows(tmp_path / "rows.jsonl", rows), tmp_path / "out.jsonl"
    done = CliRunner().invoke(app, ["augment", str(source), "-o", str(out), "--json", "--home", str(tmp_path), *map(str, words)])
    assert "Traceback" not in done.stderr, done.stderr
    return done, [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def asked_of(question):
    """Return the row's question in what the server is asked."""
    return question.rpartition("\n\n")[2]


def test_a_server_rewords_and_the_answers_stay(tmp_path):
    """Each question is asked several times with other seeds; children follow the rows, in their order."""
    with judge(lambda question, _: WORDS[asked_of(question)]) as server:
        done, rows = run(tmp_path, "--reword-with", server.url, "--kind", "model")
    told = json.loads(done.stdout)

    assert [row["messages"] for row in rows[2:]] == [
        [{"role": "user", "content": WORDS[row["prompt"]]}, {"role": "assistant", "content": row["completion"]}] for row in ROWS
    ]
    assert {row["metadata"]["made_by"] for row in rows[2:]} == {f"stub via {server.url}"}
    assert told["made"] == {"model": 2}
    assert told["replies"] == {"asked": 8, "unanswered": {}, "left": {"is asked already": 6}}
    assert told["ledger"]["closes"] is True
    assert len({body["seed"] for body in server.bodies}) == 8
    assert {body["temperature"] for body in server.bodies} == {0.8}


def test_replies_that_fail_are_counted_and_the_rest_used(tmp_path, monkeypatch):
    """A server's fault, a reply that drips beyond the limit, and one that asks something else cost themselves alone."""
    monkeypatch.setenv("BURNISH_VIA_TIMEOUT", "0.1")
    monkeypatch.setattr(endpoint, "SILENT", 99)
    monkeypatch.setattr(endpoint, "TRIES", 1)
    faults = {"ladder": (500, b"no"), "door": 2.0, "hatch": "What is a hatch?"}
    rows = [*ROWS, *({"prompt": f"Where is the {what} of hall A?", "completion": "There."} for what in ("door", "hatch"))]

    def reply(question, _):
        return next((fault for what, fault in faults.items() if what in question), WORDS.get(asked_of(question)))

    with judge(reply) as server:
        done, written = run(tmp_path, "--reword-with", f"{server.url}#stub", "--kind", "model", rows=rows)
    told = json.loads(done.stdout)["replies"]

    assert done.exit_code == 0
    assert [row["messages"][1]["content"] for row in written[4:]] == ["At nine."]
    assert told["asked"] == 16
    assert sorted(told["unanswered"].values()) == [4, 4]
    assert any("HTTP 500" in why for why in told["unanswered"])
    assert told["left"] == {"is asked already": 3, "loses or invents a name": 4}
    assert "8 of 16 replies did not come" in done.stderr


def test_a_server_that_refuses_says_what_to_set(tmp_path):
    """A wrong key ends it, with the variable's name; no file is written."""
    with judge(lambda *_: (401, b"who are you")) as server:
        done, rows = run(tmp_path, "--reword-with", f"{server.url}#stub")

    assert done.exit_code == 1
    assert "BURNISH_VIA_KEY" in done.stderr
    assert rows == []


def test_a_server_that_goes_away_ends_the_asking_and_what_it_said_is_used(tmp_path):
    """The rows it reworded are kept, the others are told as not asked."""
    many = [{"prompt": f"Where is the old ladder of hall {i} kept?", "completion": "Here."} for i in range(12)]
    words = {row["prompt"]: row["prompt"].replace("Where is", "In which place is") for row in many}
    with judge(lambda question, number: words[asked_of(question)] if number < 9 else (404, b"gone")) as server:
        done, rows = run(tmp_path, "--reword-with", f"{server.url}#stub", "--kind", "model", rows=many)
    told = json.loads(done.stdout)["replies"]

    assert done.exit_code == 0
    assert len(rows) > 12
    assert told["unanswered"]["not asked any more"] > 20
    assert "refuses to be asked" in done.stderr


def test_a_version_rewords_by_the_generation_of_the_house(tmp_path, toy_folder, monkeypatch):
    """The toy model says nothing that asks the same: every reply is counted, the rules' children are there, and twice gives the same."""
    words = ("--reword-with", toy_folder, "--kind", "polite", "--kind", "model")
    done, rows = run(tmp_path, *words)
    told = json.loads(done.stdout)
    again, same = run(tmp_path, *words)

    assert told["made"] == {"polite": 2}
    assert told["replies"]["asked"] == 8
    assert sum(told["replies"]["unanswered"].values()) + sum(told["replies"]["left"].values()) == 8
    assert (json.loads(again.stdout), same) == (told, rows)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kind", "model"), "--reword-with live"),
        (("--kind", "modell", "--reword-with", "base"), "reword, typo"),
        (("--reword-with", "http://"), "BURNISH_VIA_KEY"),
        (("--reword-with", "http://key@127.0.0.1:1"), "no address"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is(words, told, tmp_path):
    """A kind without its model, a kind misspelt, addresses that are none."""
    done, rows = run(tmp_path, *words)

    assert done.exit_code == 1
    assert told in done.stderr
    assert rows == []


def test_rows_without_a_question_to_reword_say_so(tmp_path):
    """Material only: nothing is asked of anybody."""
    done, _ = run(
        tmp_path, "--reword-with", "http://127.0.0.1:9#x", rows=[{"prompt": "Shorten:\nthis text", "completion": "Text."}]
    )

    assert done.exit_code == 1
    assert "no question here" in done.stderr


def test_an_interruption_does_not_wait_for_the_server():
    """While other questions wait for a server that is silent, Ctrl-C ends the asking; when it speaks again, nothing more is asked."""
    silent, first, asked = threading.Event(), threading.Lock(), []

    def reply(question, _):
        asked.append(question)
        if not first.acquire(blocking=False):
            silent.wait(30)
        return "At what time?"

    with judge(reply) as server:
        work = reword.replies_of(server.url, [row["prompt"] for row in ROWS] * 10, per_row=1, seed=1, home=None)
        next(work)

        def interrupt():
            with contextlib.suppress(KeyboardInterrupt):
                work.throw(KeyboardInterrupt())

        thread = threading.Thread(target=interrupt, daemon=True)
        thread.start()
        thread.join(10)
        ended, before = not thread.is_alive(), len(asked)
        silent.set()

    assert ended
    assert before <= reword.AT_ONCE + 1
    assert len(asked) <= before + reword.AT_ONCE
