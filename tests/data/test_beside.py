"""System texts and thoughts under other names, and the keys with words that nothing reads."""

from __future__ import annotations

import pytest

from burnish.data.check import warnings_of
from burnish.data.read import read_rows
from toys import write_rows

USER, ANSWER = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello there."}
FORMS = {
    "messages": {"messages": [USER, ANSWER]},
    "sharegpt": {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello there."}]},
    "alpaca": {"instruction": "Hi", "output": "Hello there."},
    "completion": {"prompt": "Hi", "completion": "Hello there."},
    "completion in messages": {"prompt": [USER], "completion": [ANSWER]},
    "pair": {"question": "Hi", "answer": "Hello there."},
}
SYSTEMS = [
    {"system": "Be kind."},
    {"system_prompt": "Be kind."},
    {"systemPrompt": "Be kind."},
    {"System Prompt": "Be kind."},
    {"system_message": "Be kind."},
    {"sys": "Be kind."},
    {"sys_prompt": "Be kind."},
    {"systemInstruction": {"role": "system", "parts": [{"text": "Be kind."}]}},
    {"system": [{"type": "text", "text": "Be kind."}]},
    {"system": {"role": "system", "content": "Be kind."}},
    {"system": "Be kind.", "system_prompt": "Be kind."},
]
THOUGHTS = [
    {"reasoning": "three and three"},
    {"reasoning_content": "three and three"},
    {"reasoningContent": "three and three"},
    {"thinking": "three and three"},
    {"thought": "three and three"},
    {"thoughts": ["three and three"]},
    {"think": "three and three"},
    {"chain_of_thought": "three and three"},
    {"Complex_CoT": "three and three"},
    {"cot": "three and three"},
    {"thinking_trajectory": "three and three"},
    {"reasoning_details": [{"type": "reasoning.text", "text": "three and three", "format": "x", "index": 0}]},
    {"reasoning_details": [{"type": "reasoning.summary", "summary": "three and three"}]},
    {"reasoning": "three and three", "reasoning_details": [{"type": "reasoning.text", "text": "three and three"}]},
    {"reasoning": "three and three", "reasoning_content": None},
]


def read(folder, *rows):
    """Return what a file of rows is read as."""
    return read_rows(write_rows(folder / "rows.jsonl", list(rows)))


def words(result):
    """Return role, words and thought of each turn of the first row."""
    return [(one.role, one.content, one.reasoning_content) for one in result.conversations[0].messages]


@pytest.mark.parametrize("beside", SYSTEMS, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_a_system_text_beside_the_turns_is_put_first(form, beside, tmp_path):
    """Under each of its names, in every format."""
    result = read(tmp_path, {**FORMS[form], **beside})

    assert words(result) == [("system", "Be kind.", None), ("user", "Hi", None), ("assistant", "Hello there.", None)]
    assert result.unused == {}


@pytest.mark.parametrize("form", ["messages", "completion in messages"])
def test_two_system_texts_that_differ_are_refused(form, tmp_path):
    """The same text twice is one; two are a question that only a person can answer."""
    key = next(iter(FORMS[form]))
    row = {**FORMS[form], key: [{"role": "system", "content": "Be kind."}, *FORMS[form][key]]}
    result = read(tmp_path, {**row, "system": "Be kind."}, {**row, "system": "Be brief."}, {**row, "system": ""})

    assert [len(one.messages) for one in result.conversations] == [3, 3]
    assert [(one.key, one.reason) for one in result.refused] == [("system", "the row has two system texts")]


@pytest.mark.parametrize("beside", THOUGHTS, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_a_thought_beside_an_answer_is_its_thought(form, beside, tmp_path):
    """Under each of its names, in every format: beside the turns where there is one answer."""
    result = read(tmp_path, {**FORMS[form], **beside})

    assert words(result)[-1] == ("assistant", "Hello there.", "three and three")
    assert result.unused == {}


@pytest.mark.parametrize("thought", THOUGHTS, ids=str)
@pytest.mark.parametrize(("key", "role", "content"), [("messages", "role", "content"), ("conversations", "from", "value")])
def test_a_thought_in_a_turn_is_its_thought(key, role, content, thought, tmp_path):
    """Under each of its names, in a message or a ShareGPT turn."""
    turns = [{role: "user", content: "Hi"}, {role: "assistant", content: "Hello there.", **thought}]
    result = read(tmp_path, {key: turns})

    assert words(result)[-1] == ("assistant", "Hello there.", "three and three")
    assert result.unused == {}


def test_what_is_no_thought_is_none(tmp_path):
    """Flags, encrypted thoughts and blank ones."""
    turns = [
        USER,
        {**ANSWER, "thinking": True, "reasoning": " ", "reasoning_details": [{"type": "reasoning.encrypted", "data": "gA"}]},
    ]

    assert words(read(tmp_path, {"messages": turns}))[-1] == ("assistant", "Hello there.", None)


def test_two_thoughts_that_differ_are_refused(tmp_path):
    """As are one in the words and one beside them."""
    two = {"messages": [USER, {**ANSWER, "reasoning": "a b", "thinking": "c d"}]}
    inside = {"messages": [USER, {**ANSWER, "content": "<think>a b</think>Hello there.", "reasoning": "c d"}]}
    beside = {"messages": [USER, {**ANSWER, "reasoning": "a b"}], "cot": "c d"}
    result = read(tmp_path, two, inside, beside)

    assert [one.reason for one in result.refused] == ["a turn carries two thoughts"] * 3


def test_the_thought_of_one_of_several_answers_is_not_guessed(tmp_path):
    """Beside the turns it cannot be told whose it is: it is named."""
    result = read(tmp_path, {"messages": [USER, ANSWER, USER, ANSWER], "reasoning": "three and three"})

    assert [one.reasoning_content for one in result.conversations[0].messages] == [None] * 4
    assert list(result.unused) == ["reasoning"]


@pytest.mark.parametrize(
    ("row", "keys"),
    [
        ({"messages": [USER, ANSWER], "context": "The shop is shut."}, ["context"]),
        ({"messages": [USER, ANSWER], "summary": "a greeting", "id": "row 7"}, ["summary"]),
        ({"messages": [{**USER, "name": "Alice Ferrell"}, ANSWER]}, ["messages[].name"]),
        ({"prompt": "Hi", "completion": "Hello there.", "explanation": {"en": ["It greets."]}}, ["explanation"]),
        ({"instruction": "Hi", "output": "Hello there.", "text": "Below is an instruction."}, ["text"]),
        ({"question": "Hi", "answer": "Hello there.", "hint": "say hello"}, ["hint"]),
        ({"messages": [USER, ANSWER], "笔记": "这是一个问候"}, ["笔记"]),
    ],
    ids=str,
)
def test_keys_with_words_that_are_not_used_are_named(row, keys, tmp_path):
    """`check` warns of each by its name and the number of rows."""
    result = read(tmp_path, row, FORMS["messages"], row)
    warned = [one for one in warnings_of(result) if one.kind == "unused key"]

    assert list(result.unused) == keys
    assert [one.what for one in warned] == [f"2 rows have words under `{key}`, which is not used" for key in keys]
    assert warned[0].lines == (1, 3)


def test_ids_numbers_and_metadata_are_no_unused_words(tmp_path):
    """Nothing is said of what holds no words, or is kept."""
    more = {
        "id": "identity_0",
        "score": 3,
        "url": "a.example/b",
        "created_at": "2024-05-01T10:00:00",
        "hash": "abcdef",
        "n": None,
    }
    row = {
        "messages": [{**USER, "weight": 1}, {**ANSWER, "name": None, "refusal": None}],
        **more,
        "metadata": {"note": "kept words"},
    }

    assert read(tmp_path, row, {**row, "category": "fact"}).unused == {}


@pytest.mark.parametrize("key", ["preamble", "metaprompt", "developer"])
def test_more_names_of_a_system_text_are_read(key, tmp_path):
    """Cohere's, Azure's and OpenAI's."""
    for row in (
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
        {"instruction": "q", "output": "a"},
        {"prompt": "q", "completion": "a"},
        {"question": "q", "answer": "a"},
    ):
        (made,) = read_rows(write_rows(tmp_path / "rows.jsonl", [{**row, key: "Be kind."}])).conversations
        assert (made.messages[0].role, made.messages[0].content) == ("system", "Be kind.")


def test_an_empty_system_turn_gives_way_to_the_text_beside_the_turns(tmp_path):
    """It says nothing that could differ."""
    turns = [{"role": "system", "content": ""}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    (made,) = read_rows(write_rows(tmp_path / "rows.jsonl", [{"messages": turns, "system": "Be kind."}])).conversations

    assert [one.content for one in made.messages] == ["Be kind.", "q", "a"]


def test_an_empty_list_is_no_thought_and_pieces_of_one_are_its_words(tmp_path):
    """Under the name that the rows have it by, too."""
    for held, thought in (([], None), ({}, None), ([{"type": "text", "text": "three"}], "three")):
        turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "reasoning_content": held}]
        (made,) = read_rows(write_rows(tmp_path / "rows.jsonl", [{"messages": turns}])).conversations
        assert made.messages[1].reasoning_content == thought


def test_a_system_text_beside_a_list_in_one_object_is_not_dropped(tmp_path):
    """It belongs to the turns of the list, which nothing reads yet: the row is refused."""
    path = tmp_path / "rows.json"
    path.write_text('{"system": "Be kind.", "conversation": [{"human": "q", "assistant": "a"}]}', encoding="utf-8")
    result = read_rows(path)

    assert not result.conversations
    assert "conversation, system" in result.refused[0].seen or "system, conversation" in result.refused[0].seen
