"""`GET /metrics` and `GET /v1/figures`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from burnish.serve.watch.figures import Figures
from burnish.serve.watch.watch import Watch

TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


def add_watching(app: FastAPI, watch: Watch, healthy: Callable[[], Awaitable[bool]]) -> None:
    """Add both routes to an app; `healthy` says whether requests can be answered."""

    @app.get("/metrics", response_class=Response, responses=TEXT)
    async def metrics() -> Response:
        """Tell Prometheus all metrics."""
        watch.ready = await healthy()
        return Response(await asyncio.to_thread(watch.exposed), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    @app.get("/v1/figures")
    async def figures() -> Figures:
        """Tell the figures of each version since the server began."""
        return watch.figures()
