"""The child process in which llama.cpp answers questions about one GGUF: `python -m burnish.export.engine_child ASKED ANSWERED`.

ASKED is a JSON file: model, lora, threads, context, and requests: path and body of the server's own HTTP calls, or the path
`chat`, for the ids of a conversation as the engine's own template renderer and tokenizer make them.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from burnish import durable

SECONDS = 300.0
"""The longest that one answer may take."""


def main() -> None:
    """Load the model, put every request to it, and write the answers in their order."""
    asked = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    server = _start(asked)  # kept: a server that nobody holds is shut down
    address = str(server.listening_address).rstrip("/")
    answers = [_answer(address, one["path"], one["body"]) for one in asked["requests"]]
    durable.write_json(Path(sys.argv[2]), answers)
    sys.stdout.flush()
    os._exit(0)  # the server's threads have nothing to save, and its own shutdown may wait for them


def _start(asked: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = asked["model"]
    params.n_ctx = asked["context"]
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = asked["threads"]
    params.n_gpu_layers = 0
    params.port = 0
    params.warmup = params.fit_params = False
    params.verbosity = -1
    if asked["lora"]:
        adapter = xllamacpp.CommonAdapterLoraInfo()
        adapter.path, adapter.scale = asked["lora"], 0.0
        params.lora_adapters = [adapter]
    return xllamacpp.Server(params)


def _answer(address: str, path: str, body: dict[str, Any]) -> Any:
    if path != "chat":
        return _post(address + path, body)
    written = _post(address + "/apply-template", body)
    if "prompt" not in written:
        return written
    return _post(address + "/tokenize", {"content": written["prompt"], "add_special": True, "parse_special": True})


def _post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - our own child
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return {"error": error.read().decode("utf-8", "replace")[:500]}


if __name__ == "__main__":
    main()
