"""Logs as JSON lines: what happened to a request, and not a word of what was asked or answered, unless words are asked for.

What other libraries log is not trusted to hold no words: of theirs only the logger, the level and the place are written, and of an error
only its type and the lines of code it went through, for messages of errors repeat the values they choke on.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from burnish.serve.watch.told import ANSWERED, FAILED, Told, now

TRUSTED = ("burnish", "uvicorn")
"""Loggers whose messages hold no value of a request."""
QUIET = ("/health", "/metrics", "/v1/figures")
"""Routes that machines ask all day: only what goes wrong there is worth a line."""
REQUESTS = logging.getLogger("burnish.serve.requests")


class Lines(logging.StreamHandler[TextIO]):
    """Writes one JSON object a line."""

    def __init__(self, stream: TextIO | None = None, *, words: bool = False) -> None:
        """Write to a stream, stderr if none. `words`: prompts and answers too, and what errors say."""
        super().__init__(stream or sys.stderr)
        self.words = words

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end. Line breaks and control characters in any value are escaped by JSON."""
        line: dict[str, Any] = {"time": _time(record.created), "level": record.levelname.lower()}
        line |= {"event": getattr(record, "event", "log"), "request": getattr(record, "request", None) or _request()}
        line |= getattr(record, "fields", None) or self._said(record)
        if record.exc_info and record.exc_info[1] is not None:
            line |= self._error(record.exc_info[1])
        return json.dumps({key: value for key, value in line.items() if value is not None}, ensure_ascii=True, default=str)

    def _said(self, record: logging.LogRecord) -> dict[str, Any]:
        place = f"{Path(record.pathname).name}:{record.lineno}"
        if self.words or record.name.partition(".")[0] in TRUSTED:
            return {"logger": record.name, "message": record.getMessage()}
        return {"logger": record.name, "place": place}

    def _error(self, error: BaseException) -> dict[str, Any]:
        told = {"error": type(error).__name__, "through": _through(error.__traceback__)}
        return told | ({"says": str(error)} if self.words else {})


def _time(seconds: float) -> str:
    """Return a time in UTC as RFC 3339 writes it, to the millisecond."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"


def _request() -> str | None:
    telling = now()
    return telling.id if telling.route else None


def _through(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]


def begin(stream: TextIO | None = None, *, words: bool = False) -> Lines:
    """Send every log of this process through JSON lines, in place of what wrote them before. Returns the handler."""
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    lines = Lines(stream, words=words)
    root.addHandler(lines)
    REQUESTS.setLevel(logging.INFO)
    logging.getLogger("burnish.serve").setLevel(logging.INFO)
    return lines


def end(lines: Lines) -> None:
    """Stop writing."""
    logging.getLogger().removeHandler(lines)
    for name in (REQUESTS.name, "burnish.serve"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def writing() -> Lines | None:
    """Return the handler, where logs are written as JSON lines."""
    return next((one for one in logging.getLogger().handlers if isinstance(one, Lines)), None)


def say(text: str, style: str = "") -> None:
    """Write what a person without JSON lines would read on the terminal."""
    del style
    logging.getLogger("burnish.serve").info("%s", text)


def write(told: Told, refusals: list[bool]) -> None:
    """Write the line of a request that has ended."""
    lines = writing()
    if lines is None or (told.route in QUIET and told.outcome == ANSWERED):
        return
    fields = _fields(told, refusals)
    if lines.words:
        fields |= {"asked": told.asked, "answered": [one.words for one in told.answers]}
    level = logging.ERROR if told.outcome == FAILED else logging.INFO
    REQUESTS.log(level, "a request", extra={"event": "request", "request": told.id, "fields": fields})


def engine(event: str, label: str, seconds: float) -> None:
    """Write the line of what happened to an engine."""
    if writing() is None:
        return
    fields = {"version": label, "seconds": _round(seconds) or None}
    level = logging.ERROR if event == "failed" else logging.INFO
    logging.getLogger("burnish.serve.engines").log(
        level, "%s: %s", event, label, extra={"event": f"engine {event}", "fields": fields}
    )


def _fields(told: Told, refusals: list[bool]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "route": told.route,
        "outcome": told.outcome,
        "status": told.status,
        "seconds": _round(told.seconds),
    }
    if told.code:
        fields["code"] = told.code
    if not told.version:
        return fields
    fields |= {"model": told.model, "version": told.version, "arm": told.arm, "stream": told.stream}
    fields |= {"queue_seconds": _round(told.queue_seconds), "first_token_seconds": _round(told.first_seconds)}
    fields |= {"prompt_tokens": told.prompt_tokens, "cached_tokens": told.cached_tokens}
    fields |= {"completion_tokens": told.completion_tokens, "finish": [one.reason for one in told.answers]}
    fields["refuses"] = any(refusals)
    if (made := told.shortened) is not None:
        fields["shortened"] = {"before": made.before, "after": made.after, "method": made.method, "facts_lost": made.facts_lost}
    return fields


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
