"""The toys themselves."""

import tempfile
from pathlib import Path


def test_toy_folder_loads(toy_folder):
    """The toy model and tokenizer load by the field's own loaders and agree on the vocabulary."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(toy_folder)
    model = AutoModelForCausalLM.from_pretrained(toy_folder)

    assert len(tokenizer) == model.config.vocab_size == 260
    assert tokenizer.decode(tokenizer("hé <|im_end|>")["input_ids"]) == "hé <|im_end|>"


def test_the_cache_is_the_tests_own():
    """Nothing that a test keeps lies among a person's kept answers, hashes and timings, and none of theirs decides a test."""
    from burnish.model.cache import cache_folder

    assert cache_folder() != Path.home() / ".cache" / "burnish"
    assert cache_folder().is_relative_to(tempfile.gettempdir())
