"""Pages of a mapped file that nobody reads any more: given back at once, not when the whole mapping ends.

A model's weights are mapped from their file, and stay mapped while any of them is in use. A page that was read counts as this
process's memory until the kernel wants it back.
"""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path

MAPS = Path("/proc/self/maps")


def let_go(ranges: list[tuple[int, int]]) -> int:
    """Give back the whole pages of (address, bytes) ranges that lie in private mappings of files, and return their bytes.

    What was written to such a page is lost, and a later read finds the file's own bytes: only for ranges that nobody reads again.
    Memory that is no file's is left alone, and so is everything where the system has no /proc (macOS, Windows).
    """
    advise = getattr(mmap, "MADV_DONTNEED", None)
    if advise is None or not ranges:
        return 0
    files, given = _mapped_files(), 0
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes, madvise.restype = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int], ctypes.c_int
    for address, size in ranges:
        start, end = _whole_pages(address, size)
        inside = any(low <= start and end <= high for low, high in files)
        if start < end and inside and madvise(start, end - start, advise) == 0:
            given += end - start
    return given


def _whole_pages(address: int, size: int) -> tuple[int, int]:
    """Return the start and end of the pages that lie wholly in the range: a page at its edge may hold something else."""
    page = mmap.PAGESIZE
    return -(-address // page) * page, (address + size) // page * page


def _mapped_files() -> list[tuple[int, int]]:
    """Return the address ranges of private mappings of files."""
    try:
        lines = MAPS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        addresses, rights, _, _, inode = line.split(maxsplit=5)[:5]
        if rights.endswith("p") and inode != "0":
            low, _, high = addresses.partition("-")
            found.append((int(low, 16), int(high, 16)))
    return found
