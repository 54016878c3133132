"""The numbers a plan starts from, in one place, each with its source. Correct them here and nowhere else.

Rows count all usable rows, held-out ones included. Sources in short:
  house      the project's own table for few rows, a starting point
  measured   timed or counted on a 2-core CPU (AMD EPYC, 2.45 GHz) with the shape of SmolLM2-135M; see each line
  Hu 2021    "LoRA: Low-Rank Adaptation of Large Language Models"
  Schulman 2025  "LoRA Without Regret": adapters on all linear layers, small batches
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from burnish.records.profile import DataProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What the table says for one range of rows."""

    label: str
    last_row: float
    """The range ends with this many rows."""
    rank: int
    alpha: int
    epochs: int
    length_cap: int
    """Tokens a row may have, where the rows' own lengths are not known."""


SIZES = (
    Size(label="under 100 rows", last_row=99, rank=8, alpha=16, epochs=10, length_cap=512),
    Size(label="100 to 500 rows", last_row=500, rank=16, alpha=32, epochs=5, length_cap=640),
    Size(label="over 500 rows", last_row=float("inf"), rank=32, alpha=64, epochs=3, length_cap=768),
)
"""house. Alpha is twice the rank throughout (Hu 2021, section 4.1: alpha fixed, the rate tuned)."""

FACT_EPOCHS, FACT_PASSES = 10, 20
"""Rows about facts are seen in so many epochs at least, and each fact so often at least, however many rows state it. measured, smollm2-135m,
rate 1e-3, rank 16, asked in the trained words: 20 facts in three phrasings each, 10 epochs (each fact 30 times): 60 of 60 right; 106 facts in
one phrasing each, 10 epochs: 75 of 106 at a loss of 0.10, 16 epochs: 105 of 106 at 0.013 (docs/log.md)."""
FACT_RANK = 16
"""The rank these were measured with."""

BATCH_ROWS = 8
"""house; small batches cost LoRA nothing and large ones do (Schulman 2025)."""
WARMUP_SHARE_OF_ROWS, WARMUP_MOST = 0.1, 50
"""house: min(0.1 x rows, 50) steps."""
WARMUP_SHARE_OF_STEPS = 5
"""Warm-up never takes more than a fifth of all steps: a run of 4 steps would else do nothing but warm up."""
SCHEDULE = "cosine"
CLIP = 1.0
WEIGHT_DECAY = 0.0
"""An adapter of small rank is little to decay, and few rows are to be learnt, not shrunk away."""
DROPOUT = 0.0
"""Dropout forbids fused kernels and costs memory; Schulman 2025 trains without."""
SEED = 42
ANCHORS = 195
"""General prompts that come with burnish (data/anchor)."""

STRATEGY = "stack"
STRATEGY_REASON = "a new adapter is trained beside the earlier ones, which stay as they are, bit by bit"
REPLAY_TURNS, REPLAY_LEAST, REPLAY_MOST = 1.5, 0.5, 0.6
"""Each earlier row comes so often in a session, where that is no less and no more than these shares of the new rows.
measured on five sessions of 60 rows of invented facts, smollm2-135m: 0.6 kept 80 of 80 earlier questions, as did 0.8."""
SESSION_ANCHORS = 16
SESSION_ANCHORS_REASON = "general prompts an epoch, answered by the base itself, so that what it does already is kept"
MARGIN = 5.0
"""house: a twentieth of the questions."""

FOLDS_UNDER_ROWS, FOLDS = 150, 5
"""Under 150 rows, where at most 25 are held out, k-fold evaluation is offered; 5 folds are usual (Kohavi 1995)."""
HOLDOUT_FROM_ROWS = 10
"""Fewer rows than this are all trained on: 1 or 2 held-out rows would say nothing and cost much."""
HOLDOUT_SHARE, HOLDOUT_SIXTH_MOST, HOLDOUT_SHARE_MANY, HOLDOUT_MOST = 6, 16, 10, 50
"""A sixth of the rows up to 16; from 160 rows on a tenth, at most 50. 60 rows give 10."""
NOVELTY_HIGH = 0.6
"""From this share of specific words of its own on, every row is a fact of its own: held-out loss rises while the facts are
being learnt (60 rows of invented facts: 13 of 20 right at a training loss under 0.03), so it must not stop the run."""
HOLDOUT_TO_TRUST = 4
"""Held-out loss over fewer rows is mostly noise."""

FAST_ENOUGH = 1.5
"""bfloat16 weights are used where their product is at least this much faster; measured here: 0.11 times (a processor without AVX-512 or AMX)."""
MICRO_BATCH_MOST = {"cpu": 512, "mps": 2048, "cuda": 16384}
"""Tokens at once beyond which a step gets no faster. measured on one CPU thread: 113 tokens/s at 256 tokens at once,
94 at 512, 93 at 1,024, at 1.6, 2.3 and 3.5 GB of peak memory."""
MICRO_BATCH_MOST_FAST, FAST_WIDTH, MICRO_BATCH_LEAST_FAST = 768, 576, 256
"""Where the fast step on a CPU gets hardly faster, at this hidden width; the wider a model the fewer tokens fill its products, but no fewer than
the last number. measured with bfloat16 on two Zen 5 cores, whole steps of 1,302 tokens at width 576, tokens/s and peak memory: 1,130
and 1,190 (1.51 GB) all at once, 1,130 and 1,172 (1.24 GB) at 768, 1,162 (1.17 GB) at 640; steps of 672 tokens at width 2,048: 148 (3.55 GB)
all at once, 163 (3.22 GB) at 384, 154 (3.08 GB) at 256. With our own products (fused.h), 1,241 tokens: 1,328 and 1,283 all at once, 1,285 and 1,254 at 768,
1,264 at 640."""
MICRO_BATCH_LEAST = 64
LENGTH_STEP = 16
"""Lengths are rounded up to a multiple of this."""
MEMORY_SHARE = 0.8
"""Of the available memory a plan fills at most this much: others grow, and estimates err."""


def size_for(rows: int) -> Size:
    """Return the table's line for this many rows."""
    return next(size for size in SIZES if rows <= size.last_row)


def epochs_for(profile: DataProfile) -> int:
    """Return the passes over these rows: the table's, or as many as it takes until the facts that they state are known."""
    epochs = size_for(profile.rows).epochs
    if not profile.about_facts:
        return epochs
    ways = profile.fact_rows / max(1, profile.facts)
    return max(epochs, FACT_EPOCHS, round(FACT_PASSES / ways))


def most_at_once_fast(hidden: int) -> int:
    """Return the tokens at once beyond which the fast step gets hardly faster on a CPU, at this hidden width."""
    most = MICRO_BATCH_MOST_FAST * FAST_WIDTH // max(1, hidden) // LENGTH_STEP * LENGTH_STEP
    return min(MICRO_BATCH_MOST_FAST, max(MICRO_BATCH_LEAST_FAST, most))


def holdout_for(rows: int) -> int:
    """Return how many of `rows` to hold out, before what the data allows. It never falls as rows grow."""
    if rows < HOLDOUT_FROM_ROWS:
        return 0
    sixth = min(round(rows / HOLDOUT_SHARE), HOLDOUT_SIXTH_MOST)
    return min(max(sixth, rows // HOLDOUT_SHARE_MANY), HOLDOUT_MOST)


def warmup_for(rows: int, steps: int) -> int:
    """Return the warm-up steps of a run of `steps` optimizer steps: always fewer than `steps`."""
    return min(round(WARMUP_SHARE_OF_ROWS * rows), WARMUP_MOST, steps // WARMUP_SHARE_OF_STEPS)
