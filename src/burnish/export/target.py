"""The ids that a target makes of the probes, against those of training: exact, or the first token that differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from burnish.errors import DataError
from burnish.export.opened import Version
from burnish.export.probes import Probe
from burnish.export.proof import Check
from burnish.tokens.today import at
from burnish.tokens.words import fold_system, speak

IdsOf = Callable[[Probe], list[int]]
NAME = "the same tokens as in training"


def plain_turns(version: Version, probe: Probe) -> list[dict[str, str]]:
    """Return a probe as a client sends it: roles and words; system text folded where the template has no system role."""
    spoken = [speak(message) for message in probe.messages]
    if not version.chat.habits.has_system:
        spoken = fold_system(spoken)
    return [{"role": one.role, "content": one.words} for one in spoken]


def transformers_ids(tokenizer: Any, version: Version) -> IdsOf:
    """Return what makes ids as a program with transformers does: the folder's own tokenizer and template, nothing of ours."""

    def ids_of(probe: Probe) -> list[int]:
        with at(version.chat.moment):
            ids = tokenizer.apply_chat_template(
                plain_turns(version, probe),
                add_generation_prompt=True,
                tokenize=True,
                return_dict=False,
                enable_thinking=probe.think,
                thinking=probe.think,
            )
        return [int(one) for one in ids]

    return ids_of


def same_ids(version: Version, probes: Sequence[Probe], ids_of: IdsOf) -> Check:
    """Return the check that a target's ids of every probe are the training's."""
    for probe in probes:
        wanted = version.chat.prompt_ids(probe.messages, think=probe.think)
        try:
            given = ids_of(probe)
        except (DataError, ValueError, KeyError, TypeError, LookupError, ArithmeticError) as error:
            return _differs(version, f"{probe.name}: the target cannot write it ({str(error)[:120]})")
        except Exception as error:
            if type(error).__module__.split(".")[0] != "jinja2":
                raise
            return _differs(version, f"{probe.name}: the target's template refuses it ({str(error)[:120]})")
        if given != wanted:
            return _differs(version, f"{probe.name}: {_first(version, probe, wanted, given)}")
    total = sum(len(version.chat.prompt_ids(probe.messages, think=probe.think)) for probe in probes)
    return Check(
        name=NAME, passed=True, seen=f"{len(probes)} conversations, {total} tokens, all equal", figures={"tokens": total}
    )


def _first(version: Version, probe: Probe, wanted: Sequence[int], given: Sequence[int]) -> str:
    at = next((i for i, (a, b) in enumerate(zip(wanted, given, strict=False)) if a != b), min(len(wanted), len(given)))

    def shown(ids: Sequence[int]) -> str:
        if at >= len(ids):
            return "nothing more"
        return str(ids[at]) if probe.own else f"{ids[at]} {version.chat.decode([ids[at]], special=True)!r}"

    return f"token {at} is {shown(given)}, in training {shown(wanted)} (of {len(given)} and {len(wanted)} tokens)"


def _differs(version: Version, seen: str) -> Check:
    habits = version.chat.habits
    remedy = "export again; if it stays so, this target cannot write what was trained, and would answer worse than it was judged"
    if habits.header:
        remedy = (
            f"training puts {habits.header!r} before an answer when thinking is off, and this model's template alone does not: "
            "train rows with thoughts, or use a template that writes it (chat_template.jinja in the base folder)"
        )
    return Check(name=NAME, passed=False, seen=seen, remedy=remedy)
