"""The grams of many texts as numbers: a gram's number is the CRC-32 of its five characters in UTF-32.

A set of Python numbers takes about 80 bytes a gram, an array 4; and CRC-32 is linear over exclusive or, so the numbers of all
grams of a block of texts come from table look-ups on whole arrays.
"""

from __future__ import annotations

import functools
import heapq
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

GRAM = 5
"""Characters of a gram."""
LONG, SAMPLE = 20_000, 512
"""Of longer texts the two ends are compared, and of more grams than that a sample: memory stays bounded."""

PARITY_BITS = 1024

_BLOCK = 1 << 18
"""Characters hashed at once: the arrays of a block take about 20 MB."""
_AT_ONCE = 512
"""Texts whose parity is counted at once."""
_BUCKETS = 1 << 20
"""Grams are counted by these low bits: two that share a bucket are both a little more frequent, which costs time and nothing else."""

Numbers = npt.NDArray[np.uint32]


def ends(words: str) -> str:
    """Return what is compared of a text: all of it, or its two ends where it is long."""
    return words if len(words) <= LONG else words[: LONG // 2] + words[-LONG // 2 :]


def gram_set(words: str) -> frozenset[int]:
    """Return the numbers of a text's grams; of a long text the smallest ones, a fair sample of fixed size (bottom-k; Broder 1997)."""
    raw = ends(words).encode("utf-32-le", errors="surrogatepass")  # four bytes a character, so a gram is 20 bytes
    hashes = {zlib.crc32(raw[i : i + 4 * GRAM]) for i in range(0, max(1, len(raw) - 4 * GRAM + 1), 4)}
    return frozenset(hashes if len(hashes) <= SAMPLE else heapq.nsmallest(SAMPLE, hashes))


def parity(grams: Iterable[int]) -> int:
    """Return one bit for each residue of the grams: whether their number is odd. Sets differ in at least as many grams as in bits."""
    return functools.reduce(lambda bits, gram: bits ^ 1 << gram % PARITY_BITS, grams, 0)


@dataclass(frozen=True, slots=True)
class Grams:
    """The grams of many texts, rarest first: those that few texts share tell the most."""

    numbers: Numbers
    """Of all texts, one after the other."""
    starts: npt.NDArray[np.int64]
    """Where each text's begin; one more than there are texts."""
    parities: tuple[int, ...]
    """As `parity` gives them."""

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many grams each text has."""
        return np.diff(self.starts)

    def set_of(self, k: int) -> frozenset[int]:
        """Return the grams of a text."""
        return frozenset(self.numbers[self.starts[k] : self.starts[k + 1]].tolist())

    @classmethod
    def of(cls, texts: Sequence[str]) -> Grams:
        """Return the grams of texts, of which long ones are sampled as `gram_set` does."""
        blocks = [_hashed(block) for block in _blocks([ends(text) for text in texts])]
        counts = np.zeros(_BUCKETS, np.int64)
        for numbers, _ in blocks:
            counts += np.bincount(numbers % _BUCKETS, minlength=_BUCKETS)
        odd = tuple(bits for block in blocks for bits in _parities(*block))
        ordered = [_rarest_first(numbers, sizes, counts) for numbers, sizes in blocks]
        sizes = np.concatenate([sizes for _, sizes in blocks]) if blocks else np.zeros(0, np.int64)
        numbers = np.concatenate(ordered) if ordered else np.zeros(0, np.uint32)
        return cls(numbers, np.concatenate([[0], np.cumsum(sizes)]), odd)


def _blocks(texts: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    held = 0
    for text in texts:
        block.append(text)
        held += len(text)
        if held >= _BLOCK:
            yield block
            block, held = [], 0
    if block:
        yield block


def _hashed(texts: Sequence[str]) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Return (the numbers of each text's grams in rising order, no more than SAMPLE a text; how many each text has)."""
    lengths = np.array([len(text) for text in texts], np.int64)
    owner = np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)
    behind = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(owner))  # characters from each to its text's end
    begins = np.flatnonzero(behind >= GRAM)
    points = np.frombuffer("".join(texts).encode("utf-32-le", errors="surrogatepass"), np.uint32)
    coded = (owner[begins] << np.uint64(32)) | _crc(points, begins)
    short = [
        (i << 32) | zlib.crc32(text.encode("utf-32-le", "surrogatepass")) for i, text in enumerate(texts) if len(text) < GRAM
    ]
    coded = np.sort(np.concatenate([coded, np.array(short, np.uint64)]))
    coded = coded[np.diff(coded, prepend=coded[:1] ^ np.uint64(1)) != 0]
    whose = (coded >> np.uint64(32)).astype(np.int64)
    sizes = np.bincount(whose, minlength=len(texts))
    place = np.arange(len(coded)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return coded[place < SAMPLE].astype(np.uint32), np.minimum(sizes, SAMPLE)


def _crc(points: npt.NDArray[np.uint32], begins: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Return the CRC-32 of the grams that begin at these places."""
    zero, tables = _tables()
    found = np.full(len(begins), zero, np.uint32)
    for place in range(GRAM):
        point = points[begins + place]
        for byte in range(3):  # the fourth is always 0
            found ^= tables[4 * place + byte][(point >> np.uint32(8 * byte)) & np.uint32(255)]
    return found.astype(np.uint64)


@functools.cache
def _tables() -> tuple[int, Numbers]:
    """Return the CRC-32 of a gram of zeros, and what each byte at each place changes of it."""
    zero = zlib.crc32(bytes(4 * GRAM))
    rows = [[zlib.crc32(bytes(at) + bytes([b]) + bytes(4 * GRAM - at - 1)) ^ zero for b in range(256)] for at in range(4 * GRAM)]
    return zero, np.array(rows, np.uint32)


def _parities(numbers: Numbers, sizes: npt.NDArray[np.int64]) -> Iterator[int]:
    """Yield the parity of each text, some texts at a time."""
    stops = np.cumsum(sizes)
    for first in range(0, len(sizes), _AT_ONCE):
        some = sizes[first : first + _AT_ONCE]
        held = numbers[stops[first] - sizes[first] : stops[first + len(some) - 1]]
        counts = np.bincount(
            np.repeat(np.arange(len(some)), some) * PARITY_BITS + held % PARITY_BITS, minlength=len(some) * PARITY_BITS
        )
        packed = np.packbits((counts & 1).astype(np.uint8), bitorder="little").tobytes()
        yield from (
            int.from_bytes(packed[at : at + PARITY_BITS // 8], "little") for at in range(0, len(packed), PARITY_BITS // 8)
        )


def _rarest_first(numbers: Numbers, sizes: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Numbers:
    """Return the grams of each text ordered by how many texts have them, then by number."""
    owner = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    return numbers[np.argsort((owner << 32) | counts[numbers % _BUCKETS], kind="stable")]
