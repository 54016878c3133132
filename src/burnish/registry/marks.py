"""Versions that hold rows a person wants forgotten: marked for good, so that none of them goes live again unseen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError
from burnish.records.codec import from_json, to_json

FILE = "forgotten.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One removal."""

    source: str
    """What was asked to be forgotten: a file's path, or a source as rows name it."""
    versions: tuple[str, ...]
    """Every version that was trained on its rows, and every one that continues such a version."""
    when: str
    """UTC, ISO 8601."""


def mark(home: Path, source: str, versions: Sequence[str], when: str) -> None:
    """Add a mark; durable when this returns. The caller holds the project's lock."""
    text = json.dumps(to_json(Mark(source=source, versions=tuple(versions), when=when)), ensure_ascii=False)
    path = home / FILE
    before = path.read_text("utf-8") if path.exists() else ""
    durable.write_text(path, f"{before}{text}\n")


def marked(home: Path) -> dict[str, str]:
    """Return the source to be forgotten by version. Raises RegistryError when the marks are damaged: they must not be overlooked."""
    path = home / FILE
    if not path.exists():
        return {}
    try:
        marks = [from_json(Mark, json.loads(line)) for line in path.read_text("utf-8").splitlines()]
        return {version: one.source for one in marks for version in one.versions}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise RegistryError(
            "what was to be forgotten cannot be read, so no version is moved",
            seen=f"{path}: {error}",
            remedy="bring the file back from a copy, or forget the source again after moving the file away",
        ) from None
