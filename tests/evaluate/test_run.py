"""A model answers suites by itself; its answers are graded, counted and reported."""

from __future__ import annotations

import pytest

from burnish.errors import DataError
from burnish.evaluate.answering import Answering
from burnish.evaluate.kept import Said
from burnish.evaluate.run import Progress, evaluate, graded as graded_answer, score_suite
from burnish.evaluate.statistics import mean_interval
from burnish.evaluate.suite import held_out_suite
from burnish.grading import grade
from burnish.grading.text import spoken
from burnish.records.codec import from_json, to_json
from burnish.records.conversation import Conversation, Message
from burnish.records.report import EvalReport, GradedAnswer
from burnish.records.task import Task


def task(name, prompt="Which door?", grader="length", target="short", tags=(), max_tokens=12):
    """Return a task."""
    return Task(
        id=name, messages=(Message(role="user", content=prompt),), grader=grader, target=target, tags=tags, max_tokens=max_tokens
    )


@pytest.fixture(scope="module")
def toy(toy_folder):
    """Return the toy model and its chat."""
    from burnish.model.load import load_model
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    return load_model(toy_folder, dtype="float32"), Chat(load_tokenizer(toy_folder))


@pytest.fixture(scope="module")
def suites():
    """Return two suites: one of seven tasks with different prompts and limits, one of held-out rows."""
    row = Conversation(messages=(Message(role="user", content="Door 4?"), Message(role="assistant", content="Door 4 is grey.")))
    mixed = tuple(task(f"t{i}", f"Which colour has door {i}?" * (1 + i % 3), tags=("doors",), max_tokens=3 + i) for i in range(6))
    return {"mixed": (*mixed, task("t6", tags=("other",))), "held-out rows": held_out_suite([row])}


def run(toy, suites, settings=None, label="toy"):
    """Return all that evaluating yields."""
    return list(evaluate(*toy, suites, settings or Answering(), label=label))


def test_progress_counts_to_the_end_and_the_report_comes_last(toy, suites):
    """Each answer is one step of progress, and the last thing told is the report."""
    *steps, report = run(toy, suites)

    assert ([(step.done, step.total) for step in steps], {type(step) for step in steps}, type(report)) == (
        [(i, 8) for i in range(1, 9)],
        {Progress},
        EvalReport,
    )


def test_every_task_has_its_answer_in_the_order_of_the_suite(toy, suites):
    """No task is lost or moved, though answers come in any order."""
    report = run(toy, suites)[-1]

    assert {name: [answer.id for answer in suite.answers] for name, suite in report.suites.items()} == {
        name: [one.id for one in suite] for name, suite in suites.items()
    }


def test_an_answer_is_what_the_model_says_to_the_prompt_alone(toy, suites):
    """Each text is the model's own greedy answer, token by token from the prompt, up to the task's limit."""
    import torch

    model, chat = toy
    report = run(toy, suites)[-1]
    wanted = {}
    for one in (one for suite in suites.values() for one in suite):
        ids, said = list(chat.prompt_ids(one.messages)), []
        while len(said) < one.max_tokens:
            with torch.no_grad():
                token = int(model(input_ids=torch.tensor([ids + said])).logits[0, -1].argmax())
            if token in chat.stop_ids:
                break
            said.append(token)
        wanted[one.id] = (chat.decode(said), len(said) + (len(said) < one.max_tokens), len(said) < one.max_tokens)

    assert {
        answer.id: (answer.text, answer.tokens, answer.natural_stop)
        for suite in report.suites.values()
        for answer in suite.answers
    } == wanted


def test_the_target_is_not_shown_to_the_model(toy):
    """Another target changes the score, never the answer."""
    texts = [
        run(toy, {"s": (task("t", grader="similar", target=target),)})[-1].suites["s"].answers[0].text
        for target in ("grey", "pink")
    ]

    assert texts[0] == texts[1]


def test_scores_are_the_graders(toy, suites):
    """Each score is what grading the text gives, and a suite's figures are those of its answers."""
    report = run(toy, suites)[-1]
    tasks = {one.id: one for suite in suites.values() for one in suite}
    answers = [answer for suite in report.suites.values() for answer in suite.answers]

    assert [answer.score for answer in answers] == [grade(tasks[answer.id], spoken(answer.text)).value for answer in answers]


