"""Passwords that are told: behind a word for one, before it, in a table's column, or behind a login's name and a stroke.

A value counts only where it looks chosen: with a digit or a sign among letters. "The password is required" tells none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from burnish.data.scrub.found import Found, digits_in, found, merged
from burnish.data.scrub.password_words import IS, LOGIN, NOW, PASSWORD, tells_of_one

_WORD = re.compile(PASSWORD, re.IGNORECASE)
_PIN = re.compile(r"(?:pin|pin.?(?:code|nummer|number|num|kod)|passcode|.*(?:暗証番号|السري|code).*)", re.IGNORECASE)
_AMBIGUOUS = re.compile(r"ww|mk|chiave|chave|losung(?:swort)?|パス", re.IGNORECASE)
"""Words that mean other things too (a path, a key, a watchword): what they announce must look chosen by itself."""
_MARK = r"[\"'`*_~“”„‘’«»「『【]{0,3}"
_MARKS = r"[\s\"'`*_~“”„‘’«»「『【]{0,8}"
_SIGNS = r"(?::=|[:=]+>?|→|⇒|->|[-–—](?=\s)|\||</t[dh]>\s*<t[dh]\b[^<>]{0,60}>)"
_VALUE = r"[^\s\"`“”„«»,;<>(){}\[\]|。、！？，；：「」『』【】《》]{4,64}"
_AFTER_NUMBER = r"(?:\s?(?:번호|番号|號碼|号码|number|nummer))?"
_BEHIND = re.compile(
    rf"{_MARK}{_AFTER_NUMBER}{_MARK}(?:[.…·]{{2,60}})?(?P<between>(?:[ \t]+[^\s\d.,;:!?=|]{{1,15}}){{0,5}}?)"
    rf",?{_MARKS}(?:{_SIGNS}|{IS}(?:\s+{NOW}(?![^\W_]))?\s*:?){_MARKS}(?=\S*[\d!#$%&*+=?@^~])(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_NEXT = re.compile(
    rf"{_MARK}{_AFTER_NUMBER}(?:[ \t\n\x1f]{{1,3}}(?:[^\x00-\u058f\s]{{1,6}} ){{0,2}}{_MARK}|\x1f?[“„「『【(])(?P<value>{_VALUE})",
    re.IGNORECASE,
)
"""With nothing between, or words of another script than the value: "pw Sommer2024!", "パスワード「Sommer2024!」", "הסיסמה שלי Sommer2024!"."""
_QUOTED = re.compile(r"[\"`“„«「『']([^\n\"`”“»」』]{4,64}?)[\"`”“»」』']")
_BEFORE = re.compile(
    rf"(?P<value>{_VALUE})[\"'`*]{{0,2}}\s+(?:{IS}|as|als|comme|como|come|som|jako|как)\s+(?:[^\W\d]+\s+){{0,2}}[\"'`*]?$|(?P<close>{_VALUE})\s?(?:が|이|가)\s*$",
    re.IGNORECASE,
)
_LOGIN_FORM = re.compile(
    rf"[^\w\n]{{0,3}}(?:(?:/|\||&|und|and|et|y|e|ja|og|och|en|i|и)?[^\w\n]{{0,3}}{PASSWORD})?[\"'`*]{{0,2}}[ \t]*(?:{_SIGNS}|{IS})?\s*{_MARK}"
    rf"[^\s/|:,;\"'`]{{2,64}}{_MARK}[ \t]*(?:/|\||:|,|;|[-–—](?=\s)|\s)[ \t]*{_MARK}(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_LOGIN_BEFORE = re.compile(rf"(?:{LOGIN.pattern})[\"'`* ]{{0,2}}[/|&+][ ]?$", re.IGNORECASE)
"""What makes "user/pass: " one word, behind which a name stands first."""
_EVIDENCE = re.compile(r"\d|[!#$%&*+=?@^~](?=\w)")
"""What a chosen value holds, but for a mark at its end: "The password is required!"."""
_PIECES = re.compile(r"[/|:,;]+")
_MIXED = re.compile(r"[^\W\d_]\S{0,40}\d|\d\S{0,40}[^\W\d_]")
_COUNTED = re.compile(
    r"\d+[.,]?\d*-?(?:st|nd|rd|th|x|h|d|s|m|ms|min|mins|secs?|days?|hours?|hrs?|weeks?|months?|years?|chars?|characters?|digits?|bits?|bytes?|[kmgt]b|fa|er|te[rsnm]?|stellig\w*|[eè]me|e|º|ª|%)"
    r"|\d+-[a-z-]+|(?:min|max|mind|minimum|maximum|mindestens)\.?\d+\w*",
    re.IGNORECASE,
)
"""Counts and places in a row: "90days", "12-character", "2FA"."""
_NAMES = re.compile(
    r"(?:base|sha|md|utf|aes|rsa|ascii|win|windows|office|iso|rfc|tls|ssl|oauth|http|https|ipv|bcrypt|argon|pbkdf|scrypt|ed|v|auth|step|page|room|level|version|\dpassword)-?\d+(?:[-_/.+]\w+)*|1password",
    re.IGNORECASE,
)
"""Names of methods, norms and programs that hold a digit."""
_REFERENCE = re.compile(
    r"[$%].*|\w*:?//.*|(?:[A-Za-z]:)?[\\/~].*|\.{1,2}[\\/].*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[a-z_]\w*(?:\.[a-z_]\w*)+|test_[a-z]\w*|(?:confirm|repeat|new|old|stored|user|db|hashed|plain)_?passw(?:or)?d\w*|[\w./-]+\.(?:ya?ml|json|txt|env|py|js|ts|sh|conf|cfg|ini|md|pdf|docx?|xlsx?|kdbx?|pem|key)"
    r"|(?:your|insert|enter|replace|change|put|example|sample|dummy|todo|placeholder|redacted)[-_ ]?\w*[-_]\w*|(.)\1+"
)
"""Variables, links, paths, mail addresses, files, what stands for a value to be put in, one sign again and again."""
_NUMBERS = re.compile(r"\d+(?:[.,:/-]\d+)+")
"""Dates, times, versions, ranges."""
_ESCAPED = re.compile(r"\\[nrt](?=$|[A-Za-z_]\w*[=:]).*")
"""A line's end as programs write it within quotes, and the line behind it."""
_ENDS = ".?:…，。)’'"


