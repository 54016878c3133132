"""The kinds that transformers reads: `adapter`, a stock PEFT folder, and `merged`, a whole model; made and proven."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import BurnishError, ModelError
from burnish.export.compare import checks, whole
from burnish.export.folder import copy_file, copy_tokenizer, read_json, write_config, write_generation_config
from burnish.export.job import Job
from burnish.export.merge import deltas_of, merging, read_config, write_weights
from burnish.export.opened import adapters_of
from burnish.export.proof import TOLERANCES, Check
from burnish.export.reference import logprobs_at
from burnish.export.target import same_ids, transformers_ids
from burnish.model.load import load_model
from burnish.model.lora import CONFIG, WEIGHTS, load_adapter
from burnish.model.quiet import quiet
from burnish.model.shape import read_header
from burnish.tokens.load import load_tokenizer


def build_adapter(job: Job, folder: Path) -> None:
    """Write the adapter as PEFT reads it, with tokenizer and template. Raises ModelError for a version that is not one adapter."""
    adapters = adapters_of(job.version)
    if len(adapters) != 1:
        what = "an untrained base has no adapter to export" if not adapters else "this version is more than one adapter"
        raise ModelError(what, seen=f"{job.version.label}: {len(adapters)} adapters", remedy="export `merged` instead")
    deltas_of(adapters[0])
    copy_file(adapters[0] / WEIGHTS, folder / WEIGHTS)
    # A path of this machine is nobody else's business; the name a person typed is what they can find again.
    name = read_config(adapters[0]) | {"base_model_name_or_path": base_name(job)}
    durable.write_json(folder / CONFIG, dict(sorted(name.items())))
    copy_tokenizer(job.version, folder)


def base_name(job: Job) -> str:
    """Return the base's public name: as typed, or the last part of a path."""
    name = job.version.source.name
    return Path(name).name if Path(name).expanduser().exists() else name


def build_merged(job: Job, folder: Path) -> None:
    """Write the base with the adapters in it, in bfloat16, and everything beside the weights as the base has it."""
    write_merged(job, folder, "bfloat16")


def write_merged(job: Job, folder: Path, dtype: str) -> None:
    """Write a whole Hugging Face folder of the merged version with weights in `dtype`."""
    write_weights(merging(job.version, dtype), folder, job.report)
    write_config(job.version, folder, dtype)
    write_generation_config(job.version, folder)
    copy_tokenizer(job.version, folder)


def prove_adapter(job: Job, folder: Path) -> list[Check]:
    """Return the checks of an adapter folder, loaded by PEFT onto the base."""
    return [
        _ids(job, folder),
        _same_adapter(job, folder),
        *_agreement(job, "adapter", lambda: load_adapter(_base(job), folder)),
        _stops_in_chat(job, folder),
    ]


def prove_merged(job: Job, folder: Path) -> list[Check]:
    """Return the checks of a merged folder, loaded by transformers."""
    return [
        _ids(job, folder),
        _same_weights(job, folder),
        *_agreement(job, "merged", lambda: load_model(folder, dtype=job.reference.dtype)),
        _stops_in_chat(job, folder),
        _stops_by_itself(job, folder),
    ]


def _base(job: Job) -> Any:
    return load_model(job.version.source.folder, dtype=job.reference.dtype)


def _ids(job: Job, folder: Path) -> Check:
    return same_ids(job.version, job.probes, transformers_ids(load_tokenizer(folder), job.version))


def _agreement(job: Job, kind: str, load: Any) -> list[Check]:
    reference = job.reference
    job.report("comparing it with the trained model")
    try:
        model = load()
    except BurnishError as error:
        seen = f"{error.what}: {error.seen}"
        return [Check(name="transformers loads it", passed=False, seen=seen, remedy="export it again into a new folder")]
    try:
        if model.config.vocab_size != reference.trained_PV.shape[1]:
            return []  # told by the check of its files; nothing can be compared
        return checks(reference, whole(logprobs_at(model, reference.walks)), TOLERANCES[kind])
    finally:
        del model
        gc.collect()


