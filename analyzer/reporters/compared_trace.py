"""The page of a trace that shows what a row of a comparison is about."""

from analyzer.model.trace_ui import trace_url
from analyzer.report.compare import Comparison, Delta, Verdict
from analyzer.report.parts import Part

TOLD: tuple[Verdict, ...] = ("slower", "faster")


def page_of(comparison: Comparison, row: Part) -> str | None:
    """A request in which the row takes what is usual; None where there is none, or no Jaeger.

    It is one of the candidate, else of the base. Rows that are noise have none: there is nothing to
    look for.
    """
    if not isinstance(row, Delta) or row.verdict not in TOLD:
        return None
    for side, figures in (
        (comparison.candidate, row.candidate),
        (comparison.base, row.base),
    ):
        if side.jaeger_ui and figures is not None and figures.exemplars:
            return trace_url(side.jaeger_ui, figures.exemplars[-1])
    return None
