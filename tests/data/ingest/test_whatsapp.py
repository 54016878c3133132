"""Chats as phones write them in every language: dates and hours, and the program's own words, which are nobody's."""

from __future__ import annotations

import pytest
from exporting import taken

from burnish.data.files.calendars import to_gregorian
from burnish.data.files.chat_marks import said
from burnish.data.files.day_order import order_of
from burnish.data.files.stamp import stamp_of

LRM = "\u200e"
WORDS = ("Is the hall free on Friday?", "Yes, from six to nine.", "And on Saturday?", "Somebody is in there on Saturday.")
PAIRS = [[WORDS[0], WORDS[1], WORDS[2], WORDS[3]]]
NOBODYS = {"no words (a picture, a file, a call)", "deleted", "a notice of the chat itself"}


def chat(path, head, texts=WORDS):
    """Write a chat of Mara and Tom in turn; `head` is the head of each line, {m} its minute."""
    names = ("Mara Holt", "Tom Reed")
    lines = (f"{head.format(m=f'{5 + i:02}')}{names[i % 2]}: {text}\n" for i, text in enumerate(texts))
    path.write_text("".join(lines), "utf-8")
    return path


HEADS = [
    "31/01/2024, 15:{m} - ", "1/31/24, 3:{m} PM - ", "1/31/24, 3:{m}\u202fPM - ", "[31.01.24, 15:{m}:20] ", "2024-01-31 15.{m} - ",
    "2024. 1. 31. 오후 3:{m} - ", "24. 1. 31. 오후 3:{m} - ", "2024년 1월 31일 오후 3시 {m}분 - ", "2024/1/31 下午3:{m} - ", "31/1/2024 下午3:{m} - ",
    "2024年1月31日 15:{m} - ", "2024年1月31日 15時{m}分 - ", "[2024/1/31 下午3:{m}:20] ", "2024/1/31\u2009下午3:{m} - ", "2024/01/31 午後3:{m} - ",
    "\u200f٣١\u200f/١\u200f/٢٠٢٤، ٣:{m} م - ", "۱۴۰۲/۱۱/۱۱،\u200f ۱۵:{m} - ", "३१/१/२४, ३:{m} PM - ", "৩১/১/২৪, ৩:{m} PM - ", "၃၁-၀၁-၂၀၂၄ ၁၅:{m} - ",
    "31.1.2024 klo 15.{m} - ", "31.1.2024\u00a0klo\u00a03.{m}\u00a0ip. - ", "31. 1. 2024 15:{m} - ", "31. 01. 2024. 15:{m} - ", "2024. 01. 31. 15:{m} - ",
    "31.01.24 г., 15:{m} ч. - ", "31.1.2024 г. 15:{m} - ", "31/1/24 3:{m} μ.μ. - ", "31.1.2024, 3:{m} e pasdites - ", "31/1/24, பிற்பகல் 3:{m} - ",
    "15:{m}, 31/01/2024 - ", "3:{m} CH 31/1/24 - ", "31/1/24, 3:{m} p.\u00a0m. - ", "2024-01-31 15 h {m} - ", "31/01/2024 à 15h{m} - ",
    "31/01/2024 às 15:{m} - ", "31.01.2024 um 15:{m} Uhr - ", "24/1/31 (15:{m}) - ", "31-01-2024 - 15:{m} - ", "31/1/2567 15:{m} น. - ",
    "31/1/67 15:{m} - ", "[R6/01/31 15:{m}:20] ", "民國113/1/31 下午3:{m} - ", "31.01.24, 15:{m} – ", "31.01.24, 15:{m}:20: ", "[31/1/24, 3:{m}:20 de la tarde] ",
    "2024-01-31 15:{m}:20 - ", "31/1/24, ב-15:{m} - ", "24/1/31 15:{m} - ",
]  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_the_date_of_any_phone_is_read(head, tmp_path):
    """Whatever order, signs, digits, calendar and words for the afternoon: the same day, the same minutes, two pairs."""
    found = taken("auto", chat(tmp_path / "c.txt", head), "Tom Reed")

    assert (found.kind, found.rows, found.faults) == ("whatsapp", PAIRS, [])
    assert found.conversations[0].metadata["time"][:16] == "2024-01-31T15:06"


