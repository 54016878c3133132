"""GitHub: JSON of its REST and GraphQL programs' interfaces and of webhooks: issues, pull requests, comments, reviews, discussions.

Any object with a body and a writer is a message, however deep it stands; its address says which issue it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from burnish.data.files.clock import seconds_of
from burnish.data.files.cursor import Cursor, CursorError
from burnish.data.files.desk import Desk
from burnish.data.files.listed import broken, cursor_of, objects
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.records.post import Post

NAME = "github"
CATEGORY = "decision"
BY_CHANNEL = False

_ADDRESS = re.compile(r"(?:github[^/]*/|repos/)([^/\s]+/[^/\s]+)/(issues|pull|pulls|discussions|commit|commits)/(\w+)")
_ADDRESSES = ("html_url", "url", "issue_url", "pull_request_url", "resourcePath")
_DEEPEST = 40


def suits(store: Store) -> str:
    """Return why this is from GitHub, or ""."""
    for one in store.members[:20]:
        head = store.head(one, 20_000)
        if one.name.casefold().endswith((".json", ".jsonl", ".ndjson")) and (
            b"api.github.com" in head or b"github.com/" in head or (b'"author"' in head and b'"login"' in head)
        ):
            return f"{one.name} holds objects with addresses or writers of GitHub"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message; one that is met again is told so."""
    seen: set[str] = set()
    for member in store.ending(".json", ".jsonl", ".ndjson"):
        cursor = cursor_of(store, member, desk)
        finder = _Finder(member, desk, seen)
        try:
            yield from _values(cursor, finder, member, desk)
        except CursorError as error:
            broken(error, member, desk)


def _values(cursor: Cursor, finder: _Finder, member: Member, desk: Desk) -> Iterator[Post]:
    if cursor.peek() == "[":
        for _, value in objects(cursor, member, desk):
            yield from finder.found(value, "", 0)
        return
    if not cursor.peek():
        desk.fault(member.shown, "nothing is there", seen="0 bytes")
    while cursor.peek():
        yield from finder.found(cursor.value(), "", 0)


class _Finder:
    """Walks through values and makes posts of the messages in them."""

    def __init__(self, member: Member, desk: Desk, seen: set[str]) -> None:
        self.member = member
        self.desk = desk
        self.seen = seen
        self.number = 0

    def found(self, value: Any, thread: str, depth: int) -> Iterator[Post]:
        """Yield the messages in a value, an issue before what stands within it."""
        if depth > _DEEPEST:
            return
        if isinstance(value, list):
            for one in value:
                yield from self.found(one, thread, depth + 1)
        elif isinstance(value, dict):
            thread = _thread(value) or thread or (f"#{value['number']}" if "number" in value and "title" in value else "")
            if "body" in value and ("user" in value or "author" in value):
                yield self._post(value, thread)
            inner = sorted(
                (one for one in value.items() if isinstance(one[1], dict | list)),
                key=lambda one: one[0] not in ("issue", "pull_request", "discussion"),
            )
            for _, one in inner:
                yield from self.found(one, thread, depth + 1)

    def _post(self, value: Mapping[str, Any], thread: str) -> Post:
        self.number += 1
        writer = value.get("user") or value.get("author") or {}
        writer = writer if isinstance(writer, dict) else {"login": str(writer)}
        author = str(writer.get("login") or writer.get("name") or "")
        if writer.get("email"):
            self.desk.known_as(author, str(writer["email"]))
        title, body = str(value.get("title") or ""), value.get("body")
        text = body if isinstance(body, str) else ""
        mark = str(value.get("node_id") or value.get("html_url") or value.get("id") or "")
        again = bool(mark) and mark in self.seen
        self.seen.add(mark)
        return Post(
            source=NAME,
            channel=thread.partition("#")[0] or self.member.name,
            author=author,
            time=seconds_of(
                value.get("created_at") or value.get("createdAt") or value.get("submitted_at") or value.get("submittedAt")
            ),
            text="\n\n".join(part for part in (title, text.replace("\r\n", "\n").strip()) if part),
            file=self.member.shown,
            number=self.number,
            thread=thread or self.member.name,
            edited=bool(value.get("lastEditedAt") or value.get("includesCreatedEdit")),
            bot=str(writer.get("type") or writer.get("__typename") or "") == "Bot" or author.endswith("[bot]"),
            notice="the same message again" if again else "",
        )


def _thread(value: Mapping[str, Any]) -> str:
    """Return the issue, pull request, discussion or commit that an object's address names, such as `owner/name#7`, or ""."""
    for key in _ADDRESSES:
        found = _ADDRESS.search(str(value.get(key) or ""))
        if found and not (found[2] in ("issues", "pulls") and found[3] == "comments"):
            return f"{found[1]}#{found[3]}"
    return ""
