"""load_tokenizer: a folder's tokenizer, or one clear error."""

import contextlib

import pytest
from tokens_toys import save_toy

from burnish.errors import ModelError
from burnish.tokens.encode import Encoder
from burnish.tokens.load import load_tokenizer


def test_a_folder_gives_its_tokenizer(tmp_path):
    """A folder with tokenizer.json gives a tokenizer that reads back what it wrote."""
    tokenizer = load_tokenizer(save_toy(tmp_path / "toy"))

    assert tokenizer.decode(tokenizer.encode("héllo")) == "héllo"


def test_the_toy_llama_has_a_tokenizer(toy_folder):
    """A model folder in Hugging Face layout gives its tokenizer."""
    assert load_tokenizer(toy_folder).eos_token == "<|endoftext|>"


def test_a_missing_folder_is_named(tmp_path):
    """A folder that is not there is one clear error."""
    with pytest.raises(ModelError) as caught:
        load_tokenizer(tmp_path / "nowhere")

    assert str(tmp_path / "nowhere") == caught.value.seen


@pytest.mark.parametrize("content", [None, "", "{}", "not json"])
def test_a_folder_without_a_readable_tokenizer_is_named(tmp_path, content):
    """An empty folder and a damaged tokenizer.json are each one clear error with a remedy."""
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError) as caught:
        load_tokenizer(tmp_path)

    assert str(tmp_path) in caught.value.what
    assert "tokenizer.json" in caught.value.remedy


def test_code_in_the_folder_is_never_run(tmp_path):
    """A tokenizer that asks for its own Python code is not run."""
    folder = save_toy(tmp_path / "toy", auto_map={"AutoTokenizer": ["evil.Evil", None]}, tokenizer_class="Evil")
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Evil: pass\n")
    with contextlib.suppress(ModelError):
        load_tokenizer(folder)

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("token", "others", "places"),
    [
        ({}, (), 2),
        ({"lstrip": True}, (), 0),
        ({"single_word": True}, (), 0),
        ({"normalized": True}, (), 0),
        ({}, ("a<|cut|>",), 0),
        ({}, ("a<|",), 0),
        ({}, ("<|cut|>b", "|>b"), 2),
        ({"content": " <|cut|>"}, (), 0),
        ({"content": "<|unsaid|>"}, (), 0),
    ],
)
def test_a_text_is_parted_only_where_no_token_can_reach_across(token, others, places):
    """Not before tokens that take white space along, look around them, are found in normalised text, or that another token reaches into."""
    from tokenizers import AddedToken, Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE(vocab={"a": 0, "b": 1, "<": 2}, merges=[]))
    backend.add_special_tokens([AddedToken(**({"content": "<|cut|>", "normalized": False} | token))])
    backend.add_tokens([AddedToken(other, normalized=False) for other in others])
    encoder = Encoder(PreTrainedTokenizerFast(tokenizer_object=backend), "a <|cut|>")

    assert places == encoder.cuts("a <|cut|>b<|cut|>" + encoder.mark("<|cut|>"))
