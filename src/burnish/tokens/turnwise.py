"""Whether a chat template writes each turn by itself, read off its own text: a proof, where it succeeds, and no guess.

A template of that kind goes through the messages once. What it writes for one of them depends on that message alone, on whether it is
among the first two or the last, on odd or even, and on its neighbours' roles. So a stretch of turns taken out of the middle (an even
number, if it looks for that) takes out what was written for it and changes nothing else but a few turns next to it, which is what lets
a long talk be counted by its new turns (context/telescope.py).

Everything that is not known to be harmless makes the answer no, and then the whole talk is written and counted each time. No is said of
Qwen3 and gpt-oss (they look for the last question), Mistral (it counts turns in a namespace and filters them), DeepSeek (it carries
"is this the first answer" from turn to turn).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from jinja2 import Environment, TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser

FIRST, LAST = 2, -2
"""The messages that a template may name by number, counted from either end."""
ASIDE = 2
"""How many of the first it may set aside before it counts."""
REACH = 1 + ASIDE
"""How far off a neighbour is whose role it may ask for: the lists it counts in may begin at different messages."""
HEAD, TAIL = FIRST + ASIDE + 2, 2 * REACH + 2
"""More messages at the beginning, and at the end, than it can tell from others by their number; both even."""
_METHODS = frozenset(
    (
        "strip",
        "lstrip",
        "rstrip",
        "split",
        "rsplit",
        "startswith",
        "endswith",
        "upper",
        "lower",
        "title",
        "replace",
        "get",
        "items",
        "join",
    )
)
_FILTERS = frozenset(
    (
        "trim",
        "string",
        "upper",
        "lower",
        "title",
        "capitalize",
        "replace",
        "length",
        "count",
        "default",
        "d",
        "tojson",
        "join",
        "list",
        "first",
        "last",
    )
)
_ONCE = frozenset(("items", "map", "select", "selectattr", "reject", "rejectattr"))
"""What can be gone through once only: kept for the turns, the first would find it full and the next ones empty."""
_DAY = re.compile(r"(?:%-?[aAbBdejmyY]|[^%])+")
"""Times of day would differ between two looks at one talk. Not covered: the moment in which a day ends."""
_PLAIN = (
    nodes.Expr,
    nodes.Helper,
    nodes.Output,
    nodes.If,
    nodes.For,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Macro,
    nodes.Continue,
)


class _Generation(Extension):
    """The tag that transformers adds: it writes what is in it."""

    tags = {"generation"}  # noqa: RUF012 - jinja's own interface

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))


class _NotPlain(Exception):  # noqa: N818 - no error: the answer is no
    """The template does something that is not known to stay within a turn."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What a template that writes each turn by itself still asks for, beside its neighbours' roles."""

    even: bool
    """Whether it tells odd turns from even ones."""


def turnwise(template: str) -> Turns | None:
    """Return what the template sees around a turn; None where it is not sure to write each by itself."""
    try:
        tree = Environment(extensions=[loopcontrols, _Generation]).parse(template)  # noqa: S701 - read, never run
        reader = _Reader(tree)
        reader.top(tree.body)
    except (TemplateError, _NotPlain, RecursionError):
        return None
    return Turns(reader.even)


