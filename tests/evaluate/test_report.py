"""Reports: the verdict first, the numbers true, and no answer that becomes anything but text."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st
from toy_questions import GATES, toy_questions
from toy_reports import AFTER, BEFORE, PROMPTS, toy_input, toy_ledger, toy_plan

from burnish import durable
from burnish.errors import StorageError
from burnish.evaluate import report_page
from burnish.evaluate.markdown import fenced, inline
from burnish.evaluate.report import write_reports
from burnish.evaluate.report_diff import marked
from burnish.evaluate.report_input import BETTER, SAME, WORSE, paired_answers
from burnish.evaluate.report_markdown import markdown
from burnish.evaluate.report_page import page
from burnish.evaluate.report_plots import difference_mark, loss_plot, ticks
from burnish.evaluate.report_words import (
    carried_sentence,
    carried_title,
    chance,
    duration,
    ledger_rows,
    share,
    signed,
    size,
    verdict_sentence,
)
from burnish.records.carried import RowsMeasured, WithRows
from burnish.records.report import SuiteComparison
from burnish.records.visible import visible

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script>alert(2)</script><style>",
    '"><img src=x onerror=alert(3)>',
    "' onmouseover='alert(4)",
    '<a href="javascript:alert(5)">here</a> [x](javascript:alert(6))',
    "</pre></details></main></body></html><iframe src=//evil.example>",
    "{{ 7*7 }} {% raw %} <!-- --> ]]> &lt;script&gt; <svg onload=alert(7)>",
    "right\u202eleft\u2066\u200b\x00\x1b[31m\x85\ud800 end",
)
SCRIPT = Path(report_page.__file__).with_name("report.js").read_text("utf-8").rstrip("\n")
VOID = {"meta", "link", "img", "br", "hr", "input", "base"}


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and the text outside the style sheet."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.style = self.script = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.text += " "
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            self.style += data
        elif "script" in self.open:
            self.script += data
        else:
            self.text += data


def _skeleton(text):
    """Return all elements with the names of their attributes, the marks of what differs apart: what answers must not change."""
    marks = {"ins", "del"}
    assert [attributes for tag, attributes in Page(text).elements if tag in marks and attributes] == []
    return [(tag, sorted(attributes)) for tag, attributes in Page(text).elements if tag not in marks]


def _assert_harmless(text):
    parsed = Page(text)
    tags = {tag for tag, _ in parsed.elements}
    names = {name for _, attributes in parsed.elements for name in attributes}
    links = [
        value for _, attributes in parsed.elements for name, value in attributes.items() if name in {"href", "src", "action"}
    ]

    assert tags & {"iframe", "object", "embed", "img", "link", "form", "base", "foreignobject"} == set()
    assert [attributes for tag, attributes in parsed.elements if tag == "script"] == [{}]
    assert parsed.script == SCRIPT
    assert [name for name in names if name.startswith("on") or name == "style"] == []
    assert [link for link in links if not link.startswith("#")] == []
    assert parsed.open == []
    return parsed


def test_three_reports_are_written(tmp_path):
    """The folder holds exactly the three files, at the paths returned."""
    paths = write_reports(tmp_path, toy_input())

    assert {name: path.name for name, path in paths.items()} == {name: name for name in paths}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["before_after.md", "report.html", "report.json"]


def test_a_full_disk_leaves_the_old_report(tmp_path):
    """A write that fails is a StorageError, and the report of before stays whole."""
    write_reports(tmp_path, toy_input())
    old = (tmp_path / "report.html").read_bytes()

    def fail(operation, path):
        if operation == "fsync" and path.name == "report.html":
            raise OSError(28, "No space left on device")

    durable.FAULT_HOOK = fail
    try:
        with pytest.raises(StorageError):
            write_reports(tmp_path, toy_input(title="another"))
    finally:
        durable.FAULT_HOOK = None

    assert (tmp_path / "report.html").read_bytes() == old


def test_the_verdict_comes_first_with_its_numbers():
    """The first words of the Markdown and of the page are the verdict, with scores, interval and p."""
    data = toy_input()
    overall = SuiteComparison(
        verdict="better", difference=0.27, low=0.17, high=0.36, p=0.0002, n=72, mean_a=0.41, mean_b=0.68, detectable=0.1
    )
    data = dataclasses.replace(data, comparison=dataclasses.replace(data.comparison, verdict="better", overall=overall))
    sentence = "better: 0.41 → 0.68 on 72 prompts, difference +0.27 (95 % interval +0.17 to +0.36), p = 0.0002"

    assert verdict_sentence(data.comparison) == sentence
    assert markdown(data).splitlines()[2] == f"**{sentence}**"
    shown = Page(page(data)).text
    assert [word in shown for word in ("0.41", "0.68", "+0.27", "+0.17", "+0.36", "p = 0.0002")] == [True] * 6
    assert shown.index("Better") < shown.index("Scores")


def test_cannot_tell_says_what_could_have_been_seen():
    """Too few prompts: the verdict names the difference that would have been seen, and no claim is coloured as one."""
    one = SuiteComparison(
        verdict="cannot tell",
        difference=0.1,
        low=-0.1,
        high=0.3,
        p=0.3,
        n=20,
        mean_a=0.4,
        mean_b=0.5,
        detectable=0.28,
        more=137,
        more_for=0.1,
    )
    data = toy_input()
    comparison = dataclasses.replace(data.comparison, verdict="cannot tell", overall=one, suites={"starter": one}, categories={})
    text = page(dataclasses.replace(data, comparison=comparison))

    assert verdict_sentence(comparison).endswith(
        "; with 20 prompts you could have seen a difference of 28 points; "
        "about 137 more held-out rows or prompts would show a difference as large as this one (10 points)"
    )
    assert "you could have seen a difference of 28 points" in Page(text).text
    assert re.findall(r'<dd class="(\w*)">\+0.10', text) == [""]
    assert re.findall(r'<td class="n (\w*)"><b>\+0.10', text) == [""]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_answers_stay_text(number):
    """Script, style, event, link and template injections, in every text that others write, change no element of the page."""
    evil = HOSTILE[number]
    plain = toy_input(old_texts=("x",) * 8, new_texts=("x",) * 8, questions=toy_questions("x", thinking=True), gates=GATES)
    data = toy_input(
        old_texts=(evil,) * 8, new_texts=(evil + " y",) * 8, questions=toy_questions(evil, thinking=True), gates=GATES
    )

    assert _skeleton(page(data)) == _skeleton(page(plain))
    parsed = _assert_harmless(page(data))
    assert visible(evil) in parsed.text


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_names_stay_text(number):
    """Titles, ids, prompts, categories, targets, reasons, file names and notes are as harmless as answers."""
    evil = HOSTILE[number]
    data = toy_input()

    def spoilt(report):
        suite = report.suites["starter"]
        answers = tuple(
            dataclasses.replace(one, id=f"{evil}{i}", prompt=evil, category=evil, grader=evil, target={evil: evil}, detail=evil)
            for i, one in enumerate(suite.answers)
        )
        return dataclasses.replace(report, suites={evil: dataclasses.replace(suite, answers=answers)})

    one = data.comparison.overall
    data = dataclasses.replace(
        data,
        title=evil,
        run_id=evil,
        before=spoilt(data.before),
        after=spoilt(data.after),
        comparison=dataclasses.replace(
            data.comparison, suites={evil: one}, categories={f"{evil}/{evil}": one, f"{evil}/x": one}, notes=(evil,)
        ),
        ledger=dataclasses.replace(
            toy_ledger(), entries=tuple(dataclasses.replace(e, file=evil, reason=evil) for e in toy_ledger().entries)
        ),
        plan=dataclasses.replace(toy_plan(), model_name=evil, reasons=dict.fromkeys(toy_plan().reasons, evil)),
        environment={evil: {evil: evil}},
        kept=evil,
        notes=(evil,),
        next_steps=(evil,),
        gates=tuple(dataclasses.replace(gate, name=evil, line=evil) for gate in GATES),
    )

    _assert_harmless(page(data))
    assert json.loads(json.dumps(inline(evil))) == inline(evil)
    assert re.search(r"(?<!\\)[<\[`|]", inline(evil)) is None


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80))
@example("<!--")
@example("<![CDATA[")
@example("&#60;script&#62;")
def test_any_answer_stays_text(text):
    """Whatever an answer is, the page has the elements of a page with plain answers."""
    assert _skeleton(page(toy_input(new_texts=(text,)))) == _skeleton(page(toy_input(new_texts=("x",))))


def test_the_policy_allows_nothing_but_its_own_style_and_script():
    """The page forbids everything by policy; the hashes in it are those of style sheet and script as they stand in the page."""
    text = page(toy_input())
    parsed = Page(text)
    policy = next(a["content"] for tag, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    style, script = (base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in (parsed.style, parsed.script))

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert "url(" not in parsed.style
    assert "@import" not in parsed.style
    assert "http" not in text.replace("http-equiv", "")
    assert [word for word in ("innerHTML", "eval", "fetch", "import", "document.write", "localStorage") if word in SCRIPT] == []


def test_the_page_fits_phone_print_and_dark():
    """The style sheet has rules for narrow screens, for paper and for dark screens; the page tells its width."""
    parsed = Page(page(toy_input()))

    assert [rule in parsed.style for rule in ("max-width: 44rem", "@media print", "prefers-color-scheme: dark")] == [True] * 3
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in [a for _, a in parsed.elements]


def test_every_link_within_the_page_leads_somewhere():
    """Each `#...` names an element that is there, and no name is given twice."""
    elements = Page(page(toy_input())).elements
    ids = [a["id"] for _, a in elements if "id" in a]
    links = {a["href"][1:] for _, a in elements if "href" in a}

    assert len(ids) == len(set(ids))
    assert links - set(ids) == set()
    assert {"scores", "answers", "prompt-1"} <= links | set(ids)


def test_every_plot_has_a_title_and_its_numbers_beside():
    """Each plot that is read as a picture names itself; the losses, scores and intervals stand in tables too."""
    data = toy_input()
    text = page(data)
    pictures = re.findall(r'<svg[^>]*role="img"[^>]*>\s*<title>([^<]*)</title>', text)

    assert len(pictures) == text.count('role="img"')
    assert len(pictures) >= 2 * len(data.comparison.suites) + 1
    shown = Page(text).text
    assert [f"{loss:.4f}" in shown for _, loss in (*data.losses, *data.held_out)] == [True] * 15


def test_very_long_answers_are_cut_in_the_page_and_whole_elsewhere(tmp_path):
    """A megabyte of answer: the page stays light and says what it leaves out; the other two reports hold it all."""
    paths = write_reports(tmp_path, toy_input(new_texts=("<b>" + "x" * 1_000_000 + "END",)))
    html = paths["report.html"].read_text()

    assert len(html) < 250_000
    assert "980,006 more characters, in before_after.md and report.json" in html
    assert "xEND" in paths["before_after.md"].read_text()
    assert json.loads(paths["report.json"].read_text())["after"]["suites"]["starter"]["answers"][0]["text"].endswith("xEND")
    _assert_harmless(html)


@settings(deadline=None)
@given(st.text(alphabet="`~x\n\r\t \\#|<", max_size=60))
@example("```\n# out\n```")
@example("````")
@example("\r```\rout")
def test_no_answer_ends_its_code_block(text):
    """No line within a fence is a fence of its length, so the answer's own Markdown stays within it."""
    lines = fenced(text)
    fence = lines[0].removesuffix("text")
    inner = "\n".join(lines[1:-2])

    assert set(fence) == {"`"}
    assert lines[-2] == fence
    assert fence not in inner
    assert "\r" not in inner
    assert inner == visible(text)


