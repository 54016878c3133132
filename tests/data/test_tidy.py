"""What copying leaves in rows is named by its rows and can be mended; what is meant is left."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.data.check import check
from burnish.data.tidy import tidy_warnings
from toys import toy_model_folder, write_rows

CLEAN = {"prompt": "What is it, and where?", "completion": "It is a lamp on the desk."}
DIRTY = [
    ("double spaces", "It is  a lamp on the desk."),
    ("double spaces", "It is a lamp.   It stands on the desk."),
    ("double spaces", "It is a lamp:\n\nIt  stands on the desk."),
    ("entities", "Salt &amp; pepper on the desk."),
    ("entities", "It&#39;s a lamp, &quot;mine&quot;."),
    ("entities", "Salt &amp;amp; pepper."),
    ("entities", "A lamp&nbsp;on the desk &mdash; mine."),
    ("unseen", "It is\u200b a lamp."),
    ("unseen", "\ufeffIt is a lamp."),
    ("unseen", "It is a\ufeff lamp."),
    ("unseen", "It is a la\u00admp."),
    ("unseen", "It is\u2060 a lamp."),
    ("unseen", "It is a \u202elamp\u202c."),
    ("unseen", "It is a lamp.\U000e0041\U000e0042"),
    ("unseen", "It is a lamp\u200d."),
    ("unseen", "It\u0000 is a lamp."),
    ("line ends", "It is a lamp.\r\nIt is mine."),
    ("line ends", "It is a lamp.\rIt is mine."),
    ("line ends", "It is a lamp.\u2028It is mine."),
    ("hard spaces", "It is\u00a0a lamp."),
    ("hard spaces", "It is\u2003a lamp."),
    ("html", "It is <b>a lamp</b>."),
    ("html", "<p>It is a lamp.</p><p>It is mine.</p>"),
    ("html", "It is a lamp.<br/>It is mine."),
    ("html", 'It is <a href="https://a.example">a lamp</a>.'),
]
LEFT = [
    "```\na  b &amp; <b>c</b>\n```",
    "Type `a  b &amp; <b>`.",
    "Columns:\nname    age\nAlma     31\nBert     40",
    "|  a  |  b  |\n|  c  |  d  |",
    "List:\n  - one\n    - two\nThe end.",
    "A line with a break  \nand the next.",
    "می\u200cخواهم بروم.",
    "क्\u200dष is written so.",
    "A family: \U0001f468\u200d\U0001f469\u200d\U0001f467 and \u2764\ufe0f\u200d\U0001f525.",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f is a flag.",
    "שלום\u200f (a) hello.",
    "ภาษา\u200bไทย",
    "Il dit\u00a0: «\u00a0oui\u00a0»\u202f! Cela coûte 10\u202f000\u00a0€.",
    "It weighs 10\u00a0kg, see §\u00a05.",
    "AT&T and R&D; x &lt y.",
    "If a < b and b > c, then a<b>c is odd.",
    "In HTML write &amp; for it.",
    "To make a <div> red, use CSS.",
    "東京\u3000大阪",
]


@pytest.mark.parametrize(("kind", "text"), DIRTY, ids=lambda one: ascii(one)[:40])
@pytest.mark.parametrize("place", ["prompt", "completion"])
def test_what_copying_left_is_named_by_its_row(kind, text, place, tmp_path):
    """One warning of its kind, with the line and the way to mend it."""
    rows = check(write_rows(tmp_path / "rows.jsonl", [CLEAN, {**CLEAN, place: text}])).result.conversations
    (warned,) = tidy_warnings(rows)

    assert (warned.kind, warned.lines) == (kind, (2,))
    assert f"--mend {kind.replace(' ', '-')}" in warned.remedy


@pytest.mark.parametrize("text", LEFT, ids=lambda one: ascii(one)[:40])
def test_what_is_meant_is_left(text, tmp_path):
    """Code, columns, scripts that need a joiner, flags, French marks, units, and rows about HTML."""
    rows = check(write_rows(tmp_path / "rows.jsonl", [CLEAN, {**CLEAN, "completion": text}])).result.conversations

    assert [str(one) for one in tidy_warnings(rows)] == []


@pytest.mark.parametrize(
    ("kinds", "text", "mended"),
    [
        (("all",), "It  is &amp;\r\na\u200b\u00a0lamp.", "It is &\na lamp."),
        (("all",), "<b>It</b>  is.", "<b>It</b> is."),
        (("html",), "<p>It <i>is</i>.</p><p>So.</p>", "It is.\n\nSo."),
        (("html",), "It is.\nSo.<br>And on.", "It is.\nSo.\nAnd on."),
        (("html",), 'To <a href="https://a.example">here</a>: ```\n<b>x</b>\n```', None),
        (("double-spaces",), "It  is &amp; so.", "It is &amp; so."),
        (("all",), "Type `a  b`,  then  go.", "Type `a  b`, then go."),
        (("all",), "Keep  \nthe break.", "Keep  \nthe break."),
    ],
)
def test_mend_puts_right_what_is_named_and_nothing_else(kinds, text, mended, tmp_path):
    """`check --mend KIND` writes a new file; `all` takes tags for what may be meant."""
    path = write_rows(tmp_path / "rows.jsonl", [CLEAN, {**CLEAN, "completion": text}])
    words = [word for kind in kinds for word in ("--mend", kind)]
    done = CliRunner().invoke(app, ["check", str(path), *words, "-o", str(tmp_path / "out.jsonl"), "--json"])
    lines = [
        json.loads(line)["messages"][-1]["content"] for line in (tmp_path / "out.jsonl").read_text("utf-8").split("\n") if line
    ]

    assert done.exit_code == 0, done.output
    assert lines == [CLEAN["completion"], text if mended is None else mended]


def test_check_says_it(tmp_path):
    """The verb warns, and its JSON has the kind."""
    path = write_rows(tmp_path / "rows.jsonl", [CLEAN, {**CLEAN, "completion": "It  is &amp; so."}])
    done = CliRunner().invoke(app, ["check", str(path), "--model", str(toy_model_folder(tmp_path / "model")), "--json"])

    assert {"entities", "double spaces"} <= {one["kind"] for one in json.loads(done.stdout)["warnings"]}
