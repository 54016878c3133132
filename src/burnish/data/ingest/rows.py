"""From posts to rows: what people wrote is kept, what is nobody's words or teaches nothing is set aside by its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby
from operator import attrgetter
from typing import TypeVar

from burnish.data.files.clock import iso
from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.data.ingest.exchange import Exchange, Held, Manner, exchanges
from burnish.data.ingest.kinds import Source
from burnish.errors import DataError
from burnish.grading.text import num_words
from burnish.records.codec import JSON
from burnish.records.conversation import Conversation, Message, Origin
from burnish.records.post import Post

ROW_CHARACTERS = 1_000_000
"""A longer question or answer is no message that a person typed."""
TICK = 256
"""Posts between two looks at the clock."""

UNANSWERED = "not answered by you"
UNASKED = "your words with nothing before them to answer"
ONE_WORD = "the answer is one word"
ONLY_LINK = "only a link"
BOT = "written by a bot"
NAMELESS = "a writer without a name"
PASSED_ON = "forwarded: the words of somebody else"
EMPTY = "no words (a picture, a file, a call)"
TOO_LONG = f"longer than {ROW_CHARACTERS:,} characters"
OPEN_THOUGHT = "the answer begins with a <think> that is not closed"
RECORDS = frozenset(
    {
        "the record of a change; the changed message stands for itself",
        "the record of a reply; the reply stands for itself",
        "the same message again",
        "the same mail again",
    }
)
"""Reasons of posts that are no turn of anybody: what they tell of stands elsewhere."""

Item = TypeVar("Item", Post, Conversation)

_LINKS = re.compile(r"(?:\S*\bhttps?://\S+|\bwww\.\S+|[\s\W]+)+", re.IGNORECASE)
_HAS_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def conversations(
    source: Source, store: Store, desk: Desk, *, me: str, category: str, manner: Manner, columns: Mapping[str, str]
) -> Iterator[Conversation | None]:
    """Yield the conversations of an export; None now and then, so that whoever shows progress gets a turn.

    Some exports hold conversations already (chats with an assistant, questions with answers), others posts; one that holds both is
    refused. What the source as a whole is known by (its `facts`, where it has any) stands in each row's metadata. `columns` says what a
    table's columns are, where that was given. Raises DataError where nothing can be read at all.
    """
    facts: Mapping[str, JSON] = getattr(source, "facts", {})
    for talk in _talks(source, store, desk, me=me, category=category or source.CATEGORY, manner=manner, columns=columns):
        yield replace(talk, metadata={**talk.metadata, **facts}) if talk is not None and facts else talk


def _talks(
    source: Source, store: Store, desk: Desk, *, me: str, category: str, manner: Manner, columns: Mapping[str, str]
) -> Iterator[Conversation | None]:
    desk.me, desk.columns = me, dict(columns)
    items = source.read(store, desk)
    first = next(items, None)
    if first is None:
        return
    everything = chain([first], items)
    if isinstance(first, Post):
        yield from rows_of(_all(Post, everything, store), desk, me, category, manner, by_channel=source.BY_CHANNEL)
        return
    for talk in _all(Conversation, everything, store):
        yield replace(talk, metadata={"source": source.NAME, "category": category, **talk.metadata})


def _all(kind: type[Item], items: Iterable[Post | Conversation], store: Store) -> Iterator[Item]:
    """Yield the items, all of which must be of the kind that the first is. Raises DataError that names where another begins."""
    for item in items:
        if not isinstance(item, kind):
            place = item.place if isinstance(item, Post) else str(item.metadata.get("place") or item.origin)
            what = ("messages of people", "conversations")
            before, here = what if isinstance(item, Conversation) else what[::-1]
            raise DataError(
                f"{store.path} holds rows of two kinds: {before}, and {here}",
                seen=f"{here} at {place}",
                remedy="ingest the files of each kind by themselves; where the columns mislead, name them with --column",
            )
        yield item


def rows_of(
    posts: Iterable[Post], desk: Desk, me: str, category: str, manner: Manner, *, by_channel: bool
) -> Iterator[Conversation | None]:
    """Yield the conversations in which `me` answers, and None now and then.

    `by_channel` promises that the posts come channel by channel: then one channel is held at a time, else all.
    """
    mine: dict[str, bool] = {}
    for channel in _by_channel(posts) if by_channel else _gathered(posts):
        if channel is None:
            yield None
            continue
        held = Held(manner.gap_seconds)
        for number, post in enumerate(channel):
            if post.author not in mine:
                mine[post.author] = desk.is_named(post.author, me)
            whole = _with_shared(post, mine=mine[post.author]) if post.shared else post
            received = _received(whole, desk, mine=mine[post.author])
            if received is not None:
                for line in held.add(received, mine=mine[post.author]):
                    yield from _told(line, desk, mine, category, manner)
            if number % TICK == 0:
                yield None
        for line in held.end():
            yield from _told(line, desk, mine, category, manner)


def _by_channel(posts: Iterable[Post]) -> Iterator[Iterable[Post]]:
    for _, channel in groupby(posts, attrgetter("channel")):
        yield channel


def _gathered(posts: Iterable[Post]) -> Iterator[Iterable[Post] | None]:
    """Yield the channels once all is read, and None now and then before."""
    channels: dict[str, list[Post]] = {}
    for number, post in enumerate(posts):
        channels.setdefault(post.channel, []).append(post)
        if number % TICK == 0:
            yield None
    yield from channels.values()


def _with_shared(post: Post, *, mine: bool) -> Post:
    """Return a post whose text holds what it passes on. Of mine that stays away: those are not my words."""
    if mine:
        return post if post.text.strip() else replace(post, notice=post.notice or PASSED_ON)
    return replace(post, text="\n".join(part for part in (post.text.strip(), post.shared.strip()) if part))


def _received(post: Post, desk: Desk, *, mine: bool) -> Post | None:
    """Count a post, and return it as it takes part in the talk.

    One that is set aside comes back without words and with its reason: it still ends a turn. A mere record of another is None.
    """
    desk.read += 1
    reason = BOT if post.bot and not mine else post.notice
    if not reason:
        desk.people[post.author] += 1
        if not post.author:
            reason = NAMELESS
        elif len(post.text) > ROW_CHARACTERS:
            reason = TOO_LONG
        elif not post.text or post.text.isspace():
            reason = EMPTY
    if not reason:
        return post
    desk.aside[reason] += 1
    return None if reason in RECORDS else replace(post, text="", notice=reason)


def _told(line: Sequence[Post], desk: Desk, mine: Mapping[str, bool], category: str, manner: Manner) -> Iterator[Conversation]:
    """Yield the rows of one timeline, and note what became of each of its posts."""
    me = frozenset(author for author, is_me in mine.items() if is_me)
    used: set[int] = set()
    dropped: dict[int, str] = {}
    for row in exchanges(line, me, manner):
        good: list[tuple[Exchange, str, str]] = []
        for exchange in row:
            asked, answer = spoken(exchange.asked), "\n".join(post.text.strip() for post in exchange.answered)
            reason = _unfit(asked, answer)
            if reason:
                dropped.update((id(post), reason) for post in (*exchange.asked, *exchange.answered))
                if good:
                    yield _row(good, category)
                good = []
            else:
                used.update(id(post) for post in (*exchange.asked, *exchange.answered))
                good.append((exchange, asked, answer))
        if good:
            yield _row(good, category)
    desk.used += len(used)
    for post in line:
        if id(post) not in used and not post.notice:
            desk.aside[dropped.get(id(post)) or (UNASKED if post.author in me else UNANSWERED)] += 1


def spoken(posts: Sequence[Post]) -> str:
    """Return what others said as one text; where more than one speaks, each begins with the name."""
    if len(posts) == 1 or len({post.author for post in posts}) == 1:
        return "\n".join(post.text.strip() for post in posts)
    turns = groupby(posts, attrgetter("author"))
    return "\n".join(f"{author}: " + "\n".join(post.text.strip() for post in said) for author, said in turns)


def _unfit(asked: str, answer: str) -> str:
    """Return why an exchange would teach nothing, or ""."""
    for text in (asked, answer):
        if _HAS_LINK.search(text) and _LINKS.fullmatch(text):
            return ONLY_LINK
    if len(answer) < 60 and num_words(answer) < 2:
        return ONE_WORD
    if answer.startswith("<think>") and "</think>" not in answer:
        return OPEN_THOUGHT
    return TOO_LONG if len(asked) + len(answer) > 2 * ROW_CHARACTERS else ""


def _row(row: Sequence[tuple[Exchange, str, str]], category: str) -> Conversation:
    messages = tuple(
        message
        for _, asked, answer in row
        for message in (Message(role="user", content=asked), Message(role="assistant", content=answer))
    )
    first = row[0][0].answered[0]
    metadata: dict[str, JSON] = {"source": first.source, "channel": first.channel, "category": category, "place": first.place}
    if first.time is not None:
        metadata["time"] = iso(first.time)
    if first.thread:
        metadata["thread"] = first.thread
    return Conversation(messages=messages, metadata=metadata, origin=Origin(file=first.file, line=first.number, byte=0))
