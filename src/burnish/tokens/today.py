"""Which moment a chat template takes for now: the real one, or the one that a run, or a comparison, began at.

Some templates write the date (Llama 3, Mistral Small 3, Granite, gpt-oss), by `strftime_now`. What was rendered yesterday would come out
with other ids today: a run could not be gone on with, and two answers would be compared that were asked on two dates.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from burnish.errors import ModelError

CALL = "strftime_now"
_FORMATS = re.compile(CALL + r"\s*\(\s*(?:format\s*=\s*)?(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*\)")
_MOMENT: ContextVar[datetime | None] = ContextVar("moment", default=None)


class _Clock(datetime):
    """What transformers asks for the time."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return _MOMENT.get() or datetime.now(tz)


def dated(template: str) -> bool:
    """Return whether a template asks for the time."""
    return CALL in template


def stamp(template: str, moment: datetime) -> tuple[str, ...]:
    """Return what a template would write of a moment, as far as its own text shows; empty where it asks for no time.

    Two moments with one stamp give one text.
    """
    if not dated(template):
        return ()
    found = [single or double for single, double in _FORMATS.findall(template)]
    whole = template.count(CALL + "(") + template.count(CALL + " (") == len(found)
    wanted = found if whole and found else [*found, "%Y-%m-%d %H:%M:%S"]
    return tuple(moment.strftime(one) for one in dict.fromkeys(wanted))


@contextlib.contextmanager
def at(moment: datetime | None) -> Iterator[None]:
    """Let templates take `moment` for now, in this thread and inside the block; None: the real time. Raises ModelError."""
    if moment is None:
        yield
        return
    _install()
    token = _MOMENT.set(moment)
    try:
        yield
    finally:
        _MOMENT.reset(token)


def _install() -> None:
    """Put the clock where transformers looks for it, and see that it does. Raises ModelError where another version looks elsewhere.

    Values may be handed to a template, but no functions, so there is no other way.
    """
    from transformers.utils import chat_template_utils as library

    if library.datetime is _Clock:
        return
    library.datetime = _Clock
    token = _MOMENT.set(datetime(1999, 12, 31))  # noqa: DTZ001 - templates know local time only
    try:
        [text], _ = library.render_jinja_template([[]], chat_template="{{ strftime_now('%Y') }}")
    finally:
        _MOMENT.reset(token)
    if text != "1999":
        raise ModelError(
            "this version of transformers does not let a template's date be kept",
            seen=f"a template of 1999 writes {text[:20]!r}",
            remedy="install the version that burnish was tested with: pip install -c constraints.txt -e .",
        )
