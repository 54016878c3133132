"""`burnish doctor`."""

from __future__ import annotations

from burnish.cli.options import Debug, Home, Json, Model
from burnish.cli.show import screen

STYLES = {"ok": "", "warning": "yellow", "fault": "red"}


def doctor(model: Model = None, home: Home = None, json: Json = False, debug: Debug = False) -> None:
    """Say what works on this machine, what will not, and why."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.doctor import doctor as work

        findings = []
        for finding in work(model, home):
            findings.append(finding)
            remedy = f"\n  do: {finding.remedy}" if finding.remedy else ""
            out.say(f"{finding.state:8} {finding.name}: {finding.detail}{remedy}", STYLES[finding.state])
        faults = sum(finding.state == "fault" for finding in findings)
        out.say("all that is needed works" if not faults else f"{faults} faults", "bold")
        from burnish.records.codec import to_json

        out.answer({"ok": not faults, "findings": to_json(findings)})
    if faults:
        raise SystemExit(1)
