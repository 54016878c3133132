"""HTML to the text a reader sees: lines, with what is quoted marked by `> ` as plain mail does."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

_BLOCKS = {
    "p",
    "div",
    "tr",
    "table",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "section",
    "article",
    "body",
    "tight",
}
_SILENT = {"style", "script", "head", "title"}
_QUOTES = re.compile(r"\b(gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|tutanota_quote|divRplyFwdMsg|appendonsend)\b")
_TIGHT = "tight"
"""A paragraph that Outlook writes without a gap beneath it."""
_VOID = {"br", "hr", "img", "meta", "base", "input", "link", "col", "area", "wbr"}


def text_of(html: str) -> str:
    """Return the text of a page or a mail in HTML. Broken HTML is read as browsers do: what is not closed ends with the text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.open: list[tuple[str, bool]] = []  # tags, and whether each is a quote
        self.counts: Counter[str] = Counter()  # of the open tags, so that an end without a beginning costs nothing
        self.silent = 0
        self.depth = 0
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, a quote, or something unseen."""
        if tag == "br":
            self._end(always=True)
        elif tag == "hr":
            self._end()
            self._put("_" * 32)
            self._end()
        if tag in _VOID:
            return
        given = dict(attrs)
        quote = tag == "blockquote" or bool(_QUOTES.search(f"{given.get('class') or ''} {given.get('id') or ''}"))
        if tag in _BLOCKS or quote:
            self._end()
        if tag in ("td", "th") and self.line.strip() and not self.line.endswith((" ", "\N{NO-BREAK SPACE}")):
            self._put(" ")
        if tag == "div" and "border-top:solid" in (given.get("style") or "").replace(" ", ""):
            self._end(always=True, gap=True)  # the line that Outlook draws above the head of a quoted mail
        self.depth += quote
        self.silent += tag in _SILENT
        self.pre += tag == "pre"
        name = _TIGHT if tag == "p" and "MsoNormal" in (given.get("class") or "") else tag
        self.open.append((name, quote))
        self.counts[name] += 1

    def handle_endtag(self, tag: str) -> None:
        """End what the tag began, and what stands open within it."""
        if tag == "p" and self.counts[_TIGHT]:
            tag = _TIGHT
        if not self.counts[tag]:
            return
        while self.open:
            name, quote = self.open.pop()
            self.counts[name] -= 1
            if name in _BLOCKS or quote:
                self._end()
            self.depth -= quote
            self.silent -= name in _SILENT
            self.pre -= name == "pre"
            if name == "p":
                self._end(always=True, gap=True)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        """Add words; outside <pre>, spaces and line breaks are one space."""
        if self.silent:
            return
        if self.pre:
            *whole, rest = data.split("\n")
            for one in whole:
                self.line += one
                self._end(always=True)
            self.line += rest
        else:
            self._put(re.sub(r"[ \t\r\n]+", " ", data))

    def _put(self, words: str) -> None:
        self.line += words.lstrip(" ") if not self.line else words

    def _end(self, *, always: bool = False, gap: bool = False) -> None:
        """End the line if anything stands on it, or in any case; `gap`: an empty line, but never two."""
        if gap and not (self.lines and self.lines[-1].strip("> ")):
            return
        line = self.line.replace("\N{NO-BREAK SPACE}", " ").rstrip()
        if line or always or self.line.strip(" "):
            self.lines.append("> " * min(self.depth, 5) + line)
        self.line = ""

    def text(self) -> str:
        """Return all lines."""
        self._end()
        return "\n".join(self.lines)
