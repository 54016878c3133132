"""Words that the chat program itself wrote into a message: told apart from the person's by their form first, then by lists.

The iPhone puts U+200E before its own words, Android writes placeholders in angle brackets and the names of files by one pattern: these
rules hold in every language. What has no form of its own (a deleted message, a missed call) is looked up in `whatsapp_words`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from burnish.data.files.whatsapp_words import (
    ATTACHED,
    BY_ADMIN,
    DELETED,
    EDITED,
    NO_WORDS,
    is_missed_call,
    may_be,
    names_message,
    plain,
)

OF_CHAT = "a notice of the chat itself"
WORDLESS = "no words (a picture, a file, a call)"
GONE = "deleted"

_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LED = "\u200e\u200f"
_OWN = re.compile(r"messages and calls are end-to-end encrypted|nachrichten und anrufe sind ende-zu-ende", re.IGNORECASE)
_ANGLED_END = re.compile(r"(?P<mark>[\u200e\u200f]{0,3})[<‹](?P<inner>[^<>\n]{2,120})[>›][\u200e\u200f]{0,3}\s*$")
_FILE_NAME = r"(?:\d{8}-|\d{4}-\d\d-\d\d-[A-Z]+-|[A-Z]{3,7}-\d{8}-WA\d)[^<>\n]*\.[A-Za-z0-9]{2,5}"
"""What WhatsApp calls the files beside an exported chat."""
_ATTACHED_FILE = re.compile(rf"^(?:[^:：]{{1,30}}[:：]\s*{_FILE_NAME}|attached: \S.*|{_FILE_NAME}\s+\S+)$", re.IGNORECASE)
_LED_FILE = re.compile(r"^[^:：]{1,30}[:：] ?[^/\s].*\.[A-Za-z0-9]{2,5}$")
_OLD_FILE = re.compile(rf"(?:^|\n)[\u200e\u200f]*{_FILE_NAME}\s*$")
_BRACKETED = re.compile(
    r"^[\u200e\u200f]*(?P<name>[^\n()<>]{1,200}?\.(?P<ending>[A-Za-z0-9]{2,5}))[\u200e\u200f]*\s*[(（](?P<words>[^()（）\n]{2,40})[)）]\s*$"
)
_BY_WHATSAPP = re.compile(
    r"^(IMG|VID|PTT|AUD|STK|DOC|PHOTO|VIDEO|AUDIO|STICKER|GIF)-\d{8}-WA\d+\b|^\d{8}-(PHOTO|VIDEO|AUDIO|STICKER|GIF)-"
)
_TEACHES = re.compile(
    r":[ \u200e\u200f]*(?:IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d+\.[A-Za-z0-9]{2,5}[\u200e\u200f]* [(（](?P<words>[^()（）\n]{2,40})[)）]$"
)
_PLACE = re.compile(
    r"^[^\n:：]{1,60}[:：]?\s*https?://(?:maps\.google\.[a-z.]+/(?:maps)?\?q=-?\d+\.\d+,-?\d+\.\d+|maps\.apple\.com/\?\S*ll=-?\d|foursquare\.com/v/)\S*$"
)
_PLACEHOLDER = re.compile(r"^[^\W\d_][^<>/=\"#@{}\\:;,.!?]*[^<>/=\"#@{}\\:;,!?]$")
_CALL = re.compile(
    r"^(missed )?(voice|video|group voice|group video) call(, (\d[\d:]* ?(s|m|h|sec|secs|min|mins|hr|hrs|hours?|minutes?|seconds?)\b.{0,20}|no answer"
    r"|declined|cancel+ed|ongoing|silenced.{0,24}|answered on other device|not answered|tap to call back|\d+ (joined|invited)))?$"
)
_POLL_LINE = re.compile(
    r"^[\u200e\u200f]*(?P<label>[^\n:：]{1,30}[:：]) ?(?P<words>.*?)\s*[(（][\u200e\u200f]*\d+ ?[^()（）\n]{1,20}[)）]\s*$"
)


FEWEST_OPTIONS = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote in a message."""

    text: str
    edited: bool = False
    notice: str = ""
    """Why there are no words of a person in it; "" where there are."""


