"""Tables and lists inside one JSON object are rows: their places are those of the file."""

from __future__ import annotations

import json

import pytest

from burnish.data.read import read_rows
from burnish.errors import DataError


def words(result):
    """Return the words of each row."""
    return [[one.content for one in row.messages] for row in result.conversations]


PAIRS = [["Who is it?", "It is Alma."], ["Who, then?", "Bert\nor Carl."]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'question,answer\nWho is it?,It is Alma.\n"Who, then?","Bert\nor Carl."\n'),
        ("b.csv", '\ufeffQuestion;Answer\r\nWho is it?;It is Alma.\r\n"Who, then?";"Bert\nor Carl."\r\n'),
        ("c.tsv", 'prompt\tcompletion\nWho is it?\tIt is Alma.\n"Who, then?"\t"Bert\nor Carl."\n'),
        ("d.csv", 'sep=;\nid;Frage;Antwort\n1;Who is it?;It is Alma.\n2;"Who, then?";"Bert\nor Carl."\n\n'),
        ("e.csv", 'instruction,input,output\nWho is it?,,It is Alma.\n"Who, then?",,"Bert\nor Carl."\n'),
    ],
)
def test_a_table_is_read_as_rows(name, text, tmp_path):
    """Separators, quotes, a byte order mark, other columns and empty cells."""
    (tmp_path / name).write_bytes(text.encode())
    result = read_rows(tmp_path / name)

    assert words(result) == PAIRS
    assert result.refused == ()
    assert result.format.endswith("(CSV)")


def test_the_lines_of_a_table_that_are_no_rows_are_named(tmp_path):
    """Too many cells, another encoding, no answer: each by its line and byte; the others are kept."""
    text = b'question,answer\nWho?,"Alma, she is."\nWho,is,it?\nWho?,Andr\xe9.\nWho?,\n"a\nb",Bert.\nWho?,Carl.\n'
    (tmp_path / "rows.csv").write_bytes(text)
    result = read_rows(tmp_path / "rows.csv")

    assert words(result) == [["Who?", "Alma, she is."], ["a\nb", "Bert."], ["Who?", "Carl."]]
    assert [row.origin.line for row in result.conversations] == [2, 6, 8]
    assert [(one.line, one.reason) for one in result.refused] == [
        (3, "a row does not fit the columns"),
        (4, "not UTF-8"),
        (5, "no format is known with these keys"),
    ]
    assert text[result.conversations[1].origin.byte :].startswith(b'"a\nb"')


def test_json_named_as_a_table_is_json(tmp_path):
    """The beginning of the file counts, not its name alone."""
    (tmp_path / "rows.csv").write_text('{"prompt":"Who?","completion":"Alma."}\n')

    assert words(read_rows(tmp_path / "rows.csv")) == [["Who?", "Alma."]]


ROWS = [{"question": "Who is it?", "answer": "It is Alma."}, {"question": "Who, then?", "answer": "Bert\nor Carl."}]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    ("whole", "name"),
    [
        ({"data": ROWS}, "data"),
        ({"version": "1, or {so}", "rows": ROWS}, "rows"),
        ({"examples": ROWS, "canary": "do not [train]", "n": [1, 2]}, "examples"),
        ({"meta": {"by": ["x"], "list": [{"a": 1}]}, "train": ROWS}, "train"),
        ({"test": [{"question": "Who was it?", "answer": "Dora."}], "train": ROWS}, "train; not read: test"),
        ({"faqs": ROWS}, "faqs"),
        (
            {
                "conversations": [
                    {"conversations": [{"from": "human", "value": a}, {"from": "gpt", "value": b}]} for a, b in PAIRS
                ]
            },
            "conversations",
        ),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else str(one),
)
def test_rows_in_a_list_of_one_object_are_read(whole, name, indent, tmp_path):
    """On one line or over many; of several lists the one to train on, and the others are named."""
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(whole, indent=indent), "utf-8")
    result = read_rows(path)
    text = path.read_bytes()

    assert words(result) == PAIRS
    assert result.refused == ()
    assert f"list of a JSON object: {name})" in result.format
    for row in result.conversations:
        assert text[row.origin.byte : row.origin.byte + 1] == b"{"
        assert row.origin.line == text[: row.origin.byte].count(b"\n") + 1


def test_a_broken_row_of_such_a_list_costs_itself_alone(tmp_path):
    """As in an array."""
    path = tmp_path / "rows.json"
    path.write_text(
        '{"data": [\n{"question":"a","answer":"b"},\n{"question":"a","answer":b},\n{"question":"c","answer":"d"}\n]}\n'
    )
    result = read_rows(path)

    assert words(result) == [["a", "b"], ["c", "d"]]
    assert [one.line for one in result.refused] == [3]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]},
        {"question": "a", "answer": "b", "references": [{"title": "A book here"}]},
        {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]},
        {"instruction": "a", "instances": [{"input": "", "output": "b"}]},
    ],
    ids=lambda row: next(iter(row)),
)
def test_one_row_is_one_row(row, tmp_path):
    """A file of one row that holds a list is no file of that list."""
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))

    assert words(read_rows(tmp_path / "rows.jsonl")) == [["a", "b"]]


def test_an_object_over_several_lines_without_rows_is_one_error(tmp_path):
    """What holds no list of rows is refused as before."""
    (tmp_path / "rows.json").write_text(json.dumps({"facts": {"a": "b"}, "list": [1, 2]}, indent=1))
    with pytest.raises(DataError, match="over several lines"):
        read_rows(tmp_path / "rows.json")
