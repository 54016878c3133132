"""`evaluate` a second time: nothing is loaded, nothing is made, and every byte is the same; a change of anything makes it anew."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow import kept as keeping
from burnish.flow.project import Opened, Words
from burnish.model.source import ModelSource
from toys import toy_model_folder, toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01", "--set", "model.dtype=float32")
SUITE = [
    {"id": str(i), "prompt": f"Is there a number {i} in this street?", "grader": "contains", "target": "red", "max_tokens": 6}
    for i in range(5)
]


def told(*words):
    """Return (the JSON of a verb, what people read)."""
    done = CliRunner().invoke(app, [*(str(word) for word in words), "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.fixture
def suite(tmp_path):
    """Return a suite's file."""
    return write_rows(tmp_path / "doors.jsonl", SUITE)


@pytest.fixture
def home(tmp_path):
    """Return a project without a version."""
    (tmp_path / "home" / ".burnish").mkdir(parents=True)
    return tmp_path / "home"


def test_a_second_evaluation_loads_no_torch_and_gives_the_same_bytes(toy_folder, home, suite):
    """In a process of its own: torch and transformers are never loaded, the answers lie in a new folder, byte for byte the same."""
    words = ("evaluate", str(toy_folder), "--suite", str(suite), "--home", str(home), "--json")
    first, _ = told(*words[:-1])
    code = (
        "import sys\nfrom burnish.cli.main import app\n"
        f"try:\n    app({list(words)!r})\nexcept SystemExit as done:\n    assert not done.code\n"
        "print([name for name in ('torch', 'transformers') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    second = json.loads(done.stdout)
    files = [Path(one["suites"]["doors"].pop("items")) for one in (first, second)]

    assert (first.pop("reused"), second.pop("reused")) == (0, 5)
    assert done.stderr.splitlines()[-1] == "[]"
    assert "5 of 5 answers are reused" in done.stderr
    assert files[0] != files[1]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


def test_fresh_answers_all_of_it_again(toy_folder, home, suite):
    """--fresh reuses nothing, for evaluate and for compare."""
    words = (toy_folder, "--suite", suite, "--home", home)
    told("evaluate", *words)
    again, _ = told("evaluate", *words, "--fresh")
    _, read = told("compare", toy_folder, toy_folder, *words[1:], "--fresh")

    assert again["reused"] == 0
    assert read.count("5 of 5 answers are reused") == 1, "the second of the same two is what the first has just answered"


def test_a_changed_task_is_answered_alone(toy_folder, home, suite):
    """One new limit in a suite of five: four answers are reused."""
    told("evaluate", toy_folder, "--suite", suite, "--home", home)
    write_rows(suite, [{**SUITE[0], "max_tokens": 7}, *SUITE[1:]])

    assert told("evaluate", toy_folder, "--suite", suite, "--home", home)[0]["reused"] == 4


def test_training_reuses_what_the_base_has_answered_and_leaves_what_its_version_has(toy_folder, home, suite):
    """The base's answers are not made twice, and `evaluate` of the new version finds those of its verdict."""
    told("evaluate", toy_folder, "--suite", suite, "--home", home)
    rows = write_rows(home / "rows.jsonl", toy_rows(20))
    trained, read = told("train", rows, "--model", toy_folder, "--suite", suite, "--home", home, *FAST)
    after, _ = told("evaluate", trained["version"], "--suite", suite, "--home", home)
    held = trained["scores"]["held-out rows"]["n"]

    assert f"5 of {5 + held} answers are reused" in read
    assert (after["reused"], after["suites"]["doors"]["mean"]) == (5, trained["scores"]["doors"]["mean_b"])


def identity(folder, weights="w", adapter=None, dtype="float32"):
    """Return the name of the file in which a model's answers are kept."""
    source = ModelSource("toy", folder, weights)
    opened = Opened(label="toy", source=source, words=Words(folder), adapter=adapter)
    return keeping.kept_answers(opened, dtype, folder)._file.name


@pytest.fixture
def copy(tmp_path, toy_folder):
    """Return a copy of the toy model's folder, without its weights (their hash is given)."""
    return Path(shutil.copytree(toy_folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*.safetensors")))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("config.json", " "),
        ("tokenizer.json", " "),
        ("tokenizer_config.json", " "),
        ("chat_template.jinja", "{# more #}"),
        ("special_tokens_map.json", "{}"),
        ("additional_chat_templates/tool.jinja", "x"),
    ],
)
def test_every_file_that_decides_an_answer_counts(copy, name, more):
    """The model's shape, its tokenizer and each of its templates: one byte more is another model."""
    before = identity(copy)
    (copy / name).parent.mkdir(exist_ok=True)
    with (copy / name).open("a") as file:
        file.write(more)

    assert identity(copy) != before


def test_weights_adapter_and_dtype_count(copy, tmp_path):
    """Other base weights, an adapter, other adapter weights, other adapter settings, another dtype: each is another model."""
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    names = [identity(copy), identity(copy, weights="v"), identity(copy, dtype="bfloat16")]
    for file, content in (("adapter_model.safetensors", "a"), ("adapter_model.safetensors", "b"), ("adapter_config.json", "{}")):
        (adapter / file).write_text(content)
        names.append(identity(copy, adapter=adapter))

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("fact", ["_version", "cpu_name", "_code"])
def test_libraries_processor_and_our_own_code_count(copy, monkeypatch, fact):
    """Another version of a library, another processor, or another burnish: answers are made anew."""
    before = identity(copy)
    monkeypatch.setattr(keeping, fact, lambda *_: "another")

    assert identity(copy) != before


def test_the_code_that_answers_is_told_by_its_source(monkeypatch, tmp_path):
    """A changed line in any file that answers are made by changes the digest; all of them are there."""
    import importlib.resources

    copy = Path(shutil.copytree(Path(keeping.__file__).parents[1], tmp_path / "burnish"))
    monkeypatch.setattr(importlib.resources, "files", lambda _: copy)
    digests = [keeping._code.__wrapped__()]
    for name in ("model/generate.py", "model/choose.py", "model/lora.py", "tokens/template.py", "evaluate/answering.py"):
        with (copy / name).open("a") as file:
            file.write("\n# changed\n")
        digests.append(keeping._code.__wrapped__())

    assert len(set(digests)) == len(digests)


def test_without_a_project_answers_are_kept_for_the_user(toy_folder, suite, tmp_path, monkeypatch):
    """No project here: the user's cache keeps them, and no project is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    reused = [told("evaluate", toy_folder, "--suite", suite)[0]["reused"] for _ in range(2)]

    assert (reused, len(list((tmp_path / "cache" / "answers").iterdir()))) == ([0, 5], 1)
    assert not (tmp_path / ".burnish").exists()


def test_other_weights_are_asked_themselves(toy_folder, home, suite, tmp_path):
    """Two models of one shape keep their answers apart."""
    other = toy_model_folder(tmp_path / "other", seed=7)

    assert [told("evaluate", one, "--suite", suite, "--home", home)[0]["reused"] for one in (toy_folder, other)] == [0, 0]
