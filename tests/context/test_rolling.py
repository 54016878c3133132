"""The rolling summary: pure, and flat in cost."""

from __future__ import annotations

from burnish.context.fold import Entry, Summary, fold, narrowed
from burnish.records.conversation import Message
from context.toy_talks import letters, long_talk


class Meter:
    """A measure of texts that counts what it was asked to measure."""

    def __init__(self):
        self.letters = 0

    def __call__(self, text):
        self.letters += len(text)
        return len(text)


def test_one_more_turn_costs_the_same_however_long_the_talk():
    """The letters measured and the tokens touched for a turn stay the same from turn 100 to turn 1,000."""
    meter = Meter()
    summary = Summary(400)
    costs, touched = [], []
    for i in range(1000):
        before = meter.letters
        summary = fold(summary, Message(role="user", content=f"We met Dr. Olsen in room {1000 + i} on 4 May. Fine."), meter)
        costs.append(meter.letters - before)
        touched.append(summary.touched)

    assert summary.tokens <= 400
    assert max(costs[100:]) == max(costs[:100])
    assert max(touched[100:]) <= max(touched[:100]) + 1 <= 400 + 60


def test_a_turn_changes_nothing_that_was():
    """The same summary and turn give the same summary; the one before stays as it was."""
    first = letters().rolled(long_talk(5), 300)
    kept = (first.entries, first.turns)
    turn = Message(role="user", content="It costs $40.")

    assert fold(first, turn, len) == fold(first, turn, len) != first
    assert kept == (first.entries, first.turns)


def test_taken_in_at_once_or_in_two_parts_it_is_the_same():
    """A summary can be put away and gone on with."""
    messages = long_talk(6)
    half = letters().rolled(messages[:7], 300)
    for message in messages[7:]:
        half = fold(half, message, len)

    assert letters().rolled(messages, 300) == half


def test_what_is_told_early_stays_while_there_is_room():
    """A link told in the first turn outlives later talk."""
    talk = [Message(role="user", content="It is at https://a.example/x?y=1.")]
    talk += [Message(role="user", content=f"I went for walk number {i} with somebody or other.") for i in range(60)]

    assert any("https://a.example/x?y=1" in entry.text for entry in letters().rolled(talk, 200).entries)


def test_room_that_a_long_entry_leaves_goes_to_the_short_ones_before_it():
    """Of entries of 3, 3 and 8 tokens, the longest saying least but two, a room of 11 has the one that says most and both short ones."""

    def entry(text, tokens, worth):
        return Entry(0, "user", text, tokens, frozenset({text}), worth)

    entries = (entry("least", 3, 1.0), entry("less", 3, 2.0), entry("long", 8, 8.0), entry("most", 5, 50.0))

    assert ["least", "less", "most"] == [text for _, _, text in narrowed(Summary(20, 1, entries), 11)]
    assert ["long", "most"] == [text for _, _, text in narrowed(Summary(20, 1, entries), 15)]
    assert ["least", "less", "long", "most"] == [text for _, _, text in narrowed(Summary(20, 1, entries), 19)]
