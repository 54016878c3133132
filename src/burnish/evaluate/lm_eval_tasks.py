"""Tasks of the package `lm-eval`, run through the model that is loaded, each as a suite: `lm-eval:TASK`, or a YAML of one's own.

lm-eval asks in its own way: its prompts go through the model's chat template as lm-eval applies it, one prompt at a time, so that no
batch shows in an answer. What comes of a question (its first figure between 0 and 1) is counted by burnish like any other score, with
an interval and in pairs; lm-eval's own figures lie beside. Not covered: tasks without a figure for each question (perplexity, BLEU),
and reuse of answers: lm-eval cannot say what its data sets hold before they are read.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.errors import BurnishError, DataError, ModelError, install
from burnish.evaluate.run import Progress, score_suite
from burnish.evaluate.suite_rows import read_text
from burnish.records.codec import JSON
from burnish.records.report import GradedAnswer, SuiteScore

PREFIX = "lm-eval:"
FORBIDDEN = ("class", "include", "group", "use_prompt", "custom_dataset")
"""Keys of a task file that have lm-eval read program code, or another file."""
WORD_SECONDS = 1.0
DEFAULT_LIMIT = 256
"""Tokens of an answer where a task does not say, as in lm-eval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LmEval:
    """What came of one task."""

    score: SuiteScore
    figures: Mapping[str, JSON]
    """lm-eval's own: results, versions, number of examples shown, settings."""


