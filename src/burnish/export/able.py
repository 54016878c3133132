"""Whether a base model can become a GGUF here, told in milliseconds: nothing of torch, transformers or the converter is loaded."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path

from burnish.errors import ModelError, install
from burnish.export.convert import scripts

_TABLE = "TEXT_MODEL_MAP"


def why_not(base: Path) -> str:
    """Return why no proven GGUF can be made of a base model's folder, in a few words; "" where one can."""
    if importlib.util.find_spec("xllamacpp") is None:
        return f"xllamacpp is not installed ({install('serve')})"
    try:
        known = architectures(scripts())
        config = json.loads((base / "config.json").read_text("utf-8"))
        own = [str(one) for one in config.get("architectures") or ()]
    except ModelError:
        return f"the converter to GGUF is not installed ({install('export')})"
    except (OSError, ValueError, AttributeError, TypeError):
        return f"{base / 'config.json'} cannot be read"
    if known and own and not known & set(own):
        return f"the converter to GGUF does not know {', '.join(own)}"
    return ""


def architectures(folder: Path) -> set[str]:
    """Return the architectures that the converter knows, read from its table without running it; none where there is no such table."""
    try:
        tree = ast.parse((folder / "conversion" / "__init__.py").read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return set()
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == _TABLE:
            return set(ast.literal_eval(node.value)) if node.value is not None else set()
    return set()