def test_the_markdown_has_every_prompt_and_both_answers():
    """Each prompt stands with both answers, scores and what was wanted; what changed is counted and listed."""
    text = markdown(toy_input(old_texts=("before-words",), new_texts=("after-words",)))
    both = len(PROMPTS) + 4

    assert text.count("\n### Prompt ") == both
    assert text.count("\nBefore: ") == text.count("\nAfter: ") == both
    assert "before-words" in text
    assert "after-words" in text
    assert "Wanted, by the grader contains: Tokyo" in text
    assert "## What improved: 7" in text
    assert "## What got worse: 2" in text
    assert "- −1.00 [Who wrote Romeo and Juliet?](#prompt-2) (starter, facts)" in text


def test_a_table_cell_keeps_its_table():
    """A category with bars, new lines and Markdown in it stays one cell of one row."""
    assert inline("a|b\n\n# c `d` <e> [f](g)") == "a\\|b \\# c \\`d\\` \\<e\\> \\[f\\](g)"


def test_answers_are_paired_by_id_not_by_place():
    """Answers that came in another order are still compared with their own."""
    data = toy_input()
    suite = data.after.suites["starter"]
    turned = dataclasses.replace(suite, answers=suite.answers[::-1])
    after = dataclasses.replace(data.after, suites={**data.after.suites, "starter": turned})
    pairs = [pair for pair in paired_answers(data.before, after).pairs if pair.suite == "starter"]

    assert [pair.change for pair in pairs] == [b - a for a, b in zip(BEFORE, AFTER, strict=True)]
    assert [pair.before.id for pair in pairs] == [pair.after.id for pair in pairs]


