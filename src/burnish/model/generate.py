"""Answers from a causal LM, in batches, such that a batch never shows in an answer.

PROMISE: in float32 the ids of an answer depend on the model, the prompt and the settings only; not on the batch size, nor on
what else is in the batch, nor on the order. Byte for byte, greedy and sampled, on one machine with one number of threads.

How it is kept. The same sum taken in another batch, with padding or from a cache comes out a little different: on
smollm2-135m by at most 2.7e-6 of the largest score (measured on chat prompts, batches of 2, 5 and 16, 25 steps, AVX2). Such
a difference changes the choice of a token only where the best two scores are nearly equal. So wherever they are closer than
`NEAR` times the largest score (37 times what was measured; about 1 step in 400 there), that one step is taken again for that
row alone, from its ids, without cache or padding: the canonical scores, the same whatever the batch was. A choice that is
not near a tie is the same in the batch and alone as long as the rounding error is under half of `NEAR`; a choice that is
near a tie is always made alone. Hence the same tokens. Sampling adds noise (Gumbel, Maddison 2014, "A* Sampling", sec. 2)
that comes from the seed and the prompt's ids alone, and takes the largest sum, so the same argument holds; the same prompt
twice with the same seed is answered twice the same.

In bfloat16 and float16 rounding is thousands of times coarser, near ties are everywhere, and no such promise is made.

Shapes: B rows in the batch, T tokens so far, V vocabulary.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache

from burnish.errors import ModelError, gather
from burnish.model.logprobs import last_logits

BY_LENGTH = ("longrope",)
"""Rotary embeddings that turn by the longest of all positions that go through together. Where one is, each prompt goes alone."""
NEAR = 1e-4
"""Best scores closer than this times the row's largest absolute score are settled alone."""

Narrow = Callable[[torch.Tensor], torch.Tensor]
"""Scores of a step to the scores that the choice is made from, both (1, V)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How answers are made."""

    stop_ids: tuple[int, ...]
    """Tokens that end an answer; the one that ends it is not part of it."""
    pad_id: int
    """Fills up shorter prompts on the left; never attended to."""
    max_new_tokens: int | tuple[int, ...] = 128
    """The most tokens of an answer, for all prompts or for each."""
    batch_size: int = 16
    temperature: float = 0.0
    """0 always takes the likeliest token; 1 samples from the model's own probabilities."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot mean anything. Raises ValueError."""
        limits = (self.max_new_tokens,) if isinstance(self.max_new_tokens, int) else self.max_new_tokens
        if self.batch_size < 1 or min(limits, default=0) < 0 or not 0 <= self.temperature < math.inf:
            raise ValueError(f"batch_size is at least 1, max_new_tokens and temperature at least 0: {self}")

    def limit_of(self, index: int) -> int:
        """Return the most tokens of the answer to prompt `index`."""
        return self.max_new_tokens if isinstance(self.max_new_tokens, int) else self.max_new_tokens[index]


@dataclass(frozen=True, slots=True)
class Generated:
    """The answer to one prompt."""

    index: int
    """Of the prompt, in the order given."""
    ids: tuple[int, ...]
    """Without the token that ended it."""
    natural_stop: bool
    """Whether the model ended it, rather than the limit."""


@dataclass(slots=True)
class _Row:
    index: int
    prompt: list[int]
    limit: int
    noise: torch.Generator | None
    ids: list[int] = field(default_factory=list)


def generate(model: Any, prompts: Sequence[Sequence[int]], settings: Sampling) -> Iterator[Generated]:
    """Yield a Generated for each prompt as soon as its answer ends, which is not the order of the prompts.

    `model` is a causal LM, with or without an adapter on it. Longest prompts come first, so that a lack of memory shows at
    once; rows that have ended leave the batch. An answer ends at a stop token, at its limit, or where the model's context is
    full. Raises ModelError that names every empty prompt and every one that fills the context.
    """
    rows = _rows(model, prompts, settings)
    for row in [row for row in rows if row.limit == 0]:
        yield Generated(row.index, (), natural_stop=False)
    waiting = sorted((row for row in rows if row.limit > 0), key=lambda row: -len(row.prompt))
    size = 1 if _turns_by_length(model) else settings.batch_size
    with evaluating(model):
        for start in range(0, len(waiting), size):
            for ended, row, natural in _answer(model, waiting[start : start + size], settings):
                if ended:
                    yield Generated(row.index, tuple(row.ids), natural_stop=natural)


def stream(model: Any, prompt: Sequence[int], settings: Sampling, narrow: Narrow | None = None) -> Iterator[int]:
    """Yield the tokens of one answer one at a time, the same that `generate` gives. Raises ModelError as `generate` does.

    `narrow` gets the (1, V) scores of each step before the choice and returns them with minus infinity for tokens that may not
    come. It is called once more for a step that is settled alone.
    """
    rows = [row for row in _rows(model, [prompt], settings) if row.limit > 0]
    with evaluating(model):
        for ended, row, _ in _answer(model, rows, settings, narrow):
            if not ended:
                yield row.ids[-1]


def _rows(model: Any, prompts: Sequence[Sequence[int]], settings: Sampling) -> list[_Row]:
    if not isinstance(settings.max_new_tokens, int) and len(settings.max_new_tokens) != len(prompts):
        raise ValueError(f"{len(settings.max_new_tokens)} limits for {len(prompts)} prompts")
    context = model.config.get_text_config(decoder=True).max_position_embeddings
    faults = [f"prompt {n}: {len(one)} tokens" for n, one in enumerate(prompts, start=1) if not 0 < len(one) < context]
    if faults:
        remedy = f"give each between 1 and {context - 1} tokens"
        raise gather("these prompts cannot be answered:", faults, remedy=remedy, cls=ModelError)
    limits = [min(settings.limit_of(index), context - len(prompt)) for index, prompt in enumerate(prompts)]
    return [_Row(index, list(prompt), limits[index], _noise(prompt, settings)) for index, prompt in enumerate(prompts)]


