"""Which words carry a meaning, and a sentence's telegram: those words alone, in order, each as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD = re.compile(r"[^\W_]+(?:[.'’_-][^\W_]+)*")
"""A run of letters and digits, with what joins such runs inside one word (`don't`, `4.5`, `AB-12`)."""

_EMPTY = frozenset(
    """a about above after again ain't all also although am an and any are aren't as at be because been before being below between
    both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else even ever
    every few for from further get gets getting give given go goes going gonna got had hadn't has hasn't have haven't having he he'd
    he'll he's her here hers herself him himself his how however i i'd i'll i'm i've if in into is isn't it it'd it'll it's its
    itself just let let's lot lots made make makes many may maybe me mean might more most much must my myself of off on once one ones only
    or other our ours out over own perhaps put quite rather really said same say says see seem seems shall she she'd she'll she's
    should shouldn't so some something soon still such take taken than that that's the their theirs them themselves then there
    there's therefore these they they'd they'll they're they've thing things this those though through to too toward under until
    up upon us use very was wasn't way we we'd we'll we're we've well were weren't what what's when where whether which while who
    who's whom whose why will with within won't would wouldn't yet you you'd you'll you're you've your yours yourself
    able actually alright anything anyway bye certainly course else fine glad good goodbye great happy hello help hey hi hmm
    interested know lets like little find finding look looking love lovely need nice oh ok okay perfect please possible pretty problem right sorry
    sound sounds stuff sure thank thanks that'll think uh uhm um want wanted wants welcome wonderful would yeah yep yes you'd""".split()  # noqa: SIM905 - two hundred words in quotes are no list to read
)
"""Words that say nothing by themselves: those that join others, and those of courtesy."""
_TURNS = frozenset(
    {"not", "no", "never", "none", "without", "except", "cannot", "don't", "doesn't", "didn't", "isn't", "won't", "can't"}
)
"""Words that turn a meaning round: they stay in a telegram, whatever else goes."""


def plain(word: str) -> str:
    """Return a word as it is compared: small letters, a straight apostrophe, common endings off.

    >>> [plain(word) for word in ("Tickets", "tickets'", "booked", "Olsen’s", "gas")]
    ['ticket', 'ticket', 'book', 'olsen', 'gas']
    """
    small = word.casefold().replace("’", "'").removesuffix("'s").rstrip("'")
    for ending, shortest in (("ing", 6), ("ed", 6), ("s", 4)):
        if len(small) >= shortest and small.endswith(ending) and not small.endswith("ss"):
            return small[: -len(ending)]
    return small


def says(word: str) -> bool:
    """Return whether a word has a meaning of its own."""
    small = word.casefold().replace("’", "'")
    return small not in _EMPTY and (len(small) > 1 or small.isdigit() or not small.isascii())


def content_words(text: str) -> list[str]:
    """Return the words with a meaning, as they are compared, in order.

    >>> content_words("Could you book two tickets, please?")
    ['book', 'two', 'ticket']
    """
    return [plain(found[0]) for found in WORD.finditer(text) if says(found[0])]


def telegram(text: str, whole: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places of the words that have a meaning, in order; the places in `whole` (start, end) stay as they are.

    >>> text = "The game is at Angel Stadium of Anaheim, not at home."
    >>> [text[start:end] for start, end in telegram(text, [(15, 39)])]
    ['game', 'Angel Stadium of Anaheim', 'not', 'home']
    """
    kept: list[tuple[int, int]] = sorted(whole)
    held = frozenset(place for start, end in kept for place in range(start, end))
    loose = (found for found in WORD.finditer(text) if found.start() not in held)
    return sorted([*kept, *(one.span() for one in loose if says(one[0]) or one[0].casefold().replace("’", "'") in _TURNS)])
