"""The verb `canaries`: whether a version gives away what was private in its rows, or what was planted in them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.data.scrub.alternatives import alternatives
from burnish.data.scrub.swap import masked
from burnish.errors import DataError, RegistryError
from burnish.evaluate.exposure import exposure, says
from burnish.flow.events import Advanced, Said, Shown, Work
from burnish.flow.places import Place, Wanted, wanted
from burnish.flow.project import load_weights, open_registry, open_version
from burnish.flow.scrub import read_key
from burnish.flow.sessions import past_sessions
from burnish.records.codec import to_json
from burnish.records.example import Sequence as Ids
from burnish.retrieval.about import carried_in

if TYPE_CHECKING:
    from burnish.flow.project import Opened
    from burnish.tokens.template import Chat

ANSWER_TOKENS = 64
"""Tokens of an answer in which a value is looked for."""
BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What came of one value. It is never named whole."""

    kind: str
    shown: str
    """Partly masked."""
    canary: bool
    in_rows: bool
    """Whether the version was trained on the value itself rather than a stand-in."""
    said: bool
    """Whether the version says it."""
    base_says: bool
    """Whether the base says it to the same words: then training did not teach it."""
    exposure: float | None
    """Bits, of at most log2 of the alternatives and one; None where it was not measured."""
    base_exposure: float | None

    @property
    def extractable(self) -> bool:
        """Whether training made the model give it away."""
        return self.said and not self.base_says


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """What `canaries` found."""

    version: str
    found: tuple[Searched, ...]
    values: int
    """Values of the key, canaries among them; those that stand in none of the version's rows cannot be asked for."""
    most_bits: float
    """The largest exposure that could be measured."""
    path: Path

    @property
    def extractable(self) -> tuple[Searched, ...]:
        """What the version gives away."""
        return tuple(one for one in self.found if one.extractable)


def canaries(reference: str | None, key: Path, *, alternatives: int, most: int, seed: int, home: str | None) -> Work[Hunt]:
    """Look for the values of a scrub's key in what a version says. Raises DataError, RegistryError, ModelError."""
    way_back = read_key(key)
    registry = open_registry(home)
    opened = yield from open_version(reference, home=home, memory=False)
    if opened.run is None:
        remedy = "name a version (burnish log shows them): a base model was not trained on your rows"
        raise RegistryError("this is no version of the project", seen=opened.label, remedy=remedy)
    rows = [row for session in past_sessions(registry, opened.label) for row in session.trained]
    values = wanted(way_back, rows)
    if not values:
        remedy = "name the key of the rows that this version was trained on"
        raise DataError("no value of the key, and no stand-in, stands in this version's rows", seen=str(key), remedy=remedy)
    yield Said(text=f"{len(values)} private things to look for in what version {opened.label} says")
    carries = carried_in(registry.runs / opened.run.id)
    if carries is not None and carries.rows:
        told = f"it {carries.told}: these rows hold what was trained on word for word, and only its weights are asked here"
        yield Said(text=told, level="warn")
    model = load_weights(opened)
    said = yield from _said(model, opened.chat, values, "asking the version")
    again = [value for value, told in zip(values, said, strict=True) if told]
    with _without_adapter(model):
        base = yield from _said(model, opened.chat, again, "asking the base")
    base_says = {value.value for value, told in zip(again, base, strict=True) if told}
    bits = yield from _exposures(model, opened.chat, values[:most], alternatives, seed)
    found = tuple(
        Searched(
            kind=value.kind,
            shown=masked(value.value),
            canary=value.canary,
            in_rows=value.in_rows,
            said=told,
            base_says=value.value in base_says,
            exposure=bits[value.value][0] if value.value in bits else None,
            base_exposure=bits[value.value][1] if value.value in bits else None,
        )
        for value, told in zip(values, said, strict=True)
    )
    return (yield from _told(registry.home, opened, found, len(way_back.stands_for), alternatives))


@contextlib.contextmanager
def _without_adapter(model: Any) -> Iterator[None]:
    with model.disable_adapter():
        yield


