"""The same rows trained by LLaMA-Factory, in its own environment: imports nothing of burnish. See run_peer.py."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import os
import sys
import tempfile
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.flow.peers.run_peer import Order, Watch


def train(order: Order, watch: Watch) -> str:
    """Train an order's rows and return LLaMA-Factory's version."""
    os.environ["DISABLE_VERSION_CHECK"] = "1"  # its pins ask for older libraries than those that it runs with
    _without_sound()
    datasets, tuner = importlib.import_module("datasets"), importlib.import_module("llamafactory.train.tuner")
    watch.follow_trainer()
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows")
        found = datasets.Dataset.from_list(_packed(order) if order.packed else order.columns)
        datasets.DatasetDict(train=found).save_to_disk(str(rows))
        tuner.run_exp(_settings(order, Path(folder), rows))
    return importlib.metadata.version("llamafactory")


def _without_sound() -> None:
    """Put an empty module in torchaudio's place while LLaMA-Factory, which wants it for no text, is loaded."""
    empty = types.ModuleType("torchaudio")
    empty.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    sys.modules["torchaudio"] = empty
    importlib.import_module("llamafactory.data.mm_plugin")
    del sys.modules["torchaudio"]


def _cutoff(order: Order) -> int:
    """Return the length that it packs rows to, less the one it adds: with it a multiple of the eight to which it pads."""
    return (order.batches.length + 7) // 8 * 8 - 1


def _packed(order: Order) -> list[dict[str, Any]]:
    """Return the rows packed by LLaMA-Factory's own processor; the packed rows keep apart what they are made of."""
    processors = importlib.import_module("llamafactory.data.processor.supervised")
    tokenizer = importlib.import_module("transformers").AutoTokenizer.from_pretrained(order.folder, local_files_only=True)

    class Made(processors.PackedSupervisedDatasetProcessor):  # type: ignore[misc, name-defined]
        """Its packing over rows whose tokens are made already."""

        def _encode_data_example(self, prompt: Any, response: Any, **_: Any) -> tuple[list[int], list[int]]:
            return list(prompt[0]), list(response[0])

    said = types.SimpleNamespace(cutoff_len=_cutoff(order), neat_packing=True)
    nothing = [None] * len(order.rows)
    found = Made(template=None, tokenizer=tokenizer, processor=None, data_args=said).preprocess_dataset(
        {
            "_prompt": [[ids] for ids, _ in order.rows],
            "_response": [[labels] for _, labels in order.rows],
            **dict.fromkeys(("_system", "_tools", "_images", "_videos", "_audios"), nothing),
        }
    )
    kept = ("input_ids", "attention_mask", "position_ids", "labels")
    return [dict(zip(kept, row, strict=True)) for row in zip(*(found[name] for name in kept), strict=True)]


def _settings(order: Order, folder: Path, rows: Path) -> dict[str, Any]:
    """Return what a person would write in LLaMA-Factory's YAML file."""
    plan, batches = order.plan, order.batches
    return {
        "stage": "sft",
        "do_train": True,
        "model_name_or_path": order.folder,
        "template": "default",  # for no row: their tokens are made already
        "dataset": "rows",
        "tokenized_path": str(rows),
        "cutoff_len": _cutoff(order),
        "packing": order.packed,
        "neat_packing": order.packed,
        "disable_shuffling": True,
        "output_dir": str(folder / "out"),
        "per_device_train_batch_size": batches.rows,
        "gradient_accumulation_steps": batches.times,
        "num_train_epochs": 1,
        "finetuning_type": "lora",
        "lora_rank": plan["lora_rank"],
        "lora_alpha": plan["lora_alpha"],
        "lora_dropout": 0.0,
        "lora_target": ",".join(plan["lora_targets"]),
        "learning_rate": plan["learning_rate"],
        "lr_scheduler_type": "constant",
        "max_grad_norm": plan["clip"],
        "use_cpu": not importlib.import_module("torch").cuda.is_available(),
        "bf16": order.half,
        "flash_attn": "sdpa",
        "disable_gradient_checkpointing": True,
        "dataloader_num_workers": 0,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "seed": plan["seed"],
    }
