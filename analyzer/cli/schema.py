"""slowhop schema: the JSON Schemas of what slowhop writes."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.output import write

if TYPE_CHECKING:
    from analyzer.report.parts import Document


class SchemaName(StrEnum):
    """What has a published schema."""

    REPORT = "report"
    COMPARE = "compare"
    WHATIF = "whatif"
    PROFILE = "profile"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema", short_help="Print the JSON Schema of reports.")(schema)


def schema(
    name: Annotated[
        SchemaName, typer.Argument(help="Whose schema.", metavar="NAME")
    ] = SchemaName.REPORT,
) -> None:
    """Print the JSON Schema of a document (report, compare, whatif, profile)."""
    from analyzer.report.compare import Comparison
    from analyzer.report.model import Report
    from analyzer.report.profile_document import ProfileDocument
    from analyzer.report.whatif import WhatIf

    documents: dict[SchemaName, type[Document]] = {
        SchemaName.REPORT: Report,
        SchemaName.COMPARE: Comparison,
        SchemaName.WHATIF: WhatIf,
        SchemaName.PROFILE: ProfileDocument,
    }
    write(json.dumps(documents[name].json_schema(), indent=2) + "\n")
