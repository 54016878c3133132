"""Settings as other trainers call them (TRL, Transformers, PEFT, Axolotl, Unsloth, LLaMA-Factory), and what is true of each here.

A recipe knows one name for each setting. Someone who types another tool's name is told ours, with the value as it would be written;
or, where there is no such setting, why not. The last part of a name decides (`train.lr`, `lr`), and `-` counts as `_`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from burnish.records.codec import JSON

Given = Mapping[str, JSON]
"""All settings of a recipe, by the last part of their names."""


def _table(*lines: tuple[str, str]) -> dict[str, str]:
    """Return {name: what to say} of lines that hold several names, parted by spaces."""
    return {name: told for names, told in lines for name in names.split()}


RENAMED = _table(
    ("lr learn_rate init_lr peak_lr base_lr max_lr", "train.learning_rate"),
    ("num_train_epochs num_epochs n_epochs nb_epochs train_epochs max_epochs", "train.epochs"),
    (
        "steps num_steps n_steps total_steps train_steps max_train_steps num_train_steps max_iters iters iterations",
        "train.max_steps",
    ),
    ("lr_scheduler_type lr_scheduler lr_schedule scheduler scheduler_type", "train.schedule"),
    ("num_warmup_steps lr_warmup_steps warmup_iters", "train.warmup_steps"),
    (
        "max_grad_norm gradient_clipping gradient_clip_val grad_clip gradient_clip clip_grad_norm max_norm grad_norm_clip",
        "train.clip",
    ),
    ("gradient_checkpointing use_gradient_checkpointing activation_checkpointing grad_checkpoint", "train.checkpointing"),
    ("random_seed random_state", "train.seed"),
    ("max_seq_length max_seq_len max_sequence_length cutoff_len sequence_len seq_len seq_length", "train.max_length"),
    ("model_max_length block_size context_length max_len truncation_max_length", "train.max_length"),
    ("wd decay", "train.weight_decay"),
    ("optimizer optimizer_type optimizer_name", "train.optim"),
    ("log_every log_every_n_steps log_interval log_steps log_freq steps_per_print", "train.logging_steps"),
    ("lora_r r lora_rank rank_dimension lora_dim", "lora.rank"),
    ("lora_alpha", "lora.alpha"),
    ("lora_dropout lora_drop", "lora.dropout"),
    ("target_modules lora_target_modules lora_target lora_targets lora_modules target_keys", "lora.targets"),
    ("use_rslora lora_use_rslora peft_use_rslora", "lora.rslora"),
    ("model_name model_name_or_path base_model base_model_name base_model_name_or_path model_id pretrained_model", "model.name"),
    ("pretrained_model_name_or_path hf_model model_path", "model.name"),
    ("torch_dtype precision mixed_precision compute_dtype model_dtype bnb_4bit_compute_dtype", "model.dtype"),
)
"""What takes the same value under another name."""

_QUANTIZED = "weights are not quantized to train on; model.dtype=bfloat16 halves them, and lora.rank, train.max_length and train.checkpointing save more"
_PACKING = (
    "there is nothing to switch: the fast step (model.fast) puts rows end to end without padding, and no row ever sees another; "
    "no row is cut or joined for it"
)
_EVAL = "the held-out rows (data.holdout) are judged after every epoch, and never within one"
_SAVED = (
    "a checkpoint to resume from is saved every 30 seconds and after each epoch; train.keep chooses which epoch the version is, "
    'and train.keep="all" keeps every epoch\'s adapter'
)
_TRACKED = (
    "nothing is sent anywhere: events.jsonl in the run's folder holds each step's loss, rate, gradient norm, speed and memory"
)
_PARALLEL = "one process trains on one device"
_MASK = "only the assistant's words are trained, with the end of their turn; burnish look DATA shows which tokens"
_TEMPLATE = "rows are written with the model's own chat template, in training as in every answer"
_ATTENTION = "attention is not chosen: the fast step has its own, and else Transformers takes what it prefers for the model"
_LORA_ONLY = (
    "what is trained is a plain LoRA adapter on linear layers (lora.rank, lora.alpha, lora.dropout, lora.targets, lora.rslora)"
)
_PREFERENCES = "this version trains by supervised fine-tuning only (train.method=sft)"
_ROWS = "the rows are named behind the verb: burnish train FILE"
_LOADER = "rows are read once and stay in memory; no other process loads them, and none is dropped"
_ADAM = "AdamW's betas and epsilon are fixed at 0.9, 0.999 and 1e-8"
_UPLOAD = "nothing is uploaded; burnish export writes a folder to upload yourself"
_PLACE = "a run is kept in the project's own folder, .burnish/runs (another project: --home DIR)"
_NOISE = "no noise is added to embeddings in training"
_RATES = "one rate is used for every adapter weight, and it falls to zero by train.schedule"
_RUNS = "the verbs say that: burnish train trains and judges, burnish evaluate judges, burnish generate answers"
_DEVICE = "the device is not chosen in a recipe"
_FAST = "faster kernels are one setting here, model.fast, with the same gradients; nothing else compiles or replaces parts of the model"
_SHAPE = "the model is used as its config.json describes it"
_RESUME = "a run that was broken off goes on with: burnish train --resume RUN (or the same words again)"
_LENGTHS = (
    "rows of like length go through the model together within each step already; every epoch has its own order by train.seed"
)
_LOGS = (
    "the terminal shows how far a run is, and events.jsonl holds every step; train.logging_steps=N prints a line every N steps"
)

ABSENT = _table(
    ("packing sample_packing neat_packing pack packing_strategy eval_packing eval_sample_packing eval_packing", _PACKING),
    ("padding_free pad_to_sequence_len pad_to_max_length pad_to_multiple_of multipack_real_batches use_packing", _PACKING),
    ("load_in_4bit load_in_8bit quantization quantization_bit quantization_method quantize bits double_quantization", _QUANTIZED),
    ("quantization_type quant_type gptq awq hqq qlora loftq_config load_in_16bit load_in_fp8", _QUANTIZED),
    ("eval_steps eval_strategy evaluation_strategy evals_per_epoch eval_delay eval_on_start eval_batch_size", _EVAL),
    ("per_device_eval_batch_size eval_accumulation_steps eval_table_size eval_max_new_tokens do_eval eval_frequency", _EVAL),
    ("prediction_loss_only include_for_metrics batch_eval_metrics label_names bf16_full_eval fp16_full_eval", _EVAL),
    ("eval_do_concat_batches eval_use_gather_object metric_for_best_model greater_is_better include_inputs_for_metrics", _EVAL),
    (
        "save_steps save_strategy save_total_limit saves_per_epoch save_only_model save_on_each_node save_safetensors save_every",
        _SAVED,
    ),
    ("enable_jit_checkpoint save_checkpoint_limit checkpoint_every checkpoints save_last", _SAVED),
    ("report_to run_name project logging_dir tensorboard use_wandb trackers log_with experiment_name plot_loss", _TRACKED),
    ("ddp local_rank device_map tensor_parallel_size context_parallel_size sequence_parallel_degree num_gpus n_gpu", _PARALLEL),
    (
        "parallelism_config accelerator_config world_size num_processes nproc_per_node average_tokens_across_devices gpus",
        _PARALLEL,
    ),
    ("log_on_each_node full_determinism pipeline_parallel_size", _PARALLEL),
    ("train_on_inputs train_on_input train_on_prompt completion_only_loss assistant_only_loss mask_prompt mask_inputs", _MASK),
    ("train_on_responses_only train_on_completions_only response_template instruction_template roles_to_train", _MASK),
    ("train_on_eos mask_history ignore_pad_token_for_loss instruction_part response_part train_on_eot", _MASK),
    ("chat_template template prompt_template prompt_style conversation_template chat_template_path formatting_func", _TEMPLATE),
    ("default_system tool_format eos_token pad_token bos_token special_tokens tokens add_bos_token add_eos_token", _TEMPLATE),
    ("enable_thinking tokenizer_type tokenizer_name resize_vocab", _TEMPLATE),
    ("flash_attn flash_attention flash_attention_2 use_flash_attention use_flash_attention_2 attn_implementation", _ATTENTION),
    ("attn_impl xformers_attention sdp_attention s2_attention shift_attn eager_attention flex_attention xformers", _ATTENTION),
    ("use_dora dora use_qalora use_bdlora bias lora_bias modules_to_save lora_modules_to_save additional_target", _LORA_ONLY),
    ("init_lora_weights pissa_init pissa_iter pissa_convert fan_in_fan_out lora_fan_in_fan_out layers_to_transform", _LORA_ONLY),
    (
        "layers_pattern lora_layers_to_transform rank_pattern alpha_pattern exclude_modules target_parameters peft_type",
        _LORA_ONLY,
    ),
    ("trainable_token_indices layer_replication use_lora peft use_peft full_finetuning freeze_trainable_layers", _LORA_ONLY),
    ("freeze_trainable_modules unfrozen_parameters oft_rank oft_target relora relora_steps use_llama_pro task_type", _LORA_ONLY),
    ("adapter finetuning_type lora_model_dir create_new_adapter auto_mapping peft_version inference_mode revision", _LORA_ONLY),
    ("megatron_config megatron_core eva_config corda_config lora_ga_config velora_config alora_invocation_tokens", _LORA_ONLY),
    ("qalora_group_size monteclora_config runtime_config arrow_config kasa_config ensure_weight_tying", _LORA_ONLY),
    (
        "stage rl beta reference_model ref_model reward_model loss_type num_generations reward_funcs pref_loss pref_beta",
        _PREFERENCES,
    ),
    (
        "label_smoothing label_smoothing_factor label_smoothing_eps pref_ftx ld_alpha trl",
        _PREFERENCES + "; its loss is plain cross-entropy",
    ),
    ("dataset datasets dataset_name dataset_path dataset_dir data_path data_files train_file train_files train_dataset", _ROWS),
    ("train_data train_path dataset_prepared_path dataset_text_field dataset_kwargs dataset_num_proc field_messages", _ROWS),
    ("streaming dataset_format tokenized_path skip_prepare_dataset overwrite_cache mix_strategy interleave_probs", _ROWS),
    (
        "eval_dataset validation_file eval_file test_datasets test_file val_file valid_file validation_data",
        _ROWS + "; data.holdout=N holds rows of it out, and --suite FILE names questions to judge by",
    ),
    (
        "max_train_samples max_samples max_eval_samples limit_train_batches",
        _ROWS + "; every row of it is used: head -n N FILE > SOME.jsonl takes some",
    ),
    ("dataloader_drop_last drop_last remove_unused_columns preprocessing_num_workers num_workers num_proc", _LOADER),
    ("preprocessing_batch_size buffer_size dataset_processes ignore_data_skip", _LOADER),
    ("adam_beta1 adam_beta2 adam_epsilon betas eps epsilon adam_betas optim_args beta1 beta2 momentum", _ADAM),
    ("optim_target_modules", _ADAM + ", for every adapter weight"),
    ("push_to_hub push_to_hub_model_id hf_use_auth_token hub_model", _UPLOAD),
    ("output_dir overwrite_output_dir out_dir save_dir checkpoint_dir", _PLACE),
    ("neftune_noise_alpha neftune noise_alpha use_neftune", _NOISE),
    ("lr_scheduler_kwargs min_lr min_learning_rate cosine_min_lr_ratio lr_end num_cycles lr_div_factor lr_decay_steps", _RATES),
    (
        "embedding_lr embedding_learning_rate loraplus_lr_ratio loraplus_lr_embedding learning_rate_multiplier lr_quadratic_warmup",
        _RATES,
    ),
    ("do_train do_predict predict_with_generate mode task", _RUNS),
    ("device use_cpu no_cuda use_mps_device cuda gpu_memory_limit max_memory gpu_memory_utilization cpu_offload", _DEVICE),
    (
        "torch_compile torch_compile_backend torch_compile_mode compile use_liger_kernel use_liger liger enable_liger_kernel",
        _FAST,
    ),
    (
        "liger_kernel_config use_unsloth use_unsloth_gc fused fast_inference use_kernels torch_empty_cache_steps use_cache tf32",
        _FAST,
    ),
    (
        "auto_find_batch_size",
        "the plan chooses what fits: train.micro_batch_tokens, by the memory of the machine, with its reason",
    ),
    ("rope_scaling rope_theta model_type is_llama_derived_model resize_token_embeddings_to_32x sliding_window", _SHAPE),
    ("activation_offloading offload model_init_kwargs attn_kwargs", _SHAPE + ", in memory, with no offloading"),
    ("trust_remote_code", "code that comes with a model is never run"),
    ("resume_from_checkpoint auto_resume_from_checkpoints resume restore_callback_states_from_checkpoint", _RESUME),
    ("group_by_length length_column_name length_column train_sampling_strategy shuffle sampler curriculum_sampling", _LENGTHS),
    ("data_seed split_seed shuffle_seed", "train.seed is the one seed: it draws the adapter's start and every epoch's order"),
    ("logging_strategy logging_first_step logging_nan_inf_filter include_num_input_tokens_seen include_tokens_per_second", _LOGS),
    ("log_level log_level_replica disable_tqdm debug skip_memory_metrics verbose strict include_tkps", _LOGS),
    (
        "loss_watchdog_threshold loss_watchdog_patience",
        "a loss or a gradient that is not finite takes the run back to its last good state, at half the rate",
    ),
    ("ema use_ema ema_decay swa", "the adapter that is kept is one epoch's own; nothing is averaged"),
    ("patience", "early stopping waits for 2 epochs without a lower held-out loss, and that is fixed (train.early_stop=true)"),
    ("galore lisa badam apollo use_galore use_badam use_apollo", "AdamW is the optimizer (train.optim)"),
)
"""What there is no setting for, and why, or what takes its place."""

PREFIXES = {
    "bnb_": _QUANTIZED, "wandb_": _TRACKED, "mlflow_": _TRACKED, "comet_": _TRACKED, "swanlab_": _TRACKED, "trackio_": _TRACKED,
    "fsdp": _PARALLEL, "deepspeed": _PARALLEL, "ddp_": _PARALLEL, "dataloader_": _LOADER, "hub_": _UPLOAD, "dpo_": _PREFERENCES,
    "kto_": _PREFERENCES, "ppo_": _PREFERENCES, "grpo_": _PREFERENCES, "simpo_": _PREFERENCES, "orpo_": _PREFERENCES,
    "ref_model": _PREFERENCES, "reward_model": _PREFERENCES, "vllm_": _PREFERENCES, "galore_": "AdamW is the optimizer (train.optim)",
    "badam_": "AdamW is the optimizer (train.optim)", "apollo_": "AdamW is the optimizer (train.optim)", "liger_": _FAST,
    "loftq_": _QUANTIZED, "gptq_": _QUANTIZED, "flash_attn_": _ATTENTION, "rope_": _SHAPE, "lora_": _LORA_ONLY, "peft_": _LORA_ONLY,
    "gradient_checkpointing_": "train.checkpointing=true is the one way of it, without reentrant passes",
    "activation_checkpointing_": "train.checkpointing=true is the one way of it, without reentrant passes",
}  # fmt: skip
"""As ABSENT, by how a name begins; looked at last."""

BATCH = frozenset(
    _table(
        ("batch_size train_batch_size per_device_train_batch_size per_device_batch_size per_gpu_train_batch_size bs", ""),
        ("micro_batch_size device_train_batch_size train_micro_batch_size_per_gpu", ""),
        ("global_batch_size effective_batch_size total_batch_size", ""),
    )
)
WHOLE = frozenset(("global_batch_size", "effective_batch_size", "total_batch_size"))
"""Of these, those that hold the accumulation already."""
ACCUMULATION = frozenset(
    _table(
        ("gradient_accumulation_steps gradient_accumulation gradient_accumulation_iters grad_accum grad_accum_steps", ""),
        ("accumulate_grad_batches accumulation_steps accum_iter", ""),
    )
)


def meaning(name: str, value: JSON, given: Given) -> tuple[str, str]:
    """Return (our name for a setting of another tool, what to say of it); ("", what to say) where there is no such setting.

    ("", "") where the name is nobody's. Our name alone means: it takes the same value.
    """
    short = short_name(name)
    if short in BATCH | ACCUMULATION:
        return "", _batch(short, value, given)
    if short in _CONVERTED:
        return "", _CONVERTED[short](value, given)
    if short in RENAMED:
        return RENAMED[short], ""
    absent = ABSENT.get(short) or next((why for begin, why in PREFIXES.items() if short.startswith(begin)), "")
    return "", absent


def short_name(name: str) -> str:
    """Return the last part of a dotted name as tables here spell it."""
    return name.strip().rsplit(".", 1)[-1].replace("-", "_").lower()


def _number(value: JSON) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _batch(short: str, value: JSON, given: Given) -> str:
    """Return how batch size and accumulation are said here, with the product where both are known."""
    number = _number(value)
    mine = number if short in BATCH else next((n for key in given if key in BATCH and (n := _number(given[key]))), None)
    rows = mine if mine is not None else _number(given.get("batch_rows"))
    times = (
        number
        if short in ACCUMULATION
        else next((n for key in given if key in ACCUMULATION and (n := _number(given[key]))), None)
    )
    told = "one setting holds batch size and accumulation here: train.batch_rows, the rows of an optimizer step"
    whole = short in WHOLE or any(key in WHOLE for key in given)
    if rows and times and not whole:
        told += f" ({rows:g} x {times:g}): write train.batch_rows={rows * times:g}"
    elif rows:
        told += f": write train.batch_rows={rows:g}"
    elif times:
        told += f": write your batch size times {times:g}"
    return f"{told}; how many go through the model at once (train.micro_batch_tokens) is chosen by memory and changes no result but for rounding"


def _share_of_steps(value: JSON, given: Given) -> str:
    share, steps = _number(value), _number(given.get("max_steps"))
    told = "train.warmup_steps counts steps; the plan takes a tenth of the rows and at most a fifth of the steps"
    if share is None or not 0 <= share < 1:
        return told
    if steps:
        return f"{told}: write train.warmup_steps={math.ceil(share * steps)} for {share:g} of {steps:g} steps"
    return f"{told} (burnish plan DATA says how many there are: write {share:g} of them)"


def _held_out(value: JSON, given: Given) -> str:  # noqa: ARG001
    number = _number(value)
    told = "data.holdout counts rows; without it the plan holds out a sixth of few rows and a tenth of many"
    if number is None:
        return told
    return (
        f"{told}: write data.holdout={number:g}"
        if number >= 1
        else f"{told}: write {number:g} of your rows, such as data.holdout={round(200 * number)} of 200"
    )


def _precision(dtype: str) -> Callable[[JSON, Given], str]:
    def told(value: JSON, given: Given) -> str:  # noqa: ARG001
        if value is False:
            return "model.dtype says in what the frozen weights are; the plan chooses it by the machine, so leave it out"
        return f"write model.dtype={dtype} (of the frozen weights; the adapter and the optimizer are float32 always); the plan chooses it by the machine"

    return told


def _early(value: JSON, given: Given) -> str:  # noqa: ARG001
    return "write train.early_stop=true: it stops when the held-out loss has not fallen for 2 epochs; how many is fixed"


_CONVERTED: dict[str, Callable[[JSON, Given], str]] = {
    **dict.fromkeys(("warmup_ratio", "warmup", "warmup_fraction", "warmup_proportion"), _share_of_steps),
    **dict.fromkeys(("val_set_size", "val_size", "test_size", "eval_size"), _held_out),
    **dict.fromkeys(("validation_split", "val_split", "eval_split", "holdout_size"), _held_out),
    **dict.fromkeys(("bf16", "bfloat16", "pure_bf16", "use_bf16"), _precision("bfloat16")),
    **dict.fromkeys(("fp16", "float16", "half", "use_fp16"), _precision("float16")),
    **dict.fromkeys(("fp32", "float32", "full_precision"), _precision("float32")),
    **dict.fromkeys(("early_stopping_patience", "early_stopping", "early_stopping_threshold", "early_stopping_rounds"), _early),
    "load_best_model_at_end": lambda value, given: 'write train.keep="best" (it needs held-out rows), or leave it to the plan',  # noqa: ARG005
    "lora_target_linear": lambda value, given: "all linear layers get an adapter where lora.targets is left out",  # noqa: ARG005
}

_NO_8BIT = (
    "there is no 8-bit optimizer here, on any machine: 8 bits would save 6 bytes a trained weight (29 MB at rank 16 on smollm2-135m), "
    "and lora.rank, train.micro_batch_tokens and train.checkpointing save more"
)
_ADAMW_ONLY = "AdamW is the only optimizer here"
_SAME_ADAMW = "train.optim=adamw is that one"
_SFT_ONLY = "sft is the only method of this version"
_NOT_BUILT = "it is not built here"
VALUES = {
    "train.optim": _table(
        ("adamw_torch adamw_torch_fused adamw_hf adamw_apex_fused adamw_fused adamw_torch_xla AdamW", _SAME_ADAMW),
        ("adamw_8bit adamw_bnb_8bit paged_adamw_8bit adam8bit adam_8bit adamw8bit AdamW8bit adamw_torch_8bit", _NO_8BIT),
        ("paged_adamw paged_adamw_32bit", f"{_ADAMW_ONLY}, and its moments are not paged; train.optim=adamw is the nearest"),
    ),
    "train.schedule": _table(
        ("constant_with_warmup", "train.schedule=constant with train.warmup_steps is that"),
        ("cosine_with_restarts cosine_with_min_lr polynomial inverse_sqrt reduce_lr_on_plateau", _NOT_BUILT),
        ("warmup_stable_decay wsd rex one_cycle piecewise_constant", _NOT_BUILT),
    ),
    "model.dtype": _table(
        ("bf16 torch.bfloat16", "write bfloat16"),
        ("fp16 half torch.float16", "write float16"),
        ("fp32 float full torch.float32", "write float32"),
        ("4bit 8bit int8 int4 nf4 fp8 fp4 q4", _QUANTIZED),
    ),
    "train.method": _table(
        ("lora", "a LoRA adapter is what every method trains; sft says what is learnt"),
        ("qlora", _QUANTIZED),
        ("full full_finetuning freeze", _LORA_ONLY),
        ("dpo kto orpo simpo rl grpo ppo rm pt cpo ipo gkd", _SFT_ONLY),
    ),
}
"""Values that other tools know for a setting of ours, and what is true of them here."""


def value_meaning(name: str, value: JSON) -> str:
    """Return what is true here of a value that another tool knows; "" for any other."""
    if name == "train.optim" and isinstance(value, str) and value not in VALUES[name]:
        return _ADAMW_ONLY
    return VALUES.get(name, {}).get(str(value), "")
