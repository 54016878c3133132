"""The card of an artefact tells how much of the model was trained."""

from __future__ import annotations

from types import SimpleNamespace

from burnish.export.card import _plan


def test_the_card_tells_the_share_of_trained_weights():
    """With both numbers; a version from before they were kept says nothing of it."""
    facts = {"method": "sft", "steps": 3, "train_seconds": 1.0, "loss_epochs": (2.0, 1.0), "loss_start": None, "loss_kept": None}
    facts |= {"trainable_parameters": 4_884_480, "base_parameters": 134_515_008}
    told, untold = (
        _plan(SimpleNamespace(version=SimpleNamespace(run=SimpleNamespace(**facts, trained_share=share), folder=None)))
        for share in (4_884_480 / (4_884_480 + 134_515_008), None)
    )

    assert "4,884,480 of 139,399,488 (3.50%)" in told
    assert "trained weights" not in untold


def test_the_card_sets_losses_beside_their_own_kind():
    """Means of whole epochs, and the same rows before and after; a first step is beside nothing."""
    facts = {
        "method": "sft",
        "steps": 3,
        "train_seconds": 1.0,
        "trainable_parameters": 1,
        "base_parameters": 9,
        "trained_share": None,
    }
    facts |= {"loss_first": 2.48, "loss_epochs": (2.767, 2.606), "loss_start": 3.8, "loss_kept": 1.6, "loss_rows": "held-out"}
    told = _plan(SimpleNamespace(version=SimpleNamespace(run=SimpleNamespace(**facts), folder=None)))

    assert "mean training loss 2.767 in the first epoch, 2.606 in the last of 2" in told
    assert "3.800 before training, 1.600 after" in told
    assert "2.48" not in told
