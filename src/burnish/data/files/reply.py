"""What a mail says itself: quoted mails, signatures and disclaimers cut off.

Own rules, because the libraries that were measured fall short (docs/log.md): email-reply-parser 0.5.12 knows English alone and takes
time that grows with the square of a hostile mail, mail-parser-reply 1.36 keeps signatures and bottom-posted quotes, quotequail 0.5.4
keeps the line "On ... wrote:". Not covered: quotes without any mark, a signature without `-- ` before it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from burnish.data.files.flowed import NO_QUOTE
from burnish.data.files.mail_words import DEVICES, PRONOUN_WROTE, SENT_BY, SENT_FROM, WROTE, WROTE_UNSPACED
from burnish.data.files.quote_head import Around, above, head_at, is_field, is_worded_rule, plain_line

_ENDS = re.compile(r"[:：៖։]\W*$|[-–—]{2,}$|>{3}$")
"""How a line ends that tells whom the next quote is by."""
_BARE = ("wrote", "写道", "寫道", "쓴 글", "작성")
"""The same of a line without a sign at its end."""
ENDING = 12
"""Signs at a line's end that are looked at for that."""
_BEGINS = re.compile(
    r"^\W*(on|am|le|il|el|em|op|den|dnia|dne|в|\w{2,10},?\s+(\d|\w+\s+\d)|\d{1,4}[./-]\d|\d{1,2}\s\w+\s\d{4})", re.IGNORECASE
)
_WROTE_LAST = re.compile(rf"((?<!\w)({WROTE})\W*(\S+\W*)?|({WROTE_UNSPACED})\W*)$", re.IGNORECASE)
_WROTE = re.compile(rf"(?<!\w)({WROTE})(?!\w)|{WROTE_UNSPACED}", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_DAY = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d{1,2}[.:h時时點点]\s?\d\d(?!\d)")
_DIGIT = re.compile(r"\d")
_BRACKETED = re.compile(r"<[^<>]*@[^<>]*>")
_LINK = re.compile(r"\s?[<(]https?://[^\s<>()]+[>)]")
_OUTLOOK = re.compile(r"[^.,;!?。:：]{0,40}\boutlook\b[^.,;!?。:：]{0,40}", re.IGNORECASE)
"""Outlook's own line under a mail, in any language."""
_CLOCK = re.compile(r"\d{1,2}[.:h時时點点]\s?\d\d(?!\d)")
_SENTENCE = re.compile(r"(?<!\bг)(?<!\bр)[.!?。！？]$")
_ORIGINAL = re.compile(
    r"^[>\s]*[-_]{2,}\s*(Original|Forwarded|Ursprüngliche|Weitergeleitete|Message d'origine|Message transféré|Mensaje original|"
    r"Messaggio originale|Oorspronkelijk|Исходное|Пересылаемое|On .* wrote).*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"^\W*(disclaimer|confidentiality (notice|note)|legal notice|"
    r"(this|the (information|contents?) (contained )?(in|of) this) (e-?mail|message|communication|transmission)\b.{0,200}"
    r"(confidential|privileged|intended (only|solely)|intended recipient)|"
    r"diese (e-?mail|nachricht)\b.{0,120}vertraulich|ce (message|courriel)\b.{0,120}confidentiel)",
    re.IGNORECASE | re.DOTALL,
)
_LIST_FOOT = re.compile(r"^(_{20,}|-{20,}|={20,})$")
_RULES = frozenset("_-=—")
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
LONGEST = 400
"""Signs of a line, broken in up to three, that tells whom a quote is by."""


def reply_of(text: str, around: Around | None = None) -> str:
    """Return what the writer of a mail wrote anew; `around` is what is known of the mail. Time grows with the length of the text."""
    around = around or Around()
    lines = [line.rstrip() for line in _unsigned(text.replace("\r\n", "\n").replace("\N{NO-BREAK SPACE}", " ")).split("\n")]
    shown = lines if text.isascii() else [plain_line(line) for line in lines]
    own = _before_quoted_mail(shown, around)
    lines, shown = lines[own], shown[own]
    kept = [lines[i].removeprefix(">") if shown[i].startswith(">") else lines[i] for i in _own(shown, around)]
    kept = _before_signature(kept)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept).replace(NO_QUOTE, "")).strip()


def _unsigned(text: str) -> str:
    """Return a text without the marks of a signature by PGP (RFC 4880, 7) around it and the dashes that it puts before lines."""
    start = text.find(_SIGNED)
    if start < 0:
        return text
    signed, _, _ = text[start:].partition("\n-----BEGIN PGP SIGNATURE-----")
    words = signed.partition("\n\n")[2]
    return text[:start] + re.sub(r"(?m)^- ", "", words)


def _before_quoted_mail(lines: Sequence[str], around: Around) -> slice:
    """Return which lines stand before a mail that is quoted whole beneath its head.

    Where the head stands first, it is a mail that was passed on without a word, which says nothing of the one who is learnt from, or
    the answer stands beneath marked lines.
    """
    for i, line in enumerate(lines):
        if ("--" in line or "__" in line) and _ORIGINAL.match(line) and _anything(lines[:i]):
            return slice(i)
        if is_field(line) and (size := head_at(lines, i, around)):
            end = above(lines, i)
            if _anything(lines[:end]):
                return slice(end)
            if _quote_follows(lines, i + size):
                return slice(i + size, None)
            return slice(0 if around.mine else None)
    return slice(None)


