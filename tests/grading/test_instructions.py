"""`instructions`: every kind of IFEval is followed by what follows it, and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from burnish.grading import task_faults
from burnish.grading.instruction_kinds import KINDS
from burnish.grading.languages import language
from burnish.records.conversation import Message
from burnish.records.task import Task

FIXTURE = Path(__file__).parents[1] / "fixtures" / "grading" / "ifeval_instructions.jsonl"


def task(*items):
    """Return a task with these instructions."""
    return Task(id="t", messages=(Message(role="user", content="?"),), grader="instructions", target=list(items))


def followed(kind, arguments, answer):
    """Return whether the grader says that an answer follows one instruction."""
    from burnish.grading.instructions import grade

    one = task({"kind": kind} | arguments)
    assert task_faults(one) == []
    return grade(one, answer).value == 1


AT_LEAST, LESS = "at least", "less than"
TABLE = [
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": AT_LEAST}, ["STOP and GO now", "It is a U.S. and UK matter"], ["STOP and go", "Stop And Go"]),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": LESS}, ["nothing here", "One BIG word"], ["TWO BIG words", "I think I do"]),
    ("change_case:english_capital", {}, ["THE SHOP IS OPEN.", "OPEN AT 9!"], ["THE SHOP is OPEN.", "DER LADEN IST NICHT AUF.", "МАГАЗИН НЕ ОТКРЫТ", "12"]),
    ("change_case:english_lowercase", {}, ["the shop is open.", "open at 9"], ["The shop is open.", "der laden ist nicht auf.", "12"]),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Name a fish."}, ["Name a fish. A trout.", "\nname a fish.\nTrout"], ["A trout.", "Sure: Name a fish. A trout."]),
    ("combination:two_responses", {}, ["One.\n******\nTwo.", "******One.******Two."], ["One.", "One.\n******\nOne.", "One.******Two.******Three.", "One.************Two."]),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, ["Dear [name], see [place].", "[a][b][c]"], ["Dear [name],", "Dear (name), see (place)."]),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, ["Bye.\nP.S. Bring tea.", "Bye.\np. s. Bring tea."], ["Bye.", "Bye.\nPS Bring tea."]),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, ["Bye.\nP.P.S. Bring tea.", "Bye.\nP. P. S Tea"], ["Bye.\nP.S. Bring tea.", "Bye."]),
    ("detectable_content:postscript", {"postscript_marker": "N.B."}, ["Bye.\nN.B. Bring tea."], ["Bye.\nP.S. Bring tea.", "NxBx"]),
    ("detectable_format:constrained_response", {}, ["My answer is yes.", "My answer is maybe.\n"], ["Yes.", "my answer is yes.", "My answer is yes"]),
    ("detectable_format:json_format", {}, ['{"a": 1}', "```json\n[1, 2]\n```", '```\n{"a": 1}\n```'], ['Here: {"a": 1}', "{'a': 1}", '{"a": 1', '```json\n{"a": 1}\n``` Done']),
    ("detectable_format:multiple_sections", {"section_spliter": "SECTION", "num_sections": 2}, ["SECTION 1\na\nSECTION 2\nb", "SECTION 1 SECTION 2 SECTION 3"], ["SECTION 1\na", "Section 1\na\nSection 2\nb", "SECTION A\nSECTION B"]),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, ["* a\n* b", "Two:\n- a\n  - b"], ["* a", "- a\n- b\n- c", "1. a\n2. b", "**a**\n* b"]),
    ("detectable_format:number_bullet_lists", {"num_bullets": 0}, ["No list."], ["- a"]),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, ["*a b* and *c*", "**a** and *b*"], ["*a*", "** and **", "*a\nb* c *d*", "a and b"]),
    ("detectable_format:title", {}, ["<<A day out>>\nWe went.", "<< Poem >>"], ["A day out\nWe went.", "<<>>", "<<  >>", "<A day out>"]),
    ("keywords:existence", {"keywords": ["river", "land"]}, ["The river parts the land.", "RIVERS and islands"], ["The river is wide.", "Nothing."]),
    ("keywords:forbidden_words", {"forbidden_words": ["no", "yes"]}, ["I know.", "Perhaps."], ["No.", "I say yes, often."]),
    ("keywords:frequency", {"keyword": "tea", "frequency": 2, "relation": AT_LEAST}, ["Tea and tea.", "tea, teapot"], ["Tea.", "Coffee."]),
    ("keywords:frequency", {"keyword": "tea", "frequency": 2, "relation": LESS}, ["Tea.", "Coffee."], ["Tea and tea."]),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": AT_LEAST}, ["#a #b", "## Title"], ["#a", "a"]),
    ("keywords:letter_frequency", {"letter": "E", "let_frequency": 2, "let_relation": LESS}, ["one", "odd"], ["even", "Ease"]),
    ("language:response_language", {"language": "de"}, ["Das ist nicht der Weg.", "12.5"], ["This is not the way.", "Ce n'est pas le chemin.", "Երեւան"]),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "jasper"}, ["One.\n\nJasper ran.", 'One.\n\n"Jasper," he said.'], ["Jasper ran.\n\nOne.", "One.\n\nJaspers ran.", "One.\n\nJasper ran.\n\nEnd.", "One.\nJasper ran."]),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, ["One.\n***\nTwo.", "***\nOne.\n***\nTwo.\n***"], ["One.\n\nTwo.", "One.", "One.\n***\nTwo.\n***\nThree.", "One.\n***\n***\nTwo."]),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 1}, ["One.\n\nStill one."], ["One.\n***\nTwo."]),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": LESS}, ["One. Two!", "Dr. Ann paid 3.5 euros, e.g. today. Fine.", "- a\n- b\n- c"], ["One. Two! Three?", "One. Two. And three"]),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": AT_LEAST}, ["One. Two.", "Bin da। Hier।"], ["One", "Only Mr. J. Smith."]),
    ("length_constraints:number_words", {"num_words": 3, "relation": LESS}, ["Two words.", ""], ["Three small words.", "it's so"]),
    ("length_constraints:number_words", {"num_words": 3, "relation": AT_LEAST}, ["Three small words."], ["Two words."]),
    ("punctuation:no_comma", {}, ["Red and blue."], ["Red, blue."]),
    ("startend:end_checker", {"end_phrase": "Is that all?"}, ["Done. Is that all?", '"Done. is that all?"\n'], ["Is that all? Done.", "Done. Is that all? P.S. Yes"]),
    ("startend:quotation", {}, ['"All of it."', ' "a"\n'], ['"Part" of it.', "All of it.", '"']),
]  # fmt: skip
"""Kind, its arguments, answers that follow it, answers that do not."""
RIGHT = [(kind, arguments, answer) for kind, arguments, right, _ in TABLE for answer in right]
WRONG = [(kind, arguments, answer) for kind, arguments, _, wrong in TABLE for answer in wrong]


@pytest.mark.parametrize(("kind", "arguments", "answer"), RIGHT)
def test_an_answer_that_follows_is_seen(kind, arguments, answer):
    """What does as it was told is worth 1."""
    assert followed(kind, arguments, answer) is True


@pytest.mark.parametrize(("kind", "arguments", "answer"), WRONG)
def test_an_answer_that_does_not_follow_is_seen(kind, arguments, answer):
    """What does otherwise is worth 0."""
    assert followed(kind, arguments, answer) is False


def test_every_kind_of_ifeval_is_known_and_tried():
    """Each kind of IFEval's file is here with its own arguments, and has right and wrong answers above."""
    rows = [json.loads(line) for line in FIXTURE.read_text("utf-8").splitlines()]
    pairs = [pair for row in rows for pair in zip(row["instruction_id_list"], row["kwargs"], strict=True)]
    faults = [fault for kind, arguments in pairs for fault in task_faults(task({"kind": kind} | arguments))]

    assert (faults, {kind for kind, _ in pairs}, {kind for kind, _, _, _ in TABLE}) == ([], set(KINDS), set(KINDS))


