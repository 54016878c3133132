"""The head of a mail that is quoted whole beneath an answer, found by what it is in every language.

After an empty line or a rule three to eight lines `word(s): value` stand in a row: one has a person's address, one a date, and one the
mail's own subject. A person's own list (an agenda, an address, a recipe) has not all of these. Words of heads that are known help where
the subject was changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from burnish.data.files.mail_words import FORWARDED, HEAD_WORDS, SUBJECT_WORDS

FEWEST, MOST = 3, 8
"""Lines of a head."""

_LINE = re.compile(r"^[>*_\s]*([^\W\d_][^:：\d<>@|;!?,。，\"]{0,34}?)[*_\s]*[:：]([*_\s]*)(.*)$")
_RULE = re.compile(r"^[>\s]*[_*=\-─━]{5,}\s*$")
_WORDED_RULE = re.compile(r"^[>\s]*[-_=*─━]{3,}\s*\S.{1,60}?\s*[-_=*─━]{3,}\s*$")
_DATE = re.compile(r"\d{4}|\d{1,2}[:.h時时点點시]\s?\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_CLOCK = re.compile(r"\d{1,2}[:.h時时點点시]\s?\d\d(?!\d)")
_PREFIX = re.compile(r"^\s*(?:(?:[^\W\d_][^\s:：\[\]]{0,9}(?:\s?\[\d+\])?\s*[:：]|\[[^\]]{1,40}\])\s*)+")
_ROW = re.compile(r"^([>\s]*)\|\s*([^|]{1,35}?)\s*\|\s*([^|]+?)\s*\|?\s*$")
"""A row of a table of two columns, as NetEase writes its heads."""
_RAW = re.compile(
    r"received|return-path|delivered-to|message-id|mime-version|in-reply-to|references|sender|dkim-signature|user-agent|"
    r"(?:content|list|thread|x|arc|authentication)-[a-z-]+"
)
"""Lines of a head as it is sent, which programs show to people seldom."""
_UNSEEN = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]")
"""Marks for the direction of writing, which programs put around names and colons."""


@dataclass(frozen=True)
class Around:
    """What is known of the mail that a text is from."""

    subject: str = ""
    named: Callable[[], Iterable[str]] = tuple
    """Tells the names of those who write or read it."""
    mine: bool = False
    """Whether it was written by the one who is learnt from."""

    @cached_property
    def people(self) -> frozenset[str]:
        """The names in small letters."""
        return frozenset(name.casefold() for name in self.named() if name)

    @cached_property
    def worded(self) -> frozenset[frozenset[str]]:
        """The words of each name, in any order."""
        return frozenset(map(_words, self.people)) - {frozenset()}


def plain_line(line: str) -> str:
    """Return a line without the marks for the direction of writing, and the row of a table as a field."""
    line = _UNSEEN.sub("", line) if not line.isascii() else line
    return _ROW.sub(r"\1\2: \3", line) if "|" in line else line


def head_at(lines: Sequence[str], i: int, around: Around) -> int:
    """Return how many lines from `i` on, which has `word: value` in it, are the head of a quoted mail; 0 where none begins there."""
    fields, size = _fields(lines, i)
    return size if len(fields) >= FEWEST and _is_head(fields, lines, i, around) else 0


def _is_head(fields: Sequence[tuple[str, str]], lines: Sequence[str], i: int, around: Around) -> bool:
    """Return whether the fields that begin at line `i` are the head of a quoted mail."""
    addresses = [k for k, (_, value) in enumerate(fields) if "@" in value]
    persons = [k for k, (_, value) in enumerate(fields) if "@" in value or _is_person(value, around)]
    dates = [k for k, (_, value) in enumerate(fields) if "@" not in value and _DATE.search(value)]
    subjects = [k for k, (_, value) in enumerate(fields) if k not in persons and _is_subject(value, around)]
    known = sum(word.casefold() in HEAD_WORDS for word, _ in fields)
    first = fields[0][0].casefold()
    if first not in HEAD_WORDS and not _RAW.fullmatch(first) and 0 not in (*persons, *subjects):
        return False  # somebody's own line stands right above: "PS: bring the keys"
    above = lines[i - 1] if i else ""
    ruled = i > 0 and bool(_RULE.match(above) or _WORDED_RULE.match(_last(lines, i)) or FORWARDED.match(_last(lines, i)))
    alone = not above.strip("> ") or ruled
    timed = [k for k in dates if _CLOCK.search(fields[k][1]) and k < len(fields) - 1]
    dated = dates and 0 not in dates  # "from 10:00 to 12:00" are hours
    titles = {k for k, (word, _) in enumerate(fields) if word.casefold() in SUBJECT_WORDS}
    times = sum(bool(_CLOCK.search(fields[k][1])) for k in dates if k not in titles and k not in subjects)
    # a stay has two times; a trip has from, to and date too, but no subject, and no date between the two
    named = known >= FEWEST and times < 2 and bool(titles or (alone and 1 in timed))
    # from, sent, to: no list of a person's own is so
    outlook = len(fields) > FEWEST and 1 in timed and {0, 2}.issubset(addresses)
    whole = bool(timed) or known > FEWEST or (bool(persons) and known == len(fields))
    if (named and ((addresses and dates) or (dated and whole))) or outlook or (ruled and addresses and dates):
        return True
    if not dates or times > 1 or not any(k not in dates or len(dates) > 1 for k in subjects):
        return False
    last = all(word.casefold() in HEAD_WORDS for word, _ in fields[subjects[-1] + 1 :])
    if len(fields) == FEWEST:
        return alone and last and bool(addresses)
    if addresses:
        return (alone or len(persons) > 1) and (last or len(addresses) > 1)
    return alone and last and len(persons) > 1


def above(lines: Sequence[str], i: int) -> int:
    """Return where what belongs to a head at line `i` begins: the empty lines, rules and words of forwarding above it."""
    while i > 0 and (
        not lines[i - 1].strip("> ")
        or _RULE.match(lines[i - 1])
        or _WORDED_RULE.match(lines[i - 1])
        or FORWARDED.match(lines[i - 1])
    ):
        i -= 1
    return i


def is_field(line: str) -> bool:
    """Return whether a line has the form `word(s): value`."""
    return (":" in line or "：" in line) and bool(_LINE.match(line))


def is_worded_rule(line: str) -> bool:
    """Return whether a line is words between two rules, as above a mail that is quoted or passed on."""
    return bool(_WORDED_RULE.match(line))


def _last(lines: Sequence[str], i: int) -> str:
    """Return the last line with anything on it before `i`, at most two lines up."""
    return next((line for line in reversed(lines[max(i - 2, 0) : i]) if line.strip("> ")), "")


def _fields(lines: Sequence[str], i: int) -> tuple[list[tuple[str, str]], int]:
    """Return (words, value) of the fields in a row from line `i` on, and their lines; a long value may go on in the next lines."""
    found: list[tuple[str, str]] = []
    spaced = i + 3 < len(lines) and not lines[i + 1].strip("> ") and not lines[i + 3].strip("> ")  # as HTML's paragraphs are
    k = i
    for k in range(i, min(i + 2 * MOST, len(lines))):
        line = lines[k]
        match = _LINE.match(line)
        if not line.strip("> "):
            if not spaced or not (k + 1 < len(lines) and is_field(lines[k + 1])):
                break
        elif match and not match[3].startswith("//") and len(found) < MOST:
            found.append((match[1].strip(), match[3].strip("* \t")))
        elif found and (line[:1].isspace() or not found[-1][1] or found[-1][1].endswith((",", ";")) or "@" in line):
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
        else:
            break
    else:
        k += 1
    return found, k - i


def _is_subject(value: str, around: Around) -> bool:
    """Return whether a value is the mail's subject, whatever stands before it for an answer or a forwarding."""
    own, other = bare_subject(around.subject), bare_subject(value)
    return own == other if min(len(own), len(other)) < 12 else own.endswith(other) or other.endswith(own) or own.startswith(other)


def bare_subject(subject: str) -> str:
    """Return a subject in small letters without `Re:`, `Fwd:` and their like of any language."""
    return " ".join(_PREFIX.sub("", f"{subject} ").casefold().split()) or " ".join(subject.casefold().split())


def _is_person(value: str, around: Around) -> bool:
    """Return whether a value names somebody who writes or reads the mail, in either order, alone or among others."""
    pieces = {value, *value.split(";"), *value.split(",")}
    return any(_words(piece) in around.worded for piece in pieces)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", name.casefold()))
