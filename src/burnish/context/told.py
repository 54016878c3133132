"""The facts that were told in a talk, each once and in order, and which of them stand in a text: no more work for a longer talk.

A turn adds its facts to those before it. Beginnings of one talk share one list, of which each knows how many are its own; a talk that goes
on in another way than one before it copies what they share, once. Which facts stand in a text is found from the text's side: by the words
that a fact may begin with there, so the thousands that do not stand in it are never looked at.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress

from burnish.context.marks import Mark

_RUN = re.compile(r"[^\W_]+|.", re.DOTALL)
"""Letters and digits as far as they go (what `isalnum` says), or one other sign."""


@dataclass(slots=True)
class _Shared:
    """The facts of the longest of the talks that share them."""

    texts: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """By key."""
    begins: dict[str, list[int]] = field(default_factory=dict)
    """Places by what a text must hold where the fact begins."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key: str, text: str) -> None:
        self.begins.setdefault(_begin(key), []).append(len(self.keys))
        self.places[key] = len(self.keys)
        self.keys.append(key)
        self.texts.append(text)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told up to a turn."""

    number: int = 0
    """How many facts; those of `_shared` behind them came later, or in another talk."""
    letters: int = 0
    """Of all of them."""
    _shared: _Shared = field(default_factory=_Shared)

    def more(self, marks: Iterable[Mark]) -> Told:
        """Return these facts and those of one more turn, as they were written when they came first."""
        new: dict[str, str] = {}
        for mark in marks:
            if self._shared.places.get(mark.key, self.number) >= self.number:
                new.setdefault(mark.key, mark.text)
        if not new:
            return self
        letters = self.letters + sum(map(len, new))
        with self._shared.lock:
            if len(self._shared.keys) == self.number:
                return self._grown(self._shared, new, letters)
        shared = _Shared()
        for key, text in zip(self._shared.keys[: self.number], self._shared.texts[: self.number], strict=True):
            shared.add(key, text)
        return self._grown(shared, new, letters)

    def parted(self, normed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return (the facts that stand in a normed text, those that do not); `marks.stands` says what that is."""
        gone = bytearray(b"\1") * self.number
        for place in self._standing(normed):
            gone[place] = 0
        texts = self._shared.texts[: self.number]
        return tuple(compress(texts, gone.translate(_TURNED))), tuple(compress(texts, gone))

    def _grown(self, shared: _Shared, new: dict[str, str], letters: int) -> Told:
        for key, text in new.items():
            shared.add(key, text)
        return Told(self.number + len(new), letters, shared)

    def _standing(self, normed: str) -> Iterator[int]:
        runs = [(one.start(), one[0]) for one in _RUN.finditer(normed)]
        for i, (at, run) in enumerate(runs):
            then = runs[i + 1][1] if i + 1 < len(runs) else ""
            for begin in (run,) if run.isalnum() else (run, run + then):
                for place in self._shared.begins.get(begin, ()):
                    if place < self.number and _stands_at(self._shared.keys[place], normed, at):
                        yield place


_TURNED = bytes([1, 0]) + bytes(254)
"""0 for 1 and 1 for 0."""


def _begin(key: str) -> str:
    """Return the first word of a fact, or its first sign with what follows: "$" alone would find every price."""
    first = _RUN.match(key)
    if first is None or first[0].isalnum():
        return first[0] if first else ""
    then = _RUN.match(key, first.end())
    return first[0] + (then[0] if then else "")


def _stands_at(key: str, normed: str, at: int) -> bool:
    """Return whether a fact stands at the beginning of a run, and does not end within a word or number."""
    end = at + len(key)
    return normed.startswith(key, at) and not (key[-1:].isalnum() and normed[end : end + 1].isalnum())
