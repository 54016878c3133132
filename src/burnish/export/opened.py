"""What a person's word for a version means to an export: its run, its base, its path from words to ids, its adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import ModelError, RegistryError
from burnish.model.rows import rows_of
from burnish.model.source import EMBEDDED, ModelSource, resolve
from burnish.registry.home import find_home
from burnish.registry.store import Registry
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat

if TYPE_CHECKING:
    from burnish.records.run import Run
    from burnish.retrieval.about import Carried

Report = Callable[[str], None]
"""Called with a line that says what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version's files; no weights are loaded."""

    label: str
    """A run id, or `base`."""
    source: ModelSource
    """The base model."""
    tokenizer: Any
    """The base's transformers tokenizer."""
    chat: Chat
    """The one path from messages to ids that training took; rows that the version carries are never put into it."""
    run: Run | None = None
    folder: Path | None = None
    """The run's folder."""
    adapter: Path | None = None
    """The adapter folder, its hashes checked; None for a base."""
    carries: Carried | None = None
    """What is told of the rows that it answers with where burnish serves it."""


def adapters_of(version: Version) -> list[Path]:
    """Return the adapter folders whose changes make the version out of its base, in the order in which they are added."""
    return [] if version.adapter is None else [version.adapter]


def open_version(reference: str | None, *, home: str | None, report: Report) -> Version:
    """Return what a run id, the beginning of one, a tag, `live`, `base` or a model's name means; None: live, else the base.

    Raises RegistryError for a version that is not there, is not what it was, or whose base is gone; ModelError for a base.
    """
    found = find_home(Path.cwd(), home)
    registry = Registry(found) if found is not None else None
    live = registry.live if registry is not None else None
    reference = reference or ("live" if live else "base")
    if registry is not None and registry.has(reference):
        return _of_run(registry, registry.get(reference), report)
    if reference != "base":
        return _of_word(registry, reference, report)
    return _base("base", registry.get("live").base_model if registry is not None and live else EMBEDDED, report)


def _of_word(registry: Registry | None, reference: str, report: Report) -> Version:
    """Return a base model by its name or path; a word that is neither was meant as a version."""
    if "/" in reference or Path(reference).exists() or reference == EMBEDDED:
        return _base(reference, reference, report)
    if registry is None:
        raise RegistryError(
            "there is no project here",
            seen=f"no .burnish folder in {Path.cwd()} or above it",
            remedy="go to the folder you trained in, or name it with --home DIR",
        )
    registry.get(reference)
    raise AssertionError("get raises for a version that has() does not know")


def _base(label: str, name: str, report: Report) -> Version:
    source = resolve(name, report)
    tokenizer = load_tokenizer(source.folder)
    return Version(label=label, source=source, tokenizer=tokenizer, chat=_chat(tokenizer, source))


def _chat(tokenizer: Any, source: ModelSource) -> Chat:
    """Return the path of training, on one date from the first question of a proof to the last."""
    return Chat(tokenizer, rows=rows_of(source.folder), moment=datetime.now())  # noqa: DTZ005 - a template's date is the local one


def _of_run(registry: Registry, run: Run, report: Report) -> Version:
    from burnish.retrieval.about import carried_in

    try:
        source = resolve(run.base_model, report)
    except ModelError as error:
        raise RegistryError(
            f"the base model of version {run.id} is gone, and nothing but an adapter is left without it",
            seen=f"{run.base_model}: {error.what}",
            remedy=f"put the model back where it was ({error.remedy})",
        ) from error
    if source.weights_hash != run.base_hash:
        raise RegistryError(
            f"the base model of version {run.id} is not the one it was trained on",
            seen=f"{run.base_model}: weights {source.weights_hash[:12]}, trained on {run.base_hash[:12]}",
            remedy="put the old base model back, or train a new version on this one: burnish train DATA --from base",
        )
    tokenizer, adapter = load_tokenizer(source.folder), registry.adapter_folder(run.id)
    return Version(
        label=run.id,
        source=source,
        tokenizer=tokenizer,
        chat=_chat(tokenizer, source),
        run=run,
        folder=registry.runs / run.id,
        adapter=adapter,
        carries=carried_in(registry.runs / run.id),
    )
