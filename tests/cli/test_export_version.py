"""`burnish export version` and `burnish import`: a version goes to another project as one file."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from export.toy_versions import toy_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a project with one live version."""
    return toy_project(tmp_path_factory.mktemp("bundled"))


def run(*words):
    """Type a command; return its exit code and its JSON."""
    done = CliRunner().invoke(app, [*(str(word) for word in words), "--json"])
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.parametrize("version", [(), ("live",)])
def test_a_version_goes_to_another_project_in_one_file(project, tmp_path, version):
    """The live version, named or not, is packed and taken in elsewhere under the same id."""
    file = tmp_path / "v.burnish"
    code, packed = run("export", "version", *version, "-o", file, "--home", project)
    taken = run("import", file, "--home", tmp_path / "other")

    assert code == 0
    assert packed["bytes"] == file.stat().st_size
    assert taken == (0, {"version": packed["version"], "versions": packed["versions"], "new": packed["versions"]})


@pytest.mark.parametrize("words", [("--quant", "q8_0"), ("--prove",), ("--suite", "own")])
def test_what_means_nothing_to_one_file_is_refused(project, tmp_path, words):
    """Bits, a proof and a suite are for artefacts; the option is named, and nothing is written."""
    code, told = run("export", "version", "live", "-o", tmp_path / "v.burnish", "--home", project, *words)

    assert code == 1
    assert words[0] in told["error"]["what"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(project, tmp_path):
    """An export never writes over anything."""
    (tmp_path / "v.burnish").write_text("mine")
    code, told = run("export", "version", "live", "-o", tmp_path / "v.burnish", "--home", project)

    assert (code, (tmp_path / "v.burnish").read_text()) == (1, "mine")
    assert "is there already" in told["error"]["what"]


@pytest.mark.parametrize(
    ("kind", "suite", "what"), [("adapter", "own", "kinds whose weights are rounded"), ("onnx", "own", "no kind")]
)
def test_a_suite_for_another_kind_is_refused_before_any_work(project, tmp_path, kind, suite, what):
    """`--suite` is told where it means nothing; nothing is made."""
    code, told = run("export", kind, "live", "-o", tmp_path / "out", "--suite", suite, "--home", project)

    assert code == 1
    assert what in told["error"]["what"]
    assert list(tmp_path.iterdir()) == []
