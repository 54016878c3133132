"""Asking another model over HTTP, as OpenAI's chat completions: to judge (from here), and to put questions in other words.

Covered: time limits on the whole reply, several tries, replies that are not UTF-8, not JSON or endless, redirects (refused: they
could carry the key to another host). Where a judge is, is said by the environment alone, never by a suite: a file from
elsewhere must not decide where texts are sent. Not covered: an endpoint that answers at length and wrongly.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.errors import EndpointError
from burnish.grading.asking import Unanswered

URL, MODEL, KEY, TIMEOUT = "BURNISH_JUDGE_URL", "BURNISH_JUDGE_MODEL", "BURNISH_JUDGE_KEY", "BURNISH_JUDGE_TIMEOUT"
TRIES = 3
PAUSE_SECONDS = 1.0
"""Before the second try; twice as long before each further one."""
SILENT = 3
"""Questions on end without an answer, after which the endpoint is given up."""
MOST_BYTES = 4 << 20
MOST_TOKENS = 512
"""Room for a judge that thinks before it says its line."""
AGAIN = (408, 409, 425, 429)
"""Answers of a server that is busy; like those from 500 on, they are worth another try."""


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """A model behind an OpenAI-compatible API."""

    url: str
    """The base, such as http://127.0.0.1:8011/v1."""
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0
    """Seconds that one reply may take in all."""
    who: str = "the judge"
    """What errors call it; and how the next three are named where they are set."""
    url_name: str = URL
    model_name: str = MODEL
    key_name: str = KEY
    longer: str = f"allow it more time with {TIMEOUT}"
    """How it is given more time."""
    asked: int = 0
    """Requests sent so far."""
    _silent: int = 0

    def ask(
        self, question: str, *, temperature: float = 0.0, seed: int | None = None, stop: threading.Event | None = None
    ) -> str:
        """Return what the model says to one user message.

        Raises Unanswered after TRIES tries or, once `stop` is set, before the next one; and EndpointError where no other question would fare better: it is refused (a wrong
        key, model or path), or SILENT questions on end got no answer.
        """
        why, stop = "", stop or threading.Event()
        for attempt in range(TRIES):
            if stop.wait(PAUSE_SECONDS * 2 ** (attempt - 1) if attempt else 0):
                raise Unanswered("not asked any more")
            try:
                said = self._once(question, temperature, seed)
            except Unanswered as fault:
                why = str(fault)
            else:
                self._silent = 0
                return said
        self._silent += 1
        if self._silent >= SILENT:
            raise EndpointError(
                f"{self.who} does not answer: {SILENT} questions on end, each tried {TRIES} times",
                seen=f"{self.url}: {why}",
                remedy=f"see that the server runs, or {self.longer}; what was answered so far is kept",
            )
        raise Unanswered(f"no answer after {TRIES} tries: {why}")

    def _once(self, question: str, temperature: float, seed: int | None) -> str:
        body = {"model": self.model, "messages": [{"role": "user", "content": question}], "temperature": temperature}
        body |= {} if seed is None else {"seed": seed}
        request = urllib.request.Request(  # noqa: S310 - `endpoint_of` takes no scheme but http and https
            f"{self.url.rstrip('/')}/chat/completions",
            data=json.dumps({**body, "max_tokens": MOST_TOKENS}).encode(),
            headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {self.key}"} if self.key else {})},
        )
        self.asked += 1
        try:
            with _opener().open(request, timeout=self.timeout) as response:
                return _content(_whole(response, time.monotonic() + self.timeout))
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error.code, error.read(500).decode(errors="replace"))
        except TimeoutError:
            raise Unanswered(f"nothing within {self.timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            late = isinstance(reason, TimeoutError)
            raise Unanswered(f"nothing within {self.timeout:g} s" if late else f"{type(reason).__name__}: {reason}") from None
        raise AssertionError

    def _refused(self, code: int, body: str) -> None:
        """Raise what an HTTP status that is not 200 means."""
        told = " ".join(body.split())[:200]
        if code >= 500 or code in AGAIN:
            raise Unanswered(f"HTTP {code} {told}".rstrip())
        at = (
            f"{self.url_name} ends where /chat/completions begins (often in /v1), and that {self.model_name} names a model it has"
        )
        remedies = {
            401: f"set {self.key_name} to a key that it takes",
            403: f"set {self.key_name} to a key that may use {self.model}",
            404: f"see that {at}",
        }
        otherwise = f"see that {self.url_name} and {self.model_name} name an OpenAI-compatible endpoint and a model it has"
        remedy = remedies.get(code, otherwise)
        raise EndpointError(f"{self.who} refuses to be asked", seen=f"{self.url}: HTTP {code} {told}".rstrip(), remedy=remedy)


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens http and https, by the environment's proxies, and follows no redirect."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _whole(response: http.client.HTTPResponse, until: float) -> bytes:
    """Return the body. Raises Unanswered where it is endless, in bytes or in time (a socket's time limit is for each piece)."""
    pieces, size = [], 0
    while piece := response.read1(1 << 16):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise Unanswered(f"an endless reply: more than {MOST_BYTES >> 20} MiB")
        if time.monotonic() > until:
            raise Unanswered("a reply that does not end in time")
    return b"".join(pieces)


def _content(body: bytes) -> str:
    """Return the words of a chat completion. Raises Unanswered for what is none."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unanswered(f"a reply that is not UTF-8 (byte {error.start})") from None
    try:
        content = json.loads(text)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise Unanswered(f"a reply that is no chat completion: {' '.join(text.split())[:80]!r}") from None
    if not isinstance(content, str):
        raise Unanswered(f"a chat completion without words: {content!r}"[:120])
    return content


def endpoint_of(environment: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the judge that the environment names. Raises EndpointError for all that is missing or wrong in it, at once."""
    url, model = environment.get(URL, "").strip(), environment.get(MODEL, "").strip()
    faults = [f"{name} is not set" for name, value in ((URL, url), (MODEL, model)) if not value]
    parts = urllib.parse.urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        faults.append(f"{URL} is {url!r}, which is no http:// or https:// address")
    if parts.username or parts.password:
        faults.append(f"{URL} holds a user's name or password: keys belong into {KEY}")
    timeout = environment.get(TIMEOUT, "60")
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86400:
        faults.append(f"{TIMEOUT} is {timeout!r}, and is a number of seconds above 0")
    if faults:
        remedy = f"set {URL} (such as http://127.0.0.1:8011/v1) and {MODEL}, and {KEY} where the endpoint asks for a key"
        raise EndpointError("no judge can be asked", seen="; ".join(faults), remedy=remedy)
    return Endpoint(url=url, model=model, key=environment.get(KEY, "").strip(), timeout=seconds)