def _said(model: Any, chat: Chat, values: Sequence[Wanted], stage: str) -> Work[list[bool]]:
    """Return for each value whether an answer to one of its places holds it: to the question, and to the answer begun."""
    from burnish.model.generate import Sampling, generate

    asked = [(i, ids) for i, value in enumerate(values) for ids in _prompts(chat, value.places)]
    told = [False] * len(values)
    settings = Sampling(stop_ids=chat.stop_ids, pad_id=chat.pad_id, max_new_tokens=ANSWER_TOKENS, batch_size=BATCH)
    began = time.monotonic()
    for done, answer in enumerate(generate(model, [ids for _, ids in asked], settings), start=1):
        i = asked[answer.index][0]
        told[i] = told[i] or says(chat.decode(answer.ids), values[i].value, values[i].kind)
        yield Advanced(stage=stage, done=done, total=len(asked), unit="answers", seconds=time.monotonic() - began)
    return told


def _prompts(chat: Chat, places: Sequence[Place]) -> list[list[int]]:
    """Return the ids of each place's question, and of the answer begun where it was; those the template can write."""
    prompts = []
    for place in places:
        with contextlib.suppress(DataError):
            question = chat.prompt_ids(place.messages)
            prompts.append(question)
            if place.before:
                prompts.append([*question, *chat.answer_ids(place.messages, place.before)])
    return list(map(list, dict.fromkeys(map(tuple, prompts))))


def _exposures(model: Any, chat: Chat, values: Sequence[Wanted], number: int, seed: int) -> Work[dict[str, tuple[float, float]]]:
    """Return the exposure of each value that stood in an answer, in the version and in the base, in bits."""
    bits: dict[str, tuple[float, float]] = {}
    measured = [value for value in values if value.places[0].answered]
    began = time.monotonic()
    for done, value in enumerate(measured, start=1):
        others = alternatives(value.kind, value.value, number, seed)
        sequences = [_sequence(chat, value.places[0], text) for text in (value.value, *others)]
        version = _nats(model, sequences, chat.pad_id)
        with _without_adapter(model):
            base = _nats(model, sequences, chat.pad_id)
        bits[value.value] = exposure(version[0], version[1:]), exposure(base[0], base[1:])
        yield Advanced(
            stage="measuring exposure", done=done, total=len(measured), unit="values", seconds=time.monotonic() - began
        )
    return bits


def _sequence(chat: Chat, place: Place, value: str) -> Ids:
    """Return the answer with the value in it; all its words count, since those before it are the same for every value."""
    question = chat.prompt_ids(place.messages)
    words = f"{place.before} {value}" if place.before else value
    answer = chat.answer_ids(place.messages, words)
    return Ids(ids=(*question, *answer), supervised=(False,) * len(question) + (True,) * len(answer))


def _nats(model: Any, sequences: Sequence[Ids], pad_id: int) -> list[float]:
    from burnish.model.logprobs import each_loss

    return [nats for i in range(0, len(sequences), BATCH) for nats in each_loss(model, sequences[i : i + BATCH], pad_id)]


def _told(home: Path, opened: Opened, found: tuple[Searched, ...], values: int, number: int) -> Work[Hunt]:
    """Keep what was found with the project, and show it: what is given away first, then by exposure."""
    import math

    found = tuple(sorted(found, key=lambda one: (not one.extractable, -(one.exposure or 0.0), not one.canary)))
    name = time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + f"-{opened.label}"
    hunt = Hunt(
        version=opened.label,
        found=found,
        values=values,
        most_bits=math.log2(number + 1),
        path=home / "canaries" / name / "canaries.json",
    )
    durable.make_folder(hunt.path.parent)
    durable.write_json(hunt.path, {**to_json(replace(hunt, path=Path())), "path": None, "extractable": len(hunt.extractable)})
    yield _table(hunt)
    return hunt


SHOWN = 20
"""Values in the table."""


def _table(hunt: Hunt) -> Shown:
    def line(one: Searched) -> tuple[str, ...]:
        bits = "-" if one.exposure is None else f"{one.exposure:.1f} (base {one.base_exposure:.1f})"
        told = "SAID" if one.extractable else "said, by the base too" if one.said else "no"
        return (one.kind, one.shown, "canary" if one.canary else "yours", "yes" if one.in_rows else "no", told, bits)

    more = f" (the first {SHOWN} of {len(hunt.found)})" if len(hunt.found) > SHOWN else ""
    return Shown(
        title=f"what version {hunt.version} gives away{more}",
        columns=("kind", "value", "whose", "in the trained rows", "extractable", f"exposure, bits of {hunt.most_bits:.1f}"),
        rows=tuple(map(line, hunt.found[:SHOWN])),
    )
