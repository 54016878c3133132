"""The thinking mode as a contract. On: a thought, closed, not empty, before the words. Off: none. History: as at inference.

Checked on what a version really says in both modes, before and after training, and on every suite's answer (thinking off).
Not covered: templates that mark a thought by other means than <think> (such as channels), and whether a thought is any good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from burnish.evaluate.asking import CLOSE, Question, thinks
from burnish.grading.text import words
from burnish.records.conversation import Conversation, Message
from burnish.records.questions import CANNOT_TELL, Breach, Reply, ThinkingContract
from burnish.records.report import EvalReport

OPEN = "<think>"
ON, OFF, CUT = "on", "off", "cut"
OWN_PROMPTS = 6
"""The person's own prompts asked in each mode; held-out ones first."""
PLAIN = ("What is 17 + 26?", "Name a fruit that is yellow.")
"""Asked too: a mode may hold on prompts like the rows, and be lost elsewhere."""
LEAST, MOST = 96, 512
"""Tokens that a thought with its answer may have. One that meets the limit is counted as cut, not as broken."""
LIMIT_OFF = 48
"""Tokens looked at with thinking off: a thought stands at the beginning."""
SHOWN_CAUSES = 8
LONGEST_SHOWN = 400


def thinking_questions(held_out: Sequence[Conversation], train: Sequence[Conversation], room: int) -> list[Question]:
    """Return the same prompts twice, with thinking on and off. `room`: the most tokens that all answers should have together."""
    prompts = list(dict.fromkeys(row.prompt for row in (*held_out, *train) if row.prompt))[:OWN_PROMPTS]
    prompts += [(Message(role="user", content=text),) for text in PLAIN]
    limit = min(MOST, max(LEAST, room // len(prompts) - LIMIT_OFF))
    return [
        Question(id=f"{mode}-{i}", messages=messages, think=mode == ON, max_tokens=limit if mode == ON else LIMIT_OFF)
        for mode in (ON, OFF)
        for i, messages in enumerate(prompts)
    ]


def fault_on(text: str, *, opened: bool, natural_stop: bool) -> str:
    r"""Return what breaks the mode in an answer with thinking on, "" where nothing does, or CUT where the limit came too soon.

    `opened`: the prompt has written `<think>` already, so that the answer begins within the thought.

    >>> [fault_on(t, opened=False, natural_stop=True) for t in ("<think>\nHm.\n</think>\n\n42", "42", "<think></think>42")]
    ['', 'no thought before the words', 'the thought is empty']
    >>> fault_on("Hm. </think> 42", opened=True, natural_stop=True), fault_on("<think>Hm", opened=False, natural_stop=False)
    ('', 'cut')
    """
    body = text.lstrip()
    if not opened:
        if not body.startswith(OPEN):
            return "words before the thought" if OPEN in body else "no thought before the words"
        body = body[len(OPEN) :]
    thought, closed, rest = body.partition(CLOSE)
    if OPEN in thought or OPEN in rest or CLOSE in rest:
        return "the thought is opened or closed twice"
    if not closed:
        return "the thought is never closed" if natural_stop else CUT
    if not words(thought):
        return "the thought is empty"
    return "nothing follows the thought" if natural_stop and not words(rest) else ""


def fault_off(text: str) -> str:
    """Return what breaks the mode in an answer with thinking off, or "".

    >>> fault_off("42"), fault_off("Hm. </think> 42")
    ('', 'a thought with thinking off')
    """
    return "a thought with thinking off" if OPEN in text or CLOSE in text else ""


def contract(
    questions: Sequence[Question],
    before: Sequence[Reply],
    after: Sequence[Reply],
    *,
    opened: bool,
    suites: tuple[EvalReport | None, EvalReport | None] = (None, None),
    rows: Sequence[Conversation] = (),
    history: Sequence[Breach] = (),
) -> ThinkingContract:
    """Return whether the tuned model keeps the contract, with every breach and the training rows that teach it.

    `rows` are those trained on. A thought cut at the limit is a breach only where the model closed it before training.
    """
    old, new = ({reply.id: reply for reply in side} for side in (before, after))
    asked = [one for one in questions if one.id in new]
    states = {one.id: _states(one, old.get(one.id), new[one.id], opened=opened) for one in asked}
    off_before, off_after = (_suite_answers(report) for report in suites)
    breaches = [
        *history,
        *(_breach(one, new[one.id], *states[one.id]) for one in asked if states[one.id][1] not in {"", CUT}),
        *_suite_breaches(off_before, off_after),
    ]
    on = [one for one in asked if one.think]
    cut = sum(states[one.id][1] == CUT for one in on)
    causes = _causes(breaches, rows)
    lengths = [_lengths([side[one.id] for one in on if one.id in side]) for side in (old, new)]
    return ThinkingContract(
        verdict="broken" if breaches else "kept" if len(on) > cut else CANNOT_TELL,
        reason=_reason(breaches, len(on), cut),
        asked_on=len(on),
        asked_off=len(asked) - len(on) + len(off_after),
        cut=cut,
        breaches=tuple(breaches),
        causes=tuple(str(row.origin) for row in causes[:SHOWN_CAUSES] if row.origin),
        cause_rows=len(causes),
        trained_rows=len(rows),
        thought_before=lengths[0][0],
        thought_after=lengths[1][0],
        answer_before=lengths[0][1],
        answer_after=lengths[1][1],
    )


def newly_broken(found: ThinkingContract | None) -> bool:
    """Return whether the tuned model breaks the mode where the model it started from kept it: a failed verdict."""
    return found is not None and any(not breach.before for breach in found.breaches)


def mode_remedy(found: ThinkingContract, data: Sequence[str]) -> str:
    """Return what to do with the rows about the modes that training broke."""
    modes = {breach.mode for breach in found.breaches if not breach.before}
    name = data[0] if data else "DATA"
    tried = []
    if ON in modes:
        tried.append(f"give about half of the rows a thought (burnish reason {name} -o OUT)")
    if OFF in modes:
        tried.append("give about half of the rows no thought")
    return ", and ".join(tried) or "write earlier turns of the rows as a chat keeps them"


def _states(question: Question, old: Reply | None, new: Reply, *, opened: bool) -> tuple[str, str]:
    """Return what is wrong before and after; a thought that was closed before and is cut now is broken, not cut."""
    if not question.think:
        return (fault_off(old.text) if old else ""), fault_off(new.text)
    was = fault_on(old.text, opened=opened, natural_stop=old.natural_stop) if old else ""
    now = fault_on(new.text, opened=opened, natural_stop=new.natural_stop)
    if now == CUT and old is not None and was == "":
        now = f"the thought is not closed within {question.max_tokens} tokens, as it was before"
    return was, now


def _breach(question: Question, reply: Reply, was: str, now: str) -> Breach:
    return Breach(
        mode=ON if question.think else OFF,
        id=question.id,
        prompt=question.messages[-1].content,
        what=now,
        text=reply.text[:LONGEST_SHOWN],
        before=was not in {"", CUT},
    )


def _suite_answers(report: EvalReport | None) -> dict[tuple[str, str], tuple[str, str]]:
    """Return {(suite, id): (prompt, text)}; suites are answered with thinking off."""
    found = report.suites.items() if report is not None else ()
    return {(name, one.id): (one.prompt, one.text) for name, suite in found for one in suite.answers}


def _suite_breaches(
    before: dict[tuple[str, str], tuple[str, str]], after: dict[tuple[str, str], tuple[str, str]]
) -> Iterable[Breach]:
    for key, (prompt, text) in after.items():
        what = fault_off(text)
        if what:
            was = fault_off(before.get(key, ("", ""))[1]) != ""
            yield Breach(mode=OFF, id=": ".join(key), prompt=prompt, what=what, text=text[:LONGEST_SHOWN], before=was)


def _reason(breaches: Sequence[Breach], on: int, cut: int) -> str:
    if breaches:
        known = sum(breach.before for breach in breaches)
        also = f", {known} of them where the model it started from breaks it too" if known else ""
        return f"{len(breaches)} answer{'s break' if len(breaches) > 1 else ' breaks'} the mode asked for{also}"
    if on <= cut:
        return "no thought came to its end within the tokens allowed" if on else "no prompt was asked with thinking on"
    return f"{on - cut} answers with thinking on have a closed thought" + (f"; {cut} more met the limit first" if cut else "")


def _causes(breaches: Sequence[Breach], rows: Sequence[Conversation]) -> list[Conversation]:
    """Return the training rows that teach the breaches, those whose prompts share most words with the broken ones first.

    No thought where one belongs is taught by rows without one; a thought where none belongs, by rows with one.
    """
    modes = {breach.mode for breach in breaches} - {"history"}
    suspects = [row for row in rows if (ON in modes and not thinks(row)) or (OFF in modes and thinks(row))]
    broken = [frozenset(words(breach.prompt.casefold())) for breach in breaches]
    return sorted(suspects, key=lambda row: -max((_overlap(row, prompt) for prompt in broken), default=0.0))


def _overlap(row: Conversation, prompt: frozenset[str]) -> float:
    own = frozenset(words(row.prompt[-1].content.casefold())) if row.prompt else frozenset()
    return len(own & prompt) / len(own | prompt) if own | prompt else 0.0


def _lengths(replies: Sequence[Reply]) -> tuple[float, float]:
    """Return the mean tokens of thoughts, and of what follows them; a thought that was not closed counts whole."""
    if not replies:
        return 0.0, 0.0
    thoughts = [reply.thought_tokens or (reply.tokens if OPEN in reply.text else 0) for reply in replies]
    rest = [reply.tokens - thought for reply, thought in zip(replies, thoughts, strict=True)]
    return sum(thoughts) / len(replies), sum(rest) / len(replies)


PromptIds = Callable[[Sequence[Message], bool], Sequence[int]]


def history_breaches(
    trained: Callable[[Conversation], Sequence[int]], asked: PromptIds, rows: Sequence[Conversation]
) -> list[Breach]:
    """Return rows whose earlier turns are not written as at inference, where an answer is kept with its thought in its words.

    `trained`: a row to the ids that stand before its last answer in training. `asked`: messages and mode to prompt ids.
    """
    found = []
    for row in _with_history(rows):
        wanted = list(asked([_as_said(message) for message in row.prompt], thinks(row)))
        got = list(trained(row))
        if got != wanted:
            apart = next(
                (i for i, pair in enumerate(zip(got, wanted, strict=False)) if pair[0] != pair[1]), min(len(got), len(wanted))
            )
            where = str(row.origin) if row.origin else row.id
            what = "history is not written as at inference"
            text = f"token {apart + 1} of {len(wanted)} differs"
            found.append(Breach(mode="history", id=where, prompt=row.prompt[-1].content, what=what, text=text, before=True))
    return found


HISTORIES = 20
"""Rows whose history is checked."""


def _with_history(rows: Sequence[Conversation]) -> list[Conversation]:
    """Return rows with an earlier answer; where there are none, two rows put behind each other, one with a thought first."""
    several = [row for row in rows if any(message.role == "assistant" for message in row.prompt)][:HISTORIES]
    if several or len(rows) < 2:
        return several
    first = next((row for row in rows if thinks(row)), rows[0])
    second = next(row for row in rows if row is not first)
    later = tuple(message for message in second.messages if message.role != "system")
    return [Conversation(messages=(*first.messages, *later), origin=second.origin)]


def _as_said(message: Message) -> Message:
    """Return an answer as a chat keeps it: its thought in tags at the head of its words."""
    if message.role != "assistant" or not (message.reasoning_content or "").strip():
        return message
    thought = (message.reasoning_content or "").strip()
    return Message(role="assistant", content=f"{OPEN}\n{thought}\n{CLOSE}\n\n{message.content.lstrip()}")
