"""Words that tell a phone number: before it, after it, or between it and another one; and words that tell it is something else."""

from __future__ import annotations

import re

_LABEL = (
    "phone|tele?(?:fon)?|mobile|cell|fax|whatsapp|sms|text me|handy|number(?: is)?|hotline|voicemail|pager|landline|extension"
    "|telefon\\w{0,8}|telefoon\\w{0,8}|telephone|t[eé]l[eé]fono|t[eé]l[eé]phone|portable|móvil|celular|cellulare|telemóvel|mobil|mobiel|matkapuhelin|puhelin\\w{0,4}"
    "|rufnummer|handynummer|nummer|número|numero|numéro|numer|сотовый|телефон\\w{0,3}|номер|τηλέφωνο|κινητό|telefonszám|gsm|हमारा फोन|फ़ोन|फोन|ফোন|電話|电话|手机|전화"
)
_VERB = (
    "call(?:ed|ing)?|ring|dial|contact|reach"
    "|anrufen|ruf|erreichbar|appele[rz]|joindre|llam[ae](?:r|me|nos)?|chiam[ai](?:re|mi|ci)?|ligue|ligar|bel|ringa?|zadzwoń|dzwoń|позвоните|звоните"
)
_SURELY = "phone|tele?(?:fon)?|mobile|cell|fax|whatsapp|sms|handy|telefono?|t[eé]l[eé]fono|t[eé]l[eé]phone|celular|cellulare|móvil|rufnummer|gsm"
_NOT_BY_PHONE = r"(?:(?:the|this|that|a|an|our|your|its|my)\s+)?(?:\w+\s+)?(?:function|method|procedure|routine|endpoint|api|script|tool|program|command|constructor|handler)\b|it\b(?! (?:at|on|under)\b)"
"""What is called otherwise than by phone, right behind the verb."""
_TOLD = re.compile(
    rf"\b(?:{_LABEL})\b[^\d]{{0,50}}$"
    rf"|\b(?:{_VERB})\b(?!\s+(?:{_NOT_BY_PHONE}))[^\d]{{0,50}}$"
    r"|\b(?:reply|answer|message|available|touch) (?:at|on|under|via)[ :]*$"
    r"|(?:^|[\n|,;(•-] *)(?:[tmfpoh]|ph|mob|office|home|work|direct|desk|private)\s*[.:]? *$",
    re.IGNORECASE,
)
_TOLD_SURELY = re.compile(
    rf"\b(?:{_SURELY})(?: number| no\.?| nr\.?)?(?: is| was)?[ \t]*:?[ \t]*$|\b(?:call|ring|dial|reach|phone)(?: (?!it\b|at\b)\w+){{0,2}}[ \t]*:?[ \t]*$",
    re.IGNORECASE,
)
_TOLD_EARLIER = re.compile(
    rf"\b(?:{_LABEL}|{_VERB})\b(?!\s+(?:{_NOT_BY_PHONE}))(?:[^\d.!?\n]|\.(?=\w)|\b\d{{1,2}}\b){{0,70}}\b(?:at|on|under|is|it's|via|to|auf|sur|al|unter)[ :]*$",
    re.IGNORECASE,
)
"""Earlier in the same sentence, with an hour or a count between: "call me at 10 on"."""
_TOLD_AFTER = re.compile(
    r"\W{0,4}(?:is|was) (?:my|his|her|our|your|the|their) (?:\w+ )?(?:number|phone|mobile|cell|fax|landline)\b"
    r"|[ \t]{0,3}[-–—,(\[/|]?[ \t]{0,2}(?:office|mobile|mob|cell|fax|home|work|direct|desk|landline|phone|tel|handy|gsm|whatsapp)\b\.?[)\]]?"
    r"[ \t]{0,3}(?:$|\n|[,;|])|[ \t]{0,3}[(\[][cdfhmotw][)\]]",
    re.IGNORECASE,
)
"""After it: "... is my mobile", or as signatures have it, "... (mobile)" at a line's end."""
_OTHER = re.compile(
    r"\b(?:order|invoice|ticket|case|account|card|article|item|reference|ref|issue|serial|customer|tracking|zip|isbn|room|flight|id|no\.|nr\.)\b"
    r"(?:[ \t]*(?:numbers?|no|nr|ids?|codes?|is|was|are|and|or|[^\w\s]))*[ \t]*$|(?:订单|訂單|运单|運單|快递|快遞|单号|單號|编号|編號|邮编|邮政编码|郵遞區號|郵便|우편|学号|學號|工号|证号|證號|账号|帳號|卡号|卡號|合同|货号|貨號|型号|型號|型番|品番|会員|社員|口座|계좌|학번|사번|注文|伝票|追跡|주문|송장|운송장|หมายเลขคำสั่งซื้อ|เลขที่คำสั่งซื้อ|พัสดุ|รหัสสินค้า|ऑर्डर (?:नंबर|संख्या)|رقم الطلب|رقم الفاتورة|מספר הזמנה|mã đơn(?: hàng)?|номер заказа|заказ[а]? №?|〒)(?:号码?|號碼?|番号|번호)?[\s:：はがの는은是为為]*$|\b(?:apt|apartment|suite|ste|unit|flat|box|psc|cmr)\b\.?[ #]*$",
    re.IGNORECASE,
)
_CHAIN = re.compile(
    r"[ \t]*(?:\([^\W\d]{1,12}\)|[^\W\d]{1,8})?[ \t]*(?:[,;/|&]|\n)?[ \t]*(?:(?:or|and|oder|und|ou|et|o|y|e|eller|och|of|en|oraz|lub|или|и)\b)?[ \t]*",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"[ \t]+(?!(?:or|and|for|is|was|if|when|until|till|from|after|before|please|any|all)\b)[^\W\d_]")
_AMONG_COUNTS = re.compile(r"第[\s(]*$")
_COUNTER = re.compile(
    r"[\s)]*(?:元|円|圆|人(?!工)|名|원|명|公里|キロ|公斤|千米|平方|米|页|頁|ページ|页码|次|万|億|亿|株|枚|ドル|บาท|คน)"
)
NEAR = 90
"""Signs around a number in which words tell of it."""


def called_other(before: str) -> bool:
    """Return whether the words before a number call it an order, an invoice, an account."""
    return _OTHER.search(before) is not None


def counts(before: str, after: str) -> bool:
    """Return whether a number without a cue counts things in a script without gaps: "13812345678元", "第1381234号"."""
    return _COUNTER.match(after) is not None or _AMONG_COUNTS.search(before) is not None


def told(before: str, after: str) -> bool:
    """Return whether words before or after a number announce a phone number."""
    return bool(_TOLD.search(before[-60:]) or _TOLD_AFTER.match(after) or _TOLD_EARLIER.search(before))


def told_surely(before: str, after: str) -> bool:
    """Return whether a word right before a number announces it, which even a number of six digits needs no more than."""
    return bool(_TOLD_SURELY.search(before)) and not counted(after)


def goes_on(between: str) -> bool:
    """Return whether no more than an "or", a comma or a new line stands between a phone number and the next."""
    return _CHAIN.fullmatch(between) is not None


def counted(after: str) -> bool:
    """Return whether the word after a number is what it counts or where it stands: "5120233 people", "675 62314 Mellemvej"."""
    return _COUNTED.match(after) is not None
