"""Which tokens may come next in the reference engine: top-k, top-p and a JSON schema, and how likely the model held each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
        self._logprobs_V: torch.Tensor | None = None

    @property
    def needed(self) -> bool:
        """Whether a step must pass here at all."""
        return self._ask.top_logprobs is not None or self._cuts or self._keeper is not None

    @property
    def _cuts(self) -> bool:
        return self._ask.temperature > 0 and (self._ask.top_k > 0 or self._ask.top_p < 1)

    def __call__(self, scores_1V: torch.Tensor) -> torch.Tensor:
        """Return the scores with minus infinity where no token may come."""
        if self._ask.top_logprobs is not None:
            self._logprobs_V = scores_1V[0].log_softmax(-1)
        if self._keeper is not None:
            scores_1V = self._keeper.narrow(scores_1V)
        return cut(scores_1V, self._ask.temperature, self._ask.top_k, self._ask.top_p) if self._cuts else scores_1V

    def took(self, token: int) -> tuple[Likely | None, tuple[Likely, ...]]:
        """Take note of the token that was chosen and return (how likely it was, the likeliest ones)."""
        if self._keeper is not None:
            self._keeper.took(token)
        if self._logprobs_V is None:
            return None, ()
        top = self._logprobs_V.topk(self._ask.top_logprobs or 1)
        pairs = zip(top.indices.tolist(), top.values.tolist(), strict=True)
        likely = tuple(Likely(self._write(one), value) for one, value in pairs) if self._ask.top_logprobs else ()
        return Likely(self._write(token), float(self._logprobs_V[token])), likely


def cut(scores_1V: torch.Tensor, temperature: float, top_k: int, top_p: float) -> torch.Tensor:
    """Return scores in which only the `top_k` likeliest, and of those the likeliest with `top_p` in sum, are left.

    Top-k first, then top-p on what is left, at the given temperature; the likeliest always stays (Holtzman 2020, sec. 3.1).
    """
    ordered = scores_1V[0].sort(descending=True)
    probs_V = (ordered.values / temperature).softmax(-1)
    if 0 < top_k < len(probs_V):
        probs_V[top_k:] = 0
        probs_V /= probs_V.sum()
    drop_V = (probs_V.cumsum(-1) - probs_V >= top_p) | (probs_V == 0)
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
        may_V = torch.from_numpy(np.unpackbits(bits, count=self._words, bitorder="little").astype(bool))
        kept_1V = torch.full_like(scores_1V, -torch.inf)
        kept_1V[0, : self._words] = scores_1V[0, : self._words].where(may_V.to(scores_1V.device), -torch.inf)
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
