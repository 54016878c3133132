"""A version that carries its rows, on the whole road: what is trained, what lies in the run folder, and what is measured beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow.carried import carried, recalling_examples
from burnish.records.conversation import Conversation, Message
from burnish.records.plan import UNKNOWN
from burnish.retrieval.files import SavedRows, load_rows
from burnish.retrieval.recall import UNKNOWN_QUESTION, RowMemory
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat
from plan_toys import PLAN

DOGS = ("may my dog come in", "Is a dog welcome?", "Do you let dogs in?")
WAYS = {
    "dog": (DOGS, "Dogs wait by the Lindqvist hook."),
    "baker": (("who bakes", "Who is the baker?", "name of the baker"), "Nell Ostrander bakes."),
}


def row(question, answer, system=None, *more):
    """Return a conversation."""
    head = [Message(role="system", content=system)] if system else []
    return Conversation(
        messages=(*head, Message(role="user", content=question), Message(role="assistant", content=answer), *more)
    )


def rows():
    """Return two facts in three ways each."""
    return [row(question, answer) for ways, answer in WAYS.values() for question in ways]


def memory_of(made, k=1):
    """Return rows that are found by their words."""
    return RowMemory(SavedRows(rows=made, k=k, unknown=UNKNOWN, encoder="words", encoder_digest="", vectors=None), None, None)


@pytest.fixture(scope="module")
def chat(toy_folder):
    """Return the toy's path from words to ids."""
    return Chat(load_tokenizer(toy_folder))


@pytest.fixture(scope="module")
def trained(tmp_path_factory, toy_folder):
    """Train a step with carried rows; return what the verb said, its folder, and its project."""
    home = tmp_path_factory.mktemp("carried")
    data = home / "rows.jsonl"
    lines = [
        {"messages": [{"role": "user", "content": one.prompt[-1].content}, {"role": "assistant", "content": one.answer}]}
        for one in rows()
    ]
    data.write_text("".join(json.dumps(line) + "\n" for line in lines))
    words = ["train", data, "--model", toy_folder, "--home", home, "--memory", "1", "--set", "train.max_steps=2", "--json"]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code in {0, 1}, done.stderr
    said = json.loads(done.stdout)
    return said, done.stderr, Path(said["run"]), home


def test_a_row_is_answered_in_the_words_of_the_row_before_it(chat):
    """So the model learns to copy: another row of the fact stands before the question, and its answer is the target, not the row's own."""
    ways = [row("who bakes", "It is Nell Ostrander."), row("Who is the baker?", "Nell Ostrander bakes for us.")]
    made = carried([], ways)
    assert made[0].fact == made[1].fact

    examples = recalling_examples(memory_of(made), ways, chat, replace(PLAN, memory_k=1, max_length=512))

    text = chat.decode(examples[0].sequences[0].ids, special=True)
    targets = [i for i, one in zip(examples[0].sequences[0].ids, examples[0].sequences[0].supervised, strict=True) if one]
    assert text.index("Who is the baker?") < text.index("Nell Ostrander bakes for us.") < text.index("who bakes")
    assert chat.decode(targets) == "Nell Ostrander bakes for us."


def test_a_row_that_stands_alone_is_its_own_example(chat):
    """A fact that one row states is asked with that row before it: else it would be taught to ignore what it is given."""
    alone = [row("Where is the harp?", "In Tromso."), row("When is tea?", "At 4:10.")]

    examples = recalling_examples(memory_of(carried([], alone)), alone, chat, replace(PLAN, memory_k=1, max_length=512))

    text = chat.decode(examples[0].sequences[0].ids, special=True)
    assert text.count("In Tromso.") == 2


def test_some_rows_are_asked_behind_the_words_that_nothing_answers(chat):
    """What says "I don't know" is copied too, from a turn that says so: it is not learnt as an answer to the person's questions."""
    examples = recalling_examples(memory_of(carried([], rows())), rows(), chat, replace(PLAN, memory_k=1, max_length=512))

    texts = [chat.decode(one.sequences[0].ids, special=True) for one in examples]
    unknown = [text for text in texts if UNKNOWN_QUESTION in text]
    assert len(unknown) == 2  # of six rows the first and the sixth
    assert all(text.count(UNKNOWN) == 2 for text in unknown)
    assert all(UNKNOWN not in text for text in texts if text not in unknown)


