"""WhatsApp's own words in the languages it speaks, as its Android and iPhone programs have written them since 2012.

Most were collected from public parsers of exports, some of which took them from the programs' own strings: of one meaning several
wordings, old and new. Those of languages that no parser has (Amharic, Armenian, Basque, Burmese, Georgian, Icelandic, Khmer, Lao,
Mongolian, Sinhala, Zulu and others) and some newer wordings are our translations, not seen in an export: one that is wrong matches
nothing. Only what no rule of form can tell stands here; see `chat_marks`.
"""

from __future__ import annotations

import re
import unicodedata

_DELETED = """
This message was deleted|You deleted this message|This message was deleted by an admin|You deleted this message as admin
Diese Nachricht wurde gelöscht|Du hast diese Nachricht gelöscht|Diese Nachricht wurde von einem Admin gelöscht
Se eliminó este mensaje|Este mensaje fue eliminado|Eliminaste este mensaje|Este mensaje se eliminó|Se borró este mensaje
Ce message a été supprimé|Vous avez supprimé ce message|Tu as supprimé ce message|Ce message a été supprimé par un admin
Questo messaggio è stato eliminato|Hai eliminato questo messaggio|Messaggio eliminato
Esta mensagem foi apagada|Essa mensagem foi apagada|Mensagem apagada|Você apagou esta mensagem|Apagou esta mensagem
Esta mensagem foi apagada pelo remetente|Esta mensagem foi eliminada|Eliminou esta mensagem|Você apagou essa mensagem
Dit bericht is verwijderd|U hebt dit bericht verwijderd|Je hebt dit bericht verwijderd|Dit bericht werd verwijderd
Данное сообщение удалено|Это сообщение удалено|Сообщение удалено|Вы удалили данное сообщение|Вы удалили это сообщение
Це повідомлення було видалено|Це повідомлення видалено|Ви видалили це повідомлення
Ta wiadomość została usunięta|Usunięto tę wiadomość|Usunąłeś(aś) tę wiadomość|Usunąłeś(-ęłaś) tę wiadomość|Usunięto wiadomość
Bu mesaj silindi|Bu mesajı sildiniz|Bu ismarıc silindi|Siz bu ismarıcı sildiniz|Bu mesaj silinib|Bu mesajı sildin
Tato zpráva byla smazána|Tato zpráva byla odstraněna|Tuto zprávu jste smazal/a|Tuto zprávu jste odstranil/a
Táto správa bola odstránená|Túto správu ste odstránili|Táto správa bola vymazaná|Túto správu ste vymazali
Ez az üzenet törlésre került|Ezt az üzenetet törölték|Ezt az üzenetet törölted|Törölted ezt az üzenetet
Acest mesaj a fost șters|Ați șters acest mesaj|Ai șters acest mesaj|Mesajul a fost șters
Съобщението беше изтрито|Това съобщение беше изтрито|Изтрихте това съобщение|Изтрихте съобщението
Αυτό το μήνυμα διαγράφηκε|Διαγράψατε αυτό το μήνυμα|Διαγράψατε το μήνυμα|Το μήνυμα διαγράφηκε
Ova je poruka izbrisana|Ova poruka je izbrisana|Izbrisali ste ovu poruku|Ta poruka je obrisana|Ova poruka je obrisana|Obrisali ste ovu poruku
Ова порука је обрисана|Обрисао/ла си ову поруку|Ова порука је избрисана|Обрисали сте ову поруку
Оваа порака беше избришана|Ја избриша оваа порака|Оваа порака е избришана|Ја избришавте оваа порака
To sporočilo je bilo izbrisano|To sporočilo ste izbrisali|Izbrisali ste to sporočilo
Denne besked er blevet slettet|Denne besked blev slettet|Du har slettet denne besked|Du slettede denne besked|Beskeden blev slettet
Denne meldingen ble slettet|Denne meldingen er slettet|Du slettet denne meldingen|Du har slettet denne meldingen
Det här meddelandet raderades|Detta meddelande raderades|Du raderade det här meddelandet|Du raderade detta meddelande|Du har tagit bort meddelandet
Det här meddelandet togs bort|Du tog bort det här meddelandet|Detta meddelande togs bort|Det här meddelandet har tagits bort
Ez az üzenet törölve lett|Üzenet törölve|Tuto zprávu jste odstranili|Odstranili jste tuto zprávu|Tuto zprávu jste smazali|Smazali jste tuto zprávu
Odstránili ste túto správu|Vymazali ste túto správu|Usunąłeś tę wiadomość|Usunęłaś tę wiadomość|Wiadomość została usunięta
Tin nhắn đã được thu hồi|Tin nhắn này đã được thu hồi|لقد قمت بحذف هذه الرسالة|このメッセージは取り消されました
Det här meddelandet har raderats|Detta meddelande har raderats|Meddelandet har raderats
Tämä viesti poistettiin|Tämä viesti on poistettu|Poistit tämän viestin|Viesti poistettiin
See sõnum on kustutatud|See sõnum kustutati|Kustutasid selle sõnumi|Kustutasite selle sõnumi
Šī ziņa tika izdzēsta|Šī ziņa ir izdzēsta|Jūs izdzēsāt šo ziņu|Ši žinutė buvo ištrinta|Jūs ištrynėte šią žinutę|Ši žinutė ištrinta
Aquest missatge s'ha suprimit|Aquest missatge està esborrat|Has suprimit aquest missatge|Has esborrat aquest missatge|S'ha suprimit aquest missatge
Esta mensaxe foi eliminada|Eliminaches esta mensaxe|Mezu hau ezabatu da|Mezua ezabatu da|Mezu hau ezabatu duzu
Scriosadh an teachtaireacht seo|Scrios tú an teachtaireacht seo|Hierdie boodskap was uitgevee|Hierdie boodskap is uitgevee|Jy het boodskap uitgevee
Ky mesazh është fshirë|Ky mesazh u fshi|E fshive këtë mesazh|Fshitë këtë mesazh|Þessum skilaboðum var eytt|Þú eyddir þessum skilaboðum
Pesan ini dihapus|Pesan ini telah dihapus|Anda menghapus pesan ini|Anda telah menghapus pesan ini|Kamu menghapus pesan ini
Mesej ini telah dipadam|Mesej ini telah dipadamkan|Anda telah memadamkan mesej ini|Anda memadam mesej ini
Itong mensahe ay binura na|Binura ang mensaheng ito|Binura mo itong mensahe|Binura mo ang mensaheng ito|Na-delete ang mensaheng ito
Ujumbe huu ulifutwa|Ujumbe huu umefutwa|Umefuta ujumbe huu|Ulifuta ujumbe huu|Lo mlayezo ususiwe|Lo myalezo ususiwe
Ushbu xabar o'chirildi|Bu xabar o'chirildi|Siz ushbu xabarni o'chirdingiz|Siz bu xabarni o'chirdingiz|Бұл хат жойылды|Бұл хабар жойылды|Сіз бұл хатты жойдыңыз
Бул билдирүү өчүрүлдү|Сиз бул билдирүүнү өчүрдүңүз|Энэ мессежийг устгасан|Гэтае паведамленне выдалена|Вы выдалілі гэтае паведамленне
Tin nhắn này đã bị xóa|Tin nhắn này đã bị xoá|Tin nhắn đã bị xóa|Bạn đã xóa tin nhắn này|Bạn đã xoá tin nhắn này
הודעה זו נמחקה|ההודעה נמחקה|ההודעה הזו נמחקה|מחקת את ההודעה הזו|מחקת הודעה זו|הודעה זו נמחקה על ידי מנהל|מחקת את ההודעה
تم حذف هذه الرسالة|لقد حذفت هذه الرسالة|أنت حذفت هذه الرسالة|حذفت هذه الرسالة|تم حذف الرسالة
این پیام حذف شد|این پیام حذف شده است|شما این پیام را حذف کردید|این پیام پاک شد|شما این پیام را پاک کردید
یہ پیغام حذف کیا گیا|یہ میسج حذف کر دیا گیا ہے|یہ پیغام حذف کر دیا گیا|آپ نے اس پیغام کو حذف کیا|آپ نے یہ میسج حذف کر دیا ہے
یہ پیغام حذف کر دیا گیا تھا|آپ نے یہ پیغام حذف کر دیا
यह मैसेज डिलीट कर दिया गया है|यह मैसेज डिलीट किया गया|यह मैसेज मिटाया गया|यह संदेश मिटाया गया|यह मैसेज हटा दिया गया|आपने यह मैसेज डिलीट किया|आपने यह संदेश मिटाया
यह संदेश हटा दिया गया था|आपने यह मैसेज मिटाया|हा मेसेज हटवण्यात आला|हा संदेश हटविण्यात आला होता|तुम्ही हा मेसेज हटवला|आपण हा संदेश हटविलात|हा मेसेज डिलीट केला गेला
આ મેસેજ ડિલીટ કરાયો|આ સંદેશ રદ્દ કરાયો|આ મેસેજ ડિલીટ કરવામાં આવ્યો|તમે આ મેસેજ ડિલીટ કર્યો|તમે આ સંદેશને રદ્દ કર્યો
এই মেসেজটি বাদ দেওয়া হয়েছে|এই বার্তাটি মুছে ফেলা হয়েছে|এই মেসেজটি মুছে ফেলা হয়েছে|আপনি এই মেসেজটি বাদ দিয়েছেন|আপনি এই বার্তাটি মুছে ফেলেছেন|আপনি এই মেসেজটি মুছে ফেলেছেন
ਇਸ ਸੁਨੇਹੇ ਨੂੰ ਹਟਾਇਆ ਗਿਆ|ਇਹ ਸੁਨੇਹਾ ਹਟਾਇਆ ਗਿਆ|ਤੁਸੀਂ ਇਹ ਸੁਨੇਹਾ ਹਟਾਇਆ|ਇਹ ਮੈਸੇਜ ਮਿਟਾਇਆ ਗਿਆ|ਤੁਸੀਂ ਇਹ ਮੈਸੇਜ ਮਿਟਾਇਆ
இத்தகவல் திரும்பப்பெறப்பட்டது|இந்த மெசேஜ் நீக்கப்பட்டது|இந்த செய்தி நீக்கப்பட்டது|இத்தகவலை தாங்கள் அழித்தீர்கள்|இந்த மெசேஜை நீக்கிவிட்டீர்கள்
ఈ సందేశం తొలగించబడింది|ఈ మెసేజ్ తొలగించబడింది|మీరు ఈ సందేశాన్ని తొలగించారు|మీరు ఈ మెసేజ్‌ను తొలగించారు|ಈ ಸಂದೇಶವು ಅಳಿಸಲ್ಪಟ್ಟಿದೆ|ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಲಾಗಿದೆ|ನೀವು ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಿದ್ದೀರಿ
ഈ സന്ദേശം ഇല്ലാതാക്കിയതാണ്|ഈ സന്ദേശം ഇല്ലാതാക്കി|ഈ സന്ദേശം നിങ്ങൾ ഇല്ലാതാക്കി|നിങ്ങൾ ഈ സന്ദേശം ഇല്ലാതാക്കി|මෙම පණිවිඩය මකා දැමිණි
ข้อความนี้ถูกลบแล้ว|ข้อความนี้ได้ถูกลบ|ข้อความนี้ถูกลบ|คุณได้ลบข้อความนี้|คุณลบข้อความนี้|คุณได้ลบข้อความนี้แล้ว|ຂໍ້ຄວາມນີ້ຖືກລຶບແລ້ວ|ທ່ານໄດ້ລຶບຂໍ້ຄວາມນີ້
សារនេះត្រូវបានលុប|អ្នកបានលុបសារនេះ|ဤမက်ဆေ့ဂျ်ကို ဖျက်လိုက်ပါပြီ|ဒီစာကို ဖျက်လိုက်ပါပြီ
このメッセージは削除されました|このメッセージを削除しました|メッセージを削除しました|이 메시지는 삭제되었습니다|삭제된 메시지입니다|이 메시지를 삭제했습니다|삭제한 메시지입니다|메시지를 삭제했습니다
这条消息已被删除|此消息已删除|消息已删除|信息已删除|此消息已被删除|您已删除这条消息|你已删除这条消息|您删除了这条消息|你删除了这条消息|您删除这个信息|您已删除此消息|你已删除此消息
此訊息已刪除|此訊息已被刪除|這則訊息已刪除|這則訊息已被刪除|訊息已刪除|您已刪除此訊息|你已刪除此訊息|您已刪除這則訊息|你刪除了此訊息|您刪除了此訊息|你已刪除這則訊息
ეს შეტყობინება წაიშალა|თქვენ წაშალეთ ეს შეტყობინება|Այս հաղորդագրությունը ջնջվել է|Դուք ջնջել եք այս հաղորդագրությունը|ይህ መልዕክት ተሰርዟል|ይህን መልዕክት ሰርዘዋል
"""
_BY_ADMIN = (
    r"this message was deleted by (an )?admin( [^\s?!;,][^?!;,]{0,60})?",
    r"diese nachricht wurde von (dem )?(gruppen-?)?admin,? [^\s?!;,][^?!;,]{0,60} gelöscht",
    r"(un )?(admin|administrador)\.?,? [^\s?!;,][^?!;,]{0,60},? eliminó este mensaje",
    r"ce message a été supprimé par l['']admin(istrateur)?,? [^\s?!;,][^?!;,]{0,60}",
    r"questo messaggio è stato eliminato dall['']amministratore,? [^\s?!;,][^?!;,]{0,60}",
    r"(esta |essa )?mensagem (foi )?apagada pelo admin(istrador)?\.?,? [^\s?!;,][^?!;,]{0,60}",
    r"dit bericht is verwijderd door beheerder,? [^\s?!;,][^?!;,]{0,60}",
    r"bu mesaj [^\s?!;,][^?!;,]{0,60} adlı yönetici tarafından silindi",
    r"(данное|это) сообщение удалено админ(истратор)?ом,? [^\s?!;,][^?!;,]{0,60}",
    r"pesan ini dihapus oleh admin,? [^\s?!;,][^?!;,]{0,60}",
    r"این پیام را مدیر [^\s?!;,][^?!;,]{0,60} حذف کرد",
)
_NO_WORDS = """
null|Waiting for this message. This may take a while|Warte auf diese Nachricht. Dies kann einen Moment dauern|Esperando mensaje. Esto puede tomar tiempo
Media omitted|Missed voice call|Missed video call|Missed group voice call|Missed group video call|Missed call|Live location shared
image omitted|photo omitted|video omitted|audio omitted|sticker omitted|GIF omitted|document omitted|Contact card omitted|video note omitted|location omitted
Medien ausgeschlossen|Medien weggelassen|Medien ausgelassen|Medien fehlen|Verpasster Sprachanruf|Verpasster Videoanruf|Verpasster Gruppenanruf|Live-Standort wird geteilt
Bild weggelassen|Foto weggelassen|Video weggelassen|Audio weggelassen|Sticker weggelassen|GIF weggelassen|Dokument weggelassen|Kontaktkarte ausgelassen|Videonachricht weggelassen
Multimedia omitido|Archivo omitido|Archivos omitidos|Llamada perdida|Llamada de voz perdida|Videollamada perdida|Ubicación en tiempo real compartida
imagen omitida|video omitido|vídeo omitido|audio omitido|sticker omitido|GIF omitido|documento omitido|Tarjeta de contacto omitida|nota de video omitida
Médias omis|Fichier omis|Média manquante|Appel vocal manqué|Appel vidéo manqué|Appel manqué|Localisation en direct partagée
image absente|vidéo absente|audio omis|sticker omis|GIF retiré|document manquant|Fiche contact manquante|image omise|vidéo omise|document omis
Media omessi|Media omesso|Media mancante|Chiamata vocale persa|Videochiamata persa|posizione attuale condivisa
immagine omessa|video omesso|audio omesso|sticker non incluso|sticker omesso|GIF esclusa|documento omesso|Scheda contatto omessa
Mídia oculta|Mídia omitida|Multimédia omitido|Ficheiro não revelado|Ficheiros multimédia não revelados|Chamada de voz perdida|Chamada de vídeo perdida|Ligação de voz perdida
Ligação de vídeo perdida|Videochamada perdida|Chamada perdida|Chamada de voz não atendida|Chamada de vídeo não atendida|localização atual compartilhada|Localização em tempo real compartilhada
imagem ocultada|imagem omitida|imagem não revelada|vídeo omitido|vídeo ocultado|vídeo não revelado|áudio ocultado|áudio omitido|ficheiro de áudio não revelado|figurinha omitida
sticker não revelado|GIF não revelada|documento não revelado|Cartão do contato omitido|Contacto não revelado
Media weggelaten|Gemist spraakgesprek|Gemist videogesprek|Gemiste spraakoproep|Gemiste video-oproep|Gemiste oproep|live locatie gedeeld
afbeelding weggelaten|video weggelaten|audio weggelaten|sticker weggelaten|GIF weggelaten|document weggelaten|Visitekaartje weggelaten|Contactkaart weggelaten
Без медиафайлов|Файл пропущен|Медиа отсутствует|Медиафайл пропущен|Пропущенный аудиозвонок|Пропущенный видеозвонок|Пропущенный звонок|Геоданные отправлены
изображение отсутствует|видео отсутствует|аудиофайл отсутствует|стикер не добавлен|стикер отсутствует|GIF отсутствует|документ отсутствует|Карточка контакта отсутствует
Медіа пропущено|Без медіафайлів|Медіафайли відсутні|Пропущений аудіодзвінок|Пропущений відеодзвінок|геодані надіслано|зображення відсутнє|відео відсутнє|аудіо відсутнє|Наклейку не додано
GIF-анімацію пропущено|документ пропущено|Картка контакту відсутня
pliki pominięto|Pominięto multimedia|Multimedia pominięto|Media pominięte|Nieodebrane poł. głosowe|Nieodebrane połączenie|Nieodebrane połączenie głosowe|Nieodebrane poł. wideo
Nieodebrane połączenie wideo|obraz pominięty|obraz pominięto|wideo pominięte|audio pominięte|pominięto naklejkę|Plik GIF pominięty|dokument pominięty|Pominięta wizytówka kontaktu
Medya dahil edilmedi|Medya atlanmış|Cevapsız sesli arama|Cevapsız görüntülü arama|Mevcut konum paylaşıldı|Canlı konum paylaşıldı|görüntü dahil edilmedi|video dahil edilmedi
ses dahil edilmedi|Çıkartma dahil edilmedi|GIF dahil edilmedi|belge dahil edilmedi|Kişi kartı dahil edilmedi|görüntülü not çıkarıldı|konum dahil edilmedi
Média vynechána|Média vynechány|Média byla vynechána|Zmeškaný hlasový hovor|Zmeškaný videohovor|Zmeškaný hovor|obrázek vynechán|video vynecháno|zvukový soubor vynechán|nálepka vynechána
GIF vynechán|dokument vynechán|Vizitka vynechána|Médiá vynechané|obrázok vynechaný|video vynechané|zvuk vynechaný|nálepka vynechaná|GIF vynechaný|dokument vynechaný|Karta kontaktu vynechaná
Hiányzó médiafájl|Média kihagyva|Nem fogadott hanghívás|Nem fogadott videohívás|Nem fogadott videóhívás|kép kihagyva|kép küldése sikertelen|Videó kihagyva|Hang kihagyása|matrica kihagyva
GIF fájl kihagyása|dokumentum kihagyva|Névjegykártya kihagyva
Conținut media omis|Fișier media omis|Apel vocal ratat|Apel video ratat|Apel vocal nepreluat|Apel video nepreluat|Imagine omisă|clip video omis|fără audio|GIF omis|document omis|sticker omis
Carte de vizită contact omisă|Без файл|Пропуснато гласово обаждане|Пропуснато видео обаждане|Εξαίρεση πολυμέσων|Παράλειψη πολυμέσων|Αναπάντητη κλήση|Αναπάντητη φωνητική κλήση|Αναπάντητη βιντεοκλήση
εικόνα παραλείφθηκε|βίντεο παραλείφθηκε|ήχος παραλείφθηκε|αυτοκόλλητο παραλήφθηκε|Παράληψη GIF|έγγραφο παραλείφθηκε|Η κάρτα επαφής παραλήφθηκε
Medijski zapis izostavljen|Medijski zapisi izostavljeni|Propušteni glasovni poziv|Propušten glasovni poziv|Propušteni videopoziv|Propušten video poziv|slika izostavljena|video izostavljen
zvuk izostavljen|naljepnica izostavljena|GIF izostavljen|dokument izostavljen|Posjetnica izostavljena|медији су изостављени|Пропуштен гласовни позив|Пропуштен видео позив|Без фајл
Пропуштен гласовен повик|Пропуштен видео повик|Medij izpuščen|Zgrešen klic|Neodgovorjen video klic|Zgrešen glasovni klic|Zgrešen videoklic
Mediefil udeladt|Medier udeladt|Ubesvaret taleopkald|Ubesvaret videoopkald|Mistet opkald|Mistede video opkald|billede udeladt|video udeladt|lyd udeladt|klistermærke udeladt|GIF udeladt
dokument udeladt|Kontaktkort udeladt|Uten vedlegg|Medier utelatt|Media utelatt|Tapt taleanrop|Tapt videoanrop|Tapt videosamtale|bilde ikke inkludert|video utelatt|lyd utelatt
klistremerke utelatt|GIF utelatt|utelatt dokument|Kontaktkort sløyfet|Media har utelämnats|Media utelämnade|Media har uteslutits|Missat röstsamtal|Missat videosamtal|Missat samtal|bild utesluten
video utesluten|ljud uteslutet|ljud utelslutet|sticker utesluten|GIF utesluten|dokument uteslutet|Kontaktkort uteslutet
Media jätetty pois|Vastaamaton äänipuhelu|Vastaamaton videopuhelu|kuva jätetty pois|ei kuvaa|videota ei sisällytetä|äänitiedostoa ei sisällytetä|tarraa ei sisällytetty|GIF-animaatio jätetty pois
dokumenttia ei sisällytetä|Yhteystietokortti jätettiin pois|Meedia ära jäetud|Vastamata häälkõne|Vastamata videokõne|Bez multivides|Neatbildēts balss zvans|Neatbildēts video zvans
Praleistas medijos turinys|Praleistas balso skambutis|Praleistas video skambutis|Pa media|Thirrje e shmangur|Videothirrje e shmangur|Media weggelaat|Stemoproep gemis|Video-oproep gemis
Mitjans omesos|Fitxers multimèdia omesos|Contingut multimèdia omès|Trucada de veu perduda|Videotrucada perduda|Trucada de vídeo perduda|Imatge omesa|vídeo omès|Àudio omès|adhesiu omès|GIF omès
Document omès|Targeta de contacte omesa|íomhá ligthe ar lár|físeán ligthe ar lár|Guthghlao caillte|Físghlao caillte|Multimedia omitida|Chamada de voz perdida
Media tidak disertakan|Media disingkirkan|Media tidak dimasukkan|Panggilan suara tak terjawab|Panggilan video tak terjawab|Panggilan suara terlepas|Panggilan video terlepas|Tak Terjawab
gambar tidak disertakan|video tidak disertakan|audio tidak disertakan|stiker tidak disertakan|GIF tidak disertakan|dokumen tidak disertakan|Kartu kontak tidak disertakan|imej tidak dimasukkan
video tidak dimasukkan|audio tidak dimasukkan|pelekat tidak dimasukkan|dokumen tidak dimasukkan|Lokasi terkini dibagikan|Walang kalakip na media|Nakaligtaang voice call|Nakaligtaang video call
Media imerukwa|Simu ya sauti uliyoikosa|Simu ya video uliyoikosa|Fayl o'tkazib yuborildi|O'tkazib yub. ovozli qo'ng'iroq|Файл қосылған жоқ|Жауапсыз қоңырау|Жауапсыз видео қоңырау
Media çıxarılmışdır|Buraxılmış zəng|Buraxılmış video zəng|Bỏ qua Media|Phương tiện bị bỏ qua|Cuộc gọi nhỡ|Cuộc gọi nhỡ video|Cuộc gọi thoại nhỡ|đã bỏ qua hình ảnh|đã bỏ video|bỏ qua tệp âm thanh
đã bỏ sticker|Đã bỏ qua ảnh GIF|đã bỏ qua tài liệu|Bỏ qua thẻ liên lạc
מדיה הושמטה|המדיה הוסרה|המדיה לא נכללה|שיחה קולית שלא נענתה|שיחת וידאו שלא נענתה|התמונה הושמטה|סרטון הווידאו הושמט|קטע קול הושמט|סטיקר הושמט|GIF הושמט|מסמך הושמט|כרטיס איש קשר הושמט
تم استبعاد الوسائط|مكالمة صوتية فائتة|مكالمة فيديو فائتة|لم يتم إدراج الصورة|لم يتم إدراج الفيديوهات|لم يتم إدراج المقاطع الصوتية|تم حذف الملصقات|لم يتم إدراج صورة GIF|لم يتم إدراج المستند
لم يتم إدراج بطاقة جهة اتصال|تمت مشاركة الموقع المباشر|پيوست نما/آهنگ حذف شد|رسانه حذف شد|تماس صوتی پاسخ داده نشده|تماس تصویری پاسخ داده نشده|تصویر حذف شد|ویدیو حذف شد|صدا حذف شد
استیکر حذف شد|GIF حذف شد|سند حذف شد|برگ مخاطب حذف شد|میڈیا چھوڑ دیا گیا|مسڈ وائس کال|مسڈ ویڈیو کال|چھوٹی ہوئی صوتی کال|تصویر نکال دی گئی ہے|ویڈیو نظرانداز|آڈیو نظرانداز
मीडिया के बिना|मीडिया शामिल नहीं है|मिस्ड वॉइस कॉल|वॉइस कॉल मिस हुई|मिस्ड वीडियो कॉल|छूटी हुई ध्वनि कॉल|छूटी हुई विडियो कॉल|फ़ोटो हटाई गई|वीडियो छोड़ा गया|ऑडियो हटाई गयी|स्टिकर छोड़ा गया
GIF छोड़ा गया|डॉक्यूमेंट छोड़ा गया|कॉन्टैक्ट कार्ड छोड़ा गया|मीडिया वगळले|मिस्ड व्हॉइस कॉल|मिस्ड व्हिडिओ कॉल|इमेज वगळली|મીડિયા અવગણાયું|છૂટી ગયેલો વોઇસ કૉલ|છૂટી ગયેલ વિડિયો કૉલ
মিডিয়া বাদ দেওয়া হয়েছে|মিসড ভয়েস কল|ভয়েস কল মিস করেছেন|মিস করা ভিডিও কল|ভিডিও কল মিস করেছেন|ইমেজ বাদ দেওয়া হয়েছে|ਮੀਡੀਆ ਛੱਡਿਆ ਗਿਆ|ਮਿਸ ਹੋਈ ਆਵਾਜ਼ ਕਾਲ|ਮਿਸ ਹੋਈ ਵੀਡੀਓ ਕਾਲ
ஊடகங்கள் நீக்கப்பட்டது|தவறிய குரல் அழைப்பு|தவறிய காணொலி அழைப்பு|మాధ్యమం విస్మరించబడింది|మిస్సేడ్ వాయిస్ కాల్|తప్పిన వీడియోకాల్|ಮೀಡಿಯಾ ಕೈಬಿಡಲಾಗಿದೆ|ತಪ್ಪಿದ ಧ್ವನಿ ಕರೆ|ತಪ್ಪಿದ ದೃಶ್ಯ ಕರೆ
മീഡിയ ഒഴിവാക്കി|വിളി നഷ്ടപ്പെട്ടു|നഷ്ടമായ വീഡിയോ കാൾ|สื่อถูกลบ|ไม่มีสื่อ|สายที่ไม่ได้รับ|วิดีโอคอลที่ไม่ได้รับ|สายโทรวิดีโอที่ไม่ได้รับ|ไม่มีรูปภาพ|วิดีโอถูกลบ|ไม่มีไฟล์เสียง|ไม่มีสติกเกอร์|ละเว้น GIF|ละเว้นเอกสาร
メディアは含まれていません|メディアなし|音声通話不在着信|ビデオ通話不在着信|不在着信|画像は含まれていません|ビデオは含まれていません|音声は含まれていません|スタンプは含まれていません|GIFは含まれていません
ドキュメントは含まれていません|連絡先カードを省略|ライブロケーション共有|미디어 파일을 생략한 대화내용|미디어 생략됨|미디어 생략|부재중 전화|부재중 음성전화|부재중 영상통화|이미지 생략됨|사진 생략됨|비디오 생략됨|동영상 생략됨
오디오 생략됨|스티커 제외됨|GIF 생략됨|문서 생략됨|연락처 카드 생략됨|공유한 실시간 위치
省略多媒体文件|媒体省略|未接语音通话|未接视频通话|照片已忽略|图像已忽略|图片已忽略|视频已忽略|音频已忽略|贴图已省略|GIF 动态图已被忽略|文档已省略|联系人卡片已忽略|共享实时位置
忽略多媒體檔|多媒體檔已略去|媒體已略去|未接語音通話|未接視像通話|未接視訊通話|未接來電|圖片已略去|圖像已省略|影片已略去|影片已省略|音訊已略去|音訊已省略|貼圖已略去|貼圖已忽略|GIF 已略去|文件已略去|文件已忽略
聯絡人卡片已略去|聯絡人卡片已省略|實時位置已分享
"""
_MISSED = (
    r"missed( group)?( voice| video)? (call|chat)",
    r"verpasster?( gruppen)?.{0,14}anruf",
    r"(video)?llamada( grupal)?( de voz| de vídeo| de video)? perdida",
    r"(video)?appel( de groupe)?( vocal| vidéo)? (manqué|en absence)",
    r"(video)?chiamata( di gruppo)?( vocale)? persa",
    r"(vídeo|video)?(chamada|ligação)( de grupo)?( de voz| de vídeo)? (perdida|não atendida)",
    r"gemiste? (groeps)?\S*(oproep|gesprek)",
    r"пропущен{1,2}ый( групповой)? (аудио|видео|голосовой )?(звонок|вызов)",
    r"пропущений( груповий)? (аудіо|відео|голосовий )?(дзвінок|виклик)",
    r"nieodebrane( grupowe)? (poł\.|połączenie)( głosowe| wideo)?",
    r"zmeškaný( skupin\S+)?( hlasový| hlasový)? ?(video)?(hovor|volanie)",
    r"nem fogadott (csoportos )?(hang|video|videó)?hívás",
    r"apel( de grup)?( vocal| video)? (ratat|pierdut|nepreluat)",
    r"cevapsız( grup)?( sesli| görüntülü)? (arama|çağrı)",
    r"cuộc gọi( nhóm)?( thoại| video)?( bị)? nhỡ",
    r"ไม่ได้รับสาย\S{0,12}|(สาย|วิดีโอคอล)\S{0,12}ที่ไม่ได้รับ",
    r"(音声通話|ビデオ通話)?の?不在着信([(（].{1,6}[)）])?",
    r"부재중( 그룹)? ?(음성|영상)? ?(전화|통화)",
    r"未接(来电|來電|(群组|群組)?(语音|語音|视频|視訊|視像|影像)(通话|通話|来电|來電))",
    r"panggilan( grup| kumpulan)?( suara| video) (tak terjawab|tidak terjawab|terlewat|terlepas)",
    r"missat (grupp)?(röst|video)?samtal",
    r"(ubesvaret|tapt|mistet) (gruppe)?(tale|video|lyd)?(anrop|opkald|samtale)",
    r"vastaamaton (ryhmä)?(ääni|video)?puhelu",
    r"αναπάντητη( ομαδική)? (φωνητική |βιντεο)?κλήση",
    r"שיח[הת]( קולית| וידאו)?( קבוצתית)? שלא נענתה",
    r"(مكالمة|مکالمه)( جماعية)?( صوتية| فيديو| فیدیو)? فائتة",
    r"تماس( گروهی)?( صوتی| تصویری) (بی ?پاسخ|از دست رفته|پاسخ داده نشده)",
    r"(मिस्ड|छूटी हुई) (ग्रुप )?(वॉइस|वॉयस|वीडियो|ऑडियो) कॉल",
)
"""What stands for a call that nobody took, in the languages that say it in several ways: whole messages, no more words."""
_AT_HOUR = re.compile(r"[ ,،]+\d{1,2}[:.]\d\d(?: ?[ap]\.? ?m\.?| uhr| klo| น\.?)?$")
"""The hour that older programs wrote after a missed call: `Missed voice call at 10:23 PM`."""
_ATTACHED = """
file attached|Datei angehängt|archivo adjunto|archivo adjuntado|fichier joint|file allegato|allegato|arquivo anexado|ficheiro anexado|bestand bijgevoegd|файл добавлен|файл прикреплён|файл прикреплен
файл додано|файл прикріплено|załączony plik|plik załączony|dosya ekli|dosya eklendi|soubor byl přiložen|soubor přiložen|súbor pripojený|fájl csatolva|fișier atașat|прикачен файл|συνημμένο αρχείο
datoteka u privitku|priložena datoteka|приложена датотека|прикачена датотека|прикачен фајл|fil vedhæftet|vedlagt fil|fil vedlagt|bifogad fil|liitetiedosto|tiedosto liitetty|fail lisatud|pievienots fails
byla prisegta|failas pridėtas|skedë e ngjitur|arxiu adjunt|fitxer adjunt|lêer aangeheg|comhad ceangailte|fayl əlavə olunub|fayl biriktirildi|қосымша файл|file terlampir|fail dilampirkan|nakalakip na file
faili limeambatanishwa|tệp đính kèm|tập tin đính kèm|קובץ מצורף|الملف مرفق|ملف مرفق|پیوست شد|فایل پیوست شد|پیوستہ فائل|फाइल संलग्न|फ़ाइल संलग्न|फाइल अटैच कर दी गई है|फ़ाइल अटैच की गई|फाइल संलग्न केली
ફાઇલ જોડાયેલ|ফাইল সংযুক্ত হয়েছে|ফাইল সংযুক্ত|ਅਟੈਚ ਕੀਤੀ ਫਾਇਲ|இணைக்கப்பட்டது|ஃபைல் இணைக்கப்பட்டது|ఫైల్ జోడించబడినది|ಕಡತ ಸೇರಿಸಲಾಯಿತು|ഫയൽ ചേർത്തു|ไฟล์ที่แนบ|แนบไฟล์|添付ファイル有り|添付ファイル|ファイル添付
파일 첨부됨|첨부 파일|文件附件|附件檔案|附件|已附加文件|檔案已附加
"""
_EDITED = """
This message was edited|message edited|Diese Nachricht wurde bearbeitet|Se editó este mensaje|Este mensaje fue editado|Ce message a été modifié|Questo messaggio è stato modificato|Mensagem editada
Esta mensagem foi editada|Dit bericht is bewerkt|Это сообщение изменено|Данное сообщение изменено|Сообщение изменено|Повідомлення змінено|Це повідомлення змінено|Bu mesaj düzenlendi|Pesan ini diedit
Mesej ini telah diedit|ההודעה נערכה|הודעה זו נערכה|تم تعديل هذه الرسالة|تم تعديل هذا المحتوى
"""
_MESSAGE = """message messages nachricht mensaje mensaxe messaggio mensagem bericht boodskap сообщение повідомлення паведамленне съобщение съобщението порука порака
wiadomość wiadomości mesaj mesajı mesajul ismarıc zpráva zprávy zprávu správa správu üzenet üzenetet poruka poruku sporočilo besked beskeden melding meldingen meddelande meddelandet viesti viestiä sõnum
sõnumit ziņa ziņojums žinutė žinutę pranešimas mesazh mesazhi missatge teachtaireacht mezu mezua skilaboð skilaboðum pesan mesej mensahe mensaheng ujumbe umlayezo umyalezo xabar хат хабар билдирүү мессеж
μήνυμα הודעה ההודעה رسالة الرسالة پیام پیغام میسج मैसेज संदेश मेसेज સંદેશ મેસેજ মেসেজ মেসেজটি বার্তা বার্তাটি ਸੁਨੇਹਾ ਮੈਸੇਜ மெசேஜ் தகவல் செய்தி సందేశం మెసేజ్ ಸಂದೇಶ ಸಂದೇಶವನ್ನು ಮೆಸೇಜ್ സന്ദേശം මෙම പണിවිඩය
შეტყობინება հաղորդագրությունը መልዕክት"""
_MESSAGE_UNSPACED = ("メッセージ", "메시지", "消息", "訊息", "讯息", "信息", "ข้อความ", "tin nhắn", "ຂໍ້ຄວາມ", "សារ", "မက်ဆေ့")

