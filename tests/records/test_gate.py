"""Gates as people write them: read, refused with line and remedy, and written back."""

from __future__ import annotations

import pytest

from burnish.errors import RecipeError
from burnish.flow.request import recipe_toml
from burnish.records.gate import parse_gate
from burnish.records.recipe import build_recipe, read_recipe


@pytest.mark.parametrize(
    ("name", "rule", "kind", "limit"),
    [
        ("starter", "better", "better", 0),
        ("starter", " Better ", "better", 0),
        ("ability", "no worse than 3", "no worse than", 3),
        ("ability", "no worse than 2.5 points", "no worse than", 2.5),
        ("starter.refusal", ">= 0.9", ">=", 0.9),
        ("starter.refusal", ">=90%", ">=", 0.9),
        ("starter.refusal", "<= .1", "<=", 0.1),
        ("peak_bytes", "<= 3GB", "<=", 3e9),
        ("peak_bytes", "<= 1.5 GiB", "<=", 1.5 * 2**30),
        ("train_seconds", "<= 300", "<=", 300),
        ("wall_seconds", "<= 5 min", "<=", 300),
    ],
)
def test_what_people_write_is_read(name, rule, kind, limit):
    """Each form gives its kind and its limit, in the unit of the thing limited."""
    gate, fault = parse_gate(name, rule)

    assert (gate.kind, gate.limit, gate.rule, fault) == (kind, pytest.approx(limit), rule, "")


@pytest.mark.parametrize(
    ("name", "rule", "told"),
    [
        ("starter", "beter", 'write "better"'),
        ("starter", "no worse than -3", "no worse than 3"),
        ("starter", "no worse than 0", "no worse than 3"),
        ("starter", ">= 90", ">= 0.9"),
        ("starter", 0.9, ">= 0.9"),
        ("starter", "<= 3GB", ">= 0.9"),
        ("peak_bytes", "better", "<= 3GB"),
        ("peak_bytes", "<= 3 parsecs", "<= 3GB"),
        ("train_seconds", ">= 300", "<= 300"),
        ("train_seconds", "<= 3GB", "<= 300"),
    ],
)
def test_what_is_no_gate_is_told_with_what_to_write(name, rule, told):
    """The name, the value seen and a form that would do stand in the fault."""
    gate, fault = parse_gate(name, rule, "burnish.toml, line 3")

    assert gate is None
    assert fault.startswith(f"burnish.toml, line 3: gate.{name}: {rule!r} is no gate; ")
    assert told in fault


TOML = """[train]
epochs = 2

[gate]   # what a version must show
own = "better"
starter.refusal = ">= 0.9"
"held-out rows.fact" = "no worse than 3"
"""


def test_gates_stand_in_the_recipe_with_their_lines(tmp_path):
    """Quoted and dotted names are one thing, and each gate knows where it was written."""
    path = tmp_path / "burnish.toml"
    path.write_text(TOML)

    assert [(gate.name, gate.place) for gate in read_recipe(path).gates] == [
        ("own", "burnish.toml, line 5"),
        ("starter.refusal", "burnish.toml, line 6"),
        ("held-out rows.fact", "burnish.toml, line 7"),
    ]


def test_every_wrong_gate_is_told_at_once_with_its_line(tmp_path):
    """Two wrong gates and a wrong key are three faults of one error."""
    path = tmp_path / "burnish.toml"
    path.write_text(TOML.replace('"better"', '"bettr"').replace("0.9", "90").replace("epochs = 2", "epoch = 2"))
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)

    assert [
        part in str(caught.value)
        for part in ("burnish.toml, line 5: gate.own: 'bettr'", "line 6: gate.starter.refusal", "train.epochs?")
    ] == [True] * 3


def test_a_gate_by_set_wins_over_the_file(tmp_path):
    """`--set gate.own=...` replaces the line of the file."""
    path = tmp_path / "burnish.toml"
    path.write_text(TOML)

    assert {gate.name: gate.rule for gate in read_recipe(path, ["gate.own=no worse than 5"]).gates}["own"] == "no worse than 5"


def test_gates_survive_the_files_of_a_run(tmp_path):
    """What is kept with a run for a resume, as keys and as TOML, reads back to the same gates."""
    path = tmp_path / "burnish.toml"
    path.write_text(TOML)
    recipe = read_recipe(path)
    again = tmp_path / "recipe.toml"
    again.write_text(recipe_toml(recipe))

    rules = {gate.name: gate.rule for gate in recipe.gates}
    assert {gate.name: gate.rule for gate in build_recipe(dict(recipe.items())).gates} == rules
    assert {gate.name: gate.rule for gate in read_recipe(again).gates} == rules


def test_a_suite_and_its_category_without_quotes_are_told_how_to_write_them(tmp_path):
    """`own = ...` and `own.fact = ...` clash in TOML: the remedy shows the quotes, the line is named."""
    path = tmp_path / "burnish.toml"
    path.write_text('[gate]\nown = "better"\nown.fact = "better"\n')
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)

    assert '"own.fact" = ...' in caught.value.remedy
    assert "line 3" in caught.value.seen
