"""Penalties, min-p and biases: by their definitions, in a request, and handed on to the engines that have their own."""

from __future__ import annotations

import json

import httpx
import pytest
import torch

from burnish.serve.app import make_app
from burnish.serve.engine import Ask
from burnish.serve.guard import Rules
from burnish.serve.llamacpp import _body
from burnish.serve.narrowing import cut, weighed
from burnish.serve.remote import RemoteVersions, _drawing
from burnish.serve.server import running

BODY = {"model": "base", "messages": [{"role": "user", "content": "aaa bbb"}], "max_tokens": 40, "temperature": 0}


def ask(**fields):
    """Return what is asked of an engine."""
    return Ask(prompt=(0, 1, 1), stop_ids=(), max_tokens=9, **fields)


def scores():
    """Return the scores of five tokens."""
    return torch.tensor([[2.0, -2.0, 4.0, 0.5, 0.0]])


def test_frequency_and_presence_count_the_answer_alone():
    """OpenAI: score - count * frequency - (count > 0) * presence; the prompt's tokens are not counted."""
    made = weighed(scores(), ask(frequency=0.5, presence=0.25), [2, 2, 3])

    assert torch.allclose(made, torch.tensor([[2.0, -2.0, 4.0 - 1.25, 0.5 - 0.75, 0.0]]))


def test_repetition_divides_above_zero_and_multiplies_below():
    """Hugging Face: every token of prompt and answer once, however often it came; llama.cpp: of the last few."""
    made = weighed(scores(), ask(repetition=2.0), [2])
    near = weighed(scores(), ask(repetition=2.0, repetition_last=2), [2])
    none = weighed(scores(), ask(repetition=2.0, repetition_last=0), [2])

    assert torch.allclose(made, torch.tensor([[1.0, -4.0, 2.0, 0.5, 0.0]]))
    assert torch.allclose(near, torch.tensor([[2.0, -4.0, 2.0, 0.5, 0.0]]))
    assert torch.equal(none, scores())


def test_a_negative_penalty_and_a_bias_raise():
    """Both ends of the ranges; tokens beyond the rows are passed over."""
    made = weighed(scores(), ask(frequency=-2.0, bias={4: 100.0, 2: -100.0, 99: 5.0}), [4, 77])

    assert torch.allclose(made, torch.tensor([[2.0, -2.0, -96.0, 0.5, 102.0]]))


def test_min_p_leaves_those_near_the_likeliest():
    """Only tokens at least so likely as min_p times the likeliest, at the temperature of the draw; the likeliest always."""
    ratio = float(torch.tensor(-2.0).exp())

    assert [2, 0] == [i for i in (2, 0, 3, 4, 1) if cut(scores(), 1.0, 0, 1.0, ratio * 0.99)[0, i] > -torch.inf]
    assert [2] == [i for i in range(5) if cut(scores(), 1.0, 0, 1.0, ratio * 1.01)[0, i] > -torch.inf]
    assert [2] == [i for i in range(5) if cut(scores(), 1.0, 0, 1.0, 1.0)[0, i] > -torch.inf]
    assert [0, 2, 3] == [i for i in range(5) if cut(scores(), 2.0, 0, 1.0, ratio * 1.01)[0, i] > -torch.inf]


def ids(url, **fields):
    """Return the tokens of an answer, as texts, by its log-probabilities."""
    made = httpx.post(f"{url}/v1/chat/completions", json=BODY | {"logprobs": True} | fields, timeout=60)
    assert 200 == made.status_code, made.text
    return [str(one["bytes"]) + one["token"] for one in made.json()["choices"][0]["logprobs"]["content"]]


@pytest.mark.parametrize("fields", [{"presence_penalty": 2}, {"frequency_penalty": 2}, {"repetition_penalty": 1.8}, {"repeat_penalty": 1.8}], ids=str)  # fmt: skip
def test_each_works_in_a_request(url, fields):
    """The greedy answer has more different tokens than without it; a penalty that says nothing changes nothing."""
    plain = ids(url)
    nothing = {name: 1.0 if name.startswith("repe") else 0 for name in fields}

    assert len(set(ids(url, **fields))) > len(set(plain))
    assert plain == ids(url, **nothing)


