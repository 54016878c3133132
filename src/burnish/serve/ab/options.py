"""What `burnish serve` was told of experiments, checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.errors import DataError, RegistryError
from burnish.registry.book_tables import PEOPLE
from burnish.registry.book_words import DAYS
from burnish.registry.home import find_home
from burnish.serve.ab.experiment import Wanted
from burnish.serve.ab.plan import arms_in, check_source, graders_in
from burnish.serve.ab.trial import KEEPS, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOptions:
    """What was typed."""

    arms: str | None = None
    """`NAME:SHARE,NAME:SHARE`; None: no experiment."""
    graders: Sequence[str] = ()
    """`NAME[=TARGET][:SHARE]` each."""
    reads: str = PEOPLE
    """Whose votes decide."""
    again: bool = False
    """Whether to begin anew though the same experiment was ended."""
    keep_words: str = "voted"
    """One of KEEPS."""
    keep_days: int | None = None
    """Days that words wait for feedback where all are kept; None: DAYS."""


def trial_of(options: TrialOptions, home: str | None, tell: Callable[[str], None]) -> Trial:
    """Return what holds the book and the experiment. Raises DataError and RegistryError naming what cannot be used."""
    if options.keep_words not in KEEPS:
        raise DataError("there are no such words to keep", seen=options.keep_words, remedy=f"name one of {', '.join(KEEPS)}")
    if options.keep_days is not None and options.keep_words != "all":
        seen = f"--keep-words-days with --keep-words {options.keep_words}"
        raise DataError("no words wait on the disk, so none have days to wait", seen=seen, remedy="add --keep-words all")
    days = DAYS if options.keep_days is None else options.keep_days
    graders = graders_in(options.graders)
    found = find_home(Path.cwd(), home)
    if options.arms is None:
        if graders or options.again or options.reads != PEOPLE:
            raise DataError("nothing is compared", seen="an option of --ab without it", remedy="add --ab live:0.9,CANDIDATE:0.1")
        return Trial(home=found, keep=options.keep_words, keep_days=days, tell=tell)
    wanted = Wanted(arms=arms_in(options.arms), reads=options.reads, graders=graders, again=options.again)
    check_source(wanted.reads, graders)
    if found is None:
        raise RegistryError(
            "an experiment needs a project", seen="no .burnish here", remedy="make one with burnish new, or name it: --home"
        )
    return Trial(home=found, wanted=wanted, keep=options.keep_words, keep_days=days, tell=tell)
