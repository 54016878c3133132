"""What a person asked for: the TOML file and `--set table.key=value`, one to one. None means: let the plan decide."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from burnish.errors import RecipeError, gather
from burnish.records.codec import JSON
from burnish.records.gate import Gate, parse_gate
from burnish.records.other_names import meaning, short_name, value_meaning

NEAR = 0.75
"""How like a known name a mistyped one is (difflib's ratio): less like ones would be a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTable:
    """[model]"""

    name: str | None = None
    dtype: str | None = field(default=None, metadata={"choices": ("auto", "float32", "bfloat16", "float16")})
    fast: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraTable:
    """[lora]"""

    rank: int | None = field(default=None, metadata={"low": 1, "high": 1024})
    alpha: int | None = field(default=None, metadata={"low": 1, "high": 4096})
    dropout: float | None = field(default=None, metadata={"low": 0.0, "high": 0.9})
    targets: tuple[str, ...] | None = None
    rslora: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainTable:
    """[train]"""

    method: str | None = field(default=None, metadata={"choices": ("sft",)})
    epochs: int | None = field(default=None, metadata={"low": 1, "high": 1000})
    max_steps: int | None = field(default=None, metadata={"low": 1, "high": 10_000_000})
    learning_rate: float | None = field(default=None, metadata={"low": 1e-9, "high": 1.0})
    schedule: str | None = field(default=None, metadata={"choices": ("cosine", "linear", "constant")})
    warmup_steps: int | None = field(default=None, metadata={"low": 0, "high": 100_000})
    batch_rows: int | None = field(default=None, metadata={"low": 1, "high": 4096})
    micro_batch_tokens: int | None = field(default=None, metadata={"low": 1, "high": 10_000_000})
    max_length: int | None = field(default=None, metadata={"low": 8, "high": 10_000_000})
    weight_decay: float | None = field(default=None, metadata={"low": 0.0, "high": 1.0})
    clip: float | None = field(default=None, metadata={"low": 0.0, "high": 1e6})
    checkpointing: bool | None = None
    seed: int | None = field(default=None, metadata={"low": 0, "high": 2**31 - 1})
    early_stop: bool | None = None
    keep: str | None = field(default=None, metadata={"choices": ("best", "last", "all")})
    optim: str | None = field(default=None, metadata={"choices": ("adamw",)})
    logging_steps: int | None = field(default=None, metadata={"low": 0, "high": 1_000_000})


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    """[data]"""

    holdout: int | None = field(default=None, metadata={"low": 0, "high": 1_000_000})
    folds: int | None = field(default=None, metadata={"low": 0, "high": 20})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTable:
    """[session]"""

    strategy: str | None = field(default=None, metadata={"choices": ("stack", "merge", "continue")})
    replay: float | None = field(default=None, metadata={"low": 0.0, "high": 100.0})
    anchor: int | None = field(default=None, metadata={"low": 0, "high": 10_000})
    margin: float | None = field(default=None, metadata={"low": 0.0, "high": 100.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTable:
    """[memory]"""

    k: int | None = field(default=None, metadata={"low": 0, "high": 20})
    unknown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The whole recipe. Every table is optional."""

    model: ModelTable = ModelTable()
    lora: LoraTable = LoraTable()
    train: TrainTable = TrainTable()
    data: DataTable = DataTable()
    session: SessionTable = SessionTable()
    memory: MemoryTable = MemoryTable()
    gates: tuple[Gate, ...] = field(default=(), metadata={"table": False})
    """The lines of [gate], in the order written."""

    def items(self) -> Iterable[tuple[str, JSON]]:
        """Yield every key that was given, as (`table.key`, value)."""
        for table in recipe_tables():
            for key in dataclasses.fields(getattr(self, table)):
                value = getattr(getattr(self, table), key.name)
                if value is not None:
                    yield f"{table}.{key.name}", value
        for gate in self.gates:
            yield f"{GATE}{gate.name}", gate.rule

    def get(self, name: str) -> JSON:
        """Return what was given for `table.key`, or None."""
        table, key = name.split(".")
        return getattr(getattr(self, table), key)


GATE = "gate."
"""How the name of a line of [gate] begins; what follows is free, for it names a suite."""


def recipe_tables() -> tuple[str, ...]:
    """Return the names of the tables whose keys are fixed: all but [gate]."""
    return tuple(table.name for table in dataclasses.fields(Recipe) if table.metadata.get("table", True))


def known_keys() -> tuple[str, ...]:
    """Return every key a recipe may hold, as `table.key`; the names in [gate] are free."""
    hints = typing.get_type_hints(Recipe)
    return tuple(f"{table}.{key.name}" for table in recipe_tables() for key in dataclasses.fields(hints[table]))


def read_recipe(path: Path | None, overrides: Iterable[str] = ()) -> Recipe:
    """Return the recipe of a TOML file with `table.key=value` overrides on top.

    Raises RecipeError that names every wrong key (with the nearest right one) and every wrong value at once.
    """
    given: dict[str, JSON] = {}
    faults: list[str] = []
    places: dict[str, str] = {}
    if path is not None:
        given.update(_flatten(_load(path), faults))
        places = _gate_places(path)
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals:
            faults.append(f"--set {override}: no '=' in it; write --set table.key=value")
            continue
        given[name.strip()] = _parse_value(text.strip())
        places.pop(name.strip(), None)
    return build_recipe(given, faults, places)


def build_recipe(given: Mapping[str, JSON], faults: list[str] | None = None, places: Mapping[str, str] | None = None) -> Recipe:
    """Return the recipe for dotted keys; `places` says where a gate was written. Raises RecipeError with all faults at once."""
    faults = [] if faults is None else faults
    tables: dict[str, dict[str, JSON]] = {}
    gates: list[Gate] = []
    fields = _fields()
    for name, value in given.items():
        if name.startswith(GATE):
            gate, fault = parse_gate(name.removeprefix(GATE), value, (places or {}).get(name, ""))
            gates += [gate] if gate else []
            faults += [fault] if fault else []
            continue
        if name not in fields:
            faults.append(f"{name}: no such key{_meant(name, value, given, fields)}")
            continue
        checked, fault = _check(name, value, *fields[name])
        if fault:
            faults.append(fault)
        else:
            table, key = name.split(".")
            tables.setdefault(table, {})[key] = checked
    if faults:
        raise gather(
            "the recipe cannot be used:", faults, remedy="mend these keys; `burnish plan DATA` lists all of them", cls=RecipeError
        )
    hints = typing.get_type_hints(Recipe)
    return Recipe(**{table: hints[table](**values) for table, values in tables.items()}, gates=tuple(gates))


def _meant(name: str, value: JSON, given: Mapping[str, JSON], fields: Mapping[str, Any]) -> str:
    """Return what to say of a key that a recipe does not know: ours for another tool's, the true reason, or a near one."""
    same = [key for key in fields if key.split(".")[1] == short_name(name)]
    here, told = ("", "") if same else meaning(name, value, {short_name(key): one for key, one in given.items()})
    if here:
        checked, fault = _check(here, value, *fields[here])
        return f"; it is called {here} here" + (
            f": write {here}={_toml(checked)}" if not fault else f" ({fault.partition(': ')[2]})"
        )
    if told:
        return f"; {told}"
    near = same or difflib.get_close_matches(name, fields, n=1, cutoff=NEAR)
    near = near or [key for key in fields if difflib.get_close_matches(short_name(name), [key.split(".")[1]], cutoff=NEAR)]
    return f"; did you mean {near[0]}?" if near else ""


def _toml(value: JSON) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _load(path: Path) -> dict[str, JSON]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise RecipeError(f"there is no recipe at {path}", remedy="check the path after --recipe") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The fault people make with gates: `own = ...` and then `own.fact = ...`, which TOML takes for a table.
        twice = "overwrite" in str(error)
        remedy = 'put quotes round a gate\'s name that has a dot in it: "own.fact" = ...' if twice else "mend that line"
        raise RecipeError(f"{path} is not valid TOML", seen=str(error), remedy=remedy) from None
    except OSError as error:
        raise RecipeError(f"cannot read {path}", seen=error.strerror or str(error), remedy="name a TOML file") from None


def _flatten(loaded: Mapping[str, JSON], faults: list[str]) -> dict[str, JSON]:
    flat: dict[str, JSON] = {}
    for table, values in loaded.items():
        if isinstance(values, Mapping) and table == GATE.rstrip("."):
            flat.update(_flat_gates(values, GATE))
        elif isinstance(values, Mapping):
            flat.update({f"{table}.{key}": value for key, value in values.items()})
        else:
            near = [key for key in known_keys() if key.endswith(f".{table}")]
            under = f"; write it under [{near[0].split('.')[0]}]" if near else _meant(table, values, loaded, _fields())
            faults.append(f"{table}: stands outside a table{under}")
    return flat


def _flat_gates(values: Mapping[str, JSON], before: str) -> Iterator[tuple[str, JSON]]:
    """Yield (`gate.NAME`, rule): without quotes TOML reads `starter.refusal = ...` as a table in a table, and that is meant too."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat_gates(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _gate_places(path: Path) -> dict[str, str]:
    """Return where each line of [gate] stands, such as `burnish.toml, line 12`, by `gate.NAME`. The file is valid TOML."""
    places: dict[str, str] = {}
    table = ""
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        text = line.strip()
        if text.startswith("["):
            table = re.sub(r"[\s\"'\[\]]", "", text.split("#")[0])
        elif "=" in text and (f"{table}.").startswith(GATE):
            key = re.sub(r"[\"']|\s+(?=\.)|(?<=\.)\s+", "", text.partition("=")[0]).strip()
            places.setdefault(f"{table}.{key}", f"{path.name}, line {number}")
    return places


def _parse_value(text: str) -> JSON:
    """Read a command-line value as TOML would, and as a plain string where it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _fields() -> dict[str, tuple[Any, Mapping[str, Any]]]:
    hints = typing.get_type_hints(Recipe)
    found: dict[str, tuple[Any, Mapping[str, Any]]] = {}
    for table in recipe_tables():
        types_of = typing.get_type_hints(hints[table])
        for key in dataclasses.fields(hints[table]):
            found[f"{table}.{key.name}"] = (types_of[key.name], key.metadata)
    return found


def _check(name: str, value: JSON, hint: Any, limits: Mapping[str, Any]) -> tuple[JSON, str]:
    wanted = next(choice for choice in typing.get_args(hint) if choice is not types.NoneType)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if typing.get_origin(wanted) is tuple:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list | tuple) or not value or not all(isinstance(item, str) for item in value):
            return None, f"{name}: {value!r} is no list of names"
        return tuple(value), ""
    if type(value) is not wanted:
        return None, f"{name}: {value!r} is {_kind(value)}; it takes {_KINDS[wanted]}"
    if "choices" in limits and value not in limits["choices"]:
        told = value_meaning(name, value)
        near = [] if told else difflib.get_close_matches(str(value), limits["choices"], n=1)
        hint_text = f"; {told}" if told else f"; did you mean {near[0]}?" if near else ""
        return None, f"{name}: {value!r} is not one of {', '.join(limits['choices'])}{hint_text}"
    if "low" in limits and not limits["low"] <= value <= limits["high"]:
        return None, f"{name}: {value!r} is outside {limits['low']} to {limits['high']}"
    return value, ""


_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _kind(value: JSON) -> str:
    return _KINDS.get(type(value), f"a {type(value).__name__}")
