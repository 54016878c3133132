"""The quoted mail beneath an answer, in every language: its head, the line that tells who wrote, and what only looks like either."""

from __future__ import annotations

import textwrap

import pytest
from mailing import answered

from burnish.data.files.quote_head import Around, bare_subject
from burnish.data.files.reply import reply_of

YES = "Yes, it is."
HERE = Around("Re: hall", lambda: ("Tom Reed", "Mara Holt"))
HEADS = """\
de|Von|Gesendet|An|Betreff|Montag, 5. Mai 2025 10:01
fr|De |Envoyé |À |Objet |lundi 5 mai 2025 10:01
es|De|Enviado el|Para|Asunto|lunes, 5 de mayo de 2025 10:01
pt|De|Enviada em|Para|Assunto|segunda-feira, 5 de maio de 2025 10:01
it|Da|Inviato|A|Oggetto|lunedì 5 maggio 2025 10:01
nl|Van|Verzonden|Aan|Onderwerp|maandag 5 mei 2025 10:01
sv|Från|Skickat|Till|Ämne|den 5 maj 2025 10:01
fi|Lähettäjä|Lähetetty|Vastaanottaja|Aihe|maanantai 5. toukokuuta 2025 10.01
hu|Feladó|Elküldve|Címzett|Tárgy|2025. május 5., hétfő 10:01
tr|Kimden|Gönderildi|Kime|Konu|5 Mayıs 2025 Pazartesi 10:01
ru|От|Отправлено|Кому|Тема|5 мая 2025 г. 10:01
bg|От|Изпратено|До|Относно|понеделник, 5 май 2025 г. 10:01
hr|Šalje|Poslano|Prima|Predmet|5. svibnja 2025. 10:01
sl|Od|Poslano|Za|Zadeva|ponedeljek, 05. maj 2025 10:01
sr|Шаље|Послато|За|Тема|понедељак, 5. мај 2025. 10:01
lt|Nuo|Išsiųsta|Kam|Tema|2025 m. gegužės 5 d. 10:01
lv|No|Nosūtīts|Kam|Tēma|pirmdiena, 2025. gada 5. maijs 10:01
et|Saatja|Saadetud|Adressaat|Teema|esmaspäev, 5. mai 2025 10:01
he|מאת|\u200f\u200fנשלח|אל|נושא|יום שני 05 מאי 2025 10:01
fa|از|ارسال شده|به|موضوع|دوشنبه ۵ مه ۲۰۲۵ ۱۰:۰۱
ar|من|تم الإرسال|إلى|الموضوع|الإثنين، ٥ مايو، ٢٠٢٥ ١٠:٠١ ص
th|จาก|ส่ง|ถึง|เรื่อง|5 พฤษภาคม 2568 10:01
hi|प्रेषक|भेजा गया|को|विषय|सोमवार 5 मई 2025 10:01
vi|Từ|Đã gửi|Tới|Chủ đề|Thứ Hai, 5 tháng 5, 2025 10:01 SA
ko|보낸 사람|보낸 날짜|받는 사람|제목|2025년 5월 5일 월요일 오전 10:01
zh|发件人|发送时间|收件人|主题|2025年5月5日 10:01
tw|寄件者|寄件日期|收件者|主旨|2025年5月5日 上午 10:01
ka|გამგზავნი|გაგზავნილია|მიმღები|თემა|ორშაბათი, 5 მაისი, 2025 10:01
hy|Ուղարկող|Ուղարկված|Ում|Թեմա|5 մայիսի 2025 10:01
ta|அனுப்புநர்|அனுப்பப்பட்டது|பெறுநர்|பொருள்|5 மே 2025 10:01
my|ပေးပို့သူ|ပို့ပြီး|သို့|အကြောင်းအရာ|2025 မေ 5 10:01
km|ពី|បានផ្ញើ|ទៅ|ប្រធានបទ|5 ឧសភា 2025 10:01
am|ከ|የተላከው|ለ|ርዕስ|5 ሜይ 2025 10:01
sw|Kutoka|Ilitumwa|Kwenda|Mada|5 Mei 2025 10:01
cy|Oddi wrth|Anfonwyd|At|Pwnc|5 Mai 2025 10:01
eu|Nork|Bidalia|Nori|Gaia|2025(e)ko maiatzaren 5(a) 10:01
kk|Кімнен|Жіберілген|Кімге|Тақырып|2025 ж. 5 мамыр 10:01
sq|Nga|Dërguar|Për|Subjekti|5 maj 2025 10:01
mk|Од|Пратено|До|Тема|5 мај 2025 10:01
bn|প্রেরক|পাঠানো হয়েছে|প্রাপক|বিষয়|৫ মে, ২০২৫ ১০:০১
""".splitlines()
"""Language, Outlook's words for From, Sent, To and Subject, and a date as it writes one; some in languages that no list here knows."""
WROTE = """\
On Mon, May 5, 2025 at 10:01 AM Mara Holt <mara@example.org> wrote:
On Monday, May 5th, 2025 at 10:01 AM, Mara Holt <mara@example.org> wrote:
On 05/05/2025 10:01, Mara Holt wrote:
Am Mo., 5. Mai 2025 um 10:01 Uhr schrieb Mara Holt <mara@example.org>:
Am 05.05.25 um 10:01 schrieb Mara Holt:
Am 05.05.2025 um 10:01 hat Mara Holt geschrieben:
Mara Holt <mara@example.org> schrieb am Mo., 5. Mai 2025, 10:01:
Le lun. 5 mai 2025 à 10:01, Mara Holt <mara@example.org> a écrit :
Le 05/05/2025 à 10:01, Mara Holt a écrit :
El lun, 5 may 2025 a las 10:01, Mara Holt (<mara@example.org>) escribió:
El 5/5/25 a las 10:01, Mara Holt escribió:
Il giorno lun 5 mag 2025 alle ore 10:01 Mara Holt <mara@example.org> ha scritto:
Il 05/05/2025 10:01, Mara Holt ha scritto:
Em seg., 5 de mai. de 2025 às 10:01, Mara Holt <mara@example.org> escreveu:
Mara Holt <mara@example.org> escreveu (segunda, 5/05/2025 à(s) 10:01):
Às 10:01 de 05/05/2025, Mara Holt escreveu:
Op ma 5 mei 2025 om 10:01 schreef Mara Holt <mara@example.org>:
Op 5-5-2025 om 10:01 heeft Mara Holt <mara@example.org> het volgende geschreven:
Den mån 5 maj 2025 kl 10:01 skrev Mara Holt <mara@example.org>:
Den 2025-05-05 kl. 10:01, skrev Mara Holt:
man. 5. mai 2025 kl. 10:01 skrev Mara Holt <mara@example.org>:
Den man. 5. maj 2025 kl. 10.01 skrev Mara Holt <mara@example.org>:
ma 5. toukok. 2025 klo 10.01 Mara Holt (mara@example.org) kirjoitti:
Mara Holt kirjoitti 5.5.2025 klo 10.01:
pon., 5 maj 2025 o 10:01 Mara Holt <mara@example.org> napisał(a):
W dniu 5.05.2025 o 10:01, Mara Holt pisze:
Dnia 5 maja 2025 10:01 Mara Holt <mara@example.org> napisał(a):
po 5. 5. 2025 v 10:01 odesílatel Mara Holt <mara@example.org> napsal:
Dne 05. 05. 25 v 10:01 Mara Holt napsal(a):
po 5. 5. 2025 o 10:01 Mara Holt <mara@example.org> napísal(a):
Mara Holt <mara@example.org> ezt írta (időpont: 2025. máj. 5., H, 10:01):
2025. 05. 05. 10:01 keltezéssel, Mara Holt írta:
În lun., 5 mai 2025 la 10:01, Mara Holt <mara@example.org> a scris:
La 05.05.2025 10:01, Mara Holt a scris:
пн, 5 мая 2025 г. в 10:01, Mara Holt <mara@example.org>:
05.05.2025 10:01, Mara Holt пишет:
5 мая 2025 г., в 10:01, Mara Holt <mara@example.org> написал(а):
пн, 5 трав. 2025 р. о 10:01 Mara Holt <mara@example.org> пише:
На пн, 5.05.2025 г. в 10:01 Mara Holt <mara@example.org> написа:
Στις Δευ 5 Μαΐ 2025 στις 10:01 π.μ., ο/η Mara Holt <mara@example.org> έγραψε:
5 May 2025 Pzt, 10:01 tarihinde Mara Holt <mara@example.org> şunu yazdı:
Mara Holt <mara@example.org>, 5 May 2025 Pzt, 10:01 tarihinde şunu yazdı:
pon, 5. svi 2025. u 10:01 Mara Holt <mara@example.org> napisao je:
V V pon., 5. maj 2025 ob 10:01 je oseba Mara Holt <mara@example.org> napisala:
2025-05-05, pr, 10:01 Mara Holt <mara@example.org> rašė:
pirmd., 2025. g. 5. maijs, plkst. 10:01 — lietotājs Mara Holt (<mara@example.org>) rakstīja:
Kontakt Mara Holt (<mara@example.org>) kirjutas kuupäeval E, 5. mai 2025 kell 10:01:
Pada Sen, 5 Mei 2025 pukul 10.01 Mara Holt <mara@example.org> menulis:
Vào Th 2, 5 thg 5, 2025 vào lúc 10:01 Mara Holt <mara@example.org> đã viết:
ในวันที่ จ. 5 พ.ค. 2025 เวลา 10:01 Mara Holt <mara@example.org> เขียนว่า:
सोम, 5 मई 2025 को 10:01 am बजे को Mara Holt <mara@example.org> ने लिखा:
في الاثنين، ٥ مايو ٢٠٢٥ في ١٠:٠١ ص تمت كتابة ما يلي بواسطة Mara Holt <mara@example.org>:
\u202bבתאריך יום ב׳, 5 במאי 2025 ב-10:01 מאת \u202aMara Holt\u202c\u200f <\u202amara@example.org\u202c\u200f>:\u202c
در تاریخ دوشنبه ۵ مهٔ ۲۰۲۵، ۱۰:۰۱ Mara Holt <mara@example.org> نوشت:
Mara Holt <mara@example.org> 于2025年5月5日周一 10:01写道：
在 2025年5月5日，10:01，Mara Holt <mara@example.org> 写道：
Mara Holt <mara@example.org> 於 2025年5月5日 週一 上午10:01寫道：
2025年5月5日(月) 10:01 Mara Holt <mara@example.org>:
2025/05/05 10:01、Mara Holt <mara@example.org>のメール:
Mara Holtさんは2025年5月5日 10:01に書きました:
2025/05/05 10:01, Mara Holtさんは書きました：
2025년 5월 5일 (월) 오전 10:01, Mara Holt <mara@example.org>님이 작성:
---- On Mon, 05 May 2025 10:01:00 +0200 Mara Holt <mara@example.org> wrote ----
El dl., 5 de maig 2025 a les 10:01, Mara Holt (<mara@example.org>) va escriure:
Ar Llun, 5 Mai 2025 am 10:01, ysgrifennodd Mara Holt <mara@example.org>:
ორშ, 5 მაი, 2025-ზე, 10:01-ზე Mara Holt-მ (<mara@example.org>) დაწერა:
Tarehe Jumatatu, 5 Mei 2025 saa 10:01 Mara Holt <mara@example.org> aliandika:
Ngày 05/05/2025 10:01, Mara Holt viết:
Quoting Mara Holt <mara@example.org>:
Zitat von Mara Holt <mara@example.org>:
Mara Holt wrote:
* Mara Holt <mara@example.org> [2025-05-05 10:01]:
>>> Mara Holt <mara@example.org> 05/05/2025 10:01 >>>
""".splitlines()


