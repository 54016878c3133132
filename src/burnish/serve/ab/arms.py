"""What the names in `--ab` mean, and whether their versions can answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from burnish.errors import DataError, RegistryError
from burnish.serve.faults import Refused

if TYPE_CHECKING:
    from burnish.serve.pool import Versions


async def labels_of(versions: Versions) -> Callable[[str], str]:
    """Return what says which version a name (or the unique beginning of an id) means, raising RegistryError for one that means none."""
    known = {one.name: one.label for one in await versions.names()}

    def label(name: str) -> str:
        begun = sorted({one for one in known.values() if one.startswith(name)})
        found = [known[name]] if name in known else begun
        if len(found) != 1:
            raise RegistryError(
                f"--ab names {name!r}, which is no version",
                seen=f"there are: {', '.join(list(known)[:8])}" if not found else f"several begin so: {', '.join(found)}",
                remedy="name live, base, a tag or a run id (burnish log shows them)",
            )
        return found[0]

    return label


async def warmed(versions: Versions, label: str) -> None:
    """Load a version. Raises BurnishError where it cannot be."""
    try:
        async with versions.lease(label):
            pass
    except Refused as fault:
        raise DataError(fault.message, seen=label, remedy="name another version in --ab") from None


async def only_model(versions: Versions) -> str:
    """Return the model of a request that names none, before a server elsewhere: its `live`, or the only one it has. Raises Refused."""
    names = [one.name for one in await versions.names()]
    if "live" in names or len(names) == 1:
        return "live" if "live" in names else names[0]
    message = f"you must provide a model parameter; there are: {', '.join(names[:8])}"
    raise Refused(400, message, param="model", code="missing_required_parameter")