@pytest.mark.parametrize(
    "head",
    [
        "31 Jan 2024, 15:{m} - ",
        "[31 janv. 2024 à 15:{m}:20] ",
        "Wed, 31 January 2024 15:{m} - ",
        "15:{m}, 31 січня 2024 р. - ",
        "31/1/24, 3:{m} दपेहरा/संजा - ",
        "[2024-01-31 ཆུ་ཚོད་ 3 སྐར་མ་ {m} ཕྱི་ཆ་] ",
    ],
)
def test_a_chat_of_unknown_dates_is_refused_line_by_line_and_never_a_note(head, tmp_path):
    """Both people's words must not become one answer: every line is named, and the books hold every message."""
    found = taken("auto", chat(tmp_path / "c.txt", head), "Tom Reed")

    assert (found.kind, found.rows) == ("whatsapp", [])
    assert [f"line {i}: a date cannot be read" in fault for i, fault in enumerate(found.faults, start=1)] == [True] * 4
    assert found.books.aside == {"a date that cannot be read": 4}


@pytest.mark.parametrize("head", ["31/1/24, 3:{m} qq - ", "١٩/٧/١٤٤٥ هـ، ٣:{m} م - ", "31/1/97, 15:{m} - "])
def test_an_hour_or_a_year_that_may_be_another_is_told_and_not_guessed(head, tmp_path):
    """A word beside the hour that is not known, a year of the moon: the message stands where it was, without a time."""
    found = taken("auto", chat(tmp_path / "c.txt", head), "Tom Reed")

    assert found.rows == PAIRS
    assert "time" not in found.conversations[0].metadata
    assert "line 1: a date cannot be read" in found.faults[0]


@pytest.mark.parametrize(
    "text",
    [
        "Notes of 31.1.2024\n\nWe met at 15:05 - all: fine",
        "Monday 10:30 - walk: long\nTuesday 11:30 - rest: short",
        "2024-01-31 15:05:20: Error: disk full\n2024-01-31 15:05:21: Info: retry",
        "On 31.1.2024 we met at 15:05 - Mara: late\nand left",
        "1. 2. 3 people came at 15:05 - so: well",
        "2024-01-31 15:05 ERROR: disk full\n2024-01-31 15:06 INFO: retry\n2024-01-31 15:07 ERROR: full\n2024-01-31 15:08 INFO: retry",
        "31/01/2024 15:05 lunch: soup\n31/01/2024 15:30 walk: long\n31/01/2024 18:00 dinner: late",
        "31/01/2024 15:05 I said: no\n31/01/2024 15:30 I said: yes",
    ],
)
def test_notes_with_dates_stay_notes(text, tmp_path):
    """A date and an hour in a sentence, a diary or a program's log make no chat."""
    (tmp_path / "n.txt").write_text(text)

    assert taken("auto", tmp_path / "n.txt").kind == "notes"


def test_a_sentence_with_a_date_does_not_begin_a_message(tmp_path):
    """A line within a message that tells of a day and an hour stays the message's."""
    texts = ("When?", "We can meet then:\n30.1.2024 treffen wir uns um 15:05 - Anna: bringt Kuchen\n10.1.1.1 10:20 is no date")
    found = taken("whatsapp", chat(tmp_path / "c.txt", "31.01.24, 15:{m} - ", texts), "Tom Reed")

    assert found.rows == [list(texts)]


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("1/31/24, 12:05 AM", 0), ("1/31/24, 12:05 PM", 12), ("31/1/24, 24:00", 0), ("2024/1/31 凌晨3:05", 3), ("2024/1/31 晚上9:05", 21),
        ("2024/1/31 中午12:05", 12), ("2024/1/31 上午12:05", 0), ("31/1/24, 9:05 রাত", 21), ("31/1/24 3:05 SA", 3), ("31.1.24, 3:05 ap.", 3),
        ("31/1/24, 3:05 fm", 3), ("31/1/24, 3:05 em", 15), ("31/1/24 ÖÖ 3:05", 3), ("31/1/24 ÖS 3:05", 15), ("31/1/24, 3:05 לפנה״צ", 3),
        ("31/1/24, 15:05 whatever", 15), ("31/1/24, 3:05 whatever", None), ("31/1/24, 25:61", None),
    ],
)  # fmt: skip
def test_the_hour_of_a_stamp(written, hour):
    """Words for parts of the day stand before or after the hour; one that is not known leaves hours up to twelve open."""
    assert stamp_of(written).hour == hour