def _shapes(colon, sender, sent, to, subject, date):
    """Yield the text under an answer as programs write it: Outlook's forms, Gmail's, Apple's, and what HTML becomes."""
    head = [
        f"{sender}{colon} Mara Holt <mara@example.org>",
        f"{sent}{colon} {date}",
        f"{to}{colon} Tom Reed <tom@example.org>",
        f"{subject}{colon} hall",
    ]
    outlook = "\n".join(head) + "\n\nQUOTED\nNote: bring a coat"
    yield "\n\n" + outlook
    yield "\n" + outlook
    yield "\n\n________________________________\n" + outlook.replace("hall", "something else")
    yield f"\n\n-----{subject}-----\n" + outlook.replace("hall", "something else")
    yield "\n\n" + outlook.replace(" <mara@example.org>", "").replace(" <tom@example.org>", "")
    yield "\n\n" + outlook.replace(f"\n{subject}", f"\nCc{colon} Jo Lee <jo@example.org>;\n Al <al@example.org>\n{subject}")
    yield "\n\n" + "\n".join("*" + line.replace(colon, f"{colon}*", 1) for line in head) + "\n\nQUOTED"
    yield "\n\n" + outlook.replace("hall", "something else")
    yield "\n\n" + "\n\n".join(head) + "\n\nQUOTED"
    yield "\n\n" + "\n".join("\u200f" + line.replace(colon, f"{colon}\u200e", 1) for line in head) + "\n\nQUOTED"
    yield "\n\n" + "\n".join([head[0], head[1], f"{subject}{colon} RE: hall"]) + "\n\nQUOTED"
    yield "\n\n" + "\n".join([head[0], f"{subject}{colon} Aw: hall", head[1], head[2]]) + "\n\nQUOTED"
    yield f"\n\n---------- Forwarded message ---------\n{head[0]}\nDate: {date}\nSubject: x\nTo: Tom <tom@example.org>\n\nQUOTED"


