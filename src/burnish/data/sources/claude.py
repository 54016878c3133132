"""Claude: `conversations.json` of its data export. Where a message was asked again, the path that was kept is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from burnish.data.files.clock import stamped
from burnish.data.files.desk import Desk
from burnish.data.files.listed import members_of
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.talk import Spoken, talk_of
from burnish.records.conversation import Conversation

NAME = "claude"
CATEGORY = "style"
BY_CHANNEL = False
OFF_PATH = "a branch that was not kept"
_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
_ROOT = "00000000-0000-4000-8000-000000000000"


def suits(store: Store) -> str:
    """Return why this is such an export, or ""."""
    for one in store.ending(".json")[:20]:
        if b'"chat_messages"' in store.head(one, 20_000):
            return f"{one.name} holds conversations with chat_messages"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Conversation]:
    """Yield every conversation; the projects and users beside them are no talks."""
    for member in store.ending(".json"):
        for _, entries in members_of(store, member, desk, "conversations"):
            for number, entry in entries:
                if isinstance(entry.get("chat_messages"), list):
                    talk = _talk(entry, member, number, desk)
                    if talk is not None:
                        yield talk


def _talk(entry: Mapping[str, Any], member: Member, number: int, desk: Desk) -> Conversation | None:
    everything = [one for one in entry["chat_messages"] if isinstance(one, dict)]
    path = _path(everything, entry.get("current_leaf_message_uuid"))
    if len(path) < len(everything):
        desk.leave(OFF_PATH, len(everything) - len(path))
    spoken = []
    for one in path:
        role = _ROLES.get(str(one.get("sender")))
        if role is None:
            desk.leave("neither asked nor answered")
        else:
            text, thought = _words(one)
            spoken.append(Spoken(role=role, text=text, thought=thought))
    metadata = {"channel": str(entry.get("name") or ""), "place": f"{member.shown}:{number}"}
    return talk_of(spoken, desk, metadata | stamped(entry.get("created_at")), member.shown, number)


def _path(everything: Sequence[dict[str, Any]], leaf: Any) -> list[dict[str, Any]]:
    """Return the messages from the root to the one that stood last on the screen; all of them where none names its parent."""
    by_id = {str(one.get("uuid")): one for one in everything}
    parents = [one.get("parent_message_uuid") for one in everything]
    if not any(parent for parent in parents if parent != _ROOT):
        return list(everything)
    at = str(leaf) if str(leaf) in by_id else str(everything[-1].get("uuid"))
    path: list[dict[str, Any]] = []
    while at in by_id:
        path.append(by_id.pop(at))
        at = str(path[-1].get("parent_message_uuid"))
    return path[::-1]


def _words(one: Mapping[str, Any]) -> tuple[str, str]:
    """Return (text, thought) of a message: its blocks of text, without what tools were given and gave."""
    blocks = (
        [block for block in one.get("content") or [] if isinstance(block, dict)] if isinstance(one.get("content"), list) else []
    )
    texts = [str(block.get("text") or "") for block in blocks if block.get("type") == "text"]
    thoughts = [str(block.get("thinking") or "") for block in blocks if block.get("type") == "thinking"]
    text = "\n\n".join(text for text in texts if text.strip())
    return text or str(one.get("text") or "") * (not blocks), "\n\n".join(thoughts)
