"""Tokens that the model has no row for, taken out of a folder's tokenizer before it is converted: a GGUF has one row a token.

Nothing is lost: such a token can neither go into the model nor come out of it, and training refused every row that holds one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.export.folder import read_json
from burnish.export.opened import Version


def drop_rowless(version: Version, folder: Path) -> None:
    """Rewrite the tokenizer's files in `folder` without the tokens beyond the model's rows; does nothing where there are none."""
    beyond = version.chat.rows.beyond
    if not beyond:
        return
    names, ids = frozenset(beyond.values()), frozenset(beyond)
    for name, change in (
        ("tokenizer.json", lambda value: _tokenizer(value, ids)),
        ("tokenizer_config.json", lambda value: _config(value, names, ids)),
        ("special_tokens_map.json", lambda value: _config(value, names, ids)),
        ("added_tokens.json", lambda value: {token: number for token, number in value.items() if number not in ids}),
    ):
        _rewrite(folder / name, change)


def _rewrite(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    if path.is_file():
        durable.write_json(path, change(read_json(path)))


def _tokenizer(value: dict[str, Any], ids: Collection[int]) -> dict[str, Any]:
    """Return a tokenizer.json without some tokens, nor the merges that would make them."""
    added = [one for one in value.get("added_tokens") or () if one.get("id") not in ids]
    model = dict(value.get("model") or {})
    vocabulary = model.get("vocab")
    if isinstance(vocabulary, dict):
        model["vocab"] = kept = {token: number for token, number in vocabulary.items() if number not in ids}
        if model.get("merges") and len(kept) < len(vocabulary):
            model["merges"] = [one for one in model["merges"] if all(part in kept for part in _parts(one))]
    elif isinstance(vocabulary, list):
        model["vocab"] = [one for number, one in enumerate(vocabulary) if number not in ids]
    return {**value, "added_tokens": added, "model": model}


def _parts(merge: Any) -> tuple[str, str, str]:
    left, right = merge.split(" ", 1) if isinstance(merge, str) else merge
    return left, right, left + right


def _config(value: dict[str, Any], names: Collection[str], ids: Collection[int]) -> dict[str, Any]:
    """Return the names of special tokens without those that are gone."""
    made: dict[str, Any] = {}
    for key, one in value.items():
        if key == "added_tokens_decoder" and isinstance(one, dict):
            made[key] = {number: token for number, token in one.items() if int(number) not in ids}
        elif isinstance(one, list) and key.endswith("special_tokens"):
            made[key] = [token for token in one if _name(token) not in names]
        elif not (key.endswith("_token") and _name(one) in names):
            made[key] = one
    return made


def _name(token: Any) -> Any:
    return token.get("content") if isinstance(token, dict) else token
