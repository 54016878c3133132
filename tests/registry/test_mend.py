"""`fsck --mend` puts right what is written down a second time, never touches a version, and moves the pointer only when asked."""

from __future__ import annotations

import json
import os

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import RegistryError

GONE = 2**22 + 1
"""No process has this number: Linux stops at 2**22."""


def files(registry):
    """Return every file of the versions with what is in it."""
    return {path: path.read_bytes() for path in registry.runs.rglob("*") if path.is_file()}


@pytest.fixture
def project(registry, made):
    """Return (an older version, a newer one, their files); the older one is live, the newer one is called best."""
    old, new = made(), made(b"other")
    registry.promote(old, "good")
    registry.tag("best", new)
    return old, new, files(registry)


def test_a_whole_project_is_left_alone(registry, project):
    """Nothing is mended where nothing is wrong; what a process at work is writing, and the lock of a run, stay."""
    registry.new_run()
    writing = registry.home / f".live.{os.getpid()}.abcdef01.tmp"
    writing.write_text("half")
    with registry.training(project[0]):
        everything = {path: path.read_bytes() for path in registry.home.rglob("*") if path.is_file()}
        assert registry.mend() == []
        assert {path: path.read_bytes() for path in registry.home.rglob("*") if path.is_file()} == everything


def test_what_a_kill_left_is_removed(registry, project):
    """Half-written files of processes that are no more, and the lock of a run that is not there."""
    left = [registry.home / f".live.{GONE}.abcdef01.tmp", registry.runs / project[0] / f".report.html.{GONE}.abcdef02.tmp"]
    lock = registry.home / "training" / "20260101-000000-0000"
    lock.parent.mkdir(exist_ok=True)
    for path in (*left, lock):
        path.write_text("half")

    assert len(registry.mend()) == 3
    assert not any(path.exists() for path in (*left, lock))
    assert files(registry) == project[2]


def test_tags_history_and_kept_weights_are_written_again(registry, project):
    """Each from where it stands a second time: afterwards fsck finds nothing, and no file of a version has changed."""
    _, new, before = project
    blob = registry.home / "blobs" / registry.get(new).adapter_hash
    (registry.home / "tags" / "best.json").unlink()
    blob.chmod(0o644)
    blob.unlink()
    registry.journal.path.write_bytes(registry.journal.path.read_bytes()[:-9])
    mended = registry.mend()

    assert {one["file"].split("/")[0] for one in mended} == {"tags", "blobs", "journal.jsonl"}
    assert registry.fsck() == []
    assert registry.tags == {"best": new}
    assert files(registry) == before
    assert len(list(registry.home.glob("journal.damaged-*.jsonl"))) == 1


def test_versions_that_a_lost_history_forgot_are_told_again(registry, project):
    """With the whole journal gone, the versions themselves say what was added."""
    registry.journal.path.unlink()
    registry.mend()

    assert {event.version for event in registry.journal.events() if event.event == "add"} == set(project[:2])
    assert registry.live == project[0]


def test_the_pointer_moves_only_when_asked(registry, project):
    """A damaged pointer stays as it is with `mend`; with `repoint` the whole version that was live last becomes live."""
    old, new, _ = project
    (registry.home / "live").write_text("?")
    (registry.runs / new / "report.html").write_text("changed")
    registry.mend()
    assert (registry.home / "live").read_text() == "?"

    registry.mend(repoint=True)
    assert registry.live == old
    assert (registry.runs / new / "report.html").read_text() == "changed"


def test_repoint_leaves_a_pointer_that_works(registry, project):
    """It is for a lost pointer: a newer version is no reason to move it."""
    assert registry.mend(repoint=True) == []
    assert registry.live == project[0]


def test_there_may_be_no_version_to_point_to(registry, project):
    """Where none is whole, that is said, and nothing moves."""
    (registry.home / "live").write_text("?")
    for version in project[:2]:
        (registry.runs / version / "report.html").write_text("changed")
    with pytest.raises(RegistryError):
        registry.mend(repoint=True)


