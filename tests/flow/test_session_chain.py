"""Session after session: what is continued, replayed, asked again, removed and adopted. On the toy model, by the verbs."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
import torch
from test_road import base_answers
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow import registering as road, sessions as kept
from burnish.flow.sessions import past_sessions
from burnish.model.chain import read_saved
from burnish.registry.store import Registry
from plan_toys import PLAN
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=2", "--set", "train.learning_rate=0.01", "--set", "model.dtype=float32")


def run(*words):
    """Type a verb; a traceback is never seen."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def answer(*words):
    """Return a verb's JSON."""
    done = run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def week(folder, number, rows=16):
    """Write one week's rows, about its own thing, and return the file."""
    thing = ("door", "gate", "lamp", "boat")[number - 1]
    text = json.dumps(toy_rows(rows)).replace("door", thing).replace("Door", thing.capitalize())
    return write_rows(folder / f"week{number}.jsonl", json.loads(text))


@pytest.fixture(scope="module")
def chain(tmp_path_factory, toy_folder):
    """Train three weeks, one after the other; return (folder, the three answers of train)."""
    folder = tmp_path_factory.mktemp("chain")
    words = ("--home", folder, *FAST)
    found = [answer("train", week(folder, 1), "--model", toy_folder, *words)]
    found += [answer("train", week(folder, number), *words) for number in (2, 3)]
    return folder, found


def runs(folder):
    """Return where the runs of a project lie."""
    return folder / ".burnish" / "runs"


def test_each_session_continues_the_one_before(chain):
    """Parents make a line from the base; the adapter grows by the new ranks and holds the earlier ones, bit by bit."""
    folder, found = chain
    versions = [one["version"] for one in found]
    saved = [read_saved(runs(folder) / version / "adapter") for version in versions]

    assert [one["parents"] for one in found] == [[], versions[:1], versions[1:2]]
    assert [one.rank for one in saved] == [8, 16, 24]
    for name, tensor in saved[2].state.items():
        earlier = tensor[:16] if ".lora_A." in name else tensor[:, :16]
        assert torch.equal(earlier, saved[1].state[name])


def test_earlier_rows_are_replayed(chain):
    """The plan says how many and why, the books of the run are those of its own file, and an epoch trains on both."""
    folder, found = chain
    plan = json.loads((runs(folder) / found[2]["version"] / "plan.json").read_text())
    sessions = past_sessions(Registry(folder / ".burnish"), found[1]["version"])
    started = json.loads((runs(folder) / found[2]["version"] / "events.jsonl").read_text().splitlines()[0])

    assert plan["strategy"] == "stack"
    assert plan["replay_rows"] > 0
    assert "earlier rows an epoch" in plan["reasons"]["session.replay"]
    assert sum(len(one.trained) for one in sessions) == found[0]["rows"] + found[1]["rows"]
    assert started["rows"] == found[2]["rows"] + plan["replay_rows"] + plan["anchor"]
    assert found[2]["ledger"]["rows_read"] == 16


def test_every_later_version_is_asked_every_earlier_question(chain):
    """The third version answers its own held-out rows, those of weeks 1 and 2, and the general probes; the verdict is on its own."""
    folder, found = chain
    after = json.loads((runs(folder) / found[2]["version"] / "after.json").read_text())
    told = json.loads((runs(folder) / found[2]["version"] / "retention.json").read_text())

    assert set(after["suites"]) == {"held-out rows", "session 1: week1", "session 2: week2", "ability"}
    assert set(found[2]["scores"]) == {"held-out rows"}
    report = (runs(folder) / found[2]["version"] / "before_after.md").read_text()

    assert f"earlier sessions: {told['verdict']}" in report
    assert [one["name"] for one in told["sessions"]] == ["session 1: week1", "session 2: week2"]
    assert all(one["change"]["n"] > 0 for one in told["sessions"])
    assert found[2]["retention"] in ("kept", "forgot")


