"""`polite`: how courteous an answer is, by the words that people take as signs of it.

After Danescu-Niculescu-Mizil 2013, "A computational approach to politeness". `SIGNS` holds the weights they measured (table 3, mean
rating of requests that bear the sign, in standard deviations; those marked "ours" take that of the nearest sign of theirs).
`polite_weights` moves them, and adds 120 common words, by what 1,200 rated requests of their corpus say
(`benchmarks/politeness_agreement.py`: how much that gains on rows it was not fitted on). Not covered: irony, languages other
than English, whether the courtesy fits the occasion; the rated texts are requests between strangers on two web sites.
"""

from __future__ import annotations

import math
import re

from burnish.grading.example import Example
from burnish.grading.polite_weights import SIGN_WEIGHTS, WORD_WEIGHTS
from burnish.records.report import Score
from burnish.records.task import Task

STEEPNESS = 2.0
"""How fast signs move the score: one sign of middle weight (0.45) lifts the neutral 0.5 to 0.71."""


_FIRST = re.compile(r"(?:^|[.!?]\s+)([a-z']+)")


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
"""Sign -> (its published weight, where it stands in the lower-cased answer). A sign counts once, so that length buys nothing."""


EXAMPLE = Example(
    wants='none: the politeness itself is the score; or {"min": m} with m from 0 to 1: right from m on',
    prompt="Ask somebody to close the door.",
    target=None,
    answers=(("Could you please close it? Thank you.", 1.0), ("Water is wet.", 0.5), ("Shut it, idiot!", 0.04)),
)


def grade(task: Task, answer: str) -> Score:
    """Return the politeness, 0 (rude) to 1 (courteous), 0.5 where no sign stands; with the target `{"min": m}`, 1 from m on, else 0.

    The logistic of twice the sum of the weights of the signs found.

    >>> from burnish.grading.example import score
    >>> [score("polite", None, answer) for answer in ("Could you please close it? Thank you.", "Water is wet.", "Shut up, idiot!")]
    [0.999, 0.5, 0.026]
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
    signs = found_signs(text)
    total = sum(SIGN_WEIGHTS[name] for name in signs) + sum(WORD_WEIGHTS.get(word, 0.0) for word in found_words(text))
    return 1 / (1 + math.exp(-STEEPNESS * total)), signs


def found_signs(text: str) -> list[str]:
    """Return the names of the signs that stand in a text.

    >>> found_signs("Hello Ann, could you wait? Thanks!")
    ['thanks', 'greeting', 'softened']
    """
    plain = _plain(text)
    return [name for name, (_, pattern) in SIGNS.items() if pattern.search(plain)]


def found_words(text: str) -> set[str]:
    """Return the words of a text in small letters, the marks ? and !, and each first word of a sentence with ^ before it; each once.

    >>> sorted(found_words("Why not? It's late, why not"))
    ['?', "^it's", '^why', "it's", 'late', 'not', 'why']
    """
    plain = _plain(text)
    return set(re.findall(r"[a-z']+|[?!]", plain)) | {f"^{word}" for word in _FIRST.findall(plain)}


def _plain(text: str) -> str:
    return text.replace("’", "'").casefold().strip()
