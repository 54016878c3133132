"""Slack: an export of a workspace, as folder or ZIP; `channel/2024-01-31.json` beside `users.json` and `channels.json`.

Format: Slack's help pages "Read Slack data exports"; marks in the text: its API's "Formatting text for app surfaces".
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from burnish.data.files.desk import Desk
from burnish.data.files.listed import cursor_of, objects, whole
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.sources.slack_blocks import passed_on, words_of_blocks
from burnish.records.post import Post

NAME = "slack"
CATEGORY = "style"
BY_CHANNEL = True

_LISTS = ("channels.json", "groups.json", "dms.json", "mpims.json")
_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_DAY = re.compile(r"(?:^|/)([^/]+)/[^/]*\.json$")
_NOTICES = {
    "message_deleted": "deleted",
    "tombstone": "deleted",
    "message_changed": "the record of a change; the changed message stands for itself",
    "message_replied": "the record of a reply; the reply stands for itself",
}
_PEOPLE_SPEAK = {"", "thread_broadcast", "me_message", "file_share", "file_comment", "bot_message", "reply_broadcast"}


def suits(store: Store) -> str:
    """Return why this is a Slack export, or ""."""
    top = _top(store)
    lists = [name for name in ("users.json", *_LISTS) if store.member(top + name)]
    days = [one for one in store.members if re.search(r"/\d{4}-\d\d-\d\d\.json$", one.name)]
    return f"it holds {' and '.join(lists[:2])} and {len(days)} files named by a day" if lists and days else ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message, channel by channel, day by day."""
    top = _top(store)
    people, ids = _people(store, top, desk)
    channels, shown = _channels(store, top, desk, people)
    reader = _Reader(desk, people, ids, channels)
    days: dict[str, list[Member]] = {}
    for member in store.members:
        found = _DAY.search(member.name.removeprefix(top))
        if found:
            days.setdefault(found[1], []).append(member)
    for folder in sorted(days):
        for member in days[folder]:
            for number, entry in objects(cursor_of(store, member, desk), member, desk):
                yield reader.post(entry, shown.get(folder, folder), member.shown, number)


def _top(store: Store) -> str:
    """Return the folder within the archive that everything stands in, such as `export/`, or ""."""
    found = min(
        (one.name for one in store.members if one.name.rpartition("/")[2] in ("users.json", "channels.json")), key=len, default=""
    )
    return found[: found.rfind("/") + 1]


def _listed(store: Store, name: str, desk: Desk) -> list[dict[str, Any]]:
    value = whole(store, store.member(name), desk)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _people(store: Store, top: str, desk: Desk) -> tuple[dict[str, str], set[str]]:
    """Return the name shown for each user id; other names of the same person go to the desk."""
    people: dict[str, str] = {}
    bots = set()
    for user in _listed(store, top + "users.json", desk):
        held = user.get("profile")
        profile = held if isinstance(held, dict) else {}
        user_id = str(user.get("id") or "")
        names = [profile.get("display_name"), user.get("real_name"), profile.get("real_name"), user.get("name")]
        given = [str(name) for name in names if name]
        if given:
            people[user_id] = given[0]
            desk.known_as(given[0], user_id, str(profile.get("email") or ""), *given)
        if user.get("is_bot"):
            bots.add(user_id)
    return people, bots


def _channels(store: Store, top: str, desk: Desk, people: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of channels by id, and what is shown for each folder: `#general`, or the people of a direct message."""
    by_id, shown = {}, {}
    for name in _LISTS:
        for channel in _listed(store, top + name, desk):
            channel_id, folder = str(channel.get("id") or ""), str(channel.get("name") or channel.get("id") or "")
            by_id[channel_id] = folder
            members = [people.get(str(one), str(one)) for one in channel.get("members") or []]
            shown[folder] = ", ".join(members) if name in ("dms.json", "mpims.json") and members else f"#{folder}"
    return by_id, shown


class _Reader:
    """Makes posts of Slack's entries."""

    def __init__(self, desk: Desk, people: dict[str, str], bots: set[str], channels: dict[str, str]) -> None:
        self.desk = desk
        self.people = people
        self.bots = bots
        self.channels = channels

    def post(self, entry: Mapping[str, Any], channel: str, file: str, number: int) -> Post:
        """Return one entry as a post."""
        kind = entry.get("subtype") or ""
        user, raw, stamp = entry.get("user") or "", entry.get("text"), entry.get("ts")
        text = raw if isinstance(raw, str) else ""
        if "blocks" in entry and not text.strip():
            text = words_of_blocks(entry["blocks"])
        shared = passed_on(entry) if "attachments" in entry or "files" in entry else ""
        bot = kind == "bot_message" or "bot_id" in entry or user in self.bots
        try:
            time = float(stamp)  # type: ignore[arg-type]  # what is no number is caught
        except (TypeError, ValueError):
            time = None
            self.desk.fault(
                file, "a message has no time", place=f"message {number}", seen=str(stamp), remedy="it stands where it was"
            )
        thread = entry.get("thread_ts")
        return Post(
            source=NAME,
            channel=channel,
            author=self.people.get(user) or self._stranger(entry, str(user), bot=bot),
            time=time,
            text=self._plain(text),
            shared=self._plain(shared),
            file=file,
            number=number,
            thread=str(thread) if thread else "",
            edited="edited" in entry,
            bot=bot,
            notice=self._notice(kind, text, shared) if kind or not text else "",
        )

    def _stranger(self, entry: Mapping[str, Any], user: str, *, bot: bool) -> str:
        """Return a name for a writer who is not in users.json, noted for the next time."""
        profile = entry.get("user_profile")
        given = [profile.get("display_name"), profile.get("real_name"), profile.get("name")] if isinstance(profile, dict) else []
        name = next((str(one) for one in [*given, entry.get("username")] if one), user or str(entry.get("bot_id") or ""))
        if user and name != user and not bot:
            self.people[user] = name
            self.desk.known_as(name, user, *(str(one) for one in given if one))
        return name

    def _notice(self, kind: str, text: str, shared: str) -> str:
        if kind in _NOTICES:
            return _NOTICES[kind]
        if kind not in _PEOPLE_SPEAK or (kind == "file_share" and re.match(r"<@\w+(\|[^>]*)?> uploaded a file", text)):
            return "a notice of the chat itself"
        if kind == "file_comment":
            return "a comment beside a file"
        return "" if text.strip() or shared else "no words (a picture, a file, a call)"

    def _plain(self, text: str) -> str:
        if "<" not in text and "&" not in text:
            return text
        return html.unescape(_MARK.sub(self._resolved, text))

    def _resolved(self, found: re.Match[str]) -> str:
        kind, target, label = found.groups()
        if kind == "@":
            return f"@{self.people.get(target) or label or target}"
        if kind == "#":
            return f"#{self.channels.get(target) or label or target}"
        if kind == "!":
            return label or f"@{target.split('^')[0]}"
        target = target.removeprefix("mailto:").removeprefix("tel:")
        return f"{label} ({target})" if label and label not in target else target
