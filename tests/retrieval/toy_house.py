"""Rows about a house, and an encoder whose vectors can be worked out by hand."""

from __future__ import annotations

import numpy as np

from burnish.retrieval.files import SavedRows
from burnish.retrieval.index import MemoryRow, make_vectors
from burnish.retrieval.lexical import WORDS

MEANINGS = (("key", "lock"), ("tea", "kettle"), ("dog", "rex"), ("roof", "attic"), ("car", "garage"))
"""Words of one meaning share an axis; a text without any points along the last axis."""
UNKNOWN = "The rows do not say."


def encode(texts, progress=None):
    """Return (texts, 6) vectors of length 1: how often each meaning is in a text."""
    counts = [[sum(text.casefold().count(word) for word in words) for words in MEANINGS] for text in texts]
    vectors = np.array([[*each, 0 if any(each) else 1] for each in counts], dtype=np.float32).reshape(len(texts), 6)
    if progress is not None:
        progress(len(texts), len(texts))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def row(number, question, answer, fact):
    """Return a row of the toy memory."""
    return MemoryRow(
        id=f"id-{number}", question=question, answer=answer, fact=fact, source="house.jsonl", where=f"house.jsonl:{number}"
    )


ROWS = (
    row(1, "Where is the key?", "Behind the clock.", 10),
    row(2, "Where do I find what opens the lock?", "Behind the clock.", 10),
    row(3, "When is tea?", "At four.", 20),
    row(4, "What is the dog called?", "Rex.", 30),
    row(5, "What is under the roof?", "The attic.", 40),
    row(6, "Who drives the car?", "Ada, out of the garage.", 50),
)


def saved(*, by_meaning=False, **changes):
    """Return the toy rows as a version carries them."""
    found = {"rows": ROWS, "k": 1, "unknown": UNKNOWN, "encoder": WORDS}
    if by_meaning:
        found |= {"encoder": "toy", "encoder_digest": "d" * 64, "vectors": make_vectors(ROWS, encode)}
    return SavedRows(**{**found, **changes})
