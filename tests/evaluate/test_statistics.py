"""Intervals and tests: known values, calibration, and never a contradiction."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import random
from pathlib import Path

import numpy as np
import pytest

from burnish.errors import DataError
from burnish.evaluate.flips import flip_test
from burnish.evaluate.power import more_items
from burnish.evaluate.report_words import would_do
from burnish.evaluate.statistics import holm, mean_interval, paired
from toys import SEED

BENCH = Path(__file__).parents[2] / "benchmarks" / "cluster_coverage.py"


def rounded(values, digits=4):
    """Return numbers rounded, for comparison with published ones."""
    return [round(value, digits) for value in values]


@pytest.mark.parametrize(
    ("right", "n", "expected"),
    [(0, 10, [0, 0.2775]), (10, 10, [0.7225, 1]), (5, 10, [0.2366, 0.7634]), (1, 1, [0.2065, 1]), (81, 263, [0.2553, 0.3662])],
)
def test_a_share_has_wilsons_interval(right, n, expected):
    """Right/wrong scores give Wilson's interval; the last row is Newcombe 1998, table I."""
    assert rounded(mean_interval([1.0] * right + [0.0] * (n - right))) == expected


def test_nothing_known_is_anything():
    """Without values the mean may be anything from 0 to 1."""
    assert mean_interval([]) == (0, 1)


def test_a_single_score_says_little():
    """One score that is not right/wrong leaves nearly everything open."""
    low, high = mean_interval([0.5])

    assert (low < 0.03, high > 0.97) == (True, True)


def test_equal_scores_still_leave_something_open():
    """Ten equal scores are no proof that the next one is equal too: the interval has a width and holds their mean."""
    low, high = mean_interval([0.4] * 10)

    assert (low < 0.35, high > 0.5, low > 0, high < 1) == (True, True, True, True)


def test_other_scores_have_students_interval():
    """Scores between 0 and 1 give mean +- t s / sqrt(n): by hand for 0.2, 0.4, 0.6 (t = 4.3027)."""
    reach = 4.302653 * 0.2 / math.sqrt(3)

    assert rounded(mean_interval([0.2, 0.4, 0.6])) == rounded([max(0, 0.4 - reach), 0.4 + reach])


def test_right_or_wrong_is_the_exact_mcnemar_test():
    """8 items won and 1 lost give p = 20/512 exactly; 5 and 0 give 2/32."""
    first = paired([0] * 8 + [1] + [1] * 11, [1] * 8 + [0] + [1] * 11)
    second = paired([0] * 5 + [1] * 15, [1] * 20)

    assert (first.p, first.verdict, second.p, second.verdict) == (pytest.approx(20 / 512), "better", 2 / 32, "cannot tell")


def test_right_or_wrong_has_bonett_and_prices_interval():
    """The interval is the adjusted Wald one: by hand for 8 won and 1 lost of 20."""
    found = paired([0] * 8 + [1] + [1] * 11, [1] * 8 + [0] + [1] * 11)
    reach = 1.959964 * math.sqrt((11 / 22 - (7 / 22) ** 2) / 22)

    assert rounded([found.low, found.high]) == rounded([7 / 22 - reach, 7 / 22 + reach])


def test_few_items_are_tried_in_all_their_flips():
    """For 6 positive differences exactly the two extreme flips of 64 lie as far out: p = 2/64."""
    assert flip_test([0.1, 0.25, 0.3, 0.42, 0.55, 0.6])[0] == 2 / 64


def test_many_items_are_tried_in_ten_thousand_flips_with_the_data_among_them():
    """However clear the difference, p is never 0: the data themselves are one of 10,000 flips."""
    assert paired([0.1] * 50, [0.6 + i / 200 for i in range(50)]).p == 1 / 10_000


def test_five_items_cannot_tell():
    """Five items, however clear, give p = 2/32, and the interval leaves everything open."""
    found = paired([0.1] * 5, [0.9, 0.8, 0.9, 0.7, 0.95])

    assert (found.verdict, found.p, found.low, found.high) == ("cannot tell", 2 / 32, -1, 1)


@pytest.mark.parametrize("score", [0.0, 1.0, 0.37])
def test_the_same_scores_twice_cannot_tell(score):
    """No difference at all: p = 1, verdict cannot tell, an interval with a width that holds 0."""
    found = paired([score] * 20, [score] * 20)

    assert (found.verdict, found.p, found.difference, found.low < 0 < found.high) == ("cannot tell", 1, 0, True)


