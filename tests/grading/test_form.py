"""`structure` and `length`."""

from __future__ import annotations

import pytest

from burnish.grading.example import score

LIST = "Three fruits:\n- apple\n* pear\n• plum"
STEPS = "1. Wet it.\n2) Brush.\n3. Rinse.\n"


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        ({"bullets": {"min": 3, "max": 3}}, LIST, 1),
        ({"bullets": 4}, LIST, 0),
        ({"bullets": True}, "no - bullets - here", 0),
        ({"bullets": False}, "plain", 1),
        ({"bullets": {"min": 1}}, "-not a bullet\n--- \n-", 0),
        ({"numbered": {"min": 3}}, STEPS, 1),
        ({"numbered": True}, "In 2019. we went", 0),
        ({"numbered": {"min": 3}}, "1. a\n1. b\n1. c", 0),
        ({"numbered": {"min": 2}}, "1. a\n   more of a\n2. b", 1),
        ({"hashtags": {"min": 2}}, "Up there! #hike #Alps2024", 1),
        ({"hashtags": {"min": 1}}, "# Heading\n#1 and a#b and &#39;", 0),
        ({"headings": 2}, "# One\ntext\n## Two\n#tag", 1),
        ({"paragraphs": 2}, "One\nstill one\n\nTwo", 1),
        ({"sentences": {"max": 1}}, "It costs 3.50 euros, e.g. today.", 1),
        ({"sentences": {"max": 1}}, "One. Two.", 0),
        ({"words": {"min": 2, "max": 2}}, "two words", 1),
        ({"max_words": 2}, "now three words", 0),
        ({"max_words": 3}, "now - three words", 1),
        ({"min_words": 3}, "two words", 0),
        ({"json": True}, ' {"a": [1, 2]} ', 1),
        ({"json": True}, '```json\n{"a": 1}\n```', 1),
        ({"json": True}, 'Here: {"a": 1}', 0),
        ({"json": True}, '"text"', 0),
        ({"json": True}, "{'a': 1}", 0),
        ({"json": True}, "[" * 5000, 0),
        ({"json": {"keys": ["a", "b"]}}, '{"b": 1, "a": 2, "c": 3}', 1),
        ({"json": {"keys": ["a", "b"]}}, '{"b": 1}', 0),
        ({"json": {"keys": ["a"]}}, '["a"]', 0),
        ({"json": False}, "plain text", 1),
        ({"starts_with": "Tomorrow"}, '"tomorrow, it rains."', 1),
        ({"starts_with": "Tomorrow"}, "It rains tomorrow", 0),
        ({"ends_with": "Thanks"}, "Bring it. thanks!", 1),
        ({"ends_with": "Thanks"}, "Thanks for it", 0),
        ({"forbidden": ["blue", "sea-green"]}, "The bluest sea, green", 1),
        ({"forbidden": ["blue"]}, "So BLUE.", 0),
        ({"bullets": 3, "max_words": 2, "forbidden": ["kiwi"], "json": True}, LIST, 0.5),
    ],
)
def test_structure_gives_the_share_of_checks_passed(target, answer, expected):
    """Each key is one check, and the score is the share of them that the answer passes."""
    assert score("structure", target, answer) == expected


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        ({"max_words": 3}, "one two three", 1),
        ({"max_words": 3}, "one two three four", 0),
        ({"min_words": 3}, "one two", 0),
        ({"min_words": 2, "max_words": 3}, "one - two", 1),
        ("short", "word of mouth " * 2, 1),
        ("short", " ".join(f"w{i}" for i in range(25)), 1),
        ("short", " ".join(f"w{i}" for i in range(26)), 0),
        ("long", " ".join(f"w{i}" for i in range(39)), 0),
        ("long", " ".join(f"w{i}" for i in range(40)), 1),
        ("short", "", 0),
        ({"max_words": 9}, " ... ", 0),
    ],
)
def test_length_is_a_bound_and_nothing_is_never_short(target, answer, expected):
    """A bound is met or not, to the word; an empty answer is not a short one."""
    assert score("length", target, answer) == expected


def test_length_and_words_are_counted_where_no_spaces_are_written():
    """A long Chinese answer is not short, and a short one not long."""
    long = (
        "钥匙在办公室的抽屉里，找老李拿就行。星期六已经有人预订了，星期天下午还空着。请提前半小时来，门口有停车的地方。"
        "音乐会七点开始，票在书店卖，每张十二块钱。孩子们可以坐在前排，老人坐在中间靠近门的位置比较方便。"
    )

    assert (score("length", "short", long), score("length", "long", long)) == (0.0, 1.0)
    assert (score("length", "short", "在抽屉里。"), score("length", "long", "在抽屉里。")) == (1.0, 0.0)
    assert (score("structure", {"max_words": 25}, long), score("structure", {"words": {"min": 40}}, long)) == (0.0, 1.0)