@pytest.mark.parametrize(
    ("day", "ours"),
    [
        ((1403, 1, 1), (2024, 3, 20)),
        ((1399, 12, 30), (2021, 3, 20)),
        ((1402, 12, 29), (2024, 3, 19)),
        ((1404, 6, 31), (2025, 9, 22)),
    ],
)
def test_days_of_the_persian_calendar(day, ours):
    """Days that calendars print side by side."""
    assert to_gregorian(day, "", "") == (ours, "ymd")


def test_years_of_two_digits_at_the_front():
    """24/1/31 is of 2024 in a chat, for no chat is of 2031; where 31/1/24 can be meant, it is."""
    assert order_of([(24, 1, 31)], of_chat=True)[0] == "ymd"
    assert order_of([(24, 1, 31), (24, 2, 1), (24, 2, 2)], of_chat=True)[0] == "ymd"
    assert order_of([(21, 1, 24), (22, 1, 24)], of_chat=True)[0] == "dmy"
    assert order_of([(24, 1, 31)])[0] == "dmy"


EDITED = [
    "This message was edited", "Diese Nachricht wurde bearbeitet.", "Se editó este mensaje.", "Ce message a été modifié", "Mensagem editada",
    "Questo messaggio è stato modificato", "Dit bericht is bewerkt", "Pesan ini diedit", "Bu mesaj düzenlendi", "ההודעה נערכה", "تم تعديل هذه الرسالة",
    "Данное сообщение изменено", "Viestiä muokattiin", "Wiadomość edytowana", "このメッセージは編集されました", "此訊息已編輯", "यह मैसेज एडिट किया गया",
    "Du hast diese Nachricht bearbeitet", "Mensaje editado", "Bericht bewerkt", "ეს შეტყობინება რედაქტირდა", "આ મેસેજમાં ફેરફાર કર્યો", "மெசேஜில் மாற்றம் செய்யப்பட்டது",
]  # fmt: skip


@pytest.mark.parametrize("mark", EDITED)
@pytest.mark.parametrize("led", ["", LRM])
def test_the_mark_of_an_edited_message_goes(mark, led):
    """In any language the words stay and the mark does not, with U+200E before it and without."""
    found = said(f"Ja, von sechs bis neun. {led}<{mark}>", iphone=bool(led))

    assert (found.text, found.edited, found.notice) == ("Ja, von sechs bis neun.", True, "")


def test_on_an_iphone_what_u200e_leads_is_the_programs_in_any_language():
    """A language that no list holds: the mark at the end goes, and a whole message is set aside."""
    assert said(f"some words {LRM}<Zzz qqq www.>", iphone=True).text == "some words"
    assert said(f"{LRM}zzz qqq", iphone=True).notice in NOBODYS
    assert said(f"some words {LRM}<attached: 00000012-PHOTO-2024-01-31.jpg>", iphone=True).text == "some words"