def test_changes_are_sorted_the_largest_first():
    """Improved, worse and unchanged share all pairs between them; the largest change comes first."""
    answers = paired_answers(toy_input().before, toy_input().after)
    changes = {fate: [abs(pair.change) for pair in answers.of(fate)] for fate in (BETTER, WORSE, SAME)}

    assert sum(len(part) for part in changes.values()) == len(answers.pairs)
    assert all(part == sorted(part, reverse=True) for part in changes.values())
    assert set(changes[SAME]) == {0.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"comparison": None, "before": None, "after": None},
        {"comparison": None, "before": None, "after": None, "held_out": (), "losses": (), "kept": "", "next_steps": ()},
        {"held_out": ()},
        {"losses": ((1, 2.5),), "held_out": ()},
        {"losses": ((1, 0.0),), "held_out": ((1, 0.0),)},
        {"losses": tuple((i, 1 / i) for i in range(1, 3001))},
        {"plan": dataclasses.replace(toy_plan(), quote=None)},
        {"environment": {}},
        {"ledger": dataclasses.replace(toy_ledger(), rows_read=0, entries=())},
    ],
    ids=["unjudged", "bare", "no_held_out", "one_step", "zero_loss", "many_steps", "no_quote", "no_environment", "no_rows"],
)
def test_odd_runs_have_reports_too(tmp_path, changes):
    """Not judged, nothing held out, one step, thousands of steps, no rows: three whole reports, without a NaN."""
    paths = write_reports(tmp_path, toy_input(**changes))
    html = paths["report.html"].read_text()
    told = json.loads(paths["report.json"].read_text())

    _assert_harmless(html)
    assert re.search(r"\b(nan|None|Undefined)\b", Page(html).text) is None
    assert told["verdict"] == ("not judged" if "comparison" in changes else told["comparison"]["verdict"])
    assert ("Not judged" in html) == ("comparison" in changes)
    assert ("not judged" in paths["before_after.md"].read_text()) == ("comparison" in changes)


