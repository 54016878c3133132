"""A gzip file, read from any place without unpacking it to the disk: places to begin at are kept every so many bytes.

A gzip file can be read from its beginning only, since every byte may point back at up to 32 KiB before it (RFC 1951, 2). So it is read
through once, and the reader's state is kept every mebibyte: to read from a place is then to go on from the state before it.
"""

from __future__ import annotations

import io
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

STEP_BYTES = 1 << 20
"""Unpacked bytes between two kept states, at first; a state holds some 40 KiB."""
STATES = 512
"""Most states kept (20 MiB): beyond that every second is let go, and the step doubles."""
PIECE = 64 * 1024
MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
"""With the header and the check sum of gzip (zlib.h, inflateInit2)."""


class _Inflater(Protocol):
    eof: bool
    unused_data: bytes
    unconsumed_tail: bytes

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...
    def copy(self) -> _Inflater: ...


@dataclass(frozen=True, slots=True)
class _State:
    """Where a reader stood."""

    unpacked: int
    packed: int
    """The next byte of the file to be taken."""
    tail: bytes
    """Taken from the file, not yet unpacked."""
    inflater: _Inflater


class _Stream:
    """The unpacked bytes from one state on. Raises zlib.error for damage, EOFError where the end is missing."""

    def __init__(self, path: Path, state: _State) -> None:
        self._file = path.open("rb")
        self._file.seek(state.packed)
        self.unpacked, self.packed, self._tail = state.unpacked, state.packed, state.tail
        self._inflater = state.inflater.copy()

    def take(self, most: int) -> bytes:
        """Return the next bytes, at most so many; b"" at the end."""
        while True:
            if self._inflater.eof and not self._next_member():
                return b""
            if not self._tail:
                self._tail = self._file.read(PIECE)
                self.packed += len(self._tail)
                if not self._tail:
                    raise EOFError("the file ends before its end mark")
            piece = self._inflater.decompress(self._tail, most)
            self._tail = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            if piece:
                self.unpacked += len(piece)
                return piece

    def _next_member(self) -> bool:
        """Go on with the next member, as `cat a.gz b.gz` makes them; zeros after the last are no member (gzip's manual, 9)."""
        while not self._tail.lstrip(b"\0"):
            self._tail = self._file.read(PIECE)
            self.packed += len(self._tail)
            if not self._tail:
                return False
        self._tail = self._tail.lstrip(b"\0")
        self._inflater = _fresh()
        return True

    @property
    def taken(self) -> int:
        """Return how many bytes of the file were unpacked so far."""
        return self.packed - len(self._tail)

    def state(self) -> _State:
        """Return where it stands now."""
        return _State(self.unpacked, self.packed, self._tail, self._inflater.copy())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _fresh() -> _Inflater:
    return cast("_Inflater", zlib.decompressobj(_GZIP))


@dataclass(slots=True)
class Gzip:
    """A gzip file that was read through once."""

    path: Path
    size: int = 0
    """Bytes, unpacked."""
    _states: list[_State] = field(default_factory=list)
    _step: int = field(default_factory=lambda: STEP_BYTES)
    _unpacked: array[int] = field(default_factory=lambda: array("Q"))
    """Places one STEP_BYTES behind the other, all of them (16 MiB for TOTAL_BYTES), and which byte of the file each came from."""
    _packed: array[int] = field(default_factory=lambda: array("Q"))

    def survey(self) -> Iterator[tuple[int, int]]:
        """Read the file through, yielding (bytes unpacked, bytes packed) so far. Raises zlib.error and EOFError for damage."""
        self._states = [_State(0, 0, b"", _fresh())]
        stream = _Stream(self.path, self._states[0])
        try:
            while stream.take(PIECE):
                self.size = stream.unpacked
                if self.size - (self._unpacked[-1] if self._unpacked else 0) >= STEP_BYTES:
                    self._unpacked.append(self.size)
                    self._packed.append(stream.taken)
                if self.size - self._states[-1].unpacked >= self._step:
                    self._keep(stream.state())
                    yield self.size, stream.packed
        finally:
            stream.close()
        yield self.size, stream.packed

    def _keep(self, state: _State) -> None:
        if len(self._states) >= STATES:
            self._states = self._states[::2]
            self._step *= 2
        self._states.append(state)

    def packed_between(self, start: int, end: int) -> int:
        """Return about how many bytes of the file hold these unpacked ones: never fewer, and more by at most a step's on either side.

        A step here is always STEP_BYTES, however far apart the kept states are.
        """
        first, last = bisect_right(self._unpacked, start) - 1, bisect_left(self._unpacked, end)
        after = self._packed[last] if last < len(self._packed) else self.path.stat().st_size
        return after - (self._packed[first] if first >= 0 else 0)

    def opened(self, start: int, size: int) -> io.RawIOBase:
        """Open a part of the unpacked bytes as a file."""
        return _Part(self, start, size)

    def stream(self, at: int) -> _Stream:
        """Return a stream that stands at an unpacked byte."""
        stream = _Stream(self.path, self._before(at))
        while stream.unpacked < at and stream.take(min(PIECE, at - stream.unpacked)):
            pass
        return stream

    def _before(self, at: int) -> _State:
        low, high = 0, len(self._states)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._states[middle].unpacked <= at else (low, middle)
        return self._states[low]


class _Part(io.RawIOBase):
    """A part of what a gzip file unpacks to, to be read as a file of its own."""

    def __init__(self, whole: Gzip, start: int, size: int) -> None:
        self._whole, self._start, self._size = whole, start, size
        self._stream = whole.stream(start)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # a writable buffer, which typing cannot say before 3.12
        wanted = min(len(view), self._size - self._at)
        if wanted <= 0:
            return 0
        place = self._start + self._at
        if not 0 <= place - self._stream.unpacked <= STEP_BYTES:  # backwards, or farther than a kept state may be
            self._stream.close()
            self._stream = self._whole.stream(place)
        while self._stream.unpacked < place and self._stream.take(min(PIECE, place - self._stream.unpacked)):
            pass
        piece = self._stream.take(wanted)
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()
