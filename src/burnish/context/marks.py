"""The facts of a text that must not be changed by a letter: links, dates, times, amounts, addresses, codes, names, quotes.

By rules, for English first: capitals tell names (so every German noun is one), and months and weekdays are English words. Numbers,
links, codes, quotes and money are found in any language. Not covered: names without capitals, numbers in words beyond twenty; and a sentence's first
word before a name is taken for a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from burnish.context.wording import WORD, says
from burnish.grading.links import links

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
_NTH = r"\d{1,2}(?:st|nd|rd|th)"
_DATE = (
    rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|{_MONTH} (?:\d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?|\d{{4}})"
    rf"|(?:the )?{_NTH} of (?:this|next|last) month|(?:the )?(?:{_NTH}|\d{{1,2}})(?: of)? {_MONTH}(?:,? \d{{4}})?|(?:the )?{_NTH}\b"
    rf"|(?:(?:next|this|last|on|every) )?{_DAY}(?: (?:next week|morning|afternoon|evening|night))?"
    r"|(?:the )?day after tomorrow|today|tonight|tomorrow|yesterday|(?:next|this|last) (?:week(?:end)?|month|year)|(?:later )?this week"
)
_TIME = (
    r"\d{1,2}(?::\d{2})? ?(?:[ap]m\b|[ap]\.m\.|o['’]clock)|\d{1,2}:\d{2}(?::\d{2})?|noon|midnight"
    r"|(?:half|quarter) (?:past|to) \w+(?: in the (?:morning|afternoon|evening))?|(?:\w+ )?in the (?:morning|afternoon|evening)"
)
_COUNT = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)"
_AMOUNT = r"(?:[$€£¥₹] ?|(?:usd|eur|gbp|chf) )\d[\d,.]*\d?(?: ?(?:million|billion|k|m))?\b|\d[\d,.]* ?(?:%|percent\b|dollars?\b|euros?\b|pounds?\b|€|°\w?)"
_CODE = r"`[^`\n]+`|(?-i:[A-Z]{1,6}[0-9][A-Z0-9]*(?:[-/][A-Z0-9]+)*|[A-Z0-9]+(?:[-/][A-Z0-9]*\d[A-Z0-9]*)+)|[\w.~-]*/[\w./~-]*\.\w+|\b\w+(?:_\w+)+\b"
_NUMBER = rf"\d(?:[\d,.:/-]*\d)?(?: (?-i:[a-z]{{3,}}))?|\b{_COUNT} (?-i:[a-z]{{3,}})"
_QUOTE = r"\"[^\"\n]{2,80}\"|“[^”\n]{2,80}”|«[^»\n]{2,80}»"
_ADDRESS = r"\d[\d/-]*\w? (?-i:(?:[A-Z][\w'’-]+,? )*[A-Z][\w'’-]+)"
_RULES = {"date": _DATE, "time": _TIME, "amount": _AMOUNT, "address": _ADDRESS, "code": _CODE, "quote": _QUOTE, "number": _NUMBER}
_FOUND = re.compile("|".join(rf"(?P<{kind}>(?<![\w$]){rule})" for kind, rule in _RULES.items()), re.IGNORECASE)
_UPPER = "".join(letter for letter in map(chr, range(0x530)) if letter.isupper())
"""The capitals of the Latin, Greek and Cyrillic letters."""
_CAPITALS = re.compile(
    rf"(?<![\w'’])(?:Mr|Mrs|Ms|Dr|Prof|St)\. ?\w+(?: [A-Z]\w+)*|(?<![\w'’@#])[{_UPPER}][\w'’&-]*"
    rf"(?:(?:,? (?:of|the|and|de|la|le|van|von|der|vs\.?|&) (?:the )?| |, (?=[A-Z]{{2}}\b))(?:(?:Mr|Mrs|Ms|Dr|Prof|St)\. ?)?[{_UPPER}\d][\w'’&-]*)*|[@#]\w+"
)
PROMISE = re.compile(
    r"\b(?:i(?:'|’)ll|i will|we(?:'|’)ll|we will|i promise|promised?|agreed|decided|decision|deadline|remember|(?:do not|don(?:'|’)t) forget"
    r"|make sure|must(?: not)?|always|never|allergic|by (?:mon|tues|wednes|thurs|fri|satur|sun)day|on condition)\b",
    re.IGNORECASE,
)
"""Words of a promise, a rule or a decision: such a sentence counts as a fact as it stands."""
_START = re.compile(r"(?:^|[.!?:…\n\"“(•*-])\s*$")


@dataclass(frozen=True, slots=True)
class Mark:
    """A fact and where it stands."""

    start: int
    end: int
    text: str
    kind: str
    """link, code, date, time, amount, quote, address, number or name."""

    @property
    def key(self) -> str:
        """The same for one fact written with other capitals or white space."""
        return norm(self.text)


def norm(text: str) -> str:
    """Return a text as facts are compared: small letters, single spaces, straight apostrophes."""
    return " ".join(text.casefold().replace("’", "'").split())


def stands(key: str, normed: str) -> bool:
    """Return whether a normed fact stands in a normed text, and not as a part of a longer word or number.

    >>> stands("7 pm", "at 7 pm."), stands("7 pm", "at 17 pm"), stands("ann", "annika")
    (True, False, False)
    """
    at = normed.find(key)
    while at >= 0:
        end = at + len(key)
        before, after = normed[at - 1 : at], normed[end : end + 1]
        if not ((key[:1].isalnum() and before.isalnum()) or (key[-1:].isalnum() and after.isalnum())):
            return True
        at = normed.find(key, at + 1)
    return False


def marks(text: str) -> list[Mark]:
    """Return the facts of a text in order; none overlaps another.

    >>> [(one.kind, one.text) for one in marks("We see Dr. Olsen at 7:30 pm on March 4th, room B-12, it costs $40. See https://a.example/x.")]
    [('name', 'Dr. Olsen'), ('time', '7:30 pm'), ('date', 'March 4th'), ('code', 'B-12'), ('amount', '$40'), ('link', 'https://a.example/x')]
    """
    taken: list[Mark] = []
    for found in (_links(text), _ruled(text), _names(text)):
        taken += [one for one in found if not any(one.start < old.end and old.start < one.end for old in taken)]
    return sorted(taken, key=lambda one: one.start)


def _links(text: str) -> list[Mark]:
    found, at = [], 0
    for link in links(text):
        at = text.find(link)
        while at >= 0:
            found.append(Mark(at, at + len(link), link, "link"))
            at = text.find(link, at + len(link))
    return found


def _ruled(text: str) -> Iterator[Mark]:
    for found in _FOUND.finditer(text):
        start, end = found.span()
        words = found[0].split(" ")
        if found.lastgroup == "number" and len(words) > 1 and not says(words[-1]):
            end = start + len(" ".join(words[:-1]))
            if words[0].isalpha():
                continue
        yield Mark(start, end, text[start:end], found.lastgroup or "")


def _names(text: str) -> Iterator[Mark]:
    for found in _CAPITALS.finditer(text):
        start, end = found.span()
        first = WORD.match(text, start)
        opens = _START.search(text[max(0, start - 4) : start]) is not None
        while first is not None and first.end() < end and not says(first[0]):  # "Does Angels Vs Astros": the name begins later
            start, opens = first.end() + 1, False
            first = WORD.match(text, start)
        name = text[start:end].rstrip(" ,.-").removesuffix(" and I")
        single = " " not in name and not any(sign.isdigit() or sign.isupper() for sign in name[1:]) and name[:1] not in "@#"
        if name and says(name) and name[:1].isalnum() | (name[:1] in "@#") and not (single and opens):
            yield Mark(start, start + len(name), name, "name")
