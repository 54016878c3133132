"""An experiment before a server elsewhere: another burnish, whose `live` may move, whose arms may fail, and which may be full."""

from __future__ import annotations

import httpx
import pytest

from burnish.registry.home import make_home
from burnish.serve.ab.options import TrialOptions, trial_of
from burnish.serve.app import make_app
from burnish.serve.engine import EngineError
from burnish.serve.faults import Refused
from burnish.serve.guard import Rules
from burnish.serve.pool import Named
from burnish.serve.remote import RemoteVersions, _named, _refusal
from burnish.serve.server import running
from serve.ab.stubs import Stubs, app_of, project
from serve.ab.test_ab_trial import ask, say, until
from serve.ab.test_ab_verbs import typed

ARMS = "live:0.5,candidate:0.5"
USERS = [f"u{i}" for i in range(16)]


class Two:
    """A burnish elsewhere, and one before it that compares two of its versions."""

    def __init__(self, folder):
        self.far_home, self.incumbent, self.candidate = project(folder / "far")
        self.versions = Stubs(self.far_home)
        self.engine = self.versions.engines[self.candidate]
        self.near_home = make_home(folder / "near")

    def far(self):
        """Serve what is elsewhere."""
        return running(app_of(self.far_home, self.versions))

    def near(self, url, arms=ARMS):
        """Serve what is before it."""
        trial = trial_of(TrialOptions(arms=arms), str(self.near_home), lambda _: None)
        return running(make_app(RemoteVersions(url), Rules(), trial=trial))


@pytest.fixture
def two(tmp_path):
    """Return both."""
    return Two(tmp_path)


def of_candidate(http, two):
    """Return somebody who is answered by the candidate."""
    return next(user for user in USERS if ask(http, user).headers["X-Burnish-Version"] == two.candidate)


def test_people_stay_on_their_arm_and_their_feedback_counts(two):
    """Over a restart everybody gets the version they had, named by what it is and not by what it is called; a thumb and a correction count."""
    seen = []
    with two.far() as url:
        for _ in range(2):
            with two.near(url) as front, httpx.Client(base_url=front) as http:
                answers = [ask(http, user) for user in USERS]
                seen.append([(one.headers["X-Burnish-Version"], one.headers["X-Burnish-Arm"]) for one in answers])
        with two.near(url) as front, httpx.Client(base_url=front) as http:
            thumb = say(http, answers[0], user=USERS[0], thumb="up").json()
            correction = say(http, answers[1], user=USERS[1], correction="So.").json()

    assert seen[0] == seen[1]
    assert {(two.incumbent, "live"), (two.candidate, "candidate")} == set(seen[0])
    assert (True, True) == (thumb["counted"], correction["counted"])


def test_two_names_of_one_version_elsewhere_are_no_experiment(two):
    """Where `live` is the candidate there, both arms would be one version: told before anything is served."""
    two.versions.registry.promote(two.candidate, "test")
    with two.far() as url, pytest.raises(Exception, match="both arms are the same version"), two.near(url):
        pass


def test_live_that_moves_elsewhere_ends_the_experiment_and_changes_no_arm(two):
    """While live moves there, an arm goes on being the version it was; the next request makes it known, and the experiment ends."""
    with two.far() as url, two.near(url) as front, httpx.Client(base_url=front) as http:
        before = {user: ask(http, user).headers["X-Burnish-Version"] for user in USERS}
        two.versions.registry.promote(two.candidate, "test")
        first = ask(http, USERS[0])

        assert before[USERS[0]] == first.headers["X-Burnish-Version"]
        assert until(lambda: "no longer what requests for live get" in http.get("/v1/ab").json()["words"])
        assert {two.candidate} == {ask(http, user).headers["X-Burnish-Version"] for user in USERS}


