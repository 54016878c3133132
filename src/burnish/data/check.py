"""What can be read but should be looked at: warnings on the words of the rows, each with its lines."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.data.citations import MARKS, NOWHERE_LINKS, PRIVATE
from burnish.data.groups import asked
from burnish.data.near import normalised
from burnish.data.read import ReadResult, read_rows
from burnish.grading.text import num_words
from burnish.records.conversation import Conversation

TEMPLATE_TOKENS = re.compile(
    r"<\|[a-zA-Z0-9_]{2,40}\|>|\[/?INST\]|<</?SYS>>|</?s>(?=\s|$)|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|</?think>"
)
_MOJIBAKE = re.compile("\N{REPLACEMENT CHARACTER}|Ã[\x80-\xbf\u2018-\u203a]|Â[\xa0-\xbf]|â€|ðŸ")
_PLACEHOLDER = re.compile(r"\{\{\s*\w+\s*\}\}")

Place = tuple[int, int]
"""A row's (line, first byte) in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One thing to look at, and in which lines."""

    kind: str
    what: str
    lines: tuple[int, ...]
    """1-based lines of the rows, in order."""
    remedy: str
    bytes: tuple[int, ...]
    """0-based offset of each row's first byte: it tells rows apart that share a line, as those of an array on one line do."""

    def __str__(self) -> str:
        """Return the warning as one line, with the first lines named."""
        more = f" and {len(self.lines) - 8} more" if len(self.lines) > 8 else ""
        shared = len({*self.lines}) < len(self.lines)
        shown = [f"{line} byte {byte}" if shared else str(line) for line, byte in self.places[:8]]
        return f"{self.what} (line {', '.join(shown)}{more}); {self.remedy}"

    @property
    def places(self) -> tuple[Place, ...]:
        """Return where each row begins. Raises ValueError where they were not told."""
        return tuple(zip(self.lines, self.bytes, strict=True))

    @classmethod
    def of(cls, kind: str, what: str, rows: Iterable[Conversation], remedy: str) -> Warned:
        """Return the warning on these rows."""
        found = [place(row) for row in rows]
        lines, starts = tuple(line for line, _ in found), tuple(byte for _, byte in found)
        return cls(kind=kind, what=what, lines=lines, bytes=starts, remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """A file's rows and what is to be said of them."""

    result: ReadResult
    warnings: tuple[Warned, ...]


def check(path: Path) -> CheckReport:
    """Return a file's rows, accepted and refused, with warnings on those accepted. Raises DataError as `read_rows` does."""
    result = read_rows(path)
    return CheckReport(result=result, warnings=warnings_of(result))


def warnings_of(result: ReadResult) -> tuple[Warned, ...]:
    """Return what should be looked at in the accepted rows, in the order of the checks below."""
    return (*(warned for look in _CHECKS for warned in look(result.conversations)), *_unused_keys(result))


def _unused_keys(result: ReadResult) -> Iterator[Warned]:
    """Warn of each key that holds words and that nothing reads: the model would be trained without them."""
    for key, rows in result.unused.items():
        what = f"{len(rows)} {'row has' if len(rows) == 1 else 'rows have'} words under `{key}`, which is not used"
        remedy = "put them where they are read (a turn, `system`, `context`, `reasoning_content`), into `metadata`, or take the key out"
        yield Warned.of("unused key", what, rows, remedy)


def place(conversation: Conversation) -> Place:
    """Return where a row begins; (0, 0) for one that stands in no file."""
    return (conversation.origin.line, conversation.origin.byte) if conversation.origin else (0, 0)


def _duplicates(rows: Sequence[Conversation]) -> Iterator[Warned]:
    same: defaultdict[str, list[Conversation]] = defaultdict(list)
    for row in rows:
        same[row.id].append(row)
    copies = sorted((row for group in same.values() for row in group[1:]), key=place)
    if copies:
        what = f"{len(copies)} rows are exact copies of earlier rows"
        yield Warned.of("duplicate", what, copies, "take them out, or they count double")


def _contradictions(rows: Sequence[Conversation]) -> Iterator[Warned]:
    answers: defaultdict[tuple[str, ...], dict[str, Conversation]] = defaultdict(dict)
    for row in rows:
        system = tuple(message.content for message in row.prompt if message.role == "system")
        answers[(normalised(asked(row)) or asked(row), *system)].setdefault(normalised(row.answer) or row.answer, row)
    for group in answers.values():
        if len(group) > 1:
            what = f"one prompt has {len(group)} different answers"
            remedy = "keep the right one, unless each is as good as the other"
            yield Warned.of("contradiction", what, group.values(), remedy)


def _matching(
    kind: str, pattern: re.Pattern[str], what: str, remedy: str
) -> Callable[[Sequence[Conversation]], Iterator[Warned]]:
    """Return a check for a pattern in any turn's words, which quotes the first match."""

    def look(rows: Sequence[Conversation]) -> Iterator[Warned]:
        found = [(row, match) for row in rows if (match := next(_matches(row, pattern), None))]
        if found:
            told = f"{what}, such as {found[0][1]!r}"
            yield Warned.of(kind, told, (row for row, _ in found), remedy)

    return look


def _matches(row: Conversation, pattern: re.Pattern[str]) -> Iterator[str]:
    return (match[0] for message in row.messages if (match := pattern.search(message.content)))


def _short_answers(rows: Sequence[Conversation]) -> Iterator[Warned]:
    """Warn of one-word answers where most answers are sentences; where most are one word, that is the task."""
    sizes = [num_words(row.answer) for row in rows]
    short = [row for row, size in zip(rows, sizes, strict=True) if size <= 1]
    if short and statistics.median(sizes) >= 5:
        what = f"{len(short)} answers are one word where most are sentences"
        yield Warned.of("short answer", what, short, "check that nothing was cut off")


def _same_answers(rows: Sequence[Conversation]) -> Iterator[Warned]:
    if len(rows) >= 3 and len({row.answer for row in rows}) == 1 and len({row.id for row in rows}) > 1:
        remedy = "the model would learn to say it always: add rows with other answers"
        yield Warned.of("same answer", "all answers are the same", rows, remedy)


def _untrained_ends(rows: Sequence[Conversation]) -> Iterator[Warned]:
    late = [row for row in rows if row.messages[-1].role != "assistant"]
    if late:
        what = f"{len(late)} rows go on after the last answer"
        yield Warned.of("words after the answer", what, late, "what follows it teaches nothing")


def _unshown_tools(rows: Sequence[Conversation]) -> Iterator[Warned]:
    unshown = [row for row in rows if row.metadata.get("tools")]
    if unshown:
        what = f"{len(unshown)} rows list `tools`, which the model is not shown"
        yield Warned.of("tools", what, unshown, "describe the tools in the system turn")


def _roles(rows: Sequence[Conversation]) -> Iterator[Warned]:
    """Warn of two turns of one speaker in a row, which many templates refuse."""
    doubled = [row for row in rows if any(_repeats(row))]
    if doubled:
        what = f"{len(doubled)} rows have two turns of one speaker in a row"
        yield Warned.of("doubled turn", what, doubled, "join them into one turn")


def _repeats(row: Conversation) -> Iterator[bool]:
    pairs = zip(row.messages, row.messages[1:], strict=False)
    return (one.role == other.role and one.role in ("user", "assistant") for one, other in pairs)


_CHECKS: tuple[Callable[[Sequence[Conversation]], Iterator[Warned]], ...] = (
    _duplicates,
    _contradictions,
    _matching(
        "template token",
        TEMPLATE_TOKENS,
        "a chat template's own tokens stand in the words",
        "take them out: the template adds them",
    ),
    _matching(
        "mojibake",
        _MOJIBAKE,
        "letters are garbled (read in a wrong encoding once)",
        "make the file again from its source as UTF-8",
    ),
    _matching(
        "citation mark",
        MARKS,
        "marks of an assistant's page stand in the words (citations, widgets: nobody sees them there)",
        "take them out: --mend citation-mark",
    ),
    _matching(
        "dead link",
        NOWHERE_LINKS,
        "links lead to files of an assistant's page, which nobody else can open",
        "leave their words: --mend dead-link",
    ),
    _matching(
        "private character",
        PRIVATE,
        "characters have no meaning of their own (private use: icons of a font, a program's signs)",
        "write what they stand for, or take them out",
    ),
    _matching("placeholder", _PLACEHOLDER, "a placeholder was never filled in", "write the real words in its place"),
    _short_answers,
    _same_answers,
    _untrained_ends,
    _unshown_tools,
    _roles,
)
