"""From what a person typed to a server that is ready to run: address and key first, since they cost nothing, then the engine."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from burnish.errors import BurnishError, DataError, install
from burnish.machine.threads import usable_cores
from burnish.serve.ab.options import TrialOptions, trial_of
from burnish.serve.app import make_app
from burnish.serve.gguf_files import Files, Maker, engines_folder
from burnish.serve.guard import Guard, Rules, read_keys
from burnish.serve.keeping import Keeping
from burnish.serve.meanwhile import Meanwhile, or_exact
from burnish.serve.opening import Opened, Shelf, read_again
from burnish.serve.pool import Pool, Versions
from burnish.serve.server import listen, running, url_of
from burnish.serve.torchless import let_torch_in, without_torch
from burnish.serve.watch.logs import begin, say

if TYPE_CHECKING:
    from burnish.serve.engine import Engine
    from burnish.serve.reference import Reference
    from burnish.serve.smoke import Check, Looking

Words = ParamSpec("Words")
ENGINES = ("auto", "transformers", "llamacpp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `burnish serve` was told."""

    model: str | None = None
    """A version to have ready first, or else the base model."""
    home: str | None = None
    host: str = "127.0.0.1"
    port: int = 8011
    key_file: Path | None = None
    threads: int | None = None
    """For the engine; None: one a core."""
    engine: str = "auto"
    """One of ENGINES, or the address of a server that speaks OpenAI's words. "auto": llamacpp where it can, else transformers."""
    meanwhile: bool = False
    """Whether the exact engine answers while a version's GGUF is being made and proven."""
    gguf: Sequence[str] = ()
    """VERSION=FILE each: the merged GGUF of a version, for llamacpp."""
    context: int = 2048
    slots: int = 8
    queue: int = 256
    """Requests that may wait beyond those being answered."""
    drain_seconds: float = 30.0
    """How long answers that run may go on once the server was told to stop."""
    context_budget: int | None = None
    """The most tokens of a prompt; None: what the engine's context leaves."""
    context_method: str = "auto"
    """How longer conversations are shortened."""
    memory: bool = True
    """Whether versions answer with the rows they carry."""
    log_json: bool = False
    """Whether stderr gets JSON lines, one a request."""
    log_words: bool = False
    """Whether these hold prompts and answers."""
    trial: TrialOptions = field(default_factory=TrialOptions)
    """The experiment, and what is kept for the next training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A server that can run."""

    app: Guard
    socket: socket.socket
    url: str
    first: str
    """The name that is loaded at the start; "" for a server elsewhere."""
    engine: str
    """What answers, chosen now where "auto" was asked for."""


def outliving(tell: Callable[Words, None]) -> Callable[Words, None]:
    """Return the same, silent where nobody reads any more: a terminal that is gone ends no answers.

    A closed pipe is a BrokenPipeError, of which rich makes a SystemExit; a terminal that is gone an OSError; a closed file a ValueError.
    """

    @functools.wraps(tell)
    def quiet(*args: Words.args, **kwargs: Words.kwargs) -> None:
        with contextlib.suppress(OSError, ValueError, SystemExit):
            tell(*args, **kwargs)

    return quiet


def prepare(options: Options, tell: Callable[[str], None], maker: Maker | None = None) -> Prepared:
    """Check everything that can be checked without a model, and take the port. Raises BurnishError.

    `maker` makes the GGUF of a version that has none; without it one must be named for each.
    """
    if options.log_words and not options.log_json:
        raise DataError("words go into JSON lines only", seen="--log-words without --log-json", remedy="add --log-json")
    if options.log_json:
        begin(words=options.log_words)
    tell = outliving(say if options.log_json else tell)
    rules = Rules(host=options.host, keys=read_keys(options.key_file), drain_seconds=options.drain_seconds)
    keeping = Keeping(method=options.context_method, budget=options.context_budget)
    trial = trial_of(options.trial, options.home, tell)
    doing = Doing(tell)
    versions, first, engine = _versions(options, doing, maker)
    trial.default = first
    rules = replace(rules, places=options.queue + (1 if engine == "transformers" else options.slots))
    made = listen(options.host, options.port)
    app = make_app(versions, rules, keeping, trial)
    doing.guard = app
    return Prepared(app=app, socket=made, url=url_of(made), first=first, engine=engine)


