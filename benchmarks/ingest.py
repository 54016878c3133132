"""How fast a large Slack export becomes rows, in how much memory; a killed ingest leaves no half file and ends the same again.

    python benchmarks/ingest.py [--messages 1000000] [--channels 40] [--zip | --tar]

Makes the export in a temporary folder (real message shape: blocks, profiles, threads, mentions, bots), ingests it in a process of
its own on one core, and prints messages a second and the peak of its memory.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

WORDS = [
    "the",
    "build",
    "is",
    "broken",
    "again",
    "can",
    "you",
    "look",
    "at",
    "it",
    "please",
    "we",
    "ship",
    "on",
    "friday",
    "and",
    "need",
    "that",
    "release",
    "note",
    "before",
    "noon",
]
CODE = "import sys; from burnish.cli.main import run; sys.argv = ['burnish', *sys.argv[1:]]; run()"


def make(folder: Path, messages: int, channels: int, seed: int = 7) -> None:
    """Write an export of so many messages, spread over channels and days."""
    rng = random.Random(seed)
    users = [
        {"id": f"U{i:06}", "name": f"user{i}", "real_name": f"Person {i}", "profile": {"display_name": ""}} for i in range(50)
    ]
    names = [f"channel-{i}" for i in range(channels)]
    (folder / "users.json").write_text(json.dumps(users), "utf-8")
    (folder / "channels.json").write_text(json.dumps([{"id": f"C{i:06}", "name": name} for i, name in enumerate(names)]), "utf-8")
    left = messages
    for i, name in enumerate(names):
        (folder / name).mkdir()
        count = left // (channels - i)
        left -= count
        _channel(folder / name, count, users, rng)


def _channel(folder: Path, count: int, users: list, rng: random.Random) -> None:
    stamp, roots = 1_600_000_000.0, []
    days: dict[str, list] = {}
    for _ in range(count):
        stamp += rng.expovariate(1 / 90)
        entry = _entry(stamp, rng.choice(users[:12] if rng.random() < 0.8 else users), rng)
        if roots and rng.random() < 0.2:
            entry["thread_ts"] = rng.choice(roots[-20:])
        elif rng.random() < 0.05:
            entry["thread_ts"] = entry["ts"]
            roots.append(entry["ts"])
        days.setdefault(time.strftime("%Y-%m-%d", time.gmtime(stamp)), []).append(entry)
    for date, entries in days.items():
        (folder / f"{date}.json").write_text(json.dumps(entries, indent=4), "utf-8")


def _entry(stamp: float, user: dict, rng: random.Random) -> dict:
    text = " ".join(rng.choices(WORDS, k=rng.randint(1, 25)))
    if rng.random() < 0.1:
        text += f" <@U{rng.randrange(50):06}> &amp; <https://example.com/{rng.randrange(999)}|this>"
    entry = {"type": "message", "text": text, "user": user["id"], "ts": f"{stamp:.6f}", "team": "T1"}
    if rng.random() < 0.03:
        entry |= {"subtype": "bot_message", "bot_id": "B1"}
    entry["user_profile"] = {"avatar_hash": "0123456789ab", "real_name": user["real_name"], "display_name": "", "team": "T1"}
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    entry["blocks"] = [{"type": "rich_text", "block_id": "x1", "elements": [section]}]
    return entry


def ingest(path: Path, out: Path) -> list[str]:
    """Return the command that ingests."""
    return [sys.executable, "-c", CODE, "ingest", "slack", str(path), "-o", str(out), "--me", "Person 1", "--json"]


def main() -> None:
    """Make, measure, kill, measure again, and say what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--channels", type=int, default=40)
    parser.add_argument("--zip", action="store_true", help="ingest a ZIP archive instead of a folder")
    parser.add_argument("--tar", action="store_true", help="ingest a .tar.gz instead of a folder, its members in no order")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        export = Path(place, "export")
        export.mkdir()
        # In a process of its own: a child's peak memory begins with what its parent held when it was started.
        maker = multiprocessing.Process(target=make, args=(export, given.messages, given.channels))
        maker.start()
        maker.join()
        size = sum(one.stat().st_size for one in export.rglob("*.json"))
        if given.zip:
            with zipfile.ZipFile(f"{export}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for one in sorted(export.rglob("*.json")):
                    archive.write(one, one.relative_to(export))
            export = Path(f"{export}.zip")
        if given.tar:
            members = random.Random(1).sample(sorted(export.rglob("*.json")), k=sum(1 for _ in export.rglob("*.json")))
            with tarfile.open(f"{export}.tar.gz", "w:gz") as archive:
                for one in members:
                    archive.add(one, str(one.relative_to(export)))
            export = Path(f"{export}.tar.gz")
        out = Path(place, "rows.jsonl")
        began = time.monotonic()
        with subprocess.Popen(ingest(export, out), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            answer = json.loads(running.stdout.read())
            usage = os.wait4(running.pid, 0)[2]  # of this process alone
            running.returncode = 0
        wall, cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
        first = hashlib.sha256(out.read_bytes()).hexdigest()
        out.unlink()
        stopped = subprocess.Popen(ingest(export, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wall / 2)
        stopped.send_signal(signal.SIGKILL)
        stopped.wait()
        half = out.exists()
        subprocess.run(ingest(export, out), capture_output=True, check=True)
        again = hashlib.sha256(out.read_bytes()).hexdigest()
        messages = answer["messages"]["read"]
        print(
            f"{messages:,} messages, {size / 1e6:.0f} MB, {given.channels} channels, {'ZIP' if given.zip else 'tar.gz' if given.tar else 'folder'}, {os.cpu_count()} cores"
        )
        print(
            f"wall {wall:.1f} s with the start: {messages / wall:,.0f} a second; CPU {cpu:.1f} s: {messages / cpu:,.0f} a second"
        )
        print(f"peak memory {usage.ru_maxrss / 1024:.0f} MiB; {answer['rows']:,} rows; faults {answer['num_faults']}")
        print(
            f"killed half way: half file {'LEFT' if half else 'none'}; typed again: {'the same bytes' if again == first else 'OTHER BYTES'}"
        )
        print(f"left beside the output: {[one.name for one in out.parent.glob('.*')]}")


if __name__ == "__main__":
    main()