def test_the_verb_says_what_it_mended(registry, project):
    """`burnish fsck --mend --json` lists what was done beside what is left, and fails only for what is left."""
    (registry.home / "tags" / "best.json").write_text("?")
    words = ["fsck", "--home", str(registry.home), "--json"]
    first, mended, last = (CliRunner().invoke(app, [*words, *more]) for more in ((), ("--mend",), ()))

    assert (first.exit_code, mended.exit_code, last.exit_code) == (1, 0, 0)
    assert [one["file"] for one in json.loads(mended.stdout)["mended"]] == ["tags/best.json"]
    assert json.loads(mended.stdout)["ok"]
    assert json.loads(last.stdout) == {"ok": True, "faults": [], "mended": []}


def test_a_lock_that_is_held_is_left(registry, project):
    """A run whose folder is not there yet, or was moved, may be at work: its lock stays."""
    with registry.training("20260101-000000-0000"):
        assert registry.mend() == []
    assert len(registry.mend()) == 1


def test_damaged_weights_are_never_kept_as_whole_ones(registry, project):
    """With both copies wrong there is nothing to mend from: the fault stays told."""
    _, new, _ = project
    blob = registry.home / "blobs" / registry.get(new).adapter_hash
    weights = registry.runs / new / "adapter" / "adapter_model.safetensors"
    blob.chmod(0o644)
    blob.unlink()
    weights.write_bytes(b"changed")

    assert registry.mend() == []
    assert not blob.exists()
    assert {fault["file"].split("/")[0] for fault in registry.fsck()} == {"runs", "blobs"}


@pytest.mark.parametrize("harm", ["cut", "gone", "mended before"])
def test_a_history_that_lost_lines_chooses_no_live_version(harm, registry, project):
    """The line that a version was to be forgotten may be among them: it is refused, and the candidates are named."""
    old, new, _ = project
    registry.promote(new, "newer")
    registry.forget("rows.jsonl", [new])
    (registry.home / "live").write_text("?")
    journal = registry.journal.path
    if harm == "gone":
        journal.unlink()
    else:
        journal.write_text("".join(line for line in journal.read_text().splitlines(keepends=True) if "forget" not in line))
    if harm == "mended before":
        registry.mend()
    with pytest.raises(RegistryError, match="history lost lines") as raised:
        registry.mend(repoint=True)

    assert (registry.home / "live").read_text() == "?"
    assert old in raised.value.seen
    assert "burnish promote VERSION" in raised.value.remedy


def test_a_newer_version_that_never_went_live_is_not_made_live(registry, project, made):
    """Whatever kept it from it: a verdict, a gate, a person. What was live last is live again, whole as it is."""
    made(b"worse", verdict="worse")
    (registry.home / "live").unlink()
    done = registry.mend(repoint=True)

    assert registry.live == project[0]
    assert done[-1]["version"] == project[0]


def test_what_was_rolled_back_from_is_not_made_live_again(registry, project):
    """It was live, and a person took it back."""
    old, new, _ = project
    registry.promote(new, "newer")
    registry.rollback(None, "bad answers")
    (registry.home / "live").write_text("?")
    registry.mend(repoint=True)

    assert registry.live == old


def test_where_nothing_whole_was_live_a_person_chooses(registry, project, made):
    """Whole versions that are not judged worse are named; none is made live."""
    old, new, _ = project
    worse = made(b"worse", verdict="worse")
    (registry.home / "live").write_text("?")
    (registry.runs / old / "report.html").write_text("changed")
    with pytest.raises(RegistryError, match="no whole version was live before") as raised:
        registry.mend(repoint=True)

    assert new in raised.value.seen
    assert worse not in raised.value.seen
    assert old not in raised.value.seen


def test_a_pointer_to_a_forgotten_version_goes_to_the_one_before(registry, project):
    """Of two that were live, the later holds rows to be forgotten."""
    old, new, _ = project
    registry.promote(new, "newer")
    registry.forget("rows.jsonl", [new])
    (registry.home / "live").write_text("?")
    registry.mend(repoint=True)

    assert registry.live == old
