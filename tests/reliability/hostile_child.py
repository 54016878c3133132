"""Run in a process of its own: open hostile artefacts under an audit hook, and tell what was done besides refusing them.

python hostile_child.py FOLDER [mutant]      one artefact in each folder below FOLDER
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

root, mutant = Path(sys.argv[1]), len(sys.argv) > 2
sys.path.append(str(root))  # what an artefact names could be found
from burnish.errors import BurnishError  # noqa: E402
from burnish.model import lora  # noqa: E402

seen: list[str] = []
ALWAYS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "socket.connect",
    "socket.bind",
    "pickle.find_class",
)


def watch(event: str, arguments: tuple) -> None:
    """Keep what an artefact must never bring about."""
    if event == "exec" and str(arguments[0].co_filename).startswith(str(root)):  # `importlib` raises no "import" event
        seen.append(f"exec {arguments[0].co_filename}")
    elif event in ALWAYS or (event == "import" and str(arguments[0]).split(".")[0].startswith("evil")):
        seen.append(f"{event} {arguments[0]!s}")
    elif event == "open" and isinstance(arguments[0], str) and _writes(arguments[1], arguments[2]):
        seen.append(f"open {arguments[0]}")


def _writes(mode: str | None, flags: int) -> bool:
    return any(letter in mode for letter in "wax+") if mode else bool(flags & (os.O_WRONLY | os.O_RDWR))


def careless(folder: Path) -> None:
    """Do what a library that trusts settings would: import what they name."""
    config = json.loads((folder / "adapter_config.json").read_text())
    importlib.import_module(config["auto_mapping"]["parent_library"])
    raise BurnishError("too late")


sys.dont_write_bytecode = True
sys.addaudithook(watch)
if mutant:
    lora.check_adapter = careless
told = {}
for folder in sorted(path for path in root.iterdir() if path.is_dir()):
    try:
        lora.load_adapter(None, folder)
    except BurnishError as error:
        told[folder.name] = str(error)
    except Exception as error:
        told[folder.name] = f"DEFECT {type(error).__name__}: {error}"
    else:
        told[folder.name] = "LOADED"
print(
    json.dumps(
        {"told": told, "seen": seen, "libraries": [name for name in ("torch", "peft", "transformers") if name in sys.modules]}
    )
)
