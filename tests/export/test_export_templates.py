"""The template part of a proof, on the templates of real models: exact ids, or a refusal that names why; and Ollama's language."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tokens"))

from tokens_toys import FIXTURES, byte_tokenizer

from burnish.errors import ModelError
from burnish.export.ollama_families import FAMILIES, template_for
from burnish.export.opened import Version
from burnish.export.probes import probes_of
from burnish.export.target import same_ids, transformers_ids
from burnish.tokens.template import Chat

ROOT = FIXTURES / "templates"
FAMILY_OF = {
    "SmolLM2-135M-Instruct.jinja": "ChatML",
    "llama.cpp/Qwen-Qwen2.5-7B-Instruct.jinja": "ChatML",
    "llama.cpp/Qwen-Qwen3-0.6B.jinja": "ChatML that thinks (Qwen3)",
    "trl/llama3.jinja": "Llama 3",
    "llama.cpp/google-gemma-2-2b-it.jinja": "Gemma",
    "llama.cpp/microsoft-Phi-3.5-mini-instruct.jinja": "Phi-3",
    "llama.cpp/Mistral-Small-3.2-24B-Instruct-2506.jinja": "Mistral Small",
}


def version_with(name: str) -> Version:
    """Return a version whose base has this template on the byte-level stand-in."""
    byte_tokenizer.cache_clear()
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = (ROOT / name).read_text("utf-8")
    source = SimpleNamespace(folder=ROOT, name=name)
    return Version(label="base", source=source, tokenizer=tokenizer, chat=Chat(tokenizer))


@pytest.mark.parametrize("name", FAMILY_OF)
def test_a_known_template_has_exact_ids_and_an_ollama_family(name):
    """Transformers makes the training's ids of every probe, and the family writes every probe as training does."""
    version = version_with(name)
    probes = probes_of(version)

    assert same_ids(version, probes, transformers_ids(version.tokenizer, version)).passed
    assert template_for(version, probes, adds_bos=False)[0] == FAMILY_OF[name]


def test_every_family_has_a_template_that_it_was_tested_with():
    """The table holds no family that no real template is written by."""
    assert {family.name for family in FAMILIES} == set(FAMILY_OF.values())


def test_a_template_that_leaves_words_to_training_is_refused_by_name():
    """Where training adds a closed thought that the template alone does not write, the proof says which words."""
    version = version_with("trl/deepseekv3.jinja")
    check = same_ids(version, probes_of(version), transformers_ids(version.tokenizer, version))

    assert not check.passed
    assert "</think>" in check.remedy


def test_ollama_is_refused_where_the_template_writes_the_date():
    """A template with today's date cannot be written in Ollama's language, and the refusal says so."""
    version = version_with("trl/llama3_2.jinja")

    with pytest.raises(ModelError) as raised:
        template_for(version, probes_of(version), adds_bos=False)
    assert "today's date" in raised.value.seen
