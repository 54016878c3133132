"""The benchmarks' small HTTP client, raw requests and stub server, for tests."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

PLACE = str(Path(__file__).parents[2] / "benchmarks")

sys.path.append(PLACE)
fuzz_api, http_lines, raw_bytes, stub_server = map(
    importlib.import_module, ("fuzz_api", "http_lines", "raw_bytes", "stub_server")
)
sys.path.remove(PLACE)  # other names there are those of folders of tests
