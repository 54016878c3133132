"""Toy versions in a project of their own."""

from __future__ import annotations

import pytest
from toy_runs import fill

from burnish import durable
from burnish.registry.home import make_home
from burnish.registry.store import Registry


@pytest.fixture
def registry(tmp_path):
    """Return the registry of an empty project."""
    return Registry(make_home(tmp_path))


@pytest.fixture(autouse=True)
def _no_hook():
    yield
    durable.FAULT_HOOK = None


@pytest.fixture
def made(registry):
    """Return a function that adds a finished version and returns its id."""

    def make(weights=b"weights", parents=(), verdict="better") -> str:
        run_id, folder = registry.new_run()
        registry.add(fill(registry, run_id, folder, weights, parents, verdict))
        return run_id

    return make
