"""The real `openai` client, unchanged, and a second real client, hold a session with the reference engine."""

from __future__ import annotations

import json

import httpx
import openai
import pytest

HELLO = [{"role": "user", "content": "Which colour has door 3?"}]
SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "door": {"enum": [1, 2, 3]}},
    "required": ["colour", "door"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def client(url):
    """Return the openai client on the server."""
    with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as made:
        yield made


def chat(client, **fields):
    """Ask and return the answer."""
    return client.chat.completions.create(**{"model": "live", "messages": HELLO, "max_tokens": 12} | fields)


def test_the_models_are_the_versions(client, project):
    """`/v1/models` lists live, base, the tags and the ids, each with the version it means."""
    _, _, versions = project
    roots = {model.id: model.root for model in client.models.list()}

    assert {
        "live": versions[0],
        "base": "base",
        "second": versions[1],
        versions[0]: versions[0],
        versions[1]: versions[1],
    } == roots
    assert "second" == client.models.retrieve("second").id


def test_an_answer_is_that_of_burnish_chat(client, project):
    """The served greedy answer is, token for token, what the same version says when it is loaded and asked directly."""
    from burnish.model.generate import Sampling, stream
    from burnish.records.conversation import Message
    from burnish.serve.opening import Shelf

    home, _, versions = project
    opened = Shelf(str(home), None).open(versions[1])
    settings = Sampling(stop_ids=opened.chat.stop_ids, pad_id=opened.chat.pad_id, max_new_tokens=12)
    ids = list(
        stream(opened.load_weights(), opened.chat.prompt_ids([Message(role="user", content=HELLO[0]["content"])]), settings)
    )
    answer = chat(client, model="second")

    assert opened.chat.decode(ids) == answer.choices[0].message.content
    assert versions[1] == answer.model
    assert 12 == answer.usage.completion_tokens
    assert "length" == answer.choices[0].finish_reason


def test_a_stream_is_the_whole_answer_in_pieces_and_ends_with_usage(client):
    """The pieces make up the whole answer; the role comes first, a reason last, and then usage with no choices."""
    whole = chat(client)
    chunks = list(chat(client, stream=True, stream_options={"include_usage": True}))
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)

    assert whole.choices[0].message.content == text
    assert "assistant" == chunks[0].choices[0].delta.role
    assert "length" == chunks[-2].choices[0].finish_reason
    assert [] == chunks[-1].choices
    assert whole.usage == chunks[-1].usage
    assert all(chunk.usage is None for chunk in chat(client, stream=True))


def test_a_stop_string_ends_the_answer(client):
    """The answer ends before the stop string, says so, and streams to the same."""
    whole = chat(client, max_tokens=40).choices[0].message.content
    stop = whole[5:7]
    answer = chat(client, max_tokens=40, stop=[stop, "never said"])
    streamed = chat(client, max_tokens=40, stop=stop, stream=True)

    assert whole[: whole.index(stop)] == answer.choices[0].message.content
    assert "stop" == answer.choices[0].finish_reason
    assert answer.choices[0].message.content == "".join(c.delta.content or "" for e in streamed for c in e.choices)


def test_a_seed_repeats_an_answer_and_another_does_not(client):
    """With a temperature the same seed gives the same answer, and each of n answers has a seed of its own."""
    one, again, other = (chat(client, temperature=1, seed=seed).choices[0].message.content for seed in (5, 5, 6))
    several = chat(client, temperature=1, seed=5, n=3)

    assert one == again != other
    assert [one, other] == [choice.message.content for choice in several.choices[:2]]
    assert 3 == len({choice.message.content for choice in several.choices})
    assert 36 == several.usage.completion_tokens


def test_top_k_one_is_the_likeliest_whatever_the_temperature(client):
    """Cut down to one token there is nothing to draw; so it is with a tiny top_p."""
    greedy = chat(client).choices[0].message.content

    assert greedy == chat(client, temperature=2, extra_body={"top_k": 1}).choices[0].message.content
    assert greedy == chat(client, temperature=1, top_p=1e-6).choices[0].message.content


def test_logprobs_are_the_models_own(client):
    """Each token has its log-probability, the greedy one is the first of the likeliest, and a stream tells the same."""
    content = chat(client, logprobs=True, top_logprobs=3).choices[0].logprobs.content
    streamed = chat(client, logprobs=True, top_logprobs=3, stream=True)
    pieces = [one for e in streamed for c in e.choices if c.logprobs for one in c.logprobs.content]

    assert 12 == len(content)
    assert all(one.logprob == one.top_logprobs[0].logprob >= one.top_logprobs[1].logprob for one in content)
    assert content == pieces


