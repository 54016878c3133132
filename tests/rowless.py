"""A toy model whose tokenizer knows more tokens than the model has rows: one that pads, and one, beyond a gap, that rows may use."""

from __future__ import annotations

import json
from pathlib import Path

from toys import toy_model_folder

PAD, WORD = ("[PAD]", 260), ("<zz>", 300)
ROWS = 260


def rowless_folder(folder: Path, *, config: dict | None = None, names: dict | None = None, template: str | None = None) -> Path:
    """Write the toy model with two tokens beyond its rows; `config` and `names` go into config.json and tokenizer_config.json."""
    more = {} if template is None else {"template": template}
    toy_model_folder(folder, **more)
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    tokenizer["added_tokens"] += [
        {"id": number, "content": token, **flags, "special": token == PAD[0]} for token, number in (PAD, WORD)
    ]
    # The library numbers added tokens in turn, whatever their ids say, but for those of the vocabulary.
    tokenizer["model"]["vocab"] |= {one["content"]: one["id"] for one in tokenizer["added_tokens"]}
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), "utf-8")
    for name, more_of in (("tokenizer_config.json", {"pad_token": PAD[0]} | (names or {})), ("config.json", config or {})):
        value = json.loads((folder / name).read_text("utf-8")) | more_of
        (folder / name).write_text(json.dumps(value))
    return folder
