"""How many words of good texts `check` takes for slips, and how many planted slips it finds and puts right.

    python benchmarks/spelling.py DATA [--half 0|1] [--show]

DATA is a folder with sft/dolly_1200_nocontext.jsonl, sft/oasst_en_trees.jsonl, sft/superbowl_train.jsonl, ability/gsm8k_test.jsonl and
ability/strategyqa.json. Half 0 (texts of even number) was used for development, half 1 is the other. The texts are people's, so some
of what is found in them as they are is a slip indeed: read the list (--show). Planted: one slip a text, by the generator of `augment`.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

from burnish.data.spelling import _known, of_role, own_words, slips
from burnish.data.typos import TOUCHABLE, typo
from burnish.records.conversation import Conversation, Message


def texts(data: Path) -> list[str]:
    """Return the answers, questions and facts of all files."""

    def lines(name: str) -> list[dict]:
        return [json.loads(line) for line in (data / name).read_text("utf-8").splitlines() if line.strip()]

    def replies(node: dict) -> Iterator[str]:
        if node.get("role") == "assistant":
            yield node["text"]
        for one in node.get("replies", []):
            yield from replies(one)

    dolly = lines("sft/dolly_1200_nocontext.jsonl")
    return [
        *(row["response"] for row in dolly),
        *(row["instruction"] for row in dolly),
        *(row["completion"] for row in lines("sft/superbowl_train.jsonl")),
        *(row["question"] for row in lines("ability/gsm8k_test.jsonl")),
        *(text for row in lines("sft/oasst_en_trees.jsonl") for text in replies(row["prompt"])),
        *(" ".join(row["facts"]) for row in json.loads((data / "ability/strategyqa.json").read_text("utf-8"))),
    ]


def row_of(text: str) -> Conversation:
    """Return a row with this answer."""
    return Conversation(messages=(Message(role="assistant", content=text),), metadata={})


def main() -> None:
    """Print the false alarms, the finds and the mends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", type=int, default=0)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    chosen = [text for i, text in enumerate(texts(given.data)) if i % 2 == given.half]
    began, own = time.process_time(), own_words([row_of(text) for text in chosen])
    english = [text for text in chosen if list(of_role(row_of(text), "assistant"))]
    found = [(text[one.start : one.end], one.right) for text in english for one in slips(text, own)]
    words = sum(len(text.split()) for text in english)
    print(
        f"{len(english)} English texts, {words} words: {len(found)} slips named, {sum(bool(right) for _, right in found)} mended"
    )
    print(f"{time.process_time() - began:.1f} s of processor, the lists' reading included")
    if given.show:
        print(found)
    planted(english, own, random.Random(1))


def planted(english: list[str], own: frozenset[str], rng: random.Random) -> None:
    """Print what is found of one slip a text."""
    count = other = named = mended = right = 0
    for text in english:
        places = list(TOUCHABLE.finditer(text))
        place = rng.choice(places) if places else None
        slip = typo(place[0], rng) if place else ""
        if place is None or slip == place[0]:
            continue
        count += 1
        other += _known(slip)
        here = [one for one in slips(text[: place.start()] + slip + text[place.end() :], own) if one.start == place.start()]
        named += bool(here)
        mended += bool(here and here[0].right)
        right += bool(here and here[0].right == place[0])
    print(f"{count} planted, {other} of them made another word: {named / count:.3f} named, {mended / count:.3f} mended")
    print(f"of those that made no other word {named / (count - other):.3f} named; of the mends {right / mended:.3f} right")


if __name__ == "__main__":
    main()
