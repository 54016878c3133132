"""Suites are read whole, and every fault in one is told at once."""

from __future__ import annotations

import json

import pytest

from burnish.errors import DataError
from burnish.evaluate.suite import SHIPPED, held_out_suite, read_suite, shipped
from burnish.grading import task_faults
from burnish.records.conversation import Conversation, Message


def line(**changes):
    """Return one task as a line; a key set to None is left out."""
    task = {"id": "t1", "prompt": "What is 2 + 2?", "grader": "number", "target": 4, "tags": ["sums"]} | changes
    return json.dumps({key: value for key, value in task.items() if value is not None}, ensure_ascii=False)


def written(path, *lines):
    """Write lines to a file and return its path."""
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def refused(path):
    """Return the DataError that reading a suite raises."""
    with pytest.raises(DataError) as caught:
        read_suite(path)
    return caught.value


def conversation(*contents, category="fact"):
    """Return a conversation of alternating user and assistant turns."""
    roles = ("user", "assistant") * len(contents)
    messages = tuple(Message(role=role, content=content) for role, content in zip(roles, contents, strict=False))
    return Conversation(messages=messages, metadata={"category": category} if category else {})


def test_a_task_is_read_with_all_it_says(tmp_path):
    """Every key of a line reaches the task, and its place in the file."""
    path = written(tmp_path / "s.jsonl", "", line(max_tokens=9))
    (task,) = read_suite(path)

    assert (
        task.id,
        task.prompt,
        task.grader,
        task.target,
        task.tags,
        task.max_tokens,
        task.category,
        str(task.origin),
        task.origin.byte,
    ) == (
        "t1",
        "What is 2 + 2?",
        "number",
        4,
        ("sums",),
        9,
        "sums",
        f"{path}:2",
        1,
    )


