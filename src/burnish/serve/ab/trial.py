"""The experiment inside a running server: who is answered by which arm, what is entered in the book, and when it stops.

An answer is worth more than its entry: where the disk fails, answers go on and the log says so. A candidate that cannot answer costs
nobody an answer: the incumbent gives it, and after FAILURES in a row the experiment ends. Only where words of the candidate have left
already (a stream that breaks off) its client is told of the failure.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from burnish.errors import BurnishError, RegistryError, StorageError
from burnish.registry.book import Answer, Book
from burnish.registry.book_words import ANSWERS, DAYS
from burnish.serve.ab.arms import labels_of, only_model, warmed
from burnish.serve.ab.assign import arm_of, point_of, secret_of, unit_of
from burnish.serve.ab.experiment import Ended, Experiment, Wanted, begin, end, ended
from burnish.serve.ab.given import Given, Recent, closed_unless_done
from burnish.serve.faults import Refused
from burnish.serve.watch.told import now

if TYPE_CHECKING:
    from burnish.serve.ab.reading import Count, Reading
    from burnish.serve.ab.who import Who
    from burnish.serve.asked import Asked
    from burnish.serve.pool import Versions

FAILURES = 3
"""Requests in a row that the candidate could not answer, after which the experiment ends."""
GONE = 404
"""The status of a version that is not there (any more)."""
MOST_WAITING = 256
"""Answers that wait for graders at most; further ones are not graded."""
CLOSE_SECONDS = 5.0
"""How long graders may go on once the server ends."""
WATCH_SECONDS = 0.5
KEEPS = ("voted", "all", "none")
"""Whose words are kept: of answers that somebody said something of (they wait in memory), of all (they wait in the book, within
limits), or none."""
TIDY_SECONDS = 3600.0
"""How often a server lets go of words that waited too long, though nobody asks it anything."""
Result = TypeVar("Result")
log = logging.getLogger("burnish.serve")


def _silent(text: str) -> None:
    """Tell nobody."""


def _may_be_its_own(error: BurnishError | Refused) -> bool:
    """Return whether a failure may be the version's own: of refusals, only that it is not there. A full queue is nobody's fault."""
    return not isinstance(error, Refused) or error.status == GONE


@dataclass(frozen=True, slots=True)
class Taken:
    """Which version answers a request."""

    model: str
    arm: int | None = None
    """None: the request is no part of an experiment."""


@dataclass(slots=True)
class Trial:
    """The book and the experiment, if there is one."""

    home: Path | None = None
    """The project; None: the book is in memory, and gone with the server."""
    wanted: Wanted | None = None
    keep: str = "voted"
    """One of KEEPS."""
    keep_days: float = DAYS
    """How long words wait in the book where all are kept."""
    tell: Callable[[str], None] = _silent
    default: str = "base"
    """What a request asks that names nothing, where nothing is live; "": the only model of a server elsewhere."""
    experiment: Experiment | None = None
    ended: Ended | None = None
    book: Book = field(init=False)
    _opened: bool = False
    """Whether there is a book yet."""
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _versions: Versions | None = None
    _counts: dict[str, Count] = field(default_factory=dict)
    _failures: int = 0
    """In a row."""
    _found: str = "collecting"
    """The last verdict that was told."""
    _recent: Recent = field(default_factory=Recent)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "burnish-book"))
    """What requests wait for: nothing that takes long."""
    _graders: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "burnish-graders"))
    _ends: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "burnish-end"))
    """Waits for the project's lock, and for no grader."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Answers that are being graded, or wait for it."""
    ungraded: int = 0
    """Answers that no grader looked at, since too many waited."""
    _ending: set[asyncio.Task[None]] = field(default_factory=set)
    """Ends that are being written."""
    _watcher: asyncio.Task[None] | None = None
    _tidier: asyncio.Task[None] | None = None

    async def start(self, versions: Versions) -> None:
        """Open the book and begin or go on with the experiment, both arms loaded. Raises BurnishError."""
        self._versions = versions
        try:
            await self._do(self._open)
        except StorageError as error:
            self.book, self._opened = Book(None), True
            if self.wanted is not None:
                raise
            self.tell(f"feedback is kept only until the server ends:\n{error}")
        await self._begin_keeping()
        if self.wanted is not None and self.home is not None:  # `trial_of` refuses an experiment without a project
            await self._begin(versions, self.home, self.wanted)

    async def _begin_keeping(self) -> None:
        """Let go of words that are not to be kept (any more), and say which are."""
        within = f"of all answers: for {self.keep_days:g} days and {ANSWERS:,} answers at most, unless they get feedback"
        kept = {"voted": "of answers that get feedback", "all": within, "none": "of no answer"}[self.keep]
        self.tell(f"feedback is entered in {self.book.path or 'memory'}; words are kept {kept} (--keep-words)")
        if self.keep == "all":
            self._tidier = asyncio.create_task(self._tidy())
        else:
            await self._safely(self._stop_waiting)

    def _stop_waiting(self) -> None:
        if gone := self.book.stop_waiting():
            self.tell(f"the words of {gone} answers that waited for feedback were removed (--keep-words {self.keep})")

    async def _tidy(self) -> None:
        """Hold the days that words may wait, also while nobody asks anything."""
        while True:
            await self._safely(lambda: self.book.tidy(self.keep_days))
            await asyncio.sleep(TIDY_SECONDS)

    async def _begin(self, versions: Versions, home: Path, wanted: Wanted) -> None:
        label = await labels_of(versions)
        experiment, goes_on = await self._do(lambda: begin(home, wanted, label, versions.live))
        self.experiment, self.ended = experiment, await self._do(lambda: ended(home, experiment.id))
        await self._warm(versions, experiment, goes_on=goes_on)
        self.tell(self._beginning(experiment, goes_on=goes_on))
        self._watcher = asyncio.create_task(self._watch())

    def _open(self) -> None:
        if self.home is not None:
            self._key = secret_of(self.home)
        self.book, self._opened = Book(self.home), True

    async def _warm(self, versions: Versions, experiment: Experiment, *, goes_on: bool) -> None:
        """Load both arms. A candidate that cannot be loaded ends an experiment that went on, and keeps a new one from beginning."""
        if self.ended is not None:
            return
        await warmed(versions, experiment.arms[0].label)
        try:
            await warmed(versions, experiment.arms[1].label)
        except BurnishError as error:
            self._end("failed", f"{experiment.arms[1].name} cannot be loaded ({error.what})")
            if not goes_on:
                raise

    def _beginning(self, experiment: Experiment, *, goes_on: bool) -> str:
        if self.ended is not None:
            again = "to begin anew: --ab-again"
            return f"experiment {experiment.id} has ended: {self.ended.words}; all requests go to one version ({again})"
        arms = ", ".join(f"{one.name} = {one.label} gets {one.share:.1%}" for one in experiment.arms)
        return f"experiment {experiment.id} {'goes on' if goes_on else 'begins'}: {arms}"

    async def _do(self, work: Callable[[], Result]) -> Result:
        """Do work with the disk on the one thread for it, so that requests are not held up."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def take(self, model: str | None, unit: str) -> Taken:
        """Return which version answers: the arm of the unit where no version was named, and where none runs what `live` is."""
        live = self._versions.live if self._versions is not None else None
        if model not in {None, "live"}:
            return Taken(str(model))
        if self.experiment is None or (self.ended is not None and live != self.experiment.live):
            nothing_live = "base" if self.default == "live" else self.default  # it was live when the server began
            return Taken("live" if model is not None or live is not None else nothing_live)
        arm = 0 if self.ended is not None else arm_of(self._key, self.experiment.id, unit, self.experiment.shares)
        return Taken(self.experiment.arms[arm].label, None if self.ended is not None else arm)

    async def open(self, model: str | None, who: Who, ask: Callable[[str], Awaitable[Asked]]) -> Given:
        """Begin the answer to a request and enter it. Raises what `ask` raises, but for a candidate that fails.

        What only the candidate cannot answer is its failure; a request that the incumbent cannot answer either is refused as ever.
        """
        unit = unit_of(self._key, who.name)
        taken = self.take(model, unit)
        if not taken.model and self._versions is not None:
            taken = Taken(await only_model(self._versions))
        try:
            return await self._given(taken, unit, who, ask)
        except (BurnishError, Refused) as error:
            if taken.arm != 1 or self.experiment is None or not _may_be_its_own(error):
                raise
            now().anew()
            given = await self._given(Taken(self.experiment.arms[0].label), unit, who, ask)
            async with closed_unless_done(given):
                await self.failed(error)
            return given

    async def _given(self, taken: Taken, unit: str, who: Who, ask: Callable[[str], Awaitable[Asked]]) -> Given:
        """Begin the answer of one version. Of a candidate whose answer leaves in one piece, wait for all of it: it may still fail."""
        experiment = self.experiment if taken.arm is not None else None
        arm = experiment.arms[taken.arm].name if experiment is not None and taken.arm is not None else None
        asked = await ask(taken.model)
        name = experiment.id if experiment is not None else None
        about = Answer(secrets.token_hex(12), unit, who.owned, asked.label, name, taken.arm)
        given = Given(about=about, asked=asked, arm=arm, messages=who.messages, notes=self)
        now().arm = arm or ""
        async with closed_unless_done(given):
            await self._safely(lambda: self.book.answered(about))
            if taken.arm == 1 and not who.streams:
                given.made = [part async for part in asked.parts()]
        return given

    async def _safely(self, work: Callable[[], Any], thread: ThreadPoolExecutor | None = None) -> None:
        """Write to the book; where the disk fails, say so in the log and go on. `thread`: where no request waits behind it."""
        try:
            await asyncio.get_running_loop().run_in_executor(thread or self._thread, work)
        except (StorageError, RegistryError) as error:
            log.error("what happened could not be written down: %s", error)  # noqa: TRY400 - no defect, so no traceback

    async def done(self, given: Given, answer: str | None) -> None:
        """Take note of a whole answer: its words, and whether a grader votes on it."""
        self._failures = 0 if given.about.arm == 1 else self._failures
        if given.messages is None or answer is None:
            return
        name = given.about.id
        if self.keep == "all":
            await self._safely(lambda: self.book.let_wait(name, given.messages, answer, self.keep_days))
        elif self.keep == "voted":
            self._recent.add(name, given.messages, answer)
        if given.about.experiment is not None and self.wanted is not None and self.wanted.graders:
            if len(self._tasks) >= MOST_WAITING:
                self._left_out()
                return
            task = asyncio.create_task(self._grade(given, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _left_out(self) -> None:
        """Count an answer that is not graded, whichever arm gave it; say so at the first, the tenth, the hundredth ..."""
        self.ungraded += 1
        if str(self.ungraded).rstrip("0") == "1":
            words = "graders are slower than answers come: %s not graded so far (a smaller share of them helps: NAME:0.1)"
            log.warning(words, self.ungraded)

    async def _grade(self, given: Given, answer: str) -> None:
        from burnish.serve.ab.grading import graded

        for grader in self.wanted.graders if self.wanted is not None else ():
            if point_of(self._key, f"grader\0{grader.name}", given.about.id) < grader.share:
                work = functools.partial(graded, self.book, given.about, grader, given.messages, answer)
                await self._safely(work, self._graders)
        await self.judge()

    async def failed(self, error: BurnishError | Refused) -> None:
        """Take note that the candidate could not answer; end the experiment after FAILURES in a row."""
        if self.experiment is None:
            return
        now().fell = self.experiment.arms[1].label
        if self.ended is not None:
            return
        self._failures += 1
        experiment, words = self.experiment.id, error.message if isinstance(error, Refused) else error.what
        log.error("the candidate failed: %s", error)
        await self._safely(lambda: self.book.failed(experiment, words))
        if self._failures >= FAILURES:
            self._end("failed", f"{self.experiment.arms[1].name} could not answer {FAILURES} times in a row ({words})")

    async def judge(self) -> None:
        """Read the votes and end the experiment where the candidate is worse; say once that it is better."""
        from burnish.serve.ab.reading import read

        experiment = self.experiment
        if experiment is None or self.ended is not None:
            return
        found: Reading = await self._do(lambda: read(self.book, self._count(experiment.reads), None))
        if found.state == "worse":
            self._end("harm", found.words.rstrip("."))
        elif found.state == "better" and self._found != "better":
            self.tell(f"{found.words} To make it live: burnish ab promote")
        elif found.state == "sample ratio broken" and self._found != found.state:
            log.error("%s", found.words)
        self._found = found.state

    def _count(self, source: str) -> Count:
        from burnish.serve.ab.reading import Count

        if self.experiment is None:
            raise AssertionError
        if source not in self._counts:
            self._counts[source] = Count(self.experiment, source)
        return self._counts[source]

    def _end(self, why: str, words: str) -> None:
        """End the experiment: from the next request on nobody is sent to the candidate, also where the disk fails.

        It is written in a task of its own: the request that ended it need not wait for the project's lock, and may be given up.
        """
        if self.experiment is None or self.ended is not None:
            return
        from burnish.serve.ab.experiment import now

        name = self.experiment.id
        self.ended = Ended(why=why, words=words, when=now())
        task = asyncio.create_task(self._write_end(name, why, words))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _write_end(self, name: str, why: str, words: str) -> None:
        """Write the end, and only then tell of it: a terminal that is gone must not bring the candidate back at the next start."""
        if (home := self.home) is not None:
            await self._safely(lambda: end(home, name, why, words), self._ends)
        self.tell(f"experiment {name} ended: {words}")

    async def _watch(self) -> None:
        """Follow what other processes do: an end that was typed, a version made live, votes of another server."""
        while self.experiment is not None and self.ended is None:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self._look(self.experiment)
            except (StorageError, RegistryError) as error:
                log.error("the experiment cannot be followed: %s", error)  # noqa: TRY400 - no defect, so no traceback
            except Exception:  # whatever it is, an end that is typed next must still be seen
                log.exception("a defect while the experiment is followed")

    async def _look(self, experiment: Experiment) -> None:
        home = self.home
        if home is None or self._versions is None:
            raise AssertionError
        typed = await self._do(lambda: ended(home, experiment.id))
        if typed is not None and self.ended is None:
            self.ended = typed
            self.tell(f"experiment {experiment.id} ended: {typed.words}")
        elif self._versions.live != experiment.live:
            self._end("live moved", f"live is now {self._versions.live}, so the arms are no longer what requests for live get")

    async def state(self) -> Reading | None:
        """Return what the experiment says now; None where there is none."""
        from burnish.serve.ab.reading import read

        experiment, stopped = self.experiment, self.ended
        if experiment is None:
            return None
        return await self._do(lambda: read(self.book, self._count(experiment.reads), stopped))

    def units(self, names: list[str]) -> set[str]:
        """Return how people of these names are known to the book."""
        return {unit_of(self._key, name) for name in names}

    async def said(
        self, about: Answer, kind: str, value: Any, vote: tuple[str, int | None, float] | None, *others: str
    ) -> tuple[bool, bool]:
        """Enter what was said of an answer, and the words of the answers it is about. Returns (new, counted). Raises StorageError."""

        def work() -> tuple[bool, bool]:
            for name in (about.id, *others):
                if (words := self._recent.take(name)) is not None:
                    self.book.keep_words(name, *words)
            return self.book.say(about, kind, value, vote)

        found = await self._do(work)
        if found == (True, True):
            await self.judge()
        return found

    async def find(self, name: str) -> Answer | None:
        """Return an answer by its id, with or without what OpenAI's clients see before it."""
        bare = name.removeprefix("chatcmpl-").removeprefix("cmpl-")
        return await self._do(lambda: self.book.answer(bare)) if bare.isascii() else None

    async def close(self) -> None:
        """Stop watching and tidying, write an end that is being written, let graders end for CLOSE_SECONDS, and close the book."""
        watching = [one for one in (self._watcher, self._tidier) if one is not None]
        for one in watching:
            one.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._ending, *self._tasks, return_exceptions=True)
        try:
            if self._opened:
                await self._do(self.book.close)
        finally:
            for threads in (self._thread, self._ends, self._graders):
                threads.shutdown(wait=False, cancel_futures=True)
