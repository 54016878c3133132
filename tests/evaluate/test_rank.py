"""Several models ranked: who is better, who cannot be told apart, and files that hold nothing but that."""

from __future__ import annotations

import csv
import io
import random
import re
from html.parser import HTMLParser

import pytest

from burnish.errors import DataError
from burnish.evaluate.rank import rank
from burnish.evaluate.ranking_page import page, table
from burnish.evaluate.run import score_suite
from burnish.records.codec import from_json, to_json
from burnish.records.ranking import Ranking
from burnish.records.report import EvalReport, GradedAnswer
from toys import SEED


def report(model, **suites):
    """Return a report of suites, each a list of scores."""
    made = {
        name: score_suite(
            [
                GradedAnswer(
                    id=f"t{i}",
                    prompt="?",
                    category="fact",
                    grader="exact",
                    target="x",
                    text="x",
                    tokens=3,
                    natural_stop=True,
                    score=score,
                )
                for i, score in enumerate(scores)
            ]
        )
        for name, scores in suites.items()
    }
    return EvalReport(model=model, suites=made)


def right(count, n=40):
    """Return the scores of a model that answers the first `count` of n tasks rightly."""
    return [1.0] * count + [0.0] * (n - count)


def test_the_chain_where_neighbours_are_alike():
    """20, 24 and 29 right of 40: the ends differ (9 to none), neighbours (4 and 5 to none) cannot be told apart."""
    found = rank([report("low", s=right(20)), report("high", s=right(29)), report("mid", s=right(24))])

    assert [(one.model, one.rank, one.groups) for one in found.models] == [("high", 1, "a"), ("mid", 1, "ab"), ("low", 2, "b")]
    assert found.best == ("high", "mid")
    assert found.sentence == "high and mid cannot be told apart at the top"


def test_one_clear_winner():
    """A model that is better than each of the others is named alone."""
    found = rank([report("a", s=right(10)), report("b", s=right(38)), report("c", s=right(11))])

    assert (found.best, [one.rank for one in found.models]) == (("b",), [1, 2, 2])
    assert found.sentence == "b is better than each of the others"


def test_the_same_model_three_times_cannot_be_told_apart():
    """A/A/A: one letter, one rank, and names that come twice are numbered."""
    random.seed(SEED)
    scores = [random.random() for _ in range(30)]
    found = rank([report("base", s=scores)] * 3)

    assert [(one.model, one.rank, one.groups) for one in found.models] == [
        ("base (1)", 1, "a"),
        ("base (2)", 1, "a"),
        ("base (3)", 1, "a"),
    ]
    assert found.sentence == "none of them can be told apart"


def test_pairs_are_corrected_for_their_number():
    """Eight to one of nine (p = 0.039) is better of two models, and not of three."""
    before, after = [0.0] * 8 + [1.0] + [1.0] * 11, [1.0] * 8 + [0.0] + [1.0] * 11
    two = rank([report("a", s=before), report("b", s=after)])
    three = rank([report("a", s=before), report("b", s=after), report("c", s=after)])

    assert (two.best, set(three.best)) == (("b",), {"a", "b", "c"})


def test_every_prompt_of_every_suite_weighs_the_same():
    """30 and 10 prompts with the same ids in both suites are 40 prompts."""
    found = rank([report("a", big=right(30, 30), small=right(0, 10)), report("b", big=right(0, 30), small=right(10, 10))])

    assert [(one.model, one.mean, one.n) for one in found.models] == [("a", 0.75, 40), ("b", 0.25, 40)]
    assert found.models[0].suites["small"][0] == 0


def test_what_is_no_ranking_is_refused():
    """One model, or reports on other tasks, are told."""
    with pytest.raises(DataError, match="several models"):
        rank([report("a", s=right(3))])
    with pytest.raises(DataError, match="same tasks"):
        rank([report("a", s=right(3)), report("b", other=right(3))])


def test_a_ranking_survives_its_file():
    """Written as JSON and read back it is the same."""
    found = rank([report("a", s=right(10)), report("b", s=right(38))])

    assert from_json(Ranking, to_json(found)) == found


def test_the_csv_has_a_line_a_model_and_suite_and_runs_nothing():
    """Numbers are whole, and a name that a spreadsheet would run is text."""
    rows = list(csv.DictReader(io.StringIO(table(rank([report("=1+1", s=right(10)), report("b", s=right(38))])))))

    assert [(row["suite"], row["model"], row["rank"], row["mean"]) for row in rows] == [
        ("all", "b", "1", "0.95"),
        ("all", "'=1+1", "2", "0.25"),
        ("s", "b", "", "0.95"),
        ("s", "'=1+1", "", "0.25"),
    ]


class Tags(HTMLParser):
    """The elements and attributes of a page, without its text."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, sorted(name for name, _ in attrs)))


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=1>', "{{ 7*7 }}", "</style><style>*{}", "\u202eabc"]
)
def test_hostile_names_stay_text(evil):
    """No name of a model or suite adds an element, or is run as a template."""
    hostile = page(rank([report(evil, **{evil: right(10), "m": right(2)}), report("b", **{evil: right(38), "m": right(3)})]))
    plain = page(rank([report("x", y=right(10), m=right(2)), report("b", y=right(38), m=right(3))]))

    assert Tags(hostile).seen == Tags(plain).seen
    assert "49" not in re.findall(r'<th scope="row">([^<]*)</th>', hostile)


def test_the_page_is_offline_and_its_style_is_the_one_allowed():
    """Nothing is loaded, there is no script, and the policy allows this one sheet by its hash."""
    import base64
    import hashlib

    text = page(rank([report("a", s=right(10)), report("b", s=right(38))]))
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    assert re.findall(r"<script|src=|href=|url\(|style=", text) == []
    assert "<h1>b is better than each of the others" in text
