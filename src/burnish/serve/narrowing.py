"""Which tokens may come next in the reference engine: penalties, top-k, top-p, min-p and a JSON schema, and how likely the model held each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from burnish.errors import DataError
from burnish.serve.engine import Likely

if TYPE_CHECKING:
    from burnish.serve.engine import Ask


class Narrowing:
    """Told the scores of each step; gives those the choice is made from, and remembers the log-probabilities."""

    def __init__(self, ask: Ask, write: Callable[[int], str], keeper: SchemaKeeper | None) -> None:
        """Take what was asked, how one token is written, and what keeps to the schema, if any."""
        self._ask, self._write, self._keeper = ask, write, keeper
        self._answer: list[int] = []
        self._logprobs_V: torch.Tensor | None = None

    @property
    def needed(self) -> bool:
        """Whether a step must pass here at all."""
        return self._ask.top_logprobs is not None or self._cuts or self._keeper is not None or self._weighs

    @property
    def _cuts(self) -> bool:
        return self._ask.temperature > 0 and (self._ask.top_k > 0 or self._ask.top_p < 1 or self._ask.min_p > 0)

    @property
    def _weighs(self) -> bool:
        ask = self._ask
        return bool(ask.bias or ask.frequency or ask.presence or ask.repetition != 1)

    def __call__(self, scores_1V: torch.Tensor) -> torch.Tensor:
        """Return the scores with minus infinity where no token may come."""
        if self._ask.top_logprobs is not None:
            self._logprobs_V = scores_1V[0].log_softmax(-1)
        if self._weighs:
            scores_1V = weighed(scores_1V, self._ask, self._answer)
        if self._keeper is not None:
            scores_1V = self._keeper.narrow(scores_1V)
        return (
            cut(scores_1V, self._ask.temperature, self._ask.top_k, self._ask.top_p, self._ask.min_p) if self._cuts else scores_1V
        )

    def took(self, token: int) -> tuple[Likely | None, tuple[Likely, ...]]:
        """Take note of the token that was chosen and return (how likely it was, the likeliest ones)."""
        self._answer.append(token)
        if self._keeper is not None:
            self._keeper.took(token)
        if self._logprobs_V is None:
            return None, ()
        top = self._logprobs_V.topk(self._ask.top_logprobs or 1)
        pairs = zip(top.indices.tolist(), top.values.tolist(), strict=True)
        likely = tuple(Likely(self._write(one), value) for one, value in pairs) if self._ask.top_logprobs else ()
        return Likely(self._write(token), float(self._logprobs_V[token])), likely


def weighed(scores_1V: torch.Tensor, ask: Ask, answer: Sequence[int]) -> torch.Tensor:
    """Return the scores with the bias and the penalties for what came before.

    Repetition: scores above 0 divided, below multiplied, for every token of the prompt and the answer in reach (Keskar 2019, CTRL,
    sec. 4.1, as Hugging Face and llama.cpp do). Frequency and presence: `score - count * frequency - (count > 0) * presence`, of the
    answer alone (OpenAI). A token of no row is passed over.
    """
    made_1V = scores_1V.clone()
    width = made_1V.shape[-1]

    def places(ids: Iterable[int]) -> torch.Tensor:
        return torch.tensor([one for one in ids if one < width], dtype=torch.long, device=made_1V.device)

    if ask.bias:
        values = [value for one, value in ask.bias.items() if one < width]
        made_1V[0, places(ask.bias)] += torch.tensor(values, dtype=made_1V.dtype, device=made_1V.device)
    if ask.repetition != 1 and ask.repetition_last:
        every = [*ask.prompt, *answer]
        near = places(set(every if ask.repetition_last < 0 else every[-ask.repetition_last :]))
        found = made_1V[0, near]
        made_1V[0, near] = torch.where(found > 0, found / ask.repetition, found * ask.repetition)
    if answer and (ask.frequency or ask.presence):
        counts = Counter(answer)
        off = [count * ask.frequency + ask.presence for one, count in counts.items() if one < width]
        made_1V[0, places(counts)] -= torch.tensor(off, dtype=made_1V.dtype, device=made_1V.device)
    return made_1V


def cut(scores_1V: torch.Tensor, temperature: float, top_k: int, top_p: float, min_p: float = 0.0) -> torch.Tensor:
    """Return scores in which only the `top_k` likeliest, and of those the likeliest with `top_p` in sum, are left.

    Top-k first, then top-p on what is left, at the given temperature; the likeliest always stays (Holtzman 2020, sec. 3.1). Last, none
    that is less likely than `min_p` times the likeliest (Nguyen 2024, "Min-p", sec. 3).
    """
    ordered = scores_1V[0].sort(descending=True)
    probs_V = (ordered.values / temperature).softmax(-1)
    if 0 < top_k < len(probs_V):
        probs_V[top_k:] = 0
        probs_V /= probs_V.sum()
    drop_V = (probs_V.cumsum(-1) - probs_V >= top_p) | (probs_V == 0) | (probs_V < min_p * probs_V[0])
    drop_V[0] = False
    kept_1V = scores_1V.clone()
    kept_1V[0, ordered.indices[drop_V]] = -torch.inf
    return kept_1V


class SchemaKeeper:
    """Lets only tokens come that keep the answer within a JSON schema, by llguidance."""

    def __init__(self, tokenizer: Any, schema: Mapping[str, Any]) -> None:
        """Compile the schema. Raises DataError naming what llguidance cannot keep to."""
        import llguidance

        # White space is fixed: a small model that may write spaces between any two tokens may write nothing else.
        spacing: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
        grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(dict(schema)), defaults=spacing)
        self._matcher = llguidance.LLMatcher(tokenizer, grammar)
        if self._matcher.is_error():
            remedy = "use a plainer JSON schema"
            raise DataError("the schema cannot be kept to", seen=self._matcher.get_error().splitlines()[0][:200], remedy=remedy)
        self._words = tokenizer.vocab_size

    def narrow(self, scores_1V: torch.Tensor) -> torch.Tensor:
        """Return the scores with minus infinity for tokens that would leave the schema."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        words = min(self._words, scores_1V.shape[-1])  # a tokenizer may know a token more than the model has rows
        may_V = torch.from_numpy(np.unpackbits(bits, count=words, bitorder="little").astype(bool))
        kept_1V = torch.full_like(scores_1V, -torch.inf)
        kept_1V[0, :words] = scores_1V[0, :words].where(may_V.to(scores_1V.device), -torch.inf)
        return kept_1V

    def took(self, token: int) -> None:
        """Go on behind a token."""
        self._matcher.consume_token(token)


def schema_tokenizer(tokenizer: Any, end_id: int) -> Any:
    """Return the tokenizer as llguidance takes it, with the token that ends a turn as the end of an answer; None without it."""
    try:
        import llguidance.hf
    except ImportError:
        return None
    return llguidance.hf.from_tokenizer(tokenizer, eos_token=end_id)
