"""Lines that a mail program broke, and how they are put together again (RFC 3676)."""

from __future__ import annotations

import quopri

import pytest
from mailing import answered

from burnish.data.files.flowed import NO_QUOTE, unflowed


@pytest.mark.parametrize(
    ("text", "delsp", "joined"),
    [
        ("One line that \nflows on.\n\nAnother.", False, "One line that flows on.\n\nAnother."),
        ("ends \n\nnot", False, "ends \n\nnot"),
        (" From here\n  two", False, "From here\n two"),
        ("明天上午九点以后 \n办公室有人。", True, "明天上午九点以后办公室有人。"),
        ("two words  \nmore", True, "two words more"),
        ("> a \n> b\n>> c \n>> d\n> e", False, "> a b\n>> c d\n> e"),
        ("> a \n>> b\nmine", False, "> a \n>> b\nmine"),
        ("mine \n> theirs", False, "mine \n> theirs"),
        ("Bye \n-- \nTom", False, "Bye \n-- \nTom"),
        ("-- \nTom", True, "-- \nTom"),
        (" > is no quote", False, f"{NO_QUOTE}> is no quote"),
        ("a \r\nb\r\n", False, "a b\n"),
        (">\n> a", False, ">\n> a"),
        ("", True, ""),
    ],
)
def test_flowed_lines_are_joined(text, delsp, joined):
    """At one depth, up to a line without a space at its end; stuffing goes, a signature's line stays, DelSp takes the space."""
    assert unflowed(text, delsp=delsp) == joined


LONG = "The hall is free on Friday from six until nine, and the stage \ncan be put up on Thursday.\n\n From the street take the second door.\n"
WANTED = "The hall is free on Friday from six until nine, and the stage can be put up on Thursday.\n\nFrom the street take the second door."


@pytest.mark.parametrize(
    "kind",
    ["text/plain; charset=utf-8; format=flowed", "text/plain; FORMAT=Flowed; charset=utf-8", 'text/plain; format="flowed"'],
)
@pytest.mark.parametrize("way", ["8bit", "quoted-printable", "base64"])
def test_mails_that_say_so(kind, way, tmp_path):
    """Whatever the case of the letters and the transfer, before quotes and signatures are cut."""
    text = "> Is it free on Friday \n> or not?\n\n" + LONG + "-- \nTom"
    raw = quopri.encodestring(text.encode()) if way == "quoted-printable" else text

    assert answered(tmp_path, raw, kind=kind, way=way).rows == [["Is it free?", WANTED]]


def test_a_line_that_begins_with_a_sign_of_quotes_and_is_none(tmp_path):
    """The space that was put before it goes, and the line stays."""
    found = answered(tmp_path, "It is so:\n\n > is bigger \nthan <\n", kind="text/plain; charset=utf-8; format=flowed")
    assert found.rows == [["Is it free?", "It is so:\n\n> is bigger than <"]]


def test_languages_without_spaces(tmp_path):
    """With DelSp=yes the space at a line's end goes too."""
    text = "请带上您的证件， \n谢谢 很多。明天上午九点以后 \n办公室一定有人。\n"

    found = answered(tmp_path, text, kind="text/plain; charset=utf-8; format=flowed; DelSp=Yes")
    assert found.rows == [["Is it free?", "请带上您的证件，谢谢 很多。明天上午九点以后办公室一定有人。"]]


def test_mails_that_do_not_say_so_are_left(tmp_path):
    """Without the word a space at a line's end means nothing, and a head space belongs to the text."""
    assert answered(tmp_path, "a list: \n  one \n  two", kind="text/plain; charset=utf-8").rows == [
        ["Is it free?", "a list:\n  one\n  two"]
    ]


def test_flowed_parts_within_others(tmp_path):
    """A signed mail whose text stands two parts deep is read as flowed, and its page beside it is not asked."""
    inner = "--i\nContent-Type: text/plain; format=flowed\n\n" + LONG + "\n--i\nContent-Type: text/html\n\n<p>page</p>\n--i--"
    outer = f"--o\nContent-Type: multipart/alternative; boundary=i\n\n{inner}\n--o\nContent-Type: application/pgp-signature\n\nabc\n--o--"

    assert answered(tmp_path, outer, kind='multipart/signed; boundary="o"', way="7bit").rows == [["Is it free?", WANTED]]
