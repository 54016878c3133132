"""Rows that hold a model near its start: general prompts, answered by that start itself, of which the first words are trained on.

Learning from one's own outputs on other prompts is the plainest form of distilling from the model before (Li and Hoiem 2016,
"Learning without Forgetting"); measured for the starter rows in docs/log.md.
"""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.flow.events import Said, Work
from burnish.flow.run_files import durable_json
from burnish.records.conversation import Message
from burnish.records.example import Example, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from burnish.tokens.template import Chat

FIRST_ROW = 1_000_000
"""Their row numbers begin here: no file has so many rows."""


def prompts(number: int) -> list[tuple[str, int]]:
    """Return the first prompts that come with burnish, each with the most tokens of its answer."""
    text = importlib.resources.files("burnish.data").joinpath("anchor", "prompts.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()[:number]]
    return [(row["prompt"], row["tokens"]) for row in rows]


def anchor_examples(folder: Path, number: int, chat: Chat, start: Callable[[], Any]) -> Work[tuple[Example, ...]]:
    """Return the examples of a run, answered once and kept in its folder, so that a resumed run trains on the same.

    `start` gives the model that answers. An answer that ends by itself is trained with its end of turn, one that is cut without.
    """
    if not number:
        return ()
    path = folder / "anchors.json"
    if not path.exists():
        yield Said(text=f"the start answers {number} general prompts itself, to be held near them")
        durable.write_json(path, {"rows": _answered(start(), chat, prompts(number))})
    return tuple(
        Example(
            sequences=(Sequence(ids=tuple(prompt + answer), supervised=(False,) * len(prompt) + (True,) * len(answer)),), row=row
        )
        for row, (prompt, answer) in enumerate(durable_json(path)["rows"], FIRST_ROW)
    )


def _answered(model: Any, chat: Chat, asked: list[tuple[str, int]]) -> list[tuple[list[int], list[int]]]:
    """Return (prompt ids, answer ids) of each prompt, the end of turn included where the answer ended by itself."""
    from burnish.model.generate import Sampling, generate

    ids = [list(chat.prompt_ids((Message(role="user", content=text),))) for text, _ in asked]
    limits = tuple(tokens for _, tokens in asked)
    sampling = Sampling(stop_ids=chat.stop_ids, pad_id=chat.pad_id, max_new_tokens=limits, batch_size=32)
    answers: dict[int, list[int]] = {}
    for one in generate(model, ids, sampling):
        answers[one.index] = [*one.ids, *((chat.stop_ids[0],) if one.natural_stop else ())]
    return [(ids[i], answers[i]) for i in range(len(ids)) if answers[i]]
