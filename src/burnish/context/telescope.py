"""How many tokens a long talk has, when all but its last turns was counted before: what a turn more costs does not grow with the talk.

For a template that is proven to write each turn by itself (tokens/turnwise.py). Let H be the first messages, X an even number of turns after
them and Y the rest. Writing H and Y without X writes the same text less what is written for X, so what X costs, count(H+X+Y) - count(H+Y),
is the same whatever follows Y's first two turns, provided that no token can reach across some place in those two. Then

    count(whole talk) = cost(X) + count(H + Y)

to the token, and only H and the last turns are written and encoded. X grows by two turns with each exchange, its cost is added up and kept
under the hash of all that was said. What a template refuses or leaves out was seen when X was new; what it finds wrong with the new turns
is told by writing the whole talk.

What stays linear is reading the talk at all: each message is parsed, checked and hashed, some microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.context.memory import Recent
from burnish.context.shape import Count
from burnish.records.conversation import Message
from burnish.tokens.turnwise import HEAD, REACH, TAIL

PAIR = 2
LOOK = 6
"""So many turns before the last ones a place to take X to is looked for: roles are not always in turn."""
LEAST = 48
"""A talk of fewer messages is written whole, which is no more work."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One way of writing a talk, by a template that writes each turn by itself."""

    count: Count
    """How many tokens messages have."""
    places: Count
    """At how many places of their text no token can reach across."""
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
    further = _further(messages, done)
    if further > done:
        after = [*head, *messages[further:]]
        if scope.places(after) > scope.places([*head, *messages[further + PAIR :]]):
            costs.put((scope.name, links[further - 1]), cost + tokens - scope.count(after), 1)
    return cost + tokens


def _further(messages: Sequence[Message], done: int) -> int:
    """Return to which message X may go on, or `done`: by an even number, and wherever H and Y meet, turns of the same roles meet."""
    most = len(messages) - TAIL - PAIR
    for i in range(most, max(done, most - LOOK), -1):
        if (i - HEAD) % 2 == 0 and _around(messages, HEAD) == _around(messages, i) == _around(messages, i + PAIR):
            return i
    return done


def _around(messages: Sequence[Message], i: int) -> list[str]:
    """Return the roles on both sides of the beginning of message `i`, as far as a template may ask."""
    return [message.role for message in messages[i - REACH : i + REACH]]