def _anything(lines: Sequence[str]) -> bool:
    return any(line.strip() for line in lines)


def _own(lines: Sequence[str], around: Around) -> list[int]:
    """Return which lines are neither quoted nor tell whom the next quote is by."""
    kept: list[int] = []
    ends = {i for i, line in enumerate(lines) if (line.endswith(_BARE) if line[-1:].isalnum() else _ENDS.search(line[-ENDING:]))}
    begins = {i - back for i in ends for back in range(3)}
    i = 0
    while i < len(lines):
        length = _attribution(lines, i, ends, around) if i in begins else 0
        if length:
            i += length
            if not _quote_follows(lines, i):  # the quote itself has no mark: all that follows is it
                kept = _before_rule(lines, kept)
                return kept if any(lines[k].strip() for k in kept) else [*kept, *range(i, len(lines))]
        else:
            if not lines[i].startswith(">") or _is_escaped(lines, i):
                kept.append(i)
            i += 1
    return kept


def _before_rule(lines: Sequence[str], kept: list[int]) -> list[int]:
    """Return the lines before the words between rules that end them, such as those of Proton above the line that tells who wrote."""
    end = above([lines[k] for k in kept], len(kept))
    return kept[:end] if any(is_worded_rule(lines[k]) for k in kept[end:]) else kept


def _is_escaped(lines: Sequence[str], i: int) -> bool:
    """Return whether a line begins with `>From ` because a mailbox had it so: alone, not among quoted lines."""
    near = (lines[k] for k in (i - 1, i + 1) if 0 <= k < len(lines))
    return lines[i].startswith(">From ") and not any(line.startswith(">") and not line.startswith(">From ") for line in near)


def _attribution(lines: Sequence[str], i: int, ends: Container[int], around: Around) -> int:
    """Return how many lines from `i` on say who wrote what is quoted next: 1 to 3, or 0. `ends`: which lines end as such do."""
    first = lines[i].lstrip("> ")
    begins = bool(_BEGINS.match(first))
    if not (begins or "@" in first or i in ends or _DIGIT.search(first)):
        return 0
    opens = begins or i == 0 or not lines[i - 1].strip("> ") or lines[i - 1].startswith(">")
    joined = ""
    for length in (1, 2, 3):
        if i + length > len(lines) or not (line := lines[i + length - 1].lstrip("> ")):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > LONGEST:
            return 0
        if i + length - 1 not in ends:
            continue
        if length > 1 and _tells(line, around, quoted=True) and (_DAY.search(line) or _SENTENCE.search(lines[i + length - 2])):
            return 0  # the words before it are somebody's own
        if (opens or length == 1) and _tells(joined, around, quoted=_quote_follows(lines, i + length)):
            return length
    return 0


def _tells(line: str, around: Around, *, quoted: bool) -> bool:
    """Return whether a line tells who wrote what comes next: by a date and an address, or a name or a verb where it is plain enough.

    What comes next bears the mark of a quote (`quoted`), or else the line must be as programs write it.
    """
    address, day = bool(_ADDRESS.search(line)), bool(_DAY.search(line))
    if quoted:
        if address or (day and _names(line, around)):
            return True
        said = _WROTE.search(line)
        return bool(said) and (
            bool(_DIGIT.search(line)) or _names(line, around) or _is_name(line[: said.start()] if said else "")
        )
    clock = day and bool(_CLOCK.search(line))
    if not address and PRONOUN_WROTE.search(line):
        return False
    if _WROTE_LAST.search(line) and (address or clock or (day and _names(line, around))):
        return True
    if clock and _WROTE.search(line) and _names(line, around):
        return True
    return (clock and bool(_BRACKETED.search(line))) or (day and line.endswith(">>>"))


def _is_name(words: str) -> bool:
    """Return whether words can be somebody's name: a few, none of them beginning small."""
    parts = words.split()
    return 0 < len(parts) < 6 and not any(part[0].islower() for part in parts)


def _names(line: str, around: Around) -> bool:
    """Return whether somebody who writes or reads the mail is named in a line."""
    folded = line.casefold()
    return any(name in folded for name in around.people if len(name) > 2)


def _quote_follows(lines: Sequence[str], i: int) -> bool:
    following = next((line for line in lines[i : i + 3] if line.strip()), "")
    return following.startswith(">")


def _before_signature(lines: Sequence[str]) -> list[str]:
    """Return the lines before a signature, a disclaimer or the foot of a mailing list."""
    device = _names_device("\n".join(lines))
    for i, line in enumerate(lines):
        if line[:1] in _RULES and (line in ("--", "---", "—") or (_LIST_FOOT.match(line) and len(lines) - i <= 8 and i > 0)):
            return list(lines[:i])
        if SENT_FROM.match(line) or (device and _names_device(line) and _is_telephones(line)):
            return list(lines[:i])
        if (not i or not lines[i - 1]) and _DISCLAIMER.match(" ".join(lines[i : i + 6])):
            return list(lines[:i])
    return list(lines)


def _is_telephones(line: str) -> bool:
    """Return whether a line that names a device is what it writes beneath a mail itself, with a link or without."""
    bare = _LINK.sub("", line)
    return bool(SENT_BY.match(bare) or ("https://aka.ms/" in line and _OUTLOOK.fullmatch(bare)))


def _names_device(text: str) -> bool:
    small = text.casefold()
    return any(device in small for device in DEVICES)
