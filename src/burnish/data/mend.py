"""Mends for what `check` warns of: a changed row, or none in its place. The file that was read is never touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from burnish.data.check import TEMPLATE_TOKENS, Place, Warned, place
from burnish.data.citations import without_marks, without_nowhere_links
from burnish.data.groups import reparented
from burnish.data.quality import whole_letters
from burnish.data.spelling import of_role, own_words, slips
from burnish.data.tidy import CHANGES as TIDY, HTML, changed, holds_tags, without_tags
from burnish.records.conversation import Conversation, Message

TAKEN_OUT = ("duplicate", "refusal", "language", "tone", "long answer", "short answer")
"""Kinds of warning whose mend is to leave the row out."""
NOTHING_LEFT = "nothing was left of a turn after mending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Rows after mending. `len(rows) + sum(removed.values())` is the number that came in."""

    rows: tuple[Conversation, ...]
    changed: dict[str, int]
    """Rows changed, by the kind of warning; a row may count in several."""
    removed: dict[str, int]
    """Rows left out, by reason."""
    words: tuple[tuple[Place, str, str], ...] = ()
    """(place, was, is) of each word that was put right: a person should look at them, since no list knows every word."""


def kind_name(kind: str) -> str:
    """Return a kind of warning as a person types it."""
    return kind.replace(" ", "-")


MENDS = tuple(
    sorted(
        map(
            kind_name,
            (
                *TAKEN_OUT,
                "template token",
                "citation mark",
                "dead link",
                "mojibake",
                "letters",
                "doubled turn",
                "words after the answer",
                *TIDY,
                HTML,
                "typo",
                "question typo",
            ),
        )
    )
)
"""Every kind that has a mend. The others need a person: which of two answers is right no rule can tell."""
SPELLING = ("typo", "question-typo")
"""Mends that are now and then wrong (3 of 15 on real texts, docs/log.md): made only where they are asked for by name."""
SURE = tuple(kind for kind in MENDS if kind not in {*SPELLING, HTML})
"""What `all` means: tags of HTML may be what the model is to write, so they too are taken out only by name."""


def mend(rows: Sequence[Conversation], warnings: Sequence[Warned], kinds: Sequence[str]) -> Mended:
    """Return the rows with these kinds (of MENDS) mended: left out where a warning names their place, else changed."""
    gone = {at: warned.kind for warned in reversed(warnings) if _taken(warned, kinds) for at in warned.places}
    changed: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    kept, before = [], []
    spelling, spelt = _spelling(rows, kinds)
    changes = _CHANGES | spelt
    for row in rows:
        if place(row) in gone:
            removed[gone[place(row)]] += 1
            continue
        made = row
        for name, change in changes.items():
            if name in kinds and (new := change(made)) != made:
                changed[name] += 1
                made = new
        if any(not message.content.strip() and message.role in {"user", "assistant"} for message in made.messages):
            removed[NOTHING_LEFT] += 1
            continue
        kept.append(made)
        before.append(row)
    return Mended(rows=tuple(reparented(before, kept)), changed=dict(changed), removed=dict(removed), words=tuple(spelling.words))


def _taken(warned: Warned, kinds: Sequence[str]) -> bool:
    return warned.kind in TAKEN_OUT and kind_name(warned.kind) in kinds


def _each(change: Callable[[str], str]) -> Callable[[Conversation], Conversation]:
    """Return a change of a row that changes the words of every turn."""

    def changed(row: Conversation) -> Conversation:
        return replace(row, messages=tuple(replace(one, content=change(one.content)) for one in row.messages))

    return changed


class _Spelling:
    """The change that needs to know all rows, since a word that stands in several is no slip; it notes what it changed."""

    def __init__(self, rows: Sequence[Conversation]) -> None:
        self._own = own_words(rows)
        self.words: list[tuple[Place, str, str]] = []

    def changed(self, row: Conversation, role: str) -> Conversation:
        meant = {id(message) for message in of_role(row, role)}
        turns = [self._turn(one, place(row)) if id(one) in meant else one for one in row.messages]
        return replace(row, messages=tuple(turns))

    def _turn(self, message: Message, at: Place) -> Message:
        text = message.content
        for slip in reversed(slips(text, self._own)):
            if slip.right:
                self.words.append((at, text[slip.start : slip.end], slip.right))
                text = text[: slip.start] + slip.right + text[slip.end :]
        return replace(message, content=text)


def _spelling(
    rows: Sequence[Conversation], kinds: Sequence[str]
) -> tuple[_Spelling, dict[str, Callable[[Conversation], Conversation]]]:
    roles = {kind: role for kind, role in (("typo", "assistant"), ("question-typo", "user")) if kind in kinds}
    spelling = _Spelling(rows if roles else ())
    return spelling, {kind: partial(spelling.changed, role=role) for kind, role in roles.items()}


def _joined_turns(row: Conversation) -> Conversation:
    turns: list[Message] = []
    for one in row.messages:
        if turns and turns[-1].role == one.role and one.role in {"user", "assistant"} and turns[-1].weight == one.weight:
            thoughts = [thought for thought in (turns[-1].reasoning_content, one.reasoning_content) if thought is not None]
            content = f"{turns[-1].content}\n\n{one.content}"
            turns[-1] = replace(turns[-1], content=content, reasoning_content="\n\n".join(thoughts) if thoughts else None)
        else:
            turns.append(one)
    return replace(row, messages=tuple(turns))


def _cut_after_answer(row: Conversation) -> Conversation:
    last = max(i for i, message in enumerate(row.messages) if message.role == "assistant")
    return replace(row, messages=row.messages[: last + 1])


def _without_tokens(text: str) -> str:
    return TEMPLATE_TOKENS.sub("", text).strip() if TEMPLATE_TOKENS.search(text) else text


_CHANGES: dict[str, Callable[[Conversation], Conversation]] = {
    "letters": _each(whole_letters),
    "mojibake": _each(whole_letters),
    "template-token": _each(_without_tokens),
    "citation-mark": _each(without_marks),
    "dead-link": _each(without_nowhere_links),
    "doubled-turn": _joined_turns,
    "words-after-the-answer": _cut_after_answer,
    **{kind_name(kind): partial(changed, change=change) for kind, change in TIDY.items()},
    HTML: lambda row: _each(without_tags)(row) if holds_tags(row) else row,
}
