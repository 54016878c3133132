"""Recipes: what a person asked for."""

from __future__ import annotations

import pytest

from burnish.errors import RecipeError
from burnish.records.codec import from_json, to_json
from burnish.records.plan import plan_names
from burnish.records.recipe import Recipe, build_recipe, known_keys, read_recipe


def test_file_and_overrides(tmp_path):
    """`--set` wins over the file; whole numbers are taken where numbers are."""
    path = tmp_path / "r.toml"
    path.write_text("[lora]\nrank = 16\n[train]\nlearning_rate = 1\n")
    recipe = read_recipe(path, ["lora.rank=4", "lora.targets=q_proj, v_proj", "train.early_stop=false"])

    assert dict(recipe.items()) == {
        "lora.rank": 4,
        "lora.targets": ("q_proj", "v_proj"),
        "train.learning_rate": 1.0,
        "train.early_stop": False,
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("lora.rnk=8", "lora.rnk: no such key; did you mean lora.rank?"),
        ("train.learnin_rate=1", "did you mean train.learning_rate?"),
        ("epochs=3", "epochs: no such key; did you mean train.epochs?"),
        ("train.epochs=0", "train.epochs: 0 is outside 1 to 1000"),
        ("train.epochs=2.5", "train.epochs: 2.5 is a number; it takes a whole number"),
        ("train.epochs=true", "it takes a whole number"),
        ("model.dtype=fp16", "'fp16' is not one of auto, float32, bfloat16, float16"),
        ("train.keep=bset", "did you mean best?"),
        ("train.learning_rate=nan", "is outside"),
        ("rank", "no '=' in it"),
    ],
)
def test_wrong_settings_are_told(given, told):
    """Each wrong key or value is named with the nearest right one."""
    with pytest.raises(RecipeError) as caught:
        read_recipe(None, [given])

    assert told in caught.value.what


def test_all_faults_at_once():
    """Three faults are three lines of one error."""
    with pytest.raises(RecipeError) as caught:
        read_recipe(None, ["lora.rnk=8", "train.epochs=0", "model.dtype=x"])

    assert caught.value.what.count("\n  - ") == 3


@pytest.mark.parametrize("text", ["[train\n", "rank = 3\n", "[nothing]\nx = 1\n", "\xff"])
def test_broken_files_are_told(tmp_path, text):
    """A broken TOML, a key outside a table and an unknown table are faults with a remedy."""
    path = tmp_path / "r.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)

    assert caught.value.remedy


def test_round_trip():
    """A recipe survives JSON."""
    recipe = build_recipe({"lora.targets": ["q_proj"], "train.seed": 7})

    assert from_json(Recipe, to_json(recipe)) == recipe


def test_every_key_is_a_setting_of_the_plan():
    """A recipe key that no plan resolves would be read by nothing."""
    assert set(known_keys()) == set(plan_names())
