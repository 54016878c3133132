"""A request that names no version where nothing is live: it gets the version the server began with, or is told that it must name one."""

from __future__ import annotations

import httpx
import pytest

from burnish.registry.home import make_home
from burnish.serve import start
from burnish.serve.ab.trial import Trial
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.pool import Named
from burnish.serve.server import running
from serve.ab.stubs import Stubs, project

HELLO = {"messages": [{"role": "user", "content": "Hello"}]}


class Elsewhere(Stubs):
    """The models of a server elsewhere, of which nothing is known but their names."""

    live = None

    def __init__(self, home, listed):
        super().__init__(home)
        self.listed = listed

    def _labels(self):
        return super()._labels() | ({"live": self.registry.live} if "live" in self.listed else {})

    async def names(self):
        return [Named(name=name, label=name) for name in self.listed]


def asked(versions, default):
    """Ask once without a model; return the answer."""
    with running(make_app(versions, Rules(), trial=Trial(default=default))) as url:
        return httpx.post(f"{url}/v1/chat/completions", json=HELLO)


@pytest.mark.parametrize(("default", "label"), [("candidate", 2), ("base", "base"), ("live", "base")])
def test_it_gets_the_version_that_the_server_began_with(tmp_path, default, label):
    """`serve --model candidate` with nothing live answers by it; where live was taken back meanwhile, the base does."""
    made = project(tmp_path)
    answer = asked(Elsewhere(made[0], []), default)

    assert (made[label] if isinstance(label, int) else label) == answer.headers["X-Burnish-Version"]


@pytest.mark.parametrize(("listed", "label"), [(["base"], "base"), (["base", "live"], "live")])
def test_before_a_server_elsewhere_it_gets_its_only_model_or_its_live_one(tmp_path, listed, label):
    """One model needs no name; of a burnish behind this one, `live` is what is meant."""
    made = project(tmp_path)
    answer = asked(Elsewhere(made[0], listed), "")

    assert (200, made[1] if label == "live" else label) == (answer.status_code, answer.headers.get("X-Burnish-Version"))


def test_before_a_server_of_several_models_it_must_name_one(tmp_path):
    """It is no fault of the server: 400, which names the field and the models there are."""
    answer = asked(Elsewhere(project(tmp_path)[0], ["one", "two"]), "")
    fault = answer.json()["error"]

    assert (400, "model", "missing_required_parameter") == (answer.status_code, fault["param"], fault["code"])
    assert "one, two" in fault["message"]


def test_the_command_says_which_it_began_with(tmp_path, monkeypatch):
    """What is loaded first is what such a request gets; before a server elsewhere nothing is assumed."""
    seen = []
    monkeypatch.setattr(start, "make_app", lambda *words: seen.append(words[-1].default))
    monkeypatch.setattr(start, "_versions", lambda options, *_: (None, options.model or "", "transformers"))
    for model in ("candidate", None):
        start.prepare(start.Options(model=model, home=str(make_home(tmp_path)), port=0), lambda _: None).socket.close()

    assert ["candidate", ""] == seen
