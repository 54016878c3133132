"""The same rows trained by TRL's SFTTrainer, in TRL's own environment: imports nothing of burnish. See run_peer.py."""

from __future__ import annotations

import importlib
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from burnish.flow.peers.run_peer import Order, Watch


def train(order: Order, watch: Watch) -> str:
    """Train an order's rows and return TRL's version."""
    torch, trl, peft, datasets, transformers = map(importlib.import_module, ("torch", "trl", "peft", "datasets", "transformers"))
    plan, batches = order.plan, order.batches
    rows = [{"input_ids": ids, "labels": labels} for ids, labels in order.rows]
    watch.follow_trainer()
    with tempfile.TemporaryDirectory() as folder:
        settings = trl.SFTConfig(
            output_dir=folder,
            use_cpu=not torch.cuda.is_available(),
            bf16=order.half,
            per_device_train_batch_size=batches.rows,
            gradient_accumulation_steps=batches.times,
            num_train_epochs=1,
            train_sampling_strategy="sequential",
            learning_rate=plan["learning_rate"],
            lr_scheduler_type="constant",
            max_length=batches.length,
            packing=order.packed,
            gradient_checkpointing=False,
            report_to=[],
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
            seed=plan["seed"],
        )
        model = transformers.AutoModelForCausalLM.from_pretrained(
            order.folder, dtype=torch.bfloat16 if order.half else torch.float32, local_files_only=True
        )
        adapter = peft.LoraConfig(
            r=plan["lora_rank"],
            lora_alpha=plan["lora_alpha"],
            lora_dropout=0.0,
            target_modules=plan["lora_targets"],
            task_type="CAUSAL_LM",
        )
        trl.SFTTrainer(
            model=model,
            args=settings,
            train_dataset=datasets.Dataset.from_list(rows),
            peft_config=adapter,
            processing_class=transformers.AutoTokenizer.from_pretrained(order.folder, local_files_only=True),
        ).train()
    return str(trl.__version__)
