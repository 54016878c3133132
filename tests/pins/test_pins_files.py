"""What programs find on the disk: the files of a project, a run, a checkpoint, a bundle and an export, and the keys in each of them."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import tomllib
import typing
import zipfile
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.numpy import load

from burnish.train.events import Event, line
from pins.shape import shape, shape_of_lines, tree

LIBRARY = {"tokenizer.json", "tokenizer_config.json", "config.json", "generation_config.json", "special_tokens_map.json",
           "adapter_config.json"}  # fmt: skip
"""Files whose keys are another library's (those of an adapter have a test of their own): that they are there is enough."""


def _keys(folder, names):
    """Yield the lines of each JSON, JSONL and safetensors file of a folder."""
    for name in names:
        path = folder / name
        if path.suffix == ".json" and path.name not in LIBRARY:
            yield from shape(name, json.loads(path.read_text("utf-8")))
        elif path.suffix == ".jsonl":
            yield from shape_of_lines(name, path, by="event" if path.name == "events.jsonl" else "")


def _files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _tensors(path):
    """Return a line for each tensor of a safetensors file, and its metadata's keys."""
    with safe_open(path, framework="numpy") as file:
        shapes = {name: (file.get_slice(name).get_dtype(), file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        return [f"{path.name} metadata: {' '.join(sorted(file.metadata() or {})) or 'none'}",
                *(f"{name}: {kind} {size}" for name, (kind, size) in sorted(shapes.items()))]  # fmt: skip


def test_the_files_of_a_project(walk, golden):
    """Everything in `.burnish` beside the runs, the keys of the pointer, the journal and the tags, and the tables of the book of answers."""
    home = walk.folder / ".burnish"
    experiment = next(path for path in (home / "ab").iterdir() if path.is_dir())
    with sqlite3.connect(home / "ab" / "book.sqlite") as book:
        made = sorted(" ".join(text.split()) for (text,) in book.execute("select sql from sqlite_master where sql is not null"))
    book.close()
    canaries = next((home / "canaries").rglob("canaries.json"))
    answers = sorted((home / "answers").iterdir())

    golden("files_of_a_project.txt", [
        *walk.tree,
        *shape("live", json.loads((home / "live").read_text())),
        *shape_of_lines("journal.jsonl", home / "journal.jsonl"),
        *shape("tags/candidate.json", json.loads((home / "tags" / "candidate.json").read_text())),
        *(text for path in sorted(experiment.glob("*.json")) for text in shape(f"ab/<version>/{path.name}", json.loads(path.read_text()))),
        *(f"ab/book.sqlite: {text}" for text in made),
        *shape("canaries.json", json.loads(canaries.read_text())),
        *shape("answers/*.jsonl[]", *(json.loads(text) for path in answers for text in path.read_text().splitlines())),
    ])  # fmt: skip


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_the_files_of_a_finished_run(walk, golden, name):
    """The tree of a run folder and the keys of its files: of a first run with gates and kept epochs, a second session, and facts judged in folds."""
    folder = walk.files[name]

    golden(f"run_{name}.txt", [*tree(folder), *_keys(folder, _files(folder))])


def test_the_files_of_a_run_that_was_stopped(walk, golden):
    """The tree of an unfinished run, its checkpoints' names, the keys of their state and the names of their tensors."""
    held = walk.unfinished
    tensors = [f"{name}: {key}: {one.dtype}" for name, content in sorted(held.items()) if name.endswith(".safetensors")
               for key, one in sorted(load(content).items())]  # fmt: skip
    ours = [name for name in sorted(held) if name.endswith(".json") and Path(name).name not in LIBRARY]
    parsed = [text for name in ours for text in shape(name, json.loads(held[name]))]
    events = sorted({json.loads(text)["event"] for text in held["events.jsonl"].splitlines()})

    golden("run_unfinished.txt", [*sorted(held), *parsed, f"events.jsonl: {' '.join(events)}", *tensors])


def test_the_recipe_of_a_run_is_toml_with_the_keys_that_were_given(walk):
    """`recipe.toml` holds what was asked for, table by table."""
    made = tomllib.loads((walk.files["first"] / "recipe.toml").read_text())

    assert made == {
        "model": {"dtype": "float32", "fast": False},
        "train": {"epochs": 2, "learning_rate": 0.01, "keep": "all"},
        "gate": {"peak_bytes": "<= 1000GB"},
    }


_VALUES = {int: 1, float: 1.0, str: "x", bool: True}


def _of(kind):
    """Return an event of a class, every field filled by its type."""
    hints = typing.get_type_hints(kind)
    given = {field.name: _VALUES.get(hints[field.name]) for field in dataclasses.fields(kind)}
    return kind(
        **{name: () if value is None and typing.get_origin(hints[name]) is tuple else value for name, value in given.items()}
    )


def test_every_event_has_its_name_and_its_keys(walk, golden):
    """Each event of a training, those too that no walk meets: the name in `events.jsonl`, which a class's name makes, and its keys."""
    made = [json.loads(line(_of(kind))) for kind in typing.get_args(Event)]
    lines = [text for one in sorted(made, key=lambda one: one["event"]) for text in shape(f"events[{one['event']}]", one)]
    met = [text for name in ("first", "failed") for text in walk.files[name].joinpath("events.jsonl").read_text().splitlines()]
    known = {one["event"]: set(one) for one in made}

    golden("events.txt", lines)
    assert [one for one in map(json.loads, met) if set(one) != known[one["event"]]] == []
    assert {"rewound", "stopped", "saved", "held_out"} <= {json.loads(text)["event"] for text in met}


def test_the_keys_of_a_bundle(walk, golden):
    """A version as one file: the names in the zip and the keys of its index."""
    with zipfile.ZipFile(walk.folder / "bundle.zip") as bundle:
        index = json.loads(bundle.read("burnish-bundle.json"))
        names = bundle.namelist()

    golden(
        "bundle.txt",
        [names[0], *sorted({"runs/<version>/" + name.split("/", 2)[2] for name in names[1:]}), *shape("index", index)],
    )


def test_the_names_in_an_adapter(walk, golden):
    """The tensors of an adapter as PEFT reads them, and the keys of its adapter_config.json; those of an exported one too."""
    places = {"run": walk.files["second"] / "adapter", "export": walk.folder / "adapter"}
    lines = [f"{name}: {text}" for name, place in places.items()
             for text in [*_tensors(place / "adapter_model.safetensors"),
                          *shape("adapter_config.json", json.loads((place / "adapter_config.json").read_text()))]]  # fmt: skip

    golden("adapter.txt", lines)


def test_the_files_of_exports(walk, golden):
    """The tree of an adapter and a merged model, and the keys of their proof."""
    lines = [f"{kind}/{text}" for kind in ("adapter", "merged")
             for text in [*tree(walk.folder / kind), *shape("proof.json", json.loads((walk.folder / kind / "proof.json").read_text()))]]  # fmt: skip

    golden("exports.txt", lines)


def test_the_keys_of_what_verbs_write(walk, golden):
    """Rows, answers, keys and comparisons that verbs wrote beside the project, a line a key."""
    names = ("mended.jsonl", "ingested.jsonl", "once.jsonl", "balanced.jsonl", "more.jsonl", "labelled.jsonl", "scrubbed.jsonl",
             "restored.jsonl", "generated.jsonl", "harvested.jsonl", "split/train.jsonl", "split/held_out.jsonl", "answers/suite.jsonl",
             "key.json")  # fmt: skip
    comparison = sorted((walk.folder / ".burnish" / "evaluations").rglob("comparison.json"))
    elsewhere = [f"adopted run: {text}" for text in tree(next((walk.folder / "adopted/.burnish/runs").iterdir()))]
    adopted = next((walk.folder / "adopted/.burnish/runs").rglob("adopted.json"))
    new = [f"new: {text}" for text in tree(walk.folder / "project")]
    csv = (walk.folder / "c.csv").read_text().splitlines()[0]

    golden("written.txt", [
        *_keys(walk.folder, names), *elsewhere, *shape("adopted.json", json.loads(adopted.read_text())), *new,
        f"c.csv: {csv}", *shape("comparison.json", json.loads(comparison[0].read_text())),
    ])  # fmt: skip
