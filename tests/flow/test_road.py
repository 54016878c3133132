"""The whole road on the toy model: what a person types, and what programs read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import BurnishError
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=2", "--set", "train.learning_rate=0.01")


def _run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _json(*words):
    done = _run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def project(tmp_path_factory, toy_folder):
    """Train one version of the toy model on 24 rows in a project of its own; return (folder, train's JSON)."""
    folder = tmp_path_factory.mktemp("project")
    rows = write_rows(folder / "rows.jsonl", toy_rows(24))
    trained = _json("train", rows, "--model", toy_folder, "--home", folder, *FAST)
    return folder, trained


def test_train_says_all_it_promises(project):
    """`train --json` holds the promised keys, the books close, and the run folder mirrors the road."""
    folder, trained = project
    promised = (
        "run version parents steps rows tokens supervised_tokens tokens_per_second train_seconds wall_seconds peak_bytes "
        "loss_first loss_last adapter trainable_parameters ledger verdict"
    ).split()
    files = "recipe.toml plan.json ledger.json before.json events.jsonl adapter after.json run.json report.html before_after.md".split()
    run = folder / ".burnish" / "runs" / trained["version"]

    assert [key for key in promised if key not in trained] == []
    assert [name for name in files if not (run / name).exists()] == []
    assert trained["ledger"]["closes"] is True
    assert sum(trained["ledger"]["rows"].values()) == 24 == trained["ledger"]["rows_read"]
    assert trained["verdict"] in ("better", "worse", "cannot tell")
    assert trained["loss_last"] < trained["loss_first"]


def test_the_adapter_is_a_stock_peft_folder(project, toy_folder):
    """PEFT itself loads the adapter, and it changes the logits."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    _, trained = project
    base = AutoModelForCausalLM.from_pretrained(toy_folder)
    ids_BT = torch.arange(20)[None]
    before = base(ids_BT).logits.clone()
    after = PeftModel.from_pretrained(base, trained["adapter"])(ids_BT).logits

    assert (before - after).abs().max() > 1e-4


def test_same_seed_same_adapter(project, tmp_path, toy_folder):
    """The same rows and seed give the same adapter, byte for byte, in another project."""
    folder, trained = project
    again = _json("train", folder / "rows.jsonl", "--model", toy_folder, "--home", tmp_path, *FAST)

    assert again["adapter_hash"] == trained["adapter_hash"]


def test_log_show_and_fsck(project):
    """The version is in the log, live unless it is worse; its files are whole."""
    folder, trained = project
    log = _json("log", "--home", folder)["versions"]
    shown = _json("show", trained["version"][:-1], "--home", folder)

    assert [v["version"] for v in log] == [trained["version"]]
    assert log[0]["live"] is (trained["verdict"] != "worse")
    assert shown["adapter_hash"] == trained["adapter_hash"]
    assert _json("fsck", "--home", folder) == {"ok": True, "faults": [], "mended": []}


def test_a_damaged_adapter_is_never_used(project, tmp_path, toy_folder):
    """One changed byte in the adapter is found by fsck and refused by generate, naming version and file."""
    import shutil

    folder, trained = project
    shutil.copytree(folder, tmp_path / "copy")
    weights = next((tmp_path / "copy").rglob("adapter/adapter_model.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.unlink()
    weights.write_bytes(content)
    prompts = write_rows(tmp_path / "p.jsonl", [{"prompt": "x"}])
    found = _run("fsck", "--home", tmp_path / "copy", "--json")
    refused = _run("generate", prompts, "-o", tmp_path / "o.jsonl", "--version", trained["version"], "--home", tmp_path / "copy")

    assert found.exit_code == 1
    assert any(f["version"] == trained["version"] and "adapter_model" in f["file"] for f in json.loads(found.stdout)["faults"])
    assert refused.exit_code == 1
    assert trained["version"] in refused.stderr
    assert not (tmp_path / "o.jsonl").exists()


def test_generate_answers_every_prompt_in_order(project, tmp_path):
    """One line a prompt, in order, with the promised keys; the batch size changes nothing."""
    folder, trained = project
    prompts = write_rows(tmp_path / "p.jsonl", [{"id": f"q{i}", "prompt": f"Which colour has door {i}?"} for i in range(7)])
    outs = []
    for size in (1, 4):
        out = tmp_path / f"o{size}.jsonl"
        words = ("--version", trained["version"], "--home", folder, "--max-tokens", 12, "--batch-size", size)
        told = _json("generate", prompts, "-o", out, *words)
        outs.append(out.read_text())
        assert told["items"] == 7
    lines = [json.loads(line) for line in outs[0].splitlines()]

    assert outs[0] == outs[1]
    assert [line["id"] for line in lines] == [f"q{i}" for i in range(7)]
    assert set(lines[0]) == {"id", "text", "natural_stop", "tokens"}


def test_evaluate_and_compare(project, tmp_path):
    """A suite of the person's own is answered and graded; the same version twice is `cannot tell`."""
    folder, trained = project
    suite = write_rows(
        tmp_path / "doors.jsonl",
        [
            {"id": str(i), "prompt": f"Which colour has door {i}?", "grader": "contains", "target": "red", "max_tokens": 8}
            for i in range(6)
        ],
    )
    judged = _json("evaluate", trained["version"], "--suite", suite, "--home", folder)
    same = _json("compare", trained["version"], trained["version"], "--suite", suite, "--home", folder)
    items = [json.loads(line) for line in Path(judged["suites"]["doors"]["items"]).read_text().splitlines()]

    assert set(judged["suites"]["doors"]) >= {"mean", "low", "high", "n", "items"}
    assert [item["id"] for item in items] == [str(i) for i in range(6)]
    assert same["verdict"] == "cannot tell"
    assert set(same["suites"]["doors"]) == {"verdict", "difference", "low", "high", "p", "n"}


def test_the_next_training_continues_from_the_live_version(project, tmp_path, toy_folder):
    """In a project with a live version, `train` continues from it and names it as parent; --from base does not."""
    import shutil

    folder, trained = project
    shutil.copytree(folder, tmp_path / "copy")
    _json("promote", trained["version"], "--home", tmp_path / "copy")
    rows = write_rows(tmp_path / "more.jsonl", toy_rows(12))
    child = _json("train", rows, "--home", tmp_path / "copy", *FAST)
    anew = _json("train", rows, "--home", tmp_path / "copy", "--model", toy_folder, "--from", "base", "--no-promote", *FAST)

    assert child["parents"] == [trained["version"]]
    assert anew["parents"] == []
    assert child["loss_first"] < anew["loss_first"]
    assert anew["live"] is False


def test_rollback_brings_the_one_before_back(project, tmp_path):
    """`rollback` moves the pointer and nothing else; the journal keeps the reason."""
    import shutil

    folder, trained = project
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    _json("promote", trained["version"], "--home", copy)
    rows = write_rows(tmp_path / "more.jsonl", toy_rows(12))
    child = _json("train", rows, "--home", copy, *FAST)
    _json("promote", child["version"], "--home", copy)
    back = _json("rollback", "--home", copy, "--reason", "it was rude")

    assert back["live"] == trained["version"]
    assert {v["version"]: v["live"] for v in _json("log", "--home", copy)["versions"]} == {
        trained["version"]: True,
        child["version"]: False,
    }
    assert any("it was rude" in path.read_text() for path in (copy / ".burnish").glob("journal*"))


def test_plan_and_dry_run_spend_nothing(tmp_path, toy_folder):
    """`plan` and `train --dry-run` give every setting with a reason and a measured quote, and leave no run."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))
    plan = _json("plan", rows, "--model", toy_folder, "--home", tmp_path)
    dry = _json("train", rows, "--model", toy_folder, "--home", tmp_path, "--dry-run")

    assert set(plan["quote"]) >= {"seconds_low", "seconds_high", "peak_bytes", "disk_bytes"}
    assert plan["quote"]["measured"] is True
    assert all(set(setting) == {"name", "value", "reason"} and setting["reason"] for setting in plan["settings"])
    assert {s["name"]: s["value"] for s in dry["settings"]} == {s["name"]: s["value"] for s in plan["settings"]}
    assert list((tmp_path / ".burnish" / "runs").glob("*")) == []


def test_check_names_bad_rows_and_keeps_good_ones(tmp_path, toy_folder):
    """Bad rows are refused by number with a remedy; good ones are kept; the books close."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    with rows.open("a") as file:
        file.write('{"messages":[{"role":"user","content":"a"}]}\n\n{broken\n')
    found = _json("check", rows, "--model", toy_folder)

    assert (found["rows"], found["accepted"]) == (5, 3)
    assert [r["line"] for r in found["rejected"]] == [4, 6]
    assert all(r["reason"] and r["remedy"] and "byte" in r for r in found["rejected"])
    assert found["ledger"]["closes"] is True


def test_look_shows_what_is_trained(tmp_path, toy_folder):
    """The supervised tokens of a row are the answer and the end of turn, and nothing else."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    found = _json("look", rows, "--row", 2, "--model", toy_folder)
    trained = "".join(token["text"] for token in found["sequences"][0] if token["supervised"])

    assert trained == "Door 1 is blue.<|im_end|>"
    assert found["end_trained"] is True


@pytest.mark.parametrize("number", [1, 2, 5, 25])
def test_few_rows_are_a_case_like_any_other(tmp_path, toy_folder, number):
    """One row and 25 rows train to a version; what cannot be judged says so."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(number))
    trained = _json("train", rows, "--model", toy_folder, "--home", tmp_path, "--set", "train.epochs=1")

    assert trained["rows"] + trained["ledger"]["rows"]["held_out"] == number
    assert (trained["verdict"] == "not judged") is (trained["ledger"]["rows"]["held_out"] == 0)


def test_all_rows_the_same(tmp_path, toy_folder):
    """Equal rows cannot be held out without leaking, so none is, and a person is told."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(1) * 30)
    done = _run("train", rows, "--model", toy_folder, "--home", tmp_path, "--set", "train.epochs=1")

    assert done.exit_code == 0
    assert "not judged" in done.stdout


def test_one_endless_row(tmp_path, toy_folder):
    """A row longer than the model's context is refused by name; alone, it is one clear error."""
    long = {"messages": [{"role": "user", "content": "go"}, {"role": "assistant", "content": "word " * 4000}]}
    alone = write_rows(tmp_path / "alone.jsonl", [long])
    among = write_rows(tmp_path / "among.jsonl", [*toy_rows(6), long])
    refused = _run("train", alone, "--model", toy_folder, "--home", tmp_path)
    kept = _json("train", among, "--model", toy_folder, "--home", tmp_path, "--set", "train.epochs=1")

    assert refused.exit_code == 1
    assert "max_length" in refused.stderr
    assert kept["ledger"]["rows"]["refused"] == 1
    assert kept["ledger"]["tokens"]["refused"] > 20_000 - 512


def test_stopped_anywhere_and_resumed_is_the_same_run(tmp_path, toy_folder, project, monkeypatch):
    """A stop asked for in mid-training leaves a run that --resume ends with the same adapter."""
    folder, trained = project
    from burnish.flow import train as road

    asked = iter(range(1000))

    def stop_soon():
        return next(asked) >= 3

    import contextlib

    @contextlib.contextmanager
    def requests():
        yield stop_soon

    with monkeypatch.context() as patch:
        patch.setattr(road, "stop_requests", requests)
        stopped = _run("train", folder / "rows.jsonl", "--model", toy_folder, "--home", tmp_path, *FAST)
    resumed = _json("train", "--resume", "last", "--home", tmp_path)

    assert stopped.exit_code == 1
    assert "burnish train --resume" in stopped.stderr
    assert resumed["adapter_hash"] == trained["adapter_hash"]


def test_resume_refuses_changed_rows(tmp_path, toy_folder, monkeypatch):
    """A run is not continued on other rows than it began with."""
    from burnish.flow import train as road

    def stop(*_):
        raise BurnishError("stopped", remedy="--resume")
        yield

    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    with monkeypatch.context() as patch:
        patch.setattr(road, "train_rows", stop)
        _run("train", rows, "--model", toy_folder, "--home", tmp_path, *FAST)
    write_rows(rows, toy_rows(13))
    refused = _run("train", "--resume", "last", "--home", tmp_path)

    assert refused.exit_code == 1
    assert "have changed" in refused.stderr


def test_new_makes_a_project_that_checks(tmp_path, toy_folder):
    """`new` writes files that `check` accepts, and never overwrites."""
    _json("new", tmp_path / "mine")
    checked = _json("check", tmp_path / "mine" / "rows.jsonl", "--model", toy_folder)
    again = _run("new", tmp_path / "mine")

    assert checked["accepted"] == checked["rows"] >= 60
    assert again.exit_code == 1


def test_the_four_questions_are_answered_by_name(project):
    """Recall, generalisation, style and facts stand in both reports and in the JSON; recall is no suite of the verdict."""
    _, trained = project
    told = json.loads(Path(trained["report"]).with_name("report.json").read_text())
    text = Path(trained["before_after"]).read_text()
    names = ("Exact recall", "Generalisation", "Style", "Facts")

    assert [one["key"] for one in told["four_questions"]] == ["recall", "generalisation", "style", "facts"]
    assert [f"**{name}: " in text for name in names] == [True] * 4
    assert [name in Path(trained["report"]).read_text() for name in names] == [True] * 4
    assert told["questions"]["recall"]["asked"] == len(told["questions"]["recall"]["items"]) >= 4
    assert all("rows.jsonl:" in item["where"] for item in told["questions"]["recall"]["items"])
    assert list(trained["scores"]) == ["held-out rows"]
    assert {answer["id"] for answer in told["after"]["suites"]["held-out rows"]["answers"]}.isdisjoint(
        item["id"].rpartition("-")[0] for item in told["questions"]["recall"]["items"]
    )


def test_a_thinking_model_that_breaks_its_mode_does_not_go_live(tmp_path):
    """On a tiny model with Qwen3's template the contract is checked, and a version that breaks it is kept but not live."""
    from toys import toy_model_folder

    template = Path(__file__).parents[1] / "fixtures" / "tokens" / "templates" / "llama.cpp" / "Qwen-Qwen3-0.6B.jinja"
    model = toy_model_folder(tmp_path / "qwen", template=template.read_text("utf-8"))
    trained = _json("train", write_rows(tmp_path / "rows.jsonl", toy_rows(12)), "--model", model, "--home", tmp_path, *FAST)
    told = json.loads(Path(trained["report"]).with_name("report.json").read_text())["questions"]["thinking"]

    assert told["verdict"] == "broken"
    assert {breach["mode"] for breach in told["breaches"]} == {"on"}
    assert all(where.endswith(tuple(f"rows.jsonl:{i}" for i in range(1, 13))) for where in told["causes"])
    assert trained["live"] is False
    assert "thinking mode is broken" in trained["reason"]
    # The model it started from broke it as well, so nothing was made worse.
    assert trained["verdict"] == "cannot tell"


def test_a_row_whose_answer_was_cut_off_is_not_asked_for_recall(tmp_path, toy_folder):
    """Of a shortened row the last answer was never taught, so it is not asked for."""
    long = {
        "messages": [
            {"role": "user", "content": "A first question?"},
            {"role": "assistant", "content": "A first answer."},
            {"role": "user", "content": "And then?"},
            {"role": "assistant", "content": "word " * 150},
        ]
    }
    rows = write_rows(tmp_path / "rows.jsonl", [long, *toy_rows(6)])
    trained = _json(
        "train", rows, "--model", toy_folder, "--home", tmp_path, "--set", "train.max_length=128", "--set", "train.epochs=60"
    )
    told = json.loads(Path(trained["report"]).with_name("report.json").read_text())

    assert trained["ledger"]["rows"]["shortened"] + trained["ledger"]["rows"]["held_out"] > 0
    assert trained["ledger"]["rows"]["shortened"] == 1
    asked = [item["where"].rpartition(":")[2] for item in told["questions"]["recall"]["items"]]
    assert len(asked) == trained["rows"] - 1
    assert "1" not in asked


def test_the_start_answers_the_anchors_prompts_itself_and_they_are_trained(toy_folder, tmp_path):
    """Six prompts an epoch, others in each of two: the answers are the base's own greedy ones, and are kept in the run."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))
    trained = _json(
        "train",
        rows,
        "--model",
        toy_folder,
        "--home",
        tmp_path,
        *FAST,
        "--set",
        "session.anchor=6",
        "--set",
        "model.dtype=float32",
    )
    run = tmp_path / ".burnish" / "runs" / trained["version"]
    answers = json.loads((run / "anchors.json").read_text())["rows"]
    started = json.loads((run / "events.jsonl").read_text().splitlines()[0])
    held = started["held_out_rows"]

    assert len(answers) == 12
    assert started["rows"] == 24 - held + 6
    assert answers == base_answers(toy_folder, 12)
    assert trained["ledger"]["rows_read"] == 24


def base_answers(folder, number):
    """Return what the anchor's prompts must be answered with, one prompt at a time."""
    from burnish.flow.anchors import prompts
    from burnish.model.generate import Sampling, generate
    from burnish.model.load import load_model
    from burnish.records.conversation import Message
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    model, chat = load_model(folder, dtype="float32"), Chat(load_tokenizer(folder))
    found = []
    for text, tokens in prompts(number):
        ids = list(chat.prompt_ids((Message(role="user", content=text),)))
        (one,) = generate(model, [ids], Sampling(stop_ids=chat.stop_ids, pad_id=chat.pad_id, max_new_tokens=tokens))
        found.append([ids, [*one.ids, *((chat.stop_ids[0],) if one.natural_stop else ())]])
    return found


def test_more_anchors_than_there_are_is_a_clear_error(toy_folder, tmp_path):
    """The number that comes with burnish is named."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))
    done = _run("train", rows, "--model", toy_folder, "--home", tmp_path, "--set", "session.anchor=9999")

    assert done.exit_code == 1
    assert "session.anchor: 9999 prompts, but 195 come with burnish" in done.stderr
