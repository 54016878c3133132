"""Alpaca: `{"instruction":"...","input":"...","output":"..."}`, with the `history` that some tools add.

Self-instruct's `instances` of one input and output are read too.
"""

from __future__ import annotations

from collections.abc import Mapping

from burnish.data.flaw import Flaw, kind, shown
from burnish.data.sources import pair
from burnish.data.turns import Turn, missing
from burnish.records.codec import JSON

NAME = "alpaca"


KEYS = frozenset({"instruction", "input", "output", "history", "instances"})


def matches(row: Mapping[str, JSON]) -> bool:
    """Return whether a row is of this format."""
    return "instruction" in row and not pair.matches(row)


def turns(row: Mapping[str, JSON], flaws: list[Flaw]) -> list[Turn]:
    """Return the row's turns: the instruction, an empty line and the input are what the user says."""
    if isinstance(instances := row.get("instances"), list) and "output" not in row:
        row = _one_instance(row, instances, flaws)
    found = _history(row.get("history"), flaws)
    found.append(_turn("user", _asked(row, flaws), "instruction"))
    if "output" not in row:
        flaws.append(missing("output", "write the answer under `output`"))
    else:
        found.append(_turn("assistant", row["output"], "output"))
    return found


def _one_instance(row: Mapping[str, JSON], instances: list[JSON], flaws: list[Flaw]) -> Mapping[str, JSON]:
    """Return a row of self-instruct's seed tasks with its one instance's input and output beside the instruction."""
    if len(instances) == 1 and isinstance(instances[0], dict):
        return {**row, **{key: held for key, held in instances[0].items() if key in {"input", "output"}}}
    remedy = "write each of them as a row of its own: instruction, input, output"
    flaws.append(
        Flaw(reason="a row holds more than one instance, or none", key="instances", seen=f"{len(instances)}", remedy=remedy)
    )
    return {**row, "output": "-"}


def _asked(row: Mapping[str, JSON], flaws: list[Flaw]) -> JSON:
    instruction, more = row["instruction"], row.get("input")
    if more is None or more == "" or not isinstance(instruction, str):
        return instruction
    if not isinstance(more, str):
        flaws.append(
            Flaw(reason=f"the input is {kind(more)}, not a text", key="input", seen=shown(more), remedy="write it as a text")
        )
        return instruction
    return f"{instruction}\n\n{more}" if instruction.strip() else more


def _history(history: JSON, flaws: list[Flaw]) -> list[Turn]:
    if not history:
        return []
    if not isinstance(history, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in history):
        remedy = 'write [["question","answer"], ...]'
        flaws.append(Flaw(reason="the history is no list of pairs", key="history", seen=shown(history), remedy=remedy))
        return []
    roles = ("user", "assistant")
    return [_turn(roles[j], pair[j], f"history[{i}][{j}]") for i, pair in enumerate(history) for j in (0, 1)]


def _turn(role: str, content: JSON, key: str) -> Turn:
    return Turn(role=role, content=content, role_key=key, content_key=key)
