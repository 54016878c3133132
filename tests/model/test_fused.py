"""A joined projection in one call to C is that of double precision, rounded once, whatever its tiles are; and so is the gate beside it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
import torch
from test_fast import FAMILIES, adapted, gradients, one_by_one, rows, tiny, worst
from test_thin import PAD, instruction, near

from burnish.model.fast import plain
from burnish.model.fast.attach import put_on
from burnish.model.fast.fused import Fused
from burnish.model.fast.thin import Packing, Thin
from burnish.model.logprobs import supervised_loss
from toys import SEED


@dataclass
class Case:
    """One joined projection's numbers, exact in bfloat16."""

    tokens: int
    inputs: int
    widths: tuple[int, ...]
    rank: int = 0
    """Of the adapters; 0: there are none."""
    which: tuple[int, ...] = ()
    """The modules that are adapted."""
    bias: bool = False

    def __post_init__(self):
        """Draw the numbers."""
        chance = torch.Generator().manual_seed(SEED)

        def draw(*shape):
            return torch.randn(*shape, generator=chance).bfloat16()

        outputs, self.scale = sum(self.widths), 2.0
        self.x, self.dy, self.w = draw(self.tokens, self.inputs), draw(self.tokens, outputs), draw(outputs, self.inputs)
        self.bias_O = draw(outputs) if self.bias else None
        ends = torch.tensor(self.widths).cumsum(0).tolist()
        self.places = [slice(ends[p] - self.widths[p], ends[p]) for p in self.which]
        self.a = [draw(self.rank, self.inputs).float() for _ in self.which]
        self.b = [draw(self.widths[p], self.rank).float() for p in self.which]
        ops, thin = instruction("fused"), None
        if self.rank:
            thin = Thin.of(ops, self.x, self.inputs, self.rank, self.places, self.scale)
            Packing([(thin, [*self.a, *self.b])])()
        self.fused = Fused.of(ops, self.w, self.bias_O, self.widths, thin)
        self.middle, self.dmiddle = (self.room(self.rank * len(self.which)) for _ in range(2))

    def room(self, width):
        """Return memory that nothing was written to yet."""
        return torch.full((self.tokens, width), torch.nan).bfloat16()

    def forward(self):
        """Return what comes out, in double precision of the middle that C found."""
        out = self.x.double() @ self.w.double().T + (0 if self.bias_O is None else self.bias_O.double())
        for p, place in enumerate(self.places):
            middle = self.middle[:, p * self.rank : (p + 1) * self.rank].double()
            out[:, place] += middle @ self.b[p].double().T * self.scale
        return out

    def backward(self):
        """Return the gradient of what came in, in double precision of the middle's gradient that C found."""
        found = self.dy.double() @ self.w.double()
        for p, a in enumerate(self.a):
            found += self.dmiddle[:, p * self.rank : (p + 1) * self.rank].double() @ a.double()
        return found


CASES = [
    (1, 2, (2,), {}),
    (7, 64, (96, 32, 34), {"rank": 16, "which": (0, 1, 2)}),
    (6, 62, (66,), {"rank": 8, "which": (0,), "bias": True}),
    (37, 96, (34, 66, 2), {"rank": 16, "which": (0, 2), "bias": True}),
    (211, 30, (130, 64), {"rank": 24, "which": (1,)}),
    (430, 576, (576, 192, 192), {"rank": 16, "which": (0, 1, 2)}),
    (13, 4102, (64, 96), {"rank": 16, "which": (0, 1)}),
    (9, 34, (4102,), {"rank": 16, "which": (0,)}),
]
"""Odd columns, halves that no column fills, modules left out, more numbers in a sum than are packed at once, one token and many."""


@pytest.mark.parametrize(("tokens", "inputs", "widths", "more"), CASES)
def test_each_product_is_that_of_double_precision(tokens, inputs, widths, more):
    """Middles, outputs, and their gradients: equal but for one rounding each."""
    case = Case(tokens, inputs, widths, **more)
    out, dx = case.room(sum(widths)), case.room(inputs)
    case.fused.forward(case.x, case.middle, out)
    case.fused.backward(case.dy, case.dmiddle, dx)

    near(out, case.forward())
    near(dx, case.backward())
    for p, place in enumerate(case.places):
        mine = slice(p * case.rank, (p + 1) * case.rank)
        near(case.middle[:, mine], case.x.double() @ case.a[p].double().T)
        near(case.dmiddle[:, mine], case.dy[:, place].double() @ case.b[p].double() * case.scale)


