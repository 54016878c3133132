"""`ingest hub`: a data set by its name, from a stand-in for the Hub on this machine, or from the library's cache."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest
import yaml
from huggingface_hub import constants
from pyarrow import parquet
from typer.testing import CliRunner

from burnish.cli.main import app

SHA = "0123456789abcdef0123456789abcdef01234567"
CARD = (
    "---\nlicense: cc-by-4.0\nconfigs:\n- config_name: main\n  data_files:\n  - split: train\n    path: train-*\n---\n# Market\n"
)
ROWS = [{"question": "When is the market?", "answer": "Every Thursday at nine."}]
TALK = {"messages": [{"role": "user", "content": "When is it?"}, {"role": "assistant", "content": "On Thursday at nine."}]}


def table(rows):
    """Return rows as a Parquet file."""
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """Serve data sets as the Hub does: name -> branch -> file -> bytes, or None for a file that is listed and cannot be had.

    Yields them, the visitors, and gates that visitors wait at.
    """
    sets: dict[str, dict[str, dict[str, bytes]]] = {}
    asked: list[str] = []
    gates: dict[str, threading.Event] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.partition("?")[0]
            asked.append(f"{self.command} {path}")
            for part, gate in gates.items():
                if part in path and self.command == "GET":
                    gate.wait(30)
            info = re.fullmatch(r"/api/datasets/([\w.-]+/[\w.-]+)(?:/revision/(.+))?", path)
            file = re.fullmatch(r"/datasets/([\w.-]+/[\w.-]+)/resolve/([^/]+)/(.+)", path)
            if info and info[1] in sets:
                return self._info(info[1], (info[2] or "main").replace("%2F", "/"))
            if file and file[1] in sets:
                held = next((files[file[3]] for files in sets[file[1]].values() if file[3] in files), None)
                if held is not None:
                    return self._give(200, held, {"X-Repo-Commit": SHA, "ETag": f'"{hashlib.sha256(held).hexdigest()}"'})
            return self._give(404, b"{}", {"X-Error-Code": "RepoNotFound"})

        do_HEAD = do_GET

        def _info(self, name, revision):
            files = sets[name].get(revision)
            if files is None:
                return self._give(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            told = {
                "id": name,
                "sha": SHA,
                "siblings": [{"rfilename": one, "size": len(held or b"12")} for one, held in files.items()],
            }
            if "README.md" in files:
                told["cardData"] = yaml.safe_load(files["README.md"].split(b"---")[1])
            return self._give(200, json.dumps(told).encode(), {})

        def _give(self, status, content, headers):
            self.send_response(status)
            for key, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                with contextlib.suppress(OSError):
                    self.wfile.write(content)

        def log_message(self, *_):
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    place = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", place)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", place + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    yield sets, asked, gates
    for gate in gates.values():
        gate.set()
    server.shutdown()
    server.server_close()
    thread.join()


def ingest(tmp_path, name, *words):
    """Run `ingest hub`; return the result and the rows."""
    out = tmp_path / "rows.jsonl"
    done = CliRunner().invoke(app, ["ingest", "hub", name, "-o", str(out), "--json", *words])
    assert "Traceback" not in done.stderr, done.stderr
    return done, [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def test_a_data_set_by_its_name_gives_its_rows_with_licence_and_revision(hub, tmp_path):
    """The card's configuration and split; each row keeps where it is from and under which licence; told as well."""
    hub[0]["town/market"] = {"main": {"README.md": CARD.encode(), "train-0.parquet": table(ROWS), "train-1.parquet": table(ROWS)}}
    done, rows = ingest(tmp_path, "town/market")

    assert done.exit_code == 0, done.stderr
    assert [[one["content"] for one in row["messages"]] for row in rows] == [
        ["When is the market?", "Every Thursday at nine."]
    ] * 2
    assert rows[0]["metadata"] == {
        "source": "hub",
        "category": "fact",
        "channel": "train-0.parquet",
        "place": "town/market/train-0.parquet:1",
        "dataset": "town/market",
        "revision": SHA,
        "config": "main",
        "split": "train",
        "licence": "cc-by-4.0",
    }
    assert "licence: cc-by-4.0" in done.stderr
    assert json.loads(done.stdout)["messages"]["used"] == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.jsonl", (json.dumps(TALK) + "\n\n" + json.dumps(TALK)).encode()),
        ("train.json", json.dumps([TALK, TALK]).encode()),
        ("train.parquet", table([{**TALK, "label": None}] * 2)),
        ("train.jsonl", b'{"instruction": "When is it?", "output": "On Thursday at nine."}\n' * 2),
        ("train.jsonl", b'{"instruction": "When is it?", "response": "On Thursday at nine."}\n' * 2),
        ("train.csv", b"question,answer\n" + b"When is it?,On Thursday at nine.\n" * 2),
    ],
)
def test_rows_are_read_as_conversations_or_by_their_columns(name, content, hub, tmp_path):
    """Messages, alpaca, columns that tell, in each kind of file; a missing licence is told."""
    hub[0]["town/market"] = {"main": {name: content}}
    done, rows = ingest(tmp_path, "town/market")

    assert [[one["content"] for one in row["messages"]] for row in rows] == [["When is it?", "On Thursday at nine."]] * 2
    assert rows[0]["metadata"]["licence"] == "not named"
    assert "names no licence" in done.stderr


