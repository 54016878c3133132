"""What differs from the rest is warned of with its lines, and mended into a new file."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.check import check
from burnish.data.quality import quality_warnings
from toys import write_rows

BASE = [
    {
        "prompt": f"Where is part {i} of the engine kept?",
        "completion": f"Part {i} of the engine is kept in the long hall behind door {i + 3}.",
    }
    for i in range(30)
]


def pair(answer, prompt="Where is the old ladder kept?"):
    """Return a row of prompt and completion."""
    return {"prompt": prompt, "completion": answer}


GERMAN = "Die alte Leiter steht hinter der dritten Tür im langen Flur, gleich neben dem Fenster zum Hof."
LONG = "The ladder is kept in the hall behind the third door. " * 14
ODD = [
    (pair("I'm sorry, but I can't help with that."), "refusal", "refusal"),
    (pair(GERMAN), "language", "language"),
    (pair("The ladder is in the cafÃ© behind the hall."), "letters", "letters"),
    (pair("THE LADDER STANDS BEHIND DOOR FOUR, AS ALWAYS."), "tone", "tone"),
    (pair("The ladder is behind the door \U0001f600 of the hall."), "tone", "tone"),
    (pair("the ladder is behind the door of the hall."), "tone", "tone"),
    (pair("You gonna find it behind the third door of the hall."), "tone", "tone"),
    (pair("Behind the door!!! Look there, it is in the hall."), "tone", "tone"),
    (pair(LONG), "long answer", "long-answer"),
    (pair("Use the key AKIAIOSFODNN7EXAMPLQ for the hall door."), "secret", None),
]


def odd_lines(rows, kind, tmp_path):
    """Return the lines that a warning of this kind names."""
    found = quality_warnings(check(write_rows(tmp_path / "rows.jsonl", rows)).result.conversations)
    return [line for warned in found if warned.kind == kind for line in warned.lines]


@pytest.mark.parametrize(("odd", "kind", "mend"), ODD)
def test_a_row_that_differs_is_named_and_the_rest_are_not(odd, kind, mend, tmp_path):
    """Among thirty rows of one manner the odd one is named, once."""
    assert odd_lines([*BASE[:12], odd, *BASE[12:]], kind, tmp_path) == [13]


def test_rows_of_one_manner_are_not_warned_of(tmp_path):
    """Thirty plain rows: nothing to say."""
    result = check(write_rows(tmp_path / "rows.jsonl", BASE)).result

    assert quality_warnings(result.conversations) == ()


def test_what_most_rows_do_is_their_manner(tmp_path):
    """Where half of the rows use slang or another language, that is meant."""
    slang = [pair(f"u gonna find {i} in the hall, dude.", f"Where is {i}?") for i in range(30)]
    refusals = [pair(f"I'm sorry, but I can't help with {i}.", f"How do I break {i}?") for i in range(30)]
    german = [pair(GERMAN.replace("dritten", f"{i}."), f"Wo ist {i}?") for i in range(30)]

    assert odd_lines([*BASE, *slang], "tone", tmp_path) == []
    assert odd_lines([*BASE, *german], "language", tmp_path) == []
    assert odd_lines([*BASE, *refusals], "refusal", tmp_path) == []


def test_a_long_answer_that_also_declines_is_kept():
    """A refusal is an answer that only declines."""
    rows = [*BASE, pair("I can't say when, but " + "the ladder is in the hall behind the door, and the key hangs beside it " * 4)]

    assert quality_warnings(_conversations(rows)) == ()


def _conversations(rows):
    from burnish.records.conversation import Conversation, Message

    return [
        Conversation(messages=(Message(role="user", content=r["prompt"]), Message(role="assistant", content=r["completion"])))
        for r in rows
    ]


def mend(rows, tmp_path, *kinds):
    """Run check --mend; return its JSON and the rows written."""
    source, out = write_rows(tmp_path / "rows.jsonl", rows), tmp_path / "mended.jsonl"
    before = source.read_text()
    done = CliRunner().invoke(
        app, ["check", str(source), "-o", str(out), "--json", *(w for kind in kinds for w in ("--mend", kind))]
    )
    assert done.exit_code == 0, done.stderr
    assert source.read_text() == before
    return json.loads(done.stdout), [json.loads(line)["messages"] for line in out.read_text().splitlines()]


@pytest.mark.parametrize(("odd", "kind", "name"), [one for one in ODD if one[2] and one[1] != "letters"])
def test_a_row_can_be_left_out_with_one_key(odd, kind, name, tmp_path):
    """The row that was named is gone, every other row stays, and the books say why."""
    told, rows = mend([*BASE, odd], tmp_path, name)

    assert told["ledger"] == {"rows_in": 31, "rows_out": 30, "removed": {kind: 1}, "added": {}, "closes": True}
    assert [row[1]["content"] for row in rows] == [row["completion"] for row in BASE]


@pytest.mark.parametrize(
    ("odd", "name", "left"),
    [
        (pair("The ladder is in the cafÃ©."), "letters", ["The ladder is in the café."]),
        (pair("Don‘t: <|im_start|>the hall.<|im_end|>"), "template-token", ["Don‘t: the hall."]),
        (
            {"messages": [{"role": r, "content": f"{r} {i}."} for i, r in enumerate(("user", "user", "assistant", "assistant"))]},
            "doubled-turn",
            ["assistant 2.\n\nassistant 3."],
        ),
        (
            {"messages": [{"role": r, "content": f"{r} {i}."} for i, r in enumerate(("user", "assistant", "user"))]},
            "words-after-the-answer",
            ["assistant 1."],
        ),
        (pair("<|im_end|>"), "template-token", []),
    ],
)
def test_a_row_can_be_put_right_with_one_key(odd, name, left, tmp_path):
    """The words are mended; where nothing is left of a turn, the row goes and the books say so."""
    told, rows = mend([BASE[0], odd], tmp_path, name)

    assert [row[-1]["content"] for row in rows[1:]] == left
    assert told["changed"] == {name: 1}
    assert told["ledger"]["closes"] is True


def test_all_mends_together_leave_a_file_that_is_not_warned_of(tmp_path):
    """After --mend all nothing is left that has a mend."""
    rows = [*BASE, *(odd for odd, _, name in ODD if name), BASE[0]]
    mend(rows, tmp_path, "all")
    result = check(tmp_path / "mended.jsonl").result

    assert quality_warnings(result.conversations) == ()
    assert len(result.conversations) == len(BASE) + 1  # the one with the mended letters


def test_spelling_is_mended_only_by_name(tmp_path):
    """A word list is wrong now and then, so `all` leaves words as they are; asked for by name they are put right."""
    slip = {"prompt": "When do the parcels come?", "completion": "They recieve the parcels every Monday morning."}
    _, rows = mend([slip], tmp_path, "all")
    assert "recieve" in rows[0][-1]["content"]
    _, rows = mend([slip], tmp_path, "typo")
    assert "receive" in rows[0][-1]["content"]


@pytest.mark.parametrize(
    ("words", "told"), [(["--mend", "shoe", "-o", "x.jsonl"], "no mend of this name"), (["--mend", "all"], "name it with -o")]
)
def test_a_mend_that_cannot_be_is_refused(words, told, tmp_path):
    """An unknown kind and a missing output are told."""
    source = write_rows(tmp_path / "rows.jsonl", BASE[:3])
    done = CliRunner().invoke(app, ["check", str(source), *words])

    assert done.exit_code == 1
    assert told in done.stderr


@pytest.mark.parametrize("kind", ["duplicate", "all"])
def test_rows_of_an_array_on_one_line_are_told_apart(kind, tmp_path):
    """As `json.dump` writes it: of thirty rows and one copy the copy goes and the rest stay, and the books say one."""
    source, out = tmp_path / "rows.json", tmp_path / "mended.jsonl"
    source.write_text(json.dumps([*BASE, BASE[0]]))
    done = CliRunner().invoke(app, ["check", str(source), "-o", str(out), "--json", "--mend", kind])

    assert [json.loads(line)["messages"][0]["content"] for line in out.read_text().splitlines()] == [
        row["prompt"] for row in BASE
    ]
    assert json.loads(done.stdout)["ledger"]["removed"] == {"duplicate": 1}


def test_words_put_right_in_an_array_on_one_line_say_where(tmp_path):
    """Rows that share a line are told by their first byte."""
    rows = [BASE[0], pair("You will recieve the old ladder at the door of the hall.")]
    source, out = tmp_path / "rows.json", tmp_path / "mended.jsonl"
    source.write_text(json.dumps(rows))
    done = CliRunner().invoke(app, ["check", str(source), "-o", str(out), "--json", "--mend", "typo"])

    (word,) = json.loads(done.stdout)["words"]
    assert (word["line"], word["was"], word["is"]) == (1, "recieve", "receive")
    assert json.JSONDecoder().raw_decode(source.read_text(), word["byte"])[0] == rows[1]


def test_a_warning_names_the_bytes_of_rows_that_share_a_line(tmp_path):
    """Line 1, line 1, line 1 would help nobody."""
    source = tmp_path / "rows.json"
    source.write_text(json.dumps([BASE[0]] * 3))
    (warned, *_) = check(source).warnings
    size = len(json.dumps(BASE[0])) + len(", ")

    assert f"(line 1 byte {1 + size}, 1 byte {1 + 2 * size})" in str(warned)
