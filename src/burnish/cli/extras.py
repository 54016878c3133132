"""What is said when a verb needs packages that only an extra installs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from burnish.errors import BurnishError, install


@contextlib.contextmanager
def needed(extra: str) -> Iterator[None]:
    """Turn a package that is not there, inside the block, into the command that installs it. Raises BurnishError."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("burnish"):
            raise
        raise BurnishError(
            f"this needs the extra `{extra}`, which is not installed",
            seen=f"no module {error.name}",
            remedy=install(extra),
        ) from None
