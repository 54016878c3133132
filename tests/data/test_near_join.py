"""The near-same search among many: exact, and at a cost in proportion to the texts, counted in lines of code run."""

from __future__ import annotations

import random
import zlib
from collections import Counter

import pytest
from many_rows import MANNERS, texts
from slow_near import slow_clusters

from burnish.data.grams import _BUCKETS, GRAM, SAMPLE, Grams, gram_set, parity
from burnish.data.near import THRESHOLD, _clusters, near_clusters
from burnish.data.near_join import CROWD, PARTS, WHOLE
from burnish.data.profile import make_profile
from burnish.data.split import split
from burnish.records.conversation import Conversation, Message
from counting import lines_run
from toys import SEED


@pytest.mark.parametrize("manner", MANNERS)
def test_thousands_of_texts_have_the_clusters_that_the_slow_search_finds(manner):
    """Thousands of texts, near copies, names, numbers and crowds among them: the very same clusters."""
    many = texts(300 if manner == "copied" else 2000, manner)  # of copies the slow search compares every pair
    clusters = near_clusters(many)

    assert clusters == slow_clusters(many)
    assert len(set(clusters)) < len(set(many)) or manner == "named"


def test_texts_of_all_manners_together_are_told_apart_as_before():
    """Short and long texts, other alphabets, capitals here and small letters there, in one list."""
    chance = random.Random(SEED)
    many = [text for manner in MANNERS for text in texts(250, manner)]
    many += [text.lower() for text in chance.sample(many, 100)] + [text.title() for text in chance.sample(many, 100)]
    many += [
        "",
        "a",
        "Å",
        "日本語のテキスト",
        "日本語のテキストだ",
        "🙂" * 40,
        "\ud800 half a letter",
        "ab",
        "ab!",
        "abcd",
        "abcde",
    ]
    many += [" ".join(texts(400, "prose")[:120])[:cut] for cut in (24_000, 24_001, 9_000, 9_003)]
    chance.shuffle(many)

    assert near_clusters(many) == slow_clusters(many)


def test_the_threshold_is_the_same_in_whole_numbers():
    """The bounds count in whole numbers; no size of a set falls between them and the rule."""
    assert THRESHOLD == PARTS / WHOLE
    assert all(
        (shared >= THRESHOLD * both) == (WHOLE * shared >= PARTS * both)
        for both in range(2 * SAMPLE + 1)
        for shared in range(both + 1)
    )


def test_grams_in_blocks_are_those_of_each_text():
    """The arrays hold just what a text alone gives, rarest first, with its parity."""
    many = [*texts(300, "prose"), "", "é", "日本", "🙂🙃" * 30, "\ud800abcdef", "x" * 30_000, " ".join(texts(400, "prose"))]
    grams = Grams.of(many)
    counts = Counter((grams.numbers % _BUCKETS).tolist())

    assert [grams.set_of(k) for k in range(len(many))] == [gram_set(text) for text in many]
    assert list(grams.parities) == [parity(gram_set(text)) for text in many]
    assert zlib.crc32("abcde".encode("utf-32-le")) in gram_set("abcdef")
    assert GRAM == 5
    for k in range(len(many)):
        often = [counts[gram % _BUCKETS] for gram in grams.numbers[grams.starts[k] : grams.starts[k + 1]].tolist()]
        assert often == sorted(often)


def work(count, manner):
    """Return the lines run for each text of many."""
    many = texts(count, manner)
    _clusters.cache_clear()
    return lines_run(lambda: near_clusters(many)) / count


@pytest.mark.parametrize(("manner", "most"), [("copied", 2.0), ("named", 2.5)])
def test_crowds_cost_no_more_by_the_text(manner, most):
    """Four times as many copies of one form, or names in one form, cost nearer to four times as much than to sixteen times.

    It grows a little until each common gram has its first CROWD texts; a search of every pair would cost 4 times by the text.
    """
    few = 5 * CROWD
    assert work(4 * few, manner) < most * work(few, manner)


def test_what_a_plan_asks_of_rows_costs_in_proportion_to_them():
    """Profile and split of rows that each have a category of their own: four times the rows, four times the lines run."""

    def rows(count):
        asked = texts(count, "named")
        answers = texts(count, "filled")
        return [
            Conversation(
                messages=(Message(role="user", content=one), Message(role="assistant", content=other)),
                metadata={"category": f"c{i}"},
            )
            for i, (one, other) in enumerate(zip(asked, answers, strict=True))
        ]

    def cost(count):
        made = rows(count)
        _clusters.cache_clear()
        return lines_run(lambda: (make_profile(made, [1] * count, [1] * count), split(made, count // 10, SEED))) / count

    assert cost(600) < 2 * cost(150)


@pytest.mark.parametrize("more", ["", " at all"])
def test_a_name_in_small_letters_is_found_in_the_room_of_the_name(more):
    """One text has a name with a capital, the other the same word without: near-same, whichever is looked up by which."""
    one = "please tell me everything that you know about Amarillo and about the old road that leads to it from the hills"
    other = one.lower().replace("please", "plaese") + more
    strangers = [f"what does {word.capitalize()} think of that" for word in texts(1, "prose")[0].split()]

    assert near_clusters([one, other, *strangers])[:2] == [0, 0]
