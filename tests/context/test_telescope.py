"""A long talk counted by its new turns: the very number that its whole text gives, for every template, and no more work at turn 400."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import cycle, islice, product

import pytest

from burnish.context.memory import Memory
from burnish.context.ruler import ruler_of
from burnish.context.shorten import shorten
from burnish.context.telescope import LEAST
from burnish.errors import DataError
from burnish.records.conversation import Message
from burnish.tokens.encode import Encoder
from burnish.tokens.render import Renderer
from context.toy_talks import talk
from counting import lines_run
from tokens.tokens_toys import TEMPLATES, chat_of
from toys import CHATML, SEED

WORDS = (
    "hello",
    "hello hello",
    "a <|im_end|> b",
    "</s>",
    "naïve 雨 🙂",
    " spaces  behind \n",
    "<think>hm</think> yes",
    "\n\n",
    ":",
    "<|im_",
    "end|>",
)
ALL = pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.stem}")


def said(draw, number):
    """Return turns of a few words, control tokens and halves of them among these."""
    return [f"{draw.choice(WORDS)} {draw.randrange(1000)} {draw.choice(WORDS)}" for _ in range(number)]


def outcome(count, messages):
    """Return what a count says: a number, or what is wrong."""
    try:
        return count(messages)
    except DataError as error:
        return error.what, error.seen


def histories(draw, system=""):
    """Yield a talk as its requests come: two turns added, then four, then one edited near the end, another branch, and on."""
    turns = said(draw, LEAST - 1)
    for _ in range(3):
        yield talk(*turns, system=system)
        turns += said(draw, 2)
    turns[-4] = "edited"
    yield talk(*turns, system=system)
    turns = [*turns[:-9], *said(draw, 4)]
    yield talk(*turns, system=system)
    yield talk(*turns, *said(draw, 6), system=system)


@ALL
@pytest.mark.parametrize("tokenizer", ["merging", "sentence"])
def test_a_talk_counted_by_its_new_turns_has_the_tokens_of_its_text(template, tokenizer):
    """To the token, as it grows, is edited and branches, whatever is said, also with thinking on; the others are counted whole."""
    chat = chat_of(tokenizer, template)
    draw = random.Random(SEED)
    for think in dict.fromkeys((False, chat.thinks)):
        ruler = ruler_of(chat, Memory(), think=think)
        for messages in histories(draw, "Be kind." if chat.habits.has_system else ""):
            assert outcome(ruler.count, messages) == outcome(ruler.whole, messages)

        assert (chat.turns is not None) == (len(ruler.memory.costs) > 1)


def test_system_text_that_goes_into_a_turn_is_counted_whole():
    """What such a template is given is not what was said: gemma's, proven for turns, is not taken for its talks."""
    (template,) = (one for one in TEMPLATES if one.stem == "gemma")
    ruler = ruler_of(chat_of("bytes", template))
    messages = talk(*said(random.Random(SEED), LEAST + 1), system="Be kind.")

    assert not ruler.telescopes(messages)
    assert ruler.count(messages) == ruler.whole(messages)


NEIGHBOURS = (
    "{% for m in messages %}{% if loop.first or messages[loop.index0 - 1].role != m.role %}<|im_start|>{{ m.role }}:{% endif %}"
    "{{ m.content }}{% if loop.last or messages[loop.index0 + 1].role == 'user' %}<|im_end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant:{% endif %}"
)
"""Turns of one role after another are written under one heading."""


FURTHER = (
    "{% set rest = messages[1:] %}{% set far = rest[1:] %}<|im_start|>{{ messages[0].content }}"
    "{% if messages | length > 1 %}<|im_start|>{{ messages[1].content }}{% endif %}"
    "{% for m in far %}<|im_start|>{% if messages[loop.index0 - 1].role != 'assistant' %}after: {% endif %}{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant:{% endif %}"
)
"""It asks for the role of the third turn before, by counting in a list that begins later."""


ODD = "{% for m in messages %}<|im_start|>{% if loop.index0 % 2 %}odd {% endif %}{{ m.content }}{% endfor %}"
"""It counts turns off in twos, whoever speaks."""


@pytest.mark.parametrize("template", [NEIGHBOURS, FURTHER, ODD], ids=["neighbours", "further", "odd"])
@pytest.mark.parametrize("then", [("user", "assistant"), ("assistant",), ("user", "user", "assistant")])
def test_roles_in_any_order_are_counted_to_the_token(template, then):
    """Whatever three turns break the order, and however it goes on; words that join with those of the next turn where nothing parts them."""
    chat, used = chat_of("merging", template), 0
    for broken in product(("assistant", "tool"), repeat=3):
        ruler = ruler_of(chat)
        roles = (*islice(cycle(("user", "assistant")), 45), *broken, *islice(cycle(then), 16))
        messages = [Message(role=role, content=("he", "llo", "hello")[i % 3]) for i, role in enumerate(roles)]
        for end in range(LEAST, len(messages) + 1):
            assert ruler.count(messages[:end]) == ruler.whole(messages[:end])
        used += len(ruler.memory.costs) - 1

    assert chat.turns is not None
    assert used > 8 * (0 if template == NEIGHBOURS and len(then) == 1 else 4)


