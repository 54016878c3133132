"""A version that carries its rows, on the whole road: what is trained, what lies in the run folder, and what is measured beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow import rows_measured
from burnish.flow.carried import asked_again, carried
from burnish.records.conversation import Conversation, Message
from burnish.records.plan import KNOWN, UNKNOWN
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


def again(memory, made, chat, **plan):
    """Return what teaches a version to use its rows, as the model reads it."""
    settled = replace(PLAN, **{"memory_k": 1, "max_length": 512, "memory_rows": 100, **plan})
    return [chat.render(one, 0) for one in asked_again(memory, made, settled)]


def data_of(folder, made=()):
    """Write rows as a file."""
    lines = [{"messages": [{"role": one.role, "content": one.content} for one in each.messages]} for each in made or rows()]
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def train_on(folder, model, *more, made=()):
    """Train one step with carried rows in a project of its own; return what the verb says, its plan as `planned`, and what people read."""
    home = folder / f"home{len(list(folder.iterdir()))}"
    words = [
        "train",
        data_of(folder, made),
        "--model",
        model,
        "--home",
        home,
        "--memory",
        "1",
        "--set",
        "train.max_steps=1",
        "--json",
        *more,
    ]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr
    said = json.loads(done.stdout)
    return {**said, "planned": json.loads((Path(said["run"]) / "plan.json").read_text())}, done.stderr


@pytest.fixture(scope="module")
def chat(toy_folder):
    """Return the toy's path from words to ids."""
    return Chat(load_tokenizer(toy_folder))


@pytest.fixture(scope="module")
def trained(tmp_path_factory, toy_folder):
    """Train a step with carried rows; return what the verb said, its folder, and its project."""
    home = tmp_path_factory.mktemp("carried")
    data = data_of(home)
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

    examples = again(memory_of(made), ways, chat)

    text = chat.decode(examples[0].sequences[0].ids, special=True)
    targets = [i for i, one in zip(examples[0].sequences[0].ids, examples[0].sequences[0].supervised, strict=True) if one]
    assert text.index("Who is the baker?") < text.index("Nell Ostrander bakes for us.") < text.index("who bakes")
    assert chat.decode(targets) == "Nell Ostrander bakes for us."


def test_a_row_that_stands_alone_is_its_own_example(chat):
    """A fact that one row states is asked with that row before it: else it would be taught to ignore what it is given."""
    alone = [row("Where is the harp?", "In Tromso."), row("When is tea?", "At 4:10.")]

    examples = again(memory_of(carried([], alone)), alone, chat)

    text = chat.decode(examples[0].sequences[0].ids, special=True)
    assert text.count("In Tromso.") == 2


def test_some_rows_are_asked_behind_the_words_that_nothing_answers(chat):
    """What says "I don't know" is copied too, from a turn that says so: it is not learnt as an answer to the person's questions."""
    examples = again(memory_of(carried([], rows())), rows(), chat)

    texts = [chat.decode(one.sequences[0].ids, special=True) for one in examples]
    unknown = [text for text in texts if UNKNOWN_QUESTION in text]
    assert len(unknown) == 2  # of six rows the first and the sixth
    assert all(text.count(UNKNOWN) == 2 for text in unknown)
    assert all(UNKNOWN not in text for text in texts if text not in unknown)


def test_what_was_said_before_in_the_talk_is_not_copied(chat):
    """Carried rows are marked and copied; a turn of the talk bears no mark, and the row is answered in its own words behind it.

    Without that a chat says "I don't know that." for ever after it said so once.
    """
    asked = asked_again(memory_of(carried([], rows())), rows(), replace(PLAN, memory_k=1, memory_rows=100))

    talks = [one.messages for one in asked if not any(m.content.startswith(KNOWN) for m in one.messages)]
    behind = [talk for talk in talks if len(talk) > 2]
    assert behind
    assert all(talk[1].weight == 0 and talk[-1].content != talk[1].content for talk in behind)
    assert all(m.content.startswith(KNOWN) for one in asked if one.messages not in talks for m in one.messages[:-2:2])


