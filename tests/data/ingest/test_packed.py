"""Archives packed by gzip: read as their members would be in a folder, from any place, and never unpacked to the disk."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import zipfile

import pytest
from exporting import said, slack, taken

from burnish.data.files import bombs, inflate, tar
from burnish.data.files.desk import Desk
from burnish.data.files.store import open_store
from burnish.errors import DataError

NOTE = b"# When is the market?\n\nEvery Thursday at nine."
ROW = [["When is the market?", "Every Thursday at nine."]]


@pytest.fixture
def small_steps(monkeypatch):
    """Keep states every kilobyte, and only eight of them, so that small archives are large ones."""
    monkeypatch.setattr(inflate, "STEP_BYTES", 1000)
    monkeypatch.setattr(inflate, "STATES", 8)
    monkeypatch.setattr(inflate, "PIECE", 500)


def archive(path, *members):
    """Write a .tar.gz of (name or TarInfo, bytes) pairs; return its path."""
    with tarfile.open(path, "w:gz") as file:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def member(name, kind, target=""):
    """Return a member of a kind that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize("name", ["notes.tar.gz", "notes.tgz", "notes"])
def test_a_packed_tar_archive_gives_the_rows_of_its_members(name, tmp_path):
    """It is known by its bytes, whatever its name, and nothing is written beside it."""
    path = archive(tmp_path / name, ("a.md", NOTE))
    found = taken("notes", path)

    assert (found.rows, found.faults) == (ROW, [])
    assert list(tmp_path.iterdir()) == [path]


def test_a_slack_export_packed_by_tar_gives_what_its_folder_gives(tmp_path, small_steps):
    """Members of many sizes, read in the order of their names, not as they lie."""
    days = {
        f"{channel}/2024-01-0{day}.json": [said("U0", 1e9 + day, "When? " * 300 * day), said("U1", 1e9 + day + 5, "On Thursday.")]
        for channel in ("general", "random")
        for day in range(1, 8)
    }
    folder = slack(tmp_path / "export", days)
    files = sorted((one for one in folder.rglob("*") if one.is_file()), reverse=True)
    path = archive(tmp_path / "export.tar.gz", *((str(one.relative_to(folder)), one.read_bytes()) for one in files))

    assert taken("auto", path, "Bo").rows == taken("auto", folder, "Bo").rows
    assert len(taken("auto", path, "Bo").rows) > 1


def test_any_part_of_a_gzip_file_is_read_as_it_is(tmp_path, small_steps):
    """Parts anywhere, over joined members, forwards and backwards, equal the bytes themselves; few states are kept."""
    rng = random.Random(5)
    halves = [bytes(rng.choices(b"abcd", k=30_000)), rng.randbytes(20_000)]
    whole = b"".join(halves)
    path = tmp_path / "x.gz"
    path.write_bytes(b"".join(gzip.compress(half) + b"\0" * 700 for half in halves))
    packed = inflate.Gzip(path)
    list(packed.survey())

    assert packed.size == len(whole)
    assert 4 < len(packed._states) <= 8
    for start, size in [(0, 50_000), (29_990, 20), (49_999, 1), (50_000, 0), *((rng.randrange(49_000), 900) for _ in range(20))]:
        with packed.opened(start, size) as file:
            assert file.read() == whole[start : start + size]
    with packed.opened(100, 40_000) as file:
        for at in (39_000, 5, 31_000, 30_900):
            file.seek(at)
            assert file.read(10) == whole[100 + at : 110 + at]


def test_one_packed_file_is_read_as_the_file(tmp_path):
    """A note or a mailbox packed by itself is read; the name loses its .gz."""
    (tmp_path / "a.md.gz").write_bytes(gzip.compress(NOTE))

    assert taken("auto", tmp_path / "a.md.gz").rows == ROW


@pytest.mark.parametrize(
    ("info", "word"),
    [
        (tarfile.TarInfo("../outside.md"), "leaves the folder"),
        (tarfile.TarInfo("/etc/x.md"), "leaves the folder"),
        (member("b.md", tarfile.SYMTYPE, "/etc/passwd"), "link"),
        (member("b.md", tarfile.LNKTYPE, "a.md"), "link"),
        (member("b.md", tarfile.CHRTYPE), "no ordinary file"),
        (member("b.md", tarfile.FIFOTYPE), "no ordinary file"),
        (tarfile.TarInfo("a.md"), "stands twice"),
    ],
)
def test_a_bad_member_is_refused_by_name_and_the_rest_read(info, word, tmp_path):
    """As in a plain archive: names that leave the folder, links, devices and doubles are faults."""
    path = archive(tmp_path / "notes.tar.gz", ("a.md", NOTE), (info, b""))
    found = taken("notes", path)

    assert found.rows == ROW
    assert any(word in fault and info.name in fault for fault in found.faults)
    assert list(tmp_path.iterdir()) == [path]


