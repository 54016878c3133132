"""What a person typed after `burnish train`, kept with the run so that `--resume` needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from burnish.errors import RegistryError
from burnish.records.recipe import Recipe, build_recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One training, as asked for."""

    data: str
    """Absolute path of the rows."""
    model: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    start: str | None = None
    """`--from`: a version, `base`, or None for live-or-base."""
    suites: tuple[str, ...] = ()
    promote: bool = True
    holdout: str | None = None
    """Absolute path of a fixed test set."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Which key of the rows holds what, where their names do not tell."""

    def to_json(self) -> dict[str, Any]:
        """Return what `request.json` holds."""
        more = {"holdout": self.holdout, "columns": dict(self.columns)}
        return {
            **{
                key: value for key, value in more.items() if value
            },  # a run begun before there were such is still known by the same words
            "data": self.data,
            "model": self.model,
            "recipe": dict(self.recipe.items()),
            "start": self.start,
            "suites": list(self.suites),
            "promote": self.promote,
        }


def read_request(folder: Path) -> Request:
    """Return the request of a run folder. Raises RegistryError when it is gone or damaged."""
    try:
        saved = json.loads((folder / "request.json").read_text("utf-8"))
        return Request(
            data=saved["data"],
            model=saved["model"],
            recipe=build_recipe(saved["recipe"]),
            start=saved["start"],
            suites=tuple(saved["suites"]),
            promote=saved["promote"],
            holdout=saved.get("holdout"),
            columns=saved.get("columns", {}),
        )
    except (OSError, ValueError, KeyError) as error:
        raise RegistryError(
            f"run {folder.name} cannot be resumed: what was asked for is not readable",
            seen=f"{folder / 'request.json'}: {error}",
            remedy="begin a new run: burnish train DATA",
        ) from None


def recipe_toml(recipe: Recipe) -> str:
    """Return a recipe as the TOML that reads back to it."""
    tables: dict[str, dict[str, Any]] = {}
    for name, value in recipe.items():
        table, key = name.split(".", 1)
        tables.setdefault(table, {})[key] = value
    return "\n".join(_table(name, values) for name, values in tables.items())


def _table(name: str, values: Mapping[str, Any]) -> str:
    # JSON's texts, numbers, booleans and lists of texts are TOML too.
    lines = [
        f"{key if key.isidentifier() else json.dumps(key)} = {json.dumps(list(value) if isinstance(value, tuple) else value)}"
        for key, value in values.items()
    ]
    return "\n".join([f"[{name}]", *lines, ""])