DELETED = [
    "This message was deleted", "You deleted this message.", "Diese Nachricht wurde gelöscht.", "Du hast diese Nachricht gelöscht", "Se eliminó este mensaje",
    "Eliminaste este mensaje", "Ce message a été supprimé", "Vous avez supprimé ce message", "Mensagem apagada", "Você apagou esta mensagem",
    "Questo messaggio è stato eliminato", "Dit bericht is verwijderd", "Данное сообщение удалено", "Це повідомлення було видалено", "Bu mesaj silindi",
    "Ta wiadomość została usunięta", "Tato zpráva byla odstraněna", "Táto správa bola odstránená", "Ez az üzenet törlésre került", "Acest mesaj a fost șters",
    "Αυτό το μήνυμα διαγράφηκε", "Ova poruka je izbrisana", "Det här meddelandet raderades", "Denne besked blev slettet", "Tämä viesti poistettiin",
    "Pesan ini telah dihapus", "Mesej ini telah dipadam", "Tin nhắn này đã bị xóa", "הודעה זו נמחקה", "تم حذف هذه الرسالة", "این پیام حذف شد",
    "یہ پیغام حذف کیا گیا", "यह मैसेज मिटाया गया", "এই মেসেজটি বাদ দেওয়া হয়েছে।", "இத்தகவல் திரும்பப்பெறப்பட்டது", "ข้อความนี้ถูกลบแล้ว", "このメッセージは削除されました。",
    "이 메시지는 삭제되었습니다", "此消息已删除", "此訊息已刪除。", "Aquest missatge s'ha suprimit", "Ujumbe huu ulifutwa", "This message was deleted by admin Zeeshan",
    "Diese Nachricht wurde von Admin Max gelöscht.", "🚫 This message was deleted",
    "Det här meddelandet togs bort", "Du tog bort det här meddelandet", "Acest mesaj a fost şters",
]  # fmt: skip


@pytest.mark.parametrize("text", DELETED)
@pytest.mark.parametrize("iphone", [True, False])
def test_a_deleted_message_is_told_as_such(text, iphone):
    """In WhatsApp's languages, with and without a full stop, by either person or by an administrator."""
    assert said(f"{LRM if iphone else ''}{text}", iphone=iphone).notice == "deleted"


WORDLESS = [
    "<Media omitted>", "<Multimedia omitido>", "<Médias omis>", "<Medien ausgeschlossen>", "<Mídia oculta>", "<Media omessi>", "<Media weggelaten>",
    "<Без медиафайлов>", "<pliki pominięto>", "<Medya dahil edilmedi>", "<メディアは含まれていません>", "<미디어 파일을 생략한 대화내용>", "<省略多媒体文件>", "<מדיה הושמטה>",
    "<تم استبعاد الوسائط>", "<Media tidak disertakan>", "<Zzz qqq www>", "<View once voice message omitted>", "image omitted", "Bild weggelassen", "image absente", "imagem ocultada",
    "图像已忽略", "画像は含まれていません", "null", "Missed voice call", "Llamada perdida", "Appel vidéo manqué", "Verpasster Sprachanruf", "부재중 전화",
    "plan.pdf (file attached)", "plan.pdf (archivo adjunto)", "Mara.vcf (Datei angehängt)", "IMG-20240131-WA0003.jpg (zzz qqq)", "PTT-20240131-WA0001.opus (附件)",
    "location: https://maps.google.com/?q=50.11,8.68", "ubicación: https://maps.google.com/?q=-50.11,8.68", "Voice call, 2 min", "live location shared",
    "Voice call, No answer", "Missed voice call, Tap to call back", "Group video call, 1 hr", "<ფაილი არ არის>",
    "Missed voice call at 10:23 PM", "Verpasster Sprachanruf um 15:05", "Llamada perdida a las 15:05", "Missed group video call", "Пропущений голосовий виклик",
    "Cuộc gọi thoại bị nhỡ", "音声通話の不在着信", "부재중 음성 통화", "ไม่ได้รับสายเสียง", "שיחת וידאו שלא נענתה", "Zmeškaný skupinový hovor",
]  # fmt: skip
IPHONE = [
    f"{LRM}<attached: 00000012-PHOTO-2024-01-31-15-05-20.jpg>", f"{LRM}<adjunto: 00000012-AUDIO-2024.opus>", f"{LRM}<附件：00000012-PHOTO-2024.jpg>",
    f"{LRM}<00000012-PHOTO-2024-01-31.jpg eklendi>", f"Plan.pdf • {LRM}2 pages {LRM}<attached: 00000002-Plan.pdf>", f"Plan.pdf • {LRM}2 pages {LRM}document omitted",
    f"{LRM}Voice call, {LRM}2 min", f"{LRM}Mara added Jo",
    f"2016-06-27-PHOTO-00000001.jpg <{LRM}attached>", f"{LRM}<pièce jointe : 00000003-PHOTO-2024-01-31.jpg>", f"{LRM}<Anhang: Mein Plan.pdf>",
]  # fmt: skip


