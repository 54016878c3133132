"""Any OpenAI-compatible server in a model's place: a chat with it, and suites asked of it, graded as everything here is."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from burnish.errors import BurnishError, DataError, install
from burnish.evaluate import kept
from burnish.evaluate.answering import Answering
from burnish.evaluate.run import graded, reported
from burnish.flow.events import Advanced, Said, Work
from burnish.grading import by_likelihood
from burnish.records.conversation import Message
from burnish.records.report import EvalReport, GradedAnswer, SuiteScore

if TYPE_CHECKING:
    import httpx

    from burnish.flow.talk import Voice
    from burnish.records.task import Task

AT_ONCE = 4
"""Questions under way at once: enough to keep a small server busy, too few to fill its queue."""


PROMPT_FAULTS = (400, 413, 422)
"""HTTP statuses that speak of one request, not of the server or its key."""
REFUSED = "refused by the server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """One model of one server."""

    url: str
    """Without `/v1`."""
    model: str

    @property
    def label(self) -> str:
        """What reports call it."""
        return f"{self.model} via {self.url}"

    def ask(self, http: httpx.Client, messages: Sequence[Message], voice: Voice) -> dict[str, Any]:
        """Return the whole answer as the server gave it. Raises BurnishError."""
        with _told(self.url):
            answer = http.post("chat/completions", json=self._body(messages, voice))
            _check(answer, answer.text)
            found: dict[str, Any] = answer.json()
            return found

    def stream(self, messages: Sequence[Message], voice: Voice) -> Iterator[tuple[str, str]]:
        """Yield (new thought, new words). Raises BurnishError."""
        body = self._body(messages, voice) | {"stream": True}
        with _told(self.url), client(self.url) as http, http.stream("POST", "chat/completions", json=body) as answer:
            if answer.status_code != 200:
                _check(answer, answer.read().decode("utf-8", "replace"))
            for line in answer.iter_lines():
                if line.startswith("data:") and line[5:].strip() not in {"", "[DONE]"}:
                    yield from self._new(json.loads(line[5:]))

    def _new(self, event: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if "error" in event:
            raise _failed(self.url, str(event["error"]))
        for choice in event.get("choices", ()):
            delta = choice.get("delta") or {}
            yield delta.get("reasoning_content") or "", delta.get("content") or ""

    def _body(self, messages: Sequence[Message], voice: Voice) -> dict[str, Any]:
        found: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": one.role, "content": one.content} for one in messages],
            "max_tokens": voice.max_tokens,
            "temperature": voice.temperature,
            "seed": voice.seed,
        }
        return found if voice.think is None else found | {"chat_template_kwargs": {"enable_thinking": voice.think}}


def client(url: str) -> httpx.Client:
    """Return a client of a server's `/v1/`. BURNISH_VIA_KEY is sent as the key, and nothing else that lies in the environment.

    Raises BurnishError where httpx is not installed.
    """
    try:
        import httpx
    except ModuleNotFoundError:
        remedy = install("serve")
        raise BurnishError(
            "--via needs the extra `serve`, which is not installed", seen="no module httpx", remedy=remedy
        ) from None
    headers = {"Authorization": f"Bearer {os.environ.get('BURNISH_VIA_KEY') or 'none'}"}
    return httpx.Client(base_url=url + "/v1/", headers=headers, timeout=httpx.Timeout(600, connect=10))


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Turn what can go wrong on the way, inside the block, into a BurnishError naming the server."""
    import httpx

    try:
        yield
    except BurnishError:
        raise
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, IndexError) as error:
        raise _failed(url, f"{type(error).__name__}: {error}") from None


def _failed(url: str, seen: str) -> BurnishError:
    return BurnishError(f"{url} did not answer as an OpenAI-compatible server does", seen=seen[:300], remedy="check the address")


class PromptRefusedError(BurnishError, ValueError):
    """A prompt that a server will not take, while others may pass."""

    kind = "data"


def _check(answer: httpx.Response, text: str) -> None:
    """Raise BurnishError for an answer that is none; PromptRefusedError where the fault is this prompt's own."""
    if answer.status_code == 200:
        return
    try:
        fault = json.loads(text)["error"]
        seen = str(fault["message"])
    except (ValueError, KeyError, TypeError):
        seen = text[:200]
    if answer.status_code in PROMPT_FAULTS:
        raise PromptRefusedError(f"the server answered {answer.status_code}", seen=seen, remedy="see what the server says")
    remedy = "set BURNISH_VIA_KEY to the server's key" if answer.status_code == 401 else "see what the server says"
    raise BurnishError(f"the server answered {answer.status_code}", seen=seen, remedy=remedy)


def connect(url: str, model: str | None) -> Via:
    """Return the model of a server: the one named, else `live` where there is one, else its first. Raises BurnishError."""
    base = url.rstrip("/").removesuffix("/v1")
    if not base.startswith(("http://", "https://")):
        raise DataError("--via needs the address of a server", seen=url, remedy="write it as http://127.0.0.1:8011")
    with client(base) as http, _told(base):
        answer = http.get("models")
        _check(answer, answer.text)
        names = [str(one["id"]) for one in answer.json()["data"]]
    if not names or (model is not None and model not in names):
        seen = f"it has: {', '.join(names[:8]) or 'none'}"
        raise DataError(f"{base} has no model {model or ''}".rstrip(), seen=seen, remedy="name one of them")
    return Via(url=base, model=model or ("live" if "live" in names else names[0]))


