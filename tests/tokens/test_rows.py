"""Tokens without a row: never used to pad or to stop, named wherever a text needs one, and passed over everywhere else."""

from __future__ import annotations

import pytest

from burnish.errors import DataError
from burnish.model.rows import rows_of
from burnish.records.conversation import Conversation, Message
from burnish.tokens.fit import fit
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat
from rowless import PAD, ROWS, WORD, rowless_folder

TELLS_PAD = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '[PAD]' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of the model."""
    return rowless_folder(tmp_path_factory.mktemp("rowless") / "toy")


@pytest.fixture(scope="module")
def chat(folder):
    """Return its path from words to ids."""
    return Chat(load_tokenizer(folder), rows=rows_of(folder))


def row(question, answer="yes"):
    """Return a conversation."""
    return Conversation(messages=(Message(role="user", content=question), Message(role="assistant", content=answer)))


def test_ids_with_gaps_are_told_from_their_number(folder, chat):
    """261 and 262 tokens are known, the last of id 300: both that lie beyond the rows are found, by their ids."""
    assert ROWS == rows_of(folder)
    assert dict([PAD[::-1], WORD[::-1]]) == chat.rows.beyond
    assert () == chat.rowless
    assert [True, False, False, False, False] == [chat.knows(one) for one in (259, 260, 270, 300, -1)]


def test_what_pads_has_a_row(chat):
    """The tokenizer's own padding has none, so another id pads, and none that stops."""
    assert chat.pad_id < ROWS
    assert chat.pad_id not in chat.stop_ids


def test_a_row_that_needs_one_is_refused_by_name(chat):
    """In the question or in the answer; a special token's name that a person typed is plain text, which needs no row."""
    for one in (row("say <zz>"), row("say it", "it is <zz>")):
        fitted = fit(chat, one, 500, 0)
        assert ("refused", None) == (fitted.fate, fitted.example)
        assert "'<zz>' (id 300)" in fitted.reason
        assert "take it out" in fitted.reason
    assert "whole" == fit(chat, row("say [PAD]"), 500, 0).fate
    with pytest.raises(DataError, match=r"\[PAD\]' \(id 260\)"):
        chat.raw_ids("a raw [PAD]")


def test_a_stop_without_a_row_stops_nothing(tmp_path):
    """An eos beyond the rows can never come: the template's own end remains, and nothing else is changed."""
    folder = rowless_folder(tmp_path / "eos", names={"eos_token": "<zz>", "bos_token": "<zz>", "unk_token": "<zz>"})
    chat = Chat(load_tokenizer(folder), rows=rows_of(folder))

    assert (chat.end_id,) == chat.stop_ids
    assert "whole" == fit(chat, row("say it"), 500, 0).fate
    assert [chat.beginning()[0]] == [chat._encoder.controls["<|endoftext|>"]]


def test_a_template_that_writes_one_refuses_all_rows(tmp_path):
    """Its end of a turn has no row: every row is refused with that reason, nothing fails, and the notes say so."""
    folder = rowless_folder(tmp_path / "end", template=TELLS_PAD)
    chat = Chat(load_tokenizer(folder), rows=rows_of(folder))

    assert (PAD[1],) == chat.rowless
    assert "id 260" in fit(chat, row("say it"), 500, 0).reason
    assert any("no row for" in note and "'[PAD]' (id 260), '<zz>' (id 300)" in note for note in chat.notes)


def test_without_rows_told_nothing_is_beyond(folder):
    """A tokenizer alone refuses nothing."""
    chat = Chat(load_tokenizer(folder))

    assert {} == chat.rows.beyond
    assert "whole" == fit(chat, row("say <zz>"), 500, 0).fate


def test_the_least_of_what_the_files_say_counts(tmp_path):
    """An embedding with fewer rows than config.json says; what cannot be read says nothing."""
    folder = rowless_folder(tmp_path / "less", config={"vocab_size": 400})
    assert ROWS == rows_of(folder)
    (folder / "model.safetensors").write_bytes(b"x")
    assert 400 == rows_of(folder)
    (folder / "config.json").write_text("[]")
    assert rows_of(folder) is None
