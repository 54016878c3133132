"""The A/A calibration at a smaller size: the bench's own code, with bands as wide as so few runs need."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from burnish.evaluate.statistics import paired

BENCH = Path(__file__).parents[2] / "benchmarks" / "aa_calibration.py"
RUNS = 400
SLACK = 0.02
"""Twice the noise of a share of 5 % counted in 400 runs (1.1 %); power, near 80 %, has twice that."""


@pytest.fixture(scope="module")
def bench():
    """Return the benchmark as a module."""
    spec = importlib.util.spec_from_file_location("aa_calibration", BENCH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def missed(bench, kind, n, test=paired):
    """Return what of a cell is out of its bands."""
    return list(bench.misses(bench.calibrate(kind, n, RUNS, test), SLACK))


@pytest.mark.parametrize("n", [20, 50])
@pytest.mark.parametrize("kind", ["right/wrong", "continuous", "tied", "clustered"])
def test_verdicts_intervals_and_power_are_what_they_say(bench, kind, n):
    """A/A alarms, coverage and the power of the difference told lie within their bands."""
    assert missed(bench, kind, n) == []


def unpaired(a, b, clusters):
    """Return a comparison whose p and interval forget which answers belong together (the mutant)."""
    from scipy.stats import ttest_ind

    found, told = paired(a, b, clusters), ttest_ind(b, a, equal_var=False)
    low, high = told.confidence_interval()
    verdict = "cannot tell" if told.pvalue >= 0.05 else "better" if found.difference > 0 else "worse"
    return replace(found, p=told.pvalue, verdict=verdict, low=low, high=high)


@pytest.mark.parametrize("kind", ["continuous", "tied"])
def test_a_test_that_forgets_the_pairs_fails_the_calibration(bench, kind):
    """The unpaired mutant hardly ever speaks, its intervals are too wide, and its power is not what is told."""
    assert len(missed(bench, kind, 50, unpaired)) >= 2


def test_a_test_that_forgets_the_clusters_fails_the_calibration(bench):
    """The mutant that counts every wording as evidence of its own cries wolf."""
    assert any("false alarms" in one and "> 6" in one for one in missed(bench, "clustered", 50, lambda a, b, _: paired(a, b)))