def attached_as(line: str) -> str:
    """Return the words in brackets after a file that bears WhatsApp's own name, or "": what they are there, they are after any file.

    >>> attached_as("2024-01-31, 15:05 - Mara: IMG-20240131-WA0003.jpg (fil vedlagt)"), attached_as("See plan.pdf (the old one)")
    ('fil vedlagt', '')
    """
    if "-WA" not in line:
        return ""
    found = _TEACHES.search(line)
    return plain(found["words"]) if found else ""


def said(raw: str, *, iphone: bool, attached: frozenset[str] = ATTACHED) -> Said:
    """Return what a person said in a message, without the program's words, or why that is nothing.

    `iphone` tells that the chat is in the form of an iPhone, where U+200E leads what the program wrote; `attached` holds the words
    that this chat writes in brackets after a file.
    """
    if not _has_signs(raw):
        notice = _listed(raw) if may_be(raw) else WORDLESS if "http" in raw and _PLACE.match(raw) else ""
        return Said(raw, notice=notice)
    poll = _poll(raw)
    if poll:
        return Said(poll)
    text, edited, ended = _without_ends(raw, iphone=iphone)
    led = iphone and text.lstrip(" ").startswith("\u200e")
    text, named = _without_file(text, attached, led=led)
    first, line, caption = text.strip().partition("\n")
    if line and _is_placeholder(_MARKS.sub("", first).strip()):
        text, named = caption, True
    bare = _MARKS.sub("", text).strip()
    notice = _notice(bare, led=led and not named) if bare else WORDLESS if ended or named or raw.strip() else ""
    return Said(bare, edited, notice)