class Doing:
    """Tells a line, and lets whoever asks while the model is being loaded know what is done."""

    guard: Guard | None = None

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Take whom to tell."""
        self._tell = tell

    def __call__(self, words: str) -> None:
        """Tell a line."""
        if self.guard is not None:
            self.guard.gate.doing = words
        self._tell(words)


def _versions(options: Options, tell: Callable[[str], None], maker: Maker | None) -> tuple[Versions, str, str]:
    """Return the versions, the name to load first, and the engine."""
    if options.engine.startswith(("http://", "https://")):
        from burnish.serve.remote import RemoteVersions

        return RemoteVersions(options.engine, os.environ.get("BURNISH_VIA_KEY")), "", options.engine
    if options.engine not in ENGINES:
        remedy = "use auto, transformers, llamacpp, or the address of an OpenAI-compatible server"
        raise DataError(f"there is no engine {options.engine!r}", seen=options.engine, remedy=remedy)
    shelf, first = _shelf(options)
    shelf.carries(shelf.label(first))  # an encoder that is not here is told now, before anything is loaded
    engine, why = chosen(options, shelf, first, maker)
    tell(f"engine: {engine} ({why})")
    make: Callable[[Opened], Engine]
    make = _llamacpp(options, shelf, maker, tell) if engine == "llamacpp" else _transformers(options)
    return Pool(shelf, make, first=first, tell=tell), first, engine


def chosen(options: Options, shelf: Shelf, first: str, maker: Maker | None) -> tuple[str, str]:
    """Return the engine, and why in a few words. Raises BurnishError where the first version's base is not there."""
    if options.engine != "auto":
        return options.engine, "as asked"
    if options.gguf:
        return "llamacpp", "a GGUF was named"
    base = shelf.base_folder(shelf.label(first))
    why_not = maker.why_not(base) if maker is not None else "nobody here makes GGUFs"
    if why_not:
        return "transformers", f"llama.cpp would be faster, but {why_not}"
    return "llamacpp", "8 bits a weight, proven before it is served; exact but slower: --engine transformers"


def _shelf(options: Options) -> tuple[Shelf, str]:
    """Return the versions, and the name to load first: the version that was named, else the live one, else the base."""
    shelf = Shelf(options.home, None, memory=options.memory)
    first = _first(options, shelf)
    if options.model is not None and first != options.model:
        return Shelf(options.home, options.model, memory=options.memory), first
    return shelf, first


def _first(options: Options, shelf: Shelf) -> str:
    """Return the name to load first."""
    known = options.model == "base" or (shelf.registry is not None and shelf.registry.has(options.model or ""))
    if options.model is not None:
        return options.model if known else "base"
    return "live" if shelf.live else "base"


def _transformers(options: Options) -> Callable[[Opened], Reference]:
    if "torch" not in sys.modules:
        os.environ["OMP_NUM_THREADS"] = str(options.threads or os.environ.get("OMP_NUM_THREADS") or usable_cores())
    from burnish.serve.reference import Reference

    return Reference


def _llamacpp(options: Options, shelf: Shelf, maker: Maker | None, tell: Callable[[str], None]) -> Callable[[Opened], Engine]:
    if importlib.util.find_spec("xllamacpp") is None:
        remedy = f"{install('serve')}, or use --engine transformers"
        raise BurnishError("the llamacpp engine is not installed", seen="no module xllamacpp", remedy=remedy)
    exact = _exact(options)
    from burnish.serve.llamacpp import LlamaCpp, Size

    named = {shelf.label(name): Path(path) for name, path in map(_pair, options.gguf)}
    size = Size(threads=options.threads or usable_cores(), slots=options.slots, context=options.context)
    home = shelf.registry.home if shelf.registry is not None else None
    files = Files(place=engines_folder(home), named=named, maker=maker, tell=tell)

    def make(opened: Opened) -> Engine:
        def fast() -> Engine:
            return LlamaCpp(opened, files.of(opened), size)

        if exact is None or files.has(opened):
            return fast()
        if options.meanwhile:
            return Meanwhile(opened.label, fast, lambda: exact(opened), tell, size.context)
        return or_exact(opened.label, fast, lambda: exact(opened), tell)

    return make


def _exact(options: Options) -> Callable[[Opened], Engine] | None:
    """Return what loads the exact engine in the place of llama.cpp's; None where llama.cpp was chosen, and nothing else asked for."""
    if options.meanwhile:
        return _transformers(options)
    without_torch()
    if options.engine != "auto" or options.gguf:
        return None

    def load(opened: Opened) -> Engine:
        let_torch_in()
        return _transformers(options)(read_again(opened))

    return load


def _pair(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or not name or not path:
        raise DataError("--gguf names a version and its file", seen=text, remedy="write --gguf VERSION=FILE.gguf")
    return name, path


@contextlib.contextmanager
def serving(gguf: Path, version: str | None, *, home: str | None) -> Iterator[tuple[str, str]]:
    """Serve one GGUF as a version, by llama.cpp on a loopback port, inside the block. Raises BurnishError.

    Yields the address and the model's name there. It answers without the rows that the version carries: so it is compared.
    """
    options = Options(model=version, home=home, engine="llamacpp", slots=4, memory=False)
    shelf, first = _shelf(options)
    options = replace(options, gguf=(f"{first}={gguf}",))
    pool = Pool(shelf, _llamacpp(options, shelf, None, lambda _: None), first=first)
    with running(make_app(pool, Rules())) as url:
        yield url, first


def smoke(target: str | None, *, home: str | None, model: str | None, key: str | None, limit: float) -> Iterator[Check | Looking]:
    """Yield what `burnish smoke` found of a version, a folder or a URL. Raises BurnishError where a version cannot be loaded."""
    from burnish.serve.smoke import smoke as look

    if target is not None and target.startswith(("http://", "https://")):
        yield from look(target, model, key, limit=limit)
        return
    options = Options(model=target or model, home=home)
    shelf, first = _shelf(options)
    if first not in shelf.names():  # the beginning of an id: /v1/models lists whole ones
        first = shelf.label(first)
    pool = Pool(shelf, _transformers(options), first=first)
    with running(make_app(pool, Rules(drain_seconds=1))) as url:  # an answer that goes on after the limit is not waited for
        yield from look(url, first, limit=limit)
