"""What a report is made from, and the answers of before and after put side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.evaluate.report_words import verdict_sentence
from burnish.evaluate.thinking import newly_broken
from burnish.records.carried import RowsMeasured
from burnish.records.codec import JSON
from burnish.records.ledger import Ledger
from burnish.records.plan import Plan
from burnish.records.questions import Questions
from burnish.records.report import Comparison, EvalReport, GradedAnswer, ShownAnswer, SuiteScore
from burnish.records.task import NOT_SCORED
from burnish.records.taught import Taught

WORSE, BETTER, SAME, SHOWN = "got worse", "improved", "the same score", NOT_SCORED


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """One gate of a project, and whether this version passes it."""

    name: str
    line: str
    """What was asked and what was measured, in one line."""
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """One run, judged or not, as its reports show it."""

    title: str
    """What was trained on, in a few words; a file's name will do."""
    run_id: str
    comparison: Comparison | None
    """None: the run was not judged (nothing was held out and no suite was named)."""
    before: EvalReport | None
    after: EvalReport | None
    ledger: Ledger
    plan: Plan
    losses: tuple[tuple[int, float], ...]
    """(optimizer step, training loss in nats a token)."""
    held_out: tuple[tuple[int, float], ...]
    """(optimizer step, loss on the held-out rows); empty where none were held out."""
    environment: Mapping[str, JSON]
    kept: str
    """Which epoch was kept, and why."""
    train_seconds: float
    wall_seconds: float
    peak_bytes: int
    next_steps: tuple[str, ...] = ()
    """Commands to type next."""
    questions: Questions | None = None
    """The four questions and the thinking contract; None: not asked."""
    gates: tuple[GateLine, ...] = ()
    """What the project asks of a version; empty where it asks nothing."""
    broken: str = ""
    """What shows that the version is broken; empty where it is not."""
    taught: Taught | None = None
    """The facts that the rows state, asked again; None where they are not about facts."""
    carried: RowsMeasured | None = None
    """What the rows that the version carries do for it; None where it carries none."""
    facts_verdict: str = ""
    """The verdict where it rests on taught facts, and what these say, in words; empty where it rests on the comparison."""
    facts_sentence: str = ""
    notes: tuple[str, ...] = ()
    """Unexpected behaviour, and whatever else a person should know."""

    @property
    def verdict(self) -> str:
        """One of VERDICTS, or "not judged"."""
        if self.broken or (self.questions is not None and newly_broken(self.questions.thinking)):
            return "worse"
        if self.facts_verdict:
            return self.facts_verdict
        return self.comparison.verdict if self.comparison is not None else "not judged"

    @property
    def sentence(self) -> str:
        """The verdict in words, whatever it rests on."""
        if self.facts_sentence:
            lead = f"worse: {self.failure}; by the facts alone " if self.failure else ""
            return f"{lead}{self.facts_verdict}: {self.facts_sentence}"
        return verdict_sentence(self.comparison, self.failure)

    @property
    def failure(self) -> str:
        """Why the verdict fails whatever the scores say: the version, or the thinking mode that was kept, is broken; else ""."""
        if self.broken:
            return f"the version is broken: {self.broken}"
        thinking = self.questions.thinking if self.questions is not None else None
        return f"the thinking mode is broken: {thinking.reason}" if thinking is not None and newly_broken(thinking) else ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """All notes, the comparison's own among them, each once."""
        own = self.comparison.notes if self.comparison is not None else ()
        return tuple(dict.fromkeys((*self.notes, *own)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One prompt and its two answers."""

    number: int
    """Counts from 1 in the order of the suites."""
    suite: str
    before: GradedAnswer | None
    after: GradedAnswer | None
    """None where only the other model was asked."""

    @property
    def asked(self) -> GradedAnswer:
        """The answer whose prompt, category and grader are shown: they are those of the task, the same on both sides."""
        answer = self.after or self.before
        if answer is None:
            raise AssertionError("a pair has an answer")
        return answer

    @property
    def change(self) -> float:
        """The score after minus the score before; 0 where one of them is missing."""
        return self.after.score - self.before.score if self.before and self.after else 0.0

    @property
    def scored(self) -> bool:
        """Whether a grader scored the answers; else they are only shown."""
        return bool(self.asked.grader)

    @property
    def fate(self) -> str:
        """WORSE, BETTER, SAME or SHOWN."""
        if not self.scored:
            return SHOWN
        if abs(self.change) < 1e-9:
            return SAME
        return BETTER if self.change > 0 else WORSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All pairs of a report, and those that changed, the largest change first."""

    pairs: tuple[Pair, ...] = field(default=())

    def of(self, fate: str) -> tuple[Pair, ...]:
        """Return the pairs with this fate, the largest change first."""
        return tuple(sorted((pair for pair in self.pairs if pair.fate == fate), key=lambda pair: -abs(pair.change)))


def paired_answers(before: EvalReport | None, after: EvalReport | None) -> Answers:
    """Return each prompt once with both answers, in the order of the suites; a missing side is None."""
    suites = dict.fromkeys(
        name for each in ("suites", "shown") for one in (before, after) if one is not None for name in getattr(one, each)
    )
    pairs: list[Pair] = []
    for name in suites:
        old, new = _by_id(before, name), _by_id(after, name)
        for id_ in dict.fromkeys([*old, *new]):
            pairs.append(Pair(number=len(pairs) + 1, suite=name, before=old.get(id_), after=new.get(id_)))
    return Answers(pairs=tuple(pairs))


def _by_id(report: EvalReport | None, suite: str) -> dict[str, GradedAnswer]:
    score: SuiteScore | None = report.suites.get(suite) if report is not None else None
    shown = report.shown.get(suite, ()) if report is not None else ()
    scored = {answer.id: answer for answer in score.answers} if score is not None else {}
    return scored | {answer.id: _unscored(answer) for answer in shown}


def _unscored(answer: ShownAnswer) -> GradedAnswer:
    """Return an answer without a grader in the form of the others; its score is never shown."""
    return GradedAnswer(
        id=answer.id,
        prompt=answer.prompt,
        category=answer.category,
        grader="",
        target=None,
        text=answer.text,
        tokens=answer.tokens,
        natural_stop=answer.natural_stop,
        score=0.0,
    )
