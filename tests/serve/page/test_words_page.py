"""An answer's words in a real browser: what a hostile text cannot do, links that stay whole, and Markdown as it is meant."""

from __future__ import annotations

import random

import pytest

from serve.page.conftest import answered, opened, say
from serve.page.hostile import ENDLESS, HOSTILE, PIECES
from toys import SEED

pytestmark = pytest.mark.browser

SHOW = """async ([texts, steps]) => {
  const { show } = await import("/web/markdown.js");
  return texts.map((text) => {
    const box = document.createElement("div");
    box.className = "prose";
    document.querySelector("main").append(box);
    for (let end = steps || text.length; end < text.length; end += steps) show(box, text.slice(0, end));
    show(box, text);
    const all = [...box.querySelectorAll("*")];
    const found = {
      html: box.innerHTML, words: box.textContent,
      tags: all.map((one) => one.tagName),
      attributes: [...new Set(all.flatMap((one) => one.getAttributeNames()))],
      links: all.filter((one) => one.tagName === "A").map((one) => [one.getAttribute("href"), one.textContent, one.target, one.rel]),
    };
    box.remove();
    return found;
  });
}"""
TAGS = set(
    "P H3 H4 H5 H6 UL OL LI BLOCKQUOTE HR FIGURE FIGCAPTION SPAN BUTTON PRE CODE TABLE THEAD TBODY TR TH TD DIV A STRONG EM DEL BR".split()
)
ATTRIBUTES = set("class dir href target rel title type tabindex role aria-label start scope".split())


@pytest.fixture(scope="module")
def words(chromium, page_url):
    """Return a tab that the tests of this file share where they only show texts."""
    with opened(chromium, page_url) as page:
        yield page
    assert page.seen.console == []
    assert page.seen.asks_only_home()


def shown(page, *texts, steps=0):
    """Return what the page makes of texts: their markup, words, tags, attributes and links. `steps`: shown so many letters at a time."""
    return page.evaluate(SHOW, [list(texts), steps])


def is_tame(found):
    """Return whether nothing is on the page but words and links to safe places."""
    return (
        set(found["tags"]) <= TAGS
        and set(found["attributes"]) <= ATTRIBUTES
        and all(href.lower().startswith(("https://", "http://", "mailto:")) for href, *_ in found["links"])
    )


def test_a_hostile_text_runs_nothing_and_asks_nobody(words):
    """Of each of these strings only words and safe links reach the page: no script, no picture, no other element, no listener."""
    violations = words.evaluate(
        "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective)); broken"
    )
    wild = [text for text, found in zip(HOSTILE, shown(words, *HOSTILE), strict=True) if not is_tame(found)]
    wild += [text for text, found in zip(HOSTILE, shown(words, *HOSTILE, steps=3), strict=True) if not is_tame(found)]

    assert wild == []
    assert violations == words.evaluate("broken") == []
    assert words.evaluate("window.hit ?? null") is None


def test_random_hostile_texts_run_nothing(words):
    """Neither do 1,000 texts put together at random from hostile pieces."""
    chance = random.Random(SEED)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 30))) for _ in range(1000)]

    assert [text for text, found in zip(texts, shown(words, *texts), strict=True) if not is_tame(found)] == []
    assert words.evaluate("window.hit ?? null") is None


def test_a_hostile_answer_is_harmless_in_the_chat(tab, script):
    """The whole corpus as one answer, as a thought and as a person's own words: the page lives, nothing runs, nobody is asked."""
    script.pieces = script.thought = ["\n\n".join(HOSTILE)[i : i + 40] for i in range(0, len("\n\n".join(HOSTILE)), 40)]
    say(tab, " ".join(HOSTILE))
    answered(tab)
    tab.reload()  # and once more, from what the tab has kept
    answered(tab)
    alien = (
        "#log :is(script, img, iframe, object, embed, link, style, meta, base, input, svg, math, video, audio, source, template)"
    )

    assert tab.evaluate("window.hit ?? null") is None
    assert tab.evaluate(f"document.querySelectorAll(`{alien}`).length") == 0
    assert (
        tab.evaluate(
            "[...document.querySelectorAll('#log *')].flatMap((e) => e.getAttributeNames()).filter((n) => /^on|^style$/.test(n))"
        )
        == []
    )
    assert tab.locator("#log .answer").count() == 1


def test_markup_is_shown_as_the_letters_it_is(words):
    """HTML in an answer is not swallowed: a person reads every letter."""
    text = "Use <b>bold</b> & <img src=x onerror=alert(1)> &lt; &amp;"

    assert shown(words, text)[0]["words"] == text


def test_no_text_makes_the_page_slow_or_overflow(words):
    """Texts of 10,000 letters made for that end are shown, and no letter of emphasis or brackets makes it fail."""
    assert [is_tame(found) for found in shown(words, *ENDLESS)] == [True] * len(ENDLESS)


