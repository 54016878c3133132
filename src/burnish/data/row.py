"""From one object to a conversation, with all that is wrong with it, and the keys with words that nothing read."""

from __future__ import annotations

import difflib
import functools
import itertools
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from burnish.data.beside import SYSTEM, THOUGHTS, with_system, with_thought
from burnish.data.container import EXAMPLE
from burnish.data.flaw import Flaw, kind, shown
from burnish.data.marks import NAMES as MARKS, ROW_NAMES, may_mark, row_weights
from burnish.data.names import name_list, plain
from burnish.data.sources import alpaca, completion, messages, pair, sharegpt, tree
from burnish.data.turns import Turn, messages_of, missing
from burnish.data.verdicts import AGAINST, LABELS, bad_label
from burnish.records.codec import JSON
from burnish.records.conversation import Conversation, Origin

_SOURCES = (messages, sharegpt, tree, alpaca, completion)
_KEYS = ("messages", "conversations", "instruction", "output", "prompt", "completion")
_TURN_KEYS = frozenset({"role", "content", "from", "value", "tool_calls", "function_call", "tool_call_id"})
_READ = frozenset({"metadata", "category", "tools", "chosen", "rejected"})
_A_WORD = re.compile(r"(?<![\w/.:@-])[^\W\d_]{2,}(?![\w/:@-])")
_NO_WORDS = frozenset(
    name_list(
        "id uuid guid hash sha sha256 md5 url uri link href path file filename timestamp datetime date time created updated type"
    )
)
"""Names of keys that tell a row apart, or where it comes from; they hold no words to learn."""

UNKNOWN = "no format is known with these keys"
Columns = Mapping[str, str]
"""What a person said of the keys: "question", "answer" and the like -> key."""


def of_value(
    value: Mapping[str, JSON],
    flaws: list[Flaw],
    formats: Counter[str],
    origin: Origin,
    *,
    columns: Columns | None = None,
    unused: list[str] | None = None,
) -> Conversation | None:
    """Return the conversation of an object that is a row, or None or anything where `flaws` tells what is wrong.

    `unused` gets the name of each key that holds words and is not read.
    """
    if columns:
        value = _renamed(value, columns, flaws)
        name, read = pair.NAME, frozenset(value.keys() & columns.keys())
        turns = [] if flaws else pair.turns_by(value, {what: what for what in columns}, flaws)
    else:
        source = next((source for source in _SOURCES if source.matches(value)), None)
        is_pair = source is None and pair.matches(value)
        if _is_preference(value, flaws) or (source is None and not is_pair):
            flaws += [] if flaws else [_unknown(value)]
            return None
        name = source.NAME if source else pair.NAME
        read = source.KEYS if source else pair.keys(value)
        turns = source.turns(value, flaws) if source else pair.turns(value, flaws)
    formats[name] += 1
    thought_is_read = True
    if turns and _says_more(tuple(value)):
        turns, thought_is_read = _beside(value, turns, flaws)
    made = messages_of(turns, flaws) if turns else ()
    if unused is not None and not flaws:
        unused += _unused(value, read, thought=thought_is_read)
    return Conversation(messages=made, metadata=_metadata(value, flaws), origin=origin)


@functools.lru_cache(maxsize=1024)  # the rows of a file have few sets of keys
def _says_more(keys: tuple[str, ...]) -> bool:
    """Return whether one of a row's keys is a mark, a label, a thought or a system text."""
    return any(_is_read(key, thought=True) or may_mark(key) for key in keys)


def _beside(value: Mapping[str, JSON], turns: list[Turn], flaws: list[Flaw]) -> tuple[list[Turn], bool]:
    """Return the turns with what stands beside them: marks, a thought, a system text."""
    weights = row_weights(value, [turn.role for turn in turns], flaws)
    turns = [replace(turn, weight=0) if weight == 0 else turn for turn, weight in zip(turns, weights, strict=True)]
    turns, thought_is_read = with_thought(value, turns, flaws)
    answer = next((turn.content for turn in reversed(turns) if turn.role == "assistant"), "")
    if flaw := bad_label(value, answer if isinstance(answer, str) else ""):
        flaws.append(flaw)
    return with_system(value, turns, flaws), thought_is_read


def _renamed(row: Mapping[str, JSON], columns: Columns, flaws: list[Flaw]) -> dict[str, JSON]:
    """Return a row with the columns that a person named under their own names, and the others as they are."""
    for what in ("question", "answer"):
        if not _at(row, columns[what]):
            here = ", ".join(key[:40] for key in itertools.islice(row, 10))
            flaws.append(missing(columns[what], f"name a key of the row ({here}) with --column {what}=KEY"))
    taken = {what: found[0] for what, key in columns.items() if (found := _at(row, key))}
    rest = {key: held for key, held in row.items() if key not in columns.values() and key not in taken}
    return {**rest, **taken}


