"""A decoder's forward and backward pass over packed rows, layer by layer, for a frozen base with LoRA adapters.

Legend: N tokens of all rows, M targets, D width, H heads, K key-value heads, E head width, I inner width, P adapter middles.

The stream of hidden states and its gradient are float32, so that roundings do not add up over the layers; what goes into a
product is in the base's dtype. Each layer keeps what its backward pass cannot make again cheaply (`_Kept`); norms and the
gated activation are made again. In a narrower dtype the stream is there once: a layer keeps what its halves added to it, in half the
memory, and the backward pass takes that off again (the way back of Gomez 2017, RevNets; here sums are undone to a rounding
of float32). With `checkpointing` a layer keeps only what came into it, and runs forward once more.

Of the last layer's stream only the places before targets are ever read, so after its attention it goes on with those alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from burnish.model.fast import plain
from burnish.model.fast.join import Joined, join_gate
from burnish.model.fast.layout import LayerLayout, Layout
from burnish.model.fast.packed import Packed
from burnish.model.fast.plain import Heads
from burnish.model.fast.sums import Sums, split
from burnish.model.fast.tape import Arena
from burnish.model.fast.thin import Packing

F32 = torch.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The rows of the last layer that are read afterwards: the places before targets."""

    rows_M: Tensor
    x: Tensor
    """Those rows of the stream, (M, D) float32."""
    attended: Tensor
    """And of what attention gave."""


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
    """What o_proj gave: wanted where a norm follows it, or where it is taken back."""
    middle: Tensor
    """The stream between attention and MLP, (N, D) float32."""
    rstd2: Tensor
    gate_up: Tensor
    down: Tensor
    """What down_proj gave: wanted where a norm follows it, or where it is taken back."""
    middles: tuple[Tensor, Tensor, Tensor, Tensor]
    """x A' of the four joined projections."""
    taken_back: bool
    """Whether `x` and `middle` are the one stream, which holds what the layer gave until the backward pass takes it back."""
    chosen: _Chosen | None
    """Rows that the layer goes on with after attention; None: all."""

    @property
    def after_attention(self) -> tuple[Tensor, Tensor]:
        """The stream, and what attention gave, as the layer goes on with them: (N, D) and (N, H E), or (M, ...) where chosen."""
        return (self.x, self.attended) if self.chosen is None else (self.chosen.x, self.chosen.attended)


class Layer:
    """One decoder layer with its projections."""

    def __init__(self, at: LayerLayout, number: int, ops: Any) -> None:
        attention, mlp = at.module.self_attn, at.module.mlp
        self.at, self.number = at, number
        self.qkv = Joined([attention.q_proj, attention.k_proj, attention.v_proj], ops)
        self.o = Joined([attention.o_proj], ops)
        self.gate_up = Joined([mlp.gate_proj, mlp.up_proj], ops)
        self.down = Joined([mlp.down_proj], ops)
        join_gate(self.gate_up, self.down)

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
        self.tokens, targets = len(packed.ids_N), len(packed.before_M)
        self.read = targets if 0 < targets < self.tokens else 0
        """Rows of the last layer that are read afterwards; 0: no choice is made."""
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

    def keep(self, layer: Layer, *, apart: bool) -> _Kept:
        """Return room for what a layer keeps: the layer's own, or one that all layers share in turn."""
        at, n, c, name = self.layout, self.tokens, self.dtype, f"{layer.number}" if apart else "shared"
        final, one_stream = layer.at is at.layers[-1], apart and self.one_stream
        back, chosen = one_stream and not final, self._chosen(name) if final and self.read else None
        m = n if chosen is None else self.read
        wide, normed = (at.heads + 2 * at.kv_heads) * at.head_width, layer.at.q_norm is not None

        def room(what: str, width: int, dtype: torch.dtype) -> Tensor:
            return self.arena.take(f"{name}.{what}", (n, width) if width else (n,), dtype)

        def later(what: str, width: int, dtype: torch.dtype) -> Tensor:
            return self.arena.take(f"{name}.{what}", (m, width) if width else (m,), dtype)

        qkv = room("qkv", wide, c)
        added = back or layer.at.post_norms is not None
        shared = self.scratch.take("projected", (m, at.hidden), c)
        x = self.arena.take("stream", (n, at.hidden), F32) if one_stream else room("x", at.hidden, F32)
        return _Kept(
            x=x,
            rstd1=room("rstd1", 0, F32),
            raw=room("raw", wide, c) if normed else qkv,
            rstd_heads=room("rstd_heads", at.heads + at.kv_heads, F32),
            qkv=qkv,
            lse=room("lse", at.heads, F32),
            attended=room("attended", at.heads * at.head_width, c),
            projected=later("projected", at.hidden, c) if added else shared,
            middle=x if back else later("middle", at.hidden, F32),
            rstd2=later("rstd2", 0, F32),
            gate_up=later("gate_up", 2 * at.inner, c),
            down=later("down", at.hidden, c) if added else shared,
            middles=tuple((later if i else room)(f"middle{i}", one.width or 1, c) for i, one in enumerate(layer.joined)),  # type: ignore[arg-type]
            taken_back=back,
            chosen=chosen,
        )

    @property
    def one_stream(self) -> bool:
        """Whether the stream can be there once: what is added to it must be as it was projected, and smaller than the stream."""
        return self.dtype != F32 and self.layout.layers[0].post_norms is None

    def _chosen(self, name: str) -> _Chosen:
        at = self.layout
        return _Chosen(
            rows_M=self.packed.before_M,
            x=self.arena.take(f"{name}.chosen.x", (self.read, at.hidden), F32),
            attended=self.arena.take(f"{name}.chosen.attended", (self.read, at.heads * at.head_width), self.dtype),
        )


