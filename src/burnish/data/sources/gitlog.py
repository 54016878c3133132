"""`git log` as git prints it: of each commit the title is the question, what its writer says beneath it the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from burnish.data.files.clock import stamped
from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.talk import Spoken, talk_of
from burnish.data.files.text import lines
from burnish.records.conversation import Conversation

NAME = "gitlog"
CATEGORY = "decision"
BY_CHANNEL = False

_COMMIT = re.compile(r"^commit ([0-9a-f]{7,64})\b")
_HEAD = re.compile(r"^(Author|AuthorDate|Date|Merge|Commit|CommitDate):\s*(.*)$")
_TRAILER = re.compile(r"^[A-Z][A-Za-z]+(-[A-Za-z]+)+: |^git-svn-id: ")
TITLE_ALONE = "a title alone: nothing is said of why"


def suits(store: Store) -> str:
    """Return why this is the output of git log, or ""."""
    for one in store.members[:5]:
        head = store.head(one).decode("utf-8", "replace")
        if _COMMIT.match(head) and "\nAuthor: " in head:
            return f"{one.name} begins with a commit and its author, as git log prints them"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Conversation]:
    """Yield a row for every commit of the person that says more than its title; without --me, of everybody."""
    for member in store.members:
        held: list[str] = []
        began = 0
        for number, line in enumerate(lines(store, member, desk), start=1):
            if _COMMIT.match(line):
                yield from _row(held, member, began, desk)
                held, began = [], number
            elif began:
                held.append(line)
        yield from _row(held, member, began, desk)


def _row(held: list[str], member: Member, began: int, desk: Desk) -> Iterator[Conversation]:
    if not began:
        return
    head = {found[1]: found[2] for found in map(_HEAD.match, held) if found}
    name, _, address = head.get("Author", "").partition(" <")
    desk.known_as(name, address.rstrip(">"))
    desk.people[name] += 1
    body = [line[4:] for line in held if line.startswith("    ")]
    title, said = (body[0] if body else ""), [line for line in body[1:] if not _TRAILER.match(line)]
    if desk.me and not desk.is_named(name, desk.me):
        desk.leave("by somebody else")
        return
    if "Merge" in head or not "".join(said).strip():
        desk.leave(TITLE_ALONE)
        return
    spoken = [Spoken(role="user", text=title), Spoken(role="assistant", text="\n".join(said))]
    counted = Desk()
    talk = talk_of(
        spoken, counted, {"channel": member.name, "place": f"{member.shown}:{began}"} | _when(head), member.shown, began
    )
    if talk is None:
        desk.leave("no title")
        return
    desk.take(1)
    yield talk


def _when(head: dict[str, str]) -> dict[str, str]:
    words = head.get("Date") or head.get("AuthorDate") or ""
    for form in ("%a %b %d %H:%M:%S %Y %z", "%Y-%m-%d %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z"):
        try:
            return stamped(datetime.strptime(words.strip(), form).astimezone(UTC))
        except ValueError:
            continue
    return stamped(words.strip())
