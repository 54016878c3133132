"""Debian's chromium, headless, spoken to over a pipe in its DevTools protocol; no library is needed for that."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60
"""Seconds after which a silent browser is given up."""


class Browser:
    """One page in one browser."""

    def __init__(self, profile: Path) -> None:
        """Start the browser with a profile of its own and open an empty page."""
        reads, self._out = os.pipe()
        self._in, writes = os.pipe()
        switches = f"--headless --hide-scrollbars --no-sandbox --disable-gpu --no-first-run --remote-debugging-pipe --user-data-dir={profile}"
        # The protocol wants file descriptors 3 and 4; a shell puts ours there.
        line = f"exec {CHROMIUM} {switches} about:blank 3<&{reads} 4>&{writes}"
        self._process = subprocess.Popen(
            ["bash", "-c", line], pass_fds=(reads, writes), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(reads)
        os.close(writes)
        self._buffer, self._number, self._session = b"", 0, None
        self.events: list[dict] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """End the browser and wait for it."""
        with contextlib.suppress(OSError, AssertionError):
            self._session = None
            self.call("Browser.close")
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **params: object) -> dict:
        """Return the answer to one command; what happens meanwhile is kept in `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    def _next(self) -> dict:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready = select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))[0]
            assert ready, "the browser does not answer"
            piece = os.read(self._in, 1 << 16)
            assert piece, "the browser has ended"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        said = json.loads(line)
        if "id" not in said:
            self.events.append(said)
        return said

    def open(self, path: Path, *, width: int, height: int = 900, dark: bool = False, script: bool = True) -> None:
        """Load a file at a width in CSS pixels, on a light or dark screen, and wait until it has loaded."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._next()

    def value(self, expression: str) -> object:
        """Return what an expression is on the page, as JSON."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def faults(self) -> list[str]:
        """Return what the console says, violations of the policy among it, and every request but that for the page."""
        told = []
        for event in self.events:
            method, params = event["method"], event["params"]
            if method == "Log.entryAdded":
                told.append(params["entry"]["text"])
            elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                told.append(json.dumps(params))
            elif method == "Network.requestWillBeSent" and params["type"] != "Document":
                told.append(params["request"]["url"])
        return told

    def picture(self, path: Path) -> None:
        """Write the whole page as a PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def pdf(self) -> bytes:
        """Return the page as it would be printed."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])
