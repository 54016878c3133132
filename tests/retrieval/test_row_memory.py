"""The nearest rows stand right before the question, or nothing does, or a turn that says that none answers."""

from __future__ import annotations

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from toy_house import ROWS, UNKNOWN, encode, saved

from burnish.errors import RegistryError
from burnish.records.conversation import Message
from burnish.records.plan import KNOWN
from burnish.retrieval import recall as recall_module, support as support_module
from burnish.retrieval.files import load_rows, save_rows, without
from burnish.retrieval.recall import UNKNOWN_QUESTION, RowMemory
from burnish.retrieval.support import Cut

CUT = Cut(top=0.0, lead=1.0, stray_name=0.0, bias=-0.5, elsewhere_below=0.1)
"""Answered where the nearest fact leads by half; elsewhere where nothing is near."""


def user(text):
    """Return a turn of the user."""
    return Message(role="user", content=text)


def assistant(text):
    """Return a turn of the assistant."""
    return Message(role="assistant", content=text)


def said(messages):
    """Return the texts of messages."""
    return [one.content for one in messages]


@pytest.fixture
def memory():
    """Return the toy rows, found by meaning."""
    return RowMemory(saved(by_meaning=True), encode)


@pytest.fixture
def cut(monkeypatch):
    """Give the toy encoder constants."""
    monkeypatch.setitem(support_module.CUTS, "toy", CUT)


def test_the_nearest_row_stands_right_before_the_question(memory):
    """After all that was said before, as a turn of the user and one of the assistant; the question itself is not touched."""
    messages = [Message(role="system", content="Be brief."), user("Hello"), assistant("Hi"), user("And the lock?")]
    found = memory.recall(messages)

    assert found == [*messages[:3], user(KNOWN + ROWS[0].question), assistant("Behind the clock."), messages[3]]
    assert memory.k == 1


def test_the_nearest_of_several_stands_last():
    """With k rows the nearest is the last before the question."""
    found = RowMemory(saved(by_meaning=True, k=2), encode).recall([user("key, key and tea")])

    assert said(found) == [
        f"{KNOWN}When is tea?",
        "At four.",
        f"{KNOWN}Where is the key?",
        "Behind the clock.",
        "key, key and tea",
    ]


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [Message(role="system", content="key")],
        [user("key"), assistant("key")],
        [user("key"), Message(role="tool", content="key")],
    ],
)
def test_nothing_is_put_before_what_is_no_question(memory, messages):
    """Where the last message is not the user's, the messages come back as they are, in a list of their own."""
    found = memory.recall(messages)

    assert found == messages
    assert found is not messages


def test_without_rows_nothing_changes():
    """A memory of which all was forgotten says nothing."""
    empty = without(saved(by_meaning=True), [one.id for one in ROWS])

    assert RowMemory(empty, encode).recall([user("key")]) == [user("key")]


def test_by_words_too():
    """No encoder is needed; a question that shares no word with any row stays alone."""
    memory = RowMemory(saved())

    assert said(memory.recall([user("the dog")])) == [f"{KNOWN}What is the dog called?", "Rex.", "the dog"]
    assert memory.recall([user("Zeppelin")]) == [user("Zeppelin")]


def test_rows_may_be_left_out(memory):
    """Rows by their numbers are treated as not there, for this question alone."""
    assert said(memory.recall([user("lock")], without=[0, 1]))[1] != "Behind the clock."
    assert said(memory.recall([user("lock")]))[1] == "Behind the clock."


def test_where_no_row_answers_a_turn_says_so(cut, memory):
    """Two facts as near as each other: neither is told; the turn is the memory's own answer to that."""
    found = memory.recall([user("Hello"), assistant("Hi"), user("key and tea and dog and roof?")])

    assert said(found) == ["Hello", "Hi", KNOWN + UNKNOWN_QUESTION, UNKNOWN, "key and tea and dog and roof?"]
    assert [one.role for one in found] == ["user", "assistant"] * 2 + ["user"]


def test_where_nothing_is_to_be_said_nothing_is(cut):
    """A memory without an answer for what it does not know leaves the question alone."""
    question = [user("key and tea and dog and roof?")]

    assert RowMemory(saved(by_meaning=True, unknown=""), encode).recall(question) == question


def test_a_question_about_something_else_stays_alone(cut, memory):
    """Far from every row nothing is put before the question; near one row it is."""
    assert memory.recall([user("Write a poem.")]) == [user("Write a poem.")]
    assert said(memory.recall([user("key?")]))[1] == "Behind the clock."


def test_support_is_decided_from_four_facts_however_few_are_told(cut, memory):
    """The lead is over ranks two to four, also where one row is put before the question; what was found is told either way."""
    found = memory.look_up("key and tea and dog and roof?")

    assert found.support == "unanswered"
    assert len(found.scores) == 4
    assert [row.fact for row in found.rows] == [10]
    assert memory.look_up("key").support == "answered"


