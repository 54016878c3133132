"""Do the tests notice a wrong fast step? `python benchmarks/mutants_fast.py [--only NAME ...] [--list]`.

Each mutant is one substitution in a copy of `src` and `tests`; the tests of its room are run on the copy and must fail. Printed are the
killed and the surviving mutants by name. One whose text is no longer there is named too: the list below must follow the code.
A mutant that cannot be noticed is left out, with the reason in this file.

Left out: positions that do not restart at each row change no result (a rotation tells differences only) until they leave the range the
model knows; the test of `pack` holds the positions themselves.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FAST = "src/burnish/model/fast/"
MODEL = ("tests/model/test_fast.py", "tests/model/test_fast_parts.py", "tests/model/test_logprobs.py")
COMMON = (*MODEL, "tests/model/test_common_beginnings.py")
STREAM = ("tests/model/test_one_stream.py",)
HOLLOW = ("tests/model/test_hollow.py",)
REFUSALS = ("tests/model/test_fast_refusals.py",)
THIN = ("tests/model/test_thin.py",)
FUSED = ("tests/model/test_fused.py",)
PROBE = ("tests/machine/test_machine.py",)
ARITHMETIC = ("tests/train/test_arithmetic.py",)
TRAIN = ("tests/train/test_fast_loop.py", "tests/train/test_learner.py", "tests/train/test_train_loop.py")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One wrong step."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = MODEL


def fast(name: str, file: str, old: str, new: str, tests: tuple[str, ...] = MODEL) -> Mutant:
    """Return a mutant of a file of the fast step."""
    return Mutant(name=name, file=FAST + file, old=old, new=new, tests=tests)


MUTANTS = (
    fast("positions do not restart", "packed.py", "positions.extend(range(first, first + len(tokens)))", "positions.extend(range(starts[-1], starts[-1] + len(tokens)))", COMMON),
    fast("rows are one row", "packed.py", "rows=Rows(tuple(starts), tuple(after))", "rows=Rows((0, starts[-1]), (-1,))"),
    fast("targets are the token itself", "packed.py", "targets_M=ids_N[before_M + 1]", "targets_M=ids_N[before_M]"),
    fast("the head looks one place late", "packed.py", "start + place - 1 for", "start + place for"),
    fast("a row's first token is a target", "packed.py", "if flag and place]", "if flag and start + place]"),
    fast("no LoRA scale", "join.py", "self.scale = float(module.scaling[name])", "self.scale = 1.0"),
    fast("no LoRA scale on the gradient of B", "join.py", ".mul_(self.scale)", ".mul_(1.0)"),
    fast("no bias", "join.py", "out_NO += self.bias_O", "out_NO += 0 * self.bias_O"),
    fast("no gradient of A", "join.py", "grads[index].copy_(da_PI[place])", "grads[index].zero_()"),
    fast("adapters do not pass the gradient on", "join.py", "                self.ops.add_product(dmiddle_NP, self.a_PI, out_NI)", "                pass"),
    fast("a second module has the first one's weights in one call", "fused.py", "(number * thin.rank, weights + at, width)", "(number * thin.rank, at, width)", FUSED),
    fast("a second module has the first one's middle in one call", "fused.py", "(number * thin.rank, weights", "(0, weights", FUSED),
    fast("a long sum is only its last part", "fused.h", "sum, now->k0 > 0, at", "sum, 0, at", FUSED),
    fast("no bias in one call", "fused.h", "  if (at->bias) y = _mm512_add_ps(y, got(at->bias + half->start + c, half->count - c));", "", FUSED),
    fast("silu's slope is its share", "fused.h", "*slope = _mm512_fmadd_ps(f, _mm512_sub_ps(one, s), s);", "*slope = s;", FUSED),
    fast("gelu's slope lacks a part", "fused.h", "*slope = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_mul_ps(half, g), bent), turn, share);", "*slope = share;", FUSED),
    fast("a gate is read where another tile's is", "fused.h", "(half->start / HALF * at->N + r) * WIDE", "(halves[0].start / HALF * at->N + r) * WIDE", FUSED),
    fast("adapters are left out of one call", "fused.h", ".middle = P ? middle : NULL", ".middle = NULL", FUSED),
    fast("adapters do not pass the gradient on in one call", "fused.h", ".middle = P ? dmiddle : NULL", ".middle = NULL", FUSED),
    fast("the last tokens of a tile are left out", "fused.h", "for (long n = now->first; n < now->last; n += ROWS)", "for (long n = now->first; n + ROWS <= now->last; n += ROWS)", FUSED),
    fast("a half's last columns have another's adapter", "fused.h", "some[v] = lanes(half->count - 16 * v);", "some[v] = lanes(16 - 16 * v);", FUSED),
    fast("gradients are those of the last tokens in C", "adapters.h", "low[r] = n0 ? _mm512_loadu_ps(sums + r * 32) : _mm512_setzero_ps();", "low[r] = _mm512_setzero_ps();", THIN),
    fast("every row of a gradient is the first module's", "adapters.h", "at->to[r0 / at->rank]", "at->to[0]", THIN),
    fast("what a row goes on from has no keys of its own", "paired.h", "parts[part], E, stride, y + begin, ldy)", "parts[part], E, stride, y, ldy)", COMMON),
    fast("what is beyond a query's keys is summed", "attention.h", "for (long j = end; j < to_here; j++) s[j] = -INFINITY;", ""),
    fast("what is beyond a query's keys has a gradient", "attention.h", "for (long j = end; j < to_here; j++) ds[j] = 0;", ""),
    Mutant(name="a busy core makes a dtype slow", file="src/burnish/machine/probe.py", old="max(speeds[name], _alone(torch, name))", new="speeds[name]", tests=PROBE),
    fast("adapters do not pass the gradient on in C", "adapters.h", "    if (dx) wide(", "    if (0) wide(", THIN),
    fast("no LoRA scale in C", "adapters.h", "float s = scales[one];", "float s = 1.0f;", THIN),
    fast("no LoRA scale on the gradient of B in C", "adapters.h", ".ldy = ldo, .scale = scale,", ".ldy = ldo, .scale = 1.0f,", THIN),
    fast("all modules have the first one's B", "adapters.h", "      b += R / 2 * O;", "", THIN),
    fast("all modules have the first one's B, going back", "adapters.h", "    b_in += O / 2 * R;\n", "", THIN),
    fast("the last odd token has no gradient in C", "adapters.h", "(N - n0 < BESIDE ? N - n0 : BESIDE) + 1) / 2, columns", "(N - n0 < BESIDE ? N - n0 : BESIDE)) / 2, columns", THIN),
    fast("columns of a gradient are left as unpacked", "adapters.h", "first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4,", "first = _mm512_setr_epi32(0, 1, 2, 3, 4, 17, 18, 19, 16,", THIN),
    fast("adapters are packed where they were", "thin.py", "if where != self._where:", "if not self._where:", THIN),
    fast("the last layer keeps another row", "decoder.py", "torch.index_select(kept.x, 0, kept.chosen.rows_M, out=kept.chosen.x)", "torch.index_select(kept.x, 0, kept.chosen.rows_M.flip(0), out=kept.chosen.x)"),
    fast("the last layer's stream is not spread", "decoder.py", "grad_ND = _spread(grad_ND, kept.chosen.rows_M, run", "grad_ND = _spread(grad_ND * 0, kept.chosen.rows_M, run"),
    fast("dropout is taken", "join.py", "dropout.p > 0", "dropout.p > 1"),
    fast("what is more than LoRA is taken", "attach.py", "if parameter.requires_grad and id(parameter) not in own]", "if parameter.requires_grad and id(parameter) not in own and not name]", REFUSALS),
    fast("other scales are taken", "join.py", "if self.adapted and self.scale != float(module.scaling[name]):", "if self.adapted and self.scale == 0:", REFUSALS),
    fast("aLoRA is taken", "join.py", ' or getattr(module, "lora_variant", {}).get(name)', "", REFUSALS),
    fast("a key that no module reads caps scores", "layout.py", 'if config.model_type == "gemma2" else 0.0', 'if getattr(attention, "attn_logit_softcapping", None) else 0.0', REFUSALS),
    fast("a part of a head may be turned", "layout.py", "if widths - {decoder.layers[0].self_attn.head_dim}:", "if widths - widths:", REFUSALS),
    fast("DoRA is taken", "join.py", "module.use_dora.get(name) or ", ""),
    fast("no epsilon in a plain norm", "plain.py", "torch.rsqrt(x_ND.square().mean(-1) + eps, out=rstd_N)", "torch.rsqrt(x_ND.square().mean(-1), out=rstd_N)"),
    fast("no epsilon in a C norm", "typed.h", "sum / (float)D + eps", "sum / (float)D"),
    fast("no epsilon in a head's norm", "plain.py", "torch.rsqrt(x.square().mean(-1) + eps)\n            x", "torch.rsqrt(x.square().mean(-1))\n            x"),
    fast("no epsilon in a head's C norm", "typed.h", "sum / (float)E + eps", "sum / (float)E"),
    fast("no epsilon before the head, going back", "decoder.py", "x_MD.square().mean(-1) + self.layout.eps", "x_MD.square().mean(-1)"),
    fast("no epsilon after a half layer", "decoder.py", "y.square().mean(-1, keepdim=True) + eps", "y.square().mean(-1, keepdim=True)"),
    fast("no head norms", "decoder.py", "ops.turn(heads, kept.raw, kept.qkv, cos, sin, (at.q_norm, at.k_norm)", "ops.turn(heads, kept.raw, kept.qkv, cos, sin, (None, None)"),
    fast("the window is one too wide", "plain.py", "distance >= at.window", "distance > at.window"),
    fast("the window is one too wide in C", "attention.h", "end = place + i + 1 - first, begin = window && end - window > 0 ? end - window : 0;\n        long from_here", "end = place + i + 1 - first, begin = window && end - window - 1 > 0 ? end - window - 1 : 0;\n        long from_here"),
    fast("the window is one too wide on the way back in C", "attention.h", "log_sum = lse[n * H + h];\n", "log_sum = lse[n * H + h];\n          begin = begin > 0 ? begin - 1 : 0;\n"),
    fast("what rounding left of probabilities is left", "attention.h", "        weights = NAME(left_over)(count, sp, score, tp, more);".lstrip(), "memset(more, 0, sizeof(float) * (size_t)(QUERIES * tp / 2));"),
    fast("pairs of queries are of one query", "paired.h", "i + 1 < count ? _mm512_loadu_ps(one + ld)", "i + 1 < count ? _mm512_loadu_ps(one)"),
    fast("gradients of scores do not add up to 0", "attention.h", "ds[j] = s[j] * (ds[j] - delta);", "ds[j] = s[j] * ds[j];"),
    fast("no window", "layout.py", "return int(attention.sliding_window or 0)", "return 0"),
    fast("scores are not capped", "layout.py", "float(attention.attn_logit_softcapping or 0.0)", "0.0"),
    fast("the cap has no slope", "plain.py", "1 - bent * bent", "1.0"),
    fast("the cap has no slope in C", "attention.h", "ds[j] *= slope[j];", "ds[j] *= 1.0f;"),
    Mutant(name="logits are not capped", file="src/burnish/model/logprobs.py", old='**dict.fromkeys(("gemma2", "gemma3_text"), _softcapped)', new='**dict.fromkeys(("gemma2", "gemma3_text"), _plain)'),
    fast("Gemma's norms lack their 1", "layout.py", "offset = 1.0 if", "offset = 0.0 if"),
    fast("one rotation for all layers", "layout.py", 'config.layer_types[index] if config.model_type == "gemma3_text"', 'config.layer_types[1] if config.model_type == "gemma3_text"'),
    fast("GELU's slope", "plain.py", "(1 + 3 * 0.044715 * gate**2)", "(1 + 0.044715 * gate**2)"),
    fast("one query head of a group counts", "plain.py", ".sum(2) for one in (dk, dv)", "[:, :, 0] for one in (dk, dv)"),
    fast("rotation turned back the wrong way", "plain.py", "grad * cos_NE[:, None] - _half_turned", "grad * cos_NE[:, None] + _half_turned"),
    fast("norms after a half layer have no gradient", "decoder.py", "    plain.rms_norm_backward(grad_ND, y, at.post_norms[which], rstd_N, out, cast_ND)\n    return cast_ND", "    return cast_ND.copy_(grad_ND)"),
    fast("the gradient stops below the last layer", "decoder.py", "first=index == 0)", "first=True)"),
    fast("old gradients stay where no target is", "decoder.py", "whole.zero_().index_copy_", "whole.index_copy_"),
    fast("adapters are copied once", "decoder.py", "        self._copy_adapters()\n", "        self.copied = getattr(self, 'copied', None) or self._copy_adapters() or True\n", TRAIN),
    fast("checkpointed layers share their input", "decoder.py", 'one.x = arena.take(f"{number}.x"', 'one.x = arena.take("x"'),
    fast("two passes share memory", "decoder.py", "return self._arenas.pop() if self._arenas else Arena(self.device, self.room)", "self._one = getattr(self, '_one', None) or Arena(self.device, self.room)\n        return self._one"),
    fast("the head's loss ignores what it is multiplied with", "head.py", "(grad_MD * grad_outputs[0]).to(grad_MD.dtype)", "grad_MD"),
    fast("only the first chunk of targets has a gradient", "head.py", "decoder.ops.product(logits, weight_VD, grad_MD[piece])", "decoder.ops.product(logits, weight_VD, grad_MD[: len(hidden)])"),
    fast("only the first chunk of targets has a loss", "head.py", "decoder.ops.cross_entropy(logits, targets_M[piece], loss_M[piece]", "decoder.ops.cross_entropy(logits, targets_M[: len(hidden)], loss_M[piece]"),
    fast("what was added stays on the stream", "plain.py", "    x_ND -= y_ND.float()\n", "", STREAM),
    fast("what was added stays on the stream in C", "typed.h", "v[d] -= GET(y[n * D + d]);", "v[d] -= 0;", STREAM),
    fast("the other half is taken off", "decoder.py", "(kept.middle, kept.down)", "(kept.middle, kept.projected)", STREAM),
    fast("the last layer is taken back too", "decoder.py", "back, chosen = one_stream and not final,", "back, chosen = one_stream,", STREAM),
    fast("the stream is kept in every layer", "decoder.py", "one_stream = layer.at is at.layers[-1], apart and self.one_stream", "one_stream = layer.at is at.layers[-1], False", STREAM),
    fast("norms after a half are taken back without them", "decoder.py", "self.dtype != F32 and self.layout.layers[0].post_norms is None", "self.dtype != F32", STREAM),
    Mutant(name="what transformers builds is seen wrongly", file="src/burnish/model/hollow.py", old="if func is torch.arange:", new="if func in (torch.arange, torch.tensor):", tests=HOLLOW),
    Mutant(name="every rotation is made elsewhere", file="src/burnish/model/hollow.py", old=" or rope_types(config) - set(ROPE_TYPES)", new="", tests=HOLLOW),
    Mutant(name="weights that are there are not drawn", file="src/burnish/model/hollow.py", old='and named["tensor"].is_meta:', new=":", tests=HOLLOW),
    Mutant(name="hollow models are drawn", file="src/burnish/model/hollow.py", old="    with _Spared():\n        yield", new="    yield", tests=HOLLOW),
    Mutant(name="a step's memory stays to the end", file="src/burnish/train/loop.py", old="        take_off(model)  #", new="        #", tests=TRAIN),
    Mutant(name="an effect is that of the first places", file="src/burnish/model/lora.py", old="for one, other in pieces]).max()", new="for one, other in list(pieces)[:1]]).max()", tests=("tests/model/test_lora.py",)),
    Mutant(name="a first token counts as a target", file="src/burnish/model/logprobs.py", old="return sum(sequence.supervised[1:])", new="return sum(sequence.supervised)"),
    Mutant(name="padding counts", file="src/burnish/model/logprobs.py", old="pad_id=False).to(device)\n    where_BT = supervised_BT[:, 1:]", new="pad_id=True).to(device)\n    where_BT = supervised_BT[:, 1:]"),
    Mutant(name="another form goes on in silence", file="src/burnish/train/loop.py", old="if old.ended or old.computed_by[-1:] == (self.by,):", new="if old.ended or old.computed_by:", tests=ARITHMETIC),
    Mutant(name="another form is told and forgotten", file="src/burnish/train/loop.py", old="computed_by=(*old.computed_by, self.by))", new="computed_by=(self.by,))", tests=ARITHMETIC),
    Mutant(name="an ended run is said to be computed anew", file="src/burnish/train/loop.py", old="if old.ended or old.computed_by[-1:]", new="if old.computed_by[-1:]", tests=ARITHMETIC),
    fast("all forms of the operations have one name", "attach.py", "    if library is None:", "    if True:", ARITHMETIC),
    Mutant(name="gradients pile up over steps", file="src/burnish/train/learner.py", old="self.optimizer.zero_grad(set_to_none=True)", new="pass", tests=TRAIN),
    fast("a step's gradients are added to the last step's", "sums.py", "self._passes = 0\n\n    def room", "self._passes += 0\n\n    def room", TRAIN),
    fast("only a step's first pass has gradients", "sums.py", "self._sum += self._more", "pass", TRAIN),
    fast("each pass overwrites the step's gradients", "sums.py", "        self._more = self._enough(self._more)\n        return self._more", "        return self._sum", TRAIN),
    fast("a step goes on after its end", "sums.py", "fast.summing = False", "pass", TRAIN),
    Mutant(name="every micro-batch weighs the same", file="src/burnish/train/learner.py", old="(loss / targets).backward()", new="(loss / objective.targets(batch)).backward()", tests=TRAIN),
    Mutant(name="checkpoints draw other dropout", file="src/burnish/train/loop.py", old='{"use_reentrant": False}', new='{"use_reentrant": False, "preserve_rng_state": False}', tests=TRAIN),
    Mutant(name="judging with dropout", file="src/burnish/train/learner.py", old="self.model.eval()", new="self.model.train()", tests=TRAIN),
)  # fmt: skip


def killed(mutant: Mutant, place: Path) -> str:
    """Return "killed by TEST", "SURVIVED" or "NOT THERE"."""
    file = place / mutant.file
    text = (ROOT / mutant.file).read_text("utf-8")
    if text.count(mutant.old) != 1:
        return f"NOT THERE ({text.count(mutant.old)} times)"
    file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        *(one for one in mutant.tests if (place / one).exists()),
    ]
    told = {**os.environ, "PYTHONPATH": str(place / "src"), "BURNISH_CACHE": str(place / "cache"), "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, cwd=place, env=told, capture_output=True, text=True, check=False, timeout=600)
    except subprocess.TimeoutExpired:
        return "killed by the clock"
    finally:
        file.write_text(text, "utf-8")
    if done.returncode == 0:
        return "SURVIVED"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return (
        f"killed by {failed[0].split(' ')[1].rpartition('::')[2]}"
        if failed
        else f"NOT RUN: {done.stdout[-200:]}{done.stderr[-200:]}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", help="names of mutants")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    chosen = [one for one in MUTANTS if not asked.only or one.name in asked.only]
    if asked.list:
        print("\n".join(one.name for one in chosen))
        return 0
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for part in ("src", "tests"):
            shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        shutil.copy(ROOT / "pyproject.toml", place)
        for mutant in chosen:
            began = time.monotonic()
            what = killed(mutant, place)
            alive += [mutant.name] if not what.startswith("killed") else []
            print(f"{mutant.name}: {what} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{len(chosen) - len(alive)} of {len(chosen)} killed" + (f"; not: {', '.join(alive)}" if alive else ""))
    return len(alive) > 0


if __name__ == "__main__":
    sys.exit(main())