def test_an_archive_that_is_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    """A gigabyte of zeros in a megabyte: refused at the limit, not at the end."""
    monkeypatch.setattr(bombs, "BOMB_BYTES", 1_000_000)
    path = archive(tmp_path / "b.tar.gz", ("a.md", NOTE), ("b.md", bytes(30_000_000)))
    seen = []
    monkeypatch.setattr(inflate.Gzip, "_keep", lambda self, state: seen.append(state.unpacked))

    with pytest.raises(DataError, match="may be a bomb"):
        open_store(path, Desk())
    assert max(seen) < 200 * path.stat().st_size + 2_000_000


def test_an_archive_of_more_than_is_ever_unpacked_is_refused(tmp_path, monkeypatch):
    """However honest the ratio, there is a most."""
    monkeypatch.setattr(bombs, "TOTAL_BYTES", 1_500_000)
    path = archive(tmp_path / "b.tar.gz", ("a.md", random.Random(1).randbytes(2_000_000)))

    with pytest.raises(DataError, match="may be a bomb"):
        open_store(path, Desk())


def test_a_member_that_is_a_bomb_is_refused_by_name_and_the_rest_read(tmp_path, monkeypatch, small_steps):
    """An archive large enough to hide a bomb by its own ratio is read without it."""
    monkeypatch.setattr(bombs, "BOMB_BYTES", 100_000)
    noise = random.Random(1).randbytes(100_000)
    path = archive(tmp_path / "b.tar.gz", ("a.md", NOTE), ("b.md", bytes(3_000_000)), ("c.bin", noise))
    desk = Desk()
    store = open_store(path, desk)

    assert [one.name for one in store.members] == ["a.md", "c.bin"]
    assert "b.md" in str(desk.faults[0])
    assert "bomb" in str(desk.faults[0])


def test_a_header_as_long_as_a_bomb_does_not_fill_the_memory(tmp_path):
    """An extended header of megabytes is refused; tarfile alone would read it whole."""
    info = tarfile.TarInfo("a.md")
    info.pax_headers = {"comment": "x" * 3_000_000}
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as file:
        file.addfile(info)

    with pytest.raises(DataError) as raised:
        open_store(tmp_path / "a.tar.gz", Desk())
    assert "a header says it is" in raised.value.seen


