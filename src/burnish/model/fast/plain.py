"""The operations of the fast step in plain torch: for every device, where no C compiler is, and as the measure of the C ones.

Legend: N tokens of all rows end to end, D width, H query heads, K key-value heads, E head width, I inner width, V vocabulary,
T tokens of one row, S those and the ones it goes on from.

The functions and what they fill are those of kernels.c; all arithmetic is float32 here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

GELU = math.sqrt(2 / math.pi)


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows are that stand end to end, and which of them go on from another."""

    starts: tuple[int, ...]
    """Where each row begins, and at last N."""
    after: tuple[int, ...] = ()
    """For each row the one whose tokens stand before its own, as if they were its own too; -1: none. Such a row is followed by all
    that go on from it, and goes on from none itself. Empty: no row goes on from another."""
    tensors: tuple[Tensor, Tensor, Tensor] = field(init=False)
    """int64 on the CPU, for C: `starts`; `after`; where each row that goes on from none stands, and at last their number."""

    longest: int = field(init=False)
    """Tokens of the longest row, with those that it goes on from."""

    def __post_init__(self) -> None:
        """Make what C reads."""
        after = self.after or (-1,) * (len(self.starts) - 1)
        families = [*(row for row, one in enumerate(after) if one < 0), len(after)]
        object.__setattr__(self, "after", after)
        object.__setattr__(self, "tensors", tuple(torch.tensor(one, dtype=torch.int64) for one in (self.starts, after, families)))
        object.__setattr__(self, "longest", max(_size(self.own(row)) + _size(self.before(row)) for row in range(len(self))))

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.after)

    def own(self, row: int) -> slice:
        """Return the places of a row's own tokens."""
        return slice(self.starts[row], self.starts[row + 1])

    def before(self, row: int) -> slice:
        """Return the places of the tokens that stand before a row's own: none, as often as not."""
        return self.own(self.after[row]) if self.after[row] >= 0 else slice(0, 0)


