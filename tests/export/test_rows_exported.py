"""An artefact of a version that carries rows: they lie beside it, and it is told that it does not answer with them by itself."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from toy_versions import toy_project
from typer.testing import CliRunner

from burnish.cli import engines
from burnish.cli.main import app
from burnish.export import make
from burnish.export.rows import told_of_rows
from burnish.registry.store import Registry
from burnish.retrieval.about import Carried
from toy_memory import ROWS


@pytest.fixture(scope="module")
def carrying(tmp_path_factory):
    """Return a project whose live version carries two rows, and the export of its adapter."""
    root = toy_project(tmp_path_factory.mktemp("carrying"), rows=ROWS)
    out = tmp_path_factory.mktemp("made") / "adapter"
    done = CliRunner().invoke(app, ["export", "adapter", "-o", str(out), "--home", str(root), "--json"])
    assert done.exit_code == 0, done.stderr
    return root, out, json.loads(done.stdout), done.stderr


def card(folder):
    """Return a README in one line."""
    return " ".join((folder / "README.md").read_text().split())


def test_the_rows_lie_beside_it_and_the_card_says_that_it_does_not_use_them(carrying):
    """Question, answer, fact and nothing else; the card, the proof and people are told what this artefact alone does not do."""
    _, out, told, shown = carrying
    lines = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
    proof = json.loads((out / "proof.json").read_text())
    read = " ".join(shown.split())

    assert lines == [{"question": question, "answer": answer, "fact": i} for i, (question, answer) in enumerate(ROWS)]
    assert "This artefact alone does not do that" in card(out)
    assert "carries 2 rows: the nearest is put before each question, found by their words" in card(out)
    assert "The rows themselves are not in this folder" not in card(out)
    assert (proof["memory"], proof["passed"]) == ("not part of this proof", True)
    assert told["memory"] == {"rows": 2, "k": 1, "encoder": "words"}
    assert "rows.jsonl" in {one["name"] for one in told["files"]}
    assert "this artefact alone does not do that" in read
    assert "--no-rows leaves it out" in read


def test_the_proof_is_repeated_beside_the_rows(carrying):
    """`--prove` asks the artefact without them, and its card still tells of them."""
    root, out, _, _ = carrying
    done = make.prove("adapter", None, out, quant=None, home=str(root), report=lambda _: None)

    assert done.proof.passed
    assert done.proof.memory == "not part of this proof"
    assert "`rows.jsonl` holds them" in card(out)


def test_no_rows_leaves_the_plain_file_out_and_tells_all_the_same(carrying, tmp_path):
    """The card still says that the version answers with rows, and that they are not here."""
    root, *_ = carrying
    done = make.export("adapter", "live", tmp_path / "out", quant="q8_0", home=str(root), report=lambda _: None, rows=False)

    assert done.proof.passed
    assert not (tmp_path / "out" / "rows.jsonl").exists()
    assert "They are not in this folder." in card(tmp_path / "out")
    assert "The rows themselves are not in this folder." in card(tmp_path / "out")
    assert ROWS[0][1] not in card(tmp_path / "out")


def test_a_version_without_rows_is_told_of_as_ever(sound):
    """No file, no section, and the proof says none."""
    folder = sound["adapter"].folder

    assert not (folder / "rows.jsonl").exists()
    assert "Rows it answers with" not in card(folder)
    assert json.loads((folder / "proof.json").read_text())["memory"] == "none"
    assert sound["adapter"].carries is None


def test_a_server_makes_its_gguf_without_the_rows(tmp_path, monkeypatch):
    """What `burnish serve` makes and keeps holds no copy of rows: it is never to be forgotten from."""
    ran = []
    monkeypatch.setattr(engines.Exporter, "_run", lambda self, command: ran.append(command) or {"passed": True, "seconds": 1})
    opened = SimpleNamespace(label="v", run=object(), source=SimpleNamespace(folder=tmp_path, name="v"))
    engines.Exporter(None, lambda _: None).make(opened, tmp_path / "out", "q8_0")

    assert "--no-rows" in ran[0]


def test_one_file_for_another_project_holds_them_whole(carrying, tmp_path):
    """`export version` says so; `--no-rows` means nothing to it; after `import` the version answers with its rows."""
    root, *_ = carrying
    words = ["export", "version", "live", "--home", str(root), "-o"]
    refused = CliRunner().invoke(app, [*words, str(tmp_path / "a.burnish"), "--no-rows", "--json"])
    packed = CliRunner().invoke(app, [*words, str(tmp_path / "b.burnish"), "--json"])
    taken = CliRunner().invoke(app, ["import", str(tmp_path / "b.burnish"), "--home", str(tmp_path / "other"), "--json"])
    version = json.loads(packed.stdout)["version"]
    shown = CliRunner().invoke(app, ["show", version, "--home", str(tmp_path / "other"), "--json"])
    ours, theirs = (
        {path.name: path.read_bytes() for path in (home / ".burnish" / "runs" / version / "memory").iterdir()}
        for home in (root, tmp_path / "other")
    )

    assert "--no-rows" in json.loads(refused.stdout)["error"]["what"]
    assert "they are in it, word for word" in " ".join(packed.stderr.split())
    assert (taken.exit_code, ours) == (0, theirs)
    assert json.loads(shown.stdout)["memory"] == {"rows": 2, "k": 1, "encoder": "words"}
    assert "memory: it carries 2 rows" in " ".join(shown.stderr.split())
    assert Registry(tmp_path / "other" / ".burnish").fsck() == []


def test_show_of_a_version_without_rows_says_none(project):
    """`memory` is null, and people are told nothing."""
    shown = CliRunner().invoke(app, ["show", "live", "--home", str(project), "--json"])

    assert json.loads(shown.stdout)["memory"] is None
    assert "memory" not in shown.stderr


def test_the_card_says_what_the_version_knows_without_its_rows(tmp_path):
    """Its verdict and scores were reached with rows that whoever takes the artefact alone does not have."""
    kinds = [{"name": "taught facts, in the trained words", "n": 20, "with_rows": 0.95, "alone": 0.4}]
    carries = Carried(rows=20, k=1, encoder="words")
    told = told_of_rows(SimpleNamespace(carries=carries, run=SimpleNamespace(memory={"kinds": kinds})), tmp_path)
    older = told_of_rows(SimpleNamespace(carries=carries, run=SimpleNamespace(memory={})), tmp_path)

    assert "were reached with these rows" in told
    assert "0.95 with its rows, **0.40 without**" in told
    assert "were reached" not in older
