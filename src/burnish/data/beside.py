"""A system text and a thought under the names that people and programs give them, in a row or in a turn.

A system text: Anthropic's `system`, Gemini's `systemInstruction`, Vertex's and others' `system_prompt`, `system_message` and the like.
A thought: DeepSeek's and Qwen's `reasoning_content`, vLLM's and OpenRouter's `reasoning` and `reasoning_details`, gpt-oss's and Anthropic's
`thinking`, and the columns of data sets (`Complex_CoT`, `thinking_trajectory`, `chain_of_thought`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from burnish.data.flaw import Flaw, kind, shown
from burnish.data.names import name_list, named, plain
from burnish.data.turns import Turn
from burnish.records.codec import JSON

SYSTEM = frozenset(
    name_list(
        "system systemprompt systemmessage systeminstruction systeminstructions systemmsg systemtext systemcontent systemrole systemturn "
        "sys sysprompt sysmessage sysmsg sysinstruction developer developerprompt developermessage developerinstruction developerinstructions preamble metaprompt"
    )
)
THOUGHTS = frozenset(
    name_list(
        "reasoningcontent reasoning reasoningdetails reasoningtext reasoningtrace reasoningtraces reasoningchain reasoningprocess reasoningsteps "
        "thinking thinkingcontent thinkingtext thinkingtrace thinkingtraces thinkingtrajectory thinkingtrajectories thinkingprocess thought "
        "thoughts thoughtprocess think chainofthought chainofthoughts cot cottrace cotcontent complexcot longcot shortcot innerthoughts "
        "innermonologue scratchpad deepseekreasoning deepseekthinkingtrajectory modelreasoning modelthinking assistantreasoning "
        "assistantthinking"
    )
)
OWN = "reasoning_content"
"""The name under which even an empty thought says something: that there is none."""


def words_in(value: JSON) -> str | None:
    """Return the words of a text, of an object that holds one, or of a list of such; None where there are no words to be found.

    >>> words_in({"role": "system", "parts": [{"text": "Be kind."}]}), words_in([{"type": "reasoning.encrypted", "data": "gAAA"}])
    ('Be kind.', None)
    """
    found = [text for text in _texts(value, 0) if text.strip()]
    return "\n\n".join(found) if found else None


def _texts(value: JSON, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < 4:
        for one in value:
            yield from _texts(one, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for key in ("content", "text", "parts", "value", "thinking", "reasoning", "summary"):
            if value.get(key):
                yield from _texts(value[key], depth + 1)
                return


def thought_of(turn: Mapping[str, JSON], key: str, flaws: list[Flaw]) -> tuple[JSON, str]:
    """Return the thought of a turn at `key` with the key where it stands; (None, "") where it has none. Two that differ are a flaw."""
    found: dict[str, JSON] = {}
    for name in named(turn, THOUGHTS):
        value = turn[name]
        if name == OWN:
            if value is not None and value not in ([], {}):
                found[name] = words if isinstance(value, list | dict) and (words := words_in(value)) else value
        elif not isinstance(value, bool | int | float) and (words := words_in(value)) is not None:
            found[name] = words
    if OWN in found and len(found) > 1 and found[OWN] == "":
        del found[OWN]
    names = sorted(found, key=lambda name: plain(name) == "reasoningdetails")  # a list of pieces is the less exact copy
    if not names:
        return None, ""
    texts = [found[name] for name in names]
    if len({"".join(text.split()) for text in texts if isinstance(text, str)}) > 1:
        seen = ", ".join(f"{name}: {shown(turn[name])}" for name in names)
        flaws.append(Flaw(reason="a turn carries two thoughts", key=key, seen=seen, remedy="keep the thought in one place"))
    return texts[0], f"{key}.{names[0]}" if key else names[0]


def with_system(row: Mapping[str, JSON], turns: Sequence[Turn], flaws: list[Flaw]) -> list[Turn]:
    """Return a row's turns with the system text that stands beside them put first. Two texts that differ are a flaw."""
    given: dict[str, str] = {}
    for key in named(row, SYSTEM):
        words = words_in(row[key])
        if words is not None:
            given[key] = words
        elif row[key] and not isinstance(row[key], str | list | dict):
            flaws.append(
                Flaw(
                    reason=f"the system text is {kind(row[key])}, not a text",
                    key=key,
                    seen=shown(row[key]),
                    remedy="write it as a text",
                )
            )
    if not given:
        return list(turns)
    key, words = next(iter(given.items()))
    if turns and turns[0].role == "system" and isinstance(turns[0].content, str) and not turns[0].content.strip():
        turns = turns[1:]  # an empty system turn says nothing
    there = {turn.content_key: turn.content for turn in turns[:1] if turn.role == "system" and isinstance(turn.content, str)}
    if len({text.strip() for text in (*given.values(), *there.values())}) > 1:
        seen = ", ".join(f"{name}: {shown(text)}" for name, text in (given | there).items())
        flaws.append(Flaw(reason="the row has two system texts", key=key, seen=seen, remedy="keep one of them"))
    if there:
        return list(turns)
    return [Turn(role="system", content=words, role_key=key, content_key=key), *turns]


def with_thought(row: Mapping[str, JSON], turns: Sequence[Turn], flaws: list[Flaw]) -> tuple[list[Turn], bool]:
    """Return a row's turns with the thought that stands beside them put to their answer, and whether one was put there.

    Where there are several answers it cannot be told whose it is: then it is left, and named as a key that is not used.
    """
    answers = [i for i, turn in enumerate(turns) if turn.role == "assistant"]
    if len(answers) != 1:
        return list(turns), False
    thought, key = thought_of(row, "", flaws)
    if thought is None:
        return list(turns), True
    i = answers[0]
    own = turns[i].reasoning
    if isinstance(own, str) and own.strip() and isinstance(thought, str) and "".join(own.split()) != "".join(thought.split()):
        seen = f"{shown(own)}, {shown(thought)}"
        flaws.append(Flaw(reason="a turn carries two thoughts", key=key, seen=seen, remedy="keep the thought in one place"))
    return [replace(turn, reasoning=thought, reasoning_key=key) if k == i else turn for k, turn in enumerate(turns)], True
