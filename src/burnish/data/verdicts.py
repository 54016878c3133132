"""Labels of a row that say that its answer is a bad one, however they are written: trained on as it is, it would be learnt."""

from __future__ import annotations

import re
from collections.abc import Mapping

from burnish.data.flaw import Flaw, shown
from burnish.data.names import name_list, named, plain, words_of
from burnish.records.codec import JSON

LABELS = frozenset(
    name_list(
        "label kto ktotag ktolabel desirable isdesirable thumb thumbs thumbsup thumbup upvoted liked feedback humanfeedback userfeedback "
        "approved isapproved accepted isaccepted good isgood correct iscorrect preferred preference rating vote verdict quality"
    )
)
"""Keys of which a no calls the answer bad."""
AGAINST = frozenset(name_list("thumbsdown thumbdown downvoted disliked undesirable isbad bad isrejected badanswer wrong iswrong"))
"""Keys of which a yes does."""
NUMBERED = frozenset(name_list("label kto ktotag ktolabel desirable isdesirable thumb thumbs thumbsup thumbup feedback vote"))
"""Keys of which 0 calls it bad; in the others (a rating, a quality) 0 is said by words or by false."""
BAD = frozenset(
    name_list(
        "false no n f 0 00 bad badanswer poor terrible worse worst loser lose lost thumbsdown thumbdown down downvote "
        "downvoted dislike disliked reject rejected refused undesirable undesired unwanted negative neg wrong incorrect fail failed disapproved "
        "unacceptable notaccepted unhelpful notgood nothelpful donttrain "
        "nope nein non いいえ 아니요 unfavorable unfavourable disagree disagreed schlecht falsch malo mala mauvais mauvaise faux cattivo sbagliato ruim errado плохо плохой нет неверно 坏 差 错误 不好 否 悪い ダメ 나쁨"
    )
)
"""What such a label says of a bad answer, as `plain` writes it."""
SIGNS = frozenset({"0.0", "-1", "-1.0", "-", "👎", "❌", "✗", "✘", "✖", "×", "🚫", "☹"})
_NEUTRAL = frozenset({"answer", "response", "completion", "reply", "output", "label", "class", "is", "the", "this"})
_GOOD = frozenset(
    {
        "good",
        "desirable",
        "desired",
        "preferred",
        "correct",
        "right",
        "helpful",
        "acceptable",
        "accepted",
        "ok",
        "okay",
        "recommended",
    }
)
_LOOKS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
"""How a sign is drawn: in colour, in a tone of skin."""


def bad_label(row: Mapping[str, JSON], answer: str) -> Flaw | None:
    """Return the flaw of a row whose label calls its answer bad. A label that is the answer itself names a class, and judges nothing."""
    for key in named(row, LABELS | AGAINST):
        value = row[key]
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and value.strip().casefold() == answer.strip().casefold():
            continue
        if _is_bad(plain(key), value):
            remedy = "take rows with a bad answer out: sft would learn it"
            return Flaw(reason="this row's answer is labelled as bad", key=key, seen=shown(value), remedy=remedy)
        if plain(key) in NUMBERED and isinstance(value, float) and 0 < value < 1:
            remedy = "write true for a good answer, and take the bad ones out"
            return Flaw(reason="a label is neither good nor bad", key=key, seen=shown(value), remedy=remedy)
    return None


def _is_bad(name: str, value: JSON) -> bool:
    if name in AGAINST:
        return value is True or value == 1 or (isinstance(value, str) and value.strip().casefold() in {"true", "yes", "1", "y"})
    if isinstance(value, str):
        return _LOOKS.sub("", value).strip() in SIGNS or plain(value) in BAD or _says_bad(words_of(value))
    if isinstance(value, bool):
        return not value
    return isinstance(value, int | float) and (value < 0 or (value == 0 and name in NUMBERED))


def _says_bad(words: tuple[str, ...]) -> bool:
    """Return whether a few words call an answer bad: "bad_response", "LABEL_0", "not desirable"."""
    told = [word for word in words if word not in _NEUTRAL]
    if len(told) == 2 and told[0] in {"not", "non", "un"}:
        return told[1] in _GOOD
    return len(words) <= 4 and len(told) == 1 and told[0] in BAD