@pytest.mark.parametrize("row", HEADS, ids=lambda row: row.split("|")[0])
def test_heads_in_every_language(row):
    """Nothing of the head or below it is left, with any colon, bold, spaced, after a rule or not, with names alone."""
    _, *words, date = row.split("|")
    for colon in (":", "：", " :"):
        for text in _shapes(colon, *words, date):
            assert reply_of(YES + text, HERE) == YES, text


@pytest.mark.parametrize("line", WROTE)
def test_lines_that_tell_who_wrote(line):
    """The line goes, on one line or broken in two, above a marked quote, between, and above one without marks."""
    quote = "> Is it?\n> Mara\n"
    broken = "\n".join(textwrap.wrap(line, 60))
    texts = [f"{YES}\n\n{line}\n{quote}", f"{YES}\n\n{line}\n\n{quote}", f"{YES}\n{line}\n{quote}", f"{YES}\n\n{broken}\n{quote}"]
    texts.append(f"{line}\n{quote}\n{YES}\n")
    if "2025" in line.replace("25", "2025") and not line.startswith("*"):
        texts += [f"{YES}\n\n{line}\n\nIs it?\nMara\n", f"{YES}\n\n{broken}\n\nIs it?\n"]
    for text in texts:
        assert reply_of(text, HERE) == YES, text


