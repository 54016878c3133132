"""The four questions after a fine-tuning (recall, generalisation, style, facts), and the thinking contract, as answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.records.report import SuiteComparison

CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one model said to one question of a probe."""

    id: str
    text: str
    """As generated, without the end-of-turn token; a thought is in it, but not a `<think>` that the prompt has written."""
    tokens: int
    """Tokens generated, the end-of-turn token included when there was one."""
    thought_tokens: int
    """Of these, tokens up to the end of the thought; 0 without one."""
    natural_stop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What one model said beside the suites; kept in the run folder, so that a resumed run need not ask again."""

    model: str
    recall: tuple[Reply, ...] = ()
    thinking_on: tuple[Reply, ...] = ()
    thinking_off: tuple[Reply, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """One training prompt, asked again."""

    id: str
    where: str
    """`file:line` of the training row."""
    prompt: str
    target: str
    before: str
    after: str
    edit_before: float
    edit_after: float
    """1 minus the edit distance (Levenshtein, characters) over the longer text: 1 is the row word for word, 0 nothing of it."""
    contains_before: bool
    contains_after: bool
    """Whether the answer holds the row's answer as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Exact recall: does it know what it was taught? Its likeness is never part of the verdict; facts told right are (taught.py)."""

    asked: int
    rows: int
    """Training rows that `asked` is a sample of."""
    reason: str
    """Why so many."""
    edit_before: float = 0.0
    edit_after: float = 0.0
    contains_before: float = 0.0
    contains_after: float = 0.0
    """Means over what was asked."""
    items: tuple[Recalled, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some prompts of a suite: their number, and the mean scores of both models."""

    n: int
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Generalisation:
    """Held-out prompts: does it answer what it was not asked in training?"""

    verdict: str
    """One of VERDICTS; that of the own rows' suite, which the run's verdict rests on too."""
    reason: str = ""
    """Why it cannot be told, where it cannot."""
    comparison: SuiteComparison | None = None
    reworded: Part | None = None
    """Held-out prompts whose answer was taught under other words; None where there are none."""
    unseen: Part | None = None
    """Held-out prompts whose answer no training row gives; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One measurable trait of how texts are written: its mean over the rows, the answers before and the answers after."""

    name: str
    group: str
    """length, sentence form, vocabulary, punctuation, greeting and closing."""
    rows: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Does it sound like the rows?"""

    verdict: str
    """"closer to the rows", "further from the rows" or "cannot tell"."""
    reason: str
    """What the verdict rests on, or why it cannot be told."""
    rows: int = 0
    """Rows' answers that the features and the classifier are taken from; as many answers of the base are set against them."""
    judged: int = 0
    """Held-out prompts whose answers are judged; the tuned model was not trained on them."""
    auc: float | None = None
    auc_low: float | None = None
    """How well the classifier tells rows from the base's answers, out of fold: ROC AUC, and the low end of its 95 % interval."""
    like_rows: float | None = None
    like_before: float | None = None
    like_after: float | None = None
    """Mean probability of being a row that it gives to the rows' own answers, to those before and to those after."""
    low: float | None = None
    high: float | None = None
    """95 % interval of `like_after` minus `like_before`, paired by prompt."""
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """One answer with names or numbers that stand in neither its prompt nor any row."""

    id: str
    prompt: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Does it know the person's facts, and does it invent?"""

    verdict: str
    """One of VERDICTS, about the facts asked for in prompts that were not trained."""
    reason: str
    held_out: Part | None = None
    """Facts asked for in held-out prompts: mean share of each answer's own names and numbers that is given."""
    trained: Part | None = None
    """The same for training prompts: recall."""
    ungraded: int = 0
    """Rows of category `fact` whose answer holds nothing that could be looked for."""
    invention: str = CANNOT_TELL
    """"invents more", "invents less" or "cannot tell"."""
    inventing: Part | None = None
    """Share of answers to held-out prompts that hold a name or number of neither prompt nor rows; None where none were asked."""
    items: tuple[Invented, ...] = ()
    scope: str = ""
    """What was looked for: names and numbers, or numbers alone where a language writes nouns with capitals or has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One answer that does not keep the thinking mode it was asked in."""

    mode: str
    """"on", "off" or "history"."""
    id: str
    prompt: str
    what: str
    """What is wrong, in a few words."""
    text: str
    """The answer's beginning; for history, where the two renderings part."""
    before: bool
    """Whether the model it started from breaks the mode at the same prompt too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingContract:
    """With thinking on: a thought, closed and not empty. With thinking off: none. History: as at inference."""

    verdict: str
    """"kept", "broken" or "cannot tell"."""
    reason: str
    asked_on: int = 0
    asked_off: int = 0
    """Answers looked at in each mode; with thinking off, those of the suites are counted too."""
    cut: int = 0
    """Thoughts that met the limit before they ended, as before training: neither kept nor broken."""
    breaches: tuple[Breach, ...] = ()
    causes: tuple[str, ...] = ()
    """`file:line` of the training rows that teach the breach, those most like the broken prompts first."""
    cause_rows: int = 0
    """How many such rows there are in all."""
    trained_rows: int = 0
    """Rows trained on, of which `cause_rows` are some or all; 0 where it was not kept."""
    thought_before: float = 0.0
    thought_after: float = 0.0
    answer_before: float = 0.0
    answer_after: float = 0.0
    """Mean tokens with thinking on: of the thought, and of what follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """All of it, for one run."""

    recall: Recall
    generalisation: Generalisation
    style: Style
    facts: Facts
    thinking: ThinkingContract | None = None
    """None: the model's template does not think."""
    seconds: float = 0.0
    """Time that the extra answers took, before and after together."""
    samples: Mapping[str, int] = field(default_factory=dict)
    """By question: how many answers it rests on."""
