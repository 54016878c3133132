"""All chat templates of a folder through the template part of an export's proof: exact ids, or a refusal that names why.

    python benchmarks/export_templates.py FOLDER_OF_TEMPLATES [FOLDER_OF_VOCABULARIES]

Each template is put onto a byte-level stand-in that holds the control tokens of the known families, and onto each real vocabulary
(`*/ggml-vocab-*.gguf`), as transformers renders it from a folder. Then an Ollama template is looked for. Each real vocabulary also goes the
whole way: a toy with it is exported as `gguf` and `ollama`, and llama.cpp's own tokenizer must give the training's ids.
What is neither exact nor refused with a reason fails the run.
"""

from __future__ import annotations

import copy
import functools
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import torch
from transformers import LlamaConfig, LlamaForCausalLM

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1] / "tests" / "tokens")]

from burnish.errors import BurnishError  # noqa: E402
from burnish.export.make import export  # noqa: E402
from burnish.export.ollama_families import template_for  # noqa: E402
from burnish.export.opened import Version  # noqa: E402
from burnish.export.probes import probes_of  # noqa: E402
from burnish.export.target import same_ids, transformers_ids  # noqa: E402
from burnish.tokens.template import Chat  # noqa: E402


def main() -> int:
    """Print two tables; return 1 where something is neither exact nor refused with a reason."""
    vocabularies = sorted(Path(sys.argv[2]).glob("*/ggml-vocab-*.gguf")) if len(sys.argv) > 2 else []
    silent = 0
    print("| template | vocabulary | ids | Ollama |\n|---|---|---|---|")
    for vocabulary in (None, *vocabularies):
        for path in sorted(Path(sys.argv[1]).rglob("*.jinja")):
            ids, family, told = judged(path, tokenizer_of(vocabulary))
            silent += not told
            called = vocabulary.parent.name if vocabulary else "stand-in"
            print(f"| {path.relative_to(sys.argv[1])} | {called} | {ids} | {family} |", flush=True)
    print("\n| vocabulary | kind | proof |\n|---|---|---|")
    for vocabulary in vocabularies:
        for kind in ("gguf", "ollama"):
            said, told = whole_way(vocabulary, kind)
            silent += not told
            print(f"| {vocabulary.parent.name} | {kind} | {said} |", flush=True)
    return int(silent > 0)


def judged(path: Path, tokenizer) -> tuple[str, str, bool]:
    """Return what came of one template: its ids, its family in Ollama, and whether it is exact or told why not."""
    tokenizer.chat_template = path.read_text("utf-8")
    try:
        chat = Chat(tokenizer)
    except BurnishError as error:
        return f"refused: {error.what}", "", True
    source = SimpleNamespace(folder=path.parent, name=path.name)
    version = Version(label="base", source=source, tokenizer=tokenizer, chat=chat)
    probes = probes_of(version)
    check = same_ids(version, probes, transformers_ids(tokenizer, version))
    try:
        ollama = template_for(version, probes, adds_bos=False)[0]
    except BurnishError as error:
        ollama = f"refused: {error.seen}"
    said = check.seen if check.passed else f"refused: {check.seen}; {check.remedy}"
    return clean(said), clean(ollama), check.passed or bool(check.remedy)


def tokenizer_of(vocabulary: Path | None):
    """Return a tokenizer of its own of a vocabulary file; None: of the stand-in of the tests."""
    return copy.deepcopy(_tokenizer_of(vocabulary))


@functools.cache
def _tokenizer_of(vocabulary: Path | None):
    from tokens_toys import byte_tokenizer
    from transformers import AutoTokenizer

    if vocabulary is None:
        return byte_tokenizer()
    return AutoTokenizer.from_pretrained(str(vocabulary.parent), gguf_file=vocabulary.name, local_files_only=True)


def whole_way(vocabulary: Path, kind: str) -> tuple[str, bool]:
    """Return what the whole export of a toy with this vocabulary and its own template says, and whether that is exact or told."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "base"
        tokenizer = tokenizer_of(vocabulary)
        config = LlamaConfig(vocab_size=rows_of(vocabulary), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048,
                             bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)  # fmt: skip
        LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        try:
            out = Path(temporary) / "out"
            done = export(kind, str(folder), out, quant="f16", home=temporary, report=lambda _: None)
        except BurnishError as error:
            return clean(f"refused: {error.what}: {error.seen}; {error.remedy}"), True
        failed = [f"{check.name}: {check.seen}" for check in done.proof.failed]
        return clean("; ".join(failed) or "; ".join(one.seen for one in done.proof.checks[:2])), not failed


def rows_of(vocabulary: Path) -> int:
    """Return how many tokens a vocabulary file has, its padding included."""
    import gguf

    return len(gguf.GGUFReader(vocabulary).fields["tokenizer.ggml.tokens"].data)


def clean(text: str) -> str:
    """Return a text as one cell."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
