"""A project that an earlier burnish made (README.md beside this file): the code of the day opens it, goes on with it and takes it apart."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from huggingface_hub import constants

from pins.make_project import PROJECT, SMALL
from pins.walk import served, standing_in, type_in

RUNS = Path(".burnish/runs")


def typed(*words, code=0):
    """Type a verb that must end with this code; return its object."""
    left, told, said = type_in(*words)
    assert left == code, said
    return told


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Unpack the project elsewhere than it was made, stand in it, and return what its maker noted.

    Its base is a hub name, so that it needs no change; of an unfinished run, `request.json` is told where the rows lie now.
    """
    with tarfile.open(PROJECT) as archive:
        archive.extractall(tmp_path, filter="tar")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with standing_in(tmp_path / "project"):
        facts = SimpleNamespace(**json.loads(Path("facts.json").read_text()))
        request = RUNS / facts.unfinished / "request.json"
        asked = json.loads(request.read_text())
        request.write_text(json.dumps({**asked, "data": str(Path(Path(asked["data"]).name).resolve())}))
        yield facts


def said(version, home="."):
    """Return what a version says to the prompt of the project."""
    out = f"said-{version}-{len(os.listdir())}.jsonl"
    typed("generate", "prompts.jsonl", "-o", out, "--version", version, "--max-tokens", "8", "--home", home)
    return json.loads(Path(out).read_text())["text"]


