"""When conditions held that somebody wanted to be alerted of."""

from analyzer.report.parts import LeftOut, Part, Words


class AlertTime(Part):
    """A time in which a condition held, in seconds from the run's first request.

    `ended_s` is left out where it held until the end. `worst` is in ms, as a share of 1, or in
    requests a second, as the condition's figure is; `worst_text` says it with its unit.
    """

    began_s: float
    ended_s: LeftOut[float] = None
    worst: float
    worst_text: Words


class AlertRow(Part):
    """A condition, and when it held; `aborts` says that the run was to be stopped by it."""

    condition: Words
    aborts: bool
    held: tuple[AlertTime, ...] = ()


class Aborted(Part):
    """Why a run was stopped before its time, in the words of the condition that held."""

    condition: Words
    value: Words


class Alerts(Part):
    """The section of alerts. `unknown_endpoints` are those that nobody asked for."""

    rows: tuple[AlertRow, ...]
    aborted: LeftOut[Aborted] = None
    unknown_endpoints: tuple[Words, ...] = ()
