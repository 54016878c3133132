"""A git repository as an export: its log is read by git itself, its own files never, and nothing it configures runs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from exporting import taken, zipped

from burnish.errors import DataError
from burnish.flow.ingest import Wanted, ingest

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
ROWS = [["Read the log", "It could not be read before."], ["Sort rows by time", "Exports come newest first."]]


def git(folder, *words):
    """Run git in a folder, as somebody who is not configured."""
    names = ("-c", "user.name=Ann", "-c", "user.email=ann@x.org", "-c", "protocol.file.allow=always")
    subprocess.run(["git", "-C", folder, *names, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    """Return a repository with two commits that say why, and one that does not."""
    folder = tmp_path / "house"
    (folder / "src").mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "src" / "a.py").write_text("x = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Sort rows by time", "-m", "Exports come newest first.")
    git(folder, "commit", "-q", "--allow-empty", "-m", "A title alone")
    git(
        folder,
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "Read the log",
        "-m",
        "It could not be read before.\n\nSigned-off-by: Ann <ann@x.org>",
    )
    return folder


def made(kind, path, out, me=None):
    """Return what the verb wrote: rows, and its result."""
    work = ingest(Wanted(kind=kind, path=Path(path), out=Path(out), me=me, gap_seconds=600, within_seconds=86_400, turns=2))
    while True:
        try:
            next(work)
        except StopIteration as end:
            rows = [json.loads(line) for line in Path(out).read_text("utf-8").splitlines()]
            return [[one["content"] for one in row["messages"]] for row in rows], end.value


@pytest.mark.parametrize("kind", ["gitlog", "auto"])
@pytest.mark.parametrize("shape", ["folder", "bare", "worktree"])
def test_the_log_of_a_repository_is_read(kind, shape, repository, tmp_path):
    """A working tree, a bare repository and a further worktree (whose `.git` is a file) give the commits that say why."""
    folder = {"folder": repository, "bare": tmp_path / "bare", "worktree": tmp_path / "tree"}[shape]
    if shape == "bare":
        git(tmp_path, "clone", "-q", "--bare", str(repository), str(folder))
    if shape == "worktree":
        git(repository, "worktree", "add", "-q", "--detach", str(folder))
    rows, done = made(kind, folder, tmp_path / "out.jsonl")

    assert (rows, done.kind, bool(done.why)) == (ROWS, "gitlog", kind == "auto")
    assert done.books.aside == {"a title alone: nothing is said of why": 1}
    assert done.faults == ()


def test_a_folder_within_a_repository_gives_the_repositorys_log(repository, tmp_path):
    """`gitlog` in a folder below prints what git prints there; `auto` looks at the folder's own files."""
    assert made("gitlog", repository / "src", tmp_path / "out.jsonl")[0] == ROWS
    with pytest.raises(DataError, match="cannot be told what"):
        made("auto", repository / "src", tmp_path / "out.jsonl")


def test_files_win_where_a_kind_is_found_and_git_is_never_read(repository, tmp_path):
    """Notes that are kept in a repository are notes; git's own files are no members of a folder or an archive."""
    shutil.rmtree(repository / "src")
    (repository / "market.md").write_text("# When?\n\nThursdays at nine.\n")
    (repository / ".git" / "notes.md").write_text("# No note\n\nNo word of mine.\n")
    packed = zipped(tmp_path / "n.zip", [("n/.git/x.md", "# No\n\nnote"), ("n/a.md", "# When?\n\nThursdays at nine.")])

    assert made("auto", repository, tmp_path / "out.jsonl")[0] == [["When?", "Thursdays at nine."]]
    assert taken("notes", packed).rows == [["When?", "Thursdays at nine."]]


def test_a_folder_of_printed_logs_is_still_read(repository, tmp_path):
    """A folder that is no repository and holds what git printed is read as before."""
    printed = subprocess.run(["git", "-C", repository, "log"], check=True, capture_output=True).stdout
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "log.txt").write_bytes(printed)

    assert made("gitlog", tmp_path / "logs", tmp_path / "out.jsonl")[0] == ROWS


def test_rows_may_lie_in_the_repository_but_not_among_gits_files(repository):
    """`ingest gitlog . -o rows.jsonl` is what people type; the rows are no part of the log."""
    assert made("gitlog", repository, repository / "rows.jsonl")[0] == ROWS
    with pytest.raises(DataError, match="written into the export itself"):
        made("gitlog", repository, repository / ".git" / "rows.jsonl")


@pytest.mark.parametrize(
    ("prepare", "kind", "what", "remedy"),
    [
        (lambda folder: folder.mkdir(), "gitlog", "is no git repository", "name the repository's folder"),
        (lambda folder: (folder.mkdir(), (folder / "x.bin").write_bytes(b"\0")), "gitlog", "is no git repository", "git log"),
        (lambda folder: (folder.mkdir(), git(folder, "init", "-q")), "gitlog", "has no commit yet", "name one"),
        (lambda folder: (folder.mkdir(), git(folder, "init", "-q")), "auto", "has no commit yet", "name one"),
        (lambda folder: (folder.mkdir(), (folder / ".git").write_text("gitdir: /nowhere\n")), "gitlog", "git", "git log"),
    ],
)
def test_what_git_refuses_is_told_with_what_to_do(prepare, kind, what, remedy, tmp_path, monkeypatch):
    """No repository, no commit, a worktree whose repository is gone: one error with git's own words."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    prepare(tmp_path / "it")
    with pytest.raises(DataError, match=what) as raised:
        made(kind, tmp_path / "it", tmp_path / "out.jsonl")

    assert remedy in raised.value.remedy
    assert raised.value.seen


def test_titles_alone_are_told_as_such(tmp_path):
    """A log whose commits say nothing of why gives no row by that reason: nobody is asked whose words to learn."""
    folder = tmp_path / "house"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "A title alone")
    with pytest.raises(DataError, match="gives no row") as raised:
        made("gitlog", folder, tmp_path / "out.jsonl")

    assert "1 a title alone" in raised.value.seen


def test_without_git_it_says_what_to_do(repository, tmp_path, monkeypatch):
    """Where no program is called git the error says how to go on without it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="not installed") as raised:
        made("gitlog", repository, tmp_path / "out.jsonl")

    assert "git log > log.txt" in raised.value.remedy


def test_nothing_that_a_repository_configures_runs(repository, tmp_path, monkeypatch):
    """Pagers, hooks, filters, signature programs and aliases of a stranger's repository, and GIT_ variables, change nothing."""
    sign = tmp_path / "ran"
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {sign}\n")
    program.chmod(0o755)
    with (repository / ".git" / "config").open("a") as config:
        config.write(
            f"[core]\npager = {program}\nfsmonitor = {program}\nhooksPath = {tmp_path}\n[log]\nshowSignature = true\nfollow = true\n"
            f'[gpg]\nprogram = {program}\n[diff "x"]\ntextconv = {program}\ncommand = {program}\n[pager]\nlog = {program}\n'
            f"[format]\npretty = %H\n[alias]\nlog = !{program}\n[color]\nui = always\n[log]\ndate = relative\n"
        )
    (repository / ".git" / "info" / "attributes").write_text("*.py diff=x\n")
    for name in ("GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_CONFIG_GLOBAL"):
        monkeypatch.setenv(name, str(program))
    rows, done = made("gitlog", repository, tmp_path / "out.jsonl", me="ann@x.org")

    assert rows == ROWS
    assert not sign.exists()
    assert dict(done.people) == {"Ann": 3}
