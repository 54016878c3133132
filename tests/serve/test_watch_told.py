"""The record of one request: what is told of it however it ends, and who waits for whom."""

from __future__ import annotations

import pytest

from burnish.serve.engine import Ended
from burnish.serve.watch.places import Places
from burnish.serve.watch.told import ANSWERED, CANCELLED, FAILED, REFUSED, Telling, during, now

END = Ended(reason="stop", prompt_tokens=7, completion_tokens=3, cached_tokens=2)


def answered(telling, end=END, tokens=2):
    """Let one answer of a request be made."""
    with telling.answering(7) as one:
        for _ in range(tokens):
            one.token(1)
        one.end(end, natural=True)


@pytest.mark.parametrize(
    ("status", "fault", "gone", "made", "expected"),
    [
        (200, None, False, True, (ANSWERED, 200, "")),
        (200, None, True, True, (ANSWERED, 200, "")),  # it left after [DONE] and before the last, empty chunk
        (200, None, True, False, (CANCELLED, 499, "")),
        (499, None, False, False, (CANCELLED, 499, "")),
        (0, None, False, False, (CANCELLED, 499, "")),
        (200, (502, "engine_failed"), False, False, (FAILED, 502, "engine_failed")),
        (404, (404, "model_not_found"), False, False, (REFUSED, 404, "model_not_found")),
        (405, None, False, False, (REFUSED, 405, "")),
        (503, None, False, False, (FAILED, 503, "")),
    ],
)
def test_every_end_has_one_outcome(status, fault, gone, made, expected):
    """An error comes first, then a client that went away before it had its answers, then the answer."""
    telling = Telling(status=status, fault=fault, gone=gone, wanted=1)
    if made:
        answered(telling)
    told = telling.told()

    assert expected == (told.outcome, told.status, told.code)


def test_a_fault_that_nobody_is_there_to_read_is_a_cancelled_request():
    """A body that breaks off because its client left is answered 400, to nobody."""
    telling = Telling(gone=True)
    telling.wrong(400, "invalid_value")
    telling.status = 400

    assert CANCELLED == telling.told().outcome


def test_an_answer_broken_off_is_told_with_its_tokens():
    """The tokens that were made before the client left are counted, and the answers never begun are aborted too."""
    telling = Telling(status=200, gone=True, wanted=3)
    leaving = telling.answering(7)
    leaving.__enter__().token(2)
    leaving.__exit__(GeneratorExit, GeneratorExit(), None)
    told = telling.told()

    assert ["abort"] * 3 == [said.reason for said in told.answers]
    assert (7, 2) == (told.prompt_tokens, told.completion_tokens)


def test_what_breaks_off_because_of_a_failure_is_an_error():
    """When one of two answers fails, the other was broken off by us, not by the client."""
    telling = Telling(status=502, fault=(502, "engine_failed"), wanted=2)
    with pytest.raises(ValueError), telling.answering(7):
        raise ValueError

    assert ["error", "error"] == [said.reason for said in telling.told().answers]


def test_the_prompt_of_several_answers_counts_once():
    """Of n answers to one prompt the prompt counts once, the tokens of all."""
    telling = Telling(status=200, wanted=2)
    answered(telling)
    with telling.answering(7, counts=False) as one:
        one.end(END, natural=False)
    told = telling.told()

    assert (7, 2, 6) == (told.prompt_tokens, told.cached_tokens, told.completion_tokens)


def test_a_version_that_could_not_answer_leaves_nothing_behind():
    """Once another version is asked, its answers, its first token and its place are all that is told; the time that was lost counts."""
    telling = Telling(status=200, model="b", version="b", wanted=2, asked="words")
    began = telling.started
    with telling.answering(7) as one:
        one.token(3)
    telling.anew()
    telling.model, telling.version, telling.wanted = "a", "a", 1
    answered(telling)
    told = telling.told()

    assert ("a", "a", ANSWERED) == (told.model, told.version, told.outcome)
    assert (["stop"], 7, 3, "") == ([one.reason for one in told.answers], told.prompt_tokens, told.completion_tokens, told.asked)
    assert began == telling.started


def test_only_the_beginning_of_an_answer_is_kept():
    """An answer of a million letters costs no memory of that size."""
    telling = Telling(status=200, wanted=1)
    with telling.answering(7) as one:
        for _ in range(1000):
            one.heard("x" * 1000)

    assert 4000 == len(telling.told().answers[0].words)


def test_notes_outside_a_request_are_lost_without_harm():
    """Code that answers without a server (a smoke test, a benchmark) needs no watch."""
    now().wrong(500, "x")
    assert now().fault is None
    with during(Telling(id="mine")):
        assert "mine" == now().id
    assert "mine" != now().id


def test_whoever_waited_longest_is_next():
    """Two places: the third waits, and begins when one of the first two leaves; a token proves that it began."""
    telling, places = Telling(), Places(size=2, room=100)
    telling.places = places
    ends = [telling.answering(10) for _ in range(4)]
    ones = [end.__enter__() for end in ends]
    assert ([True, True, False, False], 0.2) == ([one.began is not None for one in ones], places.used)
    ends[1].__exit__(None, None, None)
    assert ([ones[0], ones[2]], [ones[3]]) == (list(places.running), list(places.waiting))
    ones[3].token(1)
    assert [] == list(places.waiting)
    for end in ends:
        end.__exit__(None, None, None)

    assert ([], 0.0) == (list(places.running), places.used)


def test_where_the_places_are_not_known_nobody_waits():
    """A server elsewhere does not tell its places: all its answers run."""
    places = Places()
    under_way = [Telling(places=places).answering(1) for _ in range(50)]
    for one in under_way:
        one.__enter__()

    assert (50, 0, None) == (len(places.running), len(places.waiting), places.used)
