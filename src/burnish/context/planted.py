"""Conversations with planted facts: long small talk in which ten things are told once, and are asked for at the end.

The talk around them holds names, numbers and days of its own, so that they cannot be found by their form alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from burnish.records.conversation import Message

FACTS = 10
TURNS = 60

_KINDS: tuple[tuple[str, str, str], ...] = (
    ("By the way, the code for the {thing} is {value}.", "What is the code for the {thing}?", "code"),
    ("My {relative}'s birthday is on {value}, I always mix that up.", "When is my {relative}'s birthday?", "date"),
    ("Our {relative} is called {value}, just so you know.", "What is our {relative} called?", "name"),
    ("I paid {value} for the {thing} last year.", "How much did I pay for the {thing}?", "money"),
    ("The appointment about the {thing} is at {value}.", "At what time is the appointment about the {thing}?", "time"),
    ("Everything on the {thing} is written at {value} if you need it.", "Where is everything on the {thing} written?", "link"),
    ("The {thing} should be painted {value}, nothing else.", "In which colour should the {thing} be painted?", "colour"),
    ("We keep the {thing} in the {value}.", "Where do we keep the {thing}?", "place"),
    ("You can reach the people for the {thing} at {value}.", "At what number can I reach the people for the {thing}?", "phone"),
    ("The {relative} is allergic to {value}.", "What is the {relative} allergic to?", "food"),
)
_THINGS = [
    "garage",
    "boat",
    "greenhouse",
    "attic",
    "piano",
    "fence",
    "roof",
    "cellar",
    "bicycle",
    "oven",
    "generator",
    "telescope",
    "well",
    "sauna",
    "workshop",
    "tractor",
]
_RELATIVES = [
    "aunt",
    "neighbour",
    "plumber",
    "nephew",
    "gardener",
    "landlord",
    "cousin",
    "dentist",
    "tutor",
    "godmother",
    "carpenter",
    "grandson",
]
_VALUES: dict[str, Callable[[random.Random], str]] = {
    "code": lambda r: f"{r.choice('ABCDEFGH')}{r.randrange(1000, 9999)}",
    "date": lambda r: f"{r.choice(('March', 'May', 'July', 'October'))} {r.randrange(2, 28)}",
    "name": lambda r: f"{r.choice(('Marta', 'Ivo', 'Selma', 'Tariq', 'Noor', 'Piet'))} {r.choice(('Olsen', 'Adeyemi', 'Kovac', 'Brandt', 'Rossi'))}",
    "money": lambda r: f"${r.randrange(120, 990)}",
    "time": lambda r: f"{r.randrange(1, 12)}:{r.choice(('05', '20', '35', '50'))} pm",
    "link": lambda r: f"https://{r.choice(('notes', 'files', 'wiki'))}.example/{r.choice('abcdef')}{r.randrange(10, 99)}/page?id={r.randrange(100, 999)}",
    "colour": lambda r: r.choice(("dark red", "pale green", "sky blue", "warm grey", "lemon yellow", "ivory white")),
    "place": lambda r: r.choice(("blue chest", "upper drawer", "old suitcase", "tin box", "hall cupboard", "red barn")),
    "phone": lambda r: f"555-{r.randrange(200, 999)}-{r.randrange(1000, 9999)}",
    "food": lambda r: r.choice(("walnuts", "shellfish", "sesame", "lupin seeds", "celery", "mustard")),
}  # fmt: skip
_TALK = (
    ("I went for a walk", "My cousin stayed in", "Anna sat by the window", "We all slept late", "I read for a while", "The cat kept me company"),
    ("on {day}", "for about {n} minutes", "while the rain went on", "because the trains were slow", "after a long call with Oskar", "near the river"),
    ("and the light was strange", "and nobody seemed to mind", "though I had other plans", "which is quite unlike me", "so the soup went cold",
     "and I thought of Lisbon in spring"),
    (".", ", if that makes sense.", ", as usual.", ", more or less.", ", to be honest.", ", what do you say?"),
)  # fmt: skip
_ANSWERS = (
    ("That sounds like a pleasant way to spend some time", "There are many opinions on that", "Many people say the same",
     "It is often the ordinary moments that stay", "A little patience usually helps", "I can see why you feel that way"),
    ("and small things are worth noticing", "and it depends on what you enjoy", "though at least {n} of them would disagree",
     "especially on a {day}", "as poets keep telling us", "since habits change slowly"),
    (".", ", I would say.", "; would you like to tell me more?", ", and there is no hurry.", ", at least in winter.", ", all things considered."),
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was told."""

    question: str
    value: str
    turn: int
    """0-based number of the message that tells it."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A conversation without its last question, and the facts in it."""

    messages: tuple[Message, ...]
    facts: tuple[Fact, ...]

    def asking(self, facts: Sequence[Fact]) -> tuple[Message, ...]:
        """Return the conversation with one last turn that asks for facts."""
        return (*self.messages, Message(role="user", content=" ".join(fact.question for fact in facts)))


def planted(seed: int, turns: int = TURNS, facts: int = FACTS) -> Planted:
    """Return the conversation of a seed: `turns` messages, user and assistant in turn, with `facts` facts told by the user.

    The facts stand in user turns drawn evenly from all; no fact is told twice, and no value of one stands elsewhere.
    """
    draw = random.Random(seed)  # noqa: S311 - made-up talk, no secret
    places = sorted(draw.sample(range(0, turns, 2), facts))
    told = dict(zip(places, _facts(draw, places), strict=True))
    messages = []
    for turn in range(turns):
        words = " ".join(_sentence(draw, _ANSWERS if turn % 2 else _TALK) for _ in range(2))
        if turn in told:
            words = f"{words} {told[turn][0]}" if draw.random() < 0.5 else f"{told[turn][0]} {words}"
        messages.append(Message(role="assistant" if turn % 2 else "user", content=words))
    return Planted(tuple(messages), tuple(fact for _, fact in told.values()))


def _facts(draw: random.Random, places: Sequence[int]) -> list[tuple[str, Fact]]:
    kinds = [_KINDS[i % len(_KINDS)] for i in range(len(places))]
    draw.shuffle(kinds)
    things, relatives = draw.sample(_THINGS, len(_THINGS)), draw.sample(_RELATIVES, len(_RELATIVES))
    made = []
    for number, (place, (telling, asking, kind)) in enumerate(zip(places, kinds, strict=True)):
        names = {"thing": things[number % len(things)], "relative": relatives[number % len(relatives)]}
        value = _VALUES[kind](draw)
        made.append((telling.format(value=value, **names), Fact(asking.format(**names), value, place)))
    return made


def _sentence(draw: random.Random, slots: Sequence[Sequence[str]]) -> str:
    words = " ".join(draw.choice(slot) for slot in slots[:-1]) + draw.choice(slots[-1])
    return words.format(n=draw.randrange(3, 60), day=draw.choice(_DAYS))
