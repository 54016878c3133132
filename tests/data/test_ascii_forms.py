"""Scrub beside letters without gaps, in other scripts' digits and signs; the way back to the text as it was written."""

from __future__ import annotations

import pytest

from burnish.data.scrub.ascii_forms import GAP, ascii_forms
from burnish.data.scrub.find import private_things
from burnish.data.scrub.rows import Key, learnt, scrubbed
from burnish.data.scrub.swap import Swapper
from burnish.records.conversation import Conversation, Message

FRAMES = (
    "我的号码是{}，谢谢",
    "请{}找我",
    "番号は{}です。",
    "번호는{}입니다",
    "โทรหา{}ครับ",
    "ໂທ{}ເດີ",
    "លេខ{}បាទ",
    "ဖုန်း{}ပါ",
    "फोन{}है",
    "رقمي{}شكرا",
    "המספר{}תודה",
)
THINGS = (
    ("phone", "+8613812345678"),
    ("phone", "138-1234-5678"),
    ("phone", "+49 176 1234567"),
    ("key", "AKIAIOSFODNN7EXAMPLE"),
    ("key", "q7Hs92KdLw0PzXv81mTrB4yN5cUe3G"),
    ("mail", "ann.berg+x@mail.site.example"),
    ("ip", "10.1.2.3"),
    ("ip", "2001:db8:85a3::8a2e:370:7334"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("card", "4111-1111-1111-1111"),
    ("url", "https://ann:pw@site.example/x"),
    ("person", "Anna Lindqvist"),
)


def found(text):
    """Return the private things of a text as (kind, words)."""
    return [(one.kind, one.text) for one in private_things(text)]


def full_width(text):
    """Return a text in full-width signs."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(("kind", "thing"), THINGS)
def test_beside_letters_without_gaps_each_thing_is_found_as_its_twin_with_gaps_is(frame, kind, thing):
    """And nothing of the words around goes with it."""
    assert found(frame.format(thing)) == [(kind, thing)]
    if kind != "person":
        assert found(frame.format(full_width(thing))) == [(kind, full_width(thing))]


@pytest.mark.parametrize(
    "written",
    [
        "０９０ー１２３４ー５６７８",
        "𝟎𝟗𝟎-𝟏𝟐𝟑𝟒-𝟓𝟔𝟕𝟖",
        "٠٩٠-١٢٣٤-٥٦٧٨",
        "090\u200b-1234\u2060-5678",
        "090−1234−5678",
        "0\ufe0f\u20e39\ufe0f\u20e30\ufe0f\u20e3-1234-5678",
    ],
)
def test_other_digits_dashes_and_signs_without_width(written):
    """All of a number as it was written, its last sign's frame too."""
    assert found(f"電話は{written}です") == [("phone", written)]


@pytest.mark.parametrize(
    "text",
    [
        "2024年12月25日10時30分",
        "价格12345678元",
        "iPhone15很好用",
        "3年2組12番",
        "订单号13812345678",
        "我在2020年买了MacBook2019",
        "〒100-0001",
        "温度是-12.5度",
    ],
)
def test_dates_prices_orders_and_products_are_left(text):
    """A gap makes nothing private."""
    assert found(text) == []


def test_a_dash_between_clauses_stays_one():
    """Anna—Bob are two, and an accent as a sign of its own belongs to its letter."""
    assert found("My friends Anna—Bob came.") == [("person", "Anna"), ("person", "Bob")]
    assert found("My name is Jose\u0301.") == [("person", "Jose\u0301")]


def test_texts_that_need_no_other_form_are_themselves():
    """No copy, no places."""
    for text in ("Anna Berg, 12", "Größe: schön", "Привет"):
        assert ascii_forms(text).text is text
        assert ascii_forms(text).places == ()
    assert ascii_forms("我a").text == f"我{GAP}a"


def test_the_same_number_in_other_digits_is_the_same_placeholder():
    """And the key leads back to each as it was written."""
    row = Conversation(
        messages=(
            Message(role="user", content="电话13812345678，手机１３８１２３４５６７８"),
            Message(role="assistant", content="好"),
        )
    )
    swapper, key = Swapper(), Key()
    list(learnt([row], swapper))
    ((clean, swaps),) = scrubbed([row], swapper, key)

    assert clean.messages[0].content == "电话[PHONE_1]，手机[PHONE_1]"
    assert [one.text for one in swaps] == ["13812345678", "１３８１２３４５６７８"]


def test_an_address_of_version_6_behind_a_colon_is_found():
    """As forms write it, in full-width signs too; programs' names and hours are none."""
    for text in (
        "IP地址：2001:db8::8a2e:370:7334。",
        "IP:2001:db8::8a2e:370:7334",
        "：2001:db8::8a2e:370:7334",
        "HOST=2001:db8::8a2e:370:7334",
    ):
        assert found(text) == [("ip", "2001:db8::8a2e:370:7334")]
    for text in ("class A::B", "std::dead::beef", "dead::beef", "at 12:30::", "a:b::c"):
        assert found(text) == []


def test_an_abbreviation_beside_letters_is_nobody():
    """A text without small letters of Latin shouts nothing where its other letters have none; a quoted word there is no name."""
    for text in ("MAC是网卡的地址", 'レストランの"ステーキハウス"です', "Lars, V., & Berg: X and Z are equal"):
        assert "MAC" not in [one for _, one in found(text)]
        assert not {"ステーキハウス", "レストランの", "X", "Z", "V"} & {one for _, one in found(text)}


def test_version_numbers_of_four_parts_are_no_addresses_in_any_language():
    """The word for version before them tells."""
    for text in (
        "版本是1.2.3.4请更新",
        "バージョン1.2.3.4です",
        "버전은 1.2.3.4입니다",
        "версия 1.2.3.4",
        "version=1.2.3.4",
        "pip install x==1.2.3.4",
    ):
        assert found(text) == []
    assert found("DB_HOST=203.0.113.77") == [("ip", "203.0.113.77")]


def test_numbers_that_count_or_name_other_things_are_no_phones_beside_letters():
    """Prices, people, pages, orders; beside a word for a phone the same number is one."""
    for text in (
        "单价13812345678元",
        "共计13812345678人",
        "第138 1234 5678页",
        "郵便番号は100-0001です",
        "学号13812345678",
        "会員番号0901234567です",
        "หมายเลขคำสั่งซื้อ 0812345678",
    ):
        assert found(text) == []
    assert found("电话13812345678人工服务") == [("phone", "13812345678")]
