"""Versions: made once, found by name, never changed."""

from __future__ import annotations

import dataclasses
import multiprocessing
import re

import pytest
from toy_runs import fill

from burnish.errors import RegistryError
from burnish.registry.home import make_home
from burnish.registry.store import Registry, _id_of


def _make_ids(home, number):
    registry = Registry(home)
    return [registry.new_run()[0] for _ in range(number)]


def test_ids_are_unique_across_processes_and_sort_by_age(tmp_path):
    """Four processes make 200 runs at once: no id is given twice, and each process's ids are in order."""
    home = make_home(tmp_path)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        made = pool.starmap(_make_ids, [(home, 50)] * 4)

    assert len({run_id for ids in made for run_id in ids}) == 200
    assert all(ids == sorted(ids) for ids in made)
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", run_id) for ids in made for run_id in ids)


def test_an_id_that_is_taken_is_never_given_again(registry, monkeypatch):
    """Two runs begun in the same instant: the second one waits for the next instant, and gets a folder of its own."""
    instants = iter([0, 0, 0, 20_000])
    monkeypatch.setattr("burnish.registry.store.time.time_ns", lambda: next(instants))

    assert [registry.new_run()[0] for _ in range(2)] == ["19700101-000000-0000", "19700101-000000-0001"]


def test_an_id_tells_the_time_to_a_fraction_of_a_second():
    """The last part counts 65536ths of a second."""
    assert _id_of(1_795_253_400_000_000_000) == "20261121-093000-0000"
    assert _id_of(1_795_253_400_500_000_000) == "20261121-093000-8000"
    assert _id_of(1_795_253_400_999_999_999) == "20261121-093000-ffff"


def test_a_version_comes_back_as_it_was_added(registry):
    """`get` returns the record that `add` was given."""
    run_id, folder = registry.new_run()
    run = fill(registry, run_id, folder)
    registry.add(run)

    assert registry.get(run_id) == run
    assert registry.versions() == [run_id]
    assert registry.unfinished() == []


def test_a_run_without_a_record_is_unfinished(registry, made):
    """A run that was begun and not added is no version, and is told apart from one."""
    done = made()
    begun, _ = registry.new_run()
    with pytest.raises(RegistryError) as caught:
        registry.get(begun)

    assert registry.unfinished() == [begun]
    assert registry.versions() == [done]
    assert registry.has(begun) is False
    assert f"burnish train --resume {begun}" in caught.value.remedy


def test_a_finished_version_is_never_added_again(registry):
    """The second `add` of a run is refused and changes no byte."""
    run_id, folder = registry.new_run()
    run = fill(registry, run_id, folder)
    registry.add(run)
    before = (folder / "run.json").read_bytes()
    with pytest.raises(RegistryError):
        registry.add(dataclasses.replace(run, rows=99))

    assert (folder / "run.json").read_bytes() == before


def test_weights_other_than_the_record_says_are_not_added(registry):
    """An adapter that does not have the hash of the record makes no version."""
    run_id, folder = registry.new_run()
    run = fill(registry, run_id, folder)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"others")
    with pytest.raises(RegistryError) as caught:
        registry.add(run)

    assert "adapter_model.safetensors" in caught.value.seen
    assert registry.versions() == []
    assert registry.unfinished() == [run_id]


def test_a_version_is_found_by_prefix_tag_and_live(registry, made):
    """An id, the beginning of one, a tag and `live` all mean the same version."""
    run_id = made()
    registry.promote(run_id, "good")
    registry.tag("polite", run_id)

    assert [registry.get(name).id for name in (run_id, run_id[:-1], "polite", "live")] == [run_id] * 4
    assert registry.get(run_id).tags == ("polite",)
    assert registry.tags == {"polite": run_id}


def test_an_ambiguous_prefix_names_the_candidates(registry, made):
    """A beginning that two versions share is refused, naming both."""
    one, two = made(), made(b"other")
    with pytest.raises(RegistryError) as caught:
        registry.get(one[:4])

    assert one in caught.value.seen
    assert two in caught.value.seen


def test_an_unknown_version_names_the_nearest_and_the_known(registry, made):
    """A slip in a tag is met with the tag that was meant."""
    run_id = made()
    registry.tag("polite", run_id)
    with pytest.raises(RegistryError) as caught:
        registry.get("polit3")

    assert "did you mean polite?" in caught.value.remedy
    assert run_id in caught.value.seen


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "/", "live/../x", "\0", "nothing"])
def test_no_name_leads_out_of_the_project(registry, made, name):
    """Only versions that are listed are ever opened, whatever the name looks like."""
    made()

    assert registry.has(name) is False
    with pytest.raises(RegistryError):
        registry.get(name)


def test_an_empty_project_says_what_to_do(registry):
    """Where nothing was trained, every name is met with how to train a first version."""
    for name in ("live", "2026"):
        with pytest.raises(RegistryError) as caught:
            registry.get(name)

        assert "burnish train DATA" in caught.value.remedy
    assert registry.live is None
    assert registry.log() == []
    assert registry.fsck() == []


