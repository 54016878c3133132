"""`similar` by meaning: vectors of a local encoder, pooled as its folder says, compared, kept, and never fetched."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.errors import EndpointError, ModelError
from burnish.evaluate.judgements import EMBEDDER
from burnish.grading import grade
from burnish.model.embed import Embedder
from burnish.records.conversation import Message
from burnish.records.task import Task
from toys import SEED, toy_tokenizer_files, write_rows

TASKS = [
    {"id": f"t{i}", "prompt": f"Say {i}.", "grader": "similar", "target": {"meaning": "Good day."}, "max_tokens": 8}
    for i in range(3)
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """Return the folder of a toy BERT."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("encoder") / "bert"
    folder.mkdir()
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        BertModel(BertConfig(vocab_size=260, max_position_embeddings=64, **shape)).save_pretrained(folder)
    toy_tokenizer_files(folder, None)
    return folder


def pooled(folder, way):
    """Write how a folder pools."""
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **way}))
    return folder


def test_a_text_is_like_itself_and_all_likenesses_are_cosines(encoder):
    """The same text is 1, order does not matter, others lie between -1 and 1, and twice the same is the same."""
    one = Embedder(encoder)
    figures = [one.likeness("Door 4 is grey.", "The sky?"), one.likeness("The sky?", "Door 4 is grey.")]

    assert one.likeness("Door 4", "Door 4") == pytest.approx(1.0, abs=1e-6)
    assert figures[0] == pytest.approx(figures[1], abs=1e-6)
    assert -1 <= figures[0] < 0.999
    assert Embedder(encoder).likeness("Door 4 is grey.", "The sky?") == figures[0]


@pytest.mark.parametrize(
    ("way", "pool"),
    [
        (None, lambda states: states.mean(0)),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, lambda states: states.mean(0)),
        ({"pooling_mode_cls_token": True}, lambda states: states[0]),
        ({"pooling_mode_lasttoken": True}, lambda states: states[-1]),
    ],
)
def test_vectors_are_pooled_as_the_folder_says(encoder, tmp_path, way, pool):
    """The cosine is that of the encoder's own last hidden states, by the mean, the first or the last token."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = Path(shutil.copytree(encoder, tmp_path / "copy"))
    if way is not None:
        pooled(folder, way)
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(str(folder))
    with torch.no_grad():
        vectors = [pool(model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]) for text in ("Grey.", "The sky?")]

    assert Embedder(folder).likeness("Grey.", "The sky?") == pytest.approx(
        float(torch.cosine_similarity(*vectors, dim=0)), abs=1e-5
    )


def test_a_long_text_is_cut_where_the_encoder_ends(encoder):
    """More tokens than the encoder has places are no fault."""
    assert Embedder(encoder).likeness("a" * 500, "a" * 700) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("way", ["pooling_mode_mean_tokens", "pooling_mode_cls_token", "pooling_mode_lasttoken"])
def test_a_vector_does_not_depend_on_its_batch(encoder, tmp_path, way):
    """Beside longer and shorter texts, padded, each text has the vector it has alone, in the order of the texts."""
    one = Embedder(pooled(Path(shutil.copytree(encoder, tmp_path / "copy")), {way: True}))
    texts = [("Door 4 is grey. " * 9)[: 1 + 7 * number % 150] for number in range(70)]
    told = []
    together = one.vectors(texts, lambda done, total: told.append((done, total)))
    alone = [one.vectors([text])[0] for text in texts]

    assert together.shape == (70, 32)
    assert together.dtype == "float32"
    assert together == pytest.approx(np.stack(alone), abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert told == [(32, 70), (64, 70), (70, 70)]


def test_a_text_without_a_token_has_no_direction(encoder):
    """Nothing has the vector 0, not NaN, and spoils no other text's; no texts have no vectors, of the right width."""
    one = Embedder(encoder)
    vectors = one.vectors(["", "Grey.", ""])

    assert not vectors[[0, 2]].any()
    assert vectors[1] == pytest.approx(one.vectors(["Grey."])[0], abs=1e-6)
    assert one.vectors([]).shape == (0, 32)


def test_threads_share_an_encoder(encoder, monkeypatch):
    """Several threads at once load it once, and their texts have the vectors they have one after another."""
    from transformers import AutoModel

    loaded, load = [], AutoModel.from_pretrained
    monkeypatch.setattr(AutoModel, "from_pretrained", lambda *a, **k: loaded.append(a) or load(*a, **k))
    one = Embedder(encoder)
    texts = [f"Door {number} is grey." for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: one.vectors([text])[0], texts))

    assert np.stack(found) == pytest.approx(one.vectors(texts), abs=1e-5)
    assert len(loaded) == 1


