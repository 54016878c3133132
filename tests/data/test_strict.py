"""JSON as RFC 8259 has it: what is refused, and where."""

from __future__ import annotations

import pytest

from burnish.data.read import parse_json
from burnish.data.strict import DEPTH, JsonError


@pytest.mark.parametrize(
    ("text", "byte", "word"),
    [
        (b'{"a": NaN}', 0, "NaN"),
        (b"[-Infinity]", 0, "-Infinity"),
        (b'{"a": 1,}', 8, "key in double quotes"),
        (b"{'a': 1}", 1, "key in double quotes"),
        (b'{"a" 1}', 5, "colon"),
        (b'{"a": "b}', 6, "closing quote"),
        (b'{"a": "b\tc"}', 8, "control character"),
        (b'{"a": "\\x"}', 7, "backslash"),
        (b"1 2", 2, "after the end"),
        (b"", 0, "nothing is there"),
        (b'"\xc3\xa9\xc3\xa9" x', 7, "after the end"),
        (b'\xef\xbb\xbf"\xc3\xa9" x', 8, "after the end"),
        (b'"ab\xff"', 3, "not UTF-8"),
        (b'"\\ud83d x"', 1, "half of a character"),
        (b'"\\ude00\\ud83d"', 1, "half of a character"),
        (b'"\\\\\xc3\xa9\\ud83d\\ud83d\\ude00"', 5, "half of a character"),
        (b"1e999", 0, "too large"),
        (b"1" * 5000, 0, "4,300 digits"),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), DEPTH, "deeper"),
    ],
)
def test_each_fault_is_told_with_its_byte(text, byte, word):
    """What is no JSON is refused with the reason in words and the byte of the fault, counted in bytes, not characters."""
    with pytest.raises(JsonError) as caught:
        parse_json(text)

    assert word in caught.value.what
    assert byte == caught.value.flaw.byte
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'"\\\\ud83d"', "\\ud83d"),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'\xef\xbb\xbf{"a": "\\u0000"}', {"a": "\x00"}),
        (b'"' + b"[" * 1000 + b'"', "[" * 1000),
        (b'"a\\"' + b"[" * 1000 + b'"', 'a"' + "[" * 1000),
        (b"[" * DEPTH + b"]" * DEPTH, None),
    ],
)
def test_what_is_json_is_read(text, value):
    """Pairs of surrogates, NUL, a BOM, repeated keys and brackets inside texts are JSON."""
    found = parse_json(text)

    assert value in (None, found)