def forward_layer(run: Run, layer: Layer, kept: _Kept, out_ND: Tensor) -> None:
    """Fill `kept` (whose `x` is there already) and `out_ND`, the stream after the layer: (M, D) where rows are chosen."""
    _attend(run, layer, kept)
    if kept.chosen is not None:
        torch.index_select(kept.x, 0, kept.chosen.rows_M, out=kept.chosen.x)
        torch.index_select(kept.attended, 0, kept.chosen.rows_M, out=kept.chosen.attended)
    _feed(run, layer, kept, out_ND)


def _attend(run: Run, layer: Layer, kept: _Kept) -> None:
    at, ops, eps = layer.at, run.ops, run.layout.eps
    normed = run.scratch.take("normed", (run.tokens, run.layout.hidden), run.dtype)
    ops.rms_norm(kept.x, at.norms[0], eps, normed, kept.rstd1)
    layer.qkv.forward(normed, kept.raw, kept.middles[0])
    cos, sin = run.turns[at.rope]
    heads = run.heads(at)
    ops.turn(heads, kept.raw, kept.qkv, cos, sin, (at.q_norm, at.k_norm), eps, kept.rstd_heads)
    ops.attention(heads, kept.qkv, kept.attended, kept.lse, run.attention_scratch)


def _feed(run: Run, layer: Layer, kept: _Kept, out_ND: Tensor) -> None:
    at, ops, eps = layer.at, run.ops, run.layout.eps
    x, attended = kept.after_attention
    normed = run.scratch.take("normed", (len(x), run.layout.hidden), run.dtype)
    layer.o.forward(attended, kept.projected, kept.middles[1])
    if at.post_norms is None:
        ops.add_rms_norm(x, kept.projected, kept.middle, at.norms[1], eps, normed, kept.rstd2)
    else:
        torch.add(x, _normed(kept.projected, at.post_norms[0], eps), out=kept.middle)
        ops.rms_norm(kept.middle, at.norms[1], eps, normed, kept.rstd2)
    act = run.scratch.take("act", (len(x), run.layout.inner), run.dtype)
    layer.gate_up.forward_gated(normed, kept.gate_up, kept.middles[2], act, gelu=run.layout.gelu)
    layer.down.forward(act, kept.down, kept.middles[3])
    if at.post_norms is None:
        ops.add(kept.middle, kept.down, out_ND)
    else:
        torch.add(kept.middle, _normed(kept.down, at.post_norms[1], eps), out=out_ND)


def backward_layer(run: Run, layer: Layer, kept: _Kept, grad_ND: Tensor, grads: list[Tensor], *, first: bool) -> Tensor:
    """Return the gradient of what came in from `grad_ND`, that of what the layer gave, in the same memory where no rows are chosen.

    Fills `grads` of its parameters. For the first layer the gradient of what came in is not wanted: the embedding is frozen.
    """
    grads_of = _split(grads, layer)
    dattended = _feed_backward(run, layer, kept, grad_ND, grads_of)
    if kept.chosen is not None:
        grad_ND = _spread(grad_ND, kept.chosen.rows_M, run.scratch.take("grad", tuple(kept.x.shape), F32))
        dattended = _spread(dattended, kept.chosen.rows_M, run.scratch.take("dattended", tuple(kept.attended.shape), run.dtype))
    _attend_backward(run, layer, kept, (grad_ND, dattended), grads_of[0], first=first)
    return grad_ND


