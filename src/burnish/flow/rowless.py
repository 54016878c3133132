"""What is said, before any work, of tokens that a model has no row for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burnish.flow.events import Said, Work

if TYPE_CHECKING:
    from burnish.flow.project import Opened
    from burnish.tokens.template import Chat


def rowless_words(chat: Chat) -> str:
    """Return which tokens have no row and what that means; empty where all have one."""
    return next((note for note in chat.notes if "no row for" in note), "")


def template_words(chat: Chat) -> str:
    """Return which of them the template itself writes, so that no conversation can be put to the model; empty where none."""
    if not chat.rowless:
        return ""
    return f"the chat template itself writes tokens without a row: {chat.rows.named(chat.rowless)}"


TEMPLATE_REMEDY = (
    "use the tokenizer and chat template that the model was trained with, or a model whose makers gave these tokens rows "
    "(resize_token_embeddings)"
)


def said_rowless(opened: Opened) -> Work[None]:
    """Say which tokens of a model have no row, and what to do where the template needs one."""
    if words := rowless_words(opened.chat):
        yield Said(text=words, level="warn")
    if words := template_words(opened.chat):
        yield Said(text=f"{words}: no row can be trained; {TEMPLATE_REMEDY}", level="warn")
