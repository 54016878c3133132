"""What cannot be answered is an OpenAI error that names the field, before any answer begins; the server goes on."""

from __future__ import annotations

import json

import httpx
import pytest

HELLO = [{"role": "user", "content": "x"}]
SCHEMA = {"type": "json_schema", "json_schema": {"schema": {"const": float("nan")}}}

FIELDS = [
    ({"model": "no-such"}, 404, "model", "model_not_found"),
    ({"model": 5}, 400, "model", "invalid_value"),
    ({"model": "a\0b"}, 404, "model", "model_not_found"),
    ({"model": "../../base"}, 404, "model", "model_not_found"),
    ({"messages": []}, 400, "messages", "invalid_value"),
    ({"messages": "x"}, 400, "messages", "invalid_value"),
    ({"messages": [{}] * 1000}, 400, "messages[0].role", "invalid_value"),
    ({"messages": [{"role": "bard", "content": "x"}]}, 400, "messages[0].role", "invalid_value"),
    ({"messages": [{"role": "user"}]}, 400, "messages[0]", "invalid_value"),
    ({"messages": [*HELLO, {"role": "user", "content": [{"type": "image_url"}]}]}, 400, "messages[1].content", "invalid_value"),
    ({"messages": [{"role": "user", "content": "x" * 600}]}, 400, "messages", "context_length_exceeded"),
    ({"temperature": -1}, 400, "temperature", "invalid_value"),
    ({"temperature": float("nan")}, 400, "temperature", "invalid_value"),
    ({"temperature": float("inf")}, 400, "temperature", "invalid_value"),
    ({"top_p": -0.01}, 400, "top_p", "invalid_value"),
    ({"top_p": 1.01}, 400, "top_p", "invalid_value"),
    ({"temperature": 2.01}, 400, "temperature", "invalid_value"),
    ({"frequency_penalty": 2.1}, 400, "frequency_penalty", "invalid_value"),
    ({"presence_penalty": -2.1}, 400, "presence_penalty", "invalid_value"),
    ({"repetition_penalty": 0}, 400, "repetition_penalty", "invalid_value"),
    ({"repeat_penalty": "1"}, 400, "repeat_penalty", "invalid_value"),
    ({"repeat_penalty": 1.1, "repetition_penalty": 1.2}, 400, "repeat_penalty", "invalid_value"),
    ({"min_p": 1.5}, 400, "min_p", "invalid_value"),
    ({"logit_bias": {"5": 101}}, 400, "logit_bias", "invalid_value"),
    ({"logit_bias": {"999": 1}}, 400, "logit_bias", "invalid_value"),
    ({"logit_bias": {"x": 1}}, 400, "logit_bias", "invalid_value"),
    ({"modalities": ["text", "audio"]}, 400, "modalities", "unsupported_parameter"),
    ({"functions": [{"name": "f"}]}, 400, "functions", "unsupported_parameter"),
    ({"tool_choice": "required"}, 400, "tool_choice", "unsupported_parameter"),
    ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, 400, "tool_choice", "unsupported_parameter"),
    ({"function_call": {"name": "f"}}, 400, "function_call", "unsupported_parameter"),
    ({"web_search_options": {}}, 400, "web_search_options", "unsupported_parameter"),
    ({"moderation": {"model": "m"}}, 400, "moderation", "unsupported_parameter"),
    ({"max_tokens": 0}, 400, "max_tokens", "invalid_value"),
    ({"max_tokens": 513}, 400, "max_tokens", "invalid_value"),
    ({"max_tokens": 10**400}, 400, "max_tokens", "invalid_value"),
    ({"max_tokens": 1.5}, 400, "max_tokens", "invalid_value"),
    ({"max_completion_tokens": 513}, 400, "max_completion_tokens", "invalid_value"),
    ({"seed": 2**63}, 400, "seed", "invalid_value"),
    ({"n": 129}, 400, "n", "invalid_value"),
    ({"top_k": True}, 400, "top_k", "invalid_value"),
    ({"max_tokens": "5"}, 400, "max_tokens", "invalid_value"),
    ({"temperature": "0.5"}, 400, "temperature", "invalid_value"),
    ({"stream": "yes"}, 400, "stream", "invalid_value"),
    ({"stop": [""]}, 400, "stop", "invalid_value"),
    ({"stop": ["x"] * 17}, 400, "stop", "invalid_value"),
    ({"top_logprobs": 3}, 400, "top_logprobs", "invalid_value"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, 400, "tools", "unsupported_parameter"),
    ({"response_format": {"type": "json_schema"}}, 400, "response_format", "invalid_value"),
    ({"response_format": SCHEMA}, 400, "response_format.json_schema.schema.const", "invalid_value"),
    ({"chat_template": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}"}, 400, "chat_template",
     "unsupported_parameter"),
    ({"chat_template": {}}, 400, "chat_template", "unsupported_parameter"),
    ({"chat_template_kwargs": {"messages": []}}, 400, "chat_template_kwargs.messages", "invalid_value"),
    ({"chat_template_kwargs": {"enable_thinking": "maybe"}}, 400, "chat_template_kwargs.enable_thinking", "invalid_value"),
]  # fmt: skip
PLAIN = '"model":"base","messages":[{"role":"user","content":"x"}]'
BODIES = [
    (b"", None, ""),
    (b"{not json", None, "line 1, column 2"),
    (b"[]", None, ""),
    (b"null", None, ""),
    (b"\xef\xbb\xbf{" + PLAIN.encode() + b"}", None, "BOM"),
    (b"{" + PLAIN.encode("utf-16-le") + b"}", None, ""),
    (b'{"model":"\xff"}', None, "byte 11"),
    (b'{"model":"base","messages":[{"role":"user","content":"\\ud800"}]}', "messages[0].content", "half a letter"),
    (b'{"\\udfff":1,' + PLAIN.encode() + b"}", None, "half a letter"),
    (b'{"tools":[{"a":"\\uD83D"}],' + PLAIN.encode() + b"}", "tools[0].a", "half a letter"),
    (b'{"chat_template_kwargs":{"\\ud800":1},' + PLAIN.encode() + b"}", "chat_template_kwargs", "half a letter"),
    (b'{"model":"live",' + PLAIN.encode() + b"}", "model", "twice"),
    (b'{"messages":[{"role":"user","role":"system","content":"x"}],"model":"base"}', "role", "twice"),
    (b'{"temperature":NaN,' + PLAIN.encode() + b"}", "temperature", "NaN"),
    (b'{"temperature":1e999,' + PLAIN.encode() + b"}", "temperature", "infinity"),
    (b'{"metadata":{"a":-Infinity},' + PLAIN.encode() + b"}", "metadata.a", "infinity"),
    (b'{"seed":' + b"9" * 5000 + b"," + PLAIN.encode() + b"}", None, "digits"),
    (b'{"messages":' + b"[" * 10_000 + b"]" * 10_000 + b"}", None, "nested"),
    (b'{"tools":' + b"[" * 200 + b"]" * 200 + b"," + PLAIN.encode() + b"}", "tools", "nested"),
    (b'{"tools":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_000 + b"}", None, "nested"),
]


def sent(url, body):
    """Send a body; return (status, error)."""
    answer = httpx.post(f"{url}/v1/chat/completions", content=body, headers={"Content-Type": "application/json"}, timeout=30)
    return answer.status_code, answer.json().get("error", {})


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("fields", "status", "param", "code"), FIELDS)
def test_a_wrong_field_is_named(url, fields, status, param, code, stream):
    """Each wrong field gets its status, its name and a code, streamed or not."""
    body = json.dumps({"model": "base", "messages": HELLO, "stream": stream} | fields).encode()
    found, error = sent(url, body)

    assert (status, code) == (found, error["code"])
    assert error["param"].startswith(param)
    assert error["message"]


