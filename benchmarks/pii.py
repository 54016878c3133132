"""How much of what is private `burnish scrub` finds: `python benchmarks/pii.py PATH/presidio_synth_dataset_v2.json [--show KIND]`.

The file (Microsoft's presidio-research, synthetic, MIT) is split by template: rules were tuned on the development half alone, and
the blind half says what they are worth on sentences they were not written for. A number or an address of the web counts as found
when all of it is covered by a finding of its kind; a person or a postal address when at least half of its signs are. A finding is
right when it overlaps something of its kind (postal codes and towns count as parts of an address).
"""

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from pathlib import Path

from burnish.data.scrub.find import every_find, private_things
from burnish.data.scrub.found import KINDS, apart
from burnish.data.scrub.name_models import joined, name_model, named

KIND = {
    "PERSON": "person",
    "STREET_ADDRESS": "address",
    "CREDIT_CARD": "card",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "mail",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "URL": "url",
}
WHOLE = {"card", "phone", "mail", "iban", "ip", "url"}
BESIDE = {"address": {"STREET_ADDRESS", "GPE", "ZIP_CODE"}, "person": {"PERSON"}}


def half(row: dict) -> str:
    """Return which half a row belongs to, by its template alone."""
    return "blind" if int(hashlib.sha256(str(row["template_id"]).encode()).hexdigest(), 16) % 2 else "development"


def covered(span: dict, kind: str, things: list) -> float:
    """Return the share of a span's signs that findings of its kind cover."""
    start, end = span["start_position"], span["end_position"]
    signs = sum(max(0, min(end, one.end) - max(start, one.start)) for one in things if one.kind == kind)
    return signs / max(1, end - start)


def measure(rows: list[dict], show: str, names: str = "") -> None:
    """Print recall and precision of each kind on these rows."""
    told = dict(named(*name_model(names), [row["full_text"] for row in rows])) if names else {}
    wanted, hit, right, wrong = Counter(), Counter(), Counter(), Counter()
    wrong_beside = Counter()
    for row in rows:
        text = row["full_text"]
        things = apart(joined(text, tuple(every_find(text, KINDS)), told[text])) if told else private_things(text)
        for span in row["spans"]:
            kind = KIND.get(span["entity_type"])
            if kind:
                wanted[kind] += 1
                ok = covered(span, kind, things) >= (0.999 if kind in WHOLE else 0.5)
                hit[kind] += ok
                if not ok and show in {kind, "all"}:
                    print(f"  missed {kind}: {span['entity_value']!r} in {row['full_text']!r}")
        for one in things:
            types = BESIDE.get(one.kind, {name for name, kind in KIND.items() if kind == one.kind})
            over = {s["entity_type"] for s in row["spans"] if s["start_position"] < one.end and one.start < s["end_position"]}
            if over & types:
                right[one.kind] += 1
            else:
                wrong[one.kind] += 1
                wrong_beside[one.kind] += bool(over)
                if show in {one.kind, "all"}:
                    print(f"  wrong {one.kind}: {one.text!r} in {row['full_text']!r}")
    print(f"{'kind':10}{'there':>7}{'recall':>8}{'found':>7}{'precision':>11}   of the wrong ones, within another entity")
    for kind in sorted(set(wanted) | set(right) | set(wrong)):
        made = right[kind] + wrong[kind]
        recall = f"{hit[kind] / wanted[kind]:.3f}" if wanted[kind] else "-"
        print(
            f"{kind:10}{wanted[kind]:7}{recall:>8}{made:7}{right[kind] / max(1, made):11.3f}   {wrong_beside[kind]} of {wrong[kind]}"
        )
    every = sum(right.values()) + sum(wrong.values())
    print(
        f"{'overall':10}{sum(wanted.values()):7}{sum(hit.values()) / sum(wanted.values()):8.3f}{every:7}{sum(right.values()) / every:11.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--half", choices=["development", "blind", "both"], default="both")
    parser.add_argument("--show", default="", help="print what is missed and wrong of this kind, or all")
    parser.add_argument("--names", default="", help="a model of names beside the rules: spacy:MODEL or gliner:FOLDER")
    asked = parser.parse_args()
    rows = json.loads(asked.path.read_text("utf-8"))
    for name in ("development", "blind") if asked.half == "both" else (asked.half,):
        part = [row for row in rows if half(row) == name]
        began = time.perf_counter()
        print(f"{name}: {len(part)} rows of {len({row['template_id'] for row in part})} templates")
        measure(part, asked.show, asked.names)
        print(f"{time.perf_counter() - began:.1f} s\n")


if __name__ == "__main__":
    sys.exit(main())
