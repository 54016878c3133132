"""Links, mail addresses and phone numbers in running text."""

from __future__ import annotations

import re

_URL = r"(?:https?|ftp)://[^\s<>\"`\[\]{}|\\^。，、]+|\bwww\.[^\s<>\"`\[\]{}|\\^。，、]+"
_MAIL = r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
_PHONE = r"(?<![\w.,-])(?:\+\d[\d ().-]{5,}\d|\(\d{2,5}\)[\d .-]{4,}\d|0\d[\d .()/-]{5,}\d|\d{3}[-. ]\d{3}[-. ]\d{4}|\d{3}-\d{4})(?![\d-])"
_WEB = re.compile(rf"{_URL}|{_MAIL}", re.IGNORECASE)
_LINK = re.compile(rf"{_URL}|{_MAIL}|{_PHONE}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{2}[.]\d{2}[.]\d{4}")
_TRAILING = ".,;:!?'’”*"


def links(text: str) -> list[str]:
    """Return the links, mail addresses and phone numbers of a text in order, each once, without the sentence's own punctuation.

    >>> links("See (https://a.example/w/Foo_(bar)?q=1&r=%20#top), write to ann@b.example or call +44 20 7946 0018.")
    ['https://a.example/w/Foo_(bar)?q=1&r=%20#top', 'ann@b.example', '+44 20 7946 0018']
    >>> links("On 2024-05-01 at 09:45, 350 people, 23.80 dollars")
    []
    """
    found = (_trimmed(match[0]) for match in _LINK.finditer(text))
    return list(dict.fromkeys(link for link in found if not _DATE.fullmatch(link)))


def without_links(text: str) -> str:
    """Return the text with a space in place of each link and mail address, so that their digits are not read as numbers.

    >>> without_links("Pay 5 at https://a.example/room/12.")
    'Pay 5 at  .'
    """
    return _WEB.sub(lambda match: " " + match[0][len(_trimmed(match[0])) :], text)


def _trimmed(link: str) -> str:
    """Return the link without punctuation that belongs to the sentence, and without closing brackets it never opened."""
    while link and (link[-1] in _TRAILING or (link[-1] == ")" and link.count(")") > link.count("("))):
        link = link[:-1]
    return link


def stands_in(link: str, text: str) -> bool:
    """Return whether the text holds this link byte for byte, and not as a part of a longer one.

    >>> stands_in("https://a.example/x", "(https://a.example/x)."), stands_in("https://a.example/x", "https://a.example/x/y")
    (True, False)
    """
    whole = r"(?<![\w@/.+-])" + re.escape(link) + r"(?![\w/@#&=%~+-]|[.,:;?!(]\w)"
    return re.search(whole, text) is not None
