"""What belongs together stays on one side of every split."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data import groups as module
from burnish.data.folds import folds
from burnish.data.groups import groups, orphans, reparented
from burnish.data.leaks import leaks
from burnish.data.split import split
from burnish.data.times import time_of
from burnish.records.conversation import Conversation, Message

THINGS = "river harbour candle orchard lantern violin glacier meadow anchor thimble compass saddle pepper quarry walnut".split()


def row(i, answer="", **metadata):
    """Return a row that asks of thing i."""
    thing = THINGS[i % len(THINGS)]
    question = f"What do people in the north use a {thing} for when number {i} comes round?"
    said = (
        Message(role="user", content=question),
        Message(role="assistant", content=answer or f"They paint the {thing} {i * 'very '}red."),
    )
    return Conversation(messages=said, metadata=metadata)


def families(count):
    """Return parents, each with two children that ask in other words and answer alike."""
    rows = []
    for i in range(count):
        parent = row(i)
        rows.append(parent)
        for words in ("Tell me at once, my friend:", "I have long been wondering about this and cannot sleep:"):
            asked = Message(role="user", content=f"{words} {THINGS[i % len(THINGS)]} - any idea {i}?")
            rows.append(Conversation(messages=(asked, parent.messages[1]), metadata={"parent": parent.id}))
    return rows


def test_children_stay_on_their_parents_side_and_can_be_held_out():
    """In every draw each family is whole on one side, and families are held out though all their answers are the same."""
    rows = families(12)
    for seed in range(5):
        held = set(split(rows, 6, seed).held_out)

        assert len(held) == 6
        assert [len({i in held for i in range(k, k + 3)}) for k in range(0, 36, 3)] == [1] * 12


def test_children_are_no_further_source_of_an_answer():
    """Of three parents with one answer one is held out at most, however many children repeat it."""
    rows = families(4)
    for first in (3, 6):
        parent = Conversation(messages=(rows[first].messages[0], rows[0].messages[1]))
        asked = [rows[first + k].messages[0] for k in (1, 2)]
        made = [Conversation(messages=(one, rows[0].messages[1]), metadata={"parent": parent.id}) for one in asked]
        rows[first : first + 3] = [parent, *made]
    for seed in range(6):
        held = set(split(rows, 9, seed).held_out)

        assert sum(family in held for family in (0, 3, 6)) <= 1


def test_a_family_is_one_fold():
    """Folds keep families whole as splits do."""
    rows = families(6)

    assert all(len({i // 3 for i in fold}) * 3 == len(fold) for fold in folds(rows, 3, 0))


def test_rows_of_one_thread_are_one_group_and_threads_of_other_channels_are_not():
    """A thread is known by its name within source and channel."""
    rows = [
        row(0, thread="t1", channel="a"),
        row(1, thread="t1", channel="a"),
        row(2, thread="t1", channel="b"),
        row(3),
        row(4, thread=""),
    ]

    assert groups(rows) == [0, 0, 1, 2, 3]


def test_siblings_whose_parent_is_gone_stay_together_and_are_told():
    """A parent that is not in the file still ties its children."""
    rows = [row(0, parent="gone"), row(1, parent="gone"), row(2, id="p"), row(3, parent="p")]

    assert groups(rows) == [0, 0, 1, 1]
    assert orphans(rows) == [0, 1]


def test_a_child_follows_a_parent_whose_words_changed():
    """When rows are rewritten one by one, children name the new id."""
    parent = row(0)
    changed = row(0, answer="Something else.")
    child = row(1, parent=parent.id)

    assert reparented([parent, child], [changed, child])[1].metadata["parent"] == changed.id


@pytest.mark.parametrize(
    ("trained", "held", "told"),
    [
        (row(0), row(0, answer="Another."), "near-same questions"),
        (row(0, thread=7), row(1, thread=7), "one thread"),
        (row(0, id="a"), row(1, parent="a"), "made from one row"),
        (row(0, parent="a"), row(1, parent="a"), "made from one row"),
    ],
)
def test_every_leak_is_told(trained, held, told):
    """A split made elsewhere that parts what belongs together is found out, and a clean one is not."""
    assert [told in leak for leak in leaks([trained, row(5)], [row(6), held])] == [True]
    assert leaks([row(5)], [row(6)]) == []


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("1970-01-02T00:00:00Z", 86400.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("1970-01-02", 86400.0),
        (5, 5.0),
        ("5.5", 5.5),
        ("soon", None),
        (True, None),
        (None, None),
    ],
)
def test_times_are_read_as_people_and_exports_write_them(given, seconds):
    """ISO 8601 with and without a zone, and seconds."""
    assert time_of(row(0, time=given)) == seconds


def _split(tmp_path, rows, *options):
    source = tmp_path / "rows.jsonl"
    lines = [
        {"messages": [{"role": m.role, "content": m.content} for m in r.messages], "metadata": dict(r.metadata)} for r in rows
    ]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = CliRunner().invoke(app, ["split", str(source), "-o", str(tmp_path / "out"), *options])
    assert "Traceback" not in done.stderr
    return done


def _questions(path):
    return [json.loads(line)["messages"][0]["content"] for line in path.read_text().splitlines()]


def test_ten_of_sixty_are_held_out_by_category_and_by_seed(tmp_path):
    """By default a sixth is held out, each category by its share; the same seed gives the same files, another others."""
    rows = [row(i, category="style" if i % 3 else "fact") for i in range(60)]
    told = json.loads(_split(tmp_path, rows, "--json").stdout)
    held = [json.loads(line) for line in (tmp_path / "out" / "held_out.jsonl").read_text().splitlines()]
    again = tmp_path / "again"
    again.mkdir()
    _split(again, rows)
    other = tmp_path / "other"
    other.mkdir()
    _split(other, rows, "--seed", "1")
    first, same, drawn = (_questions(folder / "out" / "held_out.jsonl") for folder in (tmp_path, again, other))

    assert (told["train"], told["held_out"], told["leaks"], told["ledger"]["closes"]) == (50, 10, [], True)
    assert sorted(one["metadata"]["category"] for one in held) == ["fact"] * 3 + ["style"] * 7
    assert first == same
    assert first != drawn
    assert sorted(first + _questions(tmp_path / "out" / "train.jsonl")) == sorted(r.messages[0].content for r in rows)


def test_by_time_the_newest_are_held_out(tmp_path):
    """With --by-time nothing trained is newer than what is asked; rows without a time are named."""
    rows = [row(i, time=f"2026-01-{31 - i:02d}") for i in range(12)]
    _split(tmp_path, rows, "--by-time", "--holdout", "3")
    bad = tmp_path / "bad"
    bad.mkdir()
    refused = _split(bad, [*rows, row(13)], "--by-time")

    assert _questions(tmp_path / "out" / "held_out.jsonl") == [r.messages[0].content for r in rows[:3]]
    assert refused.exit_code == 1
    assert "line 13" in refused.stderr


def test_a_folder_that_is_there_is_left(tmp_path):
    """A split never writes over another one."""
    rows = [row(i) for i in range(12)]
    _split(tmp_path, rows)
    before = (tmp_path / "out" / "train.jsonl").read_text()
    again = _split(tmp_path, rows, "--seed", "5")

    assert again.exit_code == 1
    assert (tmp_path / "out" / "train.jsonl").read_text() == before


def grown(i, system=""):
    """Return a conversation row by row as it grew: one exchange, two, three; with a system prompt where one is given."""
    messages = [Message(role="system", content=system)] if system else []
    rows = []
    for turn, word in enumerate(("use", "paint", "sell")):
        messages.append(
            Message(
                role="user", content=f"How did they {word} the {THINGS[(i + turn) % len(THINGS)]} of house {i} in turn {turn}?"
            )
        )
        messages.append(Message(role="assistant", content=f"With {THINGS[(i + 5 + turn) % len(THINGS)]} and {word} number {i}."))
        rows.append(Conversation(messages=tuple(messages), metadata={}))
    return rows


def test_a_conversation_and_its_beginning_stay_on_one_side():
    """The earlier answers of a row are trained too: a row that ends where another goes on is asked nowhere else."""
    rows = [one for i in range(12) for one in grown(i)]
    numbers = groups(rows)
    parts = split(rows, 9, seed=0)
    train, held = [rows[i] for i in parts.train], [rows[i] for i in parts.held_out]

    assert len(parts.held_out) > 3
    assert [len({*numbers[i : i + 3]}) for i in range(0, 36, 3)] == [1] * 12
    assert len(set(numbers)) == 12
    assert leaks(train, held) == []


def test_a_beginning_on_the_other_side_is_a_leak():
    """The check on finished sides finds it by itself, in both directions, whatever the system prompt, case and spacing."""
    short, longer, longest = grown(1)
    other = grown(1, system="Be brief.")[1]
    shouted = Conversation(messages=(Message(role="user", content=short.messages[0].content.upper() + " "), short.messages[1]))

    for train, held in (([longest], [short]), ([short], [longer]), ([short], [other]), ([longer], [shouted])):
        assert [leak.partition(":")[0] for leak in leaks(train, held)] == ["asked on the way of a conversation"]


def test_conversations_that_only_begin_alike_are_two():
    """A greeting that many conversations open with ties none of them."""
    greeting = (Message(role="user", content="Hello!"), Message(role="assistant", content="Hello, what can I do for you?"))
    rows = [Conversation(messages=(*greeting, *row(i).messages)) for i in range(8)]

    assert len(set(groups(rows))) == 8


def test_looking_for_beginnings_costs_what_the_rows_are_long(monkeypatch):
    """A conversation of four times as many turns has four times the words to look at, not sixteen."""
    looked = []
    true = module.same_key
    monkeypatch.setattr(module, "same_key", lambda text: looked.append(len(text)) or true(text))
    costs = []
    for turns in (50, 200):
        looked.clear()
        messages = [Message(role=role, content=f"{role} says {i}") for i in range(turns) for role in ("user", "assistant")]
        list(module.on_the_way([Conversation(messages=tuple(messages), metadata={})]))
        costs.append(sum(looked))

    assert costs[1] < 5 * costs[0]
