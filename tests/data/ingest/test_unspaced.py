"""Answers in scripts that write no spaces between words: a sentence is a sentence, in chats and in mail."""

from __future__ import annotations

import pytest
from exporting import taken

ANSWERS = {
    "zh": "钥匙在办公室的抽屉里。",
    "zh short": "在桌子上。",
    "ja": "事務所の引き出しに入っています。",
    "ja short": "はい、そうです。",
    "th": "กุญแจอยู่ในลิ้นชักของสำนักงาน",
    "lo": "ກະແຈຢູ່ໃນລິ້ນຊັກຫ້ອງການ",
    "km": "សោនៅក្នុងថតតុការិយាល័យ",
    "my": "သော့ကရုံးခန်းအံဆွဲထဲမှာရှိပါတယ်",
    "bo": "ལྡེ་མིག་ལས་ཁུངས་ཀྱི་འཐེན་སྒམ་ནང་ཡོད།",
    "jv": "ꦏꦸꦚ꧀ꦕꦶꦤꦺꦲꦤꦺꦁꦭꦕꦶꦏꦤ꧀ꦠꦺꦴꦂ",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_sentence_without_spaces_is_an_answer(answer, tmp_path):
    """In a chat and in a mail."""
    (tmp_path / "c.txt").write_text(f"31.01.24, 15:05 - Mara: Where?\n31.01.24, 15:06 - Tom: {answer}\n", "utf-8")
    mails = [
        ("mara@x.org", "tom@x.org", "<1@x>", "", "Where?"),
        ("tom@x.org", "mara@x.org", "<2@x>", "In-Reply-To: <1@x>\n", answer),
    ]
    mbox = "".join(
        f"From {by} Wed Jan 31 15:0{i}:00 2024\nFrom: {by}\nTo: {to}\nMessage-ID: {id_}\n{more}Subject: key\nDate: Wed, 31 Jan 2024 15:0{i}:00 +0000\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n\n"
        for i, (by, to, id_, more, text) in enumerate(mails)
    )
    (tmp_path / "m.mbox").write_text(mbox, "utf-8")

    assert taken("whatsapp", tmp_path / "c.txt", "Tom").rows == [["Where?", answer]]
    assert taken("email", tmp_path / "m.mbox", "tom@x.org").rows[0][-1] == answer


@pytest.mark.parametrize("answer", ["明天。", "はい", "พรุ่งนี้", "မနက်ဖြန်", "ថ្ងៃស្អែក", "ມື້ອື່ນ", "Tomorrow.", "내일"])
def test_one_word_is_one_word(answer, tmp_path):
    """A lone "tomorrow" teaches nothing in any language."""
    (tmp_path / "c.txt").write_text(f"31.01.24, 15:05 - Mara: When?\n31.01.24, 15:06 - Tom: {answer}\n", "utf-8")
    found = taken("whatsapp", tmp_path / "c.txt", "Tom")

    assert (found.rows, found.books.aside) == ([], {"the answer is one word": 2})
