"""The cross-entropy of supervised tokens, with the head applied only where a target is, a few positions at a time.

Legend: B rows, T tokens, D width, N targets, V vocabulary.

Rows are padded on the right. A causal decoder's token never sees what stands after it, so padding changes no target's loss,
no attention mask is needed (which keeps the fast causal kernels), and each row's positions start at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence as Rows
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from burnish.model.fast.head import head_loss
from burnish.model.fast.packed import pack
from burnish.records.example import Sequence

CHUNK = 256
"""Targets whose logits are held at once: 256 x 49,152 float32 are 50 MB; all targets of a batch would be gigabytes."""


def _plain(logits: Tensor, _config: Any) -> Tensor:
    return logits


def _softcapped(logits: Tensor, config: Any) -> Tensor:
    cap: float | None = config.final_logit_softcapping
    return logits if cap is None else torch.tanh(logits / cap) * cap


def _multiplied(logits: Tensor, config: Any) -> Tensor:
    return logits * float(config.logit_scale)


def _divided(logits: Tensor, config: Any) -> Tensor:
    return logits / float(config.logits_scaling)


AFTER_HEAD: dict[str, Callable[[Tensor, Any], Tensor]] = {
    **dict.fromkeys(("llama", "qwen2", "qwen3", "mistral", "phi", "phi3", "gemma", "smollm3", "olmo2", "stablelm"), _plain),
    **dict.fromkeys(("gemma2", "gemma3_text"), _softcapped),
    **dict.fromkeys(("cohere", "cohere2"), _multiplied),
    "granite": _divided,
}
"""What a causal LM does to the head's output, by model_type: tested equal to its own logits. Other types go the slow, safe way."""


def head_kind(lm: Any) -> str:
    """Return how much of the head's output is held at once, by what a causal LM does to it.

    "plain": it is the logits, and the fast step's own operations make the loss of a few targets at a time; "changed": it is capped
    or scaled afterwards, a few targets at a time too; "whole": not known, so the model makes the logits of all tokens itself.
    """
    finish = AFTER_HEAD.get(lm.config.model_type)
    if finish is None:
        return "whole"
    uncapped = finish is _softcapped and lm.config.final_logit_softcapping is None
    return "plain" if (finish is _plain or uncapped) and lm.get_output_embeddings().bias is None else "changed"


def num_targets(sequence: Sequence) -> int:
    """Return how many tokens are targets: the supervised ones, except a first token, which nothing predicts."""
    return sum(sequence.supervised[1:])


def supervised_loss(model: Any, sequences: Rows[Sequence], pad_id: int) -> tuple[Tensor, int]:
    """Return (the summed cross-entropy of all targets in nats, the number of targets).

    The sum is a 0-d float32 tensor with a gradient for whatever in the model takes one. `model` is a causal LM or a PeftModel
    of one; the sequences go through it as one batch. No target: (0, 0), with no forward pass.
    """
    total = sum(num_targets(sequence) for sequence in sequences)
    if not total:
        return torch.zeros(()), 0
    lm = model.get_base_model() if hasattr(model, "get_base_model") else model
    fast = getattr(model, "fast", None)
    if fast is not None:
        return _packed_loss(fast, lm, sequences), total
    device = lm.get_input_embeddings().weight.device
    ids_BT = _padded([sequence.ids for sequence in sequences], pad_id).to(device)
    supervised_BT = _padded([sequence.supervised for sequence in sequences], pad_id=False).to(device)
    where_BT = supervised_BT[:, 1:]
    targets_N = ids_BT[:, 1:][where_BT]
    finish = AFTER_HEAD.get(lm.config.model_type)
    head = lm.get_output_embeddings()
    if finish is None or any(parameter.requires_grad for parameter in head.parameters()):
        mask_BT = _padded([(1,) * len(sequence.ids) for sequence in sequences], pad_id=0).to(device)
        logits_NV = lm(input_ids=ids_BT, attention_mask=mask_BT, use_cache=False).logits[:, :-1][where_BT]
        return functional.cross_entropy(logits_NV.float(), targets_N, reduction="sum"), total
    hidden_BTD = lm.get_decoder()(input_ids=ids_BT, use_cache=False).last_hidden_state
    hidden_ND = hidden_BTD[:, :-1][where_BT]
    loss: Tensor = _HeadLoss.apply(hidden_ND, targets_N, lambda hidden: finish(head(hidden), lm.config))  # type: ignore[no-untyped-call]
    return loss, total


