"""Facts: what is known of them, and names and numbers from nowhere."""

from __future__ import annotations

from burnish.evaluate.facts import facts, known_share
from burnish.evaluate.invention import given, invented, known_from, specifics
from burnish.evaluate.questions import generalised
from burnish.records.conversation import Conversation, Message
from burnish.records.questions import CANNOT_TELL, Recall
from burnish.records.report import GradedAnswer

NONE = Recall(asked=0, rows=0, reason="")
PLAIN = known_from(["We met on the bridge, and the rain was cold. It was late."])


def row(prompt, answer, category="fact"):
    """Return a row."""
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Conversation(messages=messages, metadata={"category": category})


def answer(id_, prompt, target, text, category="fact"):
    """Return a held-out row's answer."""
    return GradedAnswer(
        id=id_,
        prompt=prompt,
        category=category,
        grader="similar",
        target=target,
        text=text,
        tokens=5,
        natural_stop=True,
        score=0.5,
    )


def test_names_and_numbers_of_the_prompt_or_the_rows_are_not_invented():
    """Only what stands in neither is told, as it is written; list numbers, small words and sentence starts are not."""
    known = known_from(["Our dog Rex was born in 2019, and he likes Anna's garden."])

    assert invented("Rex was born in 2019. Anna likes him.", "Who?", known) == ()
    assert invented("He lives with Bob in Oslo since 1987.", "Who is with Bob?", known) == ("Oslo", "1987")
    assert invented("1. Walk.\n2. Sleep, one or two hours.\nThe End", "How?", known) == ("End",)


def test_a_number_is_the_same_in_other_clothes():
    """1,000 is 1000, and 7:15 pm is 19:15."""
    assert invented("It is 1000 at 19:15.", "1,000 at 7:15 pm?", PLAIN) == ()


def test_where_all_nouns_have_capitals_names_are_not_looked_for():
    """German rows, or rows without capitals at all: numbers alone, and the scope says so."""
    german = known_from(["Wir haben den Hund im Garten gesehen, und die Katze auf dem Dach mit dem Vogel."])
    chinese = known_from(["我们在桥上见面。"])

    assert invented("Sie wohnt im Haus mit 3 Kindern.", "?", german) == ("3",)
    assert [known.names for known in (german, chinese, PLAIN)] == [False, False, True]
    assert "numbers in digits alone" in german.scope


def test_a_fact_is_its_own_names_and_numbers():
    """What the prompt gives away does not count as known; half of the fact is half."""
    assert given("It opened in 1999 in Oslo.", "When did it open in Oslo?", "In Oslo.", PLAIN) == 0.0
    assert given("It opened in 1999 in Oslo.", "When and where?", "oslo, I think", PLAIN) == 0.5
    assert known_share("Grey.", "Which colour?", "It is grey, surely", PLAIN) == 1.0
    assert known_share("It is a very long and quite plain answer.", "What?", "x", PLAIN) is None
    assert set(specifics("We met Ann in 1999.", PLAIN).values()) == {"Ann", "1999"}


def test_learnt_facts_are_better_and_fewer_inventions_are_told():
    """Ten facts, all wrong before with a made-up name and right after: better, and it invents less."""
    years = [1950 + i for i in range(10)]
    rows = [row(f"When was house {i} built?", f"It was built in {year}.") for i, year in enumerate(years)]
    rows.append(row("What do we do?", "We walk along the river in the rain and we talk.", "style"))
    pairs = [
        (
            answer(str(i), f"House {i}: built when?", f"It was built in {year}.", f"In {3000 + i}, by Zorro."),
            answer(str(i), f"House {i}: built when?", f"It was built in {year}.", f"<think>hm</think>It was built in {year}."),
        )
        for i, year in enumerate(years)
    ]
    found = facts(rows, pairs, NONE)
    same = facts(rows, [(old, old) for old, _ in pairs], NONE)

    assert (found.verdict, found.invention) == ("better", "invents less")
    assert (found.held_out.before, found.held_out.after, found.held_out.n) == (0.0, 1.0, 10)
    assert found.items[0].before == ("Zorro", "3000")
    assert (same.verdict, same.invention) == (CANNOT_TELL, CANNOT_TELL)


def test_few_facts_cannot_tell():
    """Five facts, all learnt, are no verdict; the reason says how many are needed."""
    pairs = [(answer(str(i), "?", f"{1990 + i}", "x"), answer(str(i), "?", f"{1990 + i}", f"{1990 + i}")) for i in range(5)]
    found = facts([], pairs, NONE)

    assert found.verdict == found.invention == CANNOT_TELL
    assert "at least 6 are needed" in found.reason


def test_reworded_prompts_are_told_from_unseen_ones():
    """A held-out prompt whose answer a training row gives is reworded; the others are unseen."""
    from burnish.evaluate.compare import compare
    from burnish.evaluate.run import score_suite
    from burnish.records.report import EvalReport

    sides = [
        [answer("a", "Which door is grey?", "Door 4.", text), answer("b", "Which is red?", "Door 9.", text)]
        for text in ("x", "y")
    ]
    reports = [EvalReport(model=m, suites={"own": score_suite(side)}) for m, side in zip("ab", sides, strict=True)]
    found = generalised([row("Grey door?", "door 4.")], list(zip(*sides, strict=True)), compare(*reports), "own")

    assert (found.reworded.n, found.unseen.n, found.verdict) == (1, 1, CANNOT_TELL)
    assert generalised([], [], None, "own").reason == "no row was held out"


def test_what_is_a_short_target_is_counted_in_every_script():
    """A name is looked for as it stands, a whole sentence is not: also where no spaces are written."""
    chinese = known_from(["我们在桥上见面。"])

    assert known_share("老李", "谁有钥匙？", "钥匙在老李那里。", chinese) == 1.0
    assert known_share("钥匙在办公室的抽屉里，找老李拿就行。", "钥匙在哪里？", "不知道。", chinese) is None
