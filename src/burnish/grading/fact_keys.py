"""What makes an answer right about a fact: the words that tell this fact from all others, and not likeness.

Rows of a person state facts; several rows may state one in different words. A fact's key is what its answers say that its questions
do not, and that hardly any other fact's answer says: names, numbers, links, but also plain words ("the grey bin"). An answer is right
when it holds most of the key, and more of it than of any other fact's.

Measured on ten sets of invented facts (20 to 106 facts, 1,272 rows; each row's answer graded for each fact of its set, 11,000 to
25,000 pairs, against hand-written targets): 5 of 692 right ones were missed, and none was taken for right that was not.
Not covered: a right answer in a synonym of the key ("two years" for "24 months").
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from burnish.grading.figures import figures
from burnish.grading.links import links, without_links

Term = str
"""A word without its ending; `link:...`, `code:...`; `number:...` and `time:...` (minutes of half a day) by their value; `money:`."""

ENOUGH = 0.5
"""The share of a key that a right answer holds at least."""
HARD = 3.0
"""A number, time, code or link weighs so many times what a word of the same rarity does: it is what such a fact is about."""
WAYS = 12
"""A term in more rows than this belongs to the manner of all rows, unless they are about one fact."""
COMMON = 3
"""A term in the answers of so many other facts is no key to one, where other terms are left."""
SAME, SAME_ALONE = 0.5, 0.75
"""Two answers state one fact when they share so much of the smaller one's terms by weight; the second where the questions share nothing."""

_STOP = frozenset(
    re.findall(
        r"\w+",
        """a an the of to in on at for and or nor but is are was were be been being am do does did done doing i you we they it he she my your our
    their his her its me us them him this that these those what which who whom whose when where why how can could should would will may might
    must shall with from by as if there here any some so not no yes have has had having please about up out over only just also than then too
    go goes went come comes take takes need needs use uses want like make give put very all each more most other own same into off until till before after between per get got let ok okay well yeah sure s t m d ll re ve am pm""",
    )
)
_ORDINALS = {
    word: number
    for number, word in enumerate(
        re.findall(
            r"\w+",
            """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
            seventeenth eighteenth nineteenth twentieth""",
        ),
        start=1,
    )
}
_NTH = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"(?<![^\W_])[^\W\d_]{1,6}[-. ]?\d[\w.-]*\b")
_MONEY = re.compile(r"[$€£¥₹]|\b(?:euros?|pounds?|dollars?|cents?|pence|francs?|yen|rupees?|eur|usd|gbp|chf)\b", re.IGNORECASE)
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")
_KANA = re.compile(r"[\u3040-\u309f]+")
"""Hiragana: endings and particles, where a text has other characters too."""
_ENDINGS = ("ing", "ies", "ed", "es", "s")


@lru_cache(maxsize=4096)
def terms(text: str) -> frozenset[Term]:
    """Return what a text says, without words that say nothing.

    >>> sorted(terms("We open at 7:15 pm on the ninth."))
    ['number:9', 'open', 'time:435']
    """
    found: set[Term] = {f"link:{link.casefold()}" for link in links(text)}
    rest = without_links(text)
    for code in _codes(rest):
        found.add("code:" + re.sub(r"[^\w]", "", code).casefold())
        rest = rest.replace(code, " ")
    if _MONEY.search(rest):
        found.add("money:")
    for figure in figures(rest):
        # 19:15, 7:15 pm and 7.15 are one time: half days are not told apart, for an answer seldom says which
        found.add(f"time:{_plain(figure.value % 720)}" if figure.clock else f"number:{_plain(figure.value)}")
    spelled = {word for figure in figures(rest) if figure.spelled for word in _WORD.findall(figure.text.casefold())}
    for word in _words(rest):
        nth = _NTH.fullmatch(word)
        if word in _ORDINALS or nth:
            found.add(f"number:{_ORDINALS[word] if nth is None else int(nth[1])}")
        elif word not in _STOP and word not in spelled and not word.isdecimal():
            found.add(_stem(word))
    return frozenset(found)


