"""Each prompt with every model's answer, scored or only shown: what `compare` writes as Markdown and on its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.evaluate.markdown import fenced, inline, table
from burnish.evaluate.report_words import chance, interval, score, signed
from burnish.records.ranking import Ranking
from burnish.records.report import EvalReport, GradedAnswer, ShownAnswer
from burnish.records.task import NOT_SCORED

NOTHING_SCORED = "nothing was scored: no task has a grader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One model's answer to a prompt."""

    model: str
    text: str
    worth: str
    """Its score, or that it has none."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One prompt and all answers to it, model by model; several of each where several were drawn."""

    suite: str
    id: str
    prompt: str
    answers: tuple[Said, ...]


def side_by_side(reports: Sequence[EvalReport], names: Sequence[str]) -> list[Asked]:
    """Return every prompt in the order of the suites; `names` are the models' names, each another."""
    found: dict[tuple[str, str], tuple[str, list[Said]]] = {}
    for report, name in zip(reports, names, strict=True):
        for suite in dict.fromkeys([*report.suites, *report.shown]):
            answers: list[GradedAnswer | ShownAnswer] = [*report.shown.get(suite, ())]
            answers[:0] = report.suites[suite].answers if suite in report.suites else ()
            for answer in answers:
                found.setdefault((suite, answer.id), (answer.prompt, []))[1].append(_said(name, answer))
    return [Asked(suite=suite, id=id_, prompt=prompt, answers=tuple(said)) for (suite, id_), (prompt, said) in found.items()]


def _said(name: str, answer: GradedAnswer | ShownAnswer) -> Said:
    if isinstance(answer, ShownAnswer):
        return Said(model=name, text=answer.text, worth=NOT_SCORED)
    return Said(model=name, text=answer.text, worth=score(answer.score), detail=answer.detail)


def document(ranking: Ranking | None, asked: Sequence[Asked]) -> str:
    """Return the whole comparison as Markdown: the verdict, the scores, every two models, every prompt with all answers."""
    lines = [f"# {inline(ranking.sentence if ranking else NOTHING_SCORED)}", ""]
    if ranking is not None:
        rows = [
            (inline(one.model), str(one.rank), one.groups, score(one.mean), f"{score(one.low)} to {score(one.high)}", str(one.n))
            for one in ranking.models
        ]
        lines += table(("model", "rank", "same letter: cannot tell", "score", "95 % interval", "prompts"), rows)
        pairs = [
            (f"{inline(pair.b)} and {inline(pair.a)}", one.verdict, signed(one.difference), interval(one), inline(chance(one.p)))
            for pair in ranking.pairs
            for one in (pair.comparison,)
        ]
        lines += ["## Every two of them", "", *table(("first minus second", "verdict", "difference", "interval", "p"), pairs)]
    lines += ["## Every prompt, with all answers", ""]
    for number, one in enumerate(asked, start=1):
        lines += [f"### Prompt {number}", "", f"{inline(one.suite)}, id {inline(one.id)}", "", *fenced(one.prompt)]
        for said in one.answers:
            why = f" ({inline(said.detail)})" if said.detail else ""
            lines += [f"{inline(said.model)}: {said.worth}{why}", "", *fenced(said.text)]
    return "\n".join(lines).rstrip() + "\n"
