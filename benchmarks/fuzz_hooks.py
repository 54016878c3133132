"""What schemathesis is told beyond the OpenAPI page: that most requests name a model that is there, so that they reach further in."""

from __future__ import annotations

import json
import zlib
from typing import Any

import schemathesis


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Give three bodies of four a real model's name; which ones depends only on the body."""
    del context
    if isinstance(body, dict) and isinstance(body.get("model"), str):
        mark = zlib.crc32(json.dumps(body, sort_keys=True, default=str).encode())
        if mark % 4:
            return body | {"model": "base"}
    return body
