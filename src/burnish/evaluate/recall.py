"""Exact recall: training prompts asked again. It shows whether the rows were learnt at all, and its likeness is never part of the verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from burnish.evaluate.asking import Question, thinks
from burnish.grading.text import spoken
from burnish.records.conversation import Conversation
from burnish.records.questions import Recall, Recalled, Reply

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 40
"""Rows asked at most."""
MOST_FACTS = 120
"""Rows that state facts and are asked again, at most: knowing them is what the training was for, and their answers are short."""
FEWEST = 4
"""Rows asked even where the training is so short that they cost more than it."""
LONGEST = 400
"""Tokens of an answer that are waited for; rows with longer answers are asked last."""
COMPARED = 4_000
"""Characters of a text that the edit distance looks at: its cost grows with the square."""


def recall_sample(
    rows: Sequence[Conversation], tokens: Sequence[int], room: int, *, most: int = MOST
) -> tuple[list[Question], str]:
    """Return the training rows to ask again, and why so many, in words.

    `tokens` are those of each row's answer, its end included, and 0 for a row whose answer was cut off and so never taught; `room` is the most tokens that all answers may have, `most` the most rows. Rows are
    taken in an order drawn from their words (sha256), so the same rows give the same sample; those of each category in turn.
    """
    order = sorted((i for i in _in_turn(rows) if tokens[i] > 0), key=lambda i: _limit(tokens[i]) > LONGEST)
    chosen: list[int] = []
    left = room
    for i in order:
        if len(chosen) < most and (len(chosen) < FEWEST or _limit(tokens[i]) <= left):
            chosen.append(i)
            left -= _limit(tokens[i])
    asked = [
        Question(
            id=f"{rows[i].id}-{i}",
            messages=rows[i].prompt,
            think=thinks(rows[i]),
            max_tokens=min(_limit(tokens[i]), LONGEST),
        )
        for i in sorted(chosen)
    ]
    return asked, _reason(len(chosen), len(rows), most)


def _limit(tokens: int) -> int:
    """Return the room for an answer: a quarter more than the row's own, so that one that does not end is seen not to."""
    return tokens + tokens // 4 + 4


def _in_turn(rows: Sequence[Conversation]) -> list[int]:
    """Return the indices of rows that ask something, one of each category after the other."""
    groups: dict[str, list[int]] = {}
    for i in sorted(range(len(rows)), key=lambda i: (hashlib.sha256(rows[i].id.encode()).digest(), i)):
        if rows[i].prompt and rows[i].answer.strip():
            groups.setdefault(rows[i].category, []).append(i)
    ranked = [(rank, i) for group in groups.values() for rank, i in enumerate(group)]
    return [i for _, i in sorted(ranked, key=lambda pair: pair[0])]


def _reason(asked: int, rows: int, most: int) -> str:
    if asked == rows:
        return f"all {rows} training rows were asked"
    if asked == most:
        return f"{asked} of {rows} training rows were asked: a sample"
    return f"{asked} of {rows} training rows were asked: more would cost too much beside the training itself"


def recalled(rows: Sequence[Conversation], before: Sequence[Reply], after: Sequence[Reply], reason: str) -> Recall:
    """Return what both models said to the sampled training prompts, beside the rows' own answers."""
    by_id = {f"{row.id}-{i}": row for i, row in enumerate(rows)}
    said = {reply.id: reply for reply in before}
    items = [_item(by_id[new.id], said[new.id], new) for new in after if new.id in by_id and new.id in said]
    if not items:
        return Recall(asked=0, rows=len(rows), reason="no training prompt was asked again")
    count = len(items)
    return Recall(
        asked=count,
        rows=len(rows),
        reason=reason,
        edit_before=sum(item.edit_before for item in items) / count,
        edit_after=sum(item.edit_after for item in items) / count,
        contains_before=sum(item.contains_before for item in items) / count,
        contains_after=sum(item.contains_after for item in items) / count,
        items=tuple(items),
    )


def _item(row: Conversation, before: Reply, after: Reply) -> Recalled:
    target = spoken(row.answer)
    texts = [spoken(reply.text) for reply in (before, after)]
    return Recalled(
        id=after.id,
        where=str(row.origin) if row.origin else "",
        prompt=row.prompt[-1].content,
        target=target,
        before=texts[0],
        after=texts[1],
        edit_before=edit_similarity(texts[0], target),
        edit_after=edit_similarity(texts[1], target),
        contains_before=holds(texts[0], target),
        contains_after=holds(texts[1], target),
    )


def holds(answer: str, target: str) -> bool:
    """Return whether the answer holds the target word for word; case, white space and a last full stop do not count."""
    wanted = _plain(target).rstrip(".。")
    return bool(wanted) and wanted in _plain(answer)


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())


def edit_similarity(one: str, other: str) -> float:
    """Return 1 minus the edit distance over the longer text's length, 0 to 1; white space at line ends and case count.

    >>> edit_similarity("Door 4 is grey.", "Door 4 is grey."), edit_similarity("abc", ""), edit_similarity("kitten", "sitting")
    (1.0, 0.0, 0.5714285714285714)
    """
    one, other = one.strip()[:COMPARED], other.strip()[:COMPARED]
    longest = max(len(one), len(other))
    return 1 - edit_distance(one, other) / longest if longest else 1.0


def edit_distance(one: str, other: str) -> int:
    """Return the fewest insertions, deletions and replacements of characters from one text to the other (Levenshtein 1966).

    Row by row (Wagner and Fischer 1974); insertions within a row, which depend on each other, as a running minimum.
    """
    import numpy as np

    letters, wanted = _letters(one), _letters(other)
    places = np.arange(len(wanted) + 1)
    row = places.copy()
    for number, letter in enumerate(letters, start=1):
        new = np.empty_like(row)
        new[0] = number
        new[1:] = np.minimum(row[1:] + 1, row[:-1] + (wanted != letter))
        row = np.minimum.accumulate(new - places) + places
    return int(row[-1])


def _letters(text: str) -> NDArray[Any]:
    import numpy as np

    return np.array([ord(letter) for letter in text], dtype=np.int64)
