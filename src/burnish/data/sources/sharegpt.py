"""ShareGPT: `{"conversations":[{"from":"human","value":"..."},{"from":"gpt","value":"..."}]}`."""

from __future__ import annotations

from collections.abc import Mapping

from burnish.data.beside import thought_of
from burnish.data.flaw import Flaw, kind, shown
from burnish.data.marks import part_flaws, turn_weight
from burnish.data.turns import Turn, missing
from burnish.records.codec import JSON

NAME = "sharegpt"

SPEAKERS = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "system": "system",
    "observation": "tool",
    "tool": "tool",
}
"""Who speaks, by the names in the files seen; a function call is what the assistant says, its result is the tool's."""


KEYS = frozenset({"conversations"})


def matches(row: Mapping[str, JSON]) -> bool:
    """Return whether a row is of this format."""
    return "conversations" in row


def turns(row: Mapping[str, JSON], flaws: list[Flaw]) -> list[Turn]:
    """Return the row's turns; what is wrong is added to `flaws`."""
    spoken = row["conversations"]
    if not isinstance(spoken, list) or not spoken:
        reason = "the list of turns is empty" if spoken == [] else f"the turns are {kind(spoken)}, not a list"
        remedy = 'write [{"from":"human","value":"..."}, ...]'
        flaws.append(Flaw(reason=reason, key="conversations", seen=shown(spoken), remedy=remedy))
        return []
    return [turn for i, one in enumerate(spoken) if (turn := _turn(one, f"conversations[{i}]", flaws))]


def _turn(spoken: JSON, key: str, flaws: list[Flaw]) -> Turn | None:
    if not isinstance(spoken, dict):
        remedy = 'write {"from":"human","value":"..."}'
        flaws.append(Flaw(reason=f"a turn is {kind(spoken)}, not an object", key=key, seen=shown(spoken), remedy=remedy))
        return None
    who = "role" if "role" in spoken and "from" not in spoken else "from"
    words = "content" if "content" in spoken and "value" not in spoken else "value"
    absent = [name for name in (who, words) if name not in spoken]
    if absent:
        flaws += [missing(f"{key}.{name}", 'write {"from":"human","value":"..."}') for name in absent]
        return None
    speaker = spoken[who]
    role = SPEAKERS.get(speaker.strip().casefold(), speaker) if isinstance(speaker, str) else speaker
    thought, thought_key = thought_of(spoken, key, flaws) if len(spoken) > 2 else (None, "")
    if isinstance(spoken[words], list):
        part_flaws(spoken[words], f"{key}.{words}", flaws)
    return Turn(
        role=role,
        content=spoken[words],
        reasoning=thought,
        role_key=f"{key}.{who}",
        content_key=f"{key}.{words}",
        reasoning_key=thought_key,
        weight=turn_weight(spoken, key, answers=role == "assistant", flaws=flaws) if len(spoken) > 2 else None,
    )
