"""`burnish ab status`, `stop` and `promote`, while a server runs and when none does; and `burnish harvest`."""

from __future__ import annotations

import json

import httpx
import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.registry.store import Registry
from burnish.serve.server import running
from serve.ab.stubs import app_of, project
from serve.ab.test_ab_trial import ARMS, ask, say, until, vote


@pytest.fixture
def here(tmp_path):
    """Return (home, incumbent, candidate)."""
    return project(tmp_path)


def typed(home, *words):
    """Type a command with --json; return (exit code, its object)."""
    done = CliRunner().invoke(app, [*words, "--home", str(home), "--json"])
    assert "Traceback" not in done.stderr
    return done.exit_code, json.loads(done.stdout)


def test_status_says_the_same_as_the_server_and_reads_when_none_runs(here):
    """Beside a running server, and after it: the same figures; in words for people, with a table."""
    home, *_ = here
    with running(app_of(home, arms=ARMS, graders=("polite",))) as url, httpx.Client(base_url=url) as http:
        vote(http, 30, lambda version, i: i % 2)
        beside, served = typed(home, "ab", "status")[1], http.get("/v1/ab").json()
    after = typed(home, "ab", "status")[1]
    people = CliRunner().invoke(app, ["ab", "status", "--home", str(home)]).stdout

    assert served == {key: beside[key] for key in served}
    assert [30, 30] == [sum(arm["votes"] for arm in one["arms"]) for one in after["readings"]]
    assert ["people", "polite"] == [one["source"] for one in after["readings"]]
    assert "cannot be told yet" in people
    assert "candidate" in people
    assert 1 == len(after["experiments"])


def test_a_stop_that_is_typed_is_followed_within_a_second_and_stays(here):
    """`ab stop` beside a running server: everybody gets the incumbent soon, feedback counts no more, and typed again it says so."""
    home, incumbent, _ = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        answer = ask(http, "Ann")
        code, first = typed(home, "ab", "stop", "--reason", "enough seen")
        followed = until(lambda: not http.get("/v1/ab").json()["running"], 5)
        after = {ask(http, f"u{i}").headers["X-Burnish-Version"] for i in range(20)}
        late = say(http, answer, user="Ann", thumb="up").json()
    again = typed(home, "ab", "stop")[1]

    assert (0, True, False) == (code, first["now"], again["now"])
    assert "enough seen" == again["ended"]["words"]
    assert followed
    assert {incumbent} == after
    assert (False, "kept, but the experiment has ended") == (late["counted"], late["why"])


def test_promote_needs_evidence_or_a_word(here):
    """Without votes it is refused with the figures; --anyway moves live and ends the experiment; the server follows."""
    home, incumbent, candidate = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        ask(http, "Ann")
        code, refused = typed(home, "ab", "promote")
        still = Registry(home).live
        done, made = typed(home, "ab", "promote", "--anyway")
        followed = until(lambda: not http.get("/v1/ab").json()["running"], 5)
        after = {ask(http, f"u{i}").headers["X-Burnish-Version"] for i in range(20)}
        state = http.get("/v1/ab").json()

    assert (1, incumbent) == (code, still)
    assert "not shown" in refused["error"]["what"]
    assert (0, candidate, candidate) == (done, made["live"], Registry(home).live)
    assert followed
    assert {candidate} == after
    assert "promoted" == state["ended"]["why"]


def test_promote_goes_by_the_votes(here):
    """A candidate that people like better is made live without more words, also when no server runs; the journal says why."""
    home, _, candidate = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        vote(http, 100, lambda version, i: version == candidate)
    code, made = typed(home, "ab", "promote")

    assert (0, candidate, "better") == (code, made["live"], made["verdict"])
    assert "experiment" in Registry(home).log()[1]["reason"]


