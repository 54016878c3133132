"""Twice as many requests as the server can answer, then 1,000 sockets that send slowly beside an honest client.

    python benchmarks/overload.py [--requests 10000] [--slow 500] [--parts load memory slow] [--out RESULT.md]

The server (stub_server.py: the real gateway, a stub engine of 5 ms a token) and the load are two processes. Load: requests offered at twice
the measured capacity, whatever comes back; each must get one answer, 200 with its own words or 429 or 503 with Retry-After; the slowest of the
accepted, `/health` all the while, and memory before and after. Memory: the same, fewer, with Python's own count of its memory. Slow: an honest
client alone, then beside sockets that send a letter of their head, or of their body, every so often; each must be ended at its deadline.
Exit code 1 when a promise is broken. Latencies count only on a quiet machine of two cores or more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
from http_lines import Client, chat
from stub_server import Stub, stub, toy_folder

TOKENS = 8
FAILED: list[str] = []


def promise(kept: bool, words: str) -> str:
    """Return the line of a promise, and remember it when it is broken."""
    if not kept:
        FAILED.append(words)
    line = f"| {words} | {'yes' if kept else 'NO'} |"
    print(line, flush=True)
    return line


def quantile(values: list[float], share: float) -> float:
    """Return a quantile, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def alone(client: Client, count: int = 50) -> float:
    """Return the mean seconds of one answer when nobody else asks."""
    began = time.perf_counter()
    for number in range(count):
        answer = await client.ask(chat(f"warm{number:04d}", limit=TOKENS))
        assert answer.status == 200, answer
    return (time.perf_counter() - began) / count


async def probing(port: int, going: list[bool], times: list[float]) -> None:
    """Ask /health ten times a second, on a new connection every time."""
    while going[0]:
        began = time.perf_counter()
        async with Client(port) as client:
            answer = await client.ask(None, "/health")
            times.append(time.perf_counter() - began)
        if answer.status != 200:
            FAILED.append(f"/health said {answer.status}")
        await asyncio.sleep(0.05)


async def offer(client: Client, number: int, out: list[tuple[int, int, float, bool, bool]]) -> None:
    """Ask once; note (request, status, seconds, whether the words are its own, whether a refusal says when to come again)."""
    words = f"#{number:07d}"
    began = time.perf_counter()
    try:
        answer = await client.ask(chat(words, limit=TOKENS))
    except (OSError, asyncio.IncompleteReadError) as error:
        FAILED.append(f"request {number} was lost: {error!r}")
        return
    seconds = time.perf_counter() - began
    own = answer.status == 200 and answer.json()["choices"][0]["message"]["content"] == words
    again = answer.headers.get("retry-after", "").isdigit() and bool(answer.json().get("error", {}).get("code"))
    out.append((number, answer.status, seconds, own, again))


async def load(server: Stub, requests: int, slots: int) -> dict[str, Any]:
    """Offer requests at twice the capacity."""
    client = Client(server.port)
    service = await alone(client)
    await asyncio.gather(*(offer(client, 9_000_000 + i, []) for i in range(60)))  # every path once, before memory is read
    server.asked("forget")
    before = server.asked()
    rate = 2 * slots / service
    out: list[tuple[int, int, float, bool, bool]] = []
    health: list[float] = []
    going = [True]
    prober = asyncio.create_task(probing(server.port, going, health))
    began = time.perf_counter()
    tasks = []
    for number in range(requests):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(offer(client, number, out)))
    await asyncio.gather(*tasks)
    seconds = time.perf_counter() - began
    going[0] = False
    await prober
    await client.close()
    await asyncio.sleep(1)
    server.asked("forget")
    after = server.asked()
    return {"service": service, "rate": rate, "out": out, "health": health, "before": before, "after": after,
            "surplus": client.surplus, "connections": client.opened, "seconds": seconds}  # fmt: skip


