"""Names of data sets as people write them, and which files of one hold which split."""

from __future__ import annotations

import pytest

from burnish.data.hub import HubName, chosen, layout, parsed
from burnish.errors import DataError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("squad", ("squad", None, None)),
        ("openai/gsm8k", ("openai/gsm8k", None, None)),
        ("openai/gsm8k:main", ("openai/gsm8k", "main", None)),
        ("a/b@v1.0", ("a/b", None, "v1.0")),
        ("a/b:en-de@refs/convert/parquet", ("a/b", "en-de", "refs/convert/parquet")),
    ],
)
def test_a_name_has_its_parts(text, parts):
    """Owner and name, configuration behind a colon, revision behind an at."""
    assert parsed(text) == HubName(*parts)


@pytest.mark.parametrize("text", ["", "a/b/c", "../x", "a/..", "a b", ":main", "a/b:", "a/b@", "/a"])
def test_what_is_no_name_is_refused(text):
    """Paths and halves of names."""
    with pytest.raises(DataError, match="no name of a data set"):
        parsed(text)


CARD = {
    "configs": [
        {
            "config_name": "main",
            "data_files": [{"split": "train", "path": "main/train-*"}, {"split": "test", "path": ["main/test-*"]}],
        },
        {"config_name": "tiny", "data_files": "tiny/all.parquet"},
        {"config_name": "odd", "data_dir": "deep", "data_files": [{"split": "train", "path": "*.parquet"}]},
        "nonsense",
    ]
}


def test_the_card_says_which_files_hold_what():
    """Globs, lists of globs, a single file, a folder; a file that no split names is in none."""
    files = [
        "README.md",
        "deep/x.parquet",
        "main/test-0.parquet",
        "main/train-0.parquet",
        "main/train-1.parquet",
        "tiny/all.parquet",
        "y.parquet",
    ]

    assert layout(files, CARD) == {
        "main": {"train": ["main/train-0.parquet", "main/train-1.parquet"], "test": ["main/test-0.parquet"]},
        "tiny": {"train": ["tiny/all.parquet"]},
        "odd": {"train": ["deep/x.parquet"]},
    }


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            ["data/train-00000-of-00001.parquet", "data/test-0.parquet"],
            {"train": ["data/train-00000-of-00001.parquet"], "test": ["data/test-0.parquet"]},
        ),
        (["train.jsonl", "dev.jsonl"], {"train": ["train.jsonl"], "validation": ["dev.jsonl"]}),
        (["rows.jsonl", "dataset_infos.json", ".gitattributes"], {"train": ["rows.jsonl"]}),
        (["a.csv", "b.csv", "notes.json"], {"train": ["a.csv", "b.csv"]}),
        (["trainer.csv", "contest.csv"], {"train": ["contest.csv", "trainer.csv"]}),
    ],
)
def test_without_a_card_the_names_tell(files, found):
    """Splits by words in names, all of it training where none tells, the commonest kind of file, no files about files."""
    assert layout(files, {}) == {"default": found}


def test_the_hubs_own_parquet_lies_in_folders():
    """CONFIG/SPLIT/0000.parquet; nothing that can be read gives nothing."""
    assert layout(["en/train/0000.parquet", "en/test/0000.parquet", "de/train/0000.parquet"], {}) == {
        "en": {"train": ["en/train/0000.parquet"], "test": ["en/test/0000.parquet"]},
        "de": {"train": ["de/train/0000.parquet"]},
    }
    assert layout(["script.py", "README.md"], {}) == {}


def test_what_is_not_there_is_told_with_what_is():
    """A configuration that must be chosen or is misspelt, a split that is not there."""
    several = {"main": {"train": ["a"], "test": []}, "tiny": {"train": ["b"]}}

    assert chosen({"main": {"train": ["a"]}}, parsed("x/y"), "train") == ("main", ["a"])
    assert chosen(several, parsed("x/y:tiny"), "train") == ("tiny", ["b"])
    for name, split, what, seen in (
        ("x/y", "train", "several configurations", "main, tiny"),
        ("x/y:mian", "train", "no configuration mian", "main, tiny"),
        ("x/y:main", "test", "no split test", "main has train"),
    ):
        with pytest.raises(DataError, match=what) as raised:
            chosen(several, parsed(name), split)
        assert seen in raised.value.seen
