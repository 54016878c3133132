"""The toys themselves."""


def test_toy_folder_loads(toy_folder):
    """The toy model and tokenizer load by the field's own loaders and agree on the vocabulary."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(toy_folder)
    model = AutoModelForCausalLM.from_pretrained(toy_folder)

    assert len(tokenizer) == model.config.vocab_size == 260
    assert tokenizer.decode(tokenizer("hé <|im_end|>")["input_ids"]) == "hé <|im_end|>"
