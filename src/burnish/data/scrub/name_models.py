"""Names by a model that the person has installed: spaCy's pipelines, or GLiNER from a folder. Nothing is fetched.

The rules stay: a model's persons are added to theirs, but for those that are listed places, English words or parts of a company's or a
street's name. What a model calls something else takes nothing away: measured, a small model denied every fifth right name.
The same texts and the same model give the same names.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.data.scrub.found import Found, found, merged
from burnish.data.scrub.lists import COMMON, called, places
from burnish.data.scrub.organizations import named_after
from burnish.data.scrub.strangers import has_meaning
from burnish.errors import DataError

HOW = "--names spacy:MODEL (a spaCy model that is installed, or its folder), or --names gliner:FOLDER"
BATCH = 32
"""Texts that a model reads at once."""
_PERSON = frozenset({"person", "per", "persname", "ps", "i-per", "b-per"})
_LONGEST = {"spacy": 20_000, "gliner": 1_000}
"""Signs that a model reads at once; longer texts are cut at a line, a sentence or a word. GLiNER reads 384 words and drops the rest."""
_ENDS = (re.compile(r"\n+"), re.compile(r"(?<=[.!?。！？])\s+"), re.compile(r"\s+"))
_TITLE = re.compile(r"(?:(?:mrs?|ms|miss|mx|dr|prof(?:essor)?|sir|herr|frau|mme|mlle|sra?)\.?\s+)+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_TAIL = re.compile(r"(?:['’]s)?[\s,.;:!?]*$")


@dataclass(frozen=True, slots=True)
class Named:
    """What a model found in one text."""

    persons: tuple[Found, ...]


Reader = Callable[[Sequence[str]], Iterable[Sequence[tuple[int, int, str]]]]
"""What gives the entities of each text: from where to where, and what they are called."""


def name_model(spec: str) -> tuple[str, Reader]:
    """Return the kind of model that `spec` names, and what reads with it. Raises DataError where it cannot be had."""
    kind, mark, where = spec.partition(":")
    if kind not in _LOADERS or not mark or not where:
        raise DataError("names can be told by no such thing", seen=spec or "nothing", remedy=HOW)
    return kind, _LOADERS[kind](where)


def named(kind: str, read: Reader, texts: Sequence[str]) -> Iterator[tuple[str, Named]]:
    """Yield each different text, and what a model found in it."""
    pieces = [(text, at, piece) for text in dict.fromkeys(texts) for at, piece in cut(text, _LONGEST[kind]) if piece.strip()]
    gathered: dict[str, list[tuple[int, int, str]]] = {text: [] for text in dict.fromkeys(texts)}
    for first in range(0, len(pieces), BATCH):
        batch = pieces[first : first + BATCH]
        for (text, at, _), entities in zip(batch, read([piece for _, _, piece in batch]), strict=True):
            gathered[text] += [(at + start, at + end, label.casefold()) for start, end, label in entities]
    for text, entities in gathered.items():
        yield text, _sorted_out(text, entities)


def cut(text: str, longest: int) -> Iterator[tuple[int, str]]:
    """Yield the pieces of a text, none longer than a model reads, and where each begins.

    >>> list(cut("Ann came. Bob went.", 12))
    [(0, 'Ann came. '), (10, 'Bob went.')]
    """
    at = 0
    while len(text) - at > longest:
        ends = (
            last
            for pattern in _ENDS
            if (last := max((one.end() for one in pattern.finditer(text, at + 1, at + longest)), default=0))
        )
        stop = next(ends, at + longest)
        yield at, text[at:stop]
        at = stop
    yield at, text[at:]


def joined(text: str, rules: Sequence[Found], model: Named) -> list[Found]:
    """Return the finds of the rules, and a model's persons that no rule speaks against: small models call towns and firms so."""
    if not model.persons:
        return list(rules)
    firms = merged(sorted(named_after(text)))
    return [*rules, *(one for one in model.persons if _may_be(one.text) and not _within(one, firms))]


