"""What happens to engines is counted: loaded, not loaded, closed, and the live version changed."""

from __future__ import annotations

import time

import httpx
import pytest

from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from serve.conftest import add_version
from serve.doubles import Repeating
from serve.watching import chat, metrics, settled, total


@pytest.fixture
def served(tmp_path, toy_folder):
    """Return (registry, three versions, the app), the first version live, engines that repeat."""
    registry = Registry(make_home(tmp_path))
    versions = [add_version(registry, toy_folder, seed=seed, scale=0.0) for seed in range(3)]
    registry.promote(versions[0], "first")
    return registry, versions, make_app(Pool(Shelf(str(registry.home), None), Repeating, first="live", keep=1), Rules())


def until(url, name, value, **labels):
    """Wait until a metric has a value."""
    end = time.monotonic() + 20
    while total(found := metrics(url), name, **labels) != value:
        assert time.monotonic() < end, (name, total(found, name, **labels))
        time.sleep(0.1)
    return found


def test_a_version_that_cannot_be_loaded_is_seen_and_mended(served):
    """The change of the live version is counted; a version whose weights are damaged is told until `live` moves on."""
    registry, (first, second, third), app = served
    with running(app) as url:
        registry.promote(second, "better")
        until(url, "burnish:live_info", 1, version=second)
        registry.promote(third, "newest")
        (registry.adapter_folder(third) / "adapter_model.safetensors").write_bytes(b"broken")
        told = until(url, "burnish:engine_not_loaded", 1, version=third)
        registry.rollback(None, "back")
        after = until(url, "burnish:live_changes_total", 2)

    assert (1, 1) == (total(told, "burnish:live_info", version=second), total(told, "burnish:engine_load_failures_total"))
    assert {first: 1, second: 1, third: 0} == {
        one: total(after, "burnish:engine_loads_total", version=one) for one in (first, second, third)
    }
    assert 1 == total(after, "burnish:engine_unloads_total", version=first)
    assert 0 == total(after, "burnish:engine_not_loaded")
    assert 1 == total(after, "burnish:ready")


def test_the_evaluation_kept_with_a_version_is_found(served):
    """The registry's after.json of the version that answers is the one that is compared with."""
    _, (first, *_), app = served
    with running(app) as url:
        httpx.post(f"{url}/v1/chat/completions", json=chat("a b c"))
        settled(app.watch)
        found = metrics(url)

    assert "after.json" == app.watch.report(first).read_text()  # what the toy run wrote there: no figures, so none are told
    assert not [name for name, _ in found if name.startswith("burnish:evaluation")]
    assert 1 == total(found, "vllm:request_success_total", model_name="live", version=first)


def test_a_beginning_of_an_id_is_no_label(served):
    """A version asked for by the first letters of its id is told by the whole id; its tag is told as such."""
    registry, (first, second, _), app = served
    registry.tag("mine", second)
    with running(app) as url:
        for name in (first[:18], first[:19], first, "mine", "live"):
            assert 200 == httpx.post(f"{url}/v1/chat/completions", json=chat("a", name)).status_code
        settled(app.watch)
        names = {dict(pairs).get("model_name") for name, pairs in metrics(url) if name == "vllm:request_success_total"}

    assert {first, "mine", "live"} == names
