"""Rows made from rows by rules: the same question as other people would ask it, and questions that nobody here can answer.

Only the last question is changed (and the answer where the kind says so); numbers, names and links are never touched by a typo.
Each child keeps its parent's metadata with `parent` (the parent's id) and `made` (the kind), and is never a parent itself.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from burnish.data.library import library
from burnish.data.near import capitalised
from burnish.grading.text import sentences
from burnish.records.conversation import Conversation, Message

UNKNOWN = "I don't know: I have nothing on {name}."
"""The answer to a question about somebody or something made up."""
WORDS_A_TYPO = 8
"""At most one typo in so many words; one in any case."""
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TOUCHABLE = re.compile(r"(?<![\w@/.:'’-])[a-z]{4,}(?![\w@/:'’-]|\.\w)")
_REWORDS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), ways)
    for pattern, ways in (
        (
            r"what (is|was|are|were) ([^?]+)\?",
            ("Can you tell me what {1} {0}?", "I'd like to know what {1} {0}.", "Do you know what {1} {0}?"),
        ),
        (r"who (is|was|are|were) ([^?]+)\?", ("Can you tell me who {1} {0}?", "Do you know who {1} {0}?")),
        (r"(where|when) (is|was|are|were) ([^?]+)\?", ("Do you know {0} {2} {1}?", "Can you tell me {0} {2} {1}?")),
        (
            r"how (?:do|can|should) (i|we|you) ([^?]+)\?",
            ("What is the best way to {1}?", "Tell me how to {1}.", "I need to {1}. How?"),
        ),
        (r"(?:can|could|would) you (?:please )?([^?]+)\?", ("Please {0}.", "I'd like you to {0}.")),
        (r"why (is|are|was|were) ([^?]+)\?", ("What is the reason that {1} {0}?", "Can you tell me why {1} {0}?")),
        (
            r"(explain|describe|list|write|give|name|summari[sz]e|show|tell) ([^?]+?)\.?",
            ("Could you {0} {1}?", "I'd like you to {0} {1}."),
        ),
    )
)
_JOINED = re.compile(r",|\b(?:and|or|that|which|when|where|if|because|so|for|to|by|like|your|you)\b|(?:\S+\s+){8}", re.IGNORECASE)
"""Where one of these stands, moving the verb to the end would bend the sentence."""
_STARTS = re.compile(
    r"(?:what|who|where|when|why|how|which|can|could|is|are|do|does|did|would|should|will|may|the|a|an|my|our|your)\b",
    re.IGNORECASE,
)
"""First words that are no name."""
_ORDER = re.compile(
    r"(?:please )?(?:explain|describe|list|write|give|name|summari[sz]e|show|tell|make|find|rewrite|translate)\b", re.IGNORECASE
)
_POLITE = re.compile(
    r"^(?:please,? |could you please |would you kindly |hi[,!.] |hello[,!.] )+|(?:,? please|[.!]? thanks?(?: you)?)(?=[.?!]*$)[.!]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What a rule made of a row."""

    question: str
    answer: str | None = None
    """None: the parent's."""


def augmented(rows: Sequence[Conversation], kinds: Sequence[str], per_row: int, seed: int) -> Iterator[Conversation]:
    """Yield the children of the rows: of each parent at most `per_row` of a kind, none that asks what a row asks already."""
    asked = {row.prompt[-1].content for row in rows}
    words = {word for row in rows for message in row.messages for word in capitalised(message.content)}
    for row in rows:
        if row.metadata.get("parent") or row.prompt[-1].role != "user":
            continue
        for kind in kinds:
            rng = random.Random(hashlib.sha256(f"{seed} {kind} {row.id}".encode()).digest())  # noqa: S311 - no secret is drawn
            made = 0
            for child in KINDS[kind](row, rng, words):
                if made == per_row:
                    break
                if child.question not in asked:
                    asked.add(child.question)
                    made += 1
                    yield _child(row, child, kind)


def _child(row: Conversation, child: Child, kind: str) -> Conversation:
    last = len(row.prompt)
    question = replace(row.messages[last - 1], content=child.question)
    answer = row.messages[last] if child.answer is None else Message(role="assistant", content=child.answer)
    metadata = {key: value for key, value in row.metadata.items() if key != "id"}
    metadata |= {"parent": parent_name(row), "made": kind}
    return Conversation(messages=(*row.messages[: last - 1], question, answer), metadata=metadata)


def parent_name(row: Conversation) -> str | int:
    """Return what a row's children call it: its id where it has one, else the hash of its words."""
    name = row.metadata.get("id")
    return name if name and isinstance(name, str | int) else row.id


