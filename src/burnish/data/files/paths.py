"""What is near a path that is not there."""

from __future__ import annotations

import difflib
from pathlib import Path


def near_names(path: Path) -> str:
    """Return which names in a path's folder are like its own, in a person's words."""
    try:
        names = sorted(one.name for one in path.absolute().parent.iterdir())
    except OSError:
        return f"the folder {path.absolute().parent} cannot be read or is not there"
    lower = {name.casefold(): name for name in names}
    near = [lower[name] for name in difflib.get_close_matches(path.name.casefold(), lower, n=3, cutoff=0.5)]
    return f"in that folder are {', '.join(near)}" if near else "no file of a name like that in that folder"
