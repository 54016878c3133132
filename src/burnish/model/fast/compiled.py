"""kernels.c, compiled for this very processor when it is first wanted (about 5 s), kept in the cache, and called by ctypes.

The shared object needs an OpenMP library and must share torch's: two of them would fight for the cores. So it is linked
without one, and torch's own is made visible to it first.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from burnish import durable
from burnish.errors import BurnishError
from burnish.model.cache import cache_folder
from burnish.model.fast import plain
from burnish.model.fast.plain import Heads

FLAGS = ("-O3", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math", "-Wl,--unresolved-symbols=ignore-all")
NATIVE = "-march=native"
SOURCES = ("kernels.c", "typed.h", "product.h", "wide.h", "pairs.h", "paired.h", "attention.h", "adapters.h", "fused.h")
_POINTER, _LONG, _FLOAT, _INT = ctypes.c_void_p, ctypes.c_long, ctypes.c_float, ctypes.c_int
_SUFFIX = {torch.float32: "f32", torch.bfloat16: "bf16"}


class Unavailable(BurnishError):  # noqa: N818 - a state, not a fault
    """There is no compiled form here; the message says why. The plain form does the same."""


@functools.cache
def load() -> Compiled:
    """Return the compiled operations. Raises Unavailable."""
    if platform.system() != "Linux":
        raise Unavailable("the C kernels are built on Linux only", seen=platform.system())
    compiler = shutil.which(os.environ.get("CC", "") or "cc") or shutil.which("gcc")
    if compiler is None:
        raise Unavailable("there is no C compiler", seen="no cc, no gcc on the PATH")
    return Compiled(_library(compiler))


def _library(compiler: str) -> Any:
    openmp = Path(torch.__file__).parent / "lib" / "libgomp.so.1"
    flags = [*FLAGS, NATIVE, *(["-fopenmp"] if openmp.exists() else [])]
    folder = Path(__file__).parent
    source = b"".join((folder / name).read_bytes() for name in SOURCES)
    key = hashlib.sha256(b"\0".join([source, " ".join([compiler, *flags]).encode(), _processor()])).hexdigest()[:16]
    target = cache_folder() / "kernels" / f"{key}.so"
    try:
        if not target.exists():
            durable.make_folder(target.parent)
            durable.write_with(target, lambda path: _compile(compiler, flags, folder / SOURCES[0], path))
        if openmp.exists():
            ctypes.CDLL(str(openmp), mode=ctypes.RTLD_GLOBAL)
        return ctypes.CDLL(str(target))
    except (OSError, subprocess.SubprocessError, BurnishError) as error:
        raise Unavailable("the C kernels could not be built", seen=str(error).strip()[:300]) from error


def _compile(compiler: str, flags: list[str], source: Path, target: Path) -> None:
    command = [compiler, *flags, str(source), "-o", str(target), "-lm"]
    if "-fopenmp" in flags:  # compile with it, link without: torch's library answers for it
        part = target.with_suffix(".o")
        step = [one for one in flags if one != "-shared" and not one.startswith("-Wl")]
        _run([compiler, *step, "-c", str(source), "-o", str(part)])
        _run([compiler, "-shared", str(part), "-o", str(target), "-lm"])
        durable.remove_file(part)
        return
    _run(command)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise subprocess.SubprocessError(done.stderr[-300:])


def _processor() -> bytes:
    """Return what decides which instructions may be used."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    kinds = {line for line in lines if line.startswith(("flags", "Features", "model name", "CPU part"))}
    return "\n".join([platform.machine(), *sorted(kinds)]).encode()


