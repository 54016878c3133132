"""A base whose tokenizer has tokens without a row: every verb names them before any work, refuses what uses one by number, and does the rest."""

from __future__ import annotations

import json

import httpx
import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.model.load import load_model
from burnish.model.shape import read_shape
from burnish.registry.home import make_home
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.reference import Reference
from burnish.serve.server import running
from rowless import rowless_folder
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "data.holdout=3", "--set", "model.dtype=float32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a model that pads with a token without a row, in its config too."""
    return rowless_folder(tmp_path_factory.mktemp("flow") / "toy", config={"pad_token_id": 260})


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Return rows of which the third and the last need a token without a row."""
    found = toy_rows(14)
    found[2]["messages"][0]["content"] += " <zz>"
    found[13]["messages"][1]["content"] += " <zz>"
    return write_rows(tmp_path_factory.mktemp("rows") / "rows.jsonl", found)


def told(*words, code=0):
    """Return (the JSON of a verb, what people read)."""
    done = CliRunner().invoke(app, [*(str(word) for word in words), "--json"])
    assert done.exit_code == code, done.stderr + done.stdout
    assert "defect" not in done.stderr
    return json.loads(done.stdout), done.stderr


def test_a_padding_id_without_a_row_keeps_no_model_from_loading(folder):
    """No embedding can be built with it: it is left out of the config."""
    assert 260 == read_shape(folder).vocabulary
    assert load_model(folder, dtype="float32").config.pad_token_id is None


def test_doctor_check_and_plan_say_it_before_any_work(folder, rows, tmp_path):
    """Which tokens, which ids, what to do; the rows that use one by their lines."""
    found, _ = told("doctor", "--model", folder, code=0)
    (tokens,) = [one for one in found["findings"] if one["name"] == "tokens"]
    checked, _ = told("check", rows, "--model", folder)
    _, planned = told("plan", rows, "--model", folder, "--home", tmp_path)

    assert "warning" == tokens["state"]
    assert "'<zz>' (id 300)" in tokens["detail"]
    assert tokens["remedy"]
    assert [3, 14] == [one["line"] for one in checked["rejected"]]
    assert all("'<zz>' (id 300)" in one["reason"] for one in checked["rejected"])
    assert "'<zz>' (id 300)" in planned.split("2 of the rows")[0]


def test_training_uses_the_others_and_generate_names_prompts(folder, rows, tmp_path):
    """A verdict on 12 rows; two prompts are answered, two others named together, before any weight is loaded."""
    made, _ = told("train", rows, "--model", folder, "--home", tmp_path, *FAST)
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text('{"prompt": "Say hello, please"}\n{"prompt": "And [PAD]"}\n')
    bad.write_text('{"prompt": "a <zz>"}\n{"prompt": "b"}\n{"id": "last", "prompt": "c <zz>"}\n')
    answered, _ = told("generate", good, "-o", tmp_path / "out.jsonl", "--home", tmp_path, "--max-tokens", "3")
    refused, _ = told("generate", bad, "-o", tmp_path / "none.jsonl", "--home", tmp_path, code=1)

    assert made["verdict"]
    assert 2 == answered["items"]
    assert "prompt 1" in refused["error"]["what"]
    assert "prompt last" in refused["error"]["what"]
    assert not (tmp_path / "none.jsonl").exists()


def test_a_server_answers_400(folder, tmp_path):
    """For words, raw text and ids alike; other requests are answered, to a schema too."""
    pool = Pool(Shelf(str(make_home(tmp_path)), str(folder)), Reference)
    with running(make_app(pool, Rules())) as url, httpx.Client(base_url=f"{url}/v1", timeout=60) as http:

        def asked(path, **body):
            return http.post(path, json={"model": "base", "max_tokens": 3} | body)

        bad = [
            asked("/chat/completions", messages=[{"role": "user", "content": "a <zz>"}]),
            asked("/completions", prompt="a <zz>"),
            asked("/completions", prompt=[1, 300]),
            asked("/completions", prompt=[1, 260]),
        ]
        good = [
            asked("/chat/completions", messages=[{"role": "user", "content": "a [PAD]"}]),
            asked("/completions", prompt=[1, 259]),
            asked("/chat/completions", messages=[{"role": "user", "content": "a"}], response_format={"type": "json_object"}),
        ]

    assert [400] * 4 == [one.status_code for one in bad], [one.text for one in bad]
    assert all("300" in one.text for one in bad[:3])
    assert [200] * 3 == [one.status_code for one in good], [one.text for one in good]
