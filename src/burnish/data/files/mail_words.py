"""Words that mail programs write into mails, in the languages they speak: no condition of the rules that find quoted mails, but a help.

From the localised strings of Outlook, Apple Mail, Gmail, Thunderbird and Yahoo, as the public parsers of replies list them.
"""

from __future__ import annotations

import re

_HEAD = (
    "From|Sent|To|Cc|Bcc|Date|Subject|Reply-To|Importance|Attachments|"  # English
    "Von|Gesendet|An|Datum|Betreff|Antwort an|Kopie|Anlagen|Wichtigkeit|"  # German
    "De|Envoyé|Envoyé le|Date d'envoi|À|A|Objet|Sujet|Pour|Copie à|Répondre à|"  # French
    "Enviado|Enviado el|Enviada|Enviada em|Enviado em|Para|Asunto|Assunto|Fecha|Data|CC|"  # Spanish, Portuguese
    "Da|Inviato|Oggetto|Mittente|Rispondi a|Van|Verzonden|Aan|Onderwerp|"  # Italian, Dutch
    "Från|Skickat|Till|Ämne|Kopia|Fra|Sendt|Til|Emne|Dato|Kopi|Frá|Sent þann|Efni|"  # Swedish, Danish, Norwegian, Icelandic
    "Lähettäjä|Lähetetty|Vastaanottaja|Kopio|Aihe|Päivämäärä|Päiväys|Saatja|Saadetud|Adressaat|Teema|Kuupäev|"  # Finnish, Estonian
    "No|Nosūtīts|Kam|Tēma|Nuo|Išsiųsta|Tema|"  # Latvian, Lithuanian
    "Od|Wysłano|Wysłane|Do|DW|Temat|Nadawca|Adresat|Odesláno|Komu|Předmět|Odoslané|Pre|Predmet|Dátum|Kópia|"  # Polish, Czech, Slovak
    "Poslano|Poslato|Za|Zadeva|Šalje|Prima|Naslov|Tema|Шаље|Послато|За|Послано|"  # Slovenian, Croatian, Serbian
    "Feladó|Küldve|Elküldve|Címzett|Másolatot kap|Másolat|Tárgy|De la|Trimis|Către|Subiect|Subiectul|Expeditorul|Destinatarul|Dată|"
    "От|Отправлено|Кому|Копия|Тема|Дата|Отправитель|Від|Від кого|Надіслано|Відправлено|Копія|Ад|Каму|"  # Russian, Ukrainian
    "Изпратено|До|Относно|Копие|Από|Στάλθηκε|Εστάλη|Προς|Κοιν.|Κοινοποίηση|Θέμα|Ημερομηνία|"  # Bulgarian, Greek
    "Kimden|Gönderen|Gönderildi|Gönderilen|Gönderme Tarihi|Kime|Konu|Tarih|Bilgi|Dari|Dikirim|Kepada|Subjek|Perihal|Tanggal|"
    "Từ|Người gửi|Đã gửi|Gửi|Ngày|Tới|Đến|Người nhận|Chủ đề|Enviat|Per a|A/c|Assumpte|Nork|Nori|Gaia|"  # Vietnamese, Catalan, Basque
    "من|تم الإرسال|تاريخ الإرسال|إلى|الموضوع|نسخة|التاريخ|از|ارسال|ارسال شده|به|موضوع|تاریخ|"  # Arabic, Persian
    "מאת|נשלח|תאריך|אל|עותק|נושא|จาก|ส่ง|ส่งเมื่อ|วันที่|ถึง|สำเนา|เรื่อง|หัวเรื่อง|प्रेषक|से|भेजा गया|को|विषय|दिनांक|"  # Hebrew, Thai, Hindi
    "差出人|送信者|送信元|送信日時|日時|日付|宛先|送信先|件名|보낸 사람|보낸사람|보낸 날짜|날짜|받는 사람|받는사람|참조|제목|"  # Japanese, Korean
    "发件人|发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件者|寄件日期|傳送時間|收件者|副本|主旨|發件人|收件人|主題|寄件人"
)  # fmt: skip
HEAD_WORDS = frozenset(word.casefold() for word in _HEAD.split("|"))
"""What stands before the colon in the head of a quoted mail."""
_SUBJECT = (
    "Subject|Betreff|Objet|Sujet|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne|Efni|Aihe|Teema|Tēma|Tema|Temat|Předmět|Predmet|Zadeva|"
    "Naslov|Тема|Tárgy|Subiect|Subiectul|Относно|Θέμα|Konu|Subjek|Perihal|Chủ đề|Assumpte|Gaia|الموضوع|موضوع|נושא|เรื่อง|หัวเรื่อง|विषय|"
    "件名|제목|主题|主旨|主題"
)
SUBJECT_WORDS = frozenset(word.casefold() for word in _SUBJECT.split("|"))
"""Those of them that name the subject, which every head of a mail has."""

WROTE = (
    r"wrote|writes|schrieb|schreibt|geschrieben|schreef|geschreven|skreau|a écrit|écrit|ha scritto|scritto|escribió|ha escrito|ha escrit|"
    r"escribiu|escreveu|skrev|skreiv|skrifaði|följande|følgende|kirjoitti|kirjutas|rakstīja|rašė|napisał\(?a?\)?|pisze|napsal\(?a?\)?|"
    r"napísal\(?a?\)?|je napisao(?:/la|/-la)?|je napisala?|je napisal\(?a?\)?|napisao|napisala|napisa|írta|ezt írta|a scris|shkroi|idatzi zuen|"
    r"написала?|написал\(?а?\)?|напісаў|написав|написа|пишет|пише|έγραψε|yazdı|şunu yazdı|menulis|đã viết|viết|"
    r"كتب|كتبت|نوشت|כתב|כתבה|כתב/ה|เขียน|ने लिखा|লিখেছেন|écrivait|tarihinde|от"
)
"""That somebody wrote, as the line above a quote says it."""
WROTE_UNSPACED = r"書きました|写道|寫道|写于|寫於|のメール|のメッセージ|작성|쓴 글|เขียน"
"""The same in languages that write it together with other words."""

