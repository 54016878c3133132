"""Mail in every encoding: what a label means by the Encoding standard, labels that lie, fail, or are missing, and raw heads."""

from __future__ import annotations

import base64

import pytest
from exporting import taken
from mailing import ASKED, ME, answered, boxed, mail

from burnish.data.files import east_asian
from burnish.data.files.charset import codec_of, words_in
from burnish.data.sources.mail import UNREADABLE


@pytest.mark.parametrize(
    ("label", "written", "text"),
    [
        ("gb2312", "gb18030", "请问鎔先生的书到了吗？"),
        ("x-gbk", "gb18030", "喆先生的书，€5"),
        ("hz-gb-2312", "hz", "你好，世界"),
        ("big5", "big5hkscs", "嘅嗰啲嘢喺度，我哋聽日再傾"),
        ("Big5-HKSCS", "big5hkscs", "佢哋喺香港"),
        ("x-x-big5", "cp950", "碁恒裏粧嫺的信"),
        ("euc-kr", "cp949", "펲시 콜라와 똠얌"),
        ("ks_c_5601-1987", "cp949", "뷁, 안녕하세요"),
        ("shift_jis", "cp932", "①番は㈱髙橋です"),
        ("x-sjis", "cp932", "ｶﾀｶﾅと日本語"),
        ("iso-8859-1", "cp1252", "It’s €20 – or “not”?"),
        ("us-ascii", "cp1252", "Don’t go to the café"),
        ("iso-8859-9", "cp1254", "Şu “kitap” 5 € mı? – evet"),
        ("latin5", "cp1254", "İyi günler, ığş…"),
        ("tis-620", "cp874", "สวัสดีครับ “ดี” …"),
        ("iso-8859-11", "cp874", "หก"),
        ("iso-8859-8-i", "cp1255", "שלום, מה שלומך?"),
        ("iso-8859-8", "iso8859-8", "האולם פנוי ביום שישי"),
        ("logical", "iso8859-8", "כן, בטח"),
        ("windows-1255", "cp1255", "שָׁלוֹם ₪5"),
        ("koi8-r", "koi8-r", "Привет, зал свободен?"),
        ("koi8-u", "koi8-u", "Їжак і ґанок"),
        ("koi8-ru", "koi8-u", "Зала вільна"),
        ("windows-1251", "cp1251", "Ёлка «в лесу» – €"),
        ("x-mac-cyrillic", "mac-cyrillic", "Ґанок і їжак €"),
        ("x-mac-roman", "mac-roman", "für “alle” – œuvre"),
        ("macintosh", "mac-roman", "Zoë’s café"),
        ("iso-8859-2", "cp1250", "Zażółć „gęślą jaźń”"),
        ("iso-8859-2", "iso8859-2", "Žluťoučký kůň šel"),
        ("iso-8859-7", "cp1253", "Καλημέρα – “ναι”"),
        ("iso-8859-15", "iso8859-15", "cœur à 5 €"),
        ("windows-1256", "cp1256", "القاعة متاحة"),
        ("windows-1258", "cp1258", "Tôi đi"),
        ("cp850", "cp850", "für ñ"),
        ("iso-2022-jp", "iso2022_jp", "日本語のメール"),
        ("iso-2022-jp-2", "iso2022_jp_2", "日本 中国 한국"),
        ("iso-2022-kr", "iso2022_kr", "안녕하세요"),
        ("euc-jp", "euc_jp", "日本語のメール"),
        ("utf-7", "utf-7", "Grüße – ok + gut"),
        ("utf-16", "utf-16", "für alle"),
        ("utf-16be", "utf-16-be", "für alle"),
        ("utf-8", "utf-8-sig", "für alle"),
        ("gb18030", "utf-8", "你好，世界"),
        ("gb2312", "utf-8", "für alle – Привет"),
        ("windows-874", "utf-8", "สวัสดี"),
        ("koi8-r", "utf-8", "Привет, как дела?"),
        ("x-no-such", "utf-8", "Привет"),
        ("gb2312", "gbk", "谢谢"),
        ("tis-620", "cp874", "โดน"),
        ("unknown-8bit", "cp1252", "Das ist für alle und dann nach Hause"),
        ('"UTF-8;', "utf-8", "für"),
        ("win-1251", "cp1251", "Привет"),
    ],
)
def test_a_label_means_what_the_standard_says(label, written, text, tmp_path):
    """The letters come out as they were written, in the answer and in the question, whatever smaller set the label names."""
    kind = f"text/plain; charset={label}"
    raw = f"{text} ok ok".encode(written)
    found = answered(tmp_path, raw, kind=kind, way="base64")

    assert found.rows == [["Is it free?", f"{text} ok ok"]]
    assert len(found.faults) == (label == "unknown-8bit")


