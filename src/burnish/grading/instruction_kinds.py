"""The kinds of instruction that `instructions` knows, and what a task must say with each: IFEval's 25 (Zhou 2023)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from burnish.grading import instruction_checks as checks
from burnish.grading.languages import LANGUAGES
from burnish.records.codec import JSON


@dataclass(frozen=True, slots=True)
class Argument:
    """What one argument must be."""

    right: Callable[[JSON], bool]
    words: str
    """The same in words, for a person."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of instruction."""

    followed: Callable[..., bool]
    """(answer, **arguments) -> whether the answer follows it."""
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    """Every argument, all of them required."""

    def faults(self, given: Mapping[str, JSON]) -> list[str]:
        """Return what is wrong with the arguments, one piece of a sentence a fault."""
        missing = [f"lacks {name!r} ({one.words})" for name, one in self.arguments.items() if name not in given]
        unknown = [
            f"knows no {name!r}: it takes {', '.join(self.arguments) or 'nothing'}"
            for name in given
            if name not in self.arguments
        ]
        wrong = [
            f"takes {one.words} as {name!r}, and got {given[name]!r}"
            for name, one in self.arguments.items()
            if name in given and not one.right(given[name])
        ]
        return missing + unknown + wrong


def _is_count(value: JSON, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_text(value: JSON) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: JSON) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


_COUNT = Argument(_is_count, "a whole number of at least 1")
_BULLETS = Argument(lambda value: _is_count(value, 0), "a whole number of at least 0")
_RELATION = Argument(lambda value: value in checks.RELATIONS, '"less than" or "at least"')
_TEXT = Argument(_is_text, "a text that is not blank")
_TEXTS = Argument(_are_texts, "a list of texts")
_LETTER = Argument(lambda value: _is_text(value) and len(value.strip()) == 1, "one letter or sign")
_LANGUAGE = Argument(lambda value: value in LANGUAGES, f"a language code ({' '.join(LANGUAGES)})")

KINDS: dict[str, Kind] = {
    "change_case:capital_word_frequency": Kind(
        checks.capital_word_frequency, {"capital_frequency": _COUNT, "capital_relation": _RELATION}
    ),
    "change_case:english_capital": Kind(checks.english_capital),
    "change_case:english_lowercase": Kind(checks.english_lowercase),
    "combination:repeat_prompt": Kind(checks.repeat_prompt, {"prompt_to_repeat": _TEXT}),
    "combination:two_responses": Kind(checks.two_responses),
    "detectable_content:number_placeholders": Kind(checks.number_placeholders, {"num_placeholders": _COUNT}),
    "detectable_content:postscript": Kind(checks.postscript, {"postscript_marker": _TEXT}),
    "detectable_format:constrained_response": Kind(checks.constrained_response),
    "detectable_format:json_format": Kind(checks.json_format),
    "detectable_format:multiple_sections": Kind(checks.multiple_sections, {"section_spliter": _TEXT, "num_sections": _COUNT}),
    "detectable_format:number_bullet_lists": Kind(checks.number_bullet_lists, {"num_bullets": _BULLETS}),
    "detectable_format:number_highlighted_sections": Kind(checks.number_highlighted_sections, {"num_highlights": _COUNT}),
    "detectable_format:title": Kind(checks.title),
    "keywords:existence": Kind(checks.has_keywords, {"keywords": _TEXTS}),
    "keywords:forbidden_words": Kind(checks.lacks_words, {"forbidden_words": _TEXTS}),
    "keywords:frequency": Kind(checks.keyword_frequency, {"keyword": _TEXT, "frequency": _COUNT, "relation": _RELATION}),
    "keywords:letter_frequency": Kind(
        checks.letter_frequency, {"letter": _LETTER, "let_frequency": _COUNT, "let_relation": _RELATION}
    ),
    "language:response_language": Kind(checks.in_language, {"language": _LANGUAGE}),
    "length_constraints:nth_paragraph_first_word": Kind(
        checks.nth_paragraph_first_word, {"num_paragraphs": _COUNT, "nth_paragraph": _COUNT, "first_word": _TEXT}
    ),
    "length_constraints:number_paragraphs": Kind(checks.number_paragraphs, {"num_paragraphs": _COUNT}),
    "length_constraints:number_sentences": Kind(checks.number_sentences, {"num_sentences": _COUNT, "relation": _RELATION}),
    "length_constraints:number_words": Kind(checks.number_words, {"num_words": _COUNT, "relation": _RELATION}),
    "punctuation:no_comma": Kind(checks.no_comma),
    "startend:end_checker": Kind(checks.end_checker, {"end_phrase": _TEXT}),
    "startend:quotation": Kind(checks.quotation),
}
"""By the names IFEval gives them."""
