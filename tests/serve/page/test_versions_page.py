"""The versions in a real browser: verdicts, the experiment and live figures as they are told, and nothing where they are not."""

from __future__ import annotations

import pytest

from burnish.serve.guard import Rules
from serve.page.conftest import answering, opened

pytestmark = pytest.mark.browser
KEY = "a-long-random-key-of-a-person"
ARMS = [
    {"name": "live", "label": "{second}", "share": 0.9, "answers": 812, "votes": 143, "mean": 0.71, "interval": [0.63, 0.78]},
    {"name": "spring", "label": "{first}", "share": 0.1, "answers": 94, "votes": 0, "mean": None, "interval": None},
]
WORDS = "Nothing can be said yet."
FIGURES = {"requests": 812, "errors": 2, "running": 3, "waiting": 0, "tokens_out_per_second": 48.25, "first_token_seconds_p50": 0.12,
           "first_token_seconds_p95": 1.48, "natural_stops_share": 0.991, "refusals_share": None, "context_shortened": 14}  # fmt: skip


def rows(page, place):
    """Return the cells of a table's rows."""
    return page.locator(f"{place} tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )


def test_versions_are_shown_with_their_verdicts(tab, own_project):
    """Names, which one is live, verdicts and words as the server tells them; scores in a fold."""
    _, second, third = own_project[1]
    tab.click("nav >> text=Versions")
    tab.wait_for_selector(".version")
    heads = tab.locator(".version .head").all_inner_texts()

    assert [head.split("\n") for head in heads] == [
        [third, "▼ worse"], [second, "live", "≈ cannot tell"], ["spring", "▲ better"], ["base", "untrained"],
    ]  # fmt: skip
    assert tab.get_by_text("Shown to be better than the base").is_visible()
    tab.get_by_text("Scores by suite").nth(2).click()
    assert rows(tab, ".version >> nth=2 >> details")[0] == ["own rows", "0.42", "0.63", "+0.11 to +0.31", "40", "better"]


def test_the_experiment_and_the_figures_are_shown_as_they_are_told(tab, own_project):
    """Arms by the names people gave, what is not known as a dash; figures in units a person reads."""
    first, second, _ = own_project[1]
    arms = [{**arm, "label": arm["label"].format(first=first, second=second)} for arm in ARMS]
    answering(tab, "**/v1/ab", {"object": "ab", "running": True, "arms": arms, "state": "collecting", "words": WORDS})
    answering(tab, "**/v1/figures", {"object": "figures", "since": 5400, "versions": {first: FIGURES}})
    tab.click("nav >> text=Versions")
    tab.wait_for_selector("#figures table")

    assert tab.locator("#ab p").inner_text() == WORDS
    assert rows(tab, "#ab") == [
        [f"live ({second})", "90.0 %", "812", "143", "0.71", "0.63 to 0.78"], ["spring", "10.0 %", "94", "0", "–", "–"],
    ]  # fmt: skip
    assert rows(tab, "#figures") == [["spring", "812", "2", "3", "0", "48.3", "120 ms", "1.5 s", "99.1 %", "–", "14"]]
    assert tab.get_by_text("Over the last 90 minutes.").is_visible()


BEATS = """void (() => {
  window.beats = [];
  window.setInterval = (run, every) => beats.push({ run, every });
  window.clearInterval = (number) => { if (number) beats[number - 1] = null; };
  Object.defineProperty(document, "visibilityState", { get: () => window.seen ?? "visible" });
})()"""
"""Takes the clock into the test's own hands."""


def beat(page, times):
    """Let so many intervals pass, and what they asked come back; return how long one is."""
    found = []
    for _ in range(times):
        found = page.evaluate("beats.filter(Boolean).map((one) => { one.run(); return one.every; })")
        page.wait_for_timeout(60)
    return found


def test_what_a_server_does_not_keep_is_said_and_not_asked_again(chromium, page_url):
    """Where there is no experiment and no figures route, the view says so; it asks each of them once."""
    with opened(chromium, page_url) as page:
        page.evaluate(BEATS)
        asked = [answering(page, f"**/v1/{name}", {"detail": "Not Found"}, status=404) for name in ("ab", "figures")]
        page.click("nav >> text=Versions")
        page.get_by_text("Experiments are not kept on this server.").wait_for()
        page.get_by_text("Live figures are not kept on this server.").wait_for()
        beat(page, 3)

        assert [len(one) for one in asked] == [1, 1]


def test_figures_are_asked_for_only_while_they_are_looked_at(tab):
    """Every few seconds in the open view; not with the tab in the background, not in another view. Folds stay as they are."""
    tab.evaluate(BEATS)
    asked = answering(tab, "**/v1/figures", {"object": "figures", "since": 10, "versions": {}})
    tab.click("nav >> text=Versions")
    tab.get_by_text("Nothing has been asked yet.").wait_for()
    tab.get_by_text("Scores by suite").first.click()

    assert beat(tab, 3) == [4000]
    assert len(asked) == 4
    tab.evaluate("window.seen = 'hidden'")
    beat(tab, 3)
    assert len(asked) == 4
    tab.evaluate("window.seen = 'visible'")
    beat(tab, 1)
    assert len(asked) == 5
    assert tab.locator(".version details").first.get_attribute("open") is not None
    tab.click("nav >> text=Chat")
    tab.locator("#versions").wait_for(state="hidden")  # the address changes first, and the view after it
    assert beat(tab, 3) == []
    assert len(asked) == 5


def test_a_declined_key_is_not_asked_for_again_by_the_page_itself(chromium, make_server):
    """A person who cancels the dialog is left alone by the clock; turning to a view asks again, and the key then brings what is there."""
    with make_server(Rules(keys=(KEY,))) as url, opened(chromium, url, load=False) as page:
        for name in ("ab", "figures"):
            page.unroute(f"**/v1/{name}")
        page.goto(f"{url}/#versions")
        page.evaluate(BEATS)
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        page.keyboard.press("Escape")
        page.click("nav >> text=Chat")
        page.click("nav >> text=Versions")
        dialog.wait_for()
        page.keyboard.press("Escape")
        page.locator("#versions-fault").get_by_text("The server wants a key.").wait_for()
        beat(page, 3)
        seen = dialog.count()
        page.click("nav >> text=Chat")
        page.click("nav >> text=Versions")
        dialog.get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Use it").click()
        page.wait_for_selector(".version")

    assert 0 == seen


def test_names_of_versions_are_words_and_no_markup(tab):
    """What a record says is shown letter for letter."""
    bad = "<img src=x onerror=window.hit=1>"
    answering(
        tab,
        "**/v1/versions",
        {"object": "list", "data": [{"name": bad, "label": bad, "live": True, "verdict": bad, "words": bad, "created": bad}]},
    )
    tab.click("nav >> text=Versions")
    tab.wait_for_selector(".version")

    assert tab.locator(".version p").first.inner_text() == bad
    assert tab.evaluate("window.hit ?? null") is None
