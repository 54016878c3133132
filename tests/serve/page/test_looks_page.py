"""Whom the page serves: keyboards, screen readers, phones, large letters, dark and light, and people whom motion makes ill."""

from __future__ import annotations

import pytest

from serve.page.conftest import answered, answering, engine_failed, opened, say

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 6
RICH = f"""# Title {LONG}

Words **bold** *soft* `code {LONG}` and [a link](https://example.org/{LONG}) https://example.org/{LONG}?q={LONG}

1. one
   - {LONG}

```python
{LONG * 3}
```

| {LONG} | b |
|---|--:|
| `x` | {LONG} |

> quote {LONG}
"""
CONTRAST = r"""() => {
  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
  const worded = (e) => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.matches("textarea, select, input[type=password]");
  return [...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.disabled && worded(e))
    .map(e => [ratio(rgb(getComputedStyle(e).color), ground(e)), e.tagName + "." + e.className + " " + e.textContent.slice(0, 30)])
    .filter(([found]) => found < 4.5).map(([found, what]) => found.toFixed(2) + " " + what); }"""
FIGURES = {
    "requests": 812,
    "errors": 2,
    "running": 3,
    "waiting": 0,
    "tokens_out_per_second": 48.2,
    "first_token_seconds_p50": 0.12,
}


def states(page, script, own_project):
    """Bring the page into every state that has words of its own, one after the other; yields the name of each."""
    first, second, _ = own_project[1]
    yield "empty"
    answering(page, "**/v1/feedback", {"counted": True, "why": ""})
    script.reset()
    script.thought, script.pieces = [LONG], [RICH]
    say(page, LONG)
    answered(page)
    page.locator(".thought summary").click()
    page.get_by_role("button", name="Good").click()
    page.get_by_role("button", name="I would have said").click()
    script.fault = engine_failed(LONG)
    say(page, LONG)
    page.get_by_role("button", name="Try again").wait_for()
    page.locator("#settings summary").click()
    yield "chat"
    script.reset()
    arm = {"name": "live", "label": second, "share": 0.9, "answers": 812, "votes": 143, "mean": 0.71, "interval": [0.63, 0.78]}
    answering(page, "**/v1/ab", {"object": "ab", "running": True, "arms": [arm], "words": LONG})
    answering(page, "**/v1/figures", {"object": "figures", "since": 5400, "versions": {first: FIGURES}})
    page.click("nav >> text=Versions")
    page.wait_for_selector("#figures table")
    page.locator(".version summary").evaluate_all("(all) => all.forEach((one) => one.click())")
    yield "versions"
    page.click("nav >> text=Compare")
    page.wait_for_selector("#pick-b option", state="attached")
    yield "compare"
    script.by_label = {first: [RICH], second: [RICH]}
    page.get_by_label("One version").select_option(first)
    page.get_by_label("Another version").select_option(second)
    page.fill("#compare-words", LONG)
    page.press("#compare-words", "Enter")
    page.get_by_role("button", name="The first is better").wait_for()
    yield "blind"
    page.get_by_role("button", name="The first is better").click()
    page.locator("#pair .told").get_by_text("It counts.").wait_for()
    yield "revealed"
    page.evaluate("document.getElementById('key-dialog').showModal()")
    yield "key"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everybody_can_use_it_in_every_state(chromium, page_url, script, own_project, dark):
    """On a phone of 360 and of 320 pixels and at 200 % nothing runs out of sight; words stand out by 4.5 to 1; axe finds no fault."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -c constraints.txt -e '.[dev]'").Axe()
    # axe itself is run as a text, which the page's own policy forbids
    context = {"color_scheme": "dark" if dark else "light", "bypass_csp": True}
    faults = []
    with opened(chromium, page_url, **context) as page:
        for state in states(page, script, own_project):
            faults += [f"{state}: {one}" for one in page.evaluate(CONTRAST)]
            found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
            faults += [f"{state}: {one['id']} {node['html'][:200]}" for one in found for node in one["nodes"]]
            for width in (320, 360, 600, 1200):  # 600 is what 1,200 becomes at 200 %
                page.set_viewport_size({"width": width, "height": 700})
                wide = page.evaluate("document.documentElement.scrollWidth")
                faults += [f"{state}: {wide} wide on {width}"] if wide != width else []
    assert faults == []


def test_dark_and_light_are_the_persons_own_choice(chromium, page_url):
    """The ground follows the screen's setting."""
    grounds = []
    for scheme in ("light", "dark"):
        with opened(chromium, page_url, color_scheme=scheme) as page:
            grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert [sum(map(int, ground[4:-1].split(","))) > 384 for ground in grounds] == [True, False]


