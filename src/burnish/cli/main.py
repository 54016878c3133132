"""`burnish`: a table of verbs. No verb loads torch before it is called."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
import typer.core

from burnish import __version__
from burnish.cli import (
    ab,
    adopt,
    augment,
    balance,
    bench,
    bundle,
    canaries,
    chat,
    check,
    compare,
    context,
    dedupe,
    demo,
    doctor,
    evaluate,
    export,
    forget,
    generate,
    graders,
    harvest,
    history,
    ingest,
    label,
    look,
    models,
    new,
    plan,
    reason,
    report,
    scrub,
    serve,
    smoke,
    split,
    train,
)
from burnish.cli.show import Screen

UsageError: Any = typer.BadParameter.__mro__[1]
"""What all wrong usage is; Typer gives the class no public name."""


class Verbs(typer.core.TyperGroup):
    """The table of verbs, in which wrong usage is a fault that a program can read, where it asked for JSON."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **options: Any) -> Any:
        """Begin a call, and remember whether it asks for JSON."""
        self.as_json = "--json" in args
        return super().make_context(info_name, args, *more, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run a verb. Raises UsageError as Typer does, after the one JSON object."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            told = {"what": error.format_message(), "seen": "", "remedy": _usage(error), "kind": "usage"}
            Screen(as_json=self.as_json).answer({"error": told})
            raise


def _usage(error: Any) -> str:
    path = error.ctx.command_path if error.ctx is not None else "burnish"
    return f"{path} --help shows what it takes"


app = typer.Typer(
    cls=Verbs,
    name="burnish",
    help="Fine-tune a small language model on your own few rows, on the machine you have, and get a verdict you can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo")(demo.demo)
app.command("new")(new.new)
app.command("ingest")(ingest.ingest)
app.command("check")(check.check)
app.command("look")(look.look)
app.command("scrub")(scrub.scrub)
app.command("canaries")(canaries.canaries)
app.command("dedupe")(dedupe.dedupe)
app.command("split")(split.split)
app.command("label")(label.label)
app.command("balance")(balance.balance)
app.command("augment")(augment.augment)
app.command("reason")(reason.reason)
app.command("plan")(plan.plan)
app.command("train")(train.train)
app.command("graders")(graders.graders)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("chat")(chat.chat)
app.command("generate")(generate.generate)
app.command("context")(context.context)
app.command("serve")(serve.serve)
app.add_typer(ab.app, name="ab")
app.command("harvest")(harvest.harvest)
app.command("smoke")(smoke.smoke)
app.command("export")(export.export)
app.command("log")(history.log)
app.command("show")(history.show)
app.command("promote")(history.promote)
app.command("rollback")(history.rollback)
app.command("tag")(history.tag)
app.command("fsck")(history.fsck)
app.command("forget")(forget.forget)
app.command("adopt")(adopt.adopt)
app.command("import")(bundle.import_file)
app.add_typer(models.app, name="models")
app.command("bench")(bench.bench)
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"burnish {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Fine-tune a small language model on your own few rows, on the machine you have, and get a verdict you can trust."""


def run() -> None:
    """Run the command line. Sets what must be set before torch is loaded."""
    # The field's libraries print progress bars and advice of their own; burnish says what matters in its own words.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if not sys.warnoptions:
        import warnings

        warnings.simplefilter("ignore")
    app()
