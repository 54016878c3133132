"""What a run costs, and the refusal of what cannot fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from facts import machine, plan, profile, shape, tiny_llama

from burnish.errors import FitError
from burnish.plan.memory import Step, estimate_peak, layer_token_bytes, show
from burnish.plan.quote import StepTiming, check_fits, make_quote

TIMING = StepTiming(seconds=2.0, tokens=200, peak_bytes=1_000_000_000)
LASTING = {"train.early_stop": False, "train.keep": "last", "data.holdout": 10}


def quote(given=None, timing=TIMING, data=None, on=None, of=None):
    """Return the plan and the quote for it."""
    made = plan(given, data=data, on=on, of=of)
    return made, make_quote(made, of or shape(), data or profile(), timing, on or machine())


def test_a_measured_step_is_carried_over_all_tokens():
    """50 rows of 100 tokens for 10 epochs, and 11 looks at 10 held-out rows, at 10 ms a token."""
    _, cost = quote(LASTING)
    tokens = 10 * 50 * 100 + 11 * 10 * 100 * 0.4

    assert (round(tokens * 0.01 * 0.85, 1), round(tokens * 0.01 * 1.35 + 10, 1)) == (cost.seconds_low, cost.seconds_high)
    assert cost.measured


def test_folds_are_part_of_the_quote():
    """Five folds of 50 rows are five trainings on 40 rows and one on 50: five times the time, six times what each saves."""
    whole = {**LASTING, "data.holdout": 0}
    _, once = quote(whole)
    _, folded = quote({**{key: value for key, value in whole.items() if key != "data.holdout"}, "data.folds": 5})

    assert folded.seconds_low == pytest.approx(5 * once.seconds_low, abs=0.3)
    assert folded.seconds_high == pytest.approx(5 * (once.seconds_high - 10) + 6 * 10, abs=0.5)


def test_early_stopping_lowers_only_the_low_figure():
    """At least 3 of 10 epochs are run, at most all 10."""
    _, lasting = quote(LASTING)
    _, stopping = quote({"train.early_stop": True, "data.holdout": 10})

    assert stopping.seconds_low == pytest.approx(0.3 * lasting.seconds_low, abs=0.1)
    assert stopping.seconds_high == lasting.seconds_high


def test_max_steps_shortens_the_quote():
    """7 of 70 steps cost a tenth."""
    _, whole = quote(LASTING)
    _, tenth = quote({**LASTING, "train.max_steps": 7})

    assert tenth.seconds_low == pytest.approx(whole.seconds_low * (5000 + 800) / (50_000 + 4400), abs=0.1)


def test_rows_beyond_the_limit_are_counted_up_to_it():
    """A limit of half the rows' length halves the time."""
    _, whole = quote(LASTING)
    _, half = quote({**LASTING, "train.max_length": 50})

    assert half.seconds_low == pytest.approx(whole.seconds_low / 2, abs=0.1)


def test_without_a_measured_step_the_quote_is_reckoned_and_says_so():
    """A machine twice as fast takes half the time, and nothing claims to be measured."""
    _, slow = quote(LASTING, timing=None)
    _, fast = quote(LASTING, timing=None, on=machine(matmul_flops={"float32": 2e11, "bfloat16": 6e10}))

    assert not slow.measured
    assert fast.seconds_low == pytest.approx(slow.seconds_low / 2, rel=0.02)
    assert slow.seconds_low * 3 < slow.seconds_high


@pytest.mark.parametrize(("then", "now"), [(0.0, 0.0), (0.0, 2.0), (2.0, 0.0), (2.0, 2.0), (2.0, 4.0)])
def test_other_programs_move_only_the_upper_end(then, now):
    """A step timed beside others took longer by their share of the cores; the low figure is a quiet machine's all the same."""
    _, quiet = quote(LASTING)
    timed = StepTiming(seconds=2.0 * (1 + then / 2), tokens=200, peak_bytes=1_000_000_000, load=then)
    _, cost = quote(LASTING, timing=timed, on=machine(load=now))

    assert cost.seconds_low == quiet.seconds_low
    assert cost.seconds_high - 10 == pytest.approx((quiet.seconds_high - 10) * (1 + max(then, now) / 2), abs=0.2)


