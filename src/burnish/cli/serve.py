"""`burnish serve`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.options import Debug, Home, Json, NoMemory
from burnish.cli.show import screen
from burnish.errors import BurnishError


@contextlib.contextmanager
def reader_may_leave() -> Iterator[None]:
    """Go on where nobody reads stdout any more; nor is what could not be written tried again when Python ends."""
    try:
        yield
    except BrokenPipeError:
        with contextlib.suppress(OSError), Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())


def serve(
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A version to have ready first, or the base model. Default: live.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on. Any but a loopback one needs --key-file.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8011,
    key_file: Annotated[Path | None, typer.Option(help="A file of keys, one a line: clients must send one of them.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="For the engine. Default: one a core.")] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="llamacpp (8 bits a weight, several times faster), transformers (exact), or the address of any "
            "OpenAI-compatible server. auto: llamacpp where it can."
        ),
    ] = "auto",
    meanwhile: Annotated[
        bool,
        typer.Option(
            "--meanwhile",
            help="Answer by the exact engine while a version's GGUF is being made and proven for llamacpp, which takes a minute or "
            "more once; slower, with both in memory.",
        ),
    ] = False,
    gguf: Annotated[
        list[str] | None,
        typer.Option(
            help="For llamacpp: VERSION=FILE, a merged GGUF to take instead of one made and proven here. May be given several times."
        ),
    ] = None,
    context: Annotated[int, typer.Option(min=64, help="For llamacpp: tokens of a prompt and its answer, at most.")] = 2048,
    slots: Annotated[int, typer.Option(min=1, max=64, help="For llamacpp: answers made at once.")] = 8,
    queue: Annotated[
        int, typer.Option(min=0, help="Requests that may wait beyond those being answered; more are told to come again (429).")
    ] = 256,
    drain_seconds: Annotated[
        float, typer.Option(min=0, help="How long answers may go on once the server is told to stop (SIGTERM, Ctrl-C).")
    ] = 30.0,
    context_budget: Annotated[
        int | None,
        typer.Option(
            min=1, help="Tokens of a prompt at most; longer conversations are shortened. Default: what the context leaves."
        ),
    ] = None,
    context_method: Annotated[
        str,
        typer.Option(help="How longer conversations are shortened: auto, drop, facts, extractive, rolling, or none: refused."),
    ] = "auto",
    no_memory: NoMemory = False,
    log_json: Annotated[
        bool,
        typer.Option(
            "--log-json", help="Write JSON lines to stderr, one a request, without a word of what was asked or answered."
        ),
    ] = False,
    log_words: Annotated[bool, typer.Option("--log-words", help="With --log-json: prompts and answers too.")] = False,
    ab: Annotated[
        str | None,
        typer.Option(
            "--ab",
            help="Two versions and their shares of the requests for live, the one that serves now first: live:0.9,candidate:0.1",
        ),
    ] = None,
    ab_grader: Annotated[
        list[str] | None,
        typer.Option(
            help="A grader that votes on a share of the answers: refusal:0.2, polite, 'length={\"max_words\": 60}'. "
            "May be given several times."
        ),
    ] = None,
    ab_reads: Annotated[str, typer.Option(help="Whose votes decide: people, or a grader's name.")] = "people",
    ab_again: Annotated[bool, typer.Option("--ab-again", help="Begin anew, though the same experiment has ended.")] = False,
    keep_words: Annotated[
        str,
        typer.Option(
            help="Whose words are kept for burnish harvest: voted (answers that get feedback, if it comes before a restart), "
            "all (they wait on the disk for feedback, within limits), or none."
        ),
    ] = "voted",
    keep_words_days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="With --keep-words all: days that words wait for feedback. Default: 30."),
    ] = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Answer over HTTP, in OpenAI's words: /v1/models, /v1/chat/completions, /v1/completions and /health."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.cli.extras import needed

        with needed("serve"):
            from burnish.cli.engines import Exporter
            from burnish.serve.ab.options import TrialOptions
            from burnish.serve.server import serve as run
            from burnish.serve.start import Options, outliving, prepare
            from burnish.serve.watch.logs import say as to_log

        options = Options(
            model=model,
            home=home,
            host=host,
            port=port,
            key_file=key_file,
            threads=threads,
            engine=engine,
            meanwhile=meanwhile,
            gguf=gguf or (),
            context=context,
            slots=slots,
            queue=queue,
            drain_seconds=drain_seconds,
            context_budget=context_budget,
            context_method=context_method,
            memory=not no_memory,
            log_json=log_json,
            log_words=log_words,
            trial=TrialOptions(
                arms=ab,
                graders=ab_grader or (),
                reads=ab_reads,
                again=ab_again,
                keep_words=keep_words,
                keep_days=keep_words_days,
            ),
        )
        say = outliving(to_log if log_json else out.say)
        prepared = prepare(options, say, Exporter(home, say))
        answered = False

        @outliving
        def ready() -> None:
            nonlocal answered
            answered = True
            say(f"{prepared.first or 'the models of ' + engine} at {prepared.url}/v1 (Ctrl-C ends it)", "bold")
            with reader_may_leave():
                out.answer({"url": prepared.url, "model": prepared.first, "engine": prepared.engine})
                sys.stdout.flush()

        say(f"loading {prepared.first}" if prepared.first else f"asking {engine}")
        try:
            run(prepared.app, prepared.socket, ready)
        except BurnishError as error:
            if not (json and answered):
                raise
            out.fail(error.what, seen=error.seen, remedy=error.remedy)  # the one object of --json stands on stdout already
        say("ended: every answer that ran was given")
