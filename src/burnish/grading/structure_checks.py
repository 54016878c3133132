"""The checks that `structure` knows: what each looks at, and what a task may ask of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from burnish.grading.text import lines, num_words, sentences, words
from burnish.records.codec import JSON

_BULLET = re.compile(r"^[-*•–+]\s+\S")
_NUMBERED = re.compile(r"^(?:\*\*)?\(?(\d{1,3})[.):]\s*\S")
_HASHTAG = re.compile(r"(?<![\w#&])#[^\W\d_]\w*")
_HEADING = re.compile(r"^#{1,6}\s+\S")
_FENCE = re.compile(r"\A\s*```[a-zA-Z]*\n(.*?)\n?```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Check:
    """One key of the target."""

    failed: Callable[[JSON, str], str]
    """(wanted, answer) -> why it fails, or ""."""
    fault: Callable[[JSON], str]
    """wanted -> what it should have been, or ""."""


def _counted(name: str, count: Callable[[str], int]) -> Check:
    def failed(wanted: JSON, answer: str) -> str:
        low, high = _bounds(wanted)
        found = count(answer)
        return "" if low <= found <= high else f"{found} {name}"

    return Check(failed, _bounds_fault)


def _bounds(wanted: JSON) -> tuple[float, float]:
    if isinstance(wanted, bool):
        return (1, float("inf")) if wanted else (0, 0)
    if isinstance(wanted, int):
        return wanted, wanted
    return wanted.get("min", 0), wanted.get("max", float("inf"))


def _bounds_fault(wanted: JSON) -> str:
    if isinstance(wanted, int) and wanted >= 0:
        return ""
    if (
        isinstance(wanted, dict)
        and wanted
        and set(wanted) <= {"min", "max"}
        and all(_is_count(value) for value in wanted.values())
    ):
        return "" if wanted.get("min", 0) <= wanted.get("max", float("inf")) else "a min that is not above its max"
    return 'true, false, a number of at least 0, or {"min": n, "max": n}'


def _is_count(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _count_numbered(answer: str) -> int:
    """Return how far the numbered lines count without a gap: 1, 2, 3 gives 3; lines that start anew (1, 1, 1) give 1."""
    reached = 0
    for match in filter(None, map(_NUMBERED.match, lines(answer))):
        reached += int(match[1]) == reached + 1
    return reached


def _words_failed(wanted: JSON, answer: str, *, most: bool) -> str:
    count = sum(map(num_words, words(answer)))
    return "" if (count <= wanted if most else count >= wanted) else f"{count} words"


def _json_failed(wanted: JSON, answer: str) -> str:
    if wanted is False:
        return "is JSON" if _parsed(answer) is not None else ""
    value = _parsed(answer)
    if value is None:
        return "not JSON"
    missing = [
        key
        for key in (wanted.get("keys", []) if isinstance(wanted, dict) else [])
        if not isinstance(value, dict) or key not in value
    ]
    return f"JSON lacks {', '.join(missing)}" if missing else ""


def _parsed(answer: str) -> JSON:
    """Return the JSON object or array that the answer is (alone, or alone in one code fence), or None."""
    fenced = _FENCE.match(answer)
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _json_fault(wanted: JSON) -> str:
    keys = wanted.get("keys") if isinstance(wanted, dict) and set(wanted) == {"keys"} else None
    right = isinstance(wanted, bool) or (isinstance(keys, list) and bool(keys) and all(isinstance(key, str) for key in keys))
    return "" if right else 'true, false or {"keys": ["...", ...]}'


def _plain(text: str) -> str:
    return text.strip().strip("\"'“”‘’*_ \n").casefold()


def _starts_failed(wanted: JSON, answer: str) -> str:
    return "" if _plain(answer).startswith(_plain(wanted)) else f"starts with {' '.join(answer.split()[:3])!r}"


def _ends_failed(wanted: JSON, answer: str) -> str:
    spoken_end = _plain(answer)
    # "ends with Thanks" is met by "Thanks." too, unless the wanted text brings its own full stop.
    return "" if spoken_end.endswith(_plain(wanted)) or spoken_end.rstrip(".!?…").endswith(_plain(wanted)) else "ends otherwise"


def _forbidden_failed(wanted: JSON, answer: str) -> str:
    used = [word for word in wanted if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", answer, re.IGNORECASE)]
    return f"uses {', '.join(used)}" if used else ""


def _text_fault(wanted: JSON) -> str:
    return "" if isinstance(wanted, str) and wanted.strip() else "a text"


def _list_fault(wanted: JSON) -> str:
    return "" if isinstance(wanted, list) and wanted and not any(map(_text_fault, wanted)) else "a list of texts"


def _count_fault(wanted: JSON) -> str:
    return "" if _is_count(wanted) and wanted > 0 else "a number of at least 1"


CHECKS: dict[str, Check] = {
    "bullets": _counted("bullets", lambda answer: sum(bool(_BULLET.match(line)) for line in lines(answer))),
    "numbered": _counted("numbered lines", _count_numbered),
    "hashtags": _counted("hashtags", lambda answer: len(_HASHTAG.findall(answer))),
    "headings": _counted("headings", lambda answer: sum(bool(_HEADING.match(line)) for line in lines(answer))),
    "paragraphs": _counted("paragraphs", lambda answer: len([part for part in re.split(r"\n\s*\n", answer) if part.strip()])),
    "sentences": _counted("sentences", lambda answer: len(sentences(answer))),
    "words": _counted("words", lambda answer: sum(map(num_words, words(answer)))),
    "max_words": Check(lambda wanted, answer: _words_failed(wanted, answer, most=True), _count_fault),
    "min_words": Check(lambda wanted, answer: _words_failed(wanted, answer, most=False), _count_fault),
    "json": Check(_json_failed, _json_fault),
    "starts_with": Check(_starts_failed, _text_fault),
    "ends_with": Check(_ends_failed, _text_fault),
    "forbidden": Check(_forbidden_failed, _list_fault),
}
"""Every key a target may have."""