def test_a_bias_bans_and_forces(url):
    """-100 keeps the likeliest token out; 100 lets no other come."""
    body = {"model": "base", "prompt": "aaa", "max_tokens": 5, "temperature": 0, "logprobs": 0}

    def texts(**fields):
        return httpx.post(f"{url}/v1/completions", json=body | fields, timeout=60).json()["choices"][0]["text"]

    plain = texts()
    forced = httpx.post(f"{url}/v1/completions", json=body | {"prompt": [65], "echo": True, "logprobs": None}, timeout=60).json()
    letter = forced["choices"][0]["text"][0]

    assert letter * 5 == texts(logit_bias={"65": 100})
    assert plain != texts(logit_bias={str(i): -100 for i in range(130, 256)})


def test_llama_cpp_gets_them_under_its_own_names():
    """With its sampler of penalties only where one is asked for, so that other answers stay bit for bit what they were."""
    plain = _body(ask())
    made = _body(ask(frequency=0.5, presence=0.25, repetition=1.2, repetition_last=32, min_p=0.1, bias={7: -100.0}))

    assert ["top_k", "top_p", "temperature"] == plain["samplers"]
    assert ["penalties", "top_k", "top_p", "min_p", "temperature"] == made["samplers"]
    assert {"frequency_penalty": 0.5, "presence_penalty": 0.25, "repeat_penalty": 1.2, "repeat_last_n": 32, "min_p": 0.1,
            "logit_bias": [[7, -100.0]]}.items() <= made.items()  # fmt: skip


def test_a_server_elsewhere_gets_what_was_sent_and_nothing_more():
    """Under the client's own names; a server that knows none of them is sent none."""
    given = {"repeat_penalty": 1.1, "logit_bias": {"5": 1}}

    assert given.items() <= _drawing(ask(given=given)).items()
    assert {"temperature", "top_p", "seed", "max_tokens"} == set(_drawing(ask()))


def test_they_pass_through_the_gateway(url):
    """A gateway before a gateway: the same words as without it."""
    fields = {"presence_penalty": 2, "min_p": 0.5, "repetition_penalty": 1.3, "logit_bias": {"65": 5}}
    with running(make_app(RemoteVersions(url), Rules())) as front:
        found = [httpx.post(f"{one}/v1/chat/completions", json=BODY | fields, timeout=60).json() for one in (url, front)]

    assert found[0]["choices"] == found[1]["choices"]


def test_what_is_not_used_is_told(url):
    """Unknown fields, and known ones without effect, are named in a header of every kind of answer; harmless values are not."""
    fields = {
        "typical_p": 0.9,
        "store": True,
        "metadata": {},
        "service_tier": "auto",
        "x\r\nSet-Cookie: a": 1,
        "prediction": None,
    }
    answers = [
        httpx.post(f"{url}/v1/{path}", json=body | fields | {"stream": stream, "max_tokens": 2}, timeout=60)
        for path, body in (("chat/completions", BODY), ("completions", {"model": "base", "prompt": "x"}))
        for stream in (False, True)
    ]

    assert [200] * 4 == [one.status_code for one in answers]
    assert {"typical_p, store, x??Set-Cookie??a"} == {one.headers["x-burnish-unused"] for one in answers}
    many = httpx.post(f"{url}/v1/chat/completions", json=BODY | {f"field{i}": i for i in range(30)}, timeout=60)
    assert many.headers["x-burnish-unused"].endswith("field19, and 10 more")
    assert "x-burnish-unused" not in httpx.post(f"{url}/v1/chat/completions", content=json.dumps(BODY),
                                                headers={"Content-Type": "application/json"}, timeout=60).headers  # fmt: skip
