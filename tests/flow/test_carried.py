"""A version answers with the rows it carries wherever it is asked, unless it is asked without; and its answers are kept apart."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.evaluate.answering import Answering
from burnish.flow import evaluate as evaluation, project as projects, talk
from burnish.flow.kept import kept_answers
from burnish.flow.project import find_version
from burnish.records.conversation import Message
from burnish.registry.epochs import as_version
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from registry.toy_runs import fill
from serve.conftest import add_version
from toy_memory import ROWS, carry
from toys import toy_rows, write_rows

ASKED = (Message(role="user", content=ROWS[0][0]),)


def run(*words, **given):
    """Type a command."""
    done = CliRunner().invoke(app, [*map(str, words)], **given)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def told(*words):
    """Type a command with --json; return (its answer, what people read)."""
    done = run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def opened(reference, home, **how):
    """Return what a reference means."""
    works = find_version(reference, home=str(home), **how)
    while True:
        try:
            next(works)
        except StopIteration as done:
            return done.value


@pytest.fixture(scope="module")
def made(tmp_path_factory, toy_folder):
    """Return a project whose live version carries two rows."""
    home = make_home(tmp_path_factory.mktemp("carried"))
    registry = Registry(home)
    registry.promote(add_version(registry, toy_folder, seed=5, rows=ROWS), "first")
    return home


@pytest.fixture
def home(made, tmp_path):
    """Return a copy of it that a test may change."""
    return shutil.copytree(made, tmp_path / ".burnish")


def test_a_version_is_asked_with_its_rows_and_a_base_with_none(home, toy_folder):
    """The live version's prompts hold the nearest row; without memory, and of the base, they are those of the bare question."""
    live, bare, base = (opened(name, home, **how) for name, how in (("live", {}), ("live", {"memory": False}), ("base", {})))
    prompts = [one.chat.prompt_text(ASKED) for one in (live, bare, base)]

    assert prompts[0].count(ROWS[0][1]) == 1
    assert ROWS[1][1] not in prompts[0]
    assert prompts[1] == prompts[2]
    assert ROWS[0][1] not in prompts[1]
    assert (live.carries.rows, live.carries.k, live.carries.encoder) == (2, 1, "words")
    assert (bare.carries, base.carries, bare.words.memory) == (None, None, None)


def test_an_epoch_is_asked_with_the_rows_of_its_run_and_takes_them_along(home, toy_folder):
    """RUN@epoch1 uses the run's memory; made a version of its own, it has the same files, and fsck knows them."""
    registry = Registry(home)
    run_id = registry.live
    weights = home / "runs" / run_id / "adapter"
    other, folder = registry.new_run()
    record = fill(registry, other, folder)
    shutil.rmtree(folder / "adapter")
    shutil.copytree(weights, folder / "adapter")
    shutil.copytree(weights, folder / "epochs" / "1")
    (folder / "epochs" / "1" / "adapter_model.safetensors").chmod(0o644)
    with (folder / "epochs" / "1" / "adapter_model.safetensors").open("ab") as file:
        file.write(b"\0")
    carry(folder)
    old = registry.get(run_id)
    registry.add(
        type(record)(
            **{
                name: getattr(old if name in {"base_model", "base_hash", "adapter_hash"} else record, name)
                for name in record.__dataclass_fields__
            }
        )
    )
    epoch = opened(f"{other}@epoch1", home)
    made = as_version(registry, f"{other}@epoch1")

    assert ROWS[0][1] in epoch.chat.prompt_text(ASKED)
    assert made != other
    assert (home / "runs" / made / "memory" / "memory.json").read_bytes() == (folder / "memory" / "memory.json").read_bytes()
    assert ROWS[0][1] in opened(made, home).chat.prompt_text(ASKED)
    assert registry.fsck() == []


def test_rows_that_leave_no_room_are_not_put_before_a_question(home, toy_folder):
    """The toy holds 512 tokens. A question that fits by itself is answered: the nearest row goes last, and with it all of them if need be."""
    registry = Registry(home)
    chats = [opened("live", home).chat, opened(add_version(registry, toy_folder, seed=5, rows=ROWS, k=2), home).chat]
    asked = {spare: (Message(role="user", content=f"{ROWS[0][0]} {ROWS[1][0]}" + "x" * spare),) for spare in (0, 290, 340)}
    prompts = {spare: [chat.prompt_text(one) for chat in chats] for spare, one in asked.items()}
    ids = [chat.prompt_ids(one) for chat in chats for one in asked.values()]

    assert [[sum(row[1] in text for row in ROWS) for text in texts] for texts in prompts.values()] == [[1, 2], [1, 1], [0, 0]]
    assert max(map(len, ids)) <= 512 - 64
    assert chats[0].recalling(None).prompt_text(asked[340]) == prompts[340][0]


