"""The thinking mode as a contract: what breaks it, what does not, which rows teach the breach, and a tiny model in both modes."""

from __future__ import annotations

from pathlib import Path

import pytest

from burnish.evaluate.asking import Question, ask, thinks
from burnish.evaluate.run import score_suite
from burnish.evaluate.thinking import CUT, contract, fault_off, fault_on, history_breaches, newly_broken, thinking_questions
from burnish.records.conversation import Conversation, Message, Origin
from burnish.records.questions import CANNOT_TELL, Reply
from burnish.records.report import EvalReport, GradedAnswer
from toys import toy_model_folder, toy_rows, write_rows

TEMPLATES = Path(__file__).parents[1] / "fixtures" / "tokens" / "templates"
QWEN3 = TEMPLATES / "llama.cpp" / "Qwen-Qwen3-0.6B.jinja"
R1 = TEMPLATES / "llama.cpp" / "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja"
KEPT = "<think>\nLet me see.\n</think>\n\n42"


def row(prompt, answer, thought=None, line=1):
    """Return a training row."""
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer, reasoning_content=thought))
    return Conversation(messages=messages, origin=Origin(file="rows.jsonl", line=line, byte=0))


def question(name, prompt="6 x 7?", think=True):
    """Return a question in one mode."""
    return Question(id=name, messages=(Message(role="user", content=prompt),), think=think, max_tokens=100)


def reply(name, text, natural=True):
    """Return a reply of 100 tokens."""
    return Reply(id=name, text=text, tokens=100, thought_tokens=40 if "</think>" in text else 0, natural_stop=natural)


@pytest.mark.parametrize(
    ("text", "natural", "fault"),
    [
        (KEPT, True, ""),
        ("<think>Hm.</think>42", False, ""),
        ("42", True, "no thought before the words"),
        ("Well, <think>Hm.</think>42", True, "words before the thought"),
        ("<think>\n\n</think>\n\n42", True, "the thought is empty"),
        ("<think>Hm.", True, "the thought is never closed"),
        ("<think>Hm.", False, CUT),
        ("<think>Hm.</think>4<think>2</think>", True, "the thought is opened or closed twice"),
        ("<think>Hm.</think>\n", True, "nothing follows the thought"),
        ("", True, "no thought before the words"),
    ],
)
def test_what_breaks_the_mode_with_thinking_on(text, natural, fault):
    """A thought must be there, first, once, closed, not empty, and be followed by words."""
    assert fault_on(text, opened=False, natural_stop=natural) == fault


def test_a_prompt_that_opens_the_thought_asks_for_no_second_opening():
    """R1-like: the answer begins within its thought; opening it again breaks the mode."""
    said = ["Hm.\n</think>\n\n42", "42", "<think>Hm.</think>42", "\n</think>\n\n42"]

    assert [fault_on(text, opened=True, natural_stop=True) for text in said] == [
        "",
        "the thought is never closed",
        "the thought is opened or closed twice",
        "the thought is empty",
    ]


def test_with_thinking_off_there_is_none():
    """Either tag in an answer breaks the mode."""
    assert [bool(fault_off(text)) for text in ("42", KEPT, "hm</think>42")] == [False, True, True]


def test_a_breach_names_itself_and_the_rows_that_teach_it():
    """No thought where there was one: broken, newly so, with the rows without a thought, the likest prompt first."""
    rows = [row("Name a tree.", "Oak.", line=1), row("What is 6 x 8?", "48", line=2), row("5 x 5?", "25", "five fives", line=3)]
    asked = [question("on-0", "What is 6 x 7?"), question("off-0", think=False)]
    found = contract(
        asked, [reply("on-0", KEPT), reply("off-0", "42")], [reply("on-0", "42"), reply("off-0", "42")], opened=False, rows=rows
    )

    assert (found.verdict, newly_broken(found)) == ("broken", True)
    assert [(one.mode, one.prompt, one.what) for one in found.breaches] == [
        ("on", "What is 6 x 7?", "no thought before the words")
    ]
    assert (found.causes, found.cause_rows) == (("rows.jsonl:2", "rows.jsonl:1"), 2)
    assert (found.thought_before, found.thought_after, found.answer_before, found.answer_after) == (40, 0, 60, 100)


