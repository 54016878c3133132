"""Clients that leave at any moment, a server that is told to stop, and a live version that moves: what must be kept all the while.

    python benchmarks/leaving.py [--leave 500] [--flight 20] [--moves 10] [--parts leave drain move] [--out RESULT.md]

The server is stub_server.py (the real gateway, a stub engine of 5 ms a token) in a process of its own. Leave: connections are closed before
the head ends, in the body, while waiting for a slot, while an answer is made (streamed or not) and at its end; the steps that the engine took
after the close are counted by the clock that both processes share. Drain: SIGTERM and SIGINT with answers under way; a limit; a second
signal. Move: promote and rollback in turn under 50 requests at once. Exit code 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from http_lines import Client, chat, head, read_answer
from overload import FAILED, promise
from stub_server import Stub, stub, toy_folder

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
POINTS = ("head", "body", "waiting", "streaming", "making", "end")
LONG = 200


async def leave_once(port: int, number: int, point: str, closed: dict[str, float]) -> None:
    """Ask, and close the connection at a point; note when."""
    words = f"#{number:07d}{point[:3]:>4}"
    body = chat(words + "." * LONG, stream=point == "streaming", limit=8 if point == "end" else 400)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    start = head(length=len(body))
    if point == "head":
        writer.write(start[: random.randrange(len(start))])
    elif point == "body":
        writer.write(start + body[: random.randrange(len(body))])
    else:
        writer.write(start + body)
    if point == "streaming":
        await reader.readuntil(b'"content"')
    elif point == "end":
        await read_answer(reader)
    await asyncio.sleep(random.uniform(0, 0.3) if point in {"waiting", "making"} else random.uniform(0, 0.02))
    writer.transport.abort() if number % 2 else writer.close()
    closed[words[:12]] = time.monotonic()


async def leave(server: Stub, count: int) -> list[str]:
    """Let clients leave."""
    client = Client(server.port)
    for number in range(20):
        await client.ask(chat(f"warm{number}", limit=4))
    before = server.asked("forget")
    closed: dict[str, float] = {}
    order = [POINTS[i % len(POINTS)] for i in range(count)]
    random.Random(7).shuffle(order)
    for begin in range(0, count, 20):  # twenty at once: more than there are slots
        await asyncio.gather(
            *(leave_once(server.port, begin + i, point, closed) for i, point in enumerate(order[begin : begin + 20]))
        )
    left = time.monotonic()
    while (state := server.asked())["taken"] or state["users"] or state["running"]:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    settled = time.monotonic() - left
    steps = server.asked("steps")
    over = {words: sum(step > closed[words] for step in times) for words, times in steps.items() if words in closed}
    answer = await client.ask(chat("after", limit=8))
    await client.close()
    state = server.asked()
    text = (f"{count} left: {dict(Counter(order))}; {len(over)} had begun to be made, steps after the close: "
            f"{dict(sorted(Counter(over.values()).items()))}; settled {1000 * settled:.0f} ms after the last; objects "
            f"{before['objects']} to {state['objects']}, files {before['files']} to {state['files']}")  # fmt: skip
    print(text)
    return [
        text,
        "",
        "| promise | kept |",
        "|---|---|",
        promise(max(over.values(), default=0) <= 2, "every answer stopped within two steps of the close"),
        promise(settled < 2, "slots, leases and places are back at zero"),
        promise(answer.status == 200, "the server goes on"),
        promise(state["files"] <= before["files"] + 3, "no file is left open"),
    ]


async def flight(server: Stub, count: int, length: int) -> tuple[list[asyncio.Task[str]], Client]:
    """Begin answers, half of them streamed, and return them once all are being made or wait."""

    async def one(number: int) -> str:
        words = f"{number:03d}" + "x" * (length - 3)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        body = chat(words, stream=number % 2 == 0)
        writer.write(head(length=len(body)) + body)
        try:
            answer = await read_answer(reader)
        except asyncio.IncompleteReadError:
            return "cut"
        if answer.status != 200:
            return f"{answer.status} {answer.json()['error']['code']}"
        if number % 2:
            return "whole" if answer.json()["choices"][0]["message"]["content"] == words else "wrong"
        events = [json.loads(line[6:]) for line in answer.body.decode().split("\n") if line.startswith("data: {")]
        if "error" in events[-1]:
            return f"stream {events[-1]['error']['code']}"
        text = "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])
        return "whole" if text == words else "wrong"

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    while server.asked()["taken"] < count and not any(one.done() for one in tasks):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    return tasks, Client(server.port)


async def drain(folder: Path, home: Path, count: int) -> list[str]:
    """Tell the server to stop, in four ways."""
    lines = ["| promise | kept |", "|---|---|"]
    for name, sign in (("SIGTERM", signal.SIGTERM), ("SIGINT", signal.SIGINT)):
        with stub(folder, home, "--slots", "20", "--queue", "20") as server:
            tasks, client = await flight(server, count, 200)
            server.child.send_signal(sign)
            await asyncio.sleep(0.3)
            late = [await Client(server.port).ask(chat("late")) for _ in range(5)]
            health = await client.ask(None, "/health")
            ended = Counter(await asyncio.gather(*tasks))
            code = await asyncio.to_thread(server.child.wait, 20)
        lines.append(promise(ended == {"whole": count}, f"{name} with {count} under way: all end whole ({dict(ended)})"))
        refused = {(one.status, one.headers.get("connection"), one.json()["error"]["code"]) for one in late}
        lines.append(promise(refused == {(503, "close", "draining")}, f"{name}: new ones get 503 and Connection: close"))
        lines.append(promise((health.status, health.json()["status"]) == (503, "draining"), f"{name}: /health says draining"))
        lines.append(promise(code == 0, f"{name}: exit code 0 ({code})"))
    with stub(folder, home, "--slots", "20", "--drain-seconds", "0.5") as server:
        tasks, _ = await flight(server, count, 200)
        began = time.monotonic()
        server.child.send_signal(signal.SIGTERM)
        ended = Counter(await asyncio.gather(*tasks))
        code = await asyncio.to_thread(server.child.wait, 20)
        seconds = time.monotonic() - began
    told = set(ended) <= {"503 cut_off", "stream cut_off", "whole"}
    lines.append(
        promise(told and code == 1, f"past the limit each is told that it was cut off ({dict(ended)}), exit code 1 ({code})")
    )
    lines.append(promise(seconds < 3, f"and the server has left in {seconds:.1f} s"))
    with stub(folder, home, "--slots", "20") as server:
        tasks, _ = await flight(server, count, 200)
        server.child.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        began = time.monotonic()
        server.child.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(server.child.wait, 20)
        seconds = time.monotonic() - began
        await asyncio.gather(*tasks, return_exceptions=True)
    lines.append(promise(code == 1 and seconds < 1.6, f"a second signal: left after {seconds:.2f} s, exit code 1 ({code})"))
    return lines


async def move(folder: Path, home: Path, moves: int) -> list[str]:
    """Promote and roll back in turn under 50 requests at once."""
    from burnish.registry.store import Registry
    from serve.conftest import add_version

    registry = Registry(home)
    versions = [add_version(registry, folder, seed=seed) for seed in (1, 2)]
    registry.promote(versions[0], "first")
    out: list[tuple[str, bool, str]] = []
    going = [True]
    with stub(folder, home, "--slots", "50", "--queue", "50") as server:

        async def keep_asking(number: int) -> None:
            client = Client(server.port)
            count = 0
            while going[0]:
                words = f"{number:03d}-{count:05d}"
                answer = await client.ask(chat(words, model="live"))
                found = answer.json()
                out.append(
                    (words, answer.status == 200 and found["choices"][0]["message"]["content"] == words, found.get("model", ""))
                )
                count += 1
            await client.close()

        tasks = [asyncio.create_task(keep_asking(number)) for number in range(50)]
        probe = Client(server.port)
        waits = []
        for number in range(moves):
            await asyncio.sleep(0.3)
            new = versions[(number + 1) % 2]
            began = time.monotonic()
            await asyncio.to_thread(registry.rollback if number % 2 else registry.promote, new, "move")
            while (await probe.ask(None, "/health")).json()["live"] != new and time.monotonic() - began < 20:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            waits.append(time.monotonic() - began)
        going[0] = False
        done = await asyncio.gather(*tasks, return_exceptions=True)
    text = f"{len(out)} answers over {moves} moves, {dict(Counter(model[-4:] for *_, model in out))}; a move is seen after {max(waits):.2f} s at most"
    print(text)
    return [
        text,
        "",
        "| promise | kept |",
        "|---|---|",
        promise(not [one for one in done if one is not None], "no request was lost"),
        promise(all(right for _, right, _ in out), "each answer is a 200 with its own words"),
        promise({model for *_, model in out} == set(versions) and max(waits) < 20, "by one of the versions that were live"),
    ]


async def run(options: argparse.Namespace, folder: Path, place: Path) -> list[str]:
    """Run the parts."""
    from burnish.registry.home import make_home

    lines = []
    for part in options.parts:
        print(f"\n{part}", flush=True)
        (place / part).mkdir()
        home = make_home(place / part)
        lines += ["", f"## {part}", ""]
        if part == "leave":
            with stub(folder, home, "--slots", "8", "--queue", "64") as server:
                lines += await leave(server, options.leave)
        else:
            lines += await (drain(folder, home, options.flight) if part == "drain" else move(folder, home, options.moves))
    return lines


def main() -> int:
    """Measure and report."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--leave", type=int, default=500)
    asked.add_argument("--flight", type=int, default=20)
    asked.add_argument("--moves", type=int, default=10)
    asked.add_argument("--parts", nargs="+", default=["leave", "drain", "move"], choices=["leave", "drain", "move"])
    asked.add_argument("--out", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        lines = asyncio.run(run(options, toy_folder(Path(place) / "toy"), Path(place)))
    if options.out:
        options.out.write_text("\n".join([f"# {' '.join(sys.argv)}", *lines, ""]))
    print(json.dumps({"broken": FAILED}))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
