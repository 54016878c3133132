"""Do answers get worse when a conversation is shortened? The model is asked each planted fact with the whole talk and with each shortening.

    python benchmarks/context_answers.py --only auto drop summary --ratios 0.5 --talks 60 --seconds 540    # ten quiet minutes
    python benchmarks/context_answers.py                                 # smollm2-135m, 20 talks, every method, 0.5 and 0.25: over an hour
    python benchmarks/context_answers.py --talks 2 --turns 12 --facts 4 --only drop facts    # does it work?

- Talks: `context/planted.py`, seeds from 9000 (blind: `dev` is 1000). Of each some facts are
  asked for (`--ask`), one at a time, as the last turn. Talk after talk is asked in every way; with `--seconds` no talk is begun that
  would end later, by how long the ones before took, and the verdicts are on those that are done: told with how many pairs. Which talks
  are done depends on time alone and on nothing that was answered, so stopping chooses no result.
- Answers: the greedy answers of `burnish evaluate` (its own door), graded `contains` the fact's value.
- Verdicts: those of `compare`, paired by question and clustered by conversation, corrected for being many (Holm) over the whole table.
- `alone` is the question without the talk: what the model guesses. "still there": in how many of the prompts the value stands.

Prints progress with the time left, and writes OUT.md (the table) and OUT.jsonl (every answer). A whole talk must fit the model:
60 turns are some 2,800 tokens of smollm2-135m's 8,192. A summary is written by the model itself and takes longest: leave it out with `--only`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from burnish import durable
from burnish.context.marks import norm, stands
from burnish.context.planted import planted
from burnish.context.ruler import Ruler, ruler_of
from burnish.context.shorten import NAMES, SUMMARY, Method, budget_of, shorten
from burnish.errors import DataError
from burnish.evaluate.answering import Answering
from burnish.evaluate.flips import ALPHA
from burnish.evaluate.run import evaluate, score_suite
from burnish.evaluate.statistics import holm, judged, paired
from burnish.flow.context import summariser
from burnish.flow.events import Said
from burnish.flow.project import load_weights, open_base
from burnish.records.report import EvalReport, GradedAnswer, SuiteComparison, SuiteScore
from burnish.records.task import Task

FIRST_SEED = 9000
METHODS = ("drop", *(name for name in NAMES if name != "drop"), SUMMARY)
WHOLE, ALONE = "whole", "alone"
Suites = dict[str, SuiteScore]
AGAINST = (WHOLE, "drop", SUMMARY)


@dataclass(frozen=True, slots=True)
class Question:
    """One task, and the value that its answer must hold."""

    task: Task
    value: str

    @property
    def there(self) -> bool:
        """Whether the value stands in what the model is given."""
        return stands(norm(self.value), norm("\n".join(one.content for one in self.task.messages)))


def told(work):
    """Run a verb's work to its end, saying what it says; return what it returns."""
    while True:
        try:
            event = next(work)
        except StopIteration as done:
            return done.value
        if isinstance(event, Said):
            print(event.text, file=sys.stderr)


def questions(asked: argparse.Namespace, seed: int) -> list[Question]:
    """Return the questions to one talk, each with the whole of it before it."""
    made, one = [], planted(seed, turns=asked.turns, facts=asked.facts)
    for fact in random.Random(seed).sample(one.facts, min(asked.ask, len(one.facts))):
        task = Task(
            id=f"{seed}-{fact.turn}",
            messages=one.asking([fact]),
            grader="contains",
            target=fact.value,
            max_tokens=asked.max_tokens,
            cluster=str(seed),
        )
        made.append(Question(task, fact.value))
    return made