URLS = (
    "https://example.org",
    "http://example.org/",
    "https://en.wikipedia.org/wiki/Copy_(command)",
    "https://example.org/a_b_c/__d__?x_y=1&z=*2*",
    "https://example.org/search?q=a+b&lang=de&list[]=1&list[]=2",
    "https://user@host.example:8080/a/(b)~c?q=1&r=50%25#part-2",
    "https://example.org/a,b;c=d/e!f/@g/$h/'i'/~j",
    "https://example.org/%E2%9C%93/ä/日本?q=ü#é",
    "https://example.org/{id}/[x]/(y)/|z",
    "https://example.org/" + "long_" * 300 + "end",
    "mailto:ada@example.org?subject=a_b",
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("See ", "."),
        ("(", ")"),
        ("(see ", "), then"),
        ("<", ">"),
        ("[words](", ")"),
        ("**", "**"),
        ("> ", "!"),
        ("- *", "*"),
        ("“", "”."),
        ("[a b](", ' "title") x'),
    ],
)
def test_links_stay_whole(words, before, after):
    """However an address stands in the words, the link is that address, letter for letter, and opens apart from the page."""
    urls = [url for url in URLS if not (before == "**" and "*" in url) and not (before == "- *" and "*" in url)]
    for url, found in zip(urls, shown(words, *(before + url + after for url in urls)), strict=True):
        assert [(href, target, rel) for href, _, target, rel in found["links"]] == [(url, "_blank", "noopener noreferrer")]


def test_a_table_keeps_links_whole(words):
    """Bars divide cells; an address in a cell is whole."""
    found = shown(words, "| a | b |\n|:--|--:|\n| https://a.example/x_(y)?z=1 | [b](https://b.example/a_b_(c)) |")[0]

    assert [link[0] for link in found["links"]] == ["https://a.example/x_(y)?z=1", "https://b.example/a_b_(c)"]


def test_a_link_whose_words_name_another_place_says_where_it_leads(words):
    """Words that look like one host above a link to another do not deceive: the host stands beside them."""
    found = shown(
        words,
        "[https://bank.example/login](https://evil.example/x)",
        "[bank.example](https://bank.example/)",
        "[here](https://x.example)",
    )

    assert [one["words"] for one in found] == ["https://bank.example/login (evil.example)", "bank.example", "here"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", '<p dir="auto">a<br>b</p><p dir="auto">c</p>'),
        ("# A #\n### B\n#no", '<h3 dir="auto">A</h3><h5 dir="auto">B</h5><p dir="auto">#no</p>'),
        ("**a** *b* ***c*** ~~d~~ `e*`", '<p dir="auto"><strong>a</strong> <em>b</em> <em><strong>c</strong></em> <del>d</del> <code>e*</code></p>'),
        ("**a *b* c** _d_ __e__", '<p dir="auto"><strong>a <em>b</em> c</strong> <em>d</em> <strong>e</strong></p>'),
        ("snake_case_name 2*3*4 * x", '<p dir="auto">snake_case_name 2<em>3</em>4 * x</p>'),
        (r"\*a\* \[b\](c) 1 \< 2", '<p dir="auto">*a* [b](c) 1 &lt; 2</p>'),
        ("- a\n- b\n  - c\n- d", '<ul><li dir="auto">a</li><li dir="auto">b<ul><li dir="auto">c</li></ul></li><li dir="auto">d</li></ul>'),
        ("3. a\n4. b", '<ol start="3"><li dir="auto">a</li><li dir="auto">b</li></ol>'),
        ("- a\n\n- b", '<ul><li dir="auto"><p dir="auto">a</p></li><li dir="auto"><p dir="auto">b</p></li></ul>'),
        ("> a\n> > b", '<blockquote><p dir="auto">a</p><blockquote><p dir="auto">b</p></blockquote></blockquote>'),
        ("a\n\n---\nb", '<p dir="auto">a</p><hr><p dir="auto">b</p>'),
        ("In 1999.\n2. is no list", '<p dir="auto">In 1999.<br>2. is no list</p>'),
        ("a | b", '<p dir="auto">a | b</p>'),
        ("*open **never closed", '<p dir="auto">*open **never closed</p>'),
    ],
)  # fmt: skip
def test_markdown_is_read_as_it_is_meant(words, text, html):
    """Paragraphs, headings, emphasis, lists, quotes and rules; what is no mark stays a letter."""
    assert shown(words, text)[0]["html"] == html


def test_code_keeps_every_letter_and_can_be_copied(tab, script):
    """A block of code has its tabs, its blank lines and its marks; the button copies exactly that."""
    code = "def f(x):\n\treturn x ** 2  # *not* [a](b)\n\n\nprint(f'<{f(2)}>')"
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    script.pieces = [f"Here:\n\n```python\n{code}\n```\nDone."]
    say(tab, "Code")
    answered(tab)
    tab.locator(".code button").click()
    tab.locator(".code button").get_by_text("Copied").wait_for()

    assert tab.locator(".code pre").text_content() == code
    assert tab.locator(".code figcaption span").inner_text() == "python"
    assert tab.evaluate("navigator.clipboard.readText()") == code


def test_piece_by_piece_is_the_same_as_whole(words):
    """Whatever the pieces, what stands on the page at the end is what the whole text gives."""
    text = "# A\n\nb *c*\n- d\n- e\n\n```js\nlet x;\n```\n\n| f | g |\n|---|---|\n| 1 | 2 |\n\n> h\n\n[i](https://j.example/k_(l)) end"
    whole = shown(words, text, *HOSTILE)

    for steps in (1, 2, 7):
        assert shown(words, text, *HOSTILE, steps=steps) == whole


def test_blocks_that_are_done_are_not_made_anew(words):
    """While an answer grows, earlier paragraphs stay the very nodes they were: what a person has marked stays marked."""
    same = words.evaluate("""async () => {
      const { show } = await import("/web/markdown.js");
      const box = document.createElement("div");
      show(box, "one\\n\\n```\\ntwo\\n```\\n\\nthr");
      const before = [...box.children];
      show(box, "one\\n\\n```\\ntwo\\n```\\n\\nthree\\n\\nfour");
      return [...box.children].map((node, i) => node === before[i]);
    }""")

    assert same == [True, True, False, False]
