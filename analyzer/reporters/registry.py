"""The forms that a report can be exported to. A new one is a file of its own and a line here."""

from typing import TYPE_CHECKING, Protocol

from analyzer.errors import InputError
from analyzer.reporters.json_reporter import JsonReporter

if TYPE_CHECKING:
    from analyzer.report.model import Report


class Reporter(Protocol):
    """Turns a report into text. Its options go to its constructor."""

    @property
    def name(self) -> str:
        """What a person calls the form."""
        ...

    def render(self, report: "Report") -> str:
        """The whole text, ending in a newline; the same report gives the same text."""
        ...


REPORTERS: tuple[Reporter, ...] = (JsonReporter(),)
"""Every form there is, in the order in which help lists them."""


def reporter_for(name: str) -> Reporter:
    """The reporter of a form.

    Raises:
        InputError: there is no such form.
    """
    for reporter in REPORTERS:
        if reporter.name == name:
            return reporter
    known = ", ".join(reporter.name for reporter in REPORTERS)
    raise InputError(f"{name!r} is no form a report can take", hint=f"choose one of: {known}")
