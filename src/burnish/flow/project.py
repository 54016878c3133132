"""Where a project's runs are kept, and which model a word such as `live` or `smollm2-135m` means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import ModelError, RegistryError
from burnish.flow.events import Said, Work
from burnish.registry.epochs import find_epoch
from burnish.registry.home import find_home, make_home
from burnish.registry.store import Registry

if TYPE_CHECKING:
    from burnish.model.source import ModelSource
    from burnish.records.run import Run
    from burnish.retrieval.about import Carried
    from burnish.retrieval.recall import RowMemory
    from burnish.tokens.template import Chat

DEFAULT_MODEL = "smollm2-135m"
FLOAT32 = "float32"
"""The dtype in which answers do not depend on what else is in their batch."""


def open_registry(home: str | None, *, make: bool = False) -> Registry:
    """Return the project's registry. Raises RegistryError where there is none and `make` is False."""
    here = Path.cwd()
    found = find_home(here, home)
    if found is None and make:
        found = make_home(Path(home) if home else here)
    if found is None:
        raise RegistryError(
            "there is no project here",
            seen=f"no .burnish folder in {here} or above it",
            remedy="go to the folder you trained in, name it with --home DIR, or train a first version: burnish train DATA",
        )
    return Registry(found)


ANSWER_ROOM = 64
"""Tokens that rows put before a question leave for its answer: rows that would take more of them are not put there."""


class Words:
    """A model's one path from words to ids, read from its folder when it is first needed: that loads transformers and torch.

    A template that writes the date is given one, from the first question to the last.
    """

    def __init__(self, folder: Path, moment: datetime | None = None, memory: RowMemory | None = None) -> None:
        """Read nothing yet. `moment`: what templates take for now; None: the moment of this call. `memory`: rows put before questions."""
        self._folder = folder
        self.memory = memory
        self.moment = moment or datetime.now()  # noqa: DTZ005 - a template's date is the local one
        self._chat: Chat | None = None

    def beside(self, memory: RowMemory | None) -> Words:
        """Return the same, on the same date, with these rows put before questions; itself where there are none."""
        return self if memory is None else Words(self._folder, self.moment, memory)

    def chat(self) -> Chat:
        """Return the tokenizer with its chat template. Raises ModelError where either cannot be used."""
        from burnish.model.rows import positions_of, rows_of
        from burnish.model.unused import tell_transformers
        from burnish.tokens.load import load_tokenizer
        from burnish.tokens.template import Chat

        if self._chat is None:
            tell_transformers()
            chat = Chat(load_tokenizer(self._folder), rows=rows_of(self._folder), moment=self.moment)
            holds = positions_of(self._folder)
            room = max(0, holds - ANSWER_ROOM) if holds is not None else None
            self._chat = chat.recalling(self.memory.recall if self.memory is not None else None, room)
        return self._chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A model's files and its one path from words to ids; its weights are not loaded yet."""

    label: str
    """`base`, a run id, or the model's name."""
    source: ModelSource
    words: Words
    adapter: Path | None = None
    """The adapter folder of a version, its hash checked; None for a base model."""
    run: Run | None = None
    dtype: str = "float32"
    """In what its weights are loaded to be asked: what a version was trained and judged in; of a base, see `find_version`."""
    carries: Carried | None = None
    """The rows that its chat puts before questions; None where it has none, or answers without them."""

    @property
    def chat(self) -> Chat:
        """The path from words to ids. Raises ModelError where the model was found only (`find_version`) and has none to use."""
        return self.words.chat()


def open_base(name: str | None, *, moment: datetime | None = None) -> Work[Opened]:
    """Find a base model (the embedded one is fetched when it is not here yet) and read its chat template.

    `moment`: what a template that writes the date takes for now.
    """
    opened = yield from _find_base(name, moment)
    opened.words.chat()
    return opened


def _find_base(name: str | None, moment: datetime | None = None) -> Work[Opened]:
    from burnish.model.pull import EMBEDDED, pull
    from burnish.model.source import resolve

    name = name or DEFAULT_MODEL
    lines: list[str] = []
    try:
        source = yield from reported(lambda: resolve(name, lines.append), lines)
    except ModelError:
        if name != EMBEDDED:
            raise
        yield Said(text=f"{name} is not here yet: fetching it", level="head")
        source = yield from reported(lambda: pull(name, lines.append), lines)
    return Opened(label=name, source=source, words=Words(source.folder, moment))


