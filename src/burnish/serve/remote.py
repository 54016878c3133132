"""Any server that speaks OpenAI's words as the engine: llama-server, vLLM, Ollama. It renders by itself, so nothing is proven of it.

Before another burnish a name like `live` is asked by the version that it means there at that moment, so that every answer names its version
and an experiment's arm stays what it was.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import httpx

from burnish.serve.engine import Able, Ask, Ended, EngineError, Likely, Token
from burnish.serve.faults import Refused, no_model
from burnish.serve.opening import Shelf
from burnish.serve.pool import Named, Served


class Remote:
    """One model of a server elsewhere."""

    context = 0

    def __init__(self, http: httpx.AsyncClient, model: str) -> None:
        """Take a client whose base is the server's `/v1/`, and the model's name there."""
        self._http, self._model = http, model
        self.able = Able(schema=True, logprobs=True)

    async def complete(self, ask: Ask) -> AsyncGenerator[Token | Ended, None]:
        """Yield what the server streams, and last an Ended. Raises EngineError, and Refused where it refuses the request."""
        path, body = ("chat/completions", _chat(ask)) if ask.messages else ("completions", _text(ask))
        body |= {"model": self._model, "stream": True, "stream_options": {"include_usage": True}} | _drawing(ask)
        reason, usage, count = "stop", None, 0
        async with contextlib.aclosing(_events(self._http, path, body)) as events:
            async for event in events:
                usage = event.get("usage") or usage
                for choice in event.get("choices", ()):
                    reason = choice.get("finish_reason") or reason
                    for token in _tokens(choice):
                        count += token.tokens
                        yield token
        found = usage or {}
        yield Ended(
            reason=reason,
            prompt_tokens=int(found.get("prompt_tokens", 0)),
            completion_tokens=int(found.get("completion_tokens", count)),
            cached_tokens=int((found.get("prompt_tokens_details") or {}).get("cached_tokens") or 0),
        )

    async def tokenise(self, text: str) -> Sequence[int]:
        """Raise EngineError: OpenAI's words have none for this."""
        raise EngineError("a server elsewhere does not tell its tokens", seen=text[:40])

    async def health(self) -> bool:
        """Return whether the server answers."""
        with contextlib.suppress(httpx.HTTPError, RuntimeError):  # the latter where the client is closed meanwhile
            return (await self._http.get("models", timeout=5)).status_code == 200
        return False

    async def close(self) -> None:
        """Do nothing: the connection is shared by all models of the server."""


class RemoteVersions:
    """The models of one server elsewhere, by their own names."""

    live: str | None = None
    """What `live` meant there when it was asked last; None where it lists none."""
    shelf: Shelf | None = None

    def __init__(self, url: str, key: str | None = None) -> None:
        """Keep the address; nothing is asked yet. `url` may end in /v1 or not."""
        self._url, self._key = base_of(url), key
        self._http: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Connect. Raises EngineError when nothing answers there."""
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._http = httpx.AsyncClient(base_url=self._url, headers=headers, timeout=httpx.Timeout(600, connect=10))
        await self.names()

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            raise EngineError("not started")
        return self._http

    async def names(self) -> list[Named]:
        """Return the models that the server lists, each with the version that it means. Raises EngineError."""
        try:
            answer = await self._client.get("models")
            answer.raise_for_status()
            found = _named(answer.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            remedy = "check the address, and that the server runs"
            raise EngineError(f"{self._url} does not list its models", seen=str(error)[:200], remedy=remedy) from None
        self.live = next((one.label for one in found if one.name == "live"), None)
        return found

    @contextlib.asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[Served]:
        """Hold a model for one request. Raises Refused for an unknown name."""
        labels = {one.name: one.label for one in await self.names()}
        if name not in labels:
            raise no_model(name, ", ".join(list(labels)[:8]))
        yield Served(label=labels[name], engine=Remote(self._client, labels[name]), opened=None)

    async def healthy(self) -> bool:
        """Return whether the server answers."""
        return self._http is not None and await Remote(self._http, "").health()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            await self._http.aclose()


def base_of(url: str) -> str:
    """Return a server's address up to and with `/v1/`."""
    return url.rstrip("/").removesuffix("/v1") + "/v1/"