@torch.inference_mode()
def each_loss(model: Any, sequences: Rows[Sequence], pad_id: int) -> list[float]:
    """Return the summed cross-entropy of each sequence's own targets, in nats; the sequences go through as one batch.

    What a training step adds up (`supervised_loss`), told row by row: by this one text is likelier than another.
    """
    lm = model.get_base_model() if hasattr(model, "get_base_model") else model
    device = lm.get_input_embeddings().weight.device
    ids_BT = _padded([sequence.ids for sequence in sequences], pad_id).to(device)
    where_BT = _padded([sequence.supervised for sequence in sequences], pad_id=False).to(device)[:, 1:]
    targets_N = ids_BT[:, 1:][where_BT]
    finish = AFTER_HEAD.get(lm.config.model_type)
    if finish is None:
        mask_BT = _padded([(1,) * len(sequence.ids) for sequence in sequences], pad_id=0).to(device)
        logits_NV = lm(input_ids=ids_BT, attention_mask=mask_BT, use_cache=False).logits[:, :-1][where_BT]
    else:
        hidden_ND = lm.get_decoder()(input_ids=ids_BT, use_cache=False).last_hidden_state[:, :-1][where_BT]
        logits_NV = finish(lm.get_output_embeddings()(hidden_ND), lm.config)
    loss_N = functional.cross_entropy(logits_NV.float(), targets_N, reduction="none")
    row_N = torch.arange(len(sequences), device=device)[:, None].expand_as(where_BT)[where_BT]
    sums_B = torch.zeros(len(sequences), dtype=torch.float32, device=device).index_add_(0, row_N, loss_N)
    return [float(value) for value in sums_B]


def last_logits(model: Any, **inputs: Any) -> Tensor:
    """Return the logits after the last token of each row, (B, V) float32. `inputs` are those of the model's forward.

    The head gets a (B, D) matrix of its own: from a slice of (B, T, D) torch multiplies row by row and copies the whole weight
    for each (measured: 900 MB for 16 rows at 49,152 words in bfloat16).
    """
    lm = model.get_base_model() if hasattr(model, "get_base_model") else model
    finish = AFTER_HEAD.get(lm.config.model_type)
    if finish is None or not hasattr(lm, "get_decoder"):
        found: Tensor = model(**inputs, logits_to_keep=1).logits[:, -1].float()
        return found
    hidden_BD = lm.get_decoder()(**inputs).last_hidden_state[:, -1].contiguous()
    return finish(lm.get_output_embeddings()(hidden_BD), lm.config).float()


def _packed_loss(fast: Any, lm: Any, sequences: Rows[Sequence]) -> Tensor:
    """Return the summed loss by the fast step: no padding, and where the head is plain its loss by the same operations."""
    packed = pack(sequences, lm.get_input_embeddings().weight.device)
    hidden_ND = fast.hidden(packed)
    finish, head = AFTER_HEAD[lm.config.model_type], lm.get_output_embeddings()
    if head_kind(lm) == "plain":
        return head_loss(fast, hidden_ND, packed.targets_M, head.weight)
    loss: Tensor = _HeadLoss.apply(hidden_ND, packed.targets_M, lambda hidden: finish(head(hidden), lm.config))  # type: ignore[no-untyped-call]
    return loss


def _padded(rows: list[Any], pad_id: int) -> Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([tuple(row) + (pad_id,) * (longest - len(row)) for row in rows])


class _HeadLoss(torch.autograd.Function):
    """Head and cross-entropy of a frozen head, by chunks: each chunk's gradient is found at once and its logits dropped."""

    @staticmethod
    def forward(ctx: Any, hidden_ND: Tensor, targets_N: Tensor, logits_of: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the summed loss, float32; keep the gradient with respect to the hidden states where one is wanted."""
        wanted = ctx.needs_input_grad[0]
        total = torch.zeros((), dtype=torch.float32, device=hidden_ND.device)
        grads = []
        for start in range(0, len(targets_N), CHUNK):
            piece = slice(start, start + CHUNK)
            with torch.set_grad_enabled(wanted):
                hidden = hidden_ND[piece].detach().requires_grad_(wanted)
                loss = functional.cross_entropy(logits_of(hidden).float(), targets_N[piece], reduction="sum")
            if wanted:
                grads.append(torch.autograd.grad(loss, hidden)[0])
            total += loss.detach()
        if wanted:
            ctx.save_for_backward(torch.cat(grads))
        return total

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient of the hidden states, (N, D)."""
        (grad_ND,) = ctx.saved_tensors
        return grad_ND * grad_outputs[0].to(grad_ND.dtype), None, None