def ways(
    asked: argparse.Namespace, whole: list[Question], ruler: Ruler, by: Method | None
) -> Iterator[tuple[str, list[Question]]]:
    """Yield (name, the questions with what is left of their conversations): whole, alone, and each method at each ratio."""
    yield WHOLE, whole
    yield ALONE, [replace(one, task=replace(one.task, messages=one.task.messages[-1:])) for one in whole]
    for ratio in asked.ratios:
        once = by if by is None else written_once(by)
        for method in asked.only:
            made = []
            for one in whole:
                budget = budget_of(one.task.messages, ratio, ruler)
                short = shorten(one.task.messages, budget, ruler, method, summary=once)
                made.append(replace(one, task=replace(one.task, messages=short.messages)))
            yield named(method, ratio), made


def written_once(by: Method) -> Method:
    """Return a summary that is written once for the questions to one talk: what is before them is the same."""
    made = {}
    return lambda parts, ruler: made[parts.middle] if parts.middle in made else made.setdefault(parts.middle, by(parts, ruler))


def named(method: str, ratio: float) -> str:
    """Return what a method at a ratio is called."""
    return method if method == WHOLE else f"{method} {ratio:g}"


class Pace:
    """How long talks take, and whether there is time for one more."""

    def __init__(self, talks: int, seconds: float | None) -> None:
        """Begin now."""
        self._talks, self._seconds, self._began, self.done = talks, seconds, time.monotonic(), 0

    @property
    def gone(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def more(self) -> bool:
        """Whether another talk is wanted, and would end in time by how long the others took. The first always is."""
        late = self._seconds is not None and self.done and self.gone * (self.done + 1) / self.done > self._seconds
        return self.done < self._talks and not late

    def tell(self) -> None:
        """Count a talk and show how far it is and the time left, on one line."""
        self.done += 1
        left = self.gone / self.done * (self._talks - self.done)
        left = left if self._seconds is None else min(left, max(0.0, self._seconds - self.gone))
        end = "" if self.more else "\n"
        print(f"\r{self.done} of {self._talks} talks, {self.gone:.0f} s, {left:.0f} s left", end=end, file=sys.stderr, flush=True)


def answered(model, chat, suites: dict[str, tuple[Task, ...]], batch: int) -> EvalReport:
    """Return the graded answers to all."""
    for event in evaluate(model, chat, suites, Answering(batch_size=batch), label="context"):
        if isinstance(event, EvalReport):
            return event
    raise AssertionError


def asked_all(asked: argparse.Namespace, opened) -> tuple[dict[str, list[Question]], dict[str, list[GradedAnswer]], Ruler, Pace]:
    """Return for each way the questions of the talks that were done, and the graded answers, in one order."""
    ruler, model = ruler_of(opened.chat), load_weights(opened)
    pace = Pace(asked.talks, asked.seconds)
    by = summariser(opened) if SUMMARY in asked.only else None
    room = model.config.get_text_config(decoder=True).max_position_embeddings
    made, answers = defaultdict(list), defaultdict(list)
    while pace.more:
        whole = questions(asked, FIRST_SEED + pace.done)
        longest = max(ruler.count(one.task.messages) for one in whole)
        if longest + asked.max_tokens > room:
            seen = f"{longest} tokens of {room}"
            raise DataError("the whole conversations do not fit the model", seen=seen, remedy="fewer --turns")
        talk = dict(ways(asked, whole, ruler, by))
        report = answered(model, opened.chat, {name: tuple(one.task for one in each) for name, each in talk.items()}, asked.batch)
        for name, each in talk.items():
            made[name] += each
            answers[name] += report.suites[name].answers
        pace.tell()
    return made, answers, ruler, pace


def scores(suites: Suites, name: str) -> dict[str, float]:
    """Return each question's score."""
    return {one.id: one.score for one in suites[name].answers}


def verdicts(suites: Suites, asked: argparse.Namespace, whole: list[Question]) -> dict[tuple[str, str], SuiteComparison]:
    """Return for each (method at a ratio, what it is held against) how it compares, corrected for all of them together."""
    ids, clusters = [one.task.id for one in whole], [one.task.cluster for one in whole]
    found = {}
    for ratio in asked.ratios:
        for method in asked.only:
            for other in (one for one in AGAINST if one != method and named(one, ratio) in suites):
                one, base = scores(suites, named(method, ratio)), scores(suites, named(other, ratio))
                found[named(method, ratio), other] = paired([base[i] for i in ids], [one[i] for i in ids], clusters)
    if 2 * len(found) / 2 ** len(set(clusters)) > ALPHA:  # every conversation on the same side is the strongest there can be
        print(
            f"{len(set(clusters))} conversations are too few for any verdict among {len(found)}: add --talks",
            file=sys.stderr,
        )
    corrected = holm([one.p for one in found.values()])
    return {key: judged(one, p) for (key, one), p in zip(found.items(), corrected, strict=True)}


def table(
    suites: Suites, made: dict[str, list[Question]], ruler: Ruler, found: dict[tuple[str, str], SuiteComparison]
) -> list[str]:
    """Return the lines of the table."""
    head = ["prompt", "tokens", "still there", "answered right (95 %)", *(f"against {one}" for one in AGAINST)]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for name, asked in made.items():
        suite = suites[name]
        tokens = sum(ruler.count(one.task.messages) for one in asked) / len(asked)
        there = sum(one.there for one in asked) / len(asked)
        cells = [name, f"{tokens:,.0f}", f"{there:.1%}", f"{suite.mean:.1%} ({suite.low:.1%} to {suite.high:.1%})"]
        cells += [verdict(found.get((name, other))) for other in AGAINST]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def verdict(found: SuiteComparison | None) -> str:
    """Return a verdict as a cell: what it is, by how much, and how sure."""
    if found is None:
        return ""
    return (
        f"{found.verdict}: {100 * found.difference:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f}), p = {found.p:.3f}"
    )


def lines_of(suites: Suites, made: dict[str, list[Question]]) -> str:
    """Return every answer as a JSON line."""
    kept = {name: {one.task.id: one.there for one in asked} for name, asked in made.items()}
    rows = (
        {"prompt": name, "id": one.id, "question": one.prompt[-200:], "value": one.target, "there": kept[name][one.id], "score": one.score, "answer": one.text}
        for name, suite in suites.items()
        for one in suite.answers
    )  # fmt: skip
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--talks", type=int, default=20)
    parser.add_argument("--seconds", type=float, help="begin no talk that would end later; the model's loading is not counted")
    parser.add_argument("--turns", type=int, default=40, help="40: some 1,900 tokens, which the server's 2,048 just hold")
    parser.add_argument("--facts", type=int, default=10, help="told in a conversation")
    parser.add_argument(
        "--ask", type=int, default=2, help="of them, a question each; more conversations say more than more questions"
    )
    parser.add_argument("--ratios", type=float, nargs="+", default=[0.5, 0.25])
    parser.add_argument("--only", nargs="+", default=list(METHODS), choices=METHODS, metavar="METHOD", help=", ".join(METHODS))
    parser.add_argument("--max-tokens", type=int, default=48, help="of an answer")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--out", type=Path, default=Path("context_answers"), help="OUT.md and OUT.jsonl are written")
    return parser.parse_args()


def main() -> int:
    """Ask, grade, compare, write."""
    asked = options()
    opened = told(open_base(asked.model))
    made, answers, ruler, pace = asked_all(asked, opened)
    suites = {name: score_suite(each) for name, each in answers.items()}
    lines = table(suites, made, ruler, verdicts(suites, asked, made[WHOLE]))
    title = f"# Answers to shortened conversations, {time.strftime('%Y-%m-%d')}"
    about = (
        f"`{' '.join(sys.argv)}`: {asked.model}, {pace.done} of {asked.talks} planted talks of {asked.turns} turns (seeds from {FIRST_SEED}), "
        f"{len(made[WHOLE])} pairs of answers in each verdict, {pace.gone:.0f} s. Verdicts paired by question, clustered by talk, corrected by Holm."
    )
    durable.write_text(asked.out.with_suffix(".jsonl"), lines_of(suites, made))
    durable.write_text(asked.out.with_suffix(".md"), "\n".join([title, "", about, "", *lines, ""]))
    print("\n".join([about, "", *lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
