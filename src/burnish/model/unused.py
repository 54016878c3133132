"""What transformers loads and no verb uses is kept out of our own processes: 78 MB, and about a second before anything happens.

That is torch's compiler (`torch._dynamo`), which decorates some functions; `torch.distributed.tensor`; and scipy, for the losses of
models of pictures. Nothing is taken away: whoever asks for more than decorators, or a class that nothing is of, gets the real
module, loaded then. Not for a process of someone else's that imports burnish: it may train on many machines, or compile.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"
INDEXING = f"{COMPILER}._trace_wrapped_higher_order_op"
"""Of which transformers' masks take one class by name, for masks that no model of ours asks for."""
NEVER_ASKED = ("is_torch_distributed_available", "is_scipy_available")
"""What transformers asks itself before it loads what they name."""
TENSORS = "torch.distributed.tensor"
"""Of which PEFT takes one class, to ask of every weight whether it is spread over machines."""

TESTED = {"torch": "2.13", "transformers": "5.23", "peft": "0.21"}
"""With these it was tested that nothing else is asked for; with others all is loaded, as it always was."""

_kept_out = [False]


def keep_out() -> None:
    """Let a stand-in be the compiler until somebody asks it for more.

    Does nothing where the compiler is loaded already, and with other libraries than the tested ones.
    """
    if COMPILER in sys.modules or TENSORS in sys.modules or not tested():
        return
    sys.modules |= {name: stand_in(name) for name, stand_in in STAND_INS.items()}
    _kept_out[0] = True


def tested() -> bool:
    """Say whether the libraries here are the tested ones, by their major and minor numbers."""
    try:
        return all(version(name).split(".")[:2] == told.split(".") for name, told in TESTED.items())
    except PackageNotFoundError:
        return False


def tell_transformers() -> None:
    """Before a model's modules are loaded: answer no to what transformers asks, in a process that keeps it out."""
    if not _kept_out[0]:
        return
    import torch.distributed

    if isinstance(sys.modules.get(TENSORS), _Tensors):  # an import of the real one would have put it there
        torch.distributed.tensor = sys.modules[TENSORS]
    from transformers import utils
    from transformers.utils import import_utils

    for name in NEVER_ASKED:
        for module in (utils, import_utils):
            if hasattr(module, name):
                setattr(module, name, _no)


def _no(*_: Any, **__: Any) -> bool:
    return False


def _loaded(name: str) -> ModuleType:
    """Take the stand-ins away, and return the real module."""
    for stand_in, kind in STAND_INS.items():
        found = sys.modules.get(stand_in)
        if isinstance(found, kind):
            del sys.modules[stand_in]
            parent = sys.modules.get(stand_in.rpartition(".")[0])
            if parent is not None and vars(parent).get(stand_in.rpartition(".")[2]) is found:
                delattr(parent, stand_in.rpartition(".")[2])
    return importlib.import_module(name)


class _Compiler(ModuleType):
    """Decorators that leave a function as it is, since nothing is compiled; all else is the compiler's own."""

    @staticmethod
    def disable(fn: Any = None, *_: Any, **__: Any) -> Any:
        return (lambda function: function) if fn is None else fn

    @staticmethod
    def allow_in_graph(fn: Any) -> Any:
        return fn

    @staticmethod
    def assume_constant_result(fn: Any) -> Any:
        return fn

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        return

    def __getattr__(self, name: str) -> Any:
        return _of_the_real(COMPILER, name)


class _Indexing(ModuleType):
    """The compiler's module with one class, which is there by name and is loaded when one is made."""

    class TransformGetItemToIndex:
        """The real one, as soon as it is wanted."""

        def __new__(cls) -> Any:
            return _loaded(INDEXING).TransformGetItemToIndex()

    def __getattr__(self, name: str) -> Any:
        return _of_the_real(INDEXING, name)


class _Tensors(ModuleType):
    """No tensor of ours is spread over machines; all else is the library's own."""

    class DTensor:
        """What nothing is."""

    def __getattr__(self, name: str) -> Any:
        return _of_the_real(TENSORS, name)


def _of_the_real(module: str, name: str) -> Any:
    if name.startswith("__") and (
        name != "__path__" or module == INDEXING
    ):  # importing a part of a package asks for its __path__
        raise AttributeError(name)
    return getattr(_loaded(module), name)


STAND_INS: dict[str, type[ModuleType]] = {COMPILER: _Compiler, INDEXING: _Indexing, TENSORS: _Tensors}
