"""What people put beside a question to an assistant: long pastes and files, whose words belong to the question.

Claude's export holds the words of a paste or document in `extracted_content`; ChatGPT's has the file itself beside `conversations.json`, named
by its id. What neither holds (a picture, a PDF) leaves a question about something that is not there.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.text import decoded

PICTURE = "asks about a picture, which no row of text can hold"
FILE = "asks about a file whose words are not in the export"
MADE_PICTURE = "the answer is a picture, which no row of text can hold"

_PASTE = re.compile(r"(paste|pasted|pasted[ _-]?text|excerpt_from_.*|clipboard.*)([ _-]?\(?\d+\)?)*(\.txt|\.md)?", re.IGNORECASE)
_TEXTS = re.compile(
    r"\.(txt|md|markdown|rst|csv|tsv|json|jsonl|xml|ya?ml|toml|html?|css|py|js|ts|tsx|c|h|cpp|java|go|rs|rb|sh|sql|tex|log)$"
)
LONGEST = 400_000
"""Bytes of a file that still can be read with a question."""


def titled(name: str, words: str) -> str:
    """Return the words of a file under its name; those of a paste, which has none of its own, alone."""
    name = name.strip()
    return words.strip() if not name or _PASTE.fullmatch(name) else f"{name}:\n{words.strip()}"


class Pasted:
    """The files beside the conversations of an export, by the id that their names begin with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._members = {PurePosixPath(one.name).name: one for one in store.members}
        self._names = sorted(self._members)

    def beside(self, attachments: Any) -> tuple[str, bool]:
        """Return the words of a message's attachments, and whether there are some that the export does not hold."""
        held = [one for one in attachments if isinstance(one, dict)] if isinstance(attachments, list) else []
        words = [self._words(one) for one in held]
        return "\n\n".join(one for one in words if one), not all(words)

    def _words(self, attachment: Mapping[str, Any]) -> str:
        name, key = str(attachment.get("name") or ""), str(attachment.get("id") or "")
        is_text = str(attachment.get("mime_type") or "").startswith("text/") or bool(_TEXTS.search(name.casefold()))
        member = self._named(key) if key and is_text else None
        return titled(name, self._read(member)) if member and member.size <= LONGEST else ""

    def _named(self, key: str) -> Member | None:
        at = bisect.bisect_left(self._names, key)
        found = at < len(self._names) and self._names[at].startswith(key)
        return self._members[self._names[at]] if found else None

    def _read(self, member: Member) -> str:
        text = "".join(decoded(self._store, member, Desk()))
        return "" if "\0" in text else text
