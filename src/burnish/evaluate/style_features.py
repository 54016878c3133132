"""How a text is written, in numbers that no topic changes: length, sentence form, vocabulary, punctuation, greeting, closing."""

from __future__ import annotations

import math
import re

from burnish.grading.text import lines, sentences, words

_LISTED = re.compile(r"^\s*(?:[-*•–+]|\d{1,3}[.)])\s+", re.MULTILINE)
_SHORTENED = re.compile(r"\b\w+['’](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_GREETING = re.compile(
    r"\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|sure|certainly|of course|great question|thanks|thank you|"
    r"hallo|guten tag|liebe[rs]?|bonjour|hola|ciao)\b",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:best|kind|warm|regards|cheers|thanks|thank you|sincerely|yours|love|let me know|hope (?:this|that) helps|"
    r"feel free|anything else|grüße|cordialement|saludos)",
    re.IGNORECASE,
)
_COMMON = [
    "the",
    "a",
    "an",
    "and",
    "or",
    "but",
    "of",
    "to",
    "in",
    "on",
    "for",
    "with",
    "at",
    "by",
    "is",
    "are",
    "was",
    "be",
    "it",
    "this",
    "that",
    "you",
    "your",
    "i",
    "my",
    "we",
    "our",
    "not",
    "no",
    "so",
]
_I, _YOU = (
    frozenset(["i", "me", "my", "mine", "i'm", "i'll", "i've", "i'd", "we", "us", "our"]),
    frozenset(["you", "your", "yours", "you're", "you'll"]),
)

FEATURES: dict[str, str] = {
    "words (log)": "length",
    "sentences (log)": "length",
    "lines (log)": "length",
    "words a sentence": "sentence form",
    "questions, share of sentences": "sentence form",
    "exclamations, share of sentences": "sentence form",
    "list items, share of lines": "sentence form",
    "letters a word": "vocabulary",
    "different words, share": "vocabulary",
    "common small words, share": "vocabulary",
    "I and we, share of words": "vocabulary",
    "you, share of words": "vocabulary",
    "shortened forms, share of words": "vocabulary",
    "begins in lower case": "vocabulary",
    "commas a word": "punctuation",
    "semicolons and colons a word": "punctuation",
    "dashes and brackets a word": "punctuation",
    "quotation marks a word": "punctuation",
    "stars and hashes a word": "punctuation",
    "emoji a word": "punctuation",
    "no full stop at the end": "punctuation",
    "greets or opens with a phrase": "greeting and closing",
    "closes with a phrase": "greeting and closing",
}
"""Each feature, in order, and its group."""


def measure(text: str) -> list[float]:
    """Return the features of one text in the order of FEATURES; an empty text has zeros and small logs."""
    said, parts, rows = words(text), sentences(text), lines(text)
    lower = [word.strip(".,;:!?\"'()").casefold().replace("’", "'") for word in said]
    count, number = max(1, len(said)), max(1, len(parts))
    ends = text.rstrip()[-1:]
    return [
        math.log1p(len(said)),
        math.log1p(len(parts)),
        math.log1p(len(rows)),
        len(said) / number,
        sum(part.rstrip("\"'”’) ").endswith("?") for part in parts) / number,
        sum(part.rstrip("\"'”’) ").endswith("!") for part in parts) / number,
        len(_LISTED.findall(text)) / max(1, len(rows)),
        sum(map(len, lower)) / count,
        len(set(lower)) / count,
        sum(word in _COMMON for word in lower) / count,
        sum(word in _I for word in lower) / count,
        sum(word in _YOU for word in lower) / count,
        len(_SHORTENED.findall(text)) / count,
        float(text.lstrip()[:1].islower()),
        text.count(",") / count,
        sum(text.count(mark) for mark in ";:") / count,
        sum(text.count(mark) for mark in "—–-()[]") / count,
        sum(text.count(mark) for mark in '"“”«»') / count,
        sum(text.count(mark) for mark in "*#") / count,
        len(_EMOJI.findall(text)) / count,
        float(bool(ends) and ends not in ".!?。！？"),
        float(bool(_GREETING.match(text))),
        float(bool(rows) and bool(_CLOSING.search(rows[-1]))),
    ]
