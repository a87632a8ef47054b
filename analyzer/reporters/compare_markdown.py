"""A comparison as Markdown, for pull requests.

Names come from traces: whatever they hold, they must not become markup, links, mentions or HTML.
"""

import re
from collections.abc import Iterable, Sequence

from analyzer.report.compare import (
    Comparison,
    EndpointDelta,
    HopDelta,
    OperationDelta,
    ServiceDelta,
    Side,
)
from analyzer.reporters.compared_trace import page_of
from analyzer.reporters.headline import headline
from analyzer.reporters.terminal.figures import change, count, milliseconds, percent, rate
from analyzer.reporters.terminal.safe_text import LONGEST_IN_SENTENCE, safe, shorten

MOST_ROWS = 10

_SPECIAL = frozenset("\\`*_{}[]<>#|~&@$^")
"""ASCII characters that begin markup, mentions or HTML in some flavour of Markdown."""

_LINKING = re.compile(r"[.:](?=[^\s\d])")
"""What a bare address has: `www.` and `https:` become links by themselves."""


class MarkdownComparison:
    """Writes a comparison that reads well as text too."""

    name = "markdown"

    def render(self, comparison: Comparison) -> str:
        """The comparison as Markdown, ending in a newline."""
        return "\n".join(_lines(comparison)) + "\n"


def escaped(text: str) -> str:
    """A sentence as Markdown shows it: nothing in it is markup, and it stays on its line."""
    unmarked = "".join(_entity(c) if c in _SPECIAL else c for c in text)
    return _LINKING.sub(lambda found: _entity(found[0]), unmarked)


def name(*names: str) -> str:
    """A service, or the two ends of a hop, as code: visible, short and without effect.

    Within code only what ends it, and what ends a table's cell, means anything.
    """
    return " → ".join(f"`{_as_code(n)}`" for n in names)


def _as_code(text: str) -> str:
    shown = shorten(safe(text), LONGEST_IN_SENTENCE).strip()
    return shown.replace("`", "'").replace("|", "¦") or "(no name)"


def _entity(character: str) -> str:
    return f"&#{ord(character)};"


def _lines(c: Comparison) -> Iterable[str]:
    yield f"### slowhop: {c.overall.verdict}"
    yield ""
    yield headline(c, name)
    yield ""
    yield from _table(
        ("", "run", "requests", "per s", "failed", "mean ms", "p50", "p95", "p99"),
        [_side("base", c.base), _side("candidate", c.candidate)],
    )
    for title, rows in (
        ("Services with their part of the hops", c.services),
        ("Hops", c.hops),
        ("Endpoints", c.endpoints),
        ("Operations", c.operations),
        ("Work that no request waits for", c.background),
    ):
        yield from _section(c, title, rows)
    if c.calls:
        yield from ("", "#### Calls added and gone", "")
        yield from _table(
            ("operation", "", "base, per request", "candidate, per request", "ms per request"),
            [
                (
                    _operation(row.service, row.operation, row.callee),
                    row.kind,
                    f"{row.base_per_request:,.2f}",
                    f"{row.candidate_per_request:,.2f}",
                    _moved(row.delta_mean_ms),
                )
                for row in c.calls[:MOST_ROWS]
            ],
        )
    if c.warnings:
        yield from ("", "#### Warnings", "")
        yield from (f"- {escaped(safe(warning))}" for warning in c.warnings)


def _section(
    c: Comparison,
    title: str,
    rows: Sequence[ServiceDelta | HopDelta | EndpointDelta | OperationDelta],
) -> Iterable[str]:
    """The rows with a verdict; a list that is all noise says so in a word."""
    judged = [row for row in rows if row.verdict != "noise"]
    if not rows or (not judged and title.startswith(("Operations", "Work"))):
        return
    yield from ("", f"#### {title}", "")
    if not judged:
        yield f"All noise ({len(rows)})."
        return
    yield from _table(
        (
            "",
            "verdict",
            "change, ms",
            "95 % interval",
            "of the mean, ms",
            "p95",
            "p99",
        ),
        [
            (
                _name(row) + _link(page_of(c, row)),
                f"**{row.verdict}**",
                _moved(row.delta_mean_ms),
                f"{_moved(row.ci95_ms[0])} to {_moved(row.ci95_ms[1])}",
                _moved(row.exact_delta_mean_ms),
                _moved(row.p95_delta_ms),
                _moved(row.p99_delta_ms),
            )
            for row in judged[:MOST_ROWS]
        ],
    )
    if len(rows) > len(judged[:MOST_ROWS]):
        yield ""
        yield f"{len(rows) - len(judged[:MOST_ROWS])} more."


def _side(who: str, side: Side) -> tuple[str, ...]:
    latency = side.latency
    return (
        who,
        name(side.id),
        count(side.requests),
        rate(side.throughput_rps),
        percent(side.failures / side.requests),
        milliseconds(latency.mean_ms),
        milliseconds(latency.p50_ms),
        milliseconds(latency.p95_ms),
        milliseconds(latency.p99_ms),
    )


def _name(row: ServiceDelta | HopDelta | EndpointDelta | OperationDelta) -> str:
    few = "" if row.enough_data else " (too few requests)"
    if isinstance(row, ServiceDelta):
        return f"{name(row.service)}{' (inferred)' if row.inferred else ''}{few}"
    if isinstance(row, HopDelta):
        return f"{name(row.caller, row.callee)}{few}"
    if isinstance(row, OperationDelta):
        return f"{_operation(row.service, row.operation, row.callee)}{few}"
    return f"{name(row.endpoint)}{few}"


def _link(page: str | None) -> str:
    """A link to a trace; addresses are such as mean nothing else in Markdown."""
    return f" [trace]({page})" if page else ""


def _operation(service: str, operation: str, callee: str | None) -> str:
    return f"{name(service)} {name(operation, callee) if callee else name(operation)}"


def _moved(delta_ms: float) -> str:
    return change(-delta_ms)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'|'.join(['---'] * len(titles))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
