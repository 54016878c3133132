"""The same words, the same numbers: what other programs do changes how long a run takes, never what it is."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow import speeds, timed
from burnish.flow.doctor import doctor
from burnish.flow.speeds import this_machine
from burnish.machine import probe as probing
from toys import toy_rows, write_rows

QUIET, BUSY = {"float32": 1e11, "bfloat16": 4e11}, {"float32": 9e10, "bfloat16": 3e10}


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a machine whose load and measured speeds a test sets; it says nothing of its units. `asked` counts measurements."""
    state = {"load": 0.0, "speeds": QUIET, "asked": 0}

    def measured(torch, device):
        state["asked"] += 1
        return dict(state["speeds"])

    monkeypatch.setattr(probing, "other_load", lambda: state["load"])
    monkeypatch.setattr(probing, "matmul_flops", measured)
    monkeypatch.setattr(probing, "bfloat16_units", lambda torch, device: "")
    monkeypatch.setattr(speeds, "_place", lambda: tmp_path / "cache" / speeds.FILE)
    monkeypatch.setattr(timed, "_place", lambda: tmp_path / "cache" / timed.FILE)
    return state


def planned(tmp_path, toy_folder, *more):
    """Return what `plan --json` says of 24 toy rows."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))
    done = CliRunner().invoke(app, ["plan", str(rows), "--model", str(toy_folder), "--home", str(tmp_path), "--json", *more])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_plan_is_the_same_while_another_program_runs(machine, tmp_path, toy_folder):
    """Beside a program that makes bfloat16 look slow each setting and each reason is as before; only the quote's upper end is higher."""
    quiet = planned(tmp_path, toy_folder)
    machine |= {"load": 1.7, "speeds": BUSY}
    busy = planned(tmp_path, toy_folder)

    assert busy["settings"] == quiet["settings"]
    assert {key: value for key, value in busy["quote"].items() if key != "seconds_high"} == {
        key: value for key, value in quiet["quote"].items() if key != "seconds_high"
    }
    assert busy["quote"]["seconds_high"] > quiet["quote"]["seconds_high"]


def test_what_was_measured_in_quiet_is_measured_once(machine, tmp_path):
    """The second probe takes the kept speeds; nothing is multiplied."""
    first, second = this_machine(tmp_path), this_machine(tmp_path)

    assert machine["asked"] == 1
    assert dict(second.matmul_flops) == QUIET == dict(first.matmul_flops)


def test_a_busy_first_time_is_not_the_last_word(machine, tmp_path):
    """While it is busy the fastest seen so far counts, and the first quiet time settles it."""
    machine |= {"load": 2.0, "speeds": BUSY}
    busy = this_machine(tmp_path)
    machine |= {"load": 0.0, "speeds": QUIET}
    quiet = this_machine(tmp_path)
    machine |= {"load": 2.0, "speeds": BUSY}
    again = this_machine(tmp_path)

    assert dict(busy.matmul_flops) == BUSY
    assert dict(quiet.matmul_flops) == QUIET == dict(again.matmul_flops)
    assert machine["asked"] == 2


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}', "null"])
def test_a_damaged_file_is_measured_anew(machine, tmp_path, content):
    """Anything odd about the kept file only costs a measurement."""
    this_machine(tmp_path)
    (tmp_path / "cache" / speeds.FILE).write_text(content)

    assert dict(this_machine(tmp_path).matmul_flops) == QUIET
    assert machine["asked"] == 2


@pytest.mark.parametrize("bad", [{"float32": "fast"}, {"float32": -1.0}, {"float32": True}, {}, [], {"float32": 1e30}])
def test_speeds_that_cannot_be_are_not_taken(machine, tmp_path, bad):
    """A figure that no machine has was not measured."""
    this_machine(tmp_path)
    place = tmp_path / "cache" / speeds.FILE
    kept = json.loads(place.read_text())
    place.write_text(json.dumps({key: {**one, "matmul_flops": bad} for key, one in kept.items()}))

    assert dict(this_machine(tmp_path).matmul_flops) == QUIET


def test_another_library_is_measured_anew(machine, tmp_path, monkeypatch):
    """The key holds device, processor, flags, library and threads; another one is another machine, and the first stays known."""
    this_machine(tmp_path)
    real = probing.identity()
    monkeypatch.setattr(probing, "identity", lambda: real + " newer")
    this_machine(tmp_path)
    monkeypatch.setattr(probing, "identity", lambda: real)
    this_machine(tmp_path)

    assert machine["asked"] == 2


def test_doctor_shows_what_decides(machine, tmp_path, monkeypatch):
    """`doctor` names the dtype that plans take and the fact it comes from."""
    told = [one.detail for one in doctor("nothing-of-that-name", str(tmp_path)) if one.name == "bfloat16"]
    monkeypatch.setattr(probing, "bfloat16_units", lambda torch, device: "AMX")
    units = [one.detail for one in doctor("nothing-of-that-name", str(tmp_path)) if one.name == "bfloat16"]

    assert "4.0 times the speed of float32" in told[0]
    assert "plans take it" in told[0]
    assert "AMX" in units[0]
