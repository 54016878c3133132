"""Gates held against what was measured, and the one word at the end."""

from __future__ import annotations

import pytest

from burnish.evaluate.compare import compare
from burnish.evaluate.gates import judge_gates
from burnish.evaluate.run import score_suite
from burnish.records.gate import parse_gate
from burnish.records.report import EvalReport, GradedAnswer


def report(model, **suites):
    """Return a report: by suite the scores of tasks t0, t1, ...; the first half of them has the category `fact`."""
    made = {}
    for name, scores in suites.items():
        answers = [
            GradedAnswer(
                id=f"t{i}",
                prompt="?",
                category="fact" if i < len(scores) // 2 else "style",
                grader="exact",
                target="x",
                text="x",
                tokens=3,
                natural_stop=True,
                score=score,
            )
            for i, score in enumerate(scores)
        ]
        made[name.replace("_", " ")] = score_suite(answers)
    return EvalReport(model=model, suites=made)


UP = compare(report("a", own_rows=[0.0] * 20, ability=[1.0] * 200), report("b", own_rows=[1.0] * 20, ability=[1.0] * 200))
DOWN = compare(report("a", own_rows=[1.0] * 20), report("b", own_rows=[0.0] * 20))
SAME = compare(report("a", own_rows=[0.5] * 10), report("b", own_rows=[0.5] * 10))


def judged(comparison, used=None, **rules):
    """Return ([status of each gate], the word)."""
    gates = [parse_gate(name.replace("__", "."), rule)[0] for name, rule in rules.items()]
    results, word = judge_gates(gates, comparison, used or {}, own="own rows")
    return [result.status for result in results], word


@pytest.mark.parametrize(
    ("comparison", "rules", "expected"),
    [
        (UP, {"own": "better", "ability": "no worse than 3"}, (["met", "met"], "PROCEED")),
        (UP, {"own": ">= 0.9", "own__fact": ">= 90 %"}, (["met", "met"], "PROCEED")),
        (UP, {"own": "<= 0.5"}, (["missed"], "ADJUST")),
        (UP, {"own": "better", "ability": "better"}, (["met", "not shown"], "ADJUST")),
        (SAME, {"own": "no worse than 3"}, (["not shown"], "ADJUST")),
        (DOWN, {"own": "no worse than 3"}, (["missed"], "STOP")),
        (DOWN, {"own": "better"}, (["missed"], "STOP")),
        (UP, {"nowhere": "better"}, (["not measured"], "ADJUST")),
        (None, {"own": "better"}, (["not measured"], "ADJUST")),
        (UP, {}, ([], "")),
    ],
)
def test_each_gate_has_its_status_and_the_run_one_word(comparison, rules, expected):
    """What is shown is met; what is not shown is not; worse than before is no matter of settings."""
    assert judged(comparison, **rules) == expected


@pytest.mark.parametrize(("used", "expected"), [(3e9, "met"), (3e9 + 1, "missed")])
def test_a_limit_is_kept_to_the_byte(used, expected):
    """What was used may reach the limit and not pass it."""
    assert judged(None, {"peak_bytes": used}, peak_bytes="<= 3GB")[0] == [expected]


def test_no_worse_asks_for_proof_and_not_for_luck():
    """One of 200 items lost leaves the interval above -3 points; the same of 20 does not, and says so."""
    many = compare(report("a", s=[1.0] * 200), report("b", s=[1.0] * 199 + [0.0]))
    few = compare(report("a", s=[1.0] * 20), report("b", s=[1.0] * 20))

    assert (judged(many, s="no worse than 3"), judged(few, s="no worse than 3")) == (
        (["met"], "PROCEED"),
        (["not shown"], "ADJUST"),
    )


def test_what_was_seen_is_told_with_its_interval():
    """A gate's line holds the scores, the number of prompts and the interval."""
    ((result,), _) = judge_gates([parse_gate("own", "better")[0]], UP, {}, own="own rows")

    assert result.seen.startswith("better: 0.00 → 1.00 on 20 prompts, difference +1.00 (95 % interval +")


