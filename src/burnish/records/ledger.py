"""The books: where every row and every token that was read went. They sum to 100 %, or `balance_errors` says where not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

FATES = ("trained", "held_out", "shortened", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why one row cannot be used: the file, the place, the value seen, the remedy."""

    file: str
    line: int
    byte: int
    reason: str
    """What is wrong, in one sentence."""
    key: str = ""
    """The key at fault, such as `messages[2].role`."""
    seen: str = ""
    """The value seen there, shortened."""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row's line in the books."""

    file: str
    line: int
    fate: str
    """One of FATES. `shortened` rows are trained too, up to the token named."""
    tokens: int
    """Tokens the whole row has; 0 for a row that was no conversation and so could not be tokenised."""
    used_tokens: int
    """Tokens of it that are trained on or held out (context and supervised together); the rest was cut or refused."""
    supervised_tokens: int
    """Tokens of it that carry loss (held-out loss for held-out rows)."""
    reason: str = ""
    """For `shortened` and `refused`: why, with the token where it was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All rows that were read, in order."""

    rows_read: int
    entries: tuple[Entry, ...]

    def count(self, fate: str) -> int:
        """Return how many rows met this fate."""
        return sum(entry.fate == fate for entry in self.entries)

    def tokens(self, fate: str) -> int:
        """Return the used tokens of the rows with this fate."""
        return sum(entry.used_tokens for entry in self.entries if entry.fate == fate)

    @property
    def tokens_read(self) -> int:
        """Tokens of all rows that could be tokenised."""
        return sum(entry.tokens for entry in self.entries)

    @property
    def tokens_cut(self) -> int:
        """Tokens cut off rows that are used, trained or held out."""
        return sum(entry.tokens - entry.used_tokens for entry in self.entries if entry.fate != "refused")

    @property
    def tokens_refused(self) -> int:
        """Tokens of refused rows."""
        return sum(entry.tokens for entry in self.entries if entry.fate == "refused")

    def supervised_tokens(self, *fates: str) -> int:
        """Return the tokens that carry loss in rows with these fates."""
        return sum(entry.supervised_tokens for entry in self.entries if entry.fate in fates)

    def reasons(self) -> dict[str, int]:
        """Return how many rows were refused or shortened for each reason, most frequent first."""
        return dict(Counter(entry.reason for entry in self.entries if entry.reason).most_common())

    def balance_errors(self) -> list[str]:
        """Return what does not add up; an empty list when the books close."""
        faults = []
        if len(self.entries) != self.rows_read:
            faults.append(f"{self.rows_read} rows were read, {len(self.entries)} are in the books")
        faults += [f"{e.file}:{e.line} has the unknown fate {e.fate!r}" for e in self.entries if e.fate not in FATES]
        kept = sum(self.tokens(fate) for fate in ("trained", "held_out", "shortened"))
        if kept + self.tokens_cut + self.tokens_refused != self.tokens_read:
            faults.append(
                f"{self.tokens_read} tokens were read, {kept} used + {self.tokens_cut} cut + {self.tokens_refused} refused"
            )
        for entry in self.entries:
            if not 0 <= entry.supervised_tokens <= entry.used_tokens <= entry.tokens:
                faults.append(
                    f"{entry.file}:{entry.line}: {entry.supervised_tokens} supervised of {entry.used_tokens} used "
                    f"of {entry.tokens} tokens"
                )
        return faults

    def summary(self) -> dict[str, object]:
        """Return the totals as the JSON key `ledger` shows them."""
        return {
            "rows_read": self.rows_read,
            "rows": {fate: self.count(fate) for fate in FATES},
            "tokens_read": self.tokens_read,
            "tokens": {
                "trained": self.tokens("trained") + self.tokens("shortened"),
                "held_out": self.tokens("held_out"),
                "cut": self.tokens_cut,
                "refused": self.tokens_refused,
            },
            "supervised_tokens": self.supervised_tokens("trained", "shortened"),
            "reasons": self.reasons(),
            "closes": not self.balance_errors(),
        }