def test_columns_can_be_named_and_bad_rows_are_faults(hub, tmp_path):
    """--column as for any table; a preference row and a broken line cost themselves."""
    hub[0]["a/b"] = {"main": {"train.csv": b"q,a\nWhen is it?,On Thursday at nine.\n"}}
    hub[0]["a/c"] = {
        "main": {"train.jsonl": json.dumps(TALK).encode() + b'\n{"messages": [}\n{"messages": []}\n' + json.dumps(TALK).encode()}
    }
    _, named = ingest(tmp_path, "a/b", "--column", "question=q", "--column", "answer=a")
    done, rows = ingest(tmp_path, "a/c")
    faults = json.loads(done.stdout)["faults"]

    assert named[0]["messages"][0]["content"] == "When is it?"
    assert len(rows) == 2
    assert len(faults) == 2


def test_what_a_script_made_is_read_from_the_hubs_own_parquet(hub, tmp_path):
    """Where the main branch holds no rows, the converted branch does; a revision that was named is not left."""
    hub[0]["a/b"] = {"main": {"b.py": b"x"}, "refs/convert/parquet": {"en/train/0000.parquet": table(ROWS)}}
    _, rows = ingest(tmp_path, "a/b:en")
    done, _ = ingest(tmp_path, "a/b:en@main")

    assert rows[0]["metadata"]["config"] == "en"
    assert "holds no files of rows" in done.stderr


def test_without_a_network_the_cache_is_all_there_is(hub, tmp_path, monkeypatch):
    """What was fetched once is read again offline, the same rows; what was not is told by name, with what to do."""
    hub[0]["town/market"] = {"main": {"README.md": CARD.encode(), "train-0.parquet": table(ROWS)}}
    _, before = ingest(tmp_path, "town/market")
    assert (tmp_path / "cache" / "datasets--town--market" / "refs" / "main").read_text() == SHA
    asked = len(hub[1])
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    done, after = ingest(tmp_path, "town/market")
    (tmp_path / "rows.jsonl").unlink()
    missing, none = ingest(tmp_path, "town/other")

    assert after == before
    assert after[0]["metadata"]["licence"] == "cc-by-4.0"
    assert done.exit_code == 0
    assert (missing.exit_code, none) == (1, [])
    assert "town/other is not in the cache" in missing.stderr
    assert len(hub[1]) == asked


