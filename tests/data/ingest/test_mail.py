"""Mail: what each message says anew, threads, mailboxes of every shape, damaged and hostile ones."""

from __future__ import annotations

import email
import json
import time
from email import policy

import pytest
from exporting import EXPORTS, taken

from burnish.data.files.markup import text_of
from burnish.data.files.reply import reply_of

TALON = EXPORTS / "email" / "talon"
WANTED = json.loads((EXPORTS / "expected" / "talon.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(WANTED))
def test_the_reply_is_found_exactly(name):
    """Of each of talon's samples exactly the reply is left, without the quoted mail, its head and the signature."""
    raw = (TALON / name).read_bytes()
    if name.endswith(".html"):
        text = text_of(raw.decode("utf-8"))
    else:
        text = email.message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()

    assert reply_of(text) == WANTED[name]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("Yes.\n\nAm 3. April 2012 um 16:19 schrieb Bo <b@x.org>:\n> Hi\n", "Yes."),
        ("Oui.\n\nLe 3 avr. 2012 à 16:19, Bo <b@x.org> a écrit :\n\n> Salut\n", "Oui."),
        ("Yes.\n\n-----Ursprüngliche Nachricht-----\nVon: Bo\nHallo", "Yes."),
        ("Yes.\n\nVon: Bo <b@x.org>\nGesendet: Montag, 2. April 2012 17:44\nAn: Cy\nBetreff: x\n\nHallo", "Yes."),
        ("> Is it?\nYes.\n> And this?\nNo.\n", "Yes.\nNo."),
        ("Yes.\n\n-- \nBo\nTel. 5", "Yes."),
        ("Yes.\n\nThis e-mail and any files are confidential and intended solely for the addressee.", "Yes."),
        ("Yes.\n\nSent from my Samsung Galaxy", "Yes."),
        ("Dear Bo,\n\nOn Monday I wrote:\nthe list. From: here To: there.\n\nBye", "Dear Bo,\n\nOn Monday I wrote:\nthe list. From: here To: there.\n\nBye"),
        ("The plan:\n- from 5 to 7\n- to: be told", "The plan:\n- from 5 to 7\n- to: be told"),
        ("I changed 3 files in total and here they are:\n\nfoo.py\nbar.py", "I changed 3 files in total and here they are:\n\nfoo.py\nbar.py"),
        ("", ""),
    ],
)  # fmt: skip
def test_quotes_in_other_tongues_and_what_only_looks_like_one(text, reply):
    """German and French quotes, answers between the lines, signatures and disclaimers go; lists and colons stay."""
    assert reply_of(text) == reply


@pytest.mark.parametrize(
    "piece",
    [
        "On a\n",
        "On ",
        "> ",
        "From: a@b.org\n",
        "-- ",
        "<div>",
        "\n",
        "a@b.org 1:\n",
        "This message ",
        "<div></p>",
        "<p class=MsoNormal>",
    ],
)
def test_a_hostile_mail_takes_no_longer_than_its_length(piece):
    """Twenty thousand repetitions of what begins a quote are read in time that grows with the length alone."""
    began = time.process_time()
    small = reply_of(text_of(piece * 2_000))
    middle = time.process_time()
    reply_of(text_of(piece * 20_000))

    assert isinstance(small, str)
    assert time.process_time() - middle < 30 * (middle - began) + 1.0


def mail(who, subject, text, own="", refs="", date="Mon, 1 Jan 2024 10:00:00 +0000", **more):
    """Return one raw mail."""
    head = {"From": who, "Subject": subject, "Date": date, "Message-ID": own, "References": refs, **more}
    return (
        "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in head.items() if value).encode()
        + b"\n"
        + (text if isinstance(text, bytes) else text.encode())
        + b"\n"
    )


ASKED = mail("Anna <anna@x.org>", "The market", "When is it?", "<1@x>")
ANSWERED = mail(
    "=?utf-8?q?B=C3=B6?= <bo@x.org>",
    "Re: The market",
    "On Thursdays.\n\nOn 1 Jan 2024, Anna wrote:\n> When is it?",
    "<2@x>",
    "<1@x>",
    "Mon, 1 Jan 2024 12:00:00 +0100",
)
ROW = [["When is it?", "On Thursdays."]]


def _mbox(*raws):
    return b"".join(b"From x@y Mon Jan  1 10:00:00 2024\n" + raw + b"\n" for raw in raws)