def divided(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return (burnish's own suites, lm-eval's without their prefix). Raises ModelError where the package is not installed."""
    theirs = [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]
    if theirs and importlib.util.find_spec("lm_eval") is None:
        raise ModelError(
            "tasks of lm-eval need the package lm-eval",
            seen=f"--suite {PREFIX}{theirs[0]}; it is not installed",
            remedy=f"install it beside burnish: {install('lm-eval')}",
        )
    for name in theirs:
        called(name)  # refused, where it must be, before a model is loaded
    return [name for name in names if not name.startswith(PREFIX)], list(dict.fromkeys(theirs))


def run_task(model: Any, tokenizer: Any, name: str) -> Iterator[Progress | LmEval]:
    """Yield how far the task is, and last what came of it. Raises DataError for a task that is not there or cannot be run."""
    started, told = time.perf_counter(), queue.SimpleQueue[Any]()

    def work() -> None:
        try:
            told.put(_result(name, _run(model, tokenizer, name, told.put), tokenizer))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            told.put(error)

    threading.Thread(target=work, daemon=True).start()
    done, total, last = 0, 0, 0.0
    while True:
        item = told.get()
        if isinstance(item, LmEval):
            yield Progress(total, total, time.perf_counter() - started)
            yield item
            return
        if isinstance(item, BurnishError):
            raise item
        if isinstance(item, Exception):
            raise _cannot(name, item) from item
        if isinstance(item, BaseException):
            raise item
        done, total = done + (item == 0), total + item
        if total and time.perf_counter() - last >= WORD_SECONDS:
            last = time.perf_counter()
            yield Progress(min(done, total), total, last - started)


def _cannot(name: str, error: Exception) -> DataError:
    return DataError(
        f"lm-eval cannot run the task {name}",
        seen=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
        remedy="without a network its data set must be on this machine; a YAML of your own with `dataset_path: json` reads a local file",
    )


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def called(name: str) -> str:
    """Return the suite's name: that of the task, also where a file was given. Raises DataError for a file that cannot be used."""
    return PREFIX + (_named_in(Path(name)) if _is_file(name) else name)


def _named_in(path: Path) -> str:
    """Return the task that a YAML file defines. Raises DataError where it names none, or would have program code run."""
    import yaml

    text = read_text(path)
    try:
        tags = [(event.start_mark.line + 1, event.tag) for event in yaml.parse(text) if getattr(event, "tag", None)]
        value = {} if tags else yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError("a task file is not YAML", seen=f"{path}: {' '.join(str(error).split())}", remedy="mend it") from None
    faults = [f"{path}:{line}: the tag {tag}" for line, tag in tags]
    if isinstance(value, dict):
        faults += [f"{path}: the key {key!r}" for key in FORBIDDEN if key in value]
        faults += [f"{path}: {one!r} from outside lm-eval" for one in _foreign_metrics(value)]
    if faults:
        raise DataError(
            "a task file that has program code run is not used",
            seen="; ".join(faults),
            remedy="write the task in plain YAML, by itself and with lm-eval's own metrics; or install it as a package you trust",
        )
    if not isinstance(value, dict) or not isinstance(value.get("task"), str):
        raise DataError("a task file names no task", seen=str(path), remedy="write its first line: task: some-name")
    return str(value["task"])


def _foreign_metrics(task: Mapping[str, Any]) -> list[str]:
    """Return the metrics that lm-eval would not compute itself: it would look for a program of that name."""
    from lm_eval.api.registry import get_metric, metric_registry

    get_metric("acc")  # fills the registry
    listed = task.get("metric_list") or []
    metrics = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [str(one.get("metric")) for one in metrics if one.get("hf_evaluate") or one.get("metric") not in metric_registry]


def _run(model: Any, tokenizer: Any, name: str, tell: Callable[[int], None]) -> dict[str, Any]:
    import lm_eval
    from lm_eval.tasks import TaskManager

    with _hushed(), _sandboxed() if _is_file(name) else contextlib.nullcontext():
        if _is_file(name):
            task, manager = _named_in(Path(name)), TaskManager(include_path=str(Path(name).parent), include_defaults=False)
        else:
            task, manager = name, TaskManager()
            _check_known(task, manager.all_tasks)
        asked = _counted(model, tokenizer, tell)
        chat = bool(getattr(tokenizer, "chat_template", None))
        found: dict[str, Any] = lm_eval.simple_evaluate(
            model=asked, tasks=[task], task_manager=manager, log_samples=True, bootstrap_iters=0, apply_chat_template=chat
        )
    return found


def _check_known(task: str, known: Sequence[str]) -> None:
    if task not in known:
        import difflib

        near = ", ".join(difflib.get_close_matches(task, known, n=3)) or "`lm-eval ls tasks` lists them"
        raise DataError(f"lm-eval has no task {task!r}", seen=f"{len(known)} tasks", remedy=f"did you mean: {near}")


def _counted(model: Any, tokenizer: Any, tell: Callable[[int], None]) -> Any:
    """Return lm-eval's view of the model; it tells the number of requests when they come, and 0 for each that is answered."""
    from lm_eval.models.huggingface import HFLM

    class Counted(HFLM):  # type: ignore[misc]  # lm-eval is not here when types are checked
        def loglikelihood(self, requests: list[Any], **_: Any) -> Any:
            tell(len(requests))
            return super().loglikelihood(requests, disable_tqdm=True)

        def generate_until(self, requests: list[Any], **_: Any) -> Any:
            tell(len(requests))
            return super().generate_until(requests, disable_tqdm=True)

        def _model_call(self, *args: Any, **kwargs: Any) -> Any:
            tell(0)
            return super()._model_call(*args, **kwargs)

        def _model_generate(self, *args: Any, **kwargs: Any) -> Any:
            tell(0)
            return super()._model_generate(*args, **kwargs)

    return Counted(pretrained=model, tokenizer=tokenizer, batch_size=1, device=str(model.device))


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep lm-eval's and datasets' bars and messages off the terminal."""
    import datasets
    from lm_eval import evaluator
    from lm_eval.api import task

    logger = logging.getLogger("lm_eval")
    level, bar, commit = logger.level, task.tqdm, evaluator.get_git_commit_hash
    logger.setLevel(logging.CRITICAL)
    datasets.disable_progress_bars()
    # Both write to the terminal by themselves: a bar, and git's complaint where the folder is no repository.
    task.tqdm, evaluator.get_git_commit_hash = (lambda docs, **_: docs), (lambda: None)
    try:
        yield
    finally:
        logger.setLevel(level)
        task.tqdm, evaluator.get_git_commit_hash = bar, commit


@contextlib.contextmanager
def _sandboxed() -> Iterator[None]:
    """Let a task file's templates reach nothing but its rows."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from lm_eval import utils

    free = utils.env
    utils.env = ImmutableSandboxedEnvironment(
        loader=free.loader, undefined=free.undefined, keep_trailing_newline=free.keep_trailing_newline
    )
    utils.env.filters.update(free.filters)
    try:
        yield
    finally:
        utils.env = free


def _result(name: str, found: dict[str, Any], tokenizer: Any) -> LmEval:
    """Return each question's figure as a graded answer. Raises DataError for a task that has none."""
    answers: list[GradedAnswer] = []
    for task, samples in found["samples"].items():
        first = samples[0]["filter"]  # a task may read an answer in several ways: the first it names counts
        several = len(found["samples"]) > 1
        answers += [_answer(task, sample, tokenizer, several=several) for sample in samples if sample["filter"] == first]
    faults = sorted({answer.detail for answer in answers if answer.fault})
    if faults:
        raise DataError(
            f"the task {name} has no figure between 0 and 1 for each question, so nothing can be compared by it",
            seen="; ".join(faults)[:300],
            remedy="choose a task that counts right answers, such as one with the metric acc or exact_match",
        )
    kept = ("results", "versions", "n-shot", "higher_is_better", "configs", "lm_eval_version")
    return LmEval(score=score_suite(answers), figures={key: found[key] for key in kept if key in found})


def _answer(task: str, sample: Mapping[str, Any], tokenizer: Any, *, several: bool) -> GradedAnswer:
    text, limit = _said(sample)
    tokens = len(tokenizer(text, add_special_tokens=False)["input_ids"]) if limit else 0
    figures = {name: sample[name] for name in sample["metrics"]}
    name, value = next(((name, float(v)) for name, v in figures.items() if _is_share(v)), ("", 0.0))
    return GradedAnswer(
        id=f"{task}:{sample['doc_id']}" if several else str(sample["doc_id"]),
        prompt=str(sample["arguments"][0][0]),
        category=task,
        grader=PREFIX + name,
        target=sample["target"] if isinstance(sample["target"], str | int | float) else str(sample["target"]),
        text=text,
        tokens=tokens,
        natural_stop=tokens < limit if limit else True,
        score=value,
        detail=", ".join(f"{key} {_short(figure)}" for key, figure in figures.items()),
        fault="" if name else "no figure",
    )


def _is_share(value: Any) -> bool:
    return isinstance(value, bool | int | float) and 0 <= value <= 1


def _short(figure: Any) -> str:
    return f"{figure:g}" if isinstance(figure, int | float) else str(figure)[:60]


def _said(sample: Mapping[str, Any]) -> tuple[str, int]:
    """Return what was generated and the most tokens it could have; or the likeliest of what was weighed, and 0."""
    asked, replies = sample["arguments"], sample["filtered_resps"]
    if isinstance(asked[0][1], dict):
        limits = [asked[0][1][key] for key in ("max_gen_toks", "max_new_tokens", "max_tokens") if key in asked[0][1]]
        return str(sample["resps"][0][0]), int(limits[0]) if limits else DEFAULT_LIMIT
    best = max(range(len(replies)), key=lambda i: replies[i][0])
    return str(asked[best][1]), 0
