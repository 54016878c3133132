"""A version as one file, and back: nothing changed, nothing visible that is not whole, nothing written elsewhere."""

from __future__ import annotations

import hashlib
import json
import zipfile

import pytest
from toy_runs import fill

from burnish import durable
from burnish.errors import BurnishError, RegistryError, StorageError
from burnish.registry.bundle import pack, unpack
from burnish.registry.home import make_home
from burnish.registry.store import Registry


def _fine(_folder):
    """Find every adapter safe."""


@pytest.fixture
def other(tmp_path):
    """Return the registry of a second project."""
    return Registry(make_home(tmp_path / "other"))


@pytest.fixture
def chain(registry, made):
    """Return three versions, each from the one before, and one that none of them needs."""
    versions = []
    for number in range(3):
        versions.append(made(f"weights {number}".encode(), tuple(versions[-1:]), "cannot tell"))
    made(b"unrelated")
    return versions


@pytest.fixture
def file(registry, chain, tmp_path):
    """Return a bundle of the last version."""
    pack(registry, chain[-1], tmp_path / "v.burnish")
    return tmp_path / "v.burnish"


def _tree(home):
    return {
        path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "lock"
    }


def test_a_round_trip_keeps_ids_parents_and_verdicts(registry, chain, other, file):
    """The version and its parents come over, record for record and byte for byte; nothing else does, and none is live."""
    done = unpack(other, file, _fine)

    assert list(done.new) == other.versions() == chain
    assert [other.get(one) for one in chain] == [registry.get(one) for one in chain]
    assert _tree(registry.runs / chain[1]) == _tree(other.runs / chain[1])
    assert other.live is None
    assert other.fsck() == []
    assert other.adapter_folder(chain[0]).is_dir()


def test_the_same_versions_give_the_same_bytes(registry, chain, other, file, tmp_path):
    """Packed again, and packed in the other project: one sha256."""
    unpack(other, file, _fine)
    pack(other, chain[-1], tmp_path / "again.burnish")

    assert hashlib.sha256((tmp_path / "again.burnish").read_bytes()).digest() == hashlib.sha256(file.read_bytes()).digest()


def test_importing_twice_changes_nothing(other, file):
    """The second time nothing is new, and the project's files are as they were."""
    unpack(other, file, _fine)
    before = _tree(other.home)

    assert unpack(other, file, _fine).new == ()
    assert _tree(other.home) == before


def test_a_version_of_that_name_with_other_content_is_refused(registry, other, file, chain):
    """An id that means another version here: the import is refused, naming it."""
    folder = other.runs / chain[1]
    folder.mkdir(parents=True)
    other.add(fill(other, chain[1], folder, b"mine"))
    with pytest.raises(RegistryError) as caught:
        unpack(other, file, _fine)

    assert f"version {chain[1]} is here already, and is another one" in caught.value.what
    assert other.versions() == [chain[1]]


def test_a_damaged_version_is_not_packed(registry, chain, tmp_path):
    """What fsck would name is never given away, and no file is left."""
    (registry.runs / chain[0] / "plan.json").write_text("changed")
    with pytest.raises(RegistryError) as caught:
        pack(registry, chain[-1], tmp_path / "x.burnish")

    assert "plan.json" in caught.value.seen
    assert not (tmp_path / "x.burnish").exists()


def test_an_adapter_that_is_not_safe_never_becomes_visible(other, file):
    """What the check refuses leaves the project as it was."""

    def refuse(folder):
        raise RegistryError("code beside the weights", seen=str(folder))

    with pytest.raises(RegistryError):
        unpack(other, file, refuse)

    assert _tree(other.home) == {}


