"""A post: one message as a person wrote it, wherever it was: a chat, a mail, an issue, a ticket."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message of an export."""

    source: str
    """The kind of export, such as `slack`."""
    channel: str
    """The channel, chat, mailbox or issue it stands in, by the name people know it by."""
    author: str
    """The name people know the writer by; "" where the export has none."""
    time: float | None
    """Seconds since 1970-01-01 UTC; None where the export has no time that can be read. Clock times without a zone count as UTC."""
    text: str
    """What was written, mentions and links resolved, quoted replies and signatures cut off."""
    shared: str = ""
    """What somebody else wrote and this message passes on: a question where others pass it on, never an answer of mine."""
    file: str
    """The file it stands in; for a member of an archive `archive.zip/member`."""
    number: int
    """1-based: the line for text files, else the number of the message in its file."""
    thread: str = ""
    """The same for all posts of a thread; "" outside threads."""
    id: str = ""
    """What `reply_to` of other posts points to; "" where the export has no such pointers."""
    reply_to: str = ""
    edited: bool = False
    """Its author changed it; `text` is the last state."""
    bot: bool = False
    notice: str = ""
    """Why these are nobody's words (a join, a deleted message, a picture without words); "" for what a person wrote."""

    @property
    def place(self) -> str:
        """Return `file:number`."""
        return f"{self.file}:{self.number}"
