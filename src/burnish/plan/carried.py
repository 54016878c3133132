"""Whether a version carries its rows, and how often it is trained to use them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from burnish.plan import table
from burnish.records.plan import KNOWN, UNKNOWN, UNKNOWN_QUESTION

if TYPE_CHECKING:
    from burnish.plan.draft import Draft

PASSES, ENOUGH = 8, 480
"""Each row is asked with rows before it so many times; of more than `ENOUGH` / `PASSES` rows so many times in all, or each once."""
BETWEEN = 8
"""What a chat template writes between two rows and not at the end of one, at most (a line break in the usual ones)."""
TURN_TOKENS = 32
"""What a chat template writes around a question and its answer, at most (a guess; a limit only: nothing is padded to it)."""


def settle_memory(draft: Draft) -> None:
    """Settle memory.k and memory.unknown. A version that continues one which carries its rows carries them too."""
    past = draft.past
    if past is not None and past.memory_k:
        k, why = past.memory_k, f"version {past.version} carries its rows, and so does what continues it"
    else:
        k, why = 0, "the version answers from its weights alone; with --memory 1 it carries its rows and looks them up"
    draft.settle("memory.k", k, why)
    unknown = "what it says where none of the rows it carries answers (memory.k above 0)"
    if past is not None and past.memory_k and past.memory_unknown:
        draft.settle("memory.unknown", past.memory_unknown, f"{unknown}, as version {past.version} does")
    else:
        draft.settle("memory.unknown", UNKNOWN, unknown)


def length_asked(draft: Draft, longest: int) -> int:
    """Return the tokens of the longest row when it is asked as the version will be: with the rows before it that it carries.

    Of some sets of 60 rows 3 of 132 such examples fit the length of the longest row itself, of others 110.
    """
    past = draft.past.rows if draft.past is not None else 0
    turns = min(int(draft["memory.k"]), draft.profile.rows + past)
    if not turns:
        return longest
    mark = len(KNOWN.encode()) + BETWEEN  # a token is a byte at least
    unknown = mark + len((UNKNOWN_QUESTION + str(draft["memory.unknown"])).encode()) + TURN_TOKENS
    return longest + max(turns * (longest + mark), unknown)


def memory_rows(draft: Draft) -> int:
    """Return how many rows an epoch sees a second time, with rows before them.

    Measured (two subjects of 60 rows, smollm2-135m), beside 10 passes of the plain rows: after 4 passes the answer of the row before the
    question is given 66 of 66 times, but so is any earlier turn of a talk; after 8, a quarter of them behind such turns, 62 of 65 times,
    and of 120 questions behind a turn of the talk 100 are answered from the rows and not from that turn.
    """
    if not draft["memory.k"]:
        return 0
    rows = max(1, draft.profile.rows - int(draft["data.holdout"]))
    epochs = draft.asked("train.epochs") or table.epochs_for(draft.profile)
    return math.ceil(min(PASSES * rows, max(ENOUGH, rows)) / epochs)
