"""One file of an export, wherever it lies: in a folder, in an archive, or alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

LEAVES = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|[\\\x00]")
"""Names of archive members that would lie outside the folder they belong to."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an export."""

    name: str
    """Within the folder or archive, with / between the parts; for a single file its own name."""
    shown: str
    """As a person finds it: the path, for a member of an archive `archive.zip/name`."""
    size: int
    """Bytes, unpacked."""
    open: Callable[[], BinaryIO]
