"""A data set of the Hugging Face Hub as files: its name as a person writes it, and which of its files hold a split.

Which files belong to which configuration and split is read from the card (`configs` in the YAML head of README.md), else told by their
names, as the library `datasets` does it. Not covered: data sets made by a script (only what the Hub made of them as Parquet), splits cut
by percent, and files of other kinds than Parquet, JSON, JSON Lines, CSV and TSV.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from burnish.errors import DataError

READABLE = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv")
CONVERTED = "refs/convert/parquet"
"""The branch on which the Hub itself keeps every data set as Parquet, as CONFIG/SPLIT/0000.parquet."""
DEFAULT = "default"

_NAME = re.compile(r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?::(?P<config>[^@/\\]+))?(?:@(?P<revision>[\w./-]+))?")
_SPLITS = {
    "train": r"train(?:ing)?",
    "validation": r"(?:validation|valid|val|dev)",
    "test": r"(?:test(?:ing)?|eval(?:uation)?)",
}
_NO_DATA = re.compile(r"(?:^|/)(?:dataset_infos?|dataset_dict|state|package|config)\.json$|(?:^|/)\.")

Layout = Mapping[str, Mapping[str, Sequence[str]]]
"""Configuration -> split -> files, in order."""


@dataclass(frozen=True, slots=True)
class HubName:
    """What a person asks for."""

    name: str
    config: str | None
    revision: str | None


def parsed(text: str) -> HubName:
    """Return the parts of NAME[:CONFIG][@REVISION]. Raises DataError.

    >>> parsed("openai/gsm8k:main@refs/pr/1")
    HubName(name='openai/gsm8k', config='main', revision='refs/pr/1')
    """
    found = _NAME.fullmatch(text)
    if not found or ".." in found["name"]:
        remedy = "write OWNER/NAME, OWNER/NAME:CONFIG or OWNER/NAME:CONFIG@REVISION"
        raise DataError("this is no name of a data set on the Hub", seen=text, remedy=remedy)
    return HubName(found["name"], found["config"], found["revision"])


def layout(files: Sequence[str], card: Mapping[str, Any]) -> Layout:
    """Return which files hold what; empty where none can be read."""
    readable = sorted(one for one in files if one.endswith(READABLE) and not _NO_DATA.search(one))
    configs = card.get("configs")
    if isinstance(configs, list) and any(isinstance(one, dict) and one.get("data_files") for one in configs):
        return _of_card(readable, configs)
    if readable and all(re.fullmatch(r"[^/]+/[^/]+/\d+\.parquet", one) for one in readable):
        return _of_folders(readable)
    ends = Counter(one.rpartition(".")[2] for one in readable)
    most = max(ends, key=lambda end: ends[end], default="")
    found = _of_names([one for one in readable if one.endswith(f".{most}")])
    return {DEFAULT: found} if found else {}


def _of_card(readable: Sequence[str], configs: Sequence[Any]) -> Layout:
    found: dict[str, dict[str, list[str]]] = {}
    for one in configs:
        if not isinstance(one, dict):
            continue
        given = one.get("data_files") or []
        parts = given if isinstance(given, list) and any(isinstance(part, dict) for part in given) else [{"path": given}]
        splits: dict[str, list[str]] = {}
        for part in parts:
            globs = part.get("path") if isinstance(part, dict) else part
            wanted = [globs] if isinstance(globs, str) else [str(glob) for glob in globs or []]
            inside = f"{one['data_dir']}/" if one.get("data_dir") else ""
            held = [name for name in readable if any(fnmatch.fnmatchcase(name, inside + glob) for glob in wanted)]
            splits[str(part.get("split", "train")) if isinstance(part, dict) else "train"] = held
        found[str(one.get("config_name", DEFAULT))] = splits
    return found


def _of_folders(readable: Sequence[str]) -> Layout:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in readable:
        config, split, _ = one.split("/")
        found[config][split].append(one)
    return found


def _of_names(readable: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for split, words in _SPLITS.items():
        told = re.compile(rf"(?:^|[^A-Za-z]){words}(?:[^A-Za-z]|$)", re.IGNORECASE)
        held = [one for one in readable if told.search(one)]
        found |= {split: held} if held else {}
    return found or ({"train": list(readable)} if readable else {})


def chosen(found: Layout, wanted: HubName, split: str) -> tuple[str, Sequence[str]]:
    """Return (configuration, files) of a split. Raises DataError that names what there is."""
    config = wanted.config or (next(iter(found)) if len(found) == 1 else DEFAULT)
    if config not in found:
        what = f"{wanted.name} has no configuration {config}" if wanted.config else f"{wanted.name} has several configurations"
        remedy = f"write one of them behind a colon: {wanted.name}:{next(iter(found))}"
        raise DataError(what, seen=f"it has {', '.join(found)}", remedy=remedy)
    files = found[config].get(split)
    if not files:
        seen = f"{config} has {', '.join(name for name, held in found[config].items() if held) or 'none that can be read'}"
        raise DataError(f"{wanted.name} has no split {split}", seen=seen, remedy="name one of them with --split")
    return config, files
