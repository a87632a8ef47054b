"""slowhop schema: the JSON Schema of the report."""

import json
import sys

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(schema)


def schema() -> None:
    """Print the JSON Schema of the report."""
    from analyzer.report.model import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
