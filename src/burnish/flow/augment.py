"""The verb `augment`: rows, what rules make of them, and their questions in a model's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from burnish.data.augment import KINDS, augmented, parent_name
from burnish.data.made_shares import MIX
from burnish.data.rewording import KIND, rewordable, reworded
from burnish.errors import DataError
from burnish.flow.cleaning import closed, rows_of, watched, write_rows
from burnish.flow.events import Said, Shown, Work
from burnish.flow.prove import Proof, Terms, divided, prove
from burnish.flow.reword import Replies, replies_of
from burnish.records.books import Books
from burnish.records.conversation import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmented:
    """What `augment` did."""

    path: Path
    books: Books
    made: dict[str, int]
    """Children of each kind."""
    mix: dict[str, int]
    """Per cent of the rows made by rules that a kind may have at most."""
    most: int
    """Rows that rules may make at most."""
    asked: int = 0
    """Replies that a model was asked for."""
    unanswered: dict[str, int] = field(default_factory=dict)
    """Those that did not come, by the reason."""
    left: dict[str, int] = field(default_factory=dict)
    """Those that do not ask the same, by the reason."""
    proof: Proof | None = None
    """What the children of the rows that were not held out are worth, where it was asked for."""


def augment(
    path: Path,
    out: Path,
    *,
    kinds: Sequence[str],
    per_row: int,
    seed: int,
    terms: Terms | None = None,
    reword_with: str | None = None,
    home: str | None = None,
    mix: Sequence[str] = (),
    most: int | None = None,
) -> Work[Augmented]:
    """Write the rows and, after them, their children; with `terms` let them prove themselves. Raises BurnishError.

    `mix` are shares as they are typed, such as "typo=5"; `most` is how many rows the rules may make (None: as many as there are rows,
    `per_row` times).
    """
    _refuse_unknown(kinds, reword_with)
    shares = _mix_of(mix)
    read = yield from rows_of(path, out)
    rows = read.conversations
    chosen = tuple(kind for kind in KINDS if not kinds or kind in kinds)
    sides = divided(rows, seed) if terms is not None else None  # what cannot be proved is told before anything is made
    limit = len(rows) * per_row if most is None else most
    by_rules = augmented(rows, chosen, per_row, seed, mix=shares, most=limit)
    born = yield from watched(by_rules, "making", min(limit, len(rows) * len(chosen) * per_row))
    by_model, replies, left = (
        (yield from _by_model(rows, born, reword_with, per_row, seed, home)) if reword_with else ([], None, {})
    )
    born = [*born, *by_model]
    write_rows(out, (*rows, *born))
    made = Counter(str(child.metadata["made"]) for child in born)
    examples = {child.metadata["made"]: child.prompt[-1].content for child in reversed(born)}
    shown = (*chosen, *((KIND,) if reword_with else ()))
    lines = tuple((kind, str(made[kind]), " ".join(examples.get(kind, "").split())[:80]) for kind in shown)
    told_mix = ", ".join(f"{kind} {share} %" for kind, share in shares.items() if kind in chosen and len(chosen) > 1)
    title = f"what was made (of what rules make at most: {told_mix})" if told_mix else "what was made"
    yield Shown(title=title, columns=("kind", "rows", "such as"), rows=lines)
    added = {f"made by {kind}": count for kind, count in made.items()}
    books = closed(read, len(rows) + len(born), added=added)
    proof = None
    if terms is not None and sides is not None:
        parents = {parent_name(row) for row in sides[0]}
        by_rules = augmented(sides[0], chosen, per_row, seed, mix=shares, most=most)
        children = [*by_rules, *(one for one in by_model if one.metadata["parent"] in parents)]
        proof = yield from prove(sides[0], children, sides[1], terms)
    unanswered, asked = (dict(replies.unanswered), replies.asked) if replies else ({}, 0)
    return Augmented(
        path=out,
        books=books,
        made=dict(made),
        mix=shares,
        most=limit,
        asked=asked,
        unanswered=unanswered,
        left=left,
        proof=proof,
    )


def _refuse_unknown(kinds: Sequence[str], reword_with: str | None) -> None:
    known = [*KINDS, KIND] if reword_with else list(KINDS)
    unknown = [kind for kind in kinds if kind not in known]
    if unknown == [KIND]:
        remedy = "name who shall reword: --reword-with live, base, a version, or a server's address"
        raise DataError("a model's words need a model", seen=f"--kind {KIND}", remedy=remedy)
    if unknown:
        raise DataError("a kind is not known", seen=", ".join(unknown), remedy=f"name some of: {', '.join(known)}")


def _mix_of(typed: Sequence[str]) -> dict[str, int]:
    """Return the shares, those typed over the usual ones. Raises DataError naming all that are none."""
    mix, faults = dict(MIX), []
    for one in typed:
        kind, _, share = one.partition("=")
        if kind in KINDS and share.isdecimal() and int(share) <= 100:
            mix[kind] = int(share)
        else:
            faults.append(one)
    if faults:
        remedy = f"write KIND=SHARE with a whole number from 0 to 100, such as typo=5; kinds are {', '.join(KINDS)}"
        raise DataError("a share of the mix cannot be read", seen=", ".join(faults), remedy=remedy)
    if sum(mix.values()) > 100:
        seen = " + ".join(f"{kind} {share}" for kind, share in mix.items())
        raise DataError("the shares of the mix are more than 100 per cent together", seen=seen, remedy="give smaller shares")
    return mix


def _by_model(
    rows: Sequence[Conversation], born: Sequence[Conversation], who: str, per_row: int, seed: int, home: str | None
) -> Work[tuple[list[Conversation], Replies, dict[str, int]]]:
    """Return the children in a model's words, what it said, and why some of it was left; all of it is told."""
    asked = [row for row in rows if rewordable(row)]
    if not asked:
        raise DataError("no question here can be put in other words", seen=f"{len(rows)} rows", remedy="leave --reword-with out")
    replies = yield from replies_of(who, [row.prompt[-1].content for row in asked], per_row=per_row, seed=seed, home=home)
    taken = [row.prompt[-1].content for row in (*rows, *born)]
    made, left = reworded(asked, replies.said, taken, per_row, replies.by)
    lines = [("came and ask the same", str(sum(map(len, replies.said)) - left.total()))]
    lines += [(f"left: {why}", str(count)) for why, count in left.most_common()]
    lines += [(f"did not come: {why}", str(count)) for why, count in replies.unanswered.most_common()]
    title = f"{replies.asked} replies asked of {replies.by} for {len(asked)} of {len(rows)} questions"
    yield Shown(title=title, columns=("", "replies"), rows=tuple(lines))
    if replies.unanswered:
        text = f"{replies.unanswered.total()} of {replies.asked} replies did not come"
        yield Said(text=text, level="warn")
    return made, replies, dict(left)
