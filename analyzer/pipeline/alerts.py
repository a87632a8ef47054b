"""The alerts of a finished run, from the conditions that its directory names."""

from collections.abc import Iterator

from analyzer.attribution.contributions import Contributions
from analyzer.conditions import Condition, shown
from analyzer.errors import InputError
from analyzer.model.run import AlertsRecord
from analyzer.report.alerts import Aborted, AlertRow, Alerts, AlertTime
from analyzer.verdicts.alerts import by_second, episodes, unknown_endpoints


def alerts_of(asked: AlertsRecord | None, found: Contributions) -> Alerts | None:
    """When the conditions held; None where nobody asked for any."""
    if asked is None:
        return None
    warn, abort = list(_conditions(asked.warn)), list(_conditions(asked.abort))
    rows = [_row(condition, found, aborts=False) for condition in warn]
    rows += [_row(condition, found, aborts=True) for condition in abort]
    return Alerts(
        rows=tuple(rows),
        aborted=Aborted(condition=asked.aborted_by, value=asked.aborted_at)
        if asked.aborted_by
        else None,
        unknown_endpoints=unknown_endpoints([*warn, *abort], found.endpoints),
    )


def _conditions(texts: tuple[str, ...]) -> Iterator[Condition]:
    """Those that can be read: a directory may come from a version that knows others."""
    for text in texts:
        try:
            yield Condition.from_text(text)
        except InputError:
            continue


def _row(condition: Condition, found: Contributions, *, aborts: bool) -> AlertRow:
    held = episodes(condition, by_second(condition, found))
    return AlertRow(
        condition=condition.text,
        aborts=aborts,
        held=tuple(
            AlertTime(
                began_s=float(each.begin),
                ended_s=None if each.end is None else float(each.end),
                worst=round(each.worst, 6),
                worst_text=shown(condition.figure, each.worst),
            )
            for each in held
        ),
    )