def test_a_report_of_one_side_alone_is_readable(tmp_path):
    """A prompt that only one model was asked has a dash where the other score would be, and counts as unchanged."""
    html = page(toy_input(comparison=None, before=None))
    text = markdown(toy_input(comparison=None, before=None))

    assert "– → 1.00" in Page(html).text
    assert "not asked → 1.00" in text
    _assert_harmless(html)


def test_the_page_shows_ledger_plan_quote_and_environment():
    """Every setting with its reason, every fate of rows, the quote beside what it cost, and what it ran on."""
    data = toy_input()
    shown = " ".join(Page(page(data)).text.split())

    assert [s["name"] in shown for s in data.plan.settings()] == [True] * len(data.plan.settings())
    assert shown.count("because of 60 rows") == len(data.plan.settings())
    assert "Training 1.6 min to 2.3 min 2.0 min" in shown
    assert "Most memory 2.1 GB 1.9 GB" in shown
    assert "refused 2 40.0 % 12 1.2 %" in shown
    assert "rows.jsonl:4 refused not JSON" in shown
    assert "libraries torch 2.13.0" in shown
    assert "Epoch 2 of 3 was kept: its held-out loss was the lowest." in shown
    assert "burnish chat burnish log" in shown


def test_books_that_do_not_close_are_shown_so():
    """A ledger that lost a row says so in the page."""
    data = toy_input(ledger=dataclasses.replace(toy_ledger(), rows_read=6))

    assert "6 rows were read, 5 are in the books" in Page(page(data)).text


def test_the_ledger_rows_sum_to_what_was_read():
    """Rows and tokens of all fates are those of the last line."""
    *rows, total = ledger_rows(toy_ledger())

    assert sum(int(row[1] or 0) for row in rows) == int(total[1]) == 5
    assert sum(int(row[3]) for row in rows) == int(total[3]) == 982


