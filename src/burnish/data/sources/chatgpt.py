"""ChatGPT: `conversations.json` of its data export. Of a conversation with branches, the path that was kept is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from burnish.data.files.clock import stamped
from burnish.data.files.desk import Desk
from burnish.data.files.listed import members_of
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.talk import Spoken, talk_of
from burnish.records.conversation import Conversation

NAME = "chatgpt"
CATEGORY = "style"
BY_CHANNEL = False
OFF_PATH = "a branch that was not kept"
NO_TURN = "no turn of the talk (a tool, a system note, a hidden message)"


def suits(store: Store) -> str:
    """Return why this is such an export, or ""."""
    for one in store.ending(".json")[:20]:
        head = store.head(one, 20_000)
        if b'"mapping"' in head and b'"children"' in head:
            return f"{one.name} holds conversations as trees (mapping, children)"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Conversation]:
    """Yield every conversation."""
    for member in store.ending(".json"):
        for _, entries in members_of(store, member, desk, "conversations"):
            for number, entry in entries:
                if isinstance(entry.get("mapping"), dict):
                    talk = _talk(entry, member, number, desk)
                    if talk is not None:
                        yield talk


def _talk(entry: Mapping[str, Any], member: Member, number: int, desk: Desk) -> Conversation | None:
    nodes = {key: node for key, node in entry["mapping"].items() if isinstance(node, dict)}
    path = _path(nodes, entry.get("current_node"))
    on_path = set(map(id, path))
    spoken, thought = [], ""
    for node in nodes.values():
        if id(node) not in on_path and isinstance(node.get("message"), dict):
            desk.leave(OFF_PATH if _role(node["message"]) else NO_TURN)
    for node in path:
        said = node.get("message")
        if not isinstance(said, dict):
            continue
        role, content = _role(said), _content(said)
        if content.get("content_type") == "thoughts":
            thought = "\n\n".join(str(one.get("content") or "") for one in content.get("thoughts") or [] if isinstance(one, dict))
        if role:
            spoken.append(Spoken(role=role, text=_text(content), thought=thought if role == "assistant" else ""))
            thought = ""
        else:
            desk.leave(NO_TURN)
    metadata = {"channel": str(entry.get("title") or ""), "place": f"{member.shown}:{number}"}
    return talk_of(spoken, desk, metadata | stamped(entry.get("create_time")), member.shown, number)


def _path(nodes: Mapping[str, dict[str, Any]], current: Any) -> list[dict[str, Any]]:
    """Return the nodes from the root to the current one; where none is named, to the end of the newest branch."""
    at = current if current in nodes else _newest(nodes)
    path: list[dict[str, Any]] = []
    seen = set()
    while at in nodes and at not in seen:
        seen.add(at)
        path.append(nodes[at])
        at = nodes[at].get("parent") or next((key for key, node in nodes.items() if at in (node.get("children") or [])), None)
    return path[::-1]


def _newest(nodes: Mapping[str, dict[str, Any]]) -> str:
    """Return the leaf that is reached by taking the last child everywhere: a new try is added after the old ones."""
    children = {str(child) for node in nodes.values() for child in node.get("children") or []}
    at = next((key for key in nodes if key not in children), "")
    seen = set()
    while at not in seen:
        seen.add(at)
        following = [str(child) for child in (nodes.get(at) or {}).get("children") or [] if str(child) in nodes]
        at = following[-1] if following else at
    return at


def _content(said: Mapping[str, Any]) -> Mapping[str, Any]:
    content = said.get("content")
    return content if isinstance(content, dict) else {}


def _role(said: Mapping[str, Any]) -> str:
    """Return `user` or `assistant`, or "" for what is no turn of the talk."""
    author, metadata = said.get("author"), said.get("metadata")
    role = author.get("role") if isinstance(author, dict) else ""
    hidden = isinstance(metadata, dict) and bool(metadata.get("is_visually_hidden_from_conversation"))
    aimed = said.get("recipient") not in (None, "all")
    spoken = _content(said).get("content_type") in ("text", "multimodal_text", None)
    return str(role) if role in ("user", "assistant") and spoken and not hidden and not aimed else ""


def _text(content: Mapping[str, Any]) -> str:
    parts = content.get("parts")
    texts = [one if isinstance(one, str) else str(one.get("text") or "") if isinstance(one, dict) else "" for one in parts or []]
    return "\n".join(text for text in texts if text.strip())
