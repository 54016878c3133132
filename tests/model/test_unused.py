"""What is kept out of our own processes, and comes as soon as it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BEFORE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from burnish.flow.threads import settle_threads
settle_threads()
import torch
from burnish.model.load import load_model
from burnish.model.lora import attach
from plan_toys import PLAN
model = load_model(Path(sys.argv[1]), dtype="float32")
tuned = attach(model, PLAN)
loss = tuned(input_ids=torch.tensor([[1, 2, 3, 4]]), labels=torch.tensor([[1, 2, 3, 4]])).loss
loss.backward()
optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=1e-3, fused=True)
optimizer.step()
optimizer.zero_grad()
print(float(loss))
"""
KEPT_OUT = ("torch._dynamo.config", "torch.distributed.tensor._api", "scipy.optimize")


def ran(code: str, folder) -> str:
    """Return what a fresh process says."""
    command = [sys.executable, "-c", code, str(folder), str(Path(__file__).parents[1])]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_a_training_step_loads_no_compiler(toy_folder):
    """Loaded, adapted, stepped: neither the compiler nor what spreads tensors over machines nor scipy is there; the loss is the same."""
    ours = ran(f"{BEFORE}\nprint([name for name in {KEPT_OUT} if name in sys.modules])", toy_folder).split("\n")
    theirs = ran("import torch._dynamo, torch.distributed.tensor\n" + BEFORE, toy_folder).split("\n")

    assert ours[1] == "[]"
    assert ours[0] == theirs[0]


@pytest.mark.parametrize(
    "asks",
    [
        "import torch._dynamo.config; assert torch._dynamo.config.recompile_limit",
        "assert torch._dynamo.config.recompile_limit",
        "from torch._dynamo import optimize",
        "from torch.distributed.tensor import Shard; assert torch.distributed.tensor.DTensor.from_local",
        "assert torch.distributed.tensor.Shard(0).dim == 0",
        "import torch.distributed.fsdp as fsdp; assert fsdp.MixedPrecisionPolicy",
        "from transformers.masking_utils import TransformGetItemToIndex as to; assert type(to()).__module__.startswith('torch._dynamo.')",
        "assert float(torch.compile(lambda x: x + 1, backend='eager')(torch.ones(()))) == 2.0",
    ],
)
def test_whoever_asks_for_the_real_thing_gets_it(toy_folder, asks):
    """By attribute, by import, by a class, by compiling: the stand-in makes room."""
    assert ran(f"{BEFORE}\n{asks}\nprint('had it')", toy_folder).split("\n")[1] == "had it"


def test_someone_elses_process_is_left_alone():
    """Where torch is loaded already, nothing stands in for anything."""
    code = "import sys, torch; from burnish.flow.threads import settle_threads; settle_threads(); print('torch._dynamo' in sys.modules)"

    assert ran(code, "") == "False\n"


def test_with_other_libraries_than_the_tested_ones_all_is_loaded(toy_folder):
    """A torch of another version is asked for what it has, and nothing stands in for it."""
    other = "import burnish.model.unused as unused\nunused.TESTED['torch'] = '2.99'\nsettle_threads()\n"
    code = BEFORE.replace("settle_threads()\n", other, 1) + "\nprint('torch._dynamo.config' in sys.modules)"
    there = ran(code, toy_folder).split("\n")

    assert there[1] == "True"