def test_the_json_knows_what_changed_and_every_number(tmp_path):
    """report.json holds verdict, comparison, all answers, the books with every row, and quote and actual."""
    data = toy_input(notes=("odd \ud800",))
    told = json.loads(write_reports(tmp_path, data)["report.json"].read_text())

    assert told["verdict"] == data.comparison.verdict
    assert [item["id"] for item in told["got_worse"]] == ["starter-01", "held out-01"]
    assert len(told["improved"]) == 7
    assert len(told["ledger"]["entries"]) == told["ledger"]["rows_read"] == 5
    assert told["ledger"]["closes"] is True
    assert told["actual"] == {"train_seconds": 118.0, "wall_seconds": 171.0, "peak_bytes": 1_900_000_000}
    assert told["plan"]["quote"]["seconds_low"] == 95.0
    assert told["losses"][0] == [1, 2.4]
    assert told["notes"] == ["odd \ufffd"]


def test_remarks_are_told_once():
    """A note of the comparison that the flow hands on too stands in the reports once."""
    data = toy_input()
    comparison = dataclasses.replace(data.comparison, notes=("answers repeat",))
    data = dataclasses.replace(data, comparison=comparison, notes=("answers repeat", "the template is odd"))

    assert data.remarks == ("answers repeat", "the template is odd")
    assert markdown(data).count("- answers repeat") == 1


def test_hidden_characters_are_shown_by_number():
    """Direction marks, controls and invisible spaces are written out; letters, emoji and line ends are not touched."""
    kept = "naïve 東京 👩‍👩‍👧 ✅ مرحبا\n\ttab"

    assert visible(kept) == kept
    assert visible("a\u202eb\r\nc\rd\x1b\ud800") == "a<U+202E>b\nc<U+000D>d<U+001B><U+D800>"


def test_marks_lie_where_the_numbers_are():
    """On the strip from -1 to 1, nothing is the middle; what lies outside is drawn on the edge."""
    one = SuiteComparison(verdict="better", difference=0.5, low=0, high=2, p=0.1, n=9, mean_a=0, mean_b=0, detectable=1)
    mark = difference_mark(one)

    assert (mark.low, mark.at, mark.high) == (50, 74, 98)


def test_loss_curves_lie_on_common_axes():
    """Both curves share the axes: step 1 on the left edge, the last on the right, 0 at the bottom; one point is in the middle."""
    plot = loss_plot(((1, 2.0), (11, 0.0)), ((6, 1.0),))
    lonely = loss_plot(((1, 2.5),), ())

    assert [(curve.name, curve.path) for curve in plot.curves] == [("train", "0,0 1000,1000"), ("held_out", "500,500")]
    assert [tick.label for tick in plot.y_ticks] == ["0", "0.5", "1", "1.5", "2"]
    assert [(tick.label, tick.at) for tick in (plot.x_ticks[0], plot.x_ticks[-1])] == [("1", 0), ("11", 100)]
    assert lonely.curves[0].path == f"500,{1000 - 2500 / 3:.1f}"
    assert loss_plot((), ()) is None


@given(st.floats(1e-6, 1e6))
def test_ticks_are_few_and_reach_the_top(top):
    """An axis has two to seven ticks from 0, evenly spread, the last one not below the highest value."""
    marks = ticks(top)

    assert marks[0] == 0
    assert marks[-1] >= top * (1 - 1e-6)
    assert 2 <= len(marks) <= 7


def test_numbers_read_as_people_write_them():
    """Signs, p-values, durations, sizes and shares."""
    assert [signed(value) for value in (0.27, -0.271, 0.004, -0.004)] == ["+0.27", "−0.27", "0.00", "0.00"]
    assert [chance(p) for p in (0.00001, 0.0002, 0.03, 0.5)] == ["p < 0.0001", "p = 0.0002", "p = 0.03", "p = 0.50"]
    assert [duration(s) for s in (2.34, 42, 171, 7200)] == ["2.3 s", "42 s", "2.9 min", "2.0 h"]
    assert [size(n) for n in (12, 1500, 2_100_000_000)] == ["12 bytes", "1.5 kB", "2.1 GB"]
    assert [share(1, 8), share(0, 0)] == ["12.5 %", "–"]


def test_the_four_questions_stand_in_page_and_markdown_by_name():
    """Each question with its verdict and its numbers; the rows, features and inventions it rests on; what it cost."""
    data = toy_input(questions=toy_questions(), gates=GATES)
    shown, text = " ".join(Page(page(data)).text.split()), markdown(data)

    for name in ("Exact recall", "Generalisation", "Style", "Facts"):
        assert f"{name}: " in shown
        assert f"**{name}: " in text
    for words in (
        "closer to the rows",
        "rows.jsonl:3",
        "Who built the bridge?",
        "1887",
        "how alike the words are is no part of the verdict",
    ):
        assert words in shown
        assert words in text
    assert "letters a word" in shown
    assert "✗ failed ability" in shown
    assert "| ability |" in text


