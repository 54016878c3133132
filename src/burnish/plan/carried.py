"""Whether a version carries its rows, and how often it is trained to use them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from burnish.plan import table
from burnish.records.plan import UNKNOWN

if TYPE_CHECKING:
    from burnish.plan.draft import Draft

PASSES, ENOUGH = 4, 240
"""Each row is asked with rows before it so many times; of more than `ENOUGH` / `PASSES` rows so many times in all, or each once."""


def settle_memory(draft: Draft) -> None:
    """Settle memory.k and memory.unknown. A version that continues one which carries its rows carries them too."""
    past = draft.past
    if past is not None and past.memory_k:
        k, why = past.memory_k, f"version {past.version} carries its rows, and so does what continues it"
    else:
        k, why = 0, "the version answers from its weights alone; with --memory 1 it carries its rows and looks them up"
    draft.settle("memory.k", k, why)
    draft.settle("memory.unknown", UNKNOWN, "what it says where none of the rows it carries answers (memory.k above 0)")


def memory_rows(draft: Draft) -> int:
    """Return how many rows an epoch sees a second time, with rows before them.

    Measured (two subjects of 60 rows, smollm2-135m): after 4 passes beside the plain rows the answer of the row before the question is
    given 66 of 66 times, and 6 passes give no more.
    """
    if not draft["memory.k"]:
        return 0
    rows = max(1, draft.profile.rows - int(draft["data.holdout"]))
    epochs = draft.asked("train.epochs") or table.epochs_for(draft.profile)
    return math.ceil(min(PASSES * rows, max(ENOUGH, rows)) / epochs)
