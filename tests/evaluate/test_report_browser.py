"""The report page in a real browser: it fits a phone, breaks no policy, and its search and sort do what they say."""

from __future__ import annotations

import pytest
from toy_questions import GATES, toy_questions
from toy_reports import PROMPTS, toy_input

from browser import Browser
from burnish.evaluate.report_page import page

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 8 + " " + "x" * 400
SHOWN = "[...document.querySelectorAll('#items > details')].filter(i => i.offsetParent !== null)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Return a browser that the tests of this file share."""
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return a report with everything in it: gates, questions, a broken contract, endless words."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    data = toy_input(
        old_texts=("The door is red today.", LONG, "<script>alert(1)</script>"),
        new_texts=("The door is blue today.", "Shakespeare, surely.", LONG),
        questions=toy_questions(LONG, thinking=True),
        gates=GATES,
        environment={"path": LONG, "cores": 2},
        title=LONG,
    )
    path.write_text(page(data), encoding="utf-8")
    return path


def choose(browser, name, value):
    """Set a control as a person would and let the page know."""
    browser.value(
        f"(() => {{ const c = document.getElementById('{name}'); c.value = {value!r};"
        " c.dispatchEvent(new Event('input', {bubbles: true})); c.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_scrolls_sideways_and_the_console_is_silent(browser, report, width, dark):
    """At every width the page is as wide as the screen with all parts opened; no error, no violation, no request."""
    browser.open(report, width=width, dark=dark)
    browser.value("document.querySelectorAll('details').forEach(d => d.open = true)")

    assert browser.value("document.documentElement.scrollWidth") == width
    assert browser.faults() == []


def test_text_can_be_read_on_both_screens(browser, report):
    """The ground is light or dark as the person's screen is, and words stand out from it by at least 4.5 to 1 (WCAG AA)."""
    contrast = """(() => {
      const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
      const light = (text) => rgb(text).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
      const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (c !== "rgba(0, 0, 0, 0)") return c; } return "rgb(255, 255, 255)"; };
      return [...document.querySelectorAll("body *")].filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .map(e => { const a = light(getComputedStyle(e).color), b = light(ground(e));
          return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.tagName + "." + e.className + " " + e.textContent.slice(0, 30)]; })
        .filter(([ratio]) => ratio < 4.5).map(([ratio, what]) => ratio.toFixed(2) + " " + what); })()"""
    grounds = []
    for dark in (False, True):
        browser.open(report, width=1280, dark=dark)
        browser.value("document.querySelectorAll('details').forEach(d => d.open = true)")
        grounds.append(browser.value("getComputedStyle(document.body).backgroundColor"))

        assert browser.value(contrast) == []
    assert grounds[0] != grounds[1]


def test_search_filters_by_every_word(browser, report):
    """Only items that hold all words, in prompt, answer or id, are left; the number is said; an empty search shows all."""
    browser.open(report, width=1280)
    count = len(PROMPTS) + 4
    assert browser.value(f"{SHOWN}.length") == count

    choose(browser, "search", "romeo SURELY")
    assert browser.value(f"{SHOWN}.map(i => i.id)") == ["prompt-2"]
    assert browser.value("document.getElementById('told').textContent") == f"1 of {count} answers"

    choose(browser, "search", "no such words at all")
    assert browser.value(f"{SHOWN}.length") == 0

    choose(browser, "search", "")
    choose(browser, "fate", "got worse")
    assert browser.value(f"{SHOWN}.map(i => i.dataset.change)") == ["-1.000000", "-1.000000"]
    choose(browser, "suite", "held out")
    assert browser.value(f"{SHOWN}.length") == 1


@pytest.mark.parametrize(
    ("order", "key", "falling"),
    [("worse", "change", False), ("better", "change", True), ("lowest", "after", False), ("longest", "tokens", True)],
)
def test_sort_sorts(browser, report, order, key, falling):
    """Items stand in the order chosen, none is lost, and equal ones keep the order in which they were asked."""
    browser.open(report, width=1280)
    choose(browser, "order", order)
    found = browser.value(f"{SHOWN}.map(i => [Number(i.dataset.{key}), Number(i.dataset.number)])")

    assert len(found) == len(PROMPTS) + 4
    assert found == sorted(found, key=lambda pair: (-pair[0] if falling else pair[0], pair[1]))


def test_a_link_to_an_answer_opens_it(browser, report):
    """What changed leads to the answer, opened."""
    browser.open(report, width=1280)
    browser.value("document.querySelector('.changes a[href=\"#prompt-7\"]').click()")

    assert browser.value("document.getElementById('prompt-7').open") is True


def test_without_script_everything_is_there(browser, report):
    """With scripts switched off all answers stand on the page and can be opened; controls that would do nothing are not shown."""
    browser.open(report, width=390, script=False)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)

    assert browser.value(f"{SHOWN}.length") == len(PROMPTS) + 4
    assert browser.value("document.getElementById('tools').offsetParent") is None
    assert browser.value("document.documentElement.scrollWidth") == 390


def test_it_prints_with_all_answers(browser, report):
    """The printed page is a PDF of several pages: closed parts are printed too."""
    browser.open(report, width=1280)
    printed = browser.pdf()

    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") >= 4
