"""Pairs of a question and its answer under the names that people give them, and under any names that `--column` tells.

`{"instruction","response"}`, `{"question","answer"}`, `{"Query","Reply"}`, `{"user","assistant"}`, `{"input","target"}`, `{"Frage","Antwort"}` and so
on. Material beside the question (`context`, or `input` beside an instruction) stands below it, after an empty line, as in alpaca's rows.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from burnish.data.flaw import Flaw, kind, shown
from burnish.data.names import name_list, plain, words_of
from burnish.data.turns import Turn, missing
from burnish.records.codec import JSON

NAME = "pair"

QUESTIONS = name_list(
    "instruction instructions question questions prompt query request problem input q ask inquiry enquiry utterance front source "
    "src frage anweisung eingabe pregunta consulta instrucción entrada consigne requête demande domanda richiesta istruzione "
    "pergunta instrução vraag instructie fråga spørsmål spørgsmål kysymys otázka pytanie polecenie întrebare kérdés vprašanje "
    "pitanje въпрос ερώτηση вопрос запрос инструкция питання запитання soru سؤال سوال שאלה प्रश्न 问题 問題 提问 问 指令 输入 輸入 質問 "
    "指示 入力 질문 지시 입력 คำถาม câuhỏi pertanyaan soalan swali message"
)
"""Names of what is asked; where a row has several, the first of them here."""
ANSWERS = name_list(
    "response responses answer answers completion output reply target a solution resolution back tgt generation "
    "antwort ausgabe respuesta salida réponse sortie risposta resposta saída antwoord svar vastaus odpověď odpoveď odpowiedź "
    "răspuns válasz odgovor отговор απάντηση ответ вывод відповідь cevap yanıt جواب إجابة پاسخ תשובה उत्तर 答案 回答 答 回复 回覆 "
    "输出 輸出 応答 返答 出力 답변 응답 대답 출력 คำตอบ trảlời câutrảlời jawaban jawapan jibu"
)
"""Names of what is to be said."""
CONTEXTS = name_list(
    "context contexts contextstring passage passages background paragraph document documents kontext contexto contexte contesto контекст 上下文"
)
"""Names of what a question is about."""
ASKERS = name_list("user human customer client patient student visitor person asker questioner prompter")
REPLIERS = name_list(
    "assistant bot gpt chatgpt chatbot ai model llm agent doctor teacher tutor support expert counselor therapist claude gemini"
)
"""Names of who speaks; of who answers, those from `ai` on mean other things too, and count only beside one who asks."""
SURE_REPLIERS = frozenset(REPLIERS[: REPLIERS.index("ai")])
_NEUTRAL = frozenset(name_list("text message msg content utterance turn said says words string str value body"))
_BEFORE = frozenset(
    name_list(
        "the a my your our their original full raw new clean final expected ideal best gold golden correct right good reference generated target "
        "human customer user client patient student sample example main first last faq item entry"
    )
)
_BELOW = ("input", "question", "query", "problem", "request")
"""What stands below an order where both are there: {"instruction": "Answer in one word.", "question": "...", "answer": "..."}."""
_ORDERS = frozenset({"instruction", "instructions"})
_PAIRED = {
    "q": {"a", "response", "answer"},
    "a": {"q"},
    "source": {"target", "tgt"},
    "src": {"target", "tgt"},
    "front": {"back"},
    "back": {"front"},
    "message": {"reply", "response"},
}
"""Short or ambiguous names, and beside which they count."""
COLUMNS = ("question", "answer", "context", "system", "thought")
"""What a person may name the column of."""


@functools.lru_cache(maxsize=4096)
def _part(key: str) -> tuple[str, str]:
    """Return which side a key names ("question", "answer", "context" or "") and by which name."""
    name = plain(key)
    words = words_of(key)
    if not words:
        return "", ""
    for side, names in (("question", QUESTIONS), ("answer", ANSWERS), ("context", CONTEXTS)):
        if name in names:
            return side, name
    if len(words) == 1:
        return ("question", name) if name in ASKERS else ("answer", name) if name in REPLIERS else ("", "")
    head = next((word for word in reversed(words) if word not in _NEUTRAL), "")
    before = words[: words.index(head)] if head in words else ()
    if head in ASKERS or head in REPLIERS:
        return ("question" if head in ASKERS else "answer"), head  # user_message, Bot Text
    if not all(word in _BEFORE or word in REPLIERS for word in before):
        return "", ""
    return ("question", head) if head in QUESTIONS else ("answer", head) if head in ANSWERS else ("", "")


def parts_of(row: Mapping[str, Any]) -> Mapping[str, str]:
    """Return {"question": key, "answer": key} of a row that is a pair, with "context" and "input" where they stand beside; else {}."""
    return _parts(tuple(row))


@functools.lru_cache(maxsize=1024)  # the rows of a file have few sets of keys
def _parts(keys_: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, dict[str, str]] = {"question": {}, "answer": {}, "context": {}}
    for key in keys_:
        side, name = _part(key)
        if side and (name not in found[side] or plain(key) == name):  # the bare name before one with words around it
            found[side][name] = key
    asked = _first(found["question"], (*QUESTIONS, *ASKERS), found["answer"])
    answered = _first(found["answer"], (*ANSWERS, *REPLIERS), found["question"])
    context = next(iter(found["context"].values()), "")
    if not answered or not (asked or context):
        return {}
    if not asked:
        return {"question": context, "answer": answered}
    extra = {"context": context} if context else {}
    below = next((other for name in _BELOW if (other := found["question"].get(name)) and other != asked), "")
    if below and (plain(below) == "input" or plain(asked) in _ORDERS):
        extra["input"] = below
    return {"question": asked, "answer": answered, **extra}


def _first(names: Mapping[str, str], order: Sequence[str], others: Mapping[str, str]) -> str:
    """Return the key of the first name that counts beside those of the other side, or ""."""
    for name in order:
        if name not in names:
            continue
        needed = _PAIRED.get(name)
        if needed and not needed & others.keys():
            continue
        if name in REPLIERS and name not in SURE_REPLIERS and not set(ASKERS) & others.keys():
            continue
        return names[name]
    return ""


def matches(row: Mapping[str, JSON]) -> bool:
    """Return whether a row is of this format: a pair under other names than alpaca's, or prompt and completion."""
    if "output" in row and "instruction" in row:
        return not row.get("input") and not row.get("history") and "context" in parts_of(row)
    if "completion" in row and "prompt" in row:
        return isinstance(row["prompt"], str) and isinstance(row["completion"], str) and "context" in parts_of(row)
    return bool(parts_of(row))


