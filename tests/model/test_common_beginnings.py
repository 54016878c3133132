"""What rows begin with in common is computed once, and every loss, gradient and answer is as if it had been computed in each."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given, strategies as st
from test_fast import FAMILIES, OPS, PAD, adapted, attended, compiled_ops, gradients, heads, one_by_one, tiny, worst

from burnish.model.fast import plain
from burnish.model.fast.attach import put_on
from burnish.model.fast.packed import KINDRED, families, pack
from burnish.model.fast.plain import Rows
from burnish.model.logprobs import supervised_loss
from burnish.records.example import Sequence
from toys import SEED

CPU = torch.device("cpu")


def talks(common=20, own=(3, 17, 60, 9), start=0):
    """Return conversations that begin with the same tokens, and end with targets; the first target comes after two own tokens."""
    chance = random.Random(SEED + start)
    shared = tuple(chance.randrange(3, 299) for _ in range(common))
    return [
        Sequence(
            ids=shared + tuple(chance.randrange(3, 299) for _ in range(length)),
            supervised=(False,) * (common + 2) + (True,) * (length - 2),
        )
        for length in own
    ]


def mixed():
    """Return two families of conversations, a row that is alone, and one without a target."""
    alone, silent = talks(common=0, own=(30,), start=3)[0], talks(own=(12,))[0]
    return [talks()[0], *talks(common=51, own=(40, 8), start=1), *talks()[1:], alone, replace(silent, supervised=(False,) * 32)]


@pytest.mark.parametrize("checkpointing", [False, True], ids=["kept", "checkpointing"])
@pytest.mark.parametrize("ops", OPS)
@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_those_of_peft_one_row_at_a_time(family, ops, checkpointing):
    """Sliding windows, capped scores and head norms included: 1e-5 in float32, and far fewer tokens are computed."""
    model = adapted(tiny(family))
    loss, expected = one_by_one(model, mixed())
    put_on(model, checkpointing=checkpointing, ops=OPS[ops]())
    together, _ = supervised_loss(model, mixed(), PAD)
    together.backward()
    with torch.no_grad():
        judged, _ = supervised_loss(model, mixed(), PAD)

    assert len(pack(mixed(), CPU).ids_N) == sum(len(one.ids) for one in mixed()) - 4 * 20 - 51
    assert float(together.detach()) == pytest.approx(loss, rel=1e-6)
    assert float(judged) == pytest.approx(loss, rel=1e-6)
    assert worst(gradients(model), expected)[0] < 1e-5


@pytest.mark.parametrize("ops", OPS)
def test_bfloat16_gradients_point_where_float32_ones_do(ops):
    """Cosine 0.999 or more for each adapter matrix, as without sharing."""
    loss, expected = one_by_one(adapted(tiny("qwen3").to(torch.bfloat16).float()), mixed())
    model = adapted(tiny("qwen3").to(torch.bfloat16))
    put_on(model, ops=OPS[ops]())
    together, _ = supervised_loss(model, mixed(), PAD)
    together.backward()

    assert float(together.detach()) == pytest.approx(loss, rel=0.01)
    assert worst(gradients(model), expected)[1] >= 0.999


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("more", [{}, {"window": 7}, {"window": 50}, {"cap": 2.0}, {"window": 33, "cap": 2.0}], ids=str)
@pytest.mark.parametrize("width", [24, 64])
def test_attention_of_families_in_c_is_the_plain_one(width, more, dtype):
    """Families of one, two and four rows, around every block boundary, heads of whole vectors and not."""
    torch.manual_seed(SEED)
    given = {"width": width, "scale": 1.5 / width**0.5, **more}
    at = heads((48, 1, 49, 131, 5, 31, 96, 2), after=(-1, 0, 0, 0, -1, -1, 5, -1), **given)
    qkv = torch.randn(at.rows.starts[-1], (4 + 2 * 2) * width).to(dtype)
    dout = torch.randn(at.rows.starts[-1], 4 * width).to(dtype)
    found, expected = attended(compiled_ops(), at, qkv, dout), attended(plain, at, qkv, dout)

    for one, other in zip(found, expected, strict=True):
        limit = 1e-5 if dtype is torch.float32 else 0.01
        assert float((one.float() - other.float()).norm() / other.float().norm()) < limit


@pytest.mark.parametrize("more", [{}, {"window": 7}, {"window": 40, "cap": 2.0}], ids=str)
def test_attention_of_a_family_is_that_of_its_rows_written_out(more):
    """The plain form against whole rows: the same outputs, and the common part's gradient is the sum over the rows."""
    torch.manual_seed(SEED)
    shared, own = 30, (11, 48, 3)
    at = heads((shared, *own), after=(-1, 0, 0, 0), **more)
    qkv, dout = torch.randn(shared + sum(own), 8 * 24), torch.randn(shared + sum(own), 4 * 24)
    out, _, *grads = attended(plain, at, qkv, dout)
    total = [torch.zeros(shared, 4, 24) for _ in grads]
    for number, row in enumerate([None, 1, 2, 3]):
        mine = at.rows.own(row) if row else slice(0, 0)
        whole = torch.cat([qkv[:shared], qkv[mine]])
        # Every row carries the common part's own gradient from above once, in the first of them only.
        above = torch.cat([dout[:shared] if number == 0 else torch.zeros(shared, 4 * 24), dout[mine]])
        apart, _, *found = attended(plain, heads((len(whole),), **more), whole, above)
        assert torch.allclose(apart[shared:], out[mine], atol=1e-5)
        total = [sums + one[:shared] for sums, one in zip(total, found, strict=True)]
        for one, grad in zip(found, grads, strict=True):
            assert torch.allclose(one[shared:], grad[mine], atol=1e-4)

    assert all(torch.allclose(sums, grad[:shared], atol=1e-4) for sums, grad in zip(total, grads, strict=True))


