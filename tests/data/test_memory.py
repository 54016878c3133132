"""Memory stays bounded, however long a line is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = b'{"prompt":"Hi","completion":"Hello"}'
CODE = """
import json, sys
from pathlib import Path
from burnish.data.read import read_rows
from burnish.machine.memory import peak_bytes
read = read_rows(Path(sys.argv[1]))
print(json.dumps([len(read.conversations), [r.line for r in read.refused], [r.seen[:17] for r in read.refused], peak_bytes()]))
"""


@pytest.mark.parametrize(("head", "between", "tail"), [(b"", b"\n", b"\n"), (b"[", b",\n", b"]")], ids=["lines", "array"])
def test_a_line_of_200_megabytes_is_refused_in_bounded_memory(head, between, tail, tmp_path):
    """A row of 200 MB between two good ones is refused with its size, at a peak under 200 MB for the whole process."""
    path: Path = tmp_path / "rows"
    with path.open("wb") as file:
        file.write(head + GOOD + between + b'{"prompt":"')
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b'","completion":"y"}' + between + GOOD + tail)
    done = subprocess.run([sys.executable, "-c", CODE, path], capture_output=True, text=True, check=True)
    accepted, lines, seen, peak_bytes = json.loads(done.stdout)

    assert (accepted, lines, seen) == (2, [2], ["200,000,030 bytes"])
    assert peak_bytes < 200_000_000
