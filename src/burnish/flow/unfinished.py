"""The run that the same words began and a kill, a full disk or a person broke off: typed again, they go on with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.registry.store import Registry


def begun(registry: Registry, asked: Mapping[str, Any]) -> str | None:
    """Return the newest unfinished run whose `request.json` says just what is asked now, or None.

    The rows' and the base's hash and the version to start from are part of it: with other rows the same words mean a new run.
    A version whose training was broken off before it was told counts as unfinished, though it may be live already. A run that
    another process is training is left to it.
    """
    wanted = json.loads(json.dumps(asked))
    for run_id in sorted([*registry.unfinished(), *registry.untold()], reverse=True):
        try:
            saved = json.loads((registry.runs / run_id / "request.json").read_text("utf-8"))
        except (OSError, ValueError):
            continue  # killed before it was written: there is nothing to go on with
        if wanted["start"] == run_id:  # it went live before the kill: the same words would continue it
            saved = {**saved, "start": run_id}
        if saved == wanted and not registry.busy(run_id):
            return run_id
    return None
