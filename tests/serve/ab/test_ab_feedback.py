"""`POST /v1/feedback`: once, of one's own answers, and every bad body is told by its field."""

from __future__ import annotations

import httpx
import pytest

from burnish import durable
from burnish.registry.book import Book
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.server import running
from serve.ab.stubs import Stubs, app_of, project
from serve.ab.test_ab_trial import ARMS, ask, say, until


@pytest.fixture
def here(tmp_path):
    """Return (home, incumbent, candidate)."""
    return project(tmp_path)


@pytest.fixture
def http(here):
    """Serve the project with an experiment; give a client."""
    with running(app_of(here[0], arms=ARMS)) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.mark.parametrize("said", [{"thumb": "up"}, {"score": 0.25}, {"correction": "I am better."}])
def test_feedback_counts_once(http, said):
    """The first time it counts; the same again is 200, not counted, and told; the votes stay one."""
    answer = ask(http, "Ann")
    found = [say(http, answer, user="Ann", **said) for _ in range(3)]
    votes = sum(arm["votes"] for arm in http.get("/v1/ab").json()["arms"])

    assert [(200, True), (200, False), (200, False)] == [(one.status_code, one.json()["counted"]) for one in found]
    assert ["", "already counted", "already counted"] == [one.json()["why"] for one in found]
    assert {"object": "feedback", "id": answer.json()["id"], "kind": next(iter(said)), "version": answer.json()["model"]} == {
        key: value for key, value in found[0].json().items() if key not in {"counted", "why"}
    }
    assert 1 == votes


def test_a_person_has_one_vote_however_many_answers_they_judge(http):
    """Ten thumbs of one person on ten answers are kept, and one of them is a vote."""
    counted = [say(http, ask(http, "Ann", words=f"q{i}"), user="Ann", thumb="up").json() for i in range(10)]

    assert [True, *[False] * 9] == [one["counted"] for one in counted]
    assert "only the first" in counted[1]["why"]


def test_another_users_answer_is_not_judged(http):
    """By another name, and by no name: 403, nothing entered; its own name afterwards counts."""
    answer = ask(http, "Ann")
    wrong = [say(http, answer, thumb="down", **who) for who in ({"user": "Bob"}, {}, {"conversation": "Ann"})]
    right = say(http, answer, user="Ann", thumb="up")

    assert [(403, "not_your_answer")] * 3 == [(one.status_code, one.json()["error"]["code"]) for one in wrong]
    assert right.json()["counted"]


def test_a_conversation_owns_its_answers_too(http):
    """By X-Conversation-Id: the field or the header of the feedback must say it; an answer to nobody in particular needs its id only."""
    answers = [ask(http, conversation=f"c{i}") for i in range(3)]
    by_field = say(http, answers[0], conversation="c0", thumb="up")
    by_header = http.post(
        "/v1/feedback", json={"id": answers[1].json()["id"], "thumb": "up"}, headers={"X-Conversation-Id": "c1"}
    )
    wrong = say(http, answers[2], conversation="c0", thumb="up")
    nobodys = say(http, ask(http), thumb="up")

    assert [True, True] == [one.json()["counted"] for one in (by_field, by_header)]
    assert 403 == wrong.status_code
    assert nobodys.json()["counted"]


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({}, "thumb"),
        ({"thumb": "up", "score": 1}, "score"),
        ({"thumb": "up", "correction": "x"}, "correction"),
        ({"thumb": "sideways"}, "thumb"),
        ({"score": 1.5}, "score"),
        ({"score": True}, "score"),
        ({"score": "0.5"}, "score"),
        ({"correction": " \n"}, "correction"),
        ({"preferred_over": ""}, "preferred_over"),
        ({"thumb": ["up"]}, "thumb"),
    ],
)
def test_a_bad_body_is_told_by_its_field(http, said, param):
    """Nothing said, two things said, and values that are none: 400 in OpenAI's shape with the field."""
    found = say(http, ask(http, "Ann"), user="Ann", **said)

    assert (400, param) == (found.status_code, found.json()["error"]["param"])


def test_half_letters_are_told_or_kept_and_never_a_defect(http):
    """A lone surrogate in any field of a request or of feedback is no 5xx."""
    answer = ask(http, "Ann").json()["id"]
    bodies = [f'{{"id": "{answer}", "user": "Ann", "correction": "half \\ud800"}}', '{"id": "\\udfff", "thumb": "up"}']
    bodies.append(f'{{"id": "{answer}", "user": "\\ud800", "thumb": "up"}}')
    found = [http.post("/v1/feedback", content=body, headers={"Content-Type": "application/json"}).status_code for body in bodies]
    chat = '{"user": "\\ud83d", "messages": [{"role": "user", "content": "x"}]}'
    asked = http.post("/v1/chat/completions", content=chat, headers={"Content-Type": "application/json"}).status_code

    assert [] == [status for status in (*found, asked) if status >= 500]


