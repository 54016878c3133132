"""The verb `bench`: what is measured is what was trained, and what goes wrong is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from burnish.errors import TrainError
from burnish.flow import bench as module
from burnish.flow.bench import _contender, _interpreters, _measure, _numbers, _random_rows, _ways
from burnish.records.recipe import Recipe
from burnish.train.bench import Watched, bench
from plan_toys import PLAN

PEERS = Path(module.__file__).parent / "peers"
LOADS = """
import importlib, sys
folder, runner = sys.argv[1:]
sys.path.insert(0, folder)
importlib.import_module("run_peer")
assert callable(importlib.import_module(runner).train)
print(*[name for name in sys.modules if name.partition(".")[0] in ("burnish", "torch", "transformers")])
"""
"""What a peer's interpreter does with a runner, in a bare interpreter."""


def order(folder, **changes):
    """Return an order for four steps of two rows on the toy model."""
    rows = [([7 + row, 8, 9, 10, 11, 12], [False, False, True, True, True, True]) for row in range(8)]
    plan = _numbers(PLAN) | {"batch_rows": 2, "lora_dropout": 0.0, **changes}
    return {"folder": str(folder), "rows": rows, "plan": plan}


def test_both_paths_train_the_same_tokens_to_the_same_losses(toy_folder):
    """Two steps are timed of four; float32 losses agree; only the fast step tells its parts."""
    fast, own = bench(order(toy_folder, fast=True)), bench(order(toy_folder, fast=False))

    assert (fast["tokens"], fast["steps"]) == (own["tokens"], own["steps"]) == (24, 2)
    assert fast["losses"] == pytest.approx(own["losses"], rel=1e-4)
    assert set(fast["parts"]) == {"matrix products", "attention", "element-wise passes", "cross-entropy"}
    assert sum(fast["parts"].values()) <= fast["seconds"]
    assert 0 < fast["products_seconds"]
    assert "parts" not in own


def test_every_product_is_recorded_and_can_be_done_again():
    """What is replayed is what was done: as often, with the same result."""

    class Ops:
        def product(self, a, b, out):
            return torch.mm(a, b, out=out)

    watched = Watched(Ops())
    watched.products = []
    a, out = torch.randn(3, 4), torch.empty(3, 3)
    watched.product(a, a.T, out)
    expected = out.clone()
    out.zero_()
    for again in watched.products:
        again()

    assert len(watched.products) == 1
    assert torch.equal(out, expected)
    assert watched.seconds["matrix products"] > 0


def test_the_share_of_the_limit_is_products_alone_over_the_step():
    """100 tokens in 2 s, whose products alone take 0.5 s for 50 tokens: half."""
    found = _contender(
        "the fast step",
        [
            {"tokens": 100, "seconds": 2.0, "cpu_seconds": 4.0, "steps": 2, "losses": [1.0], "peak_bytes": 5, "parts": {"attention": 1.0},
             "products_seconds": 0.5, "products_tokens": 50},
            {"tokens": 100, "seconds": 3.0, "cpu_seconds": 4.0, "steps": 2, "losses": [1.0], "peak_bytes": 9, "parts": {"attention": 1.0},
             "products_seconds": 0.5, "products_tokens": 50},
        ],
    )  # fmt: skip

    assert (found.tokens_per_second, found.tokens_per_cpu_second, found.peak_bytes) == (50.0, 25.0, 9)
    assert found.share_of_products == pytest.approx(0.5)
    assert found.parts == {"attention": 0.5, "the rest (optimizer, clipping, Python)": 0.5}


def test_a_model_that_the_fast_step_does_not_take_is_measured_without_it():
    """And a peer is run in each of its ways, by the interpreter that was named."""
    ways = _ways(PLAN, ("trl", "ms-swift"), {"trl": "/somewhere/python", "ms-swift": "/elsewhere/python"})

    assert list(ways) == ["PEFT's own modules", "trl, packed", "trl, padded", "ms-swift, single", "ms-swift, padded"]
    assert ways["trl, padded"][0][0] == "/somewhere/python"
    assert ways["trl, padded"][0][2:] == ["trl", "padded"]
    assert ways["ms-swift, single"][0][0] == "/elsewhere/python"


def test_every_peer_has_a_runner_that_only_its_own_environment_loads():
    """run_peer.py loads with the standard library alone, finds a runner for each peer, and no runner imports burnish."""
    for peer in module.PEERS:
        command = [sys.executable, "-I", "-S", "-c", LOADS, str(PEERS), f"{peer.replace('-', '_')}_peer"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), {"trl": "python", "axolotl": "python"}),
        (("/a/python",), {"trl": "/a/python", "axolotl": "/a/python"}),
        (("trl=/a/python", "axolotl=/b/python"), {"trl": "/a/python", "axolotl": "/b/python"}),
        (("trl=/a/python,axolotl=/b/python",), {"trl": "/a/python", "axolotl": "/b/python"}),
        (("axolotl=/b/python", "/a/python"), {"trl": "/a/python", "axolotl": "/b/python"}),
        (("/odd,folder=1/python",), {"trl": "/odd,folder=1/python", "axolotl": "/odd,folder=1/python"}),
        (("litgpt=/c/python",), {"trl": "python", "axolotl": "python"}),
    ],
)
def test_every_peer_is_run_by_the_interpreter_named_for_it(given, expected):
    """PEER=PATH for one, PATH for the others; a peer that is named and not asked for is passed over."""
    assert _interpreters(("trl", "axolotl"), given) == expected


def test_an_interpreter_for_a_peer_that_there_is_not_is_refused():
    """A slip of the pen would else let the default interpreter run the peer that was meant."""
    with pytest.raises(TrainError, match="no such peer") as raised:
        _interpreters(("trl",), ("tlr=/a/python",))

    assert raised.value.seen == "--python tlr=/a/python"
    assert "trl" in raised.value.remedy


