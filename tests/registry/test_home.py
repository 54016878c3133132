"""Where a project is found, and made."""

from __future__ import annotations

import pytest

from burnish.errors import StorageError
from burnish.registry.home import find_home, make_home


def test_a_home_is_found_from_any_folder_below(tmp_path):
    """Walking up from a folder deep inside finds the nearest project above it."""
    outer = make_home(tmp_path)
    inner = make_home(tmp_path / "inner")
    deep = tmp_path / "inner" / "a" / "b"
    deep.mkdir(parents=True)

    assert find_home(deep, None) == inner
    assert find_home(tmp_path, "") == outer


def test_no_home_is_none_and_nothing_is_made(tmp_path):
    """Looking for a project makes none."""
    below = tmp_path / "a"
    below.mkdir()

    assert find_home(below, str(tmp_path / "b")) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]


@pytest.mark.parametrize("named", ["", ".burnish"])
def test_an_override_names_the_project_or_its_burnish_folder(tmp_path, named):
    """`--home` may name either; the project above the working folder is then not looked at."""
    make_home(tmp_path)
    other = make_home(tmp_path / "other" / named)

    assert other == tmp_path / "other" / ".burnish"
    assert find_home(tmp_path, str(tmp_path / "other" / named)) == other


def test_making_a_home_twice_changes_nothing(tmp_path):
    """A home that is there is left as it is."""
    home = make_home(tmp_path)
    (home / "runs" / "x").mkdir()
    again = make_home(tmp_path)

    assert again == home
    assert sorted(path.name for path in (home).iterdir()) == ["blobs", "runs"]
    assert (home / "runs" / "x").is_dir()


def test_a_file_called_burnish_is_not_taken_for_a_home(tmp_path):
    """A file in the way is no project, and is not written over."""
    (tmp_path / ".burnish").write_text("mine")
    with pytest.raises(StorageError) as caught:
        make_home(tmp_path)

    assert "a file of that name" in str(caught.value)
    assert find_home(tmp_path, None) is None
    assert (tmp_path / ".burnish").read_text() == "mine"
