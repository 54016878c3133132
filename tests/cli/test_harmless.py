"""What people typed, and what they pasted into rows: told so that nobody is misled, and no terminal steered."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.cli.show import Screen, harmless
from toys import toy_model_folder

STEERS = "\x1b[31mred\x1b]0;title\x07\r\x9b2J\u202eback"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the program in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words, **more: CliRunner().invoke(app, [str(word) for word in words], **more)


def _rows(path, number, category="style", words=""):
    """Write rows whose questions differ."""
    rows = (
        {
            "messages": [
                {"role": "user", "content": f"What is number {i}{words}?"},
                {"role": "assistant", "content": f"It is {i} of them{words}."},
            ],
            "metadata": {"category": category.format(i=i)},
        }
        for i in range(number)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _is_harmless(text):
    return not any(sign in text for sign in ("\x1b", "\x07", "\r", "\x9b", "\u202e"))


@pytest.mark.parametrize(
    "words",
    [
        ["split", "r.jsonl", "-o", "s"],
        ["augment", "r.jsonl", "-o", "o"],
        ["dedupe", "two.jsonl", "-o", "o"],
        ["label", "r.jsonl", "-o", "o"],
    ],
)
def test_what_rows_hold_never_steers_a_terminal(run, tmp_path, words):
    """Control signs and marks that turn the reading direction are written out, in tables and in lines, from categories and words."""
    rows = _rows(tmp_path / "r.jsonl", 12, category="c" + STEERS, words=STEERS)
    (tmp_path / "two.jsonl").write_text(rows.read_text() * 2)
    bare = {"messages": [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": "Yes, that one."}]}
    rows.write_text(rows.read_text() + json.dumps(bare) + "\n")
    done = run(*words, input="")

    assert done.exit_code == 0, done.stderr
    assert _is_harmless(done.stdout + done.stderr)
    assert "\\u001b[31mred" in done.stdout


def test_the_tokens_of_a_row_never_steer_a_terminal(run, tmp_path):
    """Looking at a row is what one does with a suspicious one."""
    _rows(tmp_path / "r.jsonl", 1, words=STEERS)
    done = run("look", "r.jsonl", "--model", toy_model_folder(tmp_path / "toy"))

    assert done.exit_code == 0, done.stderr
    assert _is_harmless(done.stdout + done.stderr)


def test_a_fault_never_steers_a_terminal(run):
    """What is seen goes into the block as it can be read."""
    done = run("check", f"no{STEERS}.jsonl")

    assert done.exit_code == 1
    assert _is_harmless(done.stdout + done.stderr)


def test_words_of_every_language_stay_as_they_are():
    """Tabs, line ends, accents, right-to-left letters and joined pictures steer nothing."""
    text = "a\tb\nGrüße שלום \u05d0 👩\u200d💻 \u00a0 é"

    assert harmless(text) == text


def test_a_title_longer_than_its_table_stays_on_one_line(capsys):
    """`where the rows went` over a narrow table is not broken into pieces."""
    Screen().table("where the rows went", ("", "n"), (("a", "1"),))

    assert "where the rows went" in capsys.readouterr().out.splitlines()


def test_a_file_of_rows_that_is_not_there_is_told_as_that(run):
    """`burnish report` takes runs and files: the end of the name says which was meant."""
    done = run("report", "nofile.jsonl")

    assert done.exit_code == 1
    assert "nofile.jsonl" in done.stderr
    assert "project" not in done.stderr


def test_more_categories_than_digits_can_be_labelled_by_naming_some(run, tmp_path):
    """The remedy that the fault names works, and the fault does not list thousands."""
    _rows(tmp_path / "r.jsonl", 40, category="c{i}")
    refused = run("label", "r.jsonl", "-o", "o.jsonl")
    named = run("label", "r.jsonl", "-o", "o.jsonl", "--category", "c1", "--category", "c2", input="")
    blank = run("label", "r.jsonl", "-o", "o2.jsonl", "--category", " ")

    assert "c8 and 34 more" in refused.stderr
    assert (refused.exit_code, named.exit_code, blank.exit_code) == (1, 0, 2)
    assert not (tmp_path / "o2.jsonl").exists()


def test_a_folder_as_the_place_of_rows_is_told_before_the_export_is_read(run, tmp_path):
    """`-o .` is no defect of burnish: a file is needed, and one is named."""
    _rows(tmp_path / "r.jsonl", 2)
    done = run("ingest", "rows", "r.jsonl", "-o", ".")

    assert done.exit_code == 1
    assert "name a file: -o rows.jsonl" in done.stderr


def test_a_split_of_few_rows_says_why_it_holds_none_out(run, tmp_path):
    """Without a word `0 to ask; nothing leaks` would read like a success."""
    _rows(tmp_path / "r.jsonl", 4)
    silent, asked = run("split", "r.jsonl", "-o", "a"), run("split", "r.jsonl", "-o", "b", "--holdout", "1")

    assert "none is held out unless it is asked for: --holdout N" in silent.stdout
    assert "none is held out" not in asked.stdout
