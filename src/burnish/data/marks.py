"""Marks by which other trainers' rows say what is not to be learnt: on a turn, on the whole row, or as a list beside the turns.

A mark is obeyed (the turn is context only) or its row is refused and the key named; none is passed over. The names are those of
OpenAI, Mistral and Together (`weight`), ms-swift (`loss`, `loss_scale`), Axolotl (`train`, `training`, `train_detail`), verl (`trainable`,
`loss_mask`), slime (`loss_mask`, `step_loss_mask`), torchtune (`masked`), LLaMA-Factory (`loss_mask`, `mask_history`) and NeMo (`mask`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence

from burnish.data.flaw import Flaw, kind, shown
from burnish.data.names import name_list, plain, words_of
from burnish.records.codec import JSON

LEARNT = frozenset(
    name_list(
        "weight loss train training trainable istrainable trainon totrain trainthis trainmask trainingmask lossmask steplossmask "
        "lossscale lossweight computeloss calculateloss calcloss hasloss learn learnable supervised"
    )
)
"""Marks that say yes by 1 and no by 0."""
LEFT_OUT = frozenset(
    name_list(
        "masked ismasked ignore ignored ignoreloss noloss skip skiploss donttrain donottrain notrain contextonly iscontext exclude excluded isexcluded"
    )
)
"""Marks that say no by 1."""
UNCLEAR = frozenset({"mask", "messagemask", "turnmask"})
"""Some write 1 for what is learnt, others for what is covered."""
PARTS = frozenset(name_list("traindetail traindetails trainingdetail trainingdetails traininfo trainspans lossspans maskspans"))
"""Marks on parts of a turn."""
TOKENS = frozenset(name_list("assistantmasks assistantmask assistanttokensmask completionmask promptmask responsemask labels"))
"""Marks on tokens, as lists of numbers."""
SEVERAL = {"weights": "weight", "masks": "mask", "losses": "loss", "lossmasks": "lossmask", "lossscales": "lossscale"}
"""Names that a list of marks has of its own, and what each of its marks is."""
LAST_ONLY = frozenset(
    name_list(
        "maskhistory trainonlastturnonly lastturnonly onlylastturn trainonlastturn lastturnloss lossonlastturn trainlastonly trainlastturn onlytrainlast lastroundonly lastroundloss"
    )
)
PROMPTS_TOO = frozenset({"trainonprompt", "trainoninput", "trainoninputs", "trainonprompts"})
NAMES = LEARNT | LEFT_OUT | UNCLEAR | PARTS
ROW_NAMES = NAMES | TOKENS | SEVERAL.keys() | LAST_ONLY | PROMPTS_TOO
_CORE = frozenset(
    {
        "loss",
        "losses",
        "train",
        "training",
        "trainable",
        "trained",
        "learn",
        "learnt",
        "learned",
        "weight",
        "weights",
        "mask",
        "masks",
        "masked",
    }
)
_AROUND = frozenset(
    name_list(
        "is to on do use has in for this turn turns message messages step compute calculate enable enabled include included should flag flags per "
        "assistant answer answers sample"
    )
)
_AGAINST = frozenset({"no", "not", "dont", "exclude", "excluded", "ignore", "ignored", "skip", "skipped"})
"""Of such words the names are made that nobody has listed: `use_loss`, `exclude_from_training`, `turn_loss_mask`."""
YES = frozenset({"1", "true", "yes", "y", "on", "t", "1.0"})
NO = frozenset({"0", "false", "no", "n", "off", "f", "0.0"})
_ADVICE = "write `weight`: 0 on an answer that is not to be learnt, 1 on one that is, or take the key out"
_ASKERS = frozenset({"user", "human", "prompter", "client", "customer"})


def truth(value: JSON) -> bool | None:
    """Return what a yes or no says, as JSON's own, as 0 or 1, or as a word; None for all else.

    >>> [truth(one) for one in (True, 0, 1.0, "False", " no ", 0.5, "perhaps", [])]
    [True, False, True, False, False, None, None, None]
    """
    if isinstance(value, str):
        word = value.strip().casefold()
        return True if word in YES else False if word in NO else None
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    return None


@functools.lru_cache(maxsize=4096)
def _sense(key: str) -> str:
    """Return what 1 says under a key: "learnt", "left out", "unclear"; "" where the key is no mark of yes or no."""
    name, words = plain(key), words_of(key)
    if name in LEARNT or name in LEFT_OUT or name in UNCLEAR:
        return "learnt" if name in LEARNT else "left out" if name in LEFT_OUT else "unclear"
    if name in ROW_NAMES or len(words) < 2 or not _CORE & {*words} or not {*words} <= _CORE | _AROUND | _AGAINST | {"from"}:
        return ""
    if _AGAINST & {*words}:
        return "left out"
    core = [word for word in words if word in _CORE]
    return "unclear" if core[0] in {"mask", "masks", "masked"} else "learnt"


def may_mark(key: str) -> bool:
    """Return whether a key could be a mark, whatever it holds."""
    return plain(key) in ROW_NAMES or bool(_sense(key))


def is_mark(key: str, value: JSON) -> bool:
    """Return whether a key of a turn or a row says what is learnt: by a listed name, or by its words and a yes, a no or a share.

    >>> is_mark("weight", 0), is_mark("use_loss", False), is_mark("train_loss", 0.53), is_mark("train_messages", "Hi")
    (True, True, False, False)
    """
    if plain(key) in ROW_NAMES:
        return True
    if isinstance(value, list):
        return (
            bool(value)
            and bool(_sense(key))
            and all(isinstance(one, bool | int | float) or truth(one) is not None for one in value)
        )
    shares = isinstance(value, float) and not {"weight", "weights", "mask"}.isdisjoint(words_of(key))
    return bool(_sense(key)) and (truth(value) is not None or shares)


def _marks(held: Mapping[str, JSON], *, row: bool) -> Iterator[str]:
    """Yield the keys of a turn, or of a row, that are marks."""
    return (
        key for key, value in held.items() if (row or plain(key) not in ROW_NAMES or plain(key) in NAMES) and is_mark(key, value)
    )


def turn_weight(turn: Mapping[str, JSON], key: str, *, answers: bool, flaws: list[Flaw]) -> int | None:
    """Return 0 where the marks of a turn at `key` say that it is not learnt, else None; what cannot be obeyed is added to `flaws`.

    Only an answer's marks count: no other turn is learnt anyway.
    """
    if len(turn) <= 2 or not answers:
        return None
    said: dict[str, bool] = {}
    for name in _marks(turn, row=False):
        value = turn[name]
        if value is None or (plain(name) in PARTS and not value):
            continue
        learnt = _learnt(name, value)
        if learnt is None:
            flaws.append(_unclear(f"{key}.{name}", name, value))
        else:
            said[name] = learnt
    if len({*said.values()}) > 1:
        seen = ", ".join(f"{name}: {shown(turn[name])}" for name in said)
        flaws.append(
            Flaw(reason="the marks of a turn contradict each other", key=key, seen=seen, remedy="keep the one that is meant")
        )
    return 0 if said and not any(said.values()) else None


def part_flaws(content: JSON, key: str, flaws: list[Flaw]) -> None:
    """Refuse a turn that is written in parts of which some bear a mark."""
    for i, part in enumerate(content if isinstance(content, list) else ()):
        if isinstance(part, dict):
            flaws += [
                Flaw(
                    reason="a mark on a part of a turn cannot be obeyed",
                    key=f"{key}[{i}].{name}",
                    seen=shown(part[name]),
                    remedy="mark whole turns, or put the part into a turn of its own",
                )
                for name in _marks(part, row=False)
                if part[name] is not None
            ]


def row_weights(row: Mapping[str, JSON], roles: Sequence[JSON], flaws: list[Flaw]) -> list[int | None]:
    """Return 0 or None for each of a row's turns, by the marks that stand beside them; `flaws` gets what cannot be obeyed."""
    weights: list[int | None] = [None] * len(roles)
    answers = [i for i, role in enumerate(roles) if role == "assistant"]
    for key in _marks(row, row=True):
        value = row[key]
        if value is None or value in ("", []) or (plain(key) in TOKENS and not _are_numbers(value)):
            continue
        if isinstance(value, list):
            _obey_list(key, value, answers, weights, flaws)
        elif plain(key) in LAST_ONLY and truth(value) is not None:
            if truth(value):
                weights = [0 if i in answers[:-1] else one for i, one in enumerate(weights)]
        elif plain(key) in UNCLEAR and isinstance(value, str) and value.strip().casefold() in _ASKERS:
            continue  # NeMo's: whose turns are covered; nobody else's are learnt here anyway
        elif plain(key) in PROMPTS_TOO and truth(value) is False:
            continue
        elif (learnt := _learnt(key, value)) is None:
            flaws.append(_unclear(key, key, value))
        elif not learnt:
            remedy = "leave such rows out; or mark the turns that are not to be learnt, one by one"
            flaws.append(Flaw(reason="the row is marked as not to be learnt", key=key, seen=shown(value), remedy=remedy))
    return weights


