"""A name becomes a folder that is whole and safe, or one clear error."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from burnish import durable
from burnish.errors import ModelError
from burnish.model import gguf
from burnish.model.folder import check_folder
from burnish.model.load import load_model
from burnish.model.source import EMBEDDED, cache_folder, resolve


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    """Give each test a cache of its own."""
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(toy_folder, tmp_path):
    """Return a copy of the toy model that a test may damage."""
    return shutil.copytree(toy_folder, tmp_path / "toy")


@pytest.fixture
def hub(monkeypatch, tmp_path, toy_folder):
    """Return a hub cache that holds the toy as `someone/toy`."""
    import huggingface_hub.constants as constants

    place = tmp_path / "hub"
    snapshot = place / "models--someone--toy" / "snapshots" / ("a" * 40)
    shutil.copytree(toy_folder, snapshot)
    (place / "models--someone--toy" / "refs").mkdir()
    (place / "models--someone--toy" / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(place))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return snapshot


def change(folder, **keys):
    """Put keys into config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))


def test_cache_folder(monkeypatch, tmp_path):
    """The cache is BURNISH_CACHE, or .cache/burnish at home."""
    assert tmp_path / "cache" == cache_folder()

    monkeypatch.delenv("BURNISH_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert tmp_path / ".cache" / "burnish" == cache_folder()


def test_folder(folder):
    """A folder is itself, with the sha256 of its weights."""
    source = resolve(str(folder))

    assert (str(folder), folder) == (source.name, source.folder)
    assert durable.sha256_of(folder / "model.safetensors") == source.weights_hash


def test_a_folder_of_an_encoder_is_told(folder):
    """A folder that says how tokens are pooled holds an encoder, whatever else is in it."""
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text("{}")

    with pytest.raises(ModelError, match="holds an encoder, not a base model"):
        resolve(str(folder))


def test_hash_is_remembered_and_follows_the_weights(folder, monkeypatch):
    """The weights are read once, and again when they change."""
    before = resolve(str(folder))
    counted = []
    monkeypatch.setattr(durable, "sha256_of", lambda path: counted.append(path) or "new")

    assert before == resolve(str(folder))
    assert [] == counted

    (folder / "model.safetensors").write_bytes(b"other")

    assert "new" == resolve(str(folder)).weights_hash


def test_cache_without_permission_only_costs_time(folder, monkeypatch, tmp_path):
    """A folder can be used although its hash cannot be noted."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "file"))

    assert folder == resolve(str(folder)).folder


def test_shards_have_one_hash(toy_folder, tmp_path):
    """The hash of a model in pieces is that of the sha256sum listing of its pieces."""
    load_model(toy_folder, dtype="float32").save_pretrained(tmp_path / "m", max_shard_size="20KB")
    shutil.copy(toy_folder / "tokenizer.json", tmp_path / "m")
    pieces = sorted((tmp_path / "m").glob("*.safetensors"))
    listing = "".join(f"{durable.sha256_of(piece)}  {piece.name}\n" for piece in pieces)

    assert hashlib.sha256(listing.encode()).hexdigest() == resolve(str(tmp_path / "m")).weights_hash

    pieces[1].unlink()

    with pytest.raises(ModelError, match=f"{pieces[1].name} is missing"):
        resolve(str(tmp_path / "m"))


def test_index_cannot_point_elsewhere(folder):
    """An index of shards that names a file outside the folder, or a pickle, is refused."""
    for name in ("../other.safetensors", "pytorch_model.bin", 3):
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))

        with pytest.raises(ModelError, match="no safetensors of this folder"):
            resolve(str(folder))


def test_pickle_only_is_refused(folder):
    """A folder with pickled weights only is refused, with the way out."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(ModelError, match="pickle files, which can run code"):
        resolve(str(folder))


def test_own_code_is_refused(folder):
    """A model that needs code from its folder is refused; one that merely brings some is read by the library's own code."""
    change(folder, auto_map={"AutoModelForCausalLM": "own.Own"})
    check_folder(folder)
    change(folder, model_type="own")

    with pytest.raises(ModelError, match="which burnish never runs"):
        check_folder(folder)


def test_quantized_is_refused(folder):
    """Weights that are stored quantized are refused."""
    change(folder, quantization_config={"quant_method": "gptq"})

    with pytest.raises(ModelError, match="stored quantized"):
        check_folder(folder)


def test_all_faults_at_once(tmp_path):
    """An empty folder lacks three things, and all are named in one error."""
    with pytest.raises(ModelError) as caught:
        check_folder(tmp_path)
    assert 3 == str(caught.value).count("is missing")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\udcff"])
def test_broken_config(folder, content):
    """A config.json that cannot be read is one fault."""
    (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(ModelError, match=r"config\.json cannot be read"):
        check_folder(folder)


def test_missing_tokenizer(folder):
    """A folder without a tokenizer is told so."""
    (folder / "tokenizer.json").unlink()

    with pytest.raises(ModelError, match=r"tokenizer\.json is missing"):
        resolve(str(folder))


def test_adapter_is_not_a_model(tmp_path):
    """A folder with an adapter is told apart from a model."""
    (tmp_path / "adapter_config.json").write_text("{}")

    with pytest.raises(ModelError, match="holds an adapter"):
        resolve(str(tmp_path))


def test_embedded_model_that_is_not_here():
    """The embedded model is not fetched behind one's back: the error says what to type."""
    with pytest.raises(ModelError, match="burnish models pull smollm2-135m"):
        resolve(EMBEDDED)


def test_gguf_is_converted_once(tmp_path, toy_folder, monkeypatch):
    """A .gguf file is converted into the cache by its hash, once, wherever the file lies."""
    made = []

    def fake(path, folder, report):
        made.append(path)
        shutil.copytree(toy_folder, folder, dirs_exist_ok=True)

    monkeypatch.setattr(gguf, "convert", fake)
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    first = resolve(str(tmp_path / "a.gguf"))
    (tmp_path / "a.gguf").rename(tmp_path / "b.gguf")
    second = resolve(str(tmp_path / "b.gguf"))

    assert 1 == len(made)
    assert (first.folder, first.weights_hash) == (second.folder, second.weights_hash)
    assert durable.sha256_of(first.folder / "model.safetensors") == first.weights_hash


def test_gguf_that_is_not_there(tmp_path):
    """A .gguf that is not there is named."""
    with pytest.raises(ModelError, match="there is no file"):
        resolve(str(tmp_path / "no.gguf"))


def test_hub_name_on_this_machine(hub, toy_folder):
    """A hub name that is in the local hub cache is used without a network."""
    source = resolve("someone/toy")

    assert hub == source.folder
    assert resolve(str(toy_folder)).weights_hash == source.weights_hash


def test_hub_name_without_network(hub):
    """A hub name that is not here, or only in part, is one error that names the folder to put it in."""
    (hub / "model.safetensors").unlink()
    for name in ("Qwen/Qwen3-1.7B", "someone/toy"):
        with pytest.raises(ModelError, match="could not be downloaded") as caught:
            resolve(name)
        assert f"./{name}" in caught.value.remedy


def test_failed_download_is_one_error(hub, monkeypatch):
    """Whatever goes wrong in a download is one error with the library's first line."""
    import huggingface_hub

    real = huggingface_hub.snapshot_download

    def broken(name, *, local_files_only=False, **words):
        if local_files_only:
            return real(name, local_files_only=True, **words)
        raise ConnectionError("the cable is out\nand much more")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", broken)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)

    with pytest.raises(ModelError, match="ConnectionError: the cable is out\n"):
        resolve("someone/else")


def test_download_is_used(hub, monkeypatch, toy_folder):
    """A hub name with a network is downloaded, said so, without pickles, and used."""
    import huggingface_hub

    real, asked = huggingface_hub.snapshot_download, []

    def working(name, *, local_files_only=False, **words):
        if local_files_only:
            return real(name, local_files_only=True, **words)
        asked.append(words["allow_patterns"])
        return str(toy_folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", working)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    lines = []

    assert toy_folder == resolve("someone/else", lines.append).folder
    assert ["downloading someone/else"] == lines
    assert not any(pattern in ("*", "*.bin", "*.py", "*.pt") for pattern in asked[0])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("smollm-135m", "smollm2-135m"),
        ("Qwen3-1.7", "Qwen/Qwen3-1.7B"),
        ("tinyllama-1.1b-chat", "TinyLlama/TinyLlama-1.1B-Chat-v1.0"),
    ],
)
def test_unknown_name_says_the_nearest(typed, meant):
    """A name that is nothing here is answered with the nearest known one."""
    with pytest.raises(ModelError, match="there is no model") as caught:
        resolve(typed)
    assert meant in caught.value.remedy


def test_file_is_not_a_model(tmp_path):
    """A file that is no GGUF is told so."""
    (tmp_path / "rows.jsonl").write_text("")

    with pytest.raises(ModelError, match="is a file, not a model folder"):
        resolve(str(tmp_path / "rows.jsonl"))
