"""A version's rows are opened with the encoder that read them, or the error says how to get it."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from toy_house import ROWS, saved

from burnish.errors import ModelError, RegistryError
from burnish.model.embed import Embedder
from burnish.model.encoders import encoder_folder
from burnish.records.conversation import Message
from burnish.retrieval import opening as module
from burnish.retrieval.files import save_rows
from burnish.retrieval.index import make_vectors
from burnish.retrieval.opening import encoder_here, open_encoder, open_memory
from toys import SEED, toy_tokenizer_files

MPNET, MINILM = "all-mpnet-base-v2", "all-minilm-l6-v2"


@pytest.fixture(scope="module")
def toy_encoder(tmp_path_factory):
    """Return the folder of a toy BERT."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("encoder") / "bert"
    folder.mkdir()
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        BertModel(BertConfig(vocab_size=260, max_position_embeddings=64, **shape)).save_pretrained(folder)
    toy_tokenizer_files(folder, None)
    return folder


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    """Give a cache without encoders, and no encoder that is open already."""
    module._IN_USE.clear()
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))


def put(toy_encoder, name):
    """Put the toy encoder into the cache under a name."""
    return Path(shutil.copytree(toy_encoder, encoder_folder(name)))


def read_by(name, folder):
    """Save the toy rows as the encoder in the cache reads them."""
    encoder = open_encoder(name)
    save_rows(
        folder,
        saved(encoder=name, encoder_digest=encoder.digest, vectors=make_vectors(ROWS, encoder.vectors)),
    )
    return encoder


def test_a_version_without_rows_has_no_memory(tmp_path):
    """No memory.json, no memory."""
    assert open_memory(tmp_path / "memory") is None


def test_by_words_no_encoder_is_looked_for(tmp_path):
    """Rows found by words need no model."""
    save_rows(tmp_path, saved())

    assert len(open_memory(tmp_path).recall([Message(role="user", content="the dog")])) == 3


def test_the_encoder_comes_from_the_cache(tmp_path, toy_encoder):
    """A row's own question finds it, by the vectors of the encoder of that name; the files are followed."""
    put(toy_encoder, MINILM)
    read_by(MINILM, tmp_path / "memory")
    memory = open_memory(tmp_path / "memory")
    found = memory.look_up(ROWS[3].question)
    shutil.rmtree(tmp_path / "memory")

    assert found.rows == (ROWS[3],)
    assert found.scores[0] > 0.9
    assert memory.look_up(ROWS[3].question).rows == ()


def test_nothing_is_loaded_before_the_first_question(tmp_path, toy_encoder, monkeypatch):
    """Opening reads hashes only."""
    put(toy_encoder, MINILM)
    read_by(MINILM, tmp_path / "memory")
    monkeypatch.setattr(Embedder, "_load", lambda self: 1 / 0)
    memory = open_memory(tmp_path / "memory")

    with pytest.raises(ZeroDivisionError):
        memory.look_up("key")


def test_an_encoder_that_is_not_here_is_told(tmp_path, toy_encoder):
    """The error names the encoder and what to type."""
    folder = put(toy_encoder, MPNET)
    read_by(MPNET, tmp_path / "memory")
    shutil.rmtree(folder)

    with pytest.raises(ModelError, match="all-mpnet-base-v2 is not on this machine yet") as caught:
        open_memory(tmp_path / "memory")
    assert caught.value.remedy == "type `burnish models pull all-mpnet-base-v2`"


def test_another_encoder_of_that_name_is_told(tmp_path, toy_encoder):
    """Vectors are only compared with vectors of the very same encoder."""
    folder = put(toy_encoder, MPNET)
    read_by(MPNET, tmp_path / "memory")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')

    with pytest.raises(ModelError, match="is not the one that this version's rows were read with") as caught:
        open_memory(tmp_path / "memory")
    assert "burnish models pull all-mpnet-base-v2" in caught.value.remedy


@pytest.mark.parametrize("name", ["another-encoder", "../all-minilm-l6-v2", ""])
def test_a_name_that_is_no_encoders_is_refused(tmp_path, toy_encoder, name):
    """What an imported memory.json names is never a way to another folder."""
    put(toy_encoder, MINILM)
    save_rows(tmp_path / "memory", saved(by_meaning=True, encoder=name))

    with pytest.raises(ModelError, match="no such encoder"):
        open_memory(tmp_path / "memory")


def test_damaged_rows_are_told(tmp_path):
    """A changed row is found when the memory is opened."""
    save_rows(tmp_path, saved())
    (tmp_path / "rows.jsonl").write_text("")

    with pytest.raises(RegistryError, match="damaged"):
        open_memory(tmp_path)


def test_the_best_encoder_here_is_named(toy_encoder):
    """Words, then the small one, then the large one as they come."""
    found = [encoder_here()]
    for name in (MINILM, MPNET):
        put(toy_encoder, name)
        found.append(encoder_here())

    assert found == ["words", MINILM, MPNET]


def test_open_versions_share_an_encoder(tmp_path, toy_encoder):
    """The weights are in memory once while anything uses them, and not after."""
    put(toy_encoder, MINILM)
    one = open_encoder(MINILM)
    same, gone = open_encoder(MINILM) is one, weakref.ref(one)
    del one
    gc.collect()

    assert same
    assert gone() is None


def test_importing_the_room_loads_no_torch():
    """Neither torch nor numpy nor transformers comes with the modules of this room."""
    rooms = ", ".join(f"burnish.retrieval.{name}" for name in ("index", "lexical", "support", "files", "recall", "opening"))
    code = (
        f"import sys, {rooms}\nprint([name for name in ('torch', 'transformers', 'numpy', 'safetensors') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