@pytest.mark.parametrize("where", ["cut", "turned", "tail"])
def test_a_damaged_gzip_file_says_so(where, tmp_path):
    """Cut off, a byte turned, or a check sum that is wrong: nothing is taken for whole."""
    path = archive(tmp_path / "a.tar.gz", ("a.md", NOTE), ("b.md", random.Random(3).randbytes(5000)))
    data = bytearray(path.read_bytes())
    place = {"cut": 0, "turned": len(data) // 2, "tail": len(data) - 6}[where]
    data[place] ^= 0 if where == "cut" else 1
    path.write_bytes(data[:-40] if where == "cut" else data)

    with pytest.raises(DataError, match="damaged gzip file"):
        open_store(path, Desk())


@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_header_amid_an_archive_is_a_fault(packed, tmp_path):
    """Tarfile stops at it without a word; what stood behind it is told to be lost."""
    path = archive(tmp_path / "a.tar.gz", ("a.md", NOTE), ("b.md", NOTE), ("c.md", NOTE))
    data = bytearray(gzip.decompress(path.read_bytes()))
    data[1024 + 150] ^= 1
    path.write_bytes(gzip.compress(data) if packed else bytes(data))
    desk = Desk()
    store = open_store(path, desk)

    assert [one.name for one in store.members] == ["a.md"]
    assert "no end mark" in str(desk.faults[0])
    assert "byte 1024" in str(desk.faults[0])


def test_reading_through_an_archive_is_told(tmp_path, monkeypatch):
    """A large archive is read through once before its first message: that shows its progress."""
    from burnish.flow import ingest
    from burnish.flow.events import Advanced

    monkeypatch.setattr(ingest, "PROGRESS_SECONDS", 0.0)
    rows = json.dumps([{"instruction": "When?", "output": "On Thursday at nine."}])
    path = archive(
        tmp_path / "a.tar.gz", ("a.md", NOTE), ("b.bin", random.Random(3).randbytes(3_000_000)), ("c.json", rows.encode())
    )
    wanted = ingest.Wanted(kind="notes", path=path, out=tmp_path / "o.jsonl", gap_seconds=1.0, within_seconds=1.0, turns=1)
    stages = [one.stage for one in ingest.ingest(wanted) if isinstance(one, Advanced)]

    assert stages.count("looking through the archive") > 1


def inner_zip():
    """Return a ZIP archive with one note in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("inner.md", "# What is inside?\n\nNothing of the export.")
    return out.getvalue()


@pytest.mark.parametrize(("last", "read"), [("z.zip", ["a.md"]), ("z.docx", ["a.md", "z.docx"]), ("z.xlsx", ["a.md", "z.xlsx"])])
def test_a_tar_that_ends_in_a_zip_is_read_as_the_tar(last, read, tmp_path):
    """The end of a ZIP stands near its end, and what stands before it is still read."""
    path = tmp_path / "notes.tar"
    with tarfile.open(path, "w") as file:
        for name, content in (("a.md", NOTE), (last, inner_zip())):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))

    assert [one.name for one in open_store(path, Desk()).members] == read


def test_a_gzip_file_that_holds_a_zip_as_it_is_is_read_as_the_gzip_file(tmp_path):
    """What does not pack is kept as it is: the end of the ZIP can be seen in the gzip file, and is told as what is packed in it."""
    path = tmp_path / "notes.zip.gz"
    path.write_bytes(gzip.compress(inner_zip(), compresslevel=0))

    with pytest.raises(DataError, match=r"notes\.zip\.gz holds archives only") as caught:
        open_store(path, Desk())
    assert caught.value.seen == "notes.zip"


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\nexit\n"])
def test_a_zip_in_which_the_mark_of_a_tar_stands_is_read_as_the_zip(before, tmp_path):
    """`ustar` at byte 257 makes no tar of what begins as a ZIP; one that unpacks itself is known by its end."""
    path = tmp_path / "notes.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.md", b" " * (257 - 34) + b"ustar")
    assert path.read_bytes()[257:262] == b"ustar"
    path.write_bytes(before + path.read_bytes())

    assert [one.name for one in open_store(path, Desk()).members] == ["a.md"]


def test_members_between_two_kept_states_are_no_bombs(tmp_path, monkeypatch, small_steps):
    """In a very large archive the states lie far apart: a member that begins and ends between two of them is honest all the same."""
    monkeypatch.setattr(bombs, "BOMB_BYTES", 4_000)
    noise = random.Random(1)
    path = archive(tmp_path / "b.tar.gz", *((f"{number:03d}.bin", noise.randbytes(5_000)) for number in range(120)))
    desk = Desk()

    assert len(open_store(path, desk).members) == 120
    assert desk.faults == []


def crafted(path, *headers):
    """Write a tar archive of notes, each with the extended headers given; return its path."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as file:
        for number, header in enumerate(headers):
            info = tarfile.TarInfo(f"{number}.md")
            info.size, info.pax_headers = len(NOTE), header
            file.addfile(info, io.BytesIO(NOTE))
    return path


def test_a_header_that_holds_no_number_is_a_fault_and_what_stands_before_is_read(tmp_path):
    """Alone it makes a damaged archive; either way nobody sees a traceback."""
    bad, desk = {"GNU.sparse.map": "abc"}, Desk()
    store = open_store(crafted(tmp_path / "a.tar", {}, bad, {}), desk)

    assert [one.name for one in store.members] == ["0.md"]
    assert "a header cannot be read" in str(desk.faults[0])
    assert "behind 0.md" in str(desk.faults[0])
    with pytest.raises(DataError, match="damaged tar archive"):
        open_store(crafted(tmp_path / "b.tar", bad), Desk())


def test_headers_that_promise_another_for_ever_are_a_fault(tmp_path):
    """Each long name is said to be followed by the next: tarfile goes down one call for each."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1
    first = tarfile.TarInfo("0.md")
    endless = (info.tobuf(tarfile.GNU_FORMAT) + b"y".ljust(512, b"\0")) * 3_000
    path = tmp_path / "a.tar"
    path.write_bytes(first.tobuf(tarfile.GNU_FORMAT) + endless)
    desk = Desk()

    assert [one.name for one in open_store(path, desk).members] == ["0.md"]
    assert "a header cannot be read" in str(desk.faults[0])


def test_too_many_members_are_refused_at_the_limit(tmp_path, monkeypatch):
    """Not after all of them were looked at: what stands behind the limit is damaged, and nobody learns it."""
    monkeypatch.setattr(tar, "MEMBERS", 3)
    path = crafted(tmp_path / "a.tar", {}, {}, {}, {}, {"GNU.sparse.map": "abc"})

    with pytest.raises(DataError, match="too many members") as raised:
        open_store(path, Desk())
    assert raised.value.seen == "more than 3"
