"""The routes: OpenAI's own, and `/health`. Each only joins the rooms beside this file."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from burnish import __version__
from burnish.errors import BurnishError
from burnish.serve.ab.given import Given
from burnish.serve.ab.routes import add_feedback
from burnish.serve.ab.trial import Trial
from burnish.serve.ab.who import who_asks
from burnish.serve.asked import Asked, EventStream, closing
from burnish.serve.body import StrictRoute
from burnish.serve.docs import add_docs
from burnish.serve.faults import Refused, refused
from burnish.serve.gate import Gate
from burnish.serve.guard import Guard, Rules
from burnish.serve.keeping import Keeping, headers, log
from burnish.serve.page import add_page
from burnish.serve.pool import Versions
from burnish.serve.shape import Envelope, chat_answer, chat_events, text_answer, text_events
from burnish.serve.turn import chat_work, text_work
from burnish.serve.unused import headers as unused
from burnish.serve.verdicts import add_versions
from burnish.serve.watch.routes import add_watching
from burnish.serve.watch.told import now
from burnish.serve.watched import Watched, watch_over
from burnish.serve.wire import ChatAnswer, ChatRequest, CompletionRequest, FaultAnswer, Health, ModelCard, ModelList, TextAnswer

CLOSE_SECONDS = 15.0
"""How long the experiment, and after it the engines, may take to close."""
CREATED = 1735689600
"""Models have no date that clients could use; OpenAI's shape wants one (2025-01-01)."""
FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": FaultAnswer} for status in (400, 401, 403, 404, 405, 408, 413, 415, 429, 500, 502, 503, "4XX")
}
"""Every route's error answers. With "4XX" told, FastAPI does not promise a 422 of its own, which is never sent."""
EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string", "description": "a chunk's JSON, or [DONE]"}},
}
STREAM: dict[str, Any] = {"content": {"text/event-stream": {"schema": EVENT}}}


def make_app(versions: Versions, rules: Rules, keeping: Keeping | None = None, trial: Trial | None = None) -> Guard:
    """Return the ASGI app, the guard around it.

    `keeping` says what is done with conversations that are too long; `trial` holds what was answered, and the experiment.
    """
    trial = trial or Trial()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await versions.start()  # also where it fails something was begun: a thread that loads, an engine
            await trial.start(versions)
            yield
        finally:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await trial.close()
            finally:  # whatever became of the book: engines are other processes, and are ended
                async with asyncio.timeout(CLOSE_SECONDS):
                    await versions.close()

    app = FastAPI(
        title="burnish",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # these pages load scripts from elsewhere: docs.py has our own
        redoc_url=None,
        redirect_slashes=False,  # one spelling a path
        responses=FAULTS,
        generate_unique_id_function=lambda route: route.name,
    )
    app.router.route_class = StrictRoute
    gate = Gate(rules.places)
    _add_faults(app)
    _add_state(app, versions, gate)
    _add_chat(app, versions, keeping or Keeping(), trial)
    _add_text(app, versions, trial)
    add_feedback(app, trial)
    add_versions(app, versions)
    add_page(app)
    add_docs(app)
    watch = watch_over(versions)
    add_watching(app, watch, lambda: _ready(gate, versions))
    return Watched(app, rules, gate, watch)


async def _ready(gate: Gate, versions: Versions) -> bool:
    """Return whether requests are taken and can be answered."""
    return gate.state == "open" and await versions.healthy()


def _add_faults(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def on_refused(_: Request, fault: Refused) -> Response:
        return _answer(fault)

    @app.exception_handler(BurnishError)
    async def on_burnish(_: Request, fault: BurnishError) -> Response:
        return _answer(refused(fault, None))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, fault: RequestValidationError) -> Response:
        return _answer(_invalid(fault))

    @app.exception_handler(HTTPException)
    async def on_http(_: Request, fault: HTTPException) -> Response:
        made = Refused(fault.status_code, str(fault.detail))
        made.headers |= fault.headers or {}  # a 405 says which methods there are
        return _answer(made)

    @app.exception_handler(Exception)
    async def on_defect(_: Request, fault: Exception) -> Response:
        logging.getLogger("burnish.serve").error("a defect", exc_info=fault)
        return _answer(Refused(500, f"burnish has a defect here: {type(fault).__name__}", code="internal_error"))


