"""Where the embedded model lies, if it was pulled."""

from __future__ import annotations

import os
from pathlib import Path


def embedded_folder() -> Path | None:
    """Return the cached folder of smollm2-135m, or None where it is not pulled."""
    cache = Path(os.environ.get("BURNISH_CACHE") or Path.home() / ".cache" / "burnish")
    folder = cache / "models" / "smollm2-135m"
    return folder if (folder / "model.safetensors").exists() else None
