"""A conversation as a line of a file of rows, as `read_rows` reads it back."""

from __future__ import annotations

import json

from burnish.records.codec import to_json
from burnish.records.conversation import Conversation


def row_line(row: Conversation) -> str:
    r"""Return a row as one line of JSON with its line end; keys that say nothing are left out.

    >>> from burnish.records.conversation import Message
    >>> row_line(Conversation(messages=(Message(role="user", content="Hi"),)))
    '{"messages": [{"role": "user", "content": "Hi"}]}\\n'
    """
    said = [{key: value for key, value in to_json(message).items() if value is not None} for message in row.messages]
    record = {"messages": said, "metadata": dict(row.metadata)} if row.metadata else {"messages": said}
    return json.dumps(record, ensure_ascii=False) + "\n"