def _same_adapter(job: Job, folder: Path) -> Check:
    """Compare names and values of every adapter weight, and the settings that decide its scale."""
    import torch

    name = "nothing is dropped: the adapter's weights and settings"
    remedy = "the folder was changed after it was made: export again into a new folder"
    wanted = deltas_of(adapters_of(job.version)[0])
    try:
        found = deltas_of(folder)
    except BurnishError as error:
        return Check(name=name, passed=False, seen=f"{error.what}: {error.seen}", remedy=remedy)
    faults = [f"{one} is missing" for one in sorted(set(wanted) - set(found))]
    faults += [f"{one} is not of this adapter" for one in sorted(set(found) - set(wanted))]
    faults += [
        f"{one} has other values"
        for one in sorted(set(wanted) & set(found))
        if wanted[one].scale != found[one].scale
        or not torch.equal(wanted[one].b_OR, found[one].b_OR)
        or not torch.equal(wanted[one].a_RI, found[one].a_RI)
    ]
    return Check(name=name, passed=not faults, seen="; ".join(faults[:3]) or f"{len(wanted)} matrices, all equal", remedy=remedy)


def _same_weights(job: Job, folder: Path) -> Check:
    """Compare every stored weight with base + adapters reckoned anew: bit for bit; and the names, the head, the vocabulary."""
    import torch
    from safetensors import safe_open

    name = "nothing is dropped: every weight, the head, the vocabulary"
    merged = merging(job.version)
    where = {one: path for path in sorted(folder.glob("*.safetensors")) for one in read_header(path) if one != "__metadata__"}
    faults = [f"{one} is missing" for one in merged.names() if one not in where]
    faults += [f"{one} is stored, and the base has none" for one in sorted(set(where) - set(merged.names()))]
    faults += _config_faults(job, folder)
    job.report("comparing every weight")
    for one in merged.names():
        if one in where and len(faults) < 4:
            with safe_open(where[one], framework="pt") as file:
                stored, wanted = file.get_tensor(one), merged.tensor(one)
            if stored.shape != wanted.shape or stored.dtype != wanted.dtype:
                faults.append(f"{one} is {_kind(stored)}, should be {_kind(wanted)}")
            elif not torch.equal(stored, wanted):
                far = float((stored.float() - wanted.float()).abs().max())
                faults.append(f"{one} is not base + adapter (largest difference {far:.2g})")
    seen = "; ".join(faults[:3]) or f"{len(where)} weights equal base + adapter, {len(merged.deltas)} of them changed by it"
    return Check(
        name=name, passed=not faults, seen=seen, remedy="the folder is not what was merged: export again into a new folder"
    )


def _kind(tensor: Any) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def _config_faults(job: Job, folder: Path) -> list[str]:
    ours, theirs = read_json(folder / "config.json"), read_json(job.version.source.folder / "config.json")
    keys = ("model_type", "vocab_size", "tie_word_embeddings", "num_hidden_layers", "hidden_size", "max_position_embeddings")
    faults = [
        f"config.json: {key} is {ours.get(key)!r}, the base has {theirs.get(key)!r}"
        for key in keys
        if ours.get(key) != theirs.get(key)
    ]
    added = load_tokenizer(folder).get_added_vocab()
    lost = [token for token, number in job.version.tokenizer.get_added_vocab().items() if added.get(token) != number]
    return faults + [f"the tokenizer has lost or moved {token!r}" for token in lost[:3]]


def _stops_in_chat(job: Job, folder: Path) -> Check:
    """Look whether the folder's own tokenizer writes the end of a turn as the one token that training taught."""
    chat = job.version.chat
    text = chat.decode([chat.end_id], special=True)
    ids = [int(one) for one in load_tokenizer(folder)(text, add_special_tokens=False)["input_ids"]]
    return Check(
        name="the end of a turn is one token",
        passed=ids == [chat.end_id],
        seen=f"{text!r} is {ids} here, in training [{chat.end_id}]",
        remedy="the tokenizer files are not the base's: export again into a new folder",
    )


def _stops_by_itself(job: Job, folder: Path) -> Check:
    """Let transformers' own generate meet the end of the turn, forced to come first, with the folder's own settings."""
    import torch
    from transformers import AutoModelForCausalLM, LogitsProcessorList, SequenceBiasLogitsProcessor

    chat = job.version.chat
    prompt = chat.prompt_ids(job.probes[0].messages)
    forced = LogitsProcessorList([SequenceBiasLogitsProcessor(sequence_bias=[[[chat.end_id], 1e6]])])
    with quiet(), torch.inference_mode():
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.bfloat16)
        ids = torch.tensor([prompt])
        said = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=4, do_sample=False, logits_processor=forced
        )[0, len(prompt) :].tolist()
    text = chat.decode([chat.end_id], special=True)
    return Check(
        name="the end of a turn stops an answer",
        passed=said == [chat.end_id],
        seen=f"after {text!r} transformers generates {len(said) - 1} more tokens",
        remedy="eos_token_id in generation_config.json must name it: export again into a new folder",
    )
