"""The ONE path from messages to token ids, for training, evaluation, chat and export alike.

A target is what the model must say after the ids it is given at inference: the assistant's words and the end-of-turn token.
Thinking: a turn with a thought is rendered with thinking on and its thought is trained; a turn without one is rendered with
thinking off, where the template's empty thought is context. Inference follows the same rule: `think=None` means off.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from burnish.errors import DataError, ModelError
from burnish.records.conversation import Conversation, Message
from burnish.records.example import Example
from burnish.tokens.encode import Encoder, choose_pad, letters, unmarked
from burnish.tokens.habits import Habits, learn, turns_of
from burnish.tokens.mask import Answered, sequences_of
from burnish.tokens.notes import notes_of
from burnish.tokens.render import Renderer
from burnish.tokens.rows import Rows
from burnish.tokens.today import dated, stamp
from burnish.tokens.turnwise import Turns, turnwise
from burnish.tokens.words import Spoken, fold_system, speak

Recall = Callable[[Sequence[Message]], Sequence[Message]]
"""Puts further turns into a conversation that is to be answered: those of rows that a version carries."""


class Chat:
    """A tokenizer and its chat template: messages in, ids out."""

    def __init__(
        self, tokenizer: Any, template: str | None = None, *, rows: int | None = None, moment: datetime | None = None
    ) -> None:
        """Learn the template's habits. Raises ModelError when there is no template, or none that can be used.

        `rows`: how many tokens the model has rows for; None: for all that the tokenizer knows. `moment`: what a template that writes the
        date takes for now, for good; None: the real time, each time.
        """
        self._render = Renderer(tokenizer, template, moment or datetime.now())  # noqa: DTZ005 - a template's date is the local one
        self.template: str = self._render.template
        self.rows = Rows(tokenizer, rows)
        self.recall: Recall | None = None
        """What is put into every conversation before it is answered; None: nothing. See `recalling`."""
        self.room: int | None = None
        """Tokens that a prompt may have with what is recalled; None: any number."""
        self._habits: Habits = learn(self._render)
        self._encoder = Encoder(tokenizer, self.template + self._probe(), self.rows)
        eos_id = tokenizer.eos_token_id
        end_id = self._encoder.first_control(self._habits.tail.lstrip())
        self._writes_end = end_id is not None
        if end_id is None:
            end_id = eos_id
        if end_id is None:
            raise ModelError(
                "nothing ends a turn: the chat template writes no end token after an answer, and the tokenizer names none",
                seen=f"after the answer comes {self._habits.tail[:40]!r}",
                remedy="set eos_token in tokenizer_config.json, or use the model's own chat template",
            )
        self.end_id: int = int(end_id)
        stops = dict.fromkeys(int(i) for i in (end_id, eos_id) if i is not None)
        self.stop_ids: tuple[int, ...] = tuple(one for one in stops if self.rows.has(one))
        """Tokens that end an answer, the template's own first. One without a row can never come."""
        self.pad_id: int = choose_pad(tokenizer, self.stop_ids, self.rows)
        self.rowless: tuple[int, ...] = self._rowless()
        """Tokens without a row that the template itself writes into a conversation, whatever is said."""
        self.thinks: bool = self._habits.thinking.switch
        self.turns: Turns | None = turnwise(self.template) if self._habits.has_system else None
        """What it sees around a turn that it writes. None where it looks further, and where system text goes into the next turn: then it
        is not given what was said."""
        self.digest: str = hashlib.sha256(self.template.encode()).hexdigest()
        self.notes: tuple[str, ...] = notes_of(self)
        self._render.moment = moment

    @property
    def habits(self) -> Habits:
        """What the template does, as learned from a probe."""
        return self._habits

    @property
    def moment(self) -> datetime | None:
        """What the template takes for now; None: the real time."""
        return self._render.moment

    @property
    def dated(self) -> bool:
        """Whether the template writes the date."""
        return dated(self.template)

    @property
    def stamp(self) -> tuple[str, ...]:
        """What the template would write of now, where it asks for the time."""
        return stamp(self.template, self.moment or datetime.now()) if self.dated else ()  # noqa: DTZ005 - as the template sees it

    def at(self, moment: datetime | None) -> Chat:
        """Return the same with another moment for now; None: the real time."""
        other = copy.copy(self)
        other._render = copy.copy(self._render)  # noqa: SLF001 - of its own class
        other._render.moment = moment  # noqa: SLF001
        return other

    def recalling(self, recall: Recall | None, room: int | None = None) -> Chat:
        """Return the same, asked with what `recall` makes of each conversation; None: as it is said.

        `room`: the tokens of a prompt beyond which recalled turns are left out, the first of them first; None: as it was.
        `prompt_ids`, `prompt_text`, `places` and `answer_ids` go through it. `render` does not: a row is trained as it is written.
        """
        other = copy.copy(self)
        other.recall = recall
        other.room = room if room is not None else self.room
        return other

    def knows(self, number: int) -> bool:
        """Return whether an id is a token's that the model has a row for."""
        return self.rows.knows(number)

    def beginning(self) -> list[int]:
        """Return the ids before a document's first word, where a model is given no prompt. Raises DataError where there are none."""
        tokenizer = self._encoder.tokenizer
        named = self._encoder.controls.get("<|endoftext|>"), tokenizer.bos_token_id, tokenizer.eos_token_id
        found = next((int(one) for one in named if one is not None and self.rows.has(int(one))), None)
        if found is None:
            raise DataError("the model has no token that begins a document", seen="an empty prompt", remedy="write a prompt")
        return [found]

    @property
    def tags_thoughts(self) -> bool:
        """Whether the template thinks between <think> and </think>, rather than in a channel of its own."""
        return self.thinks and "</think>" in self._habits.thinking.close

    @property
    def opens_thought(self) -> bool:
        """Whether the prompt with thinking on ends in <think>, so that an answer begins within its thought."""
        return self.tags_thoughts and "<think>" not in self._habits.thinking.open

    @property
    def ends_with_eos_only(self) -> bool:
        """Whether the template writes no end token of its own, so that eos ends a turn."""
        return not self._writes_end

    def prompt_ids(self, messages: Sequence[Message], *, think: bool | None = None) -> list[int]:
        """Return the ids that the model is given before it answers `messages`.

        `think` switches a template's thinking mode; None means off, as for training rows without a thought.
        Raises DataError naming why the template cannot render the messages.
        """
        return self._encoder.encode(self._prompt(self._asked(messages), think=bool(think)))

    def places(self, messages: Sequence[Message], *, think: bool = False) -> int:
        """Return at how many places of the text of `prompt_ids` no token can reach across. Raises DataError as it does."""
        return self._encoder.cuts(self._prompt(self._asked(messages), think=think))

    def prompt_text(self, messages: Sequence[Message], *, think: bool | None = None) -> str:
        """Return the text whose ids `prompt_ids` gives. Raises DataError as it does."""
        return unmarked(self._prompt(self._asked(messages), think=bool(think)))

    def answer_ids(self, messages: Sequence[Message], answer: str) -> list[int]:
        """Return the ids of an answer's words as training has them behind `prompt_ids(messages)`, without the end of the turn.

        Raises DataError naming why the template cannot render the messages or the answer.
        """
        turns = self._spoken([*self.recalled(messages), Message(role="assistant", content=answer)])
        return self._answered(turns, len(turns) - 1).answer_ids[:-1]

    def raw_ids(self, text: str) -> list[int]:
        """Return the ids of a whole prompt written by hand: nothing is added, and control tokens in it act as such.

        Raises DataError for half a letter (a lone surrogate) in it.
        """
        self._encoder.mark(text)
        return self._encoder.encode(text)

    def render(self, conversation: Conversation, row: int = 0) -> Example:
        """Return the row as sequences of ids with the supervised tokens marked. Raises DataError naming why it cannot be."""
        messages = self._spoken(conversation.messages)
        asked = [i for i, message in enumerate(messages) if i > 0 and message.role == "assistant" and self._speaks(message)]
        if not asked:
            raise DataError(
                "the row has no answer to learn from: no assistant message with words, and not of weight 0, follows another message",
                seen=", ".join(message.role for message in messages) or "no messages",
                remedy="write the assistant's answer, or leave the row out",
            )
        return Example(sequences=sequences_of(self._answered(messages, i) for i in asked), row=row)

    def decode(self, ids: Iterable[int], *, special: bool = False) -> str:
        """Return the text of ids; control tokens, and the tokens that end a turn, only when `special`."""
        if special:
            return self._encoder.decode(ids, special=True)
        return self._encoder.decode([i for i in ids if i not in self.stop_ids], special=False)

    def _probe(self) -> str:
        """Return a text as this template writes it, for control tokens that it puts together from pieces."""
        messages = [Spoken("user", "a"), Spoken("assistant", "b"), Spoken("user", "c")]
        if self._habits.has_system:
            messages.insert(0, Spoken("system", "d"))
        return self._render(turns_of(messages, self._habits.thinking), generation=True, think=False)

    def _rowless(self) -> tuple[int, ...]:
        """Return the tokens without a row in what the template writes around words, its end of a turn among them."""
        if not self.rows.beyond:
            return ()
        written = [*self._encoder.unchecked(self._probe()), self.end_id]
        return tuple(sorted({one for one in written if not self.rows.has(one)}))

    def recalled(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Return the messages with what is recalled for them, as far as there is room. Raises DataError as `prompt_ids` does."""
        if self.recall is None:
            return messages
        found = list(self.recall(messages))
        at = len(messages) - 1  # recalled turns stand right before the last message, a question and its answer each
        while self.room is not None and len(found) > len(messages):
            if len(self._encoder.encode(self._prompt(self._spoken(found), think=False))) <= self.room:
                break
            found = found[:at] + found[at + 2 :]
        return found

    def _asked(self, messages: Sequence[Message]) -> list[Spoken]:
        """Return what the model is to answer, ready for the template: the messages, and what is recalled for them."""
        return self._spoken(self.recalled(messages))

    def _speaks(self, message: Spoken) -> bool:
        return message.learnt and bool(message.words.strip() or message.thought)

    def _spoken(self, messages: Sequence[Message]) -> list[Spoken]:
        """Return the messages ready for the template: thoughts apart, typed control tokens marked, system text placed."""
        mark = self._encoder.mark
        spoken = [replace(one, words=mark(one.words), thought=mark(one.thought)) for one in map(speak, messages)]
        return spoken if self._habits.has_system else fold_system(spoken)

    def _prompt(self, messages: Sequence[Spoken], *, think: bool) -> str:
        if not messages:
            raise DataError("there is no message to answer", remedy="begin with a user message")
        text = self._render(turns_of(messages, self._habits.thinking), generation=True, think=think)
        at = 0
        for number, message in enumerate(messages):
            at = _holds(text, message, at)
            if at < 0:
                raise DataError(
                    f"the model's chat template leaves out message {number + 1}, of role {message.role}, or changes its words",
                    seen=unmarked(message.words)[:80],
                    remedy="leave that message out, join it with another, or use a model whose template has that role",
                )
        if think and self.thinks:
            return text
        return text + self._habits.header

    def _answered(self, messages: Sequence[Spoken], i: int) -> Answered:
        """Return turn `i`: the prompt exactly as at inference, and the ids of its words with their end."""
        message = messages[i]
        habits, thinking = self._habits, self._habits.thinking
        think = bool(message.thought)
        prompt = self._prompt(messages[:i], think=think)
        words = habits.strip(message.words)
        body = f"{thinking.open}{message.thought}{thinking.close}{words}" if think else words
        text = self._render(turns_of(messages[: i + 1], thinking), generation=False, think=think)
        written = f"{message.thought}{thinking.close}{words}" if think and thinking.place != "dropped" else words
        if not text.endswith(written + habits.tail):
            raise DataError(
                f"the model's chat template does not write message {i + 1}, an answer, as the row has it",
                seen=unmarked(text[len(text) - len(habits.tail) - len(written) :])[:120],
                remedy="take tags of the template's own (such as </think>) out of the answer",
            )
        prompt_ids = self._encoder.encode(prompt)
        self.rows.check((self.end_id,))
        return Answered(prompt_ids, [*self._body_ids(prompt, prompt_ids, body, glued=not think), self.end_id])

    def _body_ids(self, prompt: str, prompt_ids: list[int], body: str, *, glued: bool) -> list[int]:
        """Return the ids of an answer, which decode to exactly its words, after prompt ids that stay as at inference.

        First choice: as the ids stand in history, white space before the words and all (a SentencePiece "▁word").
        Then right behind the prompt. Then alone, where a token would cross the boundary to the prompt.
        """
        glue = self._habits.glue if glued else ""
        behind = []
        for text in dict.fromkeys((prompt + glue + body, prompt + body)):
            ids = self._encoder.encode(text)
            if ids[: len(prompt_ids)] == prompt_ids:
                behind.append(ids[len(prompt_ids) :])
        decoded = [self._encoder.decode(ids, special=True) for ids in behind]
        words = unmarked(body)
        if words in decoded:
            return behind[decoded.index(words)]
        # Some tokenizers normalise text and never give it back exactly: then what the words alone decode to counts.
        alone = self._encoder.encode(body)
        exact = self._encoder.decode(alone, special=True)
        if letters(exact) != letters(words):
            lost = "".join(dict.fromkeys(letter for letter in words if letter not in exact))
            raise DataError(
                "the model's tokenizer cannot write all letters of an answer",
                seen=lost[:40] or words[:80],
                remedy="write the answer in letters that the model knows, or use a model with a byte-level tokenizer",
            )
        return behind[decoded.index(exact)] if exact in decoded else alone


def _holds(text: str, message: Spoken, at: int) -> int:
    """Return where a message's words end in a rendered text, as they are or as JSON (tool answers in Llama's templates); -1: nowhere.

    Looked for from `at`, the end of the words before, where a template has them; and then in all of it.
    """
    for begin in (at, 0):
        for words in _written(message):
            found = text.find(words, begin)
            if found >= 0:
                return found + len(words)
    return -1


def _written(message: Spoken) -> Iterator[str]:
    words = message.words.strip()
    yield words
    yield json.dumps(message.words, ensure_ascii=False)[1:-1]
    if message.role == "system":  # SmolLM3 reads these flags out of a system text and takes them away
        yield words.replace("/no_think", "").replace("/think", "").rstrip()
