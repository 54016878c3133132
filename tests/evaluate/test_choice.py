"""Multiple choice by likelihood: what the model finds likeliest, whatever else is asked beside it."""

from __future__ import annotations

import pytest

from burnish.errors import ModelError
from burnish.evaluate.answering import Answering
from burnish.evaluate.run import Progress, evaluate
from burnish.grading import task_faults
from burnish.model.choose import Question, mean_logprobs
from burnish.records.conversation import Conversation, Message
from burnish.records.task import Task

OPTIONS = [["red", "blue"], ["a grey door", "pink", "x"], ["no", "yes", "Perhaps not today.", "7"], ["q", "z"]]


def choice(i, options, prompt="Which colour has door {}?"):
    """Return a task that is answered by likelihood."""
    messages = (Message(role="user", content=prompt.format(i) * (1 + i % 3)),)
    return Task(id=f"c{i}", messages=messages, grader="choice", target={"options": options, "right": options[-1]})


CHOICES = tuple(choice(i, OPTIONS[i % len(OPTIONS)]) for i in range(8))


@pytest.fixture(scope="module")
def toy(toy_folder):
    """Return the toy model and its chat."""
    from burnish.model.load import load_model
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    return load_model(toy_folder, dtype="float32"), Chat(load_tokenizer(toy_folder))


def question(chat, task):
    """Return a task's ids."""
    return Question(
        prompt=tuple(chat.prompt_ids(task.messages)),
        options=tuple(tuple(chat.answer_ids(task.messages, option)) for option in task.target["options"]),
    )


def plain_means(model, asked):
    """Return the mean log-probabilities the slow way: each option with its prompt alone, no cache, no padding."""
    import torch

    means = []
    for option in asked.options:
        ids = torch.tensor([[*asked.prompt, *option]])
        with torch.no_grad():
            logprobs = model(input_ids=ids, use_cache=False).logits[0].double().log_softmax(-1)
        start = len(asked.prompt) - 1
        means.append(sum(float(logprobs[start + i, token]) for i, token in enumerate(option)) / len(option))
    return means


def report(toy, suites, **settings):
    """Return the report of evaluating suites."""
    return list(evaluate(*toy, suites, Answering(**settings)))[-1]


def test_the_shared_prompt_changes_no_likelihood(toy):
    """Options after one cached prompt are as likely as each with the prompt computed anew, whatever their lengths."""
    for task in CHOICES:
        asked = question(toy[1], task)

        assert mean_logprobs(toy[0], asked, toy[1].pad_id) == pytest.approx(plain_means(toy[0], asked), abs=1e-5)


def test_the_prompt_is_computed_once(toy):
    """The tokens that go through the model are the prompt's, and each option's but its last, padded to the longest."""
    asked, seen = question(toy[1], CHOICES[1]), []
    handle = toy[0].register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(tuple(kwargs["input_ids"].shape)), with_kwargs=True
    )
    mean_logprobs(toy[0], asked, toy[1].pad_id)
    handle.remove()

    assert seen == [(1, len(asked.prompt)), (3, max(map(len, asked.options)) - 1)]


def test_options_of_one_token_need_the_prompt_only(toy):
    """Where each option is one token there is one pass."""
    asked, seen = question(toy[1], CHOICES[3]), []
    handle = toy[0].register_forward_pre_hook(lambda module, args, kwargs: seen.append(1), with_kwargs=True)
    mean_logprobs(toy[0], asked, toy[1].pad_id)
    handle.remove()

    assert len(seen) == 1


def test_answer_ids_are_those_that_training_has(toy):
    """An option's ids, with the end of the turn, are the supervised tokens of a row with that answer."""
    messages = (Message(role="system", content="Be brief."), Message(role="user", content="Which door?"))
    row = Conversation(messages=(*messages, Message(role="assistant", content="Door 4, of course.")))
    (sequence,) = toy[1].render(row).sequences
    targets = [token for token, wanted in zip(sequence.ids, sequence.supervised, strict=True) if wanted]

    assert [*toy[1].answer_ids(messages, "Door 4, of course."), toy[1].end_id] == targets