def passwords(text: str) -> Iterator[Found]:
    """Yield the passwords that a text tells."""
    if not telling(text):
        return
    if tells_of_one(text):
        for word in _WORD.finditer(text):
            yield from _beside(text, word)
        yield from _in_columns(text)
    mixed = digits_in(text) > 0 and any(
        len(word) > 5
        and not word.isalpha()
        and _MIXED.search(word)
        and any(chosen(bare(piece), surely=True) for piece in _PIECES.split(word))
        for word in text.split()
    )
    for start, end in merged((max(0, one.start() - 140), one.end() + 64) for one in _MIXED.finditer(text)) if mixed else ():
        for login in LOGIN.finditer(text, start, end):
            form = _LOGIN_FORM.match(text, login.end())
            if form and chosen(bare(form["value"]), surely=True) and not _WORD.match(form["value"]):
                yield _whole(text, form.start("value"), form["value"])


def telling(text: str) -> bool:
    """Return whether a text holds a sign that makes a value look chosen."""
    return _EVIDENCE.search(text) is not None


def _beside(text: str, word: re.Match[str]) -> Iterator[Found]:
    """Yield the value that a word for a password announces, or that stands before it."""
    pin = _PIN.fullmatch(word[0]) is not None
    for behind in (_BEHIND.match(text, word.end()), _NEXT.match(text, word.end())):
        if behind is None or _LOGIN_BEFORE.search(text, max(0, word.start() - 30), word.start()):
            continue
        value, start = behind["value"], behind.start("value")
        quoted = _QUOTED.match(text, start - 1)
        value = bare(quoted[1] if quoted and quoted.start(1) == start else value)
        surely = behind.re is _NEXT or bool(behind["between"]) or _AMBIGUOUS.fullmatch(word[0]) is not None
        if (value.isdecimal() and pin and not surely and 4 <= len(value) <= 12) or (
            (not pin or surely or len(value) >= 6) and chosen(value, surely=surely)
        ):
            yield _whole(text, start, value)
    before = _BEFORE.search(text, max(0, word.start() - 110), word.start())
    if before:
        name = "value" if before["value"] else "close"
        if chosen(bare(before[name]), surely=True):
            yield _whole(text, before.start(name), before[name])


def _whole(text: str, start: int, value: str) -> Found:
    return found("key", text, start, start + len(bare(value)))


def bare(value: str) -> str:
    """Return a value without what belongs to the sentence or to the marks around it."""
    value = (_ESCAPED.sub("", value) if "\\" in value else value).rstrip(_ENDS)
    for mark in ("**", "*", "__", "~~"):
        if value.endswith(mark) and len(value) - len(mark) >= 6 and value.count(mark) == 1:
            value = value.removesuffix(mark)
            break
    return value


def chosen(value: str, *, surely: bool = False) -> bool:
    """Return whether a value told as a password looks chosen; `surely` where nothing but its look speaks for it.

    >>> chosen("Sommer2024!"), chosen("required"), chosen("2024-05-01"), chosen("SHA256"), chosen("${DB_PASSWORD}")
    (True, False, False, False, False)
    """
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    signs = any(sign in "!#$%&*+=?@^~" for sign in value.rstrip("!?*=~"))
    if (
        len(value) < 4
        or _COUNTED.fullmatch(value)
        or _NAMES.fullmatch(value)
        or _REFERENCE.fullmatch(value)
        or _NUMBERS.fullmatch(value)
    ):
        return False
    if surely:
        mixed = value != value.lower() and value != value.upper()
        return (
            len(value) >= 6
            and letters > 0
            and (digits > 0)
            and (signs or (mixed and digits >= 3) or (len(value) >= 10 and digits >= 2))
        )
    if not letters:
        return len(value) >= 6 and digits > 0
    return digits > 0 or (signs and len(value) >= 6)


_CELL = re.compile(r"\s*[|,;\t]\s*")


def _in_columns(text: str) -> Iterator[Found]:
    """Yield the values of a table's column that a word for a password heads: of Markdown, or parted by commas, semicolons or tabs."""
    lines = list(re.finditer(r"[^\n]+", text))
    for index, line in enumerate(lines[:-1]):
        for mark in ("|", "\t", ";", ","):
            cells = _cells(line[0], line.start(), mark)
            heads = [place for place, (cell, _) in enumerate(cells) if len(cells) > 1 and _WORD.fullmatch(cell.strip("*_`\"' "))]
            for row in lines[index + 1 :] if heads else ():
                below = _cells(row[0], row.start(), mark)
                if len(below) != len(cells):
                    break
                for place in heads:
                    cell, start = below[place]
                    bare = cell.strip("*_`\"' ")
                    if chosen(bare) or (bare.isdecimal() and len(bare) >= 4):
                        yield found("key", text, start + cell.index(bare), start + cell.index(bare) + len(bare))


def _cells(line: str, at: int, mark: str) -> list[tuple[str, int]]:
    """Return the cells of a line and where each begins."""
    cells: list[tuple[str, int]] = []
    for cell in line.split(mark) if mark in line else ():
        cells.append((cell, at))
        at += len(cell) + 1
    return cells