ORDER = ("Skip to the words", "Chat", "Compare", "Versions", "Copy", "Code", "Copy", "Ask again", "Good", "Bad", "I would have said…",
         "words", "send", "Settings: live · temperature 0", "new-chat")  # fmt: skip
"""What the keyboard comes to, from the page's beginning to its end, with one answer that holds a block of code."""


def focused(page):
    """Return what has the keyboard now, and whether a person sees it."""
    return page.evaluate("""() => {
      const one = document.activeElement;
      const shows = (e) => { const s = getComputedStyle(e); return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none"; };
      const name = (one.matches("a, summary") ? "" : one.id) || one.getAttribute("aria-label") || one.textContent.trim();
      return [name, shows(one) || (one.id === "words" && shows(one.closest("form")))];
    }""")


def test_all_of_it_can_be_reached_and_used_by_keyboard(tab, script):
    """Tab goes through everything in the order in which it stands, always seen; Enter sends, Shift and Enter break a line, Esc stops."""
    script.pieces = ["One\n\n```\ncode\n```"]
    tab.keyboard.type("first")
    tab.keyboard.press("Shift+Enter")
    tab.keyboard.type("second")
    tab.keyboard.press("Enter")
    answered(tab)
    assert script.asked[0][1].messages[0].content == "first\nsecond"

    tab.locator(".skip").focus()
    order = [focused(tab)]
    for _ in ORDER[1:]:
        tab.keyboard.press("Tab")
        order.append(focused(tab))
    assert [name for name, _ in order] == list(ORDER)
    assert [name for name, seen in order if not seen] == []

    tab.locator(".skip").focus()
    tab.keyboard.press("Enter")
    assert focused(tab)[0] == "words"
    tab.locator("nav a").nth(2).focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".version")
    assert tab.title() == "Versions – burnish"
    assert focused(tab)[0] == "versions-title"


def test_a_screen_reader_hears_an_answer_once_and_whole(tab, script):
    """While words come the region that is read out says only that they do; at the end it says them. The conversation itself is silent."""
    script.pieces, script.hold = ["One ", "two ", "three"], {"": 2}
    say(tab, "Count")
    tab.get_by_text("One two").wait_for()
    tab.wait_for_selector("#announce >> text=The answer is being written.", state="attached")
    live = "[...document.querySelectorAll('[aria-live], [role=log], [role=alert], [role=status]')].filter((one) => one.closest('#log')).length"

    assert tab.evaluate(live) == 0
    tab.keyboard.press("Escape")
    answered(tab)
    script.hold = {}
    say(tab, "Again")
    answered(tab, 2)
    tab.wait_for_selector("#announce >> text=Answer: One two three", state="attached")


def test_who_asked_for_no_motion_sees_none(chromium, page_url, script):
    """The mark that breathes while one waits stands still."""
    script.reset()
    script.thought, script.hold = ["Hm."], {"": 0}
    motion = "getComputedStyle(document.querySelector('.prose'), '::after').animationName"
    found = []
    for wish in ("no-preference", "reduce"):
        with opened(chromium, page_url, reduced_motion=wish) as page:
            say(page, "Hello")
            page.wait_for_selector(".thought")
            found.append(page.evaluate(motion))

    assert found == ["breathe", "none"]
