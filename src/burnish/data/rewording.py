"""A question in a model's words: what the model is asked, and which of its replies still ask the same.

The answer stays the row's own: a model is asked for another wording and for nothing else. A reply counts only where it keeps every
number, link, name and quoted text, brings none of its own, keeps most of the words that carry the meaning, and says no or not where
the question does. Not covered: what these signs cannot see; a reply that keeps all of them may still ask a little more or less.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from burnish.data.augment import parent_name
from burnish.data.near import capitalised, normalised
from burnish.grading.figures import figures
from burnish.grading.languages import language
from burnish.grading.links import links, stands_in
from burnish.grading.text import spoken
from burnish.records.conversation import Conversation

KIND = "model"
"""What a child's `made` says."""
LONGEST = 400
"""Characters. A longer question, or one of several lines, brings material along that must stay as it is."""
CANDIDATES = 4
"""Replies asked for, for each child that is wanted."""
KEPT = 0.6
"""The least share of the words that carry the meaning; of two, both: of a synonym nothing here can tell."""
NEW = 2
"""Most new words of that kind, and half as many more as the question has."""

ASK = """Say this in other words, as another person would ask it. Keep the meaning, and every number, name and link. Do not answer \
it. Reply with the new wording alone.

{question}"""

NOT_ONE_LINE = "is not one line"
SAME = "says the same words"
TAKEN = "is asked already"
NUMBERS = "loses or invents a number"
LINKS = "loses or invents a link"
NAMES = "loses or invents a name"
QUOTED = "loses a quoted text"
ANSWERS = "answers instead of asking"
SIZE = "is far longer or shorter"
LANGUAGE = "is in another language"
OTHER = "asks something else"

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|`([^`]+)`|«([^»]+)»")
_NO = re.compile(r"\b(?:not|no|never|without|none|nor|neither|except)\b|n['’]t\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\?\s*$|^(?:please|can|could|would|will|tell|explain|describe|list|write|give|name|summari[sz]e|show|help|find|let|what|who|whom|"
    r"whose|which|when|where|why|how|do|does|did|is|are|was|were|should|i(?:['’]d| would| want| need| am|['’]m))\b",
    re.IGNORECASE,
)
_WHICH = re.compile(r"\b(who|whose|where|when|why|how many|how much|how long|how old)\b", re.IGNORECASE)
_SMALL = frozenset(
    re.findall(
        r"\w+",
        """what when where which whom whose that this these those with from into have does will would could should about there their
        they them your yours mine ours been being were also just please tell know like want need explain describe give write list show
        name help find someone something anything thing things asked asking called""",
    )
)
"""Words of four letters and more that do not say what is asked about."""
_LEAD = re.compile(r"^[^\n:]{0,60}:\s*\n+")


def rewordable(row: Conversation) -> bool:
    """Return whether a row's last question can be put in other words: a short line of a person, in a row that is no child itself."""
    question = row.prompt[-1]
    short = len(question.content) <= LONGEST and "\n" not in question.content.strip() and len(question.content.split()) > 2
    return question.role == "user" and short and not row.metadata.get("parent")


def instruction(question: str) -> str:
    """Return what a model is asked."""
    return ASK.format(question=question.strip())


def reworded(
    rows: Sequence[Conversation], replies: Iterable[Sequence[str]], asked: Iterable[str], per_row: int, by: str
) -> tuple[list[Conversation], Counter[str]]:
    """Return the children of the rows by a model's replies (one list a row), at most `per_row` a row, and why the others were left.

    `asked` are the questions that stand already; `by` is the model's label, which each child's metadata holds.
    """
    taken = {normalised(question) for question in asked}
    left: Counter[str] = Counter()
    made: list[Conversation] = []
    for row, said in zip(rows, replies, strict=True):
        count = 0
        for reply in said:
            words = cleaned(reply)
            why = fault(row.prompt[-1].content, words) or (TAKEN if normalised(words) in taken else "")
            if why:
                left[why] += 1
            elif count < per_row:
                taken.add(normalised(words))
                count += 1
                made.append(_child(row, words, by))
    return made, left


def _child(row: Conversation, question: str, by: str) -> Conversation:
    last = len(row.prompt)
    metadata = {key: value for key, value in row.metadata.items() if key != "id"}
    metadata |= {"parent": parent_name(row), "made": KIND, "made_by": by}
    asked = replace(row.messages[last - 1], content=question)
    return Conversation(messages=(*row.messages[: last - 1], asked, *row.messages[last:]), metadata=metadata)


def cleaned(reply: str) -> str:
    """Return a reply without its thought, a heading ("Here is ...:") and quotes around the whole."""
    text = _LEAD.sub("", spoken(reply).strip()).strip()
    if len(text) > 1 and (text[0], text[-1]) in {('"', '"'), ("“", "”"), ("'", "'")} and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def fault(question: str, words: str) -> str:
    """Return why a reply does not ask the same, or "".

    >>> fault("When does tram 4 leave for Bern?", "At what time does tram 4 leave for Bern?")
    ''
    >>> fault("When does tram 4 leave for Bern?", "When does tram 5 leave for Bern?")
    'loses or invents a number'
    """
    if not words or "\n" in words:
        return NOT_ONE_LINE
    if normalised(question) == normalised(words):
        return SAME
    return next((why for why, is_wrong in _TESTS.items() if is_wrong(question, words)), "")


def _numbers(question: str, words: str) -> bool:
    asked, said = figures(question), figures(words)
    in_digits = {one.key for one in said if not one.spelled} - {one.key for one in asked}
    return bool({one.key for one in asked} - {one.key for one in said} or in_digits)


def _links(question: str, words: str) -> bool:
    return set(links(question)) != set(links(words)) or not all(stands_in(link, words) for link in links(question))


def _names(question: str, words: str) -> bool:
    """Compare the words that bear a capital amid a sentence; those of the question may stand anywhere in the reply."""
    before, after = set(capitalised(question)) - {"I"}, set(capitalised(words)) - {"I"}
    return not before <= set(_WORD.findall(words)) or not after <= set(_WORD.findall(question))


def _quoted(question: str, words: str) -> bool:
    parts = [part for found in _QUOTED.findall(question) for part in found if part]
    return not all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", words) for part in parts)


def _answers(question: str, words: str) -> bool:
    return bool(_ASKS.search(question.strip())) and not _ASKS.search(words)


def _language(question: str, words: str) -> bool:
    before, after = language(question), language(words)
    return len(words.split()) > 3 and "" not in {before, after} and before != after


def _size(question: str, words: str) -> bool:
    before, after = len(question.split()), len(words.split())
    return after > 2 * before + 8 or after < before / 3


def _other(question: str, words: str) -> bool:
    if bool(_NO.search(question)) != bool(_NO.search(words)):
        return True
    asked, said = {one.lower() for one in _WHICH.findall(question)}, {one.lower() for one in _WHICH.findall(words)}
    if asked and said and not asked & said:
        return True
    before, after = set(_stems(question)), set(_stems(words))
    return len(before & after) < KEPT * len(before) or len(after - before) > NEW + len(before) / 2


def _stems(text: str) -> Iterator[str]:
    """Yield the beginnings of the words that carry the meaning: `open` and `opening` are one."""
    for word in _WORD.findall(text.casefold()):
        if len(word) > 3 and word not in _SMALL:
            yield word[:4]


_TESTS: dict[str, Callable[[str, str], bool]] = {
    LANGUAGE: _language,
    SIZE: _size,
    ANSWERS: _answers,
    NUMBERS: _numbers,
    LINKS: _links,
    NAMES: _names,
    QUOTED: _quoted,
    OTHER: _other,
}


def seed_of(seed: int, place: int) -> int:
    """Return the seed of one reply: the same for the same place, another for each."""
    return int.from_bytes(hashlib.sha256(f"{seed} {place}".encode()).digest()[:4]) >> 1