def test_of_many_rows_each_is_made_once(chat):
    """What would never be seen is not made: of rows that come once each, every other one whole and the others with words taken out."""
    memory = memory_of(carried([], rows()))
    few, many = again(memory, rows(), chat), again(memory, rows(), chat, memory_rows=2)

    assert (len(few), len(many)) == (20, 8)  # three times six, or once, and two behind "none of the rows answers it"


def test_rows_with_a_thought_are_carried_and_not_asked_again():
    """Asked again without its thought a row would teach the model to think no more."""
    thought = Message(role="assistant", content="Nell bakes.", reasoning_content="Who was it? Nell.")
    made = [Conversation(messages=(Message(role="user", content="Who bakes?"), thought)), row("When is tea?", "At 4:10.")]
    memory = memory_of(carried([], made))

    asked = asked_again(memory, made, replace(PLAN, memory_k=1))

    assert [one.answer for one in memory.index.rows] == ["Nell bakes.", "At 4:10."]
    assert {one.answer for one in asked} <= {"At 4:10.", UNKNOWN}
    assert asked


def test_all_that_teaches_it_to_use_its_rows_fits_the_limit_that_the_plan_settles(toy_folder, tmp_path):
    """An example has a row before it, so it is longer than any row: the limit is not that of the longest row, or it is never trained."""
    said, told = train_on(tmp_path, toy_folder)
    _, told_short = train_on(tmp_path, toy_folder, "--set", "train.max_length=96")

    assert "examples that teach it" not in told
    assert said["planned"]["memory_rows"] > 0
    assert said["planned"]["max_length"] > 96
    assert "examples that teach it to use its rows are longer than 96 tokens and left out" in " ".join(told_short.split())


def test_rows_of_which_none_can_be_carried_are_told(toy_folder, tmp_path):
    """A person who asked for --memory and gave talks of several turns is told that it does nothing, and not to fetch an encoder."""
    talks = [
        row(
            f"What is {number}?",
            "Wait.",
            None,
            Message(role="user", content="And?"),
            Message(role="assistant", content=f"K-{number}."),
        )
        for number in range(3)
    ]

    _, told = train_on(tmp_path, toy_folder, made=talks)

    said = " ".join(told.split())
    assert "the version carries no row: nothing is put before a question; 3 are left out (several turns)" in said
    assert "--memory does nothing here" in said
    assert "models pull" not in said


def test_one_row_is_told_as_one(toy_folder, tmp_path):
    """One row is not "1 rows", and not "the 3 nearest"."""
    _, told = train_on(tmp_path, toy_folder, "--set", "memory.k=3", made=rows()[:1])

    said = " ".join(told.split())
    assert "the version carries 1 row: it is put before each question" in said
    assert "the row it carries, put before each question" in said


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


def test_a_run_killed_while_it_is_asked_without_its_rows_is_measured_when_it_goes_on(toy_folder, tmp_path, monkeypatch):
    """Its own answers lie there already, and nothing else is judged: what its rows do was never asked then, and said by nobody."""

    def stop(*_):
        raise KeyboardInterrupt

    words = ["train", data_of(tmp_path, rows()[:3]), "--model", toy_folder, "--home", tmp_path / "home", "--memory", "1"]
    words = [*map(str, words), "--set", "train.max_steps=1", "--set", "data.holdout=0", "--json"]
    with monkeypatch.context() as patch:
        patch.setattr(rows_measured, "_ask_left_out", stop)
        CliRunner().invoke(app, words)
    done = CliRunner().invoke(app, words)

    assert done.exit_code in {0, 1}, done.stderr
    assert "going on with run" in done.stderr
    assert json.loads(done.stdout)["memory"]["rows"] == 3


def test_long_rows_do_not_stop_a_training_when_it_is_judged(toy_folder, tmp_path):
    """Two rows that fit the model one by one and not together: it was trained, and then could be neither judged nor gone on with."""
    long = [row(f"Where is {number}? " + f"w{number} " * 60, f"At {number}7 Lane, " + f"y{number} " * 30) for number in range(3)]

    said, told = train_on(tmp_path, toy_folder, "--set", "memory.k=2", "--set", "data.holdout=0", made=long)

    assert said["memory"]["rows"] == 3
    assert "the model holds no more" in " ".join(told.split())
