"""Tasks of lm-eval through burnish's own model: scores beside ours, and refusals where they cannot be run."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from toys import toy_rows, write_rows

needs_lm_eval = pytest.mark.lm_eval
quiet = pytest.mark.filterwarnings("ignore")
CHOICE = """task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_target: answer
doc_to_choice: "{{{{choices}}}}"
metric_list:
  - metric: acc
"""
WRITTEN = """task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: generate_until
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{choices[answer]}}}}"
generation_kwargs:
  until: ["\\n"]
  max_gen_toks: 6
metric_list:
  - metric: {metric}
"""
DOORS = [{"question": f"Which colour has door {i}?", "choices": ["red", "blue", "grey"], "answer": i % 3} for i in range(6)]


@pytest.fixture
def task(tmp_path, monkeypatch):
    """Return a way to write a task's YAML with its data beside it; data sets are cached in the test's own folder."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "hf" / "datasets"))
    data = write_rows(tmp_path / "doors.jsonl", DOORS)

    def write(text, name="doors", **more):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text.format(name=name, data=data, **more))
        return path

    return write


def run(verb, *words):
    """Return what a verb did in a project of its own."""
    done = CliRunner().invoke(app, [verb, *(str(word) for word in words), "--json"])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def lines_of(told, name):
    """Return the graded answers of a suite."""
    return [json.loads(line) for line in Path(told["suites"][name]["items"]).read_text().splitlines()]


@quiet
@needs_lm_eval
def test_choices_are_weighed_by_the_same_model(task, toy_folder, tmp_path):
    """Each answer is the option that the model, asked directly, finds likeliest after its template's prompt; the score is acc."""
    from burnish.model.choose import Question, mean_logprobs
    from burnish.model.load import load_model
    from burnish.records.conversation import Message
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    done = run("evaluate", toy_folder, "--suite", f"lm-eval:{task(CHOICE)}", "--home", tmp_path)
    told = json.loads(done.stdout)
    lines = lines_of(told, "lm-eval:doors")
    model, chat = load_model(toy_folder, dtype="float32"), Chat(load_tokenizer(toy_folder))
    wanted = []
    for door in DOORS:
        asked = (Message(role="user", content=door["question"]),)
        options = tuple(tuple(chat.answer_ids(asked, option)) for option in door["choices"])
        means = mean_logprobs(model, Question(prompt=tuple(chat.prompt_ids(asked)), options=options), chat.pad_id)
        sums = [mean * len(ids) for mean, ids in zip(means, options, strict=True)]
        wanted.append(door["choices"][sums.index(max(sums))])

    assert [line["text"] for line in lines] == wanted
    assert [line["score"] for line in lines] == [
        float(text == d["choices"][d["answer"]]) for text, d in zip(wanted, DOORS, strict=True)
    ]
    assert told["suites"]["lm-eval:doors"]["mean"] == pytest.approx(sum(line["score"] for line in lines) / 6)


@quiet
@needs_lm_eval
def test_results_lie_beside_ours_and_lm_evals_own_figures_with_them(task, toy_folder, tmp_path):
    """One evaluation, two kinds of suites, one folder, and lm-eval's results with version and settings."""
    doors, own = task(WRITTEN, metric="exact_match"), [{"id": "a", "prompt": "Hi", "grader": "length", "target": "short"}]
    suites = ("--suite", f"lm-eval:{doors}", "--suite", write_rows(tmp_path / "own.jsonl", own))
    told = json.loads(run("evaluate", toy_folder, *suites, "--home", tmp_path, "-o", tmp_path / "out").stdout)
    figures = json.loads((tmp_path / "out" / "lm-eval.json").read_text())["lm-eval:doors"]
    lines = lines_of(told, "lm-eval:doors")

    assert list(told["suites"]) == ["own", "lm-eval:doors"]
    assert figures["results"]["doors"]["exact_match,none"] == told["suites"]["lm-eval:doors"]["mean"]
    assert {"versions", "n-shot", "configs", "lm_eval_version"} <= set(figures)
    assert [(line["id"], line["target"]) for line in lines] == [(str(i), d["choices"][d["answer"]]) for i, d in enumerate(DOORS)]


