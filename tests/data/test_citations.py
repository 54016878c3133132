"""Marks of an assistant's page: what a reader sees in their place, what stays, and what `check` says of them in rows from anywhere."""

from __future__ import annotations

import json

import pytest

from burnish.data.check import check
from burnish.data.citations import without_citations, without_spans
from burnish.data.mend import mend


def span(*parts):
    """Return a span as ChatGPT writes it."""
    return "\ue200" + "\ue202".join(parts) + "\ue201"


CITE = span("cite", "turn0search3", "turn0search8")
PERSON = span("entity", '["people","Ada Kern",0]')
PICTURES = span("image_group", '{"query":["a b"]}')
GOODS = span("product_entity", '["turn0product1","Skates 4"]')
FORMULA = span("genui", '{"math_block_widget_common_keywords":{"content":"a^2"}}')
CHART = span("genui", '{"chart":{"content":{}}}')
NEW = span("future_thing", '{"x":1}')
SEEN = [
    (
        f"It was so. {CITE}\n\nThe review by {PERSON} agrees.",
        "It was so.\n\nThe review by Ada Kern agrees.",
    ),
    (f"It was so {CITE}.", "It was so."),
    (f"It {CITE} was so", "It was so"),
    (f"It was{CITE} so ({CITE} {CITE}).", "It was so."),
    (f"文字 {CITE}。次の{CITE}文", "文字。次の文"),
    (f"So it was {span('filecite', 'turn0file0', 'L5-L10')}, they say {span('memcite')}.", "So it was, they say."),
    (f"a\n\n{span('navlist', 'More on it', 'turn0news1,turn0news2')}\n\nb", "a\n\nb"),
    (f"a\n{PICTURES}\nb", "a\nb"),
    (f"- a {CITE}\n- {CITE}\n- b", "- a\n- b"),
    (
        f"Visit {span('url', 'Open Books', 'https://x.org/a')} or {span('url', 'the list', 'turn0search0')}.",
        "Visit [Open Books](https://x.org/a) or the list.",
    ),
    (
        f"See {span('video', 'The old film', 'turn0youtube3')} and {span('link_title', 'The page', 'turn0search1')}",
        "See The old film and The page",
    ),
    (f"Buy {GOODS} now", "Buy Skates 4 now"),
    (f"Area: {FORMULA}", "Area: $$\na^2\n$$"),
    (f"{CHART}Then the words", "Then the words"),
    (f"{NEW}Then the words", "Then the words"),
    ("\ue203A cited sentence.\ue204 \ue206Then more", "A cited sentence. Then more"),
    ("An answer cut off \ue200cite\ue202turn0", "An answer cut off"),
    ('An answer cut off \ue200entity\ue202["people","A B', "An answer cut off"),
    ("As LibreChat writes it \ue202turn0search0 here", "As LibreChat writes it here"),
    ("Steel came later【12†source】, see【4:0†a.pdf】 the list [3†L5-L9].", "Steel came later, see the list."),
    ("Changed【F:src/a.py†L1-L9】 and tested【8f3c21†L1-L3】.", "Changed and tested."),
    ("Told【message_idx:0†source】 and【7†】 so【3:1†L3-L5】.", "Told and【7†】 so."),
    (
        "Old\u200b:contentReference[oaicite:3]{index=3}\u200b and&#8203;``【oaicite:0】``&#8203; older【oaicite:12】.",
        "Old and older.",
    ),
    ("On a phone [oai_citation:0‡a.org](https://a.org/b_(c)) and [oai_citation:1,A title](https://a.org).", "On a phone and."),
    ("Bare turn0search0turn0search3 signs (turn0news1, turn2view0) and [turn0file0].", "Bare signs and."),
    ("铁很古老citeturn0search1。钢较新turn0search2。", "铁很古老。钢较新。"),
    ("Old :contentReference[oaicite:3]{index=3}.", "Old."),
    ("Lost signs citeturn0search3turn1view2 here, fileciteturn2file5L65-L75.", "Lost signs here,."),
    ("[cite_start]Gemini says so[cite: 1, 2]. Others too[citation:3], and[^4^].", "Gemini says so. Others too, and."),
    (
        'Grok says so<grok:render card_id="a" type="render_inline_citation"><argument name="citation_id">3</argument></grok:render>.',
        "Grok says so.",
    ),
    ('See:<grok:render type="x">\n<argument>8</argument>\n</grok:render>\nThen', "See:\nThen"),
    (':::writing{variant="email" id="48213"}\nDear Ann,\n\nhello.\n:::\n\nShorter?', "Dear Ann,\n\nhello.\n\nShorter?"),
    (
        "[Download the sheet](sandbox:/mnt/data/my (1) sheet.csv), or ![chart](sandbox:/mnt/data/a.png) look.",
        "Download the sheet, or look.",
    ),
    ("Saved as sandbox:/mnt/data/report.md. See [it](computer:///mnt/user-data/outputs/x.docx)", "Saved as report.md. See it"),
    (
        "[a](https://x.org/?utm_source=chatgpt.com) [b](https://x.org/?utm_source=chatgpt.com&a=1)",
        "[a](https://x.org/) [b](https://x.org/?a=1)",
    ),
]