@pytest.mark.parametrize("seed", [1, 2])
def test_a_json_schema_is_kept_to(client, seed):
    """Whatever a random model would say, with a schema it says what the schema allows, and then stops."""
    form = {"type": "json_schema", "json_schema": {"name": "door", "schema": SCHEMA}}
    answer = chat(client, response_format=form, max_tokens=60, temperature=1, seed=seed)
    found = json.loads(answer.choices[0].message.content)

    assert found["colour"] in {"red", "blue"}
    assert found["door"] in {1, 2, 3}
    assert "stop" == answer.choices[0].finish_reason


def test_content_may_be_a_list_of_text_parts(client):
    """A list of text parts is their text together."""
    parts = [{"type": "text", "text": "Which colour "}, {"type": "text", "text": "has door 3?"}]

    assert chat(client).choices[0].message == chat(client, messages=[{"role": "user", "content": parts}]).choices[0].message


def test_a_raw_prompt_is_gone_on_with(client, toy_folder):
    """/v1/completions adds nothing to a prompt: written as the template writes it, it gives the chat's answer, as text and as ids."""
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    raw = "<|im_start|>user\nWhich colour has door 3?<|im_end|>\n<|im_start|>assistant\n"
    ids = Chat(load_tokenizer(toy_folder)).raw_ids(raw)
    answer = client.completions.create(model="live", prompt=[raw, "x"], max_tokens=12, logprobs=2)
    by_ids = client.completions.create(model="live", prompt=ids, max_tokens=12)
    streamed = client.completions.create(model="live", prompt=raw, max_tokens=12, stream=True)

    assert chat(client).choices[0].message.content == answer.choices[0].text == by_ids.choices[0].text
    assert answer.choices[0].text == "".join(c.text for e in streamed for c in e.choices)
    assert answer.choices[1].text != answer.choices[0].text
    assert 12 == len(answer.choices[0].logprobs.token_logprobs)
    assert len(ids) + 1 == answer.usage.prompt_tokens


def test_unknown_fields_are_ignored(client):
    """What other clients send along changes nothing."""
    extra = {"user": "u", "template": "{{ 1/0 }}", "store": True, "options": {"num_ctx": 1}}

    assert chat(client).choices[0].message == chat(client, extra_body=extra).choices[0].message


def test_a_second_client_holds_the_session_too(url, monkeypatch):
    """huggingface_hub's own client asks, streams with usage, reads log-probabilities and gets its errors."""
    from huggingface_hub import InferenceClient, constants
    from huggingface_hub.errors import HfHubHTTPError

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # it is asked nothing but the server here
    client = InferenceClient(base_url=f"{url}/v1", api_key="any")
    whole = client.chat.completions.create(model="live", messages=HELLO, max_tokens=12, logprobs=True, top_logprobs=2)
    chunks = list(
        client.chat_completion(model="live", messages=HELLO, max_tokens=12, stream=True, stream_options={"include_usage": True})
    )

    assert whole.choices[0].message.content == "".join(c.delta.content or "" for e in chunks for c in e.choices)
    assert 12 == whole.usage.completion_tokens == chunks[-1].usage.completion_tokens
    assert 12 == len(whole.choices[0].logprobs.content)
    with pytest.raises(HfHubHTTPError, match="404"):
        client.chat_completion(model="no-such", messages=HELLO)


def test_the_openapi_page_is_true(url):
    """Every route is on it, with the fault's shape, and the answers to real requests have the fields it promises."""
    page = httpx.get(f"{url}/openapi.json").json()
    answer = httpx.post(f"{url}/v1/chat/completions", json={"model": "base", "messages": HELLO, "max_tokens": 2}).json()
    schemas = page["components"]["schemas"]

    answering = {"/v1/models", "/v1/models/{name}", "/v1/chat/completions", "/v1/completions", "/v1/feedback", "/v1/ab"}

    assert {"/health", "/metrics", "/v1/figures", "/v1/versions", *answering} == set(page["paths"])
    assert set(answer) == set(schemas["ChatAnswer"]["properties"])
    assert set(schemas["ChatAnswer"]["required"]) <= set(answer)
    assert {"200", "400", "401", "403", "404", "405", "408", "413", "415", "429", "500", "502", "503"} <= set(
        page["paths"]["/v1/chat/completions"]["post"]["responses"]
    )
    assert "422" not in page["paths"]["/v1/chat/completions"]["post"]["responses"]
