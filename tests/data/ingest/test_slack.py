"""Slack exports: folders and archives, several channels and days, threads, edits, bots, names."""

from __future__ import annotations

import json
import stat
import zipfile

import pytest
from exporting import EXPORTS, expected, said, slack, taken, zipped

from burnish.errors import DataError

DAY = "general/2024-01-01.json"
ASKED, ANSWERED = said("U0", 100, "When is the market?"), said("U1", 160, "Every Thursday at nine.")


@pytest.mark.parametrize("name", ["slack_viewer_hamza", "slack_viewer_abilinski"])
def test_a_real_export_gives_the_conversations_written_by_hand(name):
    """The rows of one person in a real workspace are those a reader finds, and the books close over all 158 messages."""
    wanted = expected(name)
    found = taken("auto", EXPORTS / "slack/slack_export_viewer_testarchive.zip", wanted["me"])

    assert found.kind == "slack"
    for row in wanted["rows"]:
        assert row in found.rows
    assert found.books.read == 158
    assert found.faults == []


def test_a_person_who_answers_nobody_gives_no_row():
    """In an export where one person talks alone, no row is made up."""
    found = taken("slack", EXPORTS / "slack/langchain_slack_export.zip", "Example User")

    assert found.rows == []
    assert found.books.read == 5
    assert found.books.aside["your words with nothing before them to answer"] == 4


def test_names_links_and_marks_are_resolved(tmp_path):
    """Mentions, channels, links, mail addresses, !here and HTML marks become what people saw; other names of a person are known."""
    asked = said("U0", 1, "<@U1> see <#C0|general> &amp; <https://x.org|the page>, <mailto:a@x.org|a@x.org> <!here>")
    answer = said("U1", 2, "I read <https://x.org> &lt;now&gt;")
    found = taken("slack", slack(tmp_path / "e", {DAY: [asked, answer]}), "bo@x.org")

    assert found.rows == [["@Bo see #general & the page (https://x.org), a@x.org @here", "I read https://x.org <now>"]]


def test_threads_are_kept_together_across_days(tmp_path):
    """A reply days later belongs to its thread, and what was said in the channel meanwhile does not."""
    root = said("U0", 100, "How do I reset it?", thread_ts="100.000000")
    later = said("U1", 500_000, "Hold the button for ten seconds.", thread_ts="100.000000")
    noise = said("U2", 499_990, "Lunch is ready now")
    days = {DAY: [root], "general/2024-01-06.json": [noise, later]}
    found = taken("slack", slack(tmp_path / "e", days), "Bo")

    assert found.rows == [["How do I reset it?", "Hold the button for ten seconds."]]
    assert found.conversations[0].metadata["thread"] == "100.000000"


def test_bots_joins_deletions_and_edits(tmp_path):
    """Bots, notices and deleted messages are set aside by reason; an edited message counts with its last words."""
    day = [
        said("U2", 1, "<@U2> has joined the channel", subtype="channel_join"),
        said("B1", 2, "Build 7 failed", subtype="bot_message", bot_id="B1"),
        said("U2", 3, "This message was deleted.", subtype="tombstone"),
        said("U0", 4, "", files=[{"id": "F1"}]),
        said("U0", 5, "Which build failed, please?", edited={"user": "U0", "ts": "6.0"}),
        said("U1", 7, "Number seven, again."),
    ]
    found = taken("slack", slack(tmp_path / "e", {DAY: day}), "Bo")

    assert found.rows == [["Which build failed, please?", "Number seven, again."]]
    assert found.books.used == 2
    assert dict(found.books.aside) == {
        "a notice of the chat itself": 1,
        "written by a bot": 1,
        "deleted": 1,
        "no words (a picture, a file, a call)": 1,
    }


