"""Every field of OpenAI's two endpoints that may be null, and every value that its schema includes, ends of ranges too."""

from __future__ import annotations

import httpx
import pytest

CHAT = {"model": "base", "messages": [{"role": "user", "content": "x"}], "max_tokens": 3, "temperature": 0}
TEXT = {"model": "base", "prompt": "x", "max_tokens": 3, "temperature": 0}
BOTH = (
    *("model", "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "n", "presence_penalty", "seed", "stop", "stream"),
    *(
        "stream_options",
        "temperature",
        "top_p",
        "user",
        "top_k",
        "min_p",
        "repetition_penalty",
        "repeat_penalty",
        "repeat_last_n",
    ),
)
CHAT_ONLY = (
    *(
        "audio",
        "function_call",
        "functions",
        "max_completion_tokens",
        "metadata",
        "modalities",
        "moderation",
        "parallel_tool_calls",
    ),
    *("prediction", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning_effort", "response_format"),
    *("safety_identifier", "service_tier", "store", "tool_choice", "tools", "top_logprobs", "verbosity", "web_search_options"),
    *("chat_template", "chat_template_kwargs"),
)
TEXT_ONLY = ("best_of", "echo", "prompt", "suffix")
VALUES = [
    {"temperature": 0}, {"temperature": 2}, {"temperature": 1.0}, {"top_p": 0}, {"top_p": 1}, {"n": 1}, {"seed": -(2**63)},
    {"seed": 2**63 - 1}, {"seed": 0}, {"stop": ""}, {"stop": []}, {"stop": ["a", "b", "c", "d"]}, {"frequency_penalty": -2},
    {"frequency_penalty": 2.0}, {"presence_penalty": -2.0}, {"presence_penalty": 2}, {"logit_bias": {}},
    {"logit_bias": {"5": -100, "7": 100}}, {"max_tokens": 3.0}, {"stream": False}, {"stream_options": {"include_usage": None}},
    {"stream_options": {"include_usage": True, "include_obfuscation": False}}, {"n": 2.0}, {"min_p": 0}, {"min_p": 1}, {"user": ""},
]  # fmt: skip
CHAT_VALUES = [
    {"logprobs": False, "top_logprobs": 0}, {"logprobs": True, "top_logprobs": 0}, {"logprobs": True, "top_logprobs": 20},
    {"response_format": {"type": "text"}}, {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": None}}},
    {"tools": []}, {"tools": [], "tool_choice": "auto"}, {"tool_choice": "none"}, {"functions": []}, {"function_call": "none"},
    {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "none"}, {"modalities": ["text"]},
    {"parallel_tool_calls": False}, {"parallel_tool_calls": True}, {"store": True}, {"metadata": {"a": "b"}},
    {"prediction": {"type": "content", "content": "x"}}, {"service_tier": "priority"}, {"verbosity": "high"},
    *({"reasoning_effort": one} for one in ("none", "minimal", "low", "medium", "high", "xhigh", "max")),
    *({"service_tier": one} for one in ("auto", "default", "flex", "scale", "fast")),
]  # fmt: skip
TEXT_VALUES = [
    {"logprobs": 0}, {"logprobs": 5}, {"best_of": 0}, {"best_of": 1}, {"best_of": 3}, {"best_of": 20, "n": 2}, {"echo": False},
    {"echo": True}, {"suffix": ""}, {"max_tokens": 0}, {"prompt": ["x", "y"]}, {"prompt": [1, 2]}, {"prompt": [[1, 2], [3]]},
]  # fmt: skip


@pytest.fixture(scope="module")
def client(url):
    """Return an HTTP client of the shared server."""
    with httpx.Client(base_url=f"{url}/v1", timeout=60) as http:
        yield http


def answered(client, path, body):
    """Return the answer to a body, which must be a 200 in one JSON object whose choices have all ended."""
    answer = client.post(path, json=body)
    assert 200 == answer.status_code, (body, answer.text)
    assert "application/json" == answer.headers["content-type"]
    made = answer.json()
    assert all(one["finish_reason"] in {"stop", "length"} for one in made["choices"])
    return made


@pytest.mark.parametrize("path", ["/chat/completions", "/completions"])
def test_null_is_not_set(client, path):
    """Each field alone, and all of them at once, as null: the same answer as without it."""
    plain, names = (CHAT, BOTH + CHAT_ONLY) if path.startswith("/chat") else (TEXT, BOTH + TEXT_ONLY)
    free = {"prompt", "max_tokens", "model", "temperature"}
    words = [one.get("text") or one["message"]["content"] for one in answered(client, path, plain)["choices"]]

    for name in names:
        found = answered(client, path, plain | {name: None})["choices"]
        if name not in free:
            assert words == [one.get("text") or one["message"]["content"] for one in found], name
    all_null = plain | {name: None for name in names if name not in free}
    assert words == [one.get("text") or one["message"]["content"] for one in answered(client, path, all_null)["choices"]]


@pytest.mark.parametrize("fields", [*VALUES, *CHAT_VALUES], ids=str)
def test_every_value_of_the_schema_is_answered_in_a_chat(client, fields):
    """Ends of ranges, empty lists, whole numbers written with a point, and fields that only label or hint."""
    made = answered(client, "/chat/completions", CHAT | fields)

    assert int(fields.get("n", 1)) == len(made["choices"])


@pytest.mark.parametrize("fields", [*VALUES, *TEXT_VALUES], ids=str)
def test_every_value_of_the_schema_is_answered_for_a_raw_prompt(client, fields):
    """The same for raw prompts; `best_of` gives back `n`, all of its tokens counted."""
    made = answered(client, "/completions", TEXT | fields)
    prompt = fields.get("prompt", "x")
    prompts = len(prompt) if isinstance(prompt, list) and not isinstance(prompt[0], int) else 1

    assert int(fields.get("n", 1)) * prompts == len(made["choices"])


def test_the_most_answers_of_the_schema_are_made(client):
    """As many as n may be."""
    made = answered(client, "/chat/completions", CHAT | {"n": 128, "max_tokens": 1})

    assert list(range(128)) == [one["index"] for one in made["choices"]]


def test_no_token_is_an_answer_too(client):
    """max_tokens 0 of a raw prompt: an empty text, with echo the prompt, and the prompt's tokens."""
    made = answered(client, "/completions", TEXT | {"prompt": "abc", "max_tokens": 0, "echo": True})

    assert ("abc", "length") == (made["choices"][0]["text"], made["choices"][0]["finish_reason"])
    assert {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}.items() <= made["usage"].items()


def test_the_best_of_several_is_the_likeliest(client):
    """Of five drawn answers the two with the highest mean log-probability a token are given, the likelier first."""
    body = TEXT | {"temperature": 1.5, "seed": 5, "logprobs": 0, "max_tokens": 6}
    every = answered(client, "/completions", body | {"n": 5})["choices"]
    best = answered(client, "/completions", body | {"n": 2, "best_of": 5})["choices"]

    def mean(one):
        found = one["logprobs"]["token_logprobs"] if one["logprobs"] else [float("-inf")]
        return sum(found) / len(found)

    wanted = sorted(every, key=mean, reverse=True)[:2]
    assert [one["text"] for one in wanted] == [one["text"] for one in best]
    assert 400 == client.post("/completions", json=body | {"n": 2, "best_of": 5, "stream": True}).status_code
    assert 400 == client.post("/completions", json=body | {"n": 2, "best_of": 1}).status_code


@pytest.mark.parametrize("top_p", [0, 1e-9])
def test_top_p_zero_is_the_likeliest_token(client, top_p):
    """The smallest set of tokens with no probability at all is the likeliest alone, however hot."""
    greedy = answered(client, "/chat/completions", CHAT)["choices"][0]["message"]["content"]
    drawn = answered(client, "/chat/completions", CHAT | {"temperature": 2, "top_p": top_p})["choices"][0]["message"]["content"]

    assert greedy == drawn
