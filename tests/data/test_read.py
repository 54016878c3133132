"""From files to conversations: every format, every fault with its place, and the same words for the same rows."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from burnish.data.profile import make_profile
from burnish.data.read import read_rows
from burnish.errors import DataError
from toys import toy_rows, write_rows

FIXTURES = Path(__file__).parents[1] / "fixtures" / "data"
GOOD = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}


def turns(*pairs):
    """Return a row of messages from (role, content) pairs."""
    return {"messages": [{"role": role, "content": content} for role, content in pairs]}


def read_lines(folder, *lines):
    """Write lines (rows or bytes) to a file and read it."""
    path = folder / "rows.jsonl"
    path.write_bytes(b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines))
    return read_rows(path)


def words(read):
    """Return what was read as plain values."""
    return [[(m.role, m.content, m.reasoning_content) for m in row.messages] for row in read.conversations]


def hash_of(read):
    """Return the data hash of what was read."""
    ones = [1] * len(read.conversations)
    return make_profile(read.conversations, ones, ones).data_hash


HI = [("user", "Hi", None), ("assistant", "Hello", None)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (GOOD, HI),
        ({"instruction": "Hi", "input": "", "output": "Hello"}, HI),
        ({"instruction": "Hi", "output": "Hello"}, HI),
        ({"instruction": "Hi", "input": "you", "output": "Hello"}, [("user", "Hi\n\nyou", None), HI[1]]),
        ({"instruction": "", "input": "Hi", "output": "Hello"}, HI),
        (
            {"system": "S", "history": [["a", "b"]], "instruction": "Hi", "output": "Hello"},
            [("system", "S", None), ("user", "a", None), ("assistant", "b", None), *HI],
        ),
        ({"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}, HI),
        ({"conversations": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}, HI),
        (
            {"system": "S", "conversations": [{"from": "Human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]},
            [("system", "S", None), *HI],
        ),
        ({"prompt": "Hi", "completion": "Hello"}, HI),
        ({"prompt": [{"role": "user", "content": "Hi"}], "completion": [{"role": "assistant", "content": "Hello"}]}, HI),
        ({"prompt": [{"role": "user", "content": "Hi"}], "completion": "Hello"}, HI),
        ({"prompt": "Hi", "prompt_id": "7", **GOOD}, HI),
        (turns(("user", "Hi"), ("assistant", "<think>\nHm.\n</think>\n\nHello")), [HI[0], ("assistant", "Hello", "Hm.")]),
        (turns(("user", "Hi"), ("assistant", " <think></think>Hello")), [HI[0], ("assistant", "Hello", "")]),
        (
            {"messages": [GOOD["messages"][0], {**GOOD["messages"][1], "reasoning_content": "Hm."}]},
            [HI[0], ("assistant", "Hello", "Hm.")],
        ),
        ({"messages": [GOOD["messages"][0], {**GOOD["messages"][1], "reasoning_content": None}]}, HI),
        (
            turns(("user", "<think>?"), ("assistant", "Say </think>")),
            [("user", "<think>?", None), ("assistant", "Say </think>", None)],
        ),
        (turns(("user", "Hi"), ("assistant", "Hello"), ("user", "Bye")), [*HI, ("user", "Bye", None)]),
        (turns(("assistant", "Yes?"), ("user", "Hi"), ("assistant", "Hello")), [("assistant", "Yes?", None), *HI]),
        (
            turns(("user", "\x00Hi\N{GRINNING FACE}"), ("assistant", " Hello ")),
            [("user", "\x00Hi\N{GRINNING FACE}", None), ("assistant", " Hello ", None)],
        ),
    ],
)
def test_each_format_is_read(row, expected, tmp_path):
    """A row of each format gives the turns that it means, alone on a line and in an array."""
    line = words(read_lines(tmp_path, row))
    (tmp_path / "array.json").write_text(json.dumps([row, row], indent=2))
    array = words(read_rows(tmp_path / "array.json"))

    assert [expected] == line
    assert [expected, expected] == array


@pytest.mark.parametrize(
    ("name", "rows", "refused", "format_"),
    [
        ("alpaca_identity.json", 30, 0, "alpaca (JSON array)"),
        ("sharegpt_fastchat.json", 12, 0, "sharegpt (JSON array)"),
        ("sharegpt_toolcall_glaive.json", 4, 0, "sharegpt (JSON array)"),
        ("completion_superbowl.jsonl", 40, 0, "prompt/completion (JSON Lines)"),
        ("self_instruct.jsonl", 5, 0, "alpaca (JSON Lines)"),
        ("preference_dpo.json", 3, 3, "no known format (JSON array)"),
        ("labelled_kto.json", 4, 2, "messages (JSON array)"),
        ("blns.json", 257, 257, "no known format (JSON array)"),
    ],
)
def test_real_files_are_read(name, rows, refused, format_):
    """Real files of each format are read whole, and files of other kinds are refused row by row."""
    read = read_rows(FIXTURES / name)

    assert (rows, refused, format_) == (read.rows_read, len(read.refused), read.format)


def test_function_calls_keep_their_places():
    """In a ShareGPT row a function call is the assistant's turn and its result the tool's, in the order of the file."""
    name = "sharegpt_toolcall_glaive.json"
    roles = {"human": "user", "gpt": "assistant", "function_call": "assistant", "observation": "tool"}
    written = [[roles[turn["from"]] for turn in row["conversations"]] for row in json.loads((FIXTURES / name).read_text("utf-8"))]

    assert [[message.role for message in row.messages] for row in read_rows(FIXTURES / name).conversations] == written


def test_metadata_and_origin_are_kept(tmp_path):
    """The category is kept, from the metadata or from beside it, and the origin names line and byte."""
    first = {**GOOD, "metadata": {"category": "fact", "source": "me"}}
    read = read_lines(tmp_path, first, b"", {"prompt": "a", "completion": "b", "category": "style"})
    size = len(json.dumps(first)) + 2

    assert [row.category for row in read.conversations] == ["fact", "style"]
    assert read.conversations[0].metadata == {"category": "fact", "source": "me"}
    assert [(1, 0), (3, size)] == [(row.origin.line, row.origin.byte) for row in read.conversations]
    assert str(tmp_path / "rows.jsonl") == read.conversations[0].origin.file


def test_mixed_formats_are_told_apart_by_row(tmp_path):
    """Rows of several formats in one file are each read as what they are."""
    read = read_lines(tmp_path, GOOD, GOOD, {"prompt": "Hi", "completion": "Hello"})

    assert words(read) == [HI, HI, HI]
    assert read.format == "messages 2, prompt/completion 1 (JSON Lines)"


@pytest.mark.parametrize(
    ("row", "key", "seen", "reason"),
    [
        (turns(("user", "Hi"), ("asistant", "Hello")), "messages[1].role", '"asistant"', "a role is not known"),
        (turns(("user", "Hi"), (3, "Hello")), "messages[1].role", "3", "a role is not known"),
        (turns(("user", "Hi"), ("assistant", 3)), "messages[1].content", "3", "a turn's words are a number, not a text"),
        (turns(("user", "Hi"), ("assistant", None)), "messages[1].content", "null", "a turn's words are null, not a text"),
        (turns(("user", "Hi"), ("assistant", ["x"])), "messages[1].content", '["x"]', "a turn's words are a list, not a text"),
        (turns(("user", "Hi")), "", "user", "no assistant turn: there is nothing to learn"),
        (turns(("assistant", "Hi")), "", "assistant", "no user turn before the answer"),
        (
            turns(("user", "Hi"), ("system", "S"), ("assistant", "x")),
            "messages[1].role",
            '"system"',
            "a system turn is not the first",
        ),
        (turns(("user", "Hi"), ("assistant", " \n")), "messages[1].content", '" \\n"', "the answer is empty"),
        (turns(("user", "Hi"), ("assistant", "<think>x</think>")), "messages[1].content", '""', "the answer is empty"),
        (turns(("user", ""), ("assistant", "x")), "messages[0].content", '""', "the prompt is empty"),
        (turns(("user", "Hi"), ("assistant", "<think>x")), "messages[1].content", '"<think>x"', "a thought is not closed"),
        ({"messages": []}, "messages", "[]", "the list of messages is empty"),
        ({"messages": None}, "messages", "null", "the messages are null, not a list"),
        ({"messages": ["Hi"]}, "messages[0]", '"Hi"', "a message is a text, not an object"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "", "a key is missing"),
        (
            {"messages": [{"role": "assistant", "content": None, "tool_calls": [{}]}]},
            "messages[0].tool_calls",
            "",
            "tool calls beside the content cannot be trained",
        ),
        (
            {"messages": [{"role": "user", "content": "Hi", "reasoning_content": "x"}]},
            "messages[0].reasoning_content",
            '"x"',
            "only an assistant's turn can carry a thought",
        ),
        ({"conversations": [{"from": "narrator", "value": "x"}]}, "conversations[0].from", '"narrator"', "a role is not known"),
        ({"conversations": [{"from": "human"}]}, "conversations[0].value", "", "a key is missing"),
        ({"conversations": {}}, "conversations", "{}", "the turns are an object, not a list"),
        ({"instruction": "x"}, "output", "", "a key is missing"),
        ({"instruction": "x", "output": None}, "output", "null", "a turn's words are null, not a text"),
        ({"instruction": "x", "input": 3, "output": "y"}, "input", "3", "the input is a number, not a text"),
        ({"instruction": "x", "history": "a", "output": "y"}, "history", '"a"', "the history is no list of pairs"),
        ({"prompt": "x"}, "completion", "", "a key is missing"),
        ({"prompt": None, "completion": None}, "prompt, completion", "null", "a turn's words are null, not a text"),
        ({**GOOD, "metadata": "x"}, "metadata", '"x"', "the metadata is a text, not an object"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "rejected", '"c"', "this is a preference row (chosen and rejected)"),
        ({**GOOD, "label": False}, "label", "false", "this row's answer is labelled as bad"),
        ({"mesages": []}, "", '"mesages"', "no format is known with these keys"),
        ({}, "", "{}", "no format is known with these keys"),
        ([GOOD], "", None, "a row is a list, not an object"),
        ("Hi", "", '"Hi"', "a row is a text, not an object"),
        (b'{"prompt":"a","prompt":"b","completion":"c"}', "prompt", "", "a key stands twice in one object"),
        (b'{"prompt":"a","completion":NaN}', "", "NaN", "not JSON: NaN is no JSON number"),
        (b'{"prompt":"a","completion":"\\ud83d"}', "", "\\ud83d", "half of a character is written (a lone surrogate)"),
    ],
)
def test_each_fault_is_named_and_good_rows_are_kept(row, key, seen, reason, tmp_path):
    """A bad row is refused with file, line, key, value seen, reason and remedy; the rows around it are kept."""
    read = read_lines(tmp_path, GOOD, row, GOOD)
    (refused,) = read.refused

    assert words(read) == [HI, HI]
    assert (str(tmp_path / "rows.jsonl"), 2, key, reason) == (refused.file, refused.line, refused.key, refused.reason)
    assert seen in (None, refused.seen)
    assert refused.remedy


def test_remedies_name_the_nearest_right_thing(tmp_path):
    """A slip in a role or a key is answered with what was meant."""
    rows = [
        turns(("usr", "Hi"), ("gpt", "x")),
        {"mesages": []},
        {"promt": "a", "response": "b"},
        {"ask": "Who is it?", "say": "Alma is."},
        {"data": [GOOD]},
    ]
    remedies = [refused.remedy for refused in read_lines(tmp_path, *rows).refused]

    assert remedies[0] == 'write "user"; write "assistant"'
    assert "rename `mesages` to `messages`" in remedies[1]
    assert "rename `promt` to `prompt`" in remedies[2]
    assert "--column question=ask --column answer=say" in remedies[3]
    assert "jq -c '.data[]'" in remedies[4]


def test_all_faults_of_a_row_are_named_at_once(tmp_path):
    """Two faults in one row are both named, in one refusal."""
    (refused,) = read_lines(tmp_path, turns(("bot", "Hi"), ("assistant", 3))).refused

    assert refused.key == "messages[0].role, messages[1].content"
    assert refused.seen == '"bot"; 3'
    assert refused.reason == "a role is not known; a turn's words are a number, not a text"


def test_long_values_are_shortened_and_made_safe(tmp_path):
    """The value seen is at most 60 characters and cannot steer a terminal."""
    read = read_lines(tmp_path, turns(("\x1b[31m\u202e" + "x" * 500, "Hi")), b'{"a": ' + b"\x1b[2J" * 30)

    assert all(len(refused.seen) <= 60 and refused.seen.isprintable() for refused in read.refused)


def test_a_broken_line_is_placed_in_bytes(tmp_path):
    """The byte of a JSON fault is its offset in the file, whatever the characters before it take."""
    good = json.dumps(turns(("user", "Grüße"), ("assistant", "é")), ensure_ascii=False).encode()
    read = read_lines(tmp_path, good, b'  {"prompt": "\xc3\xa9", oops}', b'{"prompt":"\xe9"}', good)

    assert [len(good) + 1 + 2 + 17, len(good) + 1 + 2 + 22 + 1 + 11] == [refused.byte for refused in read.refused]
    assert [refused.line for refused in read.refused] == [2, 3]
    assert read.refused[1].reason == "not UTF-8"
    assert "0xe9" in read.refused[1].seen


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r", b"\n\n \n"], ids=["LF", "CRLF", "CR", "blank"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
@pytest.mark.parametrize("indent", ["lines", "array"])
def test_the_same_words_have_the_same_hash(ending, bom, indent, tmp_path):
    """BOM, line endings, blank lines and the container change neither rows nor data hash."""
    rows = toy_rows(7)
    plain = read_rows(write_rows(tmp_path / "plain.jsonl", rows))
    texts = [json.dumps(row).encode() for row in rows]
    body = ending.join(texts) if indent == "lines" else b"[" + ending + (b"," + ending).join(texts) + ending + b"]"
    (tmp_path / "other.txt").write_bytes(bom + body + ending)
    other = read_rows(tmp_path / "other.txt")

    assert words(plain) == words(other)
    assert hash_of(plain) == hash_of(other)
    assert other.refused == ()


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("container", ["lines", "array"])
def test_pieces_of_any_size_give_the_same_rows(piece, container, tmp_path, monkeypatch):
    """Where the file is cut into pieces changes neither words nor lines nor bytes, also between CR and LF or after a backslash."""
    rows = [turns(("user", 'a "quoted" \\ back[slash] {'), ("assistant", "é\\")), GOOD, {"bad": "\\"}]
    texts = [json.dumps(row) for row in rows]
    body = "\r\n".join(texts) if container == "lines" else "[\r\n " + ",\r\n\r\n ".join(texts) + "\r\n]"
    path = tmp_path / "rows"
    path.write_bytes(body.encode())
    whole = read_rows(path)
    monkeypatch.setattr("burnish.data.sources.jsonl.PIECE", piece)
    monkeypatch.setattr("burnish.data.sources.array.PIECE", piece)
    pieces = read_rows(path)
    places = [body.encode().index(text.encode()) for text in texts]

    assert whole == pieces
    assert len(whole.conversations) == 2
    assert places == [*(row.origin.byte for row in whole.conversations), whole.refused[0].byte]
    assert ([1, 2, 3] if container == "lines" else [2, 4, 6]) == [
        *(row.origin.line for row in whole.conversations),
        whole.refused[0].line,
    ]


def test_broken_elements_of_an_array_cost_no_others(tmp_path):
    """A missing quote, a comma too many, a number and an unclosed end are refused one by one; the other elements are kept."""
    good = json.dumps(GOOD)
    (tmp_path / "a.json").write_text(f'[\n{good},\n{{"prompt": "x, "completion": "y"}},\n{good},,\n3,\n{good},\n{good}')
    read = read_rows(tmp_path / "a.json")

    assert words(read) == [HI] * 4
    assert [refused.line for refused in read.refused] == [3, 4, 5, 7]
    assert [refused.reason for refused in read.refused[1:]] == [
        "a comma too many in the array",
        "a row is a number, not an object",
        "the array is not closed",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        '{"prompt": "x, "completion": "y"}',
        '{"prompt": "x", "completion": "y}',
        '{"prompt": "x", "completion": "y"',
        '{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}}',
        '{"prompt": "x", "completion": "y"}}',
        '{"prompt": "x" "completion": "y"}',
        '{"messages": [{"role": "user", "content": "x"}, "y]}',
        "oops",
    ],
)
@pytest.mark.parametrize("indent", [None, 2, 0])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_broken_element_is_refused_alone(broken, indent, place, tmp_path):
    """An element with a quote, bracket or comma missing is the one refused, wherever it stands and however the array is written."""
    texts = [json.dumps(row, indent=indent).replace("\n", "\n  ") for row in [GOOD] * 4]
    texts.insert(place, broken)
    (tmp_path / "a.json").write_text("[\n  " + ",\n  ".join(texts) + "\n]")
    read = read_rows(tmp_path / "a.json")

    assert words(read) == [HI] * 4
    assert 1 <= len(read.refused) <= 2
    assert 2 + sum(text.count("\n") + 1 for text in texts[:place]) == read.refused[0].line


def test_words_after_an_array_are_told(tmp_path):
    """What stands after the closing bracket is refused, not skipped; a comma before the bracket is told too."""
    (tmp_path / "a.json").write_text(f"[{json.dumps(GOOD)},]\n\n oops\n")
    read = read_rows(tmp_path / "a.json")

    assert words(read) == [HI]
    assert [(refused.line, refused.reason) for refused in read.refused] == [
        (1, "a comma too many in the array"),
        (3, "something stands after the end of the array"),
    ]


def test_lines_that_are_arrays_are_no_array_of_rows(tmp_path):
    """A file of one array a line is JSON Lines, and each of its rows is refused as a list."""
    read = read_lines(tmp_path, GOOD["messages"], GOOD["messages"])

    assert [refused.reason for refused in read.refused] == ["a row is a list, not an object"] * 2
    assert read.format.endswith("(JSON Lines)")


@pytest.mark.parametrize("container", ["lines", "array"])
def test_a_row_over_the_limit_is_skipped_with_its_size(container, tmp_path):
    """A row longer than the limit is refused by number with its size; those before and after are kept, and one at the limit too."""
    good = json.dumps(GOOD).encode()
    long = good[:-2].ljust(len(good) + 100) + good[-2:]
    body = b"\n".join([good, long, good]) if container == "lines" else b"[" + b",\n".join([good, long, good]) + b"]"
    path = tmp_path / "rows"
    path.write_bytes(body)
    read = read_rows(path, limit=len(good))
    at_limit = read_rows(path, limit=len(long))

    assert words(read) == [HI, HI]
    assert [(2, f"a row is longer than {len(good):,} bytes")] == [(refused.line, refused.reason) for refused in read.refused]
    assert read.refused[0].seen.startswith(f"{len(long):,} bytes")
    assert words(at_limit) == [HI, HI, HI]


def test_all_rows_bad_is_an_answer(tmp_path):
    """A file of nothing but bad rows is read to its end, each of them refused."""
    read = read_lines(tmp_path, {"a": 1}, b"{", 3)

    assert (read.rows_read, read.conversations, len(read.refused)) == (3, (), 3)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"\n \r\n\t\n", "holds no rows"),
        (b"\xef\xbb\xbf", "holds no rows"),
        (b"[]", "holds no rows"),
        ("﻿{}".encode("utf-16-le"), "not UTF-8 but UTF-16"),
        ("﻿{}".encode("utf-16-be"), "not UTF-8 but UTF-16"),
        ("{}".encode("utf-16-le"), "not UTF-8 but UTF-16"),
        ("{}".encode("utf-16-be"), "not UTF-8 but UTF-16"),
        ("﻿{}".encode("utf-32-le"), "not UTF-8 but UTF-32"),
        (b"\x00" * 100, "holds no text"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"PK\x03\x04xx", "a ZIP archive"),
        (b"PAR1xxx", "a Parquet table"),
        (json.dumps(GOOD, indent=2).encode(), "written over several lines"),
        (json.dumps({"facts": {"one": "two"}}, indent=2).encode(), "written over several lines"),
    ],
)
def test_a_file_that_is_something_else_is_one_clear_error(content, word, tmp_path):
    """A file that is empty, in another encoding, no text, or one object over several lines is one error in three parts."""
    (tmp_path / "rows.jsonl").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path / "rows.jsonl")

    assert word in caught.value.what
    assert caught.value.seen
    assert caught.value.remedy


def test_a_first_line_that_is_broken_is_not_taken_for_an_object_over_lines(tmp_path):
    """A first line cut short is one bad row; the others are kept."""
    read = read_lines(tmp_path, b'{"messages": [', GOOD, GOOD)

    assert ([refused.line for refused in read.refused], words(read)) == ([1], [HI, HI])


def test_path_faults_are_told(tmp_path):
    """A missing file, a folder, a pipe, a name too long and a name with NUL are each one error with a remedy."""
    write_rows(tmp_path / "Rows.jsonl", toy_rows(1))
    os.mkfifo(tmp_path / "pipe")
    cases = {
        "rows.json": "Rows.jsonl",
        ".": "Rows.jsonl",
        "pipe": "p",
        "x" * 5000: "long",
        "a\x00b": "null",
        "no/rows.jsonl": "not there",
    }
    for name, seen in cases.items():
        with pytest.raises(DataError) as caught:
            read_rows(tmp_path / name)

        assert seen in caught.value.seen
        assert caught.value.what
        assert caught.value.remedy


def test_a_file_without_permission_is_told(tmp_path, monkeypatch):
    """A file that may not be read is one error that says how to mend it."""
    path = write_rows(tmp_path / "rows.jsonl", toy_rows(1))

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="may not be read") as caught:
        read_rows(path)

    assert "chmod" in caught.value.remedy


def test_a_disk_that_fails_while_reading_is_told(tmp_path, monkeypatch):
    """An input error in the middle of a file is a DataError, never a traceback."""
    path = write_rows(tmp_path / "rows.jsonl", toy_rows(1))

    class Failing:
        def __enter__(self):
            return self

        def __exit__(self, *_args):
            return None

        def read(self, _size):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("burnish.data.read.open_file", lambda _path: Failing())
    with pytest.raises(DataError, match="cannot be read to its end"):
        read_rows(path)
