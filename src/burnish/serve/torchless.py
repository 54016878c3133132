"""Whether this process may load torch: a server of llama.cpp's engine does without it, until something needs it."""

from __future__ import annotations

import sys


def let_torch_in() -> None:
    """Undo `without_torch`: what was loaded as if there were no torch is forgotten, and read anew where it is needed next."""
    if sys.modules.get("torch", sys) is not None:
        return
    for name in [*sys.modules]:
        if name.split(".")[0] in {"torch", "transformers", "peft", "accelerate"}:
            del sys.modules[name]


def without_torch() -> None:
    """Keep torch out of this process: transformers' tokenizers and templates work without it, and start two seconds sooner.

    Does nothing where torch is loaded already.
    """
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]  # an import of it then fails, as if it were not installed