def test_where_the_files_came_from_is_no_part_of_the_digest(encoder, tmp_path):
    """The cache's seal says nothing of a vector; the tokenizer does."""
    folder = Path(shutil.copytree(encoder, tmp_path / "copy"))
    before = Embedder(folder).digest
    (folder / "source.json").write_text("{}")
    sealed = Embedder(folder).digest
    (folder / "tokenizer_config.json").write_text("{}")

    assert sealed == before
    assert Embedder(folder).digest != before


def spoilt(folder, how):
    """Return a copy of a folder with one thing wrong."""
    if how == "pickle":
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    elif how == "pooling":
        pooled(folder, {"pooling_mode_max_tokens": True})
    elif how == "weights":
        content = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").unlink()
        (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    else:
        shutil.rmtree(folder)
    return folder


@pytest.mark.parametrize(
    ("how", "told"), [("pickle", "pickle"), ("pooling", "max_tokens"), ("weights", "incomplete"), ("gone", "gone")]
)
def test_a_folder_that_cannot_be_used_is_refused(encoder, tmp_path, how, told):
    """Pickles, an unknown pooling, cut weights, no folder: each one error with what was seen."""
    folder = spoilt(Path(shutil.copytree(encoder, tmp_path / "gone")), how)
    with pytest.raises(ModelError) as caught:
        Embedder(folder).likeness("a", "b")

    assert told in str(caught.value).casefold()


def evaluated(tmp_path, model, tasks=TASKS):
    """Return what evaluating a suite told."""
    (tmp_path / ".burnish").mkdir(exist_ok=True)
    suite = write_rows(tmp_path / "meanings.jsonl", tasks)
    return CliRunner().invoke(app, ["evaluate", str(model), "--suite", str(suite), "--home", str(tmp_path), "--json"])


def test_answers_are_compared_with_the_target_by_the_encoder(tmp_path, toy_folder, encoder, monkeypatch):
    """Each score is the encoder's likeness, at least 0; a second evaluation needs no encoder in memory; another one asks anew."""
    monkeypatch.setenv(EMBEDDER, str(encoder))
    told = json.loads(evaluated(tmp_path, toy_folder).stdout)
    lines = [json.loads(line) for line in Path(told["suites"]["meanings"]["items"]).read_text().splitlines()]
    one = Embedder(encoder)
    wanted = [max(0.0, one.likeness(line["text"].strip(), "Good day.")) for line in lines]
    with monkeypatch.context() as patch:
        patch.setattr(Embedder, "likeness", lambda *_: 1 / 0)
        again = json.loads(evaluated(tmp_path, toy_folder).stdout)
        pooled(encoder, {"pooling_mode_cls_token": True})
        other = evaluated(tmp_path, toy_folder)
    shutil.rmtree(encoder / "1_Pooling")

    assert [line["score"] for line in lines] == pytest.approx(wanted)
    assert again["suites"]["meanings"]["mean"] == told["suites"]["meanings"]["mean"]
    assert "ZeroDivisionError" in other.stderr


def test_no_encoder_named_is_told_with_the_place(tmp_path, monkeypatch):
    """The task's file and line, the setting, and the way without one, before a model is looked for."""
    monkeypatch.delenv(EMBEDDER, raising=False)
    done = evaluated(tmp_path, "no-such-model")

    assert done.exit_code == 1
    assert "meanings.jsonl:1, task 't0' and 2 more, graded by similar" in done.stderr
    assert EMBEDDER in done.stderr


def test_a_text_target_asks_no_encoder(tmp_path, toy_folder, monkeypatch):
    """By letters nothing is needed; and grading alone never loads one."""
    monkeypatch.delenv(EMBEDDER, raising=False)
    by_meaning = Task(id="t", messages=(Message(role="user", content="?"),), grader="similar", target={"meaning": "x"})

    assert evaluated(tmp_path, toy_folder, [{**TASKS[0], "target": "Good day."}]).exit_code == 0
    with pytest.raises(EndpointError, match="no embedder to ask"):
        grade(by_meaning, "y")


def test_an_encoder_that_gives_no_number_is_told():
    """NaN is no likeness: it counts 0 and says so; rounding above 1 and below 0 is cut."""
    by_meaning = Task(id="t", messages=(Message(role="user", content="?"),), grader="similar", target={"meaning": "x"})
    scores = [
        grade(by_meaning, "y", lambda question, read, said=said: read(said)) for said in ("nan", "1.0000001", "-0.2", "0.25")
    ]

    assert [score.value for score in scores] == [0.0, 1.0, 0.0, 0.25]
    assert [bool(score.fault) for score in scores] == [True, False, False, False]
