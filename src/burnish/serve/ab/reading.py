"""What the votes of an experiment say now: better, worse, or nothing yet, with figures and one plain sentence.

The sample ratio is looked at first: where people do not fall to the arms by their shares, something loses the answers of one arm, and
whoever is left is no fair sample: nothing is read then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from burnish.records.codec import JSON
from burnish.registry.book import Book
from burnish.serve.ab.bets import Bets, block_of
from burnish.serve.ab.experiment import Ended, Experiment
from burnish.serve.ab.means import log_ratio_broken, mean_interval, preferred

LEVEL = 0.05
"""The probability with which an experiment of two equal versions is ever called better or worse."""
RATIO_LEVEL = 0.001
"""The probability with which a sound division is ever called broken."""
TOO_FAR = 100_000
"""More votes to come than this are not foretold: the difference is too small to be found in practice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReading:
    """One arm's figures."""

    name: str
    label: str
    share: float
    answers: int
    units: int
    """People (or conversations) it answered."""
    votes: int
    """First votes, one a unit."""
    mean: float | None
    """None before any vote, and where nothing is read."""
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of an experiment now."""

    experiment: str
    began: str
    running: bool
    state: str
    """"collecting", "better", "worse", "stopped" or "sample ratio broken"."""
    verdict: str | None
    """What the votes say, also after the end: "collecting", "better" or "worse"; None where nothing can be read."""
    words: str
    source: str
    """Whose votes are read."""
    arms: tuple[ArmReading, ...]
    difference: float | None
    """The candidate's mean less the incumbent's."""
    interval: tuple[float, float] | None
    """Bounds of the difference that hold at all times together, but with a probability of LEVEL."""
    p: float | None
    """Always valid: the smallest level at which the arms would have been told apart so far."""
    evidence: float | None
    """How many to 1 the better of the two bets stood at its best; 2 / LEVEL is needed."""
    preferences: tuple[int, int]
    """How often the incumbent's and the candidate's answer was preferred, side by side."""
    votes_to_come: int | None
    """About how many more are expected to be needed; None where that cannot be said."""
    ratio_p: float
    """Always valid, of the division."""
    failures: int
    ended: Ended | None


@dataclass(slots=True)
class Count:
    """The votes of one source, taken in as they come."""

    experiment: Experiment
    source: str
    last: int = 0
    """The number of the newest vote that was taken in."""
    totals: list[float] = field(default_factory=lambda: [0.0, 0.0])
    preferences: list[int] = field(default_factory=lambda: [0, 0])
    side: tuple[float, float] = (0.0, 0.0)
    """The stakes on the candidate's answers being preferred more often, and less often, in logarithms."""
    best: tuple[float, float] = (0.0, 0.0)
    """The most that "better" and "worse" ever reached, in logarithms."""
    bets: Bets = field(init=False)

    def __post_init__(self) -> None:
        """Begin without a vote."""
        self.bets = Bets(block_of(self.experiment.shares))

    def follow(self, book: Book) -> bool:
        """Take in what is new in the book; return whether anything was."""
        new = book.votes(self.experiment.id, self.source, self.last)
        for vote in new:
            self.last = vote.number
            if vote.arm is None:
                self.preferences[int(vote.outcome)] += 1
                self.side = preferred(self.preferences[1], self.preferences[0])
            else:
                self.totals[vote.arm] += vote.outcome
                self.bets.add(vote.arm, vote.outcome)
            up, down = self.side
            # Votes and preferences are of different people: where the arms are equal, the product of two fair bets is a fair bet.
            self.best = max(self.best[0], self.bets.better + up), max(self.best[1], self.bets.worse + down)
        return bool(new)

    @property
    def verdict(self) -> str:
        """What they say: "better", "worse" or "collecting"."""
        if max(self.best) < need():
            return "collecting"
        return "better" if self.best[0] >= self.best[1] else "worse"

    @property
    def to_come(self) -> int | None:
        """About how many votes are still needed if the means stay as they are."""
        now = self.bets.better if self.bets.means[1] >= self.bets.means[0] else self.bets.worse
        missing, pace = need() - now, self.bets.pace
        return math.ceil(missing / pace) if 0 < missing <= TOO_FAR * pace and min(self.bets.votes) else None


