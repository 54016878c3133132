"""What can go wrong that a person can mend. Every error says what is wrong, the value seen and what to do next.

BurnishError                  exit 1, shown as one block, never a traceback
├── DataError     (ValueError)    rows, suites and files a person wrote
├── RecipeError   (ValueError)    a recipe key or value
├── ModelError    (ValueError)    a base model, tokenizer, template or adapter
├── FitError      (MemoryError)   the plan does not fit this machine
├── TrainError    (RuntimeError)  a run that could not go on
├── StorageError  (OSError)       a disk that is full, read-only, or holds something else than was written
├── EndpointError (ConnectionError)  another model, asked over HTTP, that cannot be asked
└── RegistryError (LookupError)   a version that is not there, or is not what it was
"""

from __future__ import annotations

from collections.abc import Iterable


class BurnishError(Exception):
    """A fault a person can mend, in three parts: `what` is wrong, the value `seen`, and the `remedy`."""

    kind = "error"

    def __init__(self, what: str, *, seen: str = "", remedy: str = "") -> None:
        """Keep the three parts apart, so that the terminal and `--json` can each lay them out."""
        super().__init__(what)
        self.what = what
        self.seen = seen
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the three parts as one block of up to three lines."""
        lines = [self.what]
        if self.seen:
            lines.append(f"  seen: {self.seen}")
        if self.remedy:
            lines.append(f"  do:   {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling between processes (keyword-only arguments do not by default)."""
        return _rebuild, (type(self), self.what, self.seen, self.remedy)


def _rebuild(cls: type[BurnishError], what: str, seen: str, remedy: str) -> BurnishError:
    return cls(what, seen=seen, remedy=remedy)


class DataError(BurnishError, ValueError):
    """Rows, suites and files that a person wrote."""

    kind = "data"


class RecipeError(BurnishError, ValueError):
    """A recipe key or value."""

    kind = "recipe"


class ModelError(BurnishError, ValueError):
    """A base model, tokenizer, template or adapter that cannot be used."""

    kind = "model"


class FitError(BurnishError, MemoryError):
    """The plan does not fit this machine."""

    kind = "fit"


class TrainError(BurnishError, RuntimeError):
    """A run that could not go on."""

    kind = "train"


class StorageError(BurnishError, OSError):
    """A disk that is full, read-only, or holds something else than what was written."""

    kind = "storage"


class EndpointError(BurnishError, ConnectionError):
    """Another model, asked over HTTP, that cannot be asked: not named, not there, or it refuses."""

    kind = "endpoint"


class RegistryError(BurnishError, LookupError):
    """A version that is not there, or is not what it was."""

    kind = "registry"


def gather(what: str, faults: Iterable[str], *, remedy: str, cls: type[BurnishError] = DataError) -> BurnishError:
    """Return one error that lists all faults at once, a line each."""
    return cls(what + "".join(f"\n  - {fault}" for fault in faults), remedy=remedy)


def install(extra: str) -> str:
    """Return what to type for an extra, tested together with all else, in the folder that burnish was cloned into."""
    return f"pip install -c constraints.txt -e '.[{extra}]'"