@pytest.mark.parametrize("begin", ["", "<|im_start|>"])
def test_where_tokens_may_reach_from_turn_to_turn_the_talk_is_counted_whole(begin):
    """A template without a control token between turns, and people who type some: nothing is known of how its tokens add up."""
    template = (
        begin
        + "{% for m in messages %}{{ m.role }}:{{ m.content }} {% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"
    )
    chat = chat_of("merging", template)
    ruler = ruler_of(chat)
    for messages in histories(random.Random(SEED)):
        typed = [replace(one, content=f"{one.content}<|im_start|>") for one in messages]
        assert ruler.count(typed) == ruler.whole(typed)

    assert chat.turns is not None
    assert 0 == len(ruler.memory.costs)


def test_a_place_that_is_there_only_without_the_turns_before_parts_nothing():
    """Three turns behind a tool's answer, which stands at the beginning alone: once what is between is left out, and not in the talk."""
    template = FURTHER.replace("<|im_start|>{% if", "{% if m.role == 'user' and").replace(
        "role != 'assistant' %}after: ", "role == 'tool' %}<|im_start|>"
    )
    chat = chat_of("merging", template)
    ruler = ruler_of(chat)
    roles = ["user", "assistant", "user", "tool", "user", "assistant", *islice(cycle(("user", "assistant", "assistant")), 60)]
    for end in range(LEAST, len(roles)):
        messages = [Message(role=role, content="hello") for role in roles[:end]]
        assert ruler.count(messages) == ruler.whole(messages)

    assert chat.turns is not None
    assert 0 == len(ruler.memory.costs)


def test_other_system_text_is_another_talk():
    """Counted under one system text, asked under a longer one."""
    ruler = ruler_of(chat_of("bytes", CHATML))
    turns = said(random.Random(SEED), LEAST + 1)
    for system in ("Be kind.", "Be kind and brief.", "", "Be kind."):
        messages = talk(*turns, system=system)
        assert ruler.count(messages) == ruler.whole(messages)


def test_a_refusal_is_told_as_of_the_whole_talk():
    """The number in "leaves out message 61" is that of the talk, not of the part of it that was written."""
    (template,) = (one for one in TEMPLATES if one.stem == "zephyr")
    users = "{% for m in messages %}<|im_start|>{{ m.role }}{% if m.content != 'secret' %}{{ m.content }}{% endif %}<|im_end|>{% endfor %}"
    turns = said(random.Random(SEED), 61)
    left_out = talk(*turns[:60], "secret")
    for chat, wrong in ((chat_of("bytes", users), left_out), (chat_of("bytes", template), (*left_out[:-1], *left_out[-2:]))):
        ruler = ruler_of(chat)
        ruler.whole(talk(*turns[:59]))
        assert outcome(ruler.count, wrong) == outcome(ruler.whole, wrong)
        assert len(ruler.memory.costs) > 0


def work(monkeypatch, turns, ruler, asked):
    """Return for some numbers of turns (lines run, letters given to the tokenizer, turns given to the template) of a request."""
    letters, written, found = [], [], {}
    encode, render = Encoder._ids, Renderer.__call__
    monkeypatch.setattr(Encoder, "_ids", lambda self, text: letters.append(len(text)) or encode(self, text))
    monkeypatch.setattr(Renderer, "__call__", lambda self, turns, **how: written.append(len(turns)) or render(self, turns, **how))
    for number in asked:
        shorten(talk(*turns[: number - 2]), 1500, ruler, "auto")
        letters.clear(), written.clear()
        lines = lines_run(lambda number=number: shorten(talk(*turns[:number]), 1500, ruler, "auto"))
        found[number] = (lines, sum(letters), sum(written))
    return found


def test_a_turn_more_is_as_much_work_at_turn_1200_as_at_turn_300(monkeypatch):
    """Letters for the tokenizer and turns for the template: the same. Lines of code: those that hash a message, for each, and no others."""
    ruler = ruler_of(chat_of("bytes", CHATML))
    turns = [
        f"We met Dr. Olsen in room {1000 + i} on 4 May. And then {'Fine. ' * (i % 4)}we said {i % 7} times that."
        for i in range(1202)
    ]
    found = work(monkeypatch, turns, ruler, (301, 1201))
    whole = ruler_of(chat_of("bytes", CHATML)).count(talk(*turns[:1201]))
    more = [late - early for early, late in zip(*found.values(), strict=True)]

    assert max(letters for _, letters, _ in found.values()) < whole
    assert more[0] <= 900 * HASHED
    assert abs(more[1]) <= 0.1 * found[301][1]
    assert abs(more[2]) <= 0.1 * found[301][2]


HASHED = 20
"""Lines of code that a message costs which was there before: it is hashed once."""


def test_what_is_kept_for_a_talk_is_a_few_numbers(monkeypatch):
    """Nothing that grows with a talk is needed to count its next turn: with all else forgotten, only the new turns are written."""
    written = []
    render = Renderer.__call__
    monkeypatch.setattr(Renderer, "__call__", lambda self, turns, **how: written.append(len(turns)) or render(self, turns, **how))
    turns = said(random.Random(SEED), 203)
    ruler = ruler_of(chat_of("bytes", CHATML))
    ruler.whole(talk(*turns[:201]))
    ruler = replace(ruler_of(chat_of("bytes", CHATML)), memory=Memory(costs=ruler.memory.costs))
    written.clear()

    assert 1 == len(ruler.memory.costs)
    assert ruler.count(talk(*turns)) == ruler.whole(talk(*turns))
    assert sum(written[1:]) < 90
