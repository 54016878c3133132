"""What a model name means here: a version of the project, a tag, `live` or `base`, opened far enough to make ids of words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.context.memory import Memory
from burnish.errors import ModelError, RegistryError
from burnish.registry.home import find_home
from burnish.registry.store import Registry
from burnish.serve.torchless import let_torch_in

if TYPE_CHECKING:
    from burnish.model.source import ModelSource
    from burnish.records.run import Run
    from burnish.retrieval.about import Carried
    from burnish.retrieval.recall import RowMemory
    from burnish.tokens.template import Chat

DEFAULT_MODEL = "smollm2-135m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A model's files and its one path from words to ids; its weights are not loaded."""

    label: str
    """`base` or a run id."""
    source: ModelSource
    tokenizer: Any
    chat: Chat
    context: int
    """The most tokens of a prompt and its answer together."""
    adapter: Path | None = None
    """The adapter folder of a version, its hash checked; None for a base model."""
    run: Run | None = None
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)
    """What was worked out for long conversations by its tokenizer; goes when the version is closed."""
    rows: RowMemory | None = field(default=None, compare=False, repr=False)
    """The rows that its chat puts before questions; None where it carries none, or answers without them."""
    carries: Carried | None = None
    """What is told of them."""

    def load_weights(self) -> Any:
        """Return the torch model in eval mode, the adapter on it, in the dtype it was trained and judged in. Raises ModelError."""
        from burnish.model.load import load_model
        from burnish.model.lora import load_adapter

        kept = self.run.environment.get("dtype") if self.run is not None else None
        model = load_model(self.source.folder, dtype=str(kept or "float32"))
        return load_adapter(model, self.adapter) if self.adapter is not None else model


class Shelf:
    """The versions of one project (which may be none) and the base model."""

    def __init__(self, home: str | None, model: str | None, *, memory: bool = True) -> None:
        """Find the project; nothing is loaded. `model` is the base, or None for that of the live version.

        `memory`: whether versions answer with the rows they carry.
        """
        found = find_home(Path.cwd(), home)
        self.registry = Registry(found) if found is not None else None
        self._model = model
        self._memory = memory

    @property
    def live(self) -> str | None:
        """The id of the live version, or None. Raises RegistryError when the pointer is damaged."""
        return self.registry.live if self.registry is not None else None

    def names(self) -> dict[str, str]:
        """Return {name: label} of all that `model` may be; unique beginnings of ids work too and are not listed."""
        names = {"base": "base"}
        if self.registry is not None:
            live = self.registry.live
            names = ({"live": live} if live else {}) | names | self.registry.tags
            names |= {version: version for version in self.registry.versions()}
        return names

    def label(self, name: str) -> str:
        """Return `base` or the run id that a name means. Raises RegistryError."""
        if name == "base":
            return name
        if self.registry is None:
            raise RegistryError(f"there is no version {name!r}", seen="no project here, only `base`")
        return self.registry.get(name).id

    def run(self, label: str) -> Run | None:
        """Return the record of a version; None for the base."""
        return self.registry.get(label) if self.registry is not None and label != "base" else None

    def open(self, label: str) -> Opened:
        """Open a version or the base, its files checked by sha256. Raises RegistryError, ModelError."""
        run = self.run(label)
        if run is None or self.registry is None:
            return _opened("base", self._base_name())
        adapter = self.registry.adapter_folder(run.id)
        carries, rows = self._rows(run.id)
        if carries is not None and carries.by_model:
            let_torch_in()  # the encoder that finds them is a model, whatever the engine is
        opened = replace(_opened(run.id, run.base_model, adapter=adapter, run=run, rows=rows), carries=carries)
        if opened.source.weights_hash != run.base_hash:
            raise RegistryError(
                f"the base model of version {run.id} is not the one it was trained on",
                seen=f"{run.base_model}: weights {opened.source.weights_hash[:12]}, trained on {run.base_hash[:12]}",
                remedy="put the old base model back, or train a new version on this one: burnish train DATA --from base",
            )
        return opened

    def carries(self, label: str) -> Carried | None:
        """Return what is told of the rows that a version answers with; None where it has none. Raises RegistryError, ModelError."""
        return self._rows(label)[0]

    def _rows(self, label: str) -> tuple[Carried | None, RowMemory | None]:
        from burnish.retrieval.about import FOLDER, carried_in
        from burnish.retrieval.opening import open_memory

        if label == "base" or self.registry is None or not self._memory:
            return None, None
        folder = self.registry.runs / label
        return carried_in(folder), open_memory(folder / FOLDER)

    def base_folder(self, label: str) -> Path:
        """Return the folder of the base model that a version stands on, without its words or weights. Raises ModelError."""
        from burnish.model.source import resolve

        run = self.run(label)
        return resolve(run.base_model if run is not None else self._base_name()).folder

    def _base_name(self) -> str:
        live = self.run(self.live) if self.live else None
        return self._model or (live.base_model if live is not None else DEFAULT_MODEL)


def read_again(opened: Opened) -> Opened:
    """Return the same, its words read anew: by libraries that were loaded anew."""
    made = _opened(opened.label, opened.source.name, adapter=opened.adapter, run=opened.run, rows=opened.rows)
    return replace(made, carries=opened.carries)


def _opened(
    label: str,
    name: str,
    *,
    adapter: Path | None = None,
    run: Run | None = None,
    rows: RowMemory | None = None,
) -> Opened:
    from burnish.model.rows import rows_of
    from burnish.model.source import resolve
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    source = resolve(name)
    tokenizer = load_tokenizer(source.folder)
    context = context_of(source.folder)
    chat = Chat(tokenizer, rows=rows_of(source.folder))
    return Opened(
        label=label,
        source=source,
        tokenizer=tokenizer,
        chat=chat.recalling(rows.recall) if rows is not None else chat,
        context=context,
        adapter=adapter,
        run=run,
        rows=rows,
    )


def context_of(folder: Path) -> int:
    """Return a model's context in tokens, from its config.json alone. Raises ModelError when it does not say."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    text = config.get("text_config") if isinstance(config.get("text_config"), dict) else config
    found = text.get("max_position_embeddings") or text.get("n_positions")
    if not isinstance(found, int):
        raise ModelError(
            f"{folder} does not say how long its context is", seen="config.json", remedy="copy the model's own again"
        )
    return found
