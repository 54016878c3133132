"""What a session leaves behind for the next ones: its rows, to be replayed, and its questions, to be asked again.

runs/<id>/rows.jsonl   every row that was trained on or held out, as a conversation
runs/<id>/asked.json   the tasks it was judged by: the held-out rows, and suites of the person's own (not those that come with burnish)
runs/<id>/base.json    what the base says to these tasks, and to the general probes
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import DataError, RegistryError
from burnish.evaluate.retention import Asked
from burnish.evaluate.suite import SHIPPED, shipped
from burnish.flow.began import read_began
from burnish.model.chain import read_saved
from burnish.records.codec import from_json, to_json
from burnish.records.conversation import Conversation
from burnish.records.past import Past
from burnish.records.report import EvalReport, GradedAnswer, SuiteScore
from burnish.records.task import Task
from burnish.tokens.fit import fit

if TYPE_CHECKING:
    from datetime import datetime

    from burnish.flow.rows import Prepared
    from burnish.records.example import Example
    from burnish.records.run import Run
    from burnish.registry.store import Registry
    from burnish.tokens.template import Chat

ROWS, ASKED, BASE = "rows.jsonl", "asked.json", "base.json"
GENERAL = "ability"
"""The shipped suite by which the general drift from the base is told."""
FIRST_ROW = 2_000_000
"""Row numbers of replayed examples begin here; those of general prompts lie below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One earlier training of the chain."""

    number: int
    """1 for the first."""
    run: Run
    trained: tuple[Conversation, ...]
    tasks: tuple[Task, ...]
    """Their ids begin with the name of the suite they come from."""
    answers: tuple[GradedAnswer, ...]
    """What the version said to them right after it was trained, with the same ids."""

    @property
    def name(self) -> str:
        """What people see, and the name of its suite."""
        return f"session {self.number}: {Path(self.run.data_files[0]).stem if self.run.data_files else self.run.id}"


def keep_session(folder: Path, prepared: Prepared, suites: Mapping[str, Sequence[Task]]) -> None:
    """Write down what later sessions want of this one. Raises StorageError."""
    rows = [("trained", row) for row in prepared.train_rows] + [("held_out", row) for row in prepared.held_out_rows]
    lines = (json.dumps({"used": used, **to_json(row)}, ensure_ascii=False) + "\n" for used, row in rows)
    durable.write_text(folder / ROWS, "".join(lines))
    own = {name: to_json(tasks) for name, tasks in suites.items() if name not in SHIPPED}
    durable.write_json(folder / ASKED, own)


def past_sessions(registry: Registry, version: str) -> tuple[Session, ...]:
    """Return the sessions that led to a version, oldest first, it included. Raises RegistryError where a parent is missing."""
    chain: list[Run] = []
    reference: str | None = version
    while reference is not None:
        run = registry.get(reference)
        if any(run.id == one.id for one in chain):
            raise RegistryError(
                f"the lineage of version {version} goes in a circle", seen=run.id, remedy="burnish fsck names what was changed"
            )
        chain.append(run)
        reference = run.parents[0] if run.parents else None
    return tuple(_session(registry, run, number) for number, run in enumerate(reversed(chain), start=1))


def _session(registry: Registry, run: Run, number: int) -> Session:
    folder = registry.runs / run.id
    rows = tuple(row for used, row in _rows(folder / ROWS) if used == "trained")
    suites = {name: from_json_tasks(tasks) for name, tasks in _json(folder / ASKED, {}).items()}
    report = read_report(folder / "after.json") or EvalReport(model=run.id, suites={})
    tasks = tuple(replace(task, id=f"{name}/{task.id}") for name, one in suites.items() for task in one)
    answers = tuple(
        replace(answer, id=f"{name}/{answer.id}")
        for name in suites
        if name in report.suites
        for answer in report.suites[name].answers
    )
    return Session(number=number, run=run, trained=rows, tasks=tasks, answers=answers)


def read_report(path: Path) -> EvalReport | None:
    """Return a report of a run folder; None where there is none. Raises RegistryError when it is damaged."""
    saved = _json(path, None)
    return from_json(EvalReport, saved) if saved is not None else None


def read_base(folder: Path) -> EvalReport | None:
    """Return what the base said to a session's questions; None where it was not asked."""
    return read_report(folder / BASE)