def _answer(fault: Refused) -> Response:
    now().wrong(fault.status, fault.code)
    return Response(fault.body(), status_code=fault.status, headers=fault.headers, media_type="application/json")


def _invalid(fault: RequestValidationError) -> Refused:
    """Return all faults of a body in one message, the first one's field as `param`. No value is repeated."""
    found = [(_field(one["loc"]), str(one["msg"]).removeprefix("Value error, ")) for one in fault.errors()]
    message = "; ".join(f"{field}: {words}" if field else words for field, words in dict.fromkeys(found))
    return Refused(400, message[:2000], param=found[0][0] or None, code="invalid_value")


def _field(location: Any) -> str:
    """Return a place in a body as people write it: `messages[0].content`."""
    kinds = ("str", "int")  # of a field that may be of several
    names = [one for one in location[1:] if isinstance(one, int) or (one not in kinds and not any(mark in one for mark in "[("))]
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in names).lstrip(".")


def _add_state(app: FastAPI, versions: Versions, gate: Gate) -> None:
    @app.get("/health", responses={503: {"model": Health}})
    async def health() -> Response:
        """Say whether requests can be answered."""
        status: Any = gate.state if gate.state != "open" else "ok" if await versions.healthy() else "failing"
        found = Health(status=status, live=versions.live, doing=(gate.doing or None) if status == "loading" else None)
        return JSONResponse(found.model_dump(), status_code=200 if status == "ok" else 503)

    @app.get("/v1/models")
    async def models() -> ModelList:
        """List all names that `model` may have."""
        cards = [ModelCard(id=one.name, created=CREATED, root=one.label, parent=one.parent) for one in await versions.names()]
        return ModelList(data=cards)

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> ModelCard:
        """Describe one name."""
        for card in (await models()).data:
            if card.id == name:
                return card
        raise Refused(404, f"The model `{name}` does not exist", param="model", code="model_not_found")


def _add_chat(app: FastAPI, versions: Versions, keeping: Keeping, trial: Trial) -> None:
    @app.post("/v1/chat/completions", response_model=ChatAnswer, responses={200: STREAM})
    async def chat(request: Request, body: ChatRequest) -> Response:
        """Answer a conversation."""

        async def ask(name: str) -> Asked:
            return await Asked.open(versions, name, lambda served: chat_work(body, served, keeping))

        async def begin() -> Given:
            given = await trial.open(body.model, who_asks(body, request.headers), ask)
            if given.asked.context is not None:
                log(given.asked.label, given.asked.context)
            return given

        if not body.stream:
            async with closing(await begin()) as given:
                made = await chat_answer(given.parts(), given.asked.count, _envelope(given))
                return JSONResponse(made.model_dump(), headers=headers(given.asked.context) | given.headers | unused(body))

        given = await begin()
        events = chat_events(given.parts(), given.asked.count, _envelope(given), usage=body.wants_usage)
        return EventStream(given.asked, events, given.headers | unused(body))


def _add_text(app: FastAPI, versions: Versions, trial: Trial) -> None:
    @app.post("/v1/completions", response_model=TextAnswer, responses={200: STREAM})
    async def completions(request: Request, body: CompletionRequest) -> Response:
        """Go on with a raw prompt, to which nothing is added."""
        prompts = len(body.prompts)

        async def ask(name: str) -> Asked:
            return await Asked.open(versions, name, lambda served: text_work(body, served))

        async def begin() -> Given:
            return await trial.open(body.model, who_asks(body, request.headers), ask)

        if not body.stream:
            async with closing(await begin()) as given:
                made = await text_answer(given.parts(), given.asked.count, _envelope(given), prompts, body)
                return JSONResponse(made.model_dump(), headers=given.headers | unused(body))

        given = await begin()
        events = text_events(given.parts(), _envelope(given), prompts, usage=body.wants_usage)
        return EventStream(given.asked, events, given.headers | unused(body))


def _envelope(given: Given) -> Envelope:
    return Envelope(given.asked.label, given.asked.context, given.id)
