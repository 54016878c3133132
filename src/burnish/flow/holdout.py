"""`--holdout FILE`: a fixed test set, held out as it is, instead of rows drawn from those to train on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.leaks import leaking
from burnish.data.read import ReadResult, read_rows
from burnish.errors import DataError
from burnish.flow.events import Said, Work

if TYPE_CHECKING:
    from burnish.records.recipe import Recipe

SHOWN = 20
"""Leaking rows told one by one; of more, their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Which of the rows that were read together are the test set."""

    path: Path
    first: int
    """Index of its first conversation; those before it are trained."""
    leaked: Mapping[int, str]
    """Its conversations that the trained rows give away, by their index: why. They are not asked."""

    def named(self, index: int) -> bool:
        """Return whether a conversation stands in the test set."""
        return index >= self.first


def with_holdout(
    read: ReadResult, path: Path, holdout: Path, columns: Mapping[str, str] | None
) -> Work[tuple[ReadResult, Fixed]]:
    """Return the rows of both files as one, those of the test set last, and which these are. Raises DataError.

    A test row whose question is trained is not asked, and told by its line: it would measure recall.
    """
    if holdout.exists() and path.exists() and holdout.samefile(path):
        remedy = "part the rows first: burnish split DATA -o FOLDER"
        raise DataError("the rows to train on and the rows held out are one file", seen=str(path), remedy=remedy)
    asked = read_rows(holdout, columns=columns if _has(holdout, columns) else None)
    leaked = {len(read.conversations) + i: why for i, why in leaking(read.conversations, asked.conversations).items()}
    if leaked:
        yield Said(text=f"{len(leaked)} rows of {holdout} are not asked: what is trained must not be asked:", level="warn")
        for why in list(leaked.values())[:SHOWN]:
            yield Said(text=f"  {why}", level="warn")
        if len(leaked) > SHOWN:
            yield Said(text=f"  and {len(leaked) - SHOWN} more", level="warn")
    unused = {key: (*read.unused.get(key, ()), *asked.unused.get(key, ())) for key in {**read.unused, **asked.unused}}
    both = ReadResult(
        rows_read=read.rows_read + asked.rows_read,
        conversations=(*read.conversations, *asked.conversations),
        refused=(*read.refused, *asked.refused),
        format=read.format,
        unused=unused,
    )
    return both, Fixed(path=holdout, first=len(read.conversations), leaked=leaked)


def _has(path: Path, columns: Mapping[str, str] | None) -> bool:
    """Return whether the columns that were named for the rows are those of the test set too; else it is read by its own keys."""
    return bool(columns) and bool(read_rows(path, columns=columns).conversations)


def asks_all(recipe: Recipe, held: int, fixed: Fixed) -> Recipe:
    """Return a recipe that holds out just the test set. Raises DataError where it asks for folds too, or nothing is left to ask."""
    if recipe.get("data.folds"):
        raise DataError(
            "folds and a fixed test set exclude each other: with folds every row is judged",
            seen=f"--holdout {fixed.path} and data.folds {recipe.get('data.folds')}",
            remedy="leave one of the two out",
        )
    if not held:
        raise DataError(
            f"no row of {fixed.path} can be asked",
            seen=next(iter(fixed.leaked.values()), "all of them are refused"),
            remedy=f"burnish check {fixed.path} names every fault; hold out rows that ask what is not trained",
        )
    return replace(recipe, data=replace(recipe.data, holdout=held))