def test_a_kept_contract_is_kept():
    """Thoughts in one mode, none in the other."""
    said = [reply("on-0", KEPT), reply("off-0", "42")]
    found = contract([question("on-0"), question("off-0", think=False)], said, said, opened=False)

    assert (found.verdict, found.breaches, found.asked_on, found.asked_off) == ("kept", (), 1, 1)


def test_a_model_that_never_kept_the_mode_is_broken_but_not_newly():
    """The same weights before and after: the contract is broken, and no verdict is made worse by it."""
    said = [reply("on-0", "42")]
    found = contract([question("on-0")], said, said, opened=False, rows=[row("a", "b")])

    assert (found.verdict, newly_broken(found)) == ("broken", False)
    assert "1 of them where the model it started from breaks it too" in found.reason


def test_a_thought_cut_at_the_limit_counts_only_where_it_was_closed_before():
    """Cut before and after: cannot tell. Closed before and cut now: broken."""
    cut, closed = reply("on-0", "<think>Hm and", natural=False), reply("on-0", KEPT)

    assert contract([question("on-0")], [cut], [cut], opened=False).verdict == CANNOT_TELL
    assert contract([question("on-0")], [closed], [cut], opened=False).verdict == "broken"
    assert contract([question("on-0")], [cut], [closed], opened=False).verdict == "kept"


def test_a_thought_in_a_suites_answer_breaks_the_mode():
    """Suites are answered with thinking off; a tag in one of their answers is a breach, and rows with a thought teach it."""

    def report(text):
        answer = GradedAnswer(
            id="t1", prompt="Why?", category="", grader="contains", target="x", text=text, tokens=3, natural_stop=True, score=1
        )
        return EvalReport(model="m", suites={"own": score_suite([answer])})

    rows = [row("a", "b", line=1), row("c", "d", "hm", line=2)]
    found = contract([], [], [], opened=False, suites=(report("x"), report("<think>a</think>x")), rows=rows)

    assert [(one.mode, one.id, one.before) for one in found.breaches] == [("off", "own: t1", False)]
    assert found.causes == ("rows.jsonl:2",)


@pytest.fixture(scope="module", params=[QWEN3, R1], ids=["qwen3", "r1"])
def thinker(request, tmp_path_factory):
    """Return a tiny model with a real thinking template, and its chat."""
    from burnish.model.load import load_model
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    folder = toy_model_folder(tmp_path_factory.mktemp("thinker") / "m", template=request.param.read_text("utf-8"))
    return load_model(folder, dtype="float32"), Chat(load_tokenizer(folder))


def test_a_tiny_model_is_asked_in_both_modes(thinker):
    """Every prompt is asked twice, each time with the prompt of its mode, and is held to it."""
    model, chat = thinker
    asked = thinking_questions([row("Which door?", "4", line=1)], [row("Which key?", "B", "hm", line=2)], 0)
    *_, replies = ask(model, chat, asked)
    found = contract(asked, replies, replies, opened=chat.opens_thought)

    assert len(asked) == 8
    assert [one.id for one in replies] == [one.id for one in asked]
    assert (found.asked_on, found.asked_off) == (4, 4)
    assert chat.tags_thoughts
    assert chat.opens_thought is ("<think>\n" in chat.decode(chat.prompt_ids(asked[0].messages, think=True), special=True)[-9:])
    # An untrained model does not think; what it says is broken or cut, never kept.
    assert found.verdict in ("broken", CANNOT_TELL)


