"""Conversations that are too long for the model, over HTTP: shortened and told, or refused, and never silently either."""

from __future__ import annotations

import contextlib
import json
import logging

import httpx
import pytest

import burnish.context.ruler
from burnish.context.fold import fold
from burnish.errors import DataError
from burnish.records.conversation import Message
from burnish.registry.home import make_home
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.keeping import HEADER, Keeping
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from burnish.tokens.encode import Encoder
from burnish.tokens.render import Renderer
from context.toy_talks import long_talk
from serve.doubles import Repeating

LONG = [{"role": one.role, "content": one.content} for one in long_talk(6)]
SHORT = [{"role": "user", "content": "Where is room 5?"}]
asked: list = []


class Seeing(Repeating):
    """Repeats the last message, and remembers what it was asked."""

    async def complete(self, ask):
        asked.append(ask)
        async for event in super().complete(ask):
            yield event


@pytest.fixture(scope="module")
def served(tmp_path_factory, toy_folder):
    """Return a function from Keeping to a client of a server of the toy model (512 tokens of context)."""
    home = make_home(tmp_path_factory.mktemp("keeping"))
    with contextlib.ExitStack() as stack:

        def start(keeping=None):
            app = make_app(Pool(Shelf(str(home), str(toy_folder)), Seeing), Rules(), keeping)
            return stack.enter_context(httpx.Client(base_url=stack.enter_context(running(app)), timeout=30))

        yield start


@pytest.fixture(scope="module")
def client(served):
    """Return a client of a server as it is by default."""
    return served()


def ask(client, messages=LONG, **fields):
    """Ask and return the response."""
    return client.post("/v1/chat/completions", json={"model": "base", "messages": messages, "max_tokens": 100} | fields)


def test_a_long_conversation_is_shortened_and_told(client, caplog):
    """Header, field and log line say the same; the engine got just those tokens, and there is room for the answer asked for."""
    with caplog.at_level(logging.WARNING, "burnish.serve"):
        answer = ask(client)
    told = answer.json()["context"]
    header = f"before={told['tokens_before']},after={told['tokens_after']},method={told['method']}"

    assert 200 == answer.status_code
    assert header == answer.headers[HEADER]
    assert [f"a conversation was shortened: version=base,{header},facts_lost={told['facts_lost']}"] == caplog.messages
    assert len(asked[-1].prompt) == told["tokens_after"] == answer.json()["usage"]["prompt_tokens"] <= 512 - 100
    assert told["tokens_before"] > 512
    assert 100 == asked[-1].max_tokens
    assert asked[-1].messages[-1].content.endswith(LONG[-1]["content"])


def test_a_stream_is_told_too(client):
    """The header comes before the first event, the field in it and in no other."""
    answer = ask(client, stream=True, n=2)
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    told = [event["context"] for event in events if "context" in event]

    assert 1 == len(told)
    assert told[0] == events[0]["context"]
    assert (
        f"before={told[0]['tokens_before']},after={told[0]['tokens_after']},method={told[0]['method']}" == answer.headers[HEADER]
    )


def test_what_fits_is_not_touched_and_nothing_is_told(client, caplog):
    """No header, no field, no line; stream and not."""
    with caplog.at_level(logging.WARNING, "burnish.serve"):
        whole, stream = ask(client, SHORT), ask(client, SHORT, stream=True)

    assert HEADER not in whole.headers
    assert HEADER not in stream.headers
    assert whole.json()["context"] is None
    assert '"context"' not in stream.text
    assert [] == caplog.messages


def test_a_budget_shortens_what_would_fit(served):
    """With a budget of 300 tokens a prompt of 400 is cut to it by the method that was named."""
    client = served(Keeping(budget=300, method="drop"))
    messages = [{"role": ("user", "assistant")[i % 2], "content": "word " * 12} for i in range(5)]
    told = ask(client, messages).json()["context"]

    assert 300 < told["tokens_before"] <= 512
    assert "drop" == told["method"]
    assert told["tokens_after"] <= 300


def test_one_question_too_long_is_refused_as_before(client):
    """The last question is never cut: 400, naming the context."""
    answer = ask(client, [*LONG, {"role": "assistant", "content": "Well."}, {"role": "user", "content": "x" * 600}])

    assert (400, "context_length_exceeded") == (answer.status_code, answer.json()["error"]["code"])


def test_none_refuses(served):
    """With the method `none` nothing is ever shortened."""
    answer = ask(served(Keeping(method="none")))

    assert (400, "context_length_exceeded") == (answer.status_code, answer.json()["error"]["code"])


@pytest.mark.parametrize("wrong", [{"method": "magic"}, {"budget": 0}])
def test_wrong_settings_are_told(wrong):
    """An unknown method and a budget of nothing are faults at the start."""
    with pytest.raises(DataError):
        Keeping(**wrong)


def test_the_next_turn_is_folded_alone(served, monkeypatch):
    """A request with one exchange more than the last takes in what is new, and not the conversation again; an edit is seen."""
    folded = []
    monkeypatch.setattr(burnish.context.ruler, "fold", lambda *words: folded.append(words[1].content) or fold(*words))
    client = served(Keeping(method="rolling"))
    talk = [{"role": ("user", "assistant")[i % 2], "content": f"We met Dr. Olsen in room {i}. Fine."} for i in range(43)]
    counts = []
    for messages in (talk[:41], talk, [{"role": "user", "content": "Hello. It costs $7."}, *talk[1:]]):
        before = len(folded)
        assert "rolling" == ask(client, messages).json()["context"]["method"]
        counts.append(len(folded) - before)

    assert counts[0] > 20 < counts[2]
    assert counts[1] <= 4
    assert "$7" in asked[-1].messages[0].content + asked[-1].messages[1].content


def test_one_exchange_more_is_as_much_to_read_in_a_talk_four_times_as_long(served, toy_folder, monkeypatch):
    """Letters given to the tokenizer and turns given to the template for one request; the ids are those of the whole way."""
    letters, written = [], []
    encode, render = Encoder._ids, Renderer.__call__
    monkeypatch.setattr(Encoder, "_ids", lambda self, text: letters.append(len(text)) or encode(self, text))
    monkeypatch.setattr(Renderer, "__call__", lambda self, turns, **how: written.append(len(turns)) or render(self, turns, **how))
    client = served()
    talk = [{"role": ("user", "assistant")[i % 2], "content": f"We met in room {1000 + i}. Fine."} for i in range(1201)]
    read, told = [], []
    for turns in (301, 1201):
        ask(client, talk[: turns - 2])
        letters.clear(), written.clear()
        told.append(ask(client, talk[:turns]).json()["context"])
        read.append((sum(letters), sum(written)))
    chat = Shelf(None, str(toy_folder)).open("base").chat
    whole = chat.prompt_ids([Message(role=one["role"], content=one["content"]) for one in talk])

    assert len(whole) == told[1]["tokens_before"]
    assert all(late <= 1.1 * early for early, late in zip(*read, strict=True))
    assert read[1][0] < told[1]["tokens_before"]


def test_each_version_has_a_memory_of_its_own(toy_folder):
    """What one version's tokenizer counted is never told of another's."""
    one, two = (Shelf(None, str(toy_folder)).open("base") for _ in range(2))

    assert one.memory is not two.memory
    assert one.memory.tokens is not two.memory.tokens