def test_an_unknown_answer_is_told(http):
    """404 with its code, for an id that was never given, with and without the usual beginning, and for the other of a preference."""
    answer = ask(http, "Ann")
    for name in ("chatcmpl-000000000000000000000000", "x", "'; DROP TABLE answers; --", "\0", "é"):
        found = say(http, name, thumb="up")
        assert (404, "unknown_answer") == (found.status_code, found.json()["error"]["code"])
    other = say(http, answer, user="Ann", preferred_over="nothing")

    assert (404, "preferred_over") == (other.status_code, other.json()["error"]["param"])


def test_a_blind_preference_is_one_vote_where_both_arms_are_compared(http, here):
    """Two named versions on one prompt: the preferred one is told; it counts if the two are the arms; the other way round is a repeat."""
    _, incumbent, candidate = here
    a, b, base = (ask(http, "Ann", model=model) for model in (incumbent, candidate, "base"))
    outside = say(http, a, user="Ann", preferred_over=base.json()["id"]).json()
    inside = say(http, b, user="Ann", preferred_over=a.json()["id"]).json()
    turned = say(http, a, user="Ann", preferred_over=b.json()["id"]).json()
    itself = say(http, a, user="Ann", preferred_over=a.json()["id"])
    state = http.get("/v1/ab").json()

    assert (False, True, False) == (outside["counted"], inside["counted"], turned["counted"])
    assert "not one of each arm" in outside["why"]
    assert "already counted" == turned["why"]
    assert 400 == itself.status_code
    assert [0, 1] == state["preferences"]


def test_preferences_alone_can_stop_a_candidate(http, here):
    """When twenty people prefer the incumbent's answer, side by side, the candidate is stopped."""
    _, incumbent, candidate = here
    for i in range(20):
        pair = [ask(http, f"u{i}", model=model).json()["id"] for model in (incumbent, candidate)]
        say(http, pair[0], user=f"u{i}", preferred_over=pair[1])
    state = http.get("/v1/ab").json()

    assert ("stopped", "harm") == (state["state"], state["ended"]["why"])
    assert "preferred side by side: 0 of" in state["words"]


def test_an_answer_of_a_named_version_is_no_vote(http):
    """Its feedback is kept and says why it does not count."""
    found = say(http, ask(http, "Ann", model="candidate"), user="Ann", thumb="up").json()

    assert not found["counted"]
    assert "no part of the experiment" in found["why"]


def test_without_an_experiment_and_without_a_project_feedback_is_kept_and_not_counted(here):
    """With a project it is in the book; without one, in memory; /v1/ab says that none runs."""
    home, *_ = here
    for app in (app_of(home), make_app(Stubs(home), Rules())):
        with running(app) as url, httpx.Client(base_url=url) as http:
            found = say(http, ask(http, "Ann"), user="Ann", thumb="up").json()
            state = http.get("/v1/ab").json()
            assert (False, "kept, and no experiment runs") == (found["counted"], found["why"])
            assert ("no experiment", False, []) == (state["state"], state["running"], state["arms"])
    book = Book(home)
    kept = list(book.feedback())
    book.close()

    assert 1 == len(kept)


@pytest.mark.parametrize(("keep", "kept"), [("voted", [True, False]), ("all", [True, True]), ("none", [False, False])])
def test_words_are_kept_as_told(here, keep, kept):
    """By default only of answers that somebody said something of; of all; or of none. Nobody's name is in the file."""
    home, *_ = here
    with running(app_of(home, keep_words=keep)) as url, httpx.Client(base_url=url) as http:
        answers = [ask(http, "Ann-Sophie", words="my secret words", stream=stream) for stream in (False, False)]
        say(http, answers[0], user="Ann-Sophie", thumb="up")
    book = Book(home)
    found = [book.words(one.json()["id"].removeprefix("chatcmpl-")) is not None for one in answers]
    book.close()
    raw = b"".join(path.read_bytes() for path in (home / "ab").glob("book*"))

    assert kept == found
    assert (b"my secret words" in raw) == (keep != "none")
    assert b"Ann-Sophie" not in raw


def test_a_full_disk_costs_no_answer_and_feedback_says_so(here, monkeypatch):
    """While nothing can be written, answers are given; feedback is an error in OpenAI's shape; afterwards all works again."""
    home, *_ = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        before = ask(http, "Ann")

        def full(operation, path):
            if operation == "transaction":
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(durable, "FAULT_HOOK", full)
        during = ask(http, "Bob")
        refused = say(http, before, user="Ann", thumb="up")
        monkeypatch.setattr(durable, "FAULT_HOOK", None)
        after = say(http, before, user="Ann", thumb="up")
        assert until(lambda: http.get("/v1/ab").json()["running"])

    assert (200, 500) == (during.status_code, refused.status_code)
    assert "error" in refused.json()
    assert after.json()["counted"]