@dataclass(slots=True)
class ConversingVia:
    """A chat with a server: what `Conversing` is for weights here."""

    via: Via
    voice: Voice
    messages: list[Message] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Who is talked to."""
        return self.via.label

    def answer(self, words: str) -> Iterator[str]:
        """Yield the answer to `words` in pieces, a thought between its tags, and keep both in the history."""
        self.messages.append(Message(role="user", content=words))
        thought = said = ""
        for new_thought, new_words in self.via.stream(self.messages, self.voice):
            if new_thought:
                yield new_thought if thought else f"<think>\n{new_thought}"
            if new_words and thought and not said:
                yield "\n</think>\n\n"
            thought, said = thought + new_thought, said + new_words
            yield new_words
        self.messages.append(Message(role="assistant", content=said))


def open_chat_via(url: str, voice: Voice, *, model: str | None, system: str | None) -> ConversingVia:
    """Open a chat with a server. Raises BurnishError."""
    begun = [Message(role="system", content=system)] if system else []
    return ConversingVia(connect(url, model), voice, begun)


def rows_are_theirs(url: str) -> DataError:
    """Return the fault of asking a server to leave out the rows that its version carries: that is for whoever serves it."""
    return DataError(
        "whether a version answers with the rows it carries is chosen where it is served",
        seen=f"--via {url} --no-memory",
        remedy="leave --no-memory out here; to serve a version without its rows type: burnish serve --no-memory",
    )


def judge_via(via: Via, suites: Mapping[str, tuple[Task, ...]], settings: Answering) -> Work[EvalReport]:
    """Let a server answer suites and grade the answers. Raises BurnishError, DataError where nothing is left to ask.

    What the server refuses (a prompt that is too long for it) counts 0, and is counted and told.
    """
    asked, left_out = written_only(suites)
    if left_out:
        yield Said(text=left_out, level="warn")
    began = time.monotonic()
    answers: dict[tuple[str, int, int], GradedAnswer] = {}
    places = [
        (name, i, s) for name, tasks in asked.items() for i, s in itertools.product(range(len(tasks)), range(settings.samples))
    ]
    with client(via.url) as http, ThreadPoolExecutor(AT_ONCE) as threads:
        waiting = {threads.submit(_answer, via, http, asked[name][i], settings, s): (name, i, s) for name, i, s in places}
        try:
            for done in as_completed(waiting):
                answers[waiting[done]] = done.result()
                seconds = time.monotonic() - began
                yield Advanced(
                    stage=f"{via.label} answering", done=len(answers), total=len(places), unit="answers", seconds=seconds
                )
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    by_suite = {name: [answers[place] for place in places if place[0] == name] for name in asked}
    report = reported(via.label, by_suite, time.monotonic() - began)
    yield from _said_refused(report.suites)
    return report


def written_only(suites: Mapping[str, tuple[Task, ...]]) -> tuple[dict[str, tuple[Task, ...]], str]:
    """Return the tasks that a server can be asked, and what is said of the others. Raises DataError where none is left.

    Tasks whose options are weighed by likelihood need the model's own figures for given words, which OpenAI's words have no question
    for.
    """
    asked = {name: tuple(task for task in suite if not by_likelihood(task)) for name, suite in suites.items()}
    left_out = {name: len(suites[name]) - len(tasks) for name, tasks in asked.items() if len(tasks) < len(suites[name])}
    asked = {name: tasks for name, tasks in asked.items() if tasks}
    if not asked:
        raise DataError(
            "no task is left that a server can be asked", seen=", ".join(suites), remedy="name a suite of written answers"
        )
    told = ", ".join(f"{count} of {len(suites[name])} in {name}" for name, count in left_out.items())
    return asked, f"not asked, since a server cannot weigh given answers by likelihood: {told}" if told else ""


def _said_refused(scores: Mapping[str, SuiteScore]) -> Work[None]:
    """Say how many prompts the server refused, and why the first."""
    for name, suite in scores.items():
        refused = [answer for answer in suite.answers if answer.detail == REFUSED]
        if refused:
            first = f"{refused[0].id}: {refused[0].fault}"
            yield Said(
                text=f"{len(refused)} of {suite.n} in {name} were refused by the server and count 0 ({first})", level="warn"
            )


def _answer(via: Via, http: httpx.Client, task: Task, settings: Answering, sample: int) -> GradedAnswer:
    from burnish.flow.talk import Voice

    limit = task.max_tokens or settings.max_new_tokens
    voice = Voice(temperature=settings.temperature, seed=settings.seed + sample, max_tokens=limit)
    try:
        found = via.ask(http, task.messages, voice)
    except PromptRefusedError as error:
        silent = kept.Said(text="", tokens=0, natural_stop=False)
        return replace(graded(task, silent), score=0.0, detail=REFUSED, fault=error.seen)
    with _told(via.url):
        choice = found["choices"][0]
        message, natural = choice["message"], choice.get("finish_reason") == "stop"
        tokens = int((found.get("usage") or {}).get("completion_tokens", 0))
    return graded(task, kept.Said(text=message.get("content") or "", tokens=tokens, natural_stop=natural))
