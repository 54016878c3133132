"""Go's text/template, as far as burnish's own Ollama templates use it, so that what Ollama will write can be read beforehand.

Covered: text, `.Field`, `$.Field`, `$name`, `$name := x`, if / else if / else / end, `range $i, $x := xs`, and the functions eq ne
and or not len slice. Anything else is refused, never guessed. Not covered: trim markers, pipes, nested templates, numbers but whole ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from burnish.errors import ModelError

_ACTION = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|:=|[(),]|\$?[\w.]+|\$')
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "eq": lambda a, *rest: any(a == b for b in rest),
    "ne": lambda a, b: a != b,
    "and": lambda *all_: next((one for one in all_ if not one), all_[-1]),
    "or": lambda *all_: next((one for one in all_ if one), all_[-1]),
    "not": lambda one: not one,
    "len": len,
    "slice": lambda xs, start: xs[start:],
}


def render(template: str, data: Mapping[str, Any]) -> str:
    """Return the text of a template. Raises ModelError for what is not covered."""
    pieces = _pieces(template)
    block, ended_by = _block(pieces)
    if ended_by:
        raise _refused(ended_by)
    return "".join(_written(block, data, {"$": data}))


def _refused(seen: str) -> ModelError:
    return ModelError(
        "the Ollama template uses what burnish cannot read",
        seen=seen[:120],
        remedy="export `ollama` again: burnish writes its own",
    )


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    at = 0
    for found in _ACTION.finditer(template):
        yield "text", template[at : found.start()]
        if found[1].startswith("-") or found[1].endswith("-"):
            raise _refused(found[0])
        yield "action", found[1]
        at = found.end()
    yield "text", template[at:]


def _block(pieces: Iterator[tuple[str, str]]) -> tuple[list[Any], str]:
    """Return the pieces up to an `end` or `else` that belongs to none of them, and that word with what follows it."""
    block: list[Any] = []
    for kind, content in pieces:
        if kind == "text":
            block.append(("text", content))
        elif content == "end" or content.startswith("else"):
            return block, content
        elif content.startswith("if "):
            block.append(("if", _branches(content[3:], pieces)))
        elif content.startswith("range "):
            body, _ = _block(pieces)
            block.append(("range", content[6:], body))
        else:
            block.append(("say", content))
    return block, ""


def _branches(condition: str, pieces: Iterator[tuple[str, str]]) -> list[tuple[str, list[Any]]]:
    branches = []
    while True:
        block, ended_by = _block(pieces)
        branches.append((condition, block))
        if ended_by in {"end", ""}:
            return branches
        condition = ended_by.removeprefix("else").strip().removeprefix("if ") or "true"


def _written(block: list[Any], dot: Any, names: dict[str, Any]) -> Iterator[str]:
    for node in block:
        if node[0] == "text":
            yield node[1]
        elif node[0] == "say":
            yield from _said(node[1], dot, names)
        elif node[0] == "if":
            chosen: list[Any] = next((body for condition, body in node[1] if _value(condition, dot, names)), [])
            yield from _written(chosen, dot, names)
        else:
            yield from _ranged(node[1], node[2], dot, names)


def _said(action: str, dot: Any, names: dict[str, Any]) -> Iterator[str]:
    name, assigns, expression = action.partition(" := ")
    if assigns:
        names[name] = _value(expression, dot, names)
    else:
        yield str(_value(action, dot, names))


def _ranged(head: str, body: list[Any], dot: Any, names: dict[str, Any]) -> Iterator[str]:
    left, assigns, expression = head.partition(" := ")
    if not assigns:
        raise _refused(f"range {head}")
    index, item = (part.strip() for part in left.split(","))
    for number, one in enumerate(_value(expression, dot, names)):
        yield from _written(body, one, names | {index: number, item: one})


def _value(expression: str, dot: Any, names: dict[str, Any]) -> Any:
    words = _WORD.findall(expression)
    if "".join(words) != re.sub(r"\s+(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", "", expression):
        raise _refused(expression)
    value, rest = _call(words, dot, names)
    if rest:
        raise _refused(expression)
    return value


def _call(words: list[str], dot: Any, names: dict[str, Any]) -> tuple[Any, list[str]]:
    """Return the value of a function with its arguments, or of one word, and the words after it."""
    if not words or words[0] not in _FUNCTIONS:
        return _one(words, dot, names)
    function, rest, arguments = _FUNCTIONS[words[0]], words[1:], []
    while rest and rest[0] != ")":
        argument, rest = _one(rest, dot, names)
        arguments.append(argument)
    return function(*arguments), rest


def _one(words: list[str], dot: Any, names: dict[str, Any]) -> tuple[Any, list[str]]:
    if not words:
        raise _refused("nothing where a value is due")
    word, rest = words[0], words[1:]
    if word == "(":
        value, rest = _call(rest, dot, names)
        if rest[:1] != [")"]:
            raise _refused("( without )")
        return value, rest[1:]
    if word.startswith('"'):
        return word[1:-1], rest
    if word.isdigit():
        return int(word), rest
    if word in {"true", "false"}:
        return word == "true", rest
    name, _, field = word.partition(".")
    if name and name not in names:
        raise _refused(word)
    owner = names[name] if name else dot
    if not field:
        return owner, rest
    if not isinstance(owner, Mapping) or field not in owner:
        raise _refused(word)
    return owner[field], rest