def test_answers_do_not_depend_on_the_batch(toy, suites):
    """Batches of 1 and of 16 give the same report."""
    one, other = (run(toy, suites, Answering(batch_size=size))[-1] for size in (1, 16))

    assert one.suites == other.suites


def test_the_default_limit_holds_where_a_task_has_none(toy):
    """A task that does not say how long may have max_new_tokens."""
    report = run(toy, {"s": (task("t", max_tokens=None),)}, Answering(max_new_tokens=5))[-1]

    assert report.suites["s"].answers[0].tokens <= 5


def test_heat_and_seed_reach_the_model(toy):
    """With a temperature the seed decides: the same one twice agrees, others differ somewhere."""
    prompts = {"s": tuple(task(f"t{i}", f"Door {i}?") for i in range(4))}
    texts = [
        [answer.text for answer in run(toy, prompts, Answering(temperature=2.0, seed=seed))[-1].suites["s"].answers]
        for seed in (1, 1, 2)
    ]

    assert (texts[0] == texts[1], texts[0] == texts[2]) == (True, False)


def test_a_report_names_its_model_and_survives_its_file(toy, suites):
    """The label stands in the report, and JSON gives the report back."""
    report = run(toy, suites, label="r1")[-1]

    assert (report.model, from_json(EvalReport, to_json(report))) == ("r1", report)


@pytest.mark.parametrize("suites", [{}, {"s": ()}, {"s": (), "m": (task("t"),)}])
def test_a_suite_without_tasks_is_an_error(suites):
    """Nothing to answer is told before a model is asked anything."""
    with pytest.raises(DataError, match="suite without tasks"):
        next(evaluate(None, None, suites))


def test_a_thought_is_kept_in_the_text_and_not_graded():
    """What stands in <think> is shown, and the score is that of what is said after it."""
    text = "<think>It is not Paris.</think>Tokyo"
    graded = graded_answer(task("t", grader="exact", target="Tokyo"), Said(text=text, tokens=9, natural_stop=True))

    assert (graded.text, graded.score, graded.tokens) == (text, 1, 9)


def answered(score, category, stop, tokens, name=""):
    """Return a graded answer, to a task of its own where no name is given."""
    return GradedAnswer(
        id=name or f"t{tokens}",
        prompt="?",
        category=category,
        grader="exact",
        target="x",
        text="x",
        tokens=tokens,
        natural_stop=stop,
        score=score,
    )


def test_a_suite_is_summed_up():
    """Mean, interval, natural stops, tokens and categories are those of the answers."""
    suite = score_suite(
        [answered(1, "a", True, 2), answered(0, "a", False, 4), answered(1, "b", True, 6), answered(1, "b", True, 8)]
    )

    assert (
        suite.mean,
        suite.n,
        suite.natural_stop_rate,
        suite.mean_tokens,
        dict(suite.by_category),
        suite.low < 0.75 < suite.high,
    ) == (
        0.75,
        4,
        0.75,
        5,
        {"a": 0.5, "b": 1},
        True,
    )


def test_several_answers_to_one_prompt_are_one_item():
    """Four samples of each of two prompts are two items, and the interval is that of two means, not of eight answers."""
    samples = [answered(score, "a", True, 4, name) for name in "xy" for score in (1, 0, 1, 1)]
    suite = score_suite(samples)

    assert (suite.n, suite.mean, (suite.low, suite.high) == mean_interval([0.75, 0.75])) == (2, 0.75, True)


def test_samples_are_different_answers_and_the_same_each_time(toy):
    """Two samples a prompt come from two seeds; the same settings give the same answers again."""
    tasks = {"s": (task("a", max_tokens=12), task("b", "Hello", max_tokens=12))}
    reports = [list(evaluate(*toy, tasks, Answering(temperature=1.0, samples=2)))[-1] for _ in range(2)]
    texts = [answer.text for answer in reports[0].suites["s"].answers]

    assert [answer.id for answer in reports[0].suites["s"].answers] == ["a", "a", "b", "b"]
    assert texts == [answer.text for answer in reports[1].suites["s"].answers]
    assert texts[0] != texts[1]


def test_samples_of_what_never_changes_are_refused(toy):
    """Several greedy answers would be one answer several times, told with what to do."""
    with pytest.raises(DataError, match="all be the same") as caught:
        list(evaluate(*toy, {"s": (task("a"),)}, Answering(samples=3)))

    assert "--temperature" in caught.value.remedy
