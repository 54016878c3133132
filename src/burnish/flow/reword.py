"""Questions in a model's words, for `augment`: asked of a version here or of any OpenAI-compatible server.

One reply that fails or comes too late costs itself and is counted; a server that is gone ends the asking, and what it said is used.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from burnish.data.rewording import CANDIDATES, instruction, seed_of
from burnish.errors import EndpointError
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.via import AT_ONCE, connect
from burnish.grading.asking import Unanswered
from burnish.grading.endpoint import Endpoint

TEMPERATURE = 0.8
"""Candidates must differ."""
MAX_TOKENS = 160
KEY = "BURNISH_VIA_KEY"
TIMEOUT = "BURNISH_VIA_TIMEOUT"
SECONDS = 120.0


@dataclass(slots=True, kw_only=True)
class Replies:
    """What a model said."""

    by: str
    """The model's label."""
    said: list[list[str]]
    """For each question the replies that came, in the order in which they were asked for."""
    asked: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    """Questions that got no reply, by the reason."""


def replies_of(who: str, questions: Sequence[str], *, per_row: int, seed: int, home: str | None) -> Work[Replies]:
    """Ask `who` (a version, `base`, a model or a server's address) for other wordings. Raises BurnishError where none can be had."""
    orders = [(place, instruction(question)) for place, question in enumerate(questions) for _ in range(CANDIDATES * per_row)]
    if who.startswith(("http://", "https://")):
        return (yield from _elsewhere(who, orders, len(questions), seed))
    return (yield from _here(who, orders, len(questions), seed, home))


def _here(who: str, orders: Sequence[tuple[int, str]], count: int, seed: int, home: str | None) -> Work[Replies]:
    """Ask a version, by the generation that `burnish generate` uses."""
    from burnish.flow.project import load_weights, open_version
    from burnish.model.generate import Sampling, generate
    from burnish.records.conversation import Message

    opened = yield from open_version(who, home=home, model=None, memory=False)  # an order is no question
    chat = opened.chat
    settings = Sampling(
        stop_ids=chat.stop_ids, pad_id=chat.pad_id, max_new_tokens=MAX_TOKENS, temperature=TEMPERATURE, seed=seed_of(seed, 0)
    )
    prompts = [chat.prompt_ids([Message(role="user", content=order)], think=None) for _, order in orders]
    began, texts = time.monotonic(), [""] * len(orders)
    for done, item in enumerate(generate(load_weights(opened), prompts, settings), start=1):
        texts[item.index] = chat.decode(item.ids) if item.natural_stop else ""
        yield Advanced(
            stage="asking for other words", done=done, total=len(orders), unit="replies", seconds=time.monotonic() - began
        )
    found = Replies(by=opened.label, said=[[] for _ in range(count)], asked=len(orders))
    for (place, _), text in zip(orders, texts, strict=True):
        if text.strip():
            found.said[place].append(text)
        else:
            found.unanswered[f"no end within {MAX_TOKENS} tokens"] += 1
    return found


def _elsewhere(url: str, orders: Sequence[tuple[int, str]], count: int, seed: int) -> Work[Replies]:
    """Ask a server, several questions at once; replies keep the order of the questions. Raises EndpointError where none comes."""
    endpoint = _endpoint(url)
    found = Replies(by=f"{endpoint.model} via {endpoint.url}", said=[[] for _ in range(count)])
    replies: dict[int, str] = {}
    gone: EndpointError | None = None
    stop, began = threading.Event(), time.monotonic()
    try:
        for done, (number, said) in enumerate(_replies(endpoint, orders, seed, stop), start=1):
            if isinstance(said, str):
                replies[number] = said
            elif isinstance(said, Unanswered):
                found.unanswered[str(said)] += 1
            elif isinstance(said, EndpointError):
                gone = gone or said
                stop.set()
                found.unanswered[said.what] += 1
            else:
                raise said
            stage, seconds = f"asking {endpoint.model} for other words", time.monotonic() - began
            yield Advanced(stage=stage, done=done, total=len(orders), unit="replies", seconds=seconds)
    finally:
        stop.set()  # at Ctrl-C too: nothing more is asked, and what is under way is not waited for
    if gone is not None and not replies:
        raise gone
    if gone is not None:
        yield Said(text=f"{gone.what}: {gone.seen}; what it said before is used", level="warn")
    found.asked = len(orders)
    for number in sorted(replies):
        found.said[orders[number][0]].append(replies[number])
    return found


def _replies(
    endpoint: Endpoint, orders: Sequence[tuple[int, str]], seed: int, stop: threading.Event
) -> Iterator[tuple[int, str | BaseException]]:
    """Yield (number of the order, what was said or why nothing was) as replies come; daemons' threads ask, which nobody waits for."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    come: queue.SimpleQueue[tuple[int, str | BaseException]] = queue.SimpleQueue()

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                number = waiting.get_nowait()
                try:
                    said = endpoint.ask(orders[number][1], temperature=TEMPERATURE, seed=seed_of(seed, number), stop=stop)
                except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                    come.put((number, error))
                else:
                    come.put((number, said))

    for number in range(len(orders)):
        waiting.put(number)
    for _ in range(min(AT_ONCE, len(orders))):
        threading.Thread(target=work, daemon=True).start()
    for _ in orders:
        yield come.get()


def _endpoint(url: str) -> Endpoint:
    """Return the server at an address; its model is the one behind a #, else the one that the server offers first. Raises BurnishError."""
    base, _, model = url.partition("#")
    base = base.rstrip("/").removesuffix("/v1")
    parts = urllib.parse.urlsplit(base)
    if not parts.hostname or parts.username or parts.password:
        remedy = f"write http://127.0.0.1:8011 or http://127.0.0.1:8011#MODEL; a key belongs into {KEY}"
        raise EndpointError("this is no address of a server", seen=url.rpartition("@")[2], remedy=remedy)
    try:
        seconds = float(os.environ.get(TIMEOUT) or SECONDS)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise EndpointError(f"{TIMEOUT} is no number of seconds above 0", seen=os.environ[TIMEOUT], remedy="write such as 120")
    return Endpoint(
        url=f"{base}/v1",
        model=model or connect(base, None).model,
        key=os.environ.get(KEY, "").strip(),
        timeout=seconds,
        who="the server",
        url_name="the address",
        model_name="what stands behind its #",
        key_name=KEY,
        longer=f"allow it more time with {TIMEOUT}",
    )
