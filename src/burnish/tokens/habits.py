"""What a chat template does, learned by rendering a probe conversation of words that no template knows.

Learned: what stands between the opening of an answer and its words, what follows them, what is stripped off them, where a
thought goes, and whether there is a system role. Each row is still rendered and checked against this (`template.Chat`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.errors import DataError, ModelError
from burnish.tokens.render import Renderer
from burnish.tokens.words import Spoken

USER, ANSWER, SYSTEM, THOUGHT = "quzbu", "qazba", "qszbs", "qtzbt"
_EDGE = "\n \t \n"
_EMPTY_THOUGHT = re.compile(r"<think>\s*</think>(\s*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """How a template writes a thought."""

    place: str
    """"field": it reads reasoning_content. "content": it keeps a thought at the head of the content. "dropped": it drops both."""
    open: str
    """What stands between the generation prompt with thinking on and the thought."""
    close: str
    """What stands between the thought and the words."""
    silence: bool
    """Whether an empty reasoning_content changes nothing, so that it may say that a turn has no thought."""
    switch: bool
    """Whether the template has a thinking mode at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What one template does."""

    header: str
    """Text without which no words can follow the generation prompt when thinking is off: an empty thought, a channel's name."""
    glue: str
    """White space that history has between the header and the words."""
    tail: str
    """All that follows the last answer's words."""
    left: str
    right: str
    """What is stripped off the words' two ends: "nothing", "lines" (new lines) or "all" (white space)."""
    has_system: bool
    default_system: str
    """The system text that the template puts in when the messages have none, or ""."""
    thinking: Thinking

    def strip(self, words: str) -> str:
        """Return an answer's words as the template writes them."""
        left = {"nothing": words, "lines": words.lstrip("\n"), "all": words.lstrip()}[self.left]
        return {"nothing": left, "lines": left.rstrip("\n"), "all": left.rstrip()}[self.right]


def turns_of(messages: Sequence[Spoken], thinking: Thinking) -> list[dict[str, str]]:
    """Return messages as this template takes them, each thought where the template reads it."""
    return [_turn(message, thinking) for message in messages]


def _turn(message: Spoken, thinking: Thinking) -> dict[str, str]:
    turn = {"role": message.role, "content": message.words}
    if message.role != "assistant":
        return turn
    if thinking.place == "field" and (message.thought or thinking.silence):
        turn["reasoning_content"] = message.thought
    elif thinking.place == "content" and message.thought:
        turn["content"] = f"<think>\n{message.thought}{thinking.close}{message.words}"
    return turn


def learn(render: Renderer) -> Habits:
    """Return the habits of a template. Raises ModelError when it cannot be used at all."""
    try:
        return _learn(render)
    except DataError as error:
        raise ModelError(
            "the model's chat template cannot write a plain question and its answer",
            seen=error.seen,
            remedy="put the chat_template.jinja of the model's makers into its folder",
        ) from error


def _learn(render: Renderer) -> Habits:
    prompt = render([_user()], generation=True, think=False)
    text = render([_user(), _answer()], generation=False, think=False)
    if USER not in prompt or ANSWER not in text:
        raise DataError("", seen="the words of the question or of the answer are not in the text that it writes")
    head, _, tail = text.rpartition(ANSWER)
    between = _between(prompt, head)
    header = between.rstrip() and between
    left, right = _stripping(render, head, tail)
    has_system = _writes_system(render)
    return Habits(
        header=header,
        glue="" if header else between,
        tail=tail,
        left=left,
        right=right,
        has_system=has_system,
        default_system=_default_system(render) if has_system else "",
        thinking=_thinking(render, prompt + header, text),
    )


def _user() -> dict[str, str]:
    return {"role": "user", "content": USER}


def _answer(words: str = ANSWER) -> dict[str, str]:
    return {"role": "assistant", "content": words}


def _between(prompt: str, head: str) -> str:
    """Return what history has between the generation prompt and the words; a thought left open by the prompt is closed."""
    if head.startswith(prompt):
        return head[len(prompt) :]
    if prompt.rstrip().endswith("<think>"):
        return ("" if prompt.endswith("\n") else "\n") + "\n</think>\n\n"
    return ""


def _stripping(render: Renderer, head: str, tail: str) -> tuple[str, str]:
    text = render([_user(), _answer(_EDGE + ANSWER + _EDGE)], generation=False, think=False)
    before, _, after = text.rpartition(ANSWER)
    return _kind(before[len(head) :]), _kind(after[: len(after) - len(tail)])


def _kind(kept: str) -> str:
    if kept == _EDGE:
        return "nothing"
    return "lines" if kept.strip("\n") == _EDGE.strip("\n") else "all"


def _writes_system(render: Renderer) -> bool:
    try:
        return SYSTEM in render([{"role": "system", "content": SYSTEM}, _user()], generation=True, think=False)
    except DataError:
        return False


def _default_system(render: Renderer) -> str:
    """Return what stands in the place of a given system text when there is none."""
    given = render([{"role": "system", "content": SYSTEM}, _user()], generation=True, think=False)
    none = render([_user()], generation=True, think=False)
    before, _, after = given.partition(SYSTEM)
    if not (none.startswith(before) and none.endswith(after) and len(none) > len(before) + len(after)):
        return ""
    return none[len(before) : len(none) - len(after)].strip()


def _thinking(render: Renderer, prompt_off: str, plain: str) -> Thinking:
    prompt = render([_user()], generation=True, think=True)
    opened = prompt.rstrip().endswith("<think>")
    empty = _EMPTY_THOUGHT.search(prompt_off)
    close = "\n</think>" + ((empty and empty[1]) or "\n\n")
    opening = ("" if prompt.endswith("\n") else "\n") if opened else "<think>\n"
    field = render([_user(), {**_answer(), "reasoning_content": THOUGHT}], generation=False, think=True)
    switch = opened or prompt != render([_user()], generation=True, think=False)
    if THOUGHT in field:
        before, _, after = field.partition(THOUGHT)
        silent = render([_user(), {**_answer(), "reasoning_content": ""}], generation=False, think=False)
        return Thinking(
            place="field",
            open=before[len(prompt) :] if before.startswith(prompt) else opening,
            close=after.partition(ANSWER)[0],
            silence=silent == plain,
            switch=True,
        )
    kept = render([_user(), _answer(f"<think>\n{THOUGHT}{close}{ANSWER}")], generation=False, think=True)
    place = "content" if f"{THOUGHT}{close}{ANSWER}" in kept else "dropped"
    return Thinking(place=place, open=opening, close=close, silence=False, switch=switch or place == "dropped")
