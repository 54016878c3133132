"""What a training says of its steps while it runs."""

from __future__ import annotations

import pytest

from burnish.flow.events import Advanced, Said
from burnish.flow.pace import Pace
from burnish.train.events import Stepped


def step(number, steps=7):
    """Return the event of one step."""
    sizes = {"tokens": 100, "supervised_tokens": 50, "memory_bytes": 900_000_000, "peak_bytes": 1_200_000_000}
    return Stepped(step=number, steps=steps, epoch=1, loss=2.5, learning_rate=1e-4, grad_norm=0.5, seconds=0.1, **sizes)


@pytest.mark.parametrize(("every", "lines"), [(0, []), (1, [1, 2, 3, 4, 5, 6, 7]), (3, [3, 6, 7]), (100, [7])])
def test_logging_steps_prints_a_line_every_so_many_steps_and_the_last(every, lines):
    """Progress comes with every step all the same."""
    pace = Pace(every=every)
    said = [one for number in range(1, 8) for one in pace.told(step(number))]
    told = [one.text for one in said if isinstance(one, Said)]

    assert [int(text.split()[1]) for text in told] == lines
    assert sum(isinstance(one, Advanced) for one in said) == 7
    assert all("loss 2.500" in text and "memory 1.2 GB" in text and "rate 0.0001" in text for text in told)
