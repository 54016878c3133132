"""Golden files: `python -m pytest tests/pins --write-golden` writes all of them anew, and their diff is what a reviewer reads."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pins.walk import Walk

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the one option."""
    parser.addoption("--write-golden", action="store_true", help="Write tests/pins/golden anew from what the code does now.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Iterable[str]], None]:
    """Return what holds lines against a golden file of that name, or writes it."""
    write = request.config.getoption("--write-golden", default=False)

    def compare(name: str, lines: Iterable[str]) -> None:
        path, made = GOLDEN / name, [*lines]
        if write:
            path.write_text("".join(f"{line}\n" for line in made), encoding="utf-8")
        kept = path.read_text("utf-8").splitlines()
        differences = [*difflib.unified_diff(kept, made, "golden", "now", lineterm="", n=0)]

        assert made == kept, f"{name} (meant? python -m pytest tests/pins --write-golden)\n" + "\n".join(differences)

    return compare


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Walk through every verb, once."""
    return Walk(tmp_path_factory.mktemp("walk"))
