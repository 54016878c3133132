"""What a plan says: every setting has a reason, what was asked for wins, and contradictions are told all at once."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from facts import TARGETS, machine, plan, profile, shape, tiny_llama
from hypothesis import given, seed, settings, strategies as st

from burnish.errors import RecipeError
from burnish.plan.make import follow_steps, make_plan, steps_in_all
from burnish.records.past import Past
from burnish.records.plan import plan_names
from burnish.records.recipe import build_recipe
from toys import SEED

OVERRIDES = {
    "model.dtype": "bfloat16",
    "lora.rank": 4,
    "lora.alpha": 5,
    "lora.dropout": 0.1,
    "lora.targets": ("q_proj",),
    "lora.rslora": True,
    "train.method": "sft",
    "train.epochs": 7,
    "train.max_steps": 33,
    "train.learning_rate": 3e-4,
    "train.schedule": "linear",
    "train.warmup_steps": 3,
    "train.batch_rows": 5,
    "train.micro_batch_tokens": 99,
    "train.max_length": 77,
    "train.weight_decay": 0.02,
    "train.clip": 0.5,
    "train.checkpointing": True,
    "train.seed": 9,
    "train.early_stop": False,
    "train.keep": "last",
    "train.logging_steps": 5,
    "data.holdout": 6,
}


def test_every_setting_has_a_reason_of_its_own():
    """No setting is without a reason, no reason without a setting."""
    made = plan()

    assert set(plan_names()) == set(made.reasons)
    assert all(len(reason) > 10 for reason in made.reasons.values())
    assert len(plan_names()) == len(made.settings())


def test_the_plan_for_sixty_rows_is_the_table():
    """60 rows of up to 100 tokens on the embedded model."""
    made = plan()

    expected = (8, 16, 10, 8, 112, 6, "cosine", 10, 42, 5e-4, False, "float32")
    assert expected == (
        made.lora_rank,
        made.lora_alpha,
        made.epochs,
        made.batch_rows,
        made.max_length,
        made.warmup_steps,
        made.schedule,
        made.holdout,
        made.seed,
        made.learning_rate,
        made.checkpointing,
        made.dtype,
    )


@pytest.mark.parametrize("name", OVERRIDES)
def test_what_was_asked_for_wins_and_the_reason_tells_the_rule(name):
    """Each key of the recipe alone: its value is in the plan, with what the rule would have said."""
    made = plan({name: OVERRIDES[name]})

    assert OVERRIDES[name] == getattr(made, plan_names()[name])
    assert made.reasons[name].startswith("you asked for it (the rule would say ")


def test_all_overrides_together_win():
    """Nothing the rules say leaks into a recipe that gives everything."""
    made = plan(OVERRIDES)

    assert {name: getattr(made, plan_names()[name]) for name in OVERRIDES} == OVERRIDES


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "the base model this run starts from"),
        ({"model.name": "smollm2-135m"}, "you asked for it"),
        ({"model.name": "other"}, "the recipe says other"),
    ],
)
def test_the_models_reason_tells_who_named_it(given, expected):
    """A model that nobody asked for is not said to be asked for; one named beside the recipe wins over it."""
    made = plan(given)

    assert made.model_name == "smollm2-135m"
    assert expected in made.reasons["model.name"]


def test_dtype_auto_leaves_the_choice_to_the_plan():
    """`auto` is no dtype that was asked for."""
    made = plan({"model.dtype": "auto"})

    assert made.dtype == "float32"
    assert "asked" not in made.reasons["model.dtype"]


def test_the_rank_that_was_asked_for_carries_its_alpha():
    """Alpha follows the rank unless it is given too."""
    assert plan({"lora.rank": 24}).lora_alpha == 48


def test_every_row_its_own_fact_means_no_early_stop_and_the_last_epoch():
    """At a novelty of 0.6 held-out loss no longer decides; just below it does."""
    facts, manner = plan(data=profile(novelty=0.6)), plan(data=profile(novelty=0.59))

    assert (facts.early_stop, facts.keep) == (False, "last")
    assert (manner.early_stop, manner.keep) == (True, "best")
    assert "mislead" in facts.reasons["train.keep"]


def test_three_held_out_rows_are_too_few_to_stop_by():
    """Held-out loss decides from 4 rows on."""
    few, enough = plan({"data.holdout": 3}), plan({"data.holdout": 4})

    assert (few.early_stop, few.keep) == (False, "last")
    assert (enough.early_stop, enough.keep) == (True, "best")


def test_holdout_never_takes_more_than_the_data_can_spare():
    """Where near-same prompts leave 3 rows to spare, 3 are held out and the reason says why."""
    made = plan(data=profile(60, holdable_rows=3))

    assert made.holdout == 3
    assert "only 3 can go" in made.reasons["data.holdout"]


def test_one_row_is_planned_for():
    """One row: a batch of one, nothing held out, no warm-up beyond a fifth of ten steps."""
    made = plan(data=profile(1))

    assert (made.batch_rows, made.holdout, made.warmup_steps, made.keep) == (1, 0, 0, "last")


def test_a_run_of_four_steps_is_not_all_warmup():
    """max_steps 4 with 60 rows: the usual 6 steps of warm-up would be the whole run."""
    made = plan({"train.max_steps": 4})

    assert made.warmup_steps == 0
    assert "fifth of the 4 steps" in made.reasons["train.warmup_steps"]
    assert "part of one" in made.reasons["train.epochs"]


@pytest.mark.parametrize(("asked", "epochs"), [(1, 1), (7, 1), (8, 2), (100, 15), (700, 100), (20_000, 2858)])
def test_steps_that_were_asked_for_win_over_the_tables_epochs(asked, epochs):
    """60 rows are 7 steps an epoch and the table's 10 epochs: 100 steps are 100 steps, and the epochs follow from them."""
    made = plan({"train.max_steps": asked})

    assert steps_in_all(made, 60) == made.max_steps == asked
    assert made.epochs == epochs
    assert not made.early_stop
    assert f"you asked for {asked:,} steps" in made.reasons["train.epochs"]
    assert "the table would say 10" in made.reasons["train.epochs"]


