"""The canary round on the toy model: what was learnt unscrubbed is found again, what was scrubbed is not."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_rows, write_rows

MEMORISED = (
    "--set",
    "train.epochs=120",
    "--set",
    "train.learning_rate=0.02",
    "--set",
    "data.holdout=0",
    "--set",
    "train.keep=last",
)


def run(*words):
    """Run the tool; return the result."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def leaking(folder, toy_folder, *scrub):
    """Plant three canaries, scrub, train until the rows are known by heart, look for what leaks; return the result of that."""
    rows = write_rows(folder / "rows.jsonl", toy_rows(3))
    sown = run("scrub", rows, "-o", folder / "clean.jsonl", "--plant", 3, "--key", folder / "key.json", *scrub, "--json")
    trained = run("train", folder / "clean.jsonl", "--model", toy_folder, "--home", folder, *MEMORISED, "--json")
    assert trained.exit_code == 0, trained.stderr
    return json.loads(sown.stdout), run(
        "canaries", "--key", folder / "key.json", "--home", folder, "--json", "--alternatives", 31
    )


@pytest.fixture(scope="module")
def unscrubbed(tmp_path_factory, toy_folder):
    """Return (folder, what scrub said, what canaries said) for canaries that the scrub was told to leave."""
    folder = tmp_path_factory.mktemp("unscrubbed")
    return folder, *leaking(folder, toy_folder, "--kind", "url")


def test_a_canary_that_was_not_scrubbed_is_found(unscrubbed):
    """Each is said by the version and not by the base, is exposed as far as can be measured, and the verb leaves with 1."""
    folder, sown, done = unscrubbed
    told = json.loads(done.stdout)
    kept = next((folder / ".burnish" / "canaries").glob("*/canaries.json"))

    assert (sown["planted"], sown["left"]) == (3, ["phone", "card", "mail"])
    assert sown["ledger"]["added"] == {"planted canaries": 3}
    assert done.exit_code == 1
    assert told["extractable"] == 3
    assert [(one["extractable"], one["in_rows"], one["canary"], one["exposure"]) for one in told["found"]] == [
        (True, True, True, 5.0)
    ] * 3
    assert json.loads(kept.read_text())["extractable"] == 3
    assert json.loads(run("fsck", "--home", folder, "--json").stdout)["ok"] is True


def test_no_value_is_written_whole(unscrubbed):
    """Neither the terminal nor the file that is kept names a value: both may be shown to others."""
    folder, _, done = unscrubbed
    values = [one["value"] for one in json.loads((folder / "key.json").read_text())["canaries"]]
    kept = next((folder / ".burnish" / "canaries").glob("*/canaries.json")).read_text()

    assert [value for value in values if value in done.stdout + done.stderr + kept] == []


def test_a_canary_that_was_scrubbed_is_not_found(tmp_path, toy_folder):
    """Scrubbed, none can be drawn out of the version, which has learnt the rows as well by heart; the verb leaves with 0."""
    sown, done = leaking(tmp_path, toy_folder)
    told = json.loads(done.stdout)

    assert (sown["planted"], sown["left"]) == (3, [])
    assert done.exit_code == 0
    assert told["extractable"] == 0
    assert [(one["extractable"], one["in_rows"], one["canary"]) for one in told["found"]] == [(False, False, True)] * 3
    assert max(one["exposure"] for one in told["found"]) < 5.0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["scrub", "{rows}", "-o", "{out}", "--plant", "3"], "must be known later"),
        (["scrub", "{rows}", "-o", "{out}", "--plant", "900", "--key", "{out}.key"], "cannot be planted"),
        (["canaries", "--key", "{rows}", "--home", "{home}"], "no key of a scrub"),
        (["canaries", "base", "--key", "{key}", "--home", "{home}"], "no version of the project"),
    ],
)
def test_what_cannot_be_done_is_said(unscrubbed, tmp_path, words, told):
    """Each fault names what is wrong, and nothing is written."""
    folder = unscrubbed[0]
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    names = {"rows": rows, "out": tmp_path / "out.jsonl", "home": folder, "key": folder / "key.json"}
    done = run(*(word.format(**names) for word in words))

    assert done.exit_code == 1
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == [rows]
