"""Warnings: what can be read but should be looked at, with its lines."""

from __future__ import annotations

import json

import pytest

from burnish.data.check import check
from toys import toy_rows, write_rows


def pair(prompt, answer, **more):
    """Return a row of prompt and completion."""
    return {"prompt": prompt, "completion": answer, **more}


BASE = [pair(f"Why is thing {i} so?", f"Because the thing of number {i} was made so long ago.") for i in range(6)]


@pytest.mark.parametrize(
    ("rows", "kind", "lines", "word"),
    [
        ([BASE[0], BASE[1], BASE[0]], "duplicate", (7, 8, 9), "3 rows are exact copies"),
        ([pair("why is thing 1 so", "Nobody can say why that is so.")], "contradiction", (2, 7), "2 different answers"),
        ([pair("Say it?", "Well, <|im_end|> it is said.")], "template token", (7,), "<|im_end|>"),
        ([pair("[INST] Say it [/INST]", "Well, so it is said.")], "template token", (7,), "[INST]"),
        ([pair("Say it?", "Well, so it is said.</s>")], "template token", (7,), "</s>"),
        ([pair("Say it?", "<think>a</think>Well, </think> it is said.")], "template token", (7,), "</think>"),
        ([pair("Say it?", "The cafÃ© is open on that day.")], "mojibake", (7,), "Ã©"),
        ([pair("Say it?", "The caf\N{REPLACEMENT CHARACTER} is open on that day.")], "mojibake", (7,), "garbled"),
        ([pair("Say it?", "Donâ€™t say that to me now.")], "mojibake", (7,), "â€"),
        ([pair("Say it?", "My name is {{name}}, dear friend.")], "placeholder", (7,), "{{name}}"),
        ([pair("Say it?", "Ok")], "short answer", (7,), "1 answers are one word"),
        ([pair("Say it?", "明天")], "short answer", (7,), "1 answers are one word"),
        ([pair("Say it?", "Well, so it is said.", tools="[]")], "tools", (7,), "`tools`"),
        (
            [
                {
                    "messages": [
                        {"role": r, "content": f"Words of {r} {i} here."} for i, r in enumerate(("user", "assistant", "user"))
                    ]
                }
            ],
            "words after the answer",
            (7,),
            "go on",
        ),
        (
            [
                {
                    "messages": [
                        {"role": r, "content": f"Words of {r} {i} here."} for i, r in enumerate(("user", "user", "assistant"))
                    ]
                }
            ],
            "doubled turn",
            (7,),
            "two turns",
        ),
    ],
)
def test_each_warning_names_its_lines(rows, kind, lines, word, tmp_path):
    """Each kind of doubtful row gives one warning of its kind, with the lines, what was seen and a remedy."""
    report = check(write_rows(tmp_path / "rows.jsonl", BASE + rows))
    (warned,) = report.warnings

    assert (kind, lines) == (warned.kind, warned.lines)
    assert word in warned.what
    assert warned.remedy
    assert f"(line {', '.join(map(str, lines))})" in str(warned)


def test_the_same_answer_everywhere_is_warned_of(tmp_path):
    """Where every row has one answer, that is said."""
    report = check(write_rows(tmp_path / "rows.jsonl", [pair(f"Question {i}?", "Yes it is.") for i in range(3)]))

    assert [warned.kind for warned in report.warnings] == ["same answer"]


def test_clean_rows_give_no_warning(tmp_path):
    """Facts, one-word labels, quoted HTML, accents and French quotes are nothing to warn of."""
    labels = [pair(f"Is thing {i} good?", "Yes" if i % 2 else "No") for i in range(6)]
    marks = [pair("Q?", "Das Café «Ângela» in São Paulo: <b>fett</b>, <s> nicht."), pair("R?", "Ã la carte, naïve, 5 Â")]

    assert check(write_rows(tmp_path / "rows.jsonl", toy_rows(12))).warnings == ()
    assert check(write_rows(tmp_path / "rows.jsonl", labels)).warnings == ()
    assert [w.what.split("'")[-2] for w in check(write_rows(tmp_path / "rows.jsonl", marks)).warnings] == ["<s>"]


def test_the_report_carries_the_refused_rows(tmp_path):
    """Faults and warnings come together; many lines are shortened in the one line that is shown."""
    report = check(write_rows(tmp_path / "rows.jsonl", [{"bad": 1}, *[BASE[0]] * 12]))

    assert (len(report.result.refused), len(report.result.conversations)) == (1, 12)
    assert "and 3 more" in str(report.warnings[0])


def test_sentences_without_spaces_are_no_short_answers(tmp_path):
    """Rows in Chinese and Thai among English ones: a sentence is a sentence, in whatever script it stands."""
    rows = [*BASE, pair("Where?", "钥匙在办公室的抽屉里，找老李拿就行。"), pair("And where?", "กุญแจอยู่ในลิ้นชักของสำนักงาน")]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    assert [warned.kind for warned in check(path).warnings] == []
