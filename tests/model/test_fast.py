"""The fast step: the same loss and the same gradients as PEFT's own modules, rows apart, and every model it does not know named."""

from __future__ import annotations

import copy
import random
from dataclasses import replace

import pytest
import torch

from burnish.model.fast import compiled, join, plain
from burnish.model.fast.attach import operations, put_on
from burnish.model.fast.layout import NotTakenError
from burnish.model.fast.packed import pack
from burnish.model.fast.plain import Heads, Rows
from burnish.model.logprobs import supervised_loss
from burnish.records.example import Sequence
from toys import SEED

PAD = 0
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SIZES = {
    "vocab_size": 300,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "pad_token_id": PAD,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
FAMILIES = {
    "llama": {"tie_word_embeddings": True},
    "mistral": {"sliding_window": 13},
    "qwen2": {"use_sliding_window": True, "sliding_window": 9, "max_window_layers": 1},
    "qwen3": {"head_dim": 24, "tie_word_embeddings": False},
    "gemma": {"head_dim": 16},
    "gemma2": {
        "head_dim": 16,
        "sliding_window": 8,
        "query_pre_attn_scalar": 16,
        "attn_logit_softcapping": 5.0,
        "final_logit_softcapping": 3.0,
    },
    "gemma3_text": {
        "head_dim": 16,
        "sliding_window": 8,
        "query_pre_attn_scalar": 16,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
    },
}
"""Between them: tied and untied heads, biases, windows, head norms, caps, norms after each half, two rotations, GELU."""


def compiled_ops():
    """Return the C operations, or skip where they cannot be built."""
    try:
        return compiled.load()
    except compiled.Unavailable as reason:
        pytest.skip(str(reason))


def with_torchs_products():
    """Return the C operations as they are where the processor has a matrix unit: the large products are torch's."""
    ops = copy.copy(compiled_ops())
    ops.fused = None
    return ops


OPS = {"plain": lambda: plain, "C": compiled_ops, "C, torch's products": with_torchs_products}


def tiny(family, **more):
    """Return a random causal LM in float32, its norms and biases random too, so that none of them can be forgotten unseen."""
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(family, **SIZES, **FAMILIES.get(family, {}), **more), attn_implementation="eager"
    )
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.12 if parameter.dim() == 2 else 0.3, mean=float(parameter.data.mean()))
    return model.requires_grad_(requires_grad=False).eval()


def adapted(model, targets=ALL, rank=4, **more):
    """Return the model with an adapter of which A and B are random, float32, at 3 times its scale."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(SEED + 1)
    config = LoraConfig(r=rank, lora_alpha=3 * rank, target_modules=list(targets), task_type="CAUSAL_LM", **more)
    found = get_peft_model(model, config)
    for name, parameter in found.named_parameters():
        if "lora_" in name:
            parameter.data = torch.empty(parameter.shape).normal_(std=0.2 if "lora_A" in name else 0.05)
    return found


def rows(lengths=(3, 17, 60, 1, 120, 50)):
    """Return sequences of these lengths, of which about half of the tokens and always the last are supervised."""
    chance = random.Random(SEED)
    return [
        Sequence(
            ids=tuple(chance.randrange(3, 299) for _ in range(length)),
            supervised=(*(chance.random() < 0.5 for _ in range(length - 1)), True),
        )
        for length in lengths
    ]


def gradients(model):
    """Return the gradients of the adapter by name, and clear them."""
    found = {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}
    model.zero_grad()
    return found


def one_by_one(model, sequences):
    """Return loss and gradients by PEFT's own modules, each row alone."""
    total = 0.0
    for sequence in sequences:
        loss, targets = supervised_loss(model, [sequence], PAD)
        if targets:
            loss.backward()
            total += float(loss.detach())
    return total, gradients(model)


def worst(found, expected):
    """Return the largest relative error and the least cosine over all matrices."""
    assert found.keys() == expected.keys()
    errors = [float((found[name] - expected[name]).norm() / expected[name].norm()) for name in expected]
    cosines = [float(torch.cosine_similarity(found[n].flatten(), expected[n].flatten(), dim=0)) for n in expected]
    return max(errors), min(cosines)