def _obey_list(key: str, value: Sequence[JSON], answers: Sequence[int], weights: list[int | None], flaws: list[Flaw]) -> None:
    """Obey a list with a mark for each turn, or for each answer."""
    marked = range(len(weights)) if len(value) == len(weights) else answers if len(value) == len(answers) else None
    said = [_learnt(SEVERAL.get(plain(key), key), one) for one in value]
    if marked is None or plain(key) in TOKENS or plain(key) in PARTS:
        reason = "a list of marks fits neither the turns nor the answers"
        remedy = f"write one mark for each of the {len(weights)} turns or each of the {len(answers)} answers; {_ADVICE}"
        flaws.append(Flaw(reason=reason, key=key, seen=f"{len(value)} marks: {shown(list(value[:20]))}", remedy=remedy))
        return
    for i, learnt, one in zip(marked, said, value, strict=True):
        if i in answers and one is not None and learnt is None:
            flaws.append(_unclear(key, SEVERAL.get(plain(key), key), one))
            return
        if i in answers and learnt is False:
            weights[i] = 0


def _are_numbers(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(one, int | float) for one in value)


def _learnt(key: str, value: JSON) -> bool | None:
    """Return whether a mark says that its turn is learnt; None where that cannot be told, or cannot be obeyed."""
    name, said = plain(key), truth(value)
    if said is None or _sense(key) == "unclear" or name in PARTS or name in PROMPTS_TOO:
        return None
    return not said if _sense(key) == "left out" else said


def _unclear(key: str, name: str, value: JSON) -> Flaw:
    word = plain(name)
    if word in PARTS:
        reason, remedy = "a mark on a part of a turn cannot be obeyed", f"mark whole turns: {_ADVICE}"
    elif _sense(name) == "unclear":
        reason, remedy = "it cannot be told whether this mark means learnt or not learnt", _ADVICE
    elif word in PROMPTS_TOO:
        reason, remedy = "only answers are learnt, never what is asked", "take the key out"
    elif isinstance(value, bool | int | float | str):
        reason, remedy = "a mark is neither 0 nor 1, and nothing between can be obeyed", _ADVICE
    else:
        reason, remedy = f"a mark is {kind(value)}, not 0 or 1", _ADVICE
    return Flaw(reason=reason, key=key, seen=shown(value), remedy=remedy)
