"""Projections that read the same input, joined into one product, with their adapters beside them.

Legend: N tokens, I inputs, O outputs of all joined modules, R rank, P adapted modules among them.

The base is frozen, so its joined weight W_OI needs no gradient; the modules' own weights become views of it, and nothing is
kept twice. For an adapter A_RI, B_OR with scale s (Hu 2021, sec. 4.1): y = x W' + s (x A') B'. The scale is folded into the
copy of B that is multiplied with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from burnish.model.fast.fused import Fused
from burnish.model.fast.layout import NotTakenError
from burnish.model.fast.thin import Thin
from burnish.model.pages import let_go


@dataclass(slots=True, kw_only=True)
class Adapted:
    """One adapted module: where it stands in the joined product, and its parameters, float32."""

    outputs: slice
    a: Tensor
    b: Tensor


class Joined:
    """Some linear modules with the same input."""

    def __init__(self, modules: list[Any], ops: Any) -> None:
        self.ops = ops
        bases = [getattr(module, "base_layer", module) for module in modules]
        if any(type(base) is not torch.nn.Linear for base in bases):
            raise NotTakenError(f"its projections are {', '.join(sorted({type(base).__name__ for base in bases}))}")
        self.weight_OI = _joined(bases)
        self.bias_O = _joined_bias(bases)
        self.inputs, self.outputs = bases[0].in_features, len(self.weight_OI)
        self.adapted: list[Adapted] = []
        self.scale = 1.0
        end = 0
        for module, base in zip(modules, bases, strict=True):
            place, end = slice(end, end + base.out_features), end + base.out_features
            if hasattr(module, "lora_A"):
                self._adapt(module, place)
        ranks = [one.a.shape[0] for one in self.adapted]
        if len(set(ranks)) > 1:
            raise NotTakenError("its adapters differ in rank")
        self.rank = ranks[0] if ranks else 0
        outputs = [one.outputs for one in self.adapted]
        self.thin = Thin.of(ops, self.weight_OI, self.inputs, self.rank, outputs, self.scale)
        """The adapters' products in C, where they run; what follows is for everywhere else."""
        widths = [base.out_features for base in bases]
        whole = not self.adapted or self.thin is not None
        self.fused = Fused.of(ops, self.weight_OI, self.bias_O, widths, self.thin) if whole else None
        """All of it in one call, where that runs."""
        self.gated_in_c = False
        """Whether the gate before or behind it is part of that call: see `join_gate`."""
        plain = self.adapted if self.thin is None else []
        self.a_PI = self.weight_OI.new_empty(self.rank * len(plain), self.inputs)
        """The adapters' A under each other, (P R, I)."""
        self.bs = [self.weight_OI.new_empty(one.b.shape) for one in plain]
        """Each adapter's B times the scale."""

    @property
    def width(self) -> int:
        """Columns of all adapters' middles, P R."""
        return self.rank * len(self.adapted)

    @property
    def parameters(self) -> list[Tensor]:
        """The adapters' parameters: every A, then every B."""
        return [one.a for one in self.adapted] + [one.b for one in self.adapted]

    def copies(self) -> list[Tensor]:
        """Where the parameters are copied to before a pass, in the order of `parameters`; B's still wants its scale."""
        return [*torch.split(self.a_PI, self.rank), *self.bs] if self.bs else []

    def forward(self, x_NI: Tensor, out_NO: Tensor, middle_NP: Tensor) -> Tensor:
        """Fill `out_NO` with the product and `middle_NP` with x A', which the backward pass wants again."""
        if self.fused is not None:
            self.fused.forward(x_NI, middle_NP, out_NO)
            return out_NO
        self.ops.product(x_NI, self.weight_OI.T, out_NO)
        if self.bias_O is not None:
            out_NO += self.bias_O
        if self.thin is not None:
            self.thin.forward(x_NI, middle_NP, out_NO)
        elif self.adapted:
            self.ops.product(x_NI, self.a_PI.T, middle_NP)
            for place, one, b_OR in zip(self._middles(), self.adapted, self.bs, strict=True):
                self.ops.add_product(middle_NP[:, place], b_OR.T, out_NO[:, one.outputs])
        return out_NO

    def forward_gated(self, x_NI: Tensor, out_NO: Tensor, middle_NP: Tensor, act: Tensor, *, gelu: bool) -> None:
        """Do the same for a gate and what it gates; and fill `act`, (N, O / 2), with f(gate) up.

        Where `gated_in_c` is set, `out_NO` is filled in an order that only `backward_gated` knows.
        """
        if self.fused is not None and self.gated_in_c:
            self.fused.forward(x_NI, middle_NP, out_NO, act, gelu=gelu)
        else:
            self.forward(x_NI, out_NO, middle_NP)
            self.ops.gated(out_NO, act, gelu=gelu)

    def backward_gated(
        self, grad_NO: Tensor, gate_up: Tensor, dgate_up: Tensor, act_NI: Tensor, room: Callable[[], Tensor], *, gelu: bool
    ) -> Tensor:
        """Go back to the input and through the gate that it came from; return the gradient of the middle.

        Fills `dgate_up`, (N, 2 I), with the gradient of the gate and of what it gates, and `act_NI` with f(gate) up. `gate_up` is
        as `forward_gated` left it; `room` gives memory for the gradient of act where that is wanted.
        """
        if self.fused is not None and self.gated_in_c:
            dmiddle_NP = grad_NO.new_empty(len(grad_NO), self.width)
            self.fused.backward_gated(grad_NO, dmiddle_NP, gate_up, dgate_up, act_NI, gelu=gelu)
            return dmiddle_NP
        dact_NI = room()
        dmiddle_NP = self.backward_input(grad_NO, dact_NI)
        self.ops.gated_backward(gate_up, dact_NI, dgate_up, act_NI, gelu=gelu)
        return dmiddle_NP

    def backward_input(self, grad_NO: Tensor, out_NI: Tensor | None) -> Tensor:
        """Fill `out_NI`, where given, with the gradient of the input; return that of the middle, (N, P R)."""
        dmiddle_NP = grad_NO.new_empty(len(grad_NO), self.width)
        if self.fused is not None:
            self.fused.backward(grad_NO, dmiddle_NP, out_NI)
            return dmiddle_NP
        if out_NI is not None:
            self.ops.product(grad_NO, self.weight_OI, out_NI)
        if self.thin is not None:
            self.thin.backward(grad_NO, dmiddle_NP, out_NI)
        elif self.adapted:
            for one, b_OR, place in zip(self.adapted, self.bs, self._middles(), strict=True):
                self.ops.product(grad_NO[:, one.outputs], b_OR, dmiddle_NP[:, place])
            if out_NI is not None:
                self.ops.add_product(dmiddle_NP, self.a_PI, out_NI)
        return dmiddle_NP

    def backward_adapters(
        self, grad_NO: Tensor, x_NI: Tensor, middle_NP: Tensor, dmiddle_NP: Tensor, grads: list[Tensor]
    ) -> None:
        """Fill `grads` (float32, in the order of `parameters`)."""
        if self.thin is not None:
            self.thin.gradients(grad_NO, x_NI, middle_NP, dmiddle_NP, grads)
        elif self.adapted:
            half = len(self.adapted)
            for index, (place, one) in enumerate(zip(self._middles(), self.adapted, strict=True)):
                db_OR = self.ops.product(grad_NO[:, one.outputs].T, middle_NP[:, place], torch.empty_like(self.bs[index]))
                grads[half + index].copy_(db_OR).mul_(self.scale)
            da_PI = self.ops.product(dmiddle_NP.T, x_NI, torch.empty_like(self.a_PI))
            for index, place in enumerate(self._middles()):
                grads[index].copy_(da_PI[place])

    def backward(self, grad_NO: Tensor, x_NI: Tensor, middle_NP: Tensor, grads: list[Tensor], out_NI: Tensor | None) -> None:
        """Fill `grads`, and `out_NI`, where given, with the gradient of the input."""
        self.backward_adapters(grad_NO, x_NI, middle_NP, self.backward_input(grad_NO, out_NI), grads)

    def _middles(self) -> list[slice]:
        return [slice(start, start + self.rank) for start in range(0, self.width, self.rank)] if self.adapted else []

    def _adapt(self, module: Any, place: slice) -> None:
        name = "default"
        dropout = module.lora_dropout[name]
        more = module.use_dora.get(name) or module.lora_bias.get(name) or getattr(module, "lora_variant", {}).get(name)
        if list(module.lora_A) != [name] or more:
            raise NotTakenError("its adapter is no plain LoRA")
        if not isinstance(dropout, torch.nn.Identity) and dropout.p > 0:
            raise NotTakenError(f"lora.dropout is {dropout.p}")
        if self.adapted and self.scale != float(module.scaling[name]):
            raise NotTakenError("its adapters differ in scale")
        self.scale = float(module.scaling[name])
        self.adapted.append(Adapted(outputs=place, a=module.lora_A[name].weight, b=module.lora_B[name].weight))


def join_gate(gate_up: Joined, down: Joined) -> None:
    """Make the gate between two joined projections part of their calls to C, if both can."""
    both = gate_up.fused is not None and gate_up.fused.gated_tiles is not None and down.fused is not None
    gate_up.gated_in_c = down.gated_in_c = both


def _joined(bases: list[torch.nn.Linear]) -> Tensor:
    """Return the weights under each other, and make the modules' own weights views of them."""
    if len(bases) == 1:
        return bases[0].weight.detach()
    before = [base.weight.detach() for base in bases]
    joined = torch.cat(before)
    for base, part in zip(bases, torch.split(joined, [base.out_features for base in bases]), strict=True):
        base.weight.data = part
    if joined.device.type == "cpu":  # the file's own pages of them would stay beside the joined ones until the model goes
        let_go([(one.data_ptr(), one.nbytes) for one in before if one.is_contiguous()])
    return joined


def _joined_bias(bases: list[torch.nn.Linear]) -> Tensor | None:
    if all(base.bias is None for base in bases):
        return None
    return torch.cat(
        [base.bias.detach() if base.bias is not None else base.weight.new_zeros(base.out_features) for base in bases]
    )
