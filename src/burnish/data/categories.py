"""What a row teaches: a style, a fact, a decision, or a category of the person's own.

A category that a person gave stands. The others are told by a classifier learnt from the rows that have one, and by rules where there
are too few of these. The classifier is naive Bayes over words (McCallum and Nigam 1998, the Bernoulli-free multinomial form), its
evidence divided by the root of the words, since words of one text are not independent and it would be far too sure otherwise.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from burnish.data.near import capitalised
from burnish.records.conversation import Conversation

GUESSED = "category_from"
"""The key of the metadata that says a category was not given by a person: `rules` or `classifier`."""
FEWEST = 4
"""A category with fewer labelled rows is not learnt."""
_DECIDES = re.compile(
    r"\b(?:should (?:i|we|he|she|they)|which (?:one|is better|would|should)|what would you (?:do|choose|pick)|better to|worth (?:it|the)"
    r"|decide|choose between|recommend|pros and cons|trade-?offs?|would you rather|how would you (?:decide|go about))\b",
    re.IGNORECASE,
)
_WEIGHS = re.compile(
    r"\b(?:because|therefore|on the other hand|however|instead|i would|i'd|it depends|so that|rather than|the risk)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a row is taken for."""

    category: str
    sure: float
    """From 0 to 1; what a person gave is 1."""
    source: str
    """`person`, `classifier` or `rules`."""


def labelled(row: Conversation) -> bool:
    """Return whether a person gave this row its category."""
    return bool(row.category) and not row.metadata.get(GUESSED)


def guesses(rows: Sequence[Conversation]) -> list[Guess]:
    """Return what each row is taken for."""
    known = [row for row in rows if labelled(row)]
    counts = Counter(row.category for row in known)
    learnt = {name for name, count in counts.items() if count >= FEWEST}
    if len(learnt) < 2:
        return [_given(row) or by_rules(row) for row in rows]
    judge = Classifier([row for row in known if row.category in learnt])
    return [_given(row) or judge(row) for row in rows]


def with_category(row: Conversation, guess: Guess) -> Conversation:
    """Return the row with its category, and who it is from where that is no person."""
    metadata = {key: value for key, value in row.metadata.items() if key != GUESSED} | {"category": guess.category}
    return replace(row, metadata=metadata if guess.source == "person" else metadata | {GUESSED: guess.source})


def _given(row: Conversation) -> Guess | None:
    return Guess(category=row.category, sure=1.0, source="person") if labelled(row) else None


def by_rules(row: Conversation) -> Guess:
    """Return a guess from the row's form: a thought or a weighing is a decision, names and numbers are a fact, the rest is style."""
    question = row.prompt[-1].content if row.prompt else ""
    if _DECIDES.search(question) or any(message.reasoning_content for message in row.messages):
        return Guess(category="decision", sure=0.8 if _WEIGHS.search(row.answer) else 0.6, source="rules")
    words = max(1, len(row.answer.split()))
    specific = len(set(capitalised(row.answer))) + len(re.findall(r"\d+", row.answer))
    if specific >= 2 or specific / words > 0.1:
        return Guess(category="fact", sure=0.7 if specific / words > 0.1 else 0.55, source="rules")
    return Guess(category="style", sure=0.55 if specific else 0.7, source="rules")


class Classifier:
    """Categories learnt from labelled rows."""

    def __init__(self, rows: Sequence[Conversation]) -> None:
        """Count the words of each category."""
        self._rows = Counter(row.category for row in rows)
        self._words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            self._words[row.category].update(_features(row))
        self._all = {word for counts in self._words.values() for word in counts}
        self._totals = {name: sum(self._words[name].values()) for name in self._rows}

    def __call__(self, row: Conversation) -> Guess:
        """Return the likeliest category and its probability."""
        features = [word for word in _features(row) if word in self._all]
        weights = {name: self._weight(name, features) for name in sorted(self._rows)}
        most = max(weights.values())
        chances = {name: math.exp(weight - most) for name, weight in weights.items()}
        best = max(chances, key=lambda name: chances[name])
        return Guess(category=best, sure=chances[best] / sum(chances.values()), source="classifier")

    def _weight(self, name: str, features: Sequence[str]) -> float:
        prior = math.log(self._rows[name] / self._rows.total())
        below = self._totals[name] + len(self._all)
        evidence = sum(math.log((self._words[name][word] + 1) / below) for word in features)
        return prior + evidence / math.sqrt(max(1, len(features)))


def _features(row: Conversation) -> list[str]:
    question = row.prompt[-1].content if row.prompt else ""
    asked = {f"?{word}" for word in _WORD.findall(question.casefold())}
    said = set(_WORD.findall(row.answer.casefold()))
    size = f"#{min(6, len(row.answer.split()).bit_length())}"
    return [*sorted(asked | said), f"rule {by_rules(row).category}", size]
