"""What people type: recipe keys and their limits, gates, verbs and options, and how a verb ends."""

from __future__ import annotations

import dataclasses
import json
import shutil
import socket
import typing
from pathlib import Path
from types import NoneType

import pytest
import typer
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import RecipeError
from burnish.records.gate import parse_gate
from burnish.records.recipe import Recipe, read_recipe
from pins.walk import FAST, standing_in
from toys import toy_rows, write_rows


def _recipe_keys():
    """Yield (key, type, limits) of every key of a recipe."""
    hints = typing.get_type_hints(Recipe)
    for table in dataclasses.fields(Recipe):
        if dataclasses.is_dataclass(hints[table.name]):
            kinds = typing.get_type_hints(hints[table.name])
            for key in dataclasses.fields(hints[table.name]):
                kind = next(one for one in typing.get_args(kinds[key.name]) if one is not NoneType)
                yield f"{table.name}.{key.name}", getattr(kind, "__name__", str(kind)), dict(key.metadata)


def _said(limits):
    if "choices" in limits:
        return f" one of {' '.join(limits['choices'])}"
    return f" {limits['low']} to {limits['high']}" if "low" in limits else ""


def test_recipe_keys_and_their_limits(walk, golden):
    """Every key with its type and what it takes; every setting that a plan names."""
    keys = [f"{name}: {kind}{_said(limits)}" for name, kind, limits in _recipe_keys()]
    planned = [f"plan: {one['name']}" for one in walk.answers["plan"]["settings"]]

    golden("recipe.txt", [*keys, *planned])


@pytest.mark.parametrize(("name", "kind", "limits"), [one for one in _recipe_keys() if one[2]])
def test_a_recipe_takes_what_its_limits_say(name, kind, limits):
    """Both ends and every choice are taken, and what lies beyond is refused."""
    taken = limits.get("choices") or (limits["low"], limits["high"])
    beyond = ("no-such-choice",) if "choices" in limits else (limits["low"] - 1, limits["high"] + 1)
    for value in taken:
        assert read_recipe(None, [f"{name}={json.dumps(value)}"]).get(name) == value
    for value in beyond:
        with pytest.raises(RecipeError):
            read_recipe(None, [f"{name}={json.dumps(value)}"])


GATES = (
    ("starter", "better"), ("starter", "no worse than 3"), ("starter", "no worse than 3 points"), ("starter", "no worse than 1 point"), ("starter", ">= 0.9"), ("starter", ">= 90 %"),
    ("starter", "<= 0.1"), ("own", "better"), ("own rows", ">= 0.5"), ("own.fact", "no worse than 0.5"), ("starter.refusal", "better"),
    ("thinking", "kept"), ("style", "better"), ("style", ">= 0.5"), ("compression", "no worse than 5"), ("peak_bytes", "<= 3GB"),
    ("peak_bytes", "<= 3 GiB"), ("peak_bytes", "<= 500MB"), ("peak_bytes", "<= 1000"), ("train_seconds", "<= 300"), ("train_seconds", "<= 5 min"),
    ("wall_seconds", "<= 2h"), ("wall_seconds", "<= 30 s"), ("starter", "kept"), ("starter", "good"), ("starter", "no worse than 0"),
    ("starter", ">= 2"), ("peak_bytes", ">= 3GB"), ("peak_bytes", "<= 3 min"), ("train_seconds", "<= 3GB"), ("train_seconds", "better"), ("starter", 3),
)  # fmt: skip
"""Every form of a gate, and forms that are none."""


def test_forms_of_gates(golden):
    """What each line of [gate] means: its kind and its limit, or that it is refused."""
    made = [(name, rule, parse_gate(name, rule)[0]) for name, rule in GATES]

    golden(
        "gates.txt",
        [f"{name} = {json.dumps(rule)}: {f'{gate.kind} {gate.limit:g}' if gate else 'refused'}" for name, rule, gate in made],
    )


def _options(path, command):
    """Yield a line for each argument and option of a verb and of those within it."""
    for one in command.params:
        names = " ".join([*one.opts, *one.secondary_opts])
        more = [
            "required" if one.required else "",
            "several" if getattr(one, "multiple", False) or one.nargs != 1 else "",
            f"environment {one.envvar}" if one.envvar else "",
        ]
        limits = [f"{word} {value}" for word in ("min", "max") if (value := getattr(one, word, None)) is not None]
        default = (
            f"default {one.default}" if isinstance(one.default, int | float | str | Path) and one.default is not False else ""
        )
        taken = getattr(one, "type_descriptor", None)
        kind = "flag" if getattr(one, "is_flag", False) else getattr(taken and taken.annotation, "__name__", "help")
        yield f"{path} {one.param_type_name} {names}: {', '.join(filter(None, [kind, *limits, *more, default]))}"
    for name, inner in getattr(command, "commands", {}).items():
        yield from _options(f"{path} {name}", inner)


