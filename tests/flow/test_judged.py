"""Suites with a `judge`: where texts go is said, judgements are counted, shown and kept, and nothing is sent unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.grading import endpoint
from burnish.grading.endpoint import KEY, MODEL, TIMEOUT, URL
from stub_judge import judge
from toys import write_rows

TASKS = [
    {"id": f"t{i}", "prompt": f"Say {i}.", "grader": "judge", "target": {"against": "Good day."}, "max_tokens": 8}
    for i in range(4)
]


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(endpoint, "PAUSE_SECONDS", 0.0)
    for name in (URL, MODEL, KEY, TIMEOUT):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def asked(tmp_path, toy_folder, monkeypatch):
    """Return a way to evaluate a suite with a judge: (the JSON, what people read), the folder being the test's own."""
    (tmp_path / ".burnish").mkdir()

    def evaluate(stub, tasks=TASKS, model="m", code=0):
        monkeypatch.setenv(URL, stub.url)
        monkeypatch.setenv(MODEL, model)
        suite = write_rows(tmp_path / "manners.jsonl", tasks)
        words = ("evaluate", toy_folder, "--suite", suite, "--home", tmp_path, "--json")
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code == code, done.stderr
        return json.loads(done.stdout), done.stderr

    return evaluate


def lines_of(told):
    """Return the graded answers."""
    return [json.loads(line) for line in Path(told["suites"]["manners"]["items"]).read_text().splitlines()]


def test_where_texts_go_is_said_and_both_orders_are_shown(asked):
    """A judge that always takes the first: every answer is worth a half, and the orders never agree."""
    with judge(lambda *_: '{"better": "A"}') as stub:
        told, read = asked(stub)
    suite = told["suites"]["manners"]

    assert len(stub.bodies) == 8, "four answers, each in both orders"
    assert (suite["mean"], suite["orders_agree"], suite["not_judged"]) == (0.5, 0.0, 0)
    assert f"the answers to 4 prompts are sent to {stub.url}, to be judged by m" in read
    assert "the judge says the same in both orders for 0% of 4 answers" in read
    assert [line["orders"] for line in lines_of(told)] == [[1.0, 0.0]] * 4


def test_a_second_evaluation_asks_nothing_and_another_judge_is_asked(asked):
    """Judgements are kept like answers: the same bytes without a request; another model is another judge."""
    with judge(lambda *_: '{"better": "tie"}') as stub:
        first, _ = asked(stub)
        second, _ = asked(stub)
        sent = len(stub.bodies)
        asked(stub, model="bigger")

    assert (sent, len(stub.bodies), second["reused"]) == (8, 16, 4)
    assert Path(first["suites"]["manners"]["items"]).read_bytes() == Path(second["suites"]["manners"]["items"]).read_bytes()


def test_what_cannot_be_judged_stays_in_the_mean_and_is_told(asked):
    """One unreadable judgement of four: n stays 4, it counts 0, its line says why, and it is asked again the next time."""
    with judge(lambda question, _: "Hm." if "Say 2." in question else json.dumps({"better": wins(question)})) as stub:
        told, read = asked(stub)
        sent = len(stub.bodies)
        asked(stub)
    suite, lines = told["suites"]["manners"], lines_of(told)

    assert (suite["mean"], suite["n"], suite["not_judged"], suite["orders_agree"]) == (0.75, 4, 1, 1.0)
    assert [(line["score"], bool(line["fault"])) for line in lines] == [(1, False), (1, False), (0, True), (1, False)]
    assert "1 of 4 answers could not be judged and count 0 (judged right, they would make the score 1.00): t2: " in read
    assert len(stub.bodies) - sent == 1


def wins(question):
    """Return which of the two is not the reference."""
    return "B" if question.index("Good day.") < question.rindex("</A") else "A"


def test_an_endpoint_that_is_down_ends_it_and_what_was_done_is_kept(asked):
    """Three tasks without an answer: one block with file, line and remedy; then the answers need not be made again."""
    with judge(lambda *_: (503, b"")) as stub:
        fault, _ = asked(stub, code=1)
    with judge(lambda *_: '{"better": "tie"}') as stub:
        told, _ = asked(stub)

    assert "manners.jsonl:3, task 't2'" in fault["error"]["seen"]
    assert fault["error"]["kind"] == "endpoint"
    assert told["reused"] >= 3


def test_no_judge_named_is_refused_before_a_model_is_looked_for(tmp_path):
    """The task's file and line, what is missing, and what to set, without opening anything."""
    suite = write_rows(tmp_path / "manners.jsonl", TASKS)
    done = CliRunner().invoke(app, ["evaluate", "no-such-model", "--suite", str(suite), "--home", str(tmp_path)])

    assert done.exit_code == 1
    assert "manners.jsonl:1, task 't0' and 3 more, graded by judge" in done.stderr
    assert URL in done.stderr and MODEL in done.stderr


def test_nothing_is_sent_where_no_task_asks(asked):
    """A judge in the environment hears nothing of a suite that code grades."""
    tasks = [{"id": "a", "prompt": "Hi", "grader": "length", "target": "short", "max_tokens": 4}]
    with judge(lambda *_: '{"better": "A"}') as stub:
        told, read = asked(stub, tasks)

    assert (stub.bodies, told["suites"]["manners"]["orders_agree"], "are sent to" in read) == ([], None, False)
