"""Words that somebody passed on: a question where others pass them on, never an answer of mine; and words outside a message's text."""

from __future__ import annotations

import json

import pytest
from exporting import said, slack, taken

DAY = "general/2024-01-01.json"
MINE = "forwarded: the words of somebody else"
EMPTY = "no words (a picture, a file, a call)"
ASKED, ANSWERED = "White paint or grey paint?", "Grey, as always, tell them."


def write(path, value):
    """Write a value as JSON, a text as it is."""
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def rich(*elements, kind="rich_text_section", **more):
    """Return blocks that hold one piece of rich text."""
    return [{"type": "rich_text", "elements": [{"type": kind, "elements": list(elements), **more}]}]


def words(text, **style):
    """Return an element of plain words."""
    return {"type": "text", "text": text, **style}


def share(text="", **more):
    """Return an attachment as Slack exports a shared message."""
    return {"is_share": True, "is_msg_unfurl": True, "author_name": "Jo", "text": text, "fallback": f"Jo: {text}", **more}


BLOCKS = [{"message": {"blocks": rich(words("White paint or "), words("grey paint?"))}}]


@pytest.mark.parametrize(
    ("text", "attachment", "asked"),
    [
        ("", share(ASKED), ASKED),
        ("", share(message_blocks=BLOCKS), ASKED),
        ("What shall I say?", share("Is it &lt;grey&gt;, <@U2>?"), "What shall I say?\nIs it <grey>, @Cy?"),
        ("See <https://x.slack.com/p1>", {"is_msg_unfurl": True, "text": ASKED}, f"See https://x.slack.com/p1\n{ASKED}"),
        ("", share("Look:", attachments=[share(ASKED)]), f"Look:\n{ASKED}"),
    ],
)
def test_slack_what_was_shared_is_what_was_asked(text, attachment, asked, tmp_path):
    """The words of a shared message are read where they stand, after what was said to them."""
    day = [said("U0", 1, text, attachments=[attachment]), said("U1", 2, ANSWERED)]

    assert taken("slack", slack(tmp_path / "e", {DAY: day}), "Bo").rows == [[asked, ANSWERED]]


def test_slack_a_page_that_is_shown_beside_its_link_is_not_passed_on(tmp_path):
    """What Slack shows of a web page is nobody's message; a mail that was sent into a channel is."""
    page = {"from_url": "https://x.org", "title": "Paint", "text": "Paint of all kinds", "is_app_unfurl": True}
    mail = {"mode": "email", "subject": "Paint", "plain_text": ASKED}
    day = [said("U0", 1, "Is <https://x.org> good?", attachments=[page]), said("U1", 2, ANSWERED)]
    day += [said("U0", 9000, "", files=[mail]), said("U1", 9001, ANSWERED)]

    found = taken("slack", slack(tmp_path / "e", {DAY: day}), "Bo")

    assert found.rows == [["Is https://x.org good?", ANSWERED], [f"Paint\n{ASKED}", ANSWERED]]


def test_slack_what_i_pass_on_is_not_my_answer(tmp_path):
    """A share of mine without words is set aside as others' words; with words, these alone are the answer."""
    day = [said("U0", 1, ASKED), said("U1", 2, "", attachments=[share("Grey is what Jo likes.")])]
    day += [said("U0", 9000, ASKED), said("U1", 9001, "Grey, says Jo here.", attachments=[share("Grey is what Jo likes.")])]
    found = taken("slack", slack(tmp_path / "e", {DAY: day}), "Bo")

    assert found.rows == [[ASKED, "Grey, says Jo here."]]
    assert found.books.aside == {MINE: 1, "not answered by you": 1}


@pytest.mark.parametrize(
    ("blocks", "asked"),
    [
        (rich(words("Is <it> "), {"type": "user", "user_id": "U2"}, words(" & "), {"type": "channel", "channel_id": "C0"}, words("?")), "Is <it> @Cy & #general?"),
        (rich(words("See "), {"type": "link", "url": "https://x.org", "text": "the page"}, {"type": "broadcast", "range": "here"}), "See the page (https://x.org)@here"),
        (rich(words("Good "), {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fb"}, {"type": "emoji", "name": "own"}), "Good \U0001f44b\U0001f3fb:own:"),
        (rich({"type": "rich_text_section", "elements": [words("one")]}, {"type": "rich_text_section", "elements": [words("two")]}, kind="rich_text_list", style="ordered"), "1. one\n2. two"),
        (rich(words("x = 1"), kind="rich_text_preformatted"), "x = 1"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "A & B"}}, {"type": "divider"}, {"type": "section", "text": {"type": "mrkdwn", "text": "Is &lt;it&gt;?"}, "fields": [{"type": "mrkdwn", "text": "Yes"}]}], "A & B\nIs <it>?\nYes"),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "by Jo"}, {"type": "image", "image_url": "x"}]}, {"type": "markdown", "text": "**So?**"}], "by Jo\n**So?**"),
    ],
)  # fmt: skip
def test_slack_words_in_blocks_are_read_where_the_text_is_empty(blocks, asked, tmp_path):
    """Every kind of block gives its words, with names and links as in a text."""
    day = [said("U0", 1, "", blocks=blocks), said("U1", 2, ANSWERED, blocks=rich(words("other words")))]

    assert taken("slack", slack(tmp_path / "e", {DAY: day}), "Bo").rows == [[asked, ANSWERED]]


