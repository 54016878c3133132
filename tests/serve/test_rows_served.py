"""A version that carries rows, served: they stand in what the model is given, they count, and they never push a conversation over."""

from __future__ import annotations

import contextlib
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import DataError
from burnish.flow import artefact
from burnish.records.conversation import Message
from burnish.records.plan import KNOWN
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve import opening, start
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.keeping import HEADER, Keeping
from burnish.serve.opening import Shelf, read_again
from burnish.serve.pool import Pool
from burnish.serve.server import running
from serve.conftest import add_version
from serve.doubles import Repeating
from serve.test_start import fails
from toy_memory import ROWS

KEY, HERON = ROWS
KNOWN_KEY, KNOWN_HERON = ((KNOWN + question, answer) for question, answer in ROWS)
"""The same as they stand before a question."""
asked: list = []


class Seeing(Repeating):
    """Repeats the last message, and remembers what it was asked."""

    async def complete(self, ask):
        asked.append(ask)
        async for event in super().complete(ask):
            yield event


def roomy(context):
    """Return the same with so many tokens of context."""

    def make(opened):
        made = Seeing(opened)
        made.context = context
        return made

    return make


@pytest.fixture(scope="module")
def home(tmp_path_factory, toy_folder):
    """Return a project whose live version carries two rows."""
    home = make_home(tmp_path_factory.mktemp("rows"))
    registry = Registry(home)
    registry.promote(add_version(registry, toy_folder, seed=7, rows=ROWS), "first")
    return home


@pytest.fixture(scope="module")
def served(home):
    """Return a function that serves it and gives a client; what the server told is in the second."""
    with contextlib.ExitStack() as stack:

        def start(engine=Seeing, keeping=None, *, memory=True):
            told = []
            pool = Pool(Shelf(str(home), None, memory=memory), engine, first="live", tell=told.append)
            address = stack.enter_context(running(make_app(pool, Rules(), keeping)))
            return stack.enter_context(httpx.Client(base_url=address, timeout=30)), told

        yield start


def ask(client, *words, model="live", **fields):
    """Ask a conversation of user and assistant in turn; return the response."""
    messages = [{"role": ("user", "assistant")[i % 2], "content": one} for i, one in enumerate(words)]
    return client.post("/v1/chat/completions", json={"model": model, "messages": messages, "max_tokens": 20} | fields)


def said(*words):
    """Return the same as messages."""
    return tuple(Message(role=("user", "assistant")[i % 2], content=one) for i, one in enumerate(words))


def plain(home, version=None):
    """Return the version's chat without its rows."""
    return Shelf(str(home), None, memory=False).open(version or Registry(home).live).chat


def test_the_nearest_row_stands_before_the_question_and_is_counted(served, home):
    """Ids are those of the conversation with the row right before the question; usage tells them; the start says what is carried."""
    client, told = served()
    answer = ask(client, "Hello.", "Hi.", KEY[0])
    whole = plain(home).prompt_ids(said("Hello.", "Hi.", *KNOWN_KEY, KEY[0]))

    assert asked[-1].prompt == tuple(whole)
    assert answer.json()["usage"]["prompt_tokens"] == len(whole)
    assert [one.content for one in asked[-1].messages] == ["Hello.", "Hi.", KEY[0]]
    assert told == [f"{Registry(home).live} carries 2 rows: the nearest is put before each question, found by their words"]


def test_the_base_raw_prompts_and_a_server_without_memory_answer_without(served, home):
    """`base` has no rows; /v1/completions adds nothing to a prompt; `--no-memory` serves the bare version and says nothing."""
    client, _ = served()
    bare, told = served(memory=False)
    ask(client, KEY[0], model="base")
    ask(bare, KEY[0])
    client.post("/v1/completions", json={"model": "live", "prompt": KEY[0], "max_tokens": 2})
    prompts = [one.prompt for one in asked[-3:]]

    assert prompts[0] == prompts[1] == tuple(plain(home).prompt_ids(said(KEY[0])))
    assert prompts[2] == tuple(plain(home).raw_ids(KEY[0]))
    assert told == []


@pytest.mark.parametrize("turns", [9, 75])
def test_a_talk_that_fits_alone_and_not_with_its_row_is_shortened(served, home, turns):
    """Counted whole (9 turns) and by its new turns (75): before is what the model would have been given, after is what it is given."""
    words = [f"We met in room {100 + i}." for i in range(turns - 1)] + [KEY[0]]
    alone, whole = (len(plain(home).prompt_ids(said(*one))) for one in (words, [*words[:-1], *KNOWN_KEY, KEY[0]]))
    client, _ = served(roomy(alone + 2))
    answer = ask(client, *words)
    told = answer.json()["context"]
    text = plain(home).decode(asked[-1].prompt, special=True)

    assert alone + 2 <= whole
    assert answer.status_code == 200
    assert HEADER in answer.headers
    assert told["tokens_before"] == whole
    assert told["tokens_after"] == len(asked[-1].prompt) <= alone + 2 - 20
    assert text.count(KEY[1]) == 1
    assert text.rstrip().endswith(f"{KEY[0]}<|im_end|>\n<|im_start|>assistant")


def test_a_long_talk_that_fits_with_its_row_is_whole(served, home):
    """By its new turns, on the second request too: the ids are those of the whole way, and nothing is told."""
    words = [f"We met in room {100 + i}." for i in range(74)]
    client, _ = served(roomy(9_000))
    answers = [ask(client, *words[:60], "So?", "Fine.", KEY[0]), ask(client, *words, HERON[0])]

    assert [one.json()["context"] for one in answers] == [None, None]
    assert asked[-1].prompt == tuple(plain(home).prompt_ids(said(*words, *KNOWN_HERON, HERON[0])))


