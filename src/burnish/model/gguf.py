"""A `.gguf` file -> a folder in Hugging Face layout, with bf16 safetensors: done once, because reading a GGUF is slow.

The work happens in a child process (`python -m burnish.model.gguf FILE FOLDER`): its memory is given back when it ends, the
progress bars of the libraries stay off the terminal, and the parent can say every two seconds that it is alive.

Covered: the architectures that transformers reads from GGUF. Not covered: keeping the weights quantized, and GGUF split in
several files. Weights are unpacked in float32 and rounded to bfloat16 (8 bits of mantissa).
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import BurnishError, ModelError, StorageError
from burnish.model.cache import Report
from burnish.model.quiet import watch

_DIGIT_SPLITTERS = ("smollm", "starcoder", "refact", "command-r", "codeshell", "exaone")
"""Pre-tokenizers that cut numbers into digits before anything else; transformers 5.23 rebuilds these without that step."""


def convert(gguf: Path, folder: Path, report: Report) -> None:
    """Write the model, tokenizer and chat template of `gguf` into `folder`. Raises ModelError and StorageError.

    Files: model.safetensors (bf16, tied head once), config.json, tokenizer.json, tokenizer_config.json and, where the GGUF
    has one, chat_template.jinja. Takes about 40 s for 135 million weights on one core.
    """
    _check_magic(gguf)
    durable.make_folder(folder)
    _check_space(gguf, folder)
    code, output = watch(
        [sys.executable, "-P", "-m", "burnish.model.gguf", str(gguf), str(folder)], f"converting {gguf.name}", report
    )
    if code != 0:
        raise _conversion_error(gguf, folder, output)


def _check_magic(gguf: Path) -> None:
    try:
        with gguf.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError(
            f"cannot read {gguf}", seen=error.strerror or str(error), remedy="name a .gguf file that is there"
        ) from error
    if magic != b"GGUF":
        raise ModelError(
            f"{gguf} is not a GGUF file", seen=f"it begins with {magic!r}", remedy="download it again, or name another file"
        )


def _check_space(gguf: Path, folder: Path) -> None:
    # Blocks of 4 bits and a scale hold about 5 bits a weight; bf16 holds 16.
    needed, free = 4 * gguf.stat().st_size, durable.free_bytes(folder)
    if free < needed:
        seen = f"{free} bytes free, about {needed} needed"
        raise StorageError(
            f"not enough room to convert {gguf.name} in {folder.parent}",
            seen=seen,
            remedy="free some disk space, or set BURNISH_CACHE to a folder on another disk",
        )


def _conversion_error(gguf: Path, folder: Path, output: str) -> BurnishError:
    lines = [line for line in output.splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "the converting process ended without a word (perhaps killed for want of memory)"
    if "No space left" in output or "Disk quota" in output:
        return StorageError(
            f"cannot write {folder}", seen=last, remedy="free some disk space, or set BURNISH_CACHE to a folder on another disk"
        )
    remedy = "download the file again; if it is whole, use the model's folder with safetensors instead"
    return ModelError(f"cannot convert {gguf}", seen=last, remedy=remedy)


def _work(gguf: Path, folder: Path) -> None:
    """Convert, in the child process."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    place = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(**place)
    model = AutoModelForCausalLM.from_pretrained(
        **place, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True), trust_remote_code=False
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    # Defaults for sampling are burnish's own; a file of them would speak up behind its back.
    durable.remove_file(folder / "generation_config.json")
    _plain_tokenizer_config(folder, model.config.max_position_embeddings)
    if pre_tokenizer_of(gguf) in _DIGIT_SPLITTERS:
        _split_digits(folder / "tokenizer.json")


def _plain_tokenizer_config(folder: Path, context_length: int) -> None:
    path = folder / "tokenizer_config.json"
    config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for private in ("backend", "is_local", "local_files_only", "gguf_file"):
        config.pop(private, None)
    config |= {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context_length,
        "clean_up_tokenization_spaces": False,
    }
    durable.write_json(path, config)


def pre_tokenizer_of(gguf: Path) -> str:
    """Return `tokenizer.ggml.pre`, the name of the way this vocabulary cuts text before merging, or an empty string.

    Found by its bytes (key length, key, type 8 for text, length, text), which takes no parse of the whole vocabulary.
    """
    key = b"tokenizer.ggml.pre"
    mark = struct.pack("<Q", len(key)) + key + struct.pack("<I", 8)
    with gguf.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        at = view.find(mark)
        if at < 0:
            return ""
        start = at + len(mark) + 8
        (length,) = struct.unpack("<Q", view[start - 8 : start])
        return view[start : start + length].decode("utf-8", "replace")


def _split_digits(path: Path) -> None:
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    rest = tokenizer["pre_tokenizer"]
    tokenizer["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, rest]}
    durable.write_text(path, json.dumps(tokenizer, ensure_ascii=False))


def _main() -> int:
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    warnings.simplefilter("ignore")
    try:
        _work(Path(sys.argv[1]), Path(sys.argv[2]))
    except Exception as error:  # noqa: BLE001 -- whatever a library raises becomes the last line, which the parent reads
        text = " ".join(str(error).split())
        sys.stderr.write(f"{type(error).__name__}: {text[:500]}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
