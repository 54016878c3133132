"""Every number a run will use, each with its reason, and what the run will cost on this machine."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.records.codec import JSON

BEFORE = "the run was begun before there was such a setting"
"""The reason that the plan of an older run has for it."""
UNKNOWN = "I don't know that."
"""What a version that carries its rows says where none of them answers, unless a person says otherwise."""
KNOWN = "[known] "
"""What the question of a carried row begins with where it is put before a question: so a row is no turn of the talk that goes on."""
UNKNOWN_QUESTION = "And what if none of the rows answers it?"
"""The user's turn before that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What the run will cost, measured by timing a real step on this machine."""

    seconds_low: float
    seconds_high: float
    """Training alone, from the first step to the last, in seconds."""
    peak_bytes: int
    """The most memory the process will hold, weights included."""
    disk_bytes: int
    """What the run folder will hold at most, checkpoints included."""
    measured: bool = True
    """False: reckoned for a machine that is not here."""


def _named(name: str) -> Mapping[str, str]:
    return {"name": name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The resolved numbers. `reasons` has one sentence for each, by dotted name."""

    model_name: str = field(metadata=_named("model.name"))
    dtype: str = field(metadata=_named("model.dtype"))
    """"float32" or "bfloat16" or "float16": of the frozen base weights; adapters and optimizer state are float32 always."""
    fast: bool = field(metadata=_named("model.fast"))
    """Whether the fast step runs (model/fast), or transformers' and PEFT's own modules: the same results, slower."""
    lora_rank: int = field(metadata=_named("lora.rank"))
    lora_alpha: int = field(metadata=_named("lora.alpha"))
    lora_dropout: float = field(metadata=_named("lora.dropout"))
    lora_targets: tuple[str, ...] = field(metadata=_named("lora.targets"))
    """Names of the linear modules that get an adapter, such as "q_proj"."""
    lora_rslora: bool = field(metadata=_named("lora.rslora"))
    method: str = field(metadata=_named("train.method"))
    epochs: int = field(metadata=_named("train.epochs"))
    max_steps: int = field(metadata=_named("train.max_steps"))
    """Optimizer steps at most; 0: no other limit than the epochs."""
    learning_rate: float = field(metadata=_named("train.learning_rate"))
    schedule: str = field(metadata=_named("train.schedule"))
    warmup_steps: int = field(metadata=_named("train.warmup_steps"))
    batch_rows: int = field(metadata=_named("train.batch_rows"))
    """Rows an optimizer step sees; the last batch of an epoch may be smaller, and is never dropped."""
    micro_batch_tokens: int = field(metadata=_named("train.micro_batch_tokens"))
    """Tokens (padding included) that go through the model at once at most; a longer row goes alone."""
    max_length: int = field(metadata=_named("train.max_length"))
    """Tokens a row may have; longer ones are shortened at a turn's end, or refused by name."""
    weight_decay: float = field(metadata=_named("train.weight_decay"))
    clip: float = field(metadata=_named("train.clip"))
    """Largest gradient norm; 0: no clipping."""
    checkpointing: bool = field(metadata=_named("train.checkpointing"))
    """Gradient checkpointing: less memory for a third more time."""
    seed: int = field(metadata=_named("train.seed"))
    early_stop: bool = field(metadata=_named("train.early_stop"))
    keep: str = field(metadata=_named("train.keep"))
    """"best": the epoch with the lowest held-out loss; "last": the last one; "all": every epoch's adapter is kept beside the version's."""
    holdout: int = field(metadata=_named("data.holdout"))
    """Rows held out of training, to judge it with."""
    folds: int = field(default=0, metadata=_named("data.folds"))
    """K: every row is judged once by a model trained on the other K - 1 folds, and the version is trained on all rows; 0: none."""
    anchor: int = field(default=0, metadata=_named("session.anchor"))
    """General prompts that the start answers itself, whose first words are trained on beside the rows, so that what it does already is
    kept; 0: none."""
    strategy: str = field(default="fresh", metadata=_named("session.strategy"))
    """How an earlier version is continued: "stack", "merge" or "continue"; "fresh": none is, training starts from the base."""
    replay: float = field(default=0.0, metadata=_named("session.replay"))
    """Rows of earlier sessions that an epoch sees, as a share of the new ones."""
    margin: float = field(default=5.0, metadata=_named("session.margin"))
    """Points of 100 that earlier sessions or the general probes may lose before the version counts as one that forgot."""
    optim: str = field(default="adamw", metadata=_named("train.optim"))
    logging_steps: int = field(default=0, metadata=_named("train.logging_steps"))
    """Every so many steps a line of its own is printed; 0: progress only. events.jsonl holds every step either way."""
    memory_k: int = field(default=0, metadata=_named("memory.k"))
    """Rows of its own that the version puts before a question at most; 0: it answers from its weights alone."""
    memory_unknown: str = field(default=UNKNOWN, metadata=_named("memory.unknown"))
    """What it says where none of its rows answers the question."""
    steps_asked: bool = False
    """Whether max_steps was asked for and the epochs follow from it: then so many steps are taken, whatever an epoch comes to."""
    best_of_all: bool = False
    """With keep = "all": whether the version is the epoch with the lowest held-out loss, or the last one."""
    replay_rows: int = 0
    """The same in rows; each epoch sees other ones, until all had their turn."""
    memory_rows: int = 0
    """Rows that an epoch sees a second time, asked with rows before them as the version will be; each epoch sees other ones."""
    rank_before: int = 0
    """Rank of the earlier adapter that is put beside the new one ("stack" and "merge"); 0: none is."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    quote: Quote | None = None

    @property
    def beside_rows(self) -> int:
        """Rows beside the new ones that an epoch sees: general prompts, earlier rows, and rows asked with others before them."""
        return self.anchor + self.replay_rows + self.memory_rows

    @property
    def rank_at_once(self) -> int:
        """The rank that a step computes: with "stack" the earlier adapter's too."""
        return self.lora_rank + (self.rank_before if self.strategy == "stack" else 0)

    @property
    def lora_scale(self) -> float:
        """What an adapter's B A is multiplied by (Hu 2021, sec. 4.1; Kalajdzievski 2023 for rslora)."""
        return self.lora_alpha / (math.sqrt(self.lora_rank) if self.lora_rslora else self.lora_rank)

    @property
    def keeps_best(self) -> bool:
        """Whether the version is the epoch with the lowest held-out loss."""
        return self.keep == "best" or (self.keep == "all" and self.best_of_all)

    def steps(self, an_epoch: int) -> int:
        """Return the optimizer steps of the whole run when nothing stops it early, with so many an epoch."""
        if self.steps_asked and self.max_steps:
            return self.max_steps
        return min(self.epochs * an_epoch, self.max_steps or self.epochs * an_epoch)

    def settings(self) -> list[dict[str, JSON]]:
        """Return [{name, value, reason}] in the order above, as `burnish plan --json` shows them."""
        return [
            {
                "name": f.metadata["name"],
                "value": _plain(getattr(self, f.name)),
                "reason": self.reasons.get(f.metadata["name"], BEFORE),
            }
            for f in dataclasses.fields(self)
            if "name" in f.metadata
        ]


def plan_names() -> dict[str, str]:
    """Return {dotted name: attribute} of every setting of a plan."""
    return {f.metadata["name"]: f.name for f in dataclasses.fields(Plan) if "name" in f.metadata}


def _plain(value: JSON) -> JSON:
    return list(value) if isinstance(value, tuple) else value
