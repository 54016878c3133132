"""How many tokens a long talk has, when all but its last turns was counted before: what a turn more costs does not grow with the talk.

For a template that is proven to write each turn by itself (tokens/turnwise.py). Let H be the first messages, X turns after them and Y the
rest. With X taken out, the text loses what was written for X, and the turns next to it may be written otherwise; all that comes later stays.
So what X costs, count(H+X+Y) - count(H+Y), is the same however Y goes on, provided that no token can reach across some place in it that
stays. Then

    count(whole talk) = cost(X) + count(H + Y)

to the token, and only H and the last turns are written and encoded. X grows with each exchange; its cost is added up and kept under the hash
of all that was said. What a template refuses or leaves out was seen when X was new; what it finds wrong with the new turns is told by
writing the whole talk.

What stays linear is reading the talk at all: each message is parsed, checked and hashed, some microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.context.memory import Recent
from burnish.context.shape import Count
from burnish.records.conversation import Message
from burnish.tokens.turnwise import HEAD, REACH, TAIL, Turns

PAIR = 2
LEAST = 48
"""A talk of fewer messages is written whole, which is no more work."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One way of writing a talk, by a template that writes each turn by itself."""

    count: Count
    """How many tokens messages have."""
    places: Count
    """At how many places of their text no token can reach across."""
    turns: Turns
    """What the template sees around a turn."""
    name: str
    """Tells it from others of the same tokenizer."""


def telescoped(messages: Sequence[Message], links: Sequence[bytes], scope: Scope, costs: Recent[int]) -> int:
    """Return the tokens of a talk of at least LEAST messages; `links` are the hashes of each and all before it.

    `costs` holds, by hash, what the turns from HEAD to that message cost. Raises DataError as `scope` does.
    """
    done = len(messages) - TAIL
    while done > HEAD and costs.get((scope.name, links[done - 1])) is None:
        done -= 1
    head = messages[:HEAD]
    done = max(done, HEAD)
    cost = costs.get((scope.name, links[done - 1])) or 0
    tokens = scope.count([*head, *messages[done:]])
    further = len(messages) - TAIL - PAIR - REACH
    further -= (further - HEAD) % 2 if scope.turns.even else 0
    if further > done and _parted(messages, further, scope):
        costs.put((scope.name, links[further - 1]), cost + tokens - scope.count([*head, *messages[further:]]), 1)
    return cost + tokens


def _parted(messages: Sequence[Message], i: int, scope: Scope) -> bool:
    """Return whether no token can reach across some place in turns of Y that are written alike with X before them and without.

    Those begin REACH turns behind X. Without the first two of them, only they and the next REACH turns can be written otherwise: places
    that are gone were in these, and TAIL turns more are there to keep them as they are.
    """
    near, rest = [*messages[:HEAD], *messages[i : i + REACH]], messages[i + REACH :]
    return scope.places([*near, *rest]) > scope.places([*near, *rest[PAIR:]])
