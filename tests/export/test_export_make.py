"""What an export does with bad input: one clear fault, nothing half-written, nothing written over."""

from __future__ import annotations

import errno
import shutil

import pytest
from toy_versions import toy_project

from burnish import durable
from burnish.errors import ModelError, RegistryError, StorageError
from burnish.export import hf as folders, make


def run(project, kind, out, **options):
    """Export quietly."""
    return make.export(kind, "live", out, home=str(project), report=lambda _: None, **({"quant": "q8_0"} | options))


def test_a_folder_that_is_there_is_refused(project, tmp_path):
    """An export never writes over anything."""
    (tmp_path / "out").mkdir()

    with pytest.raises(StorageError, match="is there already"):
        run(project, "merged", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_leaves_nothing(project, tmp_path, monkeypatch):
    """A disk that fills while the weights are written leaves no folder and no leftovers."""

    def full(operation, path):
        if path.name == "model.safetensors" and operation == "fsync":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)

    with pytest.raises(StorageError) as raised:
        run(project, "merged", tmp_path / "out")
    assert "free some disk space" in raised.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_failed_proof_exports_nothing_and_keeps_its_evidence(project, tmp_path, monkeypatch):
    """An artefact that is not what was trained is not there, its proof is."""
    sound = folders.copy_tokenizer
    monkeypatch.setattr(
        folders,
        "copy_tokenizer",
        lambda version, folder: (sound(version, folder), (folder / "chat_template.jinja").write_text("x")),
    )
    done = run(project, "merged", tmp_path / "out")

    assert not done.proof.passed
    assert [path.name for path in tmp_path.iterdir()] == ["out.failed-proof.json"]


def test_a_version_whose_base_is_gone_is_told(tmp_path):
    """Without its base an adapter is nothing, and the fault names the base."""
    project = toy_project(tmp_path / "project")
    shutil.rmtree(project / "base")

    with pytest.raises(RegistryError, match=r"base model of version .* is gone"):
        run(project, "merged", tmp_path / "out")


@pytest.mark.parametrize(
    ("kind", "quant", "words"), [("onnx", "q8_0", "adapter, merged, gguf, ollama"), ("gguf", "q3_k", "q8_0")]
)
def test_an_unknown_kind_names_those_there_are(project, tmp_path, kind, quant, words):
    """A kind or quantisation that there is not is refused with the list."""
    with pytest.raises(ModelError) as raised:
        run(project, kind, tmp_path / "out", quant=quant)
    assert words in raised.value.remedy


def test_the_merge_is_that_of_peft(sound, project):
    """Every merged weight equals PEFT's own merge in float32, rounded to bfloat16."""
    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(project / "base", dtype=torch.float32)
    wanted = PeftModel.from_pretrained(base, sound["adapter"].folder).merge_and_unload().state_dict()
    found = load_file(sound["merged"].folder / "model.safetensors")

    assert "lm_head.weight" not in found
    for name, weight in found.items():
        torch.testing.assert_close(weight.float(), wanted[name].to(torch.bfloat16).float(), rtol=2**-7, atol=1e-6)


def test_no_path_of_this_machine_leaves(sound, project):
    """Neither the adapter's settings, nor the card, nor the proof name a folder of this machine."""
    texts = [path.read_text() for path in sound["adapter"].folder.iterdir() if path.suffix in {".json", ".md"}]

    assert [text for text in texts if str(project) in text] == []
