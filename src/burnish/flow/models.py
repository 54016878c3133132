"""The verb `models`: which base models are here, and fetching one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.flow.events import Said, Work
from burnish.flow.project import reported

if TYPE_CHECKING:
    from burnish.model.source import ModelSource
    from burnish.records.model import ModelShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A base model that is ready."""

    source: ModelSource
    shape: ModelShape


def pull(name: str) -> Work[Pulled]:
    """Fetch a base model into the cache, check it, and say what it is. Raises ModelError."""
    from burnish.model.pull import pull as fetch
    from burnish.model.shape import read_shape

    lines: list[str] = []
    source = yield from reported(lambda: fetch(name, lines.append), lines)
    yield Said(text=f"{source.name} is ready in {source.folder}")
    return Pulled(source=source, shape=read_shape(source.folder))


def cached() -> list[dict[str, str | int]]:
    """Return the models in the cache: name, folder, bytes."""
    from burnish.model.source import cache_folder

    folder = cache_folder() / "models"
    found = sorted(path.parent for path in folder.glob("[!.]*/config.json")) if folder.exists() else []
    return [
        {"name": path.name, "folder": str(path), "bytes": sum(file.stat().st_size for file in path.iterdir() if file.is_file())}
        for path in found
    ]
