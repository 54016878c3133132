"""The adapters' products in C are those of plain arithmetic, for every rank, width and number of tokens, and none is left out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from test_fast import FAMILIES, adapted, gradients, one_by_one, rows, tiny, worst

from burnish.model.fast import compiled, plain
from burnish.model.fast.attach import put_on
from burnish.model.fast.compiled import Unavailable
from burnish.model.fast.thin import Packing, Thin
from burnish.model.logprobs import supervised_loss
from toys import SEED

PAD = 0


def instruction(what="adapters"):
    """Return the C operations, or skip by name where the processor has not what `what` is made for."""
    try:
        ops = compiled.load()
    except Unavailable as error:
        pytest.skip(f"no compiled operations here: {error}")
    if getattr(ops, what) is None:
        pytest.skip(f"{what}: this processor has no bfloat16 dot product (AVX512-BF16), or a faster unit beside it (AMX)")
    return ops


@dataclass
class Case:
    """One joined projection's numbers, and what double precision makes of them."""

    tokens: int
    inputs: int
    widths: tuple[int, ...]
    rank: int

    def __post_init__(self):
        """Draw the numbers; those that are multiplied in bfloat16 are exact in it."""
        chance = torch.Generator().manual_seed(SEED)

        def draw(*shape):
            return torch.randn(*shape, generator=chance).bfloat16()

        self.scale, outputs, count = 2.0, sum(self.widths), len(self.widths)
        self.x, self.dy, self.out, self.dx = (draw(self.tokens, n) for n in (self.inputs, outputs, outputs, self.inputs))
        self.a = [draw(self.rank, self.inputs).float() for _ in self.widths]
        self.b = [draw(width, self.rank).float() for width in self.widths]
        ends = torch.tensor(self.widths).cumsum(0).tolist()
        self.places = [slice(end - width, end) for end, width in zip(ends, self.widths, strict=True)]
        self.thin = Thin.of(instruction(), self.x, self.inputs, self.rank, self.places, self.scale)
        self.middle, self.dmiddle = (torch.full((self.tokens, self.rank * count), torch.nan).bfloat16() for _ in range(2))
        self.grads = [torch.full_like(one, torch.nan) for one in (*self.a, *self.b)]
        Packing([(self.thin, [*self.a, *self.b])])()

    def columns(self, p):
        """Return one module's columns of a middle."""
        return slice(p * self.rank, (p + 1) * self.rank)


def near(got, wanted, *, steps=1.0):
    """Say that numbers are equal but for a rounding to bfloat16 (2^-8) of their own size, and of sums of that size."""
    size = wanted.double().square().mean().sqrt().clamp(min=1e-9)
    assert torch.isfinite(got).all()
    assert float(((got.double() - wanted.double()).abs() / (wanted.double().abs() + size)).max()) < steps * 2**-8


CASES = [
    (1, 32, (32,), 8),
    (2, 64, (96, 32, 32), 16),
    (37, 96, (34, 66), 16),
    (16, 62, (30,), 24),
    (100, 576, (576, 192, 192), 16),
]
CASES += [(53, 128, (40, 8), 64), (3, 2, (2,), 8)]


@pytest.mark.parametrize(("tokens", "inputs", "widths", "rank"), CASES)
def test_each_product_is_that_of_double_precision(tokens, inputs, widths, rank):
    """Odd tokens, widths that fill no vector, one to three modules, ranks of 8 to 64."""
    case = Case(tokens, inputs, widths, rank)
    x, dy, out, dx = (one.double() for one in (case.x, case.dy, case.out, case.dx))
    case.thin.forward(case.x, case.middle, case.out)
    case.thin.backward(case.dy, case.dmiddle, case.dx)
    case.thin.gradients(case.dy, case.x, case.middle, case.dmiddle, case.grads)
    on = torch.zeros_like(dx)
    for p, place in enumerate(case.places):
        a, b, mine = case.a[p].double(), case.b[p].double() * case.scale, case.columns(p)
        near(case.middle[:, mine], x @ a.T)
        near(case.out[:, place], out[:, place] + case.middle[:, mine].double() @ b.T)
        near(case.dmiddle[:, mine], dy[:, place] @ b)
        on += case.dmiddle[:, mine].double() @ a
        near(case.grads[p], case.dmiddle[:, mine].double().T @ x, steps=0.01)  # float32: nothing is rounded after the sum
        near(case.grads[len(widths) + p], case.scale * dy[:, place].T @ case.middle[:, mine].double(), steps=0.01)
    near(case.dx, dx + on)


def test_without_a_place_for_the_input_nothing_else_changes():
    """The first layer wants no gradient of its input, and gets the same gradient of the middle."""
    one, other = Case(21, 64, (96, 32), 16), Case(21, 64, (96, 32), 16)
    one.thin.backward(one.dy, one.dmiddle, one.dx)
    other.thin.backward(other.dy, other.dmiddle, None)

    assert torch.equal(one.dmiddle, other.dmiddle)


def test_results_do_not_depend_on_the_threads():
    """One thread or three: the same bits."""
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            case = Case(131, 96, (64, 96), 16)
            case.thin.forward(case.x, case.middle, case.out)
            case.thin.backward(case.dy, case.dmiddle, case.dx)
            case.thin.gradients(case.dy, case.x, case.middle, case.dmiddle, case.grads)
            found.append([case.middle, case.out, case.dmiddle, case.dx, *case.grads])
    finally:
        torch.set_num_threads(before)

    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_parameters_that_move_in_memory_are_read_where_they_are():
    """A state that is loaded into new tensors is multiplied with, and not what stood in the old ones."""
    case = Case(5, 32, (32,), 8)
    case.thin.forward(case.x, case.middle, case.out)
    first, parameters = case.middle.clone(), [*case.a, *case.b]
    packing = Packing([(case.thin, parameters)])
    packing()
    parameters[0] = parameters[0] * 2
    packing()
    case.thin.forward(case.x, case.middle, case.out)

    assert torch.equal(case.middle, first * 2)


@pytest.mark.parametrize(
    ("dtype", "rank", "inputs"), [(torch.float32, 16, 64), (torch.bfloat16, 12, 64), (torch.bfloat16, 16, 63)]
)
def test_what_it_has_no_form_for_goes_the_general_way(dtype, rank, inputs):
    """Other dtypes, ranks and odd sizes, and operations without C."""
    like = torch.zeros(1, dtype=dtype)

    assert Thin.of(instruction(), like, inputs, rank, [slice(0, 32)], 1.0) is None
    assert Thin.of(plain, torch.zeros(1).bfloat16(), 64, 16, [slice(0, 32)], 1.0) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_no_farther_from_float32_than_the_general_ones(family, monkeypatch):
    """Whole models, rank 8: cosine 0.999 to PEFT's float32 gradients on the same weights, and as near as torch's own products."""
    ops, found = instruction(), {}
    loss, expected = one_by_one(adapted(tiny(family).to(torch.bfloat16).float(), rank=8), rows())
    for way in ("thin", "general"):
        if way == "general":
            monkeypatch.setattr(ops, "adapters", None)
        model = adapted(tiny(family).to(torch.bfloat16), rank=8)
        decoder = put_on(model, ops=ops)
        assert all((one.thin is not None) == (way == "thin") for one in decoder.layers[0].joined)
        packed, _ = supervised_loss(model, rows(), PAD)
        packed.backward()
        assert float(packed.detach()) == pytest.approx(loss, rel=0.01)
        found[way] = worst(gradients(model), expected)[1]

    assert found["thin"] >= 0.999
    assert 1 - found["thin"] < 1.5 * (1 - found["general"])
