"""The weights of a base model from its folder: frozen, in eval mode, every weight accounted for.

The attention is the one transformers prefers for the architecture: `sdpa`, and `eager` where a model needs more than sdpa
does (Gemma 2 caps its attention scores).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from burnish.errors import ModelError
from burnish.model.quiet import quiet
from burnish.model.unused import tell_transformers

DTYPES = ("float32", "bfloat16", "float16")

_REMEDY = "get the model's files again (`burnish models pull NAME`, or copy the folder), then type the same command"


def load_model(folder: Path, *, dtype: str, device: str = "cpu") -> Any:
    """Return the causal LM of `folder` as a torch module in eval mode with no weight that takes a gradient.

    `dtype` is one of `DTYPES`; weights are converted to it on the way in. Raises ModelError when the files are missing, cut
    off or of an unknown architecture, and when a weight is missing from them or has another shape than config.json says:
    nothing is ever filled in at random.
    """
    import torch
    from safetensors import SafetensorError

    tell_transformers()
    from transformers import AutoConfig, AutoModelForCausalLM

    from burnish.model.hollow import hollow
    from burnish.model.shape import settled

    if dtype not in DTYPES:
        raise ModelError(f"there is no dtype {dtype!r}", seen=dtype, remedy="use one of " + ", ".join(DTYPES))
    if not folder.is_dir():
        raise ModelError(f"there is no model folder {folder}", seen=str(folder), remedy=_REMEDY)
    try:
        local = {"local_files_only": True, "trust_remote_code": False}
        config = settled(AutoConfig.from_pretrained(folder, **local))
        with quiet(), hollow(config):
            model, info = AutoModelForCausalLM.from_pretrained(
                folder,
                config=config,
                dtype=getattr(torch, dtype),
                use_safetensors=True,
                output_loading_info=True,
                **local,
            )
    except SafetensorError as error:
        raise ModelError(f"the weights in {folder} are damaged or cut off", seen=str(error), remedy=_REMEDY) from error
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise ModelError(f"cannot load the model in {folder}", seen=_first_line(error), remedy=_REMEDY) from error
    _check_complete(folder, info)
    return model.to(device).eval().requires_grad_(requires_grad=False)


def _first_line(error: BaseException) -> str:
    text = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {text[:300]}"


def _check_complete(folder: Path, info: dict[str, Any]) -> None:
    missing = sorted(info.get("missing_keys") or ())
    other = sorted(str(item[0] if isinstance(item, tuple) else item) for item in info.get("mismatched_keys") or ())
    if not missing and not other:
        return
    seen = "; ".join(
        f"{len(names)} {word}, such as {names[0]}" for names, word in ((missing, "missing"), (other, "of another shape")) if names
    )
    raise ModelError(f"the weights in {folder} do not match its config.json", seen=seen, remedy=_REMEDY)
