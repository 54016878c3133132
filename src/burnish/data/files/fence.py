"""Text between fences, as Markdown shows code: what an assistant made with a tool, at its place in the answer."""

from __future__ import annotations

import re

_LANGUAGES = {
    "application/vnd.ant.react": "jsx",
    "application/vnd.ant.mermaid": "mermaid",
    "text/html": "html",
    "image/svg+xml": "svg",
    "text/markdown": "",
    "text/plain": "",
    "document": "",
}


def shown(text: str, kind: str, language: str = "") -> str:
    """Return what a tool made as the answer shows it: code between fences, other words as they are.

    `kind` is the tool's own word for it: a media type, or `code/python` and `document`.
    """
    name = language or (kind.partition("/")[2] if kind.startswith("code/") else _LANGUAGES.get(kind, ""))
    return fenced(text, name) if name or "code" in kind else text.strip("\n")


def fenced(text: str, language: str) -> str:
    """Return a text between fences that are longer than any within it."""
    longest = max((len(found) for found in re.findall(r"^[ \t]*(`{3,})", text, re.MULTILINE)), default=2)
    fence = "`" * (longest + 1)
    words = text.strip("\n")
    return f"{fence}{language}\n{words}\n{fence}"
