"""`burnish forget` and the rows that versions carry: they are gone from them before anything is trained again, and all stays whole."""

from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from burnish import durable
from burnish.cli.main import app
from burnish.flow import forget as forgetting
from burnish.registry.bundle import unpack
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.retrieval.files import load_rows
from registry.toy_runs import fill
from toy_memory import ROWS, carry

BOB = (("What is the gate's code?", "It is 5512."),)


def run(*words):
    """Type a verb; return (exit code, its JSON, what people read)."""
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert "Traceback" not in done.stderr, done.stderr
    return done.exit_code, json.loads(done.stdout), done.stderr


@pytest.fixture(autouse=True)
def _no_hook():
    yield
    durable.FAULT_HOOK = None


@pytest.fixture
def registry(tmp_path):
    """Return a project of three versions, none live: two carry rows of Ann and Bob, the third (of the second) none."""
    registry = Registry(make_home(tmp_path))
    for number in range(3):
        run_id, folder = registry.new_run()
        parents = tuple(registry.versions()[1:2])
        if number < 2:
            carry(folder, more=BOB)
        registry.add(fill(registry, run_id, folder, b"w" * (number + 1), parents))
    return registry


def answers(registry):
    """Return, for each version, the answers of the rows it carries."""
    saved = [load_rows(registry.runs / run_id / "memory") for run_id in registry.versions()]
    return [sorted(row.answer for row in one.rows) if one is not None else None for one in saved]


def test_rows_leave_every_version_that_carries_them(registry):
    """A dry run tells and changes nothing; then Ann's are gone, byte for byte, Bob's stay, fsck is clean; again it is done already."""
    dry = run("forget", "--source", "Ann", "--dry-run", "--home", registry.home)
    between = answers(registry)
    code, told, shown = run("forget", "--source", "Ann", "--home", registry.home)
    again = run("forget", "--source", "Ann", "--home", registry.home)
    left = [path for path in registry.runs.rglob("memory/*") if ROWS[0][1].encode() in path.read_bytes()]

    assert between == [sorted([ROWS[0][1], ROWS[1][1], BOB[0][1]])] * 2 + [None]
    assert answers(registry) == [[BOB[0][1]], [BOB[0][1]], None]
    assert (code, told["carried_rows"], told["carried_by"]) == (0, 4, registry.versions()[:2])
    assert (dry[1]["carried_rows"], dry[1]["carried_by"]) == (4, registry.versions()[:2])
    assert "4 rows were taken out of what 2 versions carry" in " ".join(shown.split())
    assert (again[0], again[1]["carried_rows"], again[1]["carried_by"]) == (0, 0, [])
    assert told["marked"] == registry.versions()
    assert left == []
    assert run("fsck", "--home", registry.home)[1]["ok"]


def test_rows_that_are_known_by_what_carries_them_alone_can_be_forgotten(registry):
    """A version whose own rows are not kept still carries them: they are found by their source, and by the file they came from."""
    for run_id in registry.versions():
        (registry.runs / run_id / "rows.jsonl").unlink(missing_ok=True)
    codes = [run("forget", "--source", source, "--home", registry.home)[0] for source in ("Ann", "Bob.jsonl", "Nobody")]

    assert codes == [0, 0, 1]
    assert answers(registry) == [[], [], None]


def test_they_are_gone_before_anything_is_trained_again(registry, monkeypatch):
    """The live version carries them: when its chain is to be trained again it does not any more, and it is marked."""
    seen = []

    def rebuild(registry, chain, again, gone, home):
        seen.append((answers(registry), sorted(registry.forgotten), len(gone)))
        yield from ()
        return ()

    monkeypatch.setattr(forgetting, "_rebuild", rebuild)
    monkeypatch.setattr(forgetting, "_known", lambda *_: (yield from ()) or (None, None))
    session = SimpleNamespace(run=SimpleNamespace(id=registry.versions()[0]), name="session 1", number=1)
    monkeypatch.setattr(forgetting, "past_sessions", lambda *_: (session,))
    registry.promote(registry.versions()[0], "first")
    run("forget", "--source", "Ann", "--home", registry.home)

    assert seen == [([[BOB[0][1]], [BOB[0][1]], None], registry.versions(), 2)]


@pytest.mark.parametrize("number", range(3, 60, 4))
def test_a_second_run_finishes_what_a_kill_left(registry, number):
    """Killed at some step, every version carries all of them or none, and fsck is clean; the same words again do the rest."""

    class Killed(BaseException):
        pass

    steps = []

    def hook(operation, path):
        steps.append(operation)
        if len(steps) >= number:
            raise Killed

    before = answers(registry)
    durable.FAULT_HOOK = hook
    with contextlib.suppress(Killed):
        CliRunner().invoke(app, ["forget", "--source", "Ann", "--home", str(registry.home)])
    durable.FAULT_HOOK = None
    faults = Registry(registry.home).fsck()
    between = answers(registry)
    code, _, _ = run("forget", "--source", "Ann", "--home", registry.home)

    assert (faults, code) == ([], 0)
    assert all(now in (old, [BOB[0][1]]) for now, old in zip(between[:2], before[:2], strict=True))
    assert answers(registry) == [[BOB[0][1]], [BOB[0][1]], None]
    assert Registry(registry.home).fsck() == []
    assert len(steps) >= number, "nothing was killed"


def test_a_bundle_carries_what_is_left(registry, tmp_path):
    """`export version` and `import`: the rows that a version carries go along whole, without those that were forgotten."""
    run("forget", "--source", "Ann", "--home", registry.home)
    version = registry.versions()[0]
    other = tmp_path / "other"
    run("export", "version", version, "-o", tmp_path / "v.burnish", "--home", registry.home)
    taken = Registry(make_home(other))
    unpack(taken, tmp_path / "v.burnish", lambda _: None)

    assert answers(taken) == [[BOB[0][1]]]
    assert taken.fsck() == []