def test_a_promotion_that_was_killed_halfway_is_finished_when_typed_again(here, monkeypatch):
    """The experiment has ended as promoted and live has not moved: `ab promote` moves it, without --anyway."""
    home, incumbent, candidate = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        ask(http, "Ann")
    with monkeypatch.context() as broken:
        broken.setattr(Registry, "promote", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        typed(home, "ab", "promote", "--anyway")
    between = Registry(home).live
    code, made = typed(home, "ab", "promote")

    assert (incumbent, 0, candidate) == (between, code, made["live"])


def test_without_an_experiment_every_verb_says_so(here):
    """In a project that was never served, and in one served without --ab: one block each, with what to type."""
    home, *_ = here
    for _ in range(2):
        for verb in ("status", "stop", "promote"):
            code, told = typed(home, "ab", verb)
            assert 1 == code
            assert "burnish serve" in told["error"]["remedy"]
        with running(app_of(home)):
            pass


def conversation(http, model, words, said, user="Ann"):
    """Ask and say something of the answer; return it."""
    answer = ask(http, user, model=model, words=words)
    say(http, answer, user=user, **said)
    return answer


def test_harvest_makes_rows_and_pairs_once(here, tmp_path, monkeypatch):
    """Corrections, thumbs and preferences become rows that `burnish check` accepts and pairs; a second run adds nothing; new ones are added."""
    home, incumbent, candidate = here
    rows, pairs = tmp_path / "rows.jsonl", tmp_path / "pairs.jsonl"
    words = ("harvest", "-o", str(rows), "--preferences", str(pairs), "--thumbs-up")
    with running(app_of(home)) as url, httpx.Client(base_url=url) as http:
        conversation(http, "live", "one", {"correction": "The right answer."})
        conversation(http, "live", "two", {"thumb": "up"})
        conversation(http, "live", "three", {"thumb": "down"})
        both = [ask(http, "Ann", model=model, words="four").json()["id"] for model in (incumbent, candidate)]
        say(http, both[1], user="Ann", preferred_over=both[0])
        apart = [ask(http, "Ann", model=model, words=model).json()["id"] for model in (incumbent, candidate)]
        say(http, apart[1], user="Ann", preferred_over=apart[0])
        first, second = typed(home, *words)[1], typed(home, *words)[1]
        conversation(http, "live", "five", {"correction": "Another one."})
        third = typed(home, *words)[1]
    found = [json.loads(line) for line in rows.read_text().splitlines()]
    chosen = [json.loads(line) for line in pairs.read_text().splitlines()]
    checked = CliRunner().invoke(app, ["check", str(rows), "--json"])

    assert [(2, 2), (0, 0), (1, 1)] == [(one["rows"], one["preferences"]) for one in (first, second, third)]
    assert 4 == second["before"]
    assert {"the two answers were not to the same words": 1} == first["left"]
    assert ["The right answer.", f"I am {incumbent}.", "Another one."] == [row["messages"][-1]["content"] for row in found]
    assert {"feedback"} == {row["metadata"]["source"] for row in found}
    assert ["The right answer.", f"I am {candidate}.", "Another one."] == [pair["chosen"][0]["content"] for pair in chosen]
    assert [f"I am {incumbent}."] * 3 == [pair["rejected"][0]["content"] for pair in chosen]
    assert [{"role": "user", "content": "one"}] == chosen[0]["prompt"]
    assert (0, 3, 3) == (checked.exit_code, json.loads(checked.stdout)["accepted"], json.loads(checked.stdout)["rows"])


def test_harvest_after_a_kill_between_file_and_book_adds_nothing_twice(here, tmp_path, monkeypatch):
    """When the rows were written and the book was not, the next run finds them in the file."""
    from burnish.registry.book import Book

    home, *_ = here
    rows = tmp_path / "rows.jsonl"
    with running(app_of(home)) as url, httpx.Client(base_url=url) as http:
        conversation(http, "live", "one", {"correction": "The right answer."})
    with monkeypatch.context() as broken:
        broken.setattr(Book, "harvest", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        CliRunner().invoke(app, ["harvest", "-o", str(rows), "--home", str(home)])
    written = rows.read_text()
    typed(home, "harvest", "-o", str(rows))

    assert 1 == len(written.splitlines())
    assert written == rows.read_text()


def test_harvest_says_what_it_cannot_take(here, tmp_path):
    """Words that were not kept are told; a file of something else is not added to, and stays as it is."""
    home, *_ = here
    rows = tmp_path / "rows.jsonl"
    rows.write_text("dear diary\n")
    with running(app_of(home, keep_words="none")) as url, httpx.Client(base_url=url) as http:
        conversation(http, "live", "one", {"correction": "Lost."})
    lost = typed(home, "harvest", "-o", str(tmp_path / "other.jsonl"))[1]
    with running(app_of(home)) as url, httpx.Client(base_url=url) as http:
        conversation(http, "live", "two", {"correction": "Kept."})
    code, told = typed(home, "harvest", "-o", str(rows))

    assert {"their words were not kept": 1} == lost["left"]
    assert 0 == lost["rows"]
    assert (1, "dear diary\n") == (code, rows.read_text())
    assert "line 1" in told["error"]["seen"]
