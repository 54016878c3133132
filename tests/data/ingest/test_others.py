"""Assistants' exports, GitHub, git log, tables and notes: forms the samples do not have, and what may be wrong with them."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from exporting import EXPORTS, taken

from burnish.data.files import table
from burnish.errors import DataError

ROW = [["When is the market?", "Every Thursday at nine."]]


def write(path, value):
    """Write a value as JSON, a text as it is."""
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def _node(key, parent, children, role, *parts, kind="text", **more):
    content = (
        {"content_type": kind, "parts": list(parts)}
        if kind != "thoughts"
        else {"content_type": kind, "thoughts": [{"content": parts[0]}]}
    )
    return key, {
        "id": key,
        "parent": parent,
        "children": children,
        "message": {"author": {"role": role}, "content": content, "metadata": {}, **more},
    }


def test_chatgpt_keeps_the_path_of_the_current_node(tmp_path):
    """The node that is named as current decides; thoughts, tools, hidden and system messages are no turns of the talk."""
    mapping = dict(
        [
            _node("s", None, ["q"], "system", ""),
            _node("q", "s", ["t", "late"], "user", {"content_type": "image"}, "When is the market?"),
            _node("t", "q", ["w"], "assistant", "I must recall.", kind="thoughts"),
            _node("w", "t", ["a"], "assistant", "search()", recipient="web"),
            _node("a", "w", [], "assistant", "Every Thursday at nine."),
            _node("late", "q", [], "assistant", "Never."),
        ]
    )
    found = taken(
        "chatgpt",
        write(tmp_path / "conversations.json", [{"title": "T", "mapping": mapping, "current_node": "a", "create_time": 0.0}]),
    )

    assert found.rows == ROW
    assert found.conversations[0].messages[1].reasoning_content == "I must recall."
    assert found.books.aside == {
        "no turn of the talk (a tool, a system note, a hidden message)": 3,
        "a branch that was not kept": 1,
    }


@pytest.mark.parametrize("current", ["a", "nowhere", None])
def test_a_tree_that_bites_its_tail_ends(current, tmp_path):
    """Nodes that point at each other in a ring do not hang the reading."""
    mapping = dict([_node("a", "b", ["b"], "user", "x y"), _node("b", "a", ["a"], "assistant", "y z")])

    assert taken("chatgpt", write(tmp_path / "c.json", [{"mapping": mapping, "current_node": current}])).books.balance == 0


def test_claude_keeps_the_path_of_the_last_message(tmp_path):
    """Where messages name their parents, the branch that stood last is the row."""

    def one(key, parent, sender, text):
        return {"uuid": key, "parent_message_uuid": parent, "sender": sender, "text": text, "content": []}

    root = "00000000-0000-4000-8000-000000000000"
    chat = [
        one("1", root, "human", "When is the market?"),
        one("2", "1", "assistant", "Never."),
        one("3", "1", "assistant", "Every Thursday at nine."),
    ]
    found = taken("claude", write(tmp_path / "c.json", [{"name": "x", "chat_messages": chat}]))

    assert found.rows == ROW
    assert found.books.aside == {"a branch that was not kept": 1}


def _comment(number, who, body, **more):
    url = "https://api.github.com/repos/o/n/issues/7"
    return {
        "id": number,
        "node_id": f"C{number}",
        "issue_url": url,
        "user": {"login": who, "type": "User"},
        "body": body,
        "created_at": f"2024-01-0{number}T00:00:00Z",
        **more,
    }


def test_github_issue_with_its_comments_in_other_files(tmp_path):
    """An issue and its comments, as two REST answers and as lines of JSON, are one thread; bots and doubles are set aside."""
    issue = {
        "node_id": "I7",
        "url": "https://api.github.com/repos/o/n/issues/7",
        "title": "When is the market?",
        "body": None,
        "user": {"login": "anna"},
        "created_at": "2024-01-01T00:00:00Z",
    }
    robot = _comment(3, "dependabot[bot]", "Bumps x", user={"login": "dependabot[bot]", "type": "Bot"})
    write(
        tmp_path / "comments.jsonl", "\n".join(json.dumps(one) for one in (_comment(2, "bo", "Every Thursday at nine."), robot))
    )
    write(tmp_path / "issues.json", [issue, {**issue, "comments": [_comment(2, "bo", "Every Thursday at nine.")]}])
    found = taken("auto", tmp_path, "bo")

    assert (found.kind, found.rows) == ("github", ROW)
    assert found.books.aside == {"written by a bot": 1, "the same message again": 2}
    assert found.conversations[0].metadata["thread"] == "o/n#7"


def test_github_discussion_and_review_of_graphql(tmp_path):
    """Nested answers of GraphQL: a pull request with a review and its comments."""
    review = {
        "author": {"login": "bo"},
        "body": "Every Thursday at nine.",
        "submittedAt": "2024-01-02T00:00:00Z",
        "url": "https://github.com/o/n/pull/3#r",
    }
    pull = {
        "number": 3,
        "title": "When is the market?",
        "body": "",
        "author": {"login": "anna"},
        "createdAt": "2024-01-01T00:00:00Z",
        "url": "https://github.com/o/n/pull/3",
        "reviews": {"nodes": [review]},
    }
    found = taken("github", write(tmp_path / "x.json", {"data": {"repository": {"pullRequest": pull}}}), "bo")

    assert found.rows == ROW


def test_webhook_payloads_give_each_comment_once():
    """GitHub's own examples of webhooks: every comment and issue is read, with its thread."""
    found = taken("github", EXPORTS / "github" / "webhooks", "nobody")

    assert found.books.read == 8
    assert set(found.people) == {"Codertocat"}


