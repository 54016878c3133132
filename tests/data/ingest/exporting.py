"""What the tests of exports share: small exports made on the spot, and an ingest that gives rows, books and faults."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

from burnish.data.files.desk import Desk
from burnish.data.files.store import open_store
from burnish.data.ingest.exchange import Manner
from burnish.data.ingest.kinds import kind_of
from burnish.data.ingest.rows import conversations

EXPORTS = Path(__file__).parents[2] / "fixtures" / "exports"


def taken(kind, path, me="", columns=(), **manner):
    """Return rows (lists of contents), conversations, books and faults of an export."""
    desk = Desk()
    store = open_store(Path(path), desk)
    source, why = kind_of(kind, store)
    made = conversations(source, store, desk, me=me, category="", manner=Manner(**manner), columns=dict(columns))
    found = [one for one in made if one is not None]
    rows = [[message.content for message in one.messages] for one in found]
    assert desk.books().balance == 0
    return SimpleNamespace(
        rows=rows,
        conversations=found,
        books=desk.books(),
        faults=[str(one) for one in desk.faults],
        why=why,
        kind=source.NAME,
        people=desk.people,
    )


def expected(name):
    """Return the conversations written by hand for an export."""
    return json.loads((EXPORTS / "expected" / f"{name}.json").read_text("utf-8"))


def said(user, at, text, **more):
    """Return one message as Slack exports it."""
    return {"type": "message", "user": user, "ts": f"{at:.6f}", "text": text, **more}


def slack(folder, days, users=("Anna", "Bo", "Cy")):
    """Write a Slack export: `days` maps `channel/day.json` to its messages, or to bytes as they are."""
    folder.mkdir(exist_ok=True)
    people = [
        {"id": f"U{i}", "name": name.lower(), "real_name": name, "profile": {"email": f"{name.lower()}@x.org"}}
        for i, name in enumerate(users)
    ]
    (folder / "users.json").write_text(json.dumps(people))
    channels = sorted({day.split("/")[0] for day in days})
    (folder / "channels.json").write_text(json.dumps([{"id": f"C{i}", "name": name} for i, name in enumerate(channels)]))
    for name, messages in days.items():
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(messages if isinstance(messages, bytes) else json.dumps(messages).encode())
    return folder


def zipped(path, members):
    """Write a ZIP archive of (name or ZipInfo, bytes) pairs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, compress_type=zipfile.ZIP_DEFLATED)
    return path
