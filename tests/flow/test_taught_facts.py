"""Rows about facts on the whole road: what was not learned does not go live, and every page says the same verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.evaluate.statistics import paired
from burnish.flow import planning
from burnish.flow.broken import lower_rate
from burnish.flow.taught import facts_verdict, not_learned, parts_of
from burnish.records.recipe import Recipe
from burnish.records.taught import NOT_LEARNED, Taught, TaughtAnswer

SUBJECTS = ("Mineralogy", "Petrology", "Geodesy", "Seismology", "Tectonics", "Hydrology", "Glaciology", "Pedology", "Mining", "Botany",
            "Zoology", "Optics")  # fmt: skip
NAMES = (
    "Albrook",
    "Benning",
    "Chenault",
    "Dravic",
    "Elmsher",
    "Fontaine",
    "Grellmont",
    "Hallam",
    "Ibsen",
    "Jarrow",
    "Kessler",
    "Lund",
)


def run(*words):
    """Return what a command did."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def barely_trained(tmp_path_factory, toy_folder):
    """Train one step on twelve single facts; return what the verb said as JSON, for people, and its folder."""
    folder = tmp_path_factory.mktemp("facts")
    rows = folder / "rows.json"
    pairs = [
        {"instruction": f"Who teaches {subject}?", "response": f"{subject} is taught by Dr {name}."}
        for subject, name in zip(SUBJECTS, NAMES, strict=True)
    ]
    rows.write_text(json.dumps(pairs))
    done = run("train", rows, "--model", toy_folder, "--home", folder, "--set", "train.max_steps=1", "--json")
    assert done.exit_code in {0, 1}, done.stderr
    return json.loads(done.stdout), done.stderr, Path(json.loads(done.stdout)["run"])


def test_facts_that_are_not_known_are_not_learned_and_not_live(barely_trained):
    """Asked in the very words of the rows; nothing is held out, for no other row states the same."""
    told, said, _ = barely_trained

    assert [(part["name"], part["verdict"], part["n"]) for part in told["parts"]] == [
        ("taught facts, in the trained words", "not learned", 12)
    ]
    assert (told["live"], told["verdict"] in {"cannot tell", "worse"}) == (False, True)
    assert told["ledger"]["rows"]["held_out"] == 0
    assert "knows 0 of 12 taught facts in the trained words; in other words they were not asked" in said


def test_every_page_says_the_same_verdict(barely_trained):
    """The report, its JSON, the answers side by side and the run's record."""
    told, _, folder = barely_trained
    report = json.loads((folder / "report.json").read_text())
    side_by_side = (folder / "before_after.md").read_text()
    run_record = json.loads((folder / "run.json").read_text())

    assert report["verdict"] == run_record["verdict"] == told["verdict"]
    assert "knows 0 of 12 taught facts" in report["sentence"]
    assert "knows 0 of 12 taught facts" in side_by_side.splitlines()[2]
    assert side_by_side.count("**no**") == 12
    assert "knows 0 of 12 taught facts" in (folder / "report.html").read_text()


def test_each_taught_fact_is_kept_with_both_answers(barely_trained):
    """What the verdict rests on can be read again."""
    _, _, folder = barely_trained
    taught = json.loads((folder / "taught.json").read_text())

    assert taught["facts"] == 12
    assert {one["prompt"] for one in taught["trained_words"]} == {f"Who teaches {subject}?" for subject in SUBJECTS}
    assert not any(one["right_after"] for one in taught["trained_words"])


def test_the_plan_says_why_nothing_is_held_out_and_how_often_a_fact_is_seen(tmp_path, toy_folder):
    """Twelve facts, one row each: twenty epochs, every one run, the last kept."""
    rows = tmp_path / "rows.json"
    pairs = [
        {"question": f"Who teaches {s}?", "answer": f"{s} is taught by Dr {n}."} for s, n in zip(SUBJECTS, NAMES, strict=True)
    ]
    rows.write_text(json.dumps(pairs))
    plan = json.loads(run("plan", rows, "--model", toy_folder, "--home", tmp_path, "--json").stdout)
    settings = {one["name"]: (one["value"], one["reason"]) for one in plan["settings"]}

    assert settings["train.epochs"][0] == 20
    assert "12 of 12 rows state 12 facts" in settings["train.epochs"][1]
    assert settings["data.holdout"][0] == 0
    assert "asked again, not held out" in settings["data.holdout"][1]
    assert (settings["train.early_stop"][0], settings["train.keep"][0]) == (False, "last")


def test_a_gain_that_leaves_most_facts_unknown_is_not_better():
    """Eight of twenty where none was known is a clear gain, and still not what the rows were for."""
    answers = tuple(
        TaughtAnswer(
            id=str(i), fact=i, where="", prompt="?", target="", before="", after="", right_before=False, right_after=i < 8
        )
        for i in range(20)
    )
    taught = Taught(facts=20, trained_words=answers, other_words=())
    parts = parts_of(taught, None)

    assert paired([0.0] * 20, [1.0] * 8 + [0.0] * 12).verdict == "better"
    assert (parts[0].verdict, facts_verdict(taught, parts, None)) == (NOT_LEARNED, "cannot tell")
    assert not_learned(parts) == "it knows 8 of 20 taught facts, in the trained words"


def test_the_rate_advised_for_a_broken_version_is_the_one_the_plan_would_choose(tmp_path, toy_folder):
    """Also for rows about facts, which the plan trains at a rate of their own."""
    rows = tmp_path / "rows.json"
    pairs = [
        {"question": f"Who teaches {s}?", "answer": f"{s} is taught by Dr {n}."} for s, n in zip(SUBJECTS, NAMES, strict=True)
    ]
    rows.write_text(json.dumps(pairs))
    planned = _last(planning.make(rows, str(toy_folder), Recipe(), home=tmp_path))
    profile, of_smollm2 = replace(planned.profile, novelty=0.1), replace(planned.shape, parameters=134_515_008)
    too_high = SimpleNamespace(plan=SimpleNamespace(learning_rate=1.0), profile=profile, shape=of_smollm2)

    assert "train.learning_rate=0.001 is what the plan would choose" in lower_rate(too_high, 400)


def _last(work):
    """Return what a piece of work gives at its end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