def _may_be(name: str) -> bool:
    """Return whether a model's person may be one: it has a capital or a script without them, is no listed place and not all English words."""
    if name[0].islower() or name.casefold() in places():
        return False
    words = [word.casefold() for word in _WORD.findall(name)]
    if len(words) == 1 and words[0] in COMMON:
        return False
    return any(word in called() or not has_meaning(word) for word in words)


def _within(one: Found, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < one.end and one.start < end for start, end in spans)


def _sorted_out(text: str, entities: Sequence[tuple[int, int, str]]) -> Named:
    return Named(tuple(one for start, end, label in entities if label in _PERSON for one in _person(text, start, end)))


def _person(text: str, start: int, end: int) -> Iterator[Found]:
    """Yield a model's person as the rules tell one: without a title and what follows, on one line, of letters."""
    title = _TITLE.match(text, start, end)
    start = title.end() if title else start
    line = text.find("\n", start, end)
    end = line if line >= 0 else end
    end = start + len(_TAIL.sub("", text[start:end]))
    name = text[start:end]
    if len(name) > 1 and any(map(str.isalpha, name)) and not any(sign.isdigit() or sign in "@/\\<>{}[]=_#|" for sign in name):
        yield found("person", text, start, end)


def _spacy(name: str) -> Reader:
    spacy = _library("spacy", f"pip install spacy, and the model: python -m spacy download {name}")
    try:
        pipeline = spacy.load(name)
    except AttributeError:  # a folder of that name beside the rows, which Python takes for a package
        raise DataError(
            "--names spacy: needs a library that is not installed", seen=f"spacy is {spacy!r}", remedy="pip install spacy"
        ) from None
    except (OSError, ValueError, ImportError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            "this spaCy model cannot be loaded",
            seen=f"{name}: {told}",
            remedy=f"python -m spacy download {name}, or name the model's folder",
        ) from None
    if not any(pipe in pipeline.pipe_names for pipe in ("ner", "entity_ruler", "beam_ner", "transformer_ner")):
        remedy = "name a model with the part 'ner', such as en_core_web_sm"
        raise DataError(
            "this spaCy model tells no names", seen=f"{name}: {', '.join(pipeline.pipe_names) or 'no parts'}", remedy=remedy
        )
    unused = [pipe for pipe in ("parser", "lemmatizer", "attribute_ruler") if pipe in pipeline.pipe_names]
    needed = pipeline.select_pipes(disable=unused)
    del needed  # stays so for as long as the pipeline does

    def read(texts: Sequence[str]) -> Iterator[list[tuple[int, int, str]]]:
        for document in pipeline.pipe(texts, batch_size=BATCH):
            yield [(one.start_char, one.end_char, one.label_) for one in document.ents]

    return read


def _gliner(folder: str) -> Reader:
    place = Path(folder)
    if not place.is_dir():
        raise DataError(
            "there is no such folder of a GLiNER model",
            seen=folder,
            remedy="name the folder that holds gliner_config.json and the weights",
        )
    gliner = _library("gliner", "pip install gliner")
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"  # what the folder lacks is said, not fetched
    try:
        model = gliner.GLiNER.from_pretrained(str(place), local_files_only=True)
    except Exception as error:  # noqa: BLE001 - whatever its library raises, the folder is at fault
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        remedy = "name the folder that holds gliner_config.json, the weights and the tokenizer"
        raise DataError("this GLiNER model cannot be loaded", seen=f"{folder}: {told}", remedy=remedy) from None
    finally:
        os.environ.pop("HF_HUB_OFFLINE") if before is None else os.environ.__setitem__("HF_HUB_OFFLINE", before)
    model.eval()
    ask = getattr(model, "inference", None) or model.batch_predict_entities

    def read(texts: Sequence[str]) -> Iterator[list[tuple[int, int, str]]]:
        for entities in ask(list(texts), ["person", "organization", "location"], threshold=0.5):
            yield [(one["start"], one["end"], one["label"]) for one in entities]

    return read


_LOADERS: Mapping[str, Callable[[str], Reader]] = {"spacy": _spacy, "gliner": _gliner}


def _library(name: str, remedy: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataError(
            f"--names {name}: needs a library that is not installed", seen=error.name or name, remedy=remedy
        ) from None
