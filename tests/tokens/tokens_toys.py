"""Stand-in tokenizers that hold the control tokens of every template, small enough to make in a test."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from burnish.records.conversation import Conversation, Message

FIXTURES = Path(__file__).parents[1] / "fixtures" / "tokens"
TEMPLATES = sorted((FIXTURES / "templates").rglob("*.jinja"))
SPECIALS = (
    *("<unk>", "<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"),
    *("<|system|>", "<|end_of_turn|>", "<start_of_turn>", "<end_of_turn>", "<|start_header_id|>", "<|end_header_id|>"),
    *("<|eot_id|>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>", "<|start|>", "<|message|>", "<|channel|>"),
    *("<|return|>", "<|call|>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
)
ADDED = ("<think>", "</think>", "<tool_response>", "</tool_response>", "<tool_call>", "</tool_call>")
"""Added tokens that are not flagged special, as in Qwen3."""


def _wrapped(tokenizer, **names):
    from tokenizers import AddedToken
    from transformers import PreTrainedTokenizerFast

    tokenizer.add_special_tokens([AddedToken(special, special=True, normalized=False) for special in SPECIALS])
    tokenizer.add_tokens([AddedToken(added, special=False, normalized=False) for added in ADDED])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="<|endoftext|>", **names)


@functools.cache
def byte_tokenizer():
    """Return a byte-level tokenizer without merges; its eos, <|endoftext|>, is also its padding, as in the real Qwen2."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={symbol: i for i, symbol in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return _wrapped(tokenizer, pad_token="<|endoftext|>")


@functools.cache
def merging_tokenizer():
    """Return a byte-level tokenizer that merges new lines and words, so that tokens may cross the border of a prompt."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocab = {symbol: i for i, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges = [("Ċ", "Ċ"), ("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "hello"), ("Ġ", "Ġ"), (">", "Ċ"), (":", "Ġ")]
    for left, right in merges:
        vocab.setdefault(left + right, len(vocab))
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return _wrapped(tokenizer, pad_token="<|pad|>")


@functools.cache
def sentence_tokenizer():
    """Return a SentencePiece-like tokenizer with byte fallback, which puts a space before every stretch of text (Phi-3)."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    pieces = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *map(chr, range(33, 127)), "▁"]
    vocab = {piece: i for i, piece in enumerate(pieces)}
    merges = [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("▁", "hello"), ("▁", "a"), ("▁", "▁")]
    for left, right in merges:
        vocab.setdefault(left + right, len(vocab))
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return _wrapped(tokenizer, unk_token="<unk>", pad_token="<|endoftext|>")


TOKENIZERS = {"bytes": byte_tokenizer, "merging": merging_tokenizer, "sentence": sentence_tokenizer}


@functools.cache
def chat_of(tokenizer: str, template: Path | str):
    """Return a Chat of one stand-in and one template, made once."""
    from burnish.tokens.template import Chat

    return Chat(TOKENIZERS[tokenizer](), template.read_text(encoding="utf-8") if isinstance(template, Path) else template)


def row(*turns: str | tuple[str, str], system: str = "") -> Conversation:
    """Return a conversation: user and assistant take turns; an assistant's (thought, words) is a turn with a thought."""
    messages = [Message(role="system", content=system)] if system else []
    for i, turn in enumerate(turns):
        thought, words = turn if isinstance(turn, tuple) else (None, turn)
        messages.append(Message(role=("user", "assistant")[i % 2], content=words, reasoning_content=thought))
    return Conversation(messages=tuple(messages))


def answers(chat, example) -> list[str]:
    """Return the decoded text of every supervised span of an example, control tokens and all."""
    texts = []
    for sequence in example.sequences:
        span: list[int] = []
        for token, supervised in zip((*sequence.ids, 0), (*sequence.supervised, False), strict=True):
            if supervised:
                span.append(token)
            elif span:
                texts.append(chat.decode(span, special=True))
                span = []
    return texts


def end_of(chat) -> str:
    """Return the text of the token that ends a turn."""
    return chat.decode([chat.end_id], special=True)


def save_toy(folder: Path, **config) -> Path:
    """Write the byte-level stand-in into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    byte_tokenizer().backend_tokenizer.save(str(folder / "tokenizer.json"))
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", **config}
    (folder / "tokenizer_config.json").write_text(json.dumps(names))
    return folder