@pytest.mark.parametrize("text", WORDLESS)
def test_what_stands_for_a_picture_a_file_a_place_or_a_call_is_no_words(text):
    """On any phone and in any language."""
    for found in (said(text, iphone=False), said(text, iphone=True), said(f"{LRM}{text}", iphone=True)):
        assert found.notice == "no words (a picture, a file, a call)"


@pytest.mark.parametrize("text", IPHONE)
def test_what_an_iphone_writes_for_them_is_no_words(text):
    """With its U+200E in the middle, with name and size of a document before it."""
    assert said(text, iphone=True).notice in NOBODYS


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("IMG-20240131-WA0003.jpg (file attached)\nThe door is on the left side.", "The door is on the left side."),
        (f"{LRM}IMG-20240131-WA0003.jpg (xyz)\nThe door is\non the left.", "The door is\non the left."),
        ("<Media omitted>\nThe door is on the left side.", "The door is on the left side."),
        (f"The door is on the left {LRM}<attached: 00000003-PHOTO-2024.jpg>", "The door is on the left"),
        (f"The door is on the left {LRM}image omitted", "The door is on the left"),
        ("POLL:\nWhich day?\nOPTION: Friday (2 votes)\nOPTION: Saturday (0 votes)", "Which day?\nFriday\nSaturday"),
        (f"{LRM}UMFRAGE:\nWann?\n{LRM}OPTION: Heute ({LRM}1 Stimme)\n{LRM}OPTION: Nie ({LRM}0 Stimmen)\n", "Wann?\nHeute\nNie"),
    ],
)
def test_a_caption_and_the_words_of_a_poll_stay(raw, words):
    """The name of the file goes; what the person wrote beneath it or before it is that person's."""
    found = said(raw, iphone=LRM in raw)

    assert (found.text, found.notice) == (words, "")


@pytest.mark.parametrize(
    "text",
    [
        "<3", "<rolls eyes>", "<div>", "</p>", "press <Enter>", "click on <Save as>", "see <the message below>", "plan.pdf (see page 2)", "plan.pdf",
        "Was this message was deleted by you?", "This message was deleted by admin yesterday, why?", "I missed a voice call", "null and void", "a < b > c",
        "Options:\nA: yes (2 of us)\nB: no", "Question:\nWhat now?\nAnswer: yes (2 of us)", "I love https://maps.google.com/?q=Cafe", "see <https://x.org>", "<https://x.org>", "<mailto:bo@x.org>", "write to Bo <bo@x.org>", "<Note: see plan.pdf>", "take <Plan: b.txt>",
 "image omitted, why?", "Voice call, or video call?", "Video call, please", "Missed call from whom", "I missed a call at 3:05 pm", "Llamada perdida a las tres",
        "Dinner at 15:05", "<Happy birthday to you>", "<Ich weiß es nicht>", "Das Feld heißt <Neue Nachricht>", "Leggi <Messaggio importante>",
        "Das Bild weggelassen hat er", "(file attached)", "ok (附件)", "x" * 5000, "<" * 3000, "(" * 3000, "a: " * 2000,
    ],
)  # fmt: skip
def test_ordinary_words_are_left_alone(text):
    """What people type looks like it now and then: it stays as it is, on any phone."""
    for iphone in (True, False):
        found = said(text, iphone=iphone)

        assert (found.text, found.notice, found.edited) == (text, "", False)