@pytest.mark.parametrize(("body", "param", "words"), BODIES, ids=range(len(BODIES)))
def test_a_body_that_two_readers_could_read_as_two_things_is_refused(url, body, param, words):
    """No JSON, half letters, names given twice, numbers that are none, and nesting without end are a 400 that says where."""
    found, error = sent(url, body)

    assert 400 == found
    assert words in error["message"]
    assert param is None or error["param"].startswith(param)
    assert 200 == httpx.get(f"{url}/health").status_code


def test_whole_letters_and_deep_texts_pass(url):
    """A pair of escapes that make one letter, brackets within a text, and words like NaN are nothing wrong."""
    words = "\\ud83d\\ude00 " + "[" * 150 + " NaN 1e999"
    status, _ = sent(url, f'{{"model":"base","messages":[{{"role":"user","content":"{words}"}}],"max_tokens":1}}'.encode())

    assert 200 == status


def test_a_completion_request_is_held_to_the_same(url):
    """Wrong prompts are named too: none, empty, unknown tokens, a mixed list of a hundred thousand, more answers than one place may make."""
    prompts = [
        ([], 1),
        ("", 1),
        ([999], 1),
        ([10**100], 1),
        ([1] * 100_000 + ["x"], 1),
        (["x"] * 257, 1),
        (["x"] * 20, 16),
        ({}, 1),
    ]
    found = []
    for prompt, n in prompts:
        body = json.dumps({"model": "base", "prompt": prompt, "n": n}).encode()
        answer = httpx.post(f"{url}/v1/completions", content=body, headers={"Content-Type": "application/json"}, timeout=30)
        found.append((answer.status_code, (answer.json()["error"]["param"] or "").partition("[")[0]))

    assert [(400, "prompt")] * len(prompts) == found


def test_a_template_without_end_is_given_up(tmp_path, monkeypatch):
    """A base model whose template loops for ever, or within loops, refuses the conversation after its time, in the template's room already."""
    from burnish.errors import DataError
    from burnish.tokens import render
    from burnish.tokens.load import load_tokenizer
    from toys import toy_tokenizer_files

    loops = (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}"
    )
    toy_tokenizer_files(tmp_path, loops)
    monkeypatch.setattr(render, "PATIENCE_SECONDS", 0.3)

    with pytest.raises(DataError, match="does not come to an end"):
        render.Renderer(load_tokenizer(tmp_path), None)([{"role": "user", "content": "x"}], generation=True, think=False)