def lost(then, now, place=""):
    """Yield what an answer of now lacks of one of then, or says otherwise; that it says more is no loss."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            yield from lost(value, now[key], f"{place}.{key}") if key in now else [f"{place}.{key}: gone"]
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif then != now:
        yield f"{place}: was {then!r}, is {now!r}"


def test_what_it_said_of_itself_it_says_still(project):
    """`log`, `log --matrix`, `show`, `ab status` and `fsck` say all that they said when it was made."""
    moved = {"folder", "unfinished"}  # the place is another one, and the unfinished run was begun after that
    then = {words: {key: value for key, value in told.items() if key not in moved} for words, told in project.told.items()}

    assert [*lost(then, {words: typed(*words.split()) for words in then})] == []


def test_its_versions_are_told(project):
    """`log`, `show` and `fsck` find the chain, the tag, what is live and the unfinished run, and no fault."""
    log = typed("log")
    shown = [typed("show", one) for one in project.versions]
    matrix = typed("log", "--matrix")

    assert [one["version"] for one in log["versions"]] == project.versions
    assert [one["parents"] for one in log["versions"]] == [[], project.versions[:1], project.versions[1:2]]
    assert [one["version"] for one in log["versions"] if one["live"]] == [project.live]
    assert [one["tags"] for one in log["versions"]] == [[], ["candidate"], []]
    assert log["unfinished"] == [project.unfinished]
    assert [one["adapter_hash"] for one in shown] == project.adapters
    assert matrix["columns"] == ["session 1: week1", "session 2: week2", "session 3: week3", "ability"]
    assert None not in matrix["rows"][-1]["scores"]
    assert typed("fsck") == {"ok": True, "faults": [], "mended": []}
    assert typed("report", "candidate")["version"] == project.versions[1]


@pytest.mark.parametrize("words", [("--resume", "last"), ("week4.jsonl", *SMALL)])
def test_its_unfinished_run_is_gone_on_with(project, words):
    """Resumed by name or by the same words typed again: it goes on at its checkpoint, is judged, and becomes a version on the live one."""
    made = typed("train", *words)
    begun = [json.loads(line) for line in (RUNS / project.unfinished / "events.jsonl").read_text().splitlines()]
    steps = [one for one in begun if one["event"] == "stepped"]

    assert (made["version"], made["parents"], made["live"]) == (project.unfinished, [project.live], True)
    assert [one["resumed_at"] for one in begun if one["event"] == "started"] == [0, project.step]
    assert [one["step"] for one in steps] == [*range(1, made["steps"] + 1)]
    assert made["tokens"] == sum(one["tokens"] for one in steps)
    assert made["supervised_tokens"] == sum(one["supervised_tokens"] for one in steps)
    assert made["loss_first"] == steps[0]["loss"]
    assert len(made["loss_epochs"]) == 2
    assert made["retention"] is not None
    assert typed("fsck")["ok"]


def test_its_pointer_moves(project):
    """Back to the version before, and further, and on to one that is named."""
    back = [typed("rollback")["live"], typed("rollback")["live"]]
    there = typed("promote", "candidate")["live"]

    assert back == project.versions[1::-1]
    assert there == project.versions[1]
    assert typed("log")["versions"][1]["live"]
    assert typed("fsck")["ok"]


def test_its_versions_say_what_they_said(project):
    """Each version, and the base, gives the answer that was noted when it was made."""
    assert {version: said(version) for version in project.said} == project.said
    assert said("candidate") == project.said[project.versions[1]]


def test_it_is_served_and_its_experiment_goes_on(project):
    """The same words go on with the same experiment and its votes; a request is answered; what was said of answers, then and now, becomes rows."""

    def visit(url):
        body = {
            "model": "candidate",
            "messages": [{"role": "user", "content": "Which colour has door 3?"}],
            "max_tokens": 8,
            "temperature": 0,
        }
        answer = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=60).json()
        state, versions = httpx.get(f"{url}/v1/ab").json(), httpx.get(f"{url}/v1/versions").json()
        late = httpx.post(f"{url}/v1/feedback", json={"id": project.silent, "user": "silent", "thumb": "up"}).json()
        return answer, state, versions, late

    before = typed("ab", "status")
    told, (answer, state, versions, late) = served(visit, "--ab", "live:0.5,candidate:0.5", "--keep-words", "all")
    rows = typed("harvest", "-o", "said.jsonl", "--thumbs-up")

    assert (told["model"], told["engine"]) == ("live", "transformers")
    assert answer["model"] == project.versions[1]
    assert answer["choices"][0]["message"]["content"] == project.said[project.versions[1]]
    assert before["experiment"] == state["experiment"] == project.experiment
    assert sum(one["votes"] for one in before["arms"]) == sum(one["votes"] for one in state["arms"]) == project.votes
    assert [one["label"] for one in versions["data"]] == [*project.versions[::-1], "base"]
    assert late["counted"]
    assert rows["rows"] == project.votes + 1  # the words of an answer that nobody had said anything of were kept too
    assert typed("ab", "stop")["now"]


def test_a_source_of_it_is_forgotten(project):
    """What holds the source is marked, what follows is trained again from the version before, and no old version of it goes live."""
    told = typed("forget", "--source", "gate")
    log = {one["version"]: one for one in typed("log")["versions"]}

    assert told["marked"] == project.versions[1:]
    assert told["live"] == told["rebuilt"][-1] not in project.versions
    assert log[told["live"]]["parents"] == project.versions[:1]
    assert [version for version, one in log.items() if one["forgotten"]] == project.versions[1:]
    assert typed("promote", project.live, code=1)["error"]["kind"] == "registry"
    assert typed("fsck")["ok"]


def test_its_bundle_is_imported(project):
    """The version and the one it comes from arrive whole in another project, and say the same there."""
    made = typed("import", "bundle.zip", "--home", "other")
    typed("promote", project.versions[1], "--home", "other")

    assert made["versions"] == made["new"] == project.versions[:2]
    assert typed("fsck", "--home", "other")["ok"]
    assert said("live", home="other") == project.said[project.versions[1]]


def test_its_export_is_still_what_was_trained(project):
    """The proof of the adapter that was exported is repeated and holds; PEFT files that are taken in anew say the same."""
    proof = typed("export", "adapter", project.versions[1], "-o", "adapter", "--prove")
    shutil.copytree("adapter", "copied")
    adopted = typed("adopt", "copied", "--model", "pins/toy", "--home", "other")["versions"][0]

    assert proof["passed"]
    assert said(adopted, home="other") == project.said[project.versions[1]]


def test_a_file_of_it_that_changed_is_found(project):
    """One byte more in a plan, and `fsck` names the file and the version is not made live: the hashes of today are those of then."""
    plan = RUNS / project.versions[0] / "plan.json"
    plan.write_text(plan.read_text() + " ")

    assert [(one["version"], one["file"]) for one in typed("fsck", code=1)["faults"]] == [
        (project.versions[0], str(plan.relative_to(".burnish")))
    ]
    assert typed("promote", project.versions[0], code=1)["error"]["kind"] == "registry"
