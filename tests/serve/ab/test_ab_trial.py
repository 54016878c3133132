"""The experiment in a running server: who is answered by which version, over restarts and kills, and when it stops by itself."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from burnish import durable
from burnish.errors import BurnishError, StorageError
from burnish.registry.store import Registry
from burnish.serve.ab.experiment import end, ended, ids
from burnish.serve.ab.options import TrialOptions, trial_of
from burnish.serve.ab.trial import Trial
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.server import running
from serve.ab.stubs import Stubs, app_of, project
from serve.watching import metrics, settled, total

ARMS = "live:0.5,candidate:0.5"


@pytest.fixture
def here(tmp_path):
    """Return (home, incumbent, candidate)."""
    return project(tmp_path)


def ask(http, user=None, model="live", stream=False, conversation=None, words="Hello"):
    """Ask once; return the response."""
    body = {"messages": [{"role": "user", "content": words}], "stream": stream}
    body |= {} if model is None else {"model": model}
    body |= {} if user is None else {"user": user}
    headers = {} if conversation is None else {"X-Conversation-Id": conversation}
    return http.post("/v1/chat/completions", json=body, headers=headers)


def say(http, answer, **said):
    """Send feedback on an answer; return the response."""
    name = answer if isinstance(answer, str) else answer.json()["id"]
    return http.post("/v1/feedback", json={"id": name} | said)


def vote(http, people, good):
    """Let people ask and say a thumb: up where `good(version, i)`. Stops where the experiment does. Returns how many voted."""
    for i in range(people):
        answer = ask(http, f"voter {i}")
        if "X-Burnish-Arm" not in answer.headers:
            return i
        say(http, answer, user=f"voter {i}", thumb="up" if good(answer.json()["model"], i) else "down")
    return people


def until(true, seconds=10):
    """Wait until something is true; return whether it became so."""
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def test_every_answer_names_its_version_and_a_person_stays_on_theirs(here):
    """Chat and completion, whole and streamed, model absent or live: one version a person, named in body and header, and the arm."""
    home, *versions = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        seen = {}
        for i in range(24):
            answers = [ask(http, f"u{i}"), ask(http, f"u{i}", model=None, words="other"), ask(http, f"u{i}", stream=True)]
            answers.append(http.post("/v1/completions", json={"prompt": "x", "user": f"u{i}"}))
            told = {(one.headers["X-Burnish-Version"], one.headers["X-Burnish-Arm"]) for one in answers}
            said = {
                answers[0].json()["model"],
                json.loads(answers[2].text.split("data: ")[1])["model"],
                answers[3].json()["model"],
            }
            assert 1 == len(told)
            assert {next(iter(told))[0]} == said
            seen[i] = next(iter(told))
        named = ask(http, "u1", model="candidate")

    assert {(versions[0], "live"), (versions[1], "candidate")} == set(seen.values())
    assert versions[1] == named.headers["X-Burnish-Version"]
    assert "X-Burnish-Arm" not in named.headers


def test_without_a_user_a_conversation_stays_on_its_arm(here):
    """By X-Conversation-Id, else by its system prompt and first question: later turns of it get the same version, others both."""
    home, *_ = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        by_header = {ask(http, conversation="c1", words=f"turn {i}").headers["X-Burnish-Version"] for i in range(6)}
        first = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "First"}]
        later = [*first, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And then?"}]
        by_words = {
            http.post("/v1/chat/completions", json={"messages": said}).headers["X-Burnish-Version"] for said in (first, later)
        }
        others = {ask(http, words=f"question {i}").headers["X-Burnish-Version"] for i in range(20)}

    assert (1, 1, 2) == (len(by_header), len(by_words), len(others))


def test_arms_survive_a_kill_and_answers_of_before_can_be_voted_on(here):
    """After SIGKILL the same command goes on with the same experiment: all 40 people get the version they had; an old answer counts."""
    home, *_ = here
    program = [sys.executable, str(Path(__file__).with_name("stubs.py")), str(home), ARMS]
    seen = []
    for _ in range(2):
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
            with httpx.Client(base_url=server.stdout.readline().strip()) as http:
                if seen:
                    late = say(http, seen[0][1], user="u0", thumb="up").json()
                answers = [ask(http, f"u{i}") for i in range(40)]
            server.send_signal(signal.SIGKILL)
        seen.append(([one.headers["X-Burnish-Version"] for one in answers], answers[0]))

    assert seen[0][0] == seen[1][0]
    assert 2 == len(set(seen[0][0]))
    assert 1 == len(ids(home))
    assert late["counted"]


def test_another_experiment_begins_anew_and_the_old_one_stays_readable(here):
    """With other shares a new one begins and divides anew; the old one has ended, replaced."""
    home, *_ = here
    seen, told = [], []
    for arms in (ARMS, "live:0.6,candidate:0.4", "live:0.6,candidate:0.4"):
        with running(app_of(home, arms=arms, tell=told.append)) as url, httpx.Client(base_url=url) as http:
            seen.append([ask(http, f"u{i}").headers["X-Burnish-Version"] for i in range(40)])

    assert seen[0] != seen[1] == seen[2]
    assert 2 == len(ids(home))
    assert "replaced" == json.loads((home / "ab" / ids(home)[0] / "ended.json").read_text())["why"]
    assert ["begins", "begins", "goes on"] == [
        next(word for word in ("begins", "goes on") if word in line) for line in told if line.startswith("experiment")
    ]


def test_a_candidate_that_harms_is_stopped_for_good(here):
    """Thumbs down for the candidate stop the experiment; from then on, also after a restart, everybody gets the incumbent."""
    home, incumbent, _ = here
    told = []
    with running(app_of(home, arms=ARMS, tell=told.append)) as url, httpx.Client(base_url=url) as http:
        voted = vote(http, 400, lambda version, i: version == incumbent)
        state = http.get("/v1/ab").json()
        after = {ask(http, f"new {i}").headers["X-Burnish-Version"] for i in range(20)}
    with running(app_of(home, arms=ARMS, tell=told.append)) as url, httpx.Client(base_url=url) as http:
        again = {ask(http, f"new {i}").headers["X-Burnish-Version"] for i in range(20)}
        still = http.get("/v1/ab").json()
    with running(app_of(home, arms=ARMS, again=True)) as url, httpx.Client(base_url=url) as http:
        anew = {ask(http, f"new {i}").headers["X-Burnish-Version"] for i in range(20)}

    assert 8 <= voted < 100
    assert {incumbent} == after == again
    assert 2 == len(anew)
    assert ("stopped", False, "worse", "harm") == (state["state"], state["running"], state["verdict"], state["ended"]["why"])
    assert "stopped" == still["state"]
    assert "candidate is worse than live" in state["words"]
    assert any("ended" in line and "worse" in line for line in told)


@pytest.mark.parametrize("gone", [OSError(5, "Input/output error"), SystemExit(1)])
def test_an_end_is_written_though_the_terminal_is_gone(here, gone):
    """What is told where nobody can hear it comes after what is written: the candidate that harmed does not come back."""
    home, *_ = here
    trial = trial_of(TrialOptions(arms=ARMS), str(home), _unheard(gone))

    async def harmed():
        await trial.start(Stubs(home))
        with contextlib.suppress(OSError, SystemExit):
            trial._end("harm", "the candidate is worse")
        await trial.close()

    with contextlib.suppress(SystemExit):
        asyncio.run(harmed())

    assert "harm" == ended(home, ids(home)[0]).why


def _unheard(gone):
    def tell(text):
        if "ended" in text:
            raise gone

    return tell


def test_a_defect_leaves_the_watch_over_the_experiment_in_place(here, monkeypatch):
    """Whatever goes wrong while it looks once, an end that is typed later is still seen."""
    home, *_ = here
    whole, looks = Trial._look, []

    async def look(self, experiment):
        looks.append(1)
        if len(looks) == 1:
            raise ZeroDivisionError
        await whole(self, experiment)

    monkeypatch.setattr(Trial, "_look", look)
    monkeypatch.setattr("burnish.serve.ab.trial.WATCH_SECONDS", 0.01)
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        until(lambda: looks)
        end(home, ids(home)[0], "by hand", "somebody typed it")
        seen = until(lambda: not http.get("/v1/ab").json()["running"], 5)

    assert seen


def test_equal_versions_are_not_told_apart(here):
    """With the same thumbs for both, the state stays collecting; figures and a plain sentence are there."""
    home, *_ = here
    with running(app_of(home, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        vote(http, 120, lambda version, i: i % 3 > 0)
        state = http.get("/v1/ab").json()

    assert ("collecting", True) == (state["state"], state["running"])
    assert "cannot be told yet" in state["words"]
    assert 120 == sum(arm["votes"] for arm in state["arms"]) == sum(arm["answers"] for arm in state["arms"])
    for arm in state["arms"]:
        assert arm["interval"][0] < arm["mean"] < arm["interval"][1]


def test_a_better_candidate_is_told_and_not_promoted_by_itself(here):
    """Thumbs up for the candidate: the state is better, the log says so once, and live stays where it is."""
    home, incumbent, candidate = here
    told = []
    with running(app_of(home, arms=ARMS, tell=told.append)) as url, httpx.Client(base_url=url) as http:
        vote(http, 100, lambda version, i: version == candidate)
        state = http.get("/v1/ab").json()

    assert ("better", True) == (state["state"], state["running"])
    assert 1 == sum("ab promote" in line for line in told)
    assert incumbent == Registry(home).live


def test_a_promotion_meanwhile_ends_the_experiment_instead_of_changing_an_arm(here):
    """When live moves, the experiment ends and says why; requests follow live; no arm silently becomes another version."""
    home, incumbent, candidate = here
    with running(app_of(home, arms="live:0.5,base:0.5")) as url, httpx.Client(base_url=url) as http:
        before = {ask(http, f"u{i}").headers["X-Burnish-Version"] for i in range(20)}
        Registry(home).promote("candidate", "by hand")
        meanwhile = [ask(http, f"u{i}") for i in range(20)]
        ended = until(lambda: not http.get("/v1/ab").json()["running"], 5)
        state = http.get("/v1/ab").json()
        after = {ask(http, f"u{i}").headers["X-Burnish-Version"] for i in range(20)}

    named = {(one.headers["X-Burnish-Arm"], one.json()["model"]) for one in meanwhile if "X-Burnish-Arm" in one.headers}

    assert {incumbent, "base"} == before
    assert named <= {("live", incumbent), ("base", "base")}
    assert ended
    assert {candidate} == after
    assert "live moved" == state["ended"]["why"]
    assert [incumbent, "base"] == [arm["label"] for arm in state["arms"]]


def test_a_lost_arm_is_noticed_before_anything_is_read(here):
    """Where people do not fall to the arms by their shares, no mean, no verdict and no stop: the state says what is wrong."""
    home, *_ = here
    app = app_of(home, arms="live:0.9,candidate:0.1")
    with running(app) as url, httpx.Client(base_url=url) as http:
        kept = 0
        for i in range(900):
            answer = ask(http, f"u{i}")
            kept += answer.headers["X-Burnish-Arm"] == "candidate"
            if kept and i > 60:
                break
        from burnish.registry.book import Answer, Book

        book, name = Book(home), ids(home)[0]
        for i in range(80):  # as if a proxy had lost the incumbent's answers
            book.answered(Answer(f"a{i}", f"x{i}", True, "v", name, 1))
        book.close()
        answer = ask(http, "u0")
        say(http, answer, user="u0", thumb="down")
        state = http.get("/v1/ab").json()

    assert ("sample ratio broken", True, None) == (state["state"], state["running"], state["verdict"])
    assert [None, None] == [arm["mean"] for arm in state["arms"]]
    assert None is state["difference"]
    assert "Nothing can be read" in state["words"]
    assert state["ratio_p"] < 0.001


def test_a_candidate_that_fails_costs_nobody_an_answer_and_is_ended(here):
    """Its requests are answered by the incumbent and are no part of the experiment; after three failures in a row it ends."""
    home, incumbent, candidate = here
    versions, told = Stubs(home), []
    with running(app_of(home, versions, arms=ARMS, tell=told.append)) as url, httpx.Client(base_url=url) as http:
        versions.engines[candidate].fails = True
        answers = [ask(http, f"u{i}") for i in range(30)]
        state = http.get("/v1/ab").json()

    assert {200} == {one.status_code for one in answers}
    assert {incumbent} == {one.headers["X-Burnish-Version"] for one in answers}
    assert any("X-Burnish-Arm" not in one.headers for one in answers)
    assert ("stopped", "failed", 3) == (state["state"], state["ended"]["why"], state["failures"])
    assert "could not answer 3 times in a row" in state["words"]
    assert 0 == state["arms"][1]["answers"]


def test_an_incumbent_that_fails_is_an_error_as_ever(here):
    """No other version stands in for the incumbent, and the experiment goes on."""
    home, incumbent, _ = here
    versions = Stubs(home)
    with running(app_of(home, versions, arms="live:0.999,candidate:0.001")) as url, httpx.Client(base_url=url) as http:
        versions.engines[incumbent].fails = True
        answer = ask(http, "u1")
        state = http.get("/v1/ab").json()

    assert (502, "engine_failed") == (answer.status_code, answer.json()["error"]["code"])
    assert state["running"]


def test_a_candidate_that_breaks_off_a_stream_counts_as_failing(here):
    """Where words have left already, the failure is told to the client in their stream, and three of them end the experiment."""
    home, _, candidate = here
    versions = Stubs(home)
    with running(app_of(home, versions, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        versions.engines[candidate].breaks = True
        broken = sum("engine_failed" in ask(http, f"u{i}", stream=True).text for i in range(40))
        state = http.get("/v1/ab").json()

    assert ("failed", 3) == (state["ended"]["why"], broken)


def test_a_whole_answer_of_which_nothing_has_left_is_never_broken_off(here):
    """A candidate that fails within an answer that leaves in one piece costs nobody that answer: it is the incumbent's, and says so."""
    home, incumbent, candidate = here
    versions = Stubs(home)
    with running(app_of(home, versions, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        versions.engines[candidate].breaks = True
        answers = [ask(http, f"u{i}") for i in range(30)]
        texts = [http.post("/v1/completions", json={"prompt": "x", "user": f"u{i}"}) for i in range(3)]
        state = http.get("/v1/ab").json()

    said = {one.json()["choices"][0]["message"]["content"] for one in answers}
    assert {200} == {one.status_code for one in [*answers, *texts]}
    assert {incumbent} == {one.json()["model"] for one in answers} == {one.headers["X-Burnish-Version"] for one in answers}
    assert {f"I am {incumbent}."} == said
    assert ("failed", 3) == (state["ended"]["why"], state["failures"])


@pytest.mark.parametrize("how", ["gone", "misfit"])
def test_a_candidate_that_is_not_there_costs_nobody_an_answer(here, how):
    """A version that was removed, a model that a server elsewhere lists no more, one for which memory is short: the incumbent answers."""
    home, incumbent, candidate = here
    versions = Stubs(home)
    with running(app_of(home, versions, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        versions.engines[candidate].fails = how
        answers = [ask(http, f"u{i}", stream=i % 2 == 0) for i in range(30)]
        state = http.get("/v1/ab").json()

    assert [200] * 30 == [one.status_code for one in answers]
    assert {incumbent} == {one.headers["X-Burnish-Version"] for one in answers}
    assert ("failed", 3) == (state["ended"]["why"], state["failures"])


@pytest.mark.parametrize(("how", "status"), [("misfit", 400), ("full", 429)])
def test_what_is_not_the_candidates_own_fault_does_not_end_the_experiment(here, how, status):
    """A request that no version can answer, and one that finds the queue full, are refused as ever and nobody's failure."""
    home, incumbent, candidate = here
    versions = Stubs(home)
    with running(app_of(home, versions, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        versions.engines[candidate].fails = versions.engines[incumbent].fails = how
        statuses = {ask(http, f"u{i}").status_code for i in range(20)}
        state = http.get("/v1/ab").json()

    assert {status} == statuses
    assert (True, 0) == (state["running"], state["failures"])


@pytest.mark.parametrize("how", ["fails", "breaks"])
def test_a_candidates_failure_is_not_booked_to_the_incumbent(here, how):
    """In all metrics each request is the incumbent's one whole answer; the failures are counted, and are the candidate's."""
    home, incumbent, candidate = here
    versions = Stubs(home)
    app = app_of(home, versions, arms=ARMS)
    with running(app) as url, httpx.Client(base_url=url) as http:
        setattr(versions.engines[candidate], how, True)
        for i in range(30):
            ask(http, f"u{i}")
        settled(app.watch)
        found = metrics(url)

    assert 30 == total(found, "burnish:requests_total", version=incumbent, outcome="answered")
    assert 30 == total(found, "vllm:request_success_total", version=incumbent, finished_reason="stop")
    assert 0 == total(found, "vllm:request_success_total", finished_reason="error")
    assert 30 == total(found, "vllm:request_params_n_sum", version=incumbent)
    assert 60 == total(found, "vllm:request_generation_tokens_sum", version=incumbent)
    assert 3 == total(found, "burnish:arm_failures_total", version=candidate) == total(found, "burnish:arm_failures_total")


def test_what_cannot_begin_is_told_and_what_went_on_never_keeps_the_server_down(here):
    """An unknown arm, one version twice and a candidate that cannot be loaded refuse to begin; one that went on ends, and serves."""
    home, incumbent, candidate = here
    broken = Stubs(home)
    broken.engines[candidate].fails = "load"
    for versions, arms, what in (
        (Stubs(home), "live:0.5,nobody:0.5", "which is no version"),
        (Stubs(home), f"live:0.5,{incumbent}:0.5", "same version"),
        (broken, ARMS, "cannot be loaded"),
    ):
        with pytest.raises(BurnishError, match=what), running(app_of(home, versions, arms=arms)):
            pass
    with running(app_of(home, arms=ARMS, again=True)) as url:
        pass
    with running(app_of(home, broken, arms=ARMS)) as url, httpx.Client(base_url=url) as http:
        answers = {ask(http, f"u{i}").headers["X-Burnish-Version"] for i in range(10)}
        state = http.get("/v1/ab").json()

    assert {incumbent} == answers
    assert "failed" == state["ended"]["why"]


def test_a_disk_that_cannot_be_written_keeps_no_server_down(here, monkeypatch):
    """Without an experiment the server answers all the same and says that feedback is not kept; with one it does not begin."""
    home, *_ = here
    told = []

    def read_only(operation, path):
        if path.is_relative_to(home):
            raise OSError(30, "Read-only file system")

    monkeypatch.setattr(durable, "FAULT_HOOK", read_only)
    with running(app_of(home, tell=told.append)) as url, httpx.Client(base_url=url) as http:
        answer = ask(http, "Ann")
    with pytest.raises(BurnishError, match="cannot write"), running(app_of(home, arms=ARMS)):
        pass

    assert 200 == answer.status_code
    assert "only until the server ends" in told[0]


def test_graders_vote_on_a_sample_apart_from_people(here):
    """With a share of one half about half of the answers are graded, under the grader's name; what people say is read apart."""
    home, *_ = here
    with running(app_of(home, arms=ARMS, graders=("refusal:0.5", "polite"))) as url, httpx.Client(base_url=url) as http:
        for i in range(80):
            ask(http, f"u{i}")
        say(http, ask(http, "u0"), user="u0", thumb="up")
    from burnish.registry.book import Book

    book, name = Book(home), ids(home)[0]
    votes = {source: len(book.votes(name, source)) for source in book.sources(name)}
    book.close()

    assert {"people", "polite", "refusal"} == set(votes)
    assert (1, 80) == (votes["people"], votes["polite"])
    assert 20 < votes["refusal"] < 60


@pytest.fixture
def stuck(monkeypatch):
    """Let every grader wait until it is let go; return what lets it."""
    gate = threading.Event()
    monkeypatch.setattr("burnish.serve.ab.grading.grade", lambda *_: gate.wait(30) and SimpleNamespace(value=1.0))
    yield gate
    gate.set()


def test_graders_that_are_slow_hold_up_nobody(here, stuck, monkeypatch, caplog):
    """Answers and the state come while graders work; beyond so many that wait, answers are not graded, and that is counted and told."""
    home, *_ = here
    monkeypatch.setattr("burnish.serve.ab.trial.MOST_WAITING", 5)
    trial = trial_of(TrialOptions(arms=ARMS, graders=("polite",)), str(home), lambda _: None)
    with running(make_app(Stubs(home), Rules(), trial=trial)) as url, httpx.Client(base_url=url, timeout=5) as http:
        answers = [ask(http, f"u{i}").status_code for i in range(16)]
        running_on = http.get("/v1/ab").json()["running"]
        stuck.set()

    assert ([200] * 16, True, 11) == (answers, running_on, trial.ungraded)
    assert ["1 not", "10 not"] == [re.search(r"\d+ not", line)[0] for line in caplog.messages if "graders are slower" in line]


def test_a_server_that_ends_waits_for_no_grader_beyond_its_time(here, stuck, monkeypatch):
    """Graders that hang are left; an end is written and the book is closed all the same."""
    home, _, candidate = here
    versions = Stubs(home)
    monkeypatch.setattr("burnish.serve.ab.trial.CLOSE_SECONDS", 0.05)
    trial = trial_of(TrialOptions(arms=ARMS, graders=("polite",)), str(home), lambda _: None)
    with running(make_app(versions, Rules(), trial=trial)) as url, httpx.Client(base_url=url) as http:
        for i in range(8):
            ask(http, f"u{i}")
        versions.engines[candidate].fails = True
        for i in range(30):
            ask(http, f"u{i}")
    ended_first = not stuck.is_set()
    with pytest.raises(StorageError):
        trial.book.units("x")

    assert ended_first
    assert "failed" == ended(home, ids(home)[0]).why


def test_an_end_that_waits_for_the_projects_lock_holds_up_no_answer(here):
    """While another process holds the lock, people are answered, and nobody is sent to the candidate; then the end is written and told."""
    home, _, candidate = here
    versions, told = Stubs(home), []
    with running(app_of(home, versions, arms=ARMS, tell=told.append)) as url, httpx.Client(base_url=url) as http:
        versions.engines[candidate].fails = True
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        answers = [ask(http, f"u{i}") for i in range(30)]
        heard = any("ended" in line for line in told)
        before = ended(home, ids(home)[0])
        state = http.get("/v1/ab").json()
        os.close(descriptor)

    assert ({200}, False, None) == ({one.status_code for one in answers}, heard, before)
    assert "failed" == state["ended"]["why"] == ended(home, ids(home)[0]).why
    assert any("ended" in line for line in told)


def test_a_graders_votes_can_decide(here):
    """With --ab-reads the grader's votes are those that stop the candidate; which source is read is said."""
    home, incumbent, _ = here
    typed = {"arms": ARMS, "graders": ('structure={"starts_with": "I am ' + incumbent + '"}',), "reads": "structure"}
    with running(app_of(home, **typed)) as url, httpx.Client(base_url=url) as http:
        stopped = next(i for i in range(300) if "X-Burnish-Arm" not in ask(http, f"u{i}").headers)
        state = http.get("/v1/ab").json()

    assert stopped < 100
    assert ("harm", "structure") == (state["ended"]["why"], state["source"])


def test_many_at_once_are_all_entered(here):
    """200 requests from 20 threads: every answer has an id of its own, and is in the book."""
    home, *_ = here
    with (
        running(app_of(home, arms=ARMS)) as url,
        httpx.Client(base_url=url, limits=httpx.Limits(max_connections=50)) as http,
        ThreadPoolExecutor(20) as threads,
    ):
        answers = list(threads.map(lambda i: ask(http, f"u{i % 50}", stream=i % 2 == 0), range(200)))
        state = http.get("/v1/ab").json()

    assert {200} == {one.status_code for one in answers}
    assert (200, 50) == (sum(arm["answers"] for arm in state["arms"]), sum(arm["units"] for arm in state["arms"]))
