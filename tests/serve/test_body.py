"""What it costs to read a body does not grow faster than the body."""

from __future__ import annotations

import pytest

from burnish.serve.body import _once
from burnish.serve.faults import Refused


class Name(str):
    """A field's name that counts how often it is compared with another."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other):
        """Count, and compare."""
        Name.compared += 1
        return str(self) == str(other)

    def __hash__(self):
        """Return the name's own."""
        return hash(str(self))


def test_a_name_given_twice_is_found_in_one_pass():
    """Of 3,000 names the last is the one before it again: found with a few thousand comparisons, not with millions."""
    pairs = [(Name(f"n{number}"), 0) for number in (*range(3000), 2999)]
    Name.compared = 0

    with pytest.raises(Refused, match="n2999: is given twice"):
        _once(pairs)
    assert Name.compared < 9000
