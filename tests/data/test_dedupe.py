"""Dedupe: near-same rows are found and hard strangers are not."""

from __future__ import annotations

import json
import random

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.dedupe import clusters
from burnish.records.conversation import Conversation, Message
from toys import SEED

QUESTION, ANSWER = (
    "Why does the old boiler of Milton make that noise at night?",
    "It is the pump of Milton, which draws air at 7 bar.",
)


def row(question, answer, system="", thought=None):
    """Return a row of two turns, or three with a system turn."""
    first = (Message(role="system", content=system),) if system else ()
    said = (Message(role="user", content=question), Message(role="assistant", content=answer, reasoning_content=thought))
    return Conversation(messages=first + said)


def firsts(*rows):
    """Return for each row the earlier row it repeats, or None."""
    return [first for _, first, _ in clusters(rows)]


@pytest.mark.parametrize(
    "copy",
    [
        row(QUESTION, ANSWER),
        row(QUESTION.lower().replace("?", " ?"), ANSWER),
        row(QUESTION.replace("noise", "niose"), ANSWER),
        row("Please: " + QUESTION, ANSWER),
        row(QUESTION, ANSWER + " Yes."),
    ],
)
def test_a_copy_is_found(copy):
    """Case, punctuation, a typo, a polite word and a little more at the end make no other row."""
    assert firsts(row(QUESTION, ANSWER), copy) == [None, 0]


@pytest.mark.parametrize(
    "stranger",
    [
        row(QUESTION, ANSWER.replace("7", "8")),
        row(QUESTION.replace("Milton", "Harper"), ANSWER.replace("Milton", "Harper")),
        row(QUESTION, "It is not the pump of Milton, which draws air at 7 bar."),
        row(QUESTION, "Nobody knows; ask the caretaker in the morning."),
        row("Who repairs it, and when?", ANSWER),
        row(QUESTION, ANSWER, system="Answer as a pirate."),
        row(QUESTION, ANSWER, thought="The pump, I think."),
    ],
)
def test_a_stranger_is_kept(stranger):
    """Another number, name, answer, question, system turn or thought is another row, however alike the rest."""
    assert firsts(row(QUESTION, ANSWER), stranger) == [None, None]


def test_what_goes_is_near_to_the_row_that_stays():
    """In a chain of small changes a row goes only when it is near the one kept, not when it is near one that went."""
    words = "the slow river bends around every hill before it finally meets a wide and quiet sea under pale morning light".split()
    chain = [" ".join("xyzzy" if j < step else word for j, word in enumerate(words)) for step in range(9)]
    found = firsts(*(row("What does the river do?", text) for text in chain))

    assert found[1] == 0
    assert found[-1] != 0
    assert [found[first] for first in found if first is not None] == [None] * sum(first is not None for first in found)


def test_copies_are_found_among_thousands():
    """Of planted copies with a typo more than 95 in 100 are found, and nothing else."""
    rng = random.Random(SEED)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(3, 9))) for _ in range(2000)]
    rows, pairs = [], {}
    for _ in range(600):
        question, answer = (" ".join(rng.choices(words, k=count)) for count in (12, 25))
        rows.append(row(question, answer))
        if rng.random() < 0.2:
            pairs[len(rows)] = len(rows) - 1
            rows.append(row(question, answer[:20] + answer[21] + answer[20] + answer[22:]))
    found = {i: first for i, first in enumerate(firsts(*rows)) if first is not None}

    assert {i: first for i, first in found.items() if pairs.get(i) != first} == {}
    assert len(found) > 0.95 * len(pairs)


def test_half_a_pair_of_surrogates_stops_nothing():
    """A text that is no Unicode is compared like any other."""
    assert firsts(row("Why \ud83d?", "So \ud83d."), row("Why \ud83d?", "So \ud83d.")) == [None, 0]


def _dedupe(tmp_path, *options):
    rows = [(QUESTION, ANSWER), ("Other?", "Other."), (QUESTION, ANSWER), (QUESTION, ANSWER + " Yes.")]
    source, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"prompt": q, "completion": a}) + "\n" for q, a in rows) + "{}\n")
    done = CliRunner().invoke(app, ["dedupe", str(source), "-o", str(out), "--json", *options])
    assert done.exit_code == 0, done.stderr
    answers = [json.loads(line)["messages"][1]["content"] for line in out.read_text().splitlines()]
    return json.loads(done.stdout), answers


def test_the_verb_names_lines_and_closes_its_books(tmp_path):
    """Clusters come with the line kept and the lines taken out; rows in are rows out and rows taken out by reason."""
    told, answers = _dedupe(tmp_path)

    assert [(one["kept"], one["taken_out"], one["exact"]) for one in told["clusters"]] == [(1, [3, 4], False)]
    assert answers == [ANSWER, "Other."]
    assert told["ledger"]["removed"] == {
        "cannot be read as a row": 1,
        "an exact copy of a row that is kept": 1,
        "near-same to a row that is kept": 1,
    }
    assert told["ledger"]["closes"] is True


@pytest.mark.parametrize(
    ("option", "answers"), [("--best", ["Other.", ANSWER + " Yes."]), ("--exact", [ANSWER, "Other.", ANSWER + " Yes."])]
)
def test_what_is_kept_can_be_chosen(option, answers, tmp_path):
    """--best keeps the longest answer, --exact leaves what is only near."""
    assert _dedupe(tmp_path, option)[1] == answers
