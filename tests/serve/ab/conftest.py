"""Experiments divide people by a random key and by their own id: here both are the same each time, so that tests are."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def _same_ids(monkeypatch):
    """Give experiments ids that count up from one moment (the key is the project's: see stubs.project)."""
    moments = itertools.count(1_790_000_000_000_000_000, 50_000_000)
    clock = SimpleNamespace(time_ns=lambda: next(moments), strftime=time.strftime, gmtime=time.gmtime)
    monkeypatch.setattr("burnish.serve.ab.experiment.time", clock)