LOG = """commit 1111111111111111111111111111111111111111
Author: Bo <bo@x.org>
Date:   Mon Jan 1 10:00:00 2024 +0100

    Sort rows by time

    Exports come newest first, so answers stood
    before their questions.

    Signed-off-by: Bo <bo@x.org>

commit 2222222222222222222222222222222222222222
Merge: 1 3
Author: Bo <bo@x.org>
Date:   Mon Jan 1 10:00:00 2024 +0100

    Merge branch x

commit 3333333333333333333333333333333333333333 (tag: v1)
Author: Anna <anna@x.org>
Date:   Mon Jan 1 10:00:00 2024 +0100

    Add tests

    They were missing.
"""


def test_git_log(tmp_path):
    """A commit's title asks and what stands beneath it answers; merges, titles alone and other writers are in the books."""
    found = taken("auto", write(tmp_path / "log.txt", LOG), "bo@x.org")

    assert found.kind == "gitlog"
    assert found.rows == [["Sort rows by time", "Exports come newest first, so answers stood\nbefore their questions."]]
    assert found.conversations[0].metadata["time"] == "2024-01-01T09:00:00Z"
    assert found.books.aside == {"a title alone: nothing is said of why": 1, "by somebody else": 1}
    assert len(taken("gitlog", tmp_path / "log.txt").rows) == 2


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tickets_with_a_resolution(separator, tmp_path):
    """A ticket with subject, description and resolution is a row; one without a resolution is set aside, a short row is a fault."""
    lines = [
        ["Ticket ID", "Subject", "Description", "Resolution"],
        ["1", "Market", "When is it?", "Thursdays."],
        ["2", "Fair", "Where?", ""],
        ["3", "x"],
    ]
    text = "\ufeff" + "\r\n".join(separator.join(line) for line in lines)
    found = taken("auto", write(tmp_path / "t.csv", text))

    assert (found.kind, found.rows) == ("tickets", [["Market\n\nWhen is it?", "Thursdays."]])
    assert "line 4" in found.faults[0]
    assert "2 cells under 4 columns" in found.faults[0]


def test_tickets_as_messages_and_columns_by_name(tmp_path):
    """One message a line, with columns that only the person knows: --column says what they hold."""
    text = "Nr,Wer,Was,Wann\n1,Anna,When is the market?,2024-01-02 10:00\n1,Bo,Every Thursday at nine.,2024-01-02 10:05\n"
    path = write(tmp_path / "t.csv", text)
    columns = [("thread", "Nr"), ("author", "Wer"), ("text", "Was"), ("time", "Wann")]

    assert taken("tickets", path, "Bo", columns).rows == ROW
    with pytest.raises(DataError, match="cannot be told what the columns"):
        taken("csv", path, "Bo")
    with pytest.raises(DataError, match="has no column Whom"):
        taken("csv", path, "Bo", [("author", "Whom")])
    with pytest.raises(DataError, match="no column can be named for colour"):
        taken("csv", path, "Bo", [("colour", "Wer")])


