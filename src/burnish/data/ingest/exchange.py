"""Who answered what: the posts of one channel become exchanges, each a question of others and the answer of one person.

Posts of one author without a pause between them are one turn. What was said by others since, up to the last pause, is what the
answer answers; a post that names what it replies to answers just that. Threads know no pauses: they are kept together.

A post without usable words (a picture, a deleted message, what a bot writes: it has a `notice`) ends a turn all the same, and what is
said to it answers nothing that can be learnt. One of mine among my words changes nothing; between two turns of others it is the
answer to the first.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from burnish.records.post import Post

FURTHEST_BACK = 12
"""Posts of others before an answer that still count as what it answers, outside threads: a busy channel never pauses."""


MOST_HELD = 50_000
"""Posts of one channel outside threads, and in threads, from which on those that are done with are let go."""
REST_SECONDS = 30 * 86_400.0
"""A thread without a word for so long is done with, in a channel that holds very many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How posts become conversations."""

    gap_seconds: float = 600.0
    """A longer silence ends a turn, and a row."""
    within_seconds: float = 86_400.0
    """Outside threads, an answer after a longer silence answers nothing."""
    turns: int = 2
    """Most exchanges a row."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What others said and what was answered."""

    asked: tuple[Post, ...]
    answered: tuple[Post, ...]


class Held:
    """The posts of one channel that wait for what may still answer them: those outside threads, and each thread by itself.

    Small channels are held to their end. In a large one the words outside threads are let go at a pause after which nothing can
    refer back (but for a reply that names an older post: then it answers what stands before it), and threads that rest for a month.
    """

    def __init__(self, gap_seconds: float) -> None:
        self.gap = gap_seconds
        self.lines: dict[str, list[Post]] = {}
        self.threaded = 0  # posts held in threads
        self.look_again = MOST_HELD

    def add(self, post: Post, *, mine: bool) -> Iterator[list[Post]]:
        """Hold a post, and yield the timelines that nothing can be added to any more."""
        line = self.lines.setdefault(post.thread, [])
        if post.thread:
            self.threaded += 1
            if self.threaded > self.look_again and post.time is not None:
                yield from self._resting(post.time)
        elif len(line) > MOST_HELD and not mine and _pause(line[-1], post) > self.gap:
            yield in_order(line)
            line = self.lines[""] = []
        line.append(post)

    def _resting(self, now: float) -> Iterator[list[Post]]:
        for thread, line in list(self.lines.items()):
            if thread and line and now - (line[-1].time or 0.0) > REST_SECONDS:
                self.threaded -= len(line)
                yield in_order(self.lines.pop(thread))
        self.look_again = self.threaded + MOST_HELD // 4

    def end(self) -> Iterator[list[Post]]:
        """Yield all that is left."""
        for line in self.lines.values():
            yield in_order(line)


def in_order(line: list[Post]) -> list[Post]:
    """Return a timeline in the order of time; where a post with words has none, as it stands."""
    if any(post.time is None and not post.notice for post in line):
        return line
    return sorted((post for post in line if post.time is not None), key=lambda post: post.time or 0.0)


OF_CHAT = "a notice of the chat itself"
"""The notice of a post that nobody said: a join, a pin, a new name."""


def exchanges(line: Sequence[Post], me: Container[str], manner: Manner) -> list[list[Exchange]]:
    """Return who answered what in one timeline; `me` holds the author names of the one who answers.

    Exchanges that follow each other without a pause stand together, up to `manner.turns` of them.
    """
    rows: list[list[Exchange]] = []
    threaded = bool(line and line[0].thread)
    by_id = {post.id: post for post in line if post.id} if any(post.reply_to for post in line) else {}
    heard: list[Post] = []
    last: Exchange | None = None
    taken = False  # whether what was heard has an answer of mine without words
    for run in _turns(line, me, manner.gap_seconds, threaded=threaded):
        if run[0].author not in me:
            if run[0].notice == OF_CHAT or (run[0].notice and run[0].bot):
                continue  # nobody's turn: it ends mine, and what was asked before it stays asked
            if taken or (heard and not threaded and _pause(heard[-1], run[0]) > manner.gap_seconds):
                heard, taken = [], False
            heard += run if not run[0].notice else []
            continue
        if run[0].notice:
            taken = taken or bool(heard)
            continue
        asked = _asked(heard, run, by_id, manner, me)
        heard, taken = [], False
        if not asked:
            last = None
            continue
        exchange = Exchange(asked, tuple(run))
        follows = last is not None and (threaded or 0 <= _pause(last.answered[-1], asked[0]) <= manner.gap_seconds)
        if follows and len(rows[-1]) < manner.turns:
            rows[-1].append(exchange)
        else:
            rows.append([exchange])
        last = exchange
    return rows


def _turns(line: Sequence[Post], me: Container[str], gap: float, *, threaded: bool) -> Iterator[list[Post]]:
    """Yield posts joined by author and pause. A post of mine that names another message it replies to begins a turn of its own.

    A post without usable words is a run by itself; one of mine within my turn, or what the chat says of me, is passed over.
    """
    run: list[Post] = []
    for post in line:
        if post.notice and post.author in me and (post.notice == OF_CHAT or (run and run[-1].author == post.author)):
            continue
        if run and (
            post.author != run[-1].author
            or post.notice
            or run[-1].notice
            or (not threaded and _pause(run[-1], post) > gap)
            or (post.reply_to and post.author in me and post.reply_to != run[-1].reply_to)
        ):
            yield run
            run = []
        run.append(post)
    if run:
        yield run


def _asked(
    heard: Sequence[Post], run: Sequence[Post], by_id: Mapping[str, Post], manner: Manner, me: Container[str]
) -> tuple[Post, ...]:
    """Return what a turn of mine answers: the post it names, else what was said since my last turn; nothing where that is too old."""
    named = by_id.get(run[0].reply_to)
    if run[0].thread:
        return tuple(heard)
    if named is not None and named.author not in me:
        return () if named.notice else (named,)
    if not heard or _pause(heard[-1], run[0]) > manner.within_seconds:
        return ()
    return tuple(heard[-FURTHEST_BACK:])


def _pause(before: Post, after: Post) -> float:
    """Return the seconds between two posts; 0 where either has no time, for then their order is all that is known."""
    return 0.0 if before.time is None or after.time is None else after.time - before.time