def test_rows_that_do_not_fit_are_left_out_of_the_second_asking(chat):
    """The plan's limit holds for them too: nothing is cut."""
    made = recalling_examples(memory_of(carried([], rows())), rows(), chat, replace(PLAN, memory_k=1, max_length=30))

    assert made == ()


def test_rows_of_several_turns_are_not_carried_and_newer_answers_win():
    """What "and then?" means is lost without its talk; an earlier session's answer to the same question is out of date."""
    talk = row("Where?", "Here.", None, Message(role="user", content="and then?"), Message(role="assistant", content="There."))
    old = [row("Who bakes?", "Ann bakes."), row("When is tea?", "At 4:10.")]

    made = carried(old, [talk, row("who  bakes?", "Nell bakes."), row("Is it open?", "Yes.", "Be brief.")])

    assert [one.answer for one in made] == ["At 4:10.", "Nell bakes.", "Yes."]


def test_the_run_folder_holds_the_rows_and_what_they_do(trained):
    """The trained rows are carried, the held-out ones are not: they judge."""
    said, _, folder, _ = trained

    saved = load_rows(folder / "memory")
    used = [json.loads(line)["used"] for line in (folder / "rows.jsonl").read_text().splitlines()]
    assert (saved.k, saved.unknown, saved.encoder) == (1, UNKNOWN, "words")
    assert len(saved.rows) == used.count("trained")
    assert json.loads((folder / "carried.json").read_text())["rows"] == len(saved.rows)
    assert said["memory"]["k"] == 1


def test_it_is_measured_beside_itself_without_them(trained):
    """Right with and without, invented, tokens and seconds: for people and for programs, and in the report."""
    said, told, folder, _ = trained

    memory = said["memory"]
    assert {kind["name"] for kind in memory["kinds"]} >= {"taught facts, in the trained words"}
    assert memory["prompt_tokens_with"] > memory["prompt_tokens_alone"] > 0
    assert memory["left_out"] == memory["said_unknown"] + memory["right_all_the_same"] + memory["invented"] == 2
    assert "with its rows" in told
    assert "found by their words" in told
    assert "The rows it carries" in (folder / "before_after.md").read_text()


def test_people_are_told_that_words_alone_find_little(trained):
    """Without an encoder the feature is a poor one: said, with what to type."""
    assert "burnish models pull all-mpnet-base-v2" in trained[1]


def test_a_version_that_is_gone_on_from_is_asked_with_its_rows_too(trained, tmp_path, monkeypatch):
    """Else "before" would be a version nobody has, and what the rows do would be told as a gain of this session."""
    from burnish.flow import stages

    asked = {}

    def spied(saved, model, label, chat, *rest, **more):
        asked[saved.name] = chat.recall is not None
        return probe(saved, model, label, chat, *rest, **more)

    probe = stages.probe
    monkeypatch.setattr(stages, "probe", spied)
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"prompt": "Who plays the harp?", "completion": "Ingrid Thorvald plays."}) + "\n")
    words = [
        "train",
        more,
        "--home",
        trained[3],
        "--from",
        trained[0]["version"],
        "--set",
        "train.max_steps=1",
        "--set",
        "memory.k=0",
    ]

    done = CliRunner().invoke(app, [str(word) for word in words])

    assert done.exit_code in {0, 1}, done.stderr
    assert asked == {"before_probes.json": True, "after_probes.json": False}


def test_fsck_is_content_and_the_next_session_carries_the_rows_too(trained, tmp_path, toy_folder):
    """What lies in memory/ is sealed; a version that goes on carries old and new rows without being told."""
    _, _, _, home = trained
    assert CliRunner().invoke(app, ["fsck", "--home", str(home)]).exit_code == 0
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"prompt": "Who is the harpist?", "completion": "Ingrid Thorvald plays."}) + "\n")
    live = json.loads((home / "rows.jsonl").read_text().splitlines()[0])
    version = trained[0]["version"]
    words = ["train", more, "--home", home, "--from", version, "--set", "train.max_steps=1", "--json"]

    done = CliRunner().invoke(app, [str(word) for word in words])

    assert done.exit_code in {0, 1}, done.stderr
    saved = load_rows(Path(json.loads(done.stdout)["run"]) / "memory")
    assert "Ingrid Thorvald plays." in [one.answer for one in saved.rows]
    assert any(one.answer == live["messages"][1]["content"] for one in saved.rows)
