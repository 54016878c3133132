"""The same question as other people would ask it: rules for English, which change neither what is asked nor a letter of a name.

A rule works on a plain question or request alone: one sentence, with nothing beside it that is to be worked on. A verb moves to the
end only behind a bare name or a noun with its article ("the height of the tower"); where more follows ("the bridge built"), English
would bend, and the question is introduced instead. Not covered: other languages, and questions of no known form.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from burnish.grading.languages import language
from burnish.records.conversation import Conversation

LONGEST = 30
"""Words of a plain question at most."""
_MATERIAL = re.compile(r"[\n;\"“”«»`]|:(?:\s|$)|(?<!\w)['‘]\w|[.?!…]\s+\S")
"""More than one sentence, or a text beside the question."""
_ORDERS = r"(?:explain|describe|list|write|give|name|summari[sz]e|show|tell|make|find|rewrite|translate)"
_ORDER = re.compile(rf"(?:please )?{_ORDERS}\b", re.IGNORECASE)
_ASKS = re.compile(r"(?:what|who|where|when|why|how|which|whose)\b", re.IGNORECASE)
_STARTS = re.compile(r"(?:can|could|is|are|do|does|did|would|should|the|my|our|your|i)\b", re.IGNORECASE)
_JOINED = re.compile(
    r",|\b(?:and|or|that|which|who|when|where|if|because|so|for|to|by|like|your|you)\b|(?:\S+\s+){8}", re.IGNORECASE
)
"""Where one of these stands, moving the verb to the end would bend the sentence."""
_SEVERAL = re.compile(r",|\b(?:and|or|if|because)\b", re.IGNORECASE)
"""Two questions in one, as far as a word tells."""
_MOVING = re.compile(r"(what|who|where|when) (is|are|was|were) ([^?]+)\?", re.IGNORECASE)
_WAYS = {
    "what": ("Can you tell me what {1} {0}?", "I'd like to know what {1} {0}.", "Do you know what {1} {0}?"),
    "who": ("Can you tell me who {1} {0}?", "Do you know who {1} {0}?"),
    "where": ("Do you know where {1} {0}?", "Can you tell me where {1} {0}?"),
    "when": ("Do you know when {1} {0}?", "Can you tell me when {1} {0}?"),
}
_HOW = re.compile(r"how (?:do|can|should) (?:i|we) (?!know|feel|look|sound|differ|say\b)([^?]+)\?", re.IGNORECASE)
_HOW_WAYS = ("What is the best way to {0}?", "Tell me how to {0}.", "I need to {0}. How?")
_ASKED_OF = re.compile(rf"(?:can|could|would|will) you (?:please )?({_ORDERS} [^?]+)\?", re.IGNORECASE)
_ASKED_OF_WAYS = ("Please {0}.", "I'd like you to {0}.")
_ORDERED = re.compile(rf"({_ORDERS}) ([^?]+?)\.?", re.IGNORECASE)
_ORDERED_WAYS = ("Could you {0} {1}?", "I'd like you to {0} {1}.")
_INTRODUCED = ("I'd like to know: {0}", "Quick question: {0}", "Here is what I want to know: {0}")
_ARTICLE = re.compile(r"(?:the|a|an|my|our|his|her|their|its|this|that|these|those)\s+\S", re.IGNORECASE)
_NAMED = re.compile(r"[A-Z]\w*(?: [A-Z]\w*)*")
_MORE = re.compile(
    r"\w+(?:ed|en|ing|ly)$|(?:built|made|held|found|kept|sold|known|born|put|set|left|lost|done|gone|run|sent|spent|taught|told|won|"
    r"worn|cut|hit|hung|laid|led|lit|met|paid|read|said|shut|sung|sunk|struck|thrown|torn|bought|brought|caught|fought|thought|drawn|"
    r"grown|shown|flown|sewn|"
    r"now|today|tomorrow|yesterday|tonight|here|there|then|again|about|above|after|at|before|from|in|into|near|of|off|on|out|over|up|"
    r"with|good|bad|best|worst|due|full|empty|safe|ready|free|able|afraid|aware|proud|late|early|high|tall|long|old|big|deep|wide)$",
    re.IGNORECASE,
)
"""A word behind a noun that is no noun: a participle, an adverb, an adjective or a stranded preposition."""
_POLITE = re.compile(
    r"^(?:please,? |could you please |would you kindly |(?:hi|hello)[,!.] )+|, please(?=[.?!]*$)|(?<=[.?!,]) ?thanks?(?: you)?[.!]*$",
    re.IGNORECASE,
)


def plain(question: str) -> bool:
    """Return whether a question is one sentence and brings nothing along that is to be worked on.

    >>> plain("When did Milton open?"), plain("Milton opened in 1910. When did it close?"), plain("Shorten this: it rains")
    (True, False, False)
    """
    return not _MATERIAL.search(question.strip()) and len(question.split()) <= LONGEST


def asks(question: str) -> bool:
    """Return whether it is a question that English begins with a question word."""
    return question.rstrip().endswith("?") and _ASKS.match(question.strip()) is not None


def orders(question: str) -> bool:
    """Return whether it begins with a request: explain, describe, list."""
    return _ORDER.match(question.strip()) is not None


def english(row: Conversation) -> bool:
    """Return whether a row's last question is English, by its small words and the answer's, or else by its first word."""
    question = row.prompt[-1].content.strip()
    told = language(f"{question} {row.answer}")
    starts = _ASKS.match(question) or _ORDER.match(question) or _STARTS.match(question)
    return told == "en" or (not told and starts is not None)


def reworded(question: str, rng: random.Random) -> Iterator[str]:
    """Yield a plain question in other words, where a rule knows its form."""
    question = question.strip()
    if not plain(question):
        return
    ways, parts = _form(question)
    for way in rng.sample(ways, len(ways)):
        yield way.format(*parts)


def _form(question: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ways to say a question and the words to put into them; a name keeps its capital, only a verb or question word loses it."""
    if moving := _MOVING.fullmatch(question):
        word, verb, rest = moving.groups()
        if _noun(rest):
            return _WAYS[word.lower()], (verb.lower(), rest)
    if how := _HOW.fullmatch(question):
        return _HOW_WAYS, (how[1],)
    if of := _ASKED_OF.fullmatch(question):
        return _ASKED_OF_WAYS, (_small(of[1]),)
    if ordered := _ORDERED.fullmatch(question):
        return _ORDERED_WAYS, (ordered[1].lower(), ordered[2])
    if asks(question) and not _SEVERAL.search(question):
        return _INTRODUCED, (_small(question),)
    return (), ()


