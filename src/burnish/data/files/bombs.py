"""When an archive that unpacks to far more than it is counts as a bomb."""

from __future__ import annotations

BOMB_BYTES = 64 * 1024**2
"""A member or archive that unpacks to less than this is never called a bomb."""
BOMB_RATIO = 200
"""Bytes unpacked to bytes packed. Text packs to 3 to 30; the most that deflate can reach is 1,032 (zlib's technical notes)."""
TOTAL_BYTES = 1 << 40
"""The most that is unpacked at all, by however honest a ratio: a day of one core."""
MEMBERS = 2_000_000


def is_bomb(unpacked: int, packed: int) -> bool:
    """Return whether so many bytes out of so many are too many."""
    return unpacked > TOTAL_BYTES or (unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * max(1, packed))