@pytest.mark.parametrize("field", [True, False], ids=["reasoning_content", "tags"])
def test_history_is_rendered_as_at_inference(thinker, field):
    """A row's earlier turns give the ids that a chat gives, which keeps answers with their thoughts in the words."""
    from burnish.flow.probing import _asked, _context

    _, chat = thinker
    thought = {"content": "A", "reasoning_content": "hm"} if field else {"content": "<think>\nhm\n</think>\n\nA"}
    several = Conversation(
        messages=(
            Message(role="user", content="a?"),
            Message(role="assistant", **thought),
            Message(role="user", content="b?"),
            Message(role="assistant", content="B", reasoning_content="so"),
        )
    )
    rows = [several, row("c?", "C")]

    assert history_breaches(lambda r: _context(chat, r), lambda m, t: _asked(chat, m, t), rows) == []
    assert history_breaches(lambda r: _context(chat, r), lambda m, t: _asked(chat, m, t), [*rows[1:], row("d?", "D", "hm")]) == []
    wrong = history_breaches(lambda r: _context(chat, r), lambda m, t: [*_asked(chat, m, t), 1], rows)
    assert [one.mode for one in wrong] == ["history"]


def test_an_answer_keeps_its_thought_apart_in_a_chats_history(thinker):
    """What a chat keeps of an answer with thinking on is read as thought and words in the next prompt."""
    model, chat = thinker
    from burnish.flow.talk import Conversing, Voice

    chatting = Conversing.__new__(Conversing)
    chatting.voice, chatting.model, chatting.messages = Voice(think=True, max_tokens=3), model, []
    chatting.opened, chatting._chat = type("Opened", (), {"chat": chat}), chat
    list(chatting.answer("a?"))

    assert chatting.messages[-1].content.startswith("<think>\n") is chat.opens_thought


def test_rows_with_a_thought_in_either_form_think():
    """A field, or tags at the head of the words; an empty thought is none."""
    forms = [
        row("a", "b", "hm"),
        row("a", "<think>\nhm\n</think>\nb"),
        row("a", "b"),
        row("a", "<think>\n\n</think>b"),
        row("a", "b", " "),
    ]

    assert [thinks(one) for one in forms] == [True, True, False, False, False]


def test_check_warns_of_rows_that_would_break_a_mode(tmp_path):
    """All rows without a thought, or all with one, on a thinking template: a warning with lines, and the mix that is offered."""
    import json

    from typer.testing import CliRunner

    from burnish.cli.main import app

    model = toy_model_folder(tmp_path / "m", template=QWEN3.read_text("utf-8"))
    plain = toy_rows(8)
    thoughtful = [json.loads(json.dumps(one)) for one in plain]
    for one in thoughtful:
        one["messages"][1]["reasoning_content"] = "I know that door."

    def told(rows):
        done = CliRunner().invoke(app, ["check", str(write_rows(tmp_path / "r.jsonl", rows)), "--model", str(model), "--json"])
        return [one for one in json.loads(done.stdout)["warnings"] if one["kind"] == "thinking mode"]

    none, every, mixed = told(plain), told(thoughtful), told([*plain[:4], *thoughtful[4:]])

    assert mixed == []
    assert "none of the 8 rows has a thought" in none[0]["what"] and "thinking on" in none[0]["what"]
    assert none[0]["lines"] == list(range(1, 9))
    assert "half with a thought and half without (4 of 8)" in none[0]["remedy"] and "burnish reason " in none[0]["remedy"]
    assert "thinking off" in every[0]["what"]


def test_a_model_without_a_thinking_template_is_not_warned_of(tmp_path, toy_folder):
    """A template that does not think asks for no thoughts."""
    from typer.testing import CliRunner

    from burnish.cli.main import app

    done = CliRunner().invoke(app, ["check", str(write_rows(tmp_path / "r.jsonl", toy_rows(8))), "--model", str(toy_folder)])

    assert "thinking mode" not in done.stderr + done.stdout
