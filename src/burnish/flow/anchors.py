"""Rows that hold a model near its base: general prompts, answered by the base itself, of which the first words are trained on.

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
from burnish.plan import table
from burnish.records.conversation import Message
from burnish.records.example import Example, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence as Several

    from burnish.flow.project import Opened
    from burnish.records.plan import Plan
    from burnish.tokens.template import Chat

FILE = "anchors.json"
FIRST_ROW = 1_000_000
"""Their row numbers begin here: no file has so many rows."""


def prompts(number: int) -> list[tuple[str, int]]:
    """Return the first prompts that come with burnish, each with the most tokens of its answer."""
    text = importlib.resources.files("burnish.data").joinpath("anchor", "prompts.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()[:number]]
    return [(row["prompt"], row["tokens"]) for row in rows]


def anchor_examples(
    folder: Path, plan: Plan, opened: Opened, *, earlier: Several[Path] = (), base: Callable[[], Any]
) -> Work[tuple[Example, ...]]:
    """Return the examples of a run, answered once and kept in its folder, so that a resumed run trains on the same.

    As many as its epochs have room for: each sees `plan.anchor` others. `base` gives the model that answers; where a run of
    `earlier` holds the same model's answers to as many prompts, they are taken from it. An answer that ends by itself is trained with
    its end of turn, one that is cut without.
    """
    if not plan.anchor:
        return ()
    path = folder / FILE
    if not path.exists():
        number = min(table.ANCHORS, plan.anchor * plan.epochs)
        known = {"base": opened.source.weights_hash, "dtype": plan.dtype, "asked": number}
        known |= {"date": list(opened.chat.stamp)} if opened.chat.dated else {}
        rows = next((found for one in reversed(earlier) if (found := _kept(one / FILE, known)) is not None), None)
        if rows is None:
            yield Said(text=f"the base answers {number} general prompts itself, to be held near them")
            rows = _answered(base(), opened.chat, prompts(number))
        durable.write_json(path, {**known, "rows": rows})
    return tuple(
        Example(
            sequences=(Sequence(ids=tuple(prompt + answer), supervised=(False,) * len(prompt) + (True,) * len(answer)),), row=row
        )
        for row, (prompt, answer) in enumerate(durable_json(path)["rows"], FIRST_ROW)
    )


def _kept(path: Path, known: Mapping[str, Any]) -> list[Any] | None:
    """Return the answers of an earlier run where they are the same model's to the same prompts."""
    if not path.exists():
        return None
    found = durable_json(path)
    return list(found["rows"]) if all(found.get(key) == value for key, value in known.items()) else None


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
