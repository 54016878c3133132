"""Whether the nearest rows answer a question, from how near they are.

answered     the nearest fact stands out: its row is worth putting before the question
unanswered   the question is about what the rows are about, and none of them answers it
elsewhere    the question is about something else

Measured on eight sets of 20 facts and two of 106, asked in words that share at most one content word with the rows; unanswered
questions were made by taking the rows of the asked fact out. Constants fitted on nine sets and tried on the tenth, in turn, by all-mpnet-base-v2:
of the questions that no row answers 0.35 (sets of 106: 0.72) get a row all the same, and of those that a row answers 0.76 (0.78) get the
right one, 0.87 (0.81) if all did; of the sets' own 30 unanswerable questions 0.50 get a row. Another 0.18 of the taken-out
questions (0.04 of the sets' own) are taken for questions about something else, which the weights then answer, rightly or not. All-MiniLM-L6-v2: 0.41 (0.81), 0.67 (0.76), 0.57.
A higher bar trades one for the other (0.31, 0.725, 0.40 by a log-odds of 0.2 more): what a version was told and then says not to know is taken for the worse fault.
Of 710 questions about anything (dolly-15k, GSM8K, NQ-open) 0.90 are let alone by the first, 0.87 by the second. Likelihoods by
the language model add nothing (0.820 to 0.820 of the way up the ROC). By words the kinds cannot be told apart: then the nearest
rows always count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from burnish.retrieval.lexical import WORDS

Support = Literal["answered", "unanswered", "elsewhere"]
RIVALS = 3
"""Facts behind the nearest that it is measured against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The constants of one encoder: the log-odds of "answered" are bias + top * (top score) + lead * (its lead) + stray_name."""

    top: float
    lead: float
    stray_name: float
    """Added where the question names what the nearest fact's rows do not hold."""
    bias: float
    elsewhere_below: float
    """Top score and mean score of all facts together under this mean "elsewhere"."""


CUTS: Mapping[str, Cut | None] = {
    "all-mpnet-base-v2": Cut(top=3.65, lead=14.04, stray_name=-0.89, bias=-2.53, elsewhere_below=0.346),
    "all-minilm-l6-v2": Cut(top=2.28, lead=12.15, stray_name=-0.51, bias=-1.56, elsewhere_below=0.333),
    WORDS: None,
}
"""By the way rows are found. None: not measured, or not to be told; then the nearest rows always count as an answer."""


def support_of(scores: Sequence[float], method: str, *, mean: float = 0.0, stray_name: bool = False) -> Support:
    """Return what the nearest facts' scores say of a question.

    `scores`: nearest first, one a fact, four or all that there are; none: "elsewhere". `method`: an encoder's name, or WORDS. `mean`: of
    the scores of all facts. `stray_name`: see `strays`.
    """
    if not scores:
        return "elsewhere"
    cut = CUTS.get(method)
    if cut is None:
        return "answered"
    if scores[0] + mean < cut.elsewhere_below:
        return "elsewhere"
    odds = cut.bias + cut.top * scores[0] + cut.lead * lead(scores) + cut.stray_name * stray_name
    return "answered" if odds >= 0 else "unanswered"


def lead(scores: Sequence[float]) -> float:
    """Return how far the nearest fact stands above the mean of its RIVALS; a fact without rivals above 0."""
    rivals = scores[1 : 1 + RIVALS]
    return scores[0] - (sum(rivals) / len(rivals) if rivals else 0.0)


_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_NO_NAMES = frozenset(["i", "i'm", "i'd", "i've", "i'll"])


def strays(question: str, texts: Iterable[str]) -> bool:
    """Return whether a question names (by a capital where none is due) what none of the texts holds.

    >>> strays("Who teaches Petrology here?", ["Who teaches Mineralogy? Dr Albrook."]), strays("Who is it?", ["No one."])
    (True, False)
    """
    held = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return any(name not in held for name in _names(question))


def _names(question: str) -> set[str]:
    inner = [word for sentence in _SENTENCE.split(question) for word in _WORD.findall(sentence)[1:] if word[0].isupper()]
    return {word.casefold().replace("\u2019", "'") for word in inner} - _NO_NAMES