def _size(places: slice) -> int:
    return int(places.stop - places.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """What attention must know of a layer, and of the rows that stand end to end."""

    rows: Rows
    heads: int
    kv_heads: int
    width: int
    scale: float
    window: int = 0
    cap: float = 0.0


def product(a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    """Fill out = a b, and return it. Every matrix product of the step goes through this door or the next."""
    return torch.mm(a, b, out=out)


def add_product(a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    """Add a b to out, and return it."""
    return out.addmm_(a, b)


def rms_norm(x_ND: Tensor, w_D: Tensor, eps: float, out_ND: Tensor, rstd_N: Tensor) -> None:
    """Fill out = x / rms(x) * w and rstd = 1 / rms(x)."""
    torch.rsqrt(x_ND.square().mean(-1) + eps, out=rstd_N)
    out_ND.copy_(x_ND * rstd_N[:, None] * w_D)


def add(x_ND: Tensor, y_ND: Tensor, out_ND: Tensor) -> None:
    """Fill out = x + y, float32."""
    torch.add(x_ND, y_ND.float(), out=out_ND)


def add_rms_norm(x_ND: Tensor, y_ND: Tensor, sum_ND: Tensor, w_D: Tensor, eps: float, out_ND: Tensor, rstd_N: Tensor) -> None:
    """Fill sum = x + y and out = sum / rms(sum) * w."""
    add(x_ND, y_ND, sum_ND)
    rms_norm(sum_ND, w_D, eps, out_ND, rstd_N)


def take_off_rms_norm(x_ND: Tensor, y_ND: Tensor, w_D: Tensor, eps: float, out_ND: Tensor, rstd_N: Tensor) -> None:
    """Take y off x, in x's memory, and fill out = x / rms(x) * w: the way back from `add_rms_norm`."""
    x_ND -= y_ND.float()
    rms_norm(x_ND, w_D, eps, out_ND, rstd_N)


def rms_norm_backward(dy_ND: Tensor, x_ND: Tensor, w_D: Tensor, rstd_N: Tensor, grad_ND: Tensor, cast_ND: Tensor) -> None:
    """Add the gradient of x to grad; cast is grad in the compute type."""
    scaled = dy_ND.float() * w_D
    r_N1 = rstd_N[:, None]
    dot = (scaled * x_ND).mean(-1, keepdim=True) * r_N1**3
    grad_ND += scaled * r_N1 - x_ND * dot
    cast_ND.copy_(grad_ND)


def gated(gate_up_NI: Tensor, out_NI: Tensor, *, gelu: bool) -> None:
    """Fill out = f(gate) * up."""
    gate, up = gate_up_NI.float().chunk(2, -1)
    out_NI.copy_(_activated(gate, gelu=gelu)[0] * up)


def gated_backward(gate_up_NI: Tensor, dact_NI: Tensor, out_NI: Tensor, act_NI: Tensor, *, gelu: bool) -> None:
    """Fill out = the gradients of gate and up, and act = f(gate) * up."""
    gate, up = gate_up_NI.float().chunk(2, -1)
    dact = dact_NI.float()
    value, slope = _activated(gate, gelu=gelu)
    act_NI.copy_(value * up)
    out_NI.copy_(torch.cat([dact * up * slope, dact * value], -1))


def _activated(gate: Tensor, *, gelu: bool) -> tuple[Tensor, Tensor]:
    """Return the activation and its slope."""
    if not gelu:
        s = torch.sigmoid(gate)
        return gate * s, s + gate * s * (1 - s)
    t = torch.tanh(GELU * (gate + 0.044715 * gate**3))
    return 0.5 * gate * (1 + t), 0.5 * (1 + t) + 0.5 * gate * (1 - t * t) * GELU * (1 + 3 * 0.044715 * gate**2)


def turn(
    at: Heads,
    raw: Tensor,
    out: Tensor,
    cos_NE: Tensor,
    sin_NE: Tensor,
    norms: tuple[Tensor | None, Tensor | None],
    eps: float,
    rstd: Tensor,
) -> None:
    """Norm (where the model does) and rotate the query and key heads; copy the values."""
    heads = raw.view(len(raw), -1, at.width).float()
    turned = heads.clone()
    for part, w_E in ((slice(0, at.heads), norms[0]), (slice(at.heads, at.heads + at.kv_heads), norms[1])):
        x = heads[:, part]
        if w_E is not None:
            rstd[:, part] = torch.rsqrt(x.square().mean(-1) + eps)
            x = x * rstd[:, part, None] * w_E
        turned[:, part] = x * cos_NE[:, None] + _half_turned(x) * sin_NE[:, None]
    out.copy_(turned.flatten(1))


def _half_turned(x: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return torch.cat([-second, first], -1)


def turn_backward(
    at: Heads,
    grads: tuple[Tensor, Tensor, Tensor],
    raw: Tensor,
    out: Tensor,
    cos_NE: Tensor,
    sin_NE: Tensor,
    norms: tuple[Tensor | None, Tensor | None],
    rstd: Tensor,
) -> None:
    """Go back from the gradients by query head, (N, H, E) each, to that of `turn`'s input."""
    dq, dk, dv = grads
    dk, dv = (one.view(len(one), at.kv_heads, -1, at.width).sum(2) for one in (dk, dv))
    raw_heads = raw.view(len(raw), -1, at.width).float()
    parts = []
    places = (slice(0, at.heads), slice(at.heads, at.heads + at.kv_heads))
    for grad, part, w_E in zip((dq, dk), places, norms, strict=True):
        turned = grad * cos_NE[:, None] - _half_turned(grad * sin_NE[:, None])
        if w_E is not None:
            x, r = raw_heads[:, part], rstd[:, part, None]
            scaled = turned * w_E
            turned = scaled * r - x * (scaled * x).mean(-1, keepdim=True) * r**3
        parts.append(turned)
    out.copy_(torch.cat([*parts, dv], 1).flatten(1))


def attention(at: Heads, qkv: Tensor, out: Tensor, lse_NH: Tensor, scratch: Any = None) -> None:  # noqa: ARG001
    """Fill `out` (N, H E) with each row's causal attention and `lse` with the logarithm of each query's sum."""
    for row in range(len(at.rows)):
        own = at.rows.own(row)
        q, k, v = _heads(at, qkv, row)
        score_HTS = _scores(at, q, k)[0]
        lse_HT = torch.logsumexp(score_HTS, -1)
        lse_NH[own] = lse_HT.T
        probability = torch.exp(score_HTS - lse_HT[..., None])
        out[own] = (probability @ v).transpose(0, 1).flatten(1)


def attention_backward(
    at: Heads,
    qkv: Tensor,
    lse_NH: Tensor,
    dout: Tensor,
    grads: tuple[Tensor, Tensor, Tensor],
    scratch: Any = None,  # noqa: ARG001
) -> None:
    """Fill the gradients by query head, (N, H, E) float32 each."""
    dq, dk, dv = grads
    for row in range(len(at.rows)):
        own, before = at.rows.own(row), at.rows.before(row)
        q, k, v = _heads(at, qkv, row)
        dy = dout[own].view(-1, at.heads, at.width).transpose(0, 1).float()
        score_HTS, slope = _scores(at, q, k)
        probability = torch.exp(score_HTS - lse_NH[own].T[..., None])
        dprobability = dy @ v.transpose(1, 2)
        dscore = probability * (dprobability - (probability * dprobability).sum(-1, keepdim=True)) * slope * at.scale
        dq[own] = (dscore @ k).transpose(0, 1)
        for grad, found in ((dk, dscore.transpose(1, 2) @ q), (dv, probability.transpose(1, 2) @ dy)):
            shared = found.shape[1] - _size(own)
            grad[own] = found[:, shared:].transpose(0, 1)
            grad[before] += found[:, :shared].transpose(0, 1)


def _heads(at: Heads, qkv: Tensor, row: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return query (H, T, E), key and value (H, S, E) of one row, float32, keys and values repeated for their query heads.

    S tokens are those that the row goes on from and its own T.
    """
    every = torch.cat([qkv[at.rows.before(row)], qkv[at.rows.own(row)]])
    heads = every.view(len(every), -1, at.width).transpose(0, 1).float()
    query, key, value = torch.split(heads, [at.heads, at.kv_heads, at.kv_heads])
    group = at.heads // at.kv_heads
    own = query[:, _size(at.rows.before(row)) :]
    return own, key.repeat_interleave(group, 0), value.repeat_interleave(group, 0)


def _scores(at: Heads, q_HTE: Tensor, k_HSE: Tensor) -> tuple[Tensor, Tensor | float]:
    """Return the masked scores and, where they are capped, the slope of the cap."""
    score = q_HTE @ k_HSE.transpose(1, 2) * at.scale
    slope: Tensor | float = 1.0
    if at.cap:
        bent = torch.tanh(score / at.cap)
        score, slope = at.cap * bent, 1 - bent * bent
    places = torch.arange(score.shape[-1], device=score.device)
    distance = places[len(places) - score.shape[-2] :, None] - places
    unseen = distance < 0
    if at.window:
        unseen = unseen | (distance >= at.window)
    return score.masked_fill(unseen, -math.inf), slope


def scratch_floats(_longest: int, _width: int) -> int:
    """Return 0: torch finds its own memory."""
    return 0


def cross_entropy(logits_NV: Tensor, target_N: Tensor, loss_N: Tensor, *, backward: bool) -> None:
    """Fill loss = -log softmax(logits)[target]; with `backward` the logits become the gradient of the summed loss."""
    logarithm = torch.log_softmax(logits_NV.float(), -1)
    loss_N.copy_(-logarithm.gather(1, target_N[:, None])[:, 0])
    if backward:
        probability = logarithm.exp_()
        probability[torch.arange(len(target_N), device=target_N.device), target_N] -= 1
        logits_NV.copy_(probability)