@quiet
@needs_lm_eval
def test_a_version_and_its_base_are_compared_on_a_task(task, toy_folder, tmp_path):
    """`compare` pairs the questions of a task, the adapter being on the model for one of the two."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    fast = ("--set", "train.epochs=1", "--set", "train.learning_rate=0.05")
    run("train", rows, "--model", toy_folder, "--home", tmp_path, *fast)
    version = json.loads(run("log", "--home", tmp_path).stdout)["versions"][0]["version"]
    compared = run(
        "compare", toy_folder, version, "--suite", f"lm-eval:{task(WRITTEN, metric='exact_match')}", "--home", tmp_path
    )
    told = json.loads(compared.stdout)
    both = json.loads(Path(told["report"]).read_text())
    texts = [[answer["text"] for answer in both[side]["suites"]["lm-eval:doors"]["answers"]] for side in "ab"]

    assert told["suites"]["lm-eval:doors"]["n"] == 6
    assert texts[0] != texts[1]


@quiet
@needs_lm_eval
@pytest.mark.parametrize(("metric", "told"), [("bleu", "no figure between 0 and 1 for each question")])
def test_a_task_that_cannot_be_paired_is_refused(task, toy_folder, tmp_path, metric, told):
    """A figure of the whole set cannot be compared question by question."""
    done = run("evaluate", toy_folder, "--suite", f"lm-eval:{task(WRITTEN, metric=metric)}", "--home", tmp_path)

    assert done.exit_code == 1
    assert told in done.stderr


@quiet
@needs_lm_eval
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CHOICE.replace("doc_to_target: answer", "doc_to_target: !function own.run"), "doors.yaml:9: the tag !function"),
        (CHOICE.replace("doc_to_target: answer", "doc_to_target: !func%74ion own.run"), "the tag !function"),
        ("class: own.Task\n" + CHOICE, "the key 'class'"),
        ("include: other.yaml\n" + CHOICE, "the key 'include'"),
        (CHOICE.replace("metric: acc", "metric: own"), "'own' from outside lm-eval"),
        (CHOICE.replace("metric: acc", "metric: acc\n    hf_evaluate: true"), "'acc' from outside lm-eval"),
        (CHOICE + "a: [", "is not YAML"),
        ("- a list\n", "names no task"),
        ("dataset_path: json\n", "names no task"),
    ],
)
def test_a_task_file_that_would_run_code_is_refused(task, toy_folder, tmp_path, text, told):
    """Program code beside a YAML is never run; a file without a task is told, both before a model is loaded."""
    (tmp_path / "own.py").write_text("raise SystemExit('ran')")
    done = run("evaluate", "no-such-model", "--suite", f"lm-eval:{task(text)}", "--home", tmp_path)

    assert done.exit_code == 1
    assert told in done.stderr


@quiet
@needs_lm_eval
def test_a_template_reaches_nothing_but_its_rows(task, toy_folder, tmp_path):
    """A template that reaches for the program is stopped, and what stops it is told in one block."""
    reach = CHOICE.replace('"{{{{question}}}}"', "\"{{{{ cycler.__init__.__globals__.os.system('touch ran') }}}}\"")
    done = run("evaluate", toy_folder, "--suite", f"lm-eval:{task(reach)}", "--home", tmp_path)

    assert done.exit_code == 1
    assert "SecurityError" in done.stderr
    assert not Path("ran").exists()


@pytest.mark.skipif(importlib.util.find_spec("lm_eval") is not None, reason="lm-eval is installed")
def test_without_the_extra_the_remedy_is_told(toy_folder, tmp_path):
    """One block that names what to install, before anything is loaded."""
    done = run("evaluate", "no-such-model", "--suite", "lm-eval:hellaswag", "--home", tmp_path)

    assert done.exit_code == 1
    assert "pip install -c constraints.txt -e '.[lm-eval]'" in done.stderr


def test_a_training_is_not_judged_by_lm_eval(toy_folder, tmp_path):
    """`train --suite lm-eval:...` is refused before anything is spent, with what to type instead."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(12))
    done = run("train", rows, "--model", toy_folder, "--suite", "lm-eval:hellaswag", "--home", tmp_path)

    assert done.exit_code == 1
    assert "burnish compare base live --suite lm-eval:hellaswag" in done.stderr
