"""`keeps_urls`, and how links are found."""

from __future__ import annotations

import pytest

from burnish.grading.example import score
from burnish.grading.links import links


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at https://a.example/f/a12.pdf today", ["https://a.example/f/a12.pdf"]),
        ("at https://a.example/e?id=77.", ["https://a.example/e?id=77"]),
        ("(https://a.example/w/Foo_(bar))", ["https://a.example/w/Foo_(bar)"]),
        ("[here](https://a.example/x), **https://b.example**", ["https://a.example/x", "https://b.example"]),
        ("<https://a.example/~ann/?q=a%20b&r=@me#top>", ["https://a.example/~ann/?q=a%20b&r=@me#top"]),
        ("www.a.example, ann.lee+x@mail.a.example!", ["www.a.example", "ann.lee+x@mail.a.example"]),
        ("+1 (555) 010-9999 or 555-0100 or 020 7946 0018.", ["+1 (555) 010-9999", "555-0100", "020 7946 0018"]),
        ("on 2024-05-01, 09:45, room 118, 23.80, 1,000,000", []),
        ("https://a.example/x https://a.example/x", ["https://a.example/x"]),
    ],
)
def test_links_are_found_without_the_sentence_around_them(text, expected):
    """Full stops, brackets and markdown around a link are not part of it; brackets inside are."""
    assert links(text) == expected


ASKED = "Rewrite: https://a.example/p(1)/?x=1&y=%20~z#Top, ann@a.example, +44 20 7946 0018"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("See https://a.example/p(1)/?x=1&y=%20~z#Top, write to ann@a.example or call +44 20 7946 0018.", 1),
        ("[See](https://a.example/p(1)/?x=1&y=%20~z#Top) (ann@a.example)", 0.667),
        ("https://a.example/p(1)/?x=1&y=%20~z#top ANN@a.example +44-20-7946-0018", 0),
        ("https://a.example/p(1)/?x=1&amp;y=%20~z#Top", 0),
        ("https://a.example/p(1)/?x=1&y=%20~z#Topless, joann@a.example, +44 20 7946 00180", 0),
        ("ann@a.example.org", 0),
    ],
)
def test_keeps_urls_wants_every_byte(answer, expected):
    """A link, address or number counts where it stands byte for byte and is not part of a longer one."""
    assert score("keeps_urls", None, answer, ASKED) == expected


def test_keeps_urls_takes_a_list_in_place_of_the_prompt():
    """With a target only its links are asked for."""
    assert score("keeps_urls", ["ann@a.example"], "ann@a.example", ASKED) == 1
