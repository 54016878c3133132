"""The kind `ollama`: model.gguf with a Modelfile whose template, stops and context come from the training's own template."""

from __future__ import annotations

import re
from pathlib import Path

from burnish import durable
from burnish.errors import ModelError
from burnish.export.gguf import MODEL, Asked, build_model
from burnish.export.gguf_facts import read_facts
from burnish.export.job import Job
from burnish.export.ollama_families import ollama_text, template_for
from burnish.export.proof import Check
from burnish.export.target import NAME

MODELFILE = "Modelfile"
CONTEXT = 8192
"""Tokens of context asked of Ollama at most: its cache grows with them, whatever a conversation uses."""
_TEMPLATE = re.compile(r'^TEMPLATE """(.*?)"""$', re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r'^PARAMETER (\w+) "?(.*?)"?$', re.MULTILINE)


def build_ollama(job: Job, folder: Path) -> None:
    """Write model.gguf and Modelfile. Raises ModelError, before any work, for a template that Ollama cannot write."""
    template_for(job.version, job.probes, adds_bos=False)
    build_model(job, folder)
    facts = read_facts(folder / MODEL)
    family, template = template_for(job.version, job.probes, adds_bos=facts.adds_bos)
    job.report(f"template for Ollama: {family}")
    lines = [f"FROM ./{MODEL}", f'TEMPLATE """{template}"""', *(f'PARAMETER stop "{stop}"' for stop in stops_of(job))]
    lines.append(f"PARAMETER num_ctx {min(facts.context_length, CONTEXT)}")
    durable.write_text(folder / MODELFILE, "\n".join(lines) + "\n")


def stops_of(job: Job) -> list[str]:
    """Return the texts that end an answer: those of the training's stop tokens."""
    chat = job.version.chat
    return [chat.decode([stop], special=True) for stop in chat.stop_ids]


def prove_ollama(job: Job, folder: Path) -> list[Check]:
    """Return the checks of an Ollama folder: those of its GGUF, with the text that the Modelfile's own template writes."""
    text = (folder / MODELFILE).read_text("utf-8")
    found = _TEMPLATE.search(text)
    if found is None:
        return [Check(name=NAME, passed=False, seen="the Modelfile has no TEMPLATE", remedy="export again into a new folder")]
    facts = read_facts(folder / MODEL)
    asked = Asked(job, folder, facts)
    try:
        texts = {probe.name: ollama_text(found[1], job.version, probe) for probe in job.probes}
    except ModelError as error:
        return [Check(name=NAME, passed=False, seen=f"{error.what}: {error.seen}", remedy=error.remedy)]
    checks = asked.checks(lambda probe: asked.questions.ids_of_text(texts[probe.name]))
    return [*checks, _parameters(job, text, facts.context_length)]


def _parameters(job: Job, text: str, context: int) -> Check:
    found = _PARAMETER.findall(text)
    stops = [value for name, value in found if name == "stop"]
    missing = [stop for stop in stops_of(job) if stop not in stops]
    sizes = [int(value) for name, value in found if name == "num_ctx" and value.isdigit()]
    faults = [f"no stop {stop!r}" for stop in missing]
    faults += [f"num_ctx {size}, the model has {context}" for size in sizes if size > context]
    return Check(
        name="the Modelfile's parameters are the training's",
        passed=not faults and bool(sizes),
        seen="; ".join(faults) or f"stops {stops}, num_ctx {sizes}",
        remedy="export again into a new folder",
    )
