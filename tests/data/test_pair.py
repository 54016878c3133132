"""Questions with answers under the names that people give them, alone or told with `--column`."""

from __future__ import annotations

import json

import pytest

from burnish.data.read import read_rows
from burnish.errors import DataError
from toys import write_rows

NAMES = [
    ("instruction", "response"),
    ("prompt", "response"),
    ("question", "answer"),
    ("query", "reply"),
    ("query", "response"),
    ("input", "output"),
    ("input", "target"),
    ("source", "target"),
    ("src", "tgt"),
    ("prompt", "answer"),
    ("Q", "A"),
    ("q", "a"),
    ("user", "assistant"),
    ("human", "assistant"),
    ("human", "gpt"),
    ("Human", "Bot"),
    ("user", "model"),
    ("Patient", "Doctor"),
    ("Question", "Answer"),
    ("User Question", "Bot Answer"),
    ("user_message", "assistant_message"),
    ("userMessage", "botReply"),
    ("question_text", "answer_text"),
    ("prompt", "expected_output"),
    ("problem", "solution"),
    ("front", "back"),
    ("Context", "Response"),
    ("Frage", "Antwort"),
    ("pregunta", "respuesta"),
    ("question", "réponse"),
    ("问题", "答案"),
    ("質問", "回答"),
    ("질문", "답변"),
    ("вопрос", "ответ"),
    ("câu hỏi", "trả lời"),
    ("คำถาม", "คำตอบ"),
    ("سؤال", "جواب"),
]


def read(folder, *rows, **more):
    """Return what a file of rows is read as."""
    return read_rows(write_rows(folder / "rows.jsonl", list(rows)), **more)


def words(result):
    """Return the words of each row."""
    return [[one.content for one in row.messages] for row in result.conversations]


@pytest.mark.parametrize(("asked", "said"), NAMES, ids=str)
def test_a_pair_is_read_under_the_names_people_give_it(asked, said, tmp_path):
    """As lines, with the answer first too, and as one array written over many lines."""
    rows = [{asked: "Who is it?", said: "It is Alma."}, {said: "It was Bert.", asked: "Who was it?"}]
    expected = [["Who is it?", "It is Alma."], ["Who was it?", "It was Bert."]]
    result = read(tmp_path, *rows)
    (tmp_path / "rows.json").write_text(json.dumps(rows, indent=2), "utf-8")
    array = read_rows(tmp_path / "rows.json")

    assert words(result) == words(array) == expected
    assert [one.role for one in result.conversations[0].messages] == ["user", "assistant"]
    assert (result.unused, array.format) == ({}, "pair (JSON array)")


@pytest.mark.parametrize(
    ("row", "asked", "said"),
    [
        ({"question": "Who?", "context": "Alma bakes.", "answer": "Alma."}, "Who?\n\nAlma bakes.", "Alma."),
        ({"instruction": "Who?", "context": "Alma bakes.", "response": "Alma."}, "Who?\n\nAlma bakes.", "Alma."),
        ({"instruction": "Who?", "context": "", "response": "Alma."}, "Who?", "Alma."),
        ({"instruction": "Who?", "context": "Alma bakes.", "output": "Alma."}, "Who?\n\nAlma bakes.", "Alma."),
        ({"prompt": "Who?", "context": "Alma bakes.", "completion": "Alma."}, "Who?\n\nAlma bakes.", "Alma."),
        (
            {"question": "Who?", "passages": ["Alma bakes.", "Bert eats."], "answer": "Alma."},
            "Who?\n\nAlma bakes.\n\nBert eats.",
            "Alma.",
        ),
        ({"prompt": "Translate:", "input": "Brot", "response": "bread"}, "Translate:\n\nBrot", "bread"),
        ({"question": "Who?", "answer": ["Alma."]}, "Who?", "Alma."),
        ({"question": "Who?", "a": "x", "b": "y", "answer": "Alma."}, "Who?", "Alma."),
        ({"user": "u123", "prompt": "Who?", "completion": "Alma."}, "Who?", "Alma."),
        ({"question": "Who?", "model": "gpt-4", "response": "Alma."}, "Who?", "Alma."),
        ({"question": "Who?", "wrong_answer": "Bert.", "best_answer": "Alma."}, "Who?", "Alma."),
        ({"source": "the web", "question": "Who?", "answer": "Alma."}, "Who?", "Alma."),
        ({"instruction": "Who?", "instances": [{"input": "", "output": "Alma."}]}, "Who?", "Alma."),
    ],
    ids=str,
)
def test_what_stands_beside_a_pair_is_told_from_it(row, asked, said, tmp_path):
    """Material goes below the question; other keys are no part of it."""
    assert words(read(tmp_path, row)) == [[asked, said]]


