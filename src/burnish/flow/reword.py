"""Questions in a model's words, for `augment`: asked of a version here or of any OpenAI-compatible server.

One reply that fails or comes too late costs itself and is counted; a server that is gone ends the asking, and what it said is used.
"""

from __future__ import annotations

import os
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
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

    opened = yield from open_version(who, home=home, model=None)
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

    def one(number: int) -> str | None:
        return None if stop.is_set() else endpoint.ask(orders[number][1], temperature=TEMPERATURE, seed=seed_of(seed, number))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        waiting = {threads.submit(one, number): number for number in range(len(orders))}
        try:
            for done, reply in enumerate(as_completed(waiting), start=1):
                try:
                    said = reply.result()
                except Unanswered as why:
                    found.unanswered[str(why)] += 1
                except EndpointError as error:
                    gone = gone or error
                    stop.set()
                    found.unanswered[error.what] += 1
                else:
                    replies |= {} if said is None else {waiting[reply]: said}
                    found.unanswered.update(["not asked any more"] if said is None else [])
                seconds = time.monotonic() - began
                yield Advanced(
                    stage=f"asking {endpoint.model} for other words",
                    done=done,
                    total=len(orders),
                    unit="replies",
                    seconds=seconds,
                )
        except BaseException:  # Ctrl-C among them: nothing more is asked, and what is under way is not waited for
            stop.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    if gone is not None and not replies:
        raise gone
    if gone is not None:
        yield Said(text=f"{gone.what}: {gone.seen}; what it said before is used", level="warn")
    found.asked = len(orders)
    for number in sorted(replies):
        found.said[orders[number][0]].append(replies[number])
    return found


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