def _spread(part: Tensor, rows_M: Tensor, whole: Tensor) -> Tensor:
    """Return `whole` with `part` in its rows, and zero elsewhere."""
    return whole.zero_().index_copy_(0, rows_M, part)


def _feed_backward(run: Run, layer: Layer, kept: _Kept, grad_ND: Tensor, grads_of: list[list[Tensor]]) -> Tensor:
    """Bring `grad_ND` back to the stream beside attention, and return the gradient of what attention gave."""
    at, ops, n, c = layer.at, run.ops, len(grad_ND), run.dtype
    take, attended = run.scratch.take, kept.after_attention[1]
    cast = take("cast", (n, run.layout.hidden), c)
    dout = _through_post_norm(run, grad_ND, kept.down, at, 1, cast)
    inner, dgate_up = (n, run.layout.inner), take("dgate_up", (n, 2 * run.layout.inner), c)
    act = take("act", inner, c)
    # act is made again here, before down's own gradients want it: its gradient needs the weights alone.
    dmiddle = layer.down.backward_gated(dout, kept.gate_up, dgate_up, act, lambda: take("dact", inner, c), gelu=run.layout.gelu)
    layer.down.backward_adapters(dout, act, kept.middles[3], dmiddle, grads_of[3])

    normed, dnormed = (take(name, (n, run.layout.hidden), c) for name in ("normed", "dnormed"))
    _norm_again(run, kept, (kept.middle, kept.down), at.norms[1], normed, kept.rstd2)
    layer.gate_up.backward(dgate_up, normed, kept.middles[2], grads_of[2], dnormed)
    ops.rms_norm_backward(dnormed, kept.middle, at.norms[1], kept.rstd2, grad_ND, cast)

    dprojected = _through_post_norm(run, grad_ND, kept.projected, at, 0, cast)
    dattended = take("dattended" if kept.chosen is None else "dattended.chosen", tuple(attended.shape), c)
    layer.o.backward(dprojected, attended, kept.middles[1], grads_of[1], dattended)
    return dattended


def _attend_backward(
    run: Run, layer: Layer, kept: _Kept, grads_in: tuple[Tensor, Tensor], grads_of: list[Tensor], *, first: bool
) -> None:
    """Add to the stream's gradient what comes back through attention. `grads_in`: of the stream, and of what attention gave."""
    grad_ND, dattended = grads_in
    at, ops, n, take = layer.at, run.ops, run.tokens, run.scratch.take
    normed, dnormed, cast = (take(name, (n, run.layout.hidden), run.dtype) for name in ("normed", "dnormed", "cast"))
    heads = run.heads(at)
    shape = (n, run.layout.heads, run.layout.head_width)
    by_head = take("dq", shape, F32), take("dk", shape, F32), take("dv", shape, F32)
    ops.attention_backward(heads, kept.qkv, kept.lse, dattended, by_head, run.attention_scratch)
    dqkv = take("dqkv", tuple(kept.qkv.shape), run.dtype)
    cos, sin = run.turns[at.rope]
    ops.turn_backward(heads, by_head, kept.raw, dqkv, cos, sin, (at.q_norm, at.k_norm), kept.rstd_heads)
    _norm_again(run, kept, (kept.x, kept.projected), at.norms[0], normed, kept.rstd1)
    layer.qkv.backward(dqkv, normed, kept.middles[0], grads_of, None if first else dnormed)
    if not first:
        ops.rms_norm_backward(dnormed, kept.x, at.norms[0], kept.rstd1, grad_ND, cast)


