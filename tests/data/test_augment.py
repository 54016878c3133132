"""Children: what changes, what stays, and whose side they are on."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.augment import KINDS, augmented
from burnish.data.spelling import english
from burnish.data.split import split
from burnish.data.typos import typo
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
    made = list(augmented([parent, named], ["typo", "polite"], 1, 0, mix={}, most=4))

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
    source = write_rows(
        tmp_path / "rows.jsonl", [{"prompt": "What is the tide?", "completion": "Water it is. It moves. It is wet."}]
    )
    files = []
    for i in range(2):
        done = CliRunner().invoke(
            app, ["augment", str(source), "-o", str(tmp_path / f"{i}.jsonl"), "--most", "9", "--mix", "typo=25", "--json"]
        )
        files.append((tmp_path / f"{i}.jsonl").read_text())
    told = json.loads(done.stdout)

    assert told["made"] == {"reword": 1, "typo": 1, "polite": 1, "length": 1}
    assert told["ledger"]["closes"] is True
    assert told["ledger"]["rows_out"] == 5
    assert json.loads(files[0].splitlines()[0])["messages"][0]["content"] == "What is the tide?"
    assert files[0] == files[1]


@pytest.mark.parametrize(
    "question",
    [
        "Ferrell keeps bees in Ulm. Where does Ferrell keep bees?",
        "Where does Ferrell, who keeps bees, live?",
        "When Ferrell moved to the coast, what did she keep?",
        "Read this: Ferrell keeps bees. Where does Ferrell keep them?",
        "Write a poem about Ferrell.",
        "Is Ferrell a beekeeper?",
        "What is a Ferrell?",
        "Wo wohnt Ferrell?",
    ],
)
def test_nothing_is_denied_of_what_the_prompt_tells(question):
    """Only a bare question can be about somebody unknown: not one that tells of the name, asks for a text, or is no English."""
    assert children(row(question, "Ferrell keeps bees in Ulm."), "unknown") == []


def test_nothing_is_denied_of_what_was_told_before():
    """A system text, an earlier turn or a context may tell of the name: then no child says that there is nothing on it."""
    told = (
        Message(role="system", content="Ferrell keeps bees."),
        *row("Where does Ferrell live?", "Ferrell lives in Ulm.").messages,
    )

    assert list(augmented([Conversation(messages=told, metadata={})], ["unknown"], 1, 0)) == []
    assert children(row("Where does Ferrell live?", "Ferrell lives in Ulm.", context="Ferrell keeps bees."), "unknown") == []
    assert len(children(row("Where does Ferrell live?", "Ferrell lives in Ulm."), "unknown", 1)) == 1


@pytest.mark.parametrize(
    "question",
    [
        "Could you tell me who Anna Ferrell of Ulm is?",
        "Where was Anna Ferrell of Ulm born?",
        "How do I reach Anna Ferrell of Ulm?",
        "Can you describe Anna Ferrell of Ulm?",
        "Tell me about Anna Ferrell of Ulm.",
        "Will Anna Ferrell of Ulm come?",
    ],
)
@pytest.mark.parametrize("kind", ["reword", "polite", "length", "typo"])
def test_names_keep_their_capitals(question, kind):
    """Whatever is done to a question, a name in it stays letter for letter."""
    made = children(row(question, "She keeps the bees. They are many. They fly."), kind)

    assert all("Anna Ferrell of Ulm" in asked for asked, _ in made)
    assert made or question.startswith("Will") or kind == "length"


@pytest.mark.parametrize(
    ("question", "bent"),
    [
        ("Where was the ferry built?", "the ferry built was"),
        ("What is the captain of the ship called?", "the ship called is"),
        ("Why is the sky blue?", "the sky blue is"),
        ("Who is Ferrell married to?", "married to is"),
        ("When is the library open?", "the library open is"),
    ],
)
def test_a_verb_moves_behind_a_noun_alone(question, bent):
    """Where more than the noun follows, the question is introduced and its order stays."""
    asked = [asked for asked, _ in children(row(question), "reword")]

    assert asked
    assert not [one for one in asked if bent in one]


def test_what_is_asked_of_a_person_is_no_order():
    """Whether somebody can swim is another question than to swim."""
    assert "Please swim." not in [asked for asked, _ in children(row("Can you swim?"), "reword")]


def test_manners_do_not_touch_the_words_of_a_question():
    """A thanks that is asked about stays, and nothing is put behind a text that is to be worked on."""
    assert all("say thanks?" in asked for asked, _ in children(row("How do I say thanks?"), "polite"))
    assert all(asked.endswith("It rains.") for asked, _ in children(row("Shorten this: The shop closes. It rains."), "polite"))
    assert children(row("Wie hoch ist der Turm?", "Der Turm ist hoch."), "polite") == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Explain the hall in two sentences.", "The hall is long. It has nine doors. Each is green."),
        ("Translate the hall is long.", "Die Halle ist lang. Sie hat Tore. Sie sind alt."),
        ("Explain the hall briefly.", "The hall is long. It has nine doors. Each is green."),
    ],
)
def test_another_length_does_not_contradict_the_prompt(question, answer):
    """Where the prompt says how much is wanted, or wants a text made, no other length is asked for."""
    assert children(row(question, answer), "length") == []


def test_a_first_sentence_that_answers_nothing_is_no_answer():
    """A "Yes." or "Good question!" alone would teach to leave the answer out; the whole answer is still taught."""
    said = "There are three doors here. One is green. One is red."

    assert [answer for _, answer in children(row("What is behind the hall?", said), "length")] == [said]


def test_a_typo_is_no_other_word():
    """In three hundred draws no typo makes another English word, and no number word changes."""
    question = "How many days pass from when three ships trail their casual form there?"
    made = [asked for seed in range(300) for asked, _ in children(row(question), "typo", 1, seed)]
    new = {word.strip("?") for one in made for word in one.split()} - {word.strip("?") for word in question.split()}

    assert len(new) > 40
    assert not {word for word in new if word in english()}
    assert all("three" in one for one in made)


def test_the_mix_is_kept():
    """Of what rules make a tenth at most are typos, a tenth deny, and there are no more than there are rows; another mix wins."""
    words = [f"{a}{b}" for a in ("River", "Harbour", "Candle", "Orchard", "Lantern") for b in "abcdefgh"]
    rows = [row(f"What is the purpose of {word}?", f"{word} is for people. It is old. It sings.") for word in words]
    usual = Counter(one.metadata["made"] for one in augmented(rows, list(KINDS), 1, 0))
    other = Counter(one.metadata["made"] for one in augmented(rows, list(KINDS), 1, 0, mix={"typo": 50, "unknown": 0}, most=20))

    assert usual == {"reword": 10, "typo": 4, "polite": 11, "length": 11, "unknown": 4}
    assert other == {"reword": 3, "typo": 10, "polite": 3, "length": 4}


def test_typos_do_not_fill_what_other_kinds_leave():
    """Where nothing but typos can be made, none are: a share of nothing. Asked for alone, all are made."""
    rows = [row(f"Warum {word} die Katze?", "Die Katze ist nicht da.") for word in ("schnurrt", "schleicht", "springt")]

    assert list(augmented(rows, list(KINDS), 1, 0)) == []
    assert len(list(augmented(rows, ["typo"], 1, 0))) == 3


@pytest.mark.parametrize("typed", ["typo=101", "typos=5", "typo", "typo=60,unknown=5", "typo=-1"])
def test_a_mix_that_cannot_be_read_is_told(tmp_path, typed):
    """The share is named and the form said."""
    source = write_rows(tmp_path / "rows.jsonl", [{"prompt": "What is the tide?", "completion": "Water."}])
    done = CliRunner().invoke(app, ["augment", str(source), "-o", str(tmp_path / "o.jsonl"), "--mix", typed])

    assert done.exit_code == 1
    assert typed in done.stderr
    assert "typo=5" in done.stderr


def test_the_help_names_the_mix_and_the_limits():
    """Shares, rows a parent and rows in all are said where a person looks."""
    told = " ".join(CliRunner().invoke(app, ["augment", "--help"], env={"COLUMNS": "300"}).stdout.split())

    assert [words in told for words in ("typo=10 and unknown=10", "1 to 8", "as many as your rows")] == [True] * 3
