"""The nearest rows put before a question: as earlier turns, right before the last one of the user, the nearest last.

Where no row answers, one turn says so instead; where the question is about something else, nothing is put before it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.errors import RegistryError
from burnish.records.conversation import Message
from burnish.records.plan import KNOWN, UNKNOWN_QUESTION
from burnish.retrieval.files import SavedRows, digest_of, load_rows, stamp_of
from burnish.retrieval.index import Encode, MemoryRow, RowIndex
from burnish.retrieval.support import CUTS, RIVALS, Support, strays, support_of

REMEMBERED = 256
"""Questions whose rows are remembered."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the rows have on one question."""

    support: Support
    rows: tuple[MemoryRow, ...]
    """The nearest, at most k and one a fact, the nearest first: whether they answer the question or not."""
    scores: tuple[float, ...]
    """Of the nearest facts, from the first row's on; more than rows where k is small."""


class RowMemory:
    """The rows that a version carries, ready to be put before questions. Threads may share one.

    Where it knows the folder it follows its files: rows taken out of them are not recalled any more, without a restart.
    """

    def __init__(self, saved: SavedRows, encode: Encode | None = None, folder: Path | None = None) -> None:
        """`encode`: of the encoder that made the rows' vectors. `folder`: where `saved` was loaded from."""
        assert encode is not None or saved.vectors is None, "vectors are searched with the encoder that made them"
        self._encode, self._folder = encode, folder
        self._lock = threading.Lock()
        self._made_by = saved.encoder, saved.encoder_digest
        self._k = saved.k
        self._saved: SavedRows | None = None
        self._take(saved)

    @property
    def k(self) -> int:
        """Rows put before a question at most."""
        return self._k

    @property
    def encoder(self) -> str:
        """The name of what finds rows."""
        return self._made_by[0]

    @property
    def index(self) -> RowIndex:
        """The rows, to be searched."""
        return self._index

    @property
    def digest(self) -> str:
        """sha256 of what decides the rows that are put before a question: for whoever keeps answers. Raises RegistryError."""
        with self._lock:
            self._follow()
            return self._digest

    def recall(self, messages: Sequence[Message], without: Collection[int] = ()) -> list[Message]:
        """Return the messages with the nearest rows as turns right before the last one, if that is a user's.

        `without`: numbers of rows that are treated as not there. Raises ModelError where the encoder cannot be loaded, and
        RegistryError where the version's files are damaged meanwhile.
        """
        if not messages or messages[-1].role != "user":
            return list(messages)
        recalled, unknown = self._look_up(messages[-1].content, frozenset(without))
        return [*messages[:-1], *_turns(recalled, unknown), messages[-1]]

    def look_up(self, question: str, without: Collection[int] = ()) -> Recalled:
        """Return what the rows have on a question. Raises as `recall` does."""
        return self._look_up(question, frozenset(without))[0]

    def _look_up(self, question: str, without: frozenset[int]) -> tuple[Recalled, str]:
        """Return what is recalled, and what to say where nothing answers."""
        with self._lock:
            self._follow()
            if self._saved is None:
                return Recalled("elsewhere", (), ()), ""
            key = question, without
            if key not in self._remembered:
                self._remembered[key] = self._search(question, without)
                if len(self._remembered) > REMEMBERED:
                    self._remembered.popitem(last=False)
            self._remembered.move_to_end(key)
            return self._remembered[key], self._saved.unknown

    def _search(self, question: str, without: frozenset[int]) -> Recalled:
        index = self._index
        found, mean = index.ranked(question, max(self._k, 1 + RIVALS), without)
        scores = tuple(one.score for one in found)
        rows = tuple(index.rows[one.number] for one in found[: self._k])
        held = [index.rows[number].both for number in index.facts_of(rows[0].fact)] if rows else []
        support = support_of(scores, self._made_by[0], mean=mean, stray_name=strays(question, held))
        return Recalled(support, rows, scores)

    def _follow(self) -> None:
        """Read the files again where they are not the ones that were read. Called under the lock."""
        if self._folder is None or stamp_of(self._folder) == (self._saved.stamp if self._saved is not None else None):
            return
        saved = load_rows(self._folder)
        if saved is not None and (saved.encoder, saved.encoder_digest) != self._made_by:
            raise RegistryError(
                "the rows that this version carries were replaced by rows of another encoder while they are in use",
                seen=f"{self._folder}: {saved.encoder}, opened with {self._made_by[0]}",
                remedy="end the program and start it again",
            )
        self._take(saved)

    def _take(self, saved: SavedRows | None) -> None:
        """Use these rows from now on; None: there are none any more."""
        self._saved = saved
        self._remembered: OrderedDict[tuple[str, frozenset[int]], Recalled] = OrderedDict()
        self._k = saved.k if saved is not None else 0
        rows, vectors = (saved.rows, saved.vectors) if saved is not None else ((), None)
        self._index = RowIndex(rows, self._encode, vectors)
        decided_by = digest_of(saved) if saved is not None else "none", CUTS.get(self._made_by[0])
        self._digest = hashlib.sha256(repr(decided_by).encode()).hexdigest()


def _turns(recalled: Recalled, unknown: str) -> Iterable[Message]:
    """Return the turns that are put before a question."""
    if recalled.support == "answered":
        return turns_of([(row.question, row.answer) for row in reversed(recalled.rows)])
    return turns_of([(UNKNOWN_QUESTION, unknown)] if recalled.support == "unanswered" and unknown else [])


def turns_of(pairs: Iterable[tuple[str, str]]) -> list[Message]:
    """Return questions and their answers as turns that are marked as known: what is said in the talk itself bears no mark."""
    return [
        message
        for question, answer in pairs
        for message in (Message(role="user", content=KNOWN + question), Message(role="assistant", content=answer))
    ]
