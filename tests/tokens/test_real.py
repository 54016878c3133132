"""The real vocabularies of Qwen2 and Phi-3, whose eos token does not end a turn; they are too big to be committed."""

import os
from pathlib import Path

import pytest
from tokens_toys import TEMPLATES, answers, end_of, row

from burnish.tokens.look import look
from burnish.tokens.template import Chat

SHARED = os.environ.get("BURNISH_SHARED")
pytestmark = pytest.mark.skipif(not SHARED, reason="real vocabularies: set BURNISH_SHARED to a folder with data/tokenizers")
WORDS = (
    "The answer.",
    " spaced  out ",
    "naïve 中文 🙂👩‍👩‍👧\n\n- a\n- b",
    "<|endoftext|> is a token, so is <|im_end|>, so is <|end|>.",
)


@pytest.fixture(scope="module", params=["qwen2", "phi-3"])
def tokenizer(request):
    """Return one of the real tokenizers."""
    from transformers import AutoTokenizer

    folder = Path(SHARED) / "data" / "tokenizers" / request.param
    return AutoTokenizer.from_pretrained(str(folder), gguf_file=f"ggml-vocab-{request.param}.gguf", local_files_only=True)


def test_the_turn_ends_with_the_template_s_token(tokenizer):
    """Eos is <|endoftext|> in both, and in both another token ends a turn; both stop an answer, neither is padding."""
    chat = Chat(tokenizer)

    assert tokenizer.eos_token == "<|endoftext|>"
    assert end_of(chat) in {"<|im_end|>", "<|end|>"}
    assert {chat.end_id, tokenizer.eos_token_id} == set(chat.stop_ids)
    assert chat.pad_id not in chat.stop_ids


@pytest.mark.parametrize("words", WORDS)
def test_the_masked_text_is_the_answer_and_its_end(tokenizer, words):
    """With the model's own template the supervised ids decode to exactly the words and the end of the turn."""
    chat = Chat(tokenizer)
    example = chat.render(row("A question?", "First.", "<|im_end|><|end|> and?", words, system="Be terse."))

    assert ["First." + end_of(chat), words + end_of(chat)] == answers(chat, example)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_template_trains_the_answer_and_its_end(tokenizer, template):
    """With any template, though its tokens are not all in the vocabulary, the words and one end token are trained."""
    chat = Chat(tokenizer, template.read_text(encoding="utf-8"))
    example = chat.render(row("A question?", "First.", "And?", "It is 雨 🙂, two  spaces."))

    assert ["First." + end_of(chat), "It is 雨 🙂, two  spaces." + end_of(chat)] == answers(chat, example)


def test_looked_text_is_the_row(tokenizer):
    """The pieces that `look` shows are the row's text."""
    chat = Chat(tokenizer)
    conversation = row("Hello  there", WORDS[2])
    (looked,) = look(chat, conversation)

    assert chat.decode([token.id for token in looked], special=True) == "".join(token.text for token in looked)