@pytest.mark.parametrize("gelu", [False, True])
@pytest.mark.parametrize(("tokens", "inner", "bias"), [(1, 32, False), (50, 96, True), (217, 128, False)])
def test_the_gate_beside_it_is_that_of_plain_arithmetic(tokens, inner, bias, gelu):
    """Forward, and back through it from the projection behind: in an order of its own between the two."""
    before = Case(tokens, 64, (inner, inner), rank=16, which=(0, 1), bias=bias)
    behind = Case(tokens, inner, (64,), rank=16, which=(0,))
    kept, act, again, dgate_up = before.room(2 * inner), before.room(inner), before.room(inner), before.room(2 * inner)
    before.fused.forward(before.x, before.middle, kept, act, gelu=gelu)
    behind.fused.backward_gated(behind.dy, behind.dmiddle, kept, dgate_up, again, gelu=gelu)

    gate_up = before.forward().bfloat16().float()
    expected, back = torch.empty(tokens, inner), torch.empty(tokens, 2 * inner)
    plain.gated_backward(gate_up, behind.backward().float(), back, expected, gelu=gelu)
    near(act, expected, steps=2.0)  # gate and up are rounded before they meet: one step of theirs is one of act's
    near(dgate_up, back, steps=2.0)
    assert torch.equal(again, act)


@pytest.mark.parametrize("along", [True, False])
@pytest.mark.parametrize(("tokens", "inputs", "outputs"), [(1, 2, 1), (19, 66, 300), (300, 64, 70), (5, 5000, 40)])
def test_a_product_alone_is_that_of_double_precision(tokens, inputs, outputs, along):
    """As the head's: with a weight by outputs or by inputs, and from a part of wider rows."""
    chance = torch.Generator().manual_seed(SEED)
    a = torch.randn(tokens, inputs + 6, generator=chance).bfloat16()[:, :inputs]
    b = torch.randn(outputs, inputs, generator=chance).bfloat16().T
    b = b if along else b.contiguous()
    out = torch.full((tokens, outputs), torch.nan).bfloat16()
    instruction("fused").product(a, b, out)

    near(out, a.double() @ b.double())


def test_results_do_not_depend_on_the_threads():
    """One thread, two or three, and so other tiles: the same bits."""
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            case = Case(331, 96, (64, 96), rank=16, which=(0, 1))
            out, dx = case.room(160), case.room(96)
            case.fused.forward(case.x, case.middle, out)
            case.fused.backward(case.dy, case.dmiddle, dx)
            found.append([case.middle, out, case.dmiddle, dx])
    finally:
        torch.set_num_threads(before)

    assert all(torch.equal(one, other) for more in found[1:] for one, other in zip(found[0], more, strict=True))


def test_two_threads_of_python_do_not_share_what_they_write_to():
    """Two models that compute at once, as in a server, have each its own numbers."""
    cases = [Case(64, 96, (64, 96), rank=16, which=(0, 1)), Case(97, 96, (32, 64), rank=16, which=(0,))]
    alone, found = [], [[], []]
    for case in cases:
        alone.append(case.room(sum(case.widths)))
        case.fused.forward(case.x, case.middle, alone[-1])

    def often(number):
        for _ in range(200):
            out = cases[number].room(sum(cases[number].widths))
            cases[number].fused.forward(cases[number].x, cases[number].middle, out)
            found[number].append(torch.equal(out, alone[number]))

    threads = [threading.Thread(target=often, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [[True] * 200] * 2 == found


def test_a_token_is_the_same_alone_and_among_others():
    """What a row's neighbours are changes no bit of it."""
    case, alone = Case(212, 96, (64, 96), rank=16, which=(0, 1)), Case(212, 96, (64, 96), rank=16, which=(0, 1))
    out, one = case.room(160), alone.room(160)[:1]
    case.fused.forward(case.x, case.middle, out)
    alone.fused.forward(case.x[210:211], alone.middle[:1], one)

    assert torch.equal(one[0], out[210])


@pytest.mark.parametrize(
    ("dtype", "inputs", "outputs"), [(torch.float32, 64, 64), (torch.bfloat16, 63, 64), (torch.bfloat16, 64, 63)]
)
def test_what_it_has_no_form_for_goes_the_general_way(dtype, inputs, outputs):
    """Other dtypes and odd sizes, and operations without C."""
    weight = torch.zeros(outputs, inputs, dtype=dtype)

    assert Fused.of(instruction("fused"), weight, None, [outputs], None) is None
    assert Fused.of(plain, torch.zeros(64, 64).bfloat16(), None, [64], None) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_no_farther_from_float32_than_the_general_ones(family, monkeypatch):
    """Whole models, rank 8: cosine 0.999 to PEFT's float32 gradients on the same weights, and as near as torch's own products."""
    ops, found = instruction("fused"), {}
    loss, expected = one_by_one(adapted(tiny(family).to(torch.bfloat16).float(), rank=8), rows())
    for way in ("fused", "general"):
        if way == "general":
            monkeypatch.setattr(ops, "fused", None)
        model = adapted(tiny(family).to(torch.bfloat16), rank=8)
        decoder = put_on(model, ops=ops)
        assert all((one.fused is not None) == (way == "fused") for one in decoder.layers[0].joined)
        packed, _ = supervised_loss(model, rows(), PAD)
        packed.backward()
        assert float(packed.detach()) == pytest.approx(loss, rel=0.01)
        found[way] = worst(gradients(model), expected)[1]

    assert found["fused"] >= 0.999
    assert 1 - found["fused"] < 1.5 * (1 - found["general"])
