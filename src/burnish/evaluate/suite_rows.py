"""The lines of a suite file: each one a task, or what is wrong with it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from burnish.errors import DataError
from burnish.grading import task_faults
from burnish.records.codec import JSON
from burnish.records.conversation import ROLES, Message, Origin
from burnish.records.task import Task

KEYS = ("id", "prompt", "messages", "grader", "target", "tags", "max_tokens", "cluster")
"""Every key a task may have."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the task in it where it can be read at all, and its faults, each with file and line."""

    task: Task | None
    faults: list[str]


def read_text(path: Path) -> str:
    """Return a file's text without a byte order mark. Raises DataError where it cannot be read."""
    remedy = "give a JSONL of tasks in UTF-8"
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        refuse(path, "is not there", str(path), remedy)
    except UnicodeDecodeError as error:
        refuse(path, "is not UTF-8", f"byte {error.start}", remedy)
    except OSError as error:
        refuse(path, "cannot be read", error.strerror or type(error).__name__, remedy)


def refuse(path: Path, what: str, seen: str, remedy: str) -> NoReturn:
    """Raise the DataError that says what the suite at `path` is or lacks."""
    raise DataError(f"the suite {path} {what}", seen=seen, remedy=remedy) from None


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the lines that are not blank. Raises DataError where the file cannot be read."""
    byte = 0
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield _row(line, Origin(file=str(path), line=number, byte=byte))
        byte += len(line.encode()) + 1


def _row(line: str, origin: Origin) -> Row:
    try:
        value = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return Row(None, [f"{origin}: not JSON: {error}"])
    if not isinstance(value, dict):
        return Row(None, [f"{origin}: a task is a JSON object, and this is {line.strip()[:60]}"])
    faults = [*_key_faults(value), *_value_faults(value)]
    if faults:
        return Row(None, [f"{origin}: {fault}" for fault in faults])
    task = _task(value, origin)
    return Row(task, [f"{origin}: {fault}" for fault in task_faults(task)])


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _key_faults(value: dict[str, JSON]) -> Iterator[str]:
    for key in value:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            yield f"unknown key {key!r}" + (f": did you mean {near[0]}?" if near else f": a task has {', '.join(KEYS)}")
    if "id" not in value:
        yield "'id' is missing"
    if value.get("grader") is None and value.get("target") is not None:
        yield "'grader' is missing: without one a target says nothing; leave both out, and the answer is shown and not scored"
    if ("prompt" in value) == ("messages" in value):
        yield "a task has either 'prompt' or 'messages'"


def _value_faults(value: dict[str, JSON]) -> Iterator[str]:
    for key in ("id", "grader", "prompt", "cluster"):
        if key == "grader" and value.get(key) is None:
            continue
        if key in value and not (isinstance(value[key], str) and value[key].strip()):
            yield f"{key!r} is a text that is not blank, and here is {value[key]!r}"
    if "messages" in value and not _are_messages(value["messages"]):
        yield '\'messages\' is a list of {"role", "content"} whose last one is not the assistant\'s'
    tags = value.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        yield f"'tags' is a list of texts, and here is {tags!r}"
    most = value.get("max_tokens")
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
        yield f"'max_tokens' is a whole number of at least 1, and here is {most!r}"


def _are_messages(value: JSON) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if not all(isinstance(item, dict) and item.get("role") in ROLES and isinstance(item.get("content"), str) for item in value):
        return False
    return bool(value[-1]["role"] != "assistant")


def _task(value: dict[str, JSON], origin: Origin) -> Task:
    messages = value.get("messages") or [{"role": "user", "content": value["prompt"]}]
    return Task(
        id=value["id"],
        messages=tuple(
            Message(role=item["role"], content=item["content"], reasoning_content=item.get("reasoning_content"))
            for item in messages
        ),
        grader=value.get("grader") or "",
        target=value.get("target"),
        tags=tuple(value.get("tags", [])),
        max_tokens=value.get("max_tokens"),
        origin=origin,
        cluster=value.get("cluster", ""),
    )
