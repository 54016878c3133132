"""The tables of examples in the graders' docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import burnish.grading

MODULES = [module.name for module in pkgutil.iter_modules(burnish.grading.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    """Each example in a grader's docstring gives what it says."""
    module = importlib.import_module(f"burnish.grading.{name}")

    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", sorted(burnish.grading.GRADERS))
def test_each_grader_shows_examples(name):
    """Each grader's docstring has a table of at least two examples."""
    module = importlib.import_module(f"burnish.grading.{name}")

    assert module.grade.__doc__.count(">>>") >= 2
