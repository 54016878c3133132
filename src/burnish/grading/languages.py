"""Which language a text is in, told by its script and, where languages share one, by its most common small words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

SCRIPTS = {
    "HANGUL": "ko",
    "THAI": "th",
    "GURMUKHI": "pa",
    "GUJARATI": "gu",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "HEBREW": "he",
    "GREEK": "el",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "LATIN": "",
    "CYRILLIC": "",
    "ARABIC": "",
    "DEVANAGARI": "",
}
"""Script, as Unicode names its letters -> the language it is nearly always used for, or "" where several share it."""

LETTERS = {
    "LATIN": {"vi": "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"},
    "CYRILLIC": {"uk": "іїєґ", "ru": "ыэё"},
    "ARABIC": {"ur": "ٹڈڑےںہ", "fa": "پچژگی"},
}
"""Script -> language -> letters that the others of that script do not have."""

SMALL_WORDS = {
    "LATIN": {
        "en": "the of and to in is it that for was on are with as you this be at have from not or by an but they we what can a i",
        "de": "der die das und ist nicht ein eine zu den mit von ich sie es auf für im dem des auch wir wie sich sind ihr",
        "fr": "le la les de des et est un une en que qui dans pour pas sur avec vous nous ce il elle sont au du par je",
        "es": "el la los las de que y en un una es por con para no se lo como más su al del está pero mi yo muy",
        "pt": "o a os as de que e em um uma é por com para não se do da no na mais como mas ao você eu são muito",
        "it": "il la lo gli le di che e è un una in per con non si del della sono da al come ma io più anche questo",
        "sw": "na ya wa ni kwa za katika la cha kuwa hii hiyo kama yake au lakini pia sana mimi wewe yangu watu kila huo huu si",
        "vi": "và là của có cho không một những các được trong với người này khi đã để tôi bạn",
        "pl": "i w na nie się z do to jest że jak o dla przez po ale jestem są od co tak czy",
        "fi": "ja on ei se että hän ovat mutta kun oli minä sinä tämä myös olla kuin niin joka voi",
        "nl": "de het een en van is dat niet in te op voor met zijn aan er ook als maar je ik wij",
    },
    "CYRILLIC": {
        "ru": "и в не на что он с как это по но из у за к я его так для вы бы от мы она они все",
        "bg": "и на да се за от в е не са с по това които като но ще към или бъде при той тя които съм",
        "uk": "і в не на що з як це та до від він за але для ви ми вона у бути",
    },
    "ARABIC": {
        "ar": "في من على أن إلى هذا هذه التي الذي كان ما لا عن مع هو هي و أو قد كل",
        "fa": "و در به از که این را با است برای آن یک خود تا می هم من شما نیز بود",
        "ur": "اور کے کی ہے میں کا سے کو ہیں نے پر یہ کہ ایک اس جو بھی نہیں",
    },
    "DEVANAGARI": {
        "hi": "है हैं और के का की में से को पर यह कि एक नहीं भी ने हो था थी लिए इस वह तो कर मैं",
        "mr": "आहे आणि आहेत हे ते या च्या मध्ये एक तो ती नाही पण मी होते होता साठी करा असे",
        "ne": "छ र छन् यो हो मा लागि पनि को हुन्छ भने गर्न एक तर छैन म तपाईं",
    },
}
"""Script -> language -> its most common words (from general knowledge of each; no list of another project)."""

_WORDS = {script: {one: frozenset(text.split()) for one, text in of.items()} for script, of in SMALL_WORDS.items()}
LANGUAGES = tuple(sorted({one for one in SCRIPTS.values() if one} | {one for of in SMALL_WORDS.values() for one in of}))
"""Every language that can be told, as ISO 639-1 codes."""

_PUNCTUATION = ".,;:!?\"'“”‘’«»()[]*_-–—…،؟।。！？、"


def language(text: str) -> str:
    """Return the ISO 639-1 code of the language a text is mostly in, or "" where it cannot be told.

    First the script of most letters; then, among languages that share it, letters only one of them has, then the one with most
    small words. Limits: a Latin, Cyrillic, Arabic or Devanagari text of a few words may hold no small word and gives "";
    languages not listed are taken for a listed one that shares small words (Danish, Swedish, Czech: mostly "" or a wrong
    one; Azerbaijani, Serbian, Pashto and others likewise); text in two languages counts as the one with more letters or words.

    >>> [language(text) for text in ("The cat is on the mat.", "Die Katze ist nicht auf der Matte.", "Кошка спит, и она не ест.")]
    ['en', 'de', 'ru']
    >>> [language(text) for text in ("고양이가 잔다", "यह एक बिल्ली है", "این یک گربه است", "هذا هو البيت", "12.5", "Zzyzx")]
    ['ko', 'hi', 'fa', 'ar', '', '']
    """
    script = _script(text)
    if not script or SCRIPTS[script]:
        # Japanese writes Chinese characters too: one kana in ten letters and it is Japanese.
        return "ja" if script == "CJK" and _is_japanese(text) else SCRIPTS.get(script, "")
    plain = unicodedata.normalize("NFC", text).casefold()
    own = {one: sum(plain.count(letter) for letter in letters) for one, letters in LETTERS.get(script, {}).items()}
    letters = sum(map(str.isalpha, plain))
    for one, count in own.items():
        if count > letters / 50:
            return one
    words = [word.strip(_PUNCTUATION) for word in plain.replace("’", "'").split()]
    hits = {one: sum(word in known for word in words) for one, known in _WORDS[script].items()}
    best = max(hits, key=lambda one: hits[one])
    return best if hits[best] else ""


def _script(text: str) -> str:
    """Return the script of most letters, by the first word of their Unicode names; "" for none, or one not known here."""
    counts = Counter(re.split(r"[ -]", unicodedata.name(letter, ""))[0] for letter in text if letter.isalpha())
    script = max(counts, key=lambda one: counts[one], default="")
    return script if script in SCRIPTS else ""


def _is_japanese(text: str) -> bool:
    kana = sum("\u3040" <= letter <= "\u30ff" for letter in text)
    return kana > sum(map(str.isalpha, text)) / 10
