"""Where a training starts: the base, or a version with all the sessions that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.errors import RegistryError
from burnish.flow.events import Said, Work
from burnish.flow.project import Opened, open_version
from burnish.flow.sessions import Session, past_of, past_sessions
from burnish.model.source import lasting
from burnish.registry.epochs import as_version

if TYPE_CHECKING:
    from burnish.records.past import Past
    from burnish.registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a training continues."""

    model: str | None
    """The base model's name; None: the default one."""
    opened: Opened | None = None
    """The version; None: the base itself."""
    sessions: tuple[Session, ...] = ()
    """Those that led to it, oldest first."""
    past: Past | None = None


def starting(
    reference: str | None, model: str | None, registry: Registry | None, home: str | None, *, memory: bool = True
) -> Work[Start]:
    """Return where to start: the version named, else the live one, else the base. Raises RegistryError, ModelError.

    `memory`: whether it will be asked, and so needs what finds the rows that it carries.
    """
    if reference is None:
        reference = "live" if registry is not None and registry.live is not None else "base"
    if reference == "base" or registry is None:
        return Start(model=model)
    reference = as_version(registry, reference)
    opened = yield from open_version(reference, home=home, memory=memory)
    if opened.run is None:
        raise RegistryError(
            f"{reference} is no version, so it cannot be continued",
            seen=f"--from {reference}",
            remedy=f"name a version (burnish log shows them), or begin on that model: --model {reference} --from base",
        )
    if model and lasting(model) != lasting(opened.run.base_model):
        raise RegistryError(
            f"version {opened.label} was trained on another base model",
            seen=f"--model {model}; version {opened.label} is of {opened.run.base_model}",
            remedy="leave --model out to continue it, or begin anew on that model with --from base",
        )
    yield Said(text=f"continuing from version {opened.label} (--from base begins anew)")
    sessions = past_sessions(registry, opened.label)
    return Start(model=opened.run.base_model, opened=opened, sessions=sessions, past=past_of(registry, sessions))