def _norm_again(run: Run, kept: _Kept, stream: tuple[Tensor, Tensor], w_D: Tensor, normed: Tensor, rstd: Tensor) -> None:
    """Make `normed` again, from the stream without what was added to it after that norm. `stream`: itself, and what was added."""
    x_ND, added_ND = stream
    if kept.taken_back:
        run.ops.take_off_rms_norm(x_ND, added_ND, w_D, run.layout.eps, normed, rstd)
    else:
        run.ops.rms_norm(x_ND, w_D, run.layout.eps, normed, rstd)


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
        joined = [one for layer in self.layers for one in layer.joined]
        self.pack = Packing([(one.thin, one.parameters) for one in joined if one.thin is not None])
        self.scratch = Arena(self.device, room)
        self._arenas: list[Arena] = []
        self.sums, self.summing = Sums(self.parameters), False
        """Where a step's gradients are added up, and whether a step is under way (sums.py)."""

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
        self.sums = Sums(self.parameters)

    def forward(self, packed: Packed, arena: Arena, *, keep: bool) -> tuple[Tensor, Run, list[_Kept]]:
        """Run all layers; with `keep` what the backward pass wants stays in the arena."""
        self._copy_adapters()
        run = Run(self.layout, self.ops, packed, arena, self.scratch, self.dtype)
        apart = keep and not self.checkpointing
        kept = [run.keep(layer, apart=apart) for layer in self.layers]
        if keep and self.checkpointing:
            for number, one in enumerate(kept):
                one.x = arena.take(f"{number}.x", tuple(one.x.shape), F32)
        last = arena.take("last", (run.read or run.tokens, self.layout.hidden), F32)
        if not keep:
            kept[0].x, last = self._two(run)
        kept[0].x.copy_(self.layout.embedding(packed.ids_N))
        for index, layer in enumerate(self.layers):
            if not keep and index:
                kept[index].x, last = last, kept[index - 1].x
            final = index == len(self.layers) - 1
            out_ND = last if final or not keep else kept[index + 1].x
            forward_layer(run, layer, kept[index], out_ND[: run.read] if final and run.read else out_ND)
        return self._final(run, last[: run.read] if run.read else last[packed.before_M]), run, kept

    def _two(self, run: Run) -> tuple[Tensor, Tensor]:
        shape = (run.tokens, self.layout.hidden)
        return self.scratch.take("stream0", shape, F32), self.scratch.take("stream1", shape, F32)

    def _final(self, run: Run, x_MD: Tensor) -> Tensor:
        out_MD = torch.empty(x_MD.shape, dtype=self.dtype, device=self.device)
        self.ops.rms_norm(x_MD, self.layout.final_norm, run.layout.eps, out_MD, x_MD.new_empty(len(x_MD)))
        return out_MD

    def backward(self, run: Run, kept: list[_Kept], dhidden_MD: Tensor) -> list[Tensor]:
        """Return the gradients of `parameters`, float32 each."""
        grad_ND = self._into_stream(run, dhidden_MD)
        flat = self.sums.room() if self.summing else torch.empty(sum(self.sums.sizes), dtype=F32, device=self.device)
        grads = split(flat, self.parameters)
        end = len(grads)
        for index in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[index]
            if self.checkpointing:
                forward_layer(run, layer, kept[index], self.scratch.take("again", tuple(grad_ND.shape), F32))
            start = end - len(layer.parameters)
            grad_ND = backward_layer(run, layer, kept[index], grad_ND, grads[start:end], first=index == 0)
            end = start
        return grads

    def _into_stream(self, run: Run, dhidden_MD: Tensor) -> Tensor:
        """Go back through the final norm, and return the gradient of what the last layer gave."""
        last = run.arena.take("last", (run.read or run.tokens, self.layout.hidden), F32)
        x_MD = last if run.read else last[run.packed.before_M]
        rstd_M = torch.rsqrt(x_MD.square().mean(-1) + self.layout.eps)
        grad_MD = torch.zeros_like(x_MD)
        dhidden_MD = dhidden_MD.to(self.dtype).contiguous()
        self.ops.rms_norm_backward(dhidden_MD, x_MD, self.layout.final_norm, rstd_M, grad_MD, torch.empty_like(dhidden_MD))
        if run.read:
            return grad_MD
        return _spread(grad_MD, run.packed.before_M, self.scratch.take("grad", (run.tokens, self.layout.hidden), F32))

    def _copy_adapters(self) -> None:
        """Bring the adapters' float32 weights into the base's dtype, each B with its scale."""
        self.pack()
        into = [copy for layer in self.layers for one in layer.joined for copy in one.copies()]
        values: list[Tensor] = []
        for layer in self.layers:
            for one in layer.joined:
                half = len(one.bs)
                if half:
                    values += one.parameters[:half]
                    values += torch._foreach_mul([p.detach() for p in one.parameters[half:]], one.scale)  # noqa: SLF001
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
        grads: list[Any] = ctx.decoder.backward(ctx.run, ctx.kept, grad_outputs[0])
        ctx.decoder.give_back(ctx.arena)
        del ctx.arena, ctx.run, ctx.kept
        if ctx.decoder.summing:
            ctx.decoder.sums.take()
            grads = [None] * len(grads)
        return None, None, *grads
