"""`polite`: how courteous an answer is, by the words that people take as signs of it.

After Danescu-Niculescu-Mizil 2013, "A computational approach to politeness": the weights of signs they measured are theirs
(table 3, mean rating of requests that bear the sign, in standard deviations); those marked "ours" take the weight of the
nearest sign of theirs. Not covered: irony, languages other than English, whether the courtesy fits the occasion.
"""

from __future__ import annotations

import math
import re

from burnish.records.report import Score
from burnish.records.task import Task

STEEPNESS = 2.0
"""How fast signs move the score: one sign of middle weight (0.45) lifts the neutral 0.5 to 0.71."""


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


SIGNS: dict[str, tuple[float, re.Pattern[str]]] = {
    "thanks": (0.87, _words("thank you", "thanks", "grateful", "gratitude", r"appreciat\w*", "kind of you")),
    "respect": (
        0.78,
        _words("great", "(?:good|nice) work", "well done", "excellent", "wonderful", "sir", "madam", "with respect"),
    ),
    "greeting": (0.43, re.compile(r"(?:^|\n)\W{0,9}(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|greetings)\b")),
    "farewell": (
        0.43,
        _words("(?:kind|best|warm) (?:regards|wishes)", "sincerely", "yours (?:truly|faithfully)", "take care"),
    ),  # ours
    "apology": (0.36, _words("sorry", r"apolog\w+", "excuse me", "pardon", "forgive me", "my mistake", "i regret")),
    "please": (0.49, re.compile(r"(?<!^)(?<!\n)\b(?:please|kindly)\b")),
    "please first": (-0.30, re.compile(r"(?:^|\n)\W{0,9}please\b")),
    "offer": (
        0.43,
        _words("(?:happy|glad) to", "my pleasure", "you(?:'re| are) welcome", "of course", "feel free", "let me know"),
    ),  # ours
    "softened": (
        0.47,
        _words("(?:could|would) you", "(?:could|may|might) i", "would it be possible", "would like", "i'd", "if possible"),
    ),
    "by the way": (0.63, _words("by the way", "btw")),
    "hedge": (0.14, _words("perhaps", "maybe", "possibly", "i (?:think|believe|suppose|wonder|understand)", "it seems", "might")),
    "we": (0.08, _words("we", "our", "us")),
    "i": (0.08, _words("i", "my", "me")),
    "warm word": (0.12, _words(r"love\w*", "nice", r"enjoy\w*", "interesting", "helpful", "thoughtful", r"warm\w*")),
    "cold word": (-0.13, _words(r"bad\w*", r"wrong\w*", r"hate\w*", "awful", "terrible", "useless", r"annoy\w*", "nonsense")),
    "blunt question": (-0.27, re.compile(r"(?:^|[.!?]\s+)(?:what|why|who|how)\b[^.!?]*\?")),
    "blunt start": (-0.43, re.compile(r"^\W*(?:so|then|and|but|or|no|listen|look)\b")),
    "insistence": (
        -0.38,
        _words("in fact", "actually", "the point is", "the truth is", "really", "honestly", "surely", "obviously"),
    ),
    "you first": (-0.30, re.compile(r"^\W*(?:you|your|you're)\b")),
    "order": (
        -0.43,
        re.compile(r"(?:^|[.!?]\s+|\n)(?:do not|don't|stop|shut|give me|get|send me|tell me|go away|leave me|you must)\b"),
    ),  # ours
    "insult": (
        -1.50,
        _words(
            r"stupid\w*", r"idiot\w*", "dumb", r"moron\w*", "shut up", r"damn\w*", "crap", r"f+u+ck\w*", r"shit\w*", "pathetic"
        ),
    ),  # ours
    "shouting": (-0.43, re.compile(r"!!|\?!|\?\?")),  # ours
}
"""Sign -> (its weight, where it stands in the lower-cased answer). A sign counts once, so that length buys nothing."""


def grade(task: Task, answer: str) -> Score:
    """Return the politeness, 0 (rude) to 1 (courteous), 0.5 where no sign stands; with the target `{"min": m}`, 1 from m on, else 0.

    The logistic of twice the sum of the weights of the signs found.

    >>> from burnish.grading.example import score
    >>> [score("polite", None, answer) for answer in ("Could you please close it? Thank you.", "Water is wet.", "Shut up, idiot!")]
    [0.975, 0.5, 0.021]
    >>> score("polite", {"min": 0.5}, "Thanks a lot."), score("polite", {"min": 0.9}, "Water is wet.")
    (1.0, 0.0)
    """
    value, signs = politeness(answer)
    detail = ", ".join(signs) or "no sign"
    if task.target is None:
        return Score(value=value, detail=detail)
    return Score(value=float(value >= task.target["min"]), detail=f"{value:.2f}: {detail}")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: none is needed, and {"min": number from 0 to 1} is allowed."""
    target = task.target
    if target is None:
        return []
    least = target.get("min") if isinstance(target, dict) and set(target) == {"min"} else None
    right = isinstance(least, int | float) and not isinstance(least, bool) and 0 <= least <= 1
    return [] if right else [f'polite needs no target, or {{"min": a number from 0 to 1}}, and got {target!r}']


def politeness(text: str) -> tuple[float, list[str]]:
    """Return (score from 0 to 1, the names of the signs found)."""
    plain = text.replace("’", "'").casefold().strip()
    found = [name for name, (_, pattern) in SIGNS.items() if pattern.search(plain)]
    return 1 / (1 + math.exp(-STEEPNESS * sum(SIGNS[name][0] for name in found))), found
