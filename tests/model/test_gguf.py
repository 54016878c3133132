"""A GGUF becomes a folder that transformers reads to the same scores, with the right tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from toy_gguf import toy_llama, write_gguf

from burnish import durable
from burnish.errors import ModelError, StorageError
from burnish.model.gguf import convert, pre_tokenizer_of
from burnish.model.load import load_model
from burnish.model.quiet import watch
from toys import CHATML

FIXTURES = Path(__file__).parent.parent / "fixtures" / "model"


@pytest.fixture(scope="module")
def gguf(tmp_path_factory):
    """Return a toy GGUF file."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "toy.gguf", toy_llama())


@pytest.fixture(scope="module")
def converted(gguf, tmp_path_factory):
    """Return the folder of the toy GGUF, converted once, and what was reported."""
    folder, lines = tmp_path_factory.mktemp("converted") / "toy", []
    convert(gguf, folder, lines.append)
    return folder, lines


def tokenizer_of(folder):
    """Return the tokenizer of a folder."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def test_scores_are_those_of_the_model(converted):
    """The converted model gives the scores of the model in the GGUF, rounded to bfloat16; its head is still tied."""
    model, truth = load_model(converted[0], dtype="float32"), toy_llama()
    for parameter in truth.parameters():
        parameter.data = parameter.data.bfloat16().float()
    ids = torch.arange(0, 250, 7)[None]

    torch.testing.assert_close(model(ids).logits, truth(ids).logits, atol=1e-5, rtol=1e-5)
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert "bfloat16" == json.loads((converted[0] / "config.json").read_text())["dtype"]


def test_files_are_exactly_these(converted):
    """The folder holds what is promised and no generation_config.json that could change answers unasked."""
    expected = ["chat_template.jinja", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]

    assert expected == sorted(path.name for path in converted[0].iterdir())
    assert CHATML == (converted[0] / "chat_template.jinja").read_text()


def test_numbers_are_cut_into_digits_first(converted):
    """Two spaces before a number are one token, as in the original tokenizer; transformers alone would split them."""
    assert ["x", "ĠĠ", "1", "2", "Ġ", "ab"] == tokenizer_of(converted[0]).tokenize("x  12 ab")


def test_special_tokens_are_single_and_none_is_added(converted):
    """Each special token is one id, and encoding adds no token of its own."""
    tokenizer = tokenizer_of(converted[0])

    assert [259, 65 - 1 - 32, 260] == tokenizer("<|im_start|>A<|im_end|>").input_ids
    assert "<|im_start|>A" == tokenizer.decode(tokenizer("<|im_start|>A").input_ids)


def test_progress_is_told(converted):
    """The conversion says what it does."""
    assert "converting toy.gguf" == converted[1][0]


def test_pre_tokenizer_is_found(gguf, tmp_path):
    """The name of the pre-tokenizer is read from the file, and is empty where there is none."""
    (tmp_path / "none.gguf").write_bytes(b"GGUF" + bytes(100))

    assert "smollm" == pre_tokenizer_of(gguf)
    assert "" == pre_tokenizer_of(tmp_path / "none.gguf")


def test_other_files_are_refused(tmp_path):
    """A file that is no GGUF, and one that is not there, are refused before anything is written."""
    (tmp_path / "page.gguf").write_text("<html>not found</html>")

    with pytest.raises(ModelError, match="is not a GGUF file"):
        convert(tmp_path / "page.gguf", tmp_path / "out", print)
    with pytest.raises(ModelError, match="cannot read"):
        convert(tmp_path / "gone.gguf", tmp_path / "out", print)
    assert not (tmp_path / "out").exists()


def test_cut_off_gguf_is_one_error(gguf, tmp_path):
    """An interrupted copy of a GGUF is a ModelError with the library's last word and a remedy."""
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(gguf.read_bytes()[:-5000])

    with pytest.raises(ModelError, match=r"cannot convert .*cut\.gguf") as caught:
        convert(cut, tmp_path / "out", lambda text: None)
    assert "Traceback" not in str(caught.value)
    assert "again" in caught.value.remedy


def test_full_disk_is_told_before_the_work(gguf, tmp_path, monkeypatch):
    """Where there is no room for the result nothing is begun."""
    monkeypatch.setattr(durable, "free_bytes", lambda folder: 10)

    with pytest.raises(StorageError, match="not enough room"):
        convert(gguf, tmp_path / "out", print)


def test_full_disk_in_the_child_is_a_storage_error(gguf, tmp_path, monkeypatch):
    """A disk that fills up during the conversion is told as such."""
    monkeypatch.setattr("burnish.model.gguf.watch", lambda *_: (1, "OSError: [Errno 28] No space left on device"))

    with pytest.raises(StorageError, match="cannot write"):
        convert(gguf, tmp_path / "out", print)


def test_long_work_is_told_every_two_seconds(monkeypatch):
    """A command that takes long is reported while it runs, and its output and status come back."""
    monkeypatch.setattr("burnish.model.quiet.WORD_SECONDS", 0.05)
    lines = []
    code, output = watch(["sh", "-c", "sleep 0.3; echo said; exit 3"], "working", lines.append)

    assert (3, "said\n") == (code, output)
    assert len(lines) >= 3


@pytest.mark.embedded
def test_embedded_tokenizer_is_right():
    """The embedded model's template, special tokens and digits are those that were published, and no token is added."""
    from burnish_embedded import embedded_folder

    folder = embedded_folder()
    tokenizer = tokenizer_of(folder)

    assert (FIXTURES / "SmolLM2-135M-Instruct.jinja").read_bytes() == (folder / "chat_template.jinja").read_bytes()
    assert [0, 1, 2] == tokenizer("<|endoftext|><|im_start|><|im_end|>").input_ids
    assert ["hi", "ĠĠ", "1", "Ġ", "2", "0", "2", "4"] == tokenizer.tokenize("hi  1 2024")
    assert ("<|im_start|>", "<|im_end|>", 49152) == (tokenizer.bos_token, tokenizer.eos_token, len(tokenizer))
    assert not (folder / "generation_config.json").exists()
