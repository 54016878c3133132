"""What was worked out for a conversation once and is needed again when its next turn comes: pieces, token counts, summaries.

Everything here is a pure function of its key, so what is made with a memory is what would be made without one. A summary is known by
a chain of hashes over all messages it holds: a conversation that was edited, or goes on in another way, meets what it shares with
the one before and nothing else. Bounded, on no disk, and for one tokenizer: whoever opens a model makes a memory for it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from burnish.context.fold import Summary
from burnish.context.pieces import Piece
from burnish.context.told import Told
from burnish.records.conversation import Message

Value = TypeVar("Value")
ENTRIES = 8_000
"""The most things of one kind that are kept."""
LETTERS = 1_500_000
"""The most letters in pieces, and in texts measured: some 140 conversations of 60 turns.

Measured: 50 MB with the summaries, when all is full."""
SUMMARY_LETTERS = 4_000_000
"""The most letters in summaries, each counted whole, though those of one conversation share most of theirs."""
STEP = 16
"""Of a conversation's summaries one in so many is kept, for a talk that is edited or branches: so much is folded again at most."""
LAST = 4
"""The summaries after the last few turns are all kept: a longer question leaves room for fewer turns word for word, and a shorter one for more."""


class Recent(Generic[Value]):
    """A bounded store from which what was used longest ago goes first. Threads may share it."""

    def __init__(self, entries: int = ENTRIES, letters: int = LETTERS) -> None:
        """Begin empty."""
        self._most, self._most_letters = entries, letters
        self._held: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.letters = 0
        """Of all that is held."""

    def __len__(self) -> int:
        """Return how many things are held."""
        return len(self._held)

    def get(self, key: Hashable) -> Value | None:
        """Return what is held for a key, which counts as used now; None where nothing is."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Value, letters: int) -> None:
        """Hold a value of so many letters. One that is longer than all that may be held is not."""
        if letters > self._most_letters:
            return
        with self._lock:
            self.letters += letters - self._held.pop(key, (value, 0))[1]
            self._held[key] = (value, letters)
            while self._held and (len(self._held) > self._most or self.letters > self._most_letters):
                self.letters -= self._held.popitem(last=False)[1][1]
            if not self._held:  # whatever interrupted an earlier call, an empty store holds no letters
                self.letters = 0

    def known(self, key: Hashable, letters: int, make: Callable[[], Value]) -> Value:
        """Return what is held for a key, or make it and hold it. Two threads may both make it; they make the same."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found, letters)
        return found


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered for one tokenizer."""

    pieces: Recent[tuple[Piece, ...]] = field(default_factory=Recent)
    """By message: its pieces, as if it were the first."""
    tokens: Recent[int] = field(default_factory=Recent)
    """By text: how many tokens it has."""
    summaries: Recent[Summary] = field(default_factory=lambda: Recent(letters=SUMMARY_LETTERS))
    """By room and all messages so far: the summary that goes along."""
    costs: Recent[int] = field(default_factory=Recent)
    """By all messages so far: what they cost in a longer talk (context/telescope.py)."""
    told: Recent[Told] = field(default_factory=lambda: Recent(letters=SUMMARY_LETTERS))
    """By all messages so far: the facts told."""


def digest(message: Message, before: bytes = b"") -> bytes:
    """Return the hash of a message behind others, whose hash is `before`: of its role, its words and its thought."""
    parts = [before]
    for text in (message.role, message.content, message.reasoning_content):
        words = b"" if text is None else text.encode("utf-8", "surrogatepass")
        parts.append(
            b"%d:" % (-1 if text is None else len(words)) + words
        )  # with its length: no two lists of texts look the same
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def chain(messages: Iterable[Message]) -> Iterator[bytes]:
    """Yield for each message the hash of it and of all before it."""
    link = b""
    for message in messages:
        link = digest(message, link)
        yield link


def longest(links: Sequence[bytes], held: Recent[Value], none: Value) -> tuple[int, Value]:
    """Return how many messages the longest known beginning has, and what is held for it; 0 and `none` where there is none."""
    for done in range(len(links), 0, -1):
        if (found := held.get(links[done - 1])) is not None:
            return done, found
    return 0, none


def resume(
    messages: Sequence[Message], links: Sequence[bytes], room: int, memory: Memory, step: Callable[[Summary, Message], Summary]
) -> Summary:
    """Return the summary of messages, whose chain is `links`, by `step`, taken up where the longest known beginning of them ends."""
    done, summary = len(messages), None
    while done and (summary := memory.summaries.get((room, links[done - 1]))) is None:
        done -= 1
    state = Summary(room) if summary is None else summary
    for i in range(done, len(messages)):
        state = step(state, messages[i])
        if i % STEP == STEP - 1 or i >= len(messages) - LAST:
            memory.summaries.put((room, links[i]), state, sum(len(entry.text) for entry in state.entries))
    return state
