"""What was packed by gzip: a tar archive, whose members are read as if it were plain, or one file.

It is read through once before anything is taken from it, so that a bomb, a wrong check sum and a missing end are told first.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Generator
from pathlib import Path

from burnish.data.files.bombs import is_bomb
from burnish.data.files.desk import Desk
from burnish.data.files.inflate import Gzip
from burnish.data.files.member import Member
from burnish.data.files.tar import has_mark, tar_members
from burnish.errors import DataError


def packed_members(path: Path, desk: Desk) -> Generator[tuple[int, int], None, list[Member]]:
    """Return the members, yielding (bytes read, of all) on the way. Raises DataError for damage and for a bomb."""
    packed, on_disk = Gzip(path), path.stat().st_size
    try:
        for unpacked, taken in packed.survey():
            if is_bomb(unpacked, on_disk):
                seen = f"{unpacked} bytes out of the first {taken} of {on_disk}"
                remedy = "unpack it yourself and name the folder"
                raise DataError(f"{path} unpacks to far more than it is: it may be a bomb", seen=seen, remedy=remedy)
            yield taken, on_disk
    except (zlib.error, EOFError, OSError) as error:
        remedy = "fetch or export it again"
        raise DataError(
            f"{path} is a damaged gzip file", seen=f"{error} ({packed.size} bytes could be unpacked)", remedy=remedy
        ) from None
    if has_mark(packed.opened(0, packed.size).read(512) or b""):
        return list(tar_members(path, desk, packed))
    name = path.name.removesuffix(".gz")
    return [Member(name, f"{path}/{name}", packed.size, lambda: io.BufferedReader(packed.opened(0, packed.size)))]
