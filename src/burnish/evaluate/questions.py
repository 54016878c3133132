"""The four questions after a fine-tuning, answered from what both models said: recall, generalisation, style, facts."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.evaluate import facts as fact, style as manner
from burnish.evaluate.recall import recalled
from burnish.grading.text import spoken
from burnish.records.conversation import Conversation
from burnish.records.questions import CANNOT_TELL, Generalisation, Part, Probes, Questions, ThinkingContract
from burnish.records.report import Comparison, EvalReport, GradedAnswer

Pair = tuple[GradedAnswer, GradedAnswer]


def answer_questions(
    train: Sequence[Conversation],
    held_out: Sequence[Conversation],
    reports: tuple[EvalReport | None, EvalReport | None],
    probes: tuple[Probes, Probes],
    *,
    own_suite: str,
    comparison: Comparison | None,
    sample_reason: str,
    thinking: ThinkingContract | None = None,
) -> Questions:
    """Return the answers of the four questions. `own_suite` names the suite made of the held-out rows."""
    pairs = _own_pairs(reports, own_suite)
    recall = recalled(train, probes[0].recall, probes[1].recall, sample_reason)
    voices = [
        *(
            manner.Voiced(id=item.id, row=item.target, before=item.before, after=item.after, held_out=False)
            for item in recall.items
        ),
        *(_voiced(old, new) for old, new in pairs),
    ]
    style = manner.style(voices)
    facts = fact.facts([*train, *held_out], pairs, recall)
    generalisation = generalised(train, pairs, comparison, own_suite)
    return Questions(
        recall=recall,
        generalisation=generalisation,
        style=style,
        facts=facts,
        thinking=thinking,
        seconds=probes[0].seconds + probes[1].seconds,
        samples={"recall": recall.asked, "generalisation": len(pairs), "style": style.judged, "facts": fact.asked_for(pairs)},
    )


def _own_pairs(reports: tuple[EvalReport | None, EvalReport | None], suite: str) -> list[Pair]:
    sides = [
        {one.id: one for one in report.suites[suite].answers} if report and suite in report.suites else {} for report in reports
    ]
    return [(sides[0][id_], new) for id_, new in sides[1].items() if id_ in sides[0]]


def _voiced(old: GradedAnswer, new: GradedAnswer) -> manner.Voiced:
    return manner.Voiced(id=new.id, row=spoken(str(new.target)), before=spoken(old.text), after=spoken(new.text), held_out=True)


def generalised(
    train: Sequence[Conversation], pairs: Sequence[Pair], comparison: Comparison | None, own_suite: str
) -> Generalisation:
    """Return what the own rows' suite says, and apart: prompts whose answer was taught under other words, and the others."""
    compared = comparison.suites.get(own_suite) if comparison is not None else None
    if compared is None or not pairs:
        return Generalisation(verdict=CANNOT_TELL, reason="no row was held out")
    taught = {_plain(row.answer) for row in train}
    reworded = [pair for pair in pairs if _plain(str(pair[1].target)) in taught]
    unseen = [pair for pair in pairs if _plain(str(pair[1].target)) not in taught]
    return Generalisation(verdict=compared.verdict, comparison=compared, reworded=_part(reworded), unseen=_part(unseen))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _part(pairs: Sequence[Pair]) -> Part | None:
    if not pairs:
        return None
    count = len(pairs)
    return Part(n=count, before=sum(old.score for old, _ in pairs) / count, after=sum(new.score for _, new in pairs) / count)
