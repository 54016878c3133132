"""Drift: recent answers beside those that the verdict rests on."""

from __future__ import annotations

import json
import random

import httpx
import pytest

from burnish.flow.judging import HELD_OUT
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.server import running
from burnish.serve.watch.drift import ENOUGH, SUITE, Look, Recent, evaluated, figures
from serve.watching import Versions, chat, metrics, settled, total

CHAT = "/v1/chat/completions"


def answer(text="The key is under the mat.", tokens=8, natural=True):
    """Return one answer as `after.json` has it."""
    return {"text": text, "tokens": tokens, "natural_stop": natural}


def report(path, answers, suite="held-out rows"):
    """Write what an evaluation leaves and return where."""
    path.write_text(json.dumps({"model": "one", "suites": {suite: {"answers": answers}}}))
    return path


def test_the_evaluations_figures_are_those_of_the_versions_own_rows(tmp_path):
    """Tokens, refusals and natural stops are read from after.json; a thought is no part of the answer that is looked at."""
    refusing = answer("<think>I cannot help with that? I can.</think>I'm sorry, but I can't help with that.", 20, natural=False)
    found = evaluated(report(tmp_path / "after.json", [answer(), answer(tokens=14), answer(), refusing]))

    assert {"answer_tokens": 12.5, "refusal_share": 0.25, "natural_stop_share": 0.75} == {k: v.mean for k, v in found.items()}


@pytest.mark.parametrize("text", [None, "after.json", "[]", '{"suites": {}}', '{"suites": {"held-out rows": {"answers": []}}}',
                                  '{"suites": {"held-out rows": {"answers": [{"text": 1}]}}}'])  # fmt: skip
def test_a_version_without_such_figures_has_none(tmp_path, text):
    """Nothing is made up: no file, a damaged one, or one without own rows gives no figure."""
    path = tmp_path / "after.json"
    if text is not None:
        path.write_text(text)

    assert {} == evaluated(path) == evaluated(None)


def test_the_evaluation_calls_its_own_rows_so():
    """Training writes the suite under the name that is looked for here."""
    assert HELD_OUT == SUITE


def test_few_answers_say_nothing():
    """Below 30 answers there are no recent figures; of more than 200 the last 200 count."""
    recent = Recent()
    recent.looks.extend([Look(5, refuses=False, natural=True)] * (ENOUGH - 1))
    before = recent.figures()
    recent.looks.append(Look(5, refuses=False, natural=True))
    at = recent.figures()["answer_tokens"].mean
    recent.looks.extend([Look(50, refuses=True, natural=False)] * 200)

    assert ({}, 5) == (before, at)
    assert (50, 1, 0) == tuple(one.mean for one in recent.figures().values())


def test_no_drift_is_rarely_sure_and_a_real_one_is():
    """The same answers drawn twice lie within 4 standard errors 500 times of 500; 5 % refusals against 25 % lie beyond."""

    def draw(n, refusing):
        return figures(Look(max(1, int(random.expovariate(1 / 60))), random.random() < refusing, random.random() < 0.95)
                       for _ in range(n))  # fmt: skip

    far = [abs(b[name].sigmas(a[name])) for a, b in ((draw(60, 0.05), draw(200, 0.05)) for _ in range(500)) for name in a]
    real = draw(200, 0.25)["refusal_share"].sigmas(draw(200, 0.05)["refusal_share"])

    assert not [one for one in far if one > 4.5]
    assert real > 4


def test_a_share_of_nothing_is_not_held_for_sure():
    """No refusal in 10 rows and 2 in 30 answers is no certain drift: a share of 0 has an error too."""
    none = figures([Look(5, refuses=False, natural=True)] * 10)["refusal_share"]
    some = figures([Look(5, refuses=i < 2, natural=True) for i in range(30)])["refusal_share"]

    assert (0, 0.0) == (none.mean, none.sigmas(none))
    assert 0 < some.sigmas(none) < 1.4  # 1.47 if none of ten were held for certainly none
    every = figures([Look(5, refuses=True, natural=True)] * 30)["refusal_share"]
    assert every.sigmas(none) > 4  # and all against none, which has no variance at all, is told


def test_drift_is_exposed_for_the_version_that_has_an_evaluation(tmp_path):
    """A version that begins to refuse is seen beside its evaluation; another one without an evaluation has only recent figures."""
    app = make_app(Versions(), Rules())
    app.watch.report = {"one": report(tmp_path / "after.json", [answer(tokens=4)] * 40), "two": None}.get
    with running(app) as url, httpx.Client(base_url=url) as client:
        for _ in range(2):
            client.post(CHAT, json=chat("refuse", n=ENOUGH // 2))
            client.post(CHAT, json=chat("say 3", n=ENOUGH // 2))
            client.post(CHAT, json=chat("say 3", "two", n=ENOUGH // 2))
        settled(app.watch)
        found = metrics(url)

    assert (0.5, 0.0) == (total(found, "burnish:recent_refusal_share"), total(found, "burnish:evaluation_refusal_share"))
    assert (7, 4) == (
        total(found, "burnish:recent_answer_tokens", version="one"),
        total(found, "burnish:evaluation_answer_tokens"),
    )
    assert total(found, "burnish:drift_sigmas", version="one", figure="refusal_share") > 4
    assert 4 == total(found, "burnish:recent_answer_tokens", version="two")
    assert not [key for key in found if "evaluation" in key[0] and ("version", "two") in key[1]]
