"""Which of the traces that were received are looked at: those of one run, or all."""

from dataclasses import dataclass, replace

from analyzer.errors import InputError
from analyzer.model.run import Capture
from analyzer.model.traffic import Traffic
from analyzer.repair.separation import runs_in, separate
from analyzer.report.traffic import TrafficPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Whose traces are wanted.

    Attributes:
        run: the run's id; None for the capture's own, or the only one its spans name.
        everything: all traces, whoever began them.
    """

    run: str | None = None
    everything: bool = False


OWN = Chosen()
EVERYTHING = Chosen(everything=True)


def chosen_of(capture: Capture, chosen: Chosen = OWN) -> Capture:
    """The capture with the chosen traces only, and what was told apart.

    Where no span names a run, and where spans name several of which none is the capture's own,
    every trace is kept: nothing says which are wanted.

    Raises:
        InputError: no span names the run that is asked for.
    """
    runs = runs_in(capture.spans)
    if chosen.run is not None and chosen.run not in runs:
        named = f"they name {', '.join(runs)}" if runs else "they name none at all"
        raise InputError(f"no span belongs to a run named {chosen.run!r}", hint=named)
    run = chosen.run or _own(capture, runs)
    if chosen.everything or not run:
        return replace(capture, traffic=Traffic(runs=runs)) if runs else capture
    spans, traffic = separate(capture.spans, run)
    return replace(capture, spans=spans, traffic=traffic)


def _own(capture: Capture, runs: tuple[str, ...]) -> str:
    if capture.run is not None and capture.run.id in runs:
        return capture.run.id
    return runs[0] if len(runs) == 1 else ""


def traffic_part(traffic: Traffic | None) -> TrafficPart | None:
    """What the report says of it; None where all traces are of one run, or of none."""
    if traffic is None or not (traffic.left_out or len(traffic.runs) > 1):
        return None
    return TrafficPart(
        run=traffic.run or None,
        runs=traffic.runs,
        other_runs=traffic.other_runs,
        background=traffic.background,
        unknown=traffic.unknown,
    )