def test_parquet(tmp_path):
    """A Parquet table is read as its CSV would be; a damaged one is a fault."""
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(
        pa.table({"question": ["When is the market?"], "answer": ["Every Thursday at nine."]}), tmp_path / "t.parquet"
    )
    found = taken("auto", tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(whole[:40] + b"\0" * 20)

    assert (found.kind, found.rows) == ("parquet", ROW)
    assert "damaged" in taken("parquet", tmp_path / "t.parquet").faults[0]


def test_notes(tmp_path):
    """Headings ask with the headings above them, code holds no headings, facts at the top are no words, names stand in for headings."""
    text = "---\ntitle: x\n---\n# Market\n\n## When\n\nThursdays.\n\n```\n# no heading\n```\n\n## Where\n\nFair\n----\nIn May.\n"
    write(tmp_path / "a.md", text)
    write(tmp_path / "opening-hours.txt", "Nine to five.")
    found = taken("auto", tmp_path)

    assert found.kind == "notes"
    assert found.rows == [
        ["Market: When", "Thursdays.\n\n```\n# no heading\n```"],
        ["Market: Fair", "In May."],
        ["opening hours", "Nine to five."],
    ]
    assert found.books.aside == {"a heading with nothing beneath it": 2}


def test_rows_for_training_are_read_as_check_reads_them(tmp_path):
    """Alpaca and ShareGPT rows come through, a bad one is a fault with its line."""
    rows = [{"instruction": "When is the market?", "output": "Every Thursday at nine."}, {"instruction": "x"}]
    found = taken("auto", write(tmp_path / "r.jsonl", "\n".join(map(json.dumps, rows))))

    assert (found.kind, found.rows) == ("alpaca", ROW)
    assert "line 2" in found.faults[0]
    shared = EXPORTS.parent / "data" / "sharegpt_fastchat.json"
    assert (taken("auto", shared).kind, len(taken("sharegpt", shared).rows)) == ("sharegpt", 12)


@pytest.mark.parametrize("mode", ["w:bz2", "w:xz"])
def test_archives_that_are_not_read_say_what_they_are(mode, tmp_path):
    """An archive packed in another way than gzip is refused by its kind, with what to do."""
    write(tmp_path / "a.md", "# Q\nan answer")
    with tarfile.open(tmp_path / "a.archive", mode) as archive:
        archive.add(tmp_path / "a.md", "a.md")

    with pytest.raises(DataError, match=r"archive is an? (bzip2|xz) archive"):
        taken("auto", tmp_path / "a.archive")


def test_auto_that_cannot_tell_says_so(tmp_path):
    """A path of nothing known, a kind that is misspelt, an empty folder: one error that names what to write."""
    (tmp_path / "x.bin").write_bytes(b"\0\1")
    with pytest.raises(DataError, match="cannot be told what"):
        taken("auto", tmp_path)
    with pytest.raises(DataError) as raised:
        taken("slak", tmp_path)
    assert raised.value.remedy == "write slack"
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="nothing to read"):
        taken("auto", tmp_path / "empty")


