"""The JSON files of a run folder, read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from burnish.errors import RegistryError

NOTES = "notes.json"
"""What the verdict's numbers do not say of how they came about: folds, tasks left out. Kept for documents written later."""


def durable_json(path: Path) -> Any:
    """Read a JSON file of a run folder. Raises RegistryError when it is gone or damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RegistryError(f"{path} cannot be read", seen=str(error), remedy="begin a new run: burnish train DATA") from None
