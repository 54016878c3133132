"""Four questions answered, and a thinking contract that is broken, for sample reports."""

from __future__ import annotations

from burnish.evaluate.report_input import GateLine
from burnish.evaluate.statistics import paired
from burnish.evaluate.style_features import FEATURES
from burnish.records.questions import (
    Breach,
    Facts,
    Feature,
    Generalisation,
    Invented,
    Part,
    Questions,
    Recall,
    Recalled,
    Style,
    ThinkingContract,
)

GATES = (
    GateLine(name="own rows", line='asked: "better"; measured: better, +0.27 (+0.17 to +0.36)', passed=True),
    GateLine(name="ability", line='asked: "no worse than 3 points"; measured: −2 points (−9 to +5), cannot tell', passed=False),
)


def toy_recall(text: str = "x") -> Recall:
    """Return three of sixty rows asked again."""
    items = tuple(
        Recalled(
            id=f"r{i}",
            where=f"rows.jsonl:{i + 3}",
            prompt=f"Which colour has door {i}?",
            target=f"Door {i} is grey.",
            before=text,
            after=f"Door {i} is grey.",
            edit_before=0.12,
            edit_after=1.0,
            contains_before=False,
            contains_after=True,
        )
        for i in range(3)
    )
    reason = "3 of 60 training rows were asked: more would cost too much beside the training itself"
    return Recall(asked=3, rows=60, reason=reason, edit_before=0.12, edit_after=1.0, contains_after=1.0, items=items)


def toy_contract(text: str = "42") -> ThinkingContract:
    """Return a contract that training broke at one prompt."""
    breach = Breach(mode="on", id="on-3", prompt="What is 17 + 26?", what="no thought before the words", text=text, before=False)
    return ThinkingContract(
        verdict="broken",
        reason="1 answer breaks the mode asked for",
        asked_on=8,
        asked_off=20,
        breaches=(breach,),
        causes=("rows.jsonl:4", "rows.jsonl:9"),
        cause_rows=57,
        thought_before=210.0,
        thought_after=31.0,
        answer_before=20.0,
        answer_after=24.0,
    )


def toy_questions(text: str = "x", *, thinking: bool = False) -> Questions:
    """Return all four answers; `text` stands wherever a model's words do."""
    style = Style(
        verdict="closer to the rows",
        reason="a classifier that tells rows from the base's answers (AUC 0.97 out of fold) judged 12 held-out answers",
        rows=52,
        judged=12,
        auc=0.97,
        auc_low=0.91,
        like_rows=0.93,
        like_before=0.08,
        like_after=0.71,
        low=0.41,
        high=0.84,
        features=tuple(
            Feature(name=name, group=group, rows=0.1 * i, before=0.04 * i + 0.3, after=0.09 * i)
            for i, (name, group) in enumerate(FEATURES.items())
        ),
    )
    facts = Facts(
        verdict="better",
        reason="names and numbers of 9 facts, asked in held-out prompts",
        held_out=Part(n=9, before=0.05, after=0.78),
        trained=Part(n=3, before=0.0, after=1.0),
        inventing=Part(n=12, before=0.5, after=0.42),
        items=(Invented(id="i1", prompt="Who built the bridge?", before=(text, "1887"), after=("Bob",)),),
        scope="names (words with a capital within a sentence) and numbers in digits",
    )
    return Questions(
        recall=toy_recall(text),
        generalisation=Generalisation(
            verdict="better",
            comparison=paired([0.1] * 6 + [0.2] * 6, [0.6] * 6 + [0.5] * 6),
            reworded=Part(n=8, before=0.14, after=0.61),
            unseen=Part(n=4, before=0.2, after=0.41),
        ),
        style=style,
        facts=facts,
        thinking=toy_contract(text) if thinking else None,
        seconds=41.0,
        samples={"recall": 3, "generalisation": 12, "style": 12, "facts": 9},
    )
