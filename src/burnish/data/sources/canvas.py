"""ChatGPT's canvas: documents that its answers write beside the talk, by calls of `canmore.create_textdoc` and `update_textdoc`.

Each call holds JSON; an export at times lacks its last brackets. An update names passages by regular expressions. Only those that match
everything or plain words are carried out, since a pattern out of a file may take for ever: of others the new passages are shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from burnish.data.files.fence import shown

TOOL = "canmore."
_WHOLE = {".*", "^.*$", r"(?s).*", r"(?s)^.*$", r"[\s\S]*", r"^[\s\S]*$", r"(?s:.*)", ".+", r"[\s\S]+", r"\A.*\Z"}
_ESCAPED = re.compile(r"\\([^A-Za-z0-9])")
_SIGNS = re.compile(r"(?<!\\)[.^$*+?{}\[\]|()]|\\[A-Za-z0-9]")
_LACKING = ("", "]}", "}]}", '"}]}', "}", '"}', '"]}')


class Canvas:
    """The documents of one conversation, as they stand after each call."""

    def __init__(self) -> None:
        self._content: str | None = None
        self._kind = "document"

    def call(self, recipient: str, text: str) -> str | None:
        """Return what a call shows the reader, or None where it cannot be read."""
        held = _held(text)
        if held is None:
            return None
        if recipient.endswith("create_textdoc"):
            return self._create(held)
        if recipient.endswith("update_textdoc"):
            return self._update(held)
        if recipient.endswith("comment_textdoc"):
            comments = [str(one.get("comment") or "") for one in held.get("comments") or [] if isinstance(one, dict)]
            return "\n".join(f"- {one}" for one in comments if one.strip()) or None
        return None

    def _create(self, held: Mapping[str, Any]) -> str | None:
        content = held.get("content")
        self._content = content if isinstance(content, str) else None
        self._kind = str(held.get("type") or "document")
        return shown(self._content, self._kind) if self._content and self._content.strip() else None

    def _update(self, held: Mapping[str, Any]) -> str | None:
        updates = [one for one in held.get("updates") or [] if isinstance(one, dict) and isinstance(one.get("replacement"), str)]
        if not updates:
            return None
        for one in updates:
            self._content = _changed(
                self._content, str(one.get("pattern") or ""), one["replacement"], every=bool(one.get("multiple"))
            )
        if self._content is None:
            passages = "\n\n".join(one["replacement"].strip("\n") for one in updates)
            return shown(passages, self._kind) if passages.strip() else None
        return shown(self._content, self._kind) if self._content.strip() else None


def _changed(content: str | None, pattern: str, replacement: str, *, every: bool) -> str | None:
    """Return a document after one update; None where it is not known any more."""
    if pattern in _WHOLE:
        return replacement
    plain = "" if _SIGNS.search(pattern) else _ESCAPED.sub(r"\1", pattern)
    if content is None or not plain or plain not in content:
        return None
    return content.replace(plain, replacement, -1 if every else 1)


def _held(text: str) -> dict[str, Any] | None:
    """Return the object of a call; where its end is missing, with the end that makes it one."""
    for end in _LACKING:
        try:
            value = json.loads(text + end, strict=False)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None