def test_verbs_and_options(golden):
    """Every verb with its arguments and options: long and short names, types, limits and defaults."""
    golden("options.txt", _options("burnish", typer.main.get_command(app)))


@pytest.fixture
def place(tmp_path, toy_folder):
    """Stand in a folder with rows, a model, a file that is no bundle, and no project."""
    with standing_in(tmp_path):
        write_rows(tmp_path / "rows.jsonl", toy_rows(8))
        shutil.copytree(toy_folder, tmp_path / "toy")
        (tmp_path / "bad.jsonl").write_text('{"messages": 3}\n')
        (tmp_path / "no.zip").write_text("no zip")
        yield tmp_path


WITHOUT_A_PROJECT = (
    "--help", "--version", "", "nonsense", "train --help", "check", "check rows.jsonl --no-such-option", "check rows.jsonl --model toy", "check nofile.jsonl",
    "check bad.jsonl --model toy", "look rows.jsonl --row x", "look rows.jsonl --row 99 --model toy", "look rows.jsonl --model nomodel",
    "look rows.jsonl --model some/model", "plan rows.jsonl --model toy --set lora.rank=0", "plan rows.jsonl --model toy --set no.such=1",
    "plan rows.jsonl --recipe none.toml", "train", "train rows.jsonl --resume last", "train --resume last --model toy", "train --resume last",
    "train --retry", "train bad.jsonl --model toy", "train rows.jsonl --model toy --method dpo", "compare one", "compare one two", "log", "show live",
    "promote live", "rollback", "tag x live", "fsck", "forget --source x", "forget", "canaries --key nofile", "report live", "report nofile.jsonl --model toy",
    "export adapter nosuch -o out", "export adapter", "import no.zip", "import nofile.zip", "evaluate nomodel",
    "evaluate toy --suite nosuite", "evaluate --via http://127.0.0.1:9 --suite format", "generate nofile.jsonl -o out.jsonl", "generate rows.jsonl",
    "graders nograder", "models pull nomodel", "ab status", "ab nonsense", "harvest", "context nofile.jsonl", "split rows.jsonl -o s --holdout 99",
    "dedupe rows.jsonl -o rows.jsonl", "balance rows.jsonl -o b.jsonl --mix x", "scrub rows.jsonl -o s.jsonl --restore", "augment rows.jsonl -o a.jsonl --kind x",
    "ingest nokind rows.jsonl -o i.jsonl", "new toy", "serve --host 0.0.0.0", "serve --engine abacus", "serve --port 99999",
    "adopt nofolder", "bench nofile.jsonl", "label rows.jsonl -o l.jsonl --category x",
)  # fmt: skip
"""Faults that a person makes, each as it is typed, in a folder without a project."""


def _ended(words):
    """Return how a verb ended: its exit code, and the kind of its error where it has one."""
    plain = not words or words.startswith("-") or words.endswith("--help")
    done = CliRunner().invoke(app, words.split() + ([] if plain else ["--json"]))
    try:
        kind = json.loads(done.stdout).get("error", {}).get("kind", "")
    except ValueError:
        kind = ""
    return f"{words or '(nothing)'}: exit {done.exit_code}" + (f", {kind}" if kind else "")


def test_exit_codes_of_usual_faults(place, walk, golden):
    """0 done, 1 a fault that a person can mend, 2 wrong usage; and of which kind the fault is, for programs."""
    lines = [_ended(words) for words in WITHOUT_A_PROJECT]
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = _ended(f"serve --port {other.getsockname()[1]}").replace(str(other.getsockname()[1]), "TAKEN")
    faults = [f"{step}: {answer['error']['kind']}" for step, answer in walk.answers.items() if "error" in answer]

    golden("exit_codes.txt", [*lines, taken, *faults])


def test_exit_codes_in_a_project(place, golden):
    """What is damaged, closed, there already or not there in a project that has a version."""

    def typed(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    first = typed("train", "rows.jsonl", "--model", "toy", *FAST)
    asked = ("show nosuch", "rollback", "tag live live", "tag x nosuch", "promote nosuch", "train --resume nosuch", "export adapter -o toy",
             "import no.zip", "serve --engine transformers --ab live:0.5,nosuch:0.5", "export nokind live -o out", "report nosuch", "forget --source nobody", "generate rows.jsonl -o o.jsonl --version nosuch",
             "compare live nosuch", "log --matrix --version nosuch", "fsck", "ab status", "ab stop", "ab promote", "harvest", "train --retry")  # fmt: skip
    lines = [_ended(words) for words in asked]
    record = next(place.glob(".burnish/runs/*/plan.json"))
    record.write_text(record.read_text() + " ")
    damaged = [
        f"{words}, a file of it changed: {_ended(words).partition(': ')[2]}"
        for words in ("fsck", "promote live", "generate rows.jsonl -o p.jsonl")
    ]

    assert first.exit_code == 0, first.stderr
    golden("exit_codes_in_a_project.txt", [*lines, *damaged])
