"""look: the tokens of a row as people see them."""

import pytest
from tokens_toys import TOKENIZERS, chat_of, row

from burnish.tokens.look import look
from toys import CHATML

ROW = row("hello  you 🙂 中文", " é hello\nhello 👩‍👩‍👧 end")


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_looked_tokens_are_the_row(tokenizer):
    """The tokens looked at are those that are trained, and their texts joined are the decoded row."""
    chat = chat_of(tokenizer, CHATML)
    sequence = chat.render(ROW).sequences[0]
    (looked,) = look(chat, ROW)

    assert list(sequence.ids) == [token.id for token in looked]
    assert list(sequence.supervised) == [token.supervised for token in looked]
    assert chat.decode(sequence.ids, special=True) == "".join(token.text for token in looked)


def test_the_end_of_a_turn_is_told():
    """Tokens that end a turn are told, and the answer's is trained."""
    (looked,) = look(chat_of("bytes", CHATML), row("a", "b"))

    assert [(token.text, token.supervised) for token in looked if token.end] == [("<|im_end|>", False), ("<|im_end|>", True)]
