"""Words that mail programs write into mails, in the languages they speak: no condition of the rules that find quoted mails, but a help.

From the localised strings of Outlook, Apple Mail, Gmail, Thunderbird and Yahoo, as the public parsers of replies list them.
"""

from __future__ import annotations

import re

HEAD_WORDS = frozenset(
    word.casefold()
    for word in (
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
    ).split("|")
)  # fmt: skip
"""What stands before the colon in the head of a quoted mail."""

WROTE = (
    r"wrote|writes|schrieb|schreibt|geschrieben|schreef|geschreven|skreau|a écrit|écrit|ha scritto|scritto|escribió|ha escrito|ha escrit|"
    r"escribiu|escreveu|skrev|skreiv|skrifaði|följande|følgende|kirjoitti|kirjutas|rakstīja|rašė|napisał\(?a?\)?|pisze|napsal\(?a?\)?|"
    r"napísal\(?a?\)?|je napisao(?:/la|/-la)?|je napisala?|je napisal\(?a?\)?|napisao|napisala|napisa|írta|ezt írta|a scris|shkroi|idatzi zuen|"
    r"написала?|написал\(?а?\)?|напісаў|написав|написа|пишет|пише|έγραψε|yazdı|şunu yazdı|menulis|đã viết|viết|"
    r"كتب|كتبت|نوشت|כתב|כתבה|כתב/ה|เขียน|ने लिखा|লিখেছেন|écrivait|tarihinde|"
    r"から|のメール|のメッセージ|さんは書きました|さんが書きました|は書きました|书写|写道|寫道|寫于|写于|님이 작성|님이 다음을 작성|작성|쓴 글|에 쓴 글|от"
)
"""That somebody wrote, as the line above a quote says it."""

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
    r"^(Sent (from|with|via) (my|Sparrow|Mail|Outlook|Proton|Yahoo|Samsung)|Get Outlook for|Von meinem .{1,40} gesendet|Gesendet von (mein|Outlook|Mail)|"
    r"Outlook für .{1,20} (herunterladen|beziehen)|Envoyé (de(puis)? (mon|Outlook)|à partir de (mon|Outlook))|Télécharger Outlook pour|"
    r"Enviado (desde|do) (m|Outlook)|Obtener Outlook para|Obter o Outlook para|Inviato da(l mio| Outlook)?|Scarica Outlook per|"
    r"(Verstuurd|Verzonden) vanaf|Outlook voor .{1,20} downloaden|Skickat från|Hämta Outlook för|Sendt fra (min|Outlook)|Hent Outlook (til|for)|"
    r"Lähetetty (iPhone|iPad|Outlook)|Hanki Outlook|Отправлено (с|из)|Скачать Outlook|Надіслано з|Wysłan[eo] z|Pobierz Outlooka|"
    r"Odesláno z|Odoslané z|Získejte Outlook|Poslano s|Trimis de pe|Elküldve (az? )?(iPhone|iPad|Outlook)|"
    r"Στάλθηκε από|Εστάλη από|Gửi từ|Dikirim dari|نُ?رسلت? من|أُ?رسلت? من|نشأ من|נשלח מ|ส่งจาก)\b.{0,80}$|"
    r"^(iPhone|iPad|Outlook for \w+)(から送信|'?u?ı?mdan gönderildi)|^(从|发自)我的.{1,30}(发送)?$|^從我的.{1,30}傳送$|^(나의|내) .{1,20}에서 보냄$|"
    r"^(下载|取得|获取) ?(适用于 .{1,10}的)? ?Outlook.{0,20}$",
    re.IGNORECASE,
)
"""What telephones write beneath a mail."""
