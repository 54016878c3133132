"""Who gets which arm: a keyed hash of who asks, so that the same person stays on one arm and nobody can choose theirs.

The key is random, made once for a project and kept with mode 0600. Names of people are never written: what is stored is their hash with
that key, which nobody can undo by trying names without it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from pathlib import Path

from burnish import durable
from burnish.errors import StorageError
from burnish.registry.book_tables import FOLDER

SECRET = "secret"  # noqa: S105 - the file's name
SECRET_BYTES = 32
UNIT_DIGITS = 32


def secret_of(home: Path) -> bytes:
    """Return the project's key, made and durable before it is first used. Raises StorageError where it is damaged."""
    path = home / FOLDER / SECRET
    if not path.exists():
        durable.write_private(path, secrets.token_hex(SECRET_BYTES) + "\n")
    with durable.told(path):
        text = path.read_bytes().decode("ascii", "replace").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != SECRET_BYTES:
        raise StorageError(
            "the key by which people are given their arm is damaged",
            seen=f"{path}: not {2 * SECRET_BYTES} hex digits",
            remedy="bring it back from a copy; or remove it, and everybody is given an arm anew in a new experiment",
        )
    return key


def unit_of(key: bytes, who: str) -> str:
    """Return the name under which somebody is known to the book: 32 hex digits."""
    return hmac.new(key, b"unit\0" + who.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:UNIT_DIGITS]


def point_of(key: bytes, salt: str, unit: str) -> float:
    """Return a number from 0 to below 1 that looks random, and is always the same for one salt and unit (53 bits of HMAC-SHA256)."""
    digest = hmac.new(key, f"{salt}\0{unit}".encode(), hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


def arm_of(key: bytes, experiment: str, unit: str, shares: Sequence[float]) -> int:
    """Return the arm of a unit in an experiment: 0 is the incumbent. The experiment's id salts it, so each one divides anew."""
    point = point_of(key, f"arm\0{experiment}", unit)
    upper = 0.0
    for arm, share in enumerate(shares[:-1]):
        upper += share
        if point < upper:
            return arm
    return len(shares) - 1
