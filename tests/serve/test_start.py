"""How a server starts: what keeps it from starting is one block. How it ends: test_leaving.py."""

from __future__ import annotations

import json
import logging
import socket

import pytest
from typer.testing import CliRunner

from burnish.cli import engines
from burnish.cli.engines import Exporter
from burnish.cli.main import app
from burnish.errors import BurnishError
from burnish.serve import server
from burnish.serve.watch.logs import end, writing


def fails(*words):
    """Type a command that must fail with one block; return it."""
    done = CliRunner().invoke(app, ["serve", *(str(word) for word in words), "--json"])
    assert 1 == done.exit_code
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)["error"]


def test_a_port_in_use_is_told():
    """A port that another program listens on is named, with what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        found = fails("--port", other.getsockname()[1])

    assert "cannot listen on 127.0.0.1" in found["what"]
    assert "another program listens there" == found["seen"]
    assert "--port" in found["remedy"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--host", "0.0.0.0"), "no key is set"),
        (("--key-file", "/no/such/file"), "cannot read the keys"),
        (("--engine", "abacus"), "there is no engine 'abacus'"),
        (("--log-words",), "words go into JSON lines only"),
        (("--model", "/no/such/folder"), "there is no model"),
        (("--engine", "http://127.0.0.1:9"), "does not list its models"),
    ],
)
def test_wrong_words_are_told(words, what, tmp_path, monkeypatch):
    """A host without a key, a missing key file, an unknown engine, a missing model and a dead server are one block each."""
    monkeypatch.chdir(tmp_path)

    assert what in fails("--port", 0, *words)["what"]


@pytest.fixture
def ended_badly(tmp_path, monkeypatch):
    """Let the server be ready, make a GGUF that is told of, and then end with an error; nothing is listened to."""
    told = []

    def exporter(home, tell):
        told.append(tell)
        return Exporter(home, tell)

    def run(app, made, ready):
        made.close()
        ready()
        told[0]("base: making its GGUF")
        raise BurnishError("2 answers were cut off at the end", seen="a second signal")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "Exporter", exporter)
    monkeypatch.setattr(server, "serve", run)
    before = list(logging.getLogger().handlers)
    yield
    if (lines := writing()) is not None:
        end(lines)
        logging.getLogger().handlers[:] = before


def test_an_error_after_the_answer_is_no_second_answer(ended_badly):
    """With --json stdout holds the one object that said where the server is; what went wrong at the end stands on stderr."""
    done = CliRunner().invoke(app, ["serve", "--engine", "http://127.0.0.1:9", "--port", "0", "--json"])

    assert 1 == done.exit_code
    assert {"url", "model", "engine"} == set(json.loads(done.stdout))
    assert "error: 2 answers were cut off at the end" in done.stderr


def test_with_json_lines_what_an_export_says_is_one_too(ended_badly):
    """With --log-json the words of the making of a GGUF are JSON lines like all others."""
    done = CliRunner().invoke(app, ["serve", "--engine", "http://127.0.0.1:9", "--port", "0", "--log-json"])
    lines = [line for line in done.output.splitlines() if "making its GGUF" in line]

    assert ["base: making its GGUF"] == [json.loads(line)["message"] for line in lines]
