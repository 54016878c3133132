"""Scrub's names by a model that the person has: what is asked of it, its offsets, its faults; a stand-in takes the model's place."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from burnish.data.scrub.find import every_find
from burnish.data.scrub.found import KINDS, apart
from burnish.data.scrub.name_models import BATCH, cut, joined, name_model, named
from burnish.errors import DataError


def spans(text, *words, label="PERSON"):
    """Return entities where these words stand in a text."""
    return [(text.index(word), text.index(word) + len(word), label) for word in words if word in text]


class Pipeline:
    """What spaCy gives, with the entities that it is told to find."""

    def __init__(self, words, pipes=("ner",)):
        self.words, self.pipe_names, self.asked = words, list(pipes), []

    def select_pipes(self, disable):
        return disable

    def pipe(self, texts, batch_size):
        self.asked.append(len(texts))
        for text in texts:
            ents = [
                SimpleNamespace(start_char=start, end_char=end, label_=label) for start, end, label in spans(text, *self.words)
            ]
            yield SimpleNamespace(ents=ents)


def with_spacy(monkeypatch, pipeline):
    """Let spaCy be this pipeline."""
    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(load=lambda name: pipeline))
    return name_model("spacy:some_model")


def test_a_models_persons_are_added_to_the_rules_finds(monkeypatch):
    """At their places in the text, without a title and what follows; the rules' own stay."""
    model = with_spacy(monkeypatch, Pipeline(["Dr. Zorblat Qwixta's", "Thomas and Sons", "May"]))
    text = "zzz 😀 Dr. Zorblat Qwixta's keys. My name is Anna. May it be? Ask Thomas and Sons."
    ((_, found),) = named(*model, [text])
    things = apart(joined(text, tuple(every_find(text, KINDS)), found))

    assert [one.text for one in things] == ["Zorblat Qwixta", "Anna"]
    assert all(text[one.start : one.end] == one.text for one in things)


def test_texts_are_read_in_batches_each_once(monkeypatch):
    """The same text twice is read once."""
    pipeline = Pipeline(["Qwixta"])
    texts = [f"Qwixta {number}" for number in range(2 * BATCH + 1)]
    told = dict(named(*with_spacy(monkeypatch, pipeline), [*texts, *texts]))

    assert pipeline.asked == [BATCH, BATCH, 1]
    assert list(told) == texts
    assert all([one.text for one in found.persons] == ["Qwixta"] for found in told.values())


def test_a_long_text_is_cut_and_its_offsets_are_its_own(monkeypatch):
    """No name is lost behind what a model reads at once."""
    text = "A line of words stands here.\n" * 2000 + "Qwixta came."
    assert "".join(piece for _, piece in cut(text, 1000)) == text
    ((_, found),) = named(*with_spacy(monkeypatch, Pipeline(["Qwixta"])), [text])

    assert [(one.start, one.text) for one in found.persons] == [(text.index("Qwixta"), "Qwixta")]


def test_gliner_reads_a_folder_and_fetches_nothing(monkeypatch, tmp_path):
    """Its own answers, dictionaries, become places."""
    asked = {}

    class Model:
        def eval(self):
            asked["eval"] = True

        def inference(self, texts, labels, threshold):
            asked["labels"] = labels
            return [
                [{"start": start, "end": end, "label": "person"} for start, end, _ in spans(text, "Qwixta")] for text in texts
            ]

    def from_pretrained(folder, **options):
        asked["options"] = (folder, options)
        return Model()

    monkeypatch.setitem(sys.modules, "gliner", SimpleNamespace(GLiNER=SimpleNamespace(from_pretrained=from_pretrained)))
    ((_, found),) = named(*name_model(f"gliner:{tmp_path}"), ["Here is Qwixta."])

    assert [(one.start, one.text) for one in found.persons] == [(8, "Qwixta")]
    assert asked["options"] == (str(tmp_path), {"local_files_only": True})
    assert asked["labels"][0] == "person"


@pytest.mark.parametrize(
    ("spec", "what", "remedy"),
    [
        ("stanza:en", "no such thing", "spacy:MODEL"),
        ("spacy", "no such thing", "gliner:FOLDER"),
        ("spacy:", "no such thing", "spacy:MODEL"),
        ("spacy:some_model", "not installed", "pip install spacy"),
        ("gliner:/nowhere/at/all", "no such folder", "gliner_config.json"),
        ("gliner:.", "not installed", "pip install gliner"),
    ],
)
def test_what_is_not_there_is_said_with_the_way_to_it(monkeypatch, spec, what, remedy):
    """What is wrong, what was seen, what to do."""
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setitem(sys.modules, "gliner", None)
    with pytest.raises(DataError, match=what) as told:
        name_model(spec)

    assert told.value.seen
    assert remedy in told.value.remedy


def test_a_model_that_cannot_be_loaded_or_tells_no_names_is_said(monkeypatch):
    """A model's name with a slip, a pipeline without the part that finds names."""

    def load(name):
        raise OSError(f"[E050] Can't find model '{name}'.")

    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(load=load))
    with pytest.raises(DataError, match="cannot be loaded") as told:
        name_model("spacy:en_cor")
    assert "E050" in told.value.seen

    with pytest.raises(DataError, match="tells no names") as told:
        with_spacy(monkeypatch, Pipeline([], pipes=("tagger",)))
    assert "tagger" in told.value.seen
