"""The verb `scrub`: rows without what is private, and back again with the key."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from burnish import durable
from burnish.data.groups import reparented
from burnish.data.scrub.canaries import canaries, planted
from burnish.data.scrub.found import KINDS
from burnish.data.scrub.name_models import name_model, named
from burnish.data.scrub.rows import Key, Swap, learnt, restored, scrubbed, strangers, texts
from burnish.data.scrub.swap import Swapper, masked
from burnish.errors import DataError
from burnish.flow.cleaning import closed, rows_of, watched, write_rows
from burnish.flow.events import Said, Shown, Work
from burnish.records.books import Books
from burnish.records.codec import from_json, to_json
from burnish.records.conversation import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFound:
    """What was found of one kind."""

    kind: str
    times: int
    distinct: int
    """How many different persons, numbers or addresses."""
    lines: tuple[int, ...]
    """1-based lines of the rows that held one, in order."""
    shown: tuple[str, ...]
    """The first few, partly masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """What `scrub` did."""

    path: Path
    books: Books
    kinds: tuple[KindFound, ...]
    key: Path | None
    """Where the way back lies, with mode 0600."""
    planted: int = 0
    """Canaries put into the rows before they were scrubbed."""
    left: tuple[str, ...] = ()
    """Kinds of canaries that the scrub left in the rows."""


def scrub(
    path: Path,
    out: Path,
    *,
    kinds: Sequence[str],
    key: Path | None,
    known: Path | None = None,
    surrogates: bool,
    plant: int = 0,
    seed: int = 0,
    names: str = "",
) -> Work[Scrubbed]:
    """Write the rows with every private thing replaced; `plant` canaries are put in first. Raises DataError, and StorageError.

    `names` adds a model of names that is installed to the rules: "spacy:MODEL" or "gliner:FOLDER". `known` is the key of an earlier scrub: its stand-ins are gone on with, and the new key leads back for both.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise DataError("a kind is not known", seen=", ".join(unknown), remedy=f"name some of: {', '.join(KINDS)}")
    if key is not None and key.exists():
        remedy = "name a new file: the old one may be the only way back for rows scrubbed before"
        raise DataError("the key file is there already", seen=str(key), remedy=remedy)
    if plant and key is None:
        raise DataError("what is planted must be known later", remedy="name a file that keeps it: --key FILE")
    model = name_model(names) if names else None
    read = yield from rows_of(path, out, *([key] if key else []))
    before = _known(known)
    sown = canaries(plant, seed, read.conversations) if plant else []
    rows = (*read.conversations, *planted(sown, str(path), read.rows_read + 1))
    swapper = Swapper(kinds=tuple(kind for kind in KINDS if not kinds or kind in kinds), surrogates=surrogates)
    if model is not None:
        every = list(dict.fromkeys(texts(rows)))
        swapper.named = dict((yield from watched(named(*model, every), "reading names with the model", len(every))))
    swapper.remember(before.stands_for, before.kind_of)
    way_back = replace(before, canaries=tuple(dict.fromkeys((*before.canaries, *sown))))
    yield from watched(learnt(rows, swapper), "reading names", len(rows))
    made = yield from watched(scrubbed(rows, swapper, way_back), "scrubbing", len(rows))
    if key is not None:  # the key first: rows without their key could not be turned back
        durable.write_private(key, json.dumps(to_json(way_back), ensure_ascii=False, indent=1) + "\n")
    clean = reparented(rows, [row for row, _ in made])
    write_rows(out, clean)
    found = _by_kind([swap for _, swaps in made for swap in swaps])
    yield _table(found)
    left = [one.kind for one, row in zip(sown, clean[len(clean) - len(sown) :], strict=True) if one.value in row.answer]
    books = closed(read, len(made), added={"planted canaries": len(sown)})
    return Scrubbed(path=out, books=books, kinds=found, key=key, planted=len(sown), left=tuple(dict.fromkeys(left)))


def restore(path: Path, out: Path, *, key: Path) -> Work[Scrubbed]:
    """Write the rows with their private things back in place. Raises DataError where the key is none."""
    read = yield from rows_of(path, out)
    back = read_key(key)
    yield from _told_strangers(read.conversations, back)
    made = yield from watched(restored(read.conversations, back), "restoring", len(read.conversations))
    write_rows(out, reparented(read.conversations, made))
    return Scrubbed(path=out, books=closed(read, len(made)), kinds=(), key=key)


def _known(path: Path | None) -> Key:
    """Return the key of an earlier scrub, empty where there was none. Raises DataError where it is none that can be gone on with."""
    if path is None:
        return Key()
    known = read_key(path)
    if known.stands_for and not known.kind_of:
        remedy = "scrub the earlier rows again with --key, and name that key"
        raise DataError("this key does not say of what kind its stand-ins are", seen=str(path), remedy=remedy)
    return known


def _told_strangers(rows: Sequence[Conversation], key: Key) -> Work[None]:
    """Say where a key may be another file's: then `[PERSON_1]` is another person in it, and nothing else would show it."""
    changed, unknown = strangers(rows, key)
    if changed:
        some = ", ".join(map(str, changed[:6])) + (f" and {len(changed) - 6} more" if len(changed) > 6 else "")
        text = f"{len(changed)} rows with stand-ins are not as a scrub of this key left them (line {some})"
        yield Said(text=f"{text}: if they come from another scrub, the names put back are wrong", level="warn")
    if unknown:
        some = ", ".join(unknown[:6]) + (f" and {len(unknown) - 6} more" if len(unknown) > 6 else "")
        yield Said(text=f"this key does not know {some}: left as they stand", level="warn")


def read_key(path: Path) -> Key:
    """Return what `scrub --key` wrote. Raises DataError where the file is none such."""
    try:
        return from_json(Key, json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise DataError(
            "the key cannot be read",
            seen=f"{path}: {error.strerror}",
            remedy="name the file that `burnish scrub --key FILE` wrote",
        ) from None
    except (ValueError, TypeError, AttributeError, KeyError):
        raise DataError(
            "this is no key of a scrub", seen=str(path), remedy="name the file that `burnish scrub --key FILE` wrote"
        ) from None


def _by_kind(swaps: Sequence[Swap]) -> tuple[KindFound, ...]:
    each: defaultdict[str, list[Swap]] = defaultdict(list)
    for swap in swaps:
        each[swap.kind].append(swap)
    return tuple(
        KindFound(
            kind=kind,
            times=len(each[kind]),
            distinct=len({swap.stand_in for swap in each[kind]}),
            lines=tuple(dict.fromkeys(swap.line for swap in each[kind])),
            shown=tuple(dict.fromkeys(masked(swap.text) for swap in each[kind]))[:3],
        )
        for kind in KINDS
        if each[kind]
    )


def _table(found: Sequence[KindFound]) -> Shown:
    rows = tuple(
        (
            one.kind,
            str(one.times),
            str(one.distinct),
            ", ".join(map(str, one.lines[:6])) + (f" and {len(one.lines) - 6} more" if len(one.lines) > 6 else ""),
            "  ".join(one.shown),
        )
        for one in found
    )
    return Shown(title="what was replaced", columns=("kind", "times", "different", "lines", "such as"), rows=rows)
