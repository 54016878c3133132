"""The same rows trained by LitGPT, in its own environment: imports nothing of burnish. See run_peer.py."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.flow.peers.run_peer import Order, Watch

SIZES = {
    "hidden_size": "n_embd",
    "intermediate_size": "intermediate_size",
    "num_hidden_layers": "n_layer",
    "num_attention_heads": "n_head",
    "num_key_value_heads": "n_query_groups",
}
"""What a model's sizes are called by Hugging Face, and by LitGPT."""
ADAPTED = {
    "lora_query": "q_proj",
    "lora_key": "k_proj",
    "lora_value": "v_proj",
    "lora_projection": "o_proj",
    "lora_mlp": "gate_proj",
}


class Trained(Exception):  # noqa: N818 - no error
    """The last step is done: neither an example nor the merged model, which LitGPT would make now, is wanted."""


def train(order: Order, watch: Watch) -> str:
    """Train an order's rows and return LitGPT's version."""
    lora = importlib.import_module("litgpt.finetune.lora")
    _follow(lora, watch)
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Trained):
        lora.setup(
            checkpoint_dir=_converted(order, Path(folder, "model")),
            out_dir=Path(folder, "out"),
            data=_rows(order, watch),
            **_settings(order),
        )
    return importlib.metadata.version("litgpt")


def _settings(order: Order) -> dict[str, Any]:
    """Return what a person would write behind `litgpt finetune_lora`."""
    plan, batches = order.plan, order.batches
    options = importlib.import_module("litgpt.args")
    return {
        "precision": "bf16-true" if order.half else "32-true",
        "lora_r": plan["lora_rank"],
        "lora_alpha": plan["lora_alpha"],
        "lora_dropout": 0.0,
        **{option: module in plan["lora_targets"] for option, module in ADAPTED.items()},
        "train": options.TrainArgs(
            save_interval=None,
            global_batch_size=plan["batch_rows"],
            micro_batch_size=batches.rows,
            lr_warmup_steps=1,
            epochs=2,  # it is stopped after the steps of the first
            max_steps=len(order.rows) // plan["batch_rows"],
            max_seq_length=batches.length,
        ),
        "eval": options.EvalArgs(interval=1 << 30, max_new_tokens=1, max_iters=1, initial_validation=False),
        "optimizer": {"class_path": "torch.optim.AdamW", "init_args": {"lr": plan["learning_rate"], "weight_decay": 0.0}},
        "seed": plan["seed"],
    }


def _converted(order: Order, folder: Path) -> Path:
    """Write the model as LitGPT wants it, in a process of its own, whose memory is not the training's; return where."""
    sizes = json.loads(Path(order.folder, "config.json").read_text("utf-8"))
    known = importlib.import_module("litgpt.config").name_to_config
    fitting = [
        name
        for name, config in known.items()
        if all(sizes[theirs] == config.get(own, sizes[theirs]) for theirs, own in SIZES.items())
        and sizes["vocab_size"] in {config.get("vocab_size"), config.get("padded_vocab_size")}
    ]
    if not fitting:
        raise SystemExit(f"litgpt knows no model of the sizes of {order.folder}")
    folder.mkdir()
    for path in Path(order.folder).resolve().iterdir():
        (folder / path.name).symlink_to(path)
    command = [sys.executable, "-m", "litgpt", "convert_to_litgpt", str(folder), "--model_name", fitting[0]]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return folder


def _rows(order: Order, watch: Watch) -> Any:
    """Return the rows as one of LitGPT's data modules."""
    torch, data = importlib.import_module("torch"), importlib.import_module("litgpt.data.base")
    pad = data.get_sft_collate_fn(max_seq_length=order.batches.length)
    made = [
        {
            "input_ids": torch.tensor(ids),
            "labels": torch.tensor(labels),
            "token_counts": {"raw": len(ids), "raw_plus_prompt_template": len(ids)},
        }
        for ids, labels in order.rows
    ]

    def laid(rows: list[Any]) -> Any:
        if not watch.times:
            watch.begin()
        watch.saw(sum(len(row["input_ids"]) for row in rows))
        return pad(rows)

    class Made(data.DataModule):  # type: ignore[misc, name-defined]
        """Rows whose tokens are made already, in their order."""

        def connect(self, *_: Any, **__: Any) -> None:
            """Need nothing."""

        def train_dataloader(self) -> Any:
            """Return the rows."""
            return torch.utils.data.DataLoader(made, batch_size=order.batches.rows, collate_fn=laid)

        def val_dataloader(self) -> Any:
            """Return a row: LitGPT wants one to judge before it begins."""
            return torch.utils.data.DataLoader(made[:1], collate_fn=pad)

    return Made()


def _follow(lora: Any, watch: Watch) -> None:
    """Note steps and losses, keep the rate constant, and stop when the training is done: LitGPT has no callbacks."""
    reckon, micro = lora.chunked_cross_entropy, []

    def entropy(logits: Any, targets: Any, **named: Any) -> Any:
        loss = reckon(logits, targets, **named)
        if watch.times:
            micro.append((loss.detach(), int((targets != -100).sum())))
        return loss

    class Constant:
        """A schedule that does nothing but note the step."""

        def __init__(self, optimizer: Any, **_: Any) -> None:
            self.optimizer = optimizer

        def step(self) -> None:
            """Note the step, and its loss by token; LitGPT itself follows the mean of its batches' means."""
            watch.losses.append(sum(float(loss) * count for loss, count in micro) / sum(count for _, count in micro))
            micro.clear()
            watch.stepped()

        def get_last_lr(self) -> list[float]:
            """Return the rate."""
            return [group["lr"] for group in self.optimizer.param_groups]

    def done(*_: Any) -> None:
        raise Trained

    lora.chunked_cross_entropy, lora.get_lr_scheduler, lora.create_finetuning_performance_report = entropy, Constant, done