def test_the_matrix_has_every_score(chain):
    """One line a version, one column a session and the general probes; what was never asked is a dash, and transfer is told."""
    folder, found = chain
    told = answer("log", "--matrix", "--home", folder, "--version", found[2]["version"])
    shown = run("log", "--matrix", "--home", folder, "--version", found[2]["version"])
    scores = {row["version"]: row["scores"] for row in told["rows"]}

    assert told["columns"] == ["session 1: week1", "session 2: week2", "session 3: week3", "ability"]
    assert list(scores) == ["base", *(one["version"] for one in found)]
    assert None not in scores["base"]
    assert [score is None for score in scores[found[0]["version"]]] == [False, False, True, True]
    assert None not in scores[found[2]["version"]]
    assert told["backward"]["questions"] == told["forward"]["questions"] > 0
    assert told["drift"]["questions"] == 44
    assert "backward transfer" in shown.stdout


def test_general_prompts_are_answered_once_a_chain(chain, toy_folder):
    """The second session lets the base answer them, not the version it continues; the third takes its answers over; each epoch sees other ones."""
    folder, found = chain
    first, second, third = (runs(folder) / one["version"] / "anchors.json" for one in found)
    plan = json.loads((runs(folder) / found[1]["version"] / "plan.json").read_text())

    assert not first.exists()
    assert plan["anchor"] > 0
    rows = json.loads(second.read_text())["rows"]
    assert len(rows) == plan["anchor"] * plan["epochs"]
    assert rows == base_answers(toy_folder, len(rows))
    assert third.read_bytes() == second.read_bytes()


def forgetful(sessions, report):
    """Return every earlier session's questions as if all had been right before."""
    honest = kept.asked_again(sessions, report)
    return [
        dataclasses.replace(
            one,
            then=[dataclasses.replace(a, score=1.0) for a in one.then],
            now=[dataclasses.replace(a, score=0.0) for a in one.now],
        )
        for one in honest
    ]


def test_a_version_that_forgot_is_not_made_live_and_can_be_tried_again(chain, tmp_path, monkeypatch):
    """Live stays; the lost questions are said; --retry trains the same rows from the same start with more replay, then less rate."""
    folder, found = chain
    home = tmp_path / "project"
    shutil.copytree(folder / ".burnish", home / ".burnish")
    answer("promote", found[2]["version"], "--home", home)
    monkeypatch.setattr(road, "asked_again", forgetful)
    few = ("--set", "session.replay=0.2")
    said = run("train", week(tmp_path, 4), "--home", home, *FAST, *few)
    log = answer("log", "--home", home)["versions"]
    again = answer("train", "--retry", "--home", home)
    plans = [json.loads((runs(home) / one["version"] / "plan.json").read_text()) for one in (log[-1], again)]

    assert said.exit_code == 0
    assert "it forgot" in said.stdout
    assert "lost (session 1: week1)" in said.stdout
    assert [one["version"] for one in log if one["live"]] == [found[2]["version"]]
    assert (again["live"], again["retention"], again["parents"]) == (False, "forgot", [found[2]["version"]])
    assert [plan["replay"] for plan in plans] == pytest.approx([0.2, 0.4])
    assert plans[0]["learning_rate"] == plans[1]["learning_rate"]


def test_nothing_is_tried_again_where_nothing_was_forgotten(chain):
    """After a version that kept, --retry says so and exits 1."""
    done = run("train", "--retry", "--home", chain[0])

    assert done.exit_code == 1
    assert "nothing to try again" in done.stderr


