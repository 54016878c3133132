"""Alpaca: `{"instruction":"...","input":"...","output":"..."}`, with the `system` and `history` that some tools add."""

from __future__ import annotations

from collections.abc import Mapping

from burnish.data.flaw import Flaw, kind, shown
from burnish.data.turns import Turn, missing
from burnish.records.codec import JSON

NAME = "alpaca"


def matches(row: Mapping[str, JSON]) -> bool:
    """Return whether a row is of this format."""
    return "instruction" in row


def turns(row: Mapping[str, JSON], flaws: list[Flaw]) -> list[Turn]:
    """Return the row's turns: the instruction, an empty line and the input are what the user says."""
    found = [_turn("system", row["system"], "system")] if row.get("system") else []
    found += _history(row.get("history"), flaws)
    found.append(_turn("user", _asked(row, flaws), "instruction"))
    if "output" not in row:
        flaws.append(missing("output", "write the answer under `output`"))
    else:
        found.append(_turn("assistant", row["output"], "output"))
    return found


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
