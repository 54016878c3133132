"""A template that writes the date: a run keeps the one it began on, and what is compared is asked on one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime

import pytest

from burnish.flow import kept as keeping
from burnish.flow.began import read_began, write_began
from burnish.flow.project import Opened, Words
from burnish.model.source import ModelSource
from toys import CHATML, toy_model_folder, toy_rows, write_rows

DATED = "{{ '<|im_start|>system\nToday Date: ' + strftime_now('%d %b %Y') + '<|im_end|>\n' }}" + CHATML
EARLY, LATE = "Pacific/Pago_Pago", "Pacific/Kiritimati"
"""25 hours apart: never the same date."""
SLOW = ("--set", "train.epochs=12", "--set", "train.early_stop=false", "--set", "data.holdout=4", "--set", "train.batch_rows=2")
ONCE = ("--set", "train.epochs=1", "--set", "data.holdout=4")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return the folder of a toy model whose template writes the date."""
    return toy_model_folder(tmp_path_factory.mktemp("dated") / "toy", template=DATED)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Return a file of rows."""
    return write_rows(tmp_path_factory.mktemp("dated-rows") / "rows.jsonl", toy_rows(20))


@pytest.fixture(scope="module")
def whole(model, rows, tmp_path_factory):
    """Return the home of a run that was never killed, begun in the earlier zone."""
    home = tmp_path_factory.mktemp("whole")
    done(EARLY, "train", rows, "--model", model, *SLOW, "--home", home)
    return home


def begin(zone, *words):
    """Start a command in a time zone."""
    environment = {**os.environ, "TZ": zone, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "burnish", *map(str, words), "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done(zone, *words):
    """Run a command in a time zone to its end; return its JSON."""
    with begin(zone, *words) as child:
        out, said = child.communicate(timeout=300)
    assert child.returncode == 0, said
    return json.loads(out)


def killed(home, *words, when):
    """Begin in the earlier zone, and kill it at the first moment at which the run's folder holds a file; return the folder."""
    with begin(EARLY, *words, "--home", home) as child:
        deadline = time.monotonic() + 200
        while not (found := [*home.glob(f".burnish/runs/*/{when}")]) and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        _, said = child.communicate(timeout=60)
    assert found, said
    (folder,) = home.glob(".burnish/runs/*")
    return folder


def adapter(folder):
    """Return the bytes of a run's adapter."""
    return (folder / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("when", "again"), [("request.json", "typed"), ("checkpoints/step-*", "last"), ("finished.json", "typed")]
)
def test_a_killed_run_goes_on_with_its_own_date(model, rows, whole, tmp_path, when, again):
    """Killed before, while and after it trains, and gone on with on another day: the bytes of a run that was never killed."""
    words = ("train", rows, "--model", model, *SLOW)
    folder = killed(tmp_path / "home", *words, when=when)
    began = read_began(folder)
    more = words if again == "typed" else ("train", "--resume", "last")
    made = done(LATE, *more, "--home", tmp_path / "home")

    assert folder.name == made["version"]
    assert began == read_began(folder)
    assert adapter(folder) == adapter(_runs(whole))
    for name in ("before.json", "after.json"):
        one, other = (json.loads((place / name).read_text("utf-8"))["suites"] for place in (folder, _runs(whole)))
        assert _texts(one) == _texts(other)


def _runs(home):
    (folder,) = home.glob(".burnish/runs/*")
    return folder


def _texts(suites):
    return [answer["text"] for suite in suites.values() for answer in suite["answers"]]


def test_a_later_training_asks_each_session_on_its_own_date(model, rows, tmp_path, monkeypatch):
    """It has its own date, and goes on from a version of another day; the earlier questions are asked as they were then."""
    first = done(EARLY, "train", rows, "--model", model, *ONCE, "--home", tmp_path)
    more = write_rows(tmp_path / "more.jsonl", [{"messages": [{"role": "user", "content": f"Who has key {i}?"},
                      {"role": "assistant", "content": f"Key {i} is with Ann."}]} for i in range(14)])  # fmt: skip
    with begin(LATE, "train", more, *ONCE, "--from", first["version"], "--home", tmp_path) as child:
        out, said = child.communicate(timeout=300)
    assert child.returncode == 0, said
    second = json.loads(out)
    folders = [tmp_path / ".burnish" / "runs" / one["version"] for one in (first, second)]

    assert read_began(folders[0]).date() != read_began(folders[1]).date()
    assert "on its own date" in said
    assert "session 1: rows" in json.loads((folders[1] / "after.json").read_text("utf-8"))["suites"]
    assert [first["version"]] == second["parents"]


def test_kept_answers_know_the_date(model, toy_folder, tmp_path):
    """Of a model whose template writes one, another day's answers are not taken; of any other, they are."""

    def place(folder, moment):
        opened = Opened(label="toy", source=ModelSource("toy", folder, "0" * 64), words=Words(folder, moment))
        return keeping.kept_answers(opened, "float32", tmp_path)._file.name

    days = [datetime(2026, 11, 30, 10), datetime(2026, 11, 30, 23), datetime(2026, 12, 1)]  # noqa: DTZ001
    dated, plain = ([place(folder, day) for day in days] for folder in (model, toy_folder))

    assert dated[0] == dated[1] != dated[2]
    assert 1 == len(set(plain))


def test_a_template_in_a_config_is_known_to_write_the_date(tmp_path):
    """Its quotes are escaped there."""
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": '{{ strftime_now("%Y") }}' + CHATML}))

    assert ("2026",) == keeping.stamp(keeping._templates([tmp_path / "tokenizer_config.json"]), datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_run_of_before_is_taken_to_begin_when_its_files_were_written(tmp_path):
    """Where no moment was kept; one that was kept comes back to the microsecond."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "request.json").write_text("{}")
    os.utime(folder / "request.json", (1_700_000_000, 1_700_000_000))
    assert datetime.fromtimestamp(1_700_000_000) == read_began(folder)  # noqa: DTZ006
    moment = datetime(2026, 11, 30, 23, 59, 59, 123456)  # noqa: DTZ001
    write_began(folder, moment)

    assert moment == read_began(folder)
