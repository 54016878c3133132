"""Words, sentences, thoughts, and answers that are none."""

from __future__ import annotations

import pytest

from burnish.grading.text import broken, sentences, spoken, words

FINE = [
    "Tokyo.",
    "No, no, no!",
    "The quick brown fox jumps over the lazy dog. The dog sleeps.",
    "1. Wet the brush.\n2. Brush your teeth.\n3. Rinse.\n4. Smile.",
    "- red\n- green\n- blue\n- grey",
    "It was very, very, very, very good, and we all went home happy after a long day by the sea.",
    "| a | b | c | d |\n| --- | --- | --- | --- |\n| one | two | three | four |",
    '{"title": "Rain", "year": 1998}',
    "東京は日本の首都です。",
    "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream.",
    "7",
    "\n" * 40 + "Yes.",
]
LOOPS = [
    "no no no no no no no no no no",
    "The answer is Tokyo. The answer is Tokyo. The answer is Tokyo. The answer is Tokyo.",
    "Paris is big. " + "It is the capital of France. " * 5,
    "- Eat well.\n- Sleep.\n- Eat well.\n- Eat well.\n- Eat well.\n- Eat well.",
    "1. Drink water.\n2. Drink water.\n3. Drink water.\n4. Drink water.\n5. Drink",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "hahahahahahahahahahahahahahahahahaha",
    "a !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
    "The man who lives in the big house by the sea went out. " * 3,
]


@pytest.mark.parametrize("answer", FINE)
def test_an_answer_is_not_called_broken(answer):
    """Lists, tables, emphasis and short answers are answers."""
    assert broken(answer) == ""


@pytest.mark.parametrize("answer", LOOPS)
def test_a_loop_is_called_broken(answer):
    """The same phrase, line or letters over and over are no answer, and the detail shows what repeats."""
    assert broken(answer).startswith("repeats itself: ")


@pytest.mark.parametrize("answer", ["", "  ", "\n\n", "...", "?! -", "\u200b"])
def test_no_word_is_empty(answer):
    """An answer without one letter or digit is empty."""
    assert broken(answer) == "empty"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tokyo", "Tokyo"),
        ("<think>Japan.</think>\n\nTokyo", "Tokyo"),
        ("Japan.</think>Tokyo", "Tokyo"),
        ("<think></think>Tokyo", "Tokyo"),
        ("<think>I wonder", ""),
        ("<think>a</think>b<think>c</think>d", "d"),
        ("The tag <think> opens a thought.", "The tag <think> opens a thought."),
    ],
)
def test_only_what_follows_the_thought_is_spoken(text, expected):
    """The thought is cut off, also one that the template opened; a thought without an end leaves nothing."""
    assert spoken(text) == expected


def test_words_are_runs_with_a_letter_or_digit():
    """Dashes and bullets alone are no words."""
    assert words("- one – two * 3") == ["one", "two", "3"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("It costs 3.50 euros.", 1),
        ("Dr. Ann came at 9 a.m. today.", 1),
        ("No full stop", 1),
        ("One\nTwo", 2),
        ("...", 0),
    ],
)
def test_sentences_are_counted_as_people_do(text, count):
    """Decimal points and abbreviations end no sentence."""
    assert len(sentences(text)) == count