@pytest.mark.parametrize(
    ("raw", "label", "text"),
    [
        (b"\x1b$B-!\x1b(B and \x1b(I1\x1b(B", "iso-2022-jp", "① and ｱ"),
        (b"\x1b$B-j9b66\x1b(J\x5c5", "cp50221", "㈱高橋¥5"),
        (b"\xad\xa1\xad\xea\xa1\xc1", "euc-jp", "①㈱～"),
        (b"\x8f\xb0\xdf\x8e\xb1", "eucjp-ms", "你ｱ"),
        (b"\x80 5", "gb2312", "€ 5"),
        (b"\xa8\xbc\xa6\xd9", "gb18030", "ḿ︐"),
        (b"\xa1\x45\xa2\x44 \x87\x7a", "big5", "‧￥ 㡵"),
        (b"\xae\xbe", "koi8-u", "ўЎ"),
        (b"\xff\xfeh\x00i\x00", "us-ascii", "hi"),
        (b"\x1b$B$3$s\x1b(B", "", "こん"),
        (b"C++ and 2+2 are +AGE-", "utf-8", "C++ and 2+2 are +AGE-"),
        (b"C++ and 2+2", "utf-7", "C++ and 2+2"),
        ("it\u0093s\u0094".encode(), "utf-8", "it“s”"),
        (b"plain", "utf-16", "plain"),
        (b"plain", "rot13", "plain"),
        ("Привет, как дела".encode("cp1251"), "us-ascii", None),
        (b"\xff\xff\xfe\x81", "gb2312", None),
    ],
)
def test_what_python_reads_otherwise_than_the_standard(raw, label, text):
    """Signs of NEC, IBM and Hong Kong, GBK's euro, byte order marks, shifts without a label: as the standard reads them, or not at all."""
    assert words_in(raw, label) == text


def test_every_label_of_the_standard_is_known():
    """Those that differ from a Python codec of the same name mean the larger set; codecs that are no letters mean none."""
    meant = {
        "gbk": "gb18030",
        "ks_c_5601-1989": "cp949",
        "csISO2022JP": "iso-2022-jp",
        "dos-874": "cp874",
        "ISO_8859-9:1989": "cp1254",
    }

    assert {label: codec_of(label) for label in meant} == meant
    assert [codec_of(label) for label in ("rot13", "hex", "idna", "unicode_escape", "x-user-defined", "", "8bit")] == [""] * 7


def test_japanese_rows_and_cells_agree_with_the_kanji_that_python_knows():
    """All of JIS X 0208 that Python's own codec knows comes out the same, but for the six signs that the standard reads otherwise."""
    differ = set()
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            pair = bytes([row | 0x80, cell | 0x80])
            try:
                known = pair.decode("euc_jp")
            except UnicodeDecodeError:
                continue
            if east_asian.euc_jp(pair) != known:
                differ.add(known)

    assert differ == set("〜‖−¢£¬")


@pytest.mark.parametrize(
    ("head", "label"),
    [
        ("<meta charset=gb2312>", ""),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', ""),
        ("<?xml version='1.0' encoding='gbk'?>", ""),
        ("<META CONTENT='text/html; CHARSET=GB2312' HTTP-EQUIV=Content-Type>", "us-ascii"),
        ("<meta charset=x-gbk>", "x-no-such"),
        (f"<style>{'p { color: red }' * 1000}</style><meta charset=gbk>", ""),
    ],
)
def test_a_page_that_names_its_letters_only_itself(head, label, tmp_path):
    """A page in HTML without a label in the mail's head, or with one that says nothing, is read by its own."""
    page = f"<html><head>{head}</head><body><p>喆先生的书 到了，放在桌上。</p></body></html>".encode("gbk")
    found = answered(tmp_path, page, kind="text/html" + (f"; charset={label}" if label else ""), way="base64")

    assert (found.rows, found.faults) == ([["Is it free?", "喆先生的书 到了，放在桌上。"]], [])


