"""The files of a Hugging Face folder that are not weights: copied byte for byte, so that nothing is lost on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.export.opened import Version

TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.model"),
    *("vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json"),
)


def copy_file(source: Path, target: Path) -> None:
    """Copy one file, whole or not at all. Raises StorageError."""
    durable.write_with(target, lambda beside: _copy(source, beside))


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def copy_tokenizer(version: Version, folder: Path) -> None:
    """Copy the tokenizer, extra tokens and chat template, byte for byte."""
    for name in TOKENIZER_FILES:
        if (version.source.folder / name).is_file():
            copy_file(version.source.folder / name, folder / name)
    if not (folder / "chat_template.jinja").exists():  # a template in tokenizer_config.json, or one that came with the program
        durable.write_text(folder / "chat_template.jinja", version.chat.template)


def write_config(version: Version, folder: Path, dtype: str) -> None:
    """Write config.json as the base has it, with the dtype that is stored now."""
    config = read_json(version.source.folder / "config.json")
    for key in ("dtype", "torch_dtype"):
        if key in config:
            config[key] = dtype
    config.pop("_name_or_path", None)  # a path of this machine
    durable.write_json(folder / "config.json", config)


def write_generation_config(version: Version, folder: Path) -> None:
    """Write generation_config.json as the base has it, with every token that ends a turn in training among its stops."""
    path = version.source.folder / "generation_config.json"
    config = read_json(path) if path.is_file() else {}
    own = config.get("eos_token_id", read_json(version.source.folder / "config.json").get("eos_token_id"))
    stops = [own] if isinstance(own, int) else list(own or ())
    config["eos_token_id"] = list(dict.fromkeys([*version.chat.stop_ids, *stops]))
    config.setdefault("pad_token_id", version.chat.pad_id)
    durable.write_json(folder / "generation_config.json", config)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object from a file of a checked model folder."""
    return dict(json.loads(path.read_text("utf-8")))
