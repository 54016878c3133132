"""What a version kept of earlier sessions: told by question, by session and in all."""

from __future__ import annotations

import pytest

from burnish.evaluate.retention import Asked, retention, transfer
from burnish.records.report import GradedAnswer

MARGIN = 5.0


def answers(scores, prefix="q"):
    """Return one graded answer a score."""
    return [
        GradedAnswer(
            id=f"{prefix}{i}",
            prompt=f"question {i}",
            category="fact",
            grader="contains",
            target=f"target {i}",
            text=f"answer worth {score}",
            tokens=5,
            natural_stop=True,
            score=score,
        )
        for i, score in enumerate(scores)
    ]


def session(then, now, name="session 1: week1"):
    """Return one session asked twice."""
    return Asked(name=name, version="v1", then=answers(then), now=answers(now))


def test_nothing_lost_is_kept():
    """The same answers are kept, whatever they were worth."""
    found = retention([session([1, 1, 0, 1], [1, 1, 0, 1])], None, MARGIN)

    assert (found.verdict, found.lost, found.sessions[0].verdict) == ("kept", (), "kept")
    assert found.reason == "earlier sessions 0.75 when trained, 0.75 now on 4 questions"


def test_two_questions_of_ten_are_forgotten_and_named():
    """Beyond the margin the session is forgotten, and each lost question is there with both answers."""
    found = retention([session([1] * 10, [0, 0] + [1] * 8)], None, MARGIN)

    assert found.verdict == "forgot"
    assert found.reason == "session 1: week1: 1.00 when trained, 0.80 now on 10 questions"
    assert [(one.id, one.then, one.now) for one in found.lost] == [
        ("q0", "answer worth 1", "answer worth 0"),
        ("q1", "answer worth 1", "answer worth 0"),
    ]
    assert (found.sessions[0].lost, found.sessions[0].gained) == (2, 0)


def test_one_question_of_ten_is_not_called_forgetting():
    """A single answer may turn on one token: it is shown as lost, and the version is kept."""
    found = retention([session([1] * 10, [0] + [1] * 9)], None, MARGIN)

    assert found.verdict == "kept"
    assert len(found.lost) == 1


def test_the_margin_is_the_projects():
    """What one project calls forgetting another allows."""
    fell = [session([1] * 10, [0, 0] + [1] * 8)]

    assert [retention(fell, None, margin).verdict for margin in (5.0, 19.0, 20.0)] == ["forgot", "forgot", "kept"]


def test_small_losses_everywhere_are_forgetting_together():
    """One question lost in each of four sessions is no session's fault, and forgetting all the same."""
    sessions = [session([1] * 10, [0] + [1] * 9, name=f"session {i}: week{i}") for i in range(1, 5)]
    found = retention(sessions, None, MARGIN)

    assert [one.verdict for one in found.sessions] == ["kept"] * 4
    assert found.verdict == "forgot"
    assert found.reason == "all earlier sessions together: 1.00 when trained, 0.90 now on 40 questions"


def test_what_was_gained_weighs_against_what_was_lost():
    """Two lost and two gained is no fall."""
    found = retention([session([1, 1, 0, 0], [0, 0, 1, 1])], None, MARGIN)

    assert found.verdict == "kept"
    assert (found.sessions[0].lost, found.sessions[0].gained) == (2, 2)


@pytest.mark.parametrize(("now", "verdict"), [(30, "kept"), (10, "forgot")])
def test_general_ability_must_be_shown_to_have_fallen(now, verdict):
    """A few probes fewer of forty may be chance; three quarters of them gone are not."""
    found = retention([], (answers([1] * 32 + [0] * 8), answers([1] * now + [0] * (40 - now))), MARGIN)

    assert found.verdict == verdict
    assert found.general.n == 40
    assert ("general ability: 0.80 when trained" in found.reason) == (verdict == "forgot")


def test_a_session_without_questions_is_told_and_costs_nothing():
    """An adopted version left no questions: not asked, and nothing is forgotten by it."""
    found = retention([Asked(name="session 1: old", version="v1", then=(), now=())], None, MARGIN)

    assert (found.verdict, found.sessions[0].verdict, found.reason) == ("kept", "not asked", "not asked")


def test_only_questions_asked_both_times_count():
    """A question that is new, or was taken out, is no loss."""
    then, now = answers([1, 1, 1]), answers([1, 1, 1, 0, 0])
    found = retention([Asked(name="s", version="v", then=then, now=now[1:])], None, MARGIN)

    assert found.together.n == 2
    assert found.lost == ()


def test_transfer_is_the_mean_over_questions_with_an_interval():
    """Backward transfer of one question lost in ten is -0.1, and the interval holds it."""
    found = transfer({"one": [-1.0] + [0.0] * 4, "two": [0.0] * 5})

    assert found.mean == pytest.approx(-0.1)
    assert found.low <= -0.1 <= found.high
    assert found.questions == 10
    assert transfer({"one": []}) is None


def graded_fall(by, number=20):
    """Return a session whose graded answers all fell by so much, none of them by half of the scale."""
    then = [0.8 + 0.01 * (i % 3) for i in range(number)]
    return session(then, [score - by - 0.01 * (i % 2) for i, score in enumerate(then)])


def test_a_fall_that_is_shown_beyond_the_margin_is_forgotten_though_no_question_is_lost():
    """Graded answers that all fell by 8 points: the interval is below zero, and the margin is 5."""
    found = retention([graded_fall(0.08)], None, MARGIN)

    assert found.sessions[0].lost == 0
    assert found.sessions[0].change.high < 0
    assert (found.verdict, found.sessions[0].words(MARGIN)) == ("forgot", "forgot: it fell by more than the 5 points allowed")


def test_a_fall_within_the_margin_is_not_called_kept():
    """The same fall where ten points are allowed: it may go live, and is said to have fallen."""
    found = retention([graded_fall(0.08)], None, 10.0)

    assert (found.verdict, found.sessions[0].verdict) == ("fell", "fell")
    assert found.sessions[0].words(10.0) == "fell, within the 10 points allowed"


def test_words_follow_the_interval():
    """A fall that is not shown is said to be lower and not shown; the same and more is kept."""
    lower, same = (retention([session([1] * 10, now)], None, MARGIN).sessions[0] for now in ([0] + [1] * 9, [1] * 10))

    assert lower.words(MARGIN) == "lower, but a fall is not shown"
    assert same.words(MARGIN) == "kept"


def test_general_ability_that_fell_within_the_margin_is_not_kept():
    """A shown fall of the probes by 8 points, 10 allowed."""
    one = graded_fall(0.08, 40)

    assert retention([], (one.then, one.now), 10.0).verdict == "fell"
    assert retention([], (one.then, one.now), MARGIN).verdict == "forgot"


def test_transfer_says_what_its_interval_says():
    """A mean below zero is a fall only where the whole interval is."""
    assert transfer({"one": [-1.0] + [0.0] * 9}).words == "lower, but a fall is not shown"
    assert transfer({"one": [-0.1, -0.11, -0.09, -0.12] * 5}).words == "fell"
    assert transfer({"one": [0.1, 0.11, 0.09, 0.12] * 5}).words == "rose"


def test_the_plan_states_the_rule_that_the_code_follows():
    """`session.margin` in a plan is explained by the same sentence."""
    from burnish.plan import sessions
    from burnish.records.retention import FEWEST_LOST, RULE

    assert sessions.RULE is RULE
    assert "95 % interval lies below zero" in RULE
    assert f"{FEWEST_LOST} questions" in RULE
