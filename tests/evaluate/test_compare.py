"""Two reports, compared answer by answer."""

from __future__ import annotations

import dataclasses
import random

import pytest

from burnish.errors import DataError
from burnish.evaluate.compare import compare
from burnish.evaluate.run import score_suite
from burnish.records.codec import from_json, to_json
from burnish.records.report import Comparison, EvalReport, GradedAnswer
from toys import SEED


def answer(i, score, category="facts", text="Tokyo is it", tokens=10, stop=True):
    """Return a graded answer to task i."""
    return GradedAnswer(
        id=f"t{i}",
        prompt="?",
        category=category,
        grader="exact",
        target="x",
        text=text,
        tokens=tokens,
        natural_stop=stop,
        score=score,
    )


def report(model, **suites):
    """Return a report of suites, each a list of answers or of scores."""
    made = {
        name: score_suite([item if isinstance(item, GradedAnswer) else answer(i, item) for i, item in enumerate(items)])
        for name, items in suites.items()
    }
    return EvalReport(model=model, suites=made)


def test_better_is_seen():
    """Ten of twenty more right answers are better, overall and in the suite."""
    found = compare(report("base", s=[0.0] * 20), report("r1", s=[1.0] * 10 + [0.0] * 10))

    assert (found.a, found.b, found.verdict, found.suites["s"].verdict, found.overall.difference) == (
        "base",
        "r1",
        "better",
        "better",
        0.5,
    )


def test_worse_is_seen():
    """The same the other way round is worse."""
    found = compare(report("base", s=[1.0] * 10 + [0.0] * 10), report("r1", s=[0.0] * 20))

    assert (found.verdict, found.suites["s"].verdict) == ("worse", "worse")


def test_the_same_report_twice_cannot_tell():
    """A model against itself: no difference, no verdict, no note."""
    random.seed(SEED)
    one = report("base", s=[float(random.random() < 0.5) for _ in range(30)], m=[random.random() for _ in range(30)])
    found = compare(one, one)

    assert (found.verdict, {suite.verdict for suite in found.suites.values()}, found.overall.p, found.notes) == (
        "cannot tell",
        {"cannot tell"},
        1,
        (),
    )


def test_answers_are_paired_by_id_and_not_by_place():
    """The order of the answers in a report changes nothing."""
    random.seed(SEED)
    items = [answer(i, random.random()) for i in range(20)]
    other = [dataclasses.replace(item, score=min(1.0, item.score + 0.1)) for item in items]
    shuffled = random.sample(other, len(other))

    assert compare(report("a", s=items), report("b", s=shuffled)) == compare(report("a", s=items), report("b", s=other))


def test_tasks_of_one_side_only_are_an_error_that_names_them():
    """Answers without a partner are not dropped: every one is named, and every suite."""
    a = report("a", s=[answer(1, 1), answer(2, 1)], only=[1.0])
    b = report("b", s=[answer(2, 1), answer(3, 1)])
    with pytest.raises(DataError) as caught:
        compare(a, b)

    assert (
        caught.value.seen
        == "only in the first: suite only; only in the first: task t1 of suite s; only in the second: task t3 of suite s"
    )


def test_suites_are_corrected_for_their_number():
    """Eight to one of nine changed items (p = 0.039) is better alone, and cannot tell as one of two suites."""
    before, after = [0.0] * 8 + [1.0] + [1.0] * 11, [1.0] * 8 + [0.0] + [1.0] * 11
    alone = compare(report("a", s=before), report("b", s=after)).suites["s"]
    one_of_two = compare(report("a", s=before, m=[1.0] * 20), report("b", s=after, m=[1.0] * 20)).suites["s"]

    assert (alone.verdict, one_of_two.verdict, one_of_two.p, one_of_two.low <= 0) == (
        "better",
        "cannot tell",
        pytest.approx(40 / 512),
        True,
    )


def test_overall_weighs_every_item_alike():
    """A suite of 30 counts three times as much as one of 10."""
    found = compare(report("a", big=[0.0] * 30, small=[1.0] * 10), report("b", big=[1.0] * 30, small=[0.0] * 10))

    assert (found.overall.n, found.overall.difference, found.verdict) == (40, 0.5, "better")


