"""The slowhop command: its commands, its settings, and where errors become exit codes."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from analyzer import __version__
from analyzer.cli import (
    demo,
    export,
    live,
    record,
    replay,
    schema,
    services,
    trace,
    traces,
)
from analyzer.cli.settings import settings_file
from analyzer.errors import ExitCode, SlowhopError

DEBUG = "SLOWHOP_DEBUG"

HELP = "Why is it slow, where, and what would fixing it bring? Asks the traces of a load test."

app = typer.Typer(
    name="slowhop",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "SLOWHOP"},
)
for register in (live, record, replay, export, traces, trace, demo, schema, services):
    register.add_to(app)


@app.callback()
def settings(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(help="Settings file to use instead of slowhop.toml or pyproject.toml."),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks of errors.", envvar=DEBUG)
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", is_eager=True)
    ] = False,
) -> None:
    """Take settings from the settings file; options and SLOWHOP_* variables win over it."""
    if version:
        typer.echo(f"slowhop {__version__}")
        raise typer.Exit
    if debug:
        os.environ[DEBUG] = "1"
    context.default_map = settings_file(config, Path.cwd())


def main() -> None:
    """Run the command; turn errors into two lines and an exit code."""
    try:
        app()
    except SlowhopError as error:
        if os.environ.get(DEBUG):
            raise
        _complain(error.message, error.hint)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # whoever read our output has left: say nothing more, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)
    except Exception as error:
        # the last boundary: a broken invariant is a bug of slowhop's, not of its user's
        if os.environ.get(DEBUG):
            raise
        _complain(
            f"internal error: {type(error).__name__}: {error}",
            "this is a bug; SLOWHOP_DEBUG=1 shows where it happened",
        )
        sys.exit(ExitCode.INTERNAL)


def _complain(message: str, hint: str) -> None:
    sys.stderr.write(f"error: {message}\nhint: {hint}\n")
