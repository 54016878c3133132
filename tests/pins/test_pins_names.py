"""Names that stand in strings, where no tool that renames code finds them."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "burnish"


def _texts():
    """Yield (file, text) of every string in the source, and of the scripts of the page."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value
    for path in sorted(SOURCE.rglob("*.js")):
        yield path, path.read_text("utf-8")


def test_environment_variables_and_headers(golden):
    """Every BURNISH_ variable that the source names, and every X- header that the server does."""
    words = [*_texts()]
    variables = {found for _, text in words for found in re.findall(r"\bBURNISH_[A-Z_]+\b", text)}
    served = [text for path, text in words if SOURCE / "serve" in path.parents]
    headers = {found.title() for text in served for found in re.findall(r"\b[Xx]-[A-Za-z]+(?:-[A-Za-z]+)*\b", text)}

    golden("names.txt", [*sorted(variables), *sorted(headers)])


def test_modules_that_are_run_by_name_are_there():
    """Every module of ours that is run by `python -m` is where its name says."""
    named = set()
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.List):
                texts = [one.value if isinstance(one, ast.Constant) else None for one in node.elts]
                named |= {after for word, after in itertools.pairwise(texts) if word == "-m" and str(after).startswith("burnish")}

    assert len(named) > 3
    assert [name for name in sorted(named) if importlib.util.find_spec(name) is None] == []


def test_package_data_is_found_by_its_globs():
    """Every glob of pyproject.toml finds files, and every file of the package that is no Python is found by one."""
    globs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["burnish"]
    found = {pattern: {*SOURCE.glob(pattern)} for pattern in globs}
    here = {
        path
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and "__pycache__" not in path.parts
    }

    assert [pattern for pattern, files in found.items() if not files] == []
    assert [str(path.relative_to(SOURCE)) for path in sorted(here - set().union(*found.values()))] == []
