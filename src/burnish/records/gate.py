"""A gate: what a version must show before it goes live, as a line of `[gate]` in burnish.toml says; and what came of it.

`suite = "better"`                 shown to be better than where it started
`suite = "no worse than 3"`        shown not to have fallen by 3 points of a hundred: its whole interval lies above that
`suite = ">= 0.9"`                 its mean score is at least that; `">= 90 %"` means the same, and `"<= 0.1"` is possible too
`"suite.category" = ...`           the same for one category of a suite; `own` is the suite of the held-out rows
`thinking = "kept"`                the thinking mode is kept: no answer breaks the mode it is asked in
`style = "better"`                 held-out answers came closer to how the rows are written; `">= 0.5"`: taken for a row so often
`compression = "no worse than 5"`  facts are given as before from conversations shortened to half of their tokens: a suite of 24 questions
`peak_bytes = "<= 3GB"`            the most memory the run may hold; kB, MB, GB are decimal, KiB, MiB, GiB binary
`train_seconds = "<= 300"`         how long training may take; `wall_seconds` is all of the run; s, min and h are understood
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from burnish.records.codec import JSON

RESOURCES = ("peak_bytes", "train_seconds", "wall_seconds")
"""What may be limited besides scores."""
THINKING, STYLE, COMPRESSION = "thinking", "style", "compression"
"""What may be asked besides suites: of both thinking modes, of how the answers are written, of shortened conversations. A suite of the
same name takes its place."""
MEASURES = (THINKING, STYLE, COMPRESSION)
BETTER, NO_WORSE, AT_LEAST, AT_MOST, WHOLE = "better", "no worse than", ">=", "<=", "kept"
MET, MISSED, NOT_SHOWN, NOT_MEASURED = "met", "missed", "not shown", "not measured"
PROCEED, ADJUST, STOP = "PROCEED", "ADJUST", "STOP"
OWN = ("own", "own rows")
"""Other names for the suite of the held-out rows."""
FORMS = 'write "better", "no worse than 3" (points of a hundred) or ">= 0.9"'
RESOURCE_FORMS = {
    "peak_bytes": 'write a limit such as "<= 3GB"',
    "train_seconds": 'write a limit such as "<= 300" (seconds) or "<= 5 min"',
    "wall_seconds": 'write a limit such as "<= 300" (seconds) or "<= 5 min"',
}
_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
_NO_WORSE = re.compile(rf"no worse than {_NUMBER}( points?)?")
_SCORE = re.compile(rf"([<>]=) ?{_NUMBER} ?(%?)")
_AMOUNT = re.compile(rf"<= ?{_NUMBER} ?([A-Za-z]*)")
_SECONDS = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0}
_BYTES = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One line of `[gate]`."""

    name: str
    """A suite, `suite.category`, or one of RESOURCES."""
    rule: str
    """As the person wrote it."""
    kind: str
    """BETTER, NO_WORSE, AT_LEAST or AT_MOST; WHOLE for the thinking mode."""
    limit: float = 0.0
    """Points of a hundred for NO_WORSE; else a score from 0 to 1, bytes or seconds."""
    place: str = ""
    """Where it was written, such as `burnish.toml, line 12`; empty where it came by --set."""

    @property
    def resource(self) -> bool:
        """Whether it limits what the run used, not what it scored."""
        return self.name in RESOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What came of one gate."""

    name: str
    rule: str
    status: str
    """MET, MISSED, NOT_SHOWN (the answers cannot tell) or NOT_MEASURED."""
    seen: str
    """What was measured, in words."""
    advice: str = ""
    """What to change, from the evidence of the run; empty where it is met."""

    @property
    def met(self) -> bool:
        """Whether the version has shown what it must."""
        return self.status == MET


def parse_gate(name: str, rule: JSON, place: str = "") -> tuple[Gate | None, str]:
    """Return (the gate, "") or (None, what is wrong with it and what to write)."""
    forms = RESOURCE_FORMS.get(name, 'write "kept"' if name == THINKING else FORMS)
    fault = f"{place + ': ' if place else ''}gate.{name}: {rule!r} is no gate; {forms}"
    if not isinstance(rule, str):
        return None, fault
    words = " ".join(rule.split()).casefold()
    found = _resource(name, words) if name in RESOURCES else _score(words)
    if name == THINKING and words == WHOLE:
        found = WHOLE, 0.0
    if found is None:
        return None, fault
    return Gate(name=name, rule=rule, kind=found[0], limit=found[1], place=place), ""


def _resource(name: str, words: str) -> tuple[str, float] | None:
    found = _AMOUNT.fullmatch(words)
    units = _BYTES if name == "peak_bytes" else _SECONDS
    return (AT_MOST, float(found[1]) * units[found[2]]) if found and found[2] in units else None


def _score(words: str) -> tuple[str, float] | None:
    if words == BETTER:
        return BETTER, 0.0
    if found := _NO_WORSE.fullmatch(words):
        points = float(found[1])
        return (NO_WORSE, points) if 0 < points <= 100 else None
    if found := _SCORE.fullmatch(words):
        score = float(found[2]) / (100 if found[3] else 1)
        return (found[1], score) if score <= 1 else None
    return None
