"""Who answered what: turns, pauses, threads, several voices, and books that close."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

from burnish.data.files.desk import Desk
from burnish.data.ingest import exchange
from burnish.data.ingest.exchange import Manner
from burnish.data.ingest.rows import rows_of
from burnish.records.post import Post


def post(author, time, text, **more):
    """Return a post of a chat."""
    return Post(source="chat", channel="c", author=author, time=time, text=text, file="f", number=1, **more)


def rows(posts, me="me", **manner):
    """Return the contents of the rows, and the desk."""
    desk = Desk()
    found = [row for row in rows_of(posts, desk, me, "style", Manner(**manner), by_channel=False) if row]
    return [[message.content for message in row.messages] for row in found], desk


def test_turns_are_joined_by_author_and_pause():
    """What one author writes without a pause is one turn; a silence longer than the gap ends it, on either side."""
    line = [
        post("a", 0, "old words here"),
        post("a", 5000, "first part"),
        post("a", 5010, "second part"),
        post("me", 5020, "yes it is"),
        post("me", 5030, "and more"),
        post("me", 9000, "much later words"),
    ]
    found, desk = rows(line)

    assert found == [["first part\nsecond part", "yes it is\nand more"]]
    assert desk.aside == {"not answered by you": 1, "your words with nothing before them to answer": 1}


def test_two_exchanges_a_row_by_default_and_as_many_as_asked():
    """Exchanges that follow each other stand in one row, at most `turns` of them."""
    line = [post("a" if i % 2 == 0 else "me", i * 10, f"words number {i}") for i in range(6)]

    assert [len(row) for row in rows(line)[0]] == [4, 2]
    assert [len(row) for row in rows(line, turns=1)[0]] == [2, 2, 2]
    assert [len(row) for row in rows(line, turns=9)[0]] == [6]


def test_several_voices_are_named():
    """Where more than one other spoke before the answer, each begins with the name."""
    found, _ = rows([post("Anna", 0, "who knows it?"), post("Bo", 5, "me neither"), post("me", 9, "it is seven")])

    assert found == [["Anna: who knows it?\nBo: me neither", "it is seven"]]


def test_an_answer_too_late_answers_nothing_outside_threads():
    """After `within` seconds words are no answer; in a thread they are."""
    late = [post("a", 0, "is it so?"), post("me", 200_000, "it is so")]
    threaded = [post("a", 0, "is it so?", thread="t"), post("me", 200_000, "it is so", thread="t")]

    assert rows(late)[0] == []
    assert rows(threaded)[0] == [["is it so?", "it is so"]]


def test_a_reply_answers_what_it_names():
    """A post that names what it replies to answers that one, not the last words before it; one asked twice is counted once."""
    line = [
        post("a", 0, "what is the price?", id="1"),
        post("b", 5, "and the weather?", id="2"),
        post("me", 9, "seven euros", id="3", reply_to="1"),
        post("b", 10, "no one answers me", id="5"),
        post("me", 12, "seven and a half", id="4", reply_to="1"),
    ]
    found, desk = rows(line)

    assert found == [["what is the price?", "seven euros"], ["what is the price?", "seven and a half"]]
    assert (desk.used, desk.read) == (3, 5)


def test_what_teaches_nothing_is_set_aside():
    """One-word answers, and link-only questions or answers, leave the row with their reason; the exchange after them stays."""
    line = [
        post("a", 0, "is it so?"), post("me", 1, "yes"),
        post("a", 2, "https://x.org/a b.org"), post("me", 3, "a fine page"),
        post("a", 4, "https://x.org/a"), post("me", 5, "a fine page"),
        post("a", 6, "where is it?"), post("me", 7, "<https://x.org>, https://y.org"),
        post("a", 8, "and is it good?"), post("me", 9, "it is good"),
    ]  # fmt: skip
    found, desk = rows(line)

    assert found == [["https://x.org/a b.org", "a fine page"], ["and is it good?", "it is good"]]
    assert desk.aside == {"the answer is one word": 2, "only a link": 4}


def test_posts_without_time_keep_their_order_and_others_are_sorted():
    """Dates in every order are put right; where one is missing, the order of the file counts."""
    assert rows([post("me", 9, "it is so"), post("a", 1, "is it so?")])[0] == [["is it so?", "it is so"]]
    assert rows([post("a", None, "is it so?"), post("me", 1, "it is so")])[0] == [["is it so?", "it is so"]]


WORDLESS = "no words (a picture, a file, a call)"
OF_CHAT = "a notice of the chat itself"


@pytest.mark.parametrize(
    "between",
    [
        {"text": "", "notice": WORDLESS},
        {"text": "This message was deleted", "notice": "deleted"},
        {"text": ""},
        {"text": "beep", "bot": True},
        {"text": "b joined", "notice": OF_CHAT},
        {"text": "copied words", "notice": "forwarded: the words of somebody else"},
        {"text": "x" * 1_000_001},
    ],
)
@pytest.mark.parametrize("thread", ["", "t"])
def test_a_message_without_usable_words_ends_my_turn(between, thread):
    """What I say to a picture, a deleted message or what a bot posts is not joined to my answer before."""
    line = [
        post("a", 0, "are you coming?", thread=thread),
        post("me", 60, "yes, around six", thread=thread),
        post("b", 120, **between, thread=thread),
        post("me", 180, "what a lovely dog", thread=thread),
    ]
    found, desk = rows(line)

    assert found == [["are you coming?", "yes, around six"]]
    assert desk.aside["your words with nothing before them to answer"] == 1
    assert (desk.read, desk.used, desk.books().balance) == (4, 2, 0)


def test_a_picture_beside_words_is_part_of_the_turn():
    """A picture before or after a question leaves the question asked; one of mine among my words leaves one answer."""
    line = [
        post("a", 0, "", notice=WORDLESS),
        post("a", 5, "do you like it?"),
        post("a", 9, "", notice=WORDLESS),
        post("me", 20, "the colours are good"),
        post("me", 25, "", notice=WORDLESS),
        post("me", 30, "the date is wrong"),
    ]

    assert rows(line)[0] == [["do you like it?", "the colours are good\nthe date is wrong"]]


def test_a_picture_of_mine_is_an_answer():
    """What was asked before it is not asked again with the next question; words of mine right after it are the answer still."""
    asked = [post("a", 0, "can you send it?"), post("me", 5, "", notice=WORDLESS)]

    assert rows([*asked, post("a", 9, "where was it?"), post("me", 12, "at the lake")])[0] == [["where was it?", "at the lake"]]
    assert rows([*asked, post("me", 9, "here it is")])[0] == [["can you send it?", "here it is"]]


def test_a_notice_of_the_chat_is_nobodys_turn():
    """A join or a reaction between question and answer changes nothing, however long after; nor does one of my own."""
    line = [
        post("a", 0, "when is it?"),
        post("a", 1500, "liked a message", notice=OF_CHAT),
        post("me", 2900, "pinned a message", notice=OF_CHAT),
        post("me", 3000, "at nine o'clock"),
        post("me", 3010, "pinned a message", notice=OF_CHAT),
        post("me", 3020, "on Thursday"),
    ]

    assert rows(line)[0] == [["when is it?", "at nine o'clock\non Thursday"]]


def test_a_picture_after_a_pause_ends_what_was_asked():
    """A question that nobody took up is not what I answer when I speak of a later picture."""
    line = [post("a", 0, "when is it?"), post("a", 5000, "", notice=WORDLESS), post("me", 5020, "what a lovely dog")]

    assert rows(line)[0] == []


def test_a_reply_to_a_picture_answers_nothing_else():
    """A reply that names a message without words is not paired with other words."""
    line = [
        post("b", 0, "", id="1", notice=WORDLESS),
        post("a", 5, "when is it?", id="2"),
        post("me", 9, "what a lovely dog", id="3", reply_to="1"),
    ]

    assert rows(line)[0] == []


def test_records_of_other_messages_are_no_turn():
    """A record of a change and a message met again end no turn: they stand elsewhere."""
    for reason in ("the record of a change; the changed message stands for itself", "the same message again"):
        line = [
            post("a", 0, "when is it?"),
            post("me", 5, "at nine"),
            post("a", 6, "", notice=reason),
            post("me", 9, "on Thursday"),
        ]

        assert rows(line)[0] == [["when is it?", "at nine\non Thursday"]]


def test_a_message_without_words_and_time_does_not_spoil_the_order():
    """Messages are put in order of time though a notice among them has none."""
    line = [post("me", 9, "it is so"), post("a", None, "", notice=WORDLESS), post("a", 1, "is it so?")]

    assert rows(line)[0] == [["is it so?", "it is so"]]


def test_nameless_and_endless_posts_are_set_aside():
    """A writer without a name and a text of a million characters are no turns."""
    found, desk = rows(
        [post("", 0, "who am I?"), post("a", 1, "x" * 1_000_001), post("a", 2, "is it so?"), post("me", 3, "it is so")]
    )

    assert found == [["is it so?", "it is so"]]
    assert desk.aside == {"a writer without a name": 1, "longer than 1,000,000 characters": 1}


@pytest.mark.parametrize("by_channel", [True, False])
def test_whoever_shows_progress_gets_a_turn_while_posts_are_read(by_channel):
    """Long before the last post is read, and whether or not there are rows, `rows_of` gives way now and then."""
    taken = []

    def posts():
        for number in range(5_000):
            taken.append(number)
            yield post("a", number, "some words here")

    turns = [len(taken) for row in rows_of(posts(), Desk(), "me", "style", Manner(), by_channel=by_channel) if row is None]

    assert len([read for read in turns if read < 4_900]) > 10


@pytest.mark.parametrize("most", [0, 3, 10**6])
def test_a_large_channel_let_go_piece_by_piece_gives_the_same_rows(most, monkeypatch):
    """Whether a channel is held whole or let go at its pauses, the rows and the books are the same; only resting threads end early."""
    monkeypatch.setattr(exchange, "MOST_HELD", most)
    rng = random.Random(3)
    line, now = [], 0.0
    for _ in range(400):
        now += rng.choice([5, 50, 700, 4000])
        line.append(post(rng.choice(["me", "a", "b"]), now, f"words of {now}", thread=rng.choice(["", "", "t", "u"])))
    found, desk = rows(line)
    monkeypatch.setattr(exchange, "MOST_HELD", 10**9)
    whole, other = rows(line)

    assert sorted(found) == sorted(whole)
    assert (desk.used, desk.aside) == (other.used, other.aside)
    assert len(whole) > 50


def test_a_large_channel_is_not_held_whole(monkeypatch):
    """Rows come out long before a large channel ends: outside threads at a pause, of threads once they rest for a month."""
    monkeypatch.setattr(exchange, "MOST_HELD", 10)
    day = 86_400
    line = [
        post("me" if i % 2 else "a", i * 5_000, f"words {i}", thread=f"t{i // 2}" if i % 4 > 1 else "") for i in range(20_000)
    ]
    taken = []
    desk = Desk()
    found = rows_of((taken.append(one) or one for one in line), desk, "me", "style", Manner(), by_channel=True)
    early = sum(row is not None and len(taken) < 10_000 for row in found)

    assert line[-1].time > 300 * day
    assert early > 4_000
    assert desk.books().balance == 0


POSTS = st.builds(
    Post,
    source=st.just("chat"),
    channel=st.sampled_from("xy"),
    author=st.sampled_from(["me", "a", "b", ""]),
    time=st.none() | st.floats(-1e10, 1e12),
    text=st.sampled_from(["", "yes", "https://x.org", "some words", "<think>so", "more words here"]),
    file=st.just("f"),
    number=st.just(1),
    thread=st.sampled_from(["", "t", "u"]),
    id=st.sampled_from(["", "1", "2", "3"]),
    reply_to=st.sampled_from(["", "1", "2", "9"]),
    bot=st.booleans(),
    notice=st.sampled_from(["", "", "", "deleted"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(POSTS, max_size=30), st.integers(1, 3))
def test_the_books_close_and_rows_are_conversations(posts, turns):
    """Whatever comes in, every message is used or set aside, and each row is questions and answers in turn, none empty."""
    found, desk = rows(posts, turns=turns)

    assert desk.books().balance == 0
    assert desk.read == len(posts)
    for row in found:
        assert len(row) % 2 == 0
        assert 2 <= len(row) <= 2 * turns
        assert all(text.strip() for text in row)