POSTS = b"author,text\nAnna,When is the market?\nBo,Every Thursday at nine.\n"


def test_rows_made_of_messages_keep_where_they_are_from_too(hub, tmp_path):
    """A table of writers and texts: data set, revision and licence stand with each row, as with any other."""
    hub[0]["town/chat"] = {"main": {"README.md": b"---\nlicense: cc-by-4.0\n---\n", "train.csv": POSTS}}
    done, rows = ingest(tmp_path, "town/chat", "--me", "Bo")
    facts = {"dataset": "town/chat", "revision": SHA, "config": "default", "split": "train", "licence": "cc-by-4.0"}

    assert done.exit_code == 0, done.stderr
    assert len(rows) == 1
    assert rows[0]["metadata"].items() >= facts.items()


@pytest.mark.parametrize("turned", [False, True])
def test_a_split_of_two_kinds_of_rows_is_refused_by_name(turned, hub, tmp_path):
    """Conversations in one file and writers' messages in the other: the place is told, and nothing is written."""
    names = ("train-1.csv", "train-0.csv") if turned else ("train-0.csv", "train-1.csv")
    pairs = b"question,answer\nWhen is it?,On Thursday at nine.\n"
    hub[0]["town/chat"] = {"main": dict(zip(names, (POSTS, pairs), strict=True))}
    done, rows = ingest(tmp_path, "town/chat", "--me", "Bo")

    assert (done.exit_code, rows) == (1, [])
    assert "town/chat holds rows of two kinds" in done.stderr
    assert "train-1.csv" in done.stderr


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("town/nowhere", (), "no data set town/nowhere"),
        ("town/market@v9", (), "no revision v9"),
        ("town/market:other", (), "no configuration other"),
        ("town/market", ("--split", "test"), "no split test"),
        ("not a name", (), "no name of a data set"),
    ],
)
def test_what_is_missing_is_told_by_name(name, words, told, hub, tmp_path):
    """A data set, a revision, a configuration, a split: each with what there is; no file is written."""
    hub[0]["town/market"] = {"main": {"README.md": CARD.encode(), "train-0.parquet": table(ROWS)}}
    done, rows = ingest(tmp_path, name, *words)

    assert (done.exit_code, rows) == (1, [])
    assert told in done.stderr


