"""All chat templates of a folder through the template part of an export's proof: exact ids, or a refusal that names why.

    python benchmarks/export_templates.py FOLDER_OF_TEMPLATES [TOKENIZER_FOLDER]

Each template is put onto one tokenizer (default: a byte-level stand-in that holds the control tokens of the known families), as
transformers renders it from a folder. Then an Ollama template is looked for. A template whose ids differ without a reason fails the run.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1] / "tests" / "tokens")]

from burnish.errors import BurnishError  # noqa: E402
from burnish.export.ollama_families import template_for  # noqa: E402
from burnish.export.opened import Version  # noqa: E402
from burnish.export.probes import probes_of  # noqa: E402
from burnish.export.target import same_ids, transformers_ids  # noqa: E402
from burnish.tokens.load import load_tokenizer  # noqa: E402
from burnish.tokens.template import Chat  # noqa: E402


def main() -> int:
    """Print a table; return 1 where a template has neither exact ids nor a reason."""
    folder = Path(sys.argv[1])
    silent = 0
    print("| template | ids | Ollama |\n|---|---|---|")
    for path in sorted(folder.rglob("*.jinja")):
        ids, ollama, told = judged(path)
        silent += not told
        print(f"| {path.relative_to(folder)} | {ids} | {ollama} |", flush=True)
    return int(silent > 0)


def judged(path: Path) -> tuple[str, str, bool]:
    """Return what came of one template: its ids, its family in Ollama, and whether it is exact or told why not."""
    tokenizer = tokenizer_of()
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


def tokenizer_of():
    """Return the tokenizer named on the command line, else the stand-in of the tests."""
    if len(sys.argv) > 2:
        return load_tokenizer(Path(sys.argv[2]))
    from tokens_toys import byte_tokenizer

    byte_tokenizer.cache_clear()
    return byte_tokenizer()


def clean(text: str) -> str:
    """Return a text as one cell."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