@pytest.mark.parametrize(
    "text",
    [
"Agenda:\n\nTopic: hall\nDate: 5 May 2025 10:00\nPlace: Town hall\nBring: keys",
"Topic: hall\nDate: 5 May 2025 10:00\nPlace: Town hall\nRSVP: mara@example.org",
"My address:\n\nName: Tom Reed\nStreet: Mill Lane 5\nTown: 12345 Ham\nMail: tom@example.org",
"Ok.\n\nFlour: 500 g\nSugar: 100 g\nEggs: 3\nOven: 180 degrees, 10:30 minutes",
"These are the hours.\n\nOd: 10:00\nDo: 12:00\nData: 5.5.2025",
        "These are the hours.\n\nFrom: 10:00\nTo: 12:00\nDate: 5 May 2025\nSubject: dance",
        "My trip is this.\n\nVon: Berlin\nAn: Hamburg\nDatum: 5.5.2025",
"My trip is this.\n\nFrom: Berlin\nTo: Hamburg\nDate: 5 May 2025, 10:30",
"My trip is this.\n\nFrom: Berlin Hbf\nTo: Hamburg Hbf\nDate: 5 May 2025\nDeparture: 10:01\nArrival: 12:30\n\nBuy it soon.",
"Ton trajet.\n\nDe: Paris\nÀ: Lyon\nDate: 5 mai 2025 10:01\nPrix: 20 euros\n\nBon voyage.",
"El viaje.\n\nDe: Madrid\nA: Sevilla\nFecha: 5 de mayo de 2025, 10:01\nPara: dos personas\n\nHasta luego.",
"Pot.\n\nOd: Ljubljana\nDo: Koper\nZa: 2 osebi\nDatum: 5. 5. 2025 10:01\n\nSe vidimo tam.",
"My trip.\n\nFrom: Berlin\nTo: Hamburg\nDate: 5 May 2025, 10:30\nTickets: tickets@example.org\n\nBye now.",
"The plan.\n\nDate: 5 May 2025\nFrom: 10:00\nTo: 12:00\nPlace: hall\nContact: mara@example.org\n\nSee you there.",
"Booked.\n\nGuest: Mara Holt <mara@example.org>\nFrom: 5.5.2025 10:00\nTo: 6.5.2025 12:00\nRoom: hall\n\nSee you.",
"Bitte so.\n\nAn: Tom Reed\nIBAN: DE02120300000000202051\nBetreff: hall\nDatum: 5.5.2025\n\nDanke dir.",
"I wrote this letter.\n\nTo: Town council\nSubject: hall\nDate: 5 May 2025\n\nDear all, we want it.",
"Type this.\n\nFrom: tom@example.org\nTo: mara@example.org\nSubject: test\n\nThen a dot.",
"Prices.\n\n| Room | Price |\n| Hall | 20 |\n| Boat | 30 |\n\nAll in euros.",
"People.\n\n| Name | Mail |\n| Mara | mara@example.org |\n| Tom | tom@example.org |\n| Date | 5.5.2025 10:00 |\n\nAll here.",
"Contact data:\n\nName: Mara Holt\nMail: mara@example.org\nBorn: 5.5.1980\nPhone: 555",
"Hall: yes\nBoat: no\nKeys: with Jo\n\nTom",
"From 5 to 7: hall\nFrom 7 to 9: boat",
"Event: hall\nOrganizer: Mara Holt\nWhen: 5 May 2025 10:00\nWhere: Town",
"Ort: Halle 3\nZeit: 10:30\nThema: hall\nGast: Jo",
"I changed it on 5 May 2025 at 10:01 for Mara:\n\nthe list\nthe keys",
"The options are:\n\n--- Option 1 ---\nPrice: 5\nDate: 2025\nSize: 10\n\n--- Option 2 ---\nPrice: 7",
"Die Zeiten am 5.5.2025:\n\n10:00 Jo\n11:00 Al",
"Here is the time (10:30):\n\nbring it",
"For 2025 we need:\n- keys\n- boats",
"See mara@example.org for this:\n\nkeys\nboats",
"Hi,\n\nOn Monday I wrote:\n\nthe list.\n\nBye",
"On 5 May 2025 Mara said:\n\nall is well.",
"My iPhone is broken.",
"Lost my iPhone",
"Hello there.\n\nOn 5 May 2025 at 10:01 I wrote:\n\nplease come\n\nShe did not come.",
"Hallo du.\n\nAm 5.5.2025 um 10:30 schrieb ich:\n\ndas Lied.\n\nEs ist schön.",
"Salut.\n\nLe 5 mai 2025 à 10:30, j'ai écrit :\n\nla chanson.",
"Dag.\n\nOp 5 mei 2025 om 10:30 schreef ik:\n\nhet lied.",
"So do it.\n\nPlease write by 5 May 2025 to Mara Holt <mara@example.org>:\n\nshe has the keys.",
"You should do this:\n\nGet Outlook for the office PC. It is good.\n\nThen call me.",
"The guide is here: https://aka.ms/abc for outlook, read it.\n\nThen call me.",
"The guide for Outlook on iOS <https://aka.ms/abc>, read it.\n\nThen call me.",
"It went off today.\n\nGesendet mit DHL am Montag nach Windows\n\nSee you.",
"Liebe Mara,\n\nam 5. Mai komme ich.\n\nGruß",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_head_or_a_line_above_a_quote(text):
    """A person's own lists, addresses, recipes, trips and sentences stay as they are, beneath a line or first."""
    mine = Around("Re: hall", HERE.named, mine=True)

    assert reply_of(text, HERE) == text
    assert reply_of(text, mine) == text
    assert reply_of(text.partition("\n\n")[2], mine) == text.partition("\n\n")[2]
    assert reply_of(f"So it is.\n\n{text}", mine) == f"So it is.\n\n{text}"


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("See you at 10:30.\nOn 5 May 2025, at 10:01, Mara <m@x.org> wrote:\n> Hi", "See you at 10:30."),
        ("See you at 10:30.\nMara <m@x.org> wrote:\n> Hi", "See you at 10:30."),
        ("> a\nYes.\n\n>From here on it is mine.\n", "Yes.\n\nFrom here on it is mine."),
        (">a\n>From there\nYes it is.", "Yes it is."),
        ("Yes.\n\n------- Original Message -------\nOn Monday, May 5th, 2025 at 10:01, Mara <m@x.org> wrote:\n\nHi", "Yes."),
        ("Yes.\n\nWysłane z iPhone’a\n\nOd: Mara <m@x.org>\nWysłano: 5 maja 2025 10:01\nDo: Tom\nTemat: hall\n\nHi", "Yes."),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.\n- - one\n-----BEGIN PGP SIGNATURE-----\n\nabc\n", "Yes.\n- one"),
        ("سلام، می\u200cآیم 👨\u200d👩\u200d👧\n\nاز: Mara <m@x.org>\nارسال: ۵ مه ۲۰۲۵ ۱۰:۰۱\nبه: Tom\nموضوع: hall\n\nHi", "سلام، می\u200cآیم 👨\u200d👩\u200d👧"),
    ],
)  # fmt: skip
def test_what_stands_around_a_quote(text, reply):
    """The sentence before stays, joiners within words too; escapes of mailboxes, words of forwarding, telephones and PGP's marks go."""
    assert reply_of(text, HERE) == reply