@pytest.mark.parametrize(("epochs", "steps", "taken"), [(10, 100, 70), (20, 100, 100), (2, 100, 14)])
def test_steps_and_epochs_together_end_by_the_sooner_and_say_so(epochs, steps, taken):
    """Both were asked for: nothing of it is silent."""
    made = plan({"train.max_steps": steps, "train.epochs": epochs})
    said = made.reasons["train.max_steps"]

    assert steps_in_all(made, 60) == taken
    assert (f"after {taken} steps" in said) if taken < steps else ("it ends the run before" in said)


def test_steps_asked_for_are_taken_when_the_hold_out_came_out_otherwise():
    """The split may hold out fewer rows than planned: the epochs follow once more, and the steps stay."""
    made = follow_steps(dataclasses.replace(plan({"train.max_steps": 100}), holdout=28), 60)

    assert made.epochs == 25
    assert made.steps(4) == made.steps(7) == 100


def test_replay_follows_the_steps_that_were_asked_for():
    """More steps are more epochs, in which earlier rows have more turns: fewer of them an epoch are enough."""
    past = Past(version="v", sessions=1, rows=60, rank=8, alpha=16, targets=TARGETS, rslora=False)
    shares = [
        make_plan(build_recipe(given), profile(), machine(), shape(), "m", past).replay
        for given in ({"train.max_steps": 14}, {"train.epochs": 2})
    ]

    assert shares[0] == shares[1]


def test_nothing_is_cut_when_the_longest_row_fits():
    """The longest row rounded up to 16, though most rows are short."""
    made = plan(data=profile(60, lengths=(50,) * 59 + (1001,)))

    assert made.max_length == 1008


def test_rows_beyond_the_models_context_are_counted_in_the_reason():
    """One row of 20,000 tokens on a model that knows 8,192 positions."""
    made = plan(data=profile(60, lengths=(50,) * 59 + (20_000,)), on=machine(memory_bytes=10**12))

    assert made.max_length == 8192
    assert "8,192 positions; 1 of 60 rows is longer" in made.reasons["train.max_length"]


def test_a_context_that_is_no_multiple_of_sixteen_is_not_exceeded():
    """Rounding up stops at the context."""
    assert plan(data=profile(12, length=995), of=shape(context_length=1000)).max_length == 1000