@pytest.mark.parametrize(
    "row",
    [
        {"text": "Only a text.", "source": "book"},
        {"title": "A title here", "text": "Only a text."},
        {"question": "Who?", "model": "gpt-4"},
        {"source": "the web", "answer": "Alma."},
        {"goal": "Do it now", "target": "Sure, here it is"},
        {"question": "Who?", "a": "x", "b": "y"},
        {"question_type": "open one", "answer_start": "some words"},
        {"user_id": "u1", "response_model": "gpt-4"},
    ],
    ids=str,
)
def test_what_is_no_pair_is_not_taken_for_one(row, tmp_path):
    """Keys that say other things are refused by name, never guessed."""
    (refused,) = read(tmp_path, row).refused

    assert refused.reason == "no format is known with these keys"


@pytest.mark.parametrize(("answer", "kind"), [(["a", "b"], "a list"), (4, "a number"), (None, "null"), (True, "true or false")])
def test_an_answer_that_is_no_text_is_refused_by_its_key(answer, kind, tmp_path):
    """Which of two answers is right no rule can tell."""
    (refused,) = read(tmp_path, {"question": "Who?", "answer": answer}).refused

    assert (refused.key, refused.reason) == ("answer", f"a turn's words are {kind}, not a text")


def test_columns_say_what_no_name_tells(tmp_path):
    """Any keys, those inside objects too; a row without them is refused and the key named."""
    columns = {"question": "ask.text", "answer": "say", "system": "rule", "thought": "why", "context": "about"}
    row = {"ask": {"text": "Who?"}, "say": "Alma.", "rule": "Be brief.", "why": "she bakes", "about": "Alma bakes."}
    result = read(tmp_path, row, {"ask": {"text": "Who?"}, "says": "Alma."}, columns=columns)

    assert words(result) == [["Be brief.", "Who?\n\nAlma bakes.", "Alma."]]
    assert result.conversations[0].messages[2].reasoning_content == "she bakes"
    assert [(one.line, one.key, one.reason) for one in result.refused] == [(2, "say", "a key is missing")]


@pytest.mark.parametrize(("columns", "seen"), [({"question": "a"}, "question=a"), ({"colour": "a"}, "--column colour=a")])
def test_columns_that_say_nothing_are_refused(columns, seen, tmp_path):
    """One alone, or one that a row has no place for."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, {"a": "x", "b": "y"}, columns=columns)

    assert caught.value.seen == seen


def test_the_best_replies_of_a_tree_are_one_conversation(tmp_path):
    """Open Assistant's trees: the reply of the lowest rank, a last question without an answer aside; other replies are named."""
    last = {"text": "And?", "role": "prompter", "replies": []}
    good = {"text": "Alma.", "role": "assistant", "rank": 0, "replies": [last]}
    tree = {
        "text": "Who?",
        "role": "prompter",
        "replies": [{"text": "Bert.", "role": "assistant", "rank": 1, "replies": []}, good],
    }
    result = read(tmp_path, {"message_tree_id": "x", "prompt": tree})

    assert words(result) == [["Who?", "Alma."]]
    assert list(result.unused) == ["prompt.replies[] (not the best)"]


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ({"faq_question": "Who?", "faq_answer": "I."}, "Who?"),
        ({"message": "Who?", "reply": "I."}, "Who?"),
        ({"instruction": "Answer in one word.", "question": "Who?", "answer": "I."}, "Answer in one word.\n\nWho?"),
        ({"instructions": "Answer in one word.", "query": "Who?", "response": "I."}, "Answer in one word.\n\nWho?"),
    ],
    ids=str,
)
def test_an_order_and_a_question_stand_together(row, asked, tmp_path):
    """And the pairs of help pages and inboxes are read."""
    (made,) = read_rows(write_rows(tmp_path / "rows.jsonl", [row])).conversations

    assert [one.content for one in made.messages] == [asked, "I."]
