"""A grader's vote on an answer: entered under the grader's name, apart from what people say."""

from __future__ import annotations

from burnish.grading import grade
from burnish.records.codec import JSON
from burnish.records.conversation import Message
from burnish.registry.book import Answer, Book
from burnish.serve.ab.plan import Sampled


def graded(book: Book, about: Answer, grader: Sampled, messages: JSON, answer: str) -> None:
    """Enter what a grader says of an answer that took part in an experiment. Raises StorageError."""
    if about.experiment is None or about.arm is None:
        return
    asked = [Message(role=one["role"], content=one["content"]) for one in messages]
    book.vote(about.experiment, grader.name, about.unit, about.arm, grade(grader.task(asked), answer).value)
