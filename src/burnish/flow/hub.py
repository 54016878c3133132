"""A data set fetched from the Hugging Face Hub by its name, by the library `huggingface_hub` that the core brings along.

What is in its cache is not fetched again; without a network (or with HF_HUB_OFFLINE=1) the cache is all there is, and a split that is
not whole in it is refused. No code of a data
set is ever run: files of rows are read, nothing else.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Self

from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.hub import CONVERTED, HubName, chosen, layout, parsed
from burnish.data.ingest.hub_rows import HubRows
from burnish.errors import DataError
from burnish.flow.beside import beside
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.hub_listing import Found, listed, places_here

POLL_SECONDS = 0.5
CARD = "README.md"
"""Fetched too: it holds the terms, and by it other tools find the revision in the cache."""
REMEDY = "check the name; for one that is private or gated set HF_TOKEN, after you have agreed to its terms on its page"


def fetched(text: str, split: str) -> Work[tuple[Store, HubRows]]:
    """Fetch the files of a split and return them as a store, with how they are read. Raises DataError."""
    wanted = parsed(text)
    with _told(wanted):
        found = asked = yield from listed(wanted.name, wanted.revision)
        parts = layout(list(found.sizes), found.card)
        if not parts and wanted.revision is None:
            found = yield from listed(wanted.name, CONVERTED)
            parts = layout(list(found.sizes), {})
    if not parts:
        seen = ", ".join(list(found.sizes)[:8]) or "no files"
        raise DataError(
            f"{wanted.name} holds no files of rows", seen=seen, remedy="name a data set of Parquet, JSON or CSV files"
        )
    config, files = chosen(parts, wanted, split)
    licence = _licence(asked.card)
    size = sum(found.sizes[file] for file in files)
    yield Said(text=f"{wanted.name}, {config}, {split}, at {found.revision[:12]}: {len(files)} files, {size / 1e6:,.1f} MB")
    if licence:
        yield Said(text=f"its licence: {licence}; it is kept with each row, and holds for what you make of them")
    else:
        yield Said(text="its card names no licence: find out whether you may use it", level="warn")
    if found.offline:
        yield from _told_of_cache(found)
        places = places_here(wanted.name, found, {file: found.sizes[file] for file in files})
    else:
        readme = [CARD] if CARD in asked.sizes else []
        yield from _files(wanted, wanted.revision, {file: asked.sizes[file] for file in readme})
        places = yield from _files(wanted, found.revision, {file: found.sizes[file] for file in files})
    members = [
        Member(file, f"{wanted.name}/{file}", place.stat().st_size, partial(_open, place))
        for file, place in zip(files, places, strict=True)
    ]
    facts = {
        "dataset": wanted.name,
        "revision": found.revision,
        "config": config,
        "split": split,
        "licence": licence or "not named",
    }
    return Store(Path(wanted.name), tuple(members)), HubRows(facts)


def _open(place: Path) -> BinaryIO:
    return place.open("rb")


def _licence(card: Mapping[str, Any]) -> str:
    given = card.get("license")
    words = ", ".join(map(str, given)) if isinstance(given, list) else str(given or "")
    return str(card.get("license_name") or words) if words == "other" else words


def _told_of_cache(found: Found) -> Work[None]:
    yield Said(text="the Hub cannot be reached: the cache is read")
    if not found.told:
        what = "another tool filled it, and whether all files of the split are in it cannot be told"
        yield Said(text=what, level="warn")


def _files(wanted: HubName, revision: str | None, sizes: Mapping[str, int]) -> Work[list[Path]]:
    """Fetch files into the library's cache, one after the other, with progress. Raises DataError."""
    from huggingface_hub import constants, hf_hub_download

    size = sum(sizes.values())
    ground = next(one for one in (Path(constants.HF_HUB_CACHE), *Path(constants.HF_HUB_CACHE).parents) if one.exists())
    if size > shutil.disk_usage(ground).free:
        seen = f"{size / 1e9:,.1f} GB to fetch, {shutil.disk_usage(ground).free / 1e9:,.1f} GB free on {ground}"
        raise DataError("the data set does not fit the disk", seen=seen, remedy="make room, or set HF_HOME to a larger disk")
    places, before, began = [], 0, time.monotonic()
    for file in sizes:
        meter = _Meter()
        fetch = partial(hf_hub_download, wanted.name, file, repo_type="dataset", revision=revision, tqdm_class=meter.bar)
        with _told(wanted):
            places.append(Path((yield from beside(fetch, partial(_fetching, meter, before, size, began), POLL_SECONDS))))
        before += sizes[file]
    return places


def _fetching(meter: _Meter, before: int, size: int, began: float, _: float) -> Advanced:
    done, seconds = before + meter.bytes, time.monotonic() - began
    return Advanced(stage="fetching", done=done // 1_000_000, total=size // 1_000_000, unit="MB", seconds=seconds)


class _Meter:
    """Counts the bytes of one download; stands in for the library's progress bar, and draws nothing."""

    def __init__(self) -> None:
        self.bytes = 0
        self._lock = threading.Lock()
        meter = self

        class Bar:
            def __init__(self, *_: Any, **__: Any) -> None:
                self.n = self.total = 0

            def update(self, count: float = 1) -> None:
                meter.add(int(count))

            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                return

            def __getattr__(self, _: str) -> Callable[..., None]:
                return lambda *_, **__: None

        self.bar: Any = Bar

    def add(self, count: int) -> None:
        """Count bytes that came."""
        with self._lock:
            self.bytes += count


@contextmanager
def _told(wanted: HubName) -> Iterator[None]:
    """Turn what the library raises into a DataError that names the data set and what to do."""
    from huggingface_hub import errors

    try:
        yield
    except DataError:
        raise
    except errors.GatedRepoError as error:
        raise DataError(
            f"{wanted.name} is open only to those who agree to its terms", seen=_short(error), remedy=REMEDY
        ) from None
    except errors.RevisionNotFoundError as error:
        remedy = "name a branch, a tag or a commit behind the @"
        raise DataError(
            f"{wanted.name} has no revision {wanted.revision or CONVERTED}", seen=_short(error), remedy=remedy
        ) from None
    except errors.RepositoryNotFoundError as error:
        raise DataError(
            f"the Hub has no data set {wanted.name}, or you may not see it", seen=_short(error), remedy=REMEDY
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        remedy = "fetch it once where there is a network, and copy the cache folder (HF_HOME) here; or export its rows and ingest the files"
        raise DataError(
            f"{wanted.name} is not in the cache, and the Hub cannot be reached", seen=_short(error), remedy=remedy
        ) from None
    except Exception as error:  # noqa: BLE001 - many kinds: an interrupted stream, a full disk, a status of the server
        raise DataError(
            f"{wanted.name} could not be fetched", seen=_short(error), remedy="try again later, or check the name"
        ) from None


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