@pytest.mark.parametrize("checkpointing", [False, True], ids=["kept", "checkpointing"])
@pytest.mark.parametrize("ops", OPS)
@pytest.mark.parametrize("family", FAMILIES)
def test_float32_gradients_are_those_of_peft(family, ops, checkpointing):
    """Packed with other rows, each adapter matrix has PEFT's gradient to 1e-5, and the loss agrees with and without gradients."""
    model = adapted(tiny(family))
    loss, expected = one_by_one(model, rows())
    put_on(model, checkpointing=checkpointing, ops=OPS[ops]())
    packed, targets = supervised_loss(model, rows(), PAD)
    packed.backward()
    error, _ = worst(gradients(model), expected)
    with torch.no_grad():
        judged, _ = supervised_loss(model, rows(), PAD)

    assert float(packed.detach()) == pytest.approx(loss, rel=1e-6)
    assert float(judged) == pytest.approx(loss, rel=1e-6)
    assert error < 1e-5
    assert targets == sum(sum(row.supervised[1:]) for row in rows())


@pytest.mark.parametrize("ops", OPS)
@pytest.mark.parametrize("family", FAMILIES)
def test_bfloat16_gradients_point_where_float32_ones_do(family, ops):
    """Cosine 0.999 or more for each adapter matrix against PEFT in float32 on the same weights, and the loss within 1 %."""
    loss, expected = one_by_one(adapted(tiny(family).to(torch.bfloat16).float()), rows())
    model = adapted(tiny(family).to(torch.bfloat16))
    put_on(model, ops=OPS[ops]())
    packed, _ = supervised_loss(model, rows(), PAD)
    packed.backward()
    _, cosine = worst(gradients(model), expected)

    assert float(packed.detach()) == pytest.approx(loss, rel=0.01)
    assert cosine >= 0.999


@pytest.mark.parametrize("targets", [["q_proj"], ["v_proj", "up_proj"], ["o_proj", "down_proj"]], ids=", ".join)
def test_any_subset_of_modules_may_be_adapted(targets):
    """Projections without an adapter still pass the gradient on."""
    model = adapted(tiny("llama"), targets)
    loss, expected = one_by_one(model, rows())
    put_on(model)
    packed, _ = supervised_loss(model, rows(), PAD)
    packed.backward()

    assert float(packed.detach()) == pytest.approx(loss, rel=1e-6)
    assert worst(gradients(model), expected)[0] < 1e-5


def test_rank_stabilised_scaling_is_kept():
    """Alpha over the root of the rank, as PEFT computes it."""
    model = adapted(tiny("llama"), use_rslora=True)
    loss, expected = one_by_one(model, rows())
    put_on(model)
    packed, _ = supervised_loss(model, rows(), PAD)
    packed.backward()

    assert float(packed.detach()) == pytest.approx(loss, rel=1e-6)
    assert worst(gradients(model), expected)[0] < 1e-5


@pytest.mark.parametrize("ops", OPS)
def test_rows_that_see_each_other_would_be_noticed(ops, monkeypatch):
    """The mutant: all rows taken for one. Its loss and gradients are far from those of the rows alone."""
    model = adapted(tiny("llama"))
    loss, expected = one_by_one(model, rows())
    put_on(model, ops=OPS[ops]())

    def as_one(sequences, device):
        packed = pack(sequences, device)
        return replace(packed, rows=Rows((0, packed.rows.starts[-1])))

    monkeypatch.setattr("burnish.model.logprobs.pack", as_one)
    mixed, _ = supervised_loss(model, rows(), PAD)
    mixed.backward()

    assert abs(float(mixed.detach()) - loss) > 1e-3 * loss
    assert worst(gradients(model), expected)[0] > 0.01


def test_two_passes_may_wait_for_their_backward():
    """Memory of a pass is not used by another one before its backward pass is done, as a loss of two passes needs."""
    model = adapted(tiny("llama"))
    first, second = rows()[:3], rows()[3:]
    put_on(model)
    for part in (first, second):
        supervised_loss(model, part, PAD)[0].backward()
    apart = gradients(model)
    (supervised_loss(model, first, PAD)[0] + supervised_loss(model, second, PAD)[0]).backward()

    assert worst(gradients(model), apart)[0] < 1e-6


def test_the_base_is_left_as_it_was():
    """Joined weights are the modules' own: the same values, and the same logits by transformers' own forward pass."""
    base = tiny("qwen2")
    before = {name: parameter.clone() for name, parameter in base.named_parameters()}
    ids = torch.tensor([rows()[2].ids])
    logits = base(ids).logits
    model = adapted(base)
    put_on(model)
    supervised_loss(model, rows(), PAD)[0].backward()
    base = model.unload()

    assert all(torch.equal(parameter, before[name]) for name, parameter in base.named_parameters())
    assert torch.equal(base(ids).logits, logits)