def keys(row: Mapping[str, JSON]) -> frozenset[str]:
    """Return the keys of a row that are read."""
    return frozenset(parts_of(row).values())


def turns(row: Mapping[str, JSON], flaws: list[Flaw]) -> list[Turn]:
    """Return the row's two turns; what is wrong is added to `flaws`."""
    return turns_by(row, parts_of(row), flaws)


def turns_by(row: Mapping[str, JSON], parts: Mapping[str, str], flaws: list[Flaw]) -> list[Turn]:
    """Return the two turns of a row of which it is known where its parts stand."""
    absent = [key for what in ("question", "answer") if (key := parts.get(what, "")) not in row]
    if absent:
        flaws += [missing(key, "name the columns of these rows: --column question=KEY --column answer=KEY") for key in absent]
        return []
    asked: JSON = single(row[parts["question"]])
    more = [
        words for what in ("input", "context") if what in parts for words in _material(row.get(parts[what]), parts[what], flaws)
    ]
    if isinstance(asked, str):
        asked = "\n\n".join([*([asked] if asked.strip() else []), *more]) if more else asked
    said = single(row[parts["answer"]])
    return [
        Turn(role="user", content=asked, role_key=parts["question"], content_key=parts["question"]),
        Turn(role="assistant", content=said, role_key=parts["answer"], content_key=parts["answer"]),
    ]


def single(value: JSON) -> JSON:
    """Return the one text of a list that holds one, else the value as it is."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else value


def _material(value: JSON, key: str, flaws: list[Flaw]) -> Iterator[str]:
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if isinstance(text, str):
            yield from [text] if text.strip() else []
        elif text is not None:
            remedy = "write it as a text"
            flaws.append(Flaw(reason=f"the {key} is {kind(text)}, not a text", key=key, seen=shown(text), remedy=remedy))
