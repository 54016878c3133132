"""What Claude makes beside its words: artifacts, files, drafts and widgets, each at its place in the answer.

Since the end of 2024 these are calls of tools (`artifacts`, `create_file`, `show_widget`, ...) whose input holds the words; before, they stand
in the text as `<antArtifact ...>` with a thought, `<antThinking>`, beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from burnish.data.files.fence import fenced, shown

_MAKES = re.compile(
    r"artifact|widget|canvas|compose|draft|(?:create|write|update|edit|replace|append).*(?:file|doc|page|note|text)|str_replace",
    re.IGNORECASE,
)
_CONTENT = ("content", "file_text", "widget_code", "code", "html", "markdown", "body", "text", "contents", "file_content")
_DELIVERED = "/mnt/user-data/outputs/"
_WORKSHOP = ("create_file", "str_replace")
"""Claude's own tools for its own disk: what is written there is shown to the reader only where it is handed over."""
_HANDS_OVER = "present_files"
_ARTIFACT = re.compile(r"\n{0,4}<antArtifact\b(?P<facts>[^>]*?)(?:/>|>(?P<body>.*?)(?:</antArtifact>|\Z))\n{0,4}", re.DOTALL)
_THINKING = re.compile(r"(?P<before>\n{0,4})<antThinking>(?P<thought>.*?)(?:</antThinking>|\Z)(?P<after>\n{0,4})", re.DOTALL)
_FACT = re.compile(r"""([A-Za-z_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_FENCE = re.compile(r"^[ \t]*(```|~~~)", re.MULTILINE)


class Made:
    """The things made in one conversation, as they stand after each call: a later call names a passage of an earlier one."""

    def __init__(self, handed_over: frozenset[str] = frozenset()) -> None:
        self._content: dict[str, str] = {}
        self._kind: dict[str, tuple[str, str]] = {}
        self._handed_over = handed_over

    def call(self, name: str, given: Any) -> tuple[str, str | None]:
        """Return (what was made, what it shows the reader): "" for a tool that only works, None where an artifact's words are missing.

        A thing that is made and changed in one answer has the same name each time: the reader sees its last state.
        """
        if not isinstance(given, dict):
            return "", None if name == "artifacts" else ""
        if name.endswith(_HANDS_OVER):
            return "", None if self._lacks(given) else ""
        if not _MAKES.search(name):
            return "", ""
        path = str(given.get("path") or given.get("file_path") or "")
        key, made = self._keep(given, path)
        if name.endswith(_WORKSHOP) and not self._delivered(path):
            return "", ""
        return key, "" if made is None and name != "artifacts" else made

    def _lacks(self, given: Mapping[str, Any]) -> bool:
        """Return whether none of the files that a call hands over was written where the export shows it."""
        paths = given.get("filepaths")
        return isinstance(paths, list) and bool(paths) and not any(str(path) in self._content for path in paths)

    def _delivered(self, path: str) -> bool:
        return path.startswith(_DELIVERED) or path in self._handed_over or not path.startswith("/")

    def _keep(self, given: Mapping[str, Any], path: str) -> tuple[str, str | None]:
        key = str(given.get("id") or path)
        kind, language = str(given.get("type") or ""), str(given.get("language") or "") or _language(path)
        if "widget_code" in given:
            language = "html"
        if kind or language:
            self._kind[key] = (kind or "code", language)
        new, old = given.get("new_str"), given.get("old_str")
        if not (isinstance(new, str) and isinstance(old, str)):
            content = _words(given)
            if content is None:
                return key, None
            self._content[key] = content
            return key, self._shown(key, content)
        before = self._content.get(key)
        if before is None or not old or old not in before:
            self._content.pop(key, None)
            return "", self._shown(key, new) if new.strip() else ""
        self._content[key] = before.replace(old, new, 1)
        return key, self._shown(key, self._content[key])

    def _shown(self, key: str, content: str) -> str:
        kind, language = self._kind.get(key, ("", ""))
        return shown(content, kind, language)


def handed_over(messages: list[dict[str, Any]]) -> frozenset[str]:
    """Return the paths of the files that a conversation hands over to the reader."""
    found: set[str] = set()
    for one in messages:
        content = one.get("content")
        for block in content if isinstance(content, list) else []:
            given = block.get("input") if isinstance(block, dict) and block.get("type") == "tool_use" else None
            paths = given.get("filepaths") if isinstance(given, dict) else None
            found.update(path for path in paths if isinstance(path, str)) if isinstance(paths, list) else None
    return frozenset(found)


def _words(given: Mapping[str, Any]) -> str | None:
    """Return the words that a call gives to its tool, or None where there are none."""
    display = given.get("display_content")
    held = {**display, **given} if isinstance(display, dict) else given
    texts = [held[key] for key in _CONTENT if isinstance(held.get(key), str) and held[key].strip()]
    if texts:
        return str(texts[0])
    variants = (
        [_words(one) for one in held.get("variants") or [] if isinstance(one, dict)]
        if isinstance(held.get("variants"), list)
        else []
    )
    return "\n\n".join(one for one in variants if one) or None


def _language(path: str) -> str:
    suffix = PurePosixPath(path).suffix[1:].casefold()
    return "" if suffix in ("", "md", "markdown", "txt") else suffix


def told_apart(text: str) -> tuple[str, str]:
    """Return (words, thoughts) of an answer that was written before such things had tools: artifacts shown, thoughts taken out."""
    if "<ant" not in text:
        return text, ""
    thoughts: list[str] = []

    def thought(found: re.Match[str]) -> str:
        if _in_code(text, found.start()):
            return found[0]
        thoughts.append(found["thought"].strip())
        return max(found["before"], found["after"])

    text = _THINKING.sub(thought, text)
    return _ARTIFACT.sub(lambda found: found[0] if _in_code(text, found.start()) else _artifact(found), text), "\n\n".join(
        thoughts
    )


def _in_code(text: str, at: int) -> bool:
    """Return whether a place stands between fences or backticks, where a tag is only spoken of."""
    line = text.rfind("\n", 0, at) + 1
    return text.count("`", line, at) % 2 == 1 or len(_FENCE.findall(text, 0, at)) % 2 == 1


def _artifact(found: re.Match[str]) -> str:
    body = found["body"] or ""
    facts = {name: one or other for name, one, other in _FACT.findall(found["facts"])}
    if not body.strip():
        return "\n\n"
    kind, language = facts.get("type", ""), facts.get("language", "")
    made = fenced(body, language) if kind == "application/vnd.ant.code" else shown(body, kind, language)
    return f"\n\n{made}\n\n"
