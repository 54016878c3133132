"""Chat messages: `{"messages":[{"role":"user","content":"..."},{"role":"assistant","content":"..."}]}`."""

from __future__ import annotations

from collections.abc import Mapping

from burnish.data.beside import thought_of
from burnish.data.flaw import Flaw, kind, shown
from burnish.data.marks import part_flaws, turn_weight
from burnish.data.turns import Turn, missing
from burnish.records.codec import JSON

NAME = "messages"


KEYS = frozenset({"messages"})


def matches(row: Mapping[str, JSON]) -> bool:
    """Return whether a row is of this format."""
    return "messages" in row


def turns(row: Mapping[str, JSON], flaws: list[Flaw]) -> list[Turn]:
    """Return the row's turns; what is wrong is added to `flaws`."""
    return listed(row["messages"], "messages", flaws)


def listed(messages: JSON, key: str, flaws: list[Flaw]) -> list[Turn]:
    """Return the turns of a list of messages that stands at `key`; what is wrong is added to `flaws`."""
    if not isinstance(messages, list) or not messages:
        reason = "the list of messages is empty" if messages == [] else f"the messages are {kind(messages)}, not a list"
        flaws.append(Flaw(reason=reason, key=key, seen=shown(messages), remedy='write [{"role":"user","content":"..."}, ...]'))
        return []
    return [turn for i, message in enumerate(messages) if (turn := _turn(message, f"{key}[{i}]", flaws))]


def _turn(message: JSON, key: str, flaws: list[Flaw]) -> Turn | None:
    if not isinstance(message, dict):
        remedy = 'write {"role":"user","content":"..."}'
        flaws.append(Flaw(reason=f"a message is {kind(message)}, not an object", key=key, seen=shown(message), remedy=remedy))
        return None
    if message.get("tool_calls") or message.get("function_call"):
        remedy = "write what the assistant is to say as its content"
        flaws.append(Flaw(reason="tool calls beside the content cannot be trained", key=f"{key}.tool_calls", remedy=remedy))
        return None
    absent = [name for name in ("role", "content") if name not in message]
    if absent:
        flaws += [missing(f"{key}.{name}", 'write {"role":"user","content":"..."}') for name in absent]
        return None
    thought, thought_key = thought_of(message, key, flaws) if len(message) > 2 else (None, "")
    if isinstance(message["content"], list):
        part_flaws(message["content"], f"{key}.content", flaws)
    return Turn(
        role=message["role"],
        content=message["content"],
        reasoning=thought,
        role_key=f"{key}.role",
        content_key=f"{key}.content",
        reasoning_key=thought_key,
        weight=turn_weight(message, key, answers=message["role"] == "assistant", flaws=flaws) if len(message) > 2 else None,
    )
