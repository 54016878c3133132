"""`POST /v1/feedback`: what somebody says of an answer, checked, entered once, and counted where it belongs to the experiment."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from burnish.registry.book import PREFERRED, Answer
from burnish.serve.ab.trial import Trial
from burnish.serve.ab.who import named
from burnish.serve.faults import Refused
from burnish.serve.messages import Wire

KINDS = ("thumb", "score", "correction", PREFERRED)
CORRECTED = 0.0
"""What a correction counts as: whoever writes a better answer was not content with this one."""
Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FeedbackRequest(Wire):
    """What is said of an answer; exactly one of `thumb`, `score`, `correction` and `preferred_over`."""

    id: Id
    user: str | None = None
    """Who says it, where the request that was answered said who asked."""
    conversation: str | None = None
    """Or which conversation, as its header X-Conversation-Id said (which may also be sent again)."""
    thumb: Literal["up", "down"] | None = None
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)] | None = None
    correction: str | None = None
    """The answer that was wanted."""
    preferred_over: Id | None = None
    """The answer to the same words that this one is better than."""


class FeedbackAnswer(BaseModel):
    """What became of it."""

    object: Literal["feedback"] = "feedback"
    id: str
    kind: str
    counted: bool
    """Whether it is a vote in the experiment that runs."""
    why: str
    """Why it is none; "" where it is."""
    version: str
    """The version that gave the answer."""


async def take(body: FeedbackRequest, conversation: str | None, trial: Trial) -> FeedbackAnswer:
    """Enter what was said. Raises Refused for an unknown answer, somebody else's, and a body that says nothing or too much."""
    kind = _kind(body)
    names = named(body.user, body.conversation or conversation)
    about = await _own(body.id, "id", names, trial)
    value: Any = getattr(body, kind)
    others: list[str] = []
    if kind == PREFERRED:
        other = await _own(str(value), PREFERRED, names, trial)
        if other.id == about.id:
            raise Refused(400, "an answer cannot be preferred over itself", param=PREFERRED, code="invalid_value")
        value, others = other.id, [other.id]
        vote, why = _preference(about, other, trial)
    else:
        vote, why = _vote(about, kind, value, trial)
    new, counted = await trial.said(about, kind, value, vote, *others)
    if not new:
        vote, why, counted = None, "already counted" if counted else "already kept", False
    elif vote is not None and not counted:
        why = "kept, but only the first that a person (or a conversation) says is a vote"
    return FeedbackAnswer(id=body.id, kind=kind, counted=counted, why="" if counted else why, version=about.version)


def _kind(body: FeedbackRequest) -> str:
    said = [kind for kind in KINDS if getattr(body, kind) is not None]
    if len(said) != 1:
        told = "says nothing" if not said else f"says {' and '.join(said)}"
        message = f"feedback is exactly one of {', '.join(KINDS)}, and this {told}"
        raise Refused(400, message, param=said[1] if said else KINDS[0], code="invalid_value")
    if body.correction is not None and not body.correction.strip():
        raise Refused(400, "a correction has words", param="correction", code="invalid_value")
    return said[0]


async def _own(name: str, field: str, names: list[str], trial: Trial) -> Answer:
    """Return an answer that whoever asks may speak of. Raises Refused."""
    about = await trial.find(name)
    if about is None:
        raise Refused(404, f"there is no answer {name!r} in the book", param=field, code="unknown_answer")
    if about.owned and about.unit not in trial.units(names):
        message = "this answer was given to somebody else: send the `user` (or `conversation`) that its request was sent with"
        raise Refused(403, message, param=field, code="not_your_answer")
    return about


def _vote(about: Answer, kind: str, value: Any, trial: Trial) -> tuple[tuple[str, int | None, float] | None, str]:
    """Return the vote that something is, or why it is none."""
    why = _no_experiment(trial)
    if why:
        return None, why
    if about.experiment is None or trial.experiment is None or about.experiment != trial.experiment.id:
        return None, "kept, but the answer is no part of the experiment that runs"
    outcome = {"thumb": float(value == "up"), "correction": CORRECTED}.get(kind)
    return (about.experiment, about.arm, float(value) if outcome is None else outcome), ""


def _preference(about: Answer, other: Answer, trial: Trial) -> tuple[tuple[str, int | None, float] | None, str]:
    """Return the vote that a preference is, where both answers are of the arms, or why it is none."""
    why = _no_experiment(trial)
    if why or trial.experiment is None:
        return None, why
    labels = [one.label for one in trial.experiment.arms]
    if sorted((about.version, other.version)) != sorted(labels):
        return None, "kept, but the two answers are not one of each arm of the experiment that runs"
    return (trial.experiment.id, None, float(about.version == labels[1])), ""


def _no_experiment(trial: Trial) -> str:
    if trial.experiment is None:
        return "kept, and no experiment runs"
    return "kept, but the experiment has ended" if trial.ended is not None else ""
