"""From a file to examples, a plan and closed books. `check`, `look`, `plan` and `train` all come this way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.profile import make_profile
from burnish.data.read import ReadResult
from burnish.data.split import Split, split
from burnish.errors import DataError
from burnish.flow.events import Advanced, Said, Work
from burnish.records.ledger import Entry, Ledger, Refusal

if TYPE_CHECKING:
    from burnish.records.conversation import Conversation
    from burnish.records.example import Example
    from burnish.records.plan import Plan
    from burnish.records.profile import DataProfile
    from burnish.tokens.fit import Fitted
    from burnish.tokens.template import Chat

NO_LIMIT = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenised:
    """A file's rows, tokenised whole, before any limit."""

    read: ReadResult
    fitted: tuple[Fitted, ...]
    """One for each conversation of `read`, in order, with no limit on length."""

    @property
    def usable(self) -> tuple[int, ...]:
        """Indices of the conversations that can be trained on or held out."""
        return tuple(i for i, fitted in enumerate(self.fitted) if fitted.example is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a run trains on and is judged with, and the books."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    held_out_rows: tuple[Conversation, ...]
    train_rows: tuple[Conversation, ...]
    """The conversations of `train`, in its order."""
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
    usable = tokenised.usable
    if not usable:
        raise _nothing_usable(tokenised, path)
    return make_profile(
        [tokenised.read.conversations[i] for i in usable],
        [tokenised.fitted[i].tokens for i in usable],
        [tokenised.fitted[i].supervised_tokens for i in usable],
    )


def _nothing_usable(tokenised: Tokenised, path: Path) -> DataError:
    refused = refused_rows(tokenised)
    shown = "".join(f"\n  - {_told(refusal)}" for refusal in refused[:10])
    more = f"\n  - and {len(refused) - 10} more" if len(refused) > 10 else ""
    return DataError(
        f"none of the {tokenised.read.rows_read} rows of {path} can be used:{shown}{more}",
        remedy=f"mend the rows named; `burnish check {path}` lists every fault with its remedy",
    )


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
    usable = [i for i, one in enumerate(fitted) if one.example is not None]
    parts = split([conversations[i] for i in usable], min(plan.holdout, max(0, len(usable) - 1)), plan.seed)
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
        held_out_rows=tuple(conversations[i] for i in held),
        train_rows=tuple(conversations[i] for i in trained),
        ledger=ledger,
        split_reason=parts.reason,
    )


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


def said_refusals(refused: tuple[Refusal, ...], path: Path) -> Work[None]:
    """Say which rows were refused, the first few by number."""
    if not refused:
        return
    yield Said(text=f"{len(refused)} of the rows are refused; the others are used:", level="warn")
    for refusal in refused[:5]:
        yield Said(text=f"  {_told(refusal)}", level="warn")
    if len(refused) > 5:
        yield Said(text=f"  and {len(refused) - 5} more: burnish check {path}", level="warn")
