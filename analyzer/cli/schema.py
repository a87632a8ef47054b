"""slowhop schema: the JSON Schema of the report."""

import json

import typer

from analyzer.cli.output import write


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema", short_help="Print the JSON Schema of reports.")(schema)


def schema() -> None:
    """Print the JSON Schema of the report."""
    from analyzer.report.model import json_schema

    write(json.dumps(json_schema(), indent=2) + "\n")
