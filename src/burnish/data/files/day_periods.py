"""Words for the parts of a day, with the hours of each, in every language of Unicode's CLDR.

Made from CLDR 49 by the library Babel 2.19 at development time (`day_periods` and `day_period_rules` of all its locales), not by
hand: the words for morning, noon, afternoon, evening, night, AM and PM, as `plain` writes them. Where a word is morning in one
language and afternoon in another, the language that phones' chat programs speak counts; where both do, neither. A dozen older words
that phones wrote (पूर्वाह्न, 半夜) were added.
"""

from __future__ import annotations

import re
import unicodedata

_HOURS = {
    (0, 1): (
        "aadhiraat canolnos emesnatës gauerdia geceyarısı gecəyarı hatinggabi keskiyö keskiyöllä kesköö keskööl kuty-si "
        "lamiezulnopții medianoite meia-noite mesnatë mezzanotte middernacht middernag midn midnat midnatt midnight "
        "miezulnopții min minuit mitjanit mitternacht miðnætti modhyan modhyanrat mëzaneutte nửađêm opoln opolnoci "
        "opolnoči opółnocy pitunapyterupé poln polnoc polnoč ponoć pusnakts pusnaktī północ půln půlnoc saasitazausiku "
        "tengahmalam vidurnaktis yarimtun éjfél полн полночь полноќ полунощ поноћ північ түнжарымы түнортосу шөнөдунд "
        "яримтун ҝеҹәјары կեսգիշեր կեսգիշերին חצות ءتۇنجارىمى آدھیرات فيالمساء منتصفالليل نیمهشب मध्यरात मध्यरात्र "
        "मध्यरात्रि मध्यान मध्यानरात ਅੱਧੀਰਾਤ મધ્યરાત્રિ நள்ளிரவு అర్ధరాత్రి ಮಧ್ಯರಾತ್ರಿ അർദ്ധരാത്രി මැදියම මැදියමටපසු "
        "เที่ยงคืน ທ່ຽງຄືນ သန်းခေါင်ယံ შუაღამე შუაღამეს እኩለሌሊት អធ្រាត្រ 午夜 真夜中 자정"
    ),
    (0, 4): "delanuit enatës gajanɩ gecə gjn natë ночі ноќ ноќе ніч ҝеҹә",
    (0, 5): "dienag nachts nag nat omnatten znacht 凌晨",
    (0, 6): (
        "'snachts aðnóttu damadrugada delamadrugada dinotte entathakusa goiz goizald goizaldea goizaldeko kurãge "
        "madrugada matinada nacht naktis natt ngumaga notte nótt pitunaetéramẽ pånatta pånatten umaga գիշեր գիշերը "
        "գիշերվա ሌሊት በሌሊት"
    ),
    (0, 12): (
        "1ka a adduha ag am amvormittag an ankstāinan antemidí ap aqʼabʼil atm banhaet bn bore braxkndaax comme damanhã "
        "de delamañana delmatin dinda dop dopoldne dopołdnja dopołedniŏ dumat dumatin eparadites eqʼ eʼ fh fm ft fọmọ́nin "
        "gh goöň göň günortadanöň hengihengi hh hoseng i/m iarmade ib ibikɛ̂glà icheheavo idiɓa inthemorning iđitbeaivet "
        "iđitbeaivi kang'ama karoon ki kiroko kiɛmɛ́ɛm krn kíkíríg kĩroko lb leebi lumalwak lwamilawu m ma makeo mambia "
        "manhã maná mat matin mañana mbaʼámbaʼ mbaꞌmbaꞌ mesong moies morning muhi munkyo n'ụtụtụ nd ntufat ntɔ́ngɔ́ od "
        "opensuno pagi pagi/siang pamilau paradite pd pg pg/sg piopensuno priekšp priekšpusdiena priekšpusdienā priešpiet "
        "prijepodne prp prīškpušdīnē rn rw rũ sa saaku safiya sf sokallim soodo sub subaka subbaahi sárúwá taparachu "
        "tesiran tifawt to too uhrvörmiddaachs ulloqeqqata-tungaa uluchelo utuko vaasisu vm vorm vormittag vörmeddaach wd "
        "wichishu yb ybore zdatazal zmu àárɔ̀ àárọ̀ ç̌ ç̌um ç̌umaneri öö öň ĩyakwakya ŋ ŋdi ǁgoagas ɛnkakɛnyá "
        "ʊshilèkʊboɖu πμ ϧ ϧⲙ а ам апн апоўначы дп ку обедтэикеле преподне претпл пријеподне таңкы то тң эи үө "
        'ӕмбисбоныразмӕ לפנה"צ פֿאַרמיטאָג اےایم بن تد ص صباحا صباحًا صبح صبح،منجهند عم غم ق قبلازظهر قظ پ پظ پیشزظهر چب '
        "چۈشتىنبۇرۇن ܩ ܩܛ ߛ एएम तडके दुपहरब्रोंठ पूर्वाह्न फुं भोर भ्यागा मपू येएम सकाळीं सबेरे सवेर सुबुहजा এএম নুমাং "
        "পূর্বাহ্ণ পূর্বাহ্ন পূৰ্বাহ্ন ଏ ଏଏମ ఎ ఎఎమ్ පෙ පෙව ก่อนเที่ยง ກ່ອນທ່ຽງ སྔ་ཆ་ སྔ་དྲོ་ တွၼ်ႈၸဝ်ႉ တၸ နံနက် ၸ ማለዶ "
        "ቀደምሰርምዕል ቅቀ ጠ ጥዋት ጽባሕ ፋዱስጃብ Ꮜ ᏌᎾᎴ ᐁᒼ ᐊᒼ នៅពេលព្រឹក ព្រឹក ᠦ᠂ᠥ ᱥᱮᱛᱟᱜ ⵜⵉⴼⴰⵡⵜ 上午 上昼 上晝 午前 早晨 ꎸꄑ 오전 𐐰𐑋 𐑨𐑥 𞤢 𞤢𞤰"
    ),
    (1, 3): "ل ليلاً",
    (1, 4): "بامداد",
    (1, 6): "පාන්දර",
    (3, 5): "அதிகாலை",
    (3, 6): "לפנותבוקר فجرًا فيالصباح പുലർച്ചെ 아침",
    (4, 5): "fɔŋli",
    (4, 6): "hajnal sübh сүбһ पहाट ভোর ভোরবেলায় 𑄛𑄧𑄖𑄳𑄠𑄃𑄟𑄧𑄣𑄳𑄠𑄬",
    (4, 7): "alfajiri asb asʊbaa",
    (4, 9): "emëngjesit mëngjes r ráno",
    (4, 10): "наутро",
    (4, 11): "сутринта",
    (4, 12): ("sokall subah sáng ujutro πρωί τοπρωί ранку ранок утра утро ујутру јутро صبحمیں बिहान सकाळ सुबह ਸਵੇਰੇ સવાર સવારે 朝"),
    (5, 8): "早上 清晨",
    (5, 10): "aamu aamulla morgen morgens morgon ommorgenen påmorg påmorgonen",
    (5, 12): "ammorge dieoggend dimineața hommik hommikul morge oggend காலை ຕອນເຊົ້າ ເຊົ້າ დილ დილა დილით",
    (6, 9): "reggel",
    (6, 10): "ekuseni jut morg påmorgenen rano zjut zjutraj",
    (6, 11): "ertalab sabah эрталаб",
    (6, 12): (
        "'sochtends aðmorgni damattin damañá dimattina goiza goizeko jutro kusãgki kuêmaramẽ madaling-araw mattin mattina "
        "matí mañá morgunn norīta ochtend rytas rīts səhər ujutru сәһәр таң таңғы эртеңменен өглөө առավոտ առավոտյան בבוקר "
        "בוקר تاڭ تاڭعى সকাল সকালবেলায় ఉదయం ಬೆಳಗ್ಗೆ രാവിലെ උදේ ตอนเช้า ในตอนเช้า 𑄝𑄬𑄚𑄳𑄠𑄬"
    ),
    (7, 12): "asubuhi gajaka gjk",
    (8, 12): "朝早",
    (9, 12): "dopol dopoledne dopoludnia dopoludnie délelőtt",
    (10, 12): (
        "aamup aamupäivä aamupäivällä dopoldan form formiddag förm förmiddag omformiddagen przedpołudnie przedpołudniem "
        "påformiddagen påförm påförmiddagen vormittags претпладне"
    ),
    (10, 13): "emini",
    (10, 15): "siang",
    (11, 12): "öğledenönce",
    (11, 14): "наобяд",
    (11, 18): "kunduzi кундузи",
    (12, 13): (
        "adhuhuri amiază canoldydd delmediodía domediodía dél emesditës günorta hádegi iandé-ara-pyturepé keskip "
        "keskipäivä keskipäivällä keskpäev keskpäeval kurã-kuju laamiază madhyanh mediodía meio-dia mesditë mezzogiorno "
        "midday midi migdia mittags mëzogiorno napol napoludnie noon opold opoldne perpiet podne pol pold poldne poledne "
        "poludnie południe pusd pusdienlaiks pusdienlaikā saasitazamchana tanghaling-tapat tr trưa tushpayti vidurdienis "
        "wpołudnie öğle напладне пладне подне полд полдень полудень талтүс тушпайти түскі чактүш ҝүнорта үддунд կեսօր "
        "կեսօրին تالءتۇس تۇسكى ظهر ظهرًا मध्यान्ह நண்பகல் ഉച്ച මධ්යාහ්නය ตอนบ่าย เที่ยง ในตอนบ่าย ຕອນທ່ຽງ ທ່ຽງ မွန်းတည့် "
        "შუადღ შუადღე შუადღეს ቀትር ᎢᎦ ថ្ងៃត្រង់ 中午 正午 정오"
    ),
    (12, 14): "eguerd eguerdia eguerdiko mittag tengahhari zmittag ŋdɔ மதியம் ഉച്ചയ്ക്ക് දවල්",
    (12, 16): (
        "alasiri donpar donparam dopahar gshk gɩshilikɔnɔ hapon mchana nghapon בצהריים צהריים دوپہر دوپہرمیں अपरान्ह "
        "दनपार दनपारां दुपार दोपहर দুপুর দুপুরবেলায় ਦੁਪਹਿਰੇ બપોર બપોરે ຕອນບ່າຍ ສວາຍ နေ့လယ် 昼 𑄘𑄨𑄝𑄪𑄎𑄳𑄠"
    ),
    (12, 17): "gündüz μεσημ μεσημέρι τομεσημέρι ҝүндүз",
    (12, 18): (
        "'smiddags afternoon apm après-midi chiều del'apm del'après-midi delpomeriggio depoidisnâ diemiddag diena "
        "dipomeriggio după-amiaza délután efterm eftermiddag eftirhádegi etterm ettermiddag iltap iltapäivä iltapäivällä "
        "intheafternoon middag odpoledne omeftermiddagen poidisnâ pomeriggio popietė popod popol popoldan popoludnie "
        "popoludní popołudnie popołudniu poslijepodne prynhawn pärastlõuna pärastlõunal påefterm påeftermiddagen "
        "påettermiddagen síðdegis yprynhawn öğledensonra день дня попладне попод послийеподне түстенкейін түстенкейінгі "
        "түштөнкийин уподне өдөр ցերեկ ցերեկը ցերեկվա تۇستەنكەيىن تۇستەنكەيىنگى మధ్యాహ్నం ಮಧ್ಯಾಹ್ನ ნაშუადღ ნაშუადღევი "
        "ნაშუადღევს នៅពេលរសៀល រសៀល"
    ),
    (12, 19): "karukaramẽ rãkãnhkỹ",
    (12, 24): (
        "2ja ak akasuba aluula amnamittag anw banringzgvaq baubaukndaax carra ch chilo cɛɛ́nko datarde delatarde desira "
        "dilolo du e/m ea eahketbeaivet eahketbeaivi eb ebongi ebyámu efiafi eftermade eh eigulo em ep epasdites ew f fi "
        "fọívnin gd gm gosoň gsoň günortadansoň hawwaro hwaĩ-inĩ ichamthi in ip iɓugajɔp kbʼeqʼij kikiiɗe kingoto "
        "kisɛ́ndɛ koosk kooskoliny kugú kyiukonyi lilli lk lumalwap makaaripi mchochil'l md mog mpókwa muu n'abali "
        "n'abalị nam namittag ncwònzém ngo ngəgógəle nm nommendaach nomë nomëttes ntmeddit nyiaghuo odp ondğ ondğeri ot p "
        "pamunyi papussideinan pasdite pashamihe piecpušdīnē pinisuno pipinisuno pm pn pop popiet popodne popoldne "
        "popołdnju popołedniu posmidí ptg ptm pēcp pēcpusd pēcpusdiena pēcpusdienā sanje shwane sn soir soré/malem soň "
        "sr/mlm tadggʷat tarde teipa thapama tk tŋ uhrnommendaachs uk ulloqeqqata-kingorna wb wótp wótpołdnja yamma yh ym "
        "zaarikayb zd zmw ös ĩyawĩoo ŋkambɔ́tnji ũg ǃuias ɔ̀sán ɛndámâ ɣ ɣetrɔ ʊshilèkʊsasʊ μμ апд апоўдні кх обедтэмейле "
        "п пм попл поподне послијеподне пп тк түштөнкийинки эк үх ӕмбисбоныфӕстӕ נאָכמיטאָג ب بظ بعدازظهر بعدزظهر تك دن "
        "شام غو ك م مساء مساءً منجهند،شام پیپی چك چۈشتىنكېيىن ܒ ܒܛ ߥ अपराह्न दपेहरा/संजा दपैहरबाद दुपहरपतॖ पीएम बे बेलासे "
        "मउ शामजा स'ञ सांजे सांझ सांम অপরাহ্ণ অপরাহ্ন অপৰাহ্ন পিএম ପି ପିଏମ పి పిఎమ్ ප පව หลังเที่ยง ຫຼັງທ່ຽງ ཕྱི་ཆ་ "
        "ཕྱི་དྲོ་ ညနေ တလ တွၼ်ႈလႃႈ လ ሓቆስርምዕል ምሴት ቃማ ከ ከሰዓት ድቀ ፋዱስደምቢ Ꮢ ᏒᎯᏱᎢ ᏒᎯᏱᎢᏗᏢ ᐲᒼ ᠦ᠂ᠬᠣ ᱧᱤᱫᱟᱹ ḍeffiraza ọ̀sán ⲙ ⲙⲙ "
        "ⵜⴰⴷⴳⴳⵯⴰⵜ 下午 下昼 下晝 午後 ꁯꋒ 오후 𐐹𐑋 𐑐𐑥 𞤩 𞤩𞤰"
    ),
    (13, 16): "บ่าย",
    (13, 18): "nachm nachmittag nachmittags بعدالظهر",
    (13, 19): "ntambama tarda vesprada بعدازچاشت عصر",
    (14, 15): "ഉച്ചതിരിഞ്ഞ്",
    (14, 16): "பிற்பகல்",
    (14, 18): "следобед හවස",
    (14, 19): "arrats arratsaldea arratsaldeko petang",
    (15, 18): "sore വൈകുന്നേരം",
    (16, 18): 'אחה"צ אחרהצהריים سہپہر বিকাল மாலை ตอนเย็น ในตอนเย็น 𑄝𑄬𑄣𑄳𑄠𑄬',
    (16, 19): "jioni साँझ 夕方",
    (16, 20): "gtsh gɩteŋshile sanj shaam शाम सांज સાંજ સાંજે ຕອນແລງ ແລງ",
    (16, 21): "evening संध्याकाळ ਸ਼ਾਮ ਸ਼ਾਮੀਂ",
    (16, 24): "gabi nggabi",
    (17, 19): "axşamüstü ахшамүстү",
    (17, 20): "απόγ απόγευμα τοαπόγευμα",
    (18, 19): "akşamüstü സന്ധ്യ",
    (18, 20): "شاممیں সন্ধ্যা সন্ধ্যাবেলায় 𑄥𑄎𑄧𑄚𑄳𑄠",
    (18, 21): (
        "este fiẽ intheevening navečer tối uveče veče wieczorem wieczór вече кечинде кечкурун кеш кешкі орой увече كەش "
        "كەشى அந்திமாலை సాయంత్రం ಸಂಜೆ ค่ำ საღ საღამო საღამოს នៅពេលល្ងាច ល្ងាច 저녁"
    ),
    (18, 22): "daseia kechqurun seara seia več večer zveč zvečer веч вечера вечерта кечқурун בערב ערב",
    (18, 23): "illalla ilta vakars vakarā õhtu õhtul",
    (18, 24): (
        "'savonds aabig aand abend abends aften avond aðkvöldi dieaand disera dusoir embrëmjes kveld kväll kvöld malam "
        "mbrëmje omaftenen påkvelden påkvällen sera vakaras yrhwyr zaabig вечер вечора вечір навечер երեկո երեկոյան රෑ "
        "ምሽት በምሽት"
    ),
    (19, 21): "akşam iluntz iluntzea iluntzeko vespre",
    (19, 22): "बेलुकी",
    (19, 23): "夜",
    (19, 24): "axşam ebusuku kutykỹ noite pitunaramẽ ахшам شب ည 夜晚 晚上",
    (19, 25): "danoite",
    (19, 27): "രാത്രി",
    (19, 28): "usiku",
    (20, 24): "delanoche gjb gɩjibɔŋɔ noche",
    (20, 28): "night raat rat rati βράδυ τοβράδυ رات راتمیں रात राती রাত রাত্রি রাত্রিবেলায় રાત્રિ રાત્રે 𑄢𑄬𑄖𑄴",
    (20, 29): "ກາງຄືນ ຕອນກາງຄືນ",
    (21, 24): "atnight gaua gaueko nit នៅពេលយប់ យប់",
    (21, 27): "இரவு 밤",
    (21, 28): "ponoći zã éjjel đêm रात्र ਰਾਤ ਰਾਤੀਂ",
    (21, 29): "ღამ ღამე ღამით",
    (21, 30): "gece noc noć noću wnocy ноћ ноћу түн түнгі түничинде шөнө ءتۇن تۇنگى రాత్రి ರಾತ್ರಿ กลางคืน",
    (22, 27): "בלילה לילה",
    (22, 28): "vn vnoci ночи ночь презнощта",
    (22, 29): "noaptea",
    (22, 30): "daneutte kechasi neutte noč ponoči кечаси",
    (23, 28): "半夜 夜中 深夜",
    (23, 29): "yö yöllä öösel",
    (23, 30): "nakts naktī",
}
"""(first hour, hour after the last; over 24 where it goes past midnight) to words."""
_SPANS = {word: span for span, words in _HOURS.items() for word in words.split()}
_LEFT_OUT = re.compile(r"[\s.,·]+")
_QUOTES = str.maketrans({"״": '"', "׳": "'", "’": "'", "‘": "'"})


