"""The report as JSON, for programs: the names and units of the published schema."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.report.model import Report


class JsonReporter:
    """Writes a report that `Report.from_json` reads back."""

    name = "json"

    def render(self, report: "Report") -> str:
        """The report as JSON text, ending in a newline."""
        return report.to_json()
