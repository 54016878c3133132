"""The date that a template writes: the real one, or the one that was kept, with the same ids whenever it is rendered."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

from burnish.context.ruler import ruler_of
from burnish.records.conversation import Message
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat
from burnish.tokens.today import at, stamp
from toys import CHATML, toy_tokenizer_files

EVE = datetime(2026, 12, 31, 23, 59, 58)  # noqa: DTZ001 - a template's date is the local one
NEXT = datetime(2027, 1, 1, 0, 0, 3)  # noqa: DTZ001
LLAMA = (
    '{% if not date_string is defined %}{% if strftime_now is defined %}{% set date_string = strftime_now("%d %b %Y") %}{% else %}'
    '{% set date_string = "26 Jul 2024" %}{% endif %}{% endif %}{{ "Today Date: " + date_string + "\n" }}' + CHATML
)
GRANITE = "{{ 'Today is ' + strftime_now('%B %d, %Y') + '\n' }}" + CHATML
HOURS = "{% set form = '%H:%M' %}{{ strftime_now(form) + '\n' }}" + CHATML
HELLO = (Message(role="user", content="hello"),)


@pytest.fixture
def chat_of(tmp_path):
    """Return what makes a chat of a template."""

    def make(template, **more):
        toy_tokenizer_files(tmp_path, template)
        return Chat(load_tokenizer(tmp_path), **more)

    return make


@pytest.mark.parametrize(("template", "before", "after"), [
    (LLAMA, "31 Dec 2026", "01 Jan 2027"), (GRANITE, "December 31, 2026", "January 01, 2027"), (HOURS, "23:59", "00:00"),
])  # fmt: skip
def test_a_kept_moment_is_written_for_good(chat_of, template, before, after):
    """Each form of date, on the eve and after it; the same chat at the next day has the next day's text."""
    chat = chat_of(template, moment=EVE)

    assert before in chat.prompt_text(HELLO)
    assert after in chat.at(NEXT).prompt_text(HELLO)
    assert chat.prompt_ids(HELLO) == chat.at(NEXT).at(EVE).prompt_ids(HELLO)
    assert chat.stamp != chat.at(NEXT).stamp


def test_without_a_kept_moment_it_is_now(chat_of, monkeypatch):
    """Asked again each time: a server that runs over midnight writes the new date."""
    from burnish.tokens import today

    chat = chat_of(GRANITE)
    real = datetime.now().strftime("%B %d, %Y")  # noqa: DTZ005
    seen = chat.prompt_text(HELLO)
    assert real in seen or datetime.now().strftime("%B %d, %Y") in seen  # noqa: DTZ005 - the day may end meanwhile

    token = today._MOMENT.set(NEXT)
    try:
        assert "January 01, 2027" in chat.prompt_text(HELLO)
    finally:
        today._MOMENT.reset(token)


def test_a_moment_holds_in_its_own_thread_alone(chat_of):
    """Two chats rendered at once, as by a server and a training in one process, do not take each other's date."""
    chats = [chat_of(GRANITE, moment=one) for one in (EVE, NEXT)]
    wrong = []

    def look(chat, words):
        wrong.extend(1 for _ in range(100) if words not in chat.prompt_text(HELLO))

    threads = [threading.Thread(target=look, args=pair) for pair in zip(chats, ("2026", "2027"), strict=True)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [] == wrong


def test_a_stamp_is_what_would_be_written():
    """By the formats in the template's own text; where one is not written out, by the second."""
    assert () == stamp(CHATML, EVE)
    assert ("31 Dec 2026",) == stamp(LLAMA, EVE)
    assert stamp(LLAMA, NEXT) == stamp(LLAMA, NEXT.replace(hour=23))
    assert ("2026-12-31 23:59:58",) == stamp(HOURS, EVE)


def test_transformers_own_rendering_can_be_kept_too(chat_of, tmp_path):
    """As the proof of an export does: the stock tokenizer writes the kept date inside the block, the real one outside."""
    chat_of(GRANITE)
    tokenizer = load_tokenizer(tmp_path)
    messages = [{"role": "user", "content": "x"}]

    with at(EVE):
        assert "December 31, 2026" in tokenizer.apply_chat_template(messages, tokenize=False)
    assert "December 31, 2026" not in tokenizer.apply_chat_template(messages, tokenize=False)


def test_a_talk_is_counted_anew_on_another_day(chat_of):
    """A month's name has other tokens than the next one's: what was counted before midnight is not taken for it."""
    talk = [Message(role=("user", "assistant")[i % 2], content=f"turn {i}") for i in range(41)]
    chat = chat_of(GRANITE, moment=datetime(2026, 5, 31))  # noqa: DTZ001
    memory = ruler_of(chat).memory
    counts = [ruler_of(one, memory).whole(talk) for one in (chat, chat.at(datetime(2026, 9, 1)))]  # noqa: DTZ001

    assert [len(chat.prompt_ids(talk)), len(chat.at(datetime(2026, 9, 1)).prompt_ids(talk))] == counts  # noqa: DTZ001
    assert counts[0] != counts[1]
