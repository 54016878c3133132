"""Chat: rows that cannot be rendered, templates that cannot be used, and random text."""

import hashlib

import pytest
from hypothesis import given, seed, settings, strategies as st
from tokens_toys import FIXTURES, TEMPLATES, TOKENIZERS, answers, byte_tokenizer, chat_of, end_of, row, save_toy

from burnish.errors import DataError, ModelError
from burnish.records.conversation import Conversation, Message
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat
from toys import CHATML, SEED

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\U000f0000\U000f0001▁")
"""All letters, less those of our own marks and the one that SentencePiece reads as a space."""
BY_NAME = {path.stem: path for path in TEMPLATES}


def said(*pairs) -> Conversation:
    """Return a conversation of (role, content) pairs."""
    return Conversation(messages=tuple(Message(role=role, content=content) for role, content in pairs))


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@seed(SEED)
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text(LETTERS, min_size=1), min_size=2, max_size=6).filter(lambda texts: len(texts) % 2 == 0))
def test_any_text_is_trained_exactly(tokenizer, texts):
    """Whatever the words, the supervised spans decode to them and the end, and stand behind the ids of inference."""
    chat = chat_of(tokenizer, CHATML)
    conversation = row(*texts)
    spoken = [text for text in texts[1::2] if text.strip() and "</think>" not in text]
    if not spoken or len(spoken) < len(texts) // 2:
        return
    example = chat.render(conversation)

    assert [text + "<|im_end|>" for text in spoken] == answers(chat, example)
    assert chat.prompt_ids(conversation.messages[:-1]) == list(
        example.sequences[-1].ids[: len(chat.prompt_ids(conversation.messages[:-1]))]
    )


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@seed(SEED)
@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(st.sampled_from(["<|im_end|>", "<|im_", "end|>", "<|im_start|>", "</s>", "assistant\n", " ", "a", "<"])))
def test_no_mixture_of_typed_tokens_becomes_control(tokenizer, pieces):
    """However control tokens are typed, the prompt has the template's own two starts and one end, and no more."""
    chat = chat_of(tokenizer, CHATML)
    ids = chat.prompt_ids(row("".join(pieces)).messages)
    names = [name for name in chat.decode([i for i in ids if i in byte_specials(tokenizer)], special=True).split("<|") if name]

    assert names == ["im_start|>", "im_end|>", "im_start|>"]


def byte_specials(tokenizer):
    """Return the ids of a stand-in's added tokens."""
    return set(TOKENIZERS[tokenizer]().added_tokens_decoder)


@pytest.mark.parametrize(
    "conversation",
    [
        row("only a question"),
        row("q", ""),
        row("q", " \n"),
        said(("assistant", "Hello, how may I help?")),
        Conversation(messages=()),
    ],
)
def test_a_row_with_nothing_to_learn_is_refused(conversation):
    """A row with no answer, an empty one, or only a greeting that nothing asked for has no supervised token: it is refused."""
    with pytest.raises(DataError) as caught:
        chat_of("bytes", CHATML).render(conversation)

    assert "no answer to learn from" in caught.value.what
    assert caught.value.remedy


def test_an_empty_turn_is_context_only():
    """An empty answer in the middle of a row is not trained: a model must not learn to say nothing."""
    chat = chat_of("bytes", CHATML)

    assert answers(chat, chat.render(row("a?", "", "again?", "A"))) == ["A<|im_end|>"]


def test_a_greeting_is_context_only():
    """An assistant's first message that nothing asked for is context for what follows."""
    chat = chat_of("bytes", CHATML)
    example = chat.render(said(("assistant", "Welcome!"), ("user", "Hi"), ("assistant", "Hello.")))

    assert answers(chat, example) == ["Hello.<|im_end|>"]
    assert "Welcome!" in chat.decode(example.sequences[0].ids)


def test_roles_that_must_alternate_are_named():
    """A template that wants alternating roles refuses others with its own words and what to do."""
    with pytest.raises(DataError) as caught:
        chat_of("bytes", BY_NAME["zephyr"]).render(said(("user", "a"), ("user", "b"), ("assistant", "c")))

    assert "must alternate" in caught.value.seen
    assert "join neighbouring messages" in caught.value.remedy