def test_a_source_is_forgotten_with_all_that_followed_from_it(chain, tmp_path):
    """Week 2's rows are gone: its version and week 3's are marked, never live again, and week 3 is trained anew on week 1."""
    folder, found = chain
    home = tmp_path / "project"
    shutil.copytree(folder / ".burnish", home / ".burnish")
    answer("promote", found[2]["version"], "--home", home)
    told = answer("forget", "--source", folder / "week2.jsonl", "--home", home)
    versions = {one["version"]: one for one in answer("log", "--home", home)["versions"]}
    refused = run("promote", found[1]["version"], "--home", home)
    rebuilt = past_sessions(Registry(home / ".burnish"), told["live"])
    words = json.dumps([[m.content for m in row.messages] for one in rebuilt for row in one.trained])

    assert told["marked"] == [found[1]["version"], found[2]["version"]]
    assert told["rows"] == 16
    assert len(told["rebuilt"]) == 1
    assert versions[told["live"]]["parents"] == [found[0]["version"]]
    assert versions[found[1]["version"]]["forgotten"].endswith("week2.jsonl")
    assert (refused.exit_code, "were to be forgotten" in refused.stderr) == (1, True)
    assert ("gate" in words.lower(), "door" in words.lower(), "lamp" in words.lower()) == (False, True, True)
    assert told["known_before"] is not None
    assert told["known_after"] is not None


def test_a_source_that_is_in_no_version_is_named(chain):
    """An unknown source costs nothing and tells which files there are."""
    done = run("forget", "--source", "nobody.jsonl", "--home", chain[0])

    assert done.exit_code == 1
    assert "week1.jsonl" in done.stderr


def test_the_old_layout_is_adopted_as_a_chain(chain, tmp_path, toy_folder):
    """models/previous and models/latest become two versions; the second has the logits of both merged, and can be continued."""
    from burnish.model.chain import merge
    from burnish.model.load import load_model
    from burnish.model.lora import load_adapter

    _, found = chain
    old = tmp_path / "models"
    for name, one in (("previous", found[0]), ("latest", found[1])):
        shutil.copytree(one["adapter"], old / name)
    told = answer("adopt", tmp_path, "--model", toy_folder, "--home", tmp_path)
    ids = torch.arange(40)[None]
    base = load_model(toy_folder, dtype="float32")
    merge(base, read_saved(old / "previous"))
    expected = load_adapter(base, old / "latest")(input_ids=ids).logits
    made = runs(tmp_path) / told["versions"][1] / "adapter"
    seen = load_adapter(load_model(toy_folder, dtype="float32"), made)(input_ids=ids).logits
    trained = answer("train", week(tmp_path, 3), "--home", tmp_path, *FAST)

    assert torch.allclose(seen, expected, atol=5e-4)
    assert trained["parents"] == told["versions"][1:]
    assert answer("fsck", "--home", tmp_path)["ok"] is True


def test_an_adapter_of_the_head_is_not_adopted(tmp_path, toy_folder):
    """No step trains the head, so such a version could not be continued: it is refused by name, and no version is made."""
    from burnish.model.load import load_model
    from burnish.model.lora import adapter_state, attach, load_state, save_adapter

    tuned = attach(load_model(toy_folder, dtype="float32"), dataclasses.replace(PLAN, lora_targets=("q_proj", "lm_head")))
    load_state(tuned, {name: tensor + 0.1 for name, tensor in adapter_state(tuned).items()})
    save_adapter(tuned, tmp_path / "one", "toy")
    done = run("adopt", tmp_path / "one", "--model", toy_folder, "--home", tmp_path)

    assert done.exit_code == 1
    assert "lm_head" in done.stderr
    assert not list(tmp_path.glob(".burnish/runs/*"))


def test_a_folder_without_adapters_is_not_adopted(tmp_path, toy_folder):
    """What is missing is named, and no project is made."""
    done = run("adopt", tmp_path, "--model", toy_folder, "--home", tmp_path)

    assert done.exit_code == 1
    assert "adapter_config.json" in done.stderr
    assert not (tmp_path / ".burnish").exists()


def test_a_strategy_waits_for_a_version_to_continue(tmp_path, toy_folder):
    """session.strategy of a project's recipe changes nothing on a first training, and one line says so."""
    words = (week(tmp_path, 1), "--model", toy_folder, "--home", tmp_path, "--json")
    plain, asked = (run("plan", *words, *more) for more in ((), ("--set", "session.strategy=merge")))
    numbers = [{one["name"]: one["value"] for one in json.loads(done.stdout)["settings"]} for done in (plain, asked)]

    assert asked.exit_code == 0
    assert numbers[0] == numbers[1]
    assert asked.stderr.count("merge is for a version that is continued, and has no effect yet") >= 1
    assert "no effect yet" not in plain.stderr


