"""The four questions and the thinking contract in words: one name, one verdict and one sentence each."""

from __future__ import annotations

from dataclasses import dataclass

from burnish.evaluate.report_words import prompts, score, share, signed
from burnish.evaluate.thinking import newly_broken
from burnish.records.questions import CANNOT_TELL, Facts, Generalisation, Part, Questions, Recall, Style, ThinkingContract


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One question, answered."""

    key: str
    name: str
    verdict: str
    """In a word or two; "" for recall, which is none."""
    sentence: str


def told_questions(questions: Questions) -> tuple[Told, ...]:
    """Return the four answers, and the thinking contract where the template thinks."""
    told = [
        Told(key="recall", name="Exact recall: does it know what it was taught?", verdict="", sentence=_recall(questions.recall)),
        Told(
            key="generalisation",
            name="Generalisation: does it answer prompts it was not trained on?",
            verdict=questions.generalisation.verdict,
            sentence=_generalisation(questions.generalisation),
        ),
        Told(
            key="style",
            name="Style: does it sound like the rows?",
            verdict=questions.style.verdict,
            sentence=_style(questions.style),
        ),
        Told(
            key="facts",
            name="Facts: does it know them, does it invent?",
            verdict=_facts_verdict(questions.facts),
            sentence=_facts(questions.facts),
        ),
    ]
    thinking = questions.thinking
    if thinking is not None:
        name = "Thinking: does it keep the mode it is asked in?"
        told.append(Told(key="thinking", name=name, verdict=thinking.verdict, sentence=_thinking(thinking)))
    return tuple(told)


def question_rows(questions: Questions) -> tuple[tuple[str, str], ...]:
    """Return (name, answer) for a table on the screen."""
    return tuple(
        (one.name.partition(":")[0].lower(), f"{one.verdict}: {one.sentence}" if one.verdict else one.sentence)
        for one in told_questions(questions)
    )


def _recall(recall: Recall) -> str:
    if not recall.asked:
        return recall.reason
    return (
        f"of {prompts(recall.asked)} it was trained on, {share(recall.contains_after, 1)} are answered with the row's own words "
        f"(before {share(recall.contains_before, 1)}), likeness by edit distance {score(recall.edit_before)} → "
        f"{score(recall.edit_after)}; {recall.reason}; how alike the words are is no part of the verdict"
    )


def _generalisation(found: Generalisation) -> str:
    if found.comparison is None:
        return found.reason
    one = found.comparison
    parts = [
        f"{_part(part)} on {prompts(part.n)} {what}"
        for part, what in (
            (found.reworded, "whose answer was taught in other words"),
            (found.unseen, "of which nothing was taught"),
        )
        if part is not None
    ]
    whole = f"{score(one.mean_a)} → {score(one.mean_b)} on {one.n} held-out prompts, 95 % interval of the difference"
    return f"{whole} {signed(one.low)} to {signed(one.high)}; " + "; ".join(parts)


def _style(style: Style) -> str:
    if style.like_after is None or style.like_before is None or style.like_rows is None:
        return style.reason
    return (
        f"taken for a row: {share(style.like_before, 1)} before, {share(style.like_after, 1)} after, the rows themselves "
        f"{share(style.like_rows, 1)} (difference {signed(style.low or 0.0)} to {signed(style.high or 0.0)}); {style.reason}"
    )


def _facts_verdict(facts: Facts) -> str:
    if facts.verdict == facts.invention == CANNOT_TELL:
        return CANNOT_TELL
    return "; ".join(word for word in (f"knows them: {facts.verdict}", facts.invention) if not word.endswith(CANNOT_TELL))


def _facts(facts: Facts) -> str:
    held = f"held-out facts given: {_part(facts.held_out)} ({facts.reason})" if facts.held_out else facts.reason
    trained = f"; facts asked as in training: {_part(facts.trained)} of {facts.trained.n}" if facts.trained else ""
    if facts.inventing is None:
        return held + trained
    one = facts.inventing
    return (
        f"{held}{trained}; answers with a name or number of neither prompt nor rows: {share(one.before, 1)} before, "
        f"{share(one.after, 1)} after, of {one.n} (looked for: {facts.scope}; such a name may still be true)"
    )


def _thinking(found: ThinkingContract) -> str:
    lengths = (
        f"; tokens of a thought {found.thought_before:.0f} → {found.thought_after:.0f}, "
        f"of what follows it {found.answer_before:.0f} → {found.answer_after:.0f}"
    )
    return (
        f"{found.reason}{cause_words(found)}{lengths if found.asked_on else ''} "
        f"({found.asked_on} answers with thinking on, {found.asked_off} with it off)"
    )


def cause_words(found: ThinkingContract) -> str:
    """Return which rows teach the breaches: "all" where all do; nothing where training broke none that the start kept."""
    if not found.cause_rows or not newly_broken(found):
        return ""
    if found.cause_rows == found.trained_rows:
        return f"; every one of the {found.cause_rows} rows trained on teaches it"
    more = f" and {found.cause_rows - len(found.causes)} more" if found.cause_rows > len(found.causes) else ""
    return f"; rows that teach it: {', '.join(found.causes)}{more}"


def _part(part: Part | None) -> str:
    return f"{score(part.before)} → {score(part.after)}" if part is not None else ""
