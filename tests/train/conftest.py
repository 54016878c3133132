"""A toy base model, loaded once; every test gives it back as it was."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def base(toy_folder):
    """Return the toy Llama in float32, frozen."""
    from burnish.model.load import load_model

    return load_model(toy_folder, dtype="float32")
