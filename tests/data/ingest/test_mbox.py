"""Where one mail of a mailbox ends and the next begins, in the mailboxes of many programs."""

from __future__ import annotations

import pytest
from exporting import taken
from mailing import ASKED, ME, boxed, mail

from burnish.data.files.mbox import HEAD_BYTES, is_mbox, mails

OPEN, KEYS = "When can I come to see the hall?", "Who has the boat keys?"


def _four(
    answer="You can come on Friday.",
    other="Jo has the keys of it.",
    line=b"From x@example.org Mon May  5 10:00:00 2025\n",
    gap=b"\n",
):
    return boxed(
        mail(ASKED, OPEN),
        mail(ME, answer, number=2, subject="Re: hall", head={"In-Reply-To": "<m1@example.org>"}),
        mail(ASKED, KEYS, number=3, subject="boat"),
        mail(ME, other, number=4, subject="Re: boat", head={"In-Reply-To": "<m3@example.org>"}),
        line=line,
        gap=gap,
    )


@pytest.mark.parametrize(
    "line",
    [
        b"From x@example.org Mon May  5 10:00:00 2025\n",
        b"From \n",
        b"From\n",
        b"From -\n",
        b"From - Mon May 05 10:00:00 2025\n",
        b"From 1831234567890123456@xxx Mon May 05 10:00:00 +0000 2025\n",
        b"From mara@example.org\n",
        b"From MAILER-DAEMON\n",
        b"From mara at example.org  Mon May  5 10:00:00 2025\n",
        b"From ???@??? Mon May 05 10:00:00 2025\n",
        b'From "Mara Holt" Mon May  5 10:00:00 2025\n',
        b"From mara@example.org 2025-05-05T10:00:00Z\n",
        b"From mara@example.org Mon, 05 May 2025 10:00:00 +0200\n",
        b"From x@example.org Mon May  5 10:00:00 CEST 2025 remote from gate\n",
        b"From x@example.org Mon May  5 10:00:00 2025\n>From y@example.org Mon May  5 09:00:00 2025 remote from gate\n",
    ],
)
@pytest.mark.parametrize("gap", [b"\n", b"", b"\n\n\n", b"\r\n"])
@pytest.mark.parametrize("kind", ["email", "auto"])
def test_mailboxes_of_many_programs(line, gap, kind, tmp_path):
    """With a date or not, with an address, a dash, a number, a word or nothing; with an empty line between mails, none, or more."""
    box = _four(line=line, gap=gap)
    (tmp_path / "m.mbox").write_bytes(box.replace(b"\n", b"\r\n") if gap == b"\r\n" else box)
    found = taken(kind, tmp_path / "m.mbox", "Tom Reed")

    assert found.rows == [[OPEN, "You can come on Friday."], [KEYS, "Jo has the keys of it."]]
    assert (found.books.read, found.faults, found.kind) == (4, [], "email")


@pytest.mark.parametrize("line", [b"From x@example.org Mon May  5 10:00:00 2025\n", b"From \n", b"From x@example.org\n"])
@pytest.mark.parametrize(
    "text",
    [
        "Come on Friday.\n\nFrom 10:30 until 12:00 somebody is there to open the door.\n\nAfter that ring me.",
        "Come on Friday.\n\nFrom the office at 14:05 you can see the shed.",
        "Come on Friday.\n\nFrom 10:30 until 12:00\nNote: bring a coat",
        "Come on Friday.\n\nFrom Monday on:\nDate: 5 May\nTo: all of us\n\nThat is all.",
        "Come on Friday.\nFrom there it is a mile.",
        "From Mon May  5 10:00 2025 on the hall is open.\n\nCome in.",
        "From Friday on it is free.",
        "Times.\n\nFrom Mon May 5 10:00 to 12:00\nTo: all\nHall: open\n\nSee you.",
        "It changed.\n\nFrom 2025-05-05 10:00 on\nSubject: to change\nDate: open\n\nBye.",
        "Listen.\n\nFrom Tue May 6 at 12:30 we have this:\nNote: bring keys\n\nBye.",
        "From: here\nTo: there\n\nthat is the way.",
        "I said\n\nFrom\n\nand nothing else.",
        "A long one\n\nFrom home to office:\nhttps://example.org/way is the way.",
    ],
)
def test_a_sentence_that_begins_with_from_parts_nothing(text, line, tmp_path):
    """Whatever stands in such a line, it is no parting where no mail's head follows it."""
    (tmp_path / "m.mbox").write_bytes(_four(answer=text, line=line))
    found = taken("email", tmp_path / "m.mbox", "Tom Reed")

    assert (found.books.read, found.faults) == (4, [])
    assert found.rows[0] == [OPEN, text]


