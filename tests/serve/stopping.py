"""A server to be told to stop: `python stopping.py MODEL_FOLDER HOME`. Says its address, and `asked` at each answer's beginning."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from burnish.serve.app import make_app
from burnish.serve.engine import Ended, Token
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import listen, serve, url_of
from serve.doubles import Repeating


class Slow(Repeating):
    """Says ten letters, one at a time."""

    async def complete(self, ask):
        print("asked", flush=True)
        for letter in "abcdefghij":
            await asyncio.sleep(0.1)
            yield Token(letter)
        yield Ended(reason="stop", prompt_tokens=len(ask.prompt), completion_tokens=11)


if __name__ == "__main__":
    made = listen("127.0.0.1", 0)
    serve(make_app(Pool(Shelf(sys.argv[2], sys.argv[1]), Slow), Rules()), made, lambda: print(url_of(made), flush=True))
