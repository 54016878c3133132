"""The same rows trained by TRL's SFTTrainer, in TRL's own environment: imports nothing of burnish. See flow/bench.py.

PYTHON trl_peer.py packed|padded < ORDER.json
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import tempfile
import time
from typing import Any

WARM_STEPS = 2


def main() -> None:
    """Train an order's rows and write one line of JSON."""
    order, packed = json.load(sys.stdin), sys.argv[1] == "packed"
    torch, trl, peft, datasets, transformers = map(importlib.import_module, ("torch", "trl", "peft", "datasets", "transformers"))
    plan, half = order["plan"], order["plan"]["dtype"] == "bfloat16"
    rows = [
        {"input_ids": ids, "labels": [token if flag else -100 for token, flag in zip(ids, flags, strict=True)]}
        for ids, flags in order["rows"]
    ]
    longest = max(len(row["input_ids"]) for row in rows)
    times: list[tuple[float, float]] = []
    """At the beginning of the training, and after each step."""
    length = max(512, longest)
    # Packed rows fill whole lengths: as many of them a step as hold about the tokens that a step of the plan has.
    step_tokens = plan["batch_rows"] * sum(len(row["input_ids"]) for row in rows) / len(rows)
    each = max(1, round(step_tokens / (2 * length)) if packed else plan["batch_rows"] // 2)

    class Clock(transformers.TrainerCallback):  # type: ignore[misc, name-defined]
        """Notes the time and the processor time after each step."""

        def on_train_begin(self, *_: Any, **__: Any) -> None:
            """Note both."""
            times.append((time.perf_counter(), time.process_time()))

        def on_step_end(self, *_: Any, **__: Any) -> None:
            """Note both."""
            times.append((time.perf_counter(), time.process_time()))

    with tempfile.TemporaryDirectory() as folder:
        settings = trl.SFTConfig(
            output_dir=folder,
            use_cpu=not torch.cuda.is_available(),
            bf16=half,
            per_device_train_batch_size=2,
            gradient_accumulation_steps=each,
            num_train_epochs=1,
            learning_rate=plan["learning_rate"],
            lr_scheduler_type="constant",
            max_length=length,
            packing=packed,
            gradient_checkpointing=False,
            report_to=[],
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
            seed=plan["seed"],
        )
        model = transformers.AutoModelForCausalLM.from_pretrained(
            order["folder"], dtype=torch.bfloat16 if half else torch.float32, local_files_only=True
        )
        adapter = peft.LoraConfig(
            r=plan["lora_rank"],
            lora_alpha=plan["lora_alpha"],
            lora_dropout=0.0,
            target_modules=plan["lora_targets"],
            task_type="CAUSAL_LM",
        )
        trainer = trl.SFTTrainer(
            model=model,
            args=settings,
            train_dataset=datasets.Dataset.from_list(rows),
            peft_config=adapter,
            processing_class=transformers.AutoTokenizer.from_pretrained(order["folder"], local_files_only=True),
            callbacks=[Clock()],
        )
        tokens: list[int] = []
        step = trainer.training_step

        def counted(model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
            mask = inputs.get("attention_mask")
            tokens.append(int(mask.sum()) if mask is not None else int(inputs["input_ids"].numel()))
            return step(model, inputs, *rest, **named)

        trainer.training_step = counted
        trainer.train()
        losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    warm = min(WARM_STEPS, len(times) - 2)
    found = {
        "tokens": sum(tokens[warm * each :]),
        "steps": len(times) - 1 - warm,
        "seconds": times[-1][0] - times[warm][0],
        "cpu_seconds": times[-1][1] - times[warm][1],
        "losses": losses[warm:],
        "peak_bytes": _peak(),
        "version": trl.__version__,
    }
    sys.stdout.write("\n" + json.dumps(found) + "\n")


def _peak() -> int:
    """Return the most memory that this program has held, in bytes: its own, not that of the process that started it."""
    try:
        with open("/proc/self/status") as lines:  # noqa: PTH123 - nothing but the standard library
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return int(most if sys.platform == "darwin" else most << 10)


if __name__ == "__main__":
    main()
