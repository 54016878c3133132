"""Who gets which arm: by the shares, the same each time, and nobody can work it out without the key."""

from __future__ import annotations

import math
import stat

import pytest

from burnish.errors import StorageError
from burnish.registry.home import make_home
from burnish.serve.ab.assign import SECRET, arm_of, point_of, secret_of, unit_of

KEY = bytes(range(32))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.99, 0.01)])
def test_forty_thousand_people_fall_to_the_arms_by_their_shares(shares):
    """The chi-square of the split has p > 0.001 (one degree of freedom: below 10.83)."""
    people = 40_000
    counts = [0, 0]
    for i in range(people):
        counts[arm_of(KEY, "experiment", unit_of(KEY, f"user:{i}"), shares)] += 1
    chi = math.fsum((count - people * share) ** 2 / (people * share) for count, share in zip(counts, shares, strict=True))

    assert chi < 10.83


def test_a_person_stays_on_the_arm_and_another_experiment_divides_anew():
    """The same key, experiment and person give the same arm; another experiment or key gives half of the people another."""
    units = [unit_of(KEY, f"user:{i}") for i in range(2000)]
    first = [arm_of(KEY, "a", unit, (0.5, 0.5)) for unit in units]
    other = [arm_of(KEY, "b", unit, (0.5, 0.5)) for unit in units]
    keyed = [arm_of(KEY[::-1], "a", unit, (0.5, 0.5)) for unit in units]

    assert first == [arm_of(KEY, "a", unit, (0.5, 0.5)) for unit in units]
    for second in (other, keyed):
        assert 800 < sum(one != two for one, two in zip(first, second, strict=True)) < 1200
    assert all(0 <= point_of(KEY, "s", unit) < 1 for unit in units)


def test_the_key_is_private_stays_and_is_told_where_it_is_damaged(tmp_path):
    """Only its owner may read it; the second time it is the same; a torn one is an error that names the file."""
    home = make_home(tmp_path)
    first = secret_of(home)
    path = home / "ab" / SECRET

    assert 32 == len(first)
    assert first == secret_of(home)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert first != secret_of(make_home(tmp_path / "other"))
    path.write_text(path.read_text()[:20])
    with pytest.raises(StorageError, match="is damaged"):
        secret_of(home)
