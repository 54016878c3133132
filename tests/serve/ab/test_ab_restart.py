"""Feedback that comes after the server was started anew: what it becomes depends on whose words were to be kept."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from burnish.errors import DataError
from burnish.registry import book_words
from burnish.registry.book import Book
from burnish.serve.ab import trial as trials
from burnish.serve.ab.options import TrialOptions, trial_of
from burnish.serve.server import running
from serve.ab.stubs import app_of, project
from serve.ab.test_ab_trial import ARMS, ask, say, until
from serve.ab.test_ab_verbs import typed

SECRET = "my secret words"


@pytest.fixture
def here(tmp_path):
    """Return (home, incumbent, candidate)."""
    return project(tmp_path)


def rows_of(home, place):
    """Harvest with thumbs; return what is told."""
    return typed(home, "harvest", "-o", str(place), "--thumbs-up")[1]


def raw(home):
    """Return all bytes of the book and what lies beside it."""
    return b"".join(path.read_bytes() for path in (home / "ab").glob("book*"))


@pytest.mark.parametrize(("keep", "rows", "left"), [("all", 2, {}), ("voted", 0, {"their words were not kept": 2})])
def test_after_a_restart_a_thumb_and_a_correction_become_rows_where_words_wait(here, tmp_path, keep, rows, left):
    """Told to keep all, both are rows; by default they count as votes all the same, and harvest says how many had no words and what to type."""
    home, *_ = here
    typed_words = {"arms": ARMS, "keep_words": keep}
    with running(app_of(home, **typed_words)) as url, httpx.Client(base_url=url) as http:
        answers = [ask(http, user, words=SECRET) for user in ("Ann", "Bob")]
    with running(app_of(home, **typed_words)) as url, httpx.Client(base_url=url) as http:
        late = [say(http, answers[0], user="Ann", thumb="up").json(), say(http, answers[1], user="Bob", correction="So.").json()]
        votes = sum(arm["votes"] for arm in http.get("/v1/ab").json()["arms"])
    told = rows_of(home, tmp_path / "rows.jsonl")

    assert [True, True] == [one["counted"] for one in late]
    assert 2 == votes
    assert (rows, left) == (told["rows"], told["left"])
    assert ("--keep-words all" in told["advice"]) == bool(left)
    assert (SECRET.encode() in raw(home)) == (keep == "all")


def test_words_that_wait_survive_a_kill(here, tmp_path):
    """After SIGKILL in the middle of answers, feedback on every answer that was given becomes a row."""
    home, *_ = here
    program = [sys.executable, str(Path(__file__).with_name("stubs.py")), str(home), ARMS, "all"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        with httpx.Client(base_url=server.stdout.readline().strip()) as http:
            answers = [ask(http, f"u{i}", words=f"question {i}") for i in range(12)]
        server.send_signal(signal.SIGKILL)
    with running(app_of(home, arms=ARMS, keep_words="all")) as url, httpx.Client(base_url=url) as http:
        for i, answer in enumerate(answers):
            say(http, answer, user=f"u{i}", thumb="up")
    told = rows_of(home, tmp_path / "rows.jsonl")

    assert (12, {}) == (told["rows"], told["left"])


@pytest.mark.parametrize("keep", ["voted", "none"])
def test_who_keeps_less_than_before_has_the_waiting_words_removed(here, keep):
    """Words that waited are gone from the file at the next start without --keep-words all, and one line says so; voted ones stay."""
    home, *_ = here
    told = []
    with running(app_of(home, keep_words="all")) as url, httpx.Client(base_url=url) as http:
        first, second = ask(http, "Ann", words="kept"), ask(http, "Ann", words=SECRET)
        say(http, first, user="Ann", thumb="up")
    with running(app_of(home, keep_words=keep, tell=told.append)) as url, httpx.Client(base_url=url) as http:
        during = SECRET.encode() in raw(home)
        say(http, second, user="Ann", thumb="up")
    book = Book(home)
    found = [book.words(one.json()["id"].removeprefix("chatcmpl-")) is not None for one in (first, second)]
    book.close()

    assert not during
    assert [True, False] == found
    assert any("the words of 1 answers that waited for feedback were removed" in one for one in told)


def test_a_server_that_nobody_asks_lets_go_of_old_words_by_itself(here, monkeypatch):
    """When the days are over, the words are gone from the disk though no request came."""
    monkeypatch.setattr(trials, "TIDY_SECONDS", 0.05)
    home, *_ = here
    with running(app_of(home, keep_words="all", keep_days=2)) as url, httpx.Client(base_url=url) as http:
        ask(http, "Ann", words=SECRET)
        before = SECRET.encode() in raw(home)
        monkeypatch.setattr(book_words, "DAY_SECONDS", 0)

        assert until(lambda: SECRET.encode() not in raw(home))
        assert before


def test_days_without_words_that_wait_are_told(tmp_path):
    """--keep-words-days means nothing where words do not wait on the disk, and is refused."""
    with pytest.raises(DataError, match="no words wait") as told:
        trial_of(TrialOptions(keep_days=3), str(tmp_path), lambda _: None)

    assert "--keep-words all" in told.value.remedy


def test_what_is_kept_is_said_at_the_start(here):
    """The line at the start names the days and the number of answers that wait at most."""
    home, *_ = here
    told = []
    with running(app_of(home, keep_words="all", keep_days=9, tell=told.append)):
        pass

    assert any("9 days and 100,000 answers at most" in one for one in told)
