"""A chat template from messages to text, by the sandboxed renderer of transformers and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from burnish.errors import DataError, ModelError
from burnish.tokens.patience import within
from burnish.tokens.today import at

PATIENCE_SECONDS = 10.0
"""How long a template may take to write one conversation; real ones take thousandths of a second."""
Turn = Mapping[str, str]
"""One message as templates read it: role, content and perhaps reasoning_content."""


class Renderer:
    """One tokenizer's chat template, compiled once."""

    def __init__(self, tokenizer: Any, template: str | None, moment: datetime | None = None) -> None:
        """Take `template`, or the tokenizer's own where it is None. Raises ModelError when there is none.

        `moment`: what it takes for now; None: the real time, each time.
        """
        self.moment = moment
        self.template = template if template is not None else _own_template(tokenizer)
        # Templates add these to strings, so a token that is not there must be "" and not undefined.
        self._names = {"bos_token": "", "eos_token": "", **tokenizer.special_tokens_map}

    def __call__(self, turns: Sequence[Turn], *, generation: bool, think: bool) -> str:
        """Return the text of `turns`, with the opening of the assistant's answer when `generation`.

        Raises DataError with the template's own words when it refuses these turns or takes too long, ModelError when it is not a template.
        """
        from jinja2.exceptions import TemplateError, TemplateSyntaxError
        from transformers.utils.chat_template_utils import render_jinja_template

        try:
            with at(self.moment):
                texts, _ = within(
                    PATIENCE_SECONDS,
                    lambda: render_jinja_template(
                        [list(turns)],
                        chat_template=self.template,
                        add_generation_prompt=generation,
                        enable_thinking=think,  # Qwen, SmolLM, DeepSeek; `thinking` is the same switch in Granite and DeepSeek-V3.1
                        thinking=think,
                        **self._names,
                    ),
                )
        except TimeoutError as error:
            raise DataError(
                "the model's chat template does not come to an end with this conversation",
                seen=str(error),
                remedy="use the model's own chat template, or a shorter conversation",
            ) from error
        except TemplateSyntaxError as error:
            raise ModelError(
                "the model's chat template is not a valid template",
                seen=f"line {error.lineno}: {error.message}",
                remedy="put the model's own chat_template.jinja into its folder",
            ) from error
        except (TemplateError, TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
            raise DataError(
                "the model's chat template refuses this conversation",
                seen=str(error) or type(error).__name__,
                remedy=_remedy(str(error)),
            ) from error
        return str(texts[0])


def _own_template(tokenizer: Any) -> str:
    try:
        return str(tokenizer.get_chat_template())
    except ValueError as error:
        raise ModelError(
            "the model's tokenizer has no chat template, so there is no way to put a conversation to the model",
            seen="no chat_template.jinja, and no chat_template in tokenizer_config.json",
            remedy="use the chat model of the family (often named -Instruct or -Chat), or put its chat_template.jinja into the folder",
        ) from error


def _remedy(words: str) -> str:
    """Return what to do about a template's refusal, which it tells in its own words."""
    if "alternate" in words:
        return "make user and assistant take turns, the user first: join neighbouring messages of the same role into one"
    if "ool" in words:
        return "leave tool messages out of the row, or use a model whose template takes them as plain messages"
    return "change the row's roles or order to what the template says it takes"
