"""Claude: `conversations.json` of its data export. Where a message was asked again, the path that was kept is read.

What was pasted belongs to the question, what was made with a tool to the answer, each at its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from burnish.data.citations import without_citations
from burnish.data.files.clock import stamped
from burnish.data.files.desk import Desk
from burnish.data.files.listed import members_of
from burnish.data.files.member import Member
from burnish.data.files.pasted import FILE, MADE_PICTURE, PICTURE, titled
from burnish.data.files.store import Store
from burnish.data.files.talk import Spoken, talk_of
from burnish.data.sources.artifacts import Made, handed_over, told_apart
from burnish.records.conversation import Conversation

NAME = "claude"
CATEGORY = "style"
BY_CHANNEL = False
OFF_PATH = "a branch that was not kept"
LOST = "what the answer made with a tool is not in the export"
_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
_PICTURES = re.compile(r"\.(png|jpe?g|gif|webp|heic|heif|bmp|tiff?|svg|avif)$|^$", re.IGNORECASE)
_UNSHOWN = re.compile(
    r"^[ \t]*(This block is not supported on your current device yet\.?|"
    r"Viewing artifacts created via the Analysis Tool web feature preview isn.t yet supported on mobile\.?)[ \t]*$",
    re.MULTILINE,
)
"""What Claude's own export writes in the place of what a tool made."""
_CITED = re.compile(r'<((?:antml:)?)cite index="[^"]*">(.*?)</\1cite>', re.DOTALL)
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
    made = Made(handed_over(path))
    for one in path:
        role = _ROLES.get(str(one.get("sender")))
        if role is None:
            desk.leave("neither asked nor answered")
        else:
            spoken.append(_spoken(one, role, made))
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


def _spoken(one: Mapping[str, Any], role: str, made: Made) -> Spoken:
    """Return a message as a turn: its words, what was pasted beside them or made with a tool, and its thoughts."""
    blocks = _listed(one, "content")
    parts: list[str] = []
    thoughts: list[str] = []
    at: dict[str, int] = {}
    lacks = ""
    for block in blocks or [{"type": "text", "text": one.get("text")}]:
        kind = block.get("type")
        if kind == "text":
            text, thought = _told(str(block.get("text") or ""), role)
            parts.append(text)
            thoughts.append(thought)
        elif kind == "thinking":
            thoughts.append(str(block.get("thinking") or ""))
        elif kind == "tool_use" and role == "assistant":
            thing, shown = made.call(str(block.get("name") or ""), _given(block))
            if thing in at:
                parts[at[thing]] = ""
            if thing and shown:
                at[thing] = len(parts)
            parts.append(shown or "")
            lacks = lacks or (LOST if shown is None else "")
        elif kind == "image":
            lacks = PICTURE if role == "user" else MADE_PICTURE
    if role == "assistant" and not any(block.get("type") == "tool_use" for block in blocks) and _UNSHOWN.search("\n".join(parts)):
        lacks = lacks or LOST
    pasted, missing = _beside(one)
    parts += [paste for paste in pasted if not any(paste in part for part in parts)]
    text = "\n\n".join(part.strip() for part in parts if part.strip())
    if role == "user" and missing:
        lacks = lacks or missing
    return Spoken(role=role, text=text, thought="\n\n".join(part for part in thoughts if part.strip()), lacks=lacks)


def _told(text: str, role: str) -> tuple[str, str]:
    """Return (words, thought) of a block of text."""
    if role == "user":
        return text, ""
    words, thought = told_apart(text)
    return without_citations(_CITED.sub(r"\2", words)), thought


def _given(block: Mapping[str, Any]) -> Any:
    """Return what a tool was given; newer exports hold some of it beside, as it was shown."""
    given, display = block.get("input"), block.get("display_content")
    if isinstance(given, str) and given.startswith("{"):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return (
        {**given, "display_content": display}
        if isinstance(given, dict) and isinstance(display, dict) and not given.get("content")
        else given
    )


def _beside(one: Mapping[str, Any]) -> tuple[list[str], str]:
    """Return the words of the pastes and documents of a message, and what is missing where a file is only named."""
    attachments = _listed(one, "attachments")
    held = [(str(paste.get("file_name") or ""), str(paste.get("extracted_content") or "")) for paste in attachments]
    names = {name for name, words in held if words.strip()}
    others = [str(file.get("file_name") or "") for file in (*_listed(one, "files"), *_listed(one, "files_v2"))]
    lacking = [name for name, words in held if not words.strip()] + [name for name in others if name not in names]
    missing = "" if not lacking else PICTURE if all(_PICTURES.search(name) for name in lacking) else FILE
    return [titled(name, words) for name, words in held if words.strip()], missing


def _listed(one: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = one.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
