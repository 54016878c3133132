"""Every epoch of a run kept, found again by name, and made a version when it is to be used as one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.durable import sha256_of
from toys import toy_rows, write_rows

KEPT = ("--set", "train.epochs=3", "--set", "train.learning_rate=0.01", "--set", 'train.keep="all"')


def run(*words):
    """Type a command."""
    done = CliRunner().invoke(app, [*map(str, words)])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def told(*words):
    """Type a command with --json and return its answer."""
    done = run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def weights(folder):
    """Return the sha256 of a folder's adapter."""
    return sha256_of(Path(folder) / "adapter_model.safetensors")


@pytest.fixture(scope="module")
def kept(tmp_path_factory, toy_folder):
    """Train three epochs and keep all; return (home, train's answer)."""
    home = tmp_path_factory.mktemp("kept")
    rows = write_rows(home / "rows.jsonl", toy_rows(20))
    return home, told("train", rows, "--model", toy_folder, "--home", home, *KEPT)


@pytest.fixture
def project(kept, tmp_path):
    """Return a copy of that project, to be changed: (home, version, its folder)."""
    home, trained = kept
    shutil.copytree(home / ".burnish", tmp_path / ".burnish")
    return tmp_path, trained["version"], tmp_path / ".burnish" / "runs" / trained["version"]


def test_every_epoch_is_kept_whole_and_the_version_is_one_of_them(project):
    """Three adapters that differ, in PEFT's own layout; the run's own adapter is one of these; fsck and show know of them."""
    home, version, folder = project
    epochs = [folder / "epochs" / str(number) for number in (1, 2, 3)]
    shown = told("show", version, "--home", home)

    assert len({weights(one) for one in epochs}) == 3
    assert weights(folder / "adapter") in {weights(one) for one in epochs}
    assert all((one / "adapter_config.json").is_file() for one in epochs)
    assert shown["epochs"] == [1, 2, 3]
    assert told("fsck", "--home", home)["ok"]


def test_the_same_run_that_keeps_one_epoch_is_the_same(kept, tmp_path):
    """Keeping all changes no byte of what is trained, and an epoch that ends the run is its last adapter."""
    home, _ = kept
    words = ("train", home / "rows.jsonl", "--model", *_model(home), "--home", tmp_path, *KEPT[:4], "--set", "train.keep=last")
    last = told(*words)
    trained = kept[1]

    assert last["adapter_hash"] == weights(Path(trained["run"]) / "epochs" / "3")
    assert not (Path(last["run"]) / "epochs").exists()


def _model(home):
    runs = next((home / ".burnish" / "runs").iterdir())
    return [json.loads((runs / "run.json").read_text())["base_model"]]


def test_an_epoch_is_asked_by_its_name(project):
    """generate, evaluate and compare take RUN@epoch1 as they take a version; nothing is written for it."""
    home, version, _ = project
    prompts = write_rows(home / "p.jsonl", [{"prompt": "Which colour has door 3?"}])
    suite = write_rows(
        home / "s.jsonl", [{"id": "1", "prompt": "Doors?", "grader": "contains", "target": "red", "max_tokens": 4}]
    )
    before = sorted(path for path in (home / ".burnish" / "runs").rglob("*"))
    generated = told("generate", prompts, "-o", home / "o.jsonl", "--version", f"{version}@epoch1", "--home", home)
    judged = told("evaluate", f"{version[:-2]}@epoch2", "--suite", suite, "--home", home)
    told("compare", f"{version}@epoch1", f"{version}@epoch3", "--suite", suite, "--home", home)

    assert generated["items"] == 1
    assert judged["model"] == f"{version}@epoch2"
    assert sorted(path for path in (home / ".burnish" / "runs").rglob("*")) == before


def _other(folder):
    """Return an epoch that is not the version's own adapter."""
    return next(n for n in (1, 2, 3) if weights(folder / "epochs" / str(n)) != weights(folder / "adapter"))


def test_promote_makes_an_epoch_a_version_and_rollback_goes_back(project):
    """It has the epoch's weights and the run's rows, is not judged, and is made once however often it is asked for."""
    home, version, folder = project
    told("promote", version, "--home", home)
    name = f"{version}@epoch{_other(folder)}"
    made = told("promote", name, "--home", home)["live"]
    again = told("promote", name, "--home", home)["live"]
    shown = told("show", made, "--home", home)
    place = Path(shown["folder"])

    assert made == again != version
    assert weights(place / "adapter") == weights(folder / "epochs" / name[-1]) == shown["adapter_hash"]
    assert (shown["epoch_of"], shown["verdict"], shown["live"]) == (name, "not judged", True)
    assert (place / "rows.jsonl").read_bytes() == (folder / "rows.jsonl").read_bytes()
    assert told("fsck", "--home", home)["ok"]
    assert told("rollback", "--home", home)["live"] == version
    assert [one for one in (home / ".burnish").iterdir() if one.name.startswith(".epoch")] == []


