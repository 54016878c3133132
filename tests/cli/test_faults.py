"""Every fault is one clear block with a remedy, exit 1, nothing lost, no traceback."""

from __future__ import annotations

import json
import os

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_model_folder, toy_rows, write_rows

ROW = '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n'


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the program in an empty folder and return (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        return done.exit_code, done.stdout, done.stderr

    return call


def _is_one_block(code, err):
    assert code == 1
    assert err.count("error: ") == 1
    assert "  do:   " in err
    assert "Traceback" not in err


@pytest.mark.parametrize("verb", ["check", "look", "plan", "train"])
def test_missing_file(run, toy_folder, verb):
    """A file that is not there is named."""
    code, _, err = run(verb, "nowhere.jsonl", "--model", toy_folder)

    _is_one_block(code, err)
    assert "nowhere.jsonl" in err


def test_empty_file(run, tmp_path, toy_folder):
    """An empty file is told, with what a row looks like."""
    (tmp_path / "e.jsonl").write_bytes(b"")
    code, _, err = run("train", "e.jsonl", "--model", toy_folder)

    _is_one_block(code, err)
    assert '"messages"' in err


def test_folder_instead_of_file(run, tmp_path, toy_folder):
    """A folder is told."""
    (tmp_path / "d").mkdir()
    code, _, err = run("check", "d", "--model", toy_folder)

    _is_one_block(code, err)
    assert "folder" in err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe" + ROW.encode("utf-16-le"), "UTF-16"),
        (b"\x93\xfa\x96\x7b\n", "UTF-8"),
        (b"hello there\n", "JSON"),
        (b'{"messages":[{"role":"wizard","content":"a"},{"role":"assistant","content":"b"}]}\n', "wizard"),
        (b'{"messages":[{"role":"user","content":"a"}]}\n', "assistant"),
        (b'{"text":"a"}\n', "text"),
    ],
)
def test_rows_nobody_can_use(run, tmp_path, toy_folder, content, told):
    """Not UTF-8, not JSON, an unknown role, no assistant, an unknown shape: each named, with a remedy."""
    (tmp_path / "rows.jsonl").write_bytes(content)
    code, out, err = run("train", "rows.jsonl", "--model", toy_folder)

    _is_one_block(code, err)
    assert told.lower() in (out + err).lower()
    assert (tmp_path / "rows.jsonl").read_bytes() == content


def test_model_not_found(run, tmp_path):
    """A model nobody knows is told with the names that are known."""
    write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    code, _, err = run("plan", "rows.jsonl", "--model", "smollm2-135n")

    _is_one_block(code, err)
    assert "smollm2-135m" in err


def test_hub_name_without_network(run, tmp_path):
    """A hub name without network is one clear error that names a folder to put the model in."""
    write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    code, _, err = run("plan", "rows.jsonl", "--model", "nobody/no-such-model")

    _is_one_block(code, err)
    assert "nobody/no-such-model" in err
    assert "folder" in err


def test_tokenizer_without_template(run, tmp_path):
    """A model whose tokenizer has no chat template cannot be trained on chats, and says so."""
    folder = toy_model_folder(tmp_path / "bare", template=None)
    write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    code, _, err = run("plan", "rows.jsonl", "--model", folder)

    _is_one_block(code, err)
    assert "template" in err


def test_wrong_recipe_key(run, tmp_path, toy_folder):
    """A wrong key names the nearest right one."""
    write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    code, _, err = run("train", "rows.jsonl", "--model", toy_folder, "--set", "train.epoch=3")

    _is_one_block(code, err)
    assert "did you mean train.epochs?" in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_write_permission(run, tmp_path, toy_folder):
    """A folder without write permission is named."""
    write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    code, _, err = run("train", "rows.jsonl", "--model", toy_folder, "--home", closed)

    _is_one_block(code, err)
    assert "closed" in err


def test_home_is_a_file(run, tmp_path, toy_folder):
    """A file where the project's folder should be is named."""
    write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    (tmp_path / "file").write_text("x")
    code, _, err = run("train", "rows.jsonl", "--model", toy_folder, "--home", tmp_path / "file")

    _is_one_block(code, err)
    assert (tmp_path / "file").read_text() == "x"


def test_too_little_memory(run, tmp_path, toy_folder, monkeypatch):
    """What cannot fit is refused before training, with the numbers and what to change."""
    from burnish.machine import probe as probing

    real = probing.probe

    def poor(folder, speeds=None):
        from dataclasses import replace

        return replace(real(folder, speeds), memory_bytes=1_000_000)

    monkeypatch.setattr(probing, "probe", poor)
    write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    code, _, err = run("train", "rows.jsonl", "--model", toy_folder)

    _is_one_block(code, err)
    assert "memory" in err
    assert not (tmp_path / ".burnish" / "runs").exists() or not any((tmp_path / ".burnish" / "runs").iterdir())


def test_full_disk_loses_nothing(run, tmp_path, toy_folder, monkeypatch):
    """A disk that is full in mid-run is one block; the same run goes on afterwards."""
    import errno

    from burnish import durable

    write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    rows = (tmp_path / "rows.jsonl").read_bytes()

    def full(operation, path):
        if path.name == "after.json":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)
    code, _, err = run("train", "rows.jsonl", "--model", toy_folder, "--set", "train.epochs=1")
    monkeypatch.setattr(durable, "FAULT_HOOK", None)
    again, out, _ = run("train", "--resume", "last", "--json")

    _is_one_block(code, err)
    assert "after.json" in err
    assert again == 0
    assert json.loads(out)["steps"] > 0
    assert (tmp_path / "rows.jsonl").read_bytes() == rows


def test_json_faults_are_json(run, toy_folder):
    """With --json, a fault is one JSON object on stdout, and the block is on stderr."""
    code, out, err = run("check", "nowhere.jsonl", "--json", "--model", toy_folder)

    assert code == 1
    assert set(json.loads(out)["error"]) == {"what", "seen", "remedy", "kind"}
    assert "error: " in err


@pytest.mark.parametrize("words", [["train"], ["train", "--nonsense"], ["nonsense"], ["train", "a.jsonl", "--resume", "x"]])
def test_wrong_usage_is_two(run, words):
    """Wrong usage exits with 2."""
    assert run(*words)[0] == 2


@pytest.mark.parametrize(
    "words", [["log"], ["show", "live"], ["rollback"], ["fsck"], ["chat", "20260101"], ["train", "--resume", "last"]]
)
def test_no_project_here(run, words):
    """A verb about versions, where there is no project, says so."""
    code, _, err = run(*words)

    _is_one_block(code, err)
    assert "project" in err
