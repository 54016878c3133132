"""Bytes to words by the label that names their letters, as WHATWG's Encoding standard says what each label means.

A label often names a smaller set of letters than the program wrote: gb2312 means GB 18030, euc-kr means Windows-949, iso-8859-1 means
Windows-1252. Bytes that are whole UTF-8 are UTF-8, whatever the label says, unless they are so by chance. Signs that nobody sees (the
control signs from 0x80 on) are no words: a reading that holds them does not fit.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable

from burnish.data.files import east_asian
from burnish.data.files.text import WINDOWS

Reader = Callable[[bytes], str]

_STANDARD = {
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8 cp65001",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso88592 isoir101 iso885921987 l2 latin2",
    "iso8859-3": "csisolatin3 iso88593 isoir109 iso885931988 l3 latin3",
    "iso8859-4": "csisolatin4 iso88594 isoir110 iso885941988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso88595 isoir144 iso885951988",
    "iso8859-6": "arabic asmo708 csiso88596e csiso88596i csisolatinarabic ecma114 iso88596 iso88596e iso88596i isoir127 iso885961987",
    "iso8859-7": "csisolatingreek ecma118 elot928 greek greek8 iso88597 isoir126 iso885971987 suneugreek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso88598 iso88598e isoir138 iso885981988 visual csiso88598i iso88598i logical",
    "iso8859-10": "csisolatin6 iso885910 isoir157 l6 latin6",
    "iso8859-13": "iso885913",
    "iso8859-14": "iso885914",
    "iso8859-15": "csisolatin9 iso885915 l9 latin9",
    "iso8859-16": "iso885916",
    "koi8-r": "cskoi8r koi koi8 koi8r",
    "koi8-u": "koi8ru koi8u",
    "mac-roman": "csmacintosh mac macintosh xmacroman macroman",
    "cp874": "dos874 iso885911 tis620 tis6200 tis62025330 windows874 xwindows874 cp874",
    "cp1250": "cp1250 windows1250 xcp1250",
    "cp1251": "cp1251 windows1251 xcp1251",
    "cp1252": "ansix341968 ascii usascii cp1252 cp819 csisolatin1 ibm819 iso88591 isoir100 iso885911987 l1 latin1 windows1252 xcp1252",
    "cp1253": "cp1253 windows1253 xcp1253",
    "cp1254": "cp1254 csisolatin5 iso88599 isoir148 iso885991989 l5 latin5 windows1254 xcp1254",
    "cp1255": "cp1255 windows1255 xcp1255",
    "cp1256": "cp1256 windows1256 xcp1256",
    "cp1257": "cp1257 windows1257 xcp1257",
    "cp1258": "cp1258 windows1258 xcp1258",
    "mac-cyrillic": "xmaccyrillic xmacukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb231280 gbk isoir58 xgbk gb18030 gb180302000 gb180302005 gb180302022 "
    "euccn cp936 ms936 windows936 xmacchinesesimp",
    "big5": "big5 big5hkscs big5hkscs2004 cnbig5 csbig5 xxbig5 xbig5 big5eten cp950 ms950 windows950 xwindows950 cp951 xmacchinesetrad",
    "euc-jp": "cseucpkdfmtjapanese eucjp xeucjp eucjpms eucjpwin cp51932 ujis",
    "iso-2022-jp": "csiso2022jp iso2022jp iso2022jp1 iso2022jp2 csiso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpms iso2022jpext "
    "cp50220 cp50221 cp50222 jis xiso2022jp",
    "cp932": "csshiftjis ms932 mskanji shiftjis sjis windows31j xsjis cp932 windows932 xmscp932 cswindows31j xmacjapanese",
    "cp949": "cseuckr csksc56011987 euckr isoir149 korean ksc5601 ksc56011987 ksc56011989 windows949 cp949 ms949 uhc xwindows949 xmackorean",
    "hz": "hzgb2312 hz",
    "iso2022_kr": "csiso2022kr iso2022kr",
    "utf-7": "utf7 unicode11utf7 csunicode11utf7 xunicode20utf7 unicode20utf7 cp65000",
    "utf-16": "utf16 utf16le utf16be unicode ucs2 iso10646ucs2 unicodefffe unicodefeff csunicode",
    "utf-32": "utf32 utf32le utf32be ucs4 iso10646ucs4",
    "mac-latin2": "xmacce xmaccentraleurroman",
}
"""Python's codec, or one of ours, and the labels that mean it, without their hyphens: those of the standard, and some of old programs."""
_CODECS = {label: codec for codec, labels in _STANDARD.items() for label in labels.split()}
_NO_LETTERS = {
    "idna",
    "punycode",
    "undefined",
    "mbcs",
    "oem",
    "unicode_escape",
    "raw_unicode_escape",
    "unicode-escape",
    "raw-unicode-escape",
}
_SIBLINGS = {
    "iso8859-2": "cp1250",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
}
"""Windows' own sets, which have letters where those of ISO have control signs."""
_OWN: dict[str, Reader] = {
    "big5": east_asian.big5,
    "gb18030": east_asian.gb18030,
    "euc-jp": east_asian.euc_jp,
    "iso-2022-jp": east_asian.iso_2022_jp,
}
_SEVEN_BIT = {"iso-2022-jp", "hz", "iso2022_kr", "utf-7", "utf-16", "utf-32"}
"""Whose bytes below 0x80 are not always ASCII's."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SHIFTS = re.compile(rb"\x1b\$[@B(A]|\x1b\([IJ]")
_UNSEEN = re.compile("[\x80-\x9f]")
_MANY = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_WESTERN = "cp1252"
BY_CHANCE = 8
"""So many letters of another encoding may be whole UTF-8 by chance."""
_FOREIGN = 6
"""So many letters beyond ASCII can be judged by their share."""


def codec_of(label: str) -> str:
    """Return the codec that a label means, or "" where no standard knows it."""
    named = re.sub(r"[^a-z0-9]", "", (re.match(r"""["'\s]*([\w.:+-]*)""", label) or [""])[0].casefold())
    number = re.fullmatch(r"(?:windows|win|cp|ms|xcp)(\d+)", named)
    found = _CODECS.get(named) or (_CODECS.get(f"windows{number[1]}") or _CODECS.get(f"cp{number[1]}") if number else "")
    if found or not named:
        return found or ""
    plain = label.strip("\"' ").casefold()
    for name in (plain, plain.removeprefix("x-"), f"cp{number[1]}" if number else plain):
        try:
            info = codecs.lookup(name)
            b"A".decode(name)  # fails for codecs that give no words
        except (LookupError, ValueError, UnicodeError):
            continue
        if info.name not in _NO_LETTERS:
            return info.name
    return ""