def test_the_likeliest_option_is_the_answer(toy):
    """Each answer is the option with the highest mean, nothing is generated, and the detail shows every weight."""
    answers = report(toy, {"c": CHOICES}).suites["c"].answers
    best = []
    for task in CHOICES:
        means = plain_means(toy[0], question(toy[1], task))
        best.append(task.target["options"][means.index(max(means))])

    assert ([answer.text for answer in answers], {answer.tokens for answer in answers}) == (best, {0})
    assert [answer.score for answer in answers] == [
        float(text == task.target["right"]) for text, task in zip(best, CHOICES, strict=True)
    ]
    assert all(f"{option} -" in answer.detail for answer in answers for option in answer.target["options"])
    assert len(set(best)) > 3


def test_a_long_option_is_not_worse_for_its_length(toy):
    """An option ten times as long loses by its mean per token only: twice the same words are nearly as likely as once."""
    one, other = mean_logprobs(toy[0], question(toy[1], choice(1, ["red red red red red", "zq"])), toy[1].pad_id)

    assert -15 < one < 0
    assert -15 < other < 0


def test_scores_do_not_move_with_batch_size_order_or_company(toy):
    """Batches of 1 and 16, the suite backwards, and each task alone give the very same answers and details."""
    written = Task(id="w", messages=(Message(role="user", content="Door?"),), grader="length", target="short", max_tokens=5)
    wanted = report(toy, {"c": CHOICES}).suites["c"].answers
    runs = [
        report(toy, {"c": CHOICES}, batch_size=1).suites["c"].answers,
        report(toy, {"c": CHOICES[::-1]}).suites["c"].answers[::-1],
        report(toy, {"w": (written,), "c": CHOICES}, batch_size=3).suites["c"].answers,
        tuple(report(toy, {"c": (task,)}).suites["c"].answers[0] for task in CHOICES),
    ]

    assert [run == wanted for run in runs] == [True] * 4


def test_written_and_chosen_answers_stand_in_the_order_of_the_suite(toy):
    """A suite of both kinds loses none and mixes none up, and progress counts both."""
    written = Task(id="w", messages=(Message(role="user", content="Door?"),), grader="length", target="short", max_tokens=5)
    *steps, last = evaluate(*toy, {"s": (CHOICES[0], written, CHOICES[1])}, Answering())

    assert [answer.id for answer in last.suites["s"].answers] == ["c0", "w", "c1"]
    assert [(step.done, step.total) for step in steps if isinstance(step, Progress)] == [(1, 3), (2, 3), (3, 3)]


def test_dropout_is_off_and_put_back(toy):
    """A model in training mode is weighed as in evaluation, and left as it was."""
    asked = question(toy[1], CHOICES[0])
    wanted = mean_logprobs(toy[0], asked, toy[1].pad_id)
    dropping = [module for module in toy[0].modules() if hasattr(module, "attention_dropout")]
    for module in dropping:
        module.attention_dropout = 0.5
    toy[0].train()
    try:
        found = mean_logprobs(toy[0], asked, toy[1].pad_id)
        left = toy[0].training
    finally:
        toy[0].eval()
        for module in dropping:
            module.attention_dropout = 0.0

    assert (found == wanted, left, bool(dropping)) == (True, True, True)


@pytest.mark.parametrize(
    "asked", [Question(prompt=(), options=((1,),)), Question(prompt=(1,), options=((1,), ())), Question(prompt=(1,) * 510, options=((1,) * 3,))]
)  # fmt: skip
def test_what_cannot_be_weighed_is_told(toy, asked):
    """No prompt, an empty option and more than the context holds are errors with what to do."""
    with pytest.raises(ModelError, match="cannot be answered by likelihood"):
        mean_logprobs(toy[0], asked, toy[1].pad_id)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("red", "choice needs"),
        ({"options": ["red", "blue"]}, "choice needs"),
        ({"options": ["red", "blue"], "right": "red", "more": 1}, "choice needs"),
        ({"options": "red", "right": "red"}, "a list of texts"),
        ({"options": ["red", 7], "right": "red"}, "a list of texts"),
        ({"options": ["red", "?!"], "right": "red"}, "letter or digit"),
        ({"options": ["red"], "right": "red"}, "at least two options"),
        ({"options": ["red", "Red."], "right": "red"}, "no two of them the same"),
        ({"options": ["red", "blue"], "right": "Red"}, "letter for letter"),
        ({"options": ["red", "blue"], "right": 0}, "letter for letter"),
    ],
)
def test_a_wrong_target_is_a_fault(target, said):
    """Options and the right one are checked when the suite is read."""
    (fault,) = task_faults(Task(id="t", messages=(Message(role="user", content="?"),), grader="choice", target=target))

    assert said in fault
