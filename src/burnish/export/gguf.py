"""The kind `gguf`: the merged model in one file for llama.cpp and its kin, and the adapter as a file of its own; made and proven."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.export.compare import Seen, checks, mean_divergence, seen_in
from burnish.export.convert import adapter_to_gguf, to_gguf
from burnish.export.engine import Questions, logprobs_in
from burnish.export.folder import read_json
from burnish.export.gguf_facts import GgufFacts, adapter_pairs, read_facts
from burnish.export.hf import write_merged
from burnish.export.job import Job
from burnish.export.merge import merging
from burnish.export.opened import adapters_of
from burnish.export.probes import Probe
from burnish.export.proof import TOLERANCES, Check
from burnish.export.quantise import FOUR_BITS, quantise
from burnish.export.rowless import drop_rowless
from burnish.export.target import plain_turns, same_ids
from burnish.model.shape import read_shape

MODEL, ADAPTER = "model.gguf", "adapter.gguf"


def build_gguf(job: Job, folder: Path) -> None:
    """Write model.gguf, and adapter.gguf where the version is one adapter."""
    build_model(job, folder)
    adapters = adapters_of(job.version)
    if len(adapters) == 1:
        adapter_to_gguf(adapters[0], job.version.source.folder, folder / ADAPTER, job.report)


def build_model(job: Job, folder: Path) -> None:
    """Write model.gguf: merged, converted, and quantised where the converter itself does not."""
    work = folder / "work"
    durable.make_folder(work)
    write_merged(job, work, "float32")
    drop_rowless(job.version, work)
    _settle_bos(job, work)
    target = folder / MODEL
    if job.quant in FOUR_BITS:
        half = work / "half.gguf"
        to_gguf(work, half, "f16", job.report)
        job.report(f"quantising to {job.quant}")
        quantise(half, target, job.quant)
    else:
        to_gguf(work, target, job.quant, job.report)
    durable.remove_folder(work)


def _settle_bos(job: Job, work: Path) -> None:
    """Say in the file whether an engine puts BOS before a text: exactly where training had it, once."""
    bos = job.version.tokenizer.bos_token_id
    begins = bos is not None and job.version.chat.prompt_ids(job.probes[0].messages)[0] == bos
    config = read_json(work / "tokenizer_config.json")
    # A template that writes BOS as its first word of a turn (ChatML names <|im_start|> so) means it as a word: no engine may add
    # one. Templates write BOS themselves where it is due, so that the file never has to.
    durable.write_json(
        work / "tokenizer_config.json", config | {"add_bos_token": begins and not _in_turns(job), "add_eos_token": False}
    )


def _in_turns(job: Job) -> bool:
    """Return whether BOS stands at every turn, as a turn's opening, rather than at the beginning alone."""
    longest = max((job.version.chat.prompt_ids(probe.messages) for probe in job.probes), key=len)
    return longest.count(job.version.tokenizer.bos_token_id) > 1


def prove_gguf(job: Job, folder: Path) -> list[Check]:
    """Return the checks of a GGUF folder, by llama.cpp."""
    asked = Asked(job, folder, read_facts(folder / MODEL))
    return asked.checks(lambda probe: asked.questions.ids_of_chat(plain_turns(job.version, probe), think=probe.think))


