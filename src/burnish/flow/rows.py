"""From a file to examples, a plan and closed books. `check`, `look`, `plan` and `train` all come this way."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.profile import make_profile
from burnish.data.read import ReadResult
from burnish.data.row import UNKNOWN
from burnish.data.split import Split, split
from burnish.errors import DataError
from burnish.flow.events import Advanced, Said, Work
from burnish.records.ledger import Entry, Ledger, Refusal

if TYPE_CHECKING:
    from burnish.flow.holdout import Fixed
    from burnish.records.conversation import Conversation
    from burnish.records.example import Example
    from burnish.records.plan import Plan
    from burnish.records.profile import DataProfile
    from burnish.tokens.fit import Fitted
    from burnish.tokens.template import Chat

NO_LIMIT = 1 << 40
LEAKED = "not asked, since a trained row gives it away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenised:
    """A file's rows, tokenised whole, before any limit."""

    read: ReadResult
    fitted: tuple[Fitted, ...]
    """One for each conversation of `read`, in order, with no limit on length."""
    fixed: Fixed | None = None
    """Where the held-out rows were given as a file."""

    @property
    def usable(self) -> tuple[int, ...]:
        """Indices of the conversations that can be trained on or held out."""
        leaked = self.fixed.leaked if self.fixed else {}
        return tuple(i for i, fitted in enumerate(self.fitted) if fitted.example is not None and i not in leaked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a run trains on and is judged with, and the books."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    train_rows: tuple[Conversation, ...]
    """The conversations that `train` was made from, in its order."""
    held_out_rows: tuple[Conversation, ...]
    ledger: Ledger
    split_reason: str


def tokenise(read: ReadResult, chat: Chat) -> Work[Tokenised]:
    """Give every conversation to the one path and note what it becomes."""
    import time

    from burnish.tokens.fit import fit

    began = time.monotonic()
    fitted = []
    for i, conversation in enumerate(read.conversations):
        fitted.append(fit(chat, conversation, NO_LIMIT, i))
        if i % 200 == 199:
            yield Advanced(
                stage="tokenise", done=i + 1, total=len(read.conversations), unit="rows", seconds=time.monotonic() - began
            )
    return Tokenised(read=read, fitted=tuple(fitted))


def refused_rows(tokenised: Tokenised) -> tuple[Refusal, ...]:
    """Return every refused row with its reason, by line: those that could not be read and those that could not be rendered."""
    rendered = [
        Refusal(file=c.origin.file, line=c.origin.line, byte=c.origin.byte, reason=fitted.reason)
        for c, fitted in zip(tokenised.read.conversations, tokenised.fitted, strict=True)
        if fitted.example is None and c.origin is not None
    ]
    return tuple(sorted((*tokenised.read.refused, *rendered), key=lambda refusal: (refusal.file, refusal.line)))


def profile_of(tokenised: Tokenised, path: Path) -> DataProfile:
    """Return the facts a plan is made from. Raises DataError when no row is usable."""
    usable, fixed = tokenised.usable, tokenised.fixed
    if not usable or (fixed and fixed.named(usable[0])):
        raise _nothing_usable(tokenised, path)
    profile = make_profile(
        [tokenised.read.conversations[i] for i in usable],
        [tokenised.fitted[i].tokens for i in usable],
        [tokenised.fitted[i].supervised_tokens for i in usable],
    )
    if fixed is None:
        return profile
    parted = f"{profile.data_hash} {sum(not fixed.named(i) for i in usable)}"  # the same rows parted otherwise are other rows
    return replace(profile, data_hash=hashlib.sha256(parted.encode()).hexdigest())


def _nothing_usable(tokenised: Tokenised, path: Path) -> DataError:
    refused = refused_rows(tokenised)
    told = alike(refused)
    shown = "".join(f"\n  - {one}" for one in told[:10])
    more = f"\n  - and {len(told) - 10} more" if len(told) > 10 else ""
    return DataError(
        f"none of the {tokenised.read.rows_read} rows of {path} can be used:{shown}{more}",
        remedy=converted(path, refused) or f"mend the rows named; `burnish check {path}` lists every fault with its remedy",
    )


FEW_ALIKE = 3
"""So many rows with one fault are told one by one; of more, the first with their number."""


def alike(refused: Sequence[Refusal], tell: Callable[[Refusal], str] | None = None) -> list[str]:
    """Return a line for each fault: rows that are refused for the same keys and reason are told once, with their number."""
    groups: dict[tuple[str, str, str], list[Refusal]] = {}
    for one in refused:
        kind = (one.file, _NUMBERS.sub("[]", one.key), one.reason)
        groups.setdefault(kind, []).append(one)
    lines = []
    for held in groups.values():
        if len(held) <= FEW_ALIKE:
            lines += [((tell or _told)(one), one.line) for one in held]
        else:
            others = [str(line) for line in dict.fromkeys(one.line for one in held) if line != held[0].line]
            more = f" (and line {', '.join(others[:5])}{', ...' * (len(others) > 5)})" if others else ""
            lines.append((f"{len(held)} rows alike, the first: {(tell or _told)(held[0])}{more}", held[0].line))
    return [told for told, _ in sorted(lines, key=lambda line: line[1])]


_NUMBERS = re.compile(r"\[\d+\]")


def converted(path: Path, refused: Sequence[Refusal]) -> str:
    """Return the command that makes rows of a file whose keys nobody knows, where its rows hold texts; else ""."""
    unknown = [one for one in refused if one.reason == UNKNOWN]
    found = _COLUMNS.search(unknown[0].remedy) if unknown and len(unknown) == len(refused) else None
    if not found:
        return ""
    columns, out = found[0], path.with_name(f"{path.stem}-rows.jsonl")
    return (
        f"if that is what the keys hold: burnish ingest rows {shlex.quote(str(path))} {columns} -o {shlex.quote(str(out))} writes the rows "
        f"in the form that is read; burnish check {shlex.quote(str(path))} {columns} looks at them first"
    )


_COLUMNS = re.compile(r"--column question=(?:'[^']*'|[^\s;']+) --column answer=(?:'[^']*'|[^\s;']+)")


def _told(refusal: Refusal) -> str:
    key = f"{refusal.key}: " if refusal.key else ""
    return f"line {refusal.line}: {key}{refusal.reason}" + (f" (seen: {refusal.seen})" if refusal.seen else "")


def prepare(tokenised: Tokenised, chat: Chat, plan: Plan) -> Prepared:
    """Apply the plan's length limit and split, and close the books. Raises DataError when nothing is left to train on."""
    from burnish.tokens.fit import fit

    conversations = tokenised.read.conversations
    fitted = [
        whole if whole.example is None or whole.tokens <= plan.max_length else fit(chat, conversations[i], plan.max_length, i)
        for i, whole in enumerate(tokenised.fitted)
    ]
    usable = [i for i in tokenised.usable if fitted[i].example is not None]
    parts = _parts(tokenised, usable, plan)
    ledger = _ledger(tokenised, fitted, usable, parts)
    faults = ledger.balance_errors()
    if faults:  # a defect of ours, not of the rows: never train on books that do not close
        raise AssertionError("; ".join(faults))
    held = tuple(usable[i] for i in parts.held_out)
    trained = tuple(usable[i] for i in parts.train)
    if not trained:
        raise DataError(
            f"no row is left to train on: all {len(fitted)} are longer than {plan.max_length} tokens",
            seen=fitted[0].reason if fitted else "",
            remedy="raise the limit with --set train.max_length=N, or split the rows",
        )
    return Prepared(
        train=tuple(_example(fitted[i]) for i in trained),
        held_out=tuple(_example(fitted[i]) for i in held),
        train_rows=tuple(conversations[i] for i in trained),
        held_out_rows=tuple(conversations[i] for i in held),
        ledger=ledger,
        split_reason=parts.reason,
    )


def _parts(tokenised: Tokenised, usable: Sequence[int], plan: Plan) -> Split:
    """Return which of the usable rows are trained and which held out: those of the fixed test set, else as the split draws them."""
    if tokenised.fixed is None:
        rows = [tokenised.read.conversations[i] for i in usable]
        return split(rows, min(plan.holdout, max(0, len(usable) - 1)), plan.seed)
    sides: tuple[list[int], list[int]] = ([], [])
    for place, i in enumerate(usable):
        sides[tokenised.fixed.named(i)].append(place)
    held = len(sides[1])
    lost = (
        f"{held} of the {plan.holdout} rows of {tokenised.fixed.path} are short enough to be asked" if held < plan.holdout else ""
    )
    return Split(train=tuple(sides[0]), held_out=tuple(sides[1]), reason=lost)


def _example(fitted: Fitted) -> Example:
    if fitted.example is None:
        raise AssertionError("a refused row has no example")
    return fitted.example


def _ledger(tokenised: Tokenised, fitted: list[Fitted], usable: list[int], parts: Split) -> Ledger:
    held = {usable[i] for i in parts.held_out}
    entries = [
        Entry(file=r.file, line=r.line, fate="refused", tokens=0, used_tokens=0, supervised_tokens=0, reason=r.reason)
        for r in tokenised.read.refused
    ]
    for i, (conversation, one) in enumerate(zip(tokenised.read.conversations, fitted, strict=True)):
        origin = conversation.origin
        fate = {"whole": "trained"}.get(one.fate, one.fate)
        entry = Entry(
            file=origin.file if origin else "",
            line=origin.line if origin else i + 1,
            fate=fate,
            tokens=one.tokens,
            used_tokens=one.used_tokens,
            supervised_tokens=one.supervised_tokens,
            reason=one.reason,
        )
        if i in held:  # a held-out row that was shortened keeps its reason, so the cut is still told
            entry = replace(entry, fate="held_out")
        elif tokenised.fixed and i in tokenised.fixed.leaked:
            entry = replace(entry, fate="refused", used_tokens=0, supervised_tokens=0, reason=LEAKED)
        entries.append(entry)
    entries.sort(key=lambda entry: (entry.file, entry.line))
    return Ledger(rows_read=tokenised.read.rows_read, entries=tuple(entries))


def ledger_lines(ledger: Ledger) -> tuple[tuple[str, ...], ...]:
    """Return the books as rows of a table: fate, rows, share of rows, tokens."""
    books = ledger.summary()
    rows, tokens = books["rows"], books["tokens"]
    assert isinstance(rows, dict)
    assert isinstance(tokens, dict)

    def line(name: str, count: int, used: int) -> tuple[str, ...]:
        share = f"{count / ledger.rows_read:.0%}" if ledger.rows_read else "-"
        return (name, str(count), share, f"{used:,}")

    lines = [
        line("trained", rows["trained"] + rows["shortened"], tokens["trained"]),
        line("  of these shortened", rows["shortened"], -tokens["cut"]) if rows["shortened"] else None,
        line("held out", rows["held_out"], tokens["held_out"]),
        line("refused", rows["refused"], tokens["refused"]),
        line("read", ledger.rows_read, ledger.tokens_read),
    ]
    return tuple(one for one in lines if one is not None)


def said_refusals(refused: tuple[Refusal, ...], path: Path, accepted: int) -> Work[None]:
    """Say which rows were refused, the first few by number; rows with one fault once. `accepted`: how many are left."""
    if not refused:
        return
    others = "; the others are used" if accepted else ": all of them"
    yield Said(text=f"{len(refused)} of the rows are refused{others}:", level="warn")
    told = alike(refused)
    for one in told[:5]:
        yield Said(text=f"  {one}", level="warn")
    if len(told) > 5:
        yield Said(text=f"  and {len(told) - 5} more faults: burnish check {path}", level="warn")


def said_unused(read: ReadResult, path: Path) -> Work[None]:
    """Say which keys hold words that were not read: the model is trained without them."""
    if read.unused:
        named = ", ".join(f"`{key}` ({len(rows)} rows)" for key, rows in list(read.unused.items())[:5])
        more = f" and {len(read.unused) - 5} more" if len(read.unused) > 5 else ""
        yield Said(text=f"keys with words that are not used: {named}{more}; burnish check {path} says which", level="warn")