def test_a_file_is_fetched_once_and_its_progress_is_told(hub, tmp_path, monkeypatch):
    """The second ingest takes it from the cache; while it is fetched, the bytes that came are told."""
    from burnish.flow import hub as flow
    from burnish.flow.events import Advanced

    monkeypatch.setattr(flow, "POLL_SECONDS", 0.0)
    noise = [{"question": "x", "answer": hashlib.sha512(str(i).encode()).hexdigest()} for i in range(40_000)]
    hub[0]["a/b"] = {"main": {"train.parquet": table(noise)}}
    told = [one for one in flow.fetched("a/b", "train") if isinstance(one, Advanced)]
    again = list(flow.fetched("a/b", "train"))

    assert {one.total for one in told} == {len(hub[0]["a/b"]["main"]["train.parquet"]) // 1_000_000}
    assert max(one.done for one in told) <= told[0].total
    assert sum(one.startswith("GET /datasets") for one in hub[1]) == 1
    assert again


@pytest.mark.parametrize("name", ["town/market", "town/market@main", f"town/market@{SHA}"])
def test_what_was_fetched_is_found_again_without_a_network_and_a_card(name, hub, tmp_path, monkeypatch):
    """The branch by whatever name, or the commit it was; a data set needs no README.md for that."""
    hub[0]["town/market"] = {one: {"train-0.parquet": table(ROWS)} for one in ("main", SHA)}
    _, before = ingest(tmp_path, "town/market")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    done, after = ingest(tmp_path, name)

    assert (done.exit_code, after) == (0, before)
    assert "another tool" not in done.stderr


def test_the_hubs_own_parquet_is_found_again_without_a_network(hub, tmp_path, monkeypatch):
    """With the licence of the card, which stands on another branch."""
    hub[0]["a/b"] = {"main": {"README.md": b"---\nlicense: cc-by-4.0\n---\n"}, "refs/convert/parquet": {}}
    hub[0]["a/b"]["refs/convert/parquet"] = {"en/train/0000.parquet": table(ROWS)}
    _, before = ingest(tmp_path, "a/b:en")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    _, after = ingest(tmp_path, "a/b:en")

    assert after == before
    assert after[0]["metadata"]["licence"] == "cc-by-4.0"


def test_what_a_broken_off_fetch_left_is_not_taken_for_the_split(hub, tmp_path, monkeypatch):
    """Without a network three shards of ten are refused, those that are missing named; with one, the rest is fetched."""
    shards = {f"train-{i:05d}-of-00010.parquet": table([{"question": f"Where is {i}?", "answer": "Here."}]) for i in range(10)}
    whole = {"README.md": CARD.encode(), **shards}
    gone = list(shards)[3:]
    hub[0]["town/market"] = {"main": whole | dict.fromkeys(gone)}
    broken, none = ingest(tmp_path, "town/market")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    offline, nothing = ingest(tmp_path, "town/market")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    hub[0]["town/market"]["main"] = whole
    _, rows = ingest(tmp_path, "town/market")

    assert (broken.exit_code, none, offline.exit_code, nothing) == (1, [], 1, [])
    assert "7 of 10 files are missing" in offline.stderr
    assert gone[0] in offline.stderr
    assert len(rows) == 10


def test_a_cache_that_another_tool_filled_is_read_with_a_warning(hub, tmp_path, monkeypatch):
    """Nothing says which files there are, so that is said."""
    folder = tmp_path / "cache" / "datasets--town--market"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(SHA)
    (folder / "snapshots" / SHA).mkdir(parents=True)
    (folder / "snapshots" / SHA / "README.md").write_text(CARD)
    (folder / "snapshots" / SHA / "train-0.parquet").write_bytes(table(ROWS))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    done, rows = ingest(tmp_path, "town/market")

    assert len(rows) == 1
    assert "another tool filled it" in done.stderr


def interrupted(work, wanted):
    """Step work until it tells of a stage, then interrupt it as Ctrl-C does; return whether it ended while the Hub is silent."""
    from burnish.flow.events import Advanced

    while not (isinstance(event := next(work), Advanced) and event.stage == wanted):
        pass

    def interrupt():
        with contextlib.suppress(KeyboardInterrupt):
            work.throw(KeyboardInterrupt())

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    thread.join(10)
    return not thread.is_alive()


@pytest.mark.parametrize(("part", "stage"), [("/api/", "asking the Hub"), ("train-0", "fetching")])
def test_an_interruption_does_not_wait_for_the_hub(part, stage, hub, monkeypatch):
    """Neither for the names of the files nor for a file; meanwhile progress is told."""
    from burnish.flow import hub as flow, hub_listing

    for module in (flow, hub_listing):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    hub[0]["town/market"] = {"main": {"README.md": CARD.encode(), "train-0.parquet": table(ROWS)}}
    hub[2][part] = threading.Event()

    assert interrupted(flow.fetched("town/market", "train"), stage)


def test_a_hub_that_says_nothing_is_not_waited_for_for_ever(hub, tmp_path, monkeypatch):
    """After the time for it the cache is asked, as without a network."""
    from burnish.flow import hub_listing

    monkeypatch.setattr(hub_listing, "LISTING_SECONDS", 0.2)
    hub[0]["town/market"] = {"main": {"train-0.parquet": table(ROWS)}}
    hub[2]["/api/"] = threading.Event()
    done, rows = ingest(tmp_path, "town/market")

    assert (done.exit_code, rows) == (1, [])
    assert "the Hub cannot be reached" in done.stderr
