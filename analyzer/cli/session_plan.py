"""What a run consists of: where spans are received, which load and which sample system."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.cli.alerting import NO_ALERTS, Alerting
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import (
    ANY_SHIFT,
    LATE_SPANS_S,
    RankedBy,
    run_time_s,
)
from analyzer.cli.output import Closing

if TYPE_CHECKING:
    from analyzer.report.model import Report
    from collector.options import Receiving
    from collector.watch_targets import Target
    from loadgen.load_test import LoadTest


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """The load to put on.

    Attributes:
        run_time: as locust takes it; None for until it is stopped.
        web_ui_port: the port of locust's web page; None runs without one.
        test: which test it is; it may steer the load in place of users, rate and time.
        extra: options that are locust's own.
    """

    locustfile: str
    host: str | None
    users: int | None
    spawn_rate: float | None
    run_time: str | None
    web_ui_port: int | None = None
    otel: bool = False
    test: "LoadTest | None" = None
    extra: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The locustfiles; locust takes several with commas between them."""
        return tuple(Path(part) for part in self.locustfile.split(","))

    @property
    def lasts_s(self) -> float | None:
        """How long it will last, in seconds; None for until it is stopped, or has found out."""
        if self.test is None or not self.test.steers:
            return run_time_s(self.run_time)
        seconds = self.test.shape.seconds if self.test.shape is not None else math.inf
        return None if math.isinf(seconds) else seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSystem:
    """A sample system to start first; the load goes to its entry."""

    name: str
    fault: str | None = None
    variant: str = "automatic"
    strength: float = 1.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """What to run. Without a load it lasts until it is stopped, or for `record_s`.

    Attributes:
        jaeger_ui: the address of a Jaeger that gets the traces too.
        late_spans_s: how long spans are waited for after the load.
        watch: processes whose use of this machine is recorded.
        alerting: what to be alerted of, and what to stop for.
        all_traffic: traces that the load did not begin count too.
    """

    name: str
    command: str
    runs_dir: Path
    receiving: "Receiving"
    jaeger_ui: str | None = None
    late_spans_s: float = LATE_SPANS_S
    all_traffic: bool = False
    max_clock_shift: str = ANY_SHIFT
    sort: RankedBy = RankedBy.CONTRIBUTION
    load: LoadPlan | None = None
    system: SampleSystem | None = None
    record_s: float | None = None
    watch: "tuple[Target, ...]" = ()
    alerting: Alerting = NO_ALERTS

    @classmethod
    def from_load(
        cls,
        load: LoadPlan,
        *,
        command: str,
        name: str | None,
        runs_dir: Path,
        receiving: "Receiving",
        jaeger_ui: str | None,
        late_spans_s: float,
    ) -> "SessionPlan":
        """What a command runs that puts on a load of its user's, by what its options say.

        Args:
            load: the load to put on.
            command: which command it is.
            name: the run's name; None takes the first locustfile's.
            runs_dir: where runs are kept.
            receiving: where spans are received.
            jaeger_ui: the address of a Jaeger that gets the traces too, as it was typed.
            late_spans_s: how long spans are waited for after the load.

        Raises:
            InputError: Jaeger's address is none of a web page.
        """
        return cls(
            name=name or load.files[0].stem,
            command=command,
            runs_dir=runs_dir,
            receiving=receiving,
            jaeger_ui=jaeger_ui_of(jaeger_ui),
            late_spans_s=late_spans_s,
            load=load,
        )

    @property
    def lasts_s(self) -> float | None:
        """How long it will last, in seconds; None for until it is stopped."""
        return self.record_s if self.load is None else self.load.lasts_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that has ended.

    Attributes:
        run_dir: its directory.
        report: its report.
        closing: what to say below it.
        broken: what ended before its time, in plain sentences; empty if all went well.
    """

    run_dir: Path
    report: "Report"
    closing: Closing
    broken: tuple[str, ...] = ()


def load_record(plan: LoadPlan, host: str | None) -> dict[str, object]:
    """What `run.json` says of the load."""
    from importlib.metadata import version

    from loadgen.launcher import profile_hash
    from loadgen.safe_url import PublicUrl

    contents = b"".join(f.read_bytes() for f in plan.files if f.is_file())
    return {
        "tool": "locust",
        "version": version("locust"),
        "users": plan.users,
        "spawn_rate": plan.spawn_rate,
        "run_time_s": plan.lasts_s,
        "shape": plan.test.kind if plan.test is not None else "load",
        "test": plan.test.record() if plan.test is not None else None,
        "host": PublicUrl.from_text(host).full if host else None,  # without any password in it
        "locustfile": plan.files[0].name,
        "profile_hash": profile_hash(contents),
    }
