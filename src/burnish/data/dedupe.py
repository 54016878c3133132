"""Rows that stand in a file twice: word for word, or near enough that the second teaches nothing.

Two rows are near-same when their questions are near-same, their answers are, and they agree in system turn and in whether there is
a thought. The same question with another answer is a contradiction, not a duplicate. Candidates come from MinHash signatures in
bands (Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", ch. 3), and each is then compared in full: what is
taken out is near-same to the row that is kept, not merely to another that goes. Time is linear in the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from burnish.data.groups import asked
from burnish.data.library import library
from burnish.data.near import grams, near_same, same_key
from burnish.records.conversation import Conversation

BANDS, ROWS = 25, 5
"""Two rows that overlap by 0.8 share a band with a chance of 0.9999, by 0.4 of 0.23."""
CHUNK = 2048
"""Rows whose signatures are made at once."""
CROWD = 200
"""Rows of one band that a row is compared with, the latest first: files of one form stay linear."""
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Rows that are one, by their indices in file order; the first two or more."""

    members: tuple[int, ...]
    exact: tuple[int, ...]
    """Those that are the first one word for word."""


def clusters(rows: Sequence[Conversation]) -> Iterator[tuple[int, int | None, bool]]:
    """Yield for each row: its index, the earlier row that it repeats (None for a row that is new), and whether word for word."""
    exact: dict[str, int] = {}
    buckets: defaultdict[bytes, list[int]] = defaultdict(list)
    texts = [(asked(row), row.answer) for row in rows]
    forms = [_form(row) for row in rows]
    for i, signature in enumerate(_signatures([f"{question}\n{answer}" for question, answer in texts])):
        first = exact.setdefault(rows[i].id, i)
        if first != i:
            yield i, first, True
            continue
        bands = [bytes([band]) + signature[4 * ROWS * band : 4 * ROWS * (band + 1)] for band in range(BANDS)]
        near = next((j for j in _candidates(buckets, bands) if forms[i] == forms[j] and _near(texts[i], texts[j])), None)
        if near is None:
            for band in bands:
                buckets[band] = [*buckets[band][1 - CROWD :], i]
        else:
            exact[rows[i].id] = near
        yield i, near, False


def gathered(found: Sequence[tuple[int, int | None, bool]]) -> list[Cluster]:
    """Return the clusters of two rows and more, in order of their first rows."""
    members: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    for i, first, exact in found:
        if first is not None:
            members[first].append((i, exact))
    return [
        Cluster(members=(first, *(i for i, _ in rest)), exact=tuple(i for i, exact in rest if exact))
        for first, rest in sorted(members.items())
    ]


def _signatures(texts: Sequence[str]) -> Iterator[bytes]:
    """Yield each text's MinHash signature: BANDS * ROWS numbers of 4 bytes."""
    import numpy as np

    minhash = library("rensa").RMinHash
    for start in range(0, len(texts), CHUNK):
        # what is no Unicode text (half a pair of surrogates) would stop the library
        chunk = [grams(text.encode("utf-8", "replace").decode()) for text in texts[start : start + CHUNK]]
        rows = minhash.digest_matrix_from_token_sets(chunk, BANDS * ROWS, SEED).to_rows()
        yield from (np.array(row, dtype=np.uint32).tobytes() for row in rows)


def _candidates(buckets: defaultdict[bytes, list[int]], bands: Sequence[bytes]) -> list[int]:
    return sorted({j for band in bands if band in buckets for j in buckets[band]})


def _near(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return near_same(one[0], other[0]) and near_same(one[1], other[1])


def _form(row: Conversation) -> tuple[str, bool, int]:
    """Return what must be the same in near-same rows: the system turn, whether the answer has a thought, the turns."""
    system = same_key("\n".join(message.content for message in row.messages if message.role == "system"))
    return system, any(message.reasoning_content for message in row.messages), len(row.messages)
