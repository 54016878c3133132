"""Answers kept by the hash of all they are made of, so that what has not changed is not made again.

What is kept is what the model said, never its score: graders are fast and run on it again each time, so that a mended target or
a newer grader always counts. A line that is damaged is passed over and its answer made anew. Nothing is ever changed in place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from burnish import durable
from burnish.errors import StorageError
from burnish.records.codec import JSON, from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a model said to one prompt, not graded yet."""

    text: str
    tokens: int
    """Tokens generated, the end-of-turn token included when there was one; 0 for an option chosen by likelihood."""
    natural_stop: bool
    weights: tuple[float, ...] = ()
    """Of options weighed by likelihood: nats per token of each, in their order."""


class Kept:
    """A file of answers: one JSON object a line, with its key and a hash of the whole line inside."""

    def __init__(self, file: Path, made_of: Mapping[str, JSON], *, alone: bool, fresh: bool = False) -> None:
        """Read what is there.

        `made_of`: the model and all else that every answer in the file depends on. `alone`: whether a written answer depends on
        its own prompt alone, and not on what else is in its batch. `fresh`: nothing is reused, and new answers take the place
        of the old ones.
        """
        self.alone = alone
        self.damaged = 0
        """Lines that were not what had been written."""
        self.reused = 0
        """Answers given out of it, as far as its user has counted."""
        self._file = file
        self._made_of = dict(made_of)
        self._known: dict[str, Said] = {} if fresh else self._read()

    def key(self, question: Mapping[str, JSON]) -> str:
        """Return the sha256 that a question to this model is known by."""
        return _digest({"made_of": self._made_of, "question": dict(question)})

    def get(self, key: str) -> Said | None:
        """Return the answer kept under a key, or None."""
        return self._known.get(key)

    def put(self, key: str, said: Said) -> None:
        """Keep an answer. A disk that cannot be written is no fault: keeping only saves time."""
        answer = to_json(said)
        self._known[key] = said
        with contextlib.suppress(StorageError):
            durable.make_folder(self._file.parent)
            durable.append_line(self._file, json.dumps({"key": key, "answer": answer, "sha256": _digest([key, answer])}))

    def _read(self) -> dict[str, Said]:
        known: dict[str, Said] = {}
        try:
            lines = self._file.read_bytes().splitlines()
        except OSError:
            return known
        for line in lines:
            try:
                entry = json.loads(line)
                whole = entry["sha256"] == _digest([entry["key"], entry["answer"]])
            except (ValueError, KeyError, TypeError, RecursionError):
                whole = False
            if whole:
                known[entry["key"]] = from_json(Said, entry["answer"])
            else:
                self.damaged += 1
        return known


def _digest(value: JSON) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
