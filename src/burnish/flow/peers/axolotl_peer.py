"""The same rows trained by Axolotl, in Axolotl's own environment: imports nothing of burnish. See run_peer.py."""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.flow.peers.run_peer import Order, Watch


def train(order: Order, watch: Watch) -> str:
    """Train an order's rows and return Axolotl's version."""
    os.environ["AXOLOTL_DO_NOT_TRACK"] = "1"  # without a network its last report hangs for minutes
    datasets, config, data, training, words = map(
        importlib.import_module,
        ("datasets", "axolotl.cli.config", "axolotl.common.datasets", "axolotl.train", "axolotl.utils.dict"),
    )
    watch.follow_trainer()
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows")
        datasets.Dataset.from_list(order.columns).save_to_disk(str(rows))
        settings = config.load_cfg(words.DictDefault(_settings(order, Path(folder), rows)))
        trainer = training.setup_model_and_trainer(settings, data.load_datasets(cfg=settings))[0]
        training.execute_training(settings, trainer, None)
    return str(importlib.import_module("axolotl").__version__)


def on_cpu() -> Any:
    """Return a plugin that says what none of Axolotl's keys does, and without which bfloat16 is refused: that this is a CPU."""

    class OnCpu(importlib.import_module("axolotl.integrations.base").BasePlugin):  # type: ignore[misc]
        def get_training_args(self, cfg: Any) -> dict[str, Any]:  # noqa: ARG002
            """Return what transformers' trainer is to be told besides."""
            return {"use_cpu": not importlib.import_module("torch").cuda.is_available()}

    return OnCpu()


def _settings(order: Order, folder: Path, rows: Path) -> dict[str, Any]:
    """Return what a person would write in Axolotl's YAML file."""
    plan, batches = order.plan, order.batches
    packing = {"sample_packing": True, "pad_to_sequence_len": False, "sample_packing_sequentially": True}
    return {
        "base_model": order.folder,
        "datasets": [{"path": str(rows), "type": None}],
        "dataset_prepared_path": str(folder / "prepared"),
        "output_dir": str(folder / "out"),
        "sequence_len": batches.length,
        **(packing if order.packed else {"sample_packing": False}),
        "shuffle_merged_datasets": False,
        "curriculum_sampling": True,
        "micro_batch_size": batches.rows,
        "gradient_accumulation_steps": batches.times,
        "num_epochs": 1,
        "adapter": "lora",
        "lora_r": plan["lora_rank"],
        "lora_alpha": plan["lora_alpha"],
        "lora_dropout": 0.0,
        "lora_target_modules": plan["lora_targets"],
        "lora_mlp_kernel": False,  # these three are written for a GPU
        "lora_qkv_kernel": False,
        "lora_o_kernel": False,
        "optimizer": "adamw_torch",
        "learning_rate": plan["learning_rate"],
        "lr_scheduler": "constant",
        "weight_decay": 0.0,
        "max_grad_norm": plan["clip"],
        "warmup_steps": 0,
        "plugins": [f"{__name__}.on_cpu"],
        "bf16": order.half,
        "fp16": False,
        "attn_implementation": "sdpa",
        "gradient_checkpointing": False,
        "logging_steps": 1,
        "save_strategy": "no",
        "val_set_size": 0,
        "seed": plan["seed"],
    }
