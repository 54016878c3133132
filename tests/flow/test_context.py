"""`burnish context` as it is typed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.flow.talk import read_prompts
from context.toy_talks import long_talk

ROW = {"messages": [{"role": one.role, "content": one.content} for one in long_talk(4)]}
OTHER = {"messages": ROW["messages"][1:], "metadata": {"category": "talk"}}


@pytest.fixture
def run(tmp_path, monkeypatch, toy_folder):
    """Write lines to talks.jsonl and run the verb on it with the toy model; return (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(lines, *words):
        (tmp_path / "talks.jsonl").write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        done = CliRunner().invoke(app, ["context", "talks.jsonl", "--model", str(toy_folder), *map(str, words)])
        return done.exit_code, done.stdout, done.stderr

    return call


def test_one_conversation_is_one_object(run):
    """The promised keys are there, the count is within the ratio, and the file stays as it was."""
    code, out, _ = run([ROW, ""], "--ratio", 0.5, "--json")
    answer = json.loads(out)

    assert code == 0
    assert {"messages", "tokens_before", "tokens_after", "method", "kept", "lost"} <= answer.keys()
    assert 0 < answer["tokens_after"] <= 0.5 * answer["tokens_before"]
    assert answer["messages"][-1]["content"].endswith(ROW["messages"][-1]["content"])


def test_several_are_each_handled_and_written(run, tmp_path):
    """Each conversation has its own answer; the file written is read as `generate` reads prompts, what is known of each row still with it."""
    code, out, _ = run([ROW, "", OTHER], "--ratio", 0.4, "--method", "rolling", "-o", "out.jsonl", "--json")
    answer = json.loads(out)
    rows = read_prompts(tmp_path / "out.jsonl")

    assert code == 0
    assert ["talks.jsonl:1", "talks.jsonl:3"] == [one["place"] for one in answer["conversations"]]
    assert [[message["content"] for message in one["messages"]] for one in answer["conversations"]] == [
        [message.content for message in messages] for _, messages in rows
    ]
    assert "talk" in (tmp_path / "out.jsonl").read_text().splitlines()[1]


def test_measure_tries_every_method(run):
    """A line a method, and the facts of all add up to the same."""
    code, out, err = run([ROW], "--measure", "--json")
    measured = json.loads(out)["measured"]

    assert code == 0
    assert ["auto", "drop", "facts", "extractive", "rolling", "summary"] == [one["method"] for one in measured]
    assert 1 == len({one["facts_kept"] + one["facts_lost"] for one in measured})
    assert "what each method keeps" in err


def test_a_summary_is_written_by_the_model(run):
    """The toy model writes it; the answer says who did."""
    code, out, _ = run([{"messages": ROW["messages"][-5:]}], "--ratio", 0.8, "--method", "summary", "--json")
    answer = json.loads(out)

    assert code == 0
    assert "summary" == answer["method"]
    assert answer["tokens_after"] <= 0.8 * answer["tokens_before"]


@pytest.mark.parametrize("method", ["drop", "facts", "extractive", "rolling", "summary", "auto"])
def test_the_last_turns_are_kept(run, method):
    """Asked for three turns, the last three stand word for word at the end, and the one before them, so that a user begins."""
    code, out, err = run([OTHER], "--ratio", 0.8, "--keep-turns", 4, "--method", method, "--json")

    assert code == 0, err
    kept = [one["content"] for one in json.loads(out)["messages"]][-5:]
    assert kept[1:] == [one["content"] for one in OTHER["messages"][-4:]]
    assert kept[0].endswith(OTHER["messages"][-5]["content"])


def test_answers_are_shown_with_and_without(run):
    """The model answers each talk twice; where it was not shortened both answers are the same."""
    small = {"messages": ROW["messages"][-3:]}
    code, out, err = run([small, {"messages": ROW["messages"][-5:]}], "--ratio", 0.7, "--answers", "--json")
    first, second = json.loads(out)["conversations"]
    _, whole, _ = run([small], "--ratio", 1, "--answers", "--json")
    same = json.loads(whole)["answers"]

    assert code == 0
    assert same["whole"] == same["shortened"] == first["answers"]["whole"]
    assert all(one["answers"][side]["tokens"] > 0 for one in (first, second) for side in ("whole", "shortened"))
    assert ["answer with all turns" in err, "answer with the shortened talk" in err] == [True, True]


def test_a_talk_that_the_model_cannot_read_whole_has_no_answer(run):
    """It is told with both numbers, and the shortened one is answered."""
    long = {"messages": [one for _ in range(14) for one in OTHER["messages"][:-1]] + OTHER["messages"][-1:]}
    code, out, err = run([long], "--ratio", 0.03, "--method", "drop", "--answers", "--json")
    answers = json.loads(out)["answers"]

    assert code == 0
    assert "the model can read" in answers["whole"]["fault"]
    assert (answers["whole"]["text"], answers["shortened"]["fault"]) == ("", "")
    assert "no answer with all turns" in err


@pytest.mark.parametrize(
    ("lines", "words", "told"),
    [
        ([ROW], ["--ratio", "1.5"], "1.5"),
        ([ROW], ["--ratio", "0"], "above 0"),
        ([ROW], ["--method", "magic"], "magic"),
        ([ROW], ["--ratio", "0.3", "--keep-turns", "8"], "keep fewer turns"),
        ([ROW, OTHER], ["--ratio", "0.001"], "talks.jsonl:2"),
        ([{"messages": [{"role": "assistant", "content": "a"}]}], [], "line 1"),
        ([ROW], ["-o", "talks.jsonl"], "over their own source"),
    ],
)
def test_bad_input_is_one_block(run, tmp_path, lines, words, told):
    """Each fault is named, the exit code is 1, and nothing is written."""
    code, _, err = run(lines, *words)

    assert code == 1
    assert 1 == err.count("error: ")
    assert told in err
    assert "Traceback" not in err
    assert ["talks.jsonl"] == [path.name for path in tmp_path.glob("*.jsonl")]
