"""What several graders look at in an answer: its words, lines, sentences, and whether it is an answer at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]*]*\s+(?=\S)|\n+")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|prof|st|no|approx|a\.m|p\.m)\.$", re.IGNORECASE)
_STOPS = re.compile(r"[、。，．,.!?！？；;：:…～~「」『』（）()\[\]【】《》〈〉・\"“”'／/។၊။།༎―—-]+")
_LIST_MARK = re.compile(r"^\s*(?:[-*•–+]|\(?\d{1,3}[.)])\s+")
_ECHO = re.compile(r"(.{1,8}?)\1{11,}", re.DOTALL)

_BY_PAIRS = re.compile(
    r"[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00016fe0-\U000187ff\U00020000-\U0003ffff]"
)
"""Letters of Chinese and Japanese: two of them are about a word."""
_BY_FOURS = re.compile(
    r"[\u0e01-\u0e30\u0e32-\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2-\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf\u0f00\u0f40-\u0f6c\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065-\u1066\u106e-\u1070"
    r"\u1075-\u1081\u1780-\u17b3\u1950-\u196d\u1970-\u1974\u1980-\u19ab\u1a20-\u1a54\u1b05-\u1b33\ua984-\ua9b2\ua9e0-\ua9ef\uaa60-\uaa7a\uaa80-\uaaaf\U00011f04-\U00011f33]"
)
"""Base letters of Thai, Lao, Tibetan, Burmese, Khmer, Tai, Balinese, Javanese and Kawi, which write no spaces between words: four
of them are about a word."""
_UNSPACED = re.compile(f"{_BY_PAIRS.pattern}|{_BY_FOURS.pattern}")

FEWEST_REPEATS = 4
"""A phrase said this often on end is a loop (three times where the phrase has eight words or more)."""
LONG_PHRASE = 8
LONGEST_PHRASE = 40
"""Loops are looked for up to this many words: the longest that can come back three times within 128 tokens or so."""
FEWEST_LOOPED = 8
"""Fewer words than this may repeat for effect ("no, no, no")."""


def spoken(text: str) -> str:
    r"""Return what the model says after its thought: the part behind `</think>`; "" where a thought was never closed.

    >>> spoken("<think>A capital.</think>\nTokyo"), spoken("Tokyo"), spoken("<think>Well, let me")
    ('Tokyo', 'Tokyo', '')
    """
    head, close, tail = text.rpartition("</think>")
    if close:
        return tail.strip()
    return "" if head == "" and tail.lstrip().startswith("<think>") else text.strip()


def words(text: str) -> list[str]:
    """Return the words: runs between white space that hold at least one letter or digit.

    >>> words("It's 9:45 - well, nearly!")
    ["It's", '9:45', 'well,', 'nearly!']
    """
    return [word for word in text.split() if any(character.isalnum() for character in word)]


def num_words(text: str) -> int:
    """Return how many words a text has: runs between white space, and in scripts that write none a word for so many letters.

    >>> num_words("It's 9:45, well"), num_words("明天"), num_words("钥匙在办公室的抽屉里"), num_words("はい、そうです。"), num_words("พรุ่งนี้")
    (3, 1, 5, 3, 1)
    """
    found = text.split()
    if text.isascii() or not _UNSPACED.search(text):
        return len(found)
    return sum(_num_unspaced(run) if _UNSPACED.search(run) else 1 for run in found)


def _num_unspaced(run: str) -> int:
    """Return the words in a run of such a script: at least one for each piece between stops."""
    total = 0
    for piece in _STOPS.split(run):
        if piece:
            pairs, fours = len(_BY_PAIRS.findall(piece)), len(_BY_FOURS.findall(piece))
            total += max(1, (pairs + 1) // 2 + (fours + 2) // 4)
    return total or 1


def lines(text: str) -> list[str]:
    """Return the lines that are not blank, without outer white space."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def without_mark(line: str) -> str:
    """Return a line without its bullet or number.

    >>> without_mark("2) Rinse."), without_mark("- Rinse."), without_mark("Rinse.")
    ('Rinse.', 'Rinse.', 'Rinse.')
    """
    return _LIST_MARK.sub("", line)


def sentences(text: str) -> list[str]:
    r"""Return the sentences; a line break also ends one, an abbreviation or a decimal point does not.

    >>> sentences("It costs 3.5 euros, e.g. today. Come in!\nBye")
    ['It costs 3.5 euros, e.g. today.', 'Come in!', 'Bye']
    """
    found: list[str] = []
    for piece in (piece.strip() for piece in _SENTENCE_END.split(text)):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += f" {piece}"
        elif words(piece):
            found.append(piece)
    return found


def broken(answer: str) -> str:
    r"""Return why this is no answer ("empty", "repeats itself ..."), or "" where it is one. The one place for this rule.

    A loop is the same line four times over, or the same phrase four times on end, in at least half of the answer.
    Not covered: gibberish made of ever new words, which only a grader that knows the right answer can see.

    >>> broken(" \n"), broken("I like tea. I like tea. I like tea. I like tea. I like"), broken("No, no, no!")
    ('empty', 'repeats itself: i like tea', '')
    """
    if not words(answer):
        return "empty"
    phrase = _looped_phrase(re.findall(r"\w+", answer.casefold())) or _repeated_line(answer) or _echo(" ".join(answer.split()))
    return f"repeats itself: {phrase[:60]}" if phrase else ""


def _looped_phrase(tokens: Sequence[str]) -> str:
    for size in range(1, min(LONGEST_PHRASE, len(tokens) // 3) + 1):
        end, covered = _longest_run(tokens, size)
        repeats = covered // size
        if repeats >= (3 if size >= LONG_PHRASE else FEWEST_REPEATS) and covered >= max(FEWEST_LOOPED, len(tokens) / 2):
            return " ".join(tokens[end - covered : end - covered + size])
    return ""


def _longest_run(tokens: Sequence[str], size: int) -> tuple[int, int]:
    """Return (end, length) of the longest stretch in which each token equals the one `size` before it."""
    run, best, best_end = 0, 0, 0
    for i in range(size, len(tokens)):
        run = run + 1 if tokens[i] == tokens[i - size] else 0
        if run > best:
            best, best_end = run, i + 1
    return best_end, best + size if best else 0


def _repeated_line(answer: str) -> str:
    kept = [without_mark(line).casefold() for line in lines(answer)]
    line, times = Counter(kept).most_common(1)[0]
    return line if times >= FEWEST_REPEATS and times >= len(kept) / 2 and words(line) else ""


def _echo(answer: str) -> str:
    """Return a piece of up to 8 characters that comes 12 times on end and fills half of the answer, or ""."""
    found = max(_ECHO.finditer(answer), key=lambda match: len(match[0]), default=None)
    return found[1] if found is not None and len(found[0]) >= len(answer) / 2 else ""
