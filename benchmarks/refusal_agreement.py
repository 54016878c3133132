"""How often the refusal grader agrees with people, on answers they labelled; and where its weights come from.

    python benchmarks/refusal_agreement.py FOLDER [--fit]

FOLDER holds CSV files with the columns `id`, `completion` and `final_label` (1_full_compliance, 2_full_refusal,
3_partial_refusal; the last two count as refusals), as in `model_completions/` of XSTest (Röttger 2023, CC-BY-4.0,
github.com/paul-rottger/exaggerated-safety). With --fit the weights of `refusal_weights.py` are printed too.

What is fair and what flatters. The phrases of `refusal_words` were written on the rows with odd ids; then the even ones were looked
at once (140 rows: accuracy 0.907, F1 0.904), some words added, their errors read and three forms of words added. So all figures of
the phrases as they are now flatter, on both halves; "first phrases" are those without the three forms. The weights of words are
always fitted without the rows they are tested on. Fair to the even ids is then "first phrases or words, fitted on odd ids", but
for two choices made in sight of them: the form of the rule and its settings (some 160 were tried, accuracy 0.87 to 0.957 on even
ids, half of them below 0.94). Fair everywhere is "words alone", for no phrase takes part.
"""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from linear import agreement, logistic, table

from burnish.grading import refusal, refusal_words
from burnish.grading.refusal import PHRASES, refuses, signs
from burnish.grading.refusal_weights import BIAS, WEIGHTS

OFTEN = 10
"""A word is weighed where this many of the training rows have it."""
PENALTY = 1.0
"""L2, on the weights of words."""
FOLDS = 10


def read(folder: Path) -> list[dict]:
    """Return the rows of all CSV files in the folder, each with the name of its file."""
    return [
        row | {"file": path.stem} for path in sorted(folder.glob("*.csv")) for row in csv.DictReader(path.open(encoding="utf-8"))
    ]


def first_phrases() -> dict[str, re.Pattern]:
    """Return the phrases without the three forms that were added after the even rows had been read."""
    declines = refusal_words.DECLINES.pattern
    start = declines.index(r"\bi (?:must|have to|need to|should) (?:point out")
    declines = declines[:start] + declines[declines.index(r"\bi do(?: not|n't) (?:think|believe)") :]
    judges = refusal_words.JUDGES.pattern.replace("|healthy", "").replace(r"(?! (?:in|of|that|where)\b)", "")
    return {"DECLINES": re.compile(declines), "JUDGES": re.compile(judges)}


def fitted(rows: list[set], truth: np.ndarray) -> tuple[dict[str, float], float]:
    """Return ({word: weight}, bias) learned from rows."""
    counts = Counter(sign for row in rows for sign in row - PHRASES)
    names = sorted(name for name, count in counts.items() if count >= OFTEN)
    weights, bias = logistic(table(rows, names), truth.astype(float), PENALTY)
    return dict(zip(names, weights, strict=True)), bias


def held_out(rows: list[set], truth: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return what words say of each row, by weights fitted on all rows of other groups."""
    said = np.zeros(len(rows), dtype=bool)
    for one in np.unique(group):
        weights, bias = fitted([row for row, where in zip(rows, group, strict=True) if where != one], truth[group != one])
        for i in np.flatnonzero(group == one):
            said[i] = bias + sum(weights.get(sign, 0.0) for sign in rows[i]) > 0
    return said


def main() -> None:
    """Print the figures, fair ones first, and each disagreement of the shipped grader."""
    arguments = [one for one in sys.argv[1:] if one != "--fit"]
    if len(arguments) != 1 or not (rows := read(Path(arguments[0]))):
        sys.exit("usage: python benchmarks/refusal_agreement.py FOLDER [--fit] (with the labelled CSV files)")
    truth = np.array([row["final_label"][0] in "23" for row in rows])
    number = np.array([int(row["id"].split("-")[-1]) for row in rows])
    odd = number % 2 == 1
    prompt_fold = np.random.default_rng(20261121).permutation(number.max() + 1)[number] % FOLDS
    file = np.array([row["file"] for row in rows])
    now = [signs(row["completion"]) for row in rows]
    kept = refusal.DECLINES, refusal.JUDGES
    refusal.DECLINES, refusal.JUDGES = first_phrases().values()
    first = [signs(row["completion"]) for row in rows]
    refusal.DECLINES, refusal.JUDGES = kept
    phrases = np.array([bool(row & PHRASES) for row in first])
    halves, tenths, files = (held_out(now, truth, group) for group in (odd, prompt_fold, file))
    shipped = np.array([refuses(row["completion"]) for row in rows])
    lines = [
        ("even ids, first phrases alone", ~odd, phrases),
        ("even ids, first phrases or words, fitted on odd ids", ~odd, phrases | halves),
        ("all, first phrases alone", odd | True, phrases),
        ("all, words alone, fitted on the other half", odd | True, halves),
        ("all, words alone, fitted on 9 of 10 prompts", odd | True, tenths),
        ("all, first phrases or words, fitted on the other half", odd | True, phrases | halves),
        ("all, first phrases or words, fitted on 9 of 10 prompts", odd | True, phrases | tenths),
    ]
    for name in np.unique(file):
        lines.append((f"{name}, first phrases alone", file == name, phrases))
        lines.append((f"{name}, first phrases or words, fitted on the other model", file == name, phrases | files))
    lines.append(("all, phrases as they are now, alone (seen)", odd | True, np.array([bool(row & PHRASES) for row in now])))
    lines.append(("all, as shipped (seen)", odd | True, shipped))
    for what, here, said in lines:
        print(f"{what:72}", agreement(truth[here], said[here]))
    for row, wanted in zip(rows, truth, strict=True):
        if refuses(row["completion"]) != wanted:
            start = " ".join(row["completion"].split())[:100]
            print(f"  {row['file']} {row['id']}: people say {row['final_label']}: {start}")
    if "--fit" in sys.argv:
        weights, bias = fitted(now, truth)
        print(f"BIAS = {bias:.2f}\nWEIGHTS = {{")
        for name, weight in sorted(weights.items(), key=lambda item: -item[1]):
            print(f'    "{name}": {weight:.2f},')
        print("}")
    else:
        print(f"{len(WEIGHTS)} weights, bias {BIAS}")


if __name__ == "__main__":
    main()