def tell_load(found: dict[str, Any], requests: int, slots: int, queue: int) -> list[str]:
    """Return the lines of the report."""
    out, service = found["out"], found["service"]
    statuses = Counter(status for _, status, *_ in out)
    accepted = [seconds for _, status, seconds, *_ in out if status == 200]
    bound = (queue + 1) * service
    tight = (queue / slots + 1) * service
    before, after = found["before"], found["after"]
    memory = after["rss"] - before["rss"]
    lines = [
        (
            f"offered {found['rate']:.0f} a second for {found['seconds']:.0f} s (an answer alone takes {1000 * service:.1f} ms, {slots} slots, "
            f"queue {queue}); answers {dict(statuses)}; {found['connections']} connections; accepted p50 {1000 * quantile(accepted, 0.5):.0f} ms, "
            f"p99 {1000 * quantile(accepted, 0.99):.0f} ms, slowest {1000 * max(accepted):.0f} ms, refused p99 "
            f"{1000 * quantile([s for _, status, s, *_ in out if status != 200], 0.99):.0f} ms; /health p50 {1000 * quantile(found['health'], 0.5):.1f} ms, "
            f"p99 {1000 * quantile(found['health'], 0.99):.1f} ms of {len(found['health'])}; resident memory {before['rss'] >> 10} to "
            f"{after['rss'] >> 10} KiB, objects {before['objects']} to {after['objects']}, traced {before['traced']} to {after['traced']}"
        ),
        "",
        "| promise | kept |",
        "|---|---|",
    ]
    print(lines[0])
    lines.append(
        promise(
            len(out) == requests and len({n for n, *_ in out}) == requests, f"{requests} requests, {requests} answers, none lost"
        )
    )
    lines.append(promise(found["surplus"] == 0, "none twice: no connection had a byte too many"))
    lines.append(promise(set(statuses) <= {200, 429, 503}, "each 200, 429 or 503"))
    lines.append(promise(all(own for _, status, _, own, _ in out if status == 200), "each 200 holds its own request's words"))
    lines.append(
        promise(all(again for _, status, _, _, again in out if status != 200), "each refusal has Retry-After and a code")
    )
    lines.append(
        promise(quantile(accepted, 0.99) <= bound, f"p99 of accepted within (queue + 1) service times, {1000 * bound:.0f} ms")
    )
    within = quantile(accepted, 0.99) <= 1.25 * tight
    lines.append(
        f"| (not asked: within 1.25 times the tight bound, queue / slots + 1 = {1000 * tight:.0f} ms) | {'yes' if within else 'no'} |"
    )
    lines.append(promise(quantile(found["health"], 0.99) < 0.1, "/health p99 under 100 ms"))
    lines.append(promise(after["taken"] == after["users"] == after["running"] == 0, "no place, lease or slot is left taken"))
    lines.append(promise(after["objects"] - before["objects"] < 500, "objects back to baseline (within 500)"))
    lines.append(promise(memory < 4 << 20, "resident memory back to baseline (within 4 MiB)"))
    if before["traced"] is not None:
        lines.append(
            promise(after["traced"] - before["traced"] < 256 << 10, "Python's own memory back to baseline (within 256 KiB)")
        )
    return lines


def busy(server: Stub) -> float:
    """Return the CPU seconds that the server's loop has used: where the system tells them, to the nanosecond."""
    exact = Path(f"/proc/{server.child.pid}/schedstat")
    if exact.exists():
        return int(exact.read_text().split()[0]) / 1e9
    used = psutil.Process(server.child.pid).cpu_times()
    return used.user + used.system


