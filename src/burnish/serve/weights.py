"""What a request says against repetition, for or against single tokens, and of how unlikely a token may be: from its fields to an engine's."""

from __future__ import annotations

from typing import Any

from burnish.serve.faults import Refused
from burnish.serve.pool import Served
from burnish.serve.wire import Drawing

LAST_TOKENS = 64
"""How far back llama.cpp's `repeat_penalty` looks where `repeat_last_n` is not set."""
FIELDS = (
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "repeat_penalty",
    "repeat_last_n",
    "min_p",
    "logit_bias",
)


def weights(request: Drawing, served: Served) -> dict[str, Any]:
    """Return the fields of an Ask. Raises Refused for a token that is not there, and for two penalties that contradict each other."""
    factor, last = request.repetition_penalty, -1
    if request.repeat_penalty is not None:
        if factor is not None and factor != request.repeat_penalty:
            message = "repeat_penalty and repetition_penalty say different things; leave one out"
            raise Refused(400, message, param="repeat_penalty", code="invalid_value")
        factor, last = request.repeat_penalty, LAST_TOKENS
    return {
        "min_p": request.min_p or 0.0,
        "frequency": request.frequency_penalty or 0.0,
        "presence": request.presence_penalty or 0.0,
        "repetition": 1.0 if factor is None else factor,
        "repetition_last": last if request.repeat_last_n is None else request.repeat_last_n,
        "bias": _bias(request, served),
        "given": {name: value for name in FIELDS if (value := getattr(request, name)) is not None},
    }


def _bias(request: Drawing, served: Served) -> dict[int, float]:
    if served.opened is None:
        return {}
    found: dict[int, float] = {}
    for name, value in (request.logit_bias or {}).items():
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else -1
        if not served.opened.chat.knows(number):
            raise Refused(400, f"the model has no token {name[:20]!r}", param="logit_bias", code="invalid_value")
        found[number] = value
    return found
