"""`fsck` finds every file that is not what it was, and nothing else."""

from __future__ import annotations

import shutil

import pytest
from toy_runs import fill


def test_a_whole_project_has_no_faults(registry, made):
    """Versions, tags, a live pointer, an unfinished run and leftovers of a killed write: all is well."""
    one = made()
    made(b"other")
    registry.promote(one, "good")
    registry.tag("best", one)
    registry.new_run()
    (registry.runs / one / ".report.html.123.abcdef01.tmp").write_text("half")

    assert registry.fsck() == []


@pytest.mark.parametrize("change", ["changed", "missing"])
def test_every_file_of_a_run_is_checked(registry, made, change):
    """Change or remove any one file: fsck names the version and that file."""
    run_id = made()
    other = made(b"other")
    folder = registry.runs / run_id
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {}
    for name in names:
        kept = (folder / name).read_bytes()
        (folder / name).unlink()
        if change == "changed":
            (folder / name).write_bytes(kept.replace(b"1", b"2") + b" ")
        found[name] = {(fault["version"], fault["file"]) for fault in registry.fsck()}
        (folder / name).write_bytes(kept)

    assert len(names) == 11
    assert [name for name in names if (run_id, f"runs/{run_id}/{name}") not in found[name]] == []
    assert other not in {version for faults in found.values() for version, _ in faults}
    assert registry.fsck() == []


def test_a_version_that_is_gone_is_missed(registry, made):
    """A run folder that was deleted is a fault, by the journal, and so is a live pointer to it."""
    one = made()
    registry.promote(one, "good")
    shutil.rmtree(registry.runs / one)

    assert registry.fsck() == [
        {"version": one, "file": f"runs/{one}", "what": "missing"},
        {"version": one, "file": "live", "what": "points to a version that is not there"},
    ]


def test_a_changed_or_lost_blob_is_found(registry, made):
    """A blob is checked against its own name; one that a version needs and that is gone is named with the version."""
    one = made()
    digest = registry.get(one).adapter_hash
    blob = registry.home / "blobs" / digest
    blob.unlink()
    (registry.home / "blobs" / ("0" * 64)).write_bytes(b"x")
    faults = {(fault["version"], fault["file"], fault["what"].split(":")[0]) for fault in registry.fsck()}

    assert faults == {(one, f"blobs/{digest}", "missing"), ("", "blobs/" + "0" * 64, "changed")}


def test_weights_changed_in_place_are_found_in_both_places(registry, made):
    """The run's weights and the blob are one file on the disk: a change to it is told of both."""
    one = made()
    weights = registry.runs / one / "adapter" / "adapter_model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(b"changed")

    assert {fault["file"].split("/")[0] for fault in registry.fsck()} == {"runs", "blobs"}


def test_a_damaged_tag_is_found(registry, made):
    """A tag file that cannot be read, or that points nowhere, is named; the others work."""
    one = made()
    registry.tag("good", one)
    registry.tag("bad", one)
    (registry.home / "tags" / "bad.json").write_text("?")

    assert registry.tags == {"good": one}
    assert [fault["file"] for fault in registry.fsck()] == ["tags/bad.json"]


def test_a_manifest_that_disagrees_with_the_record_is_found(registry):
    """The record and the manifest must name the same weights."""
    import json

    from burnish.registry.seals import sealed

    run_id, folder = registry.new_run()
    registry.add(fill(registry, run_id, folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"]["adapter/adapter_model.safetensors"], manifest["sum"]
    (folder / "manifest.json").write_text(sealed(manifest))

    assert [(fault["version"], fault["what"]) for fault in registry.fsck()] == [
        (run_id, "the manifest does not name the hash in run.json")
    ]
