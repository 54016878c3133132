"""What people type who come from another trainer: each name has a true answer, and none is a guess."""

from __future__ import annotations

import dataclasses

import pytest

from burnish.errors import RecipeError
from burnish.records.other_names import _CONVERTED, ABSENT, ACCUMULATION, BATCH, RENAMED, VALUES, meaning
from burnish.records.recipe import known_keys, read_recipe


def told(*overrides):
    """Return what is said of settings given after --set."""
    with pytest.raises(RecipeError) as caught:
        read_recipe(None, overrides)
    return caught.value.what


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("train.lr=1e-4", "train.learning_rate=0.0001"),
        ("lr=1e-4", "train.learning_rate=0.0001"),
        ("train.num_train_epochs=3", "train.epochs=3"),
        ("train.num-epochs=3", "train.epochs=3"),
        ("train.lr_scheduler_type=linear", "train.schedule=linear"),
        ("train.max_grad_norm=0.3", "train.clip=0.3"),
        ("train.gradient_checkpointing=true", "train.checkpointing=true"),
        ("train.max_seq_length=512", "train.max_length=512"),
        ("data.cutoff_len=512", "train.max_length=512"),
        ("model.sequence_len=512", "train.max_length=512"),
        ("lora.lora_r=8", "lora.rank=8"),
        ("lora.r=8", "lora.rank=8"),
        ("lora_alpha=16", "lora.alpha=16"),
        ("lora.lora_dropout=0.05", "lora.dropout=0.05"),
        ("lora.target_modules=q_proj,v_proj", "lora.targets=q_proj,v_proj"),
        ("model.model_name_or_path=x", "model.name=x"),
        ("train.log_every_n_steps=5", "train.logging_steps=5"),
        ("train.total_steps=50", "train.max_steps=50"),
        ("optimizer=adamw", "train.optim=adamw"),
        ("train.global_batch_size=16", "train.batch_rows=16"),
        ("train.per_device_train_batch_size=2", "train.batch_rows=2"),
        ("bf16=true", "model.dtype=bfloat16"),
        ("train.fp16=true", "model.dtype=float16"),
        ("train.early_stopping_patience=3", "train.early_stop=true"),
        ("load_best_model_at_end=true", 'train.keep="best"'),
        ("data.val_set_size=20", "data.holdout=20"),
        ("data.test_size=0.1", "data.holdout=20 of 200"),
    ],
)
def test_a_name_of_another_tool_is_told_ours(given, ours):
    """With the value, as it would be written here."""
    assert f"{given.partition('=')[0]}: no such key; " in told(given)
    assert ours in told(given)


def test_batch_size_and_accumulation_are_one_setting_here():
    """2 x 4 are 8 rows a step, whichever of the two is looked at; a whole batch size holds the accumulation already."""
    both = told("train.per_device_train_batch_size=2", "train.gradient_accumulation_steps=4")

    assert both.count("write train.batch_rows=8") == 2
    assert "(2 x 4)" in both
    assert "your batch size times 4" in told("train.gradient_accumulation_steps=4")
    assert "write train.batch_rows=8" in told("train.batch_rows=2", "train.gradient_accumulation_steps=4")
    assert "write train.batch_rows=16" in told("train.global_batch_size=16", "gradient_accumulation_steps=4")


def test_a_share_of_warmup_is_told_in_steps():
    """With the number of steps where that was asked for too."""
    assert "write train.warmup_steps=5 for 0.05 of 100 steps" in told("train.warmup_ratio=0.05", "train.max_steps=100")
    assert "write 0.03 of them" in told("train.warmup_ratio=0.03")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("train.packing", "end to end without padding"),
        ("train.neftune_noise_alpha", "no noise"),
        ("model.load_in_4bit", "not quantized"),
        ("train.save_steps", 'train.keep="all"'),
        ("train.eval_steps", "after every epoch"),
        ("train.report_to", "events.jsonl"),
        ("wandb_project", "events.jsonl"),
        ("train.deepspeed", "one process"),
        ("train.fsdp_config", "one process"),
        ("train_on_inputs", "only the assistant's words"),
        ("lora.use_dora", "plain LoRA"),
        ("lora.modules_to_save", "plain LoRA"),
        ("train.adam_beta2", "0.999"),
        ("train.resume_from_checkpoint", "--resume"),
        ("train.output_dir", ".burnish/runs"),
        ("model.flash_attention", "attention is not chosen"),
        ("train.group_by_length", "like length"),
        ("dpo.beta", "supervised fine-tuning only"),
        ("push_to_hub", "burnish export"),
        ("dataset", "burnish train FILE"),
    ],
)
def test_what_is_not_here_is_refused_with_its_true_reason(name, reason):
    """And never with a setting that only looks alike."""
    said = told(f"{name}=1")

    assert reason in said
    assert "did you mean" not in said


@pytest.mark.parametrize("config", ["TrainingArguments", "LoraConfig"])
def test_every_setting_of_transformers_and_peft_has_an_answer(config):
    """Whatever one copies from a script of theirs is known, renamed, or refused with a reason."""
    import peft
    import transformers

    ours = {key.split(".")[1] for key in known_keys()}
    names = [one.name for one in dataclasses.fields(getattr(transformers, config, None) or getattr(peft, config))]

    assert [name for name in names if name not in ours and meaning(name, 1, {}) == ("", "")] == []


