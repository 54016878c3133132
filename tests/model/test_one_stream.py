"""In a narrower dtype the stream of hidden states is there once, and the backward pass takes off what each half of a layer added."""

from __future__ import annotations

import pytest
import torch
from test_fast import OPS, PAD, adapted, gradients, rows, tiny, worst

from burnish.model.fast.attach import put_on
from burnish.model.fast.decoder import Run
from burnish.model.fast.packed import pack
from burnish.model.fast.tape import Arena
from burnish.model.logprobs import supervised_loss


def passed(family, dtype, ops, sequences, **more):
    """Return a decoder, its run over the rows, what its layers kept, and the gradient of what came out."""
    decoder = put_on(adapted(tiny(family).to(dtype)), ops=ops, **more)
    hidden_MD, run, kept = decoder.forward(pack(sequences, torch.device("cpu")), Arena(torch.device("cpu")), keep=True)
    return decoder, run, kept, torch.randn(hidden_MD.shape).to(dtype)


@pytest.mark.parametrize("ops", OPS)
@pytest.mark.parametrize("family", ["llama", "qwen3"])
def test_what_was_added_is_taken_off_again(family, ops):
    """After the backward pass the one stream holds the embeddings that it began with, to a rounding of float32."""
    decoder, run, kept, grad_MD = passed(family, torch.bfloat16, OPS[ops](), rows())
    stream_ND = kept[0].x
    assert not torch.allclose(stream_ND, decoder.layout.embedding(run.packed.ids_N).float(), atol=0.1)
    decoder.backward(run, kept, grad_MD)
    began_ND = decoder.layout.embedding(run.packed.ids_N).float()

    assert (stream_ND - began_ND).abs().max() < 1e-5 * stream_ND.abs().max()


@pytest.mark.parametrize(
    ("family", "dtype", "more", "once"),
    [
        ("llama", torch.bfloat16, {}, True),
        ("llama", torch.float32, {}, False),
        ("gemma2", torch.bfloat16, {}, False),
        ("llama", torch.bfloat16, {"checkpointing": True}, False),
    ],
    ids=["bfloat16", "float32", "norms after each half", "checkpointing"],
)
def test_where_the_stream_is_there_once(family, dtype, more, once):
    """Its memory is that of all layers, but where sums could not be undone or nothing would be saved."""
    _, _, kept, _ = passed(family, dtype, OPS["plain"](), rows(), **more)

    assert (len({one.x.data_ptr() for one in kept}) == 1) == once
    assert [one.taken_back for one in kept] == [once] * (len(kept) - 1) + [False]


@pytest.mark.parametrize("ops", OPS)
@pytest.mark.parametrize("every", [False, True], ids=["some targets", "every place a target"])
def test_gradients_are_those_of_a_stream_that_is_kept(ops, every, monkeypatch):
    """The same loss to the bit, and gradients as near as bfloat16 lets them be, whether the last layer goes on with all places or not."""
    sequences = [type(row)(ids=row.ids, supervised=(True,) * len(row.ids)) for row in rows()] if every else rows()

    def trained():
        model = adapted(tiny("llama").to(torch.bfloat16))
        put_on(model, ops=OPS[ops]())
        loss, _ = supervised_loss(model, sequences, PAD)
        loss.backward()
        return float(loss.detach()), gradients(model)

    loss, found = trained()
    monkeypatch.setattr(Run, "one_stream", False)
    expected_loss, expected = trained()
    error, cosine = worst(found, expected)

    assert loss == expected_loss
    assert cosine > 0.99999
    assert error < 3e-3
