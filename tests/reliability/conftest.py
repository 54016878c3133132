"""Toy versions, and no fault that stays planted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "registry"))

from burnish import durable


@pytest.fixture(autouse=True)
def _no_hook():
    yield
    durable.FAULT_HOOK = None