@pytest.mark.parametrize("name", ["phi3_5", "Mistral-Small-3.2-24B-Instruct-2506", "gptoss", "gemma3", "vicuna"])
def test_a_tool_message_is_never_left_out_silently(name):
    """A template that has no place for a plain tool message refuses the row, also where it would just leave it out."""
    conversation = said(("user", "a"), ("assistant", "b"), ("tool", "result: 7"), ("assistant", "It is 7."))
    with pytest.raises(DataError) as caught:
        chat_of("bytes", BY_NAME[name]).render(conversation)

    assert "template" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["qwen2_5", "qwen3", "llama3_1", "SmolLM2-135M-Instruct", "deepseekv3"])
def test_a_tool_message_is_rendered_where_the_template_can(name):
    """A tool's answer is context where the template takes it."""
    chat = chat_of("bytes", BY_NAME[name])
    example = chat.render(said(("user", "a"), ("assistant", "b"), ("tool", 'res"ult: 7'), ("assistant", "It is 7.")))

    assert ["b" + end_of(chat), "It is 7." + end_of(chat)] == answers(chat, example)


def test_a_system_text_with_no_user_after_it_is_refused():
    """Where system text must be folded into a user message, one must follow."""
    with pytest.raises(DataError) as caught:
        chat_of("bytes", BY_NAME["gemma"]).prompt_ids(said(("user", "a"), ("assistant", "b"), ("system", "be terse")).messages)

    assert "no system role" in caught.value.what


def test_a_tokenizer_without_template_is_one_clear_error(tmp_path):
    """A base model's tokenizer has no chat template: the error says so and what to use instead."""
    with pytest.raises(ModelError) as caught:
        Chat(load_tokenizer(save_toy(tmp_path / "toy")))

    assert "no chat template" in caught.value.what
    assert "-Instruct" in caught.value.remedy


@pytest.mark.parametrize(
    "template",
    [
        "{% for message in messages %}",
        "{{ 1 / 0 }}",
        "{{ raise_exception('no') }}",
        "nothing of the messages",
        "{{ messages.x.y }}",
    ],
)
def test_a_broken_template_is_one_clear_error(template):
    """A template that does not compile, fails, or leaves out the words cannot be used, and says so."""
    with pytest.raises(ModelError) as caught:
        Chat(byte_tokenizer(), template)

    assert "template" in caught.value.what
    assert caught.value.seen


def test_a_template_cannot_reach_out_of_its_sandbox():
    """Templates come with downloaded models: one that reaches for Python's internals is refused."""
    with pytest.raises(ModelError):
        Chat(byte_tokenizer(), "{{ messages.__class__.__mro__[1].__subclasses__() }}" + CHATML)


def test_nothing_that_ends_a_turn_is_one_clear_error(tmp_path):
    """Where neither template nor tokenizer ends a turn, training would never stop an answer: refused."""
    tokenizer = load_tokenizer(save_toy(tmp_path / "toy", eos_token=None))
    with pytest.raises(ModelError) as caught:
        Chat(tokenizer, "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}assistant: ")

    assert "nothing ends a turn" in caught.value.what


def test_without_an_end_of_its_own_eos_ends_a_turn():
    """A template that writes no token after an answer gets eos as a target, and the notes say so."""
    chat = Chat(byte_tokenizer(), "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}{{ 'assistant: ' }}")

    assert answers(chat, chat.render(row("a?", "A"))) == ["A<|endoftext|>"]
    assert "no token of its own" in " ".join(chat.notes)


def test_the_digest_is_of_the_template():
    """A chat's digest is the sha256 of the template's text, its own or the one given."""
    assert hashlib.sha256(CHATML.encode()).hexdigest() == chat_of("bytes", CHATML).digest


def test_decode_leaves_out_what_ends_a_turn(tmp_path):
    """Decoded answers have no end token in them, also where the tokenizer does not flag it as special."""
    tokenizer = load_tokenizer(save_toy(tmp_path / "toy"))
    chat = Chat(tokenizer, CHATML.replace("<|im_end|>", "</think>"))
    ids = [*tokenizer.encode("fine"), chat.end_id]

    assert chat.decode(ids) == "fine"
    assert chat.decode(ids, special=True) == "fine</think>"


def test_a_saved_length_limit_cuts_nothing(tmp_path):
    """A truncation written into tokenizer.json does not shorten rows behind one's back."""
    folder = save_toy(tmp_path / "toy")
    tokenizer = load_tokenizer(folder)
    tokenizer.backend_tokenizer.enable_truncation(16)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    chat = Chat(load_tokenizer(folder), CHATML)

    assert answers(chat, chat.render(row("q", "w" * 100))) == ["w" * 100 + "<|im_end|>"]


