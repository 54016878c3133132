"""What a container gives: the bytes of one row and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from burnish.data.flaw import Flaw, plain

PIECE = 1 << 20
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One row, not yet read."""

    line: int
    """1-based."""
    byte: int
    """0-based offset of the row's first byte in the file."""
    text: bytes
    """The row; only its head where it is too long."""
    flaw: Flaw | None = None
    """Why it is no row at all: too long, or something that stands where no row can stand."""


def too_long(line: int, byte: int, head: bytes, size: int, limit: int) -> RawRow:
    """Return the raw row of one that is longer than `limit` bytes and was skipped, never held."""
    flaw = Flaw(
        reason=f"a row is longer than {limit:,} bytes",
        seen=f"{size:,} bytes that begin {plain(head.decode('utf-8', errors='replace'))}",
        remedy="split the row, or check that a line break is not missing",
    )
    return RawRow(line=line, byte=byte, text=head, flaw=flaw)


class LineCount:
    """Counts lines as editors do: CR LF, LF and CR each end one, also where CR and LF come in two pieces."""

    def __init__(self) -> None:
        """Begin on line 1."""
        self.line = 1
        self._after_cr = False

    def pass_over(self, text: bytes) -> None:
        """Count the line ends of the next bytes of the file."""
        if not text:
            return
        ends = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
        self.line += ends - (self._after_cr and text.startswith(b"\n"))
        self._after_cr = text.endswith(b"\r")
