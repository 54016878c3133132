"""Thoughts that the base model writes for rows that have none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow.reasoning import _chosen, _line, thought_of
from burnish.records.conversation import Conversation, Message
from burnish.records.questions import Reply
from toys import toy_model_folder, toy_rows, write_rows

TEMPLATE = Path(__file__).parents[1] / "fixtures" / "tokens" / "templates" / "llama.cpp" / "Qwen-Qwen3-0.6B.jinja"


def row(number, thought=None):
    """Return a row."""
    answer = Message(role="assistant", content=f"Door {number}.", reasoning_content=thought)
    return Conversation(messages=(Message(role="user", content=f"{number}?"), answer), metadata={"category": "fact"})


def reply(text, natural=True):
    """Return a reply."""
    return Reply(id="0", text=text, tokens=9, thought_tokens=0, natural_stop=natural)


@pytest.mark.parametrize(
    ("text", "opened", "found"),
    [
        ("<think>\nTwo doors.\n</think>\n\n42", False, ("Two doors.", "")),
        ("Two doors.\n</think>\n\n42", True, ("Two doors.", "")),
        ("<think>Two doors.</think>", False, ("Two doors.", "")),
        ("42", False, ("", "no thought before the words")),
        ("<think>\n</think>42", False, ("", "the thought is empty")),
    ],
)
def test_only_a_closed_thought_with_words_is_kept(text, opened, found):
    """The thought without its tags; else why there is none."""
    assert thought_of(reply(text), opened=opened) == found


def test_a_thought_cut_at_the_limit_is_none():
    """Half a thought is not trained."""
    assert thought_of(reply("<think>Two", natural=False), opened=False) == ("", "met the limit of 9 tokens")


def test_as_many_rows_as_asked_get_one_spread_over_the_file():
    """Rows that think already count; the others are taken evenly, none twice."""
    rows = [row(0, "hm"), *(row(i) for i in range(1, 9))]

    assert len(_chosen(rows, 0.5)) == round(0.5 * 9) - 1
    assert _chosen(rows, 1.0) == list(range(1, 9))
    assert _chosen(rows, 0.1) == []
    assert len(set(_chosen(rows, 0.7))) == len(_chosen(rows, 0.7))


def test_a_row_keeps_its_own_words():
    """The thought stands beside the answer as `reasoning_content`; nothing else of the row changes."""
    written = json.loads(_line(row(4), "Two doors."))

    assert written == {
        "messages": [
            {"role": "user", "content": "4?"},
            {"role": "assistant", "content": "Door 4.", "reasoning_content": "Two doors."},
        ],
        "metadata": {"category": "fact"},
    }


def test_the_verb_writes_every_row_and_says_where_no_thought_came(tmp_path):
    """An untrained model thinks badly: rows stay as they were, each failure is named by file and line."""
    model = toy_model_folder(tmp_path / "m", template=TEMPLATE.read_text("utf-8"))
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(6))
    out = tmp_path / "out.jsonl"
    done = CliRunner().invoke(app, ["reason", str(rows), "-o", str(out), "--model", str(model), "--max-tokens", "8", "--json"])
    told = json.loads(done.stdout)

    assert (told["rows"], told["had"], told["written"] + len(told["failed"])) == (6, 0, 3)
    assert all(f"{rows}:" in one for one in told["failed"])
    assert [json.loads(line)["messages"][1]["content"] for line in out.read_text().splitlines()] == [
        one["messages"][1]["content"] for one in toy_rows(6)
    ]


def test_a_model_that_does_not_think_is_refused(tmp_path, toy_folder):
    """Where the template has no thinking mode nothing is written, and the remedy is told."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(3))
    done = CliRunner().invoke(app, ["reason", str(rows), "-o", str(tmp_path / "o.jsonl"), "--model", str(toy_folder)])

    assert done.exit_code == 1
    assert "no thinking mode" in done.stderr
    assert not (tmp_path / "o.jsonl").exists()