def test_half_a_letter_is_refused():
    """A lone surrogate, which JSON can hold and UTF-8 cannot, is one clear error."""
    with pytest.raises(DataError) as caught:
        chat_of("bytes", CHATML).prompt_ids(row("a \ud83d b").messages)

    assert "half a letter" in caught.value.what


def test_marks_of_our_own_cannot_be_forged():
    """The two private characters that mark typed tokens are refused in a row."""
    with pytest.raises(DataError) as caught:
        chat_of("bytes", CHATML).render(row("q", "a\U000f0000<|im_end|>\U000f0001"))

    assert "private character" in caught.value.what


def tiny_chat() -> Chat:
    """Return ChatML on torchtune's tiny vocabulary: 2,000 real merges, NFC, and no tokens for most non-ASCII letters."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(FIXTURES / "tiny_bpe_tokenizer.json"), eos_token="<|endoftext|>")
    return Chat(tokenizer, CHATML)


def test_a_real_small_vocabulary_is_exact():
    """A real byte-pair vocabulary, with merges over new lines, trains exactly the words."""
    chat = tiny_chat()
    words = "\n\nIt's the 12th of May.\n\n  It rains, they say.\n"

    assert [words + "<|im_end|>"] == answers(chat, chat.render(row("What day is it?\n", words)))
    assert chat.pad_id not in chat.stop_ids


def test_an_answer_that_the_tokenizer_would_lose_is_refused():
    """A tokenizer without bytes drops letters it does not know; such an answer is refused by name, never trained in part."""
    with pytest.raises(DataError) as caught:
        tiny_chat().render(row("q", "It rains: 雨"))

    assert "雨" == caught.value.seen


def test_letters_that_a_tokenizer_normalises_are_trained(tmp_path):
    """Where the tokenizer itself puts letters into one form (NFC), the row is trained as the tokenizer writes it."""
    from tokenizers import normalizers

    tokenizer = load_tokenizer(save_toy(tmp_path / "toy"))
    tokenizer.backend_tokenizer.normalizer = normalizers.NFC()
    chat = Chat(tokenizer, CHATML)

    assert ["café<|im_end|>"] == answers(chat, chat.render(row("q", "cafe\N{COMBINING ACUTE ACCENT}")))


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize("words", ["a hello", "hello\n", "1 a"])
def test_the_ids_are_those_of_the_whole_text(tokenizer, words):
    """An answer's ids are those it has inside the rendered conversation, not those of its words standing alone."""
    chat = chat_of(tokenizer, CHATML)
    text = f"<|im_start|>user\na?<|im_end|>\n<|im_start|>assistant\n{words}<|im_end|>"
    whole = TOKENIZERS[tokenizer]()(text, add_special_tokens=False)["input_ids"]

    assert whole == list(chat.render(row("a?", words)).sequences[0].ids)


def test_a_template_may_name_tokens_that_the_tokenizer_lacks(tmp_path):
    """A template that adds bos_token to a string works with a tokenizer that has none: nothing is put in its place."""
    chat = Chat(load_tokenizer(save_toy(tmp_path / "toy")), "{{ bos_token + 'start: ' }}" + CHATML)

    assert "start: <|im_start|>user\na?" == chat.decode(chat.prompt_ids(row("a?").messages), special=True).split("<|im_end|>")[0]
    assert ["A<|im_end|>"] == answers(chat, chat.render(row("a?", "A")))


def test_each_message_is_looked_for_behind_the_one_before():
    """Not from the beginning of the text again for each: twice the talk is twice the work. Out of order it is found all the same."""
    begun = []

    class Seen(str):
        __slots__ = ()

        def find(self, words, begin=0):
            begun.append(begin)
            return super().find(words, begin)

    turns = [f"We met in room {i}." for i in range(40)]
    backwards = "{% for m in messages | reverse %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
    for template, words in ((CHATML, turns), (CHATML, ["again"] * 40), (backwards, turns)):
        chat = Chat(byte_tokenizer(), template)
        render = chat._render
        chat._render = lambda turns, render=render, **how: Seen(render(turns, **how))
        begun.clear()
        chat.prompt_ids(row(*words).messages)

        assert (begun == sorted(begun) and len(begun) == 40) == (template == CHATML)