@pytest.mark.parametrize(
    ("label", "place"), [("", "missing"), ("x-no-such", "x-no-such"), ("utf-8", "utf-8"), ("us-ascii", "us-ascii")]
)
def test_letters_that_fit_nothing_are_set_aside_with_a_fault(label, place, tmp_path):
    """Russian in no encoding that the mail names is no western text: the mail is set aside, told by its line, and the books close."""
    kind = "text/plain" + (f"; charset={label}" if label else "")
    found = answered(tmp_path, "Да, зал свободен, приходите".encode("cp1251"), kind=kind, way="base64")

    assert found.rows == []
    assert found.books.aside == {UNREADABLE: 1, "not answered by you": 1}
    (fault,) = found.faults
    assert "m.mbox: line 13: " in fault
    assert f"charset {place}" in fault


def test_western_letters_without_a_true_label_are_read_with_a_fault(tmp_path):
    """Bytes that are no UTF-8 in a mail that says so are read as Windows-1252 where that is western text, and that is told."""
    found = answered(tmp_path, "Grüße für alle – und dann ein Fuß in schlechtem Latin-1: f".encode() + b"\xfcr alle.")

    assert found.rows == [["Is it free?", "Grüße für alle – und dann ein Fuß in schlechtem Latin-1: für alle."]]
    assert len(found.faults) == 1
    assert "Windows-1252" in found.faults[0]


def test_what_names_no_encoding_is_read_by_the_heads(tmp_path):
    """A body without a label is in the encoding of the encoded words in its head."""
    name = "=?koi8-r?B?" + base64.b64encode("Иван Петров".encode("koi8-r")).decode() + "?= <ivan@example.org>"
    asked = mail(name, "Зал свободен?".encode("koi8-r"), kind="text/plain")
    (tmp_path / "m.mbox").write_bytes(boxed(asked, mail(ME, "Yes, it is.", number=2, head={"In-Reply-To": "<m1@example.org>"})))
    found = taken("email", tmp_path, "Tom Reed")

    assert found.rows == [["Зал свободен?", "Yes, it is."]]
    assert (dict(found.people), found.faults) == ({"Иван Петров": 1, "Tom Reed": 1}, [])


def _word(text, codec, label, manner="B"):
    raw = text.encode(codec)
    return f"=?{label}?{manner}?{base64.b64encode(raw).decode() if manner == 'B' else ''.join(f'={byte:02X}' for byte in raw)}?="


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (_word("李鎔", "gbk", "gb2312"), "李鎔"),
        (_word("髙橋①", "cp932", "Shift_JIS", "Q"), "髙橋①"),
        (_word("뷁", "cp949", "ks_c_5601-1987"), "뷁"),
        (_word("Zoë", "mac-roman", "x-mac-roman", "q"), "Zoë"),
        (_word("Jo’s", "cp1252", "iso-8859-1*en"), "Jo’s"),
        ("=?utf-8?B?5p2O?= =?utf-8?B?5a2m?=", "李学"),
        ("=?utf-8?B?5p0=?= =?utf-8?B?jg==?=", "李"),
        ("=?utf-8?Q?J=C3=B6?=\n =?utf-8?Q?rg?=", "Jörg"),
        ('"=?utf-8?q?J=C3=B6rg_M?="', "Jörg M"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("Jörg".encode(), "Jörg"),
        ("Jörg".encode("latin-1"), "Jörg"),
        ("李鎔".encode("gbk"), "李鎔"),
        (b"\x1b$BF|K\\\x1b(B", "日本"),
        ("=?utf-8?B?SsO2cmc?=", "Jörg"),
    ],
)
def test_names_in_every_encoding(field, name, tmp_path):
    """Encoded words in the same encodings, cut within a letter, without padding, quoted, folded; and raw letters in the body's encoding."""
    label = "gb2312" if field == "李鎔".encode("gbk") else "utf-8" if field != "Jörg".encode("latin-1") else "iso-8859-1"
    who = (field if isinstance(field, bytes) else field.encode()) + b" <a@example.org>"
    (tmp_path / "m.mbox").write_bytes(boxed(mail(who, b"ok", kind=f"text/plain; charset={label}")))
    found = taken("email", tmp_path, "Tom Reed")

    assert (dict(found.people), found.faults) == ({name: 1}, [])


def test_a_name_that_fits_no_encoding_is_told(tmp_path):
    """Its address stands for it, and the fault names the field."""
    (tmp_path / "m.mbox").write_bytes(
        boxed(mail("Иван Петров".encode("cp1251") + b" <ivan@example.org>", "ok"), mail(ASKED, "x", number=2))
    )
    found = taken("email", tmp_path, "Tom Reed")

    assert dict(found.people) == {"ivan@example.org": 1, "Mara Holt": 1}
    assert len(found.faults) == 1
    assert "From" in found.faults[0]
