"""Rows made from rows by rules: the same question as other people would ask it, and questions that nobody here can answer.

Only the last question is changed (and the answer where the kind says so), and no child contradicts its parent: a rule that cannot be
sure makes nothing. Each child keeps its parent's metadata with `parent` (the parent's id) and `made` (the kind), and is never a
parent itself. How many of each kind are kept, `shares` says.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from burnish.data.made_shares import MIX, shares
from burnish.data.near import capitalised, normalised
from burnish.data.question_forms import asks, english, mannered, orders, plain, reworded
from burnish.data.typos import mistyped
from burnish.grading.text import sentences
from burnish.records.conversation import Conversation, Message

UNKNOWN = "I don't know: I have nothing on {name}."
"""The answer to a question about somebody or something made up."""
_LENGTH_TOLD = re.compile(
    r"\b(?:sentences?|words?|paragraphs?|lines?|brief\w*|short\w*|concise\w*|details?|detailed|longer|in full|steps?|bullets?"
    r"|list|name|summar\w+|translate|rewrite|write|make|give)\b",
    re.IGNORECASE,
)
"""A prompt that says how much is wanted, or wants a text made: another length would contradict it."""
_NO_ANSWER_YET = re.compile(
    r"(?:yes|no|well|sure|okay|ok|certainly|of course|(?:good|great) question|thank|hello|hi|i don['’]t|i do not|first|there are "
    r"(?:several|many|some|a few|two|three|four|five))\b|.*[:?]$",
    re.IGNORECASE,
)
"""First sentences that do not answer by themselves."""
_ABOUT = re.compile(
    r"(?:(?:when|where|why|how (?:do|does|did)) (?:is|are|was|were|do|does|did|has|have|had|can|will)\b|who|whose|what|which|how)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(r",|\b(?:who|which|that|since|because|if|given|while|after|before|when|although|though)\b", re.IGNORECASE)
"""Beyond the first word: the question tells something of its own."""
_STARTS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "z",
)
_MIDDLES = ("lb", "ld", "lm", "lv", "mb", "nd", "nv", "rd", "rg", "rm", "rv", "sk", "st", "zd", "v", "z")
_ENDS = ("k", "l", "ld", "lt", "m", "n", "nd", "nt", "rk", "rn", "s", "sk", "t", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What a rule made of a row."""

    question: str
    answer: str | None = None
    """None: the parent's."""


def augmented(
    rows: Sequence[Conversation],
    kinds: Sequence[str],
    per_row: int,
    seed: int,
    *,
    mix: Mapping[str, int] = MIX,
    most: int | None = None,
) -> Iterator[Conversation]:
    """Yield the children of the rows: of each parent at most `per_row` of a kind, none that asks what a row asks already.

    Of all that can be made so many of each kind are kept as `shares` allows by `mix` (per cent of all, at most) and `most` (None: as
    many as there are rows, `per_row` times); which ones, the seed draws.
    """
    made = list(_all(rows, kinds, per_row, seed))
    found = {kind: sum(one[1] == kind for one in made) for kind in kinds}
    kept = shares(found, mix, len(rows) * per_row if most is None else most)
    order = sorted(range(len(made)), key=lambda i: hashlib.sha256(f"{seed} {made[i][1]} {made[i][0].id}".encode()).digest())
    chosen: set[int] = set()
    for i in order:
        if kept[made[i][1]] > 0:
            kept[made[i][1]] -= 1
            chosen.add(i)
    yield from (one for i, (one, _) in enumerate(made) if i in chosen)


def _all(rows: Sequence[Conversation], kinds: Sequence[str], per_row: int, seed: int) -> Iterator[tuple[Conversation, str]]:
    asked = {row.prompt[-1].content for row in rows}
    words = {word for row in rows for message in row.messages for word in normalised(message.content).split()}
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
                    yield _child(row, child, kind), kind


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
    if english(row):
        yield from (Child(question=one) for one in reworded(row.prompt[-1].content, rng))


def _mistyped(row: Conversation, rng: random.Random, _: set[str]) -> Iterator[Child]:
    """Yield the question with typos."""
    yield from (Child(question=one) for one in mistyped(row.prompt[-1].content, rng))


def _mannered(row: Conversation, rng: random.Random, _: set[str]) -> Iterator[Child]:
    """Yield the question more politely, or bare where it was polite."""
    if english(row):
        yield from (Child(question=one) for one in mannered(row.prompt[-1].content, rng))


def _shortened(row: Conversation, rng: random.Random, _: set[str]) -> Iterator[Child]:
    """Yield the pair of a long answer: asked for one sentence, the first one; asked for all, the whole.

    Only where the prompt leaves the length open, and the first sentence answers by itself.
    """
    said, question = sentences(row.answer), row.prompt[-1].content.strip()
    if len(said) < 3 or "\n" in row.answer.strip() or not plain(question) or not english(row):
        return
    if not (asks(question) or orders(question)) or any(
        _LENGTH_TOLD.search(one.content) for one in row.prompt if one.role != "assistant"
    ):
        return
    if len(said[0].split()) >= 4 and not _NO_ANSWER_YET.match(said[0]):
        short = rng.choice(("One sentence, please.", "Answer in one sentence.", "Keep it short."))
        yield Child(question=f"{question} {short}", answer=said[0])
    yield Child(question=f"{question} {rng.choice(('Tell me all you know.', 'Answer in detail.', 'Take your time.'))}")


def _unanswerable(row: Conversation, rng: random.Random, words: set[str]) -> Iterator[Child]:
    """Yield the question about a made-up name, which the right answer declines: against inventing.

    Only where the prompt is that one question and tells nothing itself: else the answer "I have nothing" would be untrue. The name
    is made of syllables, so that it is nobody's, and no row holds it.
    """
    question = row.prompt[-1].content.strip()
    names = [name for name in dict.fromkeys(capitalised(question)) if name != "I"]
    if len(row.prompt) > 1 or row.metadata.get("context") or not plain(question) or not asks(question) or not english(row):
        return
    if len(names) != 1 or names[0] not in row.answer or not re.fullmatch(r"[A-Z][a-z]{2,}", names[0]):
        return
    told = _ABOUT.match(question)
    if told is None or _TELLS.search(question[told.end() :]) or re.search(rf"\ban? {names[0]}\b", question):
        return
    for _try in range(8):
        name = invented(rng)
        if name.casefold() not in words:
            changed = re.sub(rf"\b{names[0]}\b", name, question)
            yield Child(question=changed, answer=UNKNOWN.format(name=name))


def invented(rng: random.Random) -> str:
    """Return a name that can be said and is nobody's."""
    vowel = "aeiou"
    parts = (_STARTS, vowel, _MIDDLES, vowel, _ENDS)
    return "".join(rng.choice(part) for part in parts).capitalize()


KINDS: dict[str, Callable[[Conversation, random.Random, set[str]], Iterator[Child]]] = {
    "reword": _reworded,
    "typo": _mistyped,
    "polite": _mannered,
    "length": _shortened,
    "unknown": _unanswerable,
}
"""Every kind of child, by the name a person types."""
