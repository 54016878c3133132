"""Categories, labels by key, and the mix."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.categories import by_rules, guesses
from burnish.records.conversation import Conversation, Message
from toys import write_rows


def row(question, answer, thought=None, **metadata):
    """Return a row of two turns."""
    said = (Message(role="user", content=question), Message(role="assistant", content=answer, reasoning_content=thought))
    return Conversation(messages=said, metadata=metadata)


def line(question, answer, **metadata):
    """Return a row as a file holds it."""
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}], "metadata": metadata}


FACTS = [(f"When was ship {i} launched?", f"It was launched in 19{i:02d} in Oslo by Anna Berg.") for i in range(10, 22)]
STYLES = [
    (f"Say good morning to guest {i}.", "good morning to you, dear guest, and may the day be kind to you.") for i in range(12)
]


def mixed(facts, styles, **metadata):
    """Return rows of both kinds as a file holds them, with their categories."""
    rows = [line(*one, category="fact", **metadata) for one in FACTS[:facts]]
    return rows + [line(q, a + f" {i}", category="style", **metadata) for i, (q, a) in enumerate(STYLES[:styles])]


@pytest.mark.parametrize(
    ("one", "category"),
    [
        (row("Should I take the train?", "Yes, because it rains."), "decision"),
        (row("What is 2 and 2?", "4", thought="Two and two."), "decision"),
        (row(*FACTS[0]), "fact"),
        (row(*STYLES[0]), "style"),
    ],
)
def test_without_labels_rules_tell_what_a_row_teaches(one, category):
    """A weighing or a thought is a decision, names and numbers are a fact, the rest is style."""
    assert by_rules(one).category == category


def test_with_labels_a_classifier_learns_the_persons_own_categories():
    """Categories no rule knows are told from a few labelled rows, and what the person gave stands."""
    boats = [
        row(f"Which sail for wind {i}?", f"Take the heavy jib and reef the main at {i} knots.", category="sailing")
        for i in range(6)
    ]
    soups = [
        row(f"Which soup for {i} guests?", f"Simmer the leeks with cream and salt for {i} guests.", category="cooking")
        for i in range(6)
    ]
    new = [row("Which sail in a storm?", "Take the small jib."), row("Leek soup?", "Simmer it with salt.")]
    odd = row("Which sail?", "Take the jib.", category="cooking")
    found = guesses([*boats, *soups, *new, odd])

    assert [(guess.category, guess.source) for guess in found[-3:]] == [
        ("sailing", "classifier"),
        ("cooking", "classifier"),
        ("cooking", "person"),
    ]


def test_guessed_categories_teach_nothing():
    """A category that was guessed once is no label: guesses do not feed on guesses."""
    rows = [row(f"Say {i}", "words", category="odd", category_from="rules") for i in range(8)]

    assert {guess.source for guess in guesses(rows)} == {"rules"}


def run(*words, keys=None):
    """Run the tool; return the result."""
    done = CliRunner().invoke(app, [str(word) for word in words], input=keys)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def written(path):
    """Return the rows of a file."""
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_the_mix_is_reached_and_what_is_missing_is_said(tmp_path):
    """As many rows as the scarcest category allows, none twice; the books and the missing rows are told."""
    source, out = (
        write_rows(tmp_path / "rows.jsonl", [*mixed(12, 4), line("Odd?", "Odd.", category="odd")]),
        tmp_path / "out.jsonl",
    )
    told = json.loads(run("balance", source, "-o", out, "--mix", "fact=0.6,style=0.4", "--json").stdout)
    rows = written(out)

    assert told["take"] == {"fact": 6, "style": 4}
    assert told["missing"] == {"style": 4}
    assert told["ledger"]["removed"] == {"more fact than the mix takes": 6, "odd has no share in the mix": 1}
    assert told["ledger"]["closes"] is True
    assert len({json.dumps(one) for one in rows}) == len(rows) == 10


def test_by_default_half_of_the_rows_think(tmp_path):
    """Where rows carry thoughts and no mix is asked for, half with and half without are kept."""
    rows = mixed(9, 0)
    for one in rows[:3]:
        one["messages"][1]["reasoning_content"] = "Let me see."
    source, out = write_rows(tmp_path / "rows.jsonl", rows), tmp_path / "out.jsonl"
    told = json.loads(run("balance", source, "-o", out, "--json").stdout)

    assert told["take"] == {"thinking": 3, "plain": 3}
    assert told["missing"] == {"thinking": 3}
    assert sum("reasoning_content" in one["messages"][1] for one in written(out)) == 3


def test_another_seed_draws_other_rows(tmp_path):
    """The same seed gives the same file."""
    source = write_rows(tmp_path / "rows.jsonl", mixed(12, 4))
    files = []
    for i, seed in enumerate((0, 0, 1)):
        run("balance", source, "-o", tmp_path / f"{i}.jsonl", "--mix", "fact=0.5,style=0.5", "--seed", seed)
        files.append((tmp_path / f"{i}.jsonl").read_text())

    assert files[0] == files[1]
    assert files[0] != files[2]


@pytest.mark.parametrize(
    ("mix", "told"),
    [
        ("fact=0.5", "do not sum to 1"),
        ("fact=x,style=1", "cannot be read"),
        ("fact=0.5,fact=0.5", "cannot be read"),
        ("fact=0.5,law=0.5", "no row is of law"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(mix, told, tmp_path):
    """A share that is none, shares that do not sum, a category without rows: told, and nothing written."""
    source = write_rows(tmp_path / "rows.jsonl", mixed(3, 3))
    done = run("balance", source, "-o", tmp_path / "out.jsonl", "--mix", mix)

    assert done.exit_code == 1
    assert told in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_keys_give_rows_their_categories(tmp_path):
    """A digit, Enter, skip, undo and an unknown key; the rest stays as it was, and every row is written."""
    rows = [line(*one) for one in (*FACTS[:3], *STYLES[:3])]
    source, out = write_rows(tmp_path / "rows.jsonl", rows), tmp_path / "out.jsonl"
    done = run("label", source, "-o", out, "--category", "a", "--category", "b", "--json", keys="1x2u1\ns2q")
    told = json.loads(done.stdout)
    given = [one.get("metadata", {}).get("category") for one in written(out)]

    assert told["labelled"] == 4
    assert told["waiting"] == 2
    assert told["ledger"]["closes"] is True
    assert sorted(filter(None, given)) in (["a", "a", "b", "fact"], ["a", "a", "b", "style"])
    assert "'x' is none of the keys" in done.stderr


def test_when_the_keys_end_what_was_labelled_is_kept(tmp_path):
    """A closed pipe ends the pass; labelled rows are not asked again."""
    rows = [line(*one) for one in FACTS[:4]]
    source, once, twice = write_rows(tmp_path / "rows.jsonl", rows), tmp_path / "once.jsonl", tmp_path / "twice.jsonl"
    run("label", source, "-o", once, "--category", "mine", keys="11")
    told = json.loads(run("label", once, "-o", twice, "--json", keys="1111111").stdout)

    assert [one.get("metadata", {}).get("category") for one in written(once)].count("mine") == 2
    assert told["labelled"] == 2
    assert told["waiting"] == 0
