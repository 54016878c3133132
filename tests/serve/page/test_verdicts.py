"""What `GET /v1/versions` says: each version's own record in plain words, damaged ones among them."""

from __future__ import annotations

import dataclasses

import httpx
import pytest

from burnish.records.gate import GateResult
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.remote import RemoteVersions
from registry.toy_runs import fill


def asked(versions):
    """Return what the route says of some versions, none of which is loaded."""
    import asyncio

    async def one():
        app = make_app(versions, Rules())
        app.gate.state = "open"
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8011") as http:
            found = await http.get("/v1/versions")
            assert found.status_code == 200, found.text
            return found.json()["data"]

    return asyncio.run(one())


def pool(home, live):
    """Return a pool that has loaded nothing and serves `live`."""
    return Pool(Shelf(str(home), None), lambda opened: None, live=live)


@pytest.fixture
def registry(tmp_path):
    """Return an empty project."""
    return Registry(make_home(tmp_path))


def added(registry, **fields):
    """Add a version whose record has these fields; return its id."""
    run_id, folder = registry.new_run()
    run = fill(registry, run_id, folder, weights=run_id.encode())
    registry.add(dataclasses.replace(run, **fields))
    return run_id


def test_versions_are_told_newest_first_with_the_base_last(own_project):
    """Each has its name, its id, whether it is live, its verdict in words, its date and its scores."""
    home, (first, second, third) = own_project
    found = asked(pool(home, second))

    assert [(one["name"], one["label"], one["live"], one["verdict"]) for one in found] == [
        (third, third, False, "worse"),
        (second, second, True, "cannot tell"),
        ("spring", first, False, "better"),
        ("base", "base", False, "untrained"),
    ]
    assert found[2]["words"].startswith("Shown to be better than the base")
    assert f"No difference from version {first} was shown" in found[1]["words"]
    assert found[2]["suites"] == [
        {"name": "own rows", "verdict": "better", "before": 0.42, "after": 0.63, "low": 0.11, "high": 0.31, "questions": 40}
    ]
    assert found[2]["created"] == "2026-11-21T09:30:00Z"


def test_live_is_what_answers_not_what_the_pointer_says(own_project):
    """Where the new live version could not be loaded, the old one is told as live."""
    home, (first, second, _) = own_project

    assert {one["label"]: one["live"] for one in asked(pool(home, first))}[second] is False


def test_words_say_gates_and_what_was_kept(registry):
    """A missed gate is told with what was seen; so is what earlier sessions taught and was lost."""
    gates = (
        GateResult(name="own", rule=">= 0.9", status="missed", seen="0.63"),
        GateResult(name="facts", rule="better", status="met", seen="+0.2"),
    )
    added(registry, gates=gates, retention="forgot")
    added(registry, gates=gates[1:], retention="kept", verdict="not judged")
    new, old, _ = asked(pool(registry.home, None))

    assert "Of 2 gates 1 are met; own (>= 0.9): missed, 0.63." in old["words"]
    assert "It forgot some of what earlier sessions taught." in old["words"]
    assert (
        new["words"]
        == "Not judged: no question was asked of it before and after. Its gate is met. It kept what earlier sessions taught."
    )


def test_a_version_that_holds_forgotten_rows_says_so(registry):
    """What was to be forgotten is named, and that the version is never made live."""
    version = added(registry)
    registry.forget("letters.jsonl", [version])

    assert (
        "rows that were to be forgotten (letters.jsonl), and is never made live." in asked(pool(registry.home, None))[0]["words"]
    )


def test_one_damaged_record_hides_no_other(registry):
    """A version whose record cannot be read is told as damaged; the others are told as ever."""
    broken, whole = added(registry), added(registry)
    (registry.runs / broken / "run.json").write_text("{")
    found = asked(pool(registry.home, whole))

    assert [(one["label"], one["verdict"]) for one in found] == [(whole, "better"), (broken, "damaged"), ("base", "untrained")]
    assert "burnish fsck" in found[1]["words"]


def test_without_a_project_there_is_the_base_alone(tmp_path, monkeypatch):
    """Outside a project the base is what answers as live; of a server elsewhere nothing is known."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BURNISH_HOME", raising=False)
    alone = asked(Pool(Shelf(None, "toy"), lambda opened: None))

    assert [(one["label"], one["live"], one["verdict"]) for one in alone] == [("base", True, "untrained")]


def test_models_of_a_server_elsewhere_have_no_verdict(monkeypatch):
    """Their names are told, and that nothing is known of them."""
    from burnish.serve.pool import Named

    async def names(self):
        return [Named(name="big", label="big")]

    monkeypatch.setattr(RemoteVersions, "names", names)
    found = asked(RemoteVersions("http://127.0.0.1:1"))

    assert [(one["name"], one["verdict"], one["live"]) for one in found] == [("big", "not known", False)]