@pytest.mark.parametrize(("text", "seen"), SEEN)
def test_a_mark_leaves_what_its_reader_sees(text, seen):
    """Citations and widgets go with the spaces, brackets, bullets and lines that held nothing else; names and links leave their words."""
    assert without_citations(text).strip() == seen


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, café, 3 † 4, [1] and [2] (see [^2]).",
        "He died in [1900†] and 【†】; 【2024年】【注】 and 【重要】 headings",
        "Write `【12†source】` so:\n\n```\n【12†source】 [x](sandbox:/mnt/data/a.csv)\n```\nand no more.",
        "The sandbox: a place to play. In turn 0 search 3 of them, turn0, turn1left and my_turn0search1x; cite the source; C:/data/x and https://x.org/a_(b).",
        "Spaces   inside  stay,\n\n\n\nand lines too ( ) - \n- ",
    ],
)
def test_ordinary_words_stay_as_they_are(text):
    """What only resembles a mark, what is code and what has odd spaces is not touched."""
    assert without_citations(text) == text


def test_the_page_says_what_it_shows():
    """An alternative of `content_references` stands in the place of a span that shows something; a citation goes all the same."""
    entity, products = span("entity", '["company","Kern & Co","a maker"]'), span("products", '{"selections":[]}')
    shown = {entity: "Kern Ltd", CITE: "([site](https://x.org))", products: "1. Skates"}

    assert without_spans(f"By {entity}. {CITE}\n{products}", shown) == "By Kern Ltd.\n1. Skates"


@pytest.mark.parametrize(
    "bad",
    [
        "\ue200",
        "\ue200cite ",
        " ",
        "【",
        "[a](",
        "```",
        "`",
        "sandbox:/a/",
        "[",
        "cite",
        "(",
        "\ue200\ue201 ",
        "<grok:render >",
        ":::writing{}\n",
    ],
)
def test_hostile_texts_end(bad):
    """Many beginnings without an end are read once each: were each searched to the end of the text, this would not end."""
    assert without_citations(bad * 150_000 + " † cite ](:/ sandbox:") is not None


def _rows(path, *answers):
    rows = [
        {"messages": [{"role": "user", "content": f"question {i}?"}, {"role": "assistant", "content": one}]}
        for i, one in enumerate(answers)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


def test_check_warns_of_marks_in_rows_from_anywhere(tmp_path):
    """Marks, links that lead nowhere and private characters are three warnings, each with its lines; other rows have none."""
    answers = (
        f"So it is {CITE}.",
        "So it is【12†source】.",
        "One \ue203 sign.",
        ":::writing{id=1}\nDear Ann,\n:::",
        "Get [it](sandbox:/mnt/data/a.csv).",
        "An \uf8ff sign.",
        "【2024年】 is fine [1].",
    )
    found = {one.kind: one.lines for one in check(_rows(tmp_path / "r.jsonl", *answers)).warnings}

    assert found == {"citation mark": (1, 2, 3, 4), "dead link": (5,), "private character": (6,)}


def test_marks_and_dead_links_can_be_mended(tmp_path):
    """The mend gives the words that ingest would have given."""
    report = check(_rows(tmp_path / "r.jsonl", f"So it is {CITE}.", "Get [it](sandbox:/mnt/data/a.csv).", "As it was."))
    mended = mend(report.result.conversations, report.warnings, ("citation-mark", "dead-link"))

    assert [row.answer for row in mended.rows] == ["So it is.", "Get it.", "As it was."]
    assert mended.changed == {"citation-mark": 1, "dead-link": 1}
