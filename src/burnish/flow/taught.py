"""The facts that a training taught, asked again: what the verdict of rows about facts rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burnish.data.fact_rows import fact_rows
from burnish.evaluate.statistics import paired
from burnish.evaluate.taught import right_by_id as by_id, suite_part, taught_facts, taught_parts
from burnish.flow.judging import HELD_OUT
from burnish.records.taught import NOT_LEARNED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from burnish.evaluate.taught import Row
    from burnish.flow.planning import Planned
    from burnish.records.questions import Questions
    from burnish.records.report import Comparison, EvalReport
    from burnish.records.taught import Taught, VerdictPart

LIKENESS = "likeness to the held-out rows"
"""What the suite of held-out rows is called beside taught facts: it sees wording, not whether a fact is right."""


def taught_of(
    planned: Planned, reports: tuple[EvalReport | None, EvalReport | None], questions: Questions | None
) -> Taught | None:
    """Return what both models know of the facts that the rows state; None where the rows are not about facts or were not asked again."""
    if not planned.profile.about_facts or questions is None:
        return None
    train, held = _stated(planned)
    before, after = (
        {one.id: one for one in report.suites[HELD_OUT].answers} if report is not None and HELD_OUT in report.suites else {}
        for report in reports
    )
    own = [(before[name], new) for name, new in after.items() if name in before]
    taught = taught_facts(train, held, questions.recall, own)
    return taught if taught.trained_words or taught.other_words else None


def right_by_id(planned: Planned) -> Callable[[str, str], bool | None]:
    """Return what tells whether an answer gives the fact of the row, or training prompt, of an id; None where it states none."""
    return by_id(*_stated(planned))


def _stated(planned: Planned) -> tuple[list[Row], list[Row]]:
    """Return the trained and the held-out rows, each with the number of its fact and whether it states one."""
    train, held = planned.prepared.train_rows, planned.prepared.held_out_rows
    found = fact_rows([*train, *held])
    stated = list(zip([*train, *held], found.groups, found.states, strict=True))
    return stated[: len(train)], stated[len(train) :]


def parts_of(taught: Taught | None, comparison: Comparison | None) -> tuple[VerdictPart, ...]:
    """Return the named parts of the verdict: taught facts first, then each suite by itself."""
    parts = taught_parts(taught) if taught is not None else []
    suites = comparison.suites if comparison is not None else {}
    for name, suite in suites.items():
        parts.append(suite_part(LIKENESS if taught is not None and name == HELD_OUT else name, suite))
    return tuple(parts)


def facts_verdict(taught: Taught, parts: Sequence[VerdictPart], comparison: Comparison | None) -> str:
    """Return the verdict of rows about facts: better by facts told right alone, worse where facts or any other suite got worse."""
    named = {part.name: part.verdict for part in parts if part.name != LIKENESS}
    if "worse" in named.values():
        return "worse"
    if NOT_LEARNED in named.values():
        return "cannot tell"
    asked = [*taught.trained_words, *taught.other_words]
    before, after = ([float(getattr(one, side)) for one in asked] for side in ("right_before", "right_after"))
    found = paired(before, after, [str(one.fact) for one in asked]).verdict
    # Likeness may not make a verdict about facts, but where answers became unlike the rows that is no gain.
    return "cannot tell" if found == "better" and comparison is not None and comparison.verdict == "worse" else found


def not_learned(parts: Sequence[VerdictPart]) -> str:
    """Return what was not learned, in words; empty where all was."""
    missed = [part for part in parts if part.verdict == NOT_LEARNED]
    return "; ".join(f"it knows {round(part.after * part.n)} of {part.n} {part.name}" for part in missed)