def test_the_same_change_of_every_item_is_shown_and_not_called_certain():
    """Every item rose by the same amount: better, with an interval that has a width."""
    found = paired([0.25] * 20, [0.5] * 20)

    assert (found.verdict, found.low < 0.25 < found.high) == ("better", True)


def test_swapping_the_two_turns_everything_round():
    """A against B is B against A with the signs changed."""
    random.seed(SEED)
    a, b = [random.random() for _ in range(30)], [random.random() for _ in range(30)]
    one, other = paired(a, b), paired(b, a)

    assert (one.p, *rounded([one.difference, one.low, one.high])) == (
        other.p,
        *rounded([-other.difference, -other.high, -other.low]),
    )


def test_the_same_numbers_give_the_same_answer():
    """Resampling starts from one seed: two calls agree to the last bit."""
    random.seed(SEED)
    a, b = [random.random() for _ in range(40)], [random.random() for _ in range(40)]

    assert paired(a, b) == paired(a, b)


def test_no_items_is_an_error():
    """Nothing to compare is told as such."""
    with pytest.raises(DataError, match="nothing to compare"):
        paired([], [])


def test_holm_by_hand():
    """The smallest p counts m times, the next m - 1 times, never falling: Holm 1979."""
    assert rounded(holm([0.01, 0.04, 0.03, 0.9])) == [0.04, 0.09, 0.09, 0.9]


@pytest.mark.parametrize("b", [[1.0] * 10 + [0.0] * 30, [0.5] * 40])
def test_detectable_is_never_less_than_the_test_could_show(b):
    """Without any changed item, six of forty must change, and four times in five: more than 15 points, by the binomial 20."""
    from scipy.stats import binom

    found = paired(b, b).detectable

    assert 0.15 < found < 0.22
    assert binom.sf(5, 40, found) >= 0.78


def test_what_has_no_room_to_rise_is_judged_by_what_it_could_lose():
    """At 96 % right no gain can be seen, but a loss could be; five items can show nothing."""
    high = [1.0] * 24 + [0.0]

    assert 0.2 < paired(high, high).detectable < 0.5
    assert paired([0.5] * 5, [0.5] * 5).detectable == 1


@pytest.mark.parametrize(
    ("n", "difference", "now", "expected"), [(24, 0.1, 0.2, (72, 0.1)), (24, 0.01, 0.2, (360, 0.05)), (24, 0.3, 0.2, (0, 0.3))]
)
def test_how_many_more_items_would_do(n, difference, now, expected):
    """Half the difference takes four times the items; less than 5 points is not looked for."""
    assert more_items(n, difference, now) == expected


@pytest.mark.parametrize(
    ("difference", "more", "more_for", "words"),
    [
        (0.002, 0, 0.05, "so many are enough to show a difference of 5 points four times in five"),
        (0.1, 0, 0.1, "another 7 prompts would show a difference as large as this one (10 points) four times in five"),
        (0.002, 40, 0.05, "about 40 more held-out rows or prompts would show a difference of 5 points"),
    ],
)
def test_more_items_are_asked_for_only_where_they_are_needed(difference, more, more_for, words):
    """Where so many items are enough already, nobody is sent for others: "could have seen 1 point" stood beside "7 more for 5 points"."""
    found = dataclasses.replace(paired([0.5] * 7, [0.5] * 7), difference=difference, more=more, more_for=more_for)

    assert would_do(found) == words


def test_equal_clusters_are_tested_as_their_means():
    """Ten pairs of equal rewordings give the p and the interval of the ten questions, not those of twenty items."""
    source = np.random.default_rng(SEED)
    a, change = source.random(10), source.normal(0.05, 0.1, 10)
    once = paired(list(a), list(a + change))
    twice = paired([*a, *a], [*(a + change), *(a + change)], [*range(10), *range(10)])

    assert (twice.p, rounded([twice.low, twice.high])) == (once.p, rounded([once.low, once.high]))
    assert (twice.n, twice.clusters, once.clusters) == (20, 10, 10)


def test_clusters_of_one_change_nothing():
    """Where every item is its own cluster the exact test of right/wrong stays in use."""
    a, b = [0] * 8 + [1] + [1] * 11, [1] * 8 + [0] + [1] * 11

    assert paired(a, b, range(20)) == paired(a, b)


