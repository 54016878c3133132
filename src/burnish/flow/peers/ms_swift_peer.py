"""The same rows trained by ms-swift, in its own environment: imports nothing of burnish. See run_peer.py."""

from __future__ import annotations

import importlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.flow.peers.run_peer import Order, Watch


def train(order: Order, watch: Watch) -> str:
    """Train an order's rows and return ms-swift's version."""
    swift = importlib.import_module("swift.pipelines.train.sft")
    rows = [{"input_ids": ids, "labels": labels, "length": len(ids)} for ids, labels in order.rows]

    class Made(swift.SwiftSft):  # type: ignore[misc, name-defined]
        """Its training on rows whose tokens are made already."""

        def _prepare_dataset(self) -> list[Any]:
            return [rows, None]

    watch.follow_trainer()
    with tempfile.TemporaryDirectory() as folder:
        Made(swift.SftArguments(**_settings(order, Path(folder)))).main()
    return str(importlib.import_module("swift").__version__)


def _settings(order: Order, folder: Path) -> dict[str, Any]:
    """Return what a person would write behind `swift sft`."""
    plan, batches = order.plan, order.batches
    return {
        "model": order.folder,
        # Many of its kinds of model have one architecture; the plain ones are called what transformers calls them.
        "model_type": json.loads(Path(order.folder, "config.json").read_text("utf-8"))["model_type"],
        "template": "dummy",  # for no row: their tokens are made already
        "dataset": ["rows"],
        "output_dir": str(folder / "out"),
        "tuner_type": "lora",
        "lora_rank": plan["lora_rank"],
        "lora_alpha": plan["lora_alpha"],
        "lora_dropout": 0.0,
        "target_modules": plan["lora_targets"],
        "torch_dtype": plan["dtype"],
        "bf16": order.half,
        "use_cpu": not importlib.import_module("torch").cuda.is_available(),
        "attn_impl": "sdpa",
        "per_device_train_batch_size": batches.rows,
        "gradient_accumulation_steps": batches.times,
        "num_train_epochs": 1,
        "max_length": batches.length,
        "train_dataloader_shuffle": False,
        "dataloader_num_workers": 0,
        "learning_rate": plan["learning_rate"],
        "lr_scheduler_type": "constant",
        "warmup_ratio": 0.0,
        "weight_decay": 0.0,
        "max_grad_norm": plan["clip"],
        "gradient_checkpointing": False,
        "logging_steps": 1,
        "logging_first_step": False,
        "save_strategy": "no",
        "report_to": ["none"],
        "seed": plan["seed"],
    }
