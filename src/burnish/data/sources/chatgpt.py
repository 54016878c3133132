"""ChatGPT: `conversations.json` of its data export. Of a conversation with branches, the path that was kept is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from burnish.data.citations import without_citations, without_spans
from burnish.data.files.clock import stamped
from burnish.data.files.desk import Desk
from burnish.data.files.listed import members_of
from burnish.data.files.member import Member
from burnish.data.files.pasted import FILE, MADE_PICTURE, PICTURE, Pasted
from burnish.data.files.store import Store
from burnish.data.files.talk import Spoken, talk_of
from burnish.data.sources.canvas import TOOL, Canvas
from burnish.records.conversation import Conversation

NAME = "chatgpt"
CATEGORY = "style"
BY_CHANNEL = False
OFF_PATH = "a branch that was not kept"
NO_TURN = "no turn of the talk (a tool, a system note, a hidden message)"
CANVAS = "the answer is a canvas that cannot be read"


def suits(store: Store) -> str:
    """Return why this is such an export, or ""."""
    for one in store.ending(".json")[:20]:
        head = store.head(one, 20_000)
        if b'"mapping"' in head and b'"children"' in head:
            return f"{one.name} holds conversations as trees (mapping, children)"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Conversation]:
    """Yield every conversation."""
    pasted = Pasted(store)
    for member in store.ending(".json"):
        for _, entries in members_of(store, member, desk, "conversations"):
            for number, entry in entries:
                if isinstance(entry.get("mapping"), dict):
                    talk = _talk(entry, member, number, desk, pasted)
                    if talk is not None:
                        yield talk


def _talk(entry: Mapping[str, Any], member: Member, number: int, desk: Desk, pasted: Pasted) -> Conversation | None:
    nodes = {key: node for key, node in entry["mapping"].items() if isinstance(node, dict)}
    path = _path(nodes, entry.get("current_node"))
    on_path = set(map(id, path))
    spoken: list[Spoken] = []
    thought = ""
    canvas = Canvas()
    for node in nodes.values():
        if id(node) not in on_path and isinstance(node.get("message"), dict):
            desk.leave(OFF_PATH if _role(node["message"]) else NO_TURN)
    for node in path:
        said = node.get("message")
        if not isinstance(said, dict):
            continue
        content = _content(said)
        if content.get("content_type") == "thoughts":
            thought = "\n\n".join(part for part in (thought, _thoughts(content)) if part)
        one = _spoken(said, content, canvas, pasted)
        if one is None:
            desk.leave(NO_TURN)
        else:
            spoken.append(replace(one, thought=thought) if thought and one.role == "assistant" else one)
            thought = ""
    metadata = {"channel": str(entry.get("title") or ""), "place": f"{member.shown}:{number}"}
    return talk_of(spoken, desk, metadata | stamped(entry.get("create_time")), member.shown, number)


def _spoken(said: Mapping[str, Any], content: Mapping[str, Any], canvas: Canvas, pasted: Pasted) -> Spoken | None:
    """Return a message as a turn of the talk, or None for what is no turn."""
    role = _role(said)
    if not role:
        return _made(said, content, canvas)
    text, pictures = _text(content), content.get("content_type") == "multimodal_text" and _has_picture(content)
    if role == "assistant":
        shown = None if text.isascii() else _alternatives(_metadata(said))
        return Spoken(role=role, text=without_citations(text, shown), lacks=MADE_PICTURE if pictures else "")
    words, lacks = without_spans(text), False
    attachments = _metadata(said).get("attachments")
    if attachments:
        held, lacks = pasted.beside(attachments)
        words = "\n\n".join(part for part in (words, held) if part.strip())
    return Spoken(role=role, text=words, lacks=PICTURE if pictures else FILE if lacks else "")


def _made(said: Mapping[str, Any], content: Mapping[str, Any], canvas: Canvas) -> Spoken | None:
    """Return what a message that is no turn by itself shows the reader: a canvas, or a picture that a tool made."""
    recipient = said.get("recipient")
    if isinstance(recipient, str) and recipient.startswith(TOOL) and _author(said) == "assistant":
        made = canvas.call(recipient, _text(content) or str(content.get("text") or ""))
        return Spoken(role="assistant", text=made or "", lacks="" if made else CANVAS)
    return Spoken(role="assistant", text="", lacks=MADE_PICTURE) if _shows_picture(said, content) else None


def _thoughts(content: Mapping[str, Any]) -> str:
    held = content.get("thoughts")
    thoughts = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return without_citations("\n\n".join(str(one.get("content") or "") for one in thoughts))


def _alternatives(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return what the page shows for spans of the text, by the spans as they stand there."""
    held = metadata.get("content_references")
    references = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return {str(one["matched_text"]): str(one.get("alt") or "") for one in references if one.get("matched_text")}


def _has_picture(content: Mapping[str, Any]) -> bool:
    """Return whether a message holds a picture or a film; a sound that was taken down stands there in words."""
    held = content.get("parts")
    parts = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return any(one.get("asset_pointer") and "audio" not in str(one.get("content_type")) for one in parts) or any(
        one.get("frames_asset_pointers") for one in parts
    )


def _shows_picture(said: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    """Return whether a tool shows the reader a picture: one that it drew, or a chart."""
    if _author(said) != "tool":
        return False
    result = _metadata(said).get("aggregate_result")
    shown = result.get("messages") if isinstance(result, dict) else None
    charts = (
        any(isinstance(one, dict) and one.get("message_type") == "image" for one in shown) if isinstance(shown, list) else False
    )
    return charts or (content.get("content_type") == "multimodal_text" and _has_picture(content))


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


def _author(said: Mapping[str, Any]) -> str:
    author = said.get("author")
    return str(author.get("role") or "") if isinstance(author, dict) else ""


def _metadata(said: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = said.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _role(said: Mapping[str, Any]) -> str:
    """Return `user` or `assistant`, or "" for what is no turn of the talk."""
    role = _author(said)
    if role not in ("user", "assistant") or said.get("recipient") not in (None, "all"):
        return ""
    hidden = _metadata(said).get("is_visually_hidden_from_conversation")
    return role if not hidden and _content(said).get("content_type") in ("text", "multimodal_text", None) else ""


def _text(content: Mapping[str, Any]) -> str:
    held = content.get("parts")
    parts = held if isinstance(held, list) else []
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0]
    texts = [one if isinstance(one, str) else str(one.get("text") or "") if isinstance(one, dict) else "" for one in parts]
    return "\n".join(text for text in texts if text.strip())
