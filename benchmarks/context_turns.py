"""What shortening costs for one more exchange, at turn 20 and at turn 2,000. `python benchmarks/context_turns.py [MODEL] [METHOD ...]`.

One planted conversation, sent as a chat client sends it: whole, with two messages more each time. Milliseconds of processor time a request
(median of ten), for 512 tokens: `read` is the template and the tokenizer over the whole conversation, which every request has;
`remembered` is the shortening with what the requests before left behind, `anew` without. Prints a table as Markdown.
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
TURNS = (40, 200, 1000, 2000)
EACH = 10


def milliseconds(work) -> tuple[float, object]:
    """Return the processor time of a call, and what it returns."""
    began = time.process_time()
    made = work()
    return 1000 * (time.process_time() - began), made


def costs(chat: Chat, method: str, turns: int) -> tuple[float, float, float]:
    """Return (read, remembered, anew) of requests around a number of turns."""
    said = planted(9000, turns=turns, facts=10).messages
    ruler, found = ruler_of(chat), []
    for i in range(turns - 2 * EACH - 2, turns, 2):
        asked = said[: i + 1]
        read, before = milliseconds(lambda asked=asked: ruler.count(asked))
        remembered, one = milliseconds(lambda asked=asked, before=before: shorten(asked, BUDGET, ruler, method, before=before))
        anew, two = milliseconds(lambda asked=asked, before=before: shorten(asked, BUDGET, ruler_of(chat), method, before=before))
        assert one == two
        found.append((read, remembered, anew))
    return tuple(statistics.median(column) for column in zip(*found[1:], strict=True))


def main() -> None:
    """Print the table."""
    chat = Chat(load_tokenizer(resolve(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m").folder))
    print("| method | turns | read | remembered | anew |\n|---|---:|---:|---:|---:|")
    for method in sys.argv[2:] or [name for name in NAMES if name != "drop"]:
        for turns in TURNS:
            read, remembered, anew = costs(chat, method, turns)
            print(f"| {method} | {turns:,} | {read:.1f} | {remembered:.1f} | {anew:.1f} |", flush=True)


if __name__ == "__main__":
    main()
