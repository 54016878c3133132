"""Rows that a toy version carries: found by their words, with no encoder."""

from __future__ import annotations

import hashlib
import json

from burnish.records.codec import to_json
from burnish.records.conversation import Conversation, Message, Origin
from burnish.retrieval.files import SavedRows, save_rows
from burnish.retrieval.index import MemoryRow

ROWS = (("Where is the brass key?", "Under the mat."), ("Who feeds the heron?", "Marta does."))


def conversations(rows=ROWS, source="Ann"):
    """Return rows as they are trained on."""
    return [
        Conversation(
            messages=(Message(role="user", content=question), Message(role="assistant", content=answer)),
            metadata={"source": source},
            origin=Origin(file=f"{source}.jsonl", line=line, byte=0),
        )
        for line, (question, answer) in enumerate(rows, 1)
    ]


def carry(folder, rows=ROWS, *, source="Ann", k=1, encoder="words", more=()):
    """Write rows into a run's folder, both as its own and as the memory it answers with. `more`: rows of the source Bob."""
    every = [(row, source) for row in conversations(rows, source)] + [(row, "Bob") for row in conversations(more, "Bob")]
    lines = [json.dumps({"used": "trained", **to_json(row)}) + "\n" for row, _ in every]
    (folder / "rows.jsonl").write_text("".join(lines))
    kept = [
        MemoryRow(
            id=row.id,
            question=row.messages[0].content,
            answer=row.messages[1].content,
            fact=number,
            source=whose,
            where=f"{whose}.jsonl",
        )
        for number, (row, whose) in enumerate(every)
    ]
    digest = "" if encoder == "words" else hashlib.sha256(encoder.encode()).hexdigest()
    save_rows(
        folder / "memory", SavedRows(rows=tuple(kept), k=k, unknown="I do not know.", encoder=encoder, encoder_digest=digest)
    )
