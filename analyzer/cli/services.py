"""slowhop services: the sample systems, to try slowhop on."""

import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.interruptions import interruptions
from analyzer.cli.output import show, write
from analyzer.errors import InputError

CHECK_S = 1.0
"""How often to see whether the services still run."""

services_app = typer.Typer(
    help="Sample systems to try slowhop on: the tutorial pair and a shop with faults.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(services_app, name="services", short_help="Start sample systems to try it on.")


@services_app.command("up", short_help="Start a sample system.")
def up(
    system: Annotated[str, typer.Argument(help="tutorial or shop.", metavar="SYSTEM")],
    *,
    fault: Annotated[
        str | None, typer.Option(help="What is wrong with the shop.", metavar="NAME")
    ] = None,
    variant: Annotated[
        str,
        typer.Option(
            help="How the tutorial is traced: without, manual, automatic.", metavar="NAME"
        ),
    ] = "automatic",
    strength: Annotated[
        float, typer.Option(help="How much of the fault: 1 all of it.", min=0, metavar="N")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Chooses all random draws.", metavar="N")] = 1,
    otlp_endpoint: Annotated[
        str | None,
        typer.Option(help="Where spans go; else OTEL_EXPORTER_OTLP_ENDPOINT.", metavar="URL"),
    ] = None,
    log_dir: Annotated[
        Path | None, typer.Option(help="Where the services' logs go.", metavar="DIR")
    ] = None,
) -> None:
    """Start a sample system and keep it up until Ctrl-C."""
    from services.errors import ServiceError
    from services.launcher import up as start

    logs = log_dir or Path(tempfile.mkdtemp(prefix="slowhop-services-"))
    try:
        with (
            interruptions() as signals,
            suppress(KeyboardInterrupt),
            signals.heeded(),
            start(
                system,
                log_dir=logs,
                fault=fault,
                strength=strength,
                variant=variant,
                seed=seed,
                otlp_endpoint=otlp_endpoint,
            ) as running,
        ):
            lines = [f"{name:<16} {service.url}" for name, service in running.services.items()]
            lines += ["", f"logs in {logs}", f"ask {running.entry_url}   stop with Ctrl-C", ""]
            write("\n".join(lines))
            while True:
                running.check()
                time.sleep(CHECK_S)
    except ServiceError as error:
        with suppress(OSError):
            logs.rmdir()  # only if there is nothing in it
        raise InputError(error.message, hint=error.hint) from error


@services_app.command("faults", short_help="List the shop's faults.")
def list_faults() -> None:
    """List the shop's faults and what a right analysis says of each."""
    from rich.table import Table
    from rich.text import Text

    from services.launcher import faults

    table = Table(box=None, pad_edge=False)
    for title in ("fault", "what is wrong", "to be found"):
        table.add_column(title, overflow="fold")
    for name, fault in faults().items():
        answer = "nothing" if fault.answer is None else fault.answer.label()
        table.add_row(Text(name), Text(fault.description), Text(answer))
    show(table)