def _at(row: Mapping[str, JSON], key: str) -> list[JSON]:
    """Return [what stands at a key], where dots may lead into objects and lists; [] where nothing does."""
    if key in row:
        return [row[key]]
    held: JSON = row
    for step in key.split("."):
        if isinstance(held, dict) and step in held:
            held = held[step]
        elif isinstance(held, list) and step.isdecimal() and int(step) < len(held):
            held = held[int(step)]
        else:
            return []
    return [held]


def _unused(row: Mapping[str, JSON], read: frozenset[str], *, thought: bool) -> list[str]:
    """Return the keys of a row and of its turns that hold words and that nothing reads."""
    found = [key[:60] for key in _others(tuple(row), read, thought) if _holds_words(key, row[key])]
    for key in read:
        held = row.get(key)
        if isinstance(held, list):
            for turn in held:
                if isinstance(turn, dict) and len(turn) > 2:
                    found += _unused_in_turn(key, turn)
    if read == tree.KEYS and tree.matches(row) and tree.others(row):
        found.append("prompt.replies[] (not the best)")
    return found


@functools.lru_cache(maxsize=1024)
def _others(keys: tuple[str, ...], read: frozenset[str], thought: bool) -> tuple[str, ...]:
    """Return the keys of a row that nothing reads, whatever they hold."""
    return tuple(key for key in keys if key not in read and key not in _READ and not _is_read(key, thought=thought))


def _is_read(key: str, *, thought: bool) -> bool:
    name = plain(key)
    return name in SYSTEM or name in ROW_NAMES or name in LABELS or name in AGAINST or (thought and name in THOUGHTS)


def _unused_in_turn(key: str, turn: Mapping[str, JSON]) -> list[str]:
    return [
        f"{key}[].{name[:60]}"
        for name, words in turn.items()
        if name not in _TURN_KEYS and plain(name) not in THOUGHTS and plain(name) not in MARKS and _holds_words(name, words)
    ]


def _holds_words(key: str, held: JSON, depth: int = 0) -> bool:
    if isinstance(held, str):
        return plain(key) not in _NO_WORDS and not key.endswith(("_id", "Id", "_ids")) and _A_WORD.search(held[:2000]) is not None
    if depth < 4 and isinstance(held, list):
        return any(_holds_words(key, one, depth + 1) for one in held[:50])
    if depth < 4 and isinstance(held, dict):
        return any(_holds_words(name, one, depth + 1) for name, one in itertools.islice(held.items(), 50))
    return False


def _is_preference(row: Mapping[str, JSON], flaws: list[Flaw]) -> bool:
    """Say of rows that tell good answers from bad ones that they are not for this: trained on as they are, they would teach both."""
    if "chosen" in row or "rejected" in row:
        key = "rejected" if "rejected" in row else "chosen"
        remedy = "sft learns one answer: keep the chosen one as prompt and completion"
        flaws.append(Flaw(reason="this is a preference row (chosen and rejected)", key=key, seen=shown(row[key]), remedy=remedy))
        return True
    return False


def _unknown(row: Mapping[str, JSON]) -> Flaw:
    keys = [key[:40] for key in itertools.islice(row, 20)]  # enough to know a row by
    remedy = f"write {EXAMPLE}, or a question and its answer under names such as question/answer, instruction/output, prompt/completion"
    renamed = next(((key, near[0]) for key in keys if key not in _KEYS and (near := _near(key))), None)
    texts = texts_of(row)
    if renamed:
        remedy = f"rename `{renamed[0]}` to `{renamed[1]}`; {remedy}"
    elif len(texts) >= 2:
        asked, said = (shlex.quote(one) for one in texts[:2])
        remedy = f"say which is which: --column question={asked} --column answer={said}; or {remedy}"
    lists = [key for key in keys if isinstance(held := row.get(key), list) and held and isinstance(held[0], dict)]
    if lists and len(keys) <= 3:
        remedy = f"if `{lists[0]}` holds the rows, write each of them on a line of its own (jq -c '.{lists[0]}[]'); {remedy}"
    return Flaw(reason=UNKNOWN, seen=shown(", ".join(keys)) if keys else "{}", remedy=remedy)


def _near(key: str) -> Sequence[str]:
    return difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.8)


def texts_of(row: Mapping[str, JSON]) -> list[str]:
    """Return the keys of a row that hold texts with words, in their order."""
    return [key for key, held in row.items() if isinstance(held, str) and _holds_words(key, held)]


def _metadata(row: Mapping[str, JSON], flaws: list[Flaw]) -> dict[str, JSON]:
    """Return the row's metadata, with `category` and `tools` from beside it where they stand there."""
    given = row.get("metadata")
    if given is not None and not isinstance(given, dict):
        remedy = 'write {"category":"..."}'
        flaws.append(
            Flaw(reason=f"the metadata is {kind(given)}, not an object", key="metadata", seen=shown(given), remedy=remedy)
        )
        return {}
    beside = {key: row[key] for key in ("category", "tools") if row.get(key)}
    return beside | (given or {})