class _Reader:
    """Goes through a template's syntax and raises _NotPlain at the first thing that it does not know."""

    def __init__(self, tree: nodes.Template) -> None:
        self._macros = {one.name for one in tree.find_all(nodes.Macro)}
        self._lists = {"messages"}
        self._loops = 0
        self.even = False
        sets = [one for one in tree.find_all(nodes.Assign) if isinstance(one.target, nodes.Name)]
        for _ in sets:  # a name may be given on: as often as there are names is enough
            self._lists |= {one.target.name for one in sets if isinstance(one.target, nodes.Name) and self._is_list(one.node)}
        _need(sum(isinstance(one.arg, nodes.Slice) and self._is_list(one) for one in tree.find_all(nodes.Getitem)) <= ASIDE)

    def top(self, body: Iterable[nodes.Node]) -> None:
        """Read statements outside all others but `if`: only here may the messages be gone through, and only once."""
        for one in body:
            if isinstance(one, nodes.If):
                self._read(one.test, turn=False)
                self.top([*one.body, *one.elif_, *one.else_])
            elif isinstance(one, nodes.For) and self._is_list(one.iter):
                self._loops += 1
                _need(self._loops == 1 and one.test is None and not one.recursive and not one.else_)
                self._all(one.body, turn=True)
            else:
                self._read(one, turn=False)

    def _all(self, found: Iterable[nodes.Node], *, turn: bool) -> None:
        for one in found:
            self._read(one, turn=turn)

    def _read(self, one: nodes.Node, *, turn: bool, whole: bool = False) -> None:
        """Read a node and all in it. `turn`: it is in the loop over the messages, or may be. `whole`: it is gone through at once."""
        if self._is_harmless(one):
            return
        _need(isinstance(one, _PLAIN))
        if isinstance(one, nodes.Name):
            _need(one.ctx != "load" or one.name not in {*self._lists, "loop", "self", "caller", "varargs", "kwargs"})
            _need(one.ctx == "load" or one.name not in {"loop", *self._macros})
        elif isinstance(one, nodes.NSRef):  # what a turn puts there the next one finds
            _need(not turn)
        elif isinstance(one, nodes.Assign) and self._is_list(one.node):
            _need(isinstance(one.target, nodes.Name) and not turn)
            return
        elif isinstance(one, nodes.Call):
            _need(self._may_call(one, turn=turn) and one.dyn_args is None and one.dyn_kwargs is None)
        elif isinstance(one, nodes.Filter):
            _need(one.name in _FILTERS or (one.name in _ONCE and (turn or whole)))
        elif isinstance(one, nodes.Macro):
            turn = True
        at_once = isinstance(one, nodes.Filter) and one.name in {"join", "list"}
        for part in one.iter_child_nodes():
            self._read(part, turn=turn, whole=at_once)

    def _may_call(self, one: nodes.Call, *, turn: bool) -> bool:
        what = one.node
        if not isinstance(what, nodes.Name):
            return isinstance(what, nodes.Getattr) and what.attr in _METHODS
        if what.name == "strftime_now":
            return not turn and bool(one.args) and _DAY.fullmatch(_word(one.args[0])) is not None
        return what.name in {"raise_exception", *self._macros} or (what.name == "namespace" and not turn)

    def _is_list(self, one: nodes.Node) -> bool:
        """Whether this is the messages, or all of them from one of the first on."""
        if isinstance(one, nodes.Getitem) and isinstance(one.arg, nodes.Slice):
            part = one.arg
            return _number(part.start) in range(FIRST) and part.stop is None and part.step is None and self._is_list(one.node)
        return isinstance(one, nodes.Name) and one.name in self._lists

    def _is_harmless(self, one: nodes.Node) -> bool:
        """Whether this asks of the messages or of the place in the loop no more than a turn may know."""
        if isinstance(one, nodes.Compare):
            few = all(_number(other.expr) in range(FIRST + 1) for other in one.ops)
            return few and (_place(one.expr) or self._is_length(one.expr))
        if isinstance(one, nodes.Mod):
            self.even = self.even or _place(one.left)
            return _place(one.left) and _number(one.right) == 2
        if isinstance(one, nodes.Getattr) and _is_loop(one.node):
            return one.attr in {"first", "last"}
        if isinstance(one, nodes.Getitem) and self._is_list(one.node):
            return _number(one.arg) in range(LAST, FIRST + 1)
        role = one.attr if isinstance(one, nodes.Getattr) else _word(one.arg) if isinstance(one, nodes.Getitem) else ""
        return role == "role" and isinstance(one, (nodes.Getattr, nodes.Getitem)) and self._is_neighbour(one.node)

    def _is_length(self, one: nodes.Node) -> bool:
        return (
            isinstance(one, nodes.Filter) and one.name in {"length", "count"} and one.node is not None and self._is_list(one.node)
        )

    def _is_neighbour(self, one: nodes.Node) -> bool:
        if not (isinstance(one, nodes.Getitem) and self._is_list(one.node) and isinstance(one.arg, (nodes.Add, nodes.Sub))):
            return False
        at = one.arg.left
        return isinstance(at, nodes.Getattr) and _is_loop(at.node) and at.attr == "index0" and _number(one.arg.right) == 1


def _need(held: bool) -> None:
    if not held:
        raise _NotPlain


def _is_loop(one: nodes.Node) -> bool:
    return isinstance(one, nodes.Name) and one.name == "loop"


def _place(one: nodes.Node) -> bool:
    return isinstance(one, nodes.Getattr) and _is_loop(one.node) and one.attr in {"index", "index0"}


def _number(one: nodes.Node | None) -> int | None:
    """Return a whole number written out, with its sign; None for anything else."""
    if isinstance(one, nodes.Neg):
        found = _number(one.node)
        return None if found is None else -found
    return one.value if isinstance(one, nodes.Const) and type(one.value) is int else None


def _word(one: nodes.Node) -> str:
    return str(one.value) if isinstance(one, nodes.Const) else ""
