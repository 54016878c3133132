"""Which files a data set of the Hub has at a revision: by the Hub, or without a network by what the Hub said when it was asked last.

The listing is kept in the library's own cache, in the folder of the data set: who copies the cache has it too, and who deletes the data
set from the cache deletes it. Without it, what a broken-off fetch left could not be told from the whole.
"""

from __future__ import annotations

import contextlib
import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import DataError, StorageError
from burnish.flow.beside import beside
from burnish.flow.events import Advanced, Work
from burnish.records.codec import from_json, to_json

POLL_SECONDS = 0.5
LISTING_SECONDS = 30.0
"""How long the Hub may be silent when it is asked for the names of the files."""
MAIN = "main"
"""The branch that is meant where none is named."""
_CARD = ("configs", "license", "license_name")
_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a data set before its rows are fetched."""

    revision: str
    """The commit."""
    sizes: Mapping[str, int]
    """Bytes of each file; 0 where the Hub does not say."""
    card: Mapping[str, Any]
    offline: bool = False
    """The Hub was not reached: what is not in the cache cannot be had."""
    told: bool = True
    """The files are those that the Hub told of; False: those that the cache holds, which may be some of them only."""


def listed(name: str, revision: str | None) -> Work[Found]:
    """Return the files of a revision. Raises what the library raises, for one in a cache that was never filled too."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        found = yield from beside(partial(_asked, name, revision), _waiting, POLL_SECONDS)
    except (HfHubHTTPError, HFValidationError):
        raise
    except Exception:  # noqa: BLE001 - no network, said by whichever HTTP library this version of huggingface_hub uses
        return _kept(name, revision) or _cached(name, revision)
    with contextlib.suppress(StorageError):  # a cache that may only be read, and may hold the files all the same
        for key in {revision or MAIN, found.revision}:
            durable.write_json(_place(name, key), to_json(found))
    return found


def _waiting(seconds: float) -> Advanced:
    return Advanced(stage="asking the Hub", done=int(seconds), total=int(LISTING_SECONDS), unit="s", seconds=seconds)


def _asked(name: str, revision: str | None) -> Found:
    from huggingface_hub import HfApi

    info = HfApi().dataset_info(name, revision=revision, files_metadata=True, timeout=LISTING_SECONDS)
    sizes = {one.rfilename: int(one.size or 0) for one in info.siblings or []}
    card = vars(info.card_data) if info.card_data else {}
    return Found(revision=str(info.sha), sizes=sizes, card={key: card[key] for key in _CARD if card.get(key)})


def _place(name: str, revision: str) -> Path:
    """Return where a listing is kept: per revision that was asked for, and per commit."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(constants.HF_HUB_CACHE, repo_folder_name(repo_id=name, repo_type="dataset"))
    return folder / "burnish" / f"{urllib.parse.quote(revision, safe='')}.json"


def _kept(name: str, revision: str | None) -> Found | None:
    """Return the listing as it was kept, or None where there is none that can be used."""
    try:
        kept = from_json(Found, json.loads(_place(name, revision or MAIN).read_bytes()))
        return Found(revision=kept.revision, sizes=dict(kept.sizes), card=dict(kept.card), offline=True)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _cached(name: str, revision: str | None) -> Found:
    """Return what the cache holds, where another tool filled it."""
    from huggingface_hub import metadata_load, snapshot_download

    place = Path(snapshot_download(name, repo_type="dataset", revision=revision, local_files_only=True))
    sizes = {one.relative_to(place).as_posix(): one.stat().st_size for one in sorted(place.rglob("*")) if one.is_file()}
    card = metadata_load(place / "README.md") if "README.md" in sizes else None
    return Found(revision=place.name, sizes=sizes, card=card or {}, offline=True, told=False)


def places_here(name: str, found: Found, files: Mapping[str, int]) -> list[Path]:
    """Return where the cache holds these files, by name with their bytes. Raises DataError that names those that it does not hold whole."""
    from huggingface_hub import try_to_load_from_cache

    places, missing = [], []
    for file, size in files.items():
        held = try_to_load_from_cache(name, file, revision=found.revision, repo_type="dataset")
        if isinstance(held, str) and Path(held).is_file() and size in (0, Path(held).stat().st_size):
            places.append(Path(held))
        else:
            missing.append(file)
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise DataError(
            f"{name} is not whole in the cache: {len(missing)} of {len(files)} files are missing, and the Hub cannot be reached",
            seen=", ".join(missing[:_SHOWN]) + more,
            remedy="fetch it again where there is a network: what is here already is not fetched twice",
        )
    return places
