"""How a server starts: what keeps it from starting is one block. How it ends: test_leaving.py."""

from __future__ import annotations

import json
import socket

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app


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
