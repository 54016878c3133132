"""Properties of the reader on random conversations and random damage."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, seed, settings, strategies as st

from burnish.data.near import near_clusters
from burnish.data.read import read_rows
from burnish.data.split import asked, split
from burnish.errors import DataError
from burnish.records.conversation import Conversation, Message
from toys import SEED

steady = settings(max_examples=150, deadline=None, database=None)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and not text.lstrip().startswith("<think>")
)
answers = st.builds(
    lambda content, thought: {
        "role": "assistant",
        "content": content,
        **({} if thought is None else {"reasoning_content": thought}),
    },
    texts,
    st.none() | texts,
)
pairs = st.lists(
    st.tuples(st.builds(lambda content: {"role": "user", "content": content}, texts), answers), min_size=1, max_size=3
)
systems = st.lists(st.builds(lambda content: {"role": "system", "content": content}, st.text("abc é\n", max_size=9)), max_size=1)
rows = st.builds(lambda first, rest: {"messages": first + [m for pair in rest for m in pair]}, systems, pairs)


def read(content):
    """Return what the reader makes of a file's bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.write_bytes(content)
        return read_rows(path)


@seed(SEED)
@steady
@given(
    st.lists(rows, min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n \t\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_what_was_written_is_read_back(written, bom, ending, ascii_only, in_array):
    """Random conversations come back to the letter, with BOM, any line ending, blank lines, escapes, alone or in an array."""
    lines = [json.dumps(row, ensure_ascii=ascii_only) for row in written]
    body = f"[{ending}{f',{ending}'.join(lines)}{ending}]" if in_array else ending.join(lines) + ending
    found = read((b"\xef\xbb\xbf" if bom else b"") + body.encode())
    back = [
        {
            "messages": [
                {
                    "role": m.role,
                    "content": m.content,
                    **({} if m.reasoning_content is None else {"reasoning_content": m.reasoning_content}),
                }
                for m in c.messages
            ]
        }
        for c in found.conversations
    ]

    assert written == back
    assert (len(written), ()) == (found.rows_read, found.refused)


@seed(SEED)
@steady
@given(
    st.lists(rows, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=4), st.integers(0, 4)), max_size=6),
    st.booleans(),
)
def test_damage_is_told_and_every_row_is_counted(written, damage, in_array):
    """Random bytes put in or taken out raise nothing but DataError, and each line that is not blank is accepted or refused once."""
    lines = [json.dumps(row) for row in written]
    body = ("[" + ",\n".join(lines) + "]" if in_array else "\n".join(lines)).encode()
    for place, put, taken in damage:
        at = place % (len(body) + 1)
        body = body[:at] + put + body[at + taken :]
    try:
        found = read(body)
    except DataError:
        return
    places = sorted([c.origin.byte for c in found.conversations] + [r.byte for r in found.refused])

    assert found.rows_read == len(found.conversations) + len(found.refused)
    assert all(0 <= place <= len(body) for place in places)
    assert all(refused.reason and refused.remedy for refused in found.refused)
    if found.format.endswith("(JSON Lines)"):
        kept = body.removeprefix(b"\xef\xbb\xbf").splitlines()
        assert sum(bool(line.strip(b" \t")) for line in kept) == found.rows_read


@seed(SEED)
@steady
@given(st.binary(max_size=200))
def test_noise_is_told(content):
    """Random bytes are refused, as a file or row by row, and never end in a traceback."""
    try:
        found = read(content)
    except DataError:
        return

    assert found.conversations == ()
    assert found.rows_read == len(found.refused)


questions = st.sampled_from(
    [
        f"{a} {b}"
        for a in ("Who keeps the gate", "who keeps the gate!", "Why", "Name it", "Tell me all")
        for b in ("", "1", "2", "Vell", "now")
    ]
)


@seed(SEED)
@steady
@given(
    st.lists(
        st.tuples(questions, st.sampled_from(["yes", "no", "it is so", "Vell", "7"]), st.sampled_from(["", "a", "b"])),
        max_size=25,
    ),
    st.integers(0, 30),
    st.integers(0, 9),
)
def test_a_split_keeps_its_rules(drawn, holdout, number):
    """Whatever the rows: each on one side, no near-same prompt on both, no answer held out beyond its share, something trained."""
    conversations = [
        Conversation(messages=(Message(role="user", content=q), Message(role="assistant", content=a)), metadata={"category": c})
        for q, a, c in drawn
    ]
    parts = split(conversations, holdout, number)
    clusters = near_clusters([asked(one) for one in conversations])

    assert sorted(parts.train + parts.held_out) == list(range(len(conversations)))
    assert len(parts.held_out) <= holdout
    assert bool(parts.reason) == (len(parts.held_out) < holdout)
    assert parts.train or not conversations
    assert {clusters[i] for i in parts.train}.isdisjoint({clusters[i] for i in parts.held_out})
    for answer in {one.answer for one in conversations}:
        held = sum(conversations[i].answer == answer for i in parts.held_out)
        everywhere = sum(one.answer == answer for one in conversations)
        assert held <= max(1, everywhere // 3)
        assert everywhere < 3 or everywhere - held >= 2