def test_advice_is_asked_for_what_is_not_met_alone():
    """The advice sees the gate and its scores; a met gate has none."""
    gates = [parse_gate("own", "better")[0], parse_gate("ability", "better")[0]]
    results, _ = judge_gates(
        gates, UP, {}, own="own rows", advise=lambda gate, result, one: f"{gate.name} {result.status} {one.n}"
    )

    assert [result.advice for result in results] == ["", "ability not shown 200"]


def asked(**changes):
    """Return the four questions with some parts changed."""
    import dataclasses

    from toy_questions import toy_questions

    return dataclasses.replace(toy_questions(), **changes)


def measured(rule, questions, name="style"):
    """Return (status, the word) of one gate on what the questions measured."""
    results, word = judge_gates([parse_gate(name, rule)[0]], SAME, {}, own="own rows", questions=questions)
    return results[0].status, word


@pytest.mark.parametrize(
    ("rule", "found", "expected"),
    [
        ("better", ("closer to the rows", 0.1, 0.7, 0.4, 0.8), ("met", "PROCEED")),
        ("better", ("cannot tell", 0.1, 0.2, -0.1, 0.3), ("not shown", "ADJUST")),
        ("better", ("further from the rows", 0.5, 0.1, -0.6, -0.2), ("missed", "STOP")),
        ("no worse than 15", ("cannot tell", 0.1, 0.2, -0.1, 0.3), ("met", "PROCEED")),
        ("no worse than 5", ("cannot tell", 0.1, 0.2, -0.1, 0.3), ("not shown", "ADJUST")),
        (">= 0.5", ("closer to the rows", 0.1, 0.7, 0.4, 0.8), ("met", "PROCEED")),
        (">= 90 %", ("closer to the rows", 0.1, 0.7, 0.4, 0.8), ("missed", "ADJUST")),
        ("better", ("cannot tell", None, None, None, None), ("not shown", "ADJUST")),
    ],
)
def test_a_gate_on_style(rule, found, expected):
    """Closer to the rows, no further than so much, or taken for a row so often."""
    from burnish.records.questions import Style

    names = ("verdict", "like_before", "like_after", "low", "high")
    style = Style(reason="r", rows=60, judged=10, **dict(zip(names, found, strict=True)))

    assert measured(rule, asked(style=style)) == expected


def test_a_gate_on_the_thinking_mode():
    """Kept is met; broken is missed, and a reason to stop only where training broke it; without a mode it was not measured."""
    from burnish.records.questions import Breach, ThinkingContract

    def contract(verdict, *before):
        breaches = tuple(Breach(mode="on", id="1", prompt="?", what="no thought", text="42", before=one) for one in before)
        return asked(thinking=ThinkingContract(verdict=verdict, reason="r", breaches=breaches))

    found = [
        measured("kept", one, "thinking")
        for one in (contract("kept"), contract("broken", False), contract("broken", True), contract("cannot tell"), None)
    ]

    assert found == [
        ("met", "PROCEED"),
        ("missed", "STOP"),
        ("missed", "ADJUST"),
        ("not shown", "ADJUST"),
        ("not measured", "ADJUST"),
    ]


def test_a_suite_of_that_name_takes_the_measures_place():
    """A person's own style.jsonl is judged as any suite."""
    comparison = compare(report("a", style=[0.0] * 20), report("b", style=[1.0] * 20))
    results, _ = judge_gates([parse_gate("style", "better")[0]], comparison, {}, own="own rows", questions=None)

    assert results[0].status == "met"


@pytest.mark.parametrize(
    ("name", "rule", "wrong"), [("thinking", "kept", ""), ("style", "kept", "better"), ("thinking", "yes", "kept")]
)
def test_how_these_gates_are_written(name, rule, wrong):
    """`kept` is for the thinking mode; what is wrong says what to write."""
    assert wrong in parse_gate(name, rule)[1]
    assert (parse_gate(name, rule)[0] is None) is bool(wrong)
