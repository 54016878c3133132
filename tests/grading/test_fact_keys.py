"""An answer is right about a fact by the fact itself: its own words, and no other fact's."""

from __future__ import annotations

import pytest

from burnish.grading.fact_keys import FactKeys, fact_groups, terms

ROWS = [
    ("Who bakes the bread?", "Nell Ostrander bakes it.", "baker"),
    ("who makes your loaves", "That is Nell Ostrander.", "baker"),
    ("When do you open?", "We open at 6:45.", "opening"),
    ("from what time can I come", "Come from 6:45.", "opening"),
    ("How far ahead must I order a cake?", "Three days ahead.", "cake"),
    ("When must I order cakes?", "We need three days for it.", "cake"),
    ("From what sum can I pay by card?", "From £3.", "card"),
    ("what is the minimum for cards", "The minimum is £3.", "card"),
    ("Where do bottles go?", "Into the grey bin.", "glass"),
    ("Which bin takes glass?", "The grey bin takes it.", "glass"),
    ("What must I pass before Volcanology?", "You must pass ES-203.", "volcanoes"),
    ("What must I pass before Glaciology?", "You must pass ES-142.", "glaciers"),
]
PAIRS = [(question, answer) for question, answer, _ in ROWS]


def _facts() -> tuple[FactKeys, dict[str, int]]:
    """Return the keys, and each fact's number."""
    groups = fact_groups(PAIRS)
    return FactKeys.of(PAIRS, groups), {name: group for (_, _, name), group in zip(ROWS, groups, strict=True)}


def test_rows_that_state_one_fact_are_one_group_and_no_two_facts_are() -> None:
    """Rows that state one fact are one group and no two facts are."""
    groups = fact_groups(PAIRS)
    names = [name for _, _, name in ROWS]
    assert [(a == b) for a in groups for b in groups] == [(a == b) for a in names for b in names]


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_a_rows_own_answer_is_right_for_its_fact_alone(number: int) -> None:
    """A rows own answer is right for its fact alone."""
    keys, groups = _facts()
    own = ROWS[number][2]
    right = {name for name, group in groups.items() if keys.right(group, ROWS[number][1])}
    assert right == {own} or (own in {"cake", "card"} and own in right and right <= {"cake", "card"})


@pytest.mark.parametrize(
    ("fact", "answer", "right"),
    [
        ("baker", "Ostrander, every night.", True),
        ("baker", "It is baked by Tom Reed.", False),  # likeness is not enough
        ("baker", "Who bakes the bread?", False),  # an echo of the question
        ("opening", "At 6:45 in the morning.", True),
        ("opening", "At 7:45.", False),
        ("glass", "the GREY bin, please", True),
        ("glass", "Into the blue bin.", False),
        ("volcanoes", "ES-142", False),  # a neighbour's answer
        ("volcanoes", "That would be ES 203.", True),
        ("cake", "3 days", True),
        ("cake", "", False),
    ],
)
def test_an_answer_in_other_words(fact: str, answer: str, right: bool) -> None:
    """An answer in other words."""
    keys, groups = _facts()
    assert keys.right(groups[fact], answer) is right


def test_facts_swapped_between_subjects_are_wrong() -> None:
    """Facts swapped between subjects are wrong."""
    pairs = [(f"Who teaches {subject}?", f"{subject} is taught by Professor {name}.") for subject, name in
             (("Mineralogy", "Albrook"), ("Petrology", "Benning"), ("Geodesy", "Chen"), ("Seismology", "Diaz"))]  # fmt: skip
    groups = fact_groups(pairs)
    keys = FactKeys.of(pairs, groups)
    assert len(set(groups)) == 4
    assert keys.right(groups[0], "Mineralogy is taught by Professor Albrook.")
    assert not keys.right(groups[0], "Mineralogy is taught by Professor Benning.")
    assert not keys.right(groups[0], "Mineralogy is taught by a professor.")


@pytest.mark.parametrize(
    ("question", "answer", "right", "wrong"),
    [
        ("Wann öffnet ihr?", "Wir öffnen um 6:45 Uhr.", "Um 6:45.", "Um 8:45 Uhr."),
        ("鍵はどこですか？", "事務所の引き出しにあります。", "引き出しの事務所です。", "玄関の箱の中です。"),
        ("Где ключ?", "Ключ лежит у Ольги.", "У Ольги.", "У Ивана."),
    ],
)
def test_other_languages(question: str, answer: str, right: str, wrong: str) -> None:
    """Other languages."""
    pairs = [(question, answer), ("x y", "Something else 12."), ("z", "другое место")]
    keys = FactKeys.of(pairs, fact_groups(pairs))
    assert keys.right(fact_groups(pairs)[0], right)
    assert not keys.right(fact_groups(pairs)[0], wrong)


def test_numbers_are_compared_by_value() -> None:
    """Numbers are compared by value."""
    assert terms("1,000 euros") == terms("1000 euros")
    assert terms("the ninth loaf") == terms("the 9th loaf")
    assert terms("at 7:15 pm") == terms("at 19:15")


def test_style_rows_are_facts_of_nobody() -> None:
    """Style rows are facts of nobody."""
    pairs = [
        ("Shall we go?", "nah, knackered"),
        ("Coffee?", "go on then"),
        ("Nice film?", "ate it cold. lovely"),
        ("Lunch?", "two mins"),
    ]
    assert len(set(fact_groups(pairs))) == len(pairs)


def test_half_of_a_key_is_not_enough_where_a_rival_is_stated() -> None:
    """Two things share most of their words: who names the other one does not state this fact."""
    pairs = [("What do helpers take part in?", "The First Aid Course."), ("What hangs by the door?", "The First Aid Kit.")]
    groups = fact_groups(pairs)
    keys = FactKeys.of(pairs, groups)

    assert len(set(groups)) == 2
    assert keys.right(groups[0], "In the First Aid Course.")
    assert not keys.right(groups[0], "It is the First Aid Kit.")


def test_questions_about_different_things_ask_for_different_facts() -> None:
    """Door 3 and door 9 are both red; that is no one fact."""
    pairs = [("Which colour has door 3?", "Red."), ("Which colour has door 9?", "Red."), ("door 9, which colour?", "It is red.")]
    groups = fact_groups(pairs)

    assert groups[0] != groups[1]
    assert groups[1] == groups[2]
