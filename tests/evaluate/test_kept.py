"""What has not changed is not answered again; what has is; and what is damaged is never trusted."""

from __future__ import annotations

import dataclasses
import errno
import json

import pytest

from burnish import durable
from burnish.evaluate.answering import Answering
from burnish.evaluate.kept import Kept, Said
from burnish.evaluate.run import Reused, evaluate, evaluate_loading
from burnish.records.conversation import Message
from burnish.records.task import Task

SKY = {"options": ["green", "blue"], "right": "blue"}


def task(name, prompt, grader="length", target="short", max_tokens=6):
    """Return a task."""
    return Task(id=name, messages=(Message(role="user", content=prompt),), grader=grader, target=target, max_tokens=max_tokens)


TASKS = (
    task("a", "Which colour has door 1?"),
    task("b", "Which colour has door 2, then?"),
    task("c", "The sky?", "choice", SKY),
)


@pytest.fixture(scope="module")
def toy(toy_folder):
    """Return the toy model and its chat."""
    from burnish.model.load import load_model
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    return load_model(toy_folder, dtype="float32"), Chat(load_tokenizer(toy_folder))


@pytest.fixture
def file(tmp_path):
    """Return where answers are kept."""
    return tmp_path / "answers" / "toy.jsonl"


def kept(file, *, alone=True, fresh=False, model="toy"):
    """Return what is kept there."""
    return Kept(file, {"model": model}, alone=alone, fresh=fresh)


def asked(toy, tasks, book, settings=None):
    """Return (answers reused, the suite)."""
    reused, *_, report = evaluate(*toy, {"s": tuple(tasks)}, settings or Answering(), kept=book)
    assert isinstance(reused, Reused)
    return reused.answers, report.suites["s"]


def never():
    """Refuse to load a model."""
    raise AssertionError("the model was loaded")


def test_a_second_evaluation_loads_nothing_and_says_the_same(toy, file):
    """All answers are reused without the model, and the suite is equal to the last figure."""
    _, first = asked(toy, TASKS, kept(file))
    reused, report = evaluate_loading(never, {"s": TASKS}, kept=kept(file))

    assert (reused, report.suites["s"]) == (Reused(3, 3, 0), first)


def changed(index, **changes):
    """Return the tasks with one of them changed."""
    return [dataclasses.replace(one, **changes) if i == index else one for i, one in enumerate(TASKS)]


@pytest.mark.parametrize(
    ("tasks", "reused"),
    [
        (TASKS[::-1], 3),
        (TASKS[:1], 1),
        ((*TASKS, task("d", "New?")), 3),
        (changed(0, max_tokens=7), 2),
        (changed(0, messages=(Message(role="user", content="Which colour has door 1 ?"),)), 2),
        (changed(0, messages=(Message(role="system", content="Be brief."), *TASKS[0].messages)), 2),
        (changed(2, target={"options": ["green", "red"], "right": "red"}), 2),
        (changed(2, target={"options": ["blue", "green"], "right": "blue"}), 2),
        (changed(2, grader="length", target="short"), 2),
    ],
)
def test_only_what_changed_is_answered_again(toy, file, tasks, reused):
    """Order and other tasks change nothing; another prompt, limit, option or way of answering does, for that task alone."""
    asked(toy, TASKS, kept(file))
    found, suite = asked(toy, tasks, kept(file))

    assert found == reused
    assert suite == asked(toy, tasks, kept(file, fresh=True))[1]


@pytest.mark.parametrize(
    ("settings", "reused"),
    [
        ({}, 5),
        ({"batch_size": 1}, 5),
        ({"seed": 1}, 3),
        ({"seed": 7}, 1),
        ({"samples": 3}, 5),
        ({"temperature": 1.5}, 1),
        ({"temperature": 0.0, "samples": 1}, 1),
    ],
)
def test_settings_are_part_of_a_written_answer(toy, file, settings, reused):
    """Temperature and the sample's own seed count; the batch size does not, nor anything for an option chosen by likelihood."""
    heated = Answering(temperature=1.0, samples=2)
    asked(toy, TASKS, kept(file), heated)

    assert asked(toy, TASKS, kept(file), dataclasses.replace(heated, **settings))[0] == reused


def test_the_default_limit_is_part_of_an_answer_without_its_own(toy, file):
    """A task that does not say how long is answered again where the default changes."""
    tasks = changed(0, max_tokens=None)
    asked(toy, tasks, kept(file), Answering(max_new_tokens=5))

    assert asked(toy, tasks, kept(file), Answering(max_new_tokens=6))[0] == 2


def test_another_target_or_grader_grades_the_same_answer_anew(toy, file):
    """A score is never kept: a mended target counts at once, and costs no new answer."""
    _, first = asked(toy, TASKS, kept(file))
    text = first.answers[0].text
    found, suite = asked(toy, changed(0, grader="exact", target=text), kept(file))

    assert (found, suite.answers[0].text, suite.answers[0].score, suite.answers[0].grader) == (3, text, 1.0, "exact")
    assert first.answers[0].grader == "length"