def _turns_by_length(model: Any) -> bool:
    rope = getattr(model.config.get_text_config(decoder=True), "rope_parameters", None) or {}
    nested = [one for one in rope.values() if isinstance(one, dict)]
    return any(one.get("rope_type") in BY_LENGTH for one in nested or [rope])


def _noise(prompt: Sequence[int], settings: Sampling) -> torch.Generator | None:
    """Return the source of a row's noise, which knows only the seed and the prompt; None for greedy answers."""
    if settings.temperature == 0:
        return None
    digest = hashlib.sha256(f"{settings.seed}:{','.join(map(str, prompt))}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little", signed=True))


@contextlib.contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Switch dropout off for the block."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def _answer(model: Any, rows: list[_Row], settings: Sampling, narrow: Narrow | None = None) -> Iterator[tuple[bool, _Row, bool]]:
    """Yield (False, row, False) for each new token and (True, row, natural stop) when a row has ended."""
    stops = frozenset(settings.stop_ids)
    batch = _Batch(model, rows, settings, narrow) if rows else None
    while batch is not None and batch.rows:
        tokens = batch.next_tokens()
        going = []
        for place, (row, token) in enumerate(zip(batch.rows, tokens, strict=True)):
            if token in stops:
                yield True, row, True
                continue
            row.ids.append(token)
            yield False, row, False
            if len(row.ids) == row.limit:
                yield True, row, False
            else:
                going.append(place)
        batch.keep(going, tokens)


class _Batch:
    """Rows that are answered together: their cache, mask and positions."""

    def __init__(self, model: Any, rows: list[_Row], settings: Sampling, narrow: Narrow | None = None) -> None:
        self.model, self.rows, self.settings, self.narrow = model, rows, settings, narrow
        self.exact = model.dtype == torch.float32
        width = max(len(row.prompt) for row in rows)
        self.input_BT = self._tensor([[settings.pad_id] * (width - len(row.prompt)) + row.prompt for row in rows])
        room = width + max(row.limit for row in rows)
        padding_B1 = self._tensor([[width - len(row.prompt)] for row in rows])
        # One mask for the whole answer; each step takes the part that is written so far. None where no row is padded.
        places_T = torch.arange(room, device=padding_B1.device)
        self.mask_BT = (places_T >= padding_B1).long() if len({len(row.prompt) for row in rows}) > 1 else None
        self.position_BT = (places_T[:width] - padding_B1).clamp(min=0)
        self.length = width
        self.cache = DynamicCache(config=model.config.get_text_config(decoder=True))

    def _tensor(self, values: list[list[int]]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.long, device=self.model.device)

    @torch.inference_mode()
    def next_tokens(self) -> list[int]:
        """Run the newest tokens through the model and return the next one of each row."""
        logits_BV = last_logits(
            self.model,
            input_ids=self.input_BT,
            attention_mask=None if self.mask_BT is None else self.mask_BT[:, : self.length],
            position_ids=self.position_BT,
            past_key_values=self.cache,
            use_cache=True,
        )
        scale_B = logits_BV.abs().amax(dim=-1)
        logits_BV = logits_BV if self.narrow is None else self.narrow(logits_BV)
        noise_BV = _gumbel(self.rows, logits_BV) if self.settings.temperature > 0 else None
        score_BV = logits_BV if noise_BV is None else logits_BV + self.settings.temperature * noise_BV
        best = score_BV.topk(2)
        tokens: list[int] = best.indices[:, 0].tolist()
        if self.exact:
            near_B = best.values[:, 0] - best.values[:, 1] < NEAR * scale_B
            for place in near_B.nonzero()[:, 0].tolist():
                tokens[place] = self._alone(self.rows[place], None if noise_BV is None else noise_BV[place])
        return tokens

    def _alone(self, row: _Row, noise_V: torch.Tensor | None) -> int:
        """Return the next token of a row by the canonical scores: its ids alone, no cache, no padding."""
        ids_1T = self._tensor([row.prompt + row.ids])
        score_1V = last_logits(self.model, input_ids=ids_1T, use_cache=False)
        score_V = (score_1V if self.narrow is None else self.narrow(score_1V))[0]
        if noise_V is not None:
            score_V = score_V + self.settings.temperature * noise_V
        return int(score_V.argmax())

    @torch.inference_mode()
    def keep(self, places: list[int], tokens: list[int]) -> None:
        """Go on with the rows at `places`, whose newest tokens come next."""
        if places and len(places) < len(self.rows):
            places_B = torch.tensor(places, device=self.model.device)
            self.cache.batch_select_indices(places_B)
            self.mask_BT = None if self.mask_BT is None else self.mask_BT[places_B]
            self.position_BT = self.position_BT[places_B]
        self.rows = [self.rows[place] for place in places]
        self.input_BT = self._tensor([[tokens[place]] for place in places])
        self.position_BT = self.position_BT[:, -1:] + 1
        self.length += 1


def _gumbel(rows: list[_Row], like_BV: torch.Tensor) -> torch.Tensor:
    """Return standard Gumbel noise for each row from its own generator, drawn on the CPU so that it is the same everywhere."""
    width = like_BV.shape[-1]
    noise_BV = torch.stack([torch.empty(width).exponential_(generator=row.noise) for row in rows])
    return -noise_BV.clamp_(min=1e-30).log_().to(like_BV.device)
