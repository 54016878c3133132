"""The verb `models`: which base models and encoders are here, and fetching one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from burnish.flow.events import Said, Work
from burnish.flow.project import reported

BASE, ENCODER = "base model", "encoder"
"""What a model in the cache is for: to be trained and asked, or to find rows by meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A model that is ready."""

    name: str
    kind: str
    """BASE or ENCODER."""
    folder: Path
    weights_hash: str
    architecture: str
    layers: int
    parameters: int


def pull(name: str) -> Work[Pulled]:
    """Fetch a base model or an encoder into the cache, check it, and say what it is. Raises ModelError."""
    from burnish.model.encoders import ENCODERS

    fetch = _pull_encoder if name in ENCODERS else _pull_base
    lines: list[str] = []
    pulled: Pulled = yield from reported(lambda: fetch(name, lines.append), lines)
    yield Said(text=f"{pulled.name} is ready in {pulled.folder}")
    return pulled


def _pull_base(name: str, report: Callable[[str], None]) -> Pulled:
    from burnish.model.pull import pull as fetch
    from burnish.model.shape import read_shape

    source = fetch(name, report)
    shape = read_shape(source.folder)
    return Pulled(
        name=source.name,
        kind=BASE,
        folder=source.folder,
        weights_hash=source.weights_hash,
        architecture=shape.architecture,
        layers=shape.layers,
        parameters=shape.parameters,
    )


def _pull_encoder(name: str, report: Callable[[str], None]) -> Pulled:
    from burnish.model.encoders import pull_encoder
    from burnish.model.folder import weights_hash
    from burnish.model.shape import count_parameters

    folder = pull_encoder(name, report)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    return Pulled(
        name=name,
        kind=ENCODER,
        folder=folder,
        weights_hash=weights_hash(folder),
        architecture=config["model_type"],
        layers=config["num_hidden_layers"],
        parameters=count_parameters(folder, tied=False),
    )


def cached() -> list[dict[str, str | int]]:
    """Return the models in the cache: name, kind (BASE or ENCODER), folder, bytes."""
    from burnish.model.encoders import ENCODERS
    from burnish.model.source import cache_folder

    folder = cache_folder() / "models"
    found = sorted(path.parent for path in folder.glob("[!.]*/config.json")) if folder.exists() else []
    return [
        {
            "name": path.name,
            "kind": ENCODER if path.name in ENCODERS else BASE,
            "folder": str(path),
            "bytes": sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
        }
        for path in found
    ]
