"""Every real sample gives the conversations that were written by hand after reading it, and `auto` takes each for what it is."""

from __future__ import annotations

import pytest
from exporting import EXPORTS, expected, taken

SAMPLES = [
    ("whatsapp", "whatsapp/langchain_whatsapp_chat.txt", "whatsapp_langchain"),
    ("messenger", "messenger/langchain_facebook_chat.json", "messenger_langchain"),
    ("telegram", "telegram/langchain_result.json", "telegram_langchain"),
    ("instagram", "instagram/chatminer_test_export.json", "instagram_chatminer"),
    ("signal", "signal/chatminer_test_export.txt", "signal_chatminer"),
    ("chatgpt", "chatgpt", "chatgpt"),
    ("claude", "claude_web", "claude_web"),
    ("github", "github", "github_gh_cli"),
    ("whatsapp", "whatsapp/langchain_whatsapp_chat.txt", "whatsapp_langchain_jane"),
    ("whatsapp", "whatsapp/chatminer_test_mmddyyyy_12hrs.txt", "whatsapp_chatminer_jahn"),
    ("whatsapp", "whatsapp/chatminer_test_ddmmyy_24hrs.txt", "whatsapp_chatminer_john"),
    ("whatsapp", "whatsapp/chatminer_test_[mmddyy]_24hrs.txt", "whatsapp_chatminer_john_john"),
    ("telegram", "telegram/langchain_result.json", "telegram_langchain_batman"),
    ("telegram", "telegram/chatminer_test_single_export.json", "telegram_chatminer"),
    ("messenger", "messenger/langchain_facebook_chat.json", "messenger_langchain_user1"),
    ("signal", "signal/chatminer_test_export.txt", "signal_chatminer_jane"),
    ("instagram", "instagram/chatminer_test_export.json", "instagram_chatminer_jane"),
]
TRAINING = [("alpaca", "alpaca_identity.json"), ("sharegpt", "sharegpt_fastchat.json")]


@pytest.mark.parametrize(("kind", "path", "name"), SAMPLES)
def test_a_sample_gives_the_rows_written_by_hand(kind, path, name):
    """The rows are exactly those, no fault is found, and `auto` says what it took the sample for and why."""
    wanted = expected(name)
    manner = {"within_seconds": wanted["within_seconds"]} if "within_seconds" in wanted else {}
    found = taken("auto", EXPORTS / path, wanted["me"], **manner)

    assert (found.kind, found.rows) == (kind, wanted["rows"])
    assert found.faults == []
    assert found.why
    assert wanted.get("aside", {}).items() <= found.books.aside.items()


@pytest.mark.parametrize(("kind", "name"), TRAINING)
def test_rows_made_for_training_begin_with_those_written_by_hand(kind, name):
    """The first rows of a real file, read by a person: the same turns in the same order."""
    wanted = expected(name.removesuffix(".json"))["rows"]
    found = taken("auto", EXPORTS.parent / "data" / name)

    assert (found.kind, found.rows[: len(wanted)]) == (kind, wanted)
    assert len(wanted) > 2


def test_the_same_chat_in_three_date_forms_gives_the_same_messages():
    """Day first, month first, two and four digits of the year, 12 and 24 hours, brackets: the same writers at the same times."""
    from burnish.data.files.desk import Desk
    from burnish.data.files.store import open_store
    from burnish.data.sources import whatsapp

    chats = []
    for name in ("ddmmyy_24hrs", "mmddyyyy_12hrs", "[mmddyy]_24hrs"):
        desk = Desk()
        posts = list(whatsapp.read(open_store(EXPORTS / "whatsapp" / f"chatminer_test_{name}.txt", desk), desk))
        assert desk.faults == []
        chats.append([(post.author, post.time, post.text, post.notice) for post in posts])

    assert len(chats[0]) == 9
    assert chats[0] == chats[1] == chats[2]
    assert chats[0][0][:2] == ("John Doe", 1546341900.0)
    assert chats[0][2][2] == "Lorem ipsum dolor sit amet,\nconsectetur adipiscing elit. Duis libero."


def test_a_thought_of_an_assistant_is_kept_apart():
    """What Claude thought before its answer becomes `reasoning_content`, and its tools' calls are no words."""
    (row,) = taken("claude", EXPORTS / "claude_web").conversations

    assert row.messages[1].reasoning_content == "Let me think about a good example..."
    assert row.metadata["channel"] == "Claude Web Test Conversation"
    assert row.metadata["time"] == "2024-01-15T10:30:00Z"


def test_a_branch_that_was_not_kept_is_set_aside():
    """Of two tries of an answer the later one is the row; the other is in the books."""
    assert taken("chatgpt", EXPORTS / "chatgpt").books.aside == {"a branch that was not kept": 1}
