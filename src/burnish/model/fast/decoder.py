"""A decoder's forward and backward pass over packed rows, layer by layer, for a frozen base with LoRA adapters.

Legend: N tokens of all rows, M targets, D width, H heads, K key-value heads, E head width, I inner width, P adapter middles.

The stream of hidden states and its gradient are float32, so that roundings do not add up over the layers; what goes into a
product is in the base's dtype. Each layer keeps what its backward pass cannot make again cheaply (`_Kept`); norms and the
gated activation are made again. With `checkpointing` a layer keeps only what came into it, and runs forward once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from burnish.model.fast import plain
from burnish.model.fast.join import Joined
from burnish.model.fast.layout import LayerLayout, Layout
from burnish.model.fast.packed import Packed
from burnish.model.fast.plain import Heads
from burnish.model.fast.tape import Arena

F32 = torch.float32


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What a layer's backward pass wants of its forward pass."""

    x: Tensor
    """What came in, (N, D) float32."""
    rstd1: Tensor
    raw: Tensor
    """Queries, keys and values as projected: the same memory as `qkv` where heads are not normed."""
    rstd_heads: Tensor
    qkv: Tensor
    lse: Tensor
    attended: Tensor
    projected: Tensor
    """What o_proj gave: wanted where a norm follows it."""
    middle: Tensor
    """The stream between attention and MLP, (N, D) float32."""
    rstd2: Tensor
    gate_up: Tensor
    down: Tensor
    """What down_proj gave: wanted where a norm follows it."""
    middles: tuple[Tensor, Tensor, Tensor, Tensor]
    """x A' of the four joined projections."""


class Layer:
    """One decoder layer with its projections."""

    def __init__(self, at: LayerLayout, number: int, ops: Any) -> None:
        attention, mlp = at.module.self_attn, at.module.mlp
        self.at, self.number = at, number
        self.qkv = Joined([attention.q_proj, attention.k_proj, attention.v_proj], ops)
        self.o = Joined([attention.o_proj], ops)
        self.gate_up = Joined([mlp.gate_proj, mlp.up_proj], ops)
        self.down = Joined([mlp.down_proj], ops)

    @property
    def joined(self) -> tuple[Joined, ...]:
        """The four joined projections."""
        return self.qkv, self.o, self.gate_up, self.down

    @property
    def parameters(self) -> list[Tensor]:
        """The adapters' parameters in this layer."""
        return [parameter for one in self.joined for parameter in one.parameters]


class Run:
    """One pass over packed rows: sizes, rotations, and the arenas its memory comes from."""

    def __init__(self, layout: Layout, ops: Any, packed: Packed, arena: Arena, scratch: Arena, dtype: torch.dtype) -> None:
        self.layout, self.ops, self.packed = layout, ops, packed
        self.arena, self.scratch, self.dtype = arena, scratch, dtype
        self.tokens = len(packed.ids_N)
        floats = ops.scratch_floats(packed.rows.longest, layout.head_width)
        self.attention_scratch = scratch.take("attention", (floats,), F32)
        self.turns = {kind: self._turn(kind) for kind in {layer.rope for layer in layout.layers}}

    def _turn(self, kind: str) -> tuple[Tensor, Tensor]:
        """Return cos and sin, (N, E) float32: not rounded to the base's dtype, unlike transformers' own."""
        like = self.packed.ids_N.new_zeros((1,), dtype=F32)
        named = {"layer_type": kind} if kind else {}
        cos, sin = self.layout.rotary(like, position_ids=self.packed.positions_N[None], **named)
        return cos[0].float().contiguous(), sin[0].float().contiguous()

    def heads(self, layer: LayerLayout) -> Heads:
        """Return what attention must know."""
        at = self.layout
        return Heads(
            rows=self.packed.rows,
            heads=at.heads,
            kv_heads=at.kv_heads,
            width=at.head_width,
            scale=layer.scale,
            window=layer.window if layer.window < self.packed.rows.longest else 0,
            cap=layer.cap,
        )

    def keep(self, layer: Layer, name: str) -> _Kept:
        """Return room for what a layer keeps, under a name: the layer's own, or one that all layers share in turn."""
        at, n, c = self.layout, self.tokens, self.dtype
        wide, normed = (at.heads + 2 * at.kv_heads) * at.head_width, layer.at.q_norm is not None

        def room(what: str, width: int, dtype: torch.dtype) -> Tensor:
            return self.arena.take(f"{name}.{what}", (n, width) if width else (n,), dtype)

        qkv = room("qkv", wide, c)
        post = layer.at.post_norms is not None
        shared = self.scratch.take("projected", (n, at.hidden), c)
        return _Kept(
            x=room("x", at.hidden, F32),
            rstd1=room("rstd1", 0, F32),
            raw=room("raw", wide, c) if normed else qkv,
            rstd_heads=room("rstd_heads", at.heads + at.kv_heads, F32),
            qkv=qkv,
            lse=room("lse", at.heads, F32),
            attended=room("attended", at.heads * at.head_width, c),
            projected=room("projected", at.hidden, c) if post else shared,
            middle=room("middle", at.hidden, F32),
            rstd2=room("rstd2", 0, F32),
            gate_up=room("gate_up", 2 * at.inner, c),
            down=room("down", at.hidden, c) if post else shared,
            middles=tuple(room(f"middle{i}", one.width or 1, c) for i, one in enumerate(layer.joined)),  # type: ignore[arg-type]
        )


