"""Which pieces of a request are worth parsing: those that end nothing wait until there are more, so that who sends slowly costs little.

A thousand sockets that send a letter at a time would otherwise have every letter parsed and a task woken for it. A head ends with a
newline, a body of a told length with its last byte, and a body in chunks with a newline; pieces without one are only put aside. The first
piece of a head is parsed at once: by its first byte what is no HTTP (TLS, for one) is told at once. Not covered: who sends a newline, or a
whole chunk, with every piece.
"""

from __future__ import annotations

import h11

ENOUGH = 4096
"""Bytes that are put aside at most: what counts bytes further on (h11's longest head, the longest body) is late by no more than this."""


class Pieces:
    """What of one connection's bytes was put aside."""

    def __init__(self, conn: h11.Connection) -> None:
        """Take the parser, of which only the state is read."""
        self._conn = conn
        self._aside = bytearray()
        self._begun = False
        """Whether the parser holds the beginning of a head."""

    def take(self, data: bytes) -> bytes:
        """Return what is to be parsed now, with all that was put aside before; b"": nothing."""
        if len(self._aside) + len(data) < ENOUGH and not self._may_end(data):
            self._aside += data
            return b""
        if not self._aside:
            return data
        whole = bytes(self._aside) + data
        self._aside.clear()
        return whole

    def parsed(self) -> None:
        """Note where the parser stands, after it was given what there was."""
        self._begun = self._conn.their_state is h11.IDLE and bool(self._conn.trailing_data[0])

    def _may_end(self, data: bytes) -> bool:
        """Return whether a piece may be the last of something."""
        state = self._conn.their_state
        if state is h11.IDLE:
            return not self._begun or b"\n" in data
        if state is h11.SEND_BODY:
            left = getattr(self._conn._reader, "_remaining", None)  # noqa: SLF001 - h11 tells nobody; None: in chunks, or another h11
            return b"\n" in data if left is None else len(self._aside) + len(data) >= left
        return True
