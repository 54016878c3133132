"""A project of two unmistakable versions of the toy model, and a server before it."""

from __future__ import annotations

import hashlib
import sys

import pytest

from burnish.model.load import load_model
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.reference import Reference
from burnish.serve.server import running
from registry.toy_runs import fill
from toy_memory import carry


@pytest.fixture(autouse=True)
def _torch_may_come_back():
    """Let later tests load torch, where a server of this process kept it out."""
    yield
    if sys.modules.get("torch", pytest) is None:
        del sys.modules["torch"]


def add_version(registry, base, *, seed, scale=1.0, rows=(), **carried):
    """Add a version whose adapter is large and random, so that its answers are like no other's; return its id.

    `rows`: those that it carries, as (question, answer); `carried`: how (`toy_memory.carry`).
    """
    import dataclasses

    import torch
    from peft import LoraConfig, get_peft_model

    from burnish.model.folder import weights_hash

    run_id, folder = registry.new_run()
    run = fill(registry, run_id, folder)
    model = load_model(base, dtype="float32")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        tuned = get_peft_model(
            model,
            LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "up_proj", "down_proj"], task_type="CAUSAL_LM"),
        )
        for name, weight in tuned.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(weight, std=scale)
    tuned.save_pretrained(folder / "adapter")
    if rows:
        carry(folder, rows, **carried)
    digest = hashlib.sha256((folder / "adapter" / "adapter_model.safetensors").read_bytes()).hexdigest()
    run = dataclasses.replace(run, base_model=str(base), base_hash=weights_hash(base), adapter_hash=digest)
    registry.add(run)
    return run_id


@pytest.fixture(scope="session")
def project(tmp_path_factory, toy_folder):
    """Return (home, registry, two versions): the first is live, the second has the tag `second`."""
    home = make_home(tmp_path_factory.mktemp("served"))
    registry = Registry(home)
    versions = [add_version(registry, toy_folder, seed=seed) for seed in (1, 2)]
    registry.promote(versions[0], "first")
    registry.tag("second", versions[1])
    return home, registry, versions


@pytest.fixture(scope="session")
def pool(project):
    """Return the pool that the shared server answers from."""
    home, _, _ = project
    return Pool(Shelf(str(home), None), Reference, first="live")


@pytest.fixture(scope="session")
def url(pool):
    """Serve the project with the reference engine; return the address."""
    with running(make_app(pool, Rules())) as address:
        yield address