def test_a_newly_broken_thinking_mode_fails_the_verdict(tmp_path):
    """Whatever the scores say, the first word is Worse, with why, the breach, and the rows that teach it."""
    data = toy_input(questions=toy_questions(thinking=True))
    told = json.loads(write_reports(tmp_path, data)["report.json"].read_text())
    shown = " ".join(Page(page(data)).text.split())

    assert told["verdict"] == data.verdict == "worse"
    assert shown.index("▼ Worse") < shown.index("The thinking mode is broken") < shown.index("By the scores alone")
    assert "rows.jsonl:4, rows.jsonl:9 and 55 more" in shown
    assert "What is 17 + 26?" in shown
    assert markdown(data).splitlines()[2].startswith("**worse: the thinking mode is broken")
    assert told["four_questions"][4]["verdict"] == "broken"


@settings(deadline=None)
@given(st.text(alphabet="ab \n.東é'", max_size=40), st.text(alphabet="ab \n.東é'", max_size=40))
def test_marked_answers_are_the_answers(before, after):
    """Pieces joined are the texts, what is not marked is common to both, and equal texts have no mark."""
    old, new = marked(before, after)

    assert ("".join(p.text for p in old), "".join(p.text for p in new)) == (before, after)
    if any(piece.changed for piece in (*old, *new)):
        common = ["".join(p.text for p in side if not p.changed) for side in (old, new)]
        assert common[0] == common[1]
    if before == after:
        assert not any(piece.changed for piece in (*old, *new))


def test_what_differs_is_marked_and_wholly_other_answers_are_not():
    """One word of a sentence is marked on both sides; answers with nothing in common have no marks at all."""
    text = page(
        toy_input(old_texts=("The door is red today.", "alpha beta"), new_texts=("The door is blue today.", "gamma delta"))
    )

    assert "The door is <del>red</del> today." in text
    assert "The door is <ins>blue</ins> today." in text
    assert "<ins>gamma" not in text


def carried(**changes):
    """Return what two carried rows do."""
    facts = {
        "rows": 2,
        "k": 1,
        "encoder": "words",
        "kinds": (WithRows(name="taught facts, in the trained words", n=2, with_rows=1.0, alone=0.5),),
        "left_out": 2,
        "said_unknown": 1,
        "right_all_the_same": 0,
        "prompt_tokens_with": 60.0,
        "prompt_tokens_alone": 30.0,
        "seconds_with": 0.2,
        "seconds_alone": 0.1,
    }
    return RowsMeasured(**{**facts, **changes})


def test_what_carried_rows_do_stands_in_page_and_markdown_alike():
    """The same words and numbers; a report of a version without rows has no such part."""
    data = dataclasses.replace(toy_input(), carried=carried(encoder="<b>x</b>"))
    shown, written = page(data), markdown(data)

    for part in ("asked for 2 facts while their rows were hidden from it", "1.00 right with its rows, 0.50 without"):
        assert part in written
        assert part in " ".join(shown.split())
    assert 'href="#carried"' in shown
    assert "<b>x</b>" not in shown
    assert "found by &lt;b&gt;x&lt;/b&gt;" in shown
    assert "carried" not in page(toy_input())
    assert "The rows it carries" not in markdown(toy_input())


@pytest.mark.parametrize(
    ("rows", "k", "title"),
    [
        (0, 1, "it carries no row"),
        (1, 3, "the row it carries, put before each question, found by their words"),
        (2, 1, "the 2 rows it carries, the nearest put before each question, found by their words"),
        (2, 3, "the 2 rows it carries, the nearest 2 put before each question, found by their words"),
    ],
)
def test_no_more_rows_are_told_of_than_there_are(rows, k, title):
    """Three rows cannot stand before a question where the version carries one."""
    assert carried_title(carried(rows=rows, k=k)) == title


def test_a_likeness_is_not_called_right():
    """Rows that state no facts are compared by likeness; where nothing was asked nothing is said."""
    likeness = WithRows(name="likeness to the held-out rows", n=3, with_rows=0.4, alone=0.3)

    assert (
        carried_sentence(carried(kinds=(likeness,), left_out=0))
        == "likeness to the held-out rows: 0.40 with its rows, 0.30 without"
    )
    assert carried_sentence(carried(kinds=(), left_out=0)) == ""