PRONOUN_WROTE = re.compile(
    r"(?<!\w)(?:(?:I|we|he|she|they)\s(?:wrote|writes?)|schr(?:ieb|eibt)\s(?:ich|er|sie|wir)|(?:ich|er|sie|wir)\s(?:schrieb|schreibt)|"
    r"(?:j['’]ai|je\s\w+\sai|tu\sas|il\s(?:\w+\s)?a|elle\s(?:\w+\s)?a|nous\savons)\sécrit|ho\sscritto|schreef\s(?:ik|hij|zij|ze|we)|"
    r"(?:ik|hij|zij|ze)\sschreef|skrev\s(?:jag|jeg|eg|han|hon|hun|vi)|(?:jag|jeg|eg|han|hon|hun|vi)\sskrev|kirjoitin|"
    r"(?:eu|ele|ela)\sescreveu|(?:él|ella)\sescribió|я\s(?:на)?писала?|я\s(?:на)?писав)(?!\w)"
)
"""That I, he or she wrote: what a person says, and no program does, which writes the name. Small letters: Han is a name too."""

FORWARDED = re.compile(
    r"^[>\s]*(?:Begin forwarded message|Forwarded message|Začátek přeposílané zprávy|Start på videresendt besked|"
    r"Anfang der weitergeleiteten (?:Nachricht|E-Mail)|Inicio del mensaje reenviado|Välitetty viesti alkaa|"
    r"Début du message (?:réexpédié|transféré)|Započni proslijeđenu poruku|Továbbított levél kezdete|Inizio messaggio inoltrato|"
    r"Begin doorgestuurd bericht|Videresendt melding|Początek przekazywanej wiadomości|Início da mensagem (?:re)?encaminhada|"
    r"Începe mesajul redirecționat|Начало переадресованного сообщения|Začiatok preposlanej správy|Vidarebefordrat mejl|"
    r"İleti başlangıcı|Початок листа, що пересилається|転送されたメッセージ|以下是转发的邮件|開始轉寄郵件|전달된 메시지)\s*[:：]\s*$",
    re.IGNORECASE,
)
"""The line with which Apple Mail and others begin a mail that is passed on."""

SENT_FROM = re.compile(
    r"^(Sent (from|with|via) (my|Sparrow|Mail|Outlook|Proton|Yahoo|Samsung)|Get Outlook for (iOS|Android|Mac|Windows)|Von meine[mr]\b.{1,40}\bgesendet|"
    r"Envoyé de(puis)? mon|Enviado (desde|do) m|Inviato da|Verstuurd vanaf|Skickat från|Отправлено с)\b.{0,80}$",
    re.IGNORECASE,
)
DEVICES = (
    "iphon",
    "ipad",
    "android",
    "outlook",
    "samsung",
    "galaxy",
    "huawei",
    "xiaomi",
    "redmi",
    "yahoo",
    "gmail",
    "blackberry",
    "gmx",
    "ios",
    "mail für windows",
    "mail voor windows",
    "correo para windows",
    "email para windows",
    "courrier pour windows",
    "posta per windows",
    "e-post för windows",
    "e-mail til windows",
    "почта для windows",
)
SENT_BY = re.compile(
    r"^(Gesendet (von|mit|über)|Diese Nachricht wurde von meinem|Hol(en Sie sich| dir)? Outlook|Outlook für|Envoyé (depuis|à partir|avec|via)|"
    r"Télécharger Outlook|Obtenir Outlook|Enviad[oa] (desde|do|de|a partir|con)|Obtener Outlook|Obter o Outlook|Obtenha o Outlook|"
    r"Scarica Outlook|Ottieni Outlook|Verzonden (van\w*|met|via)|Outlook voor|Download Outlook|Hämta Outlook|Sendt fra|Sendt med|"
    r"Hent Outlook|Skaff deg Outlook|Få Outlook|Lähetetty|Hanki Outlook|Отправлено|Скачать Outlook|Надіслано|Завантажити Outlook|"
    r"Wysłan[eoay]|Pobierz|Odesláno|Odoslané|Získ(ejte|ajte)|Poslano|Poslato|Послато|Изпратено|Trimis|Descărcați|Elküldve|Küldve|"
    r"Στάλθηκε|Εστάλη|Λήψη του|Gửi từ|Đã gửi từ|Dikirim dari|Dihantar|أ?ُ?رسلت? من|تم الإرسال من|نُشر|ارسال شده|נשלח מ|ส่งจาก|"
    r"发自|從我的|从我的|傳送自|(下载|取得|获取)( ?适用于.{1,10}的)? ?Outlook|Skaffa Outlook|Obțineți Outlook|Получить Outlook|"
    r"(iOS|Android) ?(版 Outlook を入手|용? ?Outlook 받기|için Outlook|için Outlook'u edinin)|(나의|내) [\w ]+에서 (보냄|보냈습니다\.?|보낸 메일)|iPhoneから送信|iPadから送信|(iPhone|iPad)'?[ıu]mdan gönderildi"
    r")[^.!?。:：]{0,60}$",
    re.IGNORECASE,
)
"""What telephones write beneath a mail; the second in a line that names one of the `DEVICES`."""
