"""Which recipe a command means: the file named, else `burnish.toml` in this folder, with `--set` on top."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from burnish.records.recipe import Recipe, read_recipe

PROJECT_RECIPE = Path("burnish.toml")


def chosen_recipe(path: Path | None, overrides: Iterable[str]) -> Recipe:
    """Return the recipe of a command. Raises RecipeError with every fault at once."""
    if path is None and PROJECT_RECIPE.exists():
        path = PROJECT_RECIPE
    return read_recipe(path, overrides)