@pytest.mark.parametrize("row", [HEADS[0], HEADS[2], HEADS[10], HEADS[31], HEADS[33]], ids=lambda row: row.split("|")[0])
@pytest.mark.parametrize(
    "own",
    [
        "Yes.\n\nPS: bring the keys.",
        "Yes.\n\nTom Reed\nTel: 0123 456789",
        "The hours:\n\nFriday: 6-9\nSaturday: no",
        "Yes.\n\nTom\nMail: tom@x.org\nWeb: x.org",
    ],
)
def test_lines_of_ones_own_above_a_head_stay(own, row):
    """A line `word: value` that the writer put right above a head is the writer's, in HTML's paragraphs too."""
    _, sender, sent, to, subject, date = row.split("|")
    head = [f"{sender}: Mara Holt <mara@x.org>", f"{sent}: {date}", f"{to}: Tom Reed <tom@x.org>", f"{subject}: hall", "QUOTED"]
    for text in (f"{own}\n\n" + "\n".join(head), f"{own}\n\n" + "\n\n".join(head)):
        assert reply_of(text, HERE) == own, text


def test_heads_of_names_alone_among_others():
    """In a language that no list knows, a writer is found among those to whom the mail went."""
    head = (
        "Ó: Holt, Mara\nSeolta: Dé Luain 5 Bealtaine 2025 10:01\nChuig: Reed, Tom; Lee, Jo\nCc: Al Fox; Di Roe\nÁbhar: hall\n\nQ"
    )

    assert reply_of(f"{YES}\n\n{head}", HERE) == YES


