"""The verb `balance`: rows by a stated mix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from burnish.data.balance import PLAIN, THINKING, balance as chosen, name_of
from burnish.data.categories import Guess, guesses, with_category
from burnish.errors import DataError
from burnish.flow.cleaning import closed, rows_of, write_rows
from burnish.flow.events import Said, Shown, Work
from burnish.records.books import Books

EXAMPLE = "--mix style=0.5,fact=0.3,decision=0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """What `balance` did."""

    path: Path
    books: Books
    mix: dict[str, float]
    have: dict[str, int]
    take: dict[str, int]
    missing: dict[str, int]
    guessed: int
    """Rows whose category no person gave."""


def balance(path: Path, out: Path, *, mix: str | None, seed: int) -> Work[Mixed]:
    """Write the rows that make the mix; none is written twice. Raises DataError, StorageError."""
    read = yield from rows_of(path, out)
    rows = read.conversations
    found = guesses(rows)
    shares = parse_mix(mix) if mix else _by_thought([any(m.reasoning_content for m in row.messages) for row in rows])
    names = [name_of(row, guess.category, shares) for row, guess in zip(rows, found, strict=True)]
    without = [name for name in shares if name not in names]
    if without:
        seen = ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())
        remedy = f"add rows of it, give rows their category (burnish label {path} -o OUT), or leave it out of the mix"
        raise DataError(f"no row is of {' or '.join(without)}", seen=seen, remedy=remedy)
    made = chosen(rows, names, shares, seed)
    by_category = not set(shares) <= {THINKING, PLAIN}
    write_rows(out, (with_category(rows[i], found[i]) if by_category else rows[i] for i in made.kept))
    yield from _told(shares, made.have, made.take, made.missing)
    guessed = _guessed(found) if by_category else 0
    if guessed:
        yield Said(text=f"{guessed} categories are guessed: look at the unsure ones with burnish label {path}", level="warn")
    taken = Counter(names[i] for i in range(len(rows)) if i not in set(made.kept))
    removed = {
        f"more {name} than the mix takes" if name in shares else f"{name} has no share in the mix": n for name, n in taken.items()
    }
    books = closed(read, len(made.kept), removed=removed)
    return Mixed(path=out, books=books, mix=dict(shares), have=made.have, take=made.take, missing=made.missing, guessed=guessed)


def parse_mix(text: str) -> dict[str, float]:
    """Return the shares of a mix such as `style=0.5,fact=0.5`. Raises DataError unless each is above 0 and they sum to 1."""
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = (piece.strip() for piece in part.partition("="))
        try:
            value = float(share)
        except ValueError:
            value = 0.0
        if not name or not 0 < value <= 1 or name in shares:
            raise DataError("a share of the mix cannot be read", seen=part, remedy=f"write it so: {EXAMPLE}")
        shares[name] = value
    total = sum(shares.values())
    if abs(total - 1) > 0.01:
        raise DataError(
            "the shares of the mix do not sum to 1", seen=f"{text} sums to {total:g}", remedy=f"write it so: {EXAMPLE}"
        )
    return {name: share / total for name, share in shares.items()}


def _by_thought(thinks: list[bool]) -> dict[str, float]:
    """Return half with a thought and half without, where any row has one."""
    if not any(thinks):
        raise DataError("no mix is asked for, and no row carries a thought to mix by", remedy=f"say which: {EXAMPLE}")
    return {THINKING: 0.5, PLAIN: 0.5}


def _guessed(found: list[Guess]) -> int:
    return sum(guess.source != "person" for guess in found)


def _told(mix: Mapping[str, float], have: Mapping[str, int], take: Mapping[str, int], missing: Mapping[str, int]) -> Work[None]:
    names = [*mix, *(name for name in have if name not in mix)]
    rows = tuple(
        (
            name,
            f"{mix[name]:.0%}" if name in mix else "-",
            str(have.get(name, 0)),
            str(take.get(name, 0)),
            str(missing.get(name, 0) or ""),
        )
        for name in names
    )
    yield Shown(title="the mix", columns=("category", "share", "rows there", "rows kept", "missing to use all"), rows=rows)