def test_nobody_reads_what_is_let_go(monkeypatch):
    """The memory that joined weights came from is given back; filled with noise instead, it changes nothing for anybody."""
    let_go = []
    monkeypatch.setattr(join, "let_go", let_go.extend)
    base = tiny("llama")
    own = [module.weight.data for name, module in base.named_modules() if name.endswith(("q_proj", "up_proj"))]
    ids = torch.tensor([rows()[2].ids])
    logits = base(ids).logits
    model = adapted(base)
    expected = one_by_one(model, rows())[0]
    put_on(model)
    places = {one.data_ptr(): one.nbytes for one in own}
    assert places.items() <= set(let_go)
    for one in own:
        one.fill_(float("nan"))

    assert float(supervised_loss(model, rows(), PAD)[0].detach()) == pytest.approx(expected, rel=1e-5)
    assert torch.equal(model.unload()(ids).logits, logits)


@pytest.mark.parametrize(
    ("family", "more", "reason"),
    [
        ("phi3", {}, "its architecture is phi3"),
        ("llama", {"hidden_act": "relu"}, "its activation is ReLU"),
        ("llama", {"attention_dropout": 0.1}, "attention dropout 0.1"),
        ("llama", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}}, "rotary embedding is dynamic"),
    ],
)
def test_a_model_it_does_not_know_is_refused_by_name(family, more, reason):
    """And goes through PEFT's own modules."""
    targets = ["o_proj", "down_proj"]
    with pytest.raises(NotTakenError, match=reason):
        put_on(adapted(tiny(family, **more), targets))


@pytest.mark.parametrize(
    ("more", "reason"), [({"lora_dropout": 0.1}, "lora.dropout is 0.1"), ({"use_dora": True}, "no plain LoRA")]
)
def test_an_adapter_it_does_not_know_is_refused_by_name(more, reason):
    """Dropout and other kinds of adapters."""
    with pytest.raises(NotTakenError, match=reason):
        put_on(adapted(tiny("llama"), **more))


def test_without_a_compiler_the_plain_form_runs(monkeypatch, tmp_path):
    """No cc on the PATH: the operations are torch's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    compiled.load.cache_clear()
    try:
        assert operations(torch.device("cpu")) is plain
    finally:
        compiled.load.cache_clear()


def test_a_compiler_that_fails_is_no_fault(monkeypatch, tmp_path):
    """A broken compiler leaves nothing in the cache, and the plain form runs."""
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho no such processor >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    compiled.load.cache_clear()
    try:
        with pytest.raises(compiled.Unavailable, match="no such processor"):
            compiled.load()
        assert list((tmp_path / "cache").rglob("*.so")) == []
    finally:
        compiled.load.cache_clear()


def heads(lengths, after=(), **more):
    """Return the layout of rows end to end, with 4 heads 24 wide over 2 key-value heads."""
    starts = (0, *(sum(lengths[: i + 1]) for i in range(len(lengths))))
    given = {"heads": 4, "kv_heads": 2, "width": 24, "scale": 0.3, **more}
    return Heads(rows=Rows(starts, after), **given)


def attended(ops, at, qkv, dout):
    """Return attention's output, its sums and its three gradients."""
    n = len(qkv)
    out, lse = torch.empty(n, at.heads * at.width, dtype=qkv.dtype), torch.empty(n, at.heads)
    grads = tuple(torch.empty(n, at.heads, at.width) for _ in range(3))
    scratch = torch.empty(ops.scratch_floats(at.rows.longest, at.width))
    ops.attention(at, qkv, out, lse, scratch)
    ops.attention_backward(at, qkv, lse, dout, grads, scratch)
    return out, lse, *grads


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("more", [{}, {"window": 7}, {"window": 50}, {"cap": 2.0}, {"window": 5, "cap": 2.0}], ids=str)
@pytest.mark.parametrize("width", [24, 64])
def test_attention_in_c_is_attention(width, more, dtype):
    """Rows of 1 to 131 tokens, around every block boundary, windowed and capped, heads of whole vectors and not: as the plain form."""
    torch.manual_seed(SEED)
    at = heads((1, 5, 48, 49, 131, 96, 2), **{"width": width, "scale": 1.5 / width**0.5, **more})
    qkv = torch.randn(at.rows.starts[-1], (4 + 2 * 2) * width).to(dtype)
    dout = torch.randn(at.rows.starts[-1], 4 * width).to(dtype)
    limit = 2e-5 if dtype is torch.float32 else 0.02
    for found, expected in zip(attended(compiled_ops(), at, qkv, dout), attended(plain, at, qkv, dout), strict=True):
        assert float((found.float() - expected.float()).norm() / expected.float().norm()) < limit