@pytest.mark.parametrize("strategy", ["merge", "continue"])
def test_the_other_ways_to_continue(strategy, chain, tmp_path):
    """Merging ends in one whole adapter of both ranks; continuing keeps the rank, and refuses another one by name."""
    folder, found = chain
    words = ("--home", folder, "--from", found[0]["version"], "--no-promote", "--set", f"session.strategy={strategy}")
    trained = answer("train", folder / "week2.jsonl", *words, *FAST)
    rank = read_saved(runs(folder) / trained["version"] / "adapter").rank
    other = run("train", folder / "week2.jsonl", *words, *FAST, "--set", "lora.rank=3")

    assert rank == {"merge": 16, "continue": 8}[strategy]
    assert other.exit_code == (1 if strategy == "continue" else 0)
    assert ("lora.rank: 3" in other.stderr) == (strategy == "continue")


def test_rolling_back_gives_the_very_logits_of_then(chain, tmp_path, toy_folder):
    """Two versions back, `live` answers with the same bytes of logits that the version gave when it was made."""
    from burnish.flow.project import load_weights, open_version

    def logits(home, reference):
        work = open_version(reference, home=str(home))
        try:
            while True:
                next(work)
        except StopIteration as done:
            model = load_weights(done.value)
        with torch.no_grad():
            return model(input_ids=torch.arange(60)[None], use_cache=False).logits.numpy().tobytes()

    folder, found = chain
    home = tmp_path / "project"
    shutil.copytree(folder / ".burnish", home / ".burnish")
    then = [logits(folder, one["version"]) for one in found]
    for one in found:
        answer("promote", one["version"], "--home", home)
    told = [answer("rollback", "--home", home)["live"] for _ in range(2)]

    assert told == [found[1]["version"], found[0]["version"]]
    assert logits(home, "live") == then[0]
    assert len(set(then)) == 3


def test_the_base_is_asked_without_any_session(chain, toy_folder, tmp_path):
    """What drift is measured from is what the plain base says, not the version that is continued."""
    folder, found = chain
    base = json.loads((runs(folder) / found[1]["version"] / "base.json").read_text())["suites"]["ability"]["answers"]
    told = answer("evaluate", toy_folder, "--suite", "ability", "--home", tmp_path, "-o", tmp_path / "answers")
    alone = [json.loads(line) for line in (tmp_path / "answers" / "ability.jsonl").read_text().splitlines()]

    assert told["suites"]["ability"]["n"] == 44
    assert [(one["id"], one["text"], one["score"]) for one in base] == [(one["id"], one["text"], one["score"]) for one in alone]


def test_a_rebuilt_chain_can_be_made_to_forget_again(chain, tmp_path, toy_folder):
    """Week 3's rows, trained again into a file of the project's own, are still found by the file they came from; then by week 1's."""
    folder, found = chain
    home = tmp_path / "project"
    shutil.copytree(folder / ".burnish", home / ".burnish")
    answer("promote", found[2]["version"], "--home", home)
    rebuilt = answer("forget", "--source", folder / "week2.jsonl", "--home", home)["live"]
    second = answer("forget", "--source", folder / "week3.jsonl", "--home", home)
    third = answer("forget", "--source", folder / "week1.jsonl", "--home", home)
    log = answer("log", "--home", home)["versions"]

    assert rebuilt in second["marked"]
    assert second["live"] == found[0]["version"]
    assert third["live"] is None
    assert all(
        one["forgotten"] and not one["live"] for one in log if one["version"] in {rebuilt, *(one["version"] for one in found)}
    )
    assert Registry(home / ".burnish").live is None
    assert answer("train", week(tmp_path, 4), "--home", home, "--model", toy_folder, *FAST)["parents"] == []
