"""The card of an artefact tells how much of the model was trained."""

from __future__ import annotations

from types import SimpleNamespace

from burnish.export.card import _plan


def test_the_card_tells_the_share_of_trained_weights():
    """With both numbers; a version from before they were kept says nothing of it."""
    facts = {
        "method": "sft",
        "steps": 3,
        "train_seconds": 1.0,
        "loss_first": 2.0,
        "loss_last": 1.0,
        "loss_epochs": (),
        "loss_start": None,
    }
    facts |= {"trainable_parameters": 4_884_480, "base_parameters": 134_515_008}
    told, untold = (
        _plan(SimpleNamespace(version=SimpleNamespace(run=SimpleNamespace(**facts, trained_share=share), folder=None)))
        for share in (4_884_480 / (4_884_480 + 134_515_008), None)
    )

    assert "4,884,480 of 139,399,488 (3.50%)" in told
    assert "trained weights" not in untold
