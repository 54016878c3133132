"""A version's rows are saved whole, read back as they were, and replaced without a moment in which they are neither."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from toy_house import ROWS, row, saved

from burnish import durable
from burnish.errors import RegistryError, StorageError
from burnish.retrieval.files import ABOUT, NEXT, ROWS as LINES, VECTORS, digest_of, load_rows, save_rows, stamp_of, without


class Killed(BaseException):
    """Stands for a kill: nothing catches it on purpose."""


def kill_at(monkeypatch, number, work):
    """Do some work and kill it before its durable step of this number; return whether it came so far."""
    count = iter(range(number))

    def kill(operation, path):
        if next(count, None) is None:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(durable, "FAULT_HOOK", kill)
        try:
            work()
        except Killed:
            return True
    return False


def same(one, other):
    """Return whether two are equal, their vectors too."""
    vectors = [
        (each.vectors.question_RD.tolist(), each.vectors.both_RD.tolist()) if each.vectors else None for each in (one, other)
    ]
    return replace(one, vectors=None) == replace(other, vectors=None) and vectors[0] == vectors[1]


def names(folder):
    """Return the names in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("by_meaning", [False, True])
def test_rows_come_back_as_they_were(tmp_path, by_meaning):
    """Whatever stands in the texts, with and without vectors; the files are the three that are promised, or two."""
    odd = row(7, 'Line\u2028one\n"two"\t\u0085', "Ünï çødé 鍵 \U0001f511", 60)
    one = saved(by_meaning=by_meaning)
    one = replace(one, rows=(odd, *one.rows[1:]), k=3)
    save_rows(tmp_path / "memory", one)
    found = load_rows(tmp_path / "memory")

    assert same(found, one)
    assert found.stamp == stamp_of(tmp_path / "memory")
    assert names(tmp_path / "memory") == [ABOUT, LINES, *([VECTORS] if by_meaning else [])]


def test_no_folder_and_no_memory_are_none(tmp_path):
    """A version without rows has none; a folder with a torn first save neither."""
    save_rows(tmp_path / "torn", saved())
    (tmp_path / "torn" / ABOUT).unlink()

    assert load_rows(tmp_path / "none") is None
    assert load_rows(tmp_path) is None
    assert load_rows(tmp_path / "torn") is None


def spoil(folder, how):
    """Damage a saved memory in one way."""
    about = json.loads((folder / ABOUT).read_text())
    if how == "row":
        (folder / LINES).write_bytes((folder / LINES).read_bytes().replace(b"four", b"five"))
    elif how == "vector":
        content = (folder / VECTORS).read_bytes()
        (folder / VECTORS).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif how == "gone":
        (folder / LINES).unlink()
    elif how == "cut":
        (folder / ABOUT).write_text((folder / ABOUT).read_text()[:-9])
    elif how == "list":
        (folder / ABOUT).write_text("[]")
    elif how in {"words", "below"}:
        (folder / ABOUT).write_text(json.dumps({**about, "k": "one" if how == "words" else -3}))
    elif how == "number":
        (folder / LINES).write_text(re.sub(r'"question": "[^"]*"', '"question": 5', (folder / LINES).read_text()))
        about["files"][LINES] = durable.sha256_of(folder / LINES)
        (folder / ABOUT).write_text(json.dumps(about))
    elif how == "key":
        del about["k"]
        (folder / ABOUT).write_text(json.dumps(about))
    else:
        shutil.copy(folder.parent / "short" / VECTORS, folder / VECTORS)
        about["files"][VECTORS] = durable.sha256_of(folder / VECTORS)
        (folder / ABOUT).write_text(json.dumps(about))


@pytest.mark.parametrize("how", ["row", "vector", "gone", "cut", "list", "key", "words", "below", "number", "short"])
def test_damage_is_one_error(tmp_path, how):
    """A changed byte, a missing file, torn JSON, vectors of another number of rows: told with the folder, never half used."""
    save_rows(tmp_path / "short", without(saved(by_meaning=True), ["id-3"]))
    save_rows(tmp_path / "memory", saved(by_meaning=True))
    spoil(tmp_path / "memory", how)

    with pytest.raises(RegistryError, match="are damaged") as caught:
        load_rows(tmp_path / "memory")
    assert str(tmp_path / "memory") in caught.value.seen
    assert "burnish fsck" in caught.value.remedy


def test_another_form_is_told_as_that(tmp_path):
    """Files of a newer burnish are not called damaged."""
    save_rows(tmp_path, saved())
    (tmp_path / ABOUT).write_text(json.dumps({**json.loads((tmp_path / ABOUT).read_text()), "form": 2}))

    with pytest.raises(RegistryError, match="another version of burnish"):
        load_rows(tmp_path)


def test_keys_of_tomorrow_are_passed_over(tmp_path):
    """A key that this form does not know changes nothing."""
    save_rows(tmp_path, saved())
    (tmp_path / ABOUT).write_text(json.dumps({**json.loads((tmp_path / ABOUT).read_text()), "colour": "red"}))

    assert load_rows(tmp_path) == saved()