@pytest.mark.parametrize("name", ["live", "base", "2026", "", "a/b", "../x", "a b", "-x", "x" * 65])
def test_a_tag_that_could_be_mistaken_is_refused(registry, made, name):
    """A tag never looks like an id, a path, an option or a word that has a meaning."""
    run_id = made()
    with pytest.raises(RegistryError):
        registry.tag(name, run_id)

    assert registry.tags == {}


def test_a_tag_moves_and_the_journal_keeps_both(registry, made):
    """Giving a name to another version moves it; the history still tells of the first."""
    one, two = made(), made(b"other")
    registry.tag("best", one)
    registry.tag("best", two)

    assert registry.get("best").id == two
    assert [(e.tag, e.version) for e in registry.journal.events() if e.event == "tag"] == [("best", one), ("best", two)]


def test_the_log_has_the_promised_keys(registry, made):
    """`log` is oldest first, with lineage, verdict and which version is live."""
    one = made(verdict="cannot tell")
    two = made(b"other", parents=(one,))
    registry.promote(one, "first")
    log = registry.log()

    assert [version["version"] for version in log] == [one, two]
    assert log[1] == {
        "version": two,
        "parents": [one],
        "method": "sft",
        "rows": 12,
        "verdict": "better",
        "created": "2026-11-21T09:30:00Z",
        "tags": [],
        "live": False,
        "reason": "",
        "forgotten": "",
        "broken": False,
    }
    assert [version["live"] for version in log] == [True, False]
    assert log[0]["reason"] == "first"


def test_a_damaged_record_does_not_hide_the_others(registry, made):
    """One unreadable `run.json`: the log shows it as damaged, `get` names its file, the rest is whole."""
    one, two = made(), made(b"other")
    (registry.runs / one / "run.json").write_text("{")
    with pytest.raises(RegistryError) as caught:
        registry.get(one)

    assert [version["verdict"] for version in registry.log()] == ["damaged", "better"]
    assert registry.get(two).id == two
    assert "run.json" in caught.value.seen


def test_a_record_of_another_run_is_not_taken(registry, made):
    """A `run.json` that was copied from another version is damage, not that version."""
    one, two = made(), made(b"other")
    (registry.runs / one / "run.json").write_bytes((registry.runs / two / "run.json").read_bytes())
    with pytest.raises(RegistryError) as caught:
        registry.get(one)

    assert f"describes version {two}" in caught.value.seen


def test_weights_are_kept_by_content_once(registry, made):
    """Two versions with the same weights share one blob under its sha256, and it cannot be written by accident."""
    one, two = made(), made()
    made(b"other")
    blobs = sorted((registry.home / "blobs").iterdir())
    digest = registry.get(one).adapter_hash

    assert len(blobs) == 2
    assert registry.get(two).adapter_hash == digest
    assert (registry.home / "blobs" / digest).read_bytes() == b"weights"
    assert (registry.home / "blobs" / digest).stat().st_mode & 0o222 == 0


def test_a_changed_adapter_is_refused_on_every_load(registry, made):
    """One changed byte: the version and the file are named, and the whole copy is pointed to; put back, it loads again."""
    run_id = made()
    folder = registry.adapter_folder(run_id)
    weights = folder / "adapter_model.safetensors"
    weights.unlink()
    weights.write_bytes(b"weightz")
    with pytest.raises(RegistryError) as caught:
        registry.adapter_folder("2026")
    blob = registry.home / "blobs" / registry.get(run_id).adapter_hash
    weights.write_bytes(blob.read_bytes())

    assert run_id in caught.value.what
    assert str(weights) in caught.value.seen
    assert str(blob) in caught.value.remedy
    assert registry.adapter_folder(run_id) == folder


def test_a_changed_adapter_setting_is_refused_too(registry, made):
    """A rank or an alpha that was edited afterwards is another model, and is not loaded as this one."""
    run_id = made()
    (registry.runs / run_id / "adapter" / "adapter_config.json").write_text('{"r": 16}')
    with pytest.raises(RegistryError) as caught:
        registry.adapter_folder(run_id)

    assert "adapter_config.json" in caught.value.seen


def test_reading_needs_no_write_permission(registry, made, monkeypatch):
    """Everything that only reads works where nothing can be written: no lock is taken, no durable step is made."""
    from burnish import durable

    run_id = made()
    registry.promote(run_id, "good")
    (registry.home / "lock").unlink()

    def refuse(operation, path):
        raise AssertionError(operation, path)

    durable.FAULT_HOOK = refuse
    again = Registry(registry.home)

    assert (again.live, again.get("live").id, again.fsck(), len(again.log())) == (run_id, run_id, [], 1)
    assert again.adapter_folder("live").is_dir()
    assert not (registry.home / "lock").exists()