def base_general(registry: Registry, sessions: Sequence[Session], dtype: str, chat: Chat) -> SuiteScore | None:
    """Return the base's answers to the general probes from a session that asked the same ones in this dtype and on `chat`'s date.

    None where none did.
    """
    now = {task.id for task in shipped(GENERAL)}
    for one in reversed(sessions):
        if one.run.environment.get("dtype") != dtype or chat.at(began_of(registry, one)).stamp != chat.stamp:
            continue
        report = read_base(registry.runs / one.run.id)
        if report is not None and GENERAL in report.suites and {a.id for a in report.suites[GENERAL].answers} == now:
            return report.suites[GENERAL]
    return None


def began_of(registry: Registry, session: Session) -> datetime:
    """Return when a session began: a template that writes the date had this one for its questions."""
    return read_began(registry.runs / session.run.id)


def from_json_tasks(value: Any) -> tuple[Task, ...]:
    """Return the tasks that were written down."""
    return tuple(from_json(Task, one) for one in value)


def all_rows(folder: Path) -> tuple[Conversation, ...]:
    """Return every row of a session, held out or not; none of a run that kept none (adopted, or made by an older burnish)."""
    return tuple(row for _, row in _rows(folder / ROWS))


def _rows(path: Path) -> list[tuple[str, Conversation]]:
    """Return (how it was used, row) of each row."""
    if not path.exists():
        return []
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return [(line["used"], from_json(Conversation, line)) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RegistryError(
            f"{path} cannot be read",
            seen=str(error),
            remedy="burnish fsck names all that is damaged; begin anew with --from base",
        ) from None


def _json(path: Path, missing: Any) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return missing
    except (OSError, ValueError) as error:
        raise RegistryError(
            f"{path} cannot be read",
            seen=str(error),
            remedy="burnish fsck names all that is damaged; begin anew with --from base",
        ) from None


def past_of(registry: Registry, sessions: Sequence[Session]) -> Past:
    """Return what a plan must know of the version that the last of these sessions made."""
    run = sessions[-1].run
    saved = read_saved(registry.adapter_folder(run.id))
    plan = _json(registry.runs / run.id / "plan.json", {})
    return Past(
        version=run.id,
        sessions=len(sessions),
        rows=sum(len(one.trained) for one in sessions),
        rank=saved.rank,
        alpha=saved.alpha,
        targets=saved.targets,
        rslora=saved.rslora,
        memory_k=int(plan.get("memory_k", 0)),
        memory_unknown=str(plan.get("memory_unknown", "")),
    )


def replay_examples(sessions: Sequence[Session], chat: Chat, max_length: int) -> tuple[tuple[Example, ...], int]:
    """Return the earlier sessions' rows as examples, and how many do not fit this run's length.

    Every row once: one that was trained in two sessions is not replayed twice as often.
    """
    found: dict[str, Conversation] = {row.id: row for one in sessions for row in one.trained}
    examples, refused = [], 0
    for number, row in enumerate(found.values(), FIRST_ROW):
        try:
            example = fit(chat, row, max_length, number).example
        except DataError:
            example = None
        if example is None:
            refused += 1
        else:
            examples.append(example)
    return tuple(examples), refused


def suites_of(sessions: Sequence[Session]) -> dict[str, tuple[Task, ...]]:
    """Return the questions of earlier sessions as suites, by the session's name."""
    return {one.name: one.tasks for one in sessions if one.tasks}


def asked_again(sessions: Sequence[Session], report: EvalReport) -> list[Asked]:
    """Return each earlier session's questions with both answers: when it was trained, and in `report`."""
    return [
        Asked(
            name=one.name,
            version=one.run.id,
            then=one.answers,
            now=report.suites[one.name].answers if one.name in report.suites else (),
        )
        for one in sessions
    ]
