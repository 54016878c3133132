"""Which of the rows that a version carries are nearest to a question.

Several rows may state one fact in different words; they count together: a fact is as near as the mean of its rows and its nearest
row, halved. (Measured on eight sets of 20 invented facts, three phrasings each, asked in words that share at most one content word
with them: by all-mpnet-base-v2 the right fact is the nearest for 0.82 of the questions by the rows' questions alone, 0.84 by question
and by question with answer, 0.87 with facts taken together, and among the five nearest for 0.98; by all-MiniLM-L6-v2 0.73, 0.75, 0.78
and 0.97; by words, as `lexical` has them, 0.28.)

Shapes: R rows, F facts, D width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.retrieval.lexical import WordIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 256
"""Rows whose neighbours are looked for at once (5,000 rows: 50 s one by one)."""
Progress = Callable[[int, int], None]
"""Told how many texts are done, and of how many."""
Encode = Callable[[Sequence[str], Progress | None], "NDArray[np.float32]"]
"""Texts to (texts, D) vectors of length 1, as `model.embed.Embedder.vectors` makes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRow:
    """One row that can be put before a question."""

    id: str
    """Of the conversation that it was made from."""
    question: str
    answer: str
    fact: int
    """Rows of one number state the same fact."""
    source: str = ""
    """`metadata.source`, or the file that it came from."""
    where: str = ""
    """`file:line` of the conversation."""

    @property
    def both(self) -> str:
        """The question with its answer, as it is compared."""
        return f"{self.question} {self.answer}"


@dataclass(frozen=True, slots=True)
class Vectors:
    """The rows' vectors: of each question, and of each question with its answer."""

    question_RD: NDArray[np.float32]
    both_RD: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """A row that is the nearest of its fact."""

    number: int
    """The row's place among the rows."""
    score: float
    """The fact's, from all its rows: a cosine by meaning, from 0 to 1 by words."""


def make_vectors(rows: Sequence[MemoryRow], encode: Encode, progress: Progress | None = None) -> Vectors:
    """Return the vectors of all rows. `progress` counts two texts a row."""
    every = encode([*(row.question for row in rows), *(row.both for row in rows)], progress)
    return Vectors(every[: len(rows)], every[len(rows) :])


class RowIndex:
    """Rows, searched by meaning where an encoder and the rows' vectors are given, else by words."""

    def __init__(self, rows: Sequence[MemoryRow], encode: Encode | None = None, vectors: Vectors | None = None) -> None:
        """Give each fact a place, and count the words where these are searched."""
        import numpy as np

        self.rows = tuple(rows)
        numbers: dict[int, int] = {}
        self._fact_R = np.array([numbers.setdefault(row.fact, len(numbers)) for row in self.rows], dtype=np.intp)
        self._facts = len(numbers)
        self._rows_of: dict[int, list[int]] = {}
        for number, row in enumerate(self.rows):
            self._rows_of.setdefault(row.fact, []).append(number)
        self._encode, self._vectors = encode, vectors
        self._block: tuple[int, NDArray[np.float32]] | None = None
        """Twice the scores of BLOCK rows' questions, (BLOCK, R), and the first of these rows."""
        self._words = WordIndex([row.both for row in self.rows]) if encode is None or vectors is None else None

    def nearest(self, query: str, k: int, without: Collection[int] = ()) -> list[Found]:
        """Return at most k rows, one a fact, the nearest first; of facts as near as each other the first.

        `without`: numbers of rows that are treated as not there. By words, a fact that shares no word with the query is not found.
        """
        return self.ranked(query, k, without)[0]

    def ranked(self, query: str, k: int, without: Collection[int] = ()) -> tuple[list[Found], float]:
        """Return what `nearest` does, and the mean score of all facts: how near the query is to the rows as a whole."""
        if not self.rows or k < 1:
            return [], 0.0
        return self._ranked(self._scores(query), k, without)

    def neighbours(self, number: int, k: int, without: Collection[int] = ()) -> list[Found]:
        """Return at most k rows for the question of one of the rows, as `nearest` does; its vector is not made again."""
        if self._vectors is None or self._words is not None:
            return self.nearest(self.rows[number].question, k, without)
        return self._ranked(self._row_scores(number), k, without)[0]

    def facts_of(self, fact: int) -> list[int]:
        """Return the numbers of the rows that state a fact."""
        return self._rows_of.get(fact, [])

    def _ranked(self, scores_R: NDArray[np.float64], k: int, without: Collection[int]) -> tuple[list[Found], float]:
        import numpy as np

        scores_R[list(without)] = np.nan
        fact_scores_F = self._fact_scores(scores_R)
        lowest = 0.0 if self._words is not None else -np.inf
        order = [int(fact) for fact in np.argsort(-fact_scores_F, kind="stable")[:k] if fact_scores_F[fact] > lowest]
        left_F = fact_scores_F[np.isfinite(fact_scores_F)]
        found = [Found(self._nearest_of(fact, scores_R), float(fact_scores_F[fact])) for fact in order]
        return found, float(left_F.mean()) if len(left_F) else 0.0

    def _scores(self, query: str) -> NDArray[np.float64]:
        """Return each row's own score."""
        import numpy as np

        if self._words is not None:
            return self._words.scores(query).astype(np.float64)
        assert self._encode is not None
        return self._scores_of(self._encode([query], None)[0])

    def _scores_of(self, query_D: NDArray[np.float32]) -> NDArray[np.float64]:
        import numpy as np

        assert self._vectors is not None
        sums_R: NDArray[np.float32] = self._vectors.question_RD @ query_D + self._vectors.both_RD @ query_D
        return sums_R.astype(np.float64) / 2

    def _row_scores(self, number: int) -> NDArray[np.float64]:
        """Return the scores of one of the rows' questions. Rows are asked one after the other: BLOCK of them go through the product at once."""
        import numpy as np

        assert self._vectors is not None
        begin = number // BLOCK * BLOCK
        if self._block is None or self._block[0] != begin:
            query_DB = self._vectors.question_RD[begin : begin + BLOCK].T
            sums_RB: NDArray[np.float32] = self._vectors.question_RD @ query_DB + self._vectors.both_RD @ query_DB
            self._block = begin, sums_RB.T
        scores_R: NDArray[np.float64] = self._block[1][number - begin].astype(np.float64)
        return scores_R / 2

    def _fact_scores(self, scores_R: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each fact's score, (mean + max) / 2 of its rows; -inf where none is left. Rows of score NaN are not there."""
        import numpy as np

        left_R = ~np.isnan(scores_R)
        facts, scores = self._fact_R[left_R], scores_R[left_R]
        count_F = np.bincount(facts, minlength=self._facts)
        sum_F = np.bincount(facts, weights=scores, minlength=self._facts)
        max_F = np.full(self._facts, -np.inf)
        np.maximum.at(max_F, facts, scores)
        scores_F: NDArray[np.float64] = (sum_F / np.maximum(count_F, 1) + max_F) / 2
        return scores_F

    def _nearest_of(self, fact: int, scores_R: NDArray[np.float64]) -> int:
        import numpy as np

        (rows,) = np.nonzero(self._fact_R == fact)
        return int(rows[np.nanargmax(scores_R[rows])])
