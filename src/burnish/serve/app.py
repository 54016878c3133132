"""The routes: OpenAI's own, and `/health`. Each only joins the rooms beside this file."""

from __future__ import annotations

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
from burnish.serve.asked import Asked, EventStream, closing, unless_gone
from burnish.serve.faults import Refused, refused
from burnish.serve.guard import Guard, Rules
from burnish.serve.keeping import Keeping, headers, log
from burnish.serve.page import add_page
from burnish.serve.pool import Versions
from burnish.serve.shape import Envelope, chat_answer, chat_events, text_answer, text_events
from burnish.serve.turn import chat_work, text_work
from burnish.serve.verdicts import add_versions
from burnish.serve.wire import ChatAnswer, ChatRequest, CompletionRequest, FaultAnswer, Health, ModelCard, ModelList, TextAnswer

CREATED = 1735689600
"""Models have no date that clients could use; OpenAI's shape wants one (2025-01-01)."""
FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": FaultAnswer} for status in (400, 401, 403, 404, 413, 415, 429, 500, 502, "4XX")
}
"""Every route's error answers. With "4XX" told, FastAPI does not promise a 422 of its own, which is never sent."""
STREAM: dict[str, Any] = {"content": {"text/event-stream": {"schema": {"type": "string"}}}}


def make_app(versions: Versions, rules: Rules, keeping: Keeping | None = None) -> Guard:
    """Return the ASGI app, the guard around it. `keeping` says what is done with conversations that are too long."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await versions.start()
        try:
            yield
        finally:
            await versions.close()

    app = FastAPI(
        title="burnish",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        responses=FAULTS,
        generate_unique_id_function=lambda route: route.name,
    )
    _add_faults(app)
    _add_state(app, versions)
    _add_answers(app, versions, keeping or Keeping())
    add_versions(app, versions)
    add_page(app)
    return Guard(app, rules)


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
        return _answer(Refused(fault.status_code, str(fault.detail)))

    @app.exception_handler(Exception)
    async def on_defect(_: Request, fault: Exception) -> Response:
        logging.getLogger("burnish.serve").error("a defect", exc_info=fault)
        return _answer(Refused(500, f"burnish has a defect here: {type(fault).__name__}", code="internal_error"))


def _answer(fault: Refused) -> Response:
    return Response(fault.body(), status_code=fault.status, headers=fault.headers, media_type="application/json")


def _invalid(fault: RequestValidationError) -> Refused:
    """Return all faults of a body in one message, the first one's field as `param`. No value is repeated."""
    found = [(_field(one["loc"]), str(one["msg"]).removeprefix("Value error, ")) for one in fault.errors()]
    message = "; ".join(f"{field}: {words}" if field else words for field, words in dict.fromkeys(found))
    return Refused(400, message[:2000], param=found[0][0] or None, code="invalid_value")


def _field(location: Any) -> str:
    """Return a place in a body as people write it: `messages[0].content`."""
    names = [one for one in location[1:] if isinstance(one, int) or not any(letter in one for letter in "[(")]
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in names).lstrip(".")


def _add_state(app: FastAPI, versions: Versions) -> None:
    @app.get("/health", responses={503: {"model": Health}})
    async def health() -> Response:
        """Say whether requests can be answered."""
        well = await versions.healthy()
        found = Health(status="ok" if well else "failing", live=versions.live)
        return JSONResponse(found.model_dump(), status_code=200 if well else 503)

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


def _add_answers(app: FastAPI, versions: Versions, keeping: Keeping) -> None:
    @app.post("/v1/chat/completions", response_model=ChatAnswer, responses={200: STREAM})
    async def chat(request: Request, body: ChatRequest) -> Response:
        """Answer a conversation."""

        async def begin() -> Asked:
            asked = await Asked.open(versions, body.model, lambda served: chat_work(body, served, keeping))
            if asked.context is not None:
                log(asked.label, asked.context)
            return asked

        async def whole() -> Response:
            async with closing(await begin()) as asked:
                made = await chat_answer(asked.parts(), asked.count, Envelope(asked.label, asked.context))
                return JSONResponse(made.model_dump(), headers=headers(asked.context))

        if not body.stream:
            return await unless_gone(request, whole())
        asked = await begin()
        envelope = Envelope(asked.label, asked.context)
        return EventStream(asked, chat_events(asked.parts(), asked.count, envelope, usage=body.wants_usage))

    @app.post("/v1/completions", response_model=TextAnswer, responses={200: STREAM})
    async def completions(request: Request, body: CompletionRequest) -> Response:
        """Go on with a raw prompt, to which nothing is added."""
        prompts = len(body.prompts)

        async def begin() -> Asked:
            return await Asked.open(versions, body.model, lambda served: text_work(body, served))

        async def whole() -> Response:
            async with closing(await begin()) as asked:
                made = await text_answer(asked.parts(), asked.count, Envelope(asked.label), prompts)
                return JSONResponse(made.model_dump())

        if not body.stream:
            return await unless_gone(request, whole())
        asked = await begin()
        return EventStream(asked, text_events(asked.parts(), Envelope(asked.label), prompts, usage=body.wants_usage))