def test_a_measured_peak_beyond_the_estimate_is_quoted_with_a_margin():
    """What was seen counts more than what was reckoned."""
    _, cost = quote(timing=replace(TIMING, peak_bytes=9_000_000_000))

    assert cost.peak_bytes == 9_900_000_000


def test_disk_holds_adapters_and_two_checkpoints():
    """Two adapters and two checkpoints with two moments: 32 bytes a trainable weight, and the reports."""
    made, cost = quote()
    weights = shape().adapter_parameters(made.lora_rank, made.lora_targets)

    assert 32 * weights < cost.disk_bytes < 32 * weights + 5_000_000


def test_what_fits_is_not_refused():
    """The usual run on the usual machine."""
    made, cost = quote()

    check_fits(made, cost, machine(), shape())


def test_what_does_not_fit_is_refused_with_the_numbers_and_settings_that_would_fit():
    """Every setting named after `any one of these` is tried and fits."""
    given = {"train.micro_batch_tokens": 8192, "lora.rank": 64}
    made, cost = quote(given, timing=None)
    small = machine(memory_bytes=8_000_000_000)
    with pytest.raises(FitError) as raised:
        check_fits(made, cost, small, shape())

    told = str(raised.value)
    assert f"needs {show(cost.peak_bytes)}, 8.0 GB is available on Two Cores" in told
    assert "any one of these fits: --set train.micro_batch_tokens=" in told
    tokens = int(told.split("micro_batch_tokens=")[1].split(",", maxsplit=1)[0])
    _, changed = quote({**given, "train.micro_batch_tokens": tokens}, timing=None)
    assert changed.peak_bytes <= small.memory_bytes
    assert tokens >= 64


def test_where_no_single_setting_is_enough_several_are_named_together():
    """A long row and a large micro-batch: neither alone is the way out."""
    given = {"train.micro_batch_tokens": 4096, "train.max_length": 4096, "train.checkpointing": False, "model.fast": False}
    data = profile(60, length=4000)
    made, cost = quote(given, timing=None, data=data)
    with pytest.raises(FitError) as raised:
        check_fits(made, cost, machine(memory_bytes=1_900_000_000), shape())

    assert "these together fit: " in str(raised.value)
    assert "train.max_length=" in str(raised.value)


def test_a_model_that_cannot_fit_at_all_is_told_so():
    """TinyLlama in one gigabyte."""
    tight = machine(memory_bytes=1_000_000_000)
    made, cost = quote(timing=None, on=tight, of=tiny_llama())
    with pytest.raises(FitError, match="smaller model: 1,100 M weights"):
        check_fits(made, cost, tight, tiny_llama())


def test_a_full_disk_is_told_beside_the_memory():
    """Both shortages stand in one error, with both remedies."""
    made, cost = quote(timing=replace(TIMING, peak_bytes=90_000_000_000))
    with pytest.raises(FitError) as raised:
        check_fits(made, cost, machine(disk_free_bytes=1000))

    assert "memory: needs 99.0 GB" in str(raised.value)
    assert "disk: needs" in str(raised.value)
    assert "--home" in str(raised.value)


def step(**facts):
    """Return the step that was measured, or a changed one."""
    usual = {
        "dtype": "float32",
        "rank": 8,
        "targets": shape().targets,
        "fast": False,
        "micro_batch_tokens": 512,
        "max_length": 256,
    }
    return Step(**{**usual, "checkpointing": False, "supervised_share": 0.3, **facts})


