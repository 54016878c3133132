"""The facts of a file of rows: each count is what stands in the file, and what became of a row is told rightly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from burnish.data.read import read_rows
from burnish.data.report.bars import histograms
from burnish.data.report.facts import facts_of
from burnish.data.report.pairs import paired
from burnish.data.report.periods import BARS, periods_of
from burnish.records.conversation import Conversation, Message
from toys import write_rows


def row(question, answer="It is done.", **metadata):
    """Return a row of two turns."""
    return Conversation(
        messages=(Message(role="user", content=question), Message(role="assistant", content=answer)), metadata=metadata
    )


def written(question, answer="It is done.", **metadata):
    """Return a row as a file holds it."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": turns, "metadata": metadata}


def test_counts_are_those_of_the_file(tmp_path):
    """Categories, sources, copies, private things, stand-ins and refused rows are counted, and nothing private is shown whole."""
    path = write_rows(
        tmp_path / "rows.jsonl",
        [
            written("Who is [PERSON_1]?", "Ask [PERSON_1] or [PERSON_2].", category="fact", source="slack"),
            written("Mail me at ann.berg@site.example?", category="fact", source="mail", time="2026-01-05T10:00:00Z"),
            written("Mail me at ann.berg@site.example?", category="style", time="2026-03-05"),
            {"shoe": 1},
        ],
    )
    read = read_rows(path)
    facts = facts_of("rows.jsonl", read, read.conversations, [10, 20, 30], read.refused)
    kinds = {one.kind: (one.times, one.rows, one.shown, one.stand_ins) for one in facts.private}

    assert facts.categories == {"fact": 2, "style": 1}
    assert facts.sources == {"slack": 1, "mail": 1, "": 1}
    assert (facts.copies, facts.near, facts.undated, list(facts.reasons.values())) == (1, 0, 1, [1])
    assert facts.periods.names == ("2026-01", "2026-02", "2026-03")
    assert facts.periods.counts == {"mail": (1, 0, 0), "": (0, 0, 1)}
    assert kinds == {"mail": (2, 2, ("a•••e",), 0), "person": (0, 0, (), 2)}


def test_books_that_do_not_close_are_never_shown(tmp_path):
    """A row that is neither used nor refused is a defect, and told as one."""
    read = read_rows(write_rows(tmp_path / "rows.jsonl", [written("One?"), written("Two?")]))

    with pytest.raises(AssertionError, match="2 rows were read, 1 used and 0 refused"):
        facts_of("rows.jsonl", read, read.conversations[:1], [3], ())


@pytest.mark.parametrize(
    ("first", "last", "unit", "names"),
    [
        (datetime(2026, 1, 1, 9, tzinfo=UTC), datetime(2026, 1, 1, 11, tzinfo=UTC), "hour", 3),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC), "day", 36),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 6, tzinfo=UTC), "month", 2),
        (datetime(2026, 1, 31, tzinfo=UTC), datetime(2028, 12, 1, tzinfo=UTC), "month", 36),
        (datetime(2020, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "year", 7),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), "year", BARS),
    ],
)
def test_time_is_told_in_the_unit_that_shows_a_course(first, last, unit, names):
    """No chart has more than BARS periods, none is left out between the first and the last, and every row is in one."""
    told = periods_of([("a", last), ("a", first), ("b", first)])

    assert (told.unit, len(told.names)) == (unit, names)
    assert sum(map(sum, told.counts.values())) == 3
    assert told.counts["b"][0] == 1
    assert told.counts["a"][-1] == 1


def test_every_row_is_in_its_bar():
    """Both histograms have one axis, and their bars hold all rows between them."""
    before, after = histograms([[0, 4, 5, 119], [7]])

    assert before.below == after.below
    assert [bar.title for bar in before.bars] == ["0 to 4 tokens: 2 rows", "5 to 9 tokens: 1 rows", "115 to 119 tokens: 1 rows"]
    assert [bar.height for bar in after.bars] == [50.0]


def test_what_became_of_each_row_is_told():
    """The same words, changed words, a row that went, one that came and one that was made are told apart, and the sums close."""
    before = [
        row("Where does Ann Berg keep the key of the old boiler room?", "Under the third step."),
        row("What is the code of the bicycle shed?", "It is 4711, and it changes in May."),
        row("Why does the pump make that noise?", "It draws air."),
        row("Why does the pump make that noise?", "It draws air."),
    ]
    after = [
        row("Where does [PERSON_1] keep the key of the old boiler room?", "Under the third step."),
        row("Why does the pump make that noise?", "It draws air."),
        row("why the pump make that noise", "It draws air.", made="typo"),
        row("Is tea better than coffee in the morning?", "Some say so."),
    ]
    told = paired(before, after)

    assert (told.same, told.changed, told.gone, told.new, told.made) == (1, ((0, 0),), (1, 3), (3,), (2,))
    assert told.same + len(told.changed) + len(told.gone) == len(before)


def test_rows_of_one_form_are_paired_in_file_order():
    """Where rows differ in a number only and every word stands in many, the row that file order has next is taken."""
    before = [row(f"Hi, this is Ann. How do I reset box {i % 7}?", "Hold the button for ten seconds.") for i in range(200)]
    after = [row(f"Hi, this is [PERSON_1]. How do I reset box {i % 7}?", "Hold the button for ten seconds.") for i in range(200)]

    assert paired(before, after).changed == tuple((i, i) for i in range(200))


def test_no_row_becomes_two():
    """Two rows like one and the same: the first is that row changed, the second is new."""
    before = [row("Where does Ann Berg keep the key of the old boiler room?", "Under the third step.")]
    after = [row(f"Where does {name} keep the key of the old boiler room?", "Under the third step.") for name in ("Bo", "Cy")]
    told = paired(before, after)

    assert (told.changed, told.gone, told.new) == (((0, 0),), (), (1,))