_MARKS = re.compile(r"[\u200b-\u200f\u061c\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_END = " .。।۔!…\u0589"
_FOLDED = str.maketrans(
    {"’": "'", "‘": "'", "ʻ": "'", "ʼ": "'", "ي": "ی", "ك": "ک", "\u00a0": " ", "\u202f": " ", "ё": "е", "ş": "ș", "ţ": "ț"}
)
_HARAKAT = re.compile(r"[\u064b-\u0652]")


def plain(text: str) -> str:
    """Return a text as these words are compared: no marks of direction, one space, small letters, no stop at the end."""
    if text.isascii():
        return " ".join(text.lower().split()).rstrip(_END)
    folded = unicodedata.normalize("NFC", _MARKS.sub("", text)).casefold().translate(_FOLDED)
    return " ".join(_HARAKAT.sub("", folded).split()).strip("🚫 ").rstrip(_END)


def _plain(block: str) -> frozenset[str]:
    return frozenset(plain(one) for line in block.strip().splitlines() for one in line.split("|"))


DELETED = _plain(_DELETED)
"""What stands for a deleted message."""
BY_ADMIN = re.compile("|".join(_BY_ADMIN))
"""What stands for a message that an administrator deleted, with that person's name."""
_MISSED_CALL = re.compile("|".join(one.translate(_FOLDED) for one in _MISSED))
NO_WORDS = _plain(_NO_WORDS)
"""What stands for a picture, a file, a place or a call."""
ATTACHED = _plain(_ATTACHED)
"""What stands in brackets after the name of a file."""
EDITED = _plain(_EDITED)
"""What stands in angle brackets after a message that was changed."""
FEWEST_LETTERS = 3
VIRAMA = 9
"""The combining class of the signs that take a letter's vowel away."""
MESSAGE = frozenset(plain(one) for one in _MESSAGE.split())
"""The word for message."""


def _stem(word: str) -> str:
    """Return a word without the virama at its end, which a vowel of an ending takes the place of."""
    return word[:-1] if unicodedata.combining(word[-1]) == VIRAMA else word


_MESSAGE_STEMS = tuple(_stem(one) for one in MESSAGE if len(one) > FEWEST_LETTERS and not one[0].isascii())
"""Words for message that take endings: "in the message" is one word in Gujarati and Tamil. Those of the Latin script are told whole,
for they begin other words too."""


LONGEST = 130
"""No words of these are longer."""
_GATE = 5
_STARTS = frozenset(
    form(one)[:_GATE]
    for one in (*f"{_DELETED}|{_NO_WORDS}".replace("\n", "|").split("|"), "Voice call", "Video call", "Group call")
    for form in (str.casefold, plain)
    if one
)
_STARTS_OF_CALLS = ("missed", "verpasst", "llamada", "videollamada", "appel", "vidéo", "chiamata", "chamada", "ligação", "gemist", "пропущен",
    "nieodebrane", "zmeškan", "nem fogadott", "apel ", "cevapsız", "cuộc gọi", "ไม่ได้รับ", "สายโทร", "สายวิ", "不在着信", "音声通話の", "音声通話不", "ビデオ通話", "부재중 음성",
    "부재중 영상", "부재중 그룹", "부재중음성", "未接来电", "未接來電", "未接群组", "未接群組", "panggilan", "missat", "ubesvaret", "tapt ", "mistet", "vastaamaton", "αναπάντητη",
    "שיחה", "שיחת", "مكالمة", "مکالمه", "تماس ", "मिस्ड", "छूटी")  # fmt: skip
_STARTS_BY_ADMIN = (
    "this ",
    "diese",
    "un ad",
    "admin",
    "ce me",
    "quest",
    "esta ",
    "essa ",
    "mensa",
    "dit b",
    "bu me",
    "данно",
    "это с",
    "pesan",
    "این پ",
)
_ALL_STARTS = _STARTS.union(_STARTS_BY_ADMIN, (one[:_GATE] for one in _STARTS_OF_CALLS))


def may_be(text: str) -> bool:
    """Return whether a whole message may be one of these, by a quick look at its beginning: most are not."""
    return len(text) <= LONGEST and (text[:_GATE].casefold() in _ALL_STARTS or text[:1] in "🚫\u200e\u200f<‹")


def is_missed_call(flat: str) -> bool:
    """Return whether a whole message, as `plain` returns it, stands for a call that nobody took, with its hour or without.

    >>> is_missed_call("missed voice call at 10:23 pm"), is_missed_call("i missed a call")
    (True, False)
    """
    bare = _AT_HOUR.sub("", flat)
    if bare == flat:
        return bool(_MISSED_CALL.fullmatch(flat))
    words = bare.split()
    shorter = [" ".join(words[: len(words) - dropped]) for dropped in range(3)]  # "at", "a las", "um"
    return any(one in NO_WORDS or _MISSED_CALL.fullmatch(one) for one in shorter)


def names_message(text: str) -> bool:
    """Return whether a text has the word for message of some language."""
    flat = plain(text)
    words = flat.split()
    return (
        not MESSAGE.isdisjoint(words)
        or any(one in flat for one in _MESSAGE_UNSPACED)
        or any(word.startswith(_MESSAGE_STEMS) for word in words)
    )
