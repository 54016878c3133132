"""What all peers' runners share: the same rows a step, only real tokens, only steps that are warm."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from burnish.flow.peers import run_peer
from burnish.flow.peers.run_peer import Watch, read_order, real_tokens


def order(way, *, rows=8, length=6, dtype="bfloat16"):
    """Return an order for eight rows."""
    said = {"folder": "model", "rows": [[list(range(length)), [False] * 2 + [True] * (length - 2)]] * 8}
    return read_order(json.dumps({**said, "plan": {"batch_rows": rows, "dtype": dtype}}), way)


def test_a_token_is_trained_on_where_its_flag_says_so():
    """The labels of the others are masked; the weights' type is the plan's."""
    read = order("padded")

    assert read.rows[0] == ([0, 1, 2, 3, 4, 5], [-100, -100, 2, 3, 4, 5])
    assert read.columns[0]["attention_mask"] == [1] * 6
    assert read.half
    assert not order("padded", dtype="float32").half


@pytest.mark.parametrize(
    ("way", "rows", "length", "expected"),
    [
        ("padded", 8, 6, (512, 2, 4)),
        ("padded", 3, 6, (512, 1, 3)),
        ("padded", 2, 900, (900, 2, 1)),
        ("single", 8, 6, (512, 1, 8)),
        ("packed", 8, 6, (512, 1, 1)),
        ("packed", 8, 142, (512, 1, 2)),
        ("packed", 8, 900, (900, 1, 8)),
    ],
)
def test_a_step_has_the_rows_of_the_plan(way, rows, length, expected):
    """Or as many packed rows as hold about their tokens."""
    assert tuple(order(way, rows=rows, length=length).batches) == expected


def test_padding_is_not_counted():
    """In a plain mask, in one that numbers packed rows, in one added to the scores, and where there is none."""
    ids = torch.zeros(2, 4, dtype=torch.long)
    low = torch.full((1, 1, 3, 3), -9.0)
    low[0, 0, 0, 0] = low[0, 0, 1, 1] = 0

    assert real_tokens({"input_ids": ids, "attention_mask": torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])}) == 6
    assert real_tokens({"input_ids": ids, "attention_mask": torch.tensor([[1, 1, 2, 0], [1, 2, 3, 3]])}) == 7
    assert real_tokens({"input_ids": ids[:1, :3], "attention_mask": low}) == 2
    assert real_tokens({"input_ids": ids}) == 8


def test_the_first_steps_are_not_measured(monkeypatch):
    """Of four steps, the last two: their tokens, their time, their losses."""
    times = iter(range(100))
    monkeypatch.setattr(run_peer.time, "perf_counter", lambda: float(next(times)))
    watch = Watch()
    watch.begin()
    for tokens in (1, 10, 100, 1000):
        watch.saw(tokens)
        watch.saw(tokens)
        watch.stepped()
    watch.losses = [4.0, 3.0, 2.0, 1.0]
    found = watch.found()

    assert (found["tokens"], found["steps"], found["seconds"], found["losses"]) == (2200, 2, 2.0, [2.0, 1.0])


def test_the_watch_follows_a_trainer_whoever_makes_it(toy_folder, tmp_path, monkeypatch):
    """Transformers' own, on the toy model: every step with its real tokens and its loss."""
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
    from transformers.trainer_callback import CallbackHandler

    for owner, name in (
        (Trainer, "training_step"),
        *((CallbackHandler, f"on_{event}") for event in ("train_begin", "step_end", "train_end")),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # so that what is put in its place goes away again
    watch = Watch()
    watch.follow_trainer()
    settings = TrainingArguments(
        output_dir=str(tmp_path), use_cpu=True, max_steps=3, per_device_train_batch_size=2, gradient_accumulation_steps=2,
        logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True,
    )  # fmt: skip
    rows = [{"input_ids": [5, 6, 7], "attention_mask": [1, 1, 0], "labels": [5, 6, -100]}] * 12
    Trainer(model=AutoModelForCausalLM.from_pretrained(toy_folder), args=settings, train_dataset=rows).train()

    assert watch.tokens == [8, 8, 8]
    assert len(watch.times) == 4
    assert len(watch.losses) == 3


FAKE = """
def train(order, watch):
    print("chatter that is no answer")
    watch.begin()
    for _ in range(3):
        watch.saw({tokens})
        watch.stepped()
    watch.losses = [3.0, 2.0, 1.0]
    return "1.2"
"""


@pytest.mark.parametrize(("tokens", "code"), [(16, 0), (17, 1)])
def test_one_line_is_answered_and_padding_that_was_counted_is_refused(tokens, code, tmp_path):
    """What a tool prints is no part of the answer; more tokens than the rows have are a fault of the runner."""
    (tmp_path / "run_peer.py").write_text(Path(run_peer.__file__).read_text())
    (tmp_path / "made_up_peer.py").write_text(FAKE.format(tokens=tokens))
    said = json.dumps({"folder": "", "plan": {}, "rows": [[list(range(6)), [True] * 6]] * 8})
    command = [sys.executable, str(tmp_path / "run_peer.py"), "made-up", "padded"]
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False)

    assert done.returncode == code, done.stderr
    if code:
        assert done.stdout == ""
        assert "51 tokens where the rows have 48" in done.stderr
    else:
        found = json.loads(done.stdout)
        assert (found["tokens"], found["steps"], found["losses"], found["version"]) == (16, 1, [1.0], "1.2")
        assert found["peak_bytes"] > 0
