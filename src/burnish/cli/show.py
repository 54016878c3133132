"""The only place that prints: tables, progress, faults, and the one JSON object of `--json`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from burnish.errors import BurnishError

if TYPE_CHECKING:
    from rich.console import Console

QUIET_SECONDS = 5.0
"""On a non-terminal a stage says how far it is at most this often, in seconds."""


_STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys instead of showing it: control signs but tab and line end, marks that turn the reading direction, half signs."""


def harmless(text: str) -> str:
    r"""Return a text as a terminal may be given it: what would steer the terminal is written out. Rows hold whatever people pasted.

    >>> harmless("red \x1b[31m and\ttab")
    'red \\u001b[31m and\ttab'
    """
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@dataclass(slots=True)
class Screen:
    """Where a verb's words go: people's to the terminal, a program's to stdout as JSON."""

    as_json: bool = False
    debug: bool = False
    _console: Console | None = None
    _last: float = field(default=0.0)
    _live: str = ""
    """The progress line that stands on the terminal now, to be written over."""

    @property
    def console(self) -> Console:
        """The terminal for people: stdout, or stderr when stdout belongs to a program."""
        if self._console is None:
            from rich.console import Console

            width = None if sys.stdout.isatty() else _columns()
            self._console = Console(stderr=self.as_json, highlight=False, width=width, soft_wrap=False)
        return self._console

    def say(self, text: str, style: str = "") -> None:
        """Write one line for people. Brackets in it are text, not markup."""
        self.clear()
        self.console.print(harmless(text), style=style or None, markup=False, soft_wrap=True)

    def table(self, title: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
        """Write a table for people."""
        from rich.table import Table
        from rich.text import Text

        self.clear()
        if title:
            self.say(title, "bold")
        drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for column in columns:
            drawn.add_column(column, overflow="fold")
        for row in rows:
            drawn.add_row(*(Text(harmless(cell)) for cell in row))
        self.console.print(drawn)

    def progress(self, text: str, *, last: bool = False) -> None:
        """Show how far a stage is: over the same line on a terminal, as plain lines now and then elsewhere."""
        text = harmless(text)
        if self.console.is_terminal:
            width = self.console.width - 1
            self._live = text
            self.console.file.write("\r" + text[:width].ljust(width))
            self.console.file.flush()
            if last:
                self.clear(keep=True)
        elif last or time.monotonic() - self._last >= QUIET_SECONDS:
            self._last = time.monotonic()
            self.console.print(text, markup=False, soft_wrap=True)

    def clear(self, *, keep: bool = False) -> None:
        """End the progress line: wipe it, or keep it and go to the next line."""
        if self._live:
            blank = "\n" if keep else "\r" + " " * (self.console.width - 1) + "\r"
            self.console.file.write(blank)
            self._live = ""

    def answer(self, value: dict[str, Any]) -> None:
        """Print the one JSON object, when a program asked for it."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False, allow_nan=False))

    def fail(self, what: str, *, seen: str, remedy: str) -> NoReturn:
        """Leave with exit code 1 and one block on stderr, after an answer that stands: what was asked for was done, and falls short."""
        self.clear()
        print(harmless(f"error: {BurnishError(what, seen=seen, remedy=remedy)}"), file=sys.stderr)
        raise SystemExit(1)


def _columns() -> int:
    """Return how wide lines may be where there is no terminal to ask: COLUMNS, where it holds a width, or 120 signs."""
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isdecimal() and int(told) > 0 else 120


@contextlib.contextmanager
def screen(*, as_json: bool = False, debug: bool = False) -> Iterator[Screen]:
    """Give a verb its screen, and turn every fault into one block and exit code 1."""
    shown = Screen(as_json=as_json, debug=debug)
    try:
        yield shown
    except BurnishError as error:
        _fail(shown, error)
    except KeyboardInterrupt:
        _fail(
            shown,
            BurnishError("stopped, as you asked", remedy="type the same command again"),
        )
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nothing more to say, and no second error while Python exits
        raise SystemExit(1) from None
    except MemoryError:
        _fail(shown, BurnishError("there is not enough memory", remedy="close other programs, or take a smaller model"))
    except RecursionError:
        _fail(shown, BurnishError("the input is nested too deeply", remedy="mend the file: no row needs such nesting"))
    except OSError as error:
        seen = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        _fail(
            shown,
            BurnishError("a file or disk could not be used", seen=seen, remedy="check the path, its permissions and the disk"),
        )
    except Exception as error:  # noqa: BLE001 - a defect of ours: still one block, with the way to its cause
        fault = BurnishError(
            "burnish has a defect here",
            seen=f"{type(error).__name__}: {error}",
            remedy="type the same command with --debug and report what it shows",
        )
        _fail(shown, fault)


def _fail(shown: Screen, error: BurnishError) -> NoReturn:
    shown.answer({"error": {"what": error.what, "seen": error.seen, "remedy": error.remedy, "kind": error.kind}})
    if shown.debug:
        traceback.print_exc()
    print(harmless(f"error: {error}"), file=sys.stderr)
    raise SystemExit(1)