@pytest.mark.parametrize("line", [b"From \n", b"From\n", b"From mara@example.org\n", b"From -\n"])
@pytest.mark.parametrize("gap", [b"\n", b""])
def test_partings_without_a_date_above_short_heads(line, gap, tmp_path):
    """Four lines that people know are a head too, also where no empty line stands before, in a mailbox whose partings are all so."""
    head = {"Message-ID": "", "MIME-Version": "", "Content-Type": "", "Content-Transfer-Encoding": ""}
    raws = mail(ASKED, OPEN, head=head), mail(ME, "You can come.", number=2, subject="Re: hall", head=head)
    (tmp_path / "m.mbox").write_bytes(boxed(*raws, line=line, gap=gap))

    assert taken("email", tmp_path / "m.mbox", "Tom Reed").rows == [[OPEN, "You can come."]]


def test_a_head_that_somebody_copied_parts_nothing_in_a_box_with_dates(tmp_path):
    """In a mailbox whose partings have dates, a line without one needs a head with lines that programs write."""
    text = "From Anna I got this:\nFrom: Anna <anna@example.org>\nDate: 4 May\n\nAll is well."
    (tmp_path / "m.mbox").write_bytes(_four(answer=f"Come on Friday.\n\n{text}"))

    assert taken("email", tmp_path / "m.mbox", "Tom Reed").books.read == 4


@pytest.mark.parametrize("shape", ["mboxo", "mboxrd", "mboxcl2"])
def test_quoted_and_counted_mailboxes(shape, tmp_path):
    """`>From ` is unescaped once; where a mail tells its length, a whole mailbox in its text parts nothing."""
    text = {
        "mboxo": ">From the office you see it.",
        "mboxrd": ">From the office you see it.\n\n>>From is how it is quoted.",
        "mboxcl2": "It is so:\n\nFrom x@example.org Mon May  5 10:00:00 2025\nFrom: Jo <jo@x.org>\nMessage-ID: <q@x>\n\nHi there.",
    }[shape]
    wanted = {"mboxrd": "From the office you see it.\n\nFrom is how it is quoted.", "mboxo": text[1:]}.get(shape, text)
    length = {"Content-Length": str(len(text) + 1)} if shape == "mboxcl2" else {}
    raws = mail(ASKED, OPEN), mail(ME, text, number=2, subject="Re: hall", head={"In-Reply-To": "<m1@example.org>", **length})
    (tmp_path / "m.mbox").write_bytes(boxed(*raws, mail(ASKED, "last", number=3, subject="z")))
    found = taken("email", tmp_path / "m.mbox", "Tom Reed")

    assert found.books.read == 3
    assert found.rows == [[OPEN, wanted]]


def test_a_length_that_is_not_true_is_not_believed(tmp_path):
    """Where no mail begins behind the length that a mail tells, the lines decide; beyond the file's end too."""
    for told in ("5", "9999999", "0", "120"):
        raws = (
            mail(ASKED, OPEN, head={"Content-Length": told}),
            mail(ME, "You can.", number=2, head={"In-Reply-To": "<m1@example.org>"}),
        )
        (tmp_path / "m.mbox").write_bytes(boxed(*raws))

        assert taken("email", tmp_path / "m.mbox", "Tom Reed").rows == [[OPEN, "You can."]]


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 1 << 20])
def test_pieces_of_any_size_give_the_same_mails(size):
    """Mails and the lines they begin at do not hang on how the file is read; a mark of UTF-8 and empty lines may stand first."""
    box = b"\xef\xbb\xbf\n\n" + _four(answer="Come.\n\nFrom 10:30 on.")
    found = list(mails(iter([box[i : i + size] for i in range(0, len(box), size)]), 1 << 20, lambda line: None))

    assert [line for line, _ in found] == [
        1 + box[: i + 1].count(b"\n") for i in range(len(box)) if box.startswith(b"From x@", i)
    ]
    assert sum(raw.count(b"\n") for _, raw in found) + 4 + 2 == box.count(b"\n")


def test_a_long_mail_is_cut_and_told_by_its_line():
    """Of a mail beyond the limit the beginning is kept, and the lines of the mails after it are still right."""
    told: list[int] = []
    long = mail(ASKED, "words of a line\n" * (HEAD_BYTES // 4), number=7)
    box = boxed(mail(ASKED, OPEN), long, mail(ME, "ok ok", number=2))
    found = list(mails(iter([box[i : i + 5000] for i in range(0, len(box), 5000)]), 20_000, told.append))

    assert [len(raw) <= 20_000 for _, raw in found] == [True] * 3
    assert told == [found[1][0]]
    assert found[2][0] == 1 + box[: box.rfind(b"From x@")].count(b"\n")


def test_what_is_no_mailbox():
    """Notes that begin with the word are none; a `From ` line above a head is one."""
    assert not is_mbox(b"From here on: it is simple\nName: x\n\nwords\n")
    assert not is_mbox(b"From me\nwords\n")
    assert not is_mbox(b"From: me\nSubject: x\n\nwords\n")
    assert is_mbox(b"From me\nSubject: x\n\nwords\n")
    assert is_mbox(b"\xef\xbb\xbf\nFrom \rFrom: me\r\rwords\r".replace(b"\n", b"\r"))
