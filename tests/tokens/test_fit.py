"""fit: a row within a length limit is whole, shortened at the end of a turn, or refused."""

import pytest
from tokens_toys import TEMPLATES, answers, chat_of, row

from burnish.records.example import Example
from burnish.tokens.fit import Fitted, fit
from toys import CHATML

BY_NAME = {path.stem: path for path in TEMPLATES}
THREE = row("first question", "first answer", "second question", "second answer", "third", "last answer of all")


def test_a_row_that_fits_is_whole():
    """A row no longer than the limit is kept as it is, at the limit itself too."""
    chat = chat_of("bytes", CHATML)
    example = chat.render(THREE, 7)
    expected = Fitted(
        example=example,
        fate="whole",
        tokens=example.tokens,
        used_tokens=example.tokens,
        supervised_tokens=example.supervised_tokens,
        reason="",
    )

    assert expected == fit(chat, THREE, example.tokens, 7)


@pytest.mark.parametrize("short", [1, 10, 40])
def test_a_row_too_long_ends_with_a_whole_turn(short):
    """A row over the limit is shortened at the last turn that fits, whose end token is trained, and says where."""
    chat = chat_of("bytes", CHATML)
    whole = chat.render(THREE)
    fitted = fit(chat, THREE, whole.tokens - short, 0)
    ids = fitted.example.sequences[0].ids

    assert fitted.fate == "shortened"
    assert answers(chat, fitted.example) == ["first answer<|im_end|>", "second answer<|im_end|>"]
    assert (chat.end_id, True) == (ids[-1], fitted.example.sequences[0].supervised[-1])
    assert whole.sequences[0].ids[: len(ids)] == ids
    assert f"shortened at token {len(ids)} of {whole.tokens}: the turns after it are not trained" == fitted.reason


def test_every_limit_gives_whole_turns_and_closed_books():
    """At every limit a row is whole turns or nothing, no sequence is over it, and the numbers are those of the example."""
    chat = chat_of("bytes", CHATML)
    whole = chat.render(THREE)
    turns = answers(chat, whole)
    for limit in range(1, whole.tokens + 2):
        fitted = fit(chat, THREE, limit, 0)
        kept = answers(chat, fitted.example) if fitted.example else []

        assert turns[: len(kept)] == kept
        assert whole.tokens == fitted.tokens
        assert fitted.used_tokens == (fitted.example.tokens if fitted.example else 0)
        assert fitted.supervised_tokens == (fitted.example.supervised_tokens if fitted.example else 0)
        assert all(len(sequence.ids) <= limit for sequence in (fitted.example or Example(sequences=(), row=0)).sequences)
        assert ("refused" if not kept else "whole" if len(kept) == len(turns) else "shortened") == fitted.fate


def test_a_first_answer_too_long_is_refused_with_the_length_it_needs():
    """Where not even one answer fits, nothing is trained, and the reason names a limit that would do."""
    chat = chat_of("bytes", CHATML)
    long = row("q", "word " * 100)
    needed = chat.render(long).tokens
    fitted = fit(chat, long, needed - 1, 0)

    assert (None, "refused", needed, 0, 0) == (
        fitted.example,
        fitted.fate,
        fitted.tokens,
        fitted.used_tokens,
        fitted.supervised_tokens,
    )
    assert f"raise train.max_length to {needed} or more" in fitted.reason
    assert fit(chat, long, needed, 0).fate == "whole"


def test_sequences_of_their_own_are_kept_one_by_one():
    """Where each turn is a sequence of its own, those that fit are kept whole and the rest counted as cut."""
    chat = chat_of("bytes", BY_NAME["qwen3"])
    conversation = row("q", ("a long thought " * 20, "A"), "r", "B")
    whole = chat.render(conversation)
    fitted = fit(chat, conversation, len(whole.sequences[1].ids), 0)

    assert len(whole.sequences) == 2
    assert (whole.sequences[1],) == fitted.example.sequences
    assert ("shortened", whole.tokens, len(whole.sequences[1].ids)) == (fitted.fate, fitted.tokens, fitted.used_tokens)


def test_a_row_that_cannot_be_rendered_is_refused_with_its_reason():
    """A row the template refuses has no tokens in the books, and its reason holds what, the value and the remedy."""
    fitted = fit(chat_of("bytes", CHATML), row("only a question"), 100, 0)

    assert (fitted.fate, fitted.tokens) == ("refused", 0)
    assert "no answer to learn from" in fitted.reason
    assert "write the assistant's answer" in fitted.reason
