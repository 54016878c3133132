"""The near-same search as it was before it kept to the rows: plain prefix filtering over sets of grams. Exact, and slower by the row."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from burnish.data.joined import Joined
from burnish.data.near import THRESHOLD, _compared, _near, _without_boilerplate


def slow_clusters(prompts):
    """Return what `near_clusters` must return."""
    texts = [_compared(prompt) for prompt in _without_boilerplate(prompts)]
    joined, first = Joined(len(prompts)), {}
    for i, text in enumerate(texts):
        joined.union(first.setdefault(text.words, i), i)
    for i, j in _pairs(texts, sorted(first.values())):
        joined.union(i, j)
    return joined.numbers()


def _pairs(texts, distinct):
    counts = Counter(gram for i in distinct for gram in texts[i].grams)
    holders = defaultdict(list)
    for i in sorted(distinct, key=lambda i: (len(texts[i].grams), i)):
        size = len(texts[i].grams)
        rarest = sorted(texts[i].grams, key=lambda gram: (counts[gram], gram))[: size - math.ceil(THRESHOLD * size) + 1]
        keys = [(texts[i].numbers, gram) for gram in rarest]
        for j in {j for key in keys for j in holders[key] if len(texts[j].grams) >= THRESHOLD * size}:
            if _near(texts[i], texts[j]):
                yield j, i
        for key in keys:
            holders[key].append(i)
