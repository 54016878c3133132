"""Talks to shorten, and a ruler that counts letters, so that a token too many is seen."""

from __future__ import annotations

import re

from burnish.context.ruler import Ruler
from burnish.records.conversation import Message
from tokens.tokens_toys import chat_of

CODE = "```python\nfor door in doors:\n    door.open()\n\n    door.wait(0.5)\n```"
LINK = "https://a.example/w/Foo_(bar)?q=1&r=%20#top"


def talk(*turns: str, system: str = "") -> tuple[Message, ...]:
    """Return messages, user and assistant in turn."""
    head = (Message(role="system", content=system),) if system else ()
    return (*head, *(Message(role=("user", "assistant")[i % 2], content=words) for i, words in enumerate(turns)))


def long_talk(turns: int = 20, system: str = "Answer kindly.") -> tuple[Message, ...]:
    """Return a talk in which every user turn tells a number and a name, with code, links and a last question."""
    names = ("Olsen", "Brandt", "Rossi", "Kovac", "Adeyemi")
    said = []
    for i in range(turns):
        said.append(
            f"We met Dr. {names[i % 5]} in room {100 + i}, and it was a fine day. What do you think about doors and windows?"
        )
        said.append(f"I think that they are pleasant things. I will call you on {i + 1} May at {i % 12}:30 pm. Well, well.")
    said[2] += f" It is all at {LINK}, I believe. More is to come."
    said[3] = f"This is how:\n{CODE}\nThat opens them all."
    return talk(*said, "In which room did we meet Dr. Rossi?", system=system)


def letters() -> Ruler:
    """Return a ruler for which every letter is a token and every message costs five more, the opening of the answer seven."""
    return Ruler(lambda messages: 7 + sum(len(one.content) + 5 for one in messages), len)


def uneven() -> Ruler:
    """Return a ruler of words, digits and signs, so that what a part of a sentence costs cannot be told from its length."""

    def size(text):
        return len(re.findall(r"\d|[^\W\d_]+|[^\w\s]", text))

    return Ruler(lambda messages: 7 + sum(size(one.content) + 5 for one in messages), size)


def chatml():
    """Return the byte-level stand-in with ChatML's template."""
    from toys import CHATML

    return chat_of("bytes", CHATML)
