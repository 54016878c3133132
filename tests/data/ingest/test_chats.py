"""Chats of phones, Telegram, Meta and Discord: forms the samples do not have, and what may be wrong with them."""

from __future__ import annotations

import json

import pytest
from exporting import taken, zipped

ROW = [["When is the market?", "Every Thursday at nine."]]


def write(path, value):
    """Write a value as JSON, a text as it is."""
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("31/12/2023, 22:01 - ", "31/12/2023, 22:05 - "),
        ("12/31/23, 10:01\u202fPM - ", "12/31/23, 10:05\u202fPM - "),
        ("[31.12.23, 22:01:07] ", "[31.12.23, 22:05:00] "),
        ("31.12.23, 22:01 - ", "31.12.23, 22:05 - "),
        ("2023-12-31, 22:01 - ", "2023-12-31, 22:05 - "),
        ("\u200e[31/12/2023, 22:01:07] ", "[31/12/2023, 22:05:07] "),
        ("31-12-2023 22.01 - ", "31-12-2023 22.05 - "),
    ],
)
def test_whatsapp_in_many_date_forms(first, second, tmp_path):
    """Whatever the phone's country, the words, the writers and the minute are read."""
    chat = write(
        tmp_path / "WhatsApp Chat with Anna.txt", f"{first}Anna: When is the market?\n{second}Bo: Every Thursday\nat nine.\n"
    )
    found = taken("whatsapp", chat, "bo")

    assert found.rows == [["When is the market?", "Every Thursday\nat nine."]]
    assert found.conversations[0].metadata["time"].startswith("2023-12-31T22:05")
    assert found.conversations[0].metadata["channel"] == "Anna"


def test_an_order_of_dates_that_cannot_be_told_is_said(tmp_path):
    """Where every day could be a month, the fault says which was taken."""
    found = taken(
        "whatsapp",
        write(tmp_path / "c.txt", "01/02/23, 10:00 - Anna: When is the market?\n01/02/23, 10:01 - Bo: Every Thursday at nine.\n"),
        "Bo",
    )

    assert found.rows == ROW
    assert "cannot be told whether day or month" in found.faults[0]


def test_dates_that_go_backwards_tell_the_order(tmp_path):
    """03/02, 03/03, 04/01: read with the day first they would go back, so the month is first."""
    lines = "".join(f"{day}/23, 10:00 - Anna: some words here\n" for day in ("03/10", "03/11", "04/01"))
    found = taken("whatsapp", write(tmp_path / "c.txt", lines + "04/01/23, 10:01 - Bo: and an answer\n"), "Bo")

    assert found.conversations[0].metadata["time"] == "2023-04-01T10:01:00Z"
    assert found.faults == []


