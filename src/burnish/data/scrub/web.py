"""Mail addresses, IP addresses, and links that carry a secret. Links without one are left: they are what many answers teach."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from burnish.data.scrub.found import Found, digits_in, found
from burnish.data.scrub.password_words import IS

_MAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?!\w)")
_URL = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15})://[^\s<>\"`\[\]{}|\\^，。、；！？：「」『』（）【】《》]+", re.IGNORECASE)
_USER = re.compile(r"//[^/@\s]+@")
_SECRET_KEY = re.compile(
    r"[?&#;](?:[\w.-]*(?:token|secret|passw(?:or)?d|pwd|signature|credential|session|auth|api_?-?key|access_?key)[\w.-]*|key|sig|sid|code|otp|jwt)=[^&#\s]{4,}",
    re.IGNORECASE,
)
_SECRET_PATH = re.compile(r"hooks\.slack\.com/services/\S+|discord(?:app)?\.com/api/webhooks/\S+|api\.telegram\.org/bot\d+:\S+")
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IP6 = re.compile(
    r"(?<![\w.])(?<![0-9A-Fa-f:]:)(?!:[^:])(?=[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])"
)
_VERSION = re.compile(
    r"(?:\bv|\bver\.|vers(?:io|ão|ió|ione?)\w{0,3}|release|firmware|==|>=|<=|~=|wersj\w{0,2}|verzi\w{0,3}|sürüm\w{0,2}|верси\w{0,2}|версі\w{0,2}|έκδοση|phiên bản|版本号?|版|バージョン|버전|เวอร์ชัน|รุ่น|إصدار|نسخه|גרסה|संस्करण)"
    rf"(?:[\s:'\"`*]*{IS})?[\s:='\"`*]*$",
    re.IGNORECASE,
)
"""What calls a number with four parts a version's."""


_FEWEST = 4
"""Digits of an address of version 4."""
_SHORT_HEADS = ("::ffff:", "64:ff9b:")
"""Ranges of version 6 whose first group is short (RFC 4291 and 6052); the others have three signs and more."""


def mails(text: str) -> Iterator[Found]:
    """Yield the mail addresses of a text."""
    return (found("mail", text, match.start(), match.end()) for match in (_MAIL.finditer(text) if "@" in text else ()))


def urls(text: str) -> Iterator[Found]:
    """Yield the links of a text that hold a user, a password, a token or a signature."""
    for match in _URL.finditer(text) if "://" in text else ():
        link = match[0].rstrip(".,;:!?'’”)*")
        if _USER.search(link) or _SECRET_KEY.search(link) or _SECRET_PATH.search(link):
            yield found("url", text, match.start(), match.start() + len(link))


def ips(text: str) -> Iterator[Found]:
    """Yield the IP addresses of a text, version 4 and 6; a version number with four parts is none where it is called so."""
    patterns = (*([_IP4] if digits_in(text) >= _FEWEST else []), *([_IP6] if text.count(":") > 1 else []))
    for pattern in patterns:
        for match in pattern.finditer(text):
            if _is_address(match[0]) and not _VERSION.search(text[max(0, match.start() - 24) : match.start()]):
                yield found("ip", text, match.start(), match.end())


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    groups = text.split(":")
    if (
        len(groups) > 1
        and "::" in text
        and (not any(map(str.isdigit, text)) or not (len(groups[0]) > 2 or text.lower().startswith(_SHORT_HEADS)))
    ):
        return False  # a name of a program, "A::b", or an hour, "12:30::"
    # "::" and "::1" stand in code and name nobody; so do 0.0.0.0 and 127.0.0.1
    return not (address.is_unspecified or address.is_loopback)