def test_a_length_that_does_not_fit_in_memory_is_lowered_with_the_reason():
    """20,000 tokens in 3 GB: the most that fits, with checkpointing, and how many rows are longer."""
    made = plan(data=profile(60, lengths=(50,) * 59 + (20_000,)), on=machine(memory_bytes=3_000_000_000))

    assert 64 <= made.max_length < 8192
    assert made.checkpointing
    assert "the most that fits in 3.0 GB" in made.reasons["train.max_length"]
    assert "1 of 60 rows is longer" in made.reasons["train.max_length"]


def test_a_length_that_was_asked_for_tells_how_many_rows_it_cuts():
    """Ten of sixty rows are longer than the limit asked for."""
    made = plan({"train.max_length": 64}, data=profile(60, lengths=(50,) * 50 + (90,) * 10))

    assert "10 of 60 rows are longer" in made.reasons["train.max_length"]


def test_micro_batches_shrink_and_checkpointing_starts_as_memory_shrinks():
    """Plenty: 512 tokens at once. Less: fewer. Little: checkpointing."""
    data = profile(60, length=400)
    given = {"model.fast": False}
    sizes = (16 * 10**9, 3_000_000_000, 2_400_000_000)
    plenty, less, little = (plan(given, data=data, on=machine(memory_bytes=size)) for size in sizes)

    assert (plenty.micro_batch_tokens, plenty.checkpointing) == (512, False)
    assert less.micro_batch_tokens < 512
    assert not less.checkpointing
    assert little.checkpointing


def test_bfloat16_is_taken_where_it_is_clearly_faster():
    """1.5 times as fast is enough; 1.4 is not."""
    fast = plan(on=machine(matmul_flops={"float32": 1e11, "bfloat16": 1.5e11}))
    same = plan(on=machine(matmul_flops={"float32": 1e11, "bfloat16": 1.4e11}))

    assert (fast.dtype, same.dtype) == ("bfloat16", "float32")


def test_units_for_bfloat16_need_no_timing():
    """Where the processor multiplies bfloat16 itself a plan takes it, however slow it looked while it was measured."""
    slow = {"float32": 1e11, "bfloat16": 0.9e11}
    native, other = plan(on=machine(matmul_flops=slow, bfloat16_by="AMX")), plan(on=machine(matmul_flops=slow))

    assert (native.dtype, other.dtype) == ("bfloat16", "float32")
    assert "AMX" in native.reasons["model.dtype"]


def test_memory_that_others_hold_changes_nothing_while_the_run_fits():
    """The numbers come from all the memory there is; only where they would not fit in what is free are they smaller."""
    data = profile(200, length=500)
    alone, beside, short = (
        plan(data=data, on=machine(memory_bytes=free, memory_total_bytes=16_000_000_000))
        for free in (15_500_000_000, 9_000_000_000, 1_300_000_000)
    )

    assert beside.settings() == alone.settings()
    assert short.micro_batch_tokens < alone.micro_batch_tokens or short.checkpointing


def test_bfloat16_is_taken_where_float32_would_not_fit():
    """TinyLlama's float32 weights do not fit in 5 GB, slow as bfloat16 is there."""
    made = plan(on=machine(memory_bytes=7_000_000_000), of=tiny_llama())

    assert made.dtype == "bfloat16"
    assert "would not fit" in made.reasons["model.dtype"]


def test_a_gpu_that_is_not_here_is_planned_for():
    """A GPU's facts alone give bfloat16 and larger micro-batches."""
    gpu = machine(device="cuda", name="NVIDIA H200", memory_bytes=140 * 10**9, matmul_flops={"float32": 5e13, "bfloat16": 7e14})
    made = plan(data=profile(600, length=500), on=gpu)

    assert (made.dtype, made.micro_batch_tokens) == ("bfloat16", 8 * 512)
    assert "NVIDIA H200" in made.reasons["model.dtype"]


def test_all_impossible_wishes_are_told_at_once():
    """Wrong targets (with the nearest right one), float16 on a CPU, a length and a hold-out beyond what there is."""
    wishes = {"lora.targets": ("q_prjo",), "model.dtype": "float16", "train.max_length": 9000, "data.holdout": 60}
    with pytest.raises(RecipeError) as raised:
        plan(wishes)

    told = str(raised.value)
    assert all(name in told for name in wishes)
    assert "did you mean q_proj?" in told
    assert "8,192 positions" in told