def forward_layer(run: Run, layer: Layer, kept: _Kept, out_ND: Tensor) -> None:
    """Fill `kept` (whose `x` is there already) and `out_ND`, the stream after the layer."""
    at, ops, eps = layer.at, run.ops, run.layout.eps
    normed = run.scratch.take("normed", (run.tokens, run.layout.hidden), run.dtype)
    ops.rms_norm(kept.x, at.norms[0], eps, normed, kept.rstd1)
    layer.qkv.forward(normed, kept.raw, kept.middles[0])
    cos, sin = run.turns[at.rope]
    heads = run.heads(at)
    ops.turn(heads, kept.raw, kept.qkv, cos, sin, (at.q_norm, at.k_norm), eps, kept.rstd_heads)
    ops.attention(heads, kept.qkv, kept.attended, kept.lse, run.attention_scratch)
    layer.o.forward(kept.attended, kept.projected, kept.middles[1])
    if at.post_norms is None:
        ops.add_rms_norm(kept.x, kept.projected, kept.middle, at.norms[1], eps, normed, kept.rstd2)
    else:
        torch.add(kept.x, _normed(kept.projected, at.post_norms[0], eps), out=kept.middle)
        ops.rms_norm(kept.middle, at.norms[1], eps, normed, kept.rstd2)
    layer.gate_up.forward(normed, kept.gate_up, kept.middles[2])
    act = run.scratch.take("act", (run.tokens, run.layout.inner), run.dtype)
    ops.gated(kept.gate_up, act, gelu=run.layout.gelu)
    layer.down.forward(act, kept.down, kept.middles[3])
    if at.post_norms is None:
        ops.add(kept.middle, kept.down, out_ND)
    else:
        torch.add(kept.middle, _normed(kept.down, at.post_norms[1], eps), out=out_ND)


def backward_layer(run: Run, layer: Layer, kept: _Kept, grad_ND: Tensor, grads: list[Tensor], *, first: bool) -> None:
    """Turn `grad_ND`, the gradient of what the layer gave, into that of what came in; fill `grads` of its parameters.

    For the first layer the gradient of what came in is not wanted: the embedding is frozen.
    """
    at, ops, n, c = layer.at, run.ops, run.tokens, run.dtype
    take = run.scratch.take
    grads_of = _split(grads, layer)
    cast = take("cast", (n, run.layout.hidden), c)
    dout = _through_post_norm(run, grad_ND, kept.down, at, 1, cast)
    act, dact = (take(name, (n, run.layout.inner), c) for name in ("act", "dact"))
    dgate_up = take("dgate_up", (n, 2 * run.layout.inner), c)
    # act is made again below, before down's own gradients want it: gated_backward needs dact, and dact only the weights.
    layer.down.backward_input(dout, dact)
    ops.gated_backward(kept.gate_up, dact, dgate_up, act, gelu=run.layout.gelu)
    layer.down.backward(dout, act, kept.middles[3], grads_of[3], None)

    normed, dnormed = (take(name, (n, run.layout.hidden), c) for name in ("normed", "dnormed"))
    ops.rms_norm(kept.middle, at.norms[1], run.layout.eps, normed, kept.rstd2)
    layer.gate_up.backward(dgate_up, normed, kept.middles[2], grads_of[2], dnormed)
    ops.rms_norm_backward(dnormed, kept.middle, at.norms[1], kept.rstd2, grad_ND, cast)

    dprojected = _through_post_norm(run, grad_ND, kept.projected, at, 0, cast)
    dattended = take("dattended", kept.attended.shape, c)
    layer.o.backward(dprojected, kept.attended, kept.middles[1], grads_of[1], dattended)
    heads = run.heads(at)
    shape = (n, run.layout.heads, run.layout.head_width)
    by_head = take("dq", shape, F32), take("dk", shape, F32), take("dv", shape, F32)
    ops.attention_backward(heads, kept.qkv, kept.attended, kept.lse, dattended, by_head, run.attention_scratch)
    dqkv = take("dqkv", kept.qkv.shape, c)
    cos, sin = run.turns[at.rope]
    ops.turn_backward(heads, by_head, kept.raw, dqkv, cos, sin, (at.q_norm, at.k_norm), kept.rstd_heads)
    ops.rms_norm(kept.x, at.norms[0], run.layout.eps, normed, kept.rstd1)
    layer.qkv.backward(dqkv, normed, kept.middles[0], grads_of[0], None if first else dnormed)
    if not first:
        ops.rms_norm_backward(dnormed, kept.x, at.norms[0], kept.rstd1, grad_ND, cast)


