"""Suites of tasks: read from files, shipped with burnish, or made of a person's own held-out rows."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from burnish.errors import DataError
from burnish.evaluate.suite_rows import read_rows, read_text, refuse
from burnish.records.conversation import Conversation
from burnish.records.task import Task

SHIPPED = ("starter", "facts", "format", "safety", "instructions", "ability")
"""Suites that come with burnish, by name; `--suite all` is all of them."""
MOST_SHOWN = 20
"""Faults told at once; of more, their number."""
LEAST_ROOM, MOST_ROOM = 32, 512
"""The fewest and the most tokens that the answer to a held-out row may have."""


def read_suite(path: Path) -> tuple[Task, ...]:
    """Return the tasks of a suite: a JSONL, one task a line, or a TOML with `files = [...]` that lists such (beside itself).

    Raises DataError that names every fault with its file and line: not JSON, unknown or missing keys, unknown graders, targets
    of a wrong type, ids used twice, no task at all.
    """
    files = _listed(path) if path.suffix.casefold() == ".toml" else [path]
    read = [row for file in files for row in read_rows(file)]
    faults = [*(fault for row in read for fault in row.faults), *_repeated([row.task for row in read if row.task])]
    if not read:
        faults.append(f"{', '.join(map(str, files)) or path}: no task in it")
    if faults:
        more = [f"... and {len(faults) - MOST_SHOWN} more"] if len(faults) > MOST_SHOWN else []
        raise DataError(
            f"the suite {path} has {len(faults)} fault{'s' * (len(faults) > 1)}",
            seen="\n        ".join(faults[:MOST_SHOWN] + more),
            remedy='mend these lines; a task is {"id": "...", "prompt": "...", "grader": "contains", "target": "..."}',
        )
    return tuple(row.task for row in read if row.task)


def shipped(name: str) -> tuple[Task, ...]:
    """Return the tasks of a suite that comes with burnish. Raises DataError for a name that is not in SHIPPED."""
    if name not in SHIPPED:
        raise DataError(f"no suite {name!r} comes with burnish", seen=name, remedy=f"use one of: {', '.join(SHIPPED)}")
    source = importlib.resources.files("burnish.evaluate").joinpath("suites", f"{name}.jsonl")
    with importlib.resources.as_file(source) as path:
        return read_suite(path)


def held_out_suite(conversations: Iterable[Conversation]) -> tuple[Task, ...]:
    """Return one task a conversation: its messages before the last assistant turn, compared with that turn by `similar`.

    An answer may have half as many tokens as the target has characters, and LEAST_ROOM more, up to MOST_ROOM: room for about
    twice the target's length in English. Conversations that ask nothing (no message, or no words in the answer) are left out.
    """
    tasks: list[Task] = []
    seen: dict[str, int] = {}
    for conversation in conversations:
        if not conversation.prompt or not conversation.answer.strip():
            continue
        seen[conversation.id] = seen.get(conversation.id, 0) + 1
        again = f"-{seen[conversation.id]}" if seen[conversation.id] > 1 else ""
        tasks.append(
            Task(
                id=f"{conversation.id}{again}",
                messages=conversation.prompt,
                grader="similar",
                target=conversation.answer,
                tags=(conversation.category,) if conversation.category else (),
                max_tokens=min(MOST_ROOM, LEAST_ROOM + len(conversation.answer) // 2),
                origin=conversation.origin,
            )
        )
    return tuple(tasks)


def _listed(path: Path) -> list[Path]:
    """Return the files that a TOML suite lists. Raises DataError."""
    try:
        table = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        refuse(path, "is not TOML", str(error), "mend it, or give the JSONL itself")
    names = table.get("files")
    if set(table) != {"files"} or not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        refuse(path, "lists no suites", ", ".join(table) or "nothing", 'write one line: files = ["one.jsonl", "two.jsonl"]')
    return [path.parent / name for name in names]


def _repeated(tasks: Iterable[Task]) -> Iterator[str]:
    first: dict[str, Task] = {}
    for task in tasks:
        if task.id in first:
            yield f"{task.origin}: id {task.id!r} is already used at {first[task.id].origin}"
        first.setdefault(task.id, task)