def test_the_epoch_that_was_kept_is_the_version_itself(project):
    """No second version of the same bytes is made."""
    home, version, folder = project
    own = next(n for n in (1, 2, 3) if weights(folder / "epochs" / str(n)) == weights(folder / "adapter"))

    assert told("promote", f"{version}@epoch{own}", "--home", home)["live"] == version
    assert len(told("log", "--home", home)["versions"]) == 1


def test_training_goes_on_from_an_epoch(project):
    """--from RUN@epoch1 continues that epoch, as a version of its own."""
    home, version, folder = project
    rows = write_rows(home / "more.jsonl", toy_rows(30)[20:])
    words = ("--set", "train.epochs=1", "--set", "session.anchor=0", "--no-promote")
    trained = told("train", rows, "--home", home, "--from", f"{version}@epoch{_other(folder)}", *words)
    parent = told("show", trained["parents"][0], "--home", home)

    assert parent["epoch_of"] == f"{version}@epoch{_other(folder)}"


def test_a_kill_while_an_epoch_is_made_leaves_nothing_that_counts(project, monkeypatch):
    """Broken off before it is moved into place there is no version; the same word again makes it whole."""
    from burnish.errors import StorageError
    from burnish.registry.store import Registry

    home, version, folder = project
    name = f"{version}@epoch{_other(folder)}"
    with monkeypatch.context() as patched:
        patched.setattr(Registry, "admit", lambda self, place: (_ for _ in ()).throw(StorageError("killed")))
        assert run("promote", name, "--home", home).exit_code == 1
    log = told("log", "--home", home)

    assert ([one["version"] for one in log["versions"]], log["unfinished"]) == ([version], [])
    assert told("promote", name, "--home", home)["live"] != version
    assert told("fsck", "--home", home)["ok"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("{}@epoch9", "kept: 1, 2, 3"), ("nothing@epoch1", "there is no version"), ("{}@epoch", "there is no version")],
)
def test_an_epoch_that_is_not_there_is_told(project, name, said):
    """With those that are."""
    home, version, _ = project
    done = run("promote", name.format(version), "--home", home)

    assert done.exit_code == 1
    assert said in done.stderr


def test_a_damaged_epoch_is_found_and_never_used(project):
    """One byte changed: fsck names the file, and neither promote nor generate takes it."""
    home, version, folder = project
    path = folder / "epochs" / "1" / "adapter_model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    found = run("fsck", "--home", home, "--json")

    assert any("epochs/1/adapter_model" in fault["file"] for fault in json.loads(found.stdout)["faults"])
    assert run("promote", f"{version}@epoch1", "--home", home).exit_code == 1


def test_epochs_of_forgotten_rows_cannot_go_live(project):
    """Marked is the run with all its epochs, and a version that was made of one, since it holds the rows too."""
    from burnish.flow.sessions import all_rows
    from burnish.registry.store import Registry

    home, version, folder = project
    made = told("promote", f"{version}@epoch{_other(folder)}", "--home", home)["live"]
    Registry(home / ".burnish").forget("rows.jsonl", [version])
    done = run("promote", f"{version}@epoch{_other(folder)}", "--home", home)
    assert done.exit_code == 1
    assert "to be forgotten" in done.stderr
    assert {row.id for row in all_rows(home / ".burnish" / "runs" / made)} == {row.id for row in all_rows(folder)}


def test_disk_for_every_epoch_is_in_the_quote(kept, toy_folder, tmp_path):
    """Three adapters more than the one that is kept otherwise."""
    home, _ = kept
    words = ("plan", home / "rows.jsonl", "--model", toy_folder, "--home", tmp_path, *KEPT[:4])
    one, every = (told(*words, "--set", f"train.keep={keep}")["quote"]["disk_bytes"] for keep in ("last", "all"))
    adapter = (Path(kept[1]["run"]) / "adapter" / "adapter_model.safetensors").stat().st_size

    assert 2.5 * adapter < every - one <= 3 * adapter


def test_show_tells_the_share_of_trained_weights(project):
    """Of all weights, the base's included, as PEFT counts them."""
    home, version, _ = project
    shown = told("show", version, "--home", home)
    said = run("show", version, "--home", home).stdout

    assert shown["trained_share"] == pytest.approx(
        shown["trainable_parameters"] / (shown["trainable_parameters"] + shown["base_parameters"])
    )
    assert f"({shown['trained_share']:.2%})" in said