def _tar(path, *more):
    """Write a tar archive of one note and of more members; return its path."""
    with tarfile.open(path, "w") as archive:
        for info, content in ((tarfile.TarInfo("a.md"), b"# When is the market?\n\nEvery Thursday at nine."), *more):
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def _kind(name, kind, target=""):
    """Return a member of a kind that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_a_plain_tar_archive_is_read_where_it_lies(tmp_path):
    """Its members come through as from a folder, and nothing is written beside it."""
    path = _tar(tmp_path / "notes.tar")

    assert taken("notes", path).rows == ROW
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("info", "word"),
    [
        (tarfile.TarInfo("../outside.md"), "leaves the folder"),
        (tarfile.TarInfo("a/../../b.md"), "leaves the folder"),
        (_kind("b.md", tarfile.SYMTYPE, "/etc/passwd"), "link"),
        (_kind("b.md", tarfile.LNKTYPE, "a.md"), "link"),
        (_kind("b.md", tarfile.CHRTYPE), "no ordinary file"),
        (_kind("b.md", tarfile.FIFOTYPE), "no ordinary file"),
        (tarfile.TarInfo("a.md"), "stands twice"),
        (tarfile.TarInfo("A.md"), "upper and lower case"),
    ],
)
def test_a_bad_member_of_a_tar_archive_is_refused_and_the_rest_read(info, word, tmp_path):
    """Names that leave the folder, links, devices and doubles are named as faults; nothing is unpacked."""
    path = _tar(tmp_path / "notes.tar", (info, b""))
    found = taken("notes", path)

    assert found.rows == ROW
    assert any(word in fault for fault in found.faults)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("cut", [700, 1100])
def test_a_tar_archive_that_was_cut_off_says_so(cut, tmp_path):
    """Where bytes are missing nothing is taken for whole."""
    long = tarfile.TarInfo("b.md")
    path = _tar(tmp_path / "notes.tar", (long, b"# Q\n\n" + b"word " * 4000))
    path.write_bytes(path.read_bytes()[: 1024 + cut])

    with pytest.raises(DataError, match="damaged tar archive"):
        taken("notes", path)


@pytest.mark.parametrize(
    ("days", "times"),
    [
        (["03/04/2024", "13/04/2024"], ["2024-04-03T00:00:00Z", "2024-04-13T00:00:00Z"]),
        (["03/04/2024 10:05:06", "04/13/2024 1:02 PM"], ["2024-03-04T10:05:06Z", "2024-04-13T13:02:00Z"]),
        (["04.03.24 10:05", "05.03.24 10:05"], ["2024-03-04T10:05:00Z", "2024-03-05T10:05:00Z"]),
        (["2024/03/04", "2024/13/04"], ["2024-03-04T00:00:00Z", None]),
        (["04-Mar-24 09:01 AM", ""], ["2024-03-04T09:01:00Z", None]),
        (["soon", "2024-03-04"], [None, "2024-03-04T00:00:00Z"]),
    ],
)
def test_the_days_of_a_table_are_read_in_the_order_of_the_table(days, times, tmp_path):
    """03/04 is in April where another row has 13/04: one order for the whole file; a date that cannot be read is a fault by its line."""
    lines = ["question,answer,date", *(f"When is market {i}?,Every Thursday at nine.,{day}" for i, day in enumerate(days))]
    found = taken("csv", write(tmp_path / "t.csv", "\n".join(lines)))
    unread = [f"line {i + 2}" for i, (day, time) in enumerate(zip(days, times, strict=True)) if day and not time]
    told = [fault.split(": ")[1] for fault in found.faults if "a date cannot be read" in fault]

    assert [one.metadata.get("time") for one in found.conversations] == times
    assert told == unread


def test_an_order_of_days_that_a_table_does_not_tell_is_said(tmp_path):
    """Where every day could be a month, the fault says which was taken."""
    lines = ["author,text,date", "Anna,When is the market?,01/02/2024 10:00", "Bo,Every Thursday at nine.,01/02/2024 10:01"]
    found = taken("csv", write(tmp_path / "t.csv", "\n".join(lines)), "Bo")

    assert found.rows == ROW
    assert "cannot be told whether day or month" in found.faults[0]
    assert found.conversations[0].metadata["time"] == "2024-02-01T10:01:00Z"


PAIR = '{},What costs {}?,"It costs {} euros, I think."\n'


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ('2,What costs "2",It "costs 2 euros\n', None),
        ('2,"What costs 2?,It costs 2 euros\n', 4),
        ('2,What costs 2?,"It costs 2 euros\n', 4),
    ],
)
def test_a_quote_that_is_not_closed_costs_its_line_alone(broken, line, tmp_path):
    """The rows after a stray quote are read, whether it stands in the middle or in the last cell; the fault names the line of the quote."""
    whole = [PAIR.format(i, i, i) for i in (1, 3, 4)]
    found = taken("csv", write(tmp_path / "t.csv", "id,question,answer\n" + whole[0] + "\n" + broken + "".join(whole[1:])))

    assert [row[0] for row in found.rows if "2" not in row[0]] == ["What costs 1?", "What costs 3?", "What costs 4?"]
    assert [fault.partition("t.csv: ")[2].partition(" (")[0] for fault in found.faults] == (
        [f"line {line}: a quote is opened and not closed"] if line else []
    )


def test_a_table_made_to_be_read_again_and_again_ends(tmp_path, monkeypatch):
    """Each line opens a quote that the next closes and opens anew: the lines read are in proportion to the lines there are."""
    read = [0]
    step = table._Feed.__next__

    def counted(self):
        read[0] += 1
        return step(self)

    monkeypatch.setattr(table._Feed, "__next__", counted)
    monkeypatch.setattr(table, "MOST_AGAIN", 100)
    counts = []
    for number in (500, 1000):
        read[0] = 0
        taken("csv", write(tmp_path / f"{number}.csv", "question,answer\n" + 'x","\n' * number))
        counts.append(read[0])

    assert counts[1] < 2.5 * counts[0]
    assert counts[1] < 12 * 1000


def test_the_line_that_tells_excel_the_separator_is_no_row(tmp_path):
    """`sep=;` names the separator and is not a column."""
    found = taken("csv", write(tmp_path / "t.csv", "sep=;\nquestion;answer\nWhen, and where?;On Thursday, at nine.\n"))

    assert found.rows == [["When, and where?", "On Thursday, at nine."]]
    assert found.faults == []
