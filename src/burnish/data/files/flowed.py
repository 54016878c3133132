"""Mails whose lines a program broke to send them (RFC 3676: `format=flowed`, with `delsp=yes` or not) put together again."""

from __future__ import annotations

_SIGNATURE = "-- "
NO_QUOTE = "\0"
"""Stands before a line that begins with `>` and is no quote."""


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Return a text with its flowed lines joined: those that end with a space, at one depth of `>`. `delsp`: that space goes too.

    An empty line parts paragraphs also where a space stands before it, which the standard's letter would make one.
    """
    done: list[str] = []
    depth, words = -1, ""  # of the line that flows on
    for line in text.replace("\r\n", "\n").split("\n"):
        rest = line.lstrip(">")
        here = len(line) - len(rest)
        rest = rest.removeprefix(" ")
        if depth >= 0 and (here != depth or rest in ("", _SIGNATURE)):
            done.append(_line(depth, words))
            depth, words = -1, ""
        words += rest
        if rest.endswith(" ") and rest != _SIGNATURE:
            depth, words = here, words[:-1] if delsp else words
        else:
            done.append(_line(here, words))
            depth, words = -1, ""
    if depth >= 0:
        done.append(_line(depth, words))
    return "\n".join(done)


def _line(depth: int, words: str) -> str:
    if not depth:
        return f"{NO_QUOTE}{words}" if words.startswith(">") else words
    return f"{'>' * depth} {words}" if words else ">" * depth
