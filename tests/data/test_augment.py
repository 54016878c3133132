"""Children: what changes, what stays, and whose side they are on."""

from __future__ import annotations

import json
import random

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.augment import augmented, typo
from burnish.data.split import split
from burnish.records.conversation import Conversation, Message
from toys import SEED, write_rows


def row(question, answer="Plain words.", **metadata):
    """Return a row of two turns."""
    said = (Message(role="user", content=question), Message(role="assistant", content=answer, reasoning_content=None))
    return Conversation(messages=said, metadata=metadata)


def children(one, kind, per_row=3, seed=0):
    """Return (question, answer) of a row's children of one kind."""
    return [(child.prompt[-1].content, child.answer) for child in augmented([one], [kind], per_row, seed)]


@pytest.mark.parametrize(
    ("question", "ways"),
    [
        (
            "What is the height of the tower?",
            {"Can you tell me what the height of the tower is?", "Do you know what the height of the tower is?"},
        ),
        ("Where is the old ladder?", {"Do you know where the old ladder is?", "Can you tell me where the old ladder is?"}),
        ("How do I open the hatch?", {"What is the best way to open the hatch?", "Tell me how to open the hatch."}),
        ("Explain the tide.", {"Could you explain the tide?", "I'd like you to explain the tide."}),
    ],
)
def test_a_question_is_asked_in_other_words(question, ways):
    """Each rule gives sentences that ask the same; the answer stays."""
    made = children(row(question), "reword")

    assert ways <= {asked for asked, _ in made}
    assert {answer for _, answer in made} == {"Plain words."}


def test_a_question_of_no_known_form_is_left():
    """No rule, no child."""
    assert children(row("Hm, and then?"), "reword") == []


def test_typos_leave_names_numbers_and_links():
    """In two hundred draws only small words of four letters and more change, and one word in eight at most."""
    question = "Could Anna please check whether https://site.example/page4 shows flight LX318 before noon tomorrow morning, or ask bob@site.example?"
    for seed in range(200):
        ((made, _),) = children(row(question), "typo", 1, seed)
        changed = [(a, b) for a, b in zip(question.split(), made.split(), strict=True) if a != b]

        assert 1 <= len(changed) <= 2
        assert {a for a, _ in changed} <= {
            "please",
            "check",
            "whether",
            "shows",
            "flight",
            "before",
            "noon",
            "tomorrow",
            "morning,",
        }


def test_typos_leave_the_material_of_a_task():
    """What stands after a colon or in quotes is to be worked on as it is."""
    question = "Please shorten this text: the shop closes early on this rainy afternoon"
    made = [asked for seed in range(40) for asked, _ in children(row(question), "typo", 1, seed)]

    assert {asked.partition(":")[2] for asked in made} == {question.partition(":")[2]}
    assert question not in made


def test_a_long_question_is_not_bent():
    """Where moving the verb would bend the sentence, no rule is used."""
    assert children(row("What is the best way to clean a pan and why does it rust?"), "reword") == []


def test_a_typo_changes_one_place_and_never_the_first_letter():
    """Swapped, dropped, doubled or the key beside: the length differs by one at most."""
    rng = random.Random(SEED)
    for _ in range(300):
        made = typo("whether", rng)

        assert made[0] == "w"
        assert abs(len(made) - len("whether")) <= 1


def test_manners_are_put_on_and_taken_off():
    """A bare order gets a please, a polite one is said bare."""
    assert ("Please list the doors.", "Plain words.") in children(row("List the doors."), "polite")
    assert children(row("Please list the doors."), "polite") == [("List the doors.", "Plain words.")]


def test_a_long_answer_gives_a_pair():
    """Asked for one sentence the first is the answer, asked for all the whole; a short answer gives none."""
    long = "The hall is long. It has nine doors. Each is green."

    assert [answer for _, answer in children(row("What is the hall like?", long), "length")] == ["The hall is long.", long]
    assert children(row("What is it?", "The hall. Yes."), "length") == []


def test_a_made_up_name_is_not_known():
    """Another name in the question, which no row holds; the answer says that nothing is known of it."""
    ((question, answer),) = children(row("When did Milton open?", "Milton opened in 1910."), "unknown", 1)
    name = question.removeprefix("When did ").removesuffix(" open?")

    assert name not in {"Milton", ""}
    assert answer == f"I don't know: I have nothing on {name}."
    assert children(row("When did the shop open?", "In 1910."), "unknown") == []


def test_a_made_up_name_is_no_name_of_the_rows():
    """A name that some row knows would teach the model to deny what it is taught."""
    asked = row("When did Milton open?", "Milton opened in 1910.")
    ((first, _),) = children(asked, "unknown", 1)
    name = first.removeprefix("When did ").removesuffix(" open?")
    made = list(augmented([asked, row("Who cooks?", f"I hear that {name} cooks.")], ["unknown"], 1, 0))

    assert [name in child.prompt[-1].content for child in made] == [False]


def test_children_name_their_parent_and_have_no_children():
    """The parent's id is `metadata.id` where it has one, the id of its words elsewhere; the rest of the metadata is kept."""
    parent, named = row("What is the tide?", category="fact"), row("What is the moon?", id="m1", category="fact")
    made = list(augmented([parent, named], ["typo", "polite"], 1, 0))

    assert [dict(one.metadata) for one in made] == [
        {"category": "fact", "parent": name, "made": kind} for name in (parent.id, "m1") for kind in ("typo", "polite")
    ]
    assert list(augmented(made, ["typo", "polite"], 1, 0)) == []


def test_children_are_held_out_with_their_parent():
    """Whatever the kind and the seed, no child is trained whose parent is asked."""
    words = "river harbour candle orchard lantern violin glacier meadow anchor thimble compass saddle".split()
    rows = [
        row(f"What is the use of a {word}?", f"People {word[::-1]} with it. It is old. My {word} sings {word}ly.")
        for word in words
    ]
    every = [*rows, *augmented(rows, ["reword", "typo", "polite", "length"], 2, 0)]
    for seed in range(4):
        held = set(split(every, 14, seed).held_out)
        family = {one.id: i in held for i, one in enumerate(every[:12])}

        assert len(held) >= 5
        assert all(family[one.metadata["parent"]] == (i in held) for i, one in enumerate(every) if i >= 12)


def test_the_verb_adds_and_closes_its_books(tmp_path):
    """All rows stay first and as they were, children follow, and the books say how many of each kind; twice is the same."""
    source = write_rows(tmp_path / "rows.jsonl", [{"prompt": "What is the tide?", "completion": "Water. It moves. It is wet."}])
    files = []
    for i in range(2):
        done = CliRunner().invoke(app, ["augment", str(source), "-o", str(tmp_path / f"{i}.jsonl"), "--json"])
        files.append((tmp_path / f"{i}.jsonl").read_text())
    told = json.loads(done.stdout)

    assert told["made"] == {"reword": 1, "typo": 1, "polite": 1, "length": 1}
    assert told["ledger"]["closes"] is True
    assert told["ledger"]["rows_out"] == 5
    assert json.loads(files[0].splitlines()[0])["messages"][0]["content"] == "What is the tide?"
    assert files[0] == files[1]
