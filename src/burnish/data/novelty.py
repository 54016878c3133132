"""What a row teaches that no other does: facts of its own, as far as names, numbers and links tell."""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from burnish.data.joined import Joined
from burnish.data.near import capitalised, near_clusters, normalised
from burnish.records.conversation import Conversation

WAYS = 12
"""The most rows in which one fact is asked in different words; a name in more rows than that is the manner of the whole."""

_LINK = re.compile(r"(?:https?://|www\.)\S*[\w/]|(?<![\w.+-])[\w.+-]++@[\w-]+\.[\w.-]*\w")
_NUMBERED = re.compile(r"(?<![^\W_])[^\W_]*\d(?:[\w.,:/-]*\w)?")
_WORD = re.compile(r"[^\W_]+")


def new_shares(conversations: Sequence[Conversation]) -> list[float]:
    """Return, for each row, the share (0 to 1) of the specific words of its answer that are new: near 1 where it teaches a fact.

    Specific words of an answer: with a digit, links and addresses, and words with a capital where no sentence begins (or in an
    answer that is but a name); those of the row's own prompt aside, which are repeated and not taught. A word is new when it stands
    in no row with another answer. A row without specific words teaches a manner: 0. Rows have the same answer when its words are
    the same or near-same, or when at least half of their specific words are shared and stand in few rows: one fact told in two ways.
    Not covered: facts that are common words ("the door is green"), and languages that write all nouns with a capital.
    """
    return list(_told(_texts(conversations))[0])


def answer_groups(conversations: Sequence[Conversation]) -> list[int]:
    """Return a number for each row; rows with the same answer, told in the same words or in others, have the same."""
    return list(_told(_texts(conversations))[1])


def _texts(conversations: Sequence[Conversation]) -> tuple[tuple[str, str], ...]:
    """Return the (prompt, answer) of each row."""
    return tuple((" ".join(message.content for message in one.prompt), one.answer) for one in conversations)


@functools.lru_cache(maxsize=2)  # the profile and the split ask about the same rows, twice each
def _told(texts: tuple[tuple[str, str], ...]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return what `new_shares` and `answer_groups` give."""
    taught = []
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for i, (prompt, answer) in enumerate(texts):
        asked = _words(prompt)
        taught.append(_specific(answer) - asked)  # the specific words that its own prompt does not hold
        for word in asked | _words(answer):
            holders[word].append(i)
    told = _joined_answers([answer for _, answer in texts], taught)
    own = _without_manner(told, taught)
    alone = {word for words in taught for word in words if _one_group(holders[word], own)}
    return tuple(sum(word in alone for word in words) / len(words) if words else 0.0 for words in taught), tuple(told)


def _one_group(rows: Sequence[int], own: Sequence[int]) -> bool:
    """Return whether all of some rows have one answer."""
    return bool(rows) and all(own[i] == own[rows[0]] for i in rows)


def _specific(answer: str) -> frozenset[str]:
    rest = _LINK.sub(" ", answer)
    words = {*_LINK.findall(answer), *_NUMBERED.findall(rest), *capitalised(rest)}
    bare = _WORD.findall(rest)
    if len(bare) <= 3 and all(word[0].isupper() for word in bare):
        words.update(bare)  # a name is the whole answer
    return frozenset(word.casefold() for word in words) - {"i"}


def _words(text: str) -> set[str]:
    """Return every word, number and link of a text, as `_specific` writes them."""
    rest = _LINK.sub(" ", text)
    return {
        word.casefold() for pattern, where in ((_LINK, text), (_NUMBERED, rest), (_WORD, rest)) for word in pattern.findall(where)
    }


def _joined_answers(answers: Sequence[str], found: Sequence[frozenset[str]]) -> list[int]:
    join = Joined(len(answers))
    holders: defaultdict[str, list[int]] = defaultdict(list)
    first: dict[object, int] = {}
    clusters = near_clusters(answers)
    for i, answer in enumerate(answers):
        join.union(first.setdefault(clusters[i], i), i)
        join.union(first.setdefault(normalised(answer) or answer, i), i)
        for word in found[i]:
            holders[word].append(i)
    few = min(WAYS, max(3, len(answers) // 4))
    for rows in holders.values():
        for i, j in itertools.pairwise(rows) if len(rows) <= few else ():
            if len(found[i] & found[j]) * 2 >= len(found[i] | found[j]):
                join.union(i, j)
    return join.numbers()


def _without_manner(groups: list[int], found: Sequence[frozenset[str]]) -> list[int]:
    """Take apart groups whose answers are a short label, such as "Positive", that many rows share: a label is no fact."""
    sizes = Counter(groups)
    return [-1 - i if sizes[group] > WAYS and len(found[i]) <= 1 else group for i, group in enumerate(groups)]