def test_generate_and_evaluate_answer_with_the_rows_unless_they_are_left_out(home):
    """Answers differ with and without; people are told how many rows there are; kept answers of the two never mix."""
    prompts = write_rows(home / "p.jsonl", [{"prompt": ROWS[0][0]}])
    suite = write_rows(
        home / "s.jsonl", [{"id": "1", "prompt": ROWS[0][0], "grader": "contains", "target": "x", "max_tokens": 6}]
    )
    words = ("generate", prompts, "--home", home, "--max-tokens", 8, "-o")
    _, with_rows = told(*words, home / "a.jsonl")
    _, without = told(*words, home / "b.jsonl", "--no-memory")
    judged = [
        told("evaluate", "--suite", suite, "--home", home, *more)[0] for more in ((), ("--no-memory",), (), ("--no-memory",))
    ]
    texts = [(home / name).read_text() for name in ("a.jsonl", "b.jsonl")]
    items = [Path(one["suites"]["s"]["items"]).read_text() for one in judged[:2]]

    assert texts[0] != texts[1]
    assert "carries 2 rows: the nearest is put before each question, found by their words" in with_rows
    assert "carries" not in without
    assert [one["reused"] for one in judged] == [0, 0, 1, 1]
    assert items[0] != items[1]


def test_what_is_kept_is_kept_by_the_rows(home, toy_folder):
    """Other rows, and none, are other names for kept answers."""
    with_rows = kept_answers(opened("live", home), "float32", home)._file.name
    without = kept_answers(opened("live", home, memory=False), "float32", home)._file.name
    registry = Registry(home)
    other = add_version(registry, toy_folder, seed=5, rows=ROWS[:1])
    fewer = kept_answers(opened(other, home), "float32", home)._file.name

    assert len({with_rows, without, fewer}) == 3


def test_a_chat_says_what_it_answers_with(home, monkeypatch):
    """How many rows, and by what they are found; then every question of the talk is asked with its own row."""
    asked = []
    monkeypatch.setattr(talk, "stream", lambda model, ids, settings: asked.append(list(ids)) or iter(()))
    talked = run("chat", "--home", home, input=f"{ROWS[0][0]}\n{ROWS[1][0]}\n\n")
    bare = run("chat", "--no-memory", "--home", home, input=f"{ROWS[0][0]}\n\n")
    chat = opened("base", home).chat
    prompts = [chat.decode(ids, special=True) for ids in asked]

    assert talked.output.count("carries 2 rows") == 1
    assert "carries" not in bare.output
    assert [[row[1] in prompt for row in ROWS] for prompt in prompts] == [[True, False], [False, True], [False, False]]


@pytest.mark.parametrize("verb", ["chat", "generate", "evaluate"])
def test_an_encoder_that_is_not_here_is_told_before_weights_are_loaded(verb, tmp_path, toy_folder, monkeypatch):
    """One block with the command that fetches it; without memory the same version answers."""
    home = make_home(tmp_path)
    registry = Registry(home)
    version = add_version(registry, toy_folder, seed=6, rows=ROWS, encoder="all-mpnet-base-v2")
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    loaded = []
    for module in (projects, talk):
        monkeypatch.setattr(module, "load_weights", lambda *_, **__: loaded.append(1))
    prompts = write_rows(tmp_path / "p.jsonl", [{"prompt": "Hello"}])
    words = {
        "chat": ("chat", version),
        "generate": ("generate", prompts, "-o", tmp_path / "o.jsonl", "--version", version),
        "evaluate": ("evaluate", version, "--suite", write_rows(tmp_path / "s.jsonl", [{"id": "1", "prompt": "a"}])),
    }[verb]
    done = run(*words, "--home", home)

    assert done.exit_code == 1
    assert "burnish models pull all-mpnet-base-v2" in " ".join(done.output.split())
    assert loaded == []
    assert opened(version, home, memory=False).carries is None


@pytest.mark.parametrize("words", [("chat", "some"), ("evaluate", "some")])
def test_a_server_elsewhere_is_not_told_to_leave_rows_out(words):
    """--via and --no-memory are refused together: whoever serves the version chooses."""
    done = run(*words, "--via", "http://127.0.0.1:9", "--no-memory")

    assert done.exit_code == 1
    assert "burnish serve --no-memory" in " ".join(done.output.split())


def test_a_plan_that_goes_on_from_a_version_needs_no_encoder_and_a_training_says_how_to_get_it(tmp_path, toy_folder):
    """A plan asks nothing. A training asks the version before it goes on, so it is refused with the command, before weights are loaded."""
    home = make_home(tmp_path)
    registry = Registry(home)
    version = add_version(registry, toy_folder, seed=6, rows=ROWS, encoder="all-mpnet-base-v2")
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    planned = run("plan", rows, "--home", home, "--from", version)
    trained = run("train", rows, "--home", home, "--from", version)

    assert "all-mpnet-base-v2 is not on this machine" not in planned.stderr
    assert trained.exit_code == 1
    assert "burnish models pull all-mpnet-base-v2" in trained.stderr


def test_tasks_of_lm_eval_are_told_to_be_asked_without_rows(home, monkeypatch):
    """They never pass through the version's chat; of a version without rows nothing is told."""
    monkeypatch.setattr(evaluation, "load_weights", lambda *_: None)
    monkeypatch.setattr(evaluation, "_lm_eval", lambda *_: (yield from ()) or SimpleNamespace(score=None, figures={}))
    told = [
        [one.text for one in evaluation._judged(opened("live", home, memory=memory), {}, ["lm-eval:x"], Answering(), None)]
        for memory in (True, False)
    ]

    assert ["asked without the rows it carries" in " ".join(lines) for lines in told] == [True, False]