def test_messages_may_stand_in_place_of_a_prompt(tmp_path):
    """A task with several turns keeps them, and its prompt is the last one."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    (task,) = read_suite(written(tmp_path / "s.jsonl", line(prompt=None, messages=messages)))

    assert ([message.role for message in task.messages], task.prompt) == (["system", "user"], "Hi")


def test_windows_files_and_byte_order_marks_are_read(tmp_path):
    """CRLF, a byte order mark and blank lines change nothing."""
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line().encode() + b"\r\n\r\n" + line(id="t2").encode() + b"\r\n")

    assert [task.id for task in read_suite(path)] == ["t1", "t2"]


def test_a_toml_lists_suites_beside_it(tmp_path):
    """A TOML suite is its files one after the other, found from where the TOML stands."""
    (tmp_path / "parts").mkdir()
    written(tmp_path / "parts" / "a.jsonl", line())
    written(tmp_path / "parts" / "b.jsonl", line(id="t2"))
    path = written(tmp_path / "all.toml", 'files = ["parts/a.jsonl", "parts/b.jsonl"]')

    assert [task.id for task in read_suite(path)] == ["t1", "t2"]


FAULTY = [
    ("{", "not JSON"),
    ('{"id": NaN}', "NaN is not a JSON value"),
    ("[1]", "a task is a JSON object"),
    (line(grader="nmber"), "did you mean number?"),
    (line(target="four"), "number needs a target that is a number"),
    (line(grader=None), "'grader' is missing"),
    (line(prompt=None), "either 'prompt' or 'messages'"),
    (line(messages=[{"role": "user", "content": "x"}]), "either 'prompt' or 'messages'"),
    (line(prompt="  "), "'prompt' is a text that is not blank"),
    (line(id=7), "'id' is a text"),
    (line(tags="sums"), "'tags' is a list of texts"),
    (line(max_tokens=0), "'max_tokens' is a whole number of at least 1"),
    (line(max_tokens=True), "'max_tokens' is a whole number of at least 1"),
    (line(taget=4), "unknown key 'taget': did you mean target?"),
    (
        line(prompt=None, messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]),
        "last one is not the assistant's",
    ),
    (line(prompt=None, messages=[{"role": "robot", "content": "x"}]), "'messages' is a list of"),
    (line(grader="structure", target={"bulets": 3}), "did you mean bullets?"),
    (line(grader="instructions", target=[{"kind": "punctuation:no_coma"}]), "did you mean punctuation:no_comma?"),
    (line(grader="instructions", target=[{"kind": "startend:end_checker"}]), "lacks 'end_phrase'"),
    (line(grader="choice", target={"options": ["4", "5"], "right": "6"}), "right option is one of '4', '5'"),
    (line(grader="abstains", target="refuse"), "abstains needs the target"),
]


@pytest.mark.parametrize(("bad", "said"), FAULTY)
def test_a_faulty_line_is_told_with_file_and_line(tmp_path, bad, said):
    """Each fault names its file and line, and what is wrong there."""
    path = written(tmp_path / "s.jsonl", line(id="good"), bad)
    error = refused(path)

    assert (f"{path}:2: " in error.seen, said in error.seen, error.remedy != "") == (True, True, True)


def test_all_faults_are_told_at_once(tmp_path):
    """Three faults in two files and an id used in both give four faults in one error."""
    one = written(tmp_path / "a.jsonl", "{", line(), line(id="t2", grader="x"))
    two = written(tmp_path / "b.jsonl", line(), line(id="t3", target=[]))
    error = refused(written(tmp_path / "all.toml", 'files = ["a.jsonl", "b.jsonl"]'))

    assert (
        error.what.endswith("has 4 faults"),
        [place in error.seen for place in (f"{one}:1", f"{one}:3", f"{two}:1", f"{two}:2")],
    ) == (
        True,
        [True] * 4,
    )


def test_an_id_used_twice_names_both_lines(tmp_path):
    """A repeated id is a fault, since answers are paired by it."""
    path = written(tmp_path / "s.jsonl", line(), line(prompt="Other?"))

    assert refused(path).seen == f"{path}:2: id 't1' is already used at {path}:1"


def test_many_faults_are_counted_and_the_first_shown(tmp_path):
    """Of 50 faulty lines 20 are shown and 30 counted."""
    error = refused(written(tmp_path / "s.jsonl", *["{"] * 50))

    assert (error.what.endswith("has 50 faults"), error.seen.count("not JSON"), "and 30 more" in error.seen) == (True, 20, True)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.jsonl", b"", "no task in it"),
        ("s.jsonl", b"\n \n", "no task in it"),
        ("s.jsonl", b'{"id": "\xff"}', "is not UTF-8"),
        ("s.toml", b"files = [", "is not TOML"),
        ("s.toml", b'file = ["a"]', "lists no suites"),
        ("s.toml", b"files = []", "lists no suites"),
        ("s.toml", b'files = ["nowhere.jsonl"]', "is not there"),
    ],
)
def test_a_file_that_is_no_suite_is_told(tmp_path, name, content, said):
    """An empty file, a wrong encoding and a TOML without files each give one clear error."""
    path = tmp_path / name
    path.write_bytes(content)

    assert said in str(refused(path))


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    """A path that is no file gives one clear error."""
    assert [
        said in str(refused(path)) for path, said in ((tmp_path / "no.jsonl", "is not there"), (tmp_path, "cannot be read"))
    ] == [True, True]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_suite_is_whole(name):
    """Every suite that comes with burnish can be read and graded."""
    tasks = shipped(name)

    assert (len(tasks) >= 30, [fault for task in tasks for fault in task_faults(task)]) == (True, [])


def test_an_unknown_shipped_suite_is_told():
    """A name that does not come with burnish is an error naming those that do."""
    with pytest.raises(DataError, match="no suite 'stater' comes with burnish"):
        shipped("stater")


def test_held_out_rows_become_tasks():
    """A held-out conversation is asked without its last answer, which is the target of `similar`."""
    (task,) = held_out_suite([conversation("Hi", "Hello!", "Which door?", "Door 4.")])

    assert ([message.content for message in task.messages], task.grader, task.target, task.tags, task_faults(task)) == (
        ["Hi", "Hello!", "Which door?"],
        "similar",
        "Door 4.",
        ("fact",),
        [],
    )


def test_the_same_row_twice_has_two_ids():
    """Two equal held-out rows are two tasks that can be told apart."""
    tasks = held_out_suite([conversation("Hi", "Hello!")] * 2)

    assert len({task.id for task in tasks}) == 2


def test_held_out_rows_that_ask_nothing_are_left_out():
    """A row that begins with the assistant, or answers nothing, makes no task."""
    opening = Conversation(messages=(Message(role="assistant", content="Welcome!"),))

    assert held_out_suite([opening, conversation("Hi", "  ")]) == ()


@pytest.mark.parametrize(("letters", "expected"), [(2, 33), (200, 132), (5000, 512)])
def test_the_room_for_an_answer_follows_the_target(letters, expected):
    """A short target leaves room for a short answer, so that evaluation costs no more than it needs to."""
    (task,) = held_out_suite([conversation("Hi", "x" * letters)])

    assert task.max_tokens == expected


def test_a_task_may_name_the_question_it_words_anew(tmp_path):
    """The key `cluster` is read, and anything but a text in it is a fault."""
    line = {"id": "a", "prompt": "?", "grader": "contains", "target": "x", "cluster": "q1"}
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(json.dumps(line))
    bad.write_text(json.dumps(line | {"cluster": 3}))
    with pytest.raises(DataError) as caught:
        read_suite(bad)

    assert [task.cluster for task in read_suite(good)] == ["q1"]
    assert "'cluster' is a text that is not blank, and here is 3" in caught.value.seen
