"""The verb `reason`: thoughts for rows that have none, written by the base model itself, so that its thinking mode is trained too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.data.read import read_rows
from burnish.data.write import row_line
from burnish.errors import DataError
from burnish.evaluate.asking import CLOSE, Question, ask, thinks
from burnish.evaluate.run import Progress
from burnish.evaluate.thinking import OPEN, fault_on
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.project import load_weights, open_base
from burnish.records.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from burnish.records.questions import Reply
    from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """What `reason` wrote."""

    path: Path
    rows: int
    had: int
    """Rows that had a thought already."""
    written: int
    """Rows that got one."""
    failed: tuple[str, ...]
    """`file:line: why` of rows for which the model wrote no thought that is closed and not empty; they stay without."""


def reason(data: Path, out: Path, model: str | None, *, share: float = 0.5, max_tokens: int = 512) -> Work[Reasoned]:
    """Write the rows to `out`, in order, with thoughts for so many that `share` of all rows have one. Raises DataError, ModelError.

    The model is asked each row's prompt with thinking on; its thought is kept, the answer stays the row's own. Whether the
    thought leads to that answer is not checked: read some of them before training.
    """
    rows = list(read_rows(data).conversations)
    opened = yield from open_base(model)
    chat = opened.chat
    if not chat.tags_thoughts:
        raise DataError(
            "the model's template has no thinking mode with <think>, so rows need no thoughts",
            seen=opened.label,
            remedy="train on the rows as they are, or name a model that thinks with --model",
        )
    chosen = _chosen(rows, share)
    questions = [Question(id=str(i), messages=rows[i].prompt, think=True, max_tokens=max_tokens) for i in chosen]
    replies: tuple[Reply, ...] = ()
    if questions:
        yield Said(text=f"{opened.label} thinks about {len(questions)} of {len(rows)} rows", level="head")
        replies = yield from _thought(load_weights(opened), chat, questions)
    failed = []
    made = dict.fromkeys(range(len(rows)), "")
    for reply in replies:
        i = int(reply.id)
        made[i], why = thought_of(reply, opened=chat.opens_thought)
        if why:
            failed.append(f"{rows[i].origin}: {why}")
    durable.write_text(out, "".join(_line(row, made[i]) for i, row in enumerate(rows)))
    had = sum(thinks(row) for row in rows)
    return Reasoned(path=out, rows=len(rows), had=had, written=sum(bool(one) for one in made.values()), failed=tuple(failed))


def _chosen(rows: Sequence[Conversation], share: float) -> list[int]:
    """Return the indices of the rows that get a thought: spread evenly over those that have none and ask something."""
    without = [i for i, row in enumerate(rows) if not thinks(row) and row.prompt]
    wanted = min(len(without), max(0, round(share * len(rows)) - sum(thinks(row) for row in rows)))
    return [without[i * len(without) // wanted] for i in range(wanted)]


def _thought(weights: Any, chat: Chat, questions: Sequence[Question]) -> Work[tuple[Reply, ...]]:
    replies: tuple[Reply, ...] = ()
    for item in ask(weights, chat, questions):
        if isinstance(item, Progress):
            yield Advanced(stage="thinking", done=item.done, total=item.total, unit="rows", seconds=item.seconds)
        else:
            replies = item
    return replies


def thought_of(reply: Reply, *, opened: bool) -> tuple[str, str]:
    """Return (thought, "") where it is closed and not empty, else ("", why not)."""
    why = fault_on(reply.text, opened=opened, natural_stop=reply.natural_stop)
    if why and why != "nothing follows the thought":
        return "", f"met the limit of {reply.tokens} tokens" if why == "cut" else why
    thought = reply.text.partition(CLOSE)[0]
    return thought.removeprefix(thought[: thought.find(OPEN) + len(OPEN)] if OPEN in thought else "").strip(), ""


def _line(row: Conversation, thought: str) -> str:
    """Return a row as a line of JSON, the thought put before its last answer where there is one."""
    messages = list(row.messages)
    if thought:
        messages[row.last] = replace(messages[row.last], reasoning_content=thought)
    return row_line(replace(row, messages=tuple(messages)))
