"""The anchor's prompts: as many as the plan says, and kept apart from every shipped suite and from the starter rows."""

from __future__ import annotations

import json
from pathlib import Path

import burnish
from burnish.evaluate.suite import SHIPPED, shipped
from burnish.flow.anchors import prompts
from burnish.plan.table import ANCHORS
from near_prompts import near

STARTER = Path(burnish.__file__).parent / "data" / "starter" / "train.jsonl"


def test_there_are_as_many_as_the_plan_says():
    """Each once, with room for the beginning of an answer."""
    found = prompts(ANCHORS + 1)

    assert len(found) == ANCHORS == len({prompt for prompt, _ in found})
    assert all(8 <= tokens <= 32 for _, tokens in found)


def test_no_prompt_is_near_one_of_a_shipped_suite():
    """What a suite asks is never trained on, not even with the base's own answers."""
    asked = [task.prompt for name in SHIPPED for task in shipped(name)]

    assert [(one, other) for one, _ in prompts(ANCHORS) for other in asked if near(one, other)] == []


def test_no_starter_row_asks_the_same():
    """A row that teaches a refusal is not among what the base answers."""
    rows = [json.loads(line)["messages"] for line in STARTER.read_text("utf-8").splitlines()]
    taught = {message["content"] for row in rows for message in row if message["role"] == "user"}

    assert taught & {prompt for prompt, _ in prompts(ANCHORS)} == set()