def _noun(rest: str) -> bool:
    """Return whether what follows "what is" is a bare name, or a noun with its article and nothing behind it."""
    if _JOINED.search(rest):
        return False
    if _NAMED.fullmatch(rest):
        return True
    return _ARTICLE.match(rest) is not None and not any(_MORE.fullmatch(word) for word in _behind(rest))


def _behind(rest: str) -> list[str]:
    """Return the words that may stand behind the noun: all but the article and the word after it, and but an inner "of"."""
    words = rest.split()[2:]
    return [word for i, word in enumerate(words) if word.lower() not in {"of", "in"} or i == len(words) - 1]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def mannered(question: str, rng: random.Random) -> Iterator[str]:
    """Yield a question more politely, or bare where it was polite. Nothing is put behind a text that is to be worked on."""
    question = question.strip()
    bare = _POLITE.sub("", question).strip()
    if bare != question:
        if len(bare.split()) > 1:
            yield bare[0].upper() + bare[1:]
        return
    if len(question.split()) < 2:
        return
    ways = [f"Hi! {question}", f"Hello! {question}"]
    if orders(question):
        ways = [f"Please {_small(question)}", f"Hi! {question}"]
    if plain(question):
        ways.append(f"{question.rstrip('.!')}, please." if orders(question) else f"{question} Thanks!")
    yield from rng.sample(ways, len(ways))
