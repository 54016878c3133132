"""Rows in folds: each row is held out once, by a model that learnt from the others.

1. Rows with near-same prompts are in one fold, and so are those of one thread and those made from one row (`groups.py`): a question that was trained must not be asked.
2. Rows with the same answer are spread over the folds, so that what is asked in other words was taught.
3. Categories are spread likewise, and the folds are as even as the groups allow.

The same rows and seed give the same folds: groups are ordered by size and by a sha256 of seed and words.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from burnish.data.groups import groups as tied
from burnish.data.novelty import answer_groups
from burnish.errors import DataError
from burnish.records.conversation import Conversation


def folds(conversations: Sequence[Conversation], count: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """Return the indices of each fold's rows, in file order. Raises DataError where there are fewer questions than folds."""
    groups = _groups(conversations, seed)
    if len(groups) < count:
        raise DataError(
            f"{count} folds need at least {count} different questions",
            seen=f"{len(conversations)} rows that ask {len(groups)}, near-same ones counted once",
            remedy=f"ask for fewer folds (--folds {len(groups)}), or add rows" if len(groups) >= 2 else "add rows",
        )
    answers = answer_groups(conversations)
    most = -(-len(conversations) // count)
    made: list[list[int]] = [[] for _ in range(count)]
    told = [Counter[str]() for _ in range(count)]
    for group in groups:
        keys = [key for i in group for key in (f"answer {answers[i]}", f"category {conversations[i].category}")]

        def cost(fold: int, keys: list[str] = keys, size: int = len(group)) -> tuple[bool, list[int], int, int]:
            full = bool(made[fold]) and len(made[fold]) + size > most
            same = [sum(told[fold][key] for key in keys if key.startswith(kind)) for kind in ("answer", "category")]
            return full, same, len(made[fold]), fold

        fold = min(range(count), key=cost)
        made[fold] += group
        told[fold].update(keys)
    return tuple(tuple(sorted(rows)) for rows in _none_empty(made, groups))


def _none_empty(made: list[list[int]], groups: Sequence[list[int]]) -> list[list[int]]:
    """Return the folds with a group of the fullest one moved to each that is empty; there are at least as many groups as folds."""
    for empty in [fold for fold in made if not fold]:
        fullest = max((fold for fold in made if sum(group[0] in fold for group in groups) > 1), key=len)
        moved = next(group for group in reversed(groups) if group[0] in fullest)
        empty.extend(moved)
        fullest[:] = [i for i in fullest if i not in moved]
    return made


def _groups(conversations: Sequence[Conversation], seed: int) -> list[list[int]]:
    """Return the rows by question: large groups first and answers of one question last, so that these can even the folds out."""
    answers = answer_groups(conversations)
    same = Counter(answers)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for i, cluster in enumerate(tied(conversations)):
        members[cluster].append(i)

    def drawn(group: list[int]) -> tuple[int, int, bytes]:
        return (
            -len(group),
            -max(same[answers[i]] for i in group),
            hashlib.sha256(f"{seed} {conversations[group[0]].id} {group[0]}".encode()).digest(),
        )

    return sorted(members.values(), key=drawn)
