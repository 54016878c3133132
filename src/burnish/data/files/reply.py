"""What a mail says itself: quoted mails, signatures and disclaimers cut off.

Own rules, because the libraries that were measured fall short (docs/log.md): email-reply-parser 0.5.12 knows English alone and takes
time that grows with the square of a hostile mail, mail-parser-reply 1.36 keeps signatures and bottom-posted quotes, quotequail 0.5.4
keeps the line "On ... wrote:". Not covered: quotes without any mark, a signature without `-- ` before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WROTE = (
    r"wrote|writes|schrieb|schreef|a écrit|ha scritto|escribió|escreveu|skrev|kirjoitti|napisał\(?a?\)?|napsal\(?a?\)?|"
    r"написала?|написав|пишет|пише|от|写道|のメール|님이 작성"
)
_ATTRIBUTION = re.compile(rf"(?=.*\d)(?=.*(\b({_WROTE})\b|@)).{{4,400}}[:：]\s*$|^On .{{4,200}} wrote:?$", re.IGNORECASE)
_BEGINS = re.compile(
    r"^\W*(on|am|le|il|el|em|op|den|dnia|dne|в|\w{2,10},?\s+(\d|\w+\s+\d)|\d{1,4}[./-]\d|\d{1,2}\s\w+\s\d{4})", re.IGNORECASE
)
_HEADER = re.compile(
    r"^[>*\s]*(From|Sent|To|Cc|Date|Subject|Reply-To|Von|Gesendet|An|Datum|Betreff|De|Envoyé|À|Objet|Enviado|Para|Asunto|Assunto|"
    r"Da|Inviato|A|Oggetto|Van|Verzonden|Aan|Onderwerp|Från|Skickat|Till|Ämne|Fra|Til|Emne|От|Отправлено|Кому|Тема|Дата|发件人|收件人|主题)"
    r"\*?\s*[:：]\*?",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^[>\s]*[-_]{2,}\s*(Original|Forwarded|Ursprüngliche|Weitergeleitete|Message d'origine|Message transféré|Mensaje original|"
    r"Messaggio originale|Oorspronkelijk|Исходное|Пересылаемое|On .* wrote).*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[>\s]*[_*=-]{8,}\s*$")
_SENT_FROM = re.compile(
    r"^(Sent (from|with|via) (my|Sparrow|Mail|Outlook|Proton|Yahoo|Samsung)|Get Outlook for|Von meinem .{1,40} gesendet|"
    r"Envoyé de(puis)? mon|Enviado (desde|do) m|Inviato da|Verstuurd vanaf|Skickat från|Отправлено с)\b.{0,80}$",
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
HEADERS_OF_A_QUOTE = 3
"""So many header lines in a row are the head of a quoted mail."""


def reply_of(text: str) -> str:
    """Return what the writer of a mail wrote anew. Time grows with the length of the text."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\N{NO-BREAK SPACE}", " ").split("\n")]
    lines = _before_quoted_mail(lines)
    lines = _without_quotes(lines)
    lines = _before_signature(lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _before_quoted_mail(lines: Sequence[str]) -> list[str]:
    """Return the lines before a mail that is quoted whole beneath its head."""
    for i, line in enumerate(lines):
        if _ORIGINAL.match(line) and _anything(lines[:i]):
            return list(lines[:i])
        if _HEADER.match(line) and _is_head(lines, i):
            end = i
            while end > 0 and (not lines[end - 1] or _RULE.match(lines[end - 1])):
                end -= 1
            if _anything(lines[:end]) or i > 0:
                return list(lines[:end])
    return list(lines)


def _is_head(lines: Sequence[str], i: int) -> bool:
    """Return whether a head of a quoted mail begins at line `i`: several header lines, folded or not, one of them with an address or date."""
    count, told = 0, False
    for line in lines[i : i + 9]:
        if not line.strip("> *"):
            break
        count += bool(_HEADER.match(line))
        told = told or "@" in line or bool(re.search(r"\d{1,2}[:.]\d\d|\d{4}", line))
    return count >= HEADERS_OF_A_QUOTE and told


def _anything(lines: Sequence[str]) -> bool:
    return any(line.strip() for line in lines)


def _without_quotes(lines: Sequence[str]) -> list[str]:
    """Return the lines that are neither quoted nor tell whom the next quote is by."""
    kept: list[str] = []
    i = 0
    while i < len(lines):
        length = _attribution(lines, i)
        if length:
            i += length
            if not _quote_follows(lines, i):  # the quote itself has no mark: all that follows is it
                return kept if _anything(kept) else [*kept, *lines[i:]]
        elif lines[i].startswith(">") and not lines[i].startswith(">From "):
            i += 1
        else:
            kept.append(lines[i])
            i += 1
    return kept


def _attribution(lines: Sequence[str], i: int) -> int:
    """Return how many lines from `i` on say who wrote what is quoted next: 1 to 3, or 0."""
    first = lines[i].lstrip("> ")
    if not first or not (_BEGINS.match(first) or "@" in first or first.rstrip().endswith(":")):
        return 0
    joined = ""
    for length in (1, 2, 3):
        if i + length > len(lines) or not lines[i + length - 1].strip("> "):
            return 0
        joined = f"{joined} {lines[i + length - 1].lstrip('> ')}".strip()
        if len(joined) > 400:
            return 0
        if _ATTRIBUTION.match(joined) and (_quote_follows(lines, i + length) or _verb(joined)):
            return length
    return 0


def _verb(joined: str) -> bool:
    """Return whether a line says by a verb that somebody wrote, with a date or an address: enough where the quote bears no mark."""
    return bool(re.search(r"[\d@]", joined) and _BEGINS.match(joined)) and bool(
        re.search(rf"\b({_WROTE})\W*(\S+\W*)?$", joined, re.IGNORECASE)
    )


def _quote_follows(lines: Sequence[str], i: int) -> bool:
    following = next((line for line in lines[i : i + 3] if line.strip()), "")
    return following.startswith(">")


def _before_signature(lines: Sequence[str]) -> list[str]:
    """Return the lines before a signature, a disclaimer or the foot of a mailing list."""
    for i, line in enumerate(lines):
        if line in ("--", "---", "—") or _SENT_FROM.match(line) or (_LIST_FOOT.match(line) and len(lines) - i <= 8 and i > 0):
            return list(lines[:i])
        if (not i or not lines[i - 1]) and _DISCLAIMER.match(" ".join(lines[i : i + 6])):
            return list(lines[:i])
    return list(lines)
