"""What is remembered of a conversation: the same result as without it, and no more work for turn 200 than for turn 20."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import burnish.context.ruler
from burnish.context.fold import fold
from burnish.context.memory import STEP, Memory, Recent, chain, digest
from burnish.context.pieces import pieces
from burnish.context.shorten import NAMES, shorten
from burnish.records.conversation import Message
from context.toy_talks import letters, talk
from toys import SEED

BUDGET = 900


def said(draw):
    """Return a turn of made-up talk, some of it told before."""
    told = [
        f"We met Dr. {draw.choice(('Olsen', 'Rossi', 'Kovac'))} in room {draw.randrange(120)}.",
        f"I will call at {draw.randrange(12)}:30 pm, it costs ${draw.randrange(90)}.",
        "Well, that is a pleasant thing to hear about doors.",
        f"It is at https://a.example/{draw.randrange(50)}?q=1.",
    ]
    return " ".join(draw.sample(told, draw.randrange(1, 4)))


def histories(seed):
    """Yield a conversation as its requests come: turns added, then a turn edited or taken back, or another branch, or new system text."""
    draw = random.Random(seed)
    turns, system = [said(draw) for _ in range(25)], ""
    for _ in range(14):
        yield talk(*turns, system=system)
        what = draw.randrange(5)
        if what == 0:
            turns[draw.randrange(len(turns))] = said(draw)
        elif what == 1:
            turns = [*turns[: draw.randrange(10, len(turns)) // 2 * 2], said(draw)]
            turns += [said(draw) for _ in range(2 * draw.randrange(9))]
        elif what == 2:
            system = said(draw)
        else:
            turns = [*turns, said(draw), said(draw) * draw.randrange(1, 3)]


@pytest.mark.parametrize("method", NAMES)
@pytest.mark.parametrize("held", [8_000, 7])
def test_what_is_made_with_a_memory_is_what_is_made_without(method, held):
    """Over edits, branches and added turns, and also where the memory is too small for one conversation."""
    remembering = replace(letters(), memory=Memory(Recent(held), Recent(held), Recent(held)))
    for messages in (one for seed in range(2) for one in histories(SEED + seed)):
        assert shorten(messages, BUDGET, letters(), method) == shorten(messages, BUDGET, remembering, method)


def counted(monkeypatch, method, to=202):
    """Return for each number of turns up to `to` what a request with two turns more than the last measures, folds and cuts."""
    counts = {"measured": 0, "letters": 0, "folded": 0, "cut": 0}

    def size(text):
        counts["measured"] += 1
        counts["letters"] += len(text)
        return len(text)

    def folds(*words):
        counts["folded"] += 1
        return fold(*words)

    def cuts(*words):
        counts["cut"] += 1
        return pieces(*words)

    monkeypatch.setattr(burnish.context.ruler, "fold", folds)
    monkeypatch.setattr(burnish.context.ruler, "pieces", cuts)
    ruler = replace(letters(), size=size)
    turns = [
        f"We met Dr. Olsen in room {1000 + i} on 4 May. And then {'Fine. ' * (i % 4)}we said {i} times that." for i in range(to)
    ]
    found = {}
    for i in range(19, to, 2):
        before = dict(counts)
        shorten(talk(*turns[:i]), BUDGET, ruler, method)
        found[i] = {name: counts[name] - before[name] for name in counts}
    return found


def test_a_turn_more_costs_the_same_at_turn_200_as_at_turn_20(monkeypatch):
    """What is measured, folded and cut for two new turns stays what it was; only the first request takes in all of them."""
    found = counted(monkeypatch, "rolling")
    early = {name: max(found[i][name] for i in range(21, 61, 2)) for name in found[21]}

    assert found[19]["folded"] > 8
    assert all(found[i][name] <= early[name] + {"letters": 40}.get(name, 1) for i in range(61, 201, 2) for name in early)
    assert early["folded"] <= 4


@pytest.mark.parametrize("method", ["facts", "extractive", "auto"])
def test_no_method_measures_or_cuts_a_turn_twice(monkeypatch, method):
    """For the methods that weigh the whole conversation, what is looked up grows with it, but no text is measured or cut again."""
    found = counted(monkeypatch, method, to=62)

    assert max(found[i]["cut"] for i in range(21, 61, 2)) <= 3
    assert max(found[i]["measured"] for i in range(41, 61, 2)) <= max(found[i]["measured"] for i in range(21, 41, 2)) + 1


def test_pieces_that_are_remembered_are_those_that_are_cut():
    """With the numbers they have in this conversation, whichever they had where they were first seen."""
    ruler, messages = letters(), next(histories(SEED))
    ruler.pieces(messages[3:], 1)

    assert pieces(messages, 2) == ruler.pieces(messages, 2)


def test_an_edit_is_folded_from_the_last_summary_kept_before_it(monkeypatch):
    """A turn changed near the end costs the turns since, and not the whole talk."""
    folded = []
    monkeypatch.setattr(burnish.context.ruler, "fold", lambda *words: folded.append(words[1]) or fold(*words))
    ruler = letters()
    turns = [f"We met Dr. Olsen in room {i}." for i in range(101)]
    shorten(talk(*turns), BUDGET, ruler, "rolling")
    whole = len(folded)
    turns[70] = "We met nobody."
    shorten(talk(*turns), BUDGET, ruler, "rolling")

    assert whole > 80
    assert len(folded) - whole <= whole - 70 + STEP


def test_the_hash_of_a_history_tells_every_part_of_it():
    """Another role, word, thought, order or border between two turns is another history; the same is the same."""
    one, two = Message(role="user", content="ab"), Message(role="assistant", content="c")
    others = [
        (replace(one, role="assistant"), two),
        (replace(one, content="a"), replace(two, content="bc")),
        (replace(one, reasoning_content=""), two),
        (replace(one, reasoning_content="b"), two),
        (two, one),
        (two,),
        (one, one, two),
        (replace(one, content="\ud800"), two),
    ]
    ends = [[*chain(messages)][-1] for messages in ((one, two), *others)]

    assert len(ends) == len(set(ends))
    assert [*chain((one, two))] == [digest(one), digest(two, digest(one))]


def test_the_store_is_bounded_and_what_was_used_longest_ago_goes():
    """By number, and by letters; what is longer than everything is not held at all."""
    few, short = Recent(entries=2), Recent(letters=10)
    for name in "ab":
        few.put(name, name, 1)
    assert "a" == few.get("a")
    few.put("c", "c", 1)
    for name, size in (("a", 4), ("b", 4), ("a", 5), ("c", 3), ("d", 11)):
        short.put(name, name, size)

    assert [None, "a", "c", 2, 2] == [few.get("b"), few.get("a"), few.get("c"), len(few), few.letters]
    assert [None, "a", "c", None, 8] == [*map(short.get, "bacd"), short.letters]


def test_a_thousand_conversations_stay_within_the_bound():
    """Conversations that never come back leave no more behind than a few do."""
    memory = Memory(Recent(100, 5_000), Recent(100, 5_000), Recent(100, 5_000))
    ruler = replace(letters(), memory=memory)
    for i in range(60):
        shorten(talk(*(f"Room {i} {j} is red, and Dr. Olsen likes it." for j in range(31))), 400, ruler, "rolling")
        assert all(len(one) <= 100 and 0 < one.letters <= 5_000 for one in (memory.pieces, memory.tokens, memory.summaries))


def test_threads_share_a_memory_without_harm():
    """Eight threads with conversations that share beginnings get what each would get alone."""
    ruler = replace(letters(), memory=Memory(Recent(150), Recent(150), Recent(12)))
    asked = [messages for seed in (1, 2, 1, 2) for messages in histories(SEED + seed)]
    alone = [shorten(messages, BUDGET, letters(), "rolling") for messages in asked]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda messages: shorten(messages, BUDGET, ruler, "rolling"), asked))

    assert alone == together
    assert ruler.memory.pieces.letters == sum(size for _, size in ruler.memory.pieces._held.values())
