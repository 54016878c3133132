"""The words of a Slack message that do not stand in its `text`: in its blocks, and in what it passes on.

Formats: Slack's reference "Blocks" and "Rich text block"; a shared message is an attachment with `is_share`, one whose link was pasted one
with `is_msg_unfurl`. What is read here has the marks of `text` (`<@U1>`, `&amp;`), which the caller resolves.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

DEEPEST = 8
"""Blocks and shares within each other that still are read."""


def words_of_blocks(blocks: Any, depth: int = 0) -> str:
    """Return the words of a list of blocks, a line for each."""
    return "\n".join(words for words in (_block(one, depth) for one in listed(blocks)) if words.strip())


def passed_on(entry: Mapping[str, Any], depth: int = 0) -> str:
    """Return the words of others that a message passes on: shared messages, messages whose link it holds, mails."""
    parts = []
    for one in listed(entry.get("attachments")):
        if depth < DEEPEST and any(one.get(key) is True for key in ("is_share", "is_msg_unfurl", "is_reply_unfurl")):
            parts += [_text(one.get("text")) or _shared_blocks(one, depth), passed_on(one, depth + 1)]
    for file in listed(entry.get("files")):
        if file.get("mode") == "email":
            parts += [_text(file.get("subject")), _text(file.get("plain_text"))]
    return "\n".join(part.strip() for part in parts if part.strip())


def listed(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; [] where there is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _shared_blocks(attachment: Mapping[str, Any], depth: int) -> str:
    messages = [one.get("message") for one in listed(attachment.get("message_blocks"))]
    blocks = [block for one in messages if isinstance(one, dict) for block in listed(one.get("blocks"))]
    return words_of_blocks([*blocks, *listed(attachment.get("blocks"))], depth + 1)


def _text(value: Any) -> str:
    """Return a text, or the one within a text object (`{"type": "mrkdwn", "text": ...}`)."""
    held = value.get("text") if isinstance(value, dict) else value
    if not isinstance(held, str):
        return ""
    return html.escape(held, quote=False) if isinstance(value, dict) and value.get("type") == "plain_text" else held


def _block(block: Mapping[str, Any], depth: int) -> str:
    kind = str(block.get("type") or "")
    if depth > DEEPEST:
        return ""
    if kind in ("rich_text", "rich_text_quote", "rich_text_section", "rich_text_preformatted"):
        parts = [_element(one, depth) for one in listed(block.get("elements"))]
        return ("\n" if kind == "rich_text" else "").join(part for part in parts if part)
    if kind == "rich_text_list":
        items = [_element(one, depth) for one in listed(block.get("elements"))]
        ordered = block.get("style") == "ordered"
        return "\n".join(f"{number}. {item}" if ordered else f"- {item}" for number, item in enumerate(items, start=1) if item)
    if kind == "context":
        return " ".join(part for part in (_text(one) for one in listed(block.get("elements"))) if part)
    own = [_text(block.get("text")), *(_text(field) for field in listed(block.get("fields"))), _text(block.get("title"))]
    return "\n".join(part for part in own if part)


_MARKS = {
    "user": ("user_id", "<@{}>"),
    "channel": ("channel_id", "<#{}>"),
    "broadcast": ("range", "<!{}>"),
    "usergroup": ("usergroup_id", "<!subteam^{}>"),
    "date": ("fallback", "{}"),
    "color": ("value", "{}"),
}
"""Elements of rich text that stand for a thing: the key that names it, and how `text` would write it."""


def _element(one: Mapping[str, Any], depth: int) -> str:
    kind = str(one.get("type") or "")
    if kind.startswith("rich_text"):
        return _block(one, depth + 1)
    if kind == "emoji":
        return _emoji(one)
    if kind in _MARKS:
        key, mark = _MARKS[kind]
        return mark.format(one.get(key) or "")
    text = html.escape(str(one.get("text") or ""), quote=False)
    address = str(one.get("url") or "") if kind == "link" else ""
    return (f"<{address}|{text}>" if text else f"<{address}>") if address else text


def _emoji(one: Mapping[str, Any]) -> str:
    try:
        return "".join(chr(int(code, 16)) for code in str(one["unicode"]).split("-"))
    except (KeyError, ValueError, OverflowError):
        return f":{one.get('name') or ''}:"
