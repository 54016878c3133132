"""What each kind of instruction looks for in an answer, as IFEval (Zhou 2023, arXiv 2311.07911) defines it, strict version.

Each check takes the answer and what the instruction asks for, already known to be of the right type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from burnish.grading import languages

LESS, LEAST = "less than", "at least"
RELATIONS = (LESS, LEAST)
OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
"""What `constrained_response` allows."""

_END = re.compile(r"(?<![.!?。！？।])[.!?。！？।]+[\"'”’)\]*]*(?=\s|$)|[。！？]")
_ABBREVIATION = re.compile(r"(?i:\b(?:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|prof|st|a\.m|p\.m|inc|ltd))\.$|\b[A-Z]\.$")
_SHOUTED = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_ABBREVIATED = 12
"""Letters that an abbreviation and what closes it may take at the end of a sentence."""


def compared(count: int, relation: str, bound: int) -> bool:
    """Return whether a count is "less than" or "at least" a bound."""
    return count < bound if relation == LESS else count >= bound


def has_keywords(answer: str, keywords: Iterable[str]) -> bool:
    """Return whether each keyword stands somewhere, inside longer words too; case does not matter."""
    return all(_times(answer, keyword) for keyword in keywords)


def keyword_frequency(answer: str, keyword: str, frequency: int, relation: str) -> bool:
    """Return whether a keyword stands as often as asked, inside longer words too."""
    return compared(_times(answer, keyword), relation, frequency)


def lacks_words(answer: str, forbidden_words: Iterable[str]) -> bool:
    """Return whether none of the words stands as a whole word; case does not matter."""
    return not any(re.search(rf"\b{re.escape(word)}\b", answer, re.IGNORECASE) for word in forbidden_words)


def letter_frequency(answer: str, letter: str, let_frequency: int, let_relation: str) -> bool:
    """Return whether a letter (or sign) stands as often as asked, in either case."""
    return compared(answer.lower().count(letter.lower()), let_relation, let_frequency)


def in_language(answer: str, language: str) -> bool:
    """Return whether the answer is in the language; without a letter it is in any, as in IFEval."""
    return not any(map(str.isalpha, answer)) or languages.language(answer) == language


def number_sentences(answer: str, num_sentences: int, relation: str) -> bool:
    """Return whether there are so many sentences; unlike our own `structure`, a line break alone ends none."""
    return compared(_sentences(answer), relation, num_sentences)


def number_paragraphs(answer: str, num_paragraphs: int) -> bool:
    """Return whether `***` divides the answer into exactly so many paragraphs, none of the inner ones empty."""
    parts = re.split(r"\s?\*\*\*\s?", answer)
    if not all(part.strip() for part in parts[1:-1]):
        return False
    return len(parts) - sum(not part.strip() for part in {0: parts[0], len(parts) - 1: parts[-1]}.values()) == num_paragraphs


def number_words(answer: str, num_words: int, relation: str) -> bool:
    """Return whether there are so many words: runs of letters and digits, so that "it's" is two, as in IFEval."""
    return compared(len(re.findall(r"\w+", answer)), relation, num_words)


def nth_paragraph_first_word(answer: str, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    """Return whether an empty line divides the answer into so many paragraphs, and the nth begins with the word."""
    parts = answer.split("\n\n")
    filled = sum(bool(part.strip()) for part in parts)
    if nth_paragraph > filled or not parts[nth_paragraph - 1].strip():
        return False
    word = re.split(r"[.,?!'\"]", parts[nth_paragraph - 1].split()[0].lstrip("'\""))[0]
    return filled == num_paragraphs and word.lower() == first_word.lower()


def number_placeholders(answer: str, num_placeholders: int) -> bool:
    """Return whether there are at least so many placeholders in square brackets, such as [name]."""
    # By hand: the pattern "[", anything, "]" takes hours where only the first bracket is there, 100,000 times.
    return sum(map(_placeholders, answer.split("\n"))) >= num_placeholders


def postscript(answer: str, postscript_marker: str) -> bool:
    """Return whether a postscript with this marker stands in the answer; for P.S. and P.P.S, spaces between are allowed."""
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    pattern = known.get(postscript_marker, re.escape(postscript_marker))
    return re.search(pattern, answer, re.IGNORECASE) is not None


def number_bullet_lists(answer: str, num_bullets: int) -> bool:
    """Return whether exactly so many lines begin with `* ` or `-` (a line that begins with ** is no bullet)."""
    stars = re.findall(r"^[ \t]*\*[^*\n]", answer, re.MULTILINE)
    return len(stars) + len(re.findall(r"^[ \t]*-", answer, re.MULTILINE)) == num_bullets


def constrained_response(answer: str) -> bool:
    """Return whether one of the three OPTIONS stands in the answer, letter for letter."""
    return any(option in answer for option in OPTIONS)


def number_highlighted_sections(answer: str, num_highlights: int) -> bool:
    """Return whether at least so many pieces stand between *stars* or **double stars**, on one line each."""
    single = re.findall(r"\*[^\n*]*\*", answer)
    double = re.findall(r"\*\*[^\n*]*\*\*", answer)
    return sum(bool(piece.strip("*").strip()) for piece in (*single, *double)) >= num_highlights


def multiple_sections(answer: str, section_spliter: str, num_sections: int) -> bool:
    """Return whether at least so many sections begin with the splitter and a number, such as "Section 1"."""
    return len(re.findall(rf"\s?{re.escape(section_spliter)}\s?\d+\s?", answer)) >= num_sections


def json_format(answer: str) -> bool:
    """Return whether the whole answer is JSON, alone or in a code fence."""
    plain = answer.strip()
    if plain.startswith("```"):
        plain = plain.removeprefix("```").removesuffix("```")
        plain = plain[4:] if plain[:4].lower() == "json" else plain
    try:
        json.loads(plain)
    except (ValueError, RecursionError):
        return False
    return True


def title(answer: str) -> bool:
    """Return whether a title stands in <<double angular brackets>>."""
    inner = (line.partition("<<")[2].rpartition(">>")[0] for line in answer.split("\n"))
    return any(text.strip("<> \t") for text in inner)


def two_responses(answer: str) -> bool:
    """Return whether six stars divide the answer into two different ones."""
    parts = [part.strip() for part in answer.split("******")]
    filled = [part for part in parts if part]
    return all(parts[1:-1]) and len(filled) == 2 and filled[0] != filled[1]


def repeat_prompt(answer: str, prompt_to_repeat: str) -> bool:
    """Return whether the answer begins with the prompt; case does not matter."""
    return answer.strip().lower().startswith(prompt_to_repeat.strip().lower())


def end_checker(answer: str, end_phrase: str) -> bool:
    """Return whether the answer ends with exactly the phrase; case and quotation marks around it do not matter."""
    return answer.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def quotation(answer: str) -> bool:
    """Return whether the whole answer stands in double quotation marks."""
    plain = answer.strip()
    return len(plain) > 1 and plain.startswith('"') and plain.endswith('"')


def capital_word_frequency(answer: str, capital_frequency: int, capital_relation: str) -> bool:
    """Return whether so many words are all capitals ("I" and "A" count, as in IFEval; "U.S." and "WELL-KNOWN" are one each)."""
    return compared(sum(word.isupper() for word in _SHOUTED.findall(answer)), capital_relation, capital_frequency)


def english_capital(answer: str) -> bool:
    """Return whether the answer is English in capitals only."""
    return answer.isupper() and _may_be_english(answer)


def english_lowercase(answer: str) -> bool:
    """Return whether the answer is English in small letters only."""
    return answer.islower() and _may_be_english(answer)


def no_comma(answer: str) -> bool:
    """Return whether the answer holds no comma."""
    return "," not in answer


def _may_be_english(answer: str) -> bool:
    """Return whether nothing says that it is another language: too short to tell is good enough, if the letters are Latin."""
    told = languages.language(answer)
    return told == "en" or (told == "" and answer.isascii())


def _times(answer: str, keyword: str) -> int:
    return len(re.findall(re.escape(keyword), answer, re.IGNORECASE))


def _sentences(answer: str) -> int:
    """Return the number of sentences; words after the last full stop are one more."""
    start, count = 0, 0
    for end in _END.finditer(answer):
        if not _ABBREVIATION.search(answer[max(start, end.end() - _ABBREVIATED) : end.end()].rstrip("\"'”’)]*")):
            count += any(map(str.isalnum, answer[start : end.end()]))
            start = end.end()
    return count + any(map(str.isalnum, answer[start:]))


def _placeholders(line: str) -> int:
    count, end = 0, 0
    while (start := line.find("[", end)) >= 0 and (close := line.find("]", start)) >= 0:
        count, end = count + 1, close + 1
    return count
