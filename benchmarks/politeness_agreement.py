"""How well `polite` tells courteous requests from curt ones, by people's ratings; and where its weights come from.

    python benchmarks/politeness_agreement.py FOLDER [--fit]

FOLDER holds `stack-exchange.csv` and `wikipedia.csv` with the columns `Request` and `Normalized Score` (the Stanford Politeness
Corpus, Danescu-Niculescu-Mizil 2013, CC-BY-4.0: five people rated each request). Measured is the ROC AUC between the top and the
bottom quartile of each site, and of both together. With --fit the weights of `polite_weights.py` are printed too.

The published signs were not fitted on these rows by us (the paper measured them on the whole corpus, of which these are a
part). All weights of ours are fitted without the rows they are tested on, the choice of words included: on 9 of 10 random parts
(the mean of three random partings), or on the other site. Settings were chosen in sight of the tenfold figures (some 60 tried, 0.739
to 0.781). "please" keeps its published weight: on these two sites it says nothing, elsewhere it does; that costs about 0.004.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from linear import auc, ridge, table

from burnish.grading.polite import SIGNS, found_signs, found_words, politeness

QUARTILES = {"stack-exchange": (-0.344, 0.421), "wikipedia": (-0.440, 0.515)}
"""Site -> (below: bottom quartile, from here on: top quartile), on the whole corpus."""
KEPT = ("please", "please first")
"""Signs that keep their published weights."""
SELDOM, OFTEN, WORDS, PENALTY, FOLDS = 5, 0.25, 120, 20.0, 10
"""Words in fewer rows, or in a larger share, are left out; so many are kept; the L2 penalty of the ratings' regression."""


def read(folder: Path) -> list[tuple[str, str, float]]:
    """Return (site, request, rating in standard deviations) of all rows."""
    return [
        (site, row["Request"], float(row["Normalized Score"]))
        for site in QUARTILES
        for row in csv.DictReader((folder / f"{site}.csv").open(encoding="utf-8"))
    ]


def candidates(words: list[set]) -> list[str]:
    """Return the words that may be weighed."""
    counts = Counter(word for row in words for word in row)
    signed = {word for word in counts if any(pattern.search(word.lstrip("^")) for _, pattern in SIGNS.values())}
    return sorted(word for word, n in counts.items() if SELDOM <= n <= OFTEN * len(words) and word not in signed)


def fitted(signs: np.ndarray, words: list[set], rating: np.ndarray) -> tuple[np.ndarray, dict[str, float]]:
    """Return (the signs' weights, {word: weight}): a ridge regression in which the published sum of signs is one more column.

    The weights are divided by that column's, so that a sign of which the rows say nothing keeps its published weight.
    """
    published = np.array([weight for weight, _ in SIGNS.values()])
    free = [i for i, name in enumerate(SIGNS) if name not in KEPT]
    fixed = np.column_stack([signs[:, free], signs @ published])
    names = candidates(words)
    for limit in (len(names), WORDS):  # once with all words, once with those that matter most
        x_RN = table(words, names[:limit])
        weights, _ = ridge(np.column_stack([x_RN, fixed]), rating, PENALTY)
        if limit > WORDS:
            effect_N = np.abs(weights[: len(names)]) * np.sqrt(x_RN.mean(axis=0) * (1 - x_RN.mean(axis=0)))
            names = [names[i] for i in np.argsort(-effect_N, kind="stable")]
    unit = weights[-1]
    moved = published.copy()
    moved[free] += weights[-1 - len(free) : -1] / unit
    return moved, dict(zip(names[:WORDS], weights[:WORDS] / unit, strict=True))


def score(signs: np.ndarray, words: list[set], sign_weights: np.ndarray, word_weights: dict[str, float]) -> np.ndarray:
    """Return the sum of weights of each row."""
    return signs @ sign_weights + np.array([sum(word_weights.get(word, 0.0) for word in row) for row in words])


def main() -> None:
    """Print the areas, and the worst mistakes of the tenfold fit."""
    arguments = [one for one in sys.argv[1:] if one != "--fit"]
    if len(arguments) != 1:
        sys.exit("usage: python benchmarks/politeness_agreement.py FOLDER [--fit]")
    rows = read(Path(arguments[0]))
    site, rating = np.array([row[0] for row in rows]), np.array([row[2] for row in rows])
    low = np.array([value < QUARTILES[name][0] for name, _, value in rows])
    high = np.array([value >= QUARTILES[name][1] for name, _, value in rows])
    signs = np.array([[float(name in found) for name in SIGNS] for found in (found_signs(row[1]) for row in rows)])
    words = [found_words(row[1]) for row in rows]
    folds = [np.random.default_rng(20261121 + i).integers(0, FOLDS, len(rows)) for i in range(3)]

    def held_out(group: np.ndarray) -> np.ndarray:
        said = np.zeros(len(rows))
        for one in np.unique(group):
            here = group == one
            weights = fitted(signs[~here], [row for row, skip in zip(words, here, strict=True) if not skip], rating[~here])
            said[here] = score(signs[here], [row for row, take in zip(words, here, strict=True) if take], *weights)
        return said

    tenths, *more = (held_out(fold) for fold in folds)
    sites = held_out(site)
    lines = {
        "published signs alone": signs @ np.array([weight for weight, _ in SIGNS.values()]),
        "signs and words, fitted on 9 of 10 parts": tenths,
        "the same, parted otherwise": more[0],
        "the same, parted a third way": more[1],
        "signs and words, fitted on the other site": sites,
        "as shipped (seen)": np.array([politeness(row[1])[0] for row in rows]),
    }
    for what, said in lines.items():
        areas = []
        for name, here in (("both", low | high), *((name, (site == name) & (low | high)) for name in QUARTILES)):
            areas.append(f"{name} {auc(said[here], high[here]):.3f} (n = {int(here.sum())})")
        print(f"{what:44} ROC AUC  {'  '.join(areas)}")
    both = low | high
    right = (tenths > np.median(tenths[both])) == high
    for name in QUARTILES:
        here = both & (site == name)
        print(f"tenfold, above or below the middle; {name}: accuracy {right[here].mean():.3f}")
    wrong = [i for i in np.argsort(-np.abs(tenths - np.median(tenths[both]))) if both[i] and not right[i]][:12]
    for i in wrong:
        print(f"  {'curt' if low[i] else 'courteous'} to people, {tenths[i]:+.2f}: {' '.join(rows[i][1].split())[:110]}")
    if "--fit" in sys.argv:
        sign_weights, word_weights = fitted(signs, words, rating)
        print("SIGN_WEIGHTS")
        for name, weight in zip(SIGNS, sign_weights, strict=True):
            print(f'    "{name}": {weight:.2f},')
        print("WORD_WEIGHTS")
        for name, weight in sorted(word_weights.items(), key=lambda item: -item[1]):
            print(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    main()
