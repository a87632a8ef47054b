"""The slowhop command: its commands, its settings, and where errors become exit codes."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from analyzer import __version__
from analyzer.cli import (
    capacity,
    compare,
    convert,
    demo,
    export,
    live,
    pull,
    record,
    replay,
    schema,
    services,
    smoke,
    trace,
    traces,
    whatif,
)
from analyzer.cli.format_option import with_input_format
from analyzer.cli.interruptions import is_interrupt
from analyzer.cli.settings import Command, settings_file
from analyzer.errors import ExitCode, SlowhopError

DEBUG = "SLOWHOP_DEBUG"

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C ended."""

HELP = "Why is it slow, where, and what would fixing it bring? Asks the traces of a load test."

EPILOG = (
    "Every option has an environment variable, such as SLOWHOP_LIVE_USERS for `slowhop live"
    " --users`, and can be set in slowhop.toml or [tool.slowhop] of pyproject.toml."
)

UsageError: Any = typer.BadParameter.__mro__[1]
"""What typer raises for a wrong command line; the only public way to name it."""

app = typer.Typer(
    name="slowhop",
    help=HELP,
    epilog=EPILOG,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: shorter, the same in any terminal, and twice as fast
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "SLOWHOP"},
)
for register in (
    live,
    smoke,
    capacity,
    record,
    pull,
    replay,
    export,
    convert,
    compare,
    whatif,
    traces,
    trace,
    demo,
    services,
    schema,
):
    register.add_to(app)


@app.callback()
def settings(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Settings file to use instead of slowhop.toml or pyproject.toml.", metavar="FILE"
        ),
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
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.INPUT)
    if debug:
        os.environ[DEBUG] = "1"
    context.default_map = settings_file(config, Path.cwd(), _with_options(context.command))


def main() -> None:
    """Run the command; turn errors into two lines and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # names from traces may hold what the terminal's encoding does not
        cast("Any", stream).reconfigure(errors="backslashreplace")
    command: Any = typer.main.get_command(app)
    _hide_variables(command)
    try:
        arguments = with_input_format(sys.argv[1:])
        code = command.main(arguments, prog_name="slowhop", standalone_mode=False)
    except SlowhopError as error:
        if os.environ.get(DEBUG):
            raise
        _complain(error.message, error.hint)
        code = error.exit_code
    except UsageError as error:
        _complain(error.format_message(), f"see {_command_path(error)} --help")
        code = ExitCode.INPUT
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        # the last boundary: a broken invariant is a bug of slowhop's, not of its user's
        if os.environ.get(DEBUG):
            raise
        code = _internal(error)
    sys.exit(int(code or ExitCode.OK))


def _internal(error: Exception) -> int:
    """The exit code of an error that nobody has foreseen; Ctrl-C is none."""
    if is_interrupt(error):
        return INTERRUPTED
    _complain(
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug; SLOWHOP_DEBUG=1 shows where it happened",
    )
    return ExitCode.INTERNAL


def _complain(message: str, hint: str) -> None:
    """Say both lines; names in them come from spans, files and arguments, and may be hostile."""
    from analyzer.reporters.terminal.safe_text import safe_line

    sys.stderr.write(f"error: {safe_line(message)}\nhint: {safe_line(hint)}\n")


def _command_path(error: Any) -> str:  # noqa: ANN401  typer's own error, which it does not name
    return error.ctx.command_path if error.ctx is not None else "slowhop"


def _with_options(command: Any) -> Command:  # noqa: ANN401  typer's own command, as above
    """A command's options and commands, as settings name them."""
    return Command(
        options={
            max(parameter.opts, key=len).removeprefix("--"): parameter.name
            for parameter in command.params
            if parameter.param_type_name == "option"
        },
        commands={
            name: _with_options(inner) for name, inner in getattr(command, "commands", {}).items()
        },
    )


def _hide_variables(command: Any) -> None:  # noqa: ANN401  as above
    """Leave the environment variables out of the help, which says once how they are named."""
    for parameter in command.params:
        parameter.show_envvar = False
    for inner in getattr(command, "commands", {}).values():
        _hide_variables(inner)
