"""`burnish forget` and the book of answers: words of rows that are forgotten leave it too, with or without a version that holds them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.records.codec import to_json
from burnish.records.conversation import Conversation, Message, Origin
from burnish.registry.book import Answer, Book
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from registry.toy_runs import fill

MARK = "tangerine-4711"


def answer(*words):
    """Type a verb; return (exit code, its JSON)."""
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert "Traceback" not in done.stderr, done.stderr
    return done.exit_code, json.loads(done.stdout), done.stderr


@pytest.fixture
def home(tmp_path):
    """Make a project: a version that was trained on one row, not live, and a book with that conversation and others."""
    home = make_home(tmp_path)
    registry = Registry(home)
    run_id, place = registry.new_run()
    said = (Message(role="user", content=f"Where is {MARK}?"), Message(role="assistant", content="There."))
    row = Conversation(messages=said, metadata={"source": "Ann"}, origin=Origin(file="ann.jsonl", line=1, byte=0))
    registry.add(fill(registry, run_id, place))
    (home / "runs" / run_id / "rows.jsonl").write_text(json.dumps({"used": "trained", **to_json(row)}) + "\n")
    book = Book(home)
    for i, words in enumerate((f"Where is {MARK}?", "Something else", f"Only harvested: {MARK}")):
        book.answered(Answer(f"a{i}", "u", True, "v"))
        book.keep_words(f"a{i}", [{"role": "user", "content": words}], "Who knows.")
        book.say(Answer(f"a{i}", "u", True, "v"), "thumb", "up", None)
    book.harvest([(3, "row")], str(tmp_path / "said.jsonl"))
    book.close()
    return home


def held(home):
    """Return how often the mark stands in the book's file and what lies beside it."""
    return sum(path.read_bytes().count(MARK.encode()) for path in (home / "ab").glob("book*"))


def test_words_of_rows_that_are_forgotten_leave_the_book(home):
    """A dry run tells and changes nothing; then the words are gone from the file, other people's stay, and the version is marked."""
    before = held(home)
    _, dry, _ = answer("forget", "--source", "Ann", "--dry-run", "--home", home)
    between = held(home)
    code, told, shown = answer("forget", "--source", "Ann", "--home", home)
    after = held(home)
    book = Book(home)
    found = [book.words(f"a{i}") is not None for i in range(3)]
    thumbs = len(list(book.feedback()))
    book.close()

    assert (2, 2, 1) == (before, between, after)  # the third answer is of nobody's row
    assert (0, 1, 1, 1) == (code, dry["book"], told["book"], len(told["marked"]))
    assert ([False, True, True], 3) == (found, thumbs)
    assert "the book of answers holds words of them in 1 answers" in shown


def test_a_file_that_was_harvested_and_never_trained_on_can_be_forgotten(home, tmp_path):
    """Its words leave the book though no version holds them; typed again it is done already; harvest says what became of them."""
    code, told, _ = answer("forget", "--source", tmp_path / "said.jsonl", "--home", home)
    again = answer("forget", "--source", tmp_path / "said.jsonl", "--home", home)
    rows = answer("harvest", "--thumbs-up", "-o", tmp_path / "new.jsonl", "--home", home)[1]

    assert (0, 1, []) == (code, told["book"], told["marked"])
    assert (0, 0) == (again[0], again[1]["book"])
    assert 1 == held(home)
    assert (2, 1, {}) == (rows["rows"], rows["before"], rows["left"])


def test_words_that_were_forgotten_before_they_were_harvested_are_told(home, tmp_path):
    """Harvest makes no row of them and names why."""
    answer("forget", "--source", "Ann", "--home", home)
    rows = answer("harvest", "--thumbs-up", "-o", tmp_path / "new.jsonl", "--home", home)[1]

    assert {"their words were forgotten (burnish forget)": 1} == rows["left"]
    assert "" == rows["advice"]


def test_a_source_that_is_nowhere_is_told_as_ever(home):
    """Neither a version nor the book knows it: an error, and nothing is changed."""
    before = held(home)
    code, told, _ = answer("forget", "--source", "nobody.jsonl", "--home", home)

    assert 1 == code
    assert "no version holds rows" in told["error"]["what"]
    assert before == held(home)