def test_results_in_c_do_not_depend_on_the_threads():
    """One thread or two: a family's sums are added up in the order of its rows."""
    before = torch.get_num_threads()
    at = heads((30, 70, 11, 64), after=(-1, 0, 0, 0))
    torch.manual_seed(SEED)
    qkv, dout = torch.randn(175, 8 * 24), torch.randn(175, 4 * 24)
    results = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(attended(compiled_ops(), at, qkv, dout))
    finally:
        torch.set_num_threads(before)

    assert all(torch.equal(one, two) for one, two in zip(*results, strict=True))


def test_a_beginning_ends_before_the_place_of_a_first_target():
    """A token whose next one is a target stays the row's own, also where the rows go on alike."""
    same = Sequence(ids=tuple(range(30)), supervised=(False,) * 20 + (True,) * 10)
    assert families([same, same]) == [([same, same], 19)]
    assert pack([same, same], CPU).before_M.tolist() == [*range(19, 29), *range(30, 40)]


def test_a_row_that_ends_where_others_go_on_keeps_a_token():
    """Nothing is left of no row, and a row without targets may share all but its last token."""
    short = Sequence(ids=tuple(range(12)), supervised=(False,) * 12)
    long = Sequence(ids=tuple(range(40)), supervised=(False,) * 30 + (True,) * 10)
    assert families([short, long]) == [([short, long], 11)]


def test_little_in_common_is_not_shared():
    """Rows that part early, or have targets at once, stand alone."""
    early = Sequence(ids=tuple(range(30)), supervised=(False, True) * 15)
    assert families([early, early]) == [([early], 0), ([early], 0)]
    one, two = talks(common=KINDRED - 1, own=(5, 6))
    assert families([one, two]) == [([one], 0), ([two], 0)]


@given(st.lists(st.tuples(st.lists(st.integers(0, 1), max_size=25), st.lists(st.booleans(), max_size=25)), max_size=8))
def test_nothing_is_lost_of_any_rows(given_rows):
    """Whatever the rows: each one's tokens, positions and targets can be read back, in whole, from what is packed."""
    sequences = []
    for ids, flags in given_rows:
        size = min(len(ids), len(flags))
        if size:
            sequences.append(Sequence(ids=tuple(ids[:size]), supervised=tuple(flags[:size])))
    if not sequences:
        return
    packed = pack(sequences, CPU)
    rows, read, targets = packed.rows, [], []
    heads_of_families = {one for one in rows.after if one >= 0}
    for row in range(len(rows)):
        places = [*range(*rows.before(row).indices(99999)), *range(*rows.own(row).indices(99999))]
        assert packed.positions_N[places].tolist() == list(range(len(places)))
        found = [place for place in packed.before_M.tolist() if rows.own(row).start <= place < rows.own(row).stop]
        if row in heads_of_families:
            assert found == []
            continue
        first = len(places) - (rows.own(row).stop - rows.own(row).start)
        read.append((packed.ids_N[places].tolist(), [first + place - rows.own(row).start + 1 for place in found]))
        targets += [packed.ids_N[place + 1].item() for place in found]
    expected = [(list(one.ids), [i for i, flag in enumerate(one.supervised) if flag and i]) for one in sequences]

    assert sorted(read) == sorted(expected)
    assert sorted(targets) == sorted(packed.targets_M.tolist())
    assert isinstance(rows, Rows)
