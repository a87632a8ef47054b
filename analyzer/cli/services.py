"""slowhop services: the sample systems, to try slowhop on."""

import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import typer

from analyzer.errors import InputError

services_app = typer.Typer(
    help="Sample systems to try slowhop on: the tutorial pair and a shop with faults.",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(services_app, name="services")


@services_app.command("up")
def up(
    system: Annotated[str, typer.Argument(help="tutorial or shop.")],
    *,
    fault: Annotated[str | None, typer.Option(help="What is wrong with the shop.")] = None,
    variant: Annotated[
        str, typer.Option(help="How the tutorial is traced: without, manual, automatic.")
    ] = "automatic",
    strength: Annotated[
        float, typer.Option(help="How much of the fault: 1 all of it.", min=0)
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Chooses all random draws.")] = 1,
    otlp_endpoint: Annotated[
        str | None, typer.Option(help="Where spans go; else OTEL_EXPORTER_OTLP_ENDPOINT.")
    ] = None,
    log_dir: Annotated[Path | None, typer.Option(help="Where the services' logs go.")] = None,
) -> None:
    """Start a sample system and keep it up until Ctrl-C."""
    from services.errors import ServiceError
    from services.launcher import up as start

    logs = log_dir or Path(tempfile.mkdtemp(prefix="slowhop-services-"))
    try:
        with start(
            system,
            log_dir=logs,
            fault=fault,
            strength=strength,
            variant=variant,
            seed=seed,
            otlp_endpoint=otlp_endpoint,
        ) as running:
            for name, service in running.services.items():
                sys.stdout.write(f"{name:<16} {service.url}\n")
            sys.stdout.write(f"\nlogs in {logs}\nask {running.entry_url}   stop with Ctrl-C\n")
            sys.stdout.flush()
            _until_stopped()
    except ServiceError as error:
        raise InputError(error.message, hint=error.hint) from error


@services_app.command("faults")
def list_faults() -> None:
    """List the shop's faults and what a right analysis says of each."""
    from rich.table import Table
    from rich.text import Text

    from analyzer.cli.output import console
    from services.launcher import faults

    table = Table(box=None, pad_edge=False)
    for title in ("fault", "what is wrong", "to be found"):
        table.add_column(title, overflow="fold")
    for name, fault in faults().items():
        table.add_row(Text(name), Text(fault.description), Text(str(fault.answer or "nothing")))
    console().print(table)


def _until_stopped() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.wait(timeout=3600):
        pass