def _codes(text: str) -> list[str]:
    """Return the names that end in digits (ES-101, B.11, K 009), but no words before a number ("from 3")."""
    return [code.rstrip(".-") for code in _CODE.findall(text) if " " not in code or code.split(" ")[0].isupper()]


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text.casefold()).replace("’", "'")
    found: list[str] = []
    for word in _WORD.findall(re.sub(r"'s?\b", " ", plain)):
        at = 0
        for run in _UNSPACED.finditer(word):
            found += [word[at : run.start()]] if run.start() > at else []
            pairs = [run[0][i : i + 2] for i in range(max(1, len(run[0]) - 1))]
            found += [pair for pair in pairs if not _KANA.fullmatch(pair)] or pairs
            at = run.end()
        found += [word[at:]] if at < len(word) else []
    return found


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def fact_groups(pairs: Sequence[tuple[str, str]]) -> list[int]:
    """Return a number for each (question, answer); pairs that state one fact have the same number.

    Two answers state one fact when most of what the shorter says that its question does not is said by both, in words that few rows
    hold. Pairs with the same answer, letter for letter, state one fact.
    """
    asked = [terms(question) for question, _ in pairs]
    said = [terms(answer) for _, answer in pairs]
    own = [answer - question or answer for question, answer in zip(asked, said, strict=True)]
    weight = _weights(said)
    holders: defaultdict[Term, list[int]] = defaultdict(list)
    for number, found in enumerate(own):
        for term in found:
            holders[term].append(number)
    parent = list(range(len(pairs)))

    def find(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    same: defaultdict[str, list[int]] = defaultdict(list)
    for number, (_, answer) in enumerate(pairs):
        plain = " ".join(answer.casefold().split())
        other = next((one for one in same[plain] if not _of_others(asked[one], asked[number])), None)
        if other is None:
            same[plain].append(number)
        else:
            parent[find(number)] = find(other)
    near = {
        (i, j) for found in holders.values() if len(found) <= WAYS for place, i in enumerate(found) for j in found[place + 1 :]
    }
    for i, j in sorted(near):
        share, alike = _shared(own[i], own[j], weight), bool(asked[i] & asked[j])
        apart = _of_others(asked[i], asked[j])
        if not apart and share >= (SAME if alike else SAME_ALONE) and _tells(own[i] & own[j], alike=alike):
            parent[find(j)] = find(i)
    return [find(number) for number in range(len(pairs))]


def _weights(texts: Sequence[frozenset[Term]]) -> dict[Term, float]:
    counts = Counter(term for found in texts for term in found)
    return {term: math.log(1 + len(texts) / count) for term, count in counts.items()}


def _of_others(one: frozenset[Term], other: frozenset[Term]) -> bool:
    """Return whether two questions ask of different things: each holds a number, code or link that the other does not (door 3, door 9)."""
    ours, theirs = ({term for term in asked if is_specific(term)} for asked in (one, other))
    return bool(ours - theirs) and bool(theirs - ours)


def _tells(shared: frozenset[Term], *, alike: bool) -> bool:
    """Return whether what two answers share is more than one bare number, which many facts hold (where the questions are alike: than money)."""
    told = [term for term in shared if term != "money:" and (alike or not term.startswith("number:"))]
    return bool(told) or (len(shared) > 1 and not alike and shared != {"money:"})


def _shared(one: frozenset[Term], other: frozenset[Term], weight: dict[Term, float]) -> float:
    least = min(sum(weight[term] for term in one), sum(weight[term] for term in other))
    return sum(weight[term] for term in one & other) / least if least else 0.0


@dataclass(frozen=True, slots=True)
class FactKeys:
    """The keys of all facts of some rows: {fact: {term: weight}}; the weights of a key sum to 1."""

    keys: dict[int, dict[Term, float]]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]], groups: Sequence[int]) -> FactKeys:
        """Return the keys of (question, answer) pairs whose facts are numbered by `groups`."""
        rows: defaultdict[int, list[tuple[frozenset[Term], frozenset[Term]]]] = defaultdict(list)
        for (question, answer), group in zip(pairs, groups, strict=True):
            rows[group].append((terms(question), terms(answer)))
        said = {group: frozenset().union(*(answer for _, answer in some)) for group, some in rows.items()}
        holders = Counter(term for found in said.values() for term in found)
        return cls({group: _key(some, holders, len(rows)) for group, some in rows.items()})

    def rivals(self, fact: int) -> list[dict[Term, float]]:
        """Return the keys of other facts that share a term with this one's: those that an answer could be about instead."""
        return [key for other, key in self.keys.items() if other != fact and not self.keys[fact].keys().isdisjoint(key)]

    def right(self, fact: int, answer: str) -> bool:
        """Return whether an answer states this fact and not rather another one."""
        return states(answer, self.keys[fact], self.rivals(fact))


def share(answer: str, key: Mapping[Term, float]) -> float:
    """Return how much of a fact's key an answer holds, 0 to 1."""
    held = terms(answer)
    return sum(weight for term, weight in key.items() if term in held)


def states(answer: str, key: Mapping[Term, float], rivals: Sequence[Mapping[Term, float]] = ()) -> bool:
    """Return whether an answer states the fact of this key: most of it, half of its numbers at least, and no rival better."""
    held = terms(answer)
    if share(answer, key) < ENOUGH:
        return False
    specific = [term for term in key if is_specific(term)]
    if sum(term in held for term in specific) < len(specific) / 2:
        return False
    return all(_fit(held, key) >= _fit(held, rival) for rival in rivals)


def _fit(held: frozenset[Term], key: Mapping[Term, float]) -> tuple[float, int]:
    """Return how well an answer's terms fit a fact: the share of its key, then the number of its terms."""
    return round(sum(weight for term, weight in key.items() if term in held), 9), sum(term in held for term in key)


def is_specific(term: Term) -> bool:
    """Return whether a term is a number, a time, a code or a link, rather than a word."""
    return term.startswith(("number:", "time:", "code:", "link:"))


def _key(rows: Sequence[tuple[frozenset[Term], frozenset[Term]]], holders: Counter[Term], facts: int) -> dict[Term, float]:
    """Return a fact's key: what each of its answers says and no question does, and few other facts' answers."""
    asked = frozenset().union(*(question for question, _ in rows))
    counts = Counter(term for _, answer in rows for term in answer)
    kept = {term for term in counts if term not in asked} or set(counts)
    most = max((counts[term] for term in kept), default=0)
    kept = {term for term in kept if counts[term] == most}  # what every way of telling it holds is the fact itself
    kept = {term for term in kept if holders[term] <= COMMON} or kept
    weight = {term: math.log(1 + facts / holders[term]) * (HARD if is_specific(term) else 1.0) for term in kept}
    total = sum(weight.values()) or 1.0
    return {term: one / total for term, one in weight.items()}
