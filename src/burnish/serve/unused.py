"""What of a request was not used: told in a header, so that no field is swallowed in silence; what would be missed is refused.

A field that only labels, hints or speeds up (`store`, `metadata`, `prediction`) and one that nobody here knows changes nothing, and the
header names it. One that promises something of the answer that it would not have (tools, sound, a search) is a 400.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from burnish.serve.faults import Refused
from burnish.serve.wire import ChatRequest, CompletionRequest, Drawing

HEADER = "X-Burnish-Unused"
DEFAULTS: Mapping[str, tuple[Any, ...]] = {
    "store": (False,),
    "metadata": ({},),
    "service_tier": ("auto", "default"),
    "verbosity": ("medium",),
    "parallel_tool_calls": (True, False),  # no tool is ever called
    "prompt_cache_retention": ("in_memory",),
}
"""Values of fields of OpenAI's that nothing here reads, with which a request gets exactly what it asks for."""
MOST, LONGEST = 20, 60
"""Names in the header, and letters of each."""


def headers(request: Drawing) -> dict[str, str]:
    """Return the header that names the fields of a request that were not used; none where all were."""
    names = [name for name, value in (request.model_extra or {}).items() if not _nothing(name, value)]
    if isinstance(request, ChatRequest):
        names += [f"messages[{i}].{name}" for i, one in enumerate(request.messages) for name in one.unused]
    if not names:
        return {}
    told = [re.sub(r"[^\w.\[\]-]", "?", name[:LONGEST], flags=re.ASCII) for name in names[:MOST]]
    return {HEADER: ", ".join(told + [f"and {len(names) - MOST} more"] * (len(names) > MOST))}


def _nothing(name: str, value: Any) -> bool:
    """Return whether this asks for nothing."""
    return value is None or value in DEFAULTS.get(name, ())


def refuse_missed(request: ChatRequest) -> None:
    """Raise Refused for what a request asks for that its answer would not have."""
    more = [one for one in request.modalities or () if one != "text"]
    for field, missed, why in (
        ("tools", bool(request.tools) and request.tool_choice != "none", "this server calls no tools; leave `tools` out"),
        (
            "functions",
            bool(request.functions) and request.function_call != "none",
            "this server calls no functions; leave them out",
        ),
        ("tool_choice", not request.tools and _calls(request.tool_choice), "this server calls no tools; leave it out"),
        (
            "function_call",
            not request.functions and _calls(request.function_call),
            "this server calls no functions; leave it out",
        ),
        ("modalities", bool(more), f"this server makes text only, and is asked for {', '.join(more)[:40]}"),
        ("web_search_options", request.web_search_options is not None, "this server searches nothing; leave it out"),
        ("moderation", request.moderation is not None, "this server has no moderation; leave it out"),
    ):
        if missed:
            raise Refused(400, why, param=field, code="unsupported_parameter")


def _calls(choice: Any) -> bool:
    """Return whether a choice says that something must be called."""
    return choice not in (None, "none", "auto")


def refuse_unmade(request: CompletionRequest) -> None:
    """Raise Refused for what a raw completion asks for that cannot be made, or cannot be together."""
    if request.suffix:
        raise Refused(400, "`suffix` is not supported here; leave it out", param="suffix", code="unsupported_parameter")
    if request.echo and request.logprobs is not None:
        message = "the log-probabilities of a prompt are not told: leave out `echo`, or `logprobs`"
        raise Refused(400, message, param="echo", code="unsupported_parameter")
    if request.best_of and request.best_of < (request.n or 1):
        raise Refused(400, "best_of is less than n", param="best_of", code="invalid_value")
    if request.made > (request.n or 1) and request.stream:
        message = "the best of several answers is known when all are made: leave out `stream`, or `best_of`"
        raise Refused(400, message, param="best_of", code="invalid_value")
