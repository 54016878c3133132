"""Words, sentences, thoughts, and answers that are none."""

from __future__ import annotations

import pytest

from burnish.grading.text import broken, num_words, sentences, spoken, words

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


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("Tomorrow.", 1), ("See you", 2), ("- 😀", 2), ("明天。", 1), ("好", 1), ("是的，可以", 2), ("在这里", 2), ("钥匙在办公室的抽屉里，找老李拿就行。", 8),
        ("はい", 1), ("はい、そうです。", 3), ("事務所の引き出しに入っています。", 8), ("ｲｲﾃﾞｽﾖ", 3), ("OK，明天", 2), ("OK了", 1), ("알겠습니다", 1), ("네, 비어 있습니다.", 3),
        ("พรุ่งนี้", 1), ("กุญแจอยู่ในลิ้นชักของสำนักงาน", 6), ("ມື້ອື່ນ", 1), ("ກະແຈຢູ່ໃນລິ້ນຊັກ", 3), ("ថ្ងៃស្អែក", 1), ("សោនៅក្នុងថតតុការិយាល័យ", 3), ("မနက်ဖြန်", 1),
        ("သော့ကရုံးခန်းအံဆွဲထဲမှာရှိပါတယ်", 3), ("སང་ཉིན", 1), ("ལྡེ་མིག་ལས་ཁུངས་ཀྱི་འཐེན་སྒམ་ནང་ཡོད།", 5), ("ꦏꦸꦚ꧀ꦕꦶꦤꦺꦲꦤꦺꦁꦭꦕꦶꦏꦤ꧀ꦠꦺꦴꦂ", 3), ("कल", 1), ("कल मिलेंगे", 2),
    ],
)  # fmt: skip
def test_words_are_counted_where_no_spaces_are_written(text, count):
    """In Chinese and Japanese two letters are a word, in the scripts of South-East Asia four; elsewhere it is white space that parts."""
    assert num_words(text) == count
