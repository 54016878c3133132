"""The libraries that only cleaning needs, loaded where they are used."""

from __future__ import annotations

import importlib
from typing import Any

from burnish.errors import DataError, install


def library(name: str) -> Any:
    """Return a library of the extra `clean`. Raises DataError with the command that installs it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        remedy = install("clean")
        raise DataError("cleaning rows needs a library that is not installed", seen=error.name or name, remedy=remedy) from None
