"""The verb `new`: a project folder a person can change and train from."""

from __future__ import annotations

from pathlib import Path

from burnish import durable
from burnish.errors import DataError
from burnish.flow.demo import STARTER_ROWS, starter_path

SUITE = "evaluate/suites/starter.jsonl"

RECIPE = """\
# The settings you want to set yourself. Each one that is not here is chosen by the plan, from your rows, your model and this machine:
# `burnish plan rows.jsonl` shows every number with its reason. Take a line's # away to set it; its value is an example, no advice.

# [model]
# name = "smollm2-135m"

# [train]
# epochs = 5                # or max_steps = 100: steps that you ask for win
# learning_rate = 5e-4
# batch_rows = 8            # rows an optimizer step sees: batch size times accumulation
# keep = "all"              # every epoch's adapter, as RUN@epoch1 and so on

# [data]
# holdout = 20              # rows that only judge

# [gate]                    # what a version must show to go live
# own = "better"
"""
"""A project's own recipe sets nothing: the demo's numbers were chosen for the demo's rows."""

README = """# {name}

- `rows.jsonl`: what the model is trained on, one conversation a line. Replace these starter rows by your own.
- `suite.jsonl`: what it is judged with, one question a line. Keep these apart from the rows.
- `burnish.toml`: the settings you want to set yourself; none is set yet. The plan decides all others, with a reason for each.

    burnish check rows.jsonl                        every fault of the rows, by line
    burnish plan rows.jsonl                         every number, and what it will cost
    burnish train rows.jsonl --suite suite.jsonl    train, and judge before and after
    burnish chat                                    talk to what came out
"""


def new(folder: Path) -> tuple[Path, ...]:
    """Write a project with starter rows, suite, recipe and README. Returns the files. Raises DataError when others are there.

    A call that was broken off can be made again: where only some are there, and just as they would be written, they stay.
    """
    contents = {
        "burnish.toml": RECIPE.encode(),
        "rows.jsonl": starter_path(STARTER_ROWS).read_bytes(),
        "suite.jsonl": starter_path(SUITE).read_bytes(),
        "README.md": README.format(name=folder.resolve().name).encode(),
    }
    there = [name for name, content in contents.items() if not _free(folder / name, content)]
    if there or all((folder / name).exists() for name in contents):
        raise DataError(
            f"{folder} has files that would be overwritten",
            seen=", ".join(there or contents),
            remedy="name a new folder: burnish new ANOTHER_FOLDER",
        )
    for name, content in contents.items():
        durable.write_bytes(folder / name, content)
    return tuple(folder / name for name in contents)


def _free(path: Path, content: bytes) -> bool:
    return not path.exists() or (path.is_file() and path.read_bytes() == content)
