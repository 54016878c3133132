"""What programs read of every verb: the keys of its one JSON object and the types of their values."""

from __future__ import annotations

import typer

from burnish.cli.main import app
from pins.shape import shape
from pins.walk import NOT_RUN


def _verbs():
    """Return every verb that can be typed, those within groups too."""
    group = typer.main.get_command(app)
    for name, one in group.commands.items():
        yield name
        yield from (f"{name} {inner}" for inner in getattr(one, "commands", ()))


def test_every_verb_ends_as_it_should(walk):
    """Each step of the walk ends with its exit code: 1 where a gate is closed, a training fails or a toy is no good model, else 0."""
    assert walk.wrong == []


def test_the_keys_of_every_answer(walk, golden):
    """Keys and types of all answers are those of the golden file, which names the verbs that were not run, and why."""
    left_out = [f"not run: {verb}: {why}" for verb, why in sorted(NOT_RUN.items())]

    golden("json_answers.txt", [*left_out, *(line for step, answer in walk.answers.items() for line in shape(step, answer))])


def test_every_verb_is_run_or_named(walk):
    """A new verb is walked too, or is named with the reason why not."""
    named = {*walk.answers, *NOT_RUN}

    assert [verb for verb in _verbs() if not any(f"{name} ".startswith(f"{verb} ") for name in named)] == []


def test_a_fault_says_what_it_always_says(walk):
    """The error of a verb has its four keys."""
    assert set(walk.answers["train, failed"]["error"]) == {"what", "seen", "remedy", "kind"}