def test_slack_blocks_without_words_and_blocks_without_end(tmp_path):
    """A picture's block has no words; sections within each other without end are read to a depth."""
    deep = [{"type": "rich_text_section", "elements": []}]
    for _ in range(100):
        deep = [{"type": "rich_text_section", "elements": deep}]
    day = [said("U0", 1, "", blocks=[{"type": "image", "image_url": "x"}]), said("U0", 2, "", blocks=deep)]

    assert taken("slack", slack(tmp_path / "e", {DAY: day}), "Bo").books.aside == {EMPTY: 2}


def discord(number, author, text, **more):
    """Return one message as DiscordChatExporter writes it."""
    when = f"2024-01-01T10:0{number}:00+00:00"
    return {
        "id": str(number),
        "type": "Default",
        "timestamp": when,
        "content": text,
        "author": {"name": author, "id": author},
        **more,
    }


FORWARD = {"type": "Forward", "messageId": "1", "channelId": "elsewhere"}


@pytest.mark.parametrize(
    "held",
    [
        {"forwardedMessage": {"timestamp": "2024-01-01T09:00:00+00:00", "content": ASKED, "attachments": []}},
        {"messageSnapshots": [{"content": ASKED}]},
        {"message_snapshots": [{"message": {"content": ASKED, "type": 0}}]},
    ],
)
def test_discord_forwarded_messages(held, tmp_path):
    """What others forward is asked, and refers to no message of this channel; what I forward is set aside, as is what is not there."""
    messages = [
        discord(1, "Cy", "Another thing, which nobody answers."),
        discord(2, "Anna", "", reference=FORWARD, **held),
        discord(3, "Bo", ANSWERED),
        discord(4, "Bo", "", reference=FORWARD, **held),
        discord(5, "Anna", "", reference={"messageId": "9"}),
        discord(6, "Anna", "", type="Reply", reference={"messageId": "3"}, attachments=[{"id": "a"}]),
    ]
    export = {"guild": {"name": "G"}, "channel": {"name": "c"}, "messages": messages}
    found = taken("discord", write(tmp_path / "c.json", export), "Bo")

    assert found.rows == [[f"Cy: Another thing, which nobody answers.\nAnna: {ASKED}", ANSWERED]]
    assert found.books.aside == {MINE: 1, "forwarded, and its words are not in the export": 1, EMPTY: 1}


@pytest.mark.parametrize(
    "mark", [{"forwarded_from": "Dee"}, {"forwarded_from": None}, {"forwarded_from": "D", "saved_from": "Dee"}]
)
def test_telegram_forwarded_messages(mark, tmp_path):
    """What others forward is asked, also where the first writer's account is gone; what I forward is no answer."""

    def one(number, who, text, **more):
        return {
            "id": number,
            "type": "message",
            "date_unixtime": str(1000 + number),
            "from": who,
            "from_id": who,
            "text": text,
            **more,
        }

    messages = [
        one(1, "Anna", ASKED, **mark),
        one(2, "Bo", ANSWERED),
        one(3, "Anna", "And now?"),
        one(4, "Bo", "Copied words of Dee.", **mark),
    ]
    found = taken("telegram", write(tmp_path / "result.json", {"name": "A", "messages": messages}), "Bo")

    assert found.rows == [[ASKED, ANSWERED]]
    assert found.books.aside == {MINE: 1, "not answered by you": 1}


@pytest.mark.parametrize("kind", ["messenger", "instagram"])
@pytest.mark.parametrize("line", ["Anna sent an attachment.", "Anna hat einen Anhang gesendet.", None])
def test_meta_posts_that_are_passed_on(line, kind, tmp_path):
    """The words of a post stand for Meta's own line beside it, in whatever language; my own pass nothing off as an answer."""
    post = {"link": "https://x.org/p/1", "share_text": "Für Boote: grey paint?", "original_content_owner": "paint"}
    garbled = {key: value.encode().decode("latin-1") for key, value in post.items()}
    messages = [
        {"sender_name": "Bo", "timestamp_ms": 4000, "share": garbled},
        {"sender_name": "Bo", "timestamp_ms": 2000, "content": ANSWERED},
        {"sender_name": "Anna", "timestamp_ms": 1000, "share": garbled} | ({"content": line} if line else {}),
    ]
    found = taken(kind, write(tmp_path / "message_1.json", {"participants": [{"name": "Anna"}], "messages": messages}), "Bo")

    assert found.rows == [["Für Boote: grey paint?", ANSWERED]]
    assert found.books.aside == {MINE: 1}


def test_signal_quotes_reactions_and_files_are_not_the_writers_words(tmp_path):
    """What a message quotes stands with a question and not in an answer; what the exporter adds stands in neither."""
    chat = (
        "[2024-01-01 10:00:00] Anna: \n\n> Grey it is.\n> So.\n\nWhich grey?\n(- Bo: \U0001f44d -)\n"
        "[2024-01-01 10:01:00] Bo: \n\n> Which grey?\n\nThe light one, as always.\n"
        "[2024-01-01 12:00:00] Anna: ![boat.jpg](./media/boat.jpg)  \n"
        "[2024-01-01 12:01:00] Anna: (This message was deleted)\n"
        "[2024-01-01 12:02:00] Anna: (- I mean: the boat -) is fine?\n"
        "[2024-01-01 12:03:00] Bo: It is > 5 metres, and fine.\n"
    )
    found = taken("signal", write(tmp_path / "c.txt", chat), "Bo")

    assert found.rows == [
        ["Which grey?\nGrey it is.\nSo.", "The light one, as always."],
        ["(- I mean: the boat -) is fine?", "It is > 5 metres, and fine."],
    ]
    assert found.books.aside == {EMPTY: 1, "deleted": 1}