def test_a_mean_is_less_sure_where_items_are_wordings_of_few_questions():
    """Four wordings of each of ten questions, answered alike, leave as much open as ten questions."""
    scores = [0.1 * i for i in range(10)]
    low, high = mean_interval([value for value in scores for _ in range(4)], [i for i in range(10) for _ in range(4)])

    assert rounded([low, high]) == rounded(mean_interval(scores))


@pytest.mark.parametrize("scores", [[0, 1], [0.2, 0.6]])
@pytest.mark.parametrize("count", [2, 5, 12, 60])
def test_clusters_that_did_equally_well_still_leave_something_open(scores, count):
    """Questions of which each had the same share right are no proof of that share: the fewer there are, the more stays open."""
    low, high = mean_interval(scores * count, [i for i in range(count) for _ in scores])
    mean = sum(scores) / 2
    reach = min(mean - low, high - mean)

    assert 0 < low < mean < high < 1
    assert {2: 0.3, 5: 0.15, 12: 0.08, 60: 0.015}[count] < reach < {2: 0.5, 5: 0.4, 12: 0.25, 60: 0.11}[count]


def test_no_difference_in_any_cluster_is_no_proof_of_none():
    """Where each of six questions gained in one wording what it lost in another, the difference may still be large, and nothing is told."""
    a, b, clusters = [0.0, 1.0] * 6, [1.0, 0.0] * 6, [i // 2 for i in range(12)]
    found = paired(a, b, clusters)

    assert ("cannot tell", 0) == (found.verdict, found.difference)
    assert rounded([found.low, found.high]) == rounded([-(1 - 0.05 ** (1 / 6)), 1 - 0.05 ** (1 / 6)])


def test_the_same_gain_in_every_cluster_is_no_proof_of_exactly_that():
    """Eight questions that each gained half a point show that B is better, but not by exactly half a point."""
    found = paired([0.0, 1.0] * 8, [1.0, 1.0] * 8, [i // 2 for i in range(16)])

    assert "better" == found.verdict
    assert 0 < found.low < 0.4 < found.difference < 0.6 < found.high


def test_the_share_of_right_answers_lies_in_its_interval_as_often_as_it_says():
    """By simulation: few clusters or many, wordings alike or not, a middling or a high share, it holds the truth in at least 93 %."""
    spec = importlib.util.spec_from_file_location("cluster_coverage", BENCH)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)

    assert {} == {cell: share for cell, share in bench.cells(draws=1000) if share < 0.93}


@pytest.mark.parametrize(("low", "margin", "shown"), [(-0.049, 5, True), (-0.051, 5, False), (-0.031, 3, False)])
def test_no_worse_is_read_off_the_interval(low, margin, shown):
    """No worse than so many points is shown where the whole interval lies above that."""
    found = dataclasses.replace(paired([0.5] * 20, [0.5] * 20), low=low)

    assert found.no_worse_than(margin) is shown


def test_detectable_is_what_eighty_percent_power_needs():
    """A true difference as large as said is found about four times in five."""
    source = np.random.default_rng(SEED)
    found = [0, 0]
    for _ in range(200):
        noise = source.normal(0, 0.2, 50)
        detectable = paired([0.5] * 50, list(0.5 + noise)).detectable
        found[paired([0.5] * 50, list(0.5 + detectable + source.normal(0, 0.2, 50))).verdict == "better"] += 1

    assert 0.72 <= found[1] / sum(found) <= 0.88


def contradicts(found):
    """Return whether the verdict, p and interval of a comparison say different things."""
    sure = found.verdict != "cannot tell"
    holds_zero = found.low <= 0 <= found.high
    right_side = found.verdict == ("better" if found.difference > 0 else "worse") if sure else True
    return sure == holds_zero or sure != (found.p < 0.05) or not right_side or not found.low <= found.difference <= found.high


@pytest.mark.parametrize("n", [1, 2, 5, 6, 7, 10, 20, 40, 90, 400])
def test_verdict_p_and_interval_never_contradict_for_right_or_wrong(n):
    """For every number of items won and lost (in steps) the interval holds 0 exactly where the verdict is cannot tell."""
    step = max(1, n // 20)
    tables = [(won, lost) for won in range(0, n + 1, step) for lost in range(0, n + 1 - won, step)]
    wrong = [table for table in tables if contradicts(paired(*scores(*table, n)))]

    assert wrong == []


def scores(won, lost, n):
    """Return right/wrong scores of A and B with so many items won and lost by B."""
    return [0] * won + [1] * lost + [1] * (n - won - lost), [1] * won + [0] * lost + [1] * (n - won - lost)


@pytest.mark.parametrize("n", [2, 6, 9, 14, 30])
def test_verdict_p_and_interval_never_contradict_for_other_scores(n):
    """The same for continuous and tied scores, around the edge of significance."""
    source = np.random.default_rng(SEED)
    wrong = []
    for i in range(60):
        a = source.integers(0, 5, n) / 4 if i % 2 else source.random(n)
        b = np.clip(a + source.normal(0.08, 0.2, n), 0, 1)
        found = paired(list(a), list(b))
        wrong += [found] if contradicts(found) else []

    assert wrong == []


def alarms(test, make, runs=400, n=50):
    """Return the share of A/A pairs (the same quality twice) on which a test says better or worse."""
    source = np.random.default_rng(SEED)
    return sum(test(*make(source, n)) < 0.05 for _ in range(runs)) / runs


def same_quality(source, n):
    """Return two lists of scores of equally good models on items of differing difficulty."""
    difficulty = source.beta(1, 1, n)
    return [list(np.clip(difficulty + source.normal(0, 0.1, n), 0, 1)) for _ in range(2)]


def same_share(source, n):
    """Return two lists of right/wrong scores of equally good models on items of differing difficulty."""
    difficulty = source.beta(1, 1, n)
    return [list((source.random(n) < difficulty).astype(float)) for _ in range(2)]


def paired_p(a, b):
    """Return the p-value of the test in use."""
    return paired(a, b).p


def unpaired_p(a, b):
    """Return the p-value of a test that forgets which answers belong together (the mutant)."""
    from scipy.stats import ttest_ind

    return float(ttest_ind(a, b, equal_var=False).pvalue)


def doubled_p(a, b):
    """Return the p-value of a test that counts every item twice (another mutant)."""
    return paired([*a, *a], [*b, *b]).p


def test_equally_good_models_are_rarely_told_apart():
    """A against A: at most 8 % false alarms for right/wrong, and 2 to 8 % for other scores, whose test is not conservative."""
    assert (alarms(paired_p, same_share) <= 0.08, 0.02 <= alarms(paired_p, same_quality) <= 0.08) == (True, True)


def test_the_calibration_catches_a_test_that_forgets_the_pairs():
    """The unpaired mutant fails the same calibration: it hardly ever says anything."""
    assert alarms(unpaired_p, same_quality) < 0.02


def test_the_calibration_catches_a_test_that_counts_items_twice():
    """The doubling mutant fails the same calibration: it cries wolf."""
    assert alarms(doubled_p, same_quality) > 0.08


def test_pairs_find_what_an_unpaired_test_misses():
    """A small gain on items of very different difficulty is found in pairs nearly always, without pairs hardly ever."""

    def better(source, n):
        a, b = same_quality(source, n)
        return a, [min(1.0, score + 0.06) for score in b]

    assert (alarms(paired_p, better, runs=60) > 0.6, alarms(unpaired_p, better, runs=60) < 0.3) == (True, True)


@pytest.mark.parametrize("n", [20, 50])
@pytest.mark.parametrize("kind", ["right or wrong", "continuous", "tied"])
def test_the_interval_covers_the_truth_as_often_as_it_says(kind, n):
    """300 draws with a known difference: the 95 % interval holds it in at least 91 % (and noise of 300 draws is 2.5 %)."""
    source = np.random.default_rng(SEED)
    held = 0
    for _ in range(300):
        a, b, truth = draw(kind, n, source)
        found = paired(a, b)
        held += found.low <= truth <= found.high

    assert held / 300 >= 0.91


def draw(kind, n, source):
    """Return scores of A and B, and the true difference of their means."""
    if kind == "right or wrong":
        u = source.random(n)
        return list((u < 0.5).astype(float)), list(((u > 0.1) & (u < 0.85)).astype(float)), 0.25
    change = source.random(n) if kind == "continuous" else source.choice([0.25, 0.5, 1.0], n)
    up = source.random(n)
    b = np.where(up < 0.3, change, np.where(up < 0.4, -change, 0))
    mean = 0.5 if kind == "continuous" else 1.75 / 3
    return [0.0] * n, list(b), 0.2 * mean
