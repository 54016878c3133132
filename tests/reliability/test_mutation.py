"""A hundred damages to any file of a project: each is noticed by whoever goes by that file, and whole versions still load."""

from __future__ import annotations

import pytest
from mutation import KINDS, trial
from toy_runs import fill

from burnish.registry import files, journal, seals
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from toys import SEED

TRIALS = 100


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a project of three toy versions, two tags, three moves."""
    registry = Registry(make_home(tmp_path_factory.mktemp("whole")))
    versions = []
    for number in range(3):
        run_id, folder = registry.new_run()
        registry.add(fill(registry, run_id, folder, f"weights {number}".encode(), tuple(versions[-1:])))
        versions.append(run_id)
        registry.promote(run_id, "good")
    registry.tag("best", versions[0])
    registry.tag("worst", versions[2])
    registry.rollback(None, "rude")
    assert registry.fsck() == []
    return registry.home


def _trials(whole, folder):
    return (trial(whole, folder / "here", number, SEED) for number in range(TRIALS))


def test_every_damage_is_noticed(whole, tmp_path):
    """By fsck naming version and file, and by the loads and rollbacks that go by it; nothing damaged is served."""
    done = list(_trials(whole, tmp_path))

    assert [(kind, missed) for kind, _, missed in done if missed] == []
    assert {kind for kind, _, _ in done} == set(KINDS)


def _no_seals(monkeypatch):
    monkeypatch.setattr(seals, "_digest", lambda _value: "")


def _no_history(monkeypatch):
    monkeypatch.setattr(journal.Journal, "fault", lambda _self: "")


def _no_hashes(monkeypatch):
    monkeypatch.setattr(files, "changed", lambda path, _digest: "" if path.exists() else "missing")


@pytest.mark.parametrize("mutant", [_no_seals, _no_history, _no_hashes])
def test_a_check_that_is_left_out_is_missed(whole, tmp_path, monkeypatch, mutant):
    """Without the seals, the journal's check or the files' hashes, some damage goes unnoticed: the test above can fail."""
    mutant(monkeypatch)

    assert any(missed for _, _, missed in _trials(whole, tmp_path))
