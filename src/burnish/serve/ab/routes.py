"""The routes of the experiment: `POST /v1/feedback` and `GET /v1/ab`."""

from __future__ import annotations

from typing import Literal

from fastapi import FastAPI, Request
from pydantic import BaseModel

from burnish.records.codec import to_json
from burnish.serve.ab.feedback import FeedbackAnswer, FeedbackRequest, take
from burnish.serve.ab.trial import Trial
from burnish.serve.ab.who import HEADER

NONE = "No experiment runs. To begin one: burnish serve --ab live:0.9,CANDIDATE:0.1"


class ArmState(BaseModel):
    """One arm."""

    name: str
    label: str
    share: float
    answers: int
    units: int
    votes: int
    mean: float | None
    interval: tuple[float, float] | None


class TrialState(BaseModel):
    """`GET /v1/ab`."""

    object: Literal["ab"] = "ab"
    running: bool
    arms: list[ArmState]
    state: Literal["collecting", "better", "worse", "stopped", "no experiment", "sample ratio broken"]
    words: str
    verdict: Literal["collecting", "better", "worse"] | None = None
    """What the votes say, also after the end; None where nothing can be read."""
    experiment: str | None = None
    began: str | None = None
    source: str | None = None
    """Whose votes are read."""
    difference: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    evidence: float | None = None
    preferences: tuple[int, int] = (0, 0)
    votes_to_come: int | None = None
    ratio_p: float | None = None
    failures: int = 0
    ended: dict[str, str] | None = None


def add_feedback(app: FastAPI, trial: Trial) -> None:
    """Add both routes."""

    @app.post("/v1/feedback")
    async def feedback(request: Request, body: FeedbackRequest) -> FeedbackAnswer:
        """Say something of an answer: a thumb, a score, the answer that was wanted, or which of two is better."""
        return await take(body, request.headers.get(HEADER), trial)

    @app.get("/v1/ab")
    async def ab() -> TrialState:
        """Say what the experiment shows now."""
        found = await trial.state()
        if found is None:
            return TrialState(running=False, arms=[], state="no experiment", words=NONE)
        return TrialState.model_validate(to_json(found))