class Asked:
    """One GGUF under questions: all are put at once, so that it is loaded once."""

    def __init__(self, job: Job, folder: Path, facts: GgufFacts) -> None:
        """Take the file and, where there is one, its adapter."""
        self.job, self.folder, self.facts = job, folder, facts
        lora = folder / ADAPTER
        context = min(facts.context_length or 2048, 2048)
        self.questions = Questions(folder / MODEL, lora if lora.exists() else None, context)

    def checks(self, ask_ids: Callable[[Probe], int]) -> list[Check]:
        """Return all checks; `ask_ids` puts the question for the ids that this target makes of a probe."""
        faults = structure_faults(self.job, self.facts)
        structure = Check(
            name="nothing is dropped: vocabulary, template, head, layers",
            passed=not faults,
            seen="; ".join(faults[:3]) or f"{len(self.facts.tokens)} tokens, {self.facts.layers} layers, template equal",
            remedy="the file is not what was converted: export again into a new folder",
        )
        if not len(self.facts.tokens) == self.facts.embedding_rows == self.job.reference.trained_PV.shape[1]:
            return [structure]  # engines refuse the first, and tokens that training never had cannot be compared
        numbers = {probe.name: ask_ids(probe) for probe in self.job.probes}
        reference = self.job.reference
        places = [place for walk in reference.walks for place in walk.places()]
        off = 0.0 if self.questions.lora else None
        end = self.job.version.chat.end_id
        nexts = [self.questions.next_of(place, end, lora=off) for place in places]
        undone = [self.questions.next_of(place, end, lora=-1.0) for place in places] if self.questions.lora else []
        stop = self.questions.stops_at(places[0], end)
        answers = self.questions.ask(self.job.report)
        seen = [seen_in(logprobs_in(answers[number])) for number in nexts]
        return [
            same_ids(self.job.version, self.job.probes, lambda probe: _ids_in(answers[numbers[probe.name]])),
            structure,
            *checks(reference, seen, TOLERANCES[self.job.quant]),
            self._stops(answers[stop]),
            *self._adapter([seen_in(logprobs_in(answers[number])) for number in undone]),
        ]

    def _stops(self, answer: Any) -> Check:
        chat = self.job.version.chat
        return Check(
            name="the end of a turn stops an answer",
            passed=answer.get("stop_type") == "eos" and answer.get("tokens_predicted") == 1,
            seen=f"after {chat.decode([chat.end_id], special=True)!r}: {answer.get('stop_type') or answer}, "
            f"{answer.get('tokens_predicted')} tokens",
            remedy="the file does not know the token as an end: export again; if it stays so, give the engine that word as a stop",
        )

    def _adapter(self, undone: list[Seen]) -> list[Check]:
        """Return the check of adapter.gguf: taken from the merged model once, it must leave the base."""
        if not undone:
            return []
        allowed = TOLERANCES[self.job.quant].divergence
        wanted = len(merging(self.job.version).deltas)
        pairs, largest = adapter_pairs(self.folder / ADAPTER)
        base_PV = self.job.reference.base_PV
        assert base_PV is not None
        away = mean_divergence(base_PV, undone)
        return [
            Check(
                name="the adapter's own file is the adapter",
                passed=pairs == wanted and largest > 0 and away <= 2 * allowed,
                seen=f"{pairs} of {wanted} matrices; taken off the merged model it leaves the base within {away:.2g} nats "
                f"({2 * allowed:g} allowed)",
                remedy="use model.gguf, or export again into a new folder",
            )
        ]


def _ids_in(answer: Any) -> list[int]:
    if "tokens" not in answer:
        raise ValueError(str(answer.get("error", answer)))
    return [int(one) for one in answer["tokens"]]


def structure_faults(job: Job, facts: GgufFacts) -> list[str]:
    """Return what of the base is not in the file, a phrase each."""
    shape = read_shape(job.version.source.folder)
    faults = []
    if facts.embedding_rows != shape.vocabulary or len(facts.tokens) != shape.vocabulary:
        faults.append(
            f"a vocabulary of {len(facts.tokens)} tokens and {facts.embedding_rows} rows, the base has {shape.vocabulary}"
        )
    if facts.has_head == shape.tied:
        faults.append("the head is " + ("stored apart, the base ties it" if facts.has_head else "tied, the base has its own"))
    if facts.layers != shape.layers:
        faults.append(f"{facts.layers} layers, the base has {shape.layers}")
    if facts.template != job.version.chat.template:
        faults.append("the chat template is not the one of training")
    for token, number in job.version.tokenizer.get_added_vocab().items():
        if number < len(facts.tokens) and facts.tokens[number] != token:
            faults.append(f"token {number} is {facts.tokens[number]!r}, in training {token!r}")
    return faults
