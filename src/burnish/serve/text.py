"""Text out of tokens without harm: letters whole in any chunking, stop words never half shown, thoughts apart from words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

HALF = "\N{REPLACEMENT CHARACTER}"
OPEN, CLOSE = "<think>", "</think>"


@dataclass(slots=True)
class Letters:
    """Token ids to text, a piece at a time: the pieces together are exactly what the ids decode to at once.

    A letter of several bytes may come in several tokens; it is given once it is whole. Only the newest tokens are decoded anew each
    time (from the last place where the text was whole), so a long answer costs no more per token than a short one.
    """

    decode: Callable[[Sequence[int]], str]
    _ids: list[int] = field(default_factory=list)
    _from: int = 0
    """Where the decoded window begins."""
    _given: int = 0
    """The tokens of which the text was given."""

    def push(self, token: int) -> str:
        """Return the new whole letters."""
        self._ids.append(token)
        return self._new(whole=True)

    def flush(self) -> str:
        """Return what was held back: bytes that never became a letter, as the tokenizer writes them."""
        return self._new(whole=False)

    def _new(self, *, whole: bool) -> str:
        before = self.decode(self._ids[self._from : self._given])
        now = self.decode(self._ids[self._from :])
        if (whole and now.endswith(HALF)) or len(now) <= len(before):
            return ""
        self._from, self._given = self._given, len(self._ids)
        return now[len(before) :]


@dataclass(slots=True)
class Stops:
    """Watches for stop strings: text up to the one that is complete first, never a part of one that may still become whole."""

    stops: tuple[str, ...]
    hit: str | None = None
    """The stop string that was found."""
    _held: str = ""

    def push(self, text: str) -> str:
        """Return the text that is safe to show."""
        if not self.stops or self.hit is not None:
            return "" if self.hit is not None else text
        text = self._held + text
        found = [(place, stop) for stop in self.stops if (place := text.find(stop)) >= 0]
        if found:
            # The one that is complete first, as if letters came one at a time: so the chunking never shows.
            place, self.hit = min(found, key=lambda one: (one[0] + len(one[1]), one[0]))
            self._held = ""
            return text[:place]
        keep = max(_begun(text, stop) for stop in self.stops)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """Return what was held back and became no stop string."""
        held, self._held = self._held, ""
        return held if self.hit is None else ""


def _begun(text: str, mark: str) -> int:
    """Return how many letters at the end of `text` begin `mark` without completing it."""
    return next((n for n in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:n])), 0)


@dataclass(slots=True)
class Thoughts:
    """Parts an answer that begins with a thought (`<think>...</think>`) from its words, while it is written.

    The white space between a thought and the words is the template's, not the answer's, and is dropped; nothing else is.
    """

    inside: bool
    """Whether the prompt opened the thought, so that the answer begins within it."""
    able: bool = True
    """False: the model knows no thoughts, and every text is words."""
    _held: str = ""
    _state: str = "start"
    """"start" (nothing but white space so far), "thought", "gap" (white space after it), or "words"."""

    def __post_init__(self) -> None:
        """Begin where the prompt ends."""
        self._state = "thought" if self.inside and self.able else "start" if self.able else "words"

    def push(self, text: str) -> tuple[str, str]:
        """Return (new thought, new words)."""
        thought = words = ""
        self._held += text
        while True:
            state = self._state
            if state == "start":
                self._start()
            elif state == "thought":
                thought += self._thought()
            elif state == "gap":
                self._held = self._held.lstrip()
                self._state = "words" if self._held else "gap"
            else:
                words += self._held
                self._held = ""
            if self._state == state:
                return thought, words

    def _start(self) -> None:
        begun = self._held.lstrip()
        if begun.startswith(OPEN):
            self._held, self._state = begun[len(OPEN) :], "thought"
        elif begun and not OPEN.startswith(begun):
            self._state = "words"

    def _thought(self) -> str:
        before, close, after = self._held.partition(CLOSE)
        if close:
            self._held, self._state = after, "gap"
            return before
        keep = _begun(self._held, CLOSE)
        given, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return given

    def flush(self) -> tuple[str, str]:
        """Return (thought, words) of what was held back at the end."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "thought" else ("", "" if self._state == "gap" else held)
