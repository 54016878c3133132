"""What a person asks of an experiment: `--ab live:0.9,candidate:0.1`, what is read, and who grades. All faults are told at once."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.errors import BurnishError, DataError, gather
from burnish.grading import GRADERS, task_faults
from burnish.records.codec import JSON
from burnish.records.conversation import Message
from burnish.records.task import Task
from burnish.registry.book_tables import PEOPLE

TARGETS: dict[str, JSON] = {"refusal": "answer", "polite": None}
"""What graders are given that need nothing of the question; others take theirs after an equals sign."""
REMEDY = "write two versions and their shares, which sum up to 1, the one that serves now first: --ab live:0.9,candidate:0.1"
GRADER_REMEDY = """write NAME, NAME:SHARE or NAME=TARGET:SHARE: --ab-grader refusal --ab-grader 'length={"max_words": 60}:0.5'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An arm as it was typed."""

    name: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A grader that votes on a share of the answers."""

    name: str
    target: JSON
    share: float = 1.0

    def task(self, messages: Sequence[Message]) -> Task:
        """Return what is graded: an answer to these messages."""
        return Task(id="ab", messages=tuple(messages), grader=self.name, target=self.target)


def arms_in(text: str) -> tuple[Named, Named]:
    """Return the two arms of `NAME:SHARE,NAME:SHARE`. Raises DataError naming everything that is wrong.

    >>> [(one.name, one.share) for one in arms_in("live:0.9, candidate:0.1")]
    [('live', 0.9), ('candidate', 0.1)]
    """
    parts = [part.strip() for part in text.split(",")]
    faults = [] if len(parts) == 2 else [f"two arms are compared, and there are {len(parts)}: {text!r}"]
    found = []
    for part in parts:
        name, colon, share = part.rpartition(":")
        value = _number(share)
        if not colon or not name or value is None:
            faults.append(f"{part!r} is not NAME:SHARE")
        elif not 0 < value < 1:
            faults.append(f"the share of {name!r} is {share}, and must be above 0 and below 1")
        else:
            found.append(Named(name=name, share=value))
    if len(found) == len(parts) and abs(math.fsum(one.share for one in found) - 1) > 1e-9:
        faults.append(f"the shares sum up to {math.fsum(one.share for one in found):g}, not 1")
    if len({one.name for one in found}) < len(found):
        faults.append(f"both arms are {found[0].name!r}")
    if faults:
        raise gather("--ab cannot be used:", faults, remedy=REMEDY)
    return found[0], found[1]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def graders_in(texts: Sequence[str]) -> tuple[Sampled, ...]:
    """Return the graders of `NAME[=TARGET][:SHARE]` each. Raises DataError naming everything that is wrong.

    >>> graders_in(["refusal:0.2"])[0].share, graders_in(['length={"max_words": 9}'])[0].target
    (0.2, {'max_words': 9})
    """
    faults: list[str] = []
    found = [one for text in texts if (one := _grader(text, faults)) is not None]
    names = [one.name for one in found]
    faults += [f"{name!r} is named twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if faults:
        raise gather("--ab-grader cannot be used:", faults, remedy=GRADER_REMEDY)
    return tuple(found)


def _grader(text: str, faults: list[str]) -> Sampled | None:
    head, colon, tail = text.rpartition(":")
    share = _number(tail) if colon else None
    words = head if share is not None else text
    name, equals, target = words.partition("=")
    if share is not None and not 0 < share <= 1:
        faults.append(f"the share of {name!r} is {tail}, and must be above 0 and at most 1")
        return None
    made = Sampled(name=name, target=_target(target) if equals else TARGETS.get(name), share=1.0 if share is None else share)
    task = made.task((Message(role="user", content="?"),))
    wrong = task_faults(task)
    if not wrong and GRADERS[name].asks(task):
        wrong = [f"{name!r} asks another model, and that is not done while serving"]
    faults += wrong
    return None if wrong else made


def _target(text: str) -> JSON:
    try:
        return json.loads(text)
    except ValueError:
        return text


def check_source(reads: str, graders: Sequence[Sampled]) -> None:
    """Raise DataError where the source of votes to be read gives none."""
    known = [PEOPLE, *(one.name for one in graders)]
    if reads not in known:
        raise DataError(
            f"--ab-reads names {reads!r}, which votes on nothing",
            seen=f"there are: {', '.join(known)}",
            remedy=f"name {PEOPLE}, or a grader that --ab-grader names",
        )


def same_version(names: tuple[Named, Named], label: str) -> BurnishError:
    """Return the error for two names of one version."""
    return DataError(
        "both arms are the same version",
        seen=f"{names[0].name} and {names[1].name} are {label}",
        remedy="name two versions (burnish log shows them)",
    )
