"""A thinking model through the server: thoughts apart from words, and a switch in each request that changes the prompt itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from burnish.records.conversation import Message
from burnish.registry.home import make_home
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from serve.doubles import Repeating
from toys import toy_model_folder

TEMPLATE = Path(__file__).parents[1] / "fixtures" / "tokens" / "templates" / "llama.cpp" / "Qwen-Qwen3-0.6B.jinja"
SAID = "<think>\nIs 7 > 3? (a/b)\n</think>\n\nYes, it is."


class Recording(Repeating):
    """Repeats what it is asked, and keeps the prompts."""

    prompts: ClassVar[list[tuple[int, ...]]] = []

    async def complete(self, ask):
        self.prompts.append(ask.prompt)
        async for event in super().complete(ask):
            yield event


@pytest.fixture(scope="module")
def thinking(tmp_path_factory):
    """Serve a model with Qwen3's template that says what it is asked; return (client, its path from words to ids)."""
    root = tmp_path_factory.mktemp("thinking")
    model = toy_model_folder(root / "qwen", template=TEMPLATE.read_text("utf-8"))
    shelf = Shelf(str(make_home(root)), str(model))
    with running(make_app(Pool(shelf, Recording), Rules())) as url, httpx.Client(base_url=url, timeout=60) as http:
        yield http, shelf.open("base").chat


def answered(http, **fields):
    """Return (thought, words, prompt) of an answer, after a look whether its stream says the same."""
    body = {"model": "base", "messages": [{"role": "user", "content": SAID}], **fields}
    message = http.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]
    thought = words = ""
    with http.stream("POST", "/v1/chat/completions", json=body | {"stream": True}) as found:
        for line in found.iter_lines():
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    thought += choice["delta"].get("reasoning_content") or ""
                    words += choice["delta"].get("content") or ""
    assert (thought.strip(), words) == (message["reasoning_content"] or "", message["content"])
    return thought, words, Recording.prompts[-1]


def test_thoughts_are_told_apart_from_words(thinking):
    """With thinking on the thought is `reasoning_content`, and not a letter of it is in the words."""
    http, _ = thinking
    thought, words, _ = answered(http, chat_template_kwargs={"enable_thinking": True})

    assert thought.strip() == "Is 7 > 3? (a/b)"
    assert words == "Yes, it is."


@pytest.mark.parametrize(
    ("fields", "think"),
    [
        ({}, False),
        ({"chat_template_kwargs": {"enable_thinking": True}}, True),
        ({"chat_template_kwargs": {"enable_thinking": False}}, False),
        ({"reasoning_effort": "high"}, True),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": "high", "chat_template_kwargs": {"enable_thinking": False}}, False),
    ],
)
def test_the_switch_of_a_request_is_the_templates_own(thinking, fields, think):
    """The prompt is, id for id, what training rendered with thinking on or off; without a word it is off, as it was judged."""
    http, chat = thinking
    wanted = {one: tuple(chat.prompt_ids([Message(role="user", content=SAID)], think=one)) for one in (True, False)}

    assert wanted[True] != wanted[False]
    assert wanted[think] == answered(http, **fields)[2]


def test_what_is_told_of_a_shortened_talk_counts_the_thinking_prompt(thinking):
    """With thinking on and off the tokens told are those the engine was given."""
    http, _ = thinking
    talk = [{"role": ("user", "assistant")[i % 2], "content": f"We met Dr. Olsen in room {i}. Fine."} for i in range(31)]
    for think in (True, False):
        body = {"model": "base", "messages": talk, "chat_template_kwargs": {"enable_thinking": think}, "max_tokens": 20}
        answer = http.post("/v1/chat/completions", json=body).json()

        assert answer["context"]["tokens_after"] == len(Recording.prompts[-1]) == answer["usage"]["prompt_tokens"]