def need() -> float:
    """Return the logarithm of the evidence that a verdict needs."""
    return math.log(2 / LEVEL)


def read(book: Book, count: Count, ended: Ended | None) -> Reading:
    """Return what an experiment says now, of the votes that `count` reads."""
    experiment = count.experiment
    count.follow(book)
    units = book.units(experiment.id)
    ratio_p = min(1.0, math.exp(-log_ratio_broken(units, experiment.shares)))
    sound = ratio_p > RATIO_LEVEL
    told = (
        _figures(count) if sound else {"difference": None, "interval": None, "p": None, "evidence": None, "votes_to_come": None}
    )
    answers = book.answers(experiment.id)
    arms = tuple(_arm(count, i, answers[i], units[i], sound=sound) for i in range(2))
    made = Reading(
        experiment=experiment.id,
        began=experiment.began,
        running=ended is None,
        state="stopped" if ended is not None else count.verdict if sound else "sample ratio broken",
        verdict=count.verdict if sound else None,
        words="",
        source=count.source,
        arms=arms,
        preferences=(count.preferences[0], count.preferences[1]),
        ratio_p=ratio_p,
        failures=book.failures(experiment.id),
        ended=ended,
        **told,
    )
    return replace(made, words=_words(made, count.verdict))


def _arm(count: Count, i: int, answers: int, units: int, *, sound: bool) -> ArmReading:
    arm, votes = count.experiment.arms[i], count.bets.votes[i]
    told = bool(votes) and sound
    return ArmReading(
        name=arm.name,
        label=arm.label,
        share=arm.share,
        answers=answers,
        units=units,
        votes=votes,
        mean=count.totals[i] / votes if told else None,
        interval=mean_interval(count.totals[i], votes, LEVEL) if told else None,
    )


def _figures(count: Count) -> dict[str, JSON]:
    both = min(count.bets.votes) > 0
    means = [total / votes for total, votes in zip(count.totals, count.bets.votes, strict=True)] if both else []
    most = max(count.best)
    return {
        "difference": means[1] - means[0] if both else None,
        "interval": count.bets.interval(LEVEL) if both else None,
        "p": min(1.0, 2 * math.exp(-most)),
        "evidence": math.exp(min(most, 700.0)),
        "votes_to_come": count.to_come,
    }


def _words(made: Reading, verdict: str) -> str:
    names = [one.name for one in made.arms]
    if made.ended is not None:
        return f"The experiment ended: {made.ended.words}."
    if made.state == "sample ratio broken":
        seen = " and ".join(f"{one.name} {one.units}" for one in made.arms)
        return f"Nothing can be read: people do not fall to the arms by their shares ({seen}), so answers of one arm are lost somewhere."
    if verdict != "collecting":
        return f"{names[1]} is {verdict} than {names[0]}: {_gap(made)}."
    more = f"; if the difference stays, about {made.votes_to_come} votes more are needed" if made.votes_to_come else ""
    return f"It cannot be told yet whether {names[1]} is better or worse than {names[0]}: {_gap(made)}{more}."


def _gap(made: Reading) -> str:
    """Return the figures in a few words."""
    votes = " and ".join(f"{one.votes} for {one.name}" for one in made.arms)
    told = f"votes: {votes}"
    if made.difference is not None and made.interval is not None:
        told = f"a difference of {made.difference:+.2f} ({made.interval[0]:+.2f} to {made.interval[1]:+.2f}), {told}"
    if any(made.preferences):
        told += f"; preferred side by side: {made.preferences[1]} of {sum(made.preferences)}"
    return told
