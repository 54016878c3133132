"""Rows that differ from the rest in a way that is rarely meant: language, letters, tone, length, answers that decline.

Not covered: grammar beyond words written twice, slips in other languages than English, and whether an answer is true.
"""

from __future__ import annotations

import functools
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from burnish.data.check import Warned
from burnish.data.library import library
from burnish.data.scrub.find import private_things
from burnish.data.spelling import of_role, own_words, slips
from burnish.errors import DataError
from burnish.grading.languages import language as small_words
from burnish.grading.refusal import PHRASES, signs
from burnish.grading.text import num_words
from burnish.records.conversation import Conversation

FEW = 20
"""Fewer rows than this have no manner that one of them could differ from."""
RARE = 0.05
"""A mark that fewer of the answers bear sets them apart from the rest."""
LETTERS = 40
"""Shorter texts are too short to tell their language by."""
SURE = 0.95
"""The least probability of another language."""
REFUSAL_WORDS = 40
"""A longer answer that declines something also says something."""

SHOWN_SLIPS = 5
"""Slips that a warning names."""

MEANT = 0.2
"""Of a larger share of the rows what would be odd in one is taken to be meant."""

_SECRETS = ("url", "key", "iban", "card")


def quality_warnings(rows: Sequence[Conversation]) -> tuple[Warned, ...]:
    """Return what should be looked at beyond the form of the rows. What needs a library of the extra `clean` is left out without it."""
    found: list[Warned] = []
    for look in _LOOKS:
        try:
            found += look(rows)
        except DataError:  # the library is not there; `check` works without it
            continue
    return tuple(found)


def _warned(kind: str, what: str, rows: Sequence[Conversation], remedy: str) -> Iterator[Warned]:
    if rows:
        yield Warned.of(kind, what, rows, remedy)


def _refusals(rows: Sequence[Conversation]) -> Iterator[Warned]:
    only = [row for row in rows if len(row.answer.split()) <= REFUSAL_WORDS and "DECLINES" in signs(row.answer) & PHRASES]
    if len(only) > MEANT * len(rows):
        return  # rows that teach to decline
    what = f"{len(only)} answers only decline"
    yield from _warned("refusal", what, only, "take them out (--mend refusal), unless the model is to learn to decline these")


def _languages(rows: Sequence[Conversation]) -> Iterator[Warned]:
    told = [(row, language_of(row.answer)) for row in rows]
    known = Counter(language for _, language in told if language)
    if known.total() < FEW:
        return
    most, count = known.most_common(1)[0]
    if count < (1 - MEANT) * known.total():
        return  # rows in several languages are meant
    # Lists of names can mislead the identifier: the small words of the text must not be those of the rest either.
    other = [(row, language) for row, language in told if language not in {"", most} and small_words(row.answer) != most]
    names = sorted({language for _, language in other})
    what = f"{len(other)} answers are in another language ({', '.join(names)}) than the rest ({most})"
    yield from _warned("language", what, [row for row, _ in other], "take them out (--mend language), or add more of their kind")


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text's language by py3langid (97 languages); "" where it is short or not sure."""
    if sum(map(str.isalpha, text)) < LETTERS:
        return ""
    code, sure = _identifier().classify(text[:2000])
    return str(code) if sure >= SURE else ""


@functools.cache
def _identifier() -> Any:
    module = library("py3langid.langid")
    return module.LanguageIdentifier.from_model_file(module.MODEL_FILE, norm_probs=True)


def _letters(rows: Sequence[Conversation]) -> Iterator[Warned]:
    broken = [row for row in rows if any(whole_letters(message.content) != message.content for message in row.messages)]
    what = f"{len(broken)} rows hold letters that were read in a wrong encoding once"
    yield from _warned("letters", what, broken, "put the letters right: --mend letters")


def whole_letters(text: str) -> str:
    """Return a text with letters that were read in a wrong encoding put right, by ftfy; nothing else is changed."""
    return str(library("ftfy").fix_encoding(text))


def _tones(rows: Sequence[Conversation]) -> Iterator[Warned]:
    if len(rows) < FEW:
        return
    for mark, bears in MARKS.items():
        rare = [row for row in rows if bears(row.answer)]
        if len(rare) <= RARE * len(rows):
            what = f"{len(rare)} answers {mark}, which the rest do not"
            yield from _warned("tone", what, rare, "write them like the rest, or take them out: --mend tone")


_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_SLANG = re.compile(r"\b(?:lol|lmao|omg|thx|pls|plz|gonna|wanna|u|ur|btw|idk|imho|yep|nope|dude|bro|haha+)\b(?!\.\w)")
MARKS: dict[str, Callable[[str], bool]] = {
    "shout in capitals": lambda text: (
        sum(word.isupper() and len(word) > 3 for word in text.split()) > max(2, len(text.split()) / 3)
    ),
    "hold emoji": lambda text: _EMOJI.search(text) is not None,
    "exclaim over and over": lambda text: text.count("!") >= 3 or "!!" in text,
    "use no capitals": lambda text: len(text.split()) >= 5 and "." in text and text == text.lower() and text != text.upper(),
    "use slang": lambda text: _SLANG.search(text) is not None,
}


def _long_answers(rows: Sequence[Conversation]) -> Iterator[Warned]:
    if len(rows) < FEW:
        return
    sizes = [num_words(row.answer) for row in rows]
    most = 10 * statistics.median(sizes)
    long = [row for row, size in zip(rows, sizes, strict=True) if size > max(most, 60)]
    what = f"{len(long)} answers are more than ten times as long as most ({statistics.median(sizes):.0f} words)"
    yield from _warned("long answer", what, long, "check that two were not joined, or take them out: --mend long-answer")


def _slips(rows: Sequence[Conversation]) -> Iterator[Warned]:
    own = own_words(rows)
    for role, kind, turns in (("assistant", "typo", "answers"), ("user", "question typo", "questions")):
        found = [(row, _first_slip(row, role, own)) for row in rows]
        held = [row for row, seen in found if seen]
        shown = ", ".join(list(dict.fromkeys(seen for _, seen in found if seen))[:SHOWN_SLIPS])
        what = f"{len(held)} rows have likely slips in their {turns} ({shown})"
        yield from _warned(kind, what, held, f"put right what is clear (--mend {kind.replace(' ', '-')}), and look at the rest")


def _first_slip(row: Conversation, role: str, own: frozenset[str]) -> str:
    """Return the first slip in the turns of a role as a person reads it, or ""."""
    for message in of_role(row, role):
        for slip in slips(message.content, own):
            return message.content[slip.start : slip.end] + (f": {slip.right}?" if slip.right else "")
    return ""


def _private(rows: Sequence[Conversation]) -> Iterator[Warned]:
    held = [row for row in rows if any(private_things(message.content, _SECRETS) for message in row.messages)]
    what = f"{len(held)} rows hold keys, card or bank numbers, or links with secrets"
    yield from _warned("secret", what, held, "replace them before you train: burnish scrub")


_LOOKS: tuple[Callable[[Sequence[Conversation]], Iterator[Warned]], ...] = (
    _refusals,
    _languages,
    _letters,
    _tones,
    _long_answers,
    _slips,
    _private,
)
