"""Strange characters made visible: a page or a terminal must not be steered by what stands in a row."""

from __future__ import annotations

import re

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Characters that are not seen but change what is: controls, direction marks, invisible spaces, tags, halves of characters."""


def visible(text: str) -> str:
    """Return the text with every hidden character written as its number, such as <U+202E>; line ends become newlines."""
    return HIDDEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text.replace("\r\n", "\n"))
