"""Chinese and Japanese letters as WHATWG's Encoding standard reads them, where Python's own codecs know fewer.

Python's `big5hkscs` lacks what Hong Kong added in 2008 and reads some signs otherwise; its `gb18030` keeps signs in private use that
the standard has placed since; its `euc_jp` and `iso2022_jp` refuse the circled numbers and names that NEC and IBM added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BIG5 = (
    "877a㡵𡵓𣚞𦀡㻬𥣞㫵竼龗𤅡𨤍𣇪𠪊𣉞䌊蒄龖鐯䤰蘓墖靊鈘秐稲晠権袝瑌篅枂稬剏遆㓦珄𥶹瓆鿇垳䤯呌䄱𣚎堘穲𧭥讏䚮𦺈 "
    "87ce䆁𥶙箮𢒼鿈𢓁𢓉𢓌鿉蔄𣖻䂴鿊䓡𪷿拁灮鿋 8e69箸 8e6f簆 8e7e糎 8eab緒 8eb4縝 8ecd者 8ed0耨 8f57菁 8f69蒨 8f6e萏 "
    "8fcb覦覩 8ffe起 906d都 907a銹 90dc靜 90f1響 91bf鼖 9244蔃 92af兙兛兝兞 92c8鍮 92d1瑹 9447浧 94ca禛 95d9邗 9644靝 "
    "96ed瀞 96fc嬨 9b76爁 9b78矗 9b7b纇 9bc6駖 9bde釔 9bec惞 9bf6澶 9c42輶 9c53侻 9c62營 9c68鄄 9c6b鷰 9c77菏 "
    "9cbc尐秣 9cd0婧 9d57輋 9d5a筑 9dc4拐 9ea9恢 9eef痹 9efd汊 9f60鬮 9f66鼗 9fcb僭 9fd8弌 a063蠏 a077拎 a0d5瑨 "
    "a0df煢 a0e4牐 a145‧ a14e﹑ a1c2¯ a1e3～ a1f2⊕⊙ a241∕﹨ a244￥ a246￠￡ a3c0␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟␡€ "
    "c6cf廴 c6d3无 c6d5癶 c6d7隶 c6de〃仝 fa5f倩 fa66偽 fabd包 fac5卄 fad5卿 fb48嘅 fbb8婷 fbf3幵 fbf9廐 fc4f彘 "
    "fc6c悤 fcb9撐 fce2晴 fcf1杞 fdb7沜渝 fdbb港 fdf1煮 fe52猪 fe6f瑜 feaa瓩 fedd砉 "
)
"""Runs of signs of the standard's index that `big5hkscs` reads otherwise or not at all, each after the code of its first."""
_GB_PRIVATE = dict(
    zip(
        (0xE5E5, 0xE7C7, *range(0xE78D, 0xE797), 0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864),
        "\u3000\u1e3f\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
        strict=True,
    )
)
_GB_PAIR = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|\x80")
_PAIR = re.compile(rb"[\x00-\x7f]+|[\x81-\xfe][\x40-\x7e\xa1-\xfe]|[\x80-\xff]")
_EUC_JP = re.compile(rb"[\x00-\x7f]+|\x8f[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|[\xa1-\xfe]{2}|[\x80-\xff]")
_ESCAPE = re.compile(rb"\x1b(\([BJI]|\$[@B]|\$\([@BD])")
_DOUBLE = {b"$@", b"$B", b"$(@", b"$(B"}


def _trail(pointer: int) -> int:
    return pointer + (0x40 if pointer < 0x3F else 0x62)


def _big5_signs() -> Iterator[tuple[bytes, str]]:
    for code, signs in re.findall(r"([0-9a-f]{4})([^ ]+)", _BIG5):
        lead, trail = bytes.fromhex(code)
        first = lead * 157 + trail - (0x40 if trail < 0x7F else 0x62)
        for i, sign in enumerate(signs):
            yield bytes([(first + i) // 157, _trail((first + i) % 157)]), sign


_BIG5_SIGNS = dict(_big5_signs())


def big5(raw: bytes) -> str:
    """Return Big5 with Hong Kong's additions. Raises UnicodeDecodeError."""
    if not any(pair in raw for pair in _BIG5_SIGNS):
        return raw.decode("big5hkscs")
    return "".join(_BIG5_SIGNS.get(piece) or piece.decode("big5hkscs") for piece in _PAIR.findall(raw))


def gb18030(raw: bytes) -> str:
    """Return GB 18030, GBK and GB 2312, with the euro sign of GBK. Raises UnicodeDecodeError."""
    if b"\x80" in raw:
        raw = _GB_PAIR.sub(lambda found: b"\xa2\xe3" if found[0] == b"\x80" else found[0], raw)
    return raw.decode("gb18030").translate(_GB_PRIVATE)


def euc_jp(raw: bytes) -> str:
    """Return EUC-JP with the signs of NEC and IBM. Raises UnicodeDecodeError."""
    return "".join(_euc(piece) for piece in _EUC_JP.findall(raw))


def _euc(piece: bytes) -> str:
    if len(piece) == 2 and piece[0] >= 0xA1:
        return _jis(piece[0] - 0x80, piece[1] - 0x80)
    return "\uff5e" if piece == b"\x8f\xa2\xb7" else piece.decode("euc_jp")


def _jis(row: int, cell: int) -> str:
    """Return the sign of JIS X 0208 at a row and a cell, each from 0x21 on, by Windows' Shift_JIS, which has those of NEC and IBM."""
    lead = (row - 0x21) // 2 + 0x81
    trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
    return bytes([lead if lead < 0xA0 else lead + 0x40, trail]).decode("cp932")


def iso_2022_jp(raw: bytes) -> str:
    """Return ISO-2022-JP with half-width kana and the signs of NEC; the variants -1 to -3 and 2004 too. Raises UnicodeDecodeError."""
    head, *parts = _ESCAPE.split(raw)
    if b"\x1b" in b"".join(parts[1::2]) + head:  # Chinese, Korean or Greek letters: what only the later variants have
        for codec in ("iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_2004", "iso2022_jp_ext"):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                continue
    return head.decode("ascii") + "".join(_set(name, part) for name, part in zip(parts[::2], parts[1::2], strict=True))


def _set(name: bytes, part: bytes) -> str:
    """Return the letters of one set, up to the next escape."""
    if name == b"(B":
        return part.decode("ascii")
    if name == b"(J":
        return part.decode("ascii").translate({0x5C: "\u00a5", 0x7E: "\u203e"})
    if name == b"(I":
        return bytes(byte | 0x80 if byte > 0x20 else byte for byte in part).decode("cp932")
    return "".join(_double(name, piece) for piece in re.findall(rb"[\x21-\x7e]{2}|[\x00-\xff]", part))


def _double(name: bytes, piece: bytes) -> str:
    if len(piece) == 1:
        return bytes(piece).decode("ascii")
    if name in _DOUBLE:
        return _jis(*piece)
    return (b"\x8f" + bytes(byte | 0x80 for byte in piece)).decode("euc_jp")
