"""The house rules that code can check."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "burnish"
MODULES = sorted(SOURCE.rglob("*.py"))


def test_help_loads_no_torch():
    """`burnish --help` and every verb's --help load neither torch nor transformers, nor rich."""
    code = (
        "import sys\nfrom burnish.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit as done:\n    assert done.code == 0\n"
        "print([name for name in ('torch', 'transformers', 'peft', 'numpy', 'scipy') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"
    assert "train" in done.stdout


def test_readme_tree_is_the_architecture():
    """Every module is in the README's tree with a purpose, and the tree names no file that is not there."""
    text = (ROOT / "README.md").read_text("utf-8")
    block = text.split("<!-- tree -->")[1].split("```")[1].removeprefix("text\n")
    named, folders = {}, []
    for line in block.strip("\n").splitlines():
        found = re.match(r"( *)(\S+)\s*(.*)", line)
        depth, name, purpose = len(found[1]) // 2, found[2], found[3]
        folders[depth:] = [name]
        named["".join(folders[: depth + 1])] = purpose
    here = {str(path.relative_to(ROOT)) for path in MODULES if path.name != "__init__.py"}

    assert {name for name in named if name.startswith("src/") and name.endswith(".py")} == here
    assert [name for name, purpose in named.items() if not purpose and name not in {"src/", "src/burnish/"}] == []
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_only_cli_prints():
    """No module outside cli/ calls print."""
    guilty = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in MODULES
        if "cli" not in path.relative_to(SOURCE).parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert guilty == []


@pytest.mark.parametrize("word", ["pickle", "torch.load", "torch.save", "trust_remote_code=True", "shell=True"])
def test_no_code_from_data(word):
    """Nothing in the package loads pickles, runs remote code or a shell."""
    calls = re.compile(rf"(^|\W)(import )?{re.escape(word)}(\(|$|\s*$)", re.MULTILINE)
    guilty = [str(path.relative_to(SOURCE)) for path in MODULES if calls.search(_code(path))]

    assert guilty == []


def _code(path: Path) -> str:
    """Return a module without its docstrings and comments."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = ""
    return ast.unparse(tree)


def test_every_durable_write_goes_through_the_one_door():
    """No module but durable.py opens a file for writing, or uses the writing methods of Path."""
    writes = {"write_text", "write_bytes", "save_file", "unlink", "rename", "rmtree"}
    allowed = {"durable.py"}
    guilty = []
    for path in MODULES:
        if path.name in allowed:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writes:
                owner = ast.unparse(node.func.value)
                if owner != "durable":
                    guilty.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {ast.unparse(node.func)}")

    assert guilty == []


def test_import_contracts_hold_and_a_planted_violation_breaks_them(tmp_path):
    """`lint-imports` passes on the tree, and fails on a copy in which a tool imports a room."""
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "suites", "starter"))
    shutil.copy(ROOT / ".importlinter", copy / ".importlinter")
    clean = _contracts(copy)
    with (copy / "src/burnish/grading/__init__.py").open("a") as file:
        file.write("\nfrom burnish.registry import store\n")
    planted = _contracts(copy)

    assert clean.returncode == 0, clean.stdout
    assert planted.returncode == 1
    assert "burnish.grading -> burnish.registry" in planted.stdout


def _contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_reference_is_generated():
    """docs/reference.md is what the program says of itself, so every verb and option is documented."""
    import runpy

    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))["reference"]()

    assert (ROOT / "docs" / "reference.md").read_text("utf-8") == made


def test_every_verb_takes_json_and_says_what_its_options_do():
    """Every verb but the interactive chat has --json; every option and argument has a help text."""
    import typer

    from burnish.cli.main import app

    group = typer.main.get_command(app)
    without = [name for name, one in group.commands.items() if name != "chat" and not any("--json" in p.opts for p in one.params)]
    silent = [f"{name} {p.name}" for name, one in group.commands.items() for p in one.params if not getattr(p, "help", None)]

    assert without == []
    assert silent == []


def test_shipped_recipes_parse():
    """Every recipe in the repository is one the program accepts."""
    from burnish.records.recipe import read_recipe

    recipes = [*ROOT.glob("recipes/*.toml"), *SOURCE.glob("data/starter/*.toml")]

    assert recipes
    for path in recipes:
        read_recipe(path)


def test_no_host_of_a_registry_is_named():
    """No file names a package registry's or hub's host: people's own configuration decides."""
    hosts = re.compile(r"pypi\.org|pythonhosted|huggingface\.co|hf\.co|download\.pytorch\.org", re.IGNORECASE)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    guilty = []
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".toml", ".txt", ".md", ".yml", ""} and path.is_file() and "fixtures" not in path.parts:
            guilty += (
                [name]
                if hosts.search(path.read_text("utf-8", errors="ignore")) and name != "tests/contracts/test_house.py"
                else []
            )

    assert guilty == []


def test_json_of_version_pins():
    """Every dependency is pinned in constraints.txt; an extra that names burnish itself stands for its other extras."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]

    assert [name for one in wanted if (name := re.split(r"[<>=\[]", one)[0].lower()) not in {*pinned, "burnish"}] == []
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()
    assert json.dumps(project["scripts"]) == '{"burnish": "burnish.cli.main:run"}'
