"""The page about rows in a real browser: it fits a phone, breaks no policy, can be read and printed."""

from __future__ import annotations

import pytest

from browser import Browser
from burnish.data.read import read_rows
from burnish.data.report.facts import facts_of
from burnish.data.report.page import page
from burnish.data.report.pairs import paired
from toys import write_rows

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 8 + " " + "x" * 400


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return a page with every section filled, some with endless words."""
    folder = tmp_path_factory.mktemp("rows")
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"Mail ann{i}@site.example about {LONG if i == 3 else i}?"},
                {"role": "assistant", "content": "LOL!!! Yes." if i == 4 else f"She answers on day {i} at noon."},
            ],
            "metadata": {"category": "fact" if i % 2 else LONG, "source": f"source {i % 9}", "time": 1.7e9 + i * 1e6},
        }
        for i in range(40)
    ]
    files = []
    for name, held in (("rows.jsonl", [*rows, rows[0], {LONG: 1}]), ("clean.jsonl", rows[:30])):
        read = read_rows(write_rows(folder / name, held))
        lengths = [len(row.answer) * (1 + i) for i, row in enumerate(read.conversations)]
        files.append(facts_of(LONG if name == "rows.jsonl" else name, read, read.conversations, lengths, read.refused))
    path = folder / "rows.report.html"
    path.write_text(page(files, paired(files[0].rows, files[1].rows)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Return a browser that the tests of this file share."""
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_scrolls_sideways_and_the_console_is_silent(browser, report, width, dark):
    """At every width the page is as wide as the screen with all parts opened; no error, no violation, no request."""
    browser.open(report, width=width, dark=dark)
    browser.value("document.querySelectorAll('details').forEach(d => d.open = true)")
    clipped = """[...document.querySelectorAll('.chart rect, .chart text')].filter(one => {
      const chart = one.closest('.plot').getBoundingClientRect(), own = one.getBoundingClientRect();
      return own.left < chart.left || own.right > chart.right; }).length"""

    assert browser.value("document.documentElement.scrollWidth") == width
    assert browser.value(clipped) == 0
    assert browser.faults() == []


def test_it_prints_with_its_samples(browser, report):
    """The printed page is a PDF of several pages: closed parts are printed too."""
    browser.open(report, width=1280)
    printed = browser.pdf()

    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") >= 4
