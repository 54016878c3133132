"""A full disk (ENOSPC) and a failing one (EIO) at a chosen durable operation of a command, and what must hold after it."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
from pathlib import Path

from typer.testing import CliRunner

from burnish import durable
from burnish.cli.main import app
from burnish.registry.bundle import pack
from burnish.registry.store import Registry
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.01")
QUESTIONS = [{"id": str(i), "prompt": "Which?", "grader": "contains", "target": "red", "max_tokens": 4} for i in range(3)]


class Bench:
    """A project of two toy versions, copied afresh for each trial, and what a person typed in it."""

    def __init__(self, folder: Path, toy: Path):
        self.folder, self.toy = folder, toy
        self.whole, self.here = folder / "whole", folder / "here"
        self.whole.mkdir()
        write_rows(self.whole / "rows.jsonl", toy_rows(12))
        write_rows(self.whole / "suite.jsonl", QUESTIONS)
        write_rows(self.whole / "prompts.jsonl", [{"prompt": "Which?"}])
        self.fresh()
        for _ in range(2):
            assert self.call(*self.words("train on")).exit_code == 0
        shutil.rmtree(self.whole)
        self.here.rename(self.whole)
        registry = Registry(self.whole / ".burnish")
        self.versions = registry.versions()
        pack(registry, self.versions[-1], self.whole / "given.burnish")

    def words(self, name):
        """Return the words of a command by its name here."""
        rows, suite, home = self.here / "rows.jsonl", self.here / "suite.jsonl", ("--home", self.here)
        train = ("train", rows, "--model", self.toy, *FAST)
        if name == "train on":
            return (*train, *home)
        one, two = self.versions[:2]
        return {
            "train first": (*train, "--home", self.here / "new-project"),
            "promote": ("promote", one, *home),
            "rollback": ("rollback", *home),
            "tag": ("tag", "best", one, *home),
            "import": ("import", self.here / "given.burnish", "--home", self.here / "other"),
            "evaluate": ("evaluate", one, "--suite", suite, *home),
            "compare": ("compare", one, two, "--suite", suite, *home),
            "rank": (
                "compare",
                one,
                two,
                "base",
                "--suite",
                suite,
                "--csv",
                self.here / "r.csv",
                "--html",
                self.here / "r.html",
                *home,
            ),
            "generate": (
                "generate",
                self.here / "prompts.jsonl",
                "-o",
                self.here / "o.jsonl",
                "--version",
                one,
                "--max-tokens",
                4,
                *home,
            ),
            "report": ("report", one, "--findings", self.here / "findings.md", *home),
            "new": ("new", self.here / "mine"),
        }[name]

    COMMANDS = (
        "train on", "train first", "promote", "rollback", "evaluate", "compare", "rank", "generate", "report", "new", "tag", "import",
    )  # fmt: skip

    def fresh(self):
        """Put the whole project in its place again."""
        shutil.rmtree(self.here, ignore_errors=True)
        shutil.copytree(self.whole, self.here)

    def call(self, *words):
        """Run a command in this process."""
        return CliRunner().invoke(app, [str(word) for word in words])

    def operations(self, name):
        """Return the durable operations of a command, in order."""
        seen = []
        self.fresh()
        durable.FAULT_HOOK = lambda operation, path: seen.append((operation, path))
        try:
            done = self.call(*self.words(name))
        finally:
            durable.FAULT_HOOK = None
        assert done.exit_code == 0, done.stderr
        return seen

    def fault(self, name, number, code):
        """Return what is wrong after a fault at one operation of a command, in words; empty when nothing is."""
        self.fresh()
        before = self.state()
        done = self._struck(self.words(name), number, code)
        wrong = [] if done is not None else ["the fault never came"]
        after = self.state()
        moved = after["live"] != before["live"]
        if done is not None and done.exit_code == 0:
            return wrong + self._unheard(moved) + [str(fault) for fault in self.faults()]
        if done is not None:
            wrong += _block(done.stderr) + (["told of a fault, and yet moved"] if moved else [])
        for kind in ("rows", "finished"):
            wrong += [f"{kind} changed"] if any(after[kind].get(key) != value for key, value in before[kind].items()) else []
        wrong += [str(fault) for fault in self.faults()]
        again = self.call(*self.words(name))
        if again.exit_code != 0:
            wrong.append(f"the same command failed afterwards: {again.stderr.strip()[-300:]}")
        wrong += [str(fault) for fault in self.faults()]
        return wrong

    def _unheard(self, moved):
        """Return what is wrong with a fault that nobody was told of: right where it cost nothing but time or a line told later."""
        last_line = self.struck[1].name == "journal.jsonl" or self.struck == ("fsync-folder", self.here / ".burnish")
        fine = (moved and last_line) or self.struck[1].parent.name == "hashes"
        return [] if fine else [f"exit 0 in spite of it: {self.struck}"]

    def _struck(self, words, number, code):
        count, self.struck = 0, None

        def hook(operation, path):
            nonlocal count
            count += 1
            if count == number or (code == errno.ENOSPC and count > number and operation in ("write", "append", "make-folder")):
                self.struck = self.struck or (operation, path)
                raise OSError(code, "No space left on device" if code == errno.ENOSPC else "Input/output error")

        durable.FAULT_HOOK = hook
        try:
            done = self.call(*words)
        finally:
            durable.FAULT_HOOK = None
        return done if self.struck else None

    def state(self):
        """Return what must not change: the person's files, each finished version's files, and (to compare) what is live."""
        registry = Registry(self.here / ".burnish")
        finished = [path for version in registry.versions() for path in (registry.runs / version).rglob("*") if path.is_file()]
        return {
            "rows": {path: _digest(path) for path in self.here.glob("*.jsonl") if path.name != "o.jsonl"},
            "finished": {path: _digest(path) for path in finished},
            "live": registry.live,
        }

    def faults(self):
        """Return what fsck finds in the projects here."""
        return [fault for home in self.here.glob("**/.burnish") for fault in Registry(home).fsck()]


def _block(stderr):
    told = stderr[stderr.find("error: ") :]
    wrong = [] if stderr.count("error: ") == 1 else [f"not one block: {stderr[-300:]}"]
    wrong += [] if "  do:   " in told else ["no remedy"]
    wrong += ["a traceback"] if "Traceback" in stderr else []
    wrong += [] if re.search(r"cannot write /\S+", told) else [f"no path: {told[:200]}"]
    return wrong


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