_SIGNS = re.compile(r"[<‹(（\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def _has_signs(raw: str) -> bool:
    """Return whether a message needs a closer look: it has a bracket, a mark of direction or the words of a notice."""
    if raw.isascii():
        return "<" in raw or "(" in raw or "nd-to-end" in raw or "nde-zu-" in raw
    return bool(_SIGNS.search(raw)) or "nd-to-end" in raw or "nde-zu-" in raw


def _listed(bare: str) -> str:
    """Return why a whole message is the program's by the lists, or ""."""
    flat = plain(bare)
    if flat in DELETED or BY_ADMIN.fullmatch(flat):
        return GONE
    return (
        WORDLESS if flat in NO_WORDS or _CALL.match(flat) or (may_be(flat) and is_missed_call(flat)) or _PLACE.match(bare) else ""
    )


def _notice(bare: str, *, led: bool) -> str:
    listed = _listed(bare) if len(bare) < 200 else ""
    if listed or _is_placeholder(bare):
        return listed or WORDLESS
    if _OWN.search(bare):
        return OF_CHAT
    if led:
        return WORDLESS if len(bare) <= 40 else OF_CHAT
    return ""


def _is_placeholder(bare: str) -> bool:
    """Return whether a whole message is one placeholder in angle brackets, in whatever language, and no tag or stage direction."""
    if len(bare) < 4 or bare[0] not in "<‹" or bare[-1] not in ">›" or "\n" in bare:
        return False
    inner = bare[1:-1].strip()
    if plain(inner) in NO_WORDS or plain(inner) in DELETED or _ATTACHED_FILE.match(inner):
        return True
    words = inner.split()
    if not _PERSONAL.isdisjoint(plain(inner).split()):
        return False
    many = 2 <= len(words) <= 8 or (len(words) == 1 and not inner.isascii())
    return many and not _is_small(inner[0]) and len(inner) <= 60 and bool(_PLACEHOLDER.match(inner))


def _without_ends(raw: str, *, iphone: bool) -> tuple[str, bool, bool]:
    """Return a message without the marks at its end, whether one says that it was changed, and whether one names a file."""
    text, edited, attached = raw, False, False
    for _ in range(3):
        text, again, file = _without_end(text, iphone=iphone)
        edited, attached = edited or again, attached or file
        if not again and not file:
            break
    return text, edited, attached


def _without_end(raw: str, *, iphone: bool) -> tuple[str, bool, bool]:
    found = _ANGLED_END.search(raw)
    if found:
        inner, before = _MARKS.sub("", found["inner"]).strip(), raw[: found.start()]
        own = iphone and ("\u200e" in found["mark"] or "\u200e" in found["inner"])
        if _ATTACHED_FILE.match(inner) or (own and _LED_FILE.match(inner)):
            return _without_title(before, inner), False, True
        if iphone and (old := _OLD_FILE.search(before)):
            return before[: old.start()].rstrip(), False, True
        if _MARKS.sub("", before).strip() and (own or _says_edited(inner)):
            omitted = plain(inner) in NO_WORDS
            return before.rstrip(), not omitted, omitted
    if iphone:
        before, mark, end = raw.rpartition("\u200e")
        if mark and before.strip(_LED + " ") and plain(end) in NO_WORDS:
            return _without_title(before, ""), False, True
    return raw, False, False


def _says_edited(inner: str) -> bool:
    flat = plain(inner)
    return flat in EDITED or (
        len(flat.split()) <= 7
        and not _is_small(inner[0])
        and names_message(inner)
        and not _ENGLISH.search(flat)
        and _MESSAGE_OF.get(next((word for word in flat.split() if word in _MESSAGE_OF), ""), _ANY).search(flat) is not None
    )


def _is_small(letter: str) -> bool:
    """Return whether a letter is a small one, where sentences of its script begin with a large one: Georgian has small ones alone."""
    return letter.title() != letter


_ENGLISH = re.compile(r"\b(message|messages)\b")
"""English marks are known to the letter: what else stands so was typed."""


_ANY = re.compile("")
_MESSAGE_OF = {
    "nachricht": re.compile("bearbeit|geänder"),
    "mensaje": re.compile("edit|modific"),
    "mensagem": re.compile("edit|alterad|modific"),
    "messaggio": re.compile("modific"),
    "bericht": re.compile("bewerk|aangepast|gewijzigd"),
    "pesan": re.compile("edit|ubah|sunting"),
    "сообщение": re.compile("измен|отредакт"),
}
"""Languages whose marks of a change are known: there the word for message is not enough (`<Neue Nachricht>` was typed)."""
_PERSONAL = frozenset(
    """the a an and or but to of for with at is are was were be am don't did have has i i'm you we he she they it my your our me us this that so too very
    just what when where who why how ich du wir ihr mein dein und nicht yo tú nosotros mi tu je nous vous mon ton pas io noi mio tuo eu você nós meu seu
    ik jij wij jullie mijn niet я ты мы вы мой""".split()  # noqa: SIM905 - eighty words in quotes are no list to read
)
"""Words of people in the languages whose placeholders are known to the letter: no placeholder says "I", "you" or "the"."""


def _without_title(before: str, inner: str) -> str:
    """Return what stands before a file's mark without the name and size that the program wrote there: `plan.pdf • 2 pages`."""
    head, line, last = before.rstrip().rpartition("\n")
    bare = _MARKS.sub("", last).strip()
    title = bare.split(" • ")[0].strip()
    named = re.search(r"\.[A-Za-z0-9]{2,5}$", title)
    if named and (" • " in bare or not inner or inner.endswith(title)):
        return head + line
    return before.rstrip()


def _without_file(text: str, attached: frozenset[str], *, led: bool) -> tuple[str, bool]:
    """Return a message without its first line where that names an attached file, and whether it does; a caption stays."""
    first, _, caption = text.lstrip().partition("\n")
    found = _BRACKETED.match(first)
    if not found:
        return text, False
    name = found["name"].strip(_LED + " ")
    if not (plain(found["words"]) in attached or _BY_WHATSAPP.match(name) or led or first.startswith("\u200e")):
        return text, False
    title = _MARKS.sub("", caption).strip()
    stem = name.rpartition(".")[0]
    return ("" if title in (name, stem) else caption), True


def _poll(raw: str) -> str:
    """Return a poll's question and options, which a person wrote, without the program's labels and counts; "" for what is no poll."""
    lines = [line for line in raw.strip().split("\n") if line.strip()]
    if len(lines) < 3 or not re.fullmatch(r"[\u200e\u200f]*[^\n:：]{1,30}[:：]\s*", lines[0]):
        return ""
    start = next((i for i, line in enumerate(lines[1:], start=1) if _POLL_LINE.match(line)), 0)
    options = [_POLL_LINE.match(line) for line in lines[start:]] if start > 1 else []
    labels = {one["label"] for one in options if one} | {_MARKS.sub("", lines[0]).strip()}
    if len(options) < FEWEST_OPTIONS or not all(options) or len(labels) > 2 or any(one != one.upper() for one in labels):
        return ""
    kept = [*lines[1:start], *(one["words"] for one in options if one)]
    return "\n".join(_MARKS.sub("", line).strip() for line in kept)
