"""Marks that an assistant's page turns into chips, links or nothing: citations, widgets, and links that lead nowhere outside it.

ChatGPT writes them as spans of the private use area, `U+E200 kind U+E202 argument ... U+E201`; U+E203 and U+E204 enclose a sentence that
is cited, U+E205 and U+E206 stand alone. Older answers hold `【12†source】`, `:contentReference[oaicite:3]{index=3}` or, where a tool lost
the private signs, `citeturn0search3`; other assistants write `[cite: 3]`, `[citation:3]`, `[^3^]` or `<grok:render ...>`. A row must hold none of them: no reader sees them, and a model would write them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

_ENDS = "\ue201\ue207-\ue20f"
_SPAN = re.compile(
    f"\ue200(?P<inner>[^\ue200{_ENDS}]*)[{_ENDS}]"  # whole
    "|\ue200[a-z_]*(?:\ue202(?:[\\[{][^\\n\ue200]*|[^\\s\ue200-\ue20f]*))*"  # its end is missing: an answer that was cut off
    "|\ue202turn\\d+[a-z]+\\d+"  # outside a span, as some programs write it
    "|[\ue201-\ue20f]"
)
_SIGNS = tuple("\ue200\ue201\ue202\ue203\ue204\ue205\ue206\ue20b")
_UNSEEN = r"(?:&#8203;|\u200b)?"
_TURNS = r"(?:turn\d+(?:search|news|view|image|file|fetch|product|forecast|finance|sports|reddit|academia|business|map|video|time|click|open)\d+)+"
_TICKED = re.compile(rf"{_UNSEEN}``【oaicite:\d{{1,4}}】``{_UNSEEN}")
"""The one mark that stands between backticks itself."""
_OLDER = re.compile(
    r"【[^†【】\n]{0,300}†[^【】\n]{1,300}】"
    r"|【turn\d+[a-z]+\d+[^【】\n]{0,60}】"
    r"|\[\d{1,4}(?::\d{1,4})?†[^\[\]\n]{1,300}\]"
    rf"|{_UNSEEN}:contentReference\[oaicite:\d{{1,4}}\](?:\{{index=\d{{1,4}}\}})?{_UNSEEN}"
    r"|【oaicite:\d{1,4}】|\[oai_citation(?:_attribution)?:\d{1,4}[^\]\n]{0,300}\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"
    rf"|[(\[]{_TURNS}(?:[,;\s]+{_TURNS})*[)\]]|(?<![A-Za-z0-9_]){_TURNS}(?![A-Za-z0-9_])"
    r"|\[cite_start\]|\[cite:\s*\d[\d,\s]{0,60}\]|\[citation:\d{1,4}\]|\[\^\d{1,3}\^\]"
    r"|<grok:render\b[^>\n]{0,300}>[\s\S]{0,600}?</grok:render>"
    r"|(?<![A-Za-z0-9_])(?:file|mem)?cite(?:turn\d+[a-z]+\d+)+(?:L\d+-L\d+)?"
)
_WRITING = re.compile(
    r"^[ \t]*:::writing\{[^}\n]{0,400}\}[ \t]*\n(?P<draft>(?:(?!:::writing).)*?)^[ \t]*:::[ \t]*$", re.MULTILINE | re.DOTALL
)
_SIGNS_OF_NOWHERE = ("sandbox:", "computer:/", "attachment:", "file-service:", "sediment:", "](turn", "utm_source=chatgpt.com")
_NOWHERE = r"(?:sandbox:|computer://|attachment:|file-service://|sediment://|turn\d+(?:image|search|view|news|file|fetch)\d+)"
_LINK = re.compile(rf"(?P<picture>!)?\[(?P<label>[^\[\]\n]*)\]\(\s*<?{_NOWHERE}(?P<path>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\)")
_BARE_LINK = re.compile(
    r"\b(?:sandbox:|computer:/)/(?:[^\s/()\[\]<>\"'`]*/)*(?P<name>[^\s/()\[\]<>\"'`]*[^\s/()\[\]<>\"'`.,;:!?])"
)
_TRACKING = re.compile(r"\?utm_source=chatgpt\.com(?:&|(?=[\s)\]>\"']|$))|&utm_source=chatgpt\.com\b")
_CODE = re.compile(r"^[ \t]*(?P<fence>```+|~~~+).*?(?:^[ \t]*(?P=fence)|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL)

MARKS = re.compile(rf":::writing\{{[^}}\n]{{0,400}}\}}|{_SPAN.pattern.replace('(?P<inner>', '(?:')}|{_OLDER.pattern}")
"""A mark of a citation or a widget, in any of its forms."""
NOWHERE_LINKS = re.compile(rf"\]\(\s*<?{_NOWHERE}[^)\n]*\)|{_BARE_LINK.pattern.replace('(?P<name>', '(?:')}")
"""A link that opens in the assistant's page alone."""
PRIVATE = re.compile("[\ue000-\ue1ff\ue210-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
"""A character of the private use areas that is no mark of a citation: what it means is known to one font or program."""

_REFERENCE = re.compile(r"turn\d+[a-z]+\d+(?:[,\s]+turn\d+[a-z]+\d+)*|L\d+(?:-L?\d+)?|\d+")
_UNSHOWN = {"navlist", "image_group", "i", "genui", "finance", "schedule", "standing", "forecast", "map", "businesses_map"}
"""Spans of lists of links, pictures and widgets: what they show is not in the text."""
_GONE = "\ue200"
_MANY = re.compile(f"{_GONE}(?:[ \t]*{_GONE})+")
_CLOSING = frozenset(".,;:!?…)]}»”’。，、；：！？）」』】》")
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])")