AXOLOTL = """base_model model_type tokenizer_type load_in_8bit load_in_4bit strict datasets dataset_prepared_path val_set_size output_dir sequence_len
sample_packing pad_to_sequence_len adapter lora_model_dir lora_r lora_alpha lora_dropout lora_target_linear lora_target_modules lora_fan_in_fan_out
wandb_project wandb_entity gradient_accumulation_steps micro_batch_size num_epochs optimizer lr_scheduler learning_rate train_on_inputs
group_by_length bf16 fp16 tf32 gradient_checkpointing early_stopping_patience resume_from_checkpoint logging_steps xformers_attention flash_attention
warmup_steps evals_per_epoch eval_table_size saves_per_epoch debug deepspeed weight_decay fsdp fsdp_config special_tokens chat_template rl
hub_model_id save_total_limit loss_watchdog_threshold warmup_ratio"""
LLAMA_FACTORY = """model_name_or_path trust_remote_code stage do_train finetuning_type lora_rank lora_target lora_alpha deepspeed dataset template
cutoff_len max_samples overwrite_cache preprocessing_num_workers dataloader_num_workers output_dir logging_steps save_steps plot_loss
overwrite_output_dir save_only_model report_to per_device_train_batch_size gradient_accumulation_steps learning_rate num_train_epochs
lr_scheduler_type warmup_ratio bf16 ddp_timeout resume_from_checkpoint eval_dataset val_size per_device_eval_batch_size eval_strategy eval_steps
packing neat_packing train_on_prompt mask_history neftune_noise_alpha quantization_bit use_dora use_rslora loraplus_lr_ratio pissa_init pref_beta
pref_loss flash_attn enable_liger_kernel additional_target use_galore use_badam pure_bf16 freeze_trainable_layers"""
UNSLOTH = """max_seq_length dtype load_in_4bit r target_modules lora_alpha lora_dropout bias use_gradient_checkpointing random_state use_rslora
loftq_config dataset_text_field dataset_num_proc packing per_device_train_batch_size gradient_accumulation_steps warmup_steps max_steps
learning_rate logging_steps optim weight_decay lr_scheduler_type seed report_to full_finetuning"""
TRL = """max_length packing packing_strategy padding_free pad_to_multiple_of eval_packing completion_only_loss assistant_only_loss dataset_kwargs
dataset_num_proc eos_token pad_token chat_template_path loss_type activation_offloading model_init_kwargs"""


@pytest.mark.parametrize("names", [AXOLOTL, LLAMA_FACTORY, UNSLOTH, TRL], ids=["axolotl", "llama-factory", "unsloth", "trl"])
def test_the_usual_settings_of_other_trainers_have_an_answer(names):
    """As they stand in those tools' own examples."""
    ours = {key.split(".")[1] for key in known_keys()}

    assert [name for name in names.split() if name not in ours and meaning(name, 1, {}) == ("", "")] == []


def test_what_is_told_to_write_exists():
    """Every setting that an answer names is one of ours; no name is ours and another tool's at once, or answered twice."""
    import re

    keys = set(known_keys())
    texts = [*ABSENT.values(), *(value for one in VALUES.values() for value in one.values()), *RENAMED.values()]
    named = {found for text in texts for found in re.findall(r"\b(?:train|model|lora|data|session)\.[a-z_]+", text)}
    tables = (set(RENAMED), set(ABSENT), set(_CONVERTED), set(BATCH | ACCUMULATION))

    assert named - keys == set()
    assert sum(map(len, tables)) == len(set().union(*tables))
    assert set(VALUES) <= keys


def test_an_own_name_under_another_table_is_told():
    """`train.rank` is lora.rank, and a value of the right kind is not asked for twice."""
    assert "did you mean lora.rank?" in told("train.rank=8")
    assert "did you mean train.seed?" in told("seed=8")


@pytest.mark.parametrize("name", ["train.flux_capacitor", "train.gradients", "zzz", "train.sparkle"])
def test_a_name_that_is_nobodys_is_no_guess(name):
    """Nothing is proposed that has little in common with what was typed."""
    said = told(f"{name}=1")

    assert f"{name}: no such key" in said
    assert "did you mean" not in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("train.optim=adamw_torch", "train.optim=adamw is that one"),
        ("train.optim=adamw_8bit", "no 8-bit optimizer here, on any machine"),
        ("train.optim=paged_adamw_8bit", "no 8-bit optimizer here"),
        ("train.optim=sgd", "AdamW is the only optimizer"),
        ("train.schedule=constant_with_warmup", "train.schedule=constant with train.warmup_steps"),
        ("model.dtype=bf16", "write bfloat16"),
        ("model.dtype=4bit", "not quantized"),
        ("train.method=dpo", "sft is the only method"),
        ("train.method=qlora", "not quantized"),
        ("train.seq_len=long", "it takes a whole number"),
    ],
)
def test_values_of_other_tools_have_a_true_answer(given, said):
    """What is here under another value, and what is not here at all."""
    assert said in told(given)


def test_settings_outside_a_table_are_answered_too(tmp_path):
    """A recipe copied from a flat file of another tool: each line has its answer, all at once."""
    path = tmp_path / "r.toml"
    path.write_text("num_epochs = 3\nmicro_batch_size = 2\ngradient_accumulation_steps = 4\nsample_packing = true\nseed = 1\n")
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)

    assert all(part in caught.value.what for part in ("train.epochs=3", "train.batch_rows=8", "without padding", "[train]"))