def test_whatsapp_in_the_archive_of_a_phone_with_odd_lines(tmp_path):
    """Edits, deletions, media and impossible dates are told apart; a line before the first message is a fault."""
    text = (
        "a line before\n31/12/23, 22:00 - Anna: <Media omitted>\n31/12/23, 22:00 - Anna: This message was deleted\n"
        "45/45/23, 22:01 - Anna: When is the market? <This message was edited>\n31/12/23, 22:02 - Bo: Every Thursday at nine.\n"
    )
    found = taken("auto", zipped(tmp_path / "c.zip", [("_chat.txt", text), ("IMG-1.jpg", b"\xff\xd8")]), "Bo")

    assert (found.kind, found.rows) == ("whatsapp", ROW)
    assert found.books.aside == {"no words (a picture, a file, a call)": 1, "deleted": 1}
    assert [fault.split(": ")[2].split(" (")[0] for fault in found.faults[-2:]] == [
        "no message begins here",
        "a date cannot be read",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_other_encodings_of_a_chat(encoding, tmp_path):
    """UTF-16 and UTF-8 with their marks are read as they are; Windows-1252 with a fault that says so."""
    (tmp_path / "c.txt").write_bytes(
        "31/12/23, 22:01 - Bö: Wann ist es?\n31/12/23, 22:02 - Bo: Jeden Tag für dich.\n".encode(encoding)
    )
    found = taken("whatsapp", tmp_path / "c.txt", "Bo")

    assert found.rows == [["Wann ist es?", "Jeden Tag für dich."]]
    assert dict(found.people) == {"Bö": 1, "Bo": 1}
    assert [fault for fault in found.faults if "not UTF-8" in fault] == ([] if encoding != "cp1252" else found.faults)


def _telegram(name, *messages):
    return {"name": name, "type": "personal_chat", "id": 1, "messages": list(messages)}


def _said(number, who, text, **more):
    return {
        "id": number,
        "type": "message",
        "date_unixtime": str(1000 + number),
        "from": who,
        "from_id": f"user{who}",
        "text": text,
        **more,
    }


def test_telegram_with_all_chats_replies_and_notices(tmp_path):
    """Chats in a list, replies, links under words, forwarded and service messages, a deleted account."""
    one = _telegram(
        "A",
        _said(1, "Anna", ["When is ", {"type": "text_link", "text": "the market", "href": "https://x.org"}, "?"]),
        _said(2, "Cy", "And the fair?"),
        _said(3, None, "words of nobody"),
        {"id": 4, "type": "service", "actor": "Cy", "action": "pin_message", "text": ""},
        _said(5, "Bo", "Copied words here", forwarded_from="Dee"),
        _said(6, "Bo", "Every Thursday at nine.", reply_to_message_id=1, edited="x"),
    )
    both = {
        "about": "x",
        "chats": {"about": "y", "list": [one, _telegram("B", _said(1, "Anna", "Is it so?"), _said(2, "Bo", "So it is."))]},
    }
    found = taken("auto", write(tmp_path / "result.json", both), "userBo")

    assert found.rows == [["When is the market (https://x.org)?", "Every Thursday at nine."], ["Is it so?", "So it is."]]
    assert [row.metadata["channel"] for row in found.conversations] == ["A", "B"]
    assert found.books.aside["forwarded: the words of somebody else"] == 1


def test_a_reply_to_another_chat_does_not_count_here(tmp_path):
    """`reply_to_peer_id` says that the number is another chat's; the chat's own id there changes nothing."""

    def replied(**more):
        asked = [_said(5, "Anna", "Who has the keys?"), _said(6, "Bo", "Jo has them now."), _said(7, "Anna", "When is the fair?")]
        chat = _telegram("A", *asked, _said(8, "Bo", "It is at seven.", reply_to_message_id=5, **more))
        return taken("auto", write(tmp_path / "result.json", chat), "Bo").rows

    elsewhere = [["Who has the keys?", "Jo has them now.", "When is the fair?", "It is at seven."]]
    here = [["Who has the keys?", "Jo has them now."], ["Who has the keys?", "It is at seven."]]
    assert [replied(reply_to_peer_id=one) for one in ("channel99", "user7", None)] == [elsewhere] * 3
    assert [replied(reply_to_peer_id="channel1"), replied()] == [here, here]


def test_a_deleted_account_is_known_by_its_id(tmp_path):
    """`from` is null where the account is deleted, `from_id` tells whose words they are; `forwarded_from` null is a forward still."""
    gone = {"from": None, "from_id": "user77"}
    other = {"from": None, "from_id": "user78"}
    chat = _telegram(
        None,
        _said(1, None, "When is the market?", **gone),
        _said(2, None, "And the fair?", **other),
        _said(3, "Bo", "Every Thursday at nine."),
        _said(4, "Bo", "Copied words of somebody", forwarded_from=None),
        {
            "id": 6,
            "type": "service",
            "date_unixtime": "1006",
            "actor": None,
            "actor_id": "user77",
            "action": "pin_message",
            "text": "",
        },
    )
    found = taken("auto", write(tmp_path / "result.json", chat), "Bo")
    answering = taken("auto", tmp_path / "result.json", "user78")

    assert found.rows == [["user77: When is the market?\nuser78: And the fair?", "Every Thursday at nine."]]
    assert found.books.aside == {"forwarded: the words of somebody else": 1, "a notice of the chat itself": 1}
    assert answering.rows == [["When is the market?", "And the fair?"]]


def test_polls_and_stickers_of_telegram_end_a_turn(tmp_path):
    """A poll has no text in the export, a sticker neither: what I say to them is no answer to what was said before."""
    poll = {"poll": {"question": "Which day?", "answers": [{"text": "Friday", "voters": 2}]}}
    sticker = {"media_type": "sticker", "file": "(File not included.)"}
    for more in (poll, sticker):
        chat = _telegram(
            "A",
            _said(1, "Anna", "When is it?"),
            _said(2, "Bo", "It is at nine."),
            _said(3, "Anna", "", **more),
            _said(4, "Bo", "I like that one."),
        )
        found = taken("auto", write(tmp_path / "result.json", chat), "Bo")

        assert found.rows == [["When is it?", "It is at nine."]]
        assert found.books.aside["your words with nothing before them to answer"] == 1


def test_pictures_of_meta_end_a_turn(tmp_path):
    """A photo without words, and the sentence that Meta writes of one in any language, end a turn."""
    shown = [
        {"photos": [{"uri": "x.jpg"}]},
        {"photos": [{"uri": "x.jpg"}], "content": "Anna hat ein Foto gesendet."},
        {"share": {"link": "https://x.org"}, "content": "Anna sent an attachment."},
        {"is_unsent": True, "content": "gone"},
        {"content": "Anna unsent a message"},
        {"content": "Anna sent a location."},
        {"call_duration": 0, "content": "Du hast einen Anruf von Anna verpasst."},
        {"content": "You missed a video call from Anna."},
    ]
    for more in shown:
        said_ = [
            ("Anna", {"content": "Wann ist es?"}),
            ("Bo", {"content": "Um neun Uhr."}),
            ("Anna", more),
            ("Bo", {"content": "Wie schön!"}),
        ]
        messages = [{"sender_name": name, "timestamp_ms": 1_000 * i, **one} for i, (name, one) in enumerate(said_)]
        write(tmp_path / "message_1.json", {"participants": [{"name": "Anna"}], "messages": messages[::-1]})
        found = taken("messenger", tmp_path, "Bo")

        assert found.rows == [["Wann ist es?", "Um neun Uhr."]]


def test_metas_own_line_names_the_sender_by_the_first_name_alone(tmp_path):
    """`Anna sent an attachment.` of Anna Kern beside a link, in any language; without anything sent the words are the person's."""
    for more, rows in (
        ({"share": {"link": "https://x.org"}, "content": "Anna hat einen Anhang gesendet."}, []),
        ({"photos": [{"uri": "x.jpg"}], "content": "Anna ने एक फ़ोटो भेजी।"}, []),
        ({"content": "Anna hat es gesendet."}, [["Anna hat es gesendet.", "Wie schön!"]]),
        ({"share": {"link": "https://x.org"}, "content": "Anna is on it, see"}, [["Anna is on it, see", "Wie schön!"]]),
    ):
        said_ = [
            {"sender_name": "Anna Kern", "timestamp_ms": 1, **more},
            {"sender_name": "Bo", "timestamp_ms": 2, "content": "Wie schön!"},
        ]
        write(tmp_path / "message_1.json", {"participants": [{"name": "Anna"}], "messages": said_[::-1]})

        assert taken("messenger", tmp_path, "Bo").rows == rows


def test_meta_escapes_are_undone(tmp_path):
    """Meta writes each byte of a letter by itself; the words come out as they were typed, the newest message last."""
    garbled = "Für dich gern".encode().decode("latin-1")
    chat = {
        "participants": [{"name": "Anna"}],
        "messages": [
            {"sender_name": "Bo", "timestamp_ms": 3000, "content": garbled},
            {"sender_name": "Anna", "timestamp_ms": 2000, "content": "Reacted \u00f0\u009f\u0091\u008d to your message "},
            {"sender_name": "Anna", "timestamp_ms": 1000, "content": "Wann ist es?"},
        ],
    }
    (tmp_path / "anna_123456789").mkdir()
    write(tmp_path / "anna_123456789" / "message_1.json", chat)
    found = taken("auto", tmp_path, "Bo")

    assert found.rows == [["Wann ist es?", "Für dich gern"]]
    assert found.conversations[0].metadata["channel"] == "anna"


def _discord(number, who, text, **more):
    author = {"id": f"9{number}", "name": who.lower(), "nickname": who, "isBot": who == "Robo"}
    return {
        "id": str(number),
        "type": "Default",
        "timestamp": f"2024-01-01T10:0{number}:00.123+00:00",
        "content": text,
        "author": author,
        **more,
    }


def test_discord_json(tmp_path):
    """Messages, replies that name what they answer, bots, pins and pictures of DiscordChatExporter's JSON."""
    messages = [
        _discord(1, "Anna", "When is the market?"),
        _discord(2, "Robo", "beep"),
        _discord(3, "Cy", "", attachments=[{"id": "1"}]),
        _discord(4, "Cy", "And the fair?"),
        _discord(5, "Bo", "Every Thursday at nine.", type="Reply", reference={"messageId": "1"}),
        _discord(6, "Cy", "pinned a message", type="ChannelPinnedMessage"),
    ]
    export = {"guild": {"name": "Town"}, "channel": {"name": "help"}, "messages": messages, "messageCount": 6}
    found = taken("auto", write(tmp_path / "x.json", export), "bo")

    assert (found.kind, found.rows) == ("discord", ROW)
    assert found.conversations[0].metadata["channel"] == "Town #help"
    assert sum(found.books.aside.values()) == 4


def test_pictures_bots_and_pins_of_discord_end_a_turn(tmp_path):
    """Whatever is set aside stands between my answer and what I say next."""
    for more in (
        {"text": "", "attachments": [{"id": "1"}]},
        {"text": "", "stickers": [{"id": "1"}]},
        {"text": "x", "type": "GuildMemberJoin"},
    ):
        text = more.pop("text")
        messages = [
            _discord(1, "Anna", "When is the market?"),
            _discord(2, "Bo", "Every Thursday at nine."),
            _discord(3, "Cy", text, **more),
            _discord(4, "Bo", "What a lovely dog!"),
            _discord(5, "Robo", "beep"),
            _discord(6, "Bo", "Thank you, machine."),
        ]
        export = {"guild": {"name": "Town"}, "channel": {"name": "help"}, "messages": messages, "messageCount": 6}

        assert taken("auto", write(tmp_path / "x.json", export), "bo").rows == ROW


def test_discord_csv(tmp_path):
    """The CSV of DiscordChatExporter, with a line break and quotes in a cell."""
    text = 'AuthorID,Author,Date,Content,Attachments,Reactions\n"1","anna#0000","2024-01-01T10:00:00.0000000+00:00","When is\n""the market""?","",""\n"2","bo","2024-01-01T10:01:00.0000000+00:00","Every Thursday at nine.","",""\n'
    found = taken("auto", write(tmp_path / "Town - Text - help [123].csv", text), "bo")

    assert (found.kind, found.rows) == ("discord", [['When is\n"the market"?', "Every Thursday at nine."]])
    assert found.conversations[0].metadata["channel"] == "Town #help"


@pytest.mark.parametrize("kind", ["telegram", "messenger", "discord", "chatgpt", "claude", "github"])
@pytest.mark.parametrize(
    "text", ["", "[", "{", '{"messages": [', '{"messages": {"a": 1}}', "[[[]]]", "null", '{"messages": [{"text": "x"', "[" * 5000]
)
def test_broken_json_of_any_kind_is_a_fault_or_nothing(kind, text, tmp_path):
    """No broken file ends in a traceback; where something is broken it is named."""
    found = taken(kind, write(tmp_path / "x.json", text), "Bo")

    assert found.rows == []
    assert found.faults or text in ("[[[]]]", "null", '{"messages": {"a": 1}}')


def test_one_broken_date_does_not_change_the_others(tmp_path):
    """99/99/99 can be no day in any order: the order is what most days can be, and only the broken one has no time."""
    lines = "12/13/23, 10:00 - Anna: When is the market?\n12/13/23, 10:01 - Bo: Every Thursday at nine.\n99/99/99, 25:61 - Anna: ok ok\n"
    found = taken("whatsapp", write(tmp_path / "c.txt", lines), "Bo")

    assert found.conversations[0].metadata["time"] == "2023-12-13T10:01:00Z"
    assert [fault.partition("c.txt: ")[2].split(" (")[0] for fault in found.faults] == ["line 3: a date cannot be read"]


def test_days_in_two_orders_are_read_as_most_of_them_are(tmp_path):
    """Two days that have the month first win over one that has the day first; that one has no time, and both are told."""
    lines = "".join(f"{day}/23, 10:00 - Anna: some words here\n" for day in ("12/13", "12/14", "15/12"))
    found = taken("whatsapp", write(tmp_path / "c.txt", lines + "12/14/23, 10:01 - Bo: and an answer\n"), "Bo")

    assert found.conversations[0].metadata["time"] == "2023-12-14T10:01:00Z"
    assert "dates stand in two orders; the month was taken to stand first" in found.faults[0]
    assert "line 3: a date cannot be read" in found.faults[1]
