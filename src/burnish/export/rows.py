"""The rows that a version answers with, beside an artefact that answers without them: a plain file, and what people are told of it."""

from __future__ import annotations

import json
from pathlib import Path

from burnish import durable
from burnish.export.opened import Version

FILE = "rows.jsonl"
NOT_PROVEN = "not part of this proof"
"""What proof.json says of a version's rows: every probe is asked without them."""
NONE = "none"


def proven_of_memory(version: Version) -> str:
    """Return what a proof says of the rows that a version carries."""
    return NOT_PROVEN if carries_any(version) else NONE


def carries_any(version: Version) -> bool:
    """Return whether there are rows that a version answers with."""
    return version.carries is not None and version.carries.rows > 0


def write_plain(version: Version, folder: Path) -> None:
    """Write the rows that a version carries as one JSON object a line, where it carries any: question, answer, fact. Raises StorageError.

    Neither where they came from nor any path of this machine goes along.
    """
    from burnish.retrieval.about import FOLDER
    from burnish.retrieval.files import load_rows

    saved = load_rows(version.folder / FOLDER) if version.folder is not None else None
    if saved is None or not saved.rows:
        return
    rows = ({"question": row.question, "answer": row.answer, "fact": row.fact} for row in saved.rows)
    durable.write_lines(folder / FILE, (json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def told_of_rows(version: Version, folder: Path) -> str:
    """Return the card's section on the rows that a version carries; "" where it carries none."""
    if version.carries is None or not carries_any(version):
        return ""
    where = (
        f"`{FILE}` holds them: `question`, `answer`, and `fact`, the same number for rows that state the same."
        if (folder / FILE).is_file()
        else "They are not in this folder."
    )
    return (
        f"## Rows it answers with\n\nThe version {version.carries.told}, as an earlier turn of the conversation, and it was trained to "
        f"answer from there. **This artefact alone does not do that**, unless what serves it puts them there; `burnish serve` does, and so "
        f"does a project that takes the version in whole (`burnish export version`, `burnish import`). {where} The proof below is of the "
        f"weights alone: memory is {NOT_PROVEN}.{_measured(version)}"
    )


def _measured(version: Version) -> str:
    """Return what the version knew in its training's own judging with its rows and without them, as the scores of a card are with them."""
    kinds = version.run.memory.get("kinds") if version.run is not None else None
    told = [
        f"{one['name']}: {one['with_rows']:.2f} with its rows, **{one['alone']:.2f} without**"
        for one in (kinds if isinstance(kinds, list | tuple) else ())
    ]
    return f"\n\nVerdict and scores of this card were reached with these rows. {'; '.join(told)}." if told else ""
