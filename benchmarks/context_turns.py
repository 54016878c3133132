"""What one more exchange of a long talk costs, at turn 200 and at turn 8,000. `python benchmarks/context_turns.py [MODEL] [METHOD ...]`.

One planted conversation, sent as a chat client sends it: whole, with two messages more each time. Milliseconds of processor time a request
(median of ten, the first left out), for 512 tokens: `text` is the template and the tokenizer over the whole conversation; `read` is how
many tokens it has, by its new turns where the template allows that; `remembered` is the shortening with what the requests before left
behind. A request is `read` and `remembered`, and its body parsed. `anew` is both without a memory, once. Prints a table as Markdown.
"""

from __future__ import annotations

import statistics
import sys
import time

from burnish.context.planted import planted
from burnish.context.ruler import ruler_of
from burnish.context.shorten import NAMES, shorten
from burnish.model.source import resolve
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat

BUDGET = 512
TURNS = (200, 2000, 8000)
EACH = 10


def milliseconds(work) -> tuple[float, object]:
    """Return the processor time of a call, and what it returns."""
    began = time.process_time()
    made = work()
    return 1000 * (time.process_time() - began), made


def costs(chat: Chat, method: str, turns: int) -> tuple[float, ...]:
    """Return (text, read, remembered, anew) of requests around a number of turns."""
    said = planted(9000, turns=turns, facts=10).messages
    ruler, found = ruler_of(chat), []
    for i in range(turns - 2 * EACH - 2, turns, 2):
        asked = said[: i + 1]
        text, before = milliseconds(lambda asked=asked, ruler=ruler: ruler.count(asked))
        ruler = ruler_of(chat, ruler.memory)  # as for each request
        read, counted = milliseconds(lambda asked=asked, ruler=ruler: ruler.whole(asked))
        assert counted == before
        remembered, one = milliseconds(
            lambda asked=asked, before=before, ruler=ruler: shorten(asked, BUDGET, ruler, method, before=before)
        )
        found.append((text, read, remembered))
    anew, two = milliseconds(lambda: shorten(asked, BUDGET, ruler_of(chat), method))
    assert one == two
    return (*(statistics.median(column) for column in zip(*found[1:], strict=True)), anew)


def main() -> None:
    """Print the table."""
    chat = Chat(load_tokenizer(resolve(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m").folder))
    print("| method | turns | text | read | remembered | anew |\n|---|---:|---:|---:|---:|---:|")
    for method in sys.argv[2:] or [name for name in NAMES if name != "drop"]:
        for turns in TURNS:
            cells = " | ".join(f"{one:.1f}" for one in costs(chat, method, turns))
            print(f"| {method} | {turns:,} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
