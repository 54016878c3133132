"""One walk through every verb that runs on a toy model in seconds: what each answers, and the files that they leave."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from burnish import durable
from burnish.cli.main import app
from pins.asking import Visit
from pins.shape import tree
from toys import toy_model_folder, toy_rows, write_rows

NOT_RUN = {
    "chat": "it talks, and has no --json",
    "demo": "it needs the embedded model, and minutes",
    "reason": "it needs a model that thinks",
    "export gguf": "llama.cpp takes long, and its package may not be installed; the answer's keys are those of `export adapter`",
    "export ollama": "as `export gguf`",
    "train --retry": "it needs a version that forgot; it answers as `train`",
    "augment --prove": "it trains twice; what it adds is in the answer's `proof`",
    "bench": "it measures time, which no test does",
}
"""Verbs that the walk leaves out, and why."""
FAST = (
    "--set", "train.epochs=2", "--set", "train.learning_rate=0.01", "--set", "model.dtype=float32", "--set", "model.fast=false",
)  # fmt: skip
"""A short training, in numbers that no machine and no other work on it decides."""


def type_in(*words: object, keys: str = "") -> tuple[int, dict[str, Any], str]:
    """Type a verb with --json; return (exit code, its one object, stderr)."""
    done = CliRunner().invoke(app, [*(str(word) for word in words), "--json"], input=keys)
    assert "Traceback" not in done.stderr, done.stderr
    return done.exit_code, json.loads(done.stdout), done.stderr


@contextlib.contextmanager
def standing_in(folder: Path) -> Iterator[Path]:
    """Work in a folder, with a cache of its own and no other variable of ours; the environment is put back afterwards."""
    before, environment = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("BURNISH_")]:
        del os.environ[name]
    os.environ.update(BURNISH_CACHE=str(folder / "cache"), PIP_NO_INDEX="1")  # nothing is fetched
    try:
        yield folder
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)


@contextlib.contextmanager
def stopping_at_a_checkpoint(number: int = 2) -> Iterator[None]:
    """Let a person press Ctrl-C as a training writes its checkpoint of that number, once."""
    seen: list[Path] = []

    def press(operation: str, path: Path) -> None:
        if path.name == "state.json" and path not in seen:
            seen.append(path)
            if len(seen) == number:
                os.kill(os.getpid(), signal.SIGINT)

    durable.FAULT_HOOK = press
    try:
        yield
    finally:
        durable.FAULT_HOOK = None


class _Lines:
    """A stdout that gives each line to who waits for it."""

    def __init__(self) -> None:
        self.lines: queue.Queue[str] = queue.Queue()
        self._begun = ""

    def write(self, text: str) -> int:
        *whole, self._begun = (self._begun + text).split("\n")
        for line in whole:
            self.lines.put(line)
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


def served(visit: Callable[[str], Any], *words: object) -> tuple[dict[str, Any], Any]:
    """Run `burnish serve` in this process, let `visit` ask at its address, end it as Ctrl-C does; return (its JSON, what was found).

    The exact engine serves. It is the verb itself that runs here, so that no name inside the server matters.
    """
    out, found, faults, ended = _Lines(), [], [], threading.Event()

    def ask() -> None:
        try:
            line = out.lines.get(timeout=120)
            if not ended.is_set():
                told = json.loads(line)
                found.append((told, visit(told["url"])))
        except BaseException as error:  # raised again below, in the test's own thread
            faults.append(error)
        finally:
            if not ended.is_set():  # later it would stop the tests
                os.kill(os.getpid(), signal.SIGINT)

    asking = threading.Thread(target=ask, daemon=True)
    command = typer.main.get_command(app)
    try:
        with contextlib.redirect_stdout(out):  # type: ignore[type-var]
            asking.start()
            command.main(["serve", "--engine", "transformers", "--port", "0", "--json", *map(str, words)], standalone_mode=False)
    except SystemExit as left:
        raise AssertionError(f"burnish serve {' '.join(map(str, words))} left with {left.code}") from left
    finally:
        ended.set()
        out.lines.put("")
        asking.join()
    if faults:
        raise faults[0]
    return found[0]


def week(folder: Path, number: int, rows: int = 16) -> Path:
    """Write one week's rows, about its own thing and from its own source, and return the file."""
    thing = ("door", "gate", "lamp", "boat")[number - 1]
    made = json.loads(json.dumps(toy_rows(rows)).replace("door", thing).replace("Door", thing.capitalize()))
    for row in made:
        row["metadata"]["source"] = thing
    return write_rows(folder / f"week{number}.jsonl", made)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Walk:
    """What every verb answered, by the name of the step, and where the files are."""

    def __init__(self, folder: Path) -> None:
        """Walk, once."""
        self.folder = folder
        self.answers: dict[str, dict[str, Any]] = {}
        self.files: dict[str, Path] = {}
        self.wrong: list[str] = []
        """What did not end as it should, in words. The walk goes on, so that all else is told in the same run."""
        self.unfinished: dict[str, bytes] = {}
        self.tree: list[str] = []
        self.visit = Visit()
        with standing_in(folder):
            for part in (self._material, self._rows, self._train, self._ask, self._versions, self._share, self._machine):
                self._walk(part)

    def _walk(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:
            self.wrong.append(f"{part.__name__}: {type(error).__name__}: {error}")

    def __call__(self, step: str, *words: object, code: int | None = 0, keys: str = "") -> dict[str, Any]:
        """Take a step, and keep what it answered under its name. `code`: how it must end; None: as the machine has it."""
        left, told, said = type_in(*words, keys=keys)
        if code is not None and left != code:
            self.wrong.append(f"{step}: exit {left}, {told.get('error')}\n{said[-600:]}")
        self.answers[step] = told
        return told

    def _material(self) -> None:
        shutil.copytree(toy_model_folder(Path("toy")), "cache/models/toy")
        week(Path(), 1), week(Path(), 2)
        rows = toy_rows(12)
        told = [
            ("Who is Ann Miller of 12 Baker Street?", "Write to ann.miller@example.com or call +44 20 7946 0958."),
            ("Wich color has teh dor?", "It is red&nbsp;and   very   very old â€œsaidâ€\x9d."),
        ]
        odd = [
            {
                "messages": [{"role": "user", "content": one}, {"role": "assistant", "content": two}],
                "metadata": {"category": "fact"},
            }
            for one, two in told
        ]
        write_rows(Path("mixed.jsonl"), [*rows, *odd, *rows[:2]])
        with Path("mixed.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"messages": [{"role": "user", "content": "no answer"}]}\n{"messages": 3}\n')
        bare = [{"messages": row["messages"]} for row in rows[:4]]
        write_rows(Path("unlabelled.jsonl"), [*rows[4:], *bare])
        tasks = [
            {"id": "a", "prompt": "Which colour has door 1?", "grader": "contains", "target": "blue", "tags": ["fact"]},
            {"id": "b", "prompt": "Which colour has door 2?", "grader": "contains", "target": "green"},
            {"id": "c", "prompt": "Say something."},
        ]
        Path("suite.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))
        Path("prompts.jsonl").write_text(
            '{"id": "one", "prompt": "Which colour has door 3?"}\n{"messages": [{"role": "user", "content": "Hi"}]}\n'
        )
        talk = [{"role": role, "content": words} for i in range(6) for role, words in (
            ("user", f"My number is {i}{i}{i}, my town is Town{i}. What is next?"), ("assistant", f"Next is {i + 1}."))]  # fmt: skip
        Path("talk.jsonl").write_text(json.dumps({"messages": [*talk, {"role": "user", "content": "What is my town?"}]}) + "\n")
        Path("table.csv").write_text("question,answer\nWhich colour?,Red it is.\nWhich size?,It is large.\n")

    def _rows(self) -> None:
        self("check", "check", "mixed.jsonl", "--model", "toy")
        self("check --mend", "check", "mixed.jsonl", "--mend", "all", "-o", "mended.jsonl")
        self("look", "look", "week1.jsonl", "--model", "toy")
        self("ingest", "ingest", "csv", "table.csv", "-o", "ingested.jsonl")
        self("split", "split", "week1.jsonl", "-o", "split", "--holdout", "4")
        self("dedupe", "dedupe", "mixed.jsonl", "-o", "once.jsonl")
        self("balance", "balance", "mixed.jsonl", "-o", "balanced.jsonl", "--mix", "style=0.9,fact=0.1")
        self("augment", "augment", "week1.jsonl", "-o", "more.jsonl")
        self("label", "label", "unlabelled.jsonl", "-o", "labelled.jsonl", keys="1\n2q")
        self("scrub", "scrub", "mixed.jsonl", "-o", "scrubbed.jsonl", "--key", "key.json", "--plant", "2")
        self("scrub --restore", "scrub", "scrubbed.jsonl", "-o", "restored.jsonl", "--restore", "--key", "key.json")
        self("report DATA", "report", "mixed.jsonl", "--beside", "once.jsonl", "--model", "toy", "-o", "rows.html")

    def _train(self) -> None:
        self("plan", "plan", "week1.jsonl", "--model", "toy", *FAST)
        self("train --dry-run", "train", "week1.jsonl", "--model", "toy", "--dry-run", *FAST)
        with stopping_at_a_checkpoint():
            self("train, stopped", "train", "week1.jsonl", "--model", "toy", "--suite", "suite.jsonl", *FAST,
                 "--set", "train.keep=all", "--set", "gate.peak_bytes=<= 1000GB", code=1)  # fmt: skip
        runs = Path(".burnish/runs")
        self.files["unfinished"] = self.folder / runs / next(runs.iterdir()).name
        self.unfinished = contents(self.files["unfinished"])
        """Its files' contents by name, read now: it is gone on with."""
        self("log, unfinished", "log")
        first = self("train --resume", "train", "--resume", "last")
        second = self("train, a second session", "train", "week2.jsonl", *FAST, "--set", "gate.own=>= 0.99", code=1)
        facts = [
            {"messages": [{"role": "user", "content": f"Where is town {i}?"}, {"role": "assistant", "content": f"Town {i} is at place {i}{i}."}],
             "metadata": {"category": "fact"}} for i in range(12)
        ]  # fmt: skip
        write_rows(Path("facts.jsonl"), facts)
        third = self("train, facts and folds", "train", "facts.jsonl", "--model", "toy", "--from", "base", "--folds", "2", *FAST)
        self("train, failed", "train", "week1.jsonl", "--model", "toy", "--from", "base", *FAST,
             "--set", "train.learning_rate=1", "--set", "lora.alpha=4096", "--set", "train.clip=1000", code=1)  # fmt: skip
        self.files["failed"] = max(self.folder.joinpath(runs).iterdir())
        for name, made in (("first", first), ("second", second), ("third", third)):
            self.files[name] = Path(made["run"])

    def _ask(self) -> None:
        self("evaluate", "evaluate", "live", "--suite", "suite.jsonl", "-o", "answers")
        self("compare", "compare", "base", "live", "--suite", "suite.jsonl")
        versions = [self.files[name].name for name in ("first", "second")]
        self("compare, three", "compare", "base", *versions, "--suite", "suite.jsonl", "--html", "c.html", "--csv", "c.csv")
        self("generate", "generate", "prompts.jsonl", "-o", "generated.jsonl", "--max-tokens", "8")
        self("context", "context", "talk.jsonl", "--model", "toy")
        self("report RUN", "report", "live", "--findings", "findings.md")
        self("canaries", "canaries", "live", "--key", "key.json", "--alternatives", "1", "--most", "1")

    def _versions(self) -> None:
        first, second = (self.files[name].name for name in ("first", "second"))
        self("log", "log")
        self("log --matrix", "log", "--matrix", "--version", second)
        self("show", "show", first)
        self("promote", "promote", second, "--reason", "by a test")
        self("rollback", "rollback")
        self("tag", "tag", "candidate", second)
        self("fsck", "fsck")
        self("fsck --mend", "fsck", "--mend")

    def project_tree(self) -> list[str]:
        """Return the files of the project, less those of runs."""
        return [name for name in tree(self.folder / ".burnish") if not name.startswith("runs/")]

    def _share(self) -> None:
        second = self.files["second"].name
        self("export adapter", "export", "adapter", second, "-o", "adapter")
        self("export merged", "export", "merged", second, "-o", "merged")
        self("export --prove", "export", "adapter", second, "-o", "adapter", "--prove")
        self("export version", "export", "version", second, "-o", "bundle.zip")
        self("import", "import", "bundle.zip", "--home", "elsewhere")
        self("adopt", "adopt", "adapter", "--model", "toy", "--home", "adopted")
        self._walk(self._serve)
        self("smoke", "smoke", second, "--seconds", "60", code=1)
        self("forget --dry-run", "forget", "--source", "gate", "--dry-run")
        self.tree = self.project_tree()
        self("forget", "forget", "--source", "gate")

    def _serve(self) -> None:
        told, _ = served(self.visit, "--ab", "live:0.5,candidate:0.5", "--keep-words", "all")
        self.answers["serve"] = told
        self("ab status", "ab", "status")
        self("harvest", "harvest", "-o", "harvested.jsonl", "--preferences", "pairs.jsonl", "--thumbs-up")
        self("ab stop", "ab", "stop", "--reason", "by a test")
        self("ab promote", "ab", "promote", "--anyway")

    def _machine(self) -> None:
        self("doctor", "doctor", "--model", "toy", code=None)
        self("graders", "graders")
        self("models", "models")
        self("models pull", "models", "pull", "toy")
        self("new", "new", "project")