@pytest.mark.parametrize("line", ["Received: from a by b; 5 May 2025", "Return-Path: <>", "X-Spam: no", "MIME-Version: 1.0"])
def test_heads_with_all_their_lines(line):
    """A mail that is quoted as it was sent begins with lines of its programs, which go too."""
    head = f"{line}\nFrom: Jo <jo@x.org>\nDate: Mon, 05 May 2025 10:01:00 +0000\nTo: Al <al@x.org>\nSubject: something else\n\nQ"

    assert reply_of(f"{YES}\n\n{head}", HERE) == YES


@pytest.mark.parametrize(
    "head",
    [
        "Od: Mara Holt\nDatum: 5. 5. 2025\nKomu: Jo\nPředmět: something else",
        "Von: Mara Holt\nDatum: 5. Mai 2025\nBetreff: something else",
        "От: Mara\nОтправлено: четверг, 26 июня 2014 г. 15:05\nКому: Alex",
    ],
)
def test_heads_of_names_alone_with_known_words(head):
    """Without an address, without a clock, with a changed subject or none: the words of mail programs in their order are a head."""
    assert reply_of(f"{YES}\n\n{head}\n\nQ", HERE) == YES


def test_heads_in_the_rows_of_a_table():
    """NetEase writes a quoted mail's head as a table."""
    head = "---- 回复的原邮件 ----\n| 发件人 | Mara<mara@x.org> |\n| 日期 | 2025年05月05日 10:01 |\n| 收件人 | Tom<tom@x.org> |\n| 主题 | hall |\nQ"

    assert reply_of(f"{YES}\n\n{head}", HERE) == YES