@pytest.mark.parametrize("shape", ["mbox", "eml", "maildir"])
def test_mailboxes_of_every_shape(shape, tmp_path):
    """The same two mails, in one mailbox, in two files, or in a Maildir, give the same row; its channel is the subject."""
    if shape == "mbox":
        (tmp_path / "all.mbox").write_bytes(_mbox(ASKED, ANSWERED))
    for name, raw in () if shape == "mbox" else (("1", ASKED), ("2", ANSWERED)):
        place = tmp_path / ("cur" if shape == "maildir" else "") / (f"{name}.eml" if shape == "eml" else f"{name}:2,S")
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(raw)
    found = taken("auto", tmp_path, "bo@x.org")

    assert (found.kind, found.rows) == ("email", ROW)
    assert found.conversations[0].metadata["channel"] == "The market"
    assert dict(found.people) == {"Anna": 1, "Bö": 1}


def test_a_real_list_archive_gives_its_answer():
    """In a mailing list's archive the one answer with its question is found, in its thread, without the list's foot."""
    found = taken("auto", EXPORTS / "email/mime4j_rlug.mbox", "teo.55@home.ro")

    assert len(found.rows) == 1
    assert found.rows[0][0].startswith("Buna Ziua tuturor,\n\nAm o placa de baza")
    assert found.rows[0][1] == "pl2303.o ?\nai modulul pentru cipul ala de pe cablu ?\ncompileaza, insereaza, bla...\napoi merge"


def test_threads_without_references_are_found_by_subject(tmp_path):
    """Where mails carry no pointers, Re: and the same subject make a thread; dates in every order are put right."""
    later = mail("Bo <bo@x.org>", "AW: Re: The market", "On Thursdays.", date="Tue, 2 Jan 2024 10:00:00 +0000")
    (tmp_path / "m.mbox").write_bytes(_mbox(mail("Anna <anna@x.org>", "the market", "When is it?"), later))

    assert taken("email", tmp_path, "Bo").rows == ROW


def test_charsets_encodings_and_parts(tmp_path):
    """Quoted-printable, base64, Latin-1, an unknown charset, HTML alone, attachments: the words are read."""
    parts = b"--b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nattached\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>When is it?</p><style>x</style>\n--b--"
    asked = mail("Anna <a@x.org>", "x", parts, "<1@x>", Content_Type="multipart/mixed; boundary=b", MIME_Version="1.0")
    answered = mail(
        "Bo <b@x.org>", "x", b"Am Donnerstag f\xfcr alle.", "<2@x>", "<1@x>", Content_Type="text/plain; charset=x-no-such"
    )
    (tmp_path / "m.mbox").write_bytes(_mbox(asked, answered))

    assert taken("email", tmp_path, "Bo").rows == [["When is it?", "Am Donnerstag für alle."]]


def test_bad_mails_are_named_and_the_rest_read(tmp_path):
    """A mail without a date or writer, a date nobody can read, a double, a robot, a file that is no mail: each is in the books."""
    bad = mail("Cy <c@x.org>", "y", "words", date="Pn, 29 paX 2007")
    robot = mail("Bot <r@x.org>", "Re: The market", "I am away.", refs="<1@x>", Auto_Submitted="auto-replied")
    (tmp_path / "a.mbox").write_bytes(_mbox(ASKED, robot, ANSWERED, ANSWERED, bad, b"Subject: nobody\n\nwords here\n"))
    (tmp_path / "b.bin").write_bytes(bytes(range(256)))
    found = taken("email", tmp_path, "Bö")

    assert found.rows == ROW
    assert found.books.aside == {
        "the same mail again": 1,
        "written by a bot": 1,
        "not answered by you": 1,
        "a writer without a name": 1,
    }
    assert sorted(fault.split(": ")[0].rpartition("/")[2] for fault in found.faults) == ["a.mbox", "b.bin"]
    assert any("a date cannot be read" in fault and "Pn, 29 paX 2007" in fault for fault in found.faults)


def test_from_lines_within_a_mail_do_not_cut_it(tmp_path):
    """`>From ` is unescaped, and a line that begins with From in a sentence begins no mail."""
    answered = mail("Bo <b@x.org>", "x", "It is so.\n\nFrom here on it is simple.\n\n>From there too.", "<2@x>", "<1@x>")
    (tmp_path / "m.mbox").write_bytes(_mbox(ASKED, answered))

    assert taken("email", tmp_path, "Bo").rows == [["When is it?", "It is so.\n\nFrom here on it is simple.\n\nFrom there too."]]


def test_a_mailbox_is_held_one_mail_at_a_time(tmp_path, monkeypatch):
    """An endless mail is cut at its limit with a fault, and the mails around it are read."""
    from burnish.data.sources import mail as source

    monkeypatch.setattr(source, "MESSAGE_BYTES", 10_000)
    endless = mail("Cy <c@x.org>", "z", "words of a line\n" * 20_000, "<9@x>")
    (tmp_path / "m.mbox").write_bytes(_mbox(ASKED, endless, ANSWERED))
    found = taken("email", tmp_path, "Bö")

    assert found.rows == ROW
    assert len(found.faults) == 1
    assert "a mail is very long" in found.faults[0]