async def honest(client: Client, seconds: float) -> list[float]:
    """Ask one after the other for so long; return the seconds of each answer."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        answer = await client.ask(chat(f"h{len(times):07d}", limit=TOKENS))
        assert answer.status == 200, answer
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    return times


async def slow(server: Stub, count: int, deadline: float, every: float) -> list[str]:
    """Measure an honest client alone and beside slow sockets, which are a process of their own, and the server's CPU with them alone."""
    client = Client(server.port)
    await alone(client)
    before = await honest(client, deadline)
    command = [sys.executable, str(Path(__file__).with_name("dribble.py")), str(server.port), str(count), "--every", str(every)]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, limit=1 << 24)
    await child.stdout.readline()
    await asyncio.sleep(0.5)
    held, used = server.asked(), busy(server)
    await asyncio.sleep(deadline * 0.3)
    used = (busy(server) - used) / (deadline * 0.3)
    beside = await honest(client, deadline * 0.5)
    ends = json.loads(await child.stdout.readline())
    await child.wait()
    answer = await client.ask(chat("after", limit=TOKENS))
    await client.close()
    await asyncio.sleep(3)
    after = server.asked()
    said = Counter(found for _, found in ends)
    p99 = quantile(before, 0.99), quantile(beside, 0.99)
    latest = max(seconds for seconds, _ in ends)
    text = (f"honest alone p50 {1000 * quantile(before, 0.5):.1f} ms, p99 {1000 * p99[0]:.1f} ms ({len(before)}); beside {2 * count} slow sockets "
            f"p50 {1000 * quantile(beside, 0.5):.1f} ms, p99 {1000 * p99[1]:.1f} ms ({len(beside)}); the slow ones alone cost the server "
            f"{1000 * used:.1f} ms of CPU a second; they ended with {dict(said)}, the last "
            f"after {latest:.1f} s; open files {held['files']}, then {after['files']}; places they held: {held['taken']}")  # fmt: skip
    print(text)
    return [
        text,
        "",
        "| promise | kept |",
        "|---|---|",
        promise(p99[1] <= max(1.2 * p99[0], p99[0] + 0.01), "the honest client's p99 does not move (20 % or 10 ms)"),
        promise(set(said) == {"HTTP/1.1 408"} and len(ends) == 2 * count, "every slow socket got a 408 and an end"),
        promise(latest < deadline + 3, f"within its deadline of {deadline:g} s (and 3 s)"),
        promise(answer.status == 200 and after["files"] < 60, "the server goes on, and has let go of their files"),
    ]


async def run(options: argparse.Namespace, folder: Path, home: Path) -> list[str]:
    """Run the parts."""
    size = ("--slots", str(options.slots), "--queue", str(options.queue))
    lines = []
    for part in options.parts:
        lines += ["", f"## {part}", ""]
        print(f"\n{part}", flush=True)
        if part == "slow":
            quick = ("--head-seconds", str(options.deadline), "--body-seconds", str(options.deadline))
            with stub(folder, home, *size, *quick) as server:
                lines += await slow(server, options.slow, options.deadline, options.every)
            continue
        requests = options.requests if part == "load" else options.requests // 10
        with stub(folder, home, *size, *(["--trace"] if part == "memory" else [])) as server:
            lines += tell_load(await load(server, requests, options.slots), requests, options.slots, options.queue)
    return lines


def main() -> int:
    """Measure and report."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--requests", type=int, default=10_000)
    asked.add_argument("--slow", type=int, default=500, help="sockets with slow heads, and as many with slow bodies")
    asked.add_argument("--every", type=float, default=1.0, help="seconds from one letter of a slow socket to its next")
    asked.add_argument("--slots", type=int, default=4)
    asked.add_argument("--queue", type=int, default=16)
    asked.add_argument("--deadline", type=float, default=10, help="seconds for a head and for a body")
    asked.add_argument("--parts", nargs="+", default=["load", "memory", "slow"], choices=["load", "memory", "slow"])
    asked.add_argument("--out", type=Path)
    options = asked.parse_args()
    from burnish.registry.home import make_home

    with tempfile.TemporaryDirectory() as place:
        lines = asyncio.run(run(options, toy_folder(Path(place) / "toy"), make_home(Path(place))))
    if options.out:
        options.out.write_text("\n".join([f"# {' '.join(sys.argv)}", *lines, ""]))
    print(json.dumps({"broken": FAILED}))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