def test_all_instructions_must_be_followed_and_the_broken_ones_are_named():
    """One of three broken is 0, and the detail says which."""
    from burnish.grading.instructions import grade

    both = task({"kind": "punctuation:no_comma"}, {"kind": "startend:quotation"}, {"kind": "detectable_format:title"})
    score = grade(both, '"<<Tea>> hot, sweet"')

    assert (score.value, score.detail) == (0.0, "breaks punctuation:no_comma; follows 2")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (None, "needs a list"),
        ([], "needs a list"),
        ("punctuation:no_comma", "needs a list"),
        (["punctuation:no_comma"], 'item 1: it is a table with a "kind"'),
        ([{"kind": 7}], 'item 1: it is a table with a "kind"'),
        ([{"kind": "punctuation:no_coma"}], "did you mean punctuation:no_comma?"),
        ([{"kind": "keywords:existence"}], "lacks 'keywords' (a list of texts)"),
        ([{"kind": "keywords:existence", "keywords": "tea"}], "takes a list of texts as 'keywords', and got 'tea'"),
        ([{"kind": "keywords:existence", "keywords": ["a", " "]}], "takes a list of texts"),
        ([{"kind": "punctuation:no_comma", "num": 1}], "knows no 'num': it takes nothing"),
        ([{"kind": "detectable_format:number_bullet_lists", "num_bullets": True}], "a whole number of at least 0"),
        ([{"kind": "detectable_format:number_bullet_lists", "num_bullets": -1}], "a whole number of at least 0"),
        ([{"kind": "language:response_language", "language": "xx"}], "takes a language code"),
        ([{"kind": "language:response_language", "language": ["de"]}], "takes a language code"),
        ([{"kind": "keywords:letter_frequency", "letter": "ab", "let_frequency": 1, "let_relation": "at least"}], "one letter"),
        ([{"kind": "length_constraints:number_words", "num_words": 5, "relation": "at most"}], '"less than" or "at least"'),
    ],
)
def test_a_wrong_target_is_a_fault(target, said):
    """Unknown kinds and wrong arguments are told in words before anything is graded."""
    (fault,) = task_faults(task()) if target == [] else task_faults(
        Task(id="t", messages=(Message(role="user", content="?"),), grader="instructions", target=target)
    )  # fmt: skip

    assert said in fault


