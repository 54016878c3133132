"""llama.cpp, asked in a child process: the ids it makes of a text, what it thinks comes next, and whether it stops."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import ModelError
from burnish.export.convert import MISSING
from burnish.export.opened import Report
from burnish.model.quiet import watch

WIDTH = 200
"""Likeliest next tokens that are asked for at each place; the rest count as one."""


@dataclass(slots=True)
class Questions:
    """What is to be asked of one GGUF, gathered so that it is loaded once."""

    model: Path
    lora: Path | None = None
    context: int = 2048
    requests: list[dict[str, Any]] = field(default_factory=list)

    def _add(self, path: str, body: dict[str, Any]) -> int:
        self.requests.append({"path": path, "body": body})
        return len(self.requests) - 1

    def ids_of_text(self, text: str) -> int:
        """Ask for the ids of a text, BOS before it where the file says so. Returns the question's number, as all of these do."""
        return self._add("/tokenize", {"content": text, "add_special": True, "parse_special": True})

    def ids_of_chat(self, turns: Sequence[Mapping[str, str]], *, think: bool) -> int:
        """Ask for the ids of a conversation as the engine itself makes them, with the template in the file."""
        switch = {"enable_thinking": think, "thinking": think}
        return self._add("chat", {"messages": list(turns), "chat_template_kwargs": switch})

    def next_of(self, ids: Sequence[int], end: int, *, lora: float | None = None) -> int:
        """Ask for the log-probabilities of the token after `ids`, with the adapter at scale `lora`.

        The token `end` is forced to come, which changes the choice and not what is told of the model's own probabilities:
        the engine tells nothing where the likeliest token is half a letter.
        """
        forced = {"logit_bias": [[end, 10_000.0]]}
        return self._add("/completion", {**_given(ids, lora), **forced, "n_predict": 1, "n_probs": WIDTH})

    def stops_at(self, ids: Sequence[int], token: int) -> int:
        """Ask whether an answer ends when `token` comes: it is forced to come first."""
        return self._add("/completion", {**_given(ids, None), "n_predict": 4, "logit_bias": [[token, 10_000.0]]})

    def ask(self, report: Report) -> list[Any]:
        """Return the answers in order. Raises ModelError when the file cannot be loaded."""
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelError("the engine that proves a GGUF is not installed", seen="no package xllamacpp", remedy=MISSING)
        with tempfile.TemporaryDirectory(prefix="burnish-") as work:
            asked, answered = Path(work) / "asked.json", Path(work) / "answered.json"
            durable.write_json(asked, self._file())
            # Spinning threads would take the cores from whatever else runs here.
            environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
            command = [sys.executable, "-P", "-m", "burnish.export.engine_child", str(asked), str(answered)]
            code, output = watch(command, f"asking llama.cpp about {self.model.name}", report, env=environment)
            if code != 0 or not answered.exists():
                raise ModelError(
                    f"llama.cpp cannot load {self.model.name}",
                    seen=_last(output),
                    remedy="export it again; if it stays so, export another --quant, or `merged`",
                )
            return list(json.loads(answered.read_text("utf-8")))

    def _file(self) -> dict[str, Any]:
        return {
            "model": str(self.model.absolute()),
            "lora": "" if self.lora is None else str(self.lora.absolute()),
            "context": self.context,
            "threads": int(os.environ.get("OMP_NUM_THREADS") or max(1, (os.cpu_count() or 2) - 1)),
            "requests": self.requests,
        }


def _given(ids: Sequence[int], lora: float | None) -> dict[str, Any]:
    body: dict[str, Any] = {"prompt": list(ids), "temperature": 0.0, "cache_prompt": True}
    if lora is None:
        return body
    # What is cached was reckoned with another scale of the adapter.
    return {**body, "lora": [{"id": 0, "scale": lora}], "cache_prompt": lora == 0.0}


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower()] or lines
    return told[-1][-300:] if told else "it ended without a word"


def logprobs_in(answer: Any) -> dict[int, float]:
    """Return {id: log-probability in nats} of an answer to `next_of`. Raises ModelError when it has none."""
    try:
        told = answer["completion_probabilities"][0]["top_logprobs"]
        return {int(one["id"]): float(one["logprob"]) for one in told if one["logprob"] is not None}
    except (KeyError, IndexError, TypeError) as error:
        raise ModelError(
            "llama.cpp gave no log-probabilities",
            seen=str(answer)[:300],
            remedy="use the version of xllamacpp that constraints.txt names",
        ) from error