class Compiled:
    """The operations of plain.py, in C; matrix products are torch's where the processor has no fast ones of ours."""

    add_product = staticmethod(plain.add_product)

    def __init__(self, library: Any) -> None:
        self.library = library
        library.attention_scratch.restype = _LONG
        library.attention_scratch.argtypes = [_LONG, _LONG]
        p, n, f, i = _POINTER, _LONG, _FLOAT, _INT
        self._functions: dict[tuple[str, torch.dtype], Any] = {}
        for name, kinds in {
            "rms_norm": [n, n, p, p, f, p, p],
            "add": [n, n, p, p, p],
            "add_rms_norm": [n, n, p, p, p, p, f, p, p],
            "take_off_rms_norm": [n, n, p, p, p, f, p, p],
            "rms_norm_backward": [n, n, p, p, p, p, p, p],
            "gated": [n, n, i, p, p],
            "gated_backward": [n, n, i, p, p, p, p],
            "turn": [n, n, n, n, p, p, p, p, p, p, f, p],
            "turn_backward": [n, n, n, n, p, p, p, p, p, p, p, p, p, p],
            "attention": [n, p, p, n, n, n, f, n, f, p, p, p, p, n, i],
            "attention_backward": [n, p, p, n, n, n, f, n, f, p, p, p, p, p, p, p, n, i],
            "cross_entropy": [n, n, p, p, p, i],
        }.items():
            for dtype, suffix in _SUFFIX.items():
                function = getattr(library, f"{name}_{suffix}")
                function.argtypes, function.restype = kinds, None
                self._functions[name, dtype] = function
        self.adapters = self._adapters if library.has_pairs() else None
        """The adapters' thin products by name, or None where the processor has no instruction for them."""
        if self.adapters is not None:
            for name, kinds in {
                "pack": [n, p, p],
                "forward": [n, n, n, n, p, p, p, p, p, p, n],
                "backward": [n, n, n, n, p, p, n, p, p, p, p],
                "gradients": [n, n, n, n, p, p, n, p, p, p, f, p, p, i],
            }.items():
                function = getattr(library, f"adapters_{name}")
                function.argtypes, function.restype = kinds, None
                self._functions[f"adapters_{name}", torch.bfloat16] = function

        self.fused = self._fused if library.has_fused() else None
        """Whole projections by name, or None where the processor has no instruction for them, or a faster unit for products."""
        self._mine = threading.local()
        if self.fused is not None:
            library.fused_scratch.restype, library.fused_scratch.argtypes = _LONG, []
            for name, kinds in {
                "product": [n, n, n, p, n, p, n, i, p, p, i],
                "forward": [n, n, n, n, n, p, p, p, n, p, p, p, p, p, p, i, p, i],
                "backward": [n, n, n, n, n, p, p, p, p, p, p, p, p, p, i, p, i],
            }.items():
                function = getattr(library, f"fused_{name}")
                function.argtypes, function.restype = kinds, None
                self._functions[f"fused_{name}", torch.bfloat16] = function

    def product(self, a: Tensor, b: Tensor, out: Tensor) -> Tensor:
        """See plain.py."""
        along = b.stride(0) == 1
        if (
            self.fused is None
            or a.dtype != torch.bfloat16
            or a.shape[1] % 2
            or not (a.stride(1) == out.stride(1) == 1 and out.is_contiguous() and (along or b.stride(1) == 1))
        ):
            return plain.product(a, b, out)
        ld = b.stride(1) if along else b.stride(0)
        self.fused("product", *a.shape, b.shape[1], a, a.stride(0), b.detach(), ld, int(along), out)
        return out

    def _fused(self, name: str, *values: Any) -> None:
        threads, room = torch.get_num_threads(), getattr(self._mine, "room", None)
        size = self.library.fused_scratch() * threads
        if room is None or len(room) < size:  # each of Python's threads has its own: a call lets others run
            room = self._mine.room = torch.empty(size)
        self._call(f"fused_{name}", torch.bfloat16, *values, room, threads)

    def _call(self, name: str, dtype: torch.dtype, *values: Any) -> None:
        # 750 calls a step: asking for the class is a fourth of isinstance's time for what is no tensor.
        self._functions[name, dtype](*[value.data_ptr() if value.__class__ is Tensor else value for value in values])

    def _adapters(self, name: str, *values: Any) -> None:
        self._call(f"adapters_{name}", torch.bfloat16, *values)

    def rms_norm(self, x_ND: Tensor, w_D: Tensor, eps: float, out_ND: Tensor, rstd_N: Tensor) -> None:
        """See plain.py; so for all of these."""
        self._call("rms_norm", out_ND.dtype, *x_ND.shape, x_ND, w_D, eps, out_ND, rstd_N)

    def add(self, x_ND: Tensor, y_ND: Tensor, out_ND: Tensor) -> None:
        """See plain.py."""
        self._call("add", y_ND.dtype, *x_ND.shape, x_ND, y_ND, out_ND)

    def add_rms_norm(
        self, x_ND: Tensor, y_ND: Tensor, sum_ND: Tensor, w_D: Tensor, eps: float, out_ND: Tensor, rstd_N: Tensor
    ) -> None:
        """See plain.py."""
        self._call("add_rms_norm", y_ND.dtype, *x_ND.shape, x_ND, y_ND, sum_ND, w_D, eps, out_ND, rstd_N)

    def take_off_rms_norm(self, x_ND: Tensor, y_ND: Tensor, w_D: Tensor, eps: float, out_ND: Tensor, rstd_N: Tensor) -> None:
        """See plain.py."""
        self._call("take_off_rms_norm", y_ND.dtype, *x_ND.shape, x_ND, y_ND, w_D, eps, out_ND, rstd_N)

    def rms_norm_backward(
        self, dy_ND: Tensor, x_ND: Tensor, w_D: Tensor, rstd_N: Tensor, grad_ND: Tensor, cast_ND: Tensor
    ) -> None:
        """See plain.py."""
        self._call("rms_norm_backward", dy_ND.dtype, *x_ND.shape, dy_ND, x_ND, w_D, rstd_N, grad_ND, cast_ND)

    def gated(self, gate_up_NI: Tensor, out_NI: Tensor, *, gelu: bool) -> None:
        """See plain.py."""
        self._call("gated", out_NI.dtype, *out_NI.shape, int(gelu), gate_up_NI, out_NI)

    def gated_backward(self, gate_up_NI: Tensor, dact_NI: Tensor, out_NI: Tensor, act_NI: Tensor, *, gelu: bool) -> None:
        """See plain.py."""
        self._call("gated_backward", act_NI.dtype, *act_NI.shape, int(gelu), gate_up_NI, dact_NI, out_NI, act_NI)

    def turn(
        self,
        at: Heads,
        raw: Tensor,
        out: Tensor,
        cos_NE: Tensor,
        sin_NE: Tensor,
        norms: tuple[Tensor | None, Tensor | None],
        eps: float,
        rstd: Tensor,
    ) -> None:
        """See plain.py."""
        self._call("turn", out.dtype, len(raw), at.heads, at.kv_heads, at.width, raw, out, cos_NE, sin_NE, *norms, eps, rstd)

    def turn_backward(
        self,
        at: Heads,
        grads: tuple[Tensor, Tensor, Tensor],
        raw: Tensor,
        out: Tensor,
        cos_NE: Tensor,
        sin_NE: Tensor,
        norms: tuple[Tensor | None, Tensor | None],
        rstd: Tensor,
    ) -> None:
        """See plain.py."""
        sizes = (len(raw), at.heads, at.kv_heads, at.width)
        self._call("turn_backward", out.dtype, *sizes, *grads, raw, out, cos_NE, sin_NE, *norms, rstd)

    def attention(self, at: Heads, qkv: Tensor, out: Tensor, lse_NH: Tensor, scratch: Tensor) -> None:
        """See plain.py; `scratch` holds `scratch_floats` float32 for each thread."""
        starts, after, _ = at.rows.tensors
        self._call("attention", qkv.dtype, len(after), starts, after, *self._how(at), qkv, out, lse_NH, scratch, *_share(scratch))

    def attention_backward(
        self,
        at: Heads,
        qkv: Tensor,
        lse_NH: Tensor,
        dout: Tensor,
        grads: tuple[Tensor, Tensor, Tensor],
        scratch: Tensor,
    ) -> None:
        """See plain.py."""
        starts, _, families = at.rows.tensors
        values = (len(families) - 1, families, starts, *self._how(at), qkv, lse_NH, dout, *grads, scratch, *_share(scratch))
        self._call("attention_backward", qkv.dtype, *values)

    def _how(self, at: Heads) -> tuple[Any, ...]:
        return at.heads, at.kv_heads, at.width, at.scale, at.window, at.cap

    def scratch_floats(self, longest: int, width: int) -> int:
        """Return the floats that attention needs for rows of at most `longest` tokens, for all threads."""
        return int(self.library.attention_scratch(longest, width)) * torch.get_num_threads()

    def cross_entropy(self, logits_NV: Tensor, target_N: Tensor, loss_N: Tensor, *, backward: bool) -> None:
        """See plain.py."""
        self._call("cross_entropy", logits_NV.dtype, *logits_NV.shape, logits_NV, target_N, loss_N, int(backward))


def _share(scratch: Tensor) -> tuple[int, int]:
    threads = torch.get_num_threads()
    return len(scratch) // threads, threads