def test_a_question_is_searched_once(memory):
    """The same question again asks no encoder; another one does; the oldest are let go of."""
    asked = []
    counted = RowMemory(saved(by_meaning=True), lambda texts, progress: asked.append(list(texts)) or encode(texts))
    for question in ("key", "key", "tea", "key"):
        counted.recall([user(question)])
    once = list(asked)
    for number in range(recall_module.REMEMBERED):
        counted.recall([user(f"dog {number}")])
    counted.recall([user("key")])

    assert once == [["key"], ["tea"]]
    assert asked[-1] == ["key"]
    assert len(counted._remembered) == recall_module.REMEMBERED


def test_what_was_asked_last_is_remembered_longest(monkeypatch):
    """The least recently asked question goes first."""
    monkeypatch.setattr(recall_module, "REMEMBERED", 2)
    asked = []
    memory = RowMemory(saved(by_meaning=True), lambda texts, progress: asked.extend(texts) or encode(texts))
    for question in ("key", "tea", "key", "dog", "key", "tea"):
        memory.recall([user(question)])

    assert asked == ["key", "tea", "dog", "tea"]


def test_rows_that_are_forgotten_are_not_recalled(tmp_path):
    """Files that are written anew count from the next question on, for what was remembered too; the digest tells."""
    save_rows(tmp_path, saved(by_meaning=True))
    memory = RowMemory(load_rows(tmp_path), encode, tmp_path)
    before = said(memory.recall([user("tea")])), memory.digest
    save_rows(tmp_path, replace(without(saved(by_meaning=True), ["id-3"]), k=2))
    digest = memory.digest
    after = said(memory.recall([user("tea")]))

    assert before[0] == [f"{KNOWN}When is tea?", "At four.", "tea"]
    assert "At four." not in after
    assert len(after) == 5
    assert memory.k == 2
    assert digest == memory.digest != before[1]


def test_files_that_are_not_touched_are_read_once(tmp_path, monkeypatch):
    """A question costs one look at memory.json, no reading."""
    save_rows(tmp_path, saved())
    memory = RowMemory(load_rows(tmp_path), None, tmp_path)
    monkeypatch.setattr(recall_module, "load_rows", lambda folder: 1 / 0)

    assert said(memory.recall([user("the dog")]))[1] == "Rex."


def test_a_folder_that_is_gone_has_no_rows(tmp_path):
    """A version that was removed while it is open recalls nothing, and what comes back counts again."""
    save_rows(tmp_path / "memory", saved())
    memory = RowMemory(load_rows(tmp_path / "memory"), None, tmp_path / "memory")
    digest = memory.digest
    shutil.rmtree(tmp_path / "memory")
    gone = memory.recall([user("the dog")]), memory.k, memory.digest
    save_rows(tmp_path / "memory", saved())

    assert gone[:2] == ([user("the dog")], 0)
    assert gone[2] != digest
    assert len(memory.recall([user("the dog")])) == 3
    assert memory.digest == digest


def test_damage_while_open_is_told(tmp_path):
    """Files that are damaged while the version is open are an error, not an answer from before."""
    save_rows(tmp_path, saved())
    memory = RowMemory(load_rows(tmp_path), None, tmp_path)
    (tmp_path / "memory.json").write_text("{}")

    with pytest.raises(RegistryError, match="damaged"):
        memory.recall([user("the dog")])


def test_another_encoder_while_open_is_told(tmp_path):
    """Vectors of another encoder are not searched with this one's."""
    save_rows(tmp_path, saved(by_meaning=True))
    memory = RowMemory(load_rows(tmp_path), encode, tmp_path)
    save_rows(tmp_path, saved(by_meaning=True, encoder_digest="e" * 64))

    with pytest.raises(RegistryError, match="another encoder"):
        memory.recall([user("key")])


def test_the_digest_is_of_what_decides(monkeypatch):
    """Other rows or another number of them have another digest, other constants too; the same have the same."""
    one = RowMemory(saved(by_meaning=True), encode).digest
    monkeypatch.setitem(support_module.CUTS, "toy", CUT)

    assert one != RowMemory(saved(by_meaning=True), encode).digest
    assert RowMemory(saved()).digest == RowMemory(saved()).digest
    assert len({RowMemory(saved(k=k)).digest for k in (1, 2, 3)}) == 3


def test_an_encoder_is_asked_by_one_thread_at_a_time():
    """Questions that come at once are searched one after another."""
    inside, together = [], []

    def slow(texts, progress):
        inside.append(True)
        together.append(len(inside))
        time.sleep(0.002)
        inside.pop()
        return encode(texts)

    memory = RowMemory(saved(by_meaning=True), slow)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: memory.look_up(f"key {number}"), range(24)))

    assert together == [1] * 24


def test_threads_share_a_memory(tmp_path):
    """Questions of many threads, while the rows are written anew, each get a whole answer."""
    save_rows(tmp_path, saved(by_meaning=True))
    memory = RowMemory(load_rows(tmp_path), encode, tmp_path)
    found, faults = [], []

    def ask():
        try:
            found.extend(said(memory.recall([user(f"tea {number % 5}")])) for number in range(40))
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(6):
        save_rows(tmp_path, saved(by_meaning=True) if number % 2 else without(saved(by_meaning=True), ["id-4"]))
    for thread in threads:
        thread.join()

    assert faults == []
    assert {tuple(one[:2]) for one in found} == {(f"{KNOWN}When is tea?", "At four.")}
