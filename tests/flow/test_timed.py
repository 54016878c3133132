"""A step that was timed is not timed again by the next word typed, unless anything that it depends on has changed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow import timed
from toys import toy_rows, write_rows

AGAIN = "timed here within the hour"


@pytest.fixture
def ask(tmp_path, toy_folder, monkeypatch):
    """Return what types `plan` for 24 toy rows and gives (exit code, all that was said); the kept step lies in a folder of the test."""
    monkeypatch.setattr(timed, "_place", lambda: tmp_path / "cache" / timed.FILE)
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))

    def typed(*words):
        done = CliRunner().invoke(app, ["plan", str(rows), "--model", str(toy_folder), "--home", str(tmp_path), *words])
        assert done.exit_code == 0, done.stderr
        return done.stdout + done.stderr

    return typed


def test_the_same_words_time_no_second_step_and_give_the_same_quote(ask, tmp_path):
    """The second `plan` loads no weights for a timing, says so, and quotes what was measured (but for the load of now, in the upper end)."""
    first, second = ask("--json"), ask("--json")
    quotes = [json.loads(one[one.index("{") : one.rindex("}") + 1])["quote"] for one in (first, second)]

    assert AGAIN not in first
    assert AGAIN in second
    assert [{**one, "seconds_high": 0} for one in quotes] == [{**quotes[0], "seconds_high": 0}] * 2
    assert quotes[0]["measured"] is True


@pytest.mark.parametrize("words", [("--set", "lora.rank=4"), ("--set", "train.batch_rows=2"), ("--set", "train.seed=5")])
def test_another_setting_is_timed_anew(ask, words):
    """What the plan says decides a step's time."""
    ask()
    assert AGAIN not in ask(*words)


def test_other_rows_are_timed_anew(ask, tmp_path):
    """The rows decide how long a step is."""
    ask()
    write_rows(tmp_path / "rows.jsonl", toy_rows(23))
    assert AGAIN not in ask()


@pytest.mark.parametrize("age", [timed.FRESH_SECONDS + 1, -60.0])
def test_an_old_step_or_one_from_the_future_is_timed_anew(ask, tmp_path, age):
    """A machine may be busier after an hour, and a clock may be wrong."""
    ask()
    place = tmp_path / "cache" / timed.FILE
    kept = json.loads(place.read_text())
    place.write_text(json.dumps({**kept, "at": kept["at"] - age}))
    assert AGAIN not in ask()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', '{"at": "x", "key": "", "timing": {}}'])
def test_a_damaged_file_means_that_a_step_is_timed(ask, tmp_path, text):
    """Nothing odd in the cache stops anybody."""
    ask()
    (tmp_path / "cache" / timed.FILE).write_text(text)
    assert AGAIN not in ask()


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"tokens": -1}, {"peak_bytes": "1"}, {"seconds": "fast"}])
def test_kept_numbers_that_cannot_be_are_not_believed(ask, tmp_path, wrong):
    """A quote is never made from nonsense."""
    ask()
    place = tmp_path / "cache" / timed.FILE
    kept = json.loads(place.read_text())
    place.write_text(json.dumps({**kept, "timing": {**kept["timing"], **wrong}}))
    assert AGAIN not in ask()


def test_a_cache_that_cannot_be_written_costs_nothing(ask, tmp_path):
    """Where the cache folder cannot be made, the plan is made all the same."""
    (tmp_path / "cache").write_text("a file")
    ask()
    assert AGAIN not in ask()