@pytest.mark.parametrize(
    "line",
    [
        "Outlook für iOS<https://aka.ms/o0ukef> beziehen",
        "Obtener Outlook para Android<https://aka.ms/AAb9ysg>",
        "Pobierz aplikację Outlook dla systemu iOS<https://aka.ms/o0ukef>",
        "iOS 版 Outlook を入手",
        "获取 Outlook for iOS<https://aka.ms/o0ukef>",
        "iOS용 Outlook 받기",
        "Pata Outlook ya iOS<https://aka.ms/o0ukef>",
        "Von meinem/meiner Galaxy gesendet",
        "나의 Galaxy에서 보냈습니다.",
        "Gesendet von Mail für Windows",
        "Enviado desde Correo para Windows",
    ],
)
def test_lines_that_telephones_write(line):
    """The line under a mail goes, with its link or without, above a head or last."""
    assert reply_of(f"{YES}\n\n{line}", HERE) == YES
    assert (
        reply_of(f"{YES}\n\n{line}\n____________\nDe: M <m@x.org>\nSent: 5 May 2025 10:01\nTo: T\nSubject: z\n\nQ", HERE) == YES
    )


def test_a_mail_that_is_passed_on_without_a_word():
    """Of me it is nothing to learn; of another it is what I answered."""
    passed = "From: Jo <jo@x.org>\nDate: 5 May 2025 10:01\nSubject: hall\nTo: Mara <m@x.org>\n\nIt is free."

    assert reply_of(passed, Around("Fwd: hall", tuple, mine=True)) == ""
    assert reply_of(passed, Around("Fwd: hall")) == passed
    assert reply_of(f"{passed[:-11]}> It is free.\n\nYes, it is.", Around("Re: hall", tuple, mine=True)) == YES


@pytest.mark.parametrize(
    "subject", ["hall", "Re: hall", "AW: Re: hall", "回复：hall", "RE : Hall", "[list] Odp: hall", "Re[2]: hall", "YNT: hall"]
)
def test_subjects_are_the_same_whatever_stands_before_them(subject):
    """The words for an answer or a forwarding go, in any language, and the tag of a list."""
    assert bare_subject(subject) == "hall"


@pytest.mark.parametrize(
    "piece", ["Od: a@b.org 2025\n", "Od: a\n\n", "x: 10:01 2025 <a@b>:\n", "-- a --\n", "> a: 5\n", ">From a\n", "5 10:01 a@b"]
)
def test_hostile_texts_take_no_longer_than_their_length(piece):
    """Twenty thousand repetitions of what begins a head are read at once."""
    assert isinstance(reply_of(piece * 20_000, HERE), str)


def test_a_page_with_bold_heads(tmp_path):
    """Of Outlook's page in HTML, in a language that no list knows, the answer alone is left."""
    page = (
        "<p class=MsoNormal>Ndiyo, ni bure.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal>"
        "<b>Kutoka:</b> Mara Holt &lt;mara@example.org&gt;<br><b>Ilitumwa:</b> 5 Mei 2025 10:01<br><b>Kwenda:</b> Tom Reed<br>"
        "<b>Mada:</b> hall</p></div><p class=MsoNormal>QUOTED</p>"
    )

    assert answered(tmp_path, page, kind="text/html; charset=utf-8").rows == [["Is it free?", "Ndiyo, ni bure."]]


def test_cells_of_a_table_are_parted(tmp_path):
    """What stands in two cells is no one word."""
    page = "<p>Prices are these.</p><table><tr><th>Room</th><td>20</td></tr><tr><td>Boat</td><td><b>30</b></td></tr></table>"

    assert answered(tmp_path, page, kind="text/html; charset=utf-8").rows == [
        ["Is it free?", "Prices are these.\n\nRoom 20\nBoat 30"]
    ]
