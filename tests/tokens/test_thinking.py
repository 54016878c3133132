"""Thoughts: trained where a row has one, an empty one is context where it has none, and history is as at inference."""

import pytest
from test_templates import ALL, EACH, THINKING, asked, contexts
from tokens_toys import TEMPLATES, TOKENIZERS, answers, chat_of, end_of, row

from burnish.errors import DataError
from burnish.records.conversation import Conversation, Message

BY_NAME = {path.stem: path for path in TEMPLATES}
THOUGHTS = {
    "gptoss": "<|channel|>analysis<|message|>Let me see.<|end|><|start|>assistant<|channel|>final<|message|>42",
    "HuggingFaceTB-SmolLM3-3B": "<think>\nLet me see.\n</think>\n42",
    "deepseekv3": "Let me see.\n</think>\n\n42",
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B": "Let me see.\n</think>\n\n42",
}
"""What is trained for the thought "Let me see." before "42"; the form of Qwen3 where a template is not named here."""


@ALL
@pytest.mark.parametrize("tokenizer", ["bytes", "merging"])
def test_a_thought_is_trained_with_its_answer(template, tokenizer):
    """A turn with a thought trains thought, words and end; an opening that the prompt has already is context."""
    chat = chat_of(tokenizer, template)
    example = chat.render(row("6 x 7?", ("Let me see.", "42")))
    expected = THOUGHTS.get(template.stem, "<think>\nLet me see.\n</think>\n\n42")

    assert [expected + end_of(chat)] == answers(chat, example)
    assert [chat.prompt_ids(row("6 x 7?").messages, think=True)] == contexts(example)


@ALL
@EACH
def test_a_thought_in_the_content_is_the_same_thing(template, tokenizer):
    """<think> at the head of the content gives the same ids as reasoning_content."""
    chat = chat_of(tokenizer, template)
    field = chat.render(row("q", "plain", "6 x 7?", ("Let me\nsee.", "42 and so\n")))
    content = chat.render(row("q", "<think>\n\n</think>\n\nplain", "6 x 7?", "<think>\nLet me\nsee.\n</think>\n\n42 and so\n"))

    assert field == content


@ALL
def test_turns_with_and_without_a_thought_are_each_as_at_inference(template):
    """A row that mixes thinking and plain turns puts each behind the prompt of its own mode."""
    chat = chat_of("merging", template)
    conversation = row("a?", ("hm", "A"), "b?", "B", "c?", ("so", "C"))
    modes = (True, False, True)

    assert [chat.prompt_ids(m, think=t) for m, t in zip(asked(conversation), modes, strict=True)] == contexts(
        chat.render(conversation)
    )


@ALL
def test_the_thinking_mode_is_told(template):
    """A chat says whether its template has a thinking mode."""
    assert (template.stem in THINKING) == chat_of("bytes", template).thinks


@pytest.mark.parametrize("name", ["Qwen-Qwen3-0.6B", "qwen3"])
def test_earlier_thoughts_are_not_in_later_prompts(name):
    """Where a template takes thoughts out of history, each turn is a sequence of its own, without the earlier thoughts."""
    chat = chat_of("bytes", BY_NAME[name])
    example = chat.render(row("a?", ("secret thought", "A"), "b?", ("second", "B")))
    second = chat.decode(example.sequences[1].ids, special=True)

    assert len(example.sequences) == 2
    assert "secret" not in second
    assert "<|im_start|>assistant\nA<|im_end|>\n" in second


def test_without_rewriting_a_row_is_one_sequence():
    """Where a template leaves earlier turns alone, all turns of a row are one sequence with several supervised spans."""
    chat = chat_of("bytes", BY_NAME["SmolLM2-135M-Instruct"])
    example = chat.render(row("a?", "A", "b?", "B", "c?", "C"))

    assert len(example.sequences) == 1
    assert answers(chat, example) == ["A<|im_end|>", "B<|im_end|>", "C<|im_end|>"]


@pytest.mark.parametrize("name", sorted(THINKING - {"gptoss"}))
def test_the_empty_thought_is_context(name):
    """With thinking off a thinking template's prompt ends in an empty thought, which is not trained."""
    chat = chat_of("bytes", BY_NAME[name])
    text = chat.decode(chat.prompt_ids(row("a?").messages), special=True)

    assert "".join(text[text.rindex("<think>") :].split()) == "<think></think>"
    assert ["A" + end_of(chat)] == answers(chat, chat.render(row("a?", "A")))


def test_thinking_off_is_the_default():
    """`think=None` means off, as for training rows without a thought."""
    chat = chat_of("bytes", BY_NAME["qwen3"])
    messages = row("a?").messages

    assert chat.prompt_ids(messages, think=False) == chat.prompt_ids(messages)
    assert chat.prompt_ids(messages, think=True) != chat.prompt_ids(messages)


def test_a_tag_inside_the_words_does_not_lose_them():
    """An answer that speaks of </think> keeps all its words with Qwen3's template, which would cut it there."""
    chat = chat_of("bytes", BY_NAME["Qwen-Qwen3-0.6B"])

    assert answers(chat, chat.render(row("How?", "End it with </think>, then go on."))) == [
        "End it with </think>, then go on.<|im_end|>"
    ]


def test_a_row_whose_words_a_template_drops_is_refused():
    """DeepSeek's template cuts an answer at </think>; such a row is refused with what the template wrote, not trained in part."""
    chat = chat_of("bytes", BY_NAME["deepseekv3"])
    with pytest.raises(DataError) as caught:
        chat.render(row("How?", "End it with </think>, then go on."))

    assert "does not write message 2" in caught.value.what


def test_an_empty_thought_is_no_thought():
    """reasoning_content of white space means the same as none."""
    chat = chat_of("bytes", BY_NAME["qwen3"])
    empty = Conversation(
        messages=(Message(role="user", content="a?"), Message(role="assistant", content="A", reasoning_content=" \n"))
    )

    assert chat.render(row("a?", "A")) == chat.render(empty)


def test_a_user_who_types_a_thought_does_not_think():
    """<think> typed by a user stays in the user's words."""
    chat = chat_of("bytes", BY_NAME["qwen3"])
    think = TOKENIZERS["bytes"]().convert_tokens_to_ids("<think>")
    ids = chat.prompt_ids(row("<think>free</think> a?").messages)

    assert ids.count(think) == 1


def test_no_empty_thought_is_put_into_history():
    """A template that writes any reasoning_content it is given, an empty one too, is not given one for plain turns."""
    template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n"
        "{% if m.reasoning_content is defined %}<think>{{ m.reasoning_content }}</think>{% endif %}"
        "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    chat = chat_of("bytes", template)
    example = chat.render(row("a?", "A", "b?", "B"))

    assert 1 == len(example.sequences)
    assert "think" not in chat.decode(example.sequences[0].ids, special=True)
    assert ["<think>hm</think>C<|im_end|>"] == answers(chat, chat.render(row("c?", ("hm", "C"))))