def test_a_broken_message_costs_only_itself(tmp_path):
    """Of a day file with a broken message in the middle the others are read, as are the other days; the fault names file and place."""
    good = json.dumps(ASKED).encode()
    broken = b"[" + good + b',\n {"type": "message", "text": "half\n,\n {' + json.dumps(ANSWERED).encode()[1:] + b"]"
    days = {
        DAY: broken,
        "general/2024-01-02.json": [said("U0", 900_000, "And on holidays?"), said("U1", 900_010, "Then it is closed.")],
    }
    found = taken("slack", slack(tmp_path / "e", days), "Bo")

    assert found.rows == [["When is the market?", "Every Thursday at nine."], ["And on holidays?", "Then it is closed."]]
    assert len(found.faults) == 1
    assert f"{DAY}: character" in found.faults[0]
    assert "(element 2)" in found.faults[0]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not JSON"),
        (b"[", "not JSON"),
        (b"nonsense", "not JSON"),
        (b"[1, null]", "this is no object"),
        (b"[" * 100_000, "not JSON"),
        (b'[{"type":"message","user":"U0","ts":"x","text":"hi there"}]', "no time"),
        (b'[{"type":"message","user":"U0","ts":"5","text":"caf\xe9 at noon"}]', "not UTF-8"),
        (b"\xff\xfe\x00", "not JSON"),
    ],
)
def test_a_bad_day_is_named_and_the_others_are_read(content, word, tmp_path):
    """Whatever a day file holds, the fault names it, and the other day gives its row."""
    days = {"other/2023-12-31.json": content, DAY: [ASKED, ANSWERED]}
    found = taken("slack", slack(tmp_path / "e", days), "Bo")

    assert ["When is the market?", "Every Thursday at nine."] in found.rows
    assert any("2023-12-31.json" in fault and word in fault for fault in found.faults)


def test_odd_fields_are_no_crash(tmp_path):
    """A message whose every field is of a wrong kind, or missing, is accounted for like any other."""
    odd = [{}, {"text": 5, "user": None, "ts": None}, {"text": ["a"], "user": 7, "ts": [], "thread_ts": 3, "user_profile": "x"}]
    found = taken("slack", slack(tmp_path / "e", {DAY: [*odd, ASKED, ANSWERED], "empty/2024-01-01.json": []}), "Bo")

    assert found.books.read == 5
    assert found.rows == [["When is the market?", "Every Thursday at nine."]]


def test_users_without_a_list_get_the_names_that_stand_beside_them(tmp_path):
    """Without users.json the names come from the messages; without those, the id is the name."""
    folder = slack(tmp_path / "e", {DAY: [{**ASKED, "user_profile": {"real_name": "Anna"}}, ANSWERED]})
    (folder / "users.json").write_text("[{]")
    found = taken("slack", folder, "U1")

    assert found.rows == [["When is the market?", "Every Thursday at nine."]]
    assert dict(found.people) == {"Anna": 1, "U1": 1}
    assert any("users.json" in fault for fault in found.faults)


def _members(tmp_path, extra):
    folder = slack(tmp_path / "e", {DAY: [ASKED, ANSWERED]})
    inside = [(str(one.relative_to(folder)), one.read_bytes()) for one in sorted(folder.rglob("*.json"))]
    return zipped(tmp_path / "e.zip", [*inside, *extra])


