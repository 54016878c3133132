"""Make `project.tar.xz`: a project as the code of the day leaves it, for later code to open. `python tests/pins/make_project.py`.

It is run once for a form of the project that later code must go on to read, and not to keep a test green: see README.md beside this file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from pins.walk import FAST, served, standing_in, stopping_at_a_checkpoint, type_in, week
from toys import toy_model_folder

PROJECT = Path(__file__).with_name("project.tar.xz")
MODEL = "pins/toy"
"""The base as a hub name: in the hub's cache it means the same on every machine, as a folder's path does not."""
SNAPSHOT = Path("hub/models--pins--toy/snapshots") / ("a" * 40)
SMALL = (*FAST, "--set", "lora.rank=2")
USERS = 8
TOLD = ("log", "log --matrix", "ab status", "fsck")
"""Verbs whose answers are noted, with those of `show`."""


def hub_at(folder: Path) -> None:
    """Let hub names be found in `folder/hub` from now on."""
    from huggingface_hub import constants

    constants.HF_HUB_CACHE = str(folder / "hub")


def make(folder: Path) -> None:
    """Make everything that the archive holds below a folder."""
    toy_model_folder(folder / SNAPSHOT)
    (folder / "hub/models--pins--toy/refs").mkdir()
    (folder / "hub/models--pins--toy/refs/main").write_text("a" * 40)
    (folder / "project").mkdir()
    hub_at(folder)
    with standing_in(folder / "project") as project:
        weeks = [week(project, number, rows=12) for number in (1, 2, 3, 4)]
        facts: dict[str, Any] = {"burnish": _commit(), "made": time.strftime("%Y-%m-%d", time.gmtime())}
        found = [_typed("train", weeks[0], "--model", MODEL, *SMALL), *(_typed("train", one, *SMALL) for one in weeks[1:3])]
        versions = [str(one["version"]) for one in found]
        _typed("tag", "candidate", versions[1])
        facts |= {
            "versions": versions,
            "adapters": [one["adapter_hash"] for one in found],
            "live": versions[2],
            "tags": {"candidate": versions[1]},
        }
        facts["said"] = _said(versions)
        assert len({*facts["said"].values()}) > 1, "every version says the same: nothing would tell them apart"
        _, (facts["votes"], facts["silent"]) = served(_visit, "--ab", "live:0.5,candidate:0.5", "--keep-words", "all")
        facts["experiment"] = _typed("ab", "status")["experiment"]
        _typed("export", "adapter", versions[1], "-o", "adapter")
        _typed("export", "version", versions[1], "-o", "bundle.zip")
        facts["told"] = {words: _typed(*words.split()) for words in TOLD} | {
            f"show {one}": _typed("show", one) for one in versions
        }
        with stopping_at_a_checkpoint():
            type_in("train", weeks[3], *SMALL)
        unfinished = _typed("log")["unfinished"][0]
        state = max((project / ".burnish/runs" / unfinished).glob("checkpoints/*/state.json"))
        facts |= {"unfinished": unfinished, "step": json.loads(state.read_text())["position"]["step"]}
        (project / "facts.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.rmtree(project / "cache", ignore_errors=True)


def _typed(*words: object) -> dict[str, Any]:
    code, told, said = type_in(*words)
    assert code == 0, said
    return told


def _said(versions: list[str]) -> dict[str, str]:
    """Return what each version says to one prompt, in few tokens, the likeliest each."""
    Path("prompts.jsonl").write_text('{"id": "one", "prompt": "Which colour has door 3?"}\n')
    said = {}
    for version in ("base", *versions):
        _typed("generate", "prompts.jsonl", "-o", "said.jsonl", "--version", version, "--max-tokens", "8")
        said[version] = json.loads(Path("said.jsonl").read_text())["text"]
    Path("said.jsonl").unlink()
    return said


def _visit(url: str) -> tuple[int, str]:
    """Ask as several people, and let each but the last say how good the answer was; return how many votes counted, and the last's answer."""
    counted = 0
    with httpx.Client(base_url=url, timeout=120) as http:
        for number in range(USERS):
            words = [{"role": "user", "content": f"Which colour has gate {number}?"}]
            made = http.post(
                "/v1/chat/completions",
                json={"model": "live", "user": f"u{number}", "messages": words, "max_tokens": 8, "temperature": 0},
            )
            said = {
                "id": made.json()["id"],
                "user": f"u{number}",
                **({"correction": f"Gate {number} is red."} if number < 2 else {"thumb": "up"}),
            }
            counted += http.post("/v1/feedback", json=said).json()["counted"]
        silent = {"model": "live", "user": "silent", "messages": words, "max_tokens": 8, "temperature": 0}
        return counted, http.post("/v1/chat/completions", json=silent).json()["id"]


def _commit() -> str:
    """Return the last commit that changed the code."""
    words = ["git", "log", "-1", "--format=%H", "--", "src"]
    return subprocess.run(words, cwd=PROJECT.parents[2], capture_output=True, text=True, check=True).stdout.strip()


def pack(folder: Path, target: Path) -> None:
    """Write a folder as a tar.xz: it keeps hard links and modes, and holds what is there twice once."""
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in (folder / "hub", folder / "project"):
            archive.add(path, path.name, filter=_nobody)


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="burnish-pins-") as made:
        make(Path(made))
        pack(Path(made), PROJECT)
    print(f"{PROJECT}: {PROJECT.stat().st_size:,} bytes")
