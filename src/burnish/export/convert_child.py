"""The child process in which one of llama.cpp's scripts runs: `python -m burnish.export.convert_child FOLDER SCRIPT PRE ARGUMENTS...`.

The script runs as it is. Only where it does not know a vocabulary's hash, PRE (if given) stands in for the error: the way the
tokenizer cuts text, read from its own settings.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any


def main() -> None:
    """Run the script that the command line names."""
    folder, script, pre, *arguments = sys.argv[1:]
    warnings.simplefilter("ignore")
    sys.path[:0] = [folder, str(Path(folder) / "gguf-py")]
    if pre:
        _stand_in(importlib.import_module("conversion.base").TextModel, pre)
    sys.argv = [script, *arguments]
    runpy.run_path(str(Path(folder) / script), run_name="__main__")


def _stand_in(converter: Any, pre: str) -> None:
    known = converter.get_vocab_base_pre

    def name_of(self: Any, tokenizer: Any) -> str:
        try:
            return str(known(self, tokenizer))
        except NotImplementedError:
            return pre

    converter.get_vocab_base_pre = name_of


if __name__ == "__main__":
    main()