def _info(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("../outside.json", b"[]", "leaves the folder"),
        ("/etc/2024-01-01.json", b"[]", "leaves the folder"),
        ("general/../../2024-01-03.json", b"[]", "leaves the folder"),
        ("C:/2024-01-03.json", b"[]", "leaves the folder"),
        (_info("general/2024-01-03.json", stat.S_IFLNK | 0o777), b"/etc/passwd", "link"),
        (_info("general/2024-01-03.json", stat.S_IFIFO | 0o600), b"", "no ordinary file"),
        (DAY, b"[]", "stands twice"),
        ("General/2024-01-01.json", b"[]", "upper and lower case"),
        ("general/2024-01-03.json", b" " * (65 * 1024**2), "bomb"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bad_member_of_an_archive_is_refused_and_the_rest_read(name, content, word, tmp_path):
    """Names that leave the folder, links, devices, doubles and bombs are named as faults; nothing is unpacked."""
    path = _members(tmp_path, [(name, content)])
    before = sorted(tmp_path.rglob("*"))
    found = taken("slack", path, "Bo")

    assert found.rows == [["When is the market?", "Every Thursday at nine."]]
    assert any(word in fault for fault in found.faults)
    assert [one for one in sorted(tmp_path.rglob("*")) if one not in before] == []


def test_many_members_that_are_a_bomb_together_are_refused(tmp_path):
    """No member is one, and all unpack to far more than the archive is: it is not read at all."""
    path = _members(tmp_path, [(f"general/2024-01-{day:02d}.json", b" " * (23 * 1024**2)) for day in (3, 4, 5)])

    with pytest.raises(DataError, match="may be a bomb"):
        taken("slack", path, "Bo")


def test_archives_within_an_export_are_told_and_not_read(tmp_path):
    """What is packed once more is not opened, and not passed over without a word either: one fault names them."""
    folder = slack(tmp_path / "e", {DAY: [ASKED, ANSWERED]})
    for name in ("more.zip", "old.tar.gz", "a.7z", "b.xz"):
        (folder / name).write_bytes(b"PK\x03\x04")
    for export in (folder, _members(tmp_path, [("inner.zip", b"PK"), ("inner.TGZ", b"x")])):
        found = taken("auto", export, "Bo")

        assert found.rows == [["When is the market?", "Every Thursday at nine."]]
        assert [fault.partition(": ")[2].partition(" (")[0] for fault in found.faults] == [
            "archives within the export are not opened"
        ]
    assert "a.7z, b.xz, more.zip and 1 more" in taken("auto", folder, "Bo").faults[0]


def test_a_folder_of_archives_alone_names_them(tmp_path):
    """Who names the folder that the download lies in is told to name the download."""
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    _members(tmp_path, []).rename(downloads / "export.zip")

    with pytest.raises(DataError, match="holds archives only") as caught:
        taken("auto", downloads, "Bo")
    assert caught.value.seen == "export.zip"
    assert caught.value.remedy == "name one of them"


@pytest.mark.parametrize("kind", ["auto", "slack", "notes"])
def test_an_archive_without_its_end_is_told_as_damaged(kind, tmp_path):
    """A download that broke off is no archive to Python, and no other kind of file to a person."""
    path = _members(tmp_path, [])
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(DataError, match="damaged ZIP archive"):
        taken(kind, path, "Bo")


def test_links_in_a_folder_are_not_followed(tmp_path):
    """A link in the export's folder is named and not read."""
    folder = slack(tmp_path / "e", {DAY: [ASKED, ANSWERED]})
    (tmp_path / "secret.json").write_text(json.dumps([said("U1", 1, "a secret of another folder")]))
    (folder / "general" / "2024-01-09.json").symlink_to(tmp_path / "secret.json")
    found = taken("slack", folder, "Bo")

    assert any("2024-01-09.json: a link is not followed" in fault for fault in found.faults)
    assert found.books.read == 2


def test_a_damaged_archive_gives_what_can_be_read(tmp_path):
    """Bytes changed in the middle of a member of an archive cost that member's end, not the ingest."""
    path = _members(
        tmp_path,
        [("general/2024-01-03.json", json.dumps([said("U0", 10**6 + i, f"Words {i} of it") for i in range(500)]).encode())],
    )
    data = bytearray(path.read_bytes())
    at = data.find(b"general/2024-01-03.json") + 400
    data[at : at + 40] = b"\xff" * 40
    path.write_bytes(data)
    found = taken("slack", path, "Bo")

    assert ["When is the market?", "Every Thursday at nine."] in found.rows
    assert any("2024-01-03.json" in fault for fault in found.faults)


@pytest.mark.parametrize(
    "between",
    [
        said("U0", 170, "", subtype="file_share", files=[{"id": "F1"}]),
        said("U0", 170, "This message was deleted.", subtype="tombstone"),
        said("U2", 170, "<@U2> has joined the channel", subtype="channel_join"),
        said("", 170, "build failed", subtype="bot_message", bot_id="B1"),
    ],
)
def test_files_joins_and_machines_end_a_turn(between, tmp_path):
    """What I say to a file, a deleted message, a join or a machine is not joined to my answer before."""
    found = taken("slack", slack(tmp_path / "e", {DAY: [ASKED, ANSWERED, between, said("U1", 180, "What a lovely dog!")]}), "Bo")

    assert found.rows == [["When is the market?", "Every Thursday at nine."]]
    assert found.books.aside["your words with nothing before them to answer"] == 1
