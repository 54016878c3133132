"""Numbers and verdicts as people read them."""

from __future__ import annotations

from burnish.records.carried import RowsMeasured
from burnish.records.ledger import Ledger
from burnish.records.report import Comparison, SuiteComparison
from burnish.records.taught import OTHER_WORDS, TRAINED_WORDS

MARGIN = 5.0
"""Points of a hundred by which a suite may seem to fall and still be called equal, where nobody says otherwise."""


def verdict_sentence(comparison: Comparison | None, failure: str = "") -> str:
    """Return the verdict in words with its numbers, such as "better: 0.41 → 0.68 on 72 prompts, difference +0.27 (...)".

    `failure` comes first where there is one: it makes the verdict "worse", whatever the scores say.
    """
    if failure:
        return f"worse: {failure}; by the scores alone {verdict_sentence(comparison)}"
    if comparison is None:
        return "not judged: no row was held out and no suite was named, so there is nothing to compare"
    overall = comparison.overall
    sentence = (
        f"{comparison.verdict}: {score(overall.mean_a)} → {score(overall.mean_b)} on {prompts(overall.n)}, "
        f"difference {signed(overall.difference)} ({interval(overall)}), {chance(overall.p)}"
    )
    return f"{sentence}; {missed(overall)}; {would_do(overall)}" if comparison.verdict == "cannot tell" else sentence


def carried_title(carried: RowsMeasured) -> str:
    """Return what the table about carried rows is headed with."""
    if not carried.rows:
        return "it carries no row"
    how = "found by their words" if carried.encoder == "words" else f"found by {carried.encoder}"
    rows = "the row it carries, put" if carried.rows == 1 else f"the {carried.rows:,} rows it carries, the nearest {{}}put"
    most = min(carried.k, carried.rows)
    return f"{rows.format('' if most == 1 else f'{most} ')} before each question, {how}"


def carried_sentence(carried: RowsMeasured) -> str:
    """Return what carried rows do in words, without a full stop; "" where nothing was asked."""
    said = [
        f"{kind.name}: {kind.with_rows:.2f} right with its rows, {kind.alone:.2f} without"
        if kind.name in {TRAINED_WORDS, OTHER_WORDS}
        else f"{kind.name}: {kind.with_rows:.2f} with its rows, {kind.alone:.2f} without"
        for kind in carried.kinds
    ]
    if carried.left_out:
        said.append(
            f"asked for {carried.left_out} facts while their rows were hidden from it, it said of {carried.said_unknown} that it does "
            f"not know, knew {carried.right_all_the_same} all the same, and invented {carried.invented}"
        )
    return "; ".join(said)


def carried_rows(carried: RowsMeasured) -> tuple[tuple[str, str, str], ...]:
    """Return what carried rows do as rows of a table: with them, without them."""
    rows = [(f"{kind.name} ({kind.n})", f"{kind.with_rows:.2f}", f"{kind.alone:.2f}") for kind in carried.kinds]
    if carried.left_out:
        told = f"{carried.invented} invented, {carried.said_unknown} said to be unknown, {carried.right_all_the_same} right all the same"
        rows.append((f"facts whose rows were hidden from it ({carried.left_out})", told, "-"))
    rows.append(("tokens of a prompt, mean", f"{carried.prompt_tokens_with:.0f}", f"{carried.prompt_tokens_alone:.0f}"))
    rows.append(("seconds a request, in batches", f"{carried.seconds_with:.2f}", f"{carried.seconds_alone:.2f}"))
    return tuple(rows)


def missed(one: SuiteComparison) -> str:
    """Return how large a difference could have been seen (four times in five) on so few prompts, in points of a hundred."""
    of = f" ({one.clusters} questions, some in several wordings)" if 0 < one.clusters < one.n else ""
    if one.detectable >= 1:
        return f"{prompts(one.n)}{of} are too few to see any difference"
    return f"with {prompts(one.n)}{of} you could have seen a difference of {points(one.detectable)}"


def would_do(one: SuiteComparison) -> str:
    """Return how many more prompts would show the difference that was seen, or one of 5 points where less was seen."""
    seen = "as large as this one" if abs(one.difference) >= one.more_for else "of"
    aim = f"a difference {seen}" + (f" {points(one.more_for)}" if seen == "of" else f" ({points(one.more_for)})")
    if one.more <= 0 and seen == "of":
        return f"so many are enough to show {aim} four times in five"
    if one.more <= 0:
        return f"another {prompts(one.n)} would show {aim} four times in five"
    return f"about {count(one.more)} more held-out rows or prompts would show {aim}"


def no_worse(one: SuiteComparison, margin: float = MARGIN) -> str:
    """Return whether B is shown to be no worse than A by `margin` points, in words."""
    told = f"no worse than {margin:g} points"
    return f"{told}: shown" if one.no_worse_than(margin) else f"{told}: not shown"


def points(value: float) -> str:
    """Return a difference on the 0 to 1 scale in points of a hundred, without its sign."""
    whole = 100 * abs(value)
    number = f"{whole:.0f}" if whole >= 1 else f"{whole:.1f}"
    return f"{number} point" if number == "1" else f"{number} points"


def interval(one: SuiteComparison) -> str:
    """Return the interval of a difference in words."""
    return f"95 % interval {signed(one.low)} to {signed(one.high)}"


def prompts(number: int) -> str:
    """Return a number of prompts in words."""
    return "1 prompt" if number == 1 else f"{number} prompts"


def score(value: float) -> str:
    """Return a score from 0 to 1 with two digits."""
    return f"{value:.2f}"


def signed(value: float) -> str:
    """Return a difference with its sign and two digits; what rounds to nothing has no sign."""
    return "0.00" if abs(value) < 0.005 else f"{value:+.2f}".replace("-", "−")


def chance(p: float) -> str:
    """Return a p-value with one or two digits that count."""
    if p < 0.0001:
        return "p < 0.0001"
    return f"p = {p:.1g}" if p < 0.01 else f"p = {p:.2f}"


def share(part: float, whole: float) -> str:
    """Return a part of a whole in per cent, or a dash where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def size(number: int) -> str:
    """Return bytes as people say them, in decimal units."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= scale:
            return f"{number / scale:.1f} {unit}"
    return f"{number} bytes"


def count(number: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{number:,}"


def upper_first(text: str) -> str:
    """Return a phrase as the beginning of a sentence, without the full stop that the sentence will get."""
    return (text[:1].upper() + text[1:]).rstrip(".")


def setting(value: object) -> str:
    """Return a setting's value as a person would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def ledger_rows(ledger: Ledger) -> list[tuple[str, str, str, str, str]]:
    """Return where the rows and tokens went: (fate, rows, share, tokens, share), and the totals last."""
    fates = [
        ("trained, whole", ledger.count("trained"), ledger.tokens("trained")),
        ("trained, shortened", ledger.count("shortened"), ledger.tokens("shortened")),
        ("held out, to judge with", ledger.count("held_out"), ledger.tokens("held_out")),
        ("cut off the rows above", None, ledger.tokens_cut),
        ("refused", ledger.count("refused"), ledger.tokens_refused),
    ]
    rows = [
        (
            name,
            count(rows) if rows is not None else "",
            share(rows, ledger.rows_read) if rows is not None else "",
            count(tokens),
            share(tokens, ledger.tokens_read),
        )
        for name, rows, tokens in fates
    ]
    return [*rows, ("read", count(ledger.rows_read), share(1, 1), count(ledger.tokens_read), share(1, 1))]
