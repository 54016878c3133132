"""The API under schemathesis (all phases, data that fits and data that does not, NUL among it) and under 500 raw requests.

    python benchmarks/fuzz_api.py [--examples 1000] [--raw 500] [--seed 7] [--out RESULT.md]

The server is stub_server.py: the real gateway before a stub engine, once as it is and once behind a key. No answer may be a 5xx, hang over
5 s, be cut off, or have a status, type or shape that the server's own OpenAPI page does not tell. Needs schemathesis (the extra `dev`). Exit
code 1 when something was found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from raw_bytes import requests, send, send_all, summary, told
from stub_server import Stub, stub, toy_folder

KEY = "a-long-random-key-of-a-person"
QUICK = ("--head-seconds", "2", "--body-seconds", "2", "--queue", "300", "--token-ms", "0.1", "--slots", "16")


def fuzz(
    server: Stub, examples: int, seed: int, *, key: str | None = None, phases: str = "examples,coverage,fuzzing,stateful"
) -> tuple[int, str]:
    """Run schemathesis; return (exit code, its report)."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{server.url}/openapi.json", "--phases", phases, "--mode", "all",
               "--max-examples", str(examples), "--generation-allow-x00", "true", "--checks", "all", "--max-response-time", "5",
               "--request-timeout", "15", "--exclude-checks", "positive_data_acceptance",  # a page cannot tell a model's context or what its engine can do
               "--continue-on-failure", "--seed", str(seed), "--suppress-health-check", "all", "--no-color",
               "--generation-database", "none", "--warnings", "off"]  # fmt: skip
    command += ["--header", f"Authorization: Bearer {key}"] if key else []
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": path}
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=place, check=False)
    return done.returncode, done.stdout + done.stderr


def cases(report: str) -> str:
    """Return the line of a report that counts its cases."""
    found = re.search(r"Test cases:\s*\n?.*|(\d+) generated.*", report)
    return " ".join(line.strip() for line in report.splitlines() if "generated" in line or "Operations:" in line) or (
        found[0] if found else ""
    )


def main() -> int:
    """Fuzz and report."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--examples", type=int, default=1000, help="for each operation")
    asked.add_argument("--raw", type=int, default=500)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--out", type=Path)
    options = asked.parse_args()
    from burnish.registry.home import make_home

    lines, bad = [], 0
    with tempfile.TemporaryDirectory() as place:
        folder, home = toy_folder(Path(place) / "toy"), make_home(Path(place))
        for key in (None, KEY):
            with stub(folder, home, *QUICK, *(("--key", key) if key else ())) as server:
                began = time.monotonic()
                code, report = fuzz(
                    server, options.examples if key is None else max(10, options.examples // 10), options.seed, key=key
                )
                bad += code != 0
                lines.append(
                    f"schemathesis {'with a key' if key else 'without a key'}: exit {code}, {time.monotonic() - began:.0f} s; {cases(report)}"
                )
                print(lines[-1] if code == 0 else report, flush=True)
                lines += [] if code == 0 else ["```", report, "```"]
                lines.append(f"afterwards: {json.dumps(server.asked())}")
        with stub(folder, home, *QUICK) as server:
            outcomes = send_all(server.port, requests(options.raw))
            halves = [send(server.port, data, half=True) for data in requests(options.raw // 5)]
            found = told(outcomes) + [f"reset: {one.sent[:90]!r}" for one in halves if one.reset or one.seconds > 5]
            bad += bool(found)
            lines += [
                "raw: " + summary(outcomes),
                f"raw, ended early: {summary(halves)}",
                *found,
                f"afterwards: {json.dumps(server.asked())}",
            ]
            print("\n".join(lines[-4 - len(found) :]))
    if options.out:
        options.out.write_text("\n".join([f"# {' '.join(sys.argv)}", "", *lines, ""]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