def test_no_word_of_the_program_is_trained(tmp_path):
    """A chat of marks alone gives rows of people's words alone, and every message has its reason in the books."""
    texts = [
        "Wo ist das Bild?", "IMG-20240131-WA0003.jpg (Datei angehängt)\nHier ist es ja.", "<Medien ausgeschlossen>", "Das ist schön geworden.",
        "Und der Saal?", "Der ist frei am Abend. <Diese Nachricht wurde bearbeitet.>", "Diese Nachricht wurde gelöscht.", "Warum denn gelöscht?",
    ]  # fmt: skip
    found = taken("whatsapp", chat(tmp_path / "c.txt", "31.01.24, 15:{m} - ", texts), "Tom Reed")

    assert found.rows == [["Wo ist das Bild?", "Hier ist es ja."], ["Und der Saal?", "Der ist frei am Abend."]]
    assert found.books.aside == {
        "no words (a picture, a file, a call)": 1,
        "deleted": 1,
        "your words with nothing before them to answer": 2,
    }


def test_what_a_chat_writes_after_a_picture_it_writes_after_any_file(tmp_path):
    """A file that bears WhatsApp's own name tells the words in a language that no list holds; what a person puts in brackets stays."""
    texts = [
        "Is this it?", "IMG-20240131-WA0003.jpg (zzz qqq)\nYes, just so.",
        "Plan of May.pdf (zzz qqq)", "A fine plan it is.",
        "Which one?", "plan.pdf (the old one)",
    ]  # fmt: skip
    found = taken("whatsapp", chat(tmp_path / "c.txt", "31.01.24, 15:{m} - ", texts), "Tom Reed")

    assert found.rows == [["Is this it?", "Yes, just so."], ["Which one?", "plan.pdf (the old one)"]]


@pytest.mark.parametrize(
    "head",
    [
        "(31/01/2024 15:{m}) ", "31/01/2024, 15:{m}-", "31/01/2024 15:{m} ", "2024년 1월 31일 오후 3:{m}, ", "31/01/2024, 3:{m} PM | ",
        "2024-01-31 15:{m}:20\t",
    ],
)  # fmt: skip
@pytest.mark.parametrize("colon", [": ", " : "])
def test_names_that_follow_the_hour_otherwise_are_people(head, colon, tmp_path):
    """Every line has a date, an hour, a name and words: both people's words never become one note, whatever stands between."""
    path = chat(tmp_path / "c.txt", head)
    path.write_text(path.read_text("utf-8").replace("Holt: ", f"Holt{colon}").replace("Reed: ", f"Reed{colon}"), "utf-8")
    found = taken("auto", path, "Tom Reed")

    assert (found.kind, found.rows, found.faults) == ("whatsapp", PAIRS, [])


def test_the_iphone_of_a_country_with_the_year_first_is_whatsapp(tmp_path):
    """A bracket and the year first are Signal's too; seconds, U+200E or the file's name tell WhatsApp."""
    assert taken("auto", chat(tmp_path / "a.txt", "[2024/01/31 15:{m}:20] "), "Tom Reed").kind == "whatsapp"
    assert taken("auto", chat(tmp_path / "_chat.txt", "[2024/01/31 15:{m}] "), "Tom Reed").kind == "whatsapp"
    assert taken("auto", chat(tmp_path / "b.txt", "[2024-01-31, 15:{m}] "), "Tom Reed").kind == "signal"


def test_a_notice_that_quotes_a_colon_has_no_writer(tmp_path):
    """What the chat says of a new name is nobody's, though a colon stands in the name."""
    path = chat(tmp_path / "c.txt", "31.01.24, 15:{m} - ")
    path.write_text(
        path.read_text("utf-8")
        + '31.01.24, 16:00 - Mara changed the subject to "Choir: Friday"\n31.01.24, 16:01 - Jo created “A: B”\n',
        "utf-8",
    )
    found = taken("whatsapp", path, "Tom Reed")

    assert dict(found.people) == {"Mara Holt": 2, "Tom Reed": 2}
    assert found.books.aside == {"a notice of the chat itself": 2}
