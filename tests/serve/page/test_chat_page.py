"""Chatting in a real browser: words as they come, Stop, thoughts, faults, feedback, the key, and what the tab keeps."""

from __future__ import annotations

import json

import pytest

from burnish.serve.guard import Rules
from serve.page.conftest import answered, answering, engine_failed, opened, say, until

pytestmark = pytest.mark.browser
KEY = "a-long-random-key-of-a-person"


def told(page, words):
    """Wait until a person can read some words."""
    page.locator("main").get_by_text(words).first.wait_for()


def stream(page, *events, **headers):
    """Answer every chat request in the browser with these events."""
    body = "".join(f"data: {json.dumps(one)}\n\n" for one in events) + "data: [DONE]\n\n"
    page.route(
        "**/v1/chat/completions", lambda route: route.fulfill(content_type="text/event-stream", body=body, headers=headers)
    )


def event(**delta):
    """Return one event of a stream."""
    reason = delta.pop("finish_reason", None)
    return {"id": "chatcmpl-1", "model": "v1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def test_words_are_shown_while_the_rest_is_still_to_come(tab, script):
    """The first pieces stand on the page while the engine is still at work; then Stop ends the work and keeps what came."""
    script.pieces, script.hold = ["The door ", "is **blue**.", " never said"], {"": 2}
    say(tab, "Which colour has the door?")
    tab.get_by_text("The door is blue.", exact=True).wait_for()

    assert tab.locator(".answer strong").inner_text() == "blue"
    assert tab.locator(".answer").get_attribute("aria-busy") == "true"
    assert (script.running, script.stopped) == (1, 0)

    tab.get_by_role("button", name="Stop").click()
    answered(tab)

    assert until(lambda: script.running == 0)
    assert script.stopped == 1
    assert tab.locator(".note").inner_text().startswith("Stopped here.")
    assert tab.locator("#send").inner_text() == "Send"


def test_escape_stops_and_the_next_turn_knows_what_was_said(tab, script):
    """Esc stops as the button does; the conversation goes on from the half answer."""
    script.pieces, script.hold = ["Half of it", " and more"], {"": 1}
    say(tab, "Tell me")
    tab.get_by_text("Half of it", exact=True).wait_for()
    tab.keyboard.press("Escape")
    answered(tab)
    assert until(lambda: script.stopped == 1)

    script.reset()
    say(tab, "And then?")
    answered(tab, 2)
    assert [(one.role, one.content) for one in script.asked[-1][1].messages] == [
        ("user", "Tell me"), ("assistant", "Half of it"), ("user", "And then?"),
    ]  # fmt: skip


def test_a_thought_is_folded_and_no_part_of_the_words(tab, script):
    """A thought stands in a closed fold of its own; it is not sent back with the next turn."""
    script.thought, script.pieces = ["First I count. ", "<b>Then</b> I say."], ["Seven."]
    say(tab, "How many?")
    answered(tab)
    fold = tab.locator(".thought")

    assert fold.get_attribute("open") is None
    assert not tab.get_by_text("First I count.").is_visible()
    assert tab.locator(".prose").inner_text() == "Seven."
    fold.locator("summary").click()
    assert tab.locator(".thought-words").inner_text() == "First I count. <b>Then</b> I say."
    say(tab, "Again?")
    answered(tab, 2)
    assert script.asked[-1][1].messages[1].content == "Seven."


def test_settings_go_with_every_request(tab, script, own_project):
    """Version, temperature, system prompt and thinking are sent as they are set, and are there again after loading anew."""
    tab.locator("#settings summary").click()
    tab.get_by_label("Version", exact=True).select_option("spring")
    tab.get_by_label("Temperature").fill("0.7")
    tab.get_by_label("System prompt").fill("Be short.")
    tab.get_by_label("Let it think first").check()
    tab.reload()
    tab.wait_for_selector("#model option", state="attached")
    say(tab, "Hello")
    answered(tab)
    label, ask = script.asked[-1]

    assert label == own_project[1][0]
    assert (ask.temperature, ask.think) == (0.7, True)
    assert [(one.role, one.content) for one in ask.messages] == [("system", "Be short."), ("user", "Hello")]
    assert tab.locator("#settings-told").inner_text() == "spring · temperature 0.7 · system prompt · thinks first"


def test_a_conversation_is_kept_in_this_tab_only(tab, chromium, page_url, script):
    """Loading the page anew keeps it; another tab has nothing of it, nor have cookies or the browser's lasting store."""
    script.pieces = ["Kept *here*."]
    say(tab, "Remember")
    answered(tab)
    tab.reload()
    tab.get_by_text("Kept here.").wait_for()
    other = tab.context.new_page()
    other.goto(page_url)
    other.get_by_text("Ask it something.").wait_for()

    assert other.locator(".answer").count() == 0
    assert tab.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    tab.get_by_role("button", name="New chat").click()
    assert tab.locator("#log > *").count() == 0
    say(tab, "Once more")
    answered(tab)
    assert [one.content for one in script.asked[-1][1].messages] == ["Once more"]


def test_an_answer_that_was_cut_off_by_leaving_can_be_asked_for_again(tab, script):
    """A page that is loaded anew while an answer is written says so and offers to ask again."""
    script.pieces, script.hold = ["Begun", "x"], {"": 1}
    say(tab, "Tell me")
    tab.get_by_text("Begun").wait_for()
    tab.reload()
    script.reset()
    tab.get_by_role("button", name="Try again").click()
    answered(tab)

    assert tab.locator(".prose").inner_text() == "A short answer."
    assert tab.locator(".said").count() == 1


def test_a_fault_is_told_in_plain_words_and_can_be_tried_again(chromium, page_url, script):
    """A failing engine is told with what the server said, in the middle of an answer too; trying again gets the answer."""
    script.reset()
    with opened(chromium, page_url) as page:
        script.fault = engine_failed("signal 9")
        say(page, "Hello")
        told(page, "The model behind the server failed.")
        assert "signal 9" in page.locator(".detail").inner_text()
        script.pieces, script.hold = ["Half a", " word"], {"": 1}
        page.get_by_role("button", name="Try again").click()
        told(page, "The server failed while it answered.")
        assert page.locator(".prose").inner_text() == "Half a"
        script.reset()
        page.get_by_role("button", name="Try again").click()
        told(page, "A short answer.")
        assert page.locator(".fault:visible").count() == 0
        assert len(script.asked[-1][1].messages) == 1


REFUSALS = (
    (429, "queue_full", {"Retry-After": "2"}, "The server is busy: too many requests are waiting. Try again in 2 seconds."),
    (503, "stopping", {"Retry-After": "1"}, "The server is busy or stopping. Try again in 1 second."),
    (400, "context_length_exceeded", {}, "The conversation is too long for this version. Begin a new chat."),
    (404, "model_not_found", {}, "This version is not here any more. Choose another in the settings."),
    (413, "body_too_large", {}, "This is more than the server takes at once. Begin a new chat, or write less."),
    (500, None, {}, "The server failed. Its log says more."),
    (418, None, {}, "The server refused this."),
)


def test_every_refusal_has_words(chromium, page_url):
    """Whatever the server refuses with, a person reads a sentence and the server's own words, as text."""
    with opened(chromium, page_url) as page:
        for number, (status, code, headers, words) in enumerate(REFUSALS):
            body = json.dumps({"error": {"message": f"<img src=x onerror=alert({number})>", "code": code}})
            fulfilling(page, status, headers, body)
            say(page, "Hello") if not number else page.get_by_role("button", name="Try again").click()
            told(page, f"<img src=x onerror=alert({number})>")

            assert page.locator(".fault:visible").inner_text().startswith(words)


def fulfilling(page, status, headers, body):
    """Answer the next chat request in the browser."""
    page.route("**/v1/chat/completions", lambda route: route.fulfill(status=status, headers=headers, body=body), times=1)


def test_a_server_that_is_gone_is_told(chromium, page_url):
    """Without a connection the page says so instead of waiting."""
    with opened(chromium, page_url) as page:
        page.route("**/v1/chat/completions", lambda route: route.abort())
        say(page, "Hello")
        told(page, "The server cannot be reached. Is burnish serve still running?")


def test_a_stream_that_breaks_off_is_no_answer(tab):
    """An answer whose stream ends without its end mark is told as broken off."""
    body = f"data: {json.dumps(event(content='Half'))}\n\n"
    tab.route("**/v1/chat/completions", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    say(tab, "Hello")

    told(tab, "The answer broke off: the server went away.")
    assert tab.locator(".prose").inner_text() == "Half"


def test_a_shortened_conversation_is_told_under_the_answer(tab):
    """The header that says how many tokens were left out is read out in a sentence."""
    header = {"X-Context-Tokens": "before=3200,after=1800,method=facts"}
    stream(tab, event(content="Yes."), event(finish_reason="length"), **header)
    say(tab, "Hello")
    answered(tab)

    assert tab.locator(".note").inner_text() == (
        "Cut here: it reached the longest answer allowed. · Version v1 · "
        "Earlier turns were shortened to fit: 3,200 tokens became 1,800 (facts)."
    )


def test_thumbs_and_corrections_are_sent_as_they_are_meant(tab):
    """A thumb and a wanted answer name the answer and the conversation; the server's word on it is shown."""
    sent = answering(tab, "**/v1/feedback", {"object": "feedback", "kind": "thumb", "counted": True, "why": ""})
    asked = []
    tab.on("request", lambda one: asked.append(one.headers.get("x-conversation-id")) if "completions" in one.url else None)
    say(tab, "Hello")
    answered(tab)
    tab.get_by_role("button", name="Bad").click()
    told(tab, "Thank you. It counts.")
    tab.get_by_role("button", name="I would have said").click()
    area = tab.get_by_label("The answer you wanted")
    assert area.input_value() == "A short answer."
    area.fill("A better answer.")
    tab.get_by_role("button", name="Keep it").click()
    tab.wait_for_selector(".correction", state="hidden")

    assert [{k: v for k, v in one.items() if k not in {"id", "conversation"}} for one in sent] == [
        {"thumb": "down"}, {"correction": "A better answer."},
    ]  # fmt: skip
    assert {one["id"] for one in sent} == {tab.evaluate("JSON.parse(sessionStorage['burnish.talk']).turns[1].about.id")}
    assert {one["conversation"] for one in sent} == set(asked)
    assert tab.get_by_role("button", name="Bad").get_attribute("aria-pressed") == "true"


OUTCOMES = (
    (404, {"detail": "Not Found"}, "Feedback is not kept on this server."),
    (405, {"error": {"message": "Method Not Allowed"}}, "Feedback is not kept on this server."),
    (404, {"error": {"code": "unknown_answer", "message": "x"}}, "The server no longer knows this answer, so it was not kept."),
    (403, {"error": {"code": "not_your_answer", "message": "It is another's."}},
     "Not kept. The server does not allow this. It is another's."),
    (200, {"counted": False, "why": "kept, and no experiment runs"}, "Kept, not counted: kept, and no experiment runs"),
    (200, {"counted": False, "why": "already kept"}, "Unchanged: what was said first is what is kept."),
)  # fmt: skip


def test_what_became_of_feedback_is_told(chromium, page_url, script):
    """Where feedback is not kept, not known or not counted, the buttons say so."""
    script.reset()
    with opened(chromium, page_url) as page:
        say(page, "Hello")
        for status, answer, words in OUTCOMES:
            answered(page)
            answering(page, "**/v1/feedback", answer, status=status)
            page.get_by_role("button", name="Good").click()
            page.locator(".told").get_by_text(words, exact=True).wait_for()
            gone = words == "Feedback is not kept on this server."
            assert page.get_by_role("button", name="Bad").is_disabled() == gone
            page.reload()


def test_a_second_thumb_is_not_shown_where_the_server_kept_the_first(tab):
    """Good, then Bad: the server keeps the first, and so does the page; it says so."""
    answering(tab, "**/v1/feedback", {"counted": True, "why": ""})
    say(tab, "Hello")
    answered(tab)
    tab.get_by_role("button", name="Good").click()
    tab.locator(".told").get_by_text("Thank you. It counts.").wait_for()
    answering(tab, "**/v1/feedback", {"counted": False, "why": "already counted"})
    tab.get_by_role("button", name="Bad").click()
    tab.locator(".told").get_by_text("Unchanged: what was said first is what is kept.").wait_for()

    assert ["true", "false"] == [tab.get_by_role("button", name=name).get_attribute("aria-pressed") for name in ("Good", "Bad")]


MODELS = ({"id": "base", "root": "base"}, {"id": "spring", "root": "r1"}, {"id": "live", "root": "r2"})


@pytest.mark.parametrize(
    ("live", "runs", "named", "told"),
    [
        (False, True, None, "as the server decides"),
        (False, False, None, "as the server decides"),
        (True, True, None, "as the server decides"),
        (True, False, "live", "live"),
    ],
)
def test_the_page_joins_an_experiment_where_nothing_is_live(tab, live, runs, named, told):
    """It then names no version, which is what an experiment divides; the person may still choose one, and it stays chosen."""
    cards = [{"name": one["id"], "label": one["root"], "live": False, "verdict": "", "words": ""} for one in MODELS[:2]]
    cards += [{"name": "r2", "label": "r2", "live": True, "verdict": "", "words": ""}] if live else []
    answering(tab, "**/v1/models", {"object": "list", "data": MODELS if live else MODELS[:2]})
    answering(tab, "**/v1/versions", {"object": "list", "data": cards})
    answering(tab, "**/v1/ab", {"object": "ab", "running": runs, "arms": [], "state": "collecting", "words": ""})
    tab.evaluate("sessionStorage.clear()")
    tab.reload()
    tab.wait_for_selector("#model option", state="attached")
    asked = []
    tab.on("request", lambda one: asked.append(one.post_data_json) if "completions" in one.url else None)
    stream(tab, event(content="Yes."), event(finish_reason="stop"))
    say(tab, "Hello")
    answered(tab)
    first = tab.locator("#settings-told").inner_text().split(" · ")[0]
    tab.locator("#settings summary").click()
    tab.get_by_label("Version", exact=True).select_option("spring")
    tab.reload()
    tab.wait_for_selector("#model option", state="attached")

    assert (named, told) == (asked[0].get("model"), first)
    assert ("as the server decides" == tab.locator("#model option").first.text_content()) == (named is None)
    assert "spring" == tab.locator("#model").input_value()


def test_under_an_experiment_the_version_is_shown_after_the_judgement(tab):
    """Which arm answered is not on the page before a thumb was given, so that the name sways nobody."""
    stream(tab, event(content="Yes."), event(finish_reason="stop"), **{"X-Burnish-Arm": "candidate"})
    answering(tab, "**/v1/feedback", {"counted": True, "why": ""})
    say(tab, "Hello")
    answered(tab)
    before = tab.locator("#log").inner_html()
    tab.get_by_role("button", name="Good").click()
    told(tab, "Version v1")

    assert "v1" not in before
    assert "candidate" not in before
    assert "One of the versions under test" in before


def test_a_key_is_asked_for_and_kept_in_this_tab_only(chromium, make_server, script):
    """Without a key the page opens and asks; a wrong key is told; the right one is sent as Bearer, kept by the tab, and can be forgotten."""
    script.reset()
    with make_server(Rules(keys=(KEY,))) as url, opened(chromium, url, load=False) as page:
        sent = []
        page.on("request", lambda one: sent.append(one.headers.get("authorization")) if "completions" in one.url else None)
        page.goto(url)
        page.get_by_role("dialog").get_by_label("Key").fill("wrong")
        page.keyboard.press("Enter")
        page.get_by_text("That key was not right.").wait_for()
        page.get_by_role("dialog").get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Use it").click()
        page.wait_for_selector("#model option", state="attached")
        page.reload()
        page.wait_for_selector("#model option", state="attached")
        say(page, "Hello")
        answered(page)

        assert sent == [f"Bearer {KEY}"]
        assert page.evaluate("[localStorage.length, document.cookie, location.href.includes('key')]") == [0, "", False]
        assert KEY not in page.content()
        page.locator("#settings summary").click()
        page.get_by_role("button", name="Forget the key").click()
        say(page, "Hello again")
        page.get_by_role("dialog").wait_for()
        assert page.evaluate("JSON.stringify(sessionStorage)").count(KEY) == 0
        page.keyboard.press("Escape")
        told(page, "The server wants a key.")
