"""Text to token ids and back. Control tokens that a person typed stay plain text; only the template's own act as control."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from burnish.errors import DataError
from burnish.tokens.rows import Rows

OPEN, CLOSE = "\U000f0000", "\U000f0001"
"""Private-use characters put around a control token that a person typed, so that it is told from the template's own."""
_MARKS = re.compile(f"[{OPEN}{CLOSE}]")
_MARKED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}|[{OPEN}{CLOSE}]")


class Encoder:
    """One tokenizer, with the control tokens that one template writes."""

    def __init__(self, tokenizer: Any, wording: str, rows: Rows | None = None) -> None:
        """Take as control tokens all special tokens, and the added ones that `wording`, the template's own text, holds.

        `rows`: of the model's embedding, beyond which no text may reach.
        """
        self.tokenizer = tokenizer
        self.rows = rows or Rows(tokenizer, None)
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()  # a tokenizer.json may carry limits, which would cut rows silently
        self._backend.no_padding()
        added = tokenizer.added_tokens_decoder
        self.controls: dict[str, int] = {
            token.content: int(number)
            for number, token in added.items()
            if token.special or (token.content in wording and not token.content.isspace())
        }
        longest_first = sorted((name for name in self.controls if name), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._newline = self._ids("\n")
        self._cuts = re.compile("|".join(map(re.escape, _cutting(self._backend, wording, [*added.values()]))) or "(?!)")

    def mark(self, text: str) -> str:
        """Return a person's `text` with every control token in it marked as plain text.

        Raises DataError when the text holds a private character of the marks themselves, or half of a surrogate pair.
        """
        if OPEN in text or CLOSE in text:
            raise DataError(
                "the text holds a private character that means nothing (U+F0000 or U+F0001)", remedy="take that character out"
            )
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise DataError("the text holds half a letter (a lone surrogate)", seen=ascii(text)[:80], remedy="take it out")
        return self._pattern.sub(f"{OPEN}\\g<0>{CLOSE}", text)

    def first_control(self, text: str) -> int | None:
        """Return the id of the control token that `text` begins with, or None."""
        found = self._pattern.match(text)
        return None if found is None else self.controls[found[0]]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a rendered text; nothing is added to it.

        Raises DataError when a mark cannot be kept plain, and for tokens that the model has no row for.
        """
        ids = self.unchecked(text)
        self.rows.check(ids)
        return ids

    def unchecked(self, text: str) -> list[int]:
        """Return the ids of a rendered text, whether the model has rows for them or not."""
        if OPEN not in text and CLOSE not in text:
            return self._ids(text)
        ids: list[int] = []
        end = 0
        for found in _MARKED.finditer(text):
            ids += self._piece(text[end : found.start()], first=end == 0) + self._plain(found[1] or "")
            end = found.end()
        return ids + self._piece(text[end:], first=False)

    def cuts(self, text: str) -> int:
        """Return at how many places of a rendered text no token can reach from one side to the other.

        Each is the beginning of an added token that the tokenizer finds in the text before it does anything else: what stands before it and
        what stands from it on are normalised, split and encoded each by itself (tokenizers, `AddedVocabulary.extract_and_normalize`).
        """
        return sum(1 for _ in self._cuts.finditer(_MARKED.sub(OPEN, text)))

    def decode(self, ids: Iterable[int], *, special: bool) -> str:
        """Return the text of ids exactly, without the tidying of spaces; with control tokens only when `special`."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=not special, clean_up_tokenization_spaces=False))

    def _ids(self, text: str) -> list[int]:
        return list(self._backend.encode(text, add_special_tokens=False).ids)

    def _piece(self, text: str, *, first: bool) -> list[int]:
        """Encode text from the middle of a chat: after a new line, so that no tokenizer puts its leading space before it."""
        if first or not text:
            return self._ids(text)
        ids = self._ids("\n" + text)
        begun = ids[: len(self._newline)] == self._newline
        return ids[len(self._newline) :] if begun else self._ids(text)

    def _plain(self, text: str) -> list[int]:
        """Encode a control token's name as plain text, past the tokenizer's table of added tokens."""
        ids = _without_added_tokens(self._backend, "\n" + text)
        newline = _without_added_tokens(self._backend, "\n")
        ids = ids[len(newline) :] if ids[: len(newline)] == newline else _without_added_tokens(self._backend, text)
        if set(ids) & set(self.controls.values()):
            raise DataError(
                "a message holds a control token of the model, and this tokenizer cannot write it as plain text",
                seen=text,
                remedy="take it out of the message, or break it with a space",
            )
        return ids


def unmarked(text: str) -> str:
    """Return `text` without the marks of `Encoder.mark`."""
    return _MARKS.sub("", text)


def letters(text: str) -> str:
    """Return what of a text a tokenizer must not lose: its letters, in one Unicode form, without white space and controls."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if not letter.isspace() and unicodedata.category(letter) not in {"Cc", "Cf"})


def _without_added_tokens(backend: Any, text: str) -> list[int]:
    if backend.normalizer is not None:
        text = backend.normalizer.normalize_str(text)
    words = [text] if backend.pre_tokenizer is None else [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(text)]
    return [token.id for word in words for token in backend.model.tokenize(word)]


def _cutting(backend: Any, wording: str, added: Sequence[Any]) -> list[str]:
    """Return the added tokens in a template's wording before which every text may be cut, the longest first.

    Not those that take white space before them along, that look at the letters around them, that are looked for in normalised text, or
    that another added token may reach into.
    """
    if backend.encode_special_tokens:  # then none is found at all
        return []
    clean = [one.content for one in added if one.content and one.content in wording and _is_clean(one)]
    names = [one.content for one in added]
    return sorted((one for one in clean if not any(_reaches(other, one) for other in names)), key=len, reverse=True)


def _is_clean(token: Any) -> bool:
    return not (token.lstrip or token.single_word or token.normalized) and bool(token.content == token.content.strip())


def _reaches(other: str, token: str) -> bool:
    """Return whether a text may hold `other` from before the beginning of `token` to a place behind that."""
    at = other.find(token[0], 1)
    while at > 0:
        if token.startswith(other[at:]) or other.startswith(token, at):
            return True
        at = other.find(token[0], at + 1)
    return False


def choose_pad(tokenizer: Any, stop_ids: Sequence[int], rows: Rows | None = None) -> int:
    """Return an id for padding that has a row and is never a stop id: the pad token, else unk, else another special token, else any id."""
    special = sorted(int(number) for number, token in tokenizer.added_tokens_decoder.items() if token.special)
    choices = [tokenizer.pad_token_id, tokenizer.unk_token_id, *special, *range(len(stop_ids) + 1)]
    fitting = (int(one) for one in choices if one is not None and one not in stop_ids and (rows is None or rows.has(int(one))))
    return next(fitting, 0)
