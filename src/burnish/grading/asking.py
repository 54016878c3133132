"""How a grader asks another model: one question, and a way to read the reply."""

from __future__ import annotations

from collections.abc import Callable

Read = Callable[[str], float]
"""A reply -> a value from 0 to 1. Raises Unanswered for what cannot be read."""
Ask = Callable[[str, Read], float]
"""(question, read) -> what `read` makes of the reply. Raises Unanswered, and EndpointError where asking on is no use."""


class Unanswered(Exception):  # noqa: N818 - it is what happened to one question; the errors of the house are for people
    """One question got no answer that can be used; says why."""
