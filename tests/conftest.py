"""What every test shares: one seed, few threads, no network, a cache of its own."""

from __future__ import annotations

import atexit
import importlib.util
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # a test forks, and the threads of OpenMP do not come along
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
sys.path.insert(0, str(Path(__file__).parent))

from toys import SEED, toy_model_folder


def pytest_configure() -> None:
    """Give the tests a cache of their own, in which the embedded model stands where it is pulled: answers kept by an earlier run decide none."""
    from burnish_embedded import embedded_folder

    pulled = embedded_folder()
    cache = Path(tempfile.mkdtemp(prefix="burnish-tests-"))
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    if pulled is not None:
        (cache / "models").mkdir()
        (cache / "models" / pulled.name).symlink_to(pulled.resolve())
    os.environ["BURNISH_CACHE"] = str(cache)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start each test from the one seed, in whatever order tests run."""
    random.seed(SEED)
    torch = sys.modules.get("torch")
    if torch is not None:  # None where a test keeps it out of the process
        torch.manual_seed(SEED)


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a toy Llama, made once."""
    return toy_model_folder(tmp_path_factory.mktemp("toy") / "toy-llama")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what needs minutes, a GPU or the embedded model where those are not here."""
    from burnish_embedded import embedded_folder

    slow = os.environ.get("BURNISH_SLOW") == "1"
    here = embedded_folder() is not None
    for item in items:
        if item.get_closest_marker("slow") and not slow:
            item.add_marker(pytest.mark.skip(reason="slow: set BURNISH_SLOW=1 to run"))
        if item.get_closest_marker("embedded") and not here:
            item.add_marker(pytest.mark.skip(reason="embedded model is not pulled: burnish models pull smollm2-135m"))
        if item.get_closest_marker("browser") and not (shutil.which("chromium") or shutil.which("chromium-browser")):
            item.add_marker(pytest.mark.skip(reason="chromium is not installed: apt-get install chromium"))
        if item.get_closest_marker("lm_eval") and importlib.util.find_spec("lm_eval") is None:
            item.add_marker(pytest.mark.skip(reason="lm-eval is not installed: pip install -c constraints.txt -e '.[lm-eval]'"))
        if item.get_closest_marker("gpu"):
            import torch

            if not torch.cuda.is_available():
                item.add_marker(pytest.mark.skip(reason="no CUDA device"))
