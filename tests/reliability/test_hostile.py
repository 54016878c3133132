"""Hostile adapters: refused by name before anything is loaded; nothing is imported, started, connected to or written."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from burnish.errors import ModelError
from burnish.model.adapter_files import check_adapter

CONFIG = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"], "task_type": "CAUSAL_LM"}


def _weights(tensors=None, *, after=b"\0" * 16, length=None, text=None):
    """Return a safetensors file with this header, honest or not."""
    tensors = {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}} if tensors is None else tensors
    header = (text or json.dumps(tensors)).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + after


def _fact(**changes):
    return {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16], **changes}}


def _many():
    return {f"t{i}": {"dtype": "F32", "shape": [1], "data_offsets": [4 * i, 4 * i + 4]} for i in range(100_000)}


def _config(**changes):
    return {"adapter_config.json": json.dumps({**CONFIG, **changes}).encode()}


HOSTILE = {
    "auto-mapping": (_config(auto_mapping={"base_model_class": "X", "parent_library": "evil_library"}), "auto_mapping"),
    "auto-map": (_config(auto_map={"AutoModel": "evil.X"}), "auto_map"),
    "megatron-core": (_config(megatron_core="evil_core"), "megatron_core"),
    "megatron-config": (_config(megatron_config={"a": 1}, megatron_core="evil_core"), "megatron_config"),
    "tokenizer-kwargs": (_config(tokenizer_kwargs={"trust_remote_code": True}), "tokenizer_kwargs"),
    "remote-code": (_config(trust_remote_code=True), "trust_remote_code"),
    "other-kind": (_config(peft_type="PROMPT_TUNING"), "PROMPT_TUNING"),
    "kind-is-no-text": (_config(peft_type={"a": 1}), "peft_type"),
    "no-json": ({"adapter_config.json": b"{"}, "adapter_config.json"),
    "a-list": ({"adapter_config.json": b"[]"}, "adapter_config.json"),
    "nested": ({"adapter_config.json": b"[" * 100_000}, "adapter_config.json"),
    "not-utf8": ({"adapter_config.json": b"\xff\xfe"}, "adapter_config.json"),
    "code": ({"evil_code.py": b"raise SystemExit"}, "evil_code.py"),
    "code-below": ({"src/evil_code.py": b"raise SystemExit"}, "src/evil_code.py"),
    "pickle-bin": ({"adapter_model.bin": b"cos\nsystem\n(S'true'\ntR."}, "adapter_model.bin"),
    "pickle-pt": ({"extra.PT": b"cos\nsystem\n(S'true'\ntR."}, "extra.PT"),
    "pickle-instead": ({"adapter_model.safetensors": b"cos\nsystem\n(S'true'\ntR."}, "adapter_model.safetensors"),
    "library": ({"evil.so": b"\x7fELF"}, "evil.so"),
    "empty": ({"adapter_model.safetensors": b""}, "adapter_model.safetensors"),
    "short": ({"adapter_model.safetensors": b"\0\0"}, "adapter_model.safetensors"),
    "header-past-end": ({"adapter_model.safetensors": _weights(length=10_000)}, "bytes long"),
    "header-huge": ({"adapter_model.safetensors": _weights(length=2**63)}, "bytes long"),
    "header-no-json": ({"adapter_model.safetensors": _weights(text="not json")}, "adapter_model.safetensors"),
    "header-a-list": ({"adapter_model.safetensors": _weights(text="[1]")}, "no JSON object"),
    "header-twice": ({"adapter_model.safetensors": _weights(text='{"a": {}, "a": {}}')}, "a key twice"),
    "no-tensors": ({"adapter_model.safetensors": _weights({})}, "0 tensors"),
    "many-tensors": ({"adapter_model.safetensors": _weights(_many(), after=b"\0" * 400_000)}, "tensors"),
    "past-end": ({"adapter_model.safetensors": _weights(_fact(shape=[2, 4], data_offsets=[0, 32]))}, "the file at 16"),
    "shape-lies": ({"adapter_model.safetensors": _weights(_fact(shape=[2, 3]))}, "contradict"),
    "overlap": ({"adapter_model.safetensors": _weights({**_fact(), "b": _fact()["a"]})}, "contradict"),
    "hole": ({"adapter_model.safetensors": _weights(_fact(data_offsets=[8, 24]), after=b"\0" * 24)}, "contradict"),
    "trailing": ({"adapter_model.safetensors": _weights(after=b"\0" * 17)}, "the file at 17"),
    "backwards": ({"adapter_model.safetensors": _weights(_fact(data_offsets=[16, 0]))}, "contradict"),
    "negative-shape": ({"adapter_model.safetensors": _weights(_fact(shape=[-2, -2]))}, "no weights"),
    "no-size": ({"adapter_model.safetensors": _weights(_fact(shape=[0], data_offsets=[0, 0]))}, "no weights"),
    "offsets-are-text": ({"adapter_model.safetensors": _weights(_fact(data_offsets="0"))}, "adapter_model.safetensors"),
    "dtype-unknown": ({"adapter_model.safetensors": _weights(_fact(dtype="EVIL"))}, "no weights"),
    "dtype-is-a-list": ({"adapter_model.safetensors": _weights(_fact(dtype=["F32"]))}, "adapter_model.safetensors"),
}


def _lay(folder: Path, files: dict[str, bytes]) -> Path:
    whole = {**_config(), "adapter_model.safetensors": _weights(), **files}
    for name, content in whole.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _child(root: Path, *words: str) -> dict:
    code = [sys.executable, str(Path(__file__).with_name("hostile_child.py")), str(root), *words]
    return json.loads(subprocess.run(code, capture_output=True, text=True, check=True).stdout)


def test_an_honest_adapter_is_accepted(tmp_path):
    """What the tests below spoil in one place is accepted whole, with a README beside it."""
    check_adapter(_lay(tmp_path / "fine", {"README.md": b"# mine"}))


def test_every_hostile_adapter_is_refused_and_nothing_else_happens(tmp_path):
    """Each is refused by what is wrong with it; no import, process, socket or write, and no library of the field is loaded."""
    for name, (files, _) in HOSTILE.items():
        _lay(tmp_path / name, files)
    _lay(tmp_path / "link", {})
    (tmp_path / "link" / "more.json").symlink_to("/etc/passwd")
    done = _child(tmp_path)

    assert done["seen"] == []
    assert done["libraries"] == []
    assert {name: told for name, told in done["told"].items() if "cannot be used" not in told} == {}
    assert [name for name, (_, word) in HOSTILE.items() if word not in done["told"][name]] == []
    assert "more.json: a link" in done["told"]["link"]


def test_a_reader_that_imports_what_settings_name_is_found_out(tmp_path):
    """The same, with a reader that trusts settings: the hook sees the import, so the test above can fail."""
    _lay(tmp_path / "auto-mapping", HOSTILE["auto-mapping"][0])
    (tmp_path / "evil_library.py").write_text("import socket; socket.socket(socket.AF_UNIX).close()")
    done = _child(tmp_path, "mutant")

    assert any(one.startswith("exec ") and one.endswith("evil_library.py") for one in done["seen"])


def test_all_faults_of_an_adapter_are_told_at_once(tmp_path):
    """Code, settings and weights: one error names the three."""
    with pytest.raises(ModelError) as caught:
        check_adapter(_lay(tmp_path / "x", {"evil.py": b"", **_config(trust_remote_code=True), "adapter_model.safetensors": b""}))

    assert all(word in caught.value.what for word in ("evil.py", "trust_remote_code", "adapter_model.safetensors"))
    assert os.fspath(tmp_path / "x") in caught.value.what


def test_what_peft_itself_writes_is_no_attack(tmp_path, toy_folder):
    """An adapter that was made without a task names a class of transformers: it is loaded; any other module is refused."""
    from peft import LoraConfig, get_peft_model

    from burnish.errors import ModelError
    from burnish.model.adapter_files import CONFIG, check_adapter
    from burnish.model.load import load_model

    get_peft_model(load_model(toy_folder, dtype="float32"), LoraConfig(target_modules=["q_proj"])).save_pretrained(tmp_path)
    config = json.loads((tmp_path / CONFIG).read_text())

    assert config["auto_mapping"]["parent_library"].startswith("transformers.")
    check_adapter(tmp_path)
    for library in ("transformers_evil", "transformers.models.evil.x.y", "os", "transformers.models.a;b"):
        config["auto_mapping"]["parent_library"] = library
        (tmp_path / CONFIG).write_text(json.dumps(config))
        with pytest.raises(ModelError, match="auto_mapping"):
            check_adapter(tmp_path)
