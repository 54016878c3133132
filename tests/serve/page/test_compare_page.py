"""Two versions side by side: blind until a person has judged, at one pace, and the preference sent as it was meant."""

from __future__ import annotations

import json

import pytest

from serve.page.conftest import answering, until

pytestmark = pytest.mark.browser
DRAWN = "void (crypto.getRandomValues = (bytes) => bytes.fill({byte}))"
COUNTED = {"object": "feedback", "kind": "preferred_over", "counted": True, "why": ""}


def compare(page, first, second, words="Which is better?"):
    """Choose two versions and ask both, by keyboard alone where a person would."""
    page.goto(page.url.partition("#")[0] + "#compare")
    page.wait_for_selector("#pick-b option", state="attached")
    page.get_by_label("One version").select_option(first)
    page.get_by_label("Another version").select_option(second)
    page.fill("#compare-words", words)
    page.press("#compare-words", "Enter")


def sides(page):
    """Return the words of the two answers."""
    return page.locator(".side .prose").all_inner_texts()


HEARD = """void (() => {
  const fetched = window.fetch;
  window.heard = [];
  window.fetch = async (...request) => {
    const response = await fetched(...request);
    if (String(request[0]).includes("completions")) response.clone().text().then((text) => heard.push(text));
    return response;
  };
})()"""
"""Lets the test hear the answers as they came over the wire."""


def labels_of(page):
    """Return {answer id: the version that gave it} of the two answers that came."""
    assert until(lambda: page.evaluate("heard.length") == 2)
    firsts = [json.loads(text.partition("data: ")[2].partition("\n")[0]) for text in page.evaluate("heard")]
    return {first["id"]: first["model"] for first in firsts}


@pytest.mark.parametrize("byte", [0, 1])
@pytest.mark.parametrize("choice", ["The first is better", "The second is better"])
def test_a_comparison_is_blind_and_its_preference_is_sent(tab, script, own_project, byte, choice):
    """Before the click no name stands anywhere in the view, in either order; after it both do, and the preferred one's id is sent first."""
    first, second, _ = own_project[1]
    script.by_label = {first: ["The answer of one"], second: ["Another's answer"]}
    sent = answering(tab, "**/v1/feedback", COUNTED)
    tab.evaluate(HEARD)
    tab.evaluate(DRAWN.format(byte=byte))
    compare(tab, first, second)
    tab.get_by_role("button", name="They are the same").wait_for()
    view = tab.locator("#compare").evaluate("(one) => one.outerHTML") + tab.locator("#announce").inner_text() + tab.title()
    kept = tab.evaluate("JSON.stringify(sessionStorage)")
    order = sides(tab)

    assert [name for name in (first, second, "spring", "live") if name in view] == []
    assert [name for name in (first, second) if name in kept] == []
    assert sorted(order) == ["Another's answer", "The answer of one"]
    assert (order == ["The answer of one", "Another's answer"]) == (byte == 1)

    tab.get_by_role("button", name=choice).click()
    tab.locator("#pair .told").get_by_text("Thank you. It counts.").wait_for()
    heads = tab.locator(".side h3").all_inner_texts()
    names = ["spring", second] if byte == 1 else [second, "spring"]
    preferred = 0 if choice == "The first is better" else 1
    assert [head.split()[0] for head in heads] == names
    assert "preferred" in heads[preferred]
    assert "preferred" not in heads[1 - preferred]
    wanted = [{"spring": first}.get(name, name) for name in names]
    labels = labels_of(tab)
    assert [labels[sent[0]["id"]], labels[sent[0]["preferred_over"]]] == [wanted[preferred], wanted[1 - preferred]]
    assert len(sent) == 1


def test_both_appear_at_the_pace_of_the_slower_one(tab, script, own_project):
    """While one is still being written the other shows no more letters than it: speed says nothing of which is which."""
    first, second, _ = own_project[1]
    script.by_label = {first: ["x" * 50] * 10, second: ["y" * 20, "y" * 480]}
    script.hold = {second: 1}
    compare(tab, first, second)

    assert until(lambda: [len(words) for words in sides(tab)] == [20, 20])
    assert until(lambda: script.running == 1)  # the fast one has ended long ago
    assert [len(words) for words in sides(tab)] == [20, 20]
    tab.keyboard.press("Escape")
    tab.get_by_text("Stopped. Half an answer is not compared.").first.wait_for()
    assert until(lambda: script.running == 0)
    assert tab.locator(".side").count() == 0


def test_the_same_is_no_preference(tab, script, own_project):
    """A draw is shown and not sent; one can compare again with the same two, by keyboard."""
    first, second, _ = own_project[1]
    sent = answering(tab, "**/v1/feedback", COUNTED)
    compare(tab, first, second)
    tab.get_by_role("button", name="They are the same").click()
    tab.get_by_text("there is no preference to send").first.wait_for()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#pick-a", state="visible")

    assert sent == []
    assert [tab.get_by_label(one).input_value() for one in ("One version", "Another version")] == [first, second]
    assert tab.evaluate("document.activeElement.id") == "compare-words"


def test_no_button_has_the_focus_when_the_answers_are_done(tab, own_project):
    """A key that is still held down when the answers are done judges nothing."""
    sent = answering(tab, "**/v1/feedback", COUNTED)
    compare(tab, *own_project[1][:2])
    tab.get_by_role("button", name="They are the same").wait_for()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Space")

    assert tab.locator(".side h3").all_inner_texts() == ["First", "Second"]
    assert sent == []


def test_a_version_is_not_compared_with_itself(tab, script, own_project):
    """The page says so and asks nobody."""
    compare(tab, own_project[1][0], own_project[1][0])
    tab.get_by_text("Choose two versions that differ.").wait_for()

    assert script.asked == []


def test_one_failing_version_ends_the_comparison(tab, script, own_project):
    """Where one fails the other is stopped, the fault is told, and nothing is judged."""
    first, second, _ = own_project[1]
    script.by_label, script.hold = {first: ["a", "b"], second: ["a", "b"]}, {first: 1}
    tab.route("**/v1/chat/completions", lambda route: route.abort() if second in route.request.post_data else route.continue_())
    compare(tab, first, second)
    tab.get_by_role("button", name="Try again").wait_for()

    assert until(lambda: script.running == 0)
    assert tab.locator(".fault:visible").inner_text().startswith("The server cannot be reached.")
    tab.seen.console.clear()  # the browser tells of the connection that the test refused