def passes(ops, dtype):
    """Return what every element-wise operation makes of the same random numbers, by name."""
    torch.manual_seed(SEED)
    n, d, i, h, k, e = 7, 40, 51, 3, 1, 10
    x, y, w, dy = torch.randn(n, d), torch.randn(n, d).to(dtype), torch.randn(d), torch.randn(n, d).to(dtype)
    gate_up, dact = torch.randn(n, 2 * i).to(dtype) * 3, torch.randn(n, i).to(dtype)
    found = {}

    def room(*shape, kind=dtype):
        return torch.zeros(shape, dtype=kind)

    normed, rstd, total = room(n, d), room(n, kind=torch.float32), room(n, d, kind=torch.float32)
    ops.add_rms_norm(x, y, total, w, 1e-5, normed, rstd)
    found |= {"sum": total, "normed of sum": normed, "rstd": rstd}
    plainly, only = room(n, d), room(n, kind=torch.float32)
    ops.rms_norm(x, w, 1e-5, plainly, only)
    added = room(n, d, kind=torch.float32)
    ops.add(x, y, added)
    grad, cast = torch.ones(n, d), room(n, d)
    ops.rms_norm_backward(dy, x, w, only, grad, cast)
    found |= {"normed": plainly, "added": added, "grad": grad, "cast": cast}
    for gelu in (False, True):
        act, again, dgate_up = room(n, i), room(n, i), room(n, 2 * i)
        ops.gated(gate_up, act, gelu=gelu)
        ops.gated_backward(gate_up, dact, dgate_up, again, gelu=gelu)
        found |= {f"act {gelu}": act, f"again {gelu}": again, f"dgate_up {gelu}": dgate_up}
    raw, cos, sin = torch.randn(n, (h + 2 * k) * e).to(dtype), torch.rand(n, e), torch.rand(n, e)
    at = heads((n,), heads=h, kv_heads=k, width=e)
    for norms in ((None, None), (torch.randn(e), torch.randn(e))):
        turned, rstd_heads = room(n, (h + 2 * k) * e), room(n, h + k, kind=torch.float32)
        ops.turn(at, raw, turned, cos, sin, norms, 1e-5, rstd_heads)
        by_head = tuple(torch.randn(n, h, e) for _ in range(3))
        back = room(n, (h + 2 * k) * e)
        ops.turn_backward(at, by_head, raw, back, cos, sin, norms, rstd_heads)
        found |= {f"turned {norms[0] is None}": turned, f"turned back {norms[0] is None}": back}
    logits, loss = torch.randn(n, 97).to(dtype) * 4, room(n, kind=torch.float32)
    ops.cross_entropy(logits, torch.arange(n), loss, backward=True)
    return found | {"logits": logits, "loss": loss}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_every_operation_in_c_is_the_plain_one(dtype):
    """Widths that no vector divides: equal to rounding (2e-6 in float32, one step of bfloat16)."""
    found, expected = passes(compiled_ops(), dtype), passes(plain, dtype)

    assert found.keys() == expected.keys()
    for name, value in expected.items():
        limit = 2e-6 if value.dtype is torch.float32 else 0.004
        assert float((found[name].float() - value.float()).norm() / value.float().norm()) < limit, name


def test_what_is_not_finite_stays_so():
    """A NaN or an infinity in the logits makes the loss NaN or infinite, so that the step is not taken."""
    for bad in (float("nan"), float("inf")):
        for ops in (compiled_ops(), plain):
            logits, loss = torch.zeros(1, 50), torch.zeros(1)
            logits[0, 7] = bad
            ops.cross_entropy(logits, torch.tensor([3]), loss, backward=True)
            assert not torch.isfinite(loss).all()


def test_results_in_c_do_not_depend_on_the_threads():
    """One thread or two: the same bits, since no sum is split between threads."""
    before = torch.get_num_threads()
    at = heads((30, 70, 11))
    torch.manual_seed(SEED)
    qkv, dout = torch.randn(111, 8 * 24), torch.randn(111, 4 * 24)
    results = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append([*passes(compiled_ops(), torch.bfloat16).values(), *attended(compiled_ops(), at, qkv, dout)])
    finally:
        torch.set_num_threads(before)

    assert all(torch.equal(one, two) for one, two in zip(*results, strict=True))