def _changed(file, change):
    """Write a bundle again with its entries changed: `change` gets [(ZipInfo, content)] and returns it so."""
    with zipfile.ZipFile(file) as archive:
        entries = [(entry, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(file, "w") as archive:
        for entry, content in change(entries):
            archive.writestr(entry, content)


def _named(name, mode=0o100644):
    def change(entries):
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        index = json.loads(entries[0][1])
        index["files"][name] = {"bytes": 4, "sha256": hashlib.sha256(b"evil").hexdigest()}
        return [(entries[0][0], json.dumps(index).encode()), *entries[1:], (entry, b"evil")]

    return change


def _deflated(entries):
    entries[-1][0].compress_type = zipfile.ZIP_DEFLATED
    return entries


def _without(place):
    return lambda entries: [entry for number, entry in enumerate(entries) if number != place % len(entries)]


def _other_content(entries):
    return [*entries[:-1], (entries[-1][0], b"x" * len(entries[-1][1]))]


def _larger(entries):
    return [*entries[:-1], (entries[-1][0], entries[-1][1] + b"x")]


def _parent_gone(entries):
    index = json.loads(entries[0][1])
    first = min(index["files"]).split("/")[1]
    index["files"] = {name: fact for name, fact in index["files"].items() if first not in name}
    return [(entries[0][0], json.dumps(index).encode()), *[one for one in entries[1:] if first not in one[0].filename]]


RUN = "runs/20261121-000000-0000"
HOSTILE = {
    "above": _named("../evil"),
    "above in a run": _named(f"{RUN}/../../../evil"),
    "absolute": _named("/tmp/evil"),
    "backslash": _named(f"{RUN}\\..\\evil"),
    "a drive": _named("C:/evil"),
    "a link": _named(f"{RUN}/link", 0o120777),
    "a device": _named(f"{RUN}/device", 0o020666),
    "a folder": _named(f"{RUN}/folder/", 0o040755),
    "hidden": _named(f"{RUN}/.hidden"),
    "the pointer": _named("live"),
    "a blob": _named("blobs/" + "0" * 64),
    "a file more": _named(f"{RUN}/evil"),
    "compressed": _deflated,
    "no index": _without(0),
    "a file less": _without(-1),
    "other content": _other_content,
    "larger": _larger,
    "a parent less": _parent_gone,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_bundle_changes_nothing(other, file, tmp_path, kind):
    """Names that lead elsewhere, links, compression, other sizes and content: refused by name, not one file more anywhere."""
    _changed(file, HOSTILE[kind])
    before = _tree(tmp_path)
    with pytest.raises(RegistryError) as caught:
        unpack(other, file, _fine)

    assert "cannot be imported" in caught.value.what
    assert len(caught.value.what.splitlines()) > 1
    assert _tree(tmp_path) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["the same", "another case"])
def test_two_files_of_one_name_are_refused(other, file, name):
    """A name that comes twice, or twice but for its case, is refused."""

    def twice(entries):
        entry, content = entries[-1]
        again = zipfile.ZipInfo(entry.filename if name == "the same" else entry.filename.replace("run.json", "RUN.json"))
        return [*entries, (again, content)]

    _changed(file, twice)
    with pytest.raises(RegistryError) as caught:
        unpack(other, file, _fine)

    assert "two files have the same name" in caught.value.what


@pytest.mark.parametrize("cut", [0, 10, 0.5, 0.99])
def test_a_bundle_cut_off_is_refused(other, file, cut):
    """An empty, cut or foreign file is told as such."""
    content = file.read_bytes()
    file.write_bytes(content[: int(cut * len(content)) if isinstance(cut, float) else cut])
    with pytest.raises(RegistryError) as caught:
        unpack(other, file, _fine)

    assert "no whole bundle" in caught.value.what


def test_a_fault_at_any_operation_leaves_whole_versions(other, file, tmp_path, chain):
    """Whatever step of an import fails: the versions that are visible are whole, and the same import takes the rest in."""
    seen = set()
    for number in range(1, 400, 19):
        registry = Registry(make_home(tmp_path / str(number)))
        count = 0

        def fail(_operation, _path, number=number):
            nonlocal count
            count += 1
            if count == number:
                raise OSError(28, "No space left on device")

        durable.FAULT_HOOK = fail
        try:
            unpack(registry, file, _fine)
        except StorageError:
            durable.FAULT_HOOK = None
            seen.add(len(registry.versions()))
        finally:
            durable.FAULT_HOOK = None
        if count < number:
            break

        assert registry.fsck() == []
        assert unpack(registry, file, _fine).versions == tuple(chain)
        assert registry.versions() == chain
        assert not list(registry.home.glob(".incoming-*"))

    assert seen >= {0, 1}


def test_a_missing_parent_is_named(registry, made, tmp_path):
    """A version whose parent is gone cannot be packed, and fsck names the parent."""
    import shutil

    one = made(b"1")
    two = made(b"2", (one,))
    shutil.rmtree(registry.runs / one)
    with pytest.raises(BurnishError) as caught:
        pack(registry, two, tmp_path / "x.burnish")

    assert one in caught.value.seen
    assert {fault["file"] for fault in registry.fsck()} == {f"runs/{one}"}
