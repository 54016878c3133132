"""Weights that were copied are not held twice: the file's pages are given back, and nobody who still reads finds anything else."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest
import torch

from burnish.model import pages
from burnish.model.pages import let_go

PAGES = 64
SIZE = PAGES * mmap.PAGESIZE

pytestmark = pytest.mark.skipif(not pages.MAPS.exists(), reason="no /proc/self/maps on this system")


@pytest.fixture
def mapped(tmp_path):
    """Return a tensor that is mapped from a file, every page of it read."""
    path = tmp_path / "weights.bin"
    path.write_bytes(os.urandom(SIZE))
    tensor = torch.from_file(str(path), shared=False, size=SIZE, dtype=torch.uint8)
    assert int(tensor.sum()) > 0
    return tensor, path


def _resident(address):
    """Return the bytes of the mapping at an address that are in memory."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    inside = False
    for line in lines:
        if "-" in line.split()[0] and not line.split()[0].endswith(":"):
            low, _, high = line.split()[0].partition("-")
            inside = int(low, 16) <= address < int(high, 16)
        elif inside and line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(hex(address))


def test_pages_of_a_file_are_given_back_and_read_again_where_they_are_wanted(mapped):
    """Memory falls by what was let go, and the file's bytes are still there."""
    tensor, path = mapped
    before = _resident(tensor.data_ptr())

    assert let_go([(tensor.data_ptr(), SIZE)]) == SIZE
    assert _resident(tensor.data_ptr()) <= before - SIZE
    assert bytes(tensor.numpy()) == path.read_bytes()


def test_only_whole_pages_inside_the_range_are_let_go(mapped):
    """What lies beside a weight on its first and last page stays, even where it was written to."""
    tensor, path = mapped
    written = torch.full((mmap.PAGESIZE,), 7, dtype=torch.uint8)
    tensor[: mmap.PAGESIZE] = written
    tensor[-mmap.PAGESIZE :] = written

    assert let_go([(tensor.data_ptr() + 1, SIZE - 2)]) == SIZE - 2 * mmap.PAGESIZE
    assert torch.equal(tensor[: mmap.PAGESIZE], written)
    assert torch.equal(tensor[-mmap.PAGESIZE :], written)
    assert bytes(tensor[mmap.PAGESIZE : -mmap.PAGESIZE].numpy()) == path.read_bytes()[mmap.PAGESIZE : -mmap.PAGESIZE]


def test_memory_that_is_no_files_is_left_alone():
    """A weight that was converted lies in the heap: giving its pages back would fill them with zeros."""
    tensor = torch.arange(SIZE, dtype=torch.int64)
    assert let_go([(tensor.data_ptr(), tensor.nbytes)]) == 0
    assert torch.equal(tensor, torch.arange(SIZE, dtype=torch.int64))


def test_a_range_that_leaves_its_mapping_is_left_alone(mapped):
    """A wrong size touches nothing behind the file."""
    tensor, _ = mapped
    assert let_go([(tensor.data_ptr(), SIZE * 1000)]) == 0


def test_a_shared_mapping_is_left_alone(tmp_path):
    """Only private mappings are touched."""
    path = tmp_path / "shared.bin"
    path.write_bytes(os.urandom(SIZE))
    tensor = torch.from_file(str(path), shared=True, size=SIZE, dtype=torch.uint8)
    assert let_go([(tensor.data_ptr(), SIZE)]) == 0


def test_without_proc_nothing_is_done(mapped, tmp_path, monkeypatch):
    """Elsewhere than on Linux it costs memory, nothing else."""
    tensor, _ = mapped
    monkeypatch.setattr(pages, "MAPS", tmp_path / "none")
    assert let_go([(tensor.data_ptr(), SIZE)]) == 0
