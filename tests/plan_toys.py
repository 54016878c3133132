"""A plan for the toy model, whose numbers tests change as they need."""

from __future__ import annotations

from burnish.records.plan import Plan
from toys import SEED

PLAN = Plan(
    model_name="toy",
    dtype="float32",
    fast=False,
    lora_rank=4,
    lora_alpha=8,
    lora_dropout=0.1,
    lora_targets=("q_proj", "v_proj", "down_proj"),
    lora_rslora=False,
    method="sft",
    epochs=3,
    max_steps=0,
    learning_rate=5e-3,
    schedule="cosine",
    warmup_steps=2,
    batch_rows=4,
    micro_batch_tokens=64,
    max_length=64,
    weight_decay=0.01,
    clip=1.0,
    checkpointing=False,
    seed=SEED,
    early_stop=False,
    keep="best",
    holdout=3,
)
