"""A broken version on the whole road: kept, never live by itself, said with the rate to try, exit code 1."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow.pace import Pace
from burnish.flow.telling import epoch_losses
from burnish.train import loop
from burnish.train.events import Diverged, Finished, HeldOut
from toys import toy_rows, write_rows

FAST = ("--set", "train.epochs=2", "--set", "train.learning_rate=0.5")


def run(*words):
    """Return what a command did."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def destroyed(tmp_path_factory, toy_folder):
    """Train one sound version, and one whose loss is found far above its start; return (folder, both commands' results)."""
    folder = tmp_path_factory.mktemp("broken")
    rows = write_rows(folder / "rows.jsonl", toy_rows(24))
    sound = run("train", rows, "--model", toy_folder, "--home", folder, "--set", "train.epochs=6", "--json")
    with pytest.MonkeyPatch.context() as patch:
        honest = loop._Loop._watched
        patch.setattr(loop._Loop, "_watched", lambda self: honest(self) + (9.0 if self.position.step else 0.0))
        patch.setattr(loop, "learnt_by_heart", lambda *_: False)
        broken = run("train", rows, "--model", toy_folder, "--home", folder, "--from", "base", *FAST, "--json")
    return folder, sound, broken


def test_a_broken_version_is_kept_and_not_live(destroyed):
    """Exit code 1, one JSON object, the verdict worse whatever the scores say, and live stays where it was."""
    folder, sound, done = destroyed
    told = json.loads(done.stdout)
    live = json.loads(sound.stdout)
    log = {one["version"]: one for one in json.loads(run("log", "--home", folder, "--json").stdout)["versions"]}

    assert (sound.exit_code, live["broken"], live["live"]) == (0, None, True)
    assert (done.exit_code, told["live"], told["verdict"]) == (1, False, "worse")
    assert "the loss of the held-out rows is" in told["broken"]
    assert told["loss_kept"] > told["loss_start"] + 2
    assert (log[told["version"]]["broken"], log[told["version"]]["live"], log[live["version"]]["live"]) == (True, False, True)


def test_the_advice_names_the_rate(destroyed):
    """The block says what is wrong, what was seen, and the rate that the plan would choose."""
    _, _, done = destroyed

    assert "is broken, and not made live" in done.stderr
    assert "--set train.learning_rate=0.0" in done.stderr
    assert "it was 0.5" in done.stderr
    assert "epoch 0, before training: held-out loss" in done.stderr
    assert "the loss diverged" in done.stderr
    assert "best so far" not in done.stderr


def test_reports_log_and_findings_say_that_it_is_broken(destroyed, tmp_path):
    """Whoever meets the version later is told too, also when it is made live by hand."""
    folder, sound, done = destroyed
    told = json.loads(done.stdout)
    run("report", told["version"], "--findings", tmp_path / "f.md", "--home", folder)
    shown = json.loads((folder / ".burnish" / "runs" / told["version"] / "report.json").read_text())

    assert "worse (broken)" in run("log", "--home", folder).stdout
    assert "the version is broken" in (tmp_path / "f.md").read_text()
    assert (shown["verdict"], "the version is broken" in shown["sentence"]) == ("worse", True)
    assert "found broken" in run("promote", told["version"], "--home", folder).stdout
    run("promote", json.loads(sound.stdout)["version"], "--home", folder)


def test_the_start_stays_live_where_no_epoch_was_better(tmp_path, toy_folder, monkeypatch):
    """The plan goes by the held-out loss, and the best of all was the start's: nothing is made live without better answers."""
    losses = iter([6.0, 6.4, 6.3, 6.2])
    monkeypatch.setattr(loop._Loop, "_watched", lambda _: next(losses))
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))
    words = ("train", rows, "--model", toy_folder, "--home", tmp_path, "--set", "train.epochs=3", "--set", "train.keep=best")
    told = json.loads(run(*words, "--json").stdout)

    assert (told["live"], told["broken"]) == (False, None)
    assert "no epoch had a lower held-out loss than the start (6.000; the lowest after was 6.300)" in told["reason"]