def test_a_peer_that_is_not_there_is_told_with_a_remedy():
    """An interpreter without TRL, and one that does not exist."""
    script = _ways(PLAN, ("trl",), {"trl": sys.executable})["trl, packed"][0][1]
    for command in ([sys.executable, "-S", script, "trl", "packed"], ["/no/such/python", script, "trl", "packed"]):
        with pytest.raises(TrainError, match="trl, packed could not be measured") as raised:
            _measure("trl, packed", command, {"folder": "", "plan": {"dtype": "float32"}, "rows": []})
        assert "--python" in raised.value.remedy


def test_random_rows_have_the_length_asked_for():
    """Within a fifth on average, the same each time, the second half supervised."""
    rows = _random_rows(260, 50, 200)

    assert 40 < sum(len(ids) for ids, _ in rows) / 200 < 60
    assert rows == _random_rows(260, 50, 200)
    assert all(sum(flags) == len(flags) - len(flags) // 2 for _, flags in rows)


def test_the_verb_prints_a_table_and_one_json_object(toy_folder, tmp_path):
    """On the toy model, one round: each way with its figures."""
    words = ["bench", "--model", str(toy_folder), "--length", "12", "--steps", "3", "--rounds", "1", "--json"]
    done = subprocess.run([sys.executable, "-m", "burnish", *words], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["name"] for one in found["contenders"]] == ["the fast step", "PEFT's own modules"]
    assert all(one["tokens_per_second"] > 0 for one in found["contenders"])
    assert "where a step's time goes" in done.stderr
    assert found["left_out"] == {}
    assert list(module.PEERS) == ["trl", "axolotl", "llamafactory", "ms-swift", "litgpt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--against", "nobody"], "--against nobody"),
        (["--against", "trl,nobody"], "--against nobody"),
        (["--against", "trl", "--python", "/no/such/python"], "--python /no/such/python"),
        (["--against", "trl,litgpt", "--python", "litgpt=/no/such/python", "--python", sys.executable], "--python"),
    ],
)
def test_a_peer_that_cannot_be_run_is_refused_before_anything_is_measured(words, said, toy_folder):
    """One block with a remedy, exit 1, and no run before it."""
    from typer.testing import CliRunner

    from burnish.cli.main import app

    done = CliRunner().invoke(app, ["bench", "--model", str(toy_folder), *words])

    assert done.exit_code == 1
    assert said in done.stderr
    assert "defect" not in done.stderr
    assert "measuring" not in done.stderr


def test_a_peer_that_cannot_be_loaded_is_told_before_anything_is_measured(tmp_path, monkeypatch):
    """Not installed, or broken: its own last words, in seconds and not after minutes of measuring the others."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho Traceback >&2\necho \"ModuleNotFoundError: No module named 'trl'\" >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(module, "_measure", lambda *_: pytest.fail("something was measured"))
    with pytest.raises(TrainError, match="trl cannot be loaded") as raised:
        list(
            module.bench(
                None, None, Recipe(), length=10, steps=3, against=("trl",), python=(str(broken),), rounds=1, home=str(tmp_path)
            )
        )

    assert "No module named 'trl'" in raised.value.seen
    assert "--python" in raised.value.remedy


STAND_IN = """#!{python}
import json, sys
if sys.argv[1] == "-c":
    sys.exit("ModuleNotFoundError: No module named 'litgpt'" if "litgpt" in sys.argv[2] else 0)
peer, way = sys.argv[2:]
if (peer, way) == ("axolotl", "packed"):
    sys.exit("it broke in the middle")
order = json.load(sys.stdin)
tokens = sum(len(ids) for ids, _ in order["rows"])
print("chatter")
print(json.dumps(dict(tokens=tokens, steps=1, seconds=1.0, cpu_seconds=2.0, losses=[3.0], peak_bytes=4, version="0")))
"""
"""An interpreter of peers in which LitGPT is not installed and Axolotl cannot pack."""


@pytest.fixture
def stand_in(tmp_path):
    """Return the path of the interpreter."""
    path = tmp_path / "stand_in"
    path.write_text(STAND_IN.format(python=sys.executable))
    path.chmod(0o755)
    return path


def test_a_peer_that_fails_is_left_out_and_its_reason_told(stand_in, toy_folder, tmp_path):
    """Going on: what cannot be loaded and what breaks in the middle is named, and all others are measured."""
    words = ["bench", "--model", str(toy_folder), "--length", "12", "--steps", "3", "--rounds", "2", "--json", "--keep-going"]
    words += ["--against", "axolotl,litgpt", "--against", "trl", "--python", str(stand_in)]
    done = subprocess.run([sys.executable, "-m", "burnish", *words], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["name"] for one in found["contenders"][-3:]] == ["axolotl, padded", "trl, packed", "trl, padded"]
    assert found["left_out"] == {
        "litgpt": "ModuleNotFoundError: No module named 'litgpt'",
        "axolotl, packed": "it broke in the middle",
    }
    assert "axolotl, packed is left out: it broke in the middle" in done.stderr


def test_a_peer_that_fails_ends_all_where_going_on_was_not_asked_for(stand_in, toy_folder, tmp_path):
    """One block, exit 1."""
    words = ["bench", "--model", str(toy_folder), "--length", "12", "--steps", "3", "--rounds", "1"]
    words += ["--against", "axolotl", "--python", f"axolotl={stand_in}"]
    done = subprocess.run([sys.executable, "-m", "burnish", *words], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 1
    assert "axolotl, packed could not be measured" in done.stderr
    assert "it broke in the middle" in done.stderr
