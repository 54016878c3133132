"""How found rows stand before a question: as earlier turns of the conversation, the nearest one last."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from burnish.records.conversation import Message
from burnish.retrieval.index import RowIndex


class RowMemory:
    """Puts the nearest rows before the question of a conversation."""

    def __init__(self, index: RowIndex, k: int) -> None:
        """`k`: how many rows at most, one a fact."""
        self.index, self.k = index, k

    def recall(self, messages: Sequence[Message], without: Collection[int] = ()) -> list[Message]:
        """Return the messages with the nearest rows as turns after the system text.

        Nothing is added where the last message is not a user's. `without`: numbers of rows that must not be found.
        """
        if self.k < 1 or not messages or messages[-1].role != "user":
            return list(messages)
        found = self.index.nearest([messages[-1].content], self.k, [without])[0]
        turns = [
            turn
            for number in reversed(found)
            for turn in (
                Message(role="user", content=self.index.rows[number].question),
                Message(role="assistant", content=self.index.rows[number].answer),
            )
        ]
        head = 1 if messages[0].role == "system" else 0
        return [*messages[:head], *turns, *messages[head:]]
