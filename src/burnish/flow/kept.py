"""Where answers are kept, and all that they are made of beside the question itself: a change of any of it makes them anew.

Not part of it: the number of threads, which changes from minute to minute with the machine's load. It could move an answer only
where two tokens are so near that the order of one sum decides (see `model.generate`); both answers are the model's own then.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.resources
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import durable
from burnish.evaluate.kept import Kept
from burnish.flow.events import Said, Work
from burnish.machine.probe import cpu_name
from burnish.tokens.today import CALL, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from burnish.evaluate.run import Reused
    from burnish.flow.project import Opened
    from burnish.records.codec import JSON

FOLDER = "answers"
LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "jinja2", "numpy")
WORDS = (".json", ".jinja", ".txt", ".model")
"""Endings of the files beside the weights that decide what a model says: its shape, its tokenizer, its templates."""
OURS = ("model", "tokens", "retrieval", "evaluate/answering.py")
"""The parts of burnish that an answer is made by."""
INDEPENDENT = "float32"
"""The dtype in which an answer does not depend on what else is in its batch (see `model.generate`)."""


def kept_answers(opened: Opened, dtype: str, home: Path | None, *, fresh: bool = False, moment: datetime | None = None) -> Kept:
    """Return the answers that this model has given before: of the project, or of the user where there is no project (`home`).

    `moment`: what a template that writes the date takes for now, where it is not the model's own.
    """
    from burnish.model.cache import cache_folder

    made_of = _made_of(opened, dtype, moment or opened.words.moment)
    name = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]
    return Kept((home or cache_folder()) / FOLDER / f"{name}.jsonl", made_of, alone=dtype == INDEPENDENT, fresh=fresh)


def said_reused(reused: Reused) -> Work[None]:
    """Say how many answers are not made again, and what could not be trusted."""
    if reused.damaged:
        yield Said(
            text=f"{reused.damaged} kept answers are damaged and not trusted: made anew where they are needed", level="warn"
        )
    if reused.answers:
        yield Said(text=f"{reused.answers} of {reused.total} answers are reused: nothing they are made of has changed")


def _made_of(opened: Opened, dtype: str, moment: datetime) -> dict[str, JSON]:
    folder = opened.source.folder
    words = [*folder.iterdir(), *folder.glob("additional_chat_templates/*")]
    files = {path.relative_to(folder).as_posix(): path for path in words if path.suffix in WORDS and path.is_file()}
    adapter = sorted(path for path in opened.adapter.iterdir() if path.is_file()) if opened.adapter is not None else ()
    return {
        "weights": opened.source.weights_hash,
        "files": {name: durable.sha256_of(files[name]) for name in sorted(files)},
        "adapter": {path.name: durable.sha256_of(path) for path in adapter},
        "memory": opened.words.memory.digest if opened.words.memory is not None else "",
        "dtype": dtype,
        "processor": cpu_name(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "burnish": _code(),
        "date": list(stamp(_templates(files.values()), moment)),
    }


def _templates(files: Iterable[Path]) -> str:
    """Return the texts of all templates among files that may write the date; found without transformers."""
    texts = []
    for path in files:
        read = path.read_bytes() if path.suffix in {".jinja", ".json"} else b""
        if CALL.encode() in read:
            text = read.decode("utf-8", "replace")
            with contextlib.suppress(ValueError, RecursionError):
                text = "\n".join(_strings(json.loads(text))) if path.suffix == ".json" else text
            texts.append(text)
    return "\n".join(texts)


def _strings(value: JSON) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@functools.cache
def _code() -> str:
    """Return the sha256 of the source that answers are made by: no number that someone could forget to raise."""
    digest = hashlib.sha256()
    root = importlib.resources.files("burnish")
    for name in OURS:
        with importlib.resources.as_file(root.joinpath(name)) as path:
            for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
                digest.update(f"{name}/{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()