def _reworded(row: Conversation, rng: random.Random, _: set[str]) -> Iterator[Child]:
    """Yield the question in other words, where a rule knows its form."""
    question = row.prompt[-1].content.strip()
    for pattern, ways in _REWORDS:
        found = pattern.fullmatch(question)
        if found and not (_JOINED.search(found.groups()[-1]) and ("{1} {0}" in ways[0] or "{2} {1}" in ways[0])):
            parts = [part if i else part.lower() for i, part in enumerate(found.groups())]
            for way in rng.sample(ways, len(ways)):
                yield Child(question=way.format(*parts))
            return


def _mistyped(row: Conversation, rng: random.Random, _: set[str]) -> Iterator[Child]:
    """Yield the question with typos: letters in the wrong order, left out, doubled, or of the key beside."""
    question = row.prompt[-1].content
    own = len(re.split(r":\s|[\n\"“]", question)[0])  # what follows is material, and a ship is no shop
    places = [match.span() for match in _TOUCHABLE.finditer(question) if match.end() <= own]
    for _try in range(8 if places else 0):
        count = max(1, len(question.split()) // WORDS_A_TYPO)
        text = question
        for start, end in sorted(rng.sample(places, min(count, len(places))), reverse=True):
            text = text[:start] + typo(text[start:end], rng) + text[end:]
        if text != question:
            yield Child(question=text)


def typo(word: str, rng: random.Random) -> str:
    """Return a word of four small letters or more with one typo; its first letter stays, as people's mostly do."""
    at = rng.randrange(1, len(word) - 1)
    way = rng.choice((_swapped, _dropped, _doubled, _beside))
    return way(word, at, rng)


def _swapped(word: str, at: int, _: random.Random) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _dropped(word: str, at: int, _: random.Random) -> str:
    return word[:at] + word[at + 1 :]


def _doubled(word: str, at: int, _: random.Random) -> str:
    return word[: at + 1] + word[at:]


def _beside(word: str, at: int, rng: random.Random) -> str:
    row = next(row for row in _KEYS if word[at] in row)
    place = row.index(word[at])
    return word[:at] + rng.choice(row[max(0, place - 1) : place] + row[place + 1 : place + 2]) + word[at + 1 :]


def _mannered(row: Conversation, rng: random.Random, _: set[str]) -> Iterator[Child]:
    """Yield the question more politely, or bare where it was polite."""
    question = row.prompt[-1].content.strip()
    bare = _POLITE.sub("", question).strip()
    if bare and bare != question:
        yield Child(question=bare[0].upper() + bare[1:])
        return
    lower = question[:1].lower() + question[1:] if _STARTS.match(question) or _ORDER.match(question) else question
    ways = [f"Hi! {question}", f"{question} Thanks!", f"Hello, {lower}" if lower != question else f"Hello! {question}"]
    if _ORDER.match(question):
        ways = [f"Please {lower}", f"{question.rstrip('.')}, please.", *ways[:1]]
    yield from (Child(question=way) for way in rng.sample(ways, len(ways)))


def _shortened(row: Conversation, rng: random.Random, _: set[str]) -> Iterator[Child]:
    """Yield the pair of a long answer: asked for one sentence, the first one; asked for all, the whole."""
    said = sentences(row.answer)
    if len(said) < 3 or "\n" in row.answer.strip():
        return
    question = row.prompt[-1].content.rstrip()
    yield Child(
        question=f"{question} {rng.choice(('One sentence, please.', 'Answer in one sentence.', 'Keep it short.'))}",
        answer=said[0],
    )
    yield Child(question=f"{question} {rng.choice(('Tell me all you know.', 'Answer in detail.', 'Take your time.'))}")


def _unanswerable(row: Conversation, rng: random.Random, words: set[str]) -> Iterator[Child]:
    """Yield the question about a made-up name, which the right answer declines: against inventing."""
    question = row.prompt[-1].content
    names = list(dict.fromkeys(capitalised(question)))
    if len(names) != 1 or names[0] not in row.answer or len(names[0]) < 3:
        return
    faker = library("faker").Faker("en_US")
    for _try in range(8):
        faker.seed_instance(rng.randrange(1 << 30))
        name = faker.last_name()
        if name not in words:
            changed = re.sub(rf"\b{re.escape(names[0])}\b", name, question)
            yield Child(question=changed, answer=UNKNOWN.format(name=name))


KINDS: dict[str, Callable[[Conversation, random.Random, set[str]], Iterator[Child]]] = {
    "reword": _reworded,
    "typo": _mistyped,
    "polite": _mannered,
    "length": _shortened,
    "unknown": _unanswerable,
}
"""Every kind of child, by the name a person types."""