@pytest.mark.parametrize(("dtype", "counted"), [("float32", 43852), ("bfloat16", 38956)])
def test_the_bytes_kept_a_token_are_those_that_were_counted(dtype, counted):
    """Counted with saved-tensor hooks on a Llama layer 576 wide, with 128 tokens a row, rank 8."""
    reckoned = layer_token_bytes(shape(), step(dtype=dtype, micro_batch_tokens=256, max_length=128))

    assert reckoned == pytest.approx(counted, rel=0.01)


@pytest.mark.parametrize(
    ("facts", "layers", "measured_mib"),
    [
        ({"micro_batch_tokens": 256, "max_length": 128}, 30, 1564),
        ({}, 30, 2178),
        ({"micro_batch_tokens": 1024}, 30, 3365),
        ({"rank": 16, "micro_batch_tokens": 2048}, 30, 6036),
        ({"rank": 16, "checkpointing": True}, 30, 1553),
        ({}, 10, 1205),
        ({"checkpointing": True}, 10, 975),
    ],
)
def test_the_estimate_is_within_a_fifth_of_measured_peaks(facts, layers, measured_mib):
    """Peak resident sets of SmolLM2's shape (30 layers, and 10 of them), measured on two CPU cores with PEFT 0.21."""
    here = shape(layers=layers, parameters=134_515_008 if layers == 30 else 63_713_088)

    assert estimate_peak(here, step(**facts)) == pytest.approx(measured_mib * 2**20, rel=0.2)


def test_less_is_held_with_checkpointing_and_with_fewer_tokens():
    """The estimate falls the way that advice is given."""
    usual = estimate_peak(shape(), step())

    assert estimate_peak(shape(), step(checkpointing=True)) < usual
    assert estimate_peak(shape(), step(micro_batch_tokens=256)) < usual


def test_tinyllama_on_three_short_rows_is_quoted_below_eight_gigabytes():
    """Its true shape, three rows of 100 tokens, 16 GB at hand."""
    _, cost = quote(timing=None, data=profile(3), of=tiny_llama())

    assert 4_800_000_000 < cost.peak_bytes < 8_000_000_000


def test_weights_that_are_not_converted_are_held_once():
    """A bfloat16 file loaded as bfloat16 is its own memory; a converted one lies beside what is made from it while it loads."""
    few = step(fast=True, dtype="bfloat16", micro_batch_tokens=64, max_length=64)
    own, converted = (estimate_peak(replace(tiny_llama(), stored=dtype), few) for dtype in ("bfloat16", "float32"))

    assert own < 3.6e9  # 3.09 GB measured at TinyLlama's shape with three short rows
    assert converted > 6.5e9


def test_the_estimate_knows_how_many_targets_the_head_takes_at_once():
    """The plan loads no torch, so the number stands in both rooms."""
    from burnish.model import logprobs
    from burnish.model.fast import head
    from burnish.plan.memory import HEAD_TARGETS

    assert HEAD_TARGETS == head.CHUNK == logprobs.CHUNK


WIDE = {"layers": 6, "hidden": 640, "inner": 2048, "heads": 4, "context_length": 2048}
GEMMA3 = {
    **WIDE, "architecture": "gemma3_text", "kv_heads": 1, "head_width": 256, "vocabulary": 262144, "parameters": 202_907_136,
    "head_norms": True, "post_norms": True,
    "target_shapes": ((640, 1024), (640, 256), (640, 256), (1024, 640), (640, 2048), (640, 2048), (2048, 640)),
}  # fmt: skip
GEMMA2 = {
    **WIDE, "architecture": "gemma2", "kv_heads": 2, "head_width": 128, "vocabulary": 256000, "parameters": 193_341_440,
    "post_norms": True, "head": "changed",
    "target_shapes": ((640, 512), (640, 256), (640, 256), (512, 640), (640, 2048), (640, 2048), (2048, 640)),
}  # fmt: skip
QWEN3 = {
    "layers": 8, "hidden": 512, "inner": 1536, "heads": 8, "context_length": 2048, "architecture": "qwen3", "kv_heads": 4,
    "head_width": 64, "vocabulary": 151936, "parameters": 102_966_784, "head_norms": True,
    "target_shapes": ((512, 512), (512, 256), (512, 256), (512, 512), (512, 1536), (512, 1536), (1536, 512)),
}  # fmt: skip


