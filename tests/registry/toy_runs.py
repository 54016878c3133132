"""Toy runs: real files with real hashes, no model."""

from __future__ import annotations

import hashlib

from burnish.records.run import Run


def fill(registry, run_id, folder, weights=b"weights", parents=(), verdict="better") -> Run:
    """Write what a training leaves behind and return the record of it."""
    (folder / "adapter").mkdir()
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(weights)
    (folder / "adapter" / "adapter_config.json").write_text('{"r": 8}')
    for name in ("recipe.toml", "plan.json", "ledger.json", "before.json", "events.jsonl", "after.json", "report.html"):
        (folder / name).write_text(name)
    return Run(
        id=run_id,
        created="2026-11-21T09:30:00Z",
        parents=parents,
        method="sft",
        base_model="toy",
        base_hash="0" * 64,
        data_files=("rows.jsonl",),
        data_hash="1" * 64,
        adapter_hash=hashlib.sha256(weights).hexdigest(),
        rows=12,
        steps=3,
        tokens=100,
        supervised_tokens=40,
        loss_first=2.0,
        loss_last=1.0,
        train_seconds=1.0,
        wall_seconds=2.0,
        peak_bytes=1000,
        tokens_per_second=100.0,
        trainable_parameters=64,
        verdict=verdict,
    )
