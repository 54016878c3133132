"""Past turns as agents send them: an assistant's without words of its own, tools' answers, and the roles' other names."""

from __future__ import annotations

import httpx
import pytest

from burnish.serve.messages import ChatMessage

CALLS = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
CUSTOM = [{"id": "c1", "type": "custom", "custom": {"name": "f", "input": "x"}}]
HELLO = {"role": "user", "content": "hello"}
TOOL = {"role": "tool", "tool_call_id": "c1", "content": "42"}
WORDLESS = [
    {"content": None, "tool_calls": CALLS},
    {"tool_calls": CALLS},
    {"tool_calls": CUSTOM, "name": None, "refusal": None, "audio": None, "function_call": None},
    {"content": None, "function_call": {"name": "f", "arguments": "{}"}},
    {"function_call": {"name": "f", "arguments": "{}"}, "tool_calls": None},
    {"content": None, "audio": {"id": "audio_1"}},
    {"content": [], "tool_calls": CALLS},
    {"content": "", "tool_calls": CALLS},
]
REFUSING = [
    {"content": None, "refusal": "I cannot."},
    {"refusal": "I cannot."},
    {"content": "", "refusal": "I cannot."},
    {"content": [{"type": "refusal", "refusal": "I cannot."}]},
    {"content": [{"type": "text", "text": "I "}, {"type": "refusal", "refusal": "cannot."}]},
]
EMPTY = [
    {"content": None},
    {},
    {"content": None, "tool_calls": []},
    {"content": None, "tool_calls": None, "function_call": None, "refusal": None, "audio": None},
    {"refusal": ""},
    {"name": "bob"},
]


def asked(url, *turns, **fields):
    """Return the answer to a conversation."""
    body = {"model": "base", "messages": list(turns), "max_tokens": 8, "temperature": 0} | fields
    return httpx.post(f"{url}/v1/chat/completions", json=body, timeout=60)


def words(answer):
    """Return the words of an answer, which must be there."""
    assert 200 == answer.status_code, answer.text
    return answer.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("turn", WORDLESS, ids=str)
def test_a_turn_without_words_is_as_one_with_empty_words(url, turn):
    """Whatever stands in the place of a content: the same words come as with an empty one, and the header says what was not used."""
    empty = asked(url, HELLO, {"role": "assistant", "content": ""}, TOOL)
    answer = asked(url, HELLO, {"role": "assistant"} | turn, TOOL)
    name = next(one for one in ("tool_calls", "function_call", "audio") if turn.get(one))

    assert words(empty) == words(answer)
    assert f"messages[1].{name}" == answer.headers["x-burnish-unused"]
    assert "x-burnish-unused" not in empty.headers


@pytest.mark.parametrize("turn", REFUSING, ids=str)
def test_a_refusal_is_what_was_said(url, turn):
    """As a field or as a part of the content."""
    said = asked(url, HELLO, {"role": "assistant", "content": "I cannot."}, HELLO)

    assert words(said) == words(asked(url, HELLO, {"role": "assistant"} | turn, HELLO))


@pytest.mark.parametrize("turn", EMPTY, ids=str)
def test_a_turn_with_neither_stays_refused(url, turn):
    """The words name what could stand there; any other role needs a content."""
    answer = asked(url, HELLO, {"role": "assistant"} | turn, HELLO)
    error = answer.json()["error"]

    assert (400, "messages[1]") == (answer.status_code, error["param"])
    assert "tool_calls, function_call, refusal, audio" in error["message"]
    assert [400] * 4 == [
        asked(url, {"role": role, "tool_call_id": "c1"} | turn | {"tool_calls": CALLS}).status_code
        for role in ("user", "system", "developer", "tool")
    ]


def test_the_other_names_of_roles(url):
    """A developer is as the system, a function as a tool, also without a result; names are passed over."""
    system = words(asked(url, {"role": "system", "content": "Be brief."}, HELLO))
    tool = words(asked(url, HELLO, TOOL))

    assert system == words(asked(url, {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]}, HELLO))
    assert tool == words(asked(url, HELLO, {"role": "function", "name": "f", "content": "42"}))
    assert tool == words(asked(url, HELLO, {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "42"}]}))
    assert 200 == asked(url, HELLO, {"role": "function", "name": "f", "content": None}).status_code
    assert words(asked(url, HELLO)) == words(asked(url, HELLO | {"name": "Bob"}))


def test_a_refusal_part_is_an_assistants(url):
    """In another's turn it is refused by its place."""
    answer = asked(url, {"role": "user", "content": [{"type": "refusal", "refusal": "no"}]})

    assert (400, "messages[0]") == (answer.status_code, answer.json()["error"]["param"])


def test_a_server_elsewhere_gets_the_turns_as_they_came():
    """Its model may call tools: their calls and ids go along."""
    from burnish.serve.turn import _as_it_came

    turn = ChatMessage.model_validate({"role": "assistant", "content": None, "tool_calls": CALLS})

    assert {"role": "assistant", "tool_calls": CALLS} == _as_it_came(turn)
    assert TOOL == _as_it_came(ChatMessage.model_validate(TOOL))
