"""What copying leaves in a text: doubled spaces, HTML, signs that nobody sees, line ends of Windows, hard spaces; and the text without it.

Code is left alone (in fences, in backticks, on indented lines), and so is what a sign is written for: a joiner in an emoji or in Persian and
Indic words, a mark of direction in Hebrew or Arabic, a break in Thai, a hard space before French marks or between a number and its unit.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.entities import html5

from burnish.data.check import Warned
from burnish.data.files.markup import text_of
from burnish.records.conversation import Conversation

MEANT = 0.2
"""Where more of the rows hold tags of HTML, it is what they are about."""

_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|^(?: {4}|\t).*$|^.*\|.*\|.*$", re.DOTALL | re.MULTILINE)
"""Fences, backticks, indented lines, and rows of tables."""
_DOUBLE = re.compile(r"(?<=[^\s|])[ \u00a0]{2,}(?=[^\s|])")
_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LINE_END = re.compile(r"\r\n|\r|\u2028|\u2029|\u0085|\v|\f")
_TAGS = (
    "a abbr address article aside b big blockquote br caption center cite code col dd del details div dl dt em figcaption figure font footer form "
    "h1 h2 h3 h4 h5 h6 header hr i iframe img input ins kbd label li link main mark nav ol option p pre q s script section select small span "
    "strike strong style sub summary sup table tbody td textarea tfoot th thead title tr tt u ul var video html head body meta"
)
_NAMES = "|".join(sorted(_TAGS.split(), key=len, reverse=True))
_TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MARKUP = re.compile(
    rf"</(?:{_NAMES})\s*>|<(?:br|hr|img|input)\b[^<>]*>|<(?:{_NAMES})\s[^<>]*=[^<>]*>|^\s*<(?:p|li|div|ul|ol|table|h[1-6])>",
    re.IGNORECASE | re.MULTILINE,
)
"""Tags that are tags and not signs of less and more: closed, empty, with attributes, or at the head of a line."""
_ABOUT = re.compile(
    r"\b(?:html5?|xhtml|xml|css|markup|tags?|javascript|jsx|web ?pages?|website|frontend|svg|entit(?:y|ies)|escap(?:e|ed|ing))\b",
    re.IGNORECASE,
)
"""Words of a row that is about HTML."""

_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
"""Default ignorable characters of Unicode (but variation selectors) and controls."""
_JOINERS = "\u200c\u200d"
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HARD = re.compile("[\u00a0\u2007\u202f\u2000-\u2006\u2008-\u200a\u205f\u1680]")
_FRENCH = frozenset("«»‹›:;!?%‰€$£°№§—–-/+=×…")
_SOUTH_EAST = ("THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "JAVANESE", "BALINESE", "TAI")
_PLAIN_SCRIPTS = (
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "ARMENIAN",
    "GEORGIAN",
    "DIGIT",
    "FULLWIDTH",
)


def single_spaces(text: str) -> str:
    r"""Return a text with one space where several stood between two words of a line.

    >>> single_spaces("One  two.   Three\n  four"), single_spaces("`a  b`")
    ('One two. Three\n  four', '`a  b`')
    """
    return _outside(text, _by_line) if _DOUBLE.search(text) else text


def _by_line(prose: str) -> str:
    lines = prose.split("\n")
    ends = [
        {place for found in _DOUBLE.finditer(line) for place in (found.end(), *[-found.start()] * (len(found[0]) > 2))}
        for line in lines
    ]
    for i, line in enumerate(lines):
        beside = {end for k in (i - 1, i + 1) if 0 <= k < len(lines) for end in ends[k]}
        if ends[i] and not ends[i] & beside and "\t" not in line:  # words of two lines in one column are meant so
            lines[i] = _DOUBLE.sub(" ", line)
    return "\n".join(lines)


def without_entities(text: str) -> str:
    """Return a text in which `&amp;` and the like are the characters they stand for, also where they were written twice over.

    >>> without_entities("Salt &amp;amp; pepper &#39;n&#x27; &eacute; AT&T &nosuch;")
    "Salt & pepper 'n' é AT&T &nosuch;"
    """
    if not _ENTITY.search(text) or _ABOUT.search(text):
        return text
    return _outside(
        text,
        lambda prose: _ENTITY.sub(lambda found: _character(found[0]), _ENTITY.sub(lambda found: _character(found[0]), prose)),
    )


def _character(entity: str) -> str:
    if entity[1] != "#" and entity[1:] not in html5:
        return entity
    made = html.unescape(entity)
    return " " if made == "\u00a0" else made


def line_feeds(text: str) -> str:
    r"""Return a text whose lines end with a line feed.

    >>> line_feeds("a\r\nb\rc\u2028d")
    'a\nb\nc\nd'
    """
    return _LINE_END.sub("\n", text)


def without_unseen(text: str) -> str:
    """Return a text without characters that nobody sees and nobody meant.

    >>> without_unseen("\ufeffHi\u200b the\u00adre"), without_unseen("می\u200cخواهم") == "می\u200cخواهم"
    ('Hi there', True)
    """
    if not _UNSEEN.search(text):
        return text
    right_to_left = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    return _UNSEEN.sub(lambda found: found[0] if _is_meant(text, found.start(), right_to_left=right_to_left) else "", text)


def _is_meant(text: str, at: int, *, right_to_left: bool) -> bool:
    sign = text[at]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if sign in _DIRECTIONS:
        return right_to_left
    if sign in _JOINERS:
        return bool(before and after) and not (_is_plain(before) or _is_plain(after))
    if sign == "\u200b":
        return any(one and unicodedata.name(one, "").startswith(_SOUTH_EAST) for one in (before, after))
    if "\U000e0020" <= sign <= "\U000e007f":  # the letters of a flag's region
        head = text[:at].rstrip("".join(map(chr, range(0xE0020, 0xE0080))))
        return head.endswith("\U0001f3f4")
    return sign in "\u115f\u1160\u17b4\u17b5\u034f" and bool(before.strip())


def _is_plain(letter: str) -> bool:
    """Return whether a character belongs to no script in which a joiner is written, and is no emoji."""
    return (
        letter.isascii()
        or letter.isspace()
        or unicodedata.name(letter, "").startswith(_PLAIN_SCRIPTS)
        or unicodedata.category(letter)[0] == "P"
    )


def plain_spaces(text: str) -> str:
    """Return a text with plain spaces where hard or narrow ones stand between words; before French marks and beside numbers they stay.

    >>> plain_spaces("hard\u00a0space, 10\u00a0km, «\u00a0oui\u00a0»\u202f!")
    'hard space, 10\u00a0km, «\u00a0oui\u00a0»\u202f!'
    """
    if not _HARD.search(text):
        return text
    return _HARD.sub(lambda found: found[0] if _holds_together(text, found.start()) else " ", text)


def _holds_together(text: str, at: int) -> bool:
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return any(one in _FRENCH or one.isdigit() for one in (before, after) if one)


def without_tags(text: str) -> str:
    r"""Return the text that a reader of its HTML sees.

    >>> without_tags("<p>Hi <b>there</b>,</p><p>bye.</p>")
    'Hi there,\n\nbye.'
    """
    if not _MARKUP.search(_CODE.sub(" ", text)):
        return text
    broken = re.sub(r"<br\s*/?>|\n", "<br>", text)
    return text_of(broken).strip() or text


def _outside(text: str, change: Callable[[str], str]) -> str:
    """Return a text with its prose changed and its code as it was."""
    if "`" not in text and "~~~" not in text and "    " not in text and "\t" not in text and "|" not in text:
        return change(text)
    made, at = [], 0
    for found in _CODE.finditer(text):
        made += [change(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*made, change(text[at:])])


CHANGES: dict[str, Callable[[str], str]] = {
    "line ends": line_feeds,
    "unseen": without_unseen,
    "entities": without_entities,
    "hard spaces": plain_spaces,
    "double spaces": single_spaces,
}
"""Kinds of warning, and what mends them, in the order in which they are mended."""
_TOLD = {
    "line ends": "line ends of Windows or others than a line feed",
    "unseen": "characters that nobody sees",
    "entities": "entities of HTML",
    "hard spaces": "hard or narrow spaces between words",
    "double spaces": "several spaces where one is meant",
}
HTML = "html"


def tidy_warnings(rows: Sequence[Conversation]) -> Iterator[Warned]:
    """Yield what copying left in the rows, by kind, each with its lines and the first that was seen."""
    for kind, change in CHANGES.items():
        held = [(row, seen) for row in rows if (seen := _first(row, change))]
        if held:
            what = f"{len(held)} {'row holds' if len(held) == 1 else 'rows hold'} {_TOLD[kind]}, such as {held[0][1]}"
            yield Warned.of(kind, what, [row for row, _ in held], f"put right with --mend {kind.replace(' ', '-')}")
    tagged = [row for row in rows if holds_tags(row)]
    if tagged and (len(tagged) <= MEANT * len(rows) or len(rows) < 20):
        first = next(found[0] for message in tagged[0].messages if (found := _MARKUP.search(_CODE.sub(" ", message.content))))
        what = f"{len(tagged)} {'row holds' if len(tagged) == 1 else 'rows hold'} tags of HTML, such as {first[:40]!r}"
        yield Warned.of(HTML, what, tagged, "take them out with --mend html, unless the model is to write them")


def holds_tags(row: Conversation) -> bool:
    """Return whether a row holds tags of HTML outside code, and is not about HTML."""
    if not any("<" in message.content for message in row.messages):
        return False
    about = any(_ABOUT.search(_TAG.sub(" ", message.content)) or "```" in message.content for message in row.messages)
    return not about and any(_MARKUP.search(_CODE.sub(" ", message.content)) for message in row.messages)


def changed(row: Conversation, change: Callable[[str], str]) -> Conversation:
    """Return a row with the words and the thoughts of every turn changed."""
    return replace(
        row,
        messages=tuple(
            replace(one, content=change(one.content), reasoning_content=one.reasoning_content and change(one.reasoning_content))
            for one in row.messages
        ),
    )


def _first(row: Conversation, change: Callable[[str], str]) -> str:
    """Return the first place that a change would touch, as escapes where nobody could see it; "" where there is none."""
    for text in (text for one in row.messages for text in (one.content, one.reasoning_content or "")):
        made = change(text)
        if made != text:
            at = next((i for i, (one, other) in enumerate(zip(text, made, strict=False)) if one != other), len(made))
            return ascii(text[max(0, at - 8) : at + 12])
    return ""
