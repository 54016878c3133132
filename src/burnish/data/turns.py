"""From turns as a file gives them to messages, with every rule that a conversation must keep checked in one place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.data.flaw import Flaw, kind, shown
from burnish.records.codec import JSON
from burnish.records.conversation import ROLES, Message

_OTHER_NAMES = {
    "human": "user",
    "prompter": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "ai": "assistant",
}
_OTHER_NAMES |= {"developer": "system", "function": "tool", "observation": "tool"}
_THOUGHT = re.compile(r"\s*<think>(.*?)</think>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn as the file gives it, before anything is known of it but its place."""

    role: JSON
    content: JSON
    role_key: str
    """Where the role stands, such as `messages[2].role`."""
    content_key: str
    reasoning: JSON = None
    reasoning_key: str = ""
    weight: int | None = None
    """0: marked as not to be learnt."""


def missing(key: str, remedy: str) -> Flaw:
    """Return the flaw of a key that is not there."""
    return Flaw(reason="a key is missing", key=key, remedy=remedy)


def messages_of(turns: Sequence[Turn], flaws: list[Flaw]) -> tuple[Message, ...]:
    """Return the turns as messages; what is wrong with them is added to `flaws`, and then the messages are worth nothing."""
    messages = tuple(_message(turn, flaws) for turn in turns)
    if not flaws:
        _check_order(messages, turns, flaws)
    return messages


def _message(turn: Turn, flaws: list[Flaw]) -> Message:
    role_flaw = _role_flaw(turn)
    if role_flaw:
        flaws.append(role_flaw)
    if not isinstance(turn.content, str):
        flaws.append(
            Flaw(
                reason=f"a turn's words are {kind(turn.content)}, not a text",
                key=turn.content_key,
                seen=shown(turn.content),
                remedy="write the words as one text in quotes",
            )
        )
        return Message(role=str(turn.role), content="")
    content, reasoning = _parted(turn, turn.content, flaws)
    if turn.role in ("assistant", "user") and not content.strip():
        who = "answer" if turn.role == "assistant" else "prompt"
        flaws.append(Flaw(reason=f"the {who} is empty", key=turn.content_key, seen=shown(content), remedy=f"write the {who}"))
    return Message(role=str(turn.role), content=content, reasoning_content=reasoning, weight=turn.weight)


def _role_flaw(turn: Turn) -> Flaw | None:
    if isinstance(turn.role, str) and turn.role in ROLES:
        return None
    remedy = f"write one of {', '.join(ROLES)}"
    if isinstance(turn.role, str):
        lower = turn.role[:40].strip().casefold()
        near = [_OTHER_NAMES[lower]] if lower in _OTHER_NAMES else difflib.get_close_matches(lower, ROLES, n=1)
        remedy = f'write "{near[0]}"' if near else remedy
    return Flaw(reason="a role is not known", key=turn.role_key, seen=shown(turn.role), remedy=remedy)


def _parted(turn: Turn, content: str, flaws: list[Flaw]) -> tuple[str, str | None]:
    """Return an assistant's words without the thought at their head, and the thought, wherever it was written."""
    if turn.reasoning is not None and (turn.role != "assistant" or not isinstance(turn.reasoning, str)):
        reason = "a thought is not a text" if turn.role == "assistant" else "only an assistant's turn can carry a thought"
        flaws.append(Flaw(reason=reason, key=turn.reasoning_key, seen=shown(turn.reasoning), remedy="mend it or take it out"))
        return content, None
    if turn.role != "assistant" or not content.lstrip().startswith("<think>"):
        return content, turn.reasoning
    found = _THOUGHT.match(content)
    if found is None:
        remedy = "write </think> where the thought ends and the answer begins"
        flaws.append(Flaw(reason="a thought is not closed", key=turn.content_key, seen=shown(content), remedy=remedy))
        return content, None
    thought = found[1].strip("\r\n")
    if turn.reasoning is not None and turn.reasoning != thought:
        remedy = "keep the thought in one place"
        flaws.append(
            Flaw(reason="a turn carries two thoughts", key=turn.reasoning_key, seen=shown(turn.reasoning), remedy=remedy)
        )
    return content[found.end() :], thought


def _check_order(messages: Sequence[Message], turns: Sequence[Turn], flaws: list[Flaw]) -> None:
    roles = [message.role for message in messages]
    for i, role in enumerate(roles):
        if role == "system" and i > 0:
            remedy = "put one system turn first and no other"
            flaws.append(Flaw(reason="a system turn is not the first", key=turns[i].role_key, seen='"system"', remedy=remedy))
    if "assistant" not in roles:
        remedy = "add the answer the model is to learn"
        flaws.append(Flaw(reason="no assistant turn: there is nothing to learn", seen=", ".join(roles[:5]), remedy=remedy))
        return
    last = len(messages) - 1
    while last >= 0 and not messages[last].is_learnt:
        last -= 1
    if last < 0:
        remedy = "leave the row out, or mark the answer that is to be learnt"
        flaws.append(
            Flaw(
                reason="every answer is marked as not to be learnt: there is nothing to learn", key=_marked(turns), remedy=remedy
            )
        )
        return
    if not {"user", "tool"} & set(roles[:last]):
        remedy = "add the user's turn before the answer"
        flaws.append(Flaw(reason="no user turn before the answer", seen=", ".join(roles[:5]), remedy=remedy))


def _marked(turns: Sequence[Turn]) -> str:
    return ", ".join(turn.content_key.rpartition(".")[0] or turn.content_key for turn in turns if turn.weight == 0)