def _named(cards: Sequence[dict[str, Any]]) -> list[Named]:
    """Return the models of a list. `root` is what a name means where it is a name itself; elsewhere (vLLM) it is a folder."""
    names = {str(one["id"]) for one in cards}
    return [
        Named(name=str(one["id"]), label=str(one["root"] if one.get("root") in names else one["id"]), parent=one.get("parent"))
        for one in cards
    ]


async def _events(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    try:
        async with http.stream("POST", path, json=body) as response:
            if response.status_code != 200:
                raise _refusal(response, (await response.aread()).decode("utf-8", "replace"))
            async for line in response.aiter_lines():
                if line.startswith("data:") and line[5:].strip() not in {"", "[DONE]"}:
                    event = json.loads(line[5:])
                    if "error" in event:
                        raise EngineError("the server failed", seen=str(event["error"])[:300])
                    yield event
    except (httpx.HTTPError, ValueError) as error:
        raise EngineError("the server went away", seen=f"{type(error).__name__}: {error}"[:300]) from None


def _refusal(response: httpx.Response, text: str) -> Exception:
    """Return a refusal of the request as it was said, and any other failure as the engine's. A server that is full says when to come again."""
    try:
        fault = json.loads(text)["error"]
        message, param, code = str(fault["message"]), fault.get("param"), fault.get("code")
    except (ValueError, KeyError, TypeError):
        message, param, code = text[:300], None, None
    status, after = response.status_code, response.headers.get("retry-after", "")
    retry = int(after) if after.isascii() and after.isdigit() else None
    if status in {400, 404, 413, 422, 429} or (status == 503 and retry is not None):
        return Refused(status, message, param=param, code=None if code is None else str(code), retry=retry)
    return EngineError(f"the server answered {status}", seen=message[:300])


def _drawing(ask: Ask) -> dict[str, Any]:
    drawing: dict[str, Any] = {"temperature": ask.temperature, "top_p": ask.top_p, "seed": ask.seed}
    return (
        drawing
        | {name: value for name, value in (("top_k", ask.top_k), ("max_tokens", ask.max_tokens)) if value}
        | dict(ask.given)
    )


def _chat(ask: Ask) -> dict[str, Any]:
    said = ask.turns or [{"role": one.role, "content": one.content} for one in ask.messages]
    body: dict[str, Any] = {"messages": [dict(one) for one in said]}
    if ask.top_logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": ask.top_logprobs}
    if ask.schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(ask.schema)}}
    if ask.think is not None:
        body["chat_template_kwargs"] = {"enable_thinking": ask.think}
    return body


def _text(ask: Ask) -> dict[str, Any]:
    return {"prompt": ask.text} | ({} if ask.top_logprobs is None else {"logprobs": ask.top_logprobs})


def _tokens(choice: dict[str, Any]) -> list[Token]:
    """Return what one choice of an event holds: a thought, words, and how likely they were."""
    delta = choice.get("delta") or {}
    words = delta.get("content") or choice.get("text") or ""
    found = (choice.get("logprobs") or {}).get("content") or []
    likely = [(_likely(one), tuple(_likely(top) for top in one.get("top_logprobs") or ())) for one in found]
    tokens = [Token(thought, thought=True)] if (thought := delta.get("reasoning_content")) else []
    if not likely:
        return tokens + ([Token(words)] if words else [])
    first, *rest = [Token("", chosen=chosen, top=top) for chosen, top in likely]
    return [*tokens, Token(words, chosen=first.chosen, top=first.top), *rest]


def _likely(value: dict[str, Any]) -> Likely:
    data = value.get("bytes")
    return Likely(str(value["token"]), float(value["logprob"]), bytes(data) if data is not None else None)
