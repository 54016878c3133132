"""Machines, models and data that are not here: plain facts, as `plan` takes them."""

from __future__ import annotations

from burnish.plan.make import make_plan
from burnish.records.machine import Machine
from burnish.records.model import ModelShape
from burnish.records.profile import DataProfile
from burnish.records.recipe import build_recipe

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def shape(**facts):
    """Return SmolLM2-135M's shape, or a changed one."""
    usual = {
        "architecture": "llama",
        "layers": 30,
        "hidden": 576,
        "inner": 1536,
        "heads": 9,
        "kv_heads": 3,
        "head_width": 64,
        "vocabulary": 49152,
        "context_length": 8192,
        "parameters": 134_515_008,
        "tied": True,
        "targets": TARGETS,
        "target_shapes": ((576, 576), (576, 192), (576, 192), (576, 576), (576, 1536), (576, 1536), (1536, 576)),
    }
    return ModelShape(**{**usual, **facts})


def tiny_llama():
    """Return TinyLlama 1.1B's shape."""
    wide = ((2048, 2048), (2048, 256), (2048, 256), (2048, 2048), (2048, 5632), (2048, 5632), (5632, 2048))
    return shape(
        layers=22,
        hidden=2048,
        inner=5632,
        heads=32,
        kv_heads=4,
        vocabulary=32000,
        context_length=2048,
        parameters=1_100_048_384,
        tied=False,
        target_shapes=wide,
    )


def machine(**facts):
    """Return two cores without fast bfloat16 and 16 GB, or a changed machine."""
    usual = {
        "device": "cpu",
        "name": "Two Cores",
        "cores": 2,
        "memory_bytes": 16_000_000_000,
        "disk_free_bytes": 50_000_000_000,
        "matmul_flops": {"float32": 1e11, "bfloat16": 3e10},
        "threads": 2,
    }
    return Machine(**{**usual, **facts})


def profile(rows=60, length=100, **facts):
    """Return `rows` rows of `length` tokens that share a manner, or changed facts."""
    lengths = facts.get("lengths", (length,) * rows)
    longest = max(lengths, default=0)
    usual = {
        "rows": rows,
        "tokens": sum(lengths),
        "supervised_tokens": sum(lengths) // 2,
        "token_p50": longest,
        "token_p90": longest,
        "token_p99": longest,
        "token_max": longest,
        "lengths": lengths,
        "novelty": 0.1,
        "data_hash": "0" * 64,
        "holdable_rows": rows - 1,
    }
    return DataProfile(**{**usual, **facts})


def plan(given=None, *, data=None, on=None, of=None):
    """Return the plan for a recipe given as dotted keys."""
    return make_plan(build_recipe(given or {}), data or profile(), on or machine(), of or shape(), "smollm2-135m")


__all__ = ["machine", "plan", "profile", "shape", "tiny_llama"]
