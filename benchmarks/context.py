"""What shortening a conversation costs. `python benchmarks/context.py DATA [--model M] [--dev | --blind] [--planted 30]`.

DATA is a folder with sgd_dev_dialogues_007.json (Schema-Guided Dialogue, Rastogi 2019) and qmsum_product_val.jsonl (QMSum, Zhong 2021).

- Slot values: every value of an action of the dialogue that stands in its text; small letters, as whole words. Kept: it stands in the
  shortened text by the same rule. Dialogues whose last turn alone is over the budget are refused, told, and not counted.
- Planted: conversations of 60 turns with 10 facts, their questions as the last turn; kept: the value stands in what is left without
  that turn. The verdict is `compare`'s, paired by fact and clustered by conversation.
- Answer words: of the words with a meaning in a reference answer that stand in the spans said to hold it, those that still stand.
  Turns kept: of those spans' turns with at least six such words, those of which half the words stand in what is left of them.
- Dev: the first 12 dialogues, the first 5 meetings, planted seeds from 1000; blind: the rest, seeds from 9000.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from burnish.context.marks import norm, stands
from burnish.context.planted import planted
from burnish.context.ruler import ruler_of
from burnish.context.shape import HEAD
from burnish.context.shorten import NAMES, budget_of, shorten
from burnish.context.wording import content_words
from burnish.errors import DataError
from burnish.evaluate.statistics import paired
from burnish.model.source import resolve
from burnish.records.conversation import Message
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat

METHODS = [name for name in NAMES if name != "auto"] + ["auto"]
RATIOS = (0.5, 0.25, 0.1)
STRICT = False


def text_of(messages) -> str:
    """Return all that is said, normed."""
    return norm("\n".join(one.content for one in messages)).replace(norm(HEAD), "")


def dialogues(data: Path, part: slice):
    """Yield (messages, slot values that stand in the text)."""
    for one in json.loads((data / "sgd_dev_dialogues_007.json").read_text("utf-8"))[part]:
        messages = [
            Message(role="user" if turn["speaker"] == "USER" else "assistant", content=turn["utterance"]) for turn in one["turns"]
        ]
        text = text_of(messages)
        values = {
            norm(value)
            for turn in one["turns"]
            for frame in turn["frames"]
            for action in frame["actions"]
            for value in action["values"]
        }
        yield messages, sorted(value for value in values if stands(value, text))


def meetings(data: Path, part: slice):
    """Yield (messages, the words of the answer that stand in its spans, the spans' turns); a question each."""
    lines = (data / "qmsum_product_val.jsonl").read_text("utf-8").splitlines()
    for line in lines[part]:
        meeting = json.loads(line)
        turns = [f"{turn['speaker']}: {turn['content']}" for turn in meeting["meeting_transcripts"]]
        for query in meeting["specific_query_list"]:
            messages = [Message(role=("user", "assistant")[i % 2], content=words) for i, words in enumerate(turns)]
            if len(messages) % 2:
                messages.append(Message(role="assistant", content="Yes."))
            held = [
                turns[i] for first, last in query["relevant_text_span"] for i in range(int(first), min(int(last) + 1, len(turns)))
            ]
            words = set(content_words(" ".join(held)))
            answer = {word for word in content_words(query["answer"]) if word in words}
            yield [*messages, Message(role="user", content=query["query"])], answer, held


def share(hits) -> str:
    """Return a share in per cent."""
    hits = list(hits)
    return f"{100 * sum(hits) / max(1, len(hits)):.1f}"


def shortened(messages, ruler, method, ratio):
    """Return the shortened conversation, checked to be within its budget; None where its last turn alone is over it."""
    budget = int(ratio * ruler.count(messages)) if STRICT else budget_of(messages, ratio, ruler)
    try:
        made = shorten(messages, budget, ruler, method)
    except DataError:
        return None
    assert made.tokens_after <= budget
    assert ruler.count(made.messages) == made.tokens_after
    return made


def reached(made, messages, ruler):
    """Return the ratio reached, of the conversation's own tokens."""
    fixed = ruler.fixed(messages)
    return (made.tokens_after - fixed) / (made.tokens_before - fixed)


def slots(found, ruler, method, ratio):
    """Return (token ratios, one hit a value, seconds)."""
    ratios, hits, refused, began = [], [], 0, time.perf_counter()
    for messages, values in found:
        made = shortened(messages, ruler, method, ratio)
        if made is None:
            refused += 1
            continue
        ratios.append(reached(made, messages, ruler))
        hits += [stands(value, text_of(made.messages)) for value in values]
    return ratios, hits, refused, time.perf_counter() - began


def recall(seeds, ruler, method, ratio):
    """Return (token ratios, one hit a fact, the conversation of each, seconds)."""
    ratios, hits, groups, refused, began = [], [], [], 0, time.perf_counter()
    for seed in seeds:
        one = planted(seed)
        messages = one.asking(one.facts)
        made = shortened(messages, ruler, method, ratio)
        if made is None:
            refused += 1
            continue
        ratios.append(reached(made, messages, ruler))
        left = text_of(made.messages).replace(norm(messages[-1].content), "")
        hits += [float(stands(norm(fact.value), left)) for fact in one.facts]
        groups += [seed] * len(one.facts)
    return ratios, hits, groups, time.perf_counter() - began


def spans(found, ruler, method, ratio):
    """Return (one share of answer words a question, one hit a turn of a span, seconds)."""
    words, turns, began = [], [], time.perf_counter()
    for messages, answer, held in found:
        made = shortened(messages, ruler, method, ratio)
        left = text_of(made.messages).replace(norm(messages[-1].content), "")
        here = set(content_words(left))
        words.append(len(answer & here) / max(1, len(answer)))
        for turn in held:
            said = set(content_words(turn))
            if len(said) >= 6:
                turns.append(any(2 * len(said & set(content_words(line))) >= len(said) for line in made_lines(made)))
    return words, turns, time.perf_counter() - began


def made_lines(made):
    """Return the lines of what is left, without the last question."""
    return [line for one in made.messages[:-1] for line in one.content.splitlines()] or made.messages[-1].content.splitlines()


def beside_summary(model, seeds, ruler, ratio) -> None:
    """Print how many planted facts the model's own summary keeps, `facts` too, and the paired verdict between them."""
    from burnish.flow.context import summariser
    from burnish.flow.project import open_base

    work = open_base(model)
    try:
        while True:
            next(work)
    except StopIteration as done:
        by = summariser(done.value)
    hits, groups = [], []
    for seed in seeds:
        one = planted(seed)
        messages = one.asking(one.facts)
        made = shorten(messages, budget_of(messages, ratio, ruler), ruler, "summary", summary=by)
        left = text_of(made.messages).replace(norm(messages[-1].content), "")
        hits += [float(stands(norm(fact.value), left)) for fact in one.facts]
        groups += [seed] * len(one.facts)
    for name in ("facts", "auto"):
        found = paired(hits, recall(seeds, ruler, name, ratio)[1], groups)
        print(
            f"\n{len(seeds)} planted at {ratio}: summary {found.mean_a:.1%}, {name} {found.mean_b:.1%}: {found.verdict}, p = {found.p:.4f}",
            flush=True,
        )


def main() -> None:
    global STRICT  # noqa: PLW0603 - one switch of a script
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--planted", type=int, default=30)
    parser.add_argument("--queries", type=int, default=12)
    parser.add_argument("--strict", action="store_true", help="a ratio of all tokens, the template's own text too")
    parser.add_argument("--summaries", type=int, default=0, help="planted conversations that the model summarises itself; slow")
    parser.add_argument("--only", nargs="*", default=METHODS)
    asked = parser.parse_args()
    STRICT = asked.strict
    ruler = ruler_of(Chat(load_tokenizer(resolve(asked.model).folder)))
    if asked.summaries:
        for ratio in RATIOS[:2]:
            beside_summary(asked.model, range(9000, 9000 + asked.summaries), ruler, ratio)
        return
    talks = list(dialogues(asked.data, slice(0, 12) if asked.dev else slice(12, None)))
    questions = list(meetings(asked.data, slice(0, 5) if asked.dev else slice(5, None)))
    questions = questions[:: max(1, len(questions) // asked.queries)][: asked.queries] if asked.queries else []
    first = 1000 if asked.dev else 9000
    print(
        f"{'dev' if asked.dev else 'blind'}: {len(talks)} dialogues, {asked.planted} planted, {len(questions)} questions on meetings\n"
    )
    print(
        "| method | asked | reached: dialogues, planted | slot values % | planted % | beside drop | answer words % | span turns % | seconds |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for ratio in RATIOS:
        plain = recall(range(first, first + asked.planted), ruler, "drop", ratio)[1] if asked.planted else []
        for method in asked.only:
            reached_, hits, refused, one = slots(talks, ruler, method, ratio)
            told, facts, groups, two = recall(range(first, first + asked.planted), ruler, method, ratio)
            words, turns, three = spans(questions, ruler, method, ratio)
            verdict = paired(plain, facts, groups).verdict if facts and method != "drop" else ""
            print(
                f"| {method} | {ratio} | {share(reached_)}, {share(told)} | {share(hits)}{f' ({refused} refused)' if refused else ''} | {share(facts)} | {verdict} "
                f"| {share(words)} | {share(turns)} | {one + two + three:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
