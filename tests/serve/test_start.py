"""How a server starts and ends: what keeps it from starting is one block, and what it has begun to answer it answers to the end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.registry.home import make_home
from serve.test_versions import ask, streamed


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


def test_answers_under_way_end_whole_when_the_server_is_told_to_stop(tmp_path, toy_folder):
    """At SIGTERM streamed and whole answers that have begun go on to their last letter; then the server ends with 0."""
    program = [sys.executable, str(Path(__file__).with_name("stopping.py")), str(toy_folder), str(make_home(tmp_path))]
    with (
        subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server,
        ThreadPoolExecutor(4) as threads,
        httpx.Client(timeout=60) as http,
    ):
        http.base_url = server.stdout.readline().strip()
        waiting = [threads.submit(how, http, "base") for how in (ask, streamed, ask, streamed)]
        assert ["asked\n"] * 4 == [server.stdout.readline() for _ in waiting]
        server.send_signal(signal.SIGTERM)
        answers = [one.result() for one in waiting]
        code = server.wait(timeout=60)

    assert [("abcdefghij", "base")] * 4 == answers
    assert 0 == code
