"""How likely a causal LM finds each of several answers to a prompt, with the prompt computed once.

PROMISE: the figures of a question depend on the model, the prompt and its options only. Each question is computed by itself:
its prompt alone, then its options as one batch over the prompt's cache. No other question is ever in the same batch, so neither
their order nor the batch size of evaluation can move a figure, not by one bit. Nothing is lost by it on a CPU, where the time goes
into the tokens and not into the number of batches; on a GPU, batches over questions would be faster, and are not here.

Legend: B options, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from transformers import DynamicCache

from burnish.errors import ModelError
from burnish.model.generate import evaluating


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A prompt and what may follow it."""

    prompt: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]
    """The ids of each option, without the token that ends a turn; none is empty."""


@torch.inference_mode()
def mean_logprobs(model: Any, question: Question, pad_id: int) -> list[float]:
    """Return the mean log-probability per token, in nats, of each option after the prompt: at most 0, the higher the likelier.

    The mean, so that a longer option is not less likely for its length alone. The token that ends a turn is not counted: how
    likely it is says how much the model likes to go on, not which option it holds for right. `model` is a causal LM, with
    or without an adapter on it. Raises ModelError for an empty prompt or option, and for one that does not fit the
    model's context.
    """
    _check(model, question)
    lengths = [len(option) for option in question.options]
    with evaluating(model):
        cache = DynamicCache(config=model.config.get_text_config(decoder=True))
        after_prompt = model(input_ids=_ids(model, [question.prompt]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        scores = [[float(score)] for score in _scores(after_prompt.logits[0], [option[0] for option in question.options])]
        width = max(lengths) - 1
        if width:
            # Of each option all but the last token goes in; padding stands on the right, where no token of the option sees it.
            cache.batch_repeat_interleave(len(lengths))
            rows = [(*option[:-1], *(pad_id,) * (width + 1 - len(option))) for option in question.options]
            logits_BTV = model(input_ids=_ids(model, rows), past_key_values=cache, use_cache=True).logits
            for place, option in enumerate(question.options):
                logprobs_TV = functional.log_softmax(logits_BTV[place, : len(option) - 1].float(), dim=-1)
                scores[place] += [float(logprobs_TV[i, token]) for i, token in enumerate(option[1:])]
    return [sum(score) / length for score, length in zip(scores, lengths, strict=True)]


def _scores(logits_1V: torch.Tensor, tokens: Sequence[int]) -> torch.Tensor:
    return functional.log_softmax(logits_1V[-1].float(), dim=-1)[torch.tensor(tokens, device=logits_1V.device)]


def _ids(model: Any, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    return torch.tensor([list(row) for row in rows], dtype=torch.long, device=model.device)


def _check(model: Any, question: Question) -> None:
    context = model.config.get_text_config(decoder=True).max_position_embeddings
    longest = len(question.prompt) + max(map(len, question.options), default=0)
    if not question.prompt or not question.options or not all(question.options) or longest > context:
        raise ModelError(
            "a question cannot be answered by likelihood",
            seen=f"a prompt of {len(question.prompt)} tokens, options of {', '.join(str(len(one)) for one in question.options)}",
            remedy=f"give a prompt and options of at least 1 token each, and at most {context} tokens together",
        )