def test_another_model_reuses_nothing(toy, file):
    """The same file under another model's facts holds no answer of it."""
    asked(toy, TASKS, kept(file))

    assert asked(toy, TASKS, kept(file, model="other"))[0] == 0


def test_where_batches_show_written_answers_are_reused_whole_or_not_at_all(toy, file):
    """Not in float32, the same tasks in the same batches are reused; others only where they were chosen by likelihood."""
    asked(toy, TASKS, kept(file, alone=False))
    one_less, one_more = TASKS[1:], (*TASKS, task("d", "New?"))
    settings = Answering(batch_size=1)

    assert asked(toy, TASKS, kept(file, alone=False))[0] == 3
    assert [asked(toy, tasks, kept(file, alone=False))[0] for tasks in (one_less, one_more)] == [1, 1]
    assert asked(toy, TASKS, kept(file, alone=False), settings)[0] == 1


def test_half_of_a_batch_is_not_filled_up(toy, file):
    """Not in float32, an evaluation that was stopped half-way is made again whole: another batch would be another answer."""
    asked(toy, TASKS, kept(file, alone=False))
    lines = file.read_text().splitlines(keepends=True)
    file.unlink()
    file.write_text("".join(lines[:-1]))

    assert asked(toy, TASKS, kept(file, alone=False))[0] == 1


def test_an_evaluation_that_was_stopped_goes_on_where_it_was(toy, file):
    """In float32, what was answered before a stop is there afterwards."""
    work = evaluate(*toy, {"s": TASKS}, kept=kept(file))
    next(work), next(work), next(work), work.close()

    assert asked(toy, TASKS, kept(file))[0] == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"tokens": ', b'"tokens": 1'), (b'"text": "', b'"text": "x'), (b'{"key"', b"key"), (b'"answer"', b'"anwser"')],
)
def test_a_damaged_line_is_told_and_answered_again(toy, file, old, new):
    """One changed byte in a line: that answer is made anew, the others are reused, and the next time all are whole."""
    _, first = asked(toy, TASKS, kept(file))
    head, tail = file.read_bytes().split(b"\n", 1)
    file.write_bytes(head.replace(old, new, 1) + b"\n" + tail)
    reused, *_, report = evaluate(*toy, {"s": TASKS}, kept=kept(file))

    assert (reused, report.suites["s"]) == (Reused(2, 3, 1), first)
    assert asked(toy, TASKS, kept(file))[0] == 3


@pytest.mark.parametrize("junk", [b"\xff\xfe\x00", b"[]\n", b"null", b"[" * 5000, b'{"key": "k", "answer": {}, "sha256": 5}'])
def test_what_is_no_answer_at_all_is_passed_over(toy, file, junk):
    """Foreign bytes in the file cost nothing but themselves."""
    asked(toy, TASKS, kept(file))
    file.write_bytes(file.read_bytes() + junk)

    assert (asked(toy, TASKS, kept(file))[0], kept(file).damaged) == (3, 1)


def test_a_torn_last_line_costs_one_answer(toy, file):
    """A kill in the middle of a write: the torn answer is made again and stands whole behind it."""
    asked(toy, TASKS, kept(file))
    file.write_bytes(file.read_bytes()[:-40])

    assert [asked(toy, TASKS, kept(file))[0] for _ in range(2)] == [2, 3]


def test_fresh_makes_all_anew_and_takes_the_place_of_the_old(file):
    """With `fresh` nothing is given out; what is put then is what is given from then on."""
    book = kept(file)
    key = book.key({"q": 1})
    book.put(key, Said(text="old", tokens=1, natural_stop=True))
    fresh = kept(file, fresh=True)
    seen = fresh.get(key)
    fresh.put(key, Said(text="new", tokens=1, natural_stop=True, weights=(-0.5, -1.25)))

    assert (seen, kept(file).get(key)) == (None, Said(text="new", tokens=1, natural_stop=True, weights=(-0.5, -1.25)))


def test_a_full_disk_only_costs_the_reuse(toy, file, monkeypatch):
    """Keeping saves time; where it cannot be done the evaluation is the same."""

    def full(operation, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)
    _, suite = asked(toy, TASKS, kept(file))
    monkeypatch.undo()

    assert suite == asked(toy, TASKS, kept(file))[1]


def test_words_of_any_script_come_back_as_they_were(file):
    """Line breaks of every kind, lone surrogates and emoji stay one line and one answer."""
    said = Said(text="a\nb\u2028c\x85d\udc80 🍃", tokens=9, natural_stop=False)
    book = kept(file)
    book.put(book.key({}), said)

    assert kept(file).get(book.key({})) == said
    assert len([json.loads(line) for line in file.read_bytes().split(b"\n") if line]) == 1