def words_in(raw: bytes, *labels: str) -> str | None:
    """Return the words that the bytes are by the first of the labels that fits, or None where none fits."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return _fitting(raw, name)
    named = [codec for codec in map(codec_of, labels) if codec]
    if raw.isascii():
        return _seven_bit(raw, named)
    whole = _fitting(raw, "utf-8")
    for codec in dict.fromkeys(named):
        if codec == "utf-8":
            continue
        found = _fitting(raw, codec)
        if found is None and codec in _SIBLINGS:
            found = _fitting(raw, _SIBLINGS[codec])
        if found is not None and (codec != _WESTERN or is_western(found)) and (whole is None or _is_chance(raw, whole, found)):
            return found
        if whole is not None:
            break
    return whole


def _seven_bit(raw: bytes, named: list[str]) -> str | None:
    """Return what bytes below 0x80 are: ASCII, but for those encodings that shift to other letters by signs of ASCII."""
    for codec in named[:1]:
        if codec in _SEVEN_BIT or codec.startswith(("cp037", "cp1140", "cp5", "cp273", "cp424", "cp875", "cp1026")):
            found = _fitting(raw, codec)
            if found is not None and not (codec in ("utf-16", "utf-32") and b"\0" not in raw):
                return found
    if _SHIFTS.search(raw):
        return _fitting(raw, "iso-2022-jp")
    return raw.decode("ascii")


def _fitting(raw: bytes, codec: str) -> str | None:
    """Return the words by one codec, or None where a byte or a sign is none of its letters."""
    try:
        if codec in _OWN:
            found = _OWN[codec](raw)
        elif codec == "utf-16" and not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            found = raw.decode("utf-16-be" if raw[::2].count(0) > raw[1::2].count(0) else "utf-16-le")
        elif codec == "utf-32" and not raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            found = raw.decode("utf-32-be" if raw[:1] == b"\0" else "utf-32-le")
        else:
            found = raw.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None
    if codec == "koi8-u":
        found = found.translate({0x255D: "\u045e", 0x256C: "\u040e"})
    if codec.startswith("utf"):
        return _seen(found)
    return None if _UNSEEN.search(found) else found


def _seen(text: str) -> str:
    """Return the words with the quotes that a bad change of encoding made control signs, as browsers read them."""
    return _UNSEEN.sub(lambda sign: sign[0].encode("latin-1").decode("cp1252", "ignore"), text)


def _is_chance(raw: bytes, whole: str, labelled: str) -> bool:
    """Return whether a few bytes are whole UTF-8 by chance: as its label reads them they are one script's letters, and as UTF-8 another's.

    So 谢谢 in GBK is лл in UTF-8. Bytes below 0xa0 are none of the old encodings' commonest letters, and Latin letters beside those of
    ASCII are words that somebody wrote.
    """
    pieces = _MANY.findall(raw)
    if (
        len(pieces) > BY_CHANCE
        or any(byte < 0xA1 for byte in b"".join(pieces))
        or re.search("[A-Za-z][\x80-\u024f]|[\x80-\u024f][A-Za-z]", whole)
    ):
        return False
    scripts, others = _scripts(labelled), _scripts(whole)
    return bool(scripts) and "LATIN" not in scripts and not scripts & others


def _scripts(text: str) -> set[str]:
    """Return the scripts of the letters beyond ASCII, Chinese signs and kana as one."""
    names = {unicodedata.name(sign, "?").split()[0] for sign in text if sign > "\x7f" and sign.isalpha()}
    return {"CJK" if name in ("HIRAGANA", "KATAKANA") else name for name in names}


def is_western(text: str) -> bool:
    """Return whether words read as Windows-1252 can be some: most letters of every western language are ASCII's."""
    far = sum(sign > "\x7f" and sign.isalpha() for sign in text)
    near = sum(sign < "\x80" and sign.isalpha() for sign in text)
    return far < _FOREIGN or far * 3 <= near * 2


def western(raw: bytes) -> str | None:
    """Return the words read as UTF-8 and, where they are none, as Windows-1252; None where that gives no western words."""
    found = raw.decode("utf-8", WINDOWS)
    letters = [sign for sign in found if sign.isalpha()]
    far = sum(sign > "\x7f" for sign in letters)
    fits = not _UNSEEN.search(found) and "\N{REPLACEMENT CHARACTER}" not in found
    return found if fits and far * 3 <= len(letters) and not re.search("[\xa0-\xff]{4}", found) else None