def test_rows_are_taken_out_with_their_vectors():
    """By the ids of their conversations; what is left keeps its order, and nothing known is gone where none is named."""
    one = saved(by_meaning=True)
    left = without(one, {"id-1", "id-4", "unknown"})

    assert [each.id for each in left.rows] == ["id-2", "id-3", "id-5", "id-6"]
    assert np.array_equal(left.vectors.both_RD, one.vectors.both_RD[[1, 2, 4, 5]])
    assert np.array_equal(left.vectors.question_RD, one.vectors.question_RD[[1, 2, 4, 5]])
    assert same(without(one, []), one)
    assert without(saved(), [each.id for each in ROWS]).rows == ()


def test_what_is_taken_out_leaves_no_byte(tmp_path):
    """After a second save none of the files holds a word of the row, and vectors that are no more are no file."""
    save_rows(tmp_path, saved(by_meaning=True))
    save_rows(tmp_path, without(saved(by_meaning=True), ["id-3"]))
    words = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    save_rows(tmp_path, saved())

    assert b"At four." not in words
    assert b"Behind the clock." in words
    assert names(tmp_path) == [ABOUT, LINES]


def test_no_rows_can_be_saved(tmp_path):
    """A memory of which all was forgotten is still one."""
    empty = without(saved(by_meaning=True), [each.id for each in ROWS])
    save_rows(tmp_path, empty)

    assert same(load_rows(tmp_path), empty)


def test_a_kill_at_any_step_leaves_the_old_rows_or_the_new(tmp_path, monkeypatch):
    """Killed before any durable step, what is read is one whole memory, and the next save ends well and clean."""
    old, new = saved(by_meaning=True), without(saved(by_meaning=True), ["id-3", "id-6"])
    number, seen = 0, []
    save_rows(tmp_path, old)
    while kill_at(monkeypatch, number, lambda: save_rows(tmp_path, new)):
        found = load_rows(tmp_path)
        seen.append(len(found.rows))

        assert same(found, old) or same(found, new), number
        save_rows(tmp_path, new)
        assert names(tmp_path) == [ABOUT, LINES, VECTORS]
        save_rows(tmp_path, old)
        number += 1
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {4, 6}


def test_a_save_after_a_killed_one_may_be_killed_too(tmp_path, monkeypatch):
    """Rows that count already, and are not in place yet, are not lost to a second save that gets nowhere."""
    old, new, newer = (without(saved(by_meaning=True), gone) for gone in ([], ["id-3"], ["id-3", "id-6"]))
    for first in range(40):
        for second in range(0, 40, 3):
            save_rows(tmp_path, old)
            kill_at(monkeypatch, first, lambda: save_rows(tmp_path, new))
            if not (tmp_path / NEXT / ABOUT).exists():
                break
            kill_at(monkeypatch, second, lambda: save_rows(tmp_path, newer))
            found = load_rows(tmp_path)

            assert same(found, new) or same(found, newer), (first, second)


def test_a_first_save_that_was_killed_is_none_or_whole(tmp_path, monkeypatch):
    """There is no moment in which a new memory is damaged."""
    number, seen = 0, set()
    while kill_at(monkeypatch, number, partial(save_rows, tmp_path / str(number), saved(by_meaning=True))):
        found = load_rows(tmp_path / str(number))
        seen.add(found is None)
        number += 1

        assert found is None or same(found, saved(by_meaning=True))
    assert seen == {True, False}


def test_rows_that_are_replaced_while_they_are_read_are_read_again(tmp_path, monkeypatch):
    """A reader that meets the new rows beside the old memory.json takes the new memory, and calls nothing damaged."""
    save_rows(tmp_path, saved(by_meaning=True))
    new = without(saved(by_meaning=True), ["id-3"])
    sha256_of, replaced = durable.sha256_of, []

    def slow(path):
        if not replaced:
            replaced.append(True)
            save_rows(tmp_path, new)
        return sha256_of(path)

    monkeypatch.setattr(durable, "sha256_of", slow)

    assert same(load_rows(tmp_path), new)


def test_a_full_disk_leaves_the_old_rows(tmp_path, monkeypatch):
    """A disk that is full while the new rows are written is a StorageError, and the old ones stay."""
    save_rows(tmp_path, saved())

    def full(operation, path):
        if operation == "write" and path.name == ABOUT:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)
    with pytest.raises(StorageError):
        save_rows(tmp_path, without(saved(), ["id-3"]))
    monkeypatch.setattr(durable, "FAULT_HOOK", None)

    assert load_rows(tmp_path) == saved()


@pytest.mark.parametrize(
    "change",
    [{"k": 2}, {"unknown": "?"}, {"encoder": "another"}, {"encoder_digest": "e" * 64}, {"rows": ROWS[1:]}, {"rows": ROWS[::-1]}],
)
def test_the_digest_is_of_all_that_decides(tmp_path, change):
    """It is the same wherever the rows lie, and another for any other rows, number, encoder or words for what is not known."""
    save_rows(tmp_path, saved())

    assert digest_of(load_rows(tmp_path)) == digest_of(saved())
    assert digest_of(saved(**change)) != digest_of(saved())


def test_what_a_killed_save_left_is_not_read(tmp_path):
    """Files of a save that never got to its end do not count."""
    save_rows(tmp_path, saved())
    (tmp_path / NEXT).mkdir()
    (tmp_path / NEXT / LINES).write_text("{}\n")

    assert load_rows(tmp_path) == saved()