def test_categories_are_named_by_suite_and_not_corrected():
    """Each category of each suite has a comparison of its own."""
    a = [answer(i, 0.0, "polite" if i < 8 else "facts") for i in range(16)]
    b = [dataclasses.replace(item, score=float(item.category == "polite")) for item in a]
    found = compare(report("a", s=a), report("b", s=b)).categories

    assert {name: (one.verdict, one.n, one.p) for name, one in found.items()} == {
        "s/polite": ("better", 8, 2 / 256),
        "s/facts": ("cannot tell", 8, 1),
    }


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"stop": False}, "s: fewer answers end by themselves: 0%, before 100%"),
        ({"text": " "}, "s: 20 of 20 answers are empty, before 0"),
        ({"text": "<think>So"}, "s: 20 of 20 answers are empty, before 0"),
        ({"text": "no " * 30}, "s: 20 of 20 answers repeat themselves, before 0"),
        ({"tokens": 40}, "s: answers are much longer: 40 tokens on average, before 10"),
    ],
)
def test_unexpected_behaviour_is_noted(changes, note):
    """Endless, empty, repeated and much longer answers are told, whatever the scores say."""
    a = [answer(i, 1.0) for i in range(20)]
    b = [answer(i, 1.0, **changes) for i in range(20)]

    assert compare(report("a", s=a), report("b", s=b)).notes == (note,)


def test_good_changes_are_not_noted():
    """More natural stops, shorter answers and fewer repetitions are no cause for a note."""
    a = [answer(i, 1.0, text="no " * 30, tokens=90, stop=False) for i in range(20)]
    b = [answer(i, 1.0) for i in range(20)]

    assert compare(report("a", s=a), report("b", s=b)).notes == ()


def test_a_comparison_survives_its_file():
    """A comparison written as JSON and read back is the same."""
    found = compare(report("a", s=[0.0] * 20), report("b", s=[1.0] * 20))

    assert from_json(Comparison, to_json(found)) == found


def test_wordings_of_one_question_are_one_piece_of_evidence():
    """Twelve right answers to two questions in six wordings each say less than twelve questions: cannot tell."""
    a = [dataclasses.replace(answer(i, 0.0), cluster=f"q{i % 2}") for i in range(12)]
    b = [dataclasses.replace(one, score=1.0) for one in a]
    plain = [[dataclasses.replace(one, cluster="") for one in side] for side in (a, b)]
    found = compare(report("a", s=a), report("b", s=b))

    assert (found.verdict, found.overall.clusters, found.overall.n) == ("cannot tell", 2, 12)
    assert compare(report("a", s=plain[0]), report("b", s=plain[1])).verdict == "better"


def test_clusters_of_two_suites_are_not_the_same_cluster():
    """A cluster's name holds within its suite."""
    one = [dataclasses.replace(answer(i, 0.0), cluster="q") for i in range(3)]

    assert compare(report("a", s=one, m=one), report("b", s=one, m=one)).overall.clusters == 2


def test_several_answers_to_one_prompt_are_averaged():
    """Three samples of each of eight prompts are eight items: as sure as their means, and no surer."""
    random.seed(SEED)
    a = [answer(i, random.random()) for i in range(8) for _ in range(3)]
    b = [answer(i, random.random()) for i in range(8) for _ in range(3)]
    means = [[answer(i, sum(one.score for one in side[3 * i : 3 * i + 3]) / 3) for i in range(8)] for side in (a, b)]
    found, of_means = (compare(report("a", s=x), report("b", s=y)).overall for x, y in ((a, b), means))

    assert (found.n, found.p, found.difference) == (8, of_means.p, pytest.approx(of_means.difference))


def test_uneven_samples_are_an_error_that_names_them():
    """A prompt answered three times by one and twice by the other is told, not cut to what fits."""
    with pytest.raises(DataError) as caught:
        compare(report("a", s=[answer(1, 1.0)] * 3), report("b", s=[answer(1, 1.0)] * 2))

    assert caught.value.seen == "not as many answers on both sides: task t1 (3 and 2) of suite s"
