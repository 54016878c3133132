"""Letters whole in any chunking, stop words never half shown, thoughts apart from words."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

from burnish.serve.text import Letters, Stops, Thoughts
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat

LINKS = (
    "https://user@host.example:8080/a/(b)~c?q=1&r=50%25#part-2",
    "jo.doe+news@example.org, +41 (0)44 668 18 00, AB-12/34_x=9",
    "👩‍🔬 é å 日本 \N{GRINNING FACE}&#x27;",
    "a\u200db\r\n\t  c  ",
)


@pytest.fixture(scope="module")
def chat(toy_folder):
    """Return the toy's chat: one token a byte, the hardest case for letters of several bytes."""
    return Chat(load_tokenizer(toy_folder))


def pieces(chat, ids):
    """Return the pieces that the ids come in."""
    letters = Letters(chat.decode)
    return [*(letters.push(one) for one in ids), letters.flush()]


@pytest.mark.parametrize("text", LINKS)
def test_links_come_back_byte_for_byte(chat, text):
    """The pieces of an answer with links, phone numbers and emoji are together what was said, and no piece holds half a letter."""
    found = pieces(chat, chat.raw_ids(text))

    assert text == "".join(found)
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in found)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 255), max_size=24))
def test_any_bytes_give_what_they_decode_to_at_once(chat, ids):
    """Whatever bytes a model writes, the pieces together are the text that decoding them at once gives."""
    assert chat.decode(ids) == "".join(pieces(chat, ids))


def test_a_long_answer_is_not_decoded_anew_for_each_token(chat):
    """The number of ids decoded grows with the answer's length, not with its square."""
    decoded = []
    letters = Letters(lambda ids: decoded.append(len(ids)) or chat.decode(ids))
    for one in chat.raw_ids("word " * 200):
        letters.push(one)

    assert sum(decoded) <= 6 * 1000


def shown(stops, text, rng):
    """Return (all that was shown, the state) when the text comes in random pieces."""
    watch, out = Stops(stops), ""
    while text and watch.hit is None:
        size = rng.randint(1, 4)
        out += watch.push(text[:size])
        text = text[size:]
    return out + watch.flush(), watch


@pytest.mark.parametrize(
    ("stops", "text", "expected"),
    [
        (("END",), "one EN two END three", "one EN two "),
        (("\n\n", "STOP"), "a\nb\n\nc", "a\nb"),
        (("aab",), "aaaab", "aa"),
        (("END",), "ends with EN", "ends with EN"),
        (("bc", "abcd"), "xabcd", "xa"),
        (("🙂x",), "a🙂🙂x", "a🙂"),
        ((), "free", "free"),
    ],
)
def test_nothing_of_a_stop_string_is_shown(stops, text, expected):
    """In any chunking the text up to the first stop string is shown, and text that only began like one is shown in the end."""
    rng = random.Random(7)

    assert {expected} == {shown(stops, text, rng)[0] for _ in range(60)}


def test_the_stop_string_is_never_shown_even_for_a_moment():
    """No piece that leaves ends in the beginning of what turns out to be the stop string."""
    watch = Stops(("</s>",))

    assert ["a", "", "", "", ""] == [watch.push(letter) for letter in "a</s>"]
    assert "</s>" == watch.hit


@pytest.mark.parametrize(
    ("inside", "text", "thought", "words"),
    [
        (False, "<think>why</think>\n\nbecause  ", "why", "because  "),
        (True, "why\n</think>\n\nbecause", "why\n", "because"),
        (False, "  <b> no thought", "", "  <b> no thought"),
        (False, "say <think>x</think>", "", "say <think>x</think>"),
        (True, "never closed </thin", "never closed </thin", ""),
        (False, "<think></think>x </think> y", "", "x </think> y"),
        (False, "<thi", "", "<thi"),
    ],
)
def test_thoughts_are_parted_from_words_in_any_chunking(inside, text, thought, words):
    """A thought at the head goes apart without its tags; the words lose nothing but the white space between the two."""
    rng = random.Random(3)
    for _ in range(40):
        apart, rest, found = Thoughts(inside), text, ["", ""]
        while rest:
            size = rng.randint(1, 5)
            for i, new in enumerate(apart.push(rest[:size])):
                found[i] += new
            rest = rest[size:]
        for i, new in enumerate(apart.flush()):
            found[i] += new

        assert [thought, words] == found


def test_a_model_without_thoughts_keeps_the_tags_as_words():
    """Where the template knows no thoughts, a tag is a word like any other."""
    assert ("", "<think>x</think>") == Thoughts(inside=False, able=False).push("<think>x</think>")
