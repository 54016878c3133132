"""What the tests of mail share: raw mails, mailboxes of them, and one question with one answer."""

from __future__ import annotations

import base64

from exporting import taken

ASKED, ME = "Mara Holt <mara@example.org>", "Tom Reed <tom@example.org>"


def mail(who, text, *, kind='text/plain; charset="utf-8"', subject="hall", number=1, head=(), way="8bit"):
    """Return one raw mail; `text` as text or as its bytes."""
    raw = text.encode() if isinstance(text, str) else text
    fields = {
        "From": who,
        "To": "list@example.org",
        "Subject": subject,
        "Date": f"Mon, 05 May 2025 10:{number:02}:00 +0000",
        "Message-ID": f"<m{number}@example.org>",
        "MIME-Version": "1.0",
        "Content-Type": kind,
        "Content-Transfer-Encoding": way,
        **dict(head),
    }
    lines = b"".join(
        key.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\n"
        for key, value in fields.items()
        if value
    )
    return lines + b"\n" + (base64.encodebytes(raw) if way == "base64" else raw) + b"\n"


def boxed(*raws, line=b"From x@example.org Mon May  5 10:00:00 2025\n", gap=b"\n"):
    """Return a mailbox of raw mails."""
    return gap.join(line + raw for raw in raws) + gap


def answered(tmp_path, text, question="Is it free?", **more):
    """Return what the ingest of a question and my answer to it gives."""
    head = {"In-Reply-To": "<m1@example.org>", **dict(more.pop("head", ()))}
    (tmp_path / "m.mbox").write_bytes(
        boxed(mail(ASKED, question), mail(ME, text, number=2, subject="Re: hall", head=head, **more))
    )
    return taken("email", tmp_path / "m.mbox", "Tom Reed")