OLMO = {
    "layers": 2, "hidden": 256, "inner": 512, "heads": 4, "context_length": 2048, "architecture": "olmo", "kv_heads": 4,
    "head_width": 64, "vocabulary": 131072, "parameters": 34_865_152, "head": "whole",
    "target_shapes": ((256, 256), (256, 256), (256, 256), (256, 256), (256, 512), (256, 512), (512, 256)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "facts", "measured_mb"),
    [
        (OLMO, {}, 1445),
        (OLMO, {"dtype": "bfloat16"}, 1171),
        (GEMMA2, {"fast": True}, 2511),
        (GEMMA2, {"fast": True, "checkpointing": True}, 2385),
        (GEMMA2, {"fast": True, "dtype": "bfloat16"}, 1894),
        (GEMMA2, {}, 2750),
        (GEMMA2, {"checkpointing": True}, 2478),
        (GEMMA3, {}, 2488),
        (GEMMA3, {"checkpointing": True}, 2317),
        (GEMMA3, {"dtype": "bfloat16"}, 2084),
        (QWEN3, {"fast": True}, 1249),
        (QWEN3, {}, 1830),
        (QWEN3, {"checkpointing": True}, 1564),
    ],
)
def test_large_vocabularies_are_quoted_within_a_fifth(model, facts, measured_mb):
    """Measured: three rows of 256 tokens at once, half of them targets, rank 16, files in bfloat16; the logits are most of it."""
    one = step(rank=16, micro_batch_tokens=768, max_length=256, supervised_share=0.5, **facts)

    assert estimate_peak(shape(**model, stored="bfloat16"), one) == pytest.approx(measured_mb * 1e6, rel=0.2)


QWEN_17B = {
    "layers": 28, "hidden": 2048, "inner": 6144, "heads": 16, "context_length": 40960, "architecture": "qwen3", "kv_heads": 8,
    "head_width": 128, "vocabulary": 151936, "parameters": 1_720_574_976, "head_norms": True,
    "target_shapes": (
        (2048, 2048), (2048, 1024), (2048, 1024), (2048, 2048), (2048, 6144), (2048, 6144), (6144, 2048),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("of", "facts", "measured_mb"),
    [
        (shape(stored="bfloat16"), {"micro_batch_tokens": 768, "max_length": 240}, 1050),
        (shape(stored="bfloat16"), {"rank": 16, "micro_batch_tokens": 256, "max_length": 32}, 802),
        (shape(stored="bfloat16"), {"rank": 16, "micro_batch_tokens": 768, "max_length": 144}, 1020),
        (replace(tiny_llama(), stored="bfloat16"), {"micro_batch_tokens": 256, "max_length": 240}, 2890),
        (shape(**QWEN_17B, stored="bfloat16"), {"micro_batch_tokens": 256, "max_length": 240}, 4510),
    ],
)
def test_the_fast_step_is_quoted_within_a_fifth_of_what_a_run_holds(of, facts, measured_mb):
    """Measured on 2026-11-30 with bfloat16, half of the tokens targets: load and 4 to 40 steps of `burnish bench`.

    To it comes the checkpoint that is written while training, which the quote counts and these runs did not write.
    """
    one = step(fast=True, dtype="bfloat16", **{"supervised_share": 0.5, **facts})
    checkpoint = 2 * 16 * of.adapter_parameters(one.rank, one.targets)

    assert estimate_peak(of, one) == pytest.approx(measured_mb * 1e6 + checkpoint, rel=0.2)
