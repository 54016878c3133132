"""The door of this room: a conversation and a budget of tokens in, the same conversation within the budget out, and what was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from burnish.context.extractive import extractive
from burnish.context.facts import facts
from burnish.context.losses import Losses, losses
from burnish.context.marks import norm
from burnish.context.rolling import rolling
from burnish.context.ruler import Ruler
from burnish.context.shape import Count, Lines, Parts, cut, joined, note_of, question_at, systems
from burnish.errors import DataError
from burnish.records.conversation import Message

Method = Callable[[Parts, Ruler], Callable[[int], Lines]]
"""From what is to be shortened to a function from room in tokens to the lines to keep."""
METHODS: dict[str, Method] = {
    "facts": facts,
    "extractive": extractive,
    "rolling": rolling,
}
"""The methods that write a note by themselves."""
NAMES = ("auto", "drop", *METHODS)
SUMMARY = "summary"
"""The method for which a model must be loaded; it is handed in."""
FAR = 240
"""Of a talk with more turns than this to shorten `auto` takes `rolling`: to weigh all of them against each other takes longer with each
(2,000 turns: over a second for each request), and to go on with a summary does not."""
ROUNDS = 10
"""How often the room is mended: texts joined have other tokens than the sum of their parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """A conversation within its budget."""

    messages: tuple[Message, ...]
    tokens_before: int
    """All tokens the model would be given."""
    tokens_after: int
    """All tokens the model is given; never above the budget."""
    method: str
    """The method that was used; "none" where the conversation fits as it is."""
    reason: str
    """Why this method."""
    kept: tuple[str, ...]
    """The facts (names, numbers, dates, links) that still stand in it, each once."""
    lost: tuple[str, ...]
    """Those that do not."""

    @property
    def header(self) -> str:
        """What was done, as the server's header says it."""
        return f"before={self.tokens_before},after={self.tokens_after},method={self.method}"


def budget_of(messages: Sequence[Message], ratio: float, ruler: Ruler) -> int:
    """Return the tokens that a ratio of a conversation's own tokens leaves, with what the template writes whatever is said.

    Raises DataError for a ratio that is none, and for no user turn.
    """
    if not 0 < ratio <= 1:
        raise DataError("a ratio is above 0 and at most 1", seen=f"{ratio}", remedy="half the tokens is --ratio 0.5")
    question_at(messages)
    fixed = ruler.fixed(messages)
    return fixed + int(ratio * (ruler.whole(messages) - fixed))


def shorten(
    messages: Sequence[Message],
    budget: int,
    ruler: Ruler,
    method: str = "auto",
    *,
    summary: Method | None = None,
    before: int | None = None,
    keep_turns: int = 0,
) -> Shortened:
    """Return the conversation within `budget` tokens by one of NAMES, or by a `summary`; unchanged where it fits.

    `before` is how many tokens it has, where that was counted already by this ruler. The last `keep_turns` messages stay word for
    word, and the last question always does.

    Raises DataError for an unknown method, for no user turn, and where system text and what must stay do not fit.
    """
    if method not in NAMES and (method != SUMMARY or summary is None):
        raise DataError("there is no such method", seen=method, remedy=f"name one of {', '.join(NAMES)}")
    question_at(messages)
    before = ruler.whole(messages) if before is None else before
    if before <= budget:
        why = ("none", f"it fits: {before} tokens, the budget is {budget}")
        return _told(messages, tuple(messages), ruler, (before, before), why)
    parts = cut(messages, budget, ruler.count, keep_turns)
    if method == "auto" and len(parts.middle) > FAR:
        after, count = _made(messages, parts, budget, ruler, "rolling")
        reason = f"of more than {FAR} turns a summary is taken along, so that the next turn costs no more than this one"
        return _told(messages, after, ruler, (before, count), ("rolling", reason))
    if method != "auto":
        after, count = _made(messages, parts, budget, ruler, method, summary)
        return _told(messages, after, ruler, (before, count), (method, "as you asked"))
    return _best(messages, parts, budget, ruler, before)


def _best(messages: Sequence[Message], parts: Parts, budget: int, ruler: Ruler, before: int) -> Shortened:
    """Return the shortening by the method that keeps most of this conversation's facts and of the question's words."""
    made = {name: _made(messages, parts, budget, ruler, name) for name in ("facts", "extractive")}
    found = {name: losses(messages, after, ruler.pieces) for name, (after, _) in made.items()}
    best = max(made, key=lambda name: (found[name].score, name == "facts"))
    other = next(name for name in made if name != best)
    reason = f"{best} keeps {_words(found[best])}; {other} {_words(found[other])}"
    after, count = made[best]
    return _told(messages, after, ruler, (before, count), (best, reason))


def _words(found: Losses) -> str:
    total = len(found.kept) + len(found.lost)
    return (
        f"{len(found.kept)} of {total} facts and {found.asked_kept} of {found.asked} sentences that share words with the question"
    )


def _made(
    messages: Sequence[Message], parts: Parts, budget: int, ruler: Ruler, method: str, summary: Method | None = None
) -> tuple[tuple[Message, ...], int]:
    """Return the messages by one method, and their tokens."""
    if method == "drop":
        return _dropped(messages, parts, budget, ruler.count)
    by = summary if method == SUMMARY and summary is not None else METHODS[method]
    return fitted(parts, budget, ruler, by(parts, ruler))


def fitted(parts: Parts, budget: int, ruler: Ruler, lines: Callable[[int], Lines]) -> tuple[tuple[Message, ...], int]:
    """Return the longest of a few notes with which the conversation is within the budget, and its tokens."""
    best = joined(parts, "")
    most = ruler.count(best)
    room = budget - ruler.count(joined(parts, note_of([(0, "user", "")])))
    low, high, over = 0, 2 * max(0, room), 0
    for _ in range(ROUNDS):
        if not low < room < high:
            break
        made = joined(parts, note_of(lines(room)))
        count = ruler.count(made)
        if count <= budget:
            low, over = room, 0
            best, most = max((best, most), (made, count), key=lambda one: one[1])
        else:
            high, over = room, over + 1
        aimed = room + budget - count
        # Where less room takes nothing away, aiming creeps down a token at a time: after two misses the middle is tried.
        room = aimed if low < aimed < high and over < 2 else (low + high) // 2
    return best, most


def _dropped(messages: Sequence[Message], parts: Parts, budget: int, count: Count) -> tuple[tuple[Message, ...], int]:
    """Return the system text and as many of the last turns as fit, from a user's turn on."""
    starts = [i for i in range(parts.must_stay, len(parts.head) - 1, -1) if messages[i].role == "user"]
    low, high = 0, 1  # the more turns, the more tokens: first how many are too many, from few to more, then how many fit
    while high < len(starts) and count([*parts.head, *messages[starts[high] :]]) <= budget:
        low, high = high, 2 * high
    high = min(high, len(starts))
    while high - low > 1:
        middle = (low + high) // 2
        if count([*parts.head, *messages[starts[middle] :]]) <= budget:
            low = middle
        else:
            high = middle
    best = (*parts.head, *messages[starts[low] :])
    return best, count(best)


def _told(
    messages: Sequence[Message], after: tuple[Message, ...], ruler: Ruler, counts: tuple[int, int], why: tuple[str, str]
) -> Shortened:
    told = ruler.told(messages[systems(messages) : question_at(messages)])
    kept, lost = told.parted(norm("\n".join(one.content for one in after)))
    return Shortened(
        messages=after,
        tokens_before=counts[0],
        tokens_after=counts[1],
        method=why[0],
        reason=why[1],
        kept=kept,
        lost=lost,
    )
