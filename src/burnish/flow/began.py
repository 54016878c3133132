"""The moment that a run began at: a template that writes the date is given this one, on whatever day the run is gone on with."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from burnish import durable

FILE = "began.json"
STARTED = "request.json"


def write_began(folder: Path, moment: datetime) -> None:
    """Keep a run's moment in its folder, in the local time of where it began. Raises StorageError."""
    durable.write_json(folder / FILE, {"moment": moment.isoformat(timespec="microseconds")})


def read_began(folder: Path) -> datetime:
    """Return a run's moment; of one that kept none, when its first files were written."""
    try:
        return datetime.fromisoformat(json.loads((folder / FILE).read_text("utf-8"))["moment"])
    except (OSError, ValueError, KeyError, TypeError):
        place = folder / STARTED if (folder / STARTED).exists() else folder
        return datetime.fromtimestamp(place.stat().st_mtime)  # noqa: DTZ006 - a template's date is the local one
