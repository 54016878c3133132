"""What a row teaches that no other does: facts of its own, as far as names, numbers and links tell."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from burnish.data.near import Joined, capitalised, near_clusters, normalised
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
    prompts, taught = _prompts(conversations), _taught(conversations)
    own = _without_manner(_joined_answers(conversations, taught), taught)
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for i, conversation in enumerate(conversations):
        for word in prompts[i] | _words(conversation.answer):
            groups[word].add(own[i])
    return [sum(groups[word] == {own[i]} for word in words) / len(words) if words else 0.0 for i, words in enumerate(taught)]


def answer_groups(conversations: Sequence[Conversation]) -> list[int]:
    """Return a number for each row; rows with the same answer, told in the same words or in others, have the same."""
    return _joined_answers(conversations, _taught(conversations))


def _prompts(conversations: Sequence[Conversation]) -> list[set[str]]:
    return [_words(" ".join(message.content for message in conversation.prompt)) for conversation in conversations]


def _taught(conversations: Sequence[Conversation]) -> list[frozenset[str]]:
    """Return the specific words of each answer that its own prompt does not hold."""
    prompts = _prompts(conversations)
    return [_specific(conversation.answer) - prompt for conversation, prompt in zip(conversations, prompts, strict=True)]


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


def _joined_answers(conversations: Sequence[Conversation], found: Sequence[frozenset[str]]) -> list[int]:
    join = Joined(len(conversations))
    holders: defaultdict[str, list[int]] = defaultdict(list)
    first: dict[object, int] = {}
    clusters = near_clusters([conversation.answer for conversation in conversations])
    for i, conversation in enumerate(conversations):
        join.union(first.setdefault(clusters[i], i), i)
        join.union(first.setdefault(normalised(conversation.answer) or conversation.answer, i), i)
        for word in found[i]:
            holders[word].append(i)
    few = min(WAYS, max(3, len(conversations) // 4))
    for rows in holders.values():
        for i, j in itertools.pairwise(rows) if len(rows) <= few else ():
            if len(found[i] & found[j]) * 2 >= len(found[i] | found[j]):
                join.union(i, j)
    return join.numbers()


def _without_manner(groups: list[int], found: Sequence[frozenset[str]]) -> list[int]:
    """Take apart groups whose answers are a short label, such as "Positive", that many rows share: a label is no fact."""
    sizes = Counter(groups)
    return [-1 - i if sizes[group] > WAYS and len(found[i]) <= 1 else group for i, group in enumerate(groups)]