def without_citations(text: str, shown: Mapping[str, str] | None = None) -> str:
    """Return an assistant's words without marks, and its links that lead nowhere as their words alone. Code keeps what stands in it.

    `shown` says of a span, as it stands in the text, what the page shows for it.
    """
    text = without_marks(text, shown)
    links = ("/" in text and ":" in text and ":/" in text) or ("[" in text and "](" in text)
    return without_nowhere_links(text) if links and _has_one(text, _SIGNS_OF_NOWHERE) else text


def without_marks(text: str, shown: Mapping[str, str] | None = None) -> str:
    """Return a text without the marks of citations and widgets, of today and of older answers."""
    text = without_spans(text, shown)
    if "``【oaicite:" in text:
        text = _closed_up(_TICKED.sub(_GONE, text))
    if _may_be_older(text):
        text = _closed_up(_outside_code(text, _OLDER, lambda _: _GONE))
    return _outside_code(text, _WRITING, _draft) if "{" in text and ":::writing{" in text else text


def without_nowhere_links(text: str) -> str:
    """Return a text with the words of links that open in the assistant's page alone, and links without the page's own tracking."""
    if "(" in text or ":" in text:
        text = _closed_up(_outside_code(text, _LINK, _label))
        text = _outside_code(text, _BARE_LINK, lambda found: found["name"])
    return (
        text if "utm_source=chatgpt.com" not in text else _TRACKING.sub(lambda found: "?" if found[0].endswith("&") else "", text)
    )


def without_spans(text: str, shown: Mapping[str, str] | None = None) -> str:
    """Return a text without the spans of the private use area that ChatGPT writes; entities and links leave their words."""
    if text.isascii() or not _has_one(text, _SIGNS):
        return text
    return _closed_up(_SPAN.sub(lambda found: _words(found, shown or {}) or _GONE, text))


def _may_be_older(text: str) -> bool:
    """Return whether marks of `_OLDER` may stand in a text. Single characters are found far faster than anything, so they are asked first."""
    bracketed = "[" in text and ("[cit" in text or "[oai" in text or "^]" in text)
    foreign = not text.isascii() and ("†" in text or "【" in text)
    return bracketed or foreign or ("<" in text and "<grok:" in text) or ("turn" in text and bool(_A_TURN.search(text)))


