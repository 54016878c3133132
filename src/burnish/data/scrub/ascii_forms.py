r"""A text in ASCII's forms, for rules that are written in them: digits, letters, dashes and spaces of other scripts, with the way back.

Full-width signs, digits of all scripts, bold and narrow letters count as the ASCII signs that Unicode's compatibility forms (NFKC)
give for them; all spaces are one space; signs without width are left out. Between a letter of a script that leaves no gap between
words, or hangs its endings on numbers, and an ASCII sign a GAP is put: so `\b` and `\w` find what they find in a text with gaps.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from burnish.data.scrub.found import Found

GAP = "\x1f"
"""White space for patterns (`\\s`) that is no space: a name does not go on behind it."""
_APART = re.compile(r"(?<=[A-Za-z0-9!#$%&*+=?^_~)/-])(?=[^\x00-\u058f])|(?<=[^\x00-\u058f])(?=[A-Za-z0-9#$%&*+=^_~(/-])")
"""Where a GAP may belong: not beside "@" and "." of addresses in other scripts, nor within quotes and brackets."""
_CASELESS = frozenset({"Lo", "Lm", "Mn", "Mc"})
"""Letters and vowel signs of scripts without capitals: all scripts without gaps between words, and Hangul, have none (Unicode)."""
_ACCENTED = re.compile(r"[^\W\d_][\u0300-\u036f]{1,3}")
_LONG_VOWEL = frozenset("ー\uff70─━")
"""What Japanese keyboards put where a dash is meant; between digits it is one."""
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ／＝]{2}")
_SENTENCE = frozenset("！？，；")
"""Full-width marks that end what stands before them; as ASCII they could be a password's."""
_MARKS = frozenset("\u20e3") | {chr(code) for code in range(0xFE00, 0xFE10)}
_WIDTHLESS = frozenset("\u034f\u115f\u1160\u3164") | _MARKS
"""Signs without width beside Unicode's format characters: joiners, fillers, variation selectors, a key's frame."""
_SAME_SIGN = ("<wide>", "<narrow>", "<font>", "<small>")


@dataclass(frozen=True, slots=True)
class AsciiForms:
    """A text in ASCII's forms and where each of its signs stood."""

    text: str
    source: str
    """The text as it was written."""
    places: Sequence[int]
    """For each sign of `text` its place in `source`; empty where both are the same."""

    def as_written(self, one: Found) -> Found:
        """Return what was found in `text` as it stands in `source`."""
        if not self.places or one.end <= one.start:
            return one
        start, end = self.places[one.start], self.places[one.end - 1] + 1
        while end < len(self.source) and (
            unicodedata.combining(self.source[end]) or self.source[end] in _MARKS
        ):  # the last sign's
            end += 1
        return Found(kind=one.kind, start=start, end=end, text=self.source[start:end])


@functools.lru_cache(maxsize=8)
def ascii_forms(text: str) -> AsciiForms:
    """Return a text in ASCII's forms.

    >>> ascii_forms("電話は０９０－1234です").text.replace(GAP, "|")
    '電話は|090-1234|です'
    """
    if text.isascii():
        return AsciiForms(text, text, ())
    gaps = [match.start() for match in _APART.finditer(text)]
    changed = {at: form for at, sign in enumerate(text) if sign > "\x7f" and (form := _form(text, at)) != sign}
    changed |= _composed(text)
    if changed:  # full-width signs are ASCII now: their gaps are found in what came out
        made, places = _put_together(text, changed)
        gaps = [places[match.start()] if match.start() < len(made) else len(text) for match in _APART.finditer(made)]
        gaps = [at for match, at in zip(_APART.finditer(made), gaps, strict=True) if _caseless_beside(made, match.start())]
    else:
        gaps = [at for at in gaps if _caseless_beside(text, at)]
    if not (changed or gaps):
        return AsciiForms(text, text, ())
    made, places = _put_together(text, changed, gaps)
    return AsciiForms(made, text, places)


def _composed(text: str) -> dict[int, str]:
    """Return letters with the accents that follow them as signs of their own, as one letter each (NFC)."""
    changed: dict[int, str] = {}
    for match in _ACCENTED.finditer(text):
        letter = unicodedata.normalize("NFC", match[0])
        if len(letter) == 1:
            changed |= {match.start(): letter} | dict.fromkeys(range(match.start() + 1, match.end()), "")
    return changed


def _put_together(text: str, changed: dict[int, str], gaps: Sequence[int] = ()) -> tuple[str, list[int]]:
    """Return the text with its changes and gaps, and the place that each sign comes from."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for stop in sorted({*changed, *gaps}):
        pieces.append(text[at:stop])
        places += range(at, stop)
        if stop in gaps[slice(first := bisect_left(gaps, stop), first + 1)]:
            pieces.append(GAP)
            places.append(stop)
        form = changed.get(stop, text[stop : stop + 1])
        pieces.append(form)
        places += [stop] * len(form)
        at = stop + 1
    pieces.append(text[at:])
    places += range(at, len(text))
    return "".join(pieces), places


def _caseless_beside(text: str, at: int) -> bool:
    return any(sign > "\x7f" and unicodedata.category(sign) in _CASELESS for sign in text[max(0, at - 1) : at + 1])


def _form(text: str, at: int) -> str:
    """Return the ASCII form of a sign where it has one, nothing for a sign without width, else the sign."""
    sign = text[at]
    if sign in _LONG_VOWEL:
        return "-" if _digit_at(text, at - 1) and _digit_at(text, at + 1) else sign
    if sign in _SENTENCE:  # within an address of the web that is written so from end to end it is one of its signs
        return unicodedata.normalize("NFKC", sign) if _WIDE.fullmatch(text[max(0, at - 1) : at] + text[at + 1 : at + 2]) else sign
    kind = _kind(sign)
    if kind == "dash":  # beside letters alone it parts clauses
        return "-" if _digits_beside(text, at) else sign
    return sign if kind is None else kind


@functools.lru_cache(maxsize=4096)
def _kind(sign: str) -> str | None:
    """Return what any place makes of a sign: its ASCII form, "dash" where its neighbours decide, None where it stays."""
    category = unicodedata.category(sign)
    if category == "Cf" or sign in _WIDTHLESS:
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category in {"Zl", "Zp"} or sign == "\x85":
        return "\n"
    if unicodedata.decomposition(sign).startswith(_SAME_SIGN):
        form = unicodedata.normalize("NFKC", sign)
        return form if len(form) == 1 and form.isascii() else None
    return "dash" if category == "Pd" or sign == "−" else None


def _digits_beside(text: str, at: int) -> bool:
    """Return whether a digit stands on one side of a sign, a space and signs without width between them or not."""
    return any(_digit_at(text, place) for place in (*_near(text, at, -1), *_near(text, at, 1)))


def _near(text: str, at: int, step: int) -> Iterator[int]:
    """Yield the first place on a side that holds neither a space nor a sign without width, three signs away at most."""
    for place in range(at + step, at + 4 * step, step):
        if 0 <= place < len(text) and not text[place].isspace() and _kind(text[place]) != "":
            yield place
            return


def _digit_at(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isdecimal()