def test_all_faults_of_a_target_are_told_at_once():
    """Two wrong instructions, one of them wrong twice, are three faults with their numbers."""
    faults = task_faults(task({"kind": "keywords:existence", "words": []}, {"kind": "title"}))

    assert [fault.split(":")[0] for fault in faults] == ["instructions, item 1", "instructions, item 1", "instructions, item 2"]


@pytest.mark.parametrize(
    "piece", ["x", "a.", "a.m. ", ".", "[", "<<", "*", "** ", "\n", "-\n", "```\n", "` ", "P.", "'", '"', "SECTION", "A-", "{"]
)
def test_a_very_long_answer_goes_through_every_kind(piece):
    """100,000 characters, made to trap patterns that try again and again, go through every kind (or this test hangs)."""
    answer = "```" + piece * (100_000 // len(piece)) + "x"

    assert {type(followed(kind, arguments, answer)) for kind, arguments, _, _ in TABLE} == {bool}


LANGUAGES = [
    ("en", "The weather is fine today and we want to go out."),
    ("de", "Das Wetter ist heute schön und wir gehen nach draußen."),
    ("fr", "Il fait beau aujourd'hui et nous allons dans le parc avec les enfants."),
    ("es", "Hoy hace buen tiempo y vamos a ir al parque con los niños."),
    ("pt", "Hoje o tempo está bom e nós não vamos ficar em casa."),
    ("it", "Oggi il tempo è bello e andiamo al parco con i bambini."),
    ("sw", "Leo hali ya hewa ni nzuri na tunataka kwenda kwa bustani."),
    ("vi", "Hôm nay thời tiết đẹp và chúng tôi muốn đi chơi ở công viên."),
    ("pl", "Dzisiaj jest ładna pogoda i nie chcemy siedzieć w domu, ale to za daleko."),
    ("fi", "Tänään on kaunis sää ja se ei ole kylmä."),
    ("nl", "Het is vandaag mooi weer en wij gaan met de kinderen naar het park."),
    ("ru", "Сегодня хорошая погода, и мы хотим пойти в парк."),
    ("bg", "Днес времето е хубаво и ние искаме да отидем в парка с децата."),
    ("uk", "Сьогодні гарна погода, і ми хочемо піти до парку."),
    ("ar", "الطقس جميل اليوم ونريد أن نذهب إلى الحديقة مع الأطفال."),
    ("fa", "امروز هوا خوب است و ما می خواهیم به پارک برویم."),
    ("ur", "آج موسم اچھا ہے اور ہم پارک میں جانا چاہتے ہیں۔"),
    ("hi", "आज मौसम अच्छा है और हम पार्क में जाना चाहते हैं।"),
    ("mr", "आज हवामान छान आहे आणि आम्ही बागेत जात आहोत."),
    ("ne", "आज मौसम राम्रो छ र हामी बगैंचामा जान चाहन्छौं।"),
    ("pa", "ਅੱਜ ਮੌਸਮ ਚੰਗਾ ਹੈ।"),
    ("th", "วันนี้อากาศดีมาก"),
    ("ko", "오늘은 날씨가 좋습니다."),
    ("ja", "今日は天気がいいです。"),
    ("zh", "今天天气很好。"),
    ("he", "היום מזג האוויר יפה."),
    ("el", "Σήμερα ο καιρός είναι καλός."),
    ("bn", "আজ আবহাওয়া ভালো।"),
    ("gu", "આજે હવામાન સારું છે."),
    ("ta", "இன்று வானிலை நன்றாக உள்ளது."),
    ("te", "ఈ రోజు వాతావరణం బాగుంది."),
    ("kn", "ಇಂದು ಹವಾಮಾನ ಚೆನ್ನಾಗಿದೆ."),
    ("ml", "ഇന്ന് കാലാവസ്ഥ നല്ലതാണ്."),
]


@pytest.mark.parametrize(("code", "text"), LANGUAGES)
def test_a_sentence_is_told_by_its_language(code, text):
    """A plain sentence of each language is taken for that language."""
    assert language(text) == code


def test_every_language_that_can_be_asked_for_is_tried():
    """No code is accepted in a suite that the rule was not tried on."""
    from burnish.grading.languages import LANGUAGES as CODES

    assert {code for code, _ in LANGUAGES} == set(CODES)


def test_a_few_foreign_words_do_not_change_the_language():
    """A text is in the language of most of it, and one in an unlisted script in none."""
    assert [language(text) for text in ("Сегодня мы купили в магазине Apple Pencil", "Երեւանը մեծ քաղաք է, the end")] == [
        "ru",
        "",
    ]