def _split(grads: list[Tensor], layer: Layer) -> list[list[Tensor]]:
    """Return the layer's gradients by joined projection."""
    found, start = [], 0
    for one in layer.joined:
        end = start + len(one.parameters)
        found.append(grads[start:end])
        start = end
    return found


def _normed(y_ND: Tensor, w_D: Tensor, eps: float) -> Tensor:
    """Return y / rms(y) * w, float32."""
    y = y_ND.float()
    return y * torch.rsqrt(y.square().mean(-1, keepdim=True) + eps) * w_D


def _through_post_norm(run: Run, grad_ND: Tensor, y_ND: Tensor, at: LayerLayout, which: int, cast_ND: Tensor) -> Tensor:
    """Return the stream's gradient as it reaches a half layer's last projection, in the base's dtype."""
    if at.post_norms is None:
        return cast_ND.copy_(grad_ND)
    y, out = y_ND.float(), torch.zeros_like(grad_ND)
    rstd_N = torch.rsqrt(y.square().mean(-1) + run.layout.eps)
    plain.rms_norm_backward(grad_ND, y, at.post_norms[which], rstd_N, out, cast_ND)
    return cast_ND


class Decoder:
    """All layers of one model."""

    def __init__(self, layout: Layout, ops: Any, *, checkpointing: bool = False, room: int = 0) -> None:
        self.layout, self.ops, self.checkpointing, self.room = layout, ops, checkpointing, room
        self.layers = [Layer(at, number, ops) for number, at in enumerate(layout.layers)]
        weight = self.layers[0].o.weight_OI
        self.dtype, self.device = weight.dtype, weight.device
        self.parameters = [parameter for layer in self.layers for parameter in layer.parameters]
        self.scratch = Arena(self.device, room)
        self._arenas: list[Arena] = []

    def hidden(self, packed: Packed) -> Tensor:
        """Return the normed hidden states at the places before targets, (M, D) in the base's dtype, with their gradient."""
        if torch.is_grad_enabled():
            found: Tensor = _Through.apply(self, packed, *self.parameters)  # type: ignore[no-untyped-call]
            return found
        return self.forward(packed, self.scratch, keep=False)[0]

    def borrow(self) -> Arena:
        """Return an arena that no other pass is using."""
        return self._arenas.pop() if self._arenas else Arena(self.device, self.room)

    def give_back(self, arena: Arena) -> None:
        """Let another pass use an arena."""
        self._arenas.append(arena)

    def forget(self) -> None:
        """Give back the memory that waits for the next pass."""
        self.scratch = Arena(self.device, self.room)
        self._arenas.clear()

    def forward(self, packed: Packed, arena: Arena, *, keep: bool) -> tuple[Tensor, Run, list[_Kept]]:
        """Run all layers; with `keep` what the backward pass wants stays in the arena."""
        self._copy_adapters()
        run = Run(self.layout, self.ops, packed, arena, self.scratch, self.dtype)
        apart = keep and not self.checkpointing
        kept = [run.keep(layer, f"{layer.number}" if apart else "shared") for layer in self.layers]
        if keep and self.checkpointing:
            for number, one in enumerate(kept):
                one.x = arena.take(f"{number}.x", tuple(one.x.shape), F32)
        last = arena.take("last", (run.tokens, self.layout.hidden), F32)
        if not keep:
            kept[0].x, last = self._two(run)
        kept[0].x.copy_(self.layout.embedding(packed.ids_N))
        for index, layer in enumerate(self.layers):
            if not keep and index:
                kept[index].x, last = last, kept[index - 1].x
            final = index == len(self.layers) - 1
            forward_layer(run, layer, kept[index], last if final or not keep else kept[index + 1].x)
        return self._final(run, last), run, kept

    def _two(self, run: Run) -> tuple[Tensor, Tensor]:
        shape = (run.tokens, self.layout.hidden)
        return self.scratch.take("stream0", shape, F32), self.scratch.take("stream1", shape, F32)

    def _final(self, run: Run, last_ND: Tensor) -> Tensor:
        x_MD = last_ND[run.packed.before_M]
        out_MD = torch.empty(x_MD.shape, dtype=self.dtype, device=self.device)
        self.ops.rms_norm(x_MD, self.layout.final_norm, self.layout.eps, out_MD, x_MD.new_empty(len(x_MD)))
        return out_MD

    def backward(self, run: Run, kept: list[_Kept], dhidden_MD: Tensor) -> list[Tensor]:
        """Return the gradients of `parameters`, float32 each."""
        grad_ND = self._into_stream(run, dhidden_MD)
        sizes = [parameter.numel() for parameter in self.parameters]
        flat = torch.empty(sum(sizes), dtype=F32, device=self.device)
        grads = [one.view(p.shape) for one, p in zip(torch.split(flat, sizes), self.parameters, strict=True)]
        end = len(grads)
        for index in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[index]
            if self.checkpointing:
                forward_layer(run, layer, kept[index], self.scratch.take("again", tuple(grad_ND.shape), F32))
            start = end - len(layer.parameters)
            backward_layer(run, layer, kept[index], grad_ND, grads[start:end], first=index == 0)
            end = start
        return grads

    def _into_stream(self, run: Run, dhidden_MD: Tensor) -> Tensor:
        """Go back through the final norm, and return the gradient of the stream: zero where no target is."""
        grad_ND = self.scratch.take("grad", (run.tokens, self.layout.hidden), F32).zero_()
        x_MD = run.arena.take("last", (run.tokens, self.layout.hidden), F32)[run.packed.before_M]
        rstd_M = torch.rsqrt(x_MD.square().mean(-1) + self.layout.eps)
        grad_MD = torch.zeros_like(x_MD)
        dhidden_MD = dhidden_MD.to(self.dtype).contiguous()
        self.ops.rms_norm_backward(dhidden_MD, x_MD, self.layout.final_norm, rstd_M, grad_MD, torch.empty_like(dhidden_MD))
        grad_ND[run.packed.before_M] = grad_MD
        return grad_ND

    def _copy_adapters(self) -> None:
        """Bring the adapters' float32 weights into the base's dtype, each B with its scale."""
        into = [copy for layer in self.layers for one in layer.joined for copy in one.copies()]
        values: list[Tensor] = []
        for layer in self.layers:
            for one in layer.joined:
                half = len(one.adapted)
                values += one.parameters[:half]
                values += torch._foreach_mul([p.detach() for p in one.parameters[half:]], one.scale) if half else []  # noqa: SLF001
        if into:
            with torch.no_grad():
                torch._foreach_copy_(into, values)


class _Through(torch.autograd.Function):
    """The decoder as one node."""

    @staticmethod
    def forward(ctx: Any, decoder: Decoder, packed: Packed, *parameters: Tensor) -> Tensor:  # noqa: ARG004 - for autograd
        """Return the hidden states before targets, (M, D)."""
        ctx.decoder, ctx.arena = decoder, decoder.borrow()
        hidden_MD, ctx.run, ctx.kept = decoder.forward(packed, ctx.arena, keep=True)
        return hidden_MD

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        """Return the gradients of the parameters."""
        grads = ctx.decoder.backward(ctx.run, ctx.kept, grad_outputs[0])
        ctx.decoder.give_back(ctx.arena)
        del ctx.arena, ctx.run, ctx.kept
        return None, None, *grads
