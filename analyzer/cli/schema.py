"""slowhop schema: the JSON Schemas of what slowhop writes."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from analyzer.cli.output import write


class SchemaName(StrEnum):
    """What has a published schema."""

    REPORT = "report"
    COMPARE = "compare"
    WHATIF = "whatif"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema", short_help="Print the JSON Schema of reports.")(schema)


def schema(
    name: Annotated[
        SchemaName, typer.Argument(help="Whose schema.", metavar="NAME")
    ] = SchemaName.REPORT,
) -> None:
    """Print the JSON Schema of a report, a comparison or a what-if (report, compare, whatif)."""
    if name is SchemaName.COMPARE:
        from analyzer.report.compare import compare_json_schema as of
    elif name is SchemaName.WHATIF:
        from analyzer.report.whatif import whatif_schema as of
    else:
        from analyzer.report.model import json_schema as of
    write(json.dumps(of(), indent=2) + "\n")