def reported(work: Callable[[], Any], lines: list[str]) -> Work[Any]:
    """Run `work` on a thread beside, so that what it reports is shown while it works."""
    import threading

    box: dict[str, Any] = {}

    def run() -> None:
        try:
            box["result"] = work()
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            box["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive() or lines:
        thread.join(timeout=0.1)
        while lines:
            yield Said(text=lines.pop(0))
    if "error" in box:
        raise box["error"]
    return box["result"]


def open_version(reference: str | None, *, home: str | None, model: str | None = None, memory: bool = True) -> Work[Opened]:
    """Return what `reference` means: a version of the project, `base`, or a model's name. None: `live`, else the default base.

    `memory`: whether its chat puts the rows that the version carries before questions.
    """
    opened = yield from find_version(reference, home=home, model=model, memory=memory)
    opened.words.chat()
    return opened


def find_version(
    reference: str | None,
    *,
    home: str | None,
    model: str | None = None,
    moment: datetime | None = None,
    memory: bool = True,
) -> Work[Opened]:
    """As `open_version`, in a fraction of a second: the tokenizer and the template are read when they are first needed.

    The base of a project is asked in the dtype that its live (or newest) version was trained and judged in, so that what either says can
    be compared; any other base in float32, in which answers do not depend on batches. `moment`: what a template that writes the date
    takes for now, where several are to be asked on one date. `memory`: as for `open_version`; an encoder that is not here, by which the
    rows are found, is told now, before any weights are loaded.
    """
    registry = None
    found = find_home(Path.cwd(), home)
    if found is not None:
        registry = Registry(found)
    if reference is None:
        reference = "live" if registry is not None and registry.live is not None else "base"
    if reference == "base":
        base = model or (registry.get("live").base_model if registry is not None and registry.live else None)
        opened = yield from _find_base(base, moment)
        return replace(opened, label="base", dtype=_project_dtype(registry, opened.source.weights_hash))
    epoch = find_epoch(registry, reference) if registry is not None else None
    if registry is not None and epoch is not None:
        run, name, adapter = epoch
        return (yield from _open_run(registry, run, name, adapter, moment, memory=memory))
    if registry is not None and registry.has(reference):
        run = registry.get(reference)
        adapter = registry.adapter_folder(run.id)
        return (yield from _open_run(registry, run, run.id, adapter, moment, memory=memory))
    if "/" not in reference and not Path(reference).exists() and reference != DEFAULT_MODEL:
        # Neither a model's name nor a path: it was meant as a version, so the registry says which there are.
        open_registry(home).get(reference)
    return (yield from _find_base(reference, moment))


def _open_run(registry: Registry, run: Run, label: str, adapter: Path, moment: datetime | None, *, memory: bool) -> Work[Opened]:
    opened = yield from _find_base(run.base_model, moment)
    if opened.source.weights_hash != run.base_hash:
        raise RegistryError(
            f"the base model of version {run.id} is not the one it was trained on",
            seen=f"{run.base_model}: weights {opened.source.weights_hash[:12]}, trained on {run.base_hash[:12]}",
            remedy="put the old base model back, or train a new version on this one: burnish train DATA --from base",
        )
    found = replace(opened, label=label, adapter=adapter, run=run, dtype=run_dtype(run))
    return carrying(found, registry.runs / run.id) if memory else found


def carrying(opened: Opened, folder: Path) -> Opened:
    """Return the same with the rows of its run's folder, where it carries any. Raises RegistryError, ModelError."""
    from burnish.retrieval.about import FOLDER, carried_in
    from burnish.retrieval.opening import open_memory

    memory = open_memory(folder / FOLDER)
    if memory is None:
        return opened
    return replace(opened, words=opened.words.beside(memory), carries=carried_in(folder))


def said_carried(opened: Opened) -> Work[None]:
    """Say once, before a version answers, that it carries rows."""
    if opened.carries is not None:
        yield Said(text=f"{opened.label} {opened.carries.told}")


def load_weights(opened: Opened, *, dtype: str | None = None) -> Any:
    """Load the model, with the version's adapter on it if there is one, in its own dtype or another. Returns a torch model in eval mode."""
    from burnish.model.load import load_model
    from burnish.model.lora import load_adapter

    model = load_model(opened.source.folder, dtype=dtype or opened.dtype)
    return load_adapter(model, opened.adapter) if opened.adapter is not None else model


def run_dtype(run: Run) -> str:
    """Return the dtype that a version was trained and judged in, else float32."""
    return str(run.environment.get("dtype") or FLOAT32)


def _project_dtype(registry: Registry | None, base_hash: str) -> str:
    """Return the dtype of the live version, else of the newest one on these weights; float32 where there is none."""
    if registry is None:
        return FLOAT32
    for reference in dict.fromkeys([*filter(None, [registry.live]), *reversed(registry.versions())]):
        try:
            run = registry.get(reference)
        except RegistryError:
            continue  # a damaged record says nothing; fsck tells of it
        if run.base_hash == base_hash:
            return run_dtype(run)
    return FLOAT32


def compared_dtype(every: Sequence[Opened]) -> str:
    """Return the one dtype in which all sides of a comparison are asked: their versions' own where that is one, else float32."""
    found = {one.dtype for one in every if one.run is not None} or {one.dtype for one in every}
    return found.pop() if len(found) == 1 else FLOAT32
