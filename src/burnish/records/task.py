"""A task: a prompt and how its answer is graded, if it is. A suite is a list of them."""

from __future__ import annotations

from dataclasses import dataclass

from burnish.records.codec import JSON
from burnish.records.conversation import Message, Origin

NOT_SCORED = "not scored"
"""What is said of a task without a grader, and its category where it has no tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One prompt, graded or only asked."""

    id: str
    messages: tuple[Message, ...]
    """What the model is asked; the last message is never the assistant's."""
    grader: str = ""
    """A grader's name, as in `burnish.grading.GRADERS`; empty: the answer is shown and not scored."""
    target: JSON = None
    """What the grader compares with; its type depends on the grader."""
    tags: tuple[str, ...] = ()
    """The first tag is the item's category in reports."""
    max_tokens: int | None = None
    """The most tokens an answer may have; None: the suite's or the evaluation's default."""
    origin: Origin | None = None
    cluster: str = ""
    """Tasks of the same cluster are one question in several wordings; empty: it stands for itself."""

    @property
    def category(self) -> str:
        """The first tag, or the grader's name where there is none."""
        return self.tags[0] if self.tags else self.grader or NOT_SCORED

    @property
    def prompt(self) -> str:
        """The last user message, for tables and reports."""
        return self.messages[-1].content
