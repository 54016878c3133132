"""Notes: Markdown and plain text. A heading asks, what stands beneath it answers; a text without headings answers to its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.talk import Spoken, talk_of
from burnish.data.files.text import lines
from burnish.records.conversation import Conversation

NAME = "notes"
CATEGORY = "fact"
BY_CHANNEL = False
ENDS = (".md", ".markdown", ".txt", ".rst", ".org")

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_UNDER = re.compile(r"^(=+|-+)\s*$")


def suits(store: Store) -> str:
    """Return why these are notes, or ""."""
    found = store.ending(*ENDS)
    return f"{found[0].name} is named as a text" if found and len(found) * 2 >= len(store.members) else ""


def read(store: Store, desk: Desk) -> Iterator[Conversation]:
    """Yield a row for each heading with words beneath it. In the books a section is one message."""
    for member in store.ending(*ENDS):
        name = re.sub(r"[-_]+", " ", PurePosixPath(member.name).stem)
        for number, headings, text in _sections(store, member, desk):
            counted = Desk()
            metadata = {"channel": member.name, "place": f"{member.shown}:{number}"}
            spoken = [Spoken(role="user", text=": ".join(headings) or name), Spoken(role="assistant", text=text)]
            talk = talk_of(spoken, counted, metadata, member.shown, number)
            if talk is None:
                desk.leave("a heading with nothing beneath it")
            else:
                desk.take(1)
                yield talk


def _sections(store: Store, member: Member, desk: Desk) -> Iterator[tuple[int, list[str], str]]:
    """Yield (line, the headings above from the widest to the nearest, text); what is fenced as code holds no headings."""
    above: list[tuple[int, str]] = []
    held: list[str] = []
    began, fenced, front = 1, False, False
    for number, line in enumerate(lines(store, member, desk), start=1):
        if (number == 1 or front) and line.strip() == "---":  # facts about the note, between two lines of ---
            front = not front
            continue
        if front:
            continue
        fenced ^= bool(_FENCE.match(line))
        found = None if fenced else _HEADING.match(line)
        under = not fenced and bool(_UNDER.match(line)) and _is_title(held)
        if not found and not under:
            held.append(line)
            continue
        level, words = (len(found[1]), found[2]) if found else (1 if line[0] == "=" else 2, held.pop().strip())
        if above or "".join(held).strip():
            yield began, [one for _, one in above], "\n".join(held).strip()
        above = [one for one in above if one[0] < level] + [(level, words)]
        held, began = [], number
    if above or "".join(held).strip():
        yield began, [one for _, one in above], "\n".join(held).strip()


def _is_title(held: list[str]) -> bool:
    """Return whether the last line stands by itself, so that a line of = or - beneath makes it a heading."""
    return bool(held) and 0 < len(held[-1].strip()) < 80 and not "".join(held[-2:-1]).strip()
