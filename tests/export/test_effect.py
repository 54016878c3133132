"""What a proof says of an adapter's effect: shown, refuted, or hidden by rounding, which is told and never passed over."""

from __future__ import annotations

import pytest
import torch

from burnish.errors import DataError
from burnish.export import make
from burnish.export.compare import checks, kept_effect, whole
from burnish.export.proof import TOLERANCES, Check
from burnish.export.reference import Reference, Walk
from toys import SEED

VOCABULARY, WALKS, STEPS = 50, 8, 4


def reference(moved: float) -> Reference:
    """Return a trained model that differs from its base by random logits of this spread, on eight conversations."""
    draw = torch.Generator().manual_seed(SEED)
    base_PV = torch.randn((WALKS * STEPS, VOCABULARY), generator=draw)
    trained_PV = base_PV + moved * torch.randn(base_PV.shape, generator=draw)
    walks = tuple(Walk(probe=None, prompt=(1,), answer=tuple(range(STEPS - 1))) for _ in range(WALKS))
    return Reference(walks, trained_PV.log_softmax(-1), base_PV.log_softmax(-1), "float32")


def rounded(logprobs_PV, noise: float):
    """Return distributions with rounding noise of this spread in the logits."""
    draw = torch.Generator().manual_seed(SEED + 1)
    return whole((logprobs_PV + noise * torch.randn(logprobs_PV.shape, generator=draw)).log_softmax(-1))


def effect(one: Reference, seen, quant: str) -> Check:
    """Return the check of the effect."""
    return checks(one, seen, TOLERANCES[quant])[0]


def test_a_large_training_is_shown():
    """An artefact of a clearly trained model holds its effect, and says how much."""
    one = reference(0.5)
    found = effect(one, rounded(one.trained_PV, 0.05), "q8_0")

    assert (found.passed, found.shown) == (True, True)
    assert found.figures["training_moved_nats"] > 2 * TOLERANCES["q8_0"].divergence


def test_a_small_training_under_much_rounding_is_not_shown_and_not_refused():
    """Where rounding is as large as the training nobody can tell, and the check says so in its word."""
    one = reference(0.1)
    found = effect(one, rounded(one.trained_PV, 0.6), "q4_0")

    assert found.figures["training_moved_nats"] < 2 * TOLERANCES["q4_0"].divergence
    assert (found.passed, found.shown, found.word) == (True, False, "not shown")
    assert "cannot be told" in found.seen


def test_a_small_training_that_rounding_left_alone_is_shown():
    """A small effect under smaller rounding is there by its interval, though this kind would be allowed to hide it."""
    one = reference(0.1)

    assert effect(one, rounded(one.trained_PV, 0.01), "q8_0").shown


@pytest.mark.parametrize("quant", ["f16", "q8_0", "q4_0"])
def test_an_adapter_that_is_not_there_is_refuted_however_small_the_training(quant):
    """The base in the place of the merged model fails also where the training was less than the kind may round."""
    one = reference(0.1)
    found = effect(one, rounded(one.base_PV, 0.005), quant)

    assert not found.passed
    assert found.figures["kept"] < 0.1


def test_the_interval_is_that_of_the_conversations():
    """Without rounding all of the effect is there and the interval has no width; with it, it holds the truth."""
    one = reference(0.3)
    exact, noisy = kept_effect(one, whole(one.trained_PV)), kept_effect(one, rounded(one.trained_PV, 0.3))

    assert (exact.low, exact.part, exact.high) == pytest.approx((1, 1, 1))
    assert noisy.low < 1 < noisy.high
    assert noisy.low < noisy.part < noisy.high


def check(*, passed: bool, shown: bool) -> Check:
    """Return what a suite would say."""
    return Check(name="its answers", passed=passed, shown=shown, seen="-0.3", remedy="more bits")


def exported(project, out, judge):
    """Export the cheapest kind with a judge."""
    return make.export("adapter", "live", out, quant="q8_0", home=str(project), report=lambda _: None, judge=judge)


def test_what_is_not_shown_stands_in_the_card_and_the_export_succeeds(project, tmp_path):
    """The artefact is there; its card says in bold what was not shown."""
    done = exported(project, tmp_path / "out", lambda folder: check(passed=True, shown=False))

    assert done.proof.passed
    card = (done.folder / "README.md").read_text()
    assert "passed, but **not shown: its answers**" in card
    assert "| not shown | its answers | -0.3 |" in card


def test_answers_that_are_worse_export_nothing(project, tmp_path):
    """A suite that the artefact answers worse fails the export like any other check; the artefact is asked where it was built."""
    asked = []
    done = exported(
        project, tmp_path / "out", lambda folder: (asked.append(folder.is_dir()), check(passed=False, shown=False))[1]
    )

    assert asked == [True]
    assert not done.proof.passed
    assert [path.name for path in tmp_path.iterdir()] == ["out.failed-proof.json"]


def test_a_suite_that_cannot_be_asked_leaves_nothing(project, tmp_path):
    """A fault while the suite is asked is told, and there is nothing at the artefact's place."""

    def broken(folder):
        raise DataError("there is no suite", seen="x")

    with pytest.raises(DataError, match="no suite"):
        exported(project, tmp_path / "out", broken)
    assert list(tmp_path.iterdir()) == []