def words_of(*events):
    """Return what people are told of some events."""
    pace = Pace()
    return [said.text for event in events for said in pace.told(event)]


def test_losses_are_told_beside_their_own_kind():
    """Held-out losses beside the start's, training losses by epoch; a first step is beside nothing."""
    end = Finished(
        step=9, epoch_kept=3, steps=9, loss_first=2.48, loss_last=2.606, held_out_best=2.5, tokens=9, supervised_tokens=9, seconds=1.0,
        tokens_per_second=9.0, adapter_hash="", adapter_effect=1.0, reason="r", loss_epochs=(2.767, 2.657, 2.606),
    )  # fmt: skip
    told = words_of(
        HeldOut(epoch=0, step=0, loss=2.67, best=True),
        HeldOut(epoch=1, step=3, loss=21.572, best=False),
        Diverged(step=3, loss=21.572, start=2.67, rows="held-out", learning_rate=0.5),
        end,
    )

    assert told[0] == "epoch 0, before training: held-out loss 2.670"
    assert told[1] == "epoch 1: held-out loss 21.572 (2.670 before training)"
    assert "at learning rate 0.5" in told[2]
    assert "mean training loss 2.767 in the first epoch, 2.606 in the last of 3 whole ones" in told[3]
    assert "2.48" not in " ".join(told)


def test_the_epochs_of_an_older_run_are_read_from_its_events(tmp_path):
    """A step that was run again counts once, each target weighs the same; torn lines and an epoch cut short are passed over."""
    steps = [(1, 1, 4.0, 1), (2, 1, 2.0, 3), (3, 2, 1.0, 1), (3, 2, 3.0, 1), (4, 2, 3.0, 1), (5, 3, 9.0, 1)]
    lines = [json.dumps({"event": "stepped", "step": s, "epoch": e, "loss": x, "supervised_tokens": n}) for s, e, x, n in steps]
    (tmp_path / "events.jsonl").write_text("\n".join([*lines, '{"event": "ste']))

    assert epoch_losses(tmp_path / "events.jsonl") == (2.5, 3.0)
    assert epoch_losses(tmp_path / "nothing.jsonl") == ()


def test_a_gate_on_compression_makes_its_suite(toy_folder):
    """Facts of shortened conversations, two a talk, in clusters; a context that is too short is refused before anything is spent."""
    from burnish.errors import RecipeError
    from burnish.flow.compression import TALKS, compression_suite
    from burnish.records.gate import parse_gate
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    chat, gate = Chat(load_tokenizer(toy_folder)), parse_gate("compression", "no worse than 5", "burnish.toml, line 2")[0]
    tasks = compression_suite((gate,), chat, 100_000)["compression"]

    assert compression_suite((), chat, 100_000) == {}
    assert len({task.id for task in tasks}) == len(tasks) == 2 * TALKS
    assert len({task.cluster for task in tasks}) == TALKS
    with pytest.raises(RecipeError, match="context is too short"):
        compression_suite((gate,), chat, 512)


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ('thinking = "kept"', "the model's template has no thinking mode"),
        ('thinking = "better"', "the model's template has no thinking mode"),
        ('compression = "better"', "context is too short"),
    ],
)
def test_a_gate_that_cannot_be_judged_is_refused_before_anything_is_spent(tmp_path, toy_folder, line, seen):
    """What the model cannot show is no gate for it, and is told with its place."""
    (tmp_path / "burnish.toml").write_text(f"[gate]\n{line}\n")
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(24))
    done = run("train", rows, "--model", toy_folder, "--home", tmp_path, "--recipe", tmp_path / "burnish.toml")

    assert done.exit_code == 1
    assert seen in done.stderr
    assert "burnish.toml, line 2" in done.stderr
