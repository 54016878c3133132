"""llama.cpp's own server in a process of its own: settings come on stdin as one line of JSON, the address goes to stdout as another.

It listens on 127.0.0.1 only, on a port that the system gives, and answers only to the key it was handed. It ends when stdin does, so it
never outlives the gateway, however that ends. Nothing of torch or transformers is loaded here.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def start(settings: dict[str, Any]) -> Any:
    """Load the model and return the server, which runs as long as somebody holds it. Raises RuntimeError as xllamacpp does."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["gguf"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.ui = False
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["context"]  # it is divided among the slots
    params.cpuparams.n_threads = settings["threads_a_token"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.cache_ram_mib = 0  # beginnings are kept in the slots; a second store of them would double the memory
    params.offline = True
    return xllamacpp.Server(params)


def main() -> None:
    """Start, say where, and wait for the end of stdin."""
    server = None
    try:
        server = start(json.loads(sys.stdin.readline()))
        answer = {"url": str(server.listening_address)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the gateway tells it
        answer = {"error": f"{type(error).__name__}: {error}"[:500]}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    if server is not None:
        sys.stdin.read()
    os._exit(0)  # its threads hold nothing that needs an orderly end, and a slow one would hold up the swap


if __name__ == "__main__":
    main()
