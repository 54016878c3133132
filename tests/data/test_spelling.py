"""Slips in English words are named and put right; names, words of a trade, code, links and other languages are left."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.check import check
from burnish.data.quality import quality_warnings
from burnish.data.spelling import own_words, slips
from toys import write_rows

NONE: frozenset[str] = frozenset()


def seen(text, own=NONE):
    """Return (what stands there, what was meant) for each slip."""
    return [(text[one.start : one.end], one.right) for one in slips(text, own)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The ladder stands behnid the door.", [("behnid", "behind")]),
        ("The answr is in the book of the hall.", [("answr", "answer")]),
        ("It is a questtion of time, and of money.", [("questtion", "question")]),
        ("We shouldnt open the door.", [("shouldnt", "shouldn't")]),
        ("The door of the the hall is is open.", [("the the", "the"), ("is is", "is")]),
        ("You can tale the ladder.", []),
        ("He took thrm to the hall.", [("thrm", "")]),
        ("He came wiht it.", [("wiht", "")]),
        ("Put teh key on the hook adn go home.", [("teh", "the"), ("adn", "and")]),
        ("Ask nto for more of it, and for all of it.", [("nto", "not")]),
    ],
)
def test_a_slip_is_found_and_what_was_meant_where_that_is_clear(text, found):
    """Letters swapped, left out, doubled, a word twice; another word of English is none, a short one is named only."""
    assert seen(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The colours of the theatre, the colors of the theater: analysed, analyzed.",
        "Ask Behnid, or BEHNID, at the hall.",
        "Run `git comit --amnd` in the hall.",
        "Run this:\n```\ncomit(amnd)\n```\nin the hall.",
        "    comit amnd\nis what it prints.",
        "See https://example.org/behnid and mail behnid@example.org today.",
        "Set max_lenght, call lenght() and open lenght.txt.",
        "That that is, is; he had had enough.",
        "A cafeé has a naïve façade.",
        "The rereading of the unlockable, doorless halls.",
        "They paid for the roading of the land.",
        "zhang xiang kuang wuang liang tuang the door.",
        "The systemd unit starts cron, and the repos are cloned to the repo of the backend.",
        "It writes to stdout, calls sudo and reads the yaml config of the cli.",
        "Drink matcha with ghee, udon and tofu; pay with crypto, send the gif and the pdf.",
    ],
)
def test_what_is_no_slip_is_left(text):
    """Both spellings of English, names, code, links, identifiers, built words, text that is mostly unknown."""
    assert seen(text) == []


def test_a_word_that_recurs_is_the_persons_own(tmp_path):
    """A word of the trade that stands twice, or once with a capital, is no slip anywhere."""
    rows = [
        {"prompt": "Where is the behnid kept in the hall?", "completion": "The behnid is kept behind the door of the hall."},
        {"prompt": "What is Quaff to you?", "completion": "It is the quaf and the quaff of the hall."},
    ]
    own = own_words(check(write_rows(tmp_path / "rows.jsonl", rows)).result.conversations)

    assert {"behnid", "quaff"} <= own
    assert seen("It stands behnid the answr.", own) == [("answr", "answer")]
    assert "quaf" not in own


def test_a_slip_of_an_everyday_word_stays_one_however_often_it_stands(tmp_path):
    """A "teh" that stands twice is no word of a trade; where it has a capital it may be a name."""
    rows = [
        {"prompt": "Where is teh key?", "completion": "It is on teh hook that was in the hall, wiht the nad."},
        {"prompt": "What is wiht the NAD?", "completion": "It is the nad of the hall."},
    ]
    own = own_words(check(write_rows(tmp_path / "rows.jsonl", rows)).result.conversations)

    assert seen("It is on teh hook that stands beside the door of the hall with the nad.", own) == [("teh", "the")]
    assert seen("It is wiht the key that stands beside the door of the hall with the nad.", own) == [("wiht", "")]


GERMAN = "Die alte Leiter steht hinter der driten Tür im langen Flur, gleich neben dem Fenster zum Hof."


def test_answers_and_questions_are_told_apart(tmp_path):
    """A slip in an answer teaches it; one in a question may be meant, and one that was made on purpose is."""
    rows = [
        {"prompt": "Where is the ladder?", "completion": "It stands behnid the door of the hall."},
        {"prompt": "Where is the oldd key of the hall?", "completion": "It hangs beside the door."},
        {"prompt": "Wo ist die Leiter?", "completion": GERMAN},
        {"prompt": "Wo ist die Tür?", "completion": "Die answr ist nicht da."},
        {
            "messages": [
                {"role": "user", "content": "What is the coloour of it?"},
                {"role": "assistant", "content": "It is red."},
            ],
            "metadata": {"made": "typo", "parent": "x"},
        },
    ]
    found = {
        warned.kind: warned for warned in quality_warnings(check(write_rows(tmp_path / "rows.jsonl", rows)).result.conversations)
    }

    assert found["typo"].lines == (1,)
    assert "behnid: behind?" in found["typo"].what
    assert found["question typo"].lines == (2,)
    assert set(found) == {"typo", "question typo"}


@pytest.mark.parametrize(
    ("kinds", "answer", "question"), [(("typo",), "behind", "coloour"), (("question-typo",), "behnid", "colour")]
)
def test_slips_are_put_right_with_one_key_and_shown(kinds, answer, question, tmp_path):
    """Only the turns asked for are changed, and each word that was is named with its line."""
    source = write_rows(
        tmp_path / "rows.jsonl",
        [
            {"prompt": "Where is it?", "completion": "It is in the hall."},
            {"prompt": "What is the coloour of the door?", "completion": "Look behnid the door, and at thrm."},
        ],
    )
    out = tmp_path / "mended.jsonl"
    done = CliRunner().invoke(app, ["check", str(source), "-o", str(out), "--json", *(f"--mend={kind}" for kind in kinds)])
    told = json.loads(done.stdout)
    row = json.loads(out.read_text().splitlines()[1])["messages"]

    assert [row[0]["content"], row[1]["content"]] == [
        f"What is the {question} of the door?",
        f"Look {answer} the door, and at thrm.",
    ]
    (word,) = told["words"]
    assert word["line"] == 2
    assert word["is"] in {answer, question}
    assert told["changed"] == {kinds[0]: 1}
