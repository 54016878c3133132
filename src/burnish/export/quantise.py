"""A GGUF in float16 to one with fewer bits, by the `gguf` package's own quantisers; its metadata goes along unchanged.

Rows that are no multiple of a block stay float16, norms stay float32, and the embedding and head take 8 bits: they decide
most of what 4 bits would cost, as in llama.cpp's own quantiser, which gives them more bits too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from burnish import durable

FOUR_BITS = ("q4_0", "q4_1", "q5_0", "q5_1")
"""What is made here; f16 and q8_0 come from the converter itself."""
QUANTS = ("f16", "q8_0", *FOUR_BITS)
_KEPT = ("token_embd.weight", "output.weight")


def quantise(source: Path, target: Path, quant: str) -> None:
    """Write `source` with its matrices in `quant`, one of FOUR_BITS. Raises StorageError."""
    with durable.told(target):
        _write(source, target, quant)


def _write(source: Path, target: Path, quant: str) -> None:
    import gguf

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    _copy_metadata(reader, writer)
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{quant.upper()}"])
    for tensor in reader.tensors:
        kind = _kind(tensor, quant)
        if kind is None:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        else:
            data = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            writer.add_tensor(tensor.name, gguf.quants.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _copy_metadata(reader: Any, writer: Any) -> None:
    import gguf

    own = {"general.architecture", "general.file_type"}
    for field in reader.fields.values():
        if field.name in own or field.name.startswith("GGUF."):
            continue
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=inner)


def _kind(tensor: Any, quant: str) -> Any:
    """Return the quantisation of one tensor; None for one that stays as it is."""
    import gguf

    if len(tensor.shape) != 2 or not tensor.name.endswith(".weight") or tensor.tensor_type == gguf.GGMLQuantizationType.F32:
        return None
    kind = gguf.GGMLQuantizationType["Q8_0" if tensor.name in _KEPT else quant.upper()]
    block, _ = gguf.GGML_QUANT_SIZES[kind]
    return kind if int(tensor.shape[0]) % block == 0 else None