_A_TURN = re.compile(r"turn\d+[a-z]+\d")


def _has_one(text: str, signs: tuple[str, ...]) -> bool:
    """Return whether one of the signs stands in a text: faster than any pattern, and most texts hold none."""
    for sign in signs:  # noqa: SIM110 - a generator would cost more than the search
        if sign in text:
            return True
    return False


def _words(found: re.Match[str], shown: Mapping[str, str]) -> str:
    """Return what a reader sees of a span; "" for a citation."""
    kind, *arguments = (found["inner"] or "").split("\ue202")
    if kind == "genui":
        return _formula(arguments)
    if not kind or kind.endswith("cite") or kind in _UNSHOWN:
        return ""
    alternative = shown.get(found[0], "").strip()
    if alternative or not arguments:
        return alternative
    if arguments[0].lstrip().startswith(("[", "{")):
        return _name(arguments[0])
    words = "" if _REFERENCE.fullmatch(arguments[0]) else arguments[0].strip()
    target = next((one.strip() for one in arguments[1:] if one.strip().startswith(("https://", "http://"))), "")
    return f"[{words}]({target})" if words and target else words


def _name(held: str) -> str:
    """Return the name in `["people","Ada Kern",0]` or `["turn0product1","Skates"]`: the second text, else the only one."""
    value = _json(held)
    texts = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return next((one.strip() for one in texts[1:] + texts[:1] if not _REFERENCE.fullmatch(one)), "")


def _formula(arguments: list[str]) -> str:
    """Return the formula of a widget that shows one; other widgets (charts, questions, weather) have no words."""
    value = _json(arguments[0]) if arguments else None
    held = next((one for key, one in value.items() if key.startswith("math")), None) if isinstance(value, dict) else None
    content = held.get("content") if isinstance(held, dict) else None
    return f"$$\n{content.strip()}\n$$" if isinstance(content, str) and content.strip() else ""


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _draft(found: re.Match[str]) -> str:
    """Return what stands in a frame for a draft (`:::writing{variant="email" ...}` to `:::`), which the page shows without its edges."""
    return found["draft"].strip("\n")


def _label(found: re.Match[str]) -> str:
    name = found["path"].rstrip(" >").rpartition("/")[2]
    return _GONE if found["picture"] else found["label"].strip() or name or _GONE


def _outside_code(text: str, pattern: re.Pattern[str], made: Callable[[re.Match[str]], str]) -> str:
    """Return a text with a pattern replaced wherever no code stands."""
    if not pattern.search(text):
        return text
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [pattern.sub(made, text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, pattern.sub(made, text[at:])])


def _closed_up(text: str) -> str:
    """Return a text without the places where marks stood, and without the spaces, brackets, bullets and lines that held nothing else."""
    if _GONE not in text:
        return text
    pieces = _MANY.sub(lambda found: _GONE + " " * (" " in found[0] or "\t" in found[0]), text).split(_GONE)
    made = pieces[:1]
    for piece in pieces[1:]:
        left, right = made.pop(), piece
        before, after = left.rstrip(" \t"), right.lstrip(" \t")
        if before.endswith("(") and after.startswith(")"):
            before, after = before[:-1].rstrip(" \t"), after[1:]
        line = before.rpartition("\n")[2]
        ends = not after or after[0] == "\n"
        if ends and _BULLET.fullmatch(line):
            before, line = before[: len(before) - len(line)], ""
        if ends and not line:
            breaks = len(before) - len(before.rstrip("\n")) + len(after) - len(after.lstrip("\n"))
            made += [before.rstrip("\n"), "\n\n" if breaks > 2 else "\n", after.lstrip("\n")]
        elif ends or not line or after[0] in _CLOSING:
            made += [before, after]
        else:
            made += [before, " " if (before, after) != (left, right) else "", after]
    return "".join(made)