def test_the_row_is_looked_for_by_the_question_and_not_by_the_note_before_it(served, home):
    """A shortening puts a note at the head of the question, full of the other row's words: the row is still the question's own."""
    words = ["Who feeds the heron? Marta does. Who feeds the heron? It was in May."] * 8 + [KEY[0]]
    client, _ = served(roomy(230), Keeping(method="facts"))
    answer = ask(client, *words)
    text = plain(home).decode(asked[-1].prompt, special=True)

    assert answer.json()["context"]["method"] == "facts"
    assert asked[-1].messages[-1].content != KEY[0]
    assert text.count(f"{KEY[0]}<|im_end|>\n<|im_start|>assistant\n{KEY[1]}") == 1


def test_what_is_too_long_with_its_row_alone_is_refused_and_told_why(served, home):
    """The row's tokens are named, for the client sees only its own words."""
    alone, whole = (len(plain(home).prompt_ids(said(*one))) for one in ([KEY[0]], [*KNOWN_KEY, KEY[0]]))
    client, _ = served(roomy(whole))
    answer = ask(client, KEY[0])

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "context_length_exceeded")
    assert f"has {whole} ({whole - alone} of them are rows that the version carries)" in answer.json()["error"]["message"]


def test_rows_that_are_forgotten_are_gone_with_the_next_request(tmp_path, toy_folder):
    """`burnish forget` while the server runs: it answers on, without the rows, and is never told to read anything anew."""
    registry = Registry(make_home(tmp_path))
    version = add_version(registry, toy_folder, seed=8, rows=ROWS, more=(("Where is the gate?", "By the pond."),))
    pool = Pool(Shelf(str(registry.home), None), Seeing, first=version)
    with running(make_app(pool, Rules())) as address, httpx.Client(base_url=address, timeout=30) as client:
        prompts = []
        for words in (KEY[0], KEY[0], "Where is the gate?"):
            ask(client, words, model=version)
            prompts.append(plain(registry.home, version).decode(asked[-1].prompt, special=True))
            if len(prompts) == 1:
                done = CliRunner().invoke(app, ["forget", "--source", "Ann", "--home", str(registry.home)])
                assert done.exit_code == 0, done.output

    assert [[answer in text for answer in (KEY[1], HERON[1])] for text in prompts] == [
        [True, False],
        [False, False],
        [False, False],
    ]
    assert "By the pond." in prompts[2]
    assert registry.fsck() == []


def test_an_artefact_under_proof_is_asked_without_rows(home, monkeypatch):
    """What `export --suite` serves for its comparison is the artefact alone, beside the trained weights alone."""
    monkeypatch.setattr(start, "_llamacpp", lambda *_: Seeing)
    with (
        start.serving(Path("model.gguf"), None, home=str(home)) as (address, name),
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        ask(client, KEY[0], model=name)
    asked_of = []
    monkeypatch.setattr(artefact, "find_version", lambda reference, **how: asked_of.append(how) or iter(()))
    with pytest.raises(DataError, match="no task is left"):
        list(artefact.as_good("http://127.0.0.1:9", name, None, (), points=5.0, home=str(home)))

    assert asked[-1].prompt == tuple(plain(home).prompt_ids(said(KEY[0])))
    assert [how["memory"] for how in asked_of] == [False]


def test_an_encoder_that_is_not_here_keeps_the_server_from_starting(tmp_path, toy_folder, monkeypatch):
    """One block with the command that fetches it, before a port is taken or weights are loaded; --no-memory needs no encoder."""
    monkeypatch.setattr(start, "listen", lambda *_: pytest.fail("a port was taken"))
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    registry = Registry(make_home(tmp_path))
    registry.promote(add_version(registry, toy_folder, seed=7, rows=ROWS, encoder="all-mpnet-base-v2"), "first")
    found = fails("--home", registry.home, "--engine", "transformers", "--port", 0)

    assert "burnish models pull all-mpnet-base-v2" in found["remedy"]
    assert Shelf(str(registry.home), None, memory=False).carries(registry.live) is None


def test_words_read_anew_keep_the_rows_and_an_encoder_lets_torch_in(home, toy_folder, tmp_path, monkeypatch):
    """A version whose rows a model finds takes torch into a server that does without; one found by words does not."""
    let_in = []
    monkeypatch.setattr(opening, "let_torch_in", lambda: let_in.append(1))
    shelf = Shelf(str(home), None)
    opened = shelf.open(shelf.live)
    again = read_again(opened)
    registry = Registry(make_home(tmp_path))
    version = add_version(registry, toy_folder, seed=7, rows=ROWS, encoder="all-minilm-l6-v2")
    monkeypatch.setattr("burnish.retrieval.opening.open_memory", lambda folder: opened.rows)
    words = let_in.copy()
    Shelf(str(registry.home), None).open(version)

    assert (again.rows, again.carries) == (opened.rows, opened.carries)
    assert again.chat.prompt_ids(said(KEY[0])) == opened.chat.prompt_ids(said(KEY[0]))
    assert (words, let_in) == ([], [1])


@pytest.mark.parametrize(("words", "memory"), [((), True), (("--no-memory",), False)])
def test_the_verb_hands_the_flag_on(words, memory, monkeypatch):
    """`burnish serve --no-memory` is what `prepare` is told."""
    given = []

    def stopped(options, *_):
        given.append(options.memory)
        raise DataError("stopped here", seen="", remedy="")

    monkeypatch.setattr(start, "prepare", stopped)

    assert fails(*words)["what"] == "stopped here"
    assert given == [memory]
