"""A chat that puts rows before each question: the ids at inference are those of the conversation with them; training sees none of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from tokens_toys import TEMPLATES, byte_tokenizer, chat_of, row

from burnish.records.conversation import Message
from burnish.tokens.template import Chat
from toys import CHATML

BY_NAME = {path.stem: path for path in TEMPLATES}
THINKING = next(path for path in TEMPLATES if "qwen3" in path.stem.lower())
ROW = row("Where is the key?", "Under the mat.").messages
ASKED = row("Hello", "Hi.", "And the key?", system="Be short.").messages


def before_the_last(messages):
    """Recall one row, right before the last message of a user."""
    return [*messages[:-1], *ROW, messages[-1]] if messages[-1].role == "user" else list(messages)


@pytest.mark.parametrize("template", [CHATML, THINKING], ids=["chatml", "thinking"])
@pytest.mark.parametrize("think", [False, True])
def test_what_is_recalled_is_asked_too(template, think):
    """Ids, text, places and answers are those of a plain chat that is given the rows itself; thinking on and off."""
    plain = chat_of("bytes", template)
    chat = plain.recalling(before_the_last)
    whole = before_the_last(ASKED)

    assert chat.prompt_ids(ASKED, think=think) == plain.prompt_ids(whole, think=think) != plain.prompt_ids(ASKED, think=think)
    assert chat.prompt_text(ASKED, think=think) == plain.prompt_text(whole, think=think)
    assert chat.places(ASKED, think=think) == plain.places(whole, think=think) > plain.places(ASKED, think=think)
    assert "Under the mat." in chat.prompt_text(ASKED, think=think)


def test_an_answer_is_looked_for_behind_what_was_recalled():
    """The ids of an option stand behind the prompt with the rows, and every conversation is recalled for as it was said."""
    asked = []
    chat = chat_of("merging", CHATML).recalling(lambda messages: asked.append(tuple(messages)) or before_the_last(messages))
    ids = chat.answer_ids(ASKED, "hello")

    assert ids == chat_of("merging", CHATML).answer_ids(before_the_last(ASKED), "hello")
    assert asked == [ASKED]


def test_training_sees_the_row_as_it_is_written():
    """`render` recalls nothing."""
    conversation = row("Hello", "Hi.", "And the key?", "Under the stone.")
    plain = chat_of("bytes", CHATML)

    def never(_):
        raise AssertionError("a row was recalled while it was trained")

    assert plain.recalling(never).render(conversation) == plain.render(conversation)


def test_another_date_and_another_recall_leave_the_chat_as_it_was():
    """`at` keeps what is recalled; `recalling` keeps the date; neither changes the chat it was asked of."""
    moment = datetime(2026, 11, 21)  # noqa: DTZ001 - a template's date is the local one
    plain = Chat(byte_tokenizer(), CHATML)
    chat = plain.recalling(before_the_last)
    late = chat.at(moment)

    assert (late.recall, late.moment) == (before_the_last, moment)
    assert chat.at(None).prompt_ids(ASKED) == chat.prompt_ids(ASKED)
    assert (plain.recall, plain.moment, chat.moment) == (None, None, None)
    assert late.recalling(None).recall is None
    assert late.recalling(None).moment == moment


def test_a_template_without_system_texts_gets_them_in_the_first_turn():
    """Where the system text goes into the next turn, that is the recalled row's question: it still stands first."""
    folding = (
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    chat = Chat(byte_tokenizer(), folding).recalling(before_the_last)
    messages = [Message(role="system", content="Be short."), Message(role="user", content="And the key?")]
    text = chat.prompt_text(messages)

    assert text.index("Be short.") < text.index("Where is the key?") < text.index("And the key?")