def test_a_dtype_the_machine_cannot_multiply_is_refused():
    """A GPU that was not seen to multiply bfloat16 is not asked to."""
    with pytest.raises(RecipeError, match="cannot multiply bfloat16"):
        plan({"model.dtype": "bfloat16"}, on=machine(matmul_flops={"float32": 1e11}))


def test_keeping_the_best_epoch_without_held_out_rows_is_a_contradiction():
    """Both contradictions are told at once."""
    with pytest.raises(RecipeError) as raised:
        plan({"train.keep": "best", "train.early_stop": True, "data.holdout": 0})

    assert "train.keep" in str(raised.value)
    assert "train.early_stop" in str(raised.value)


def test_a_warmup_as_long_as_the_run_is_refused():
    """10 warm-up steps of 10 leave none at the full rate."""
    with pytest.raises(RecipeError, match="fewer than 10"):
        plan({"train.warmup_steps": 10, "train.max_steps": 10})


@seed(SEED)
@settings(max_examples=200, deadline=None, database=None)
@given(
    rows=st.integers(1, 5000),
    length=st.integers(1, 30_000),
    spare=st.integers(0, 5000),
    novelty=st.floats(0, 1),
    memory=st.integers(10**8, 10**12),
)
def test_any_data_on_any_machine_gives_a_consistent_plan(rows, length, spare, novelty, memory):
    """Nothing raises from 1 to 5,000 rows, and the numbers agree with each other."""
    data = profile(rows, length, novelty=novelty, holdable_rows=min(spare, rows - 1))
    made = plan(data=data, on=machine(memory_bytes=memory))
    steps = steps_in_all(made, rows)

    assert 0 <= made.warmup_steps < steps
    assert 0 <= made.holdout <= min(rows - 1, data.holdable_rows)
    assert 1 <= made.batch_rows <= min(8, rows - made.holdout)
    assert 8 <= made.max_length <= 8192
    assert 1 <= made.micro_batch_tokens <= max(2048, made.max_length)
    assert 0 < made.learning_rate <= 2e-3
    assert made.keep == "last" or made.holdout >= 4
    assert set(made.reasons) == set(plan_names())


def test_planning_loads_no_torch():
    """The plan room is arithmetic alone."""
    code = "import sys; import burnish.plan.make, burnish.plan.quote; print('torch' in sys.modules, 'psutil' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False False"


def test_the_plan_says_which_path_runs_and_why():
    """A Llama on a CPU goes fast; dropout, an unknown architecture and a GPU go through PEFT's own modules, by name."""
    reasons = {
        "fast": plan(),
        "dropout": plan({"lora.dropout": 0.1}),
        "phi3": plan(of=shape(not_fast="its architecture is phi3")),
        "gpu": plan(on=machine(device="cuda", memory_bytes=10**11, matmul_flops={"float32": 5e13, "bfloat16": 7e14})),
    }

    assert {name: made.fast for name, made in reasons.items()} == {"fast": True, "dropout": False, "phi3": False, "gpu": False}
    assert "lora.dropout is 0.1" in reasons["dropout"].reasons["model.fast"]
    assert "its architecture is phi3" in reasons["phi3"].reasons["model.fast"]
    assert "--set model.fast=true tries it on cuda" in reasons["gpu"].reasons["model.fast"]


def test_the_fast_step_asked_for_where_it_cannot_run_is_refused():
    """With what stands in its way, before anything is spent."""
    with pytest.raises(RecipeError, match=r"model\.fast: the fast step does not take this: lora\.dropout is 0\.1"):
        plan({"model.fast": True, "lora.dropout": 0.1})


def test_anchors_are_steps_and_tokens_too():
    """80 general prompts beside 50 trained rows: more steps an epoch."""
    without, anchored = plan(), plan({"session.anchor": 80})

    assert steps_in_all(anchored, 60) == steps_in_all(without, 60) // 7 * 17


@pytest.mark.parametrize("word", ["all-linear", "all"])
def test_all_linear_layers_are_what_is_taken_anyway(word):
    """Other tools' word for it is told, and not looked for among the modules."""
    with pytest.raises(RecipeError, match=r"leave lora\.targets out"):
        plan({"lora.targets": (word,)})