@pytest.mark.parametrize("how", ["fails", "breaks"])
def test_a_candidate_elsewhere_that_fails_costs_nobody_an_answer_and_is_ended(two, how):
    """At once or half way: the incumbent answers, outside of the experiment, which ends after three in a row."""
    with two.far() as url, two.near(url) as front, httpx.Client(base_url=front) as http:
        user = of_candidate(http, two)
        setattr(two.engine, how, True)
        answers = [ask(http, user) for _ in range(4)]
        found = http.get("/v1/ab").json()

    assert [200] * 4 == [one.status_code for one in answers]
    assert [f"I am {two.incumbent}."] * 4 == [one.json()["choices"][0]["message"]["content"] for one in answers]
    assert [None] * 4 == [one.headers.get("X-Burnish-Arm") for one in answers]
    assert ("stopped", 3) == (found["state"], found["failures"])


def test_a_server_elsewhere_that_is_full_says_when_to_come_again_and_ends_nothing(two):
    """Its 429 arrives with its Retry-After, is nobody's fault, and the experiment goes on."""
    with two.far() as url, two.near(url) as front, httpx.Client(base_url=front) as http:
        user = of_candidate(http, two)
        two.engine.fails = "full"
        full = [ask(http, user) for _ in range(4)]
        two.engine.fails = False
        after = ask(http, user)
        found = http.get("/v1/ab").json()

    assert [(429, "2")] * 4 == [(one.status_code, one.headers.get("Retry-After")) for one in full]
    assert two.candidate == after.headers["X-Burnish-Version"]
    assert (True, 0) == (found["running"], found["failures"])


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [(503, {"Retry-After": "7"}, (Refused, 7)), (503, {}, (EngineError, None)), (503, {"Retry-After": "soon"}, (EngineError, None)),
     (429, {}, (Refused, None)), (500, {"Retry-After": "7"}, (EngineError, None))],
)  # fmt: skip
def test_only_who_says_when_to_come_again_is_busy_and_not_broken(status, headers, kind):
    """A 503 with Retry-After is a server that is full or loads; without one the model may be gone, and the other arm is asked."""
    found = _refusal(httpx.Response(status, headers=headers), "{}")

    assert kind == (type(found), getattr(found, "retry", None))


def test_a_candidate_elsewhere_is_made_live_where_it_is_served(two):
    """`ab promote` says that this project has no such version and where to go, and the experiment goes on."""
    with two.far() as url, two.near(url) as front, httpx.Client(base_url=front) as http:
        ask(http, "Ann")
        code, told = typed(two.near_home, "ab", "promote", "--anyway")
        running_still = http.get("/v1/ab").json()["running"]

    assert (1, True) == (code, running_still)
    assert "a model of a server elsewhere" in told["error"]["seen"]
    assert "burnish ab stop" in told["error"]["remedy"]


def test_what_is_named_is_what_answers_though_the_other_end_compares_versions_too(two):
    """A request for live is asked there by the version that live means: it is no part of the other end's own experiment."""
    with (
        running(app_of(two.far_home, two.versions, arms=ARMS)) as url,
        running(make_app(RemoteVersions(url), Rules())) as front,
        httpx.Client(base_url=front) as http,
    ):
        answers = [ask(http, user, model="live") for user in USERS]
        entered = sum(arm["answers"] for arm in httpx.get(f"{url}/v1/ab").json()["arms"])

    assert {(two.incumbent, f"I am {two.incumbent}.")} == {
        (one.headers["X-Burnish-Version"], one.json()["choices"][0]["message"]["content"]) for one in answers
    }
    assert 0 == entered


def test_a_folder_is_no_version():
    """VLLM lists the folder of a model as its root: the name stays what it is asked by."""
    cards = [
        {"id": "qwen", "root": "/models/qwen"},
        {"id": "live", "root": "v1"},
        {"id": "v1", "root": "v1", "parent": "base"},
        {"id": "x"},
    ]

    assert [Named(name="qwen", label="qwen"), Named(name="live", label="v1"), Named(name="v1", label="v1", parent="base"),
            Named(name="x", label="x")] == _named(cards)  # fmt: skip