def plain(words: str) -> str:
    """Return words as they stand in the table: without white space, dots and marks of direction, in small letters.

    >>> plain("p. m."), plain("ÖS"), plain("오후")
    ('pm', 'ös', '오후')
    """
    kept = "".join(character for character in words if unicodedata.category(character) != "Cf")
    return _LEFT_OUT.sub("", unicodedata.normalize("NFC", kept)).casefold().translate(_QUOTES)


def is_period(words: str) -> bool:
    """Return whether words name a part of a day."""
    return plain(words) in _SPANS


def hour_of_day(hour: int, words: str) -> int | None:
    """Return the hour from 0 to 23 of an hour that stands beside the name of a part of a day; None where that name is not known.

    >>> hour_of_day(3, "下午"), hour_of_day(12, "AM"), hour_of_day(12, "p. m."), hour_of_day(15, "PM"), hour_of_day(3, "someday")
    (15, 0, 12, 15, None)
    """
    span = _SPANS.get(plain(words))
    if span is None:
        return None
    if hour > 12:
        return hour
    first, after = span
    half = hour % 12
    return min((half, half + 12), key=lambda one: _distance(one, first, after))


def _distance(hour: int, first: int, after: int) -> int:
    """Return the hours between an hour and a span; 0 within it."""
    if first <= hour < after or first <= hour + 24 < after:
        return 0
    return min((first - hour) % 24, (hour - after + 1) % 24)
