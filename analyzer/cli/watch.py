"""The live view while spans arrive: a screen that renews itself, or plain lines."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from analyzer.cli.output import console, tell

if TYPE_CHECKING:
    from rich.live import Live

    from analyzer.attribution.contributions import Contributions
    from analyzer.model.run import Capture
    from analyzer.pipeline.live import LiveAnalysis
    from analyzer.readers.follow import Follower
    from analyzer.readers.follow_metrics import MetricsFollower
    from analyzer.report.model import Report
    from analyzer.report.resources import Resources
    from analyzer.reporters.terminal.live import LiveState

REFRESH_S = 1.0
"""How often the view is renewed."""

TELL_AFTER_S = 1.0
"""Waiting that is longer than this is explained."""

LINE_EVERY_S = 5.0
"""How often a plain progress line is written where the output is no terminal."""


@dataclass(slots=True)
class Screen:
    """Shows live states on the error stream, so that standard output stays the report's."""

    _live: "Live | None" = None
    _next_line: float = 0.0
    _phase: str = ""

    def __enter__(self) -> Self:
        """Take over the terminal, if there is one."""
        screen = console(errors=True)
        if screen.is_terminal:
            from rich.live import Live

            self._live = Live(console=screen, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the terminal back."""
        if self._live is not None:
            with suppress(OSError):  # a terminal that was closed meanwhile
                self._live.stop()

    def note(self, text: str, *, style: str = "dim") -> None:
        """Print a line that stays; the view goes on below it."""
        if self._live is None:
            tell(text)
            return
        from analyzer.reporters.terminal.safe_text import safe_text

        with suppress(OSError):
            self._live.console.print(safe_text(text, style))

    def show(self, state: "LiveState") -> None:
        """Show a state; without a terminal only at changes of phase and every few seconds."""
        from analyzer.reporters.terminal.live import progress_line, render_live

        if self._live is not None:
            with suppress(OSError):
                self._live.update(render_live(state), refresh=True)
            return
        now = time.monotonic()
        if now >= self._next_line or state.phase != self._phase:
            tell(progress_line(state))
            self._next_line = now + LINE_EVERY_S
            self._phase = state.phase


@dataclass(slots=True)
class Watcher:
    """Follows the spans of a run directory and gives provisional reports.

    The kernels compile in the background at the first start after an install; until they are ready
    spans are counted, not ranked.

    Attributes:
        resources: what services used of their machines in the last seconds, where that is measured.
    """

    run_dir: Path
    run_id: str
    all_traffic: bool = False
    spans: int = 0
    quiet_since: float = field(default_factory=time.monotonic)
    report: "Report | None" = None
    resources: "tuple[Resources, ...]" = ()
    _analysis: "LiveAnalysis | None" = None
    _follower: "Follower | None" = None
    _metrics: "MetricsFollower | None" = None
    _warming: Thread | None = None

    def start(self) -> None:
        """Begin to follow."""
        from analyzer.pipeline.live import LiveAnalysis
        from analyzer.pipeline.warm import warm
        from analyzer.readers.follow import Follower
        from analyzer.readers.follow_metrics import MetricsFollower

        self._analysis = LiveAnalysis(run="" if self.all_traffic else self.run_id)
        self._follower = Follower(self.run_dir / "spans.otlp")
        self._metrics = MetricsFollower(self.run_dir)
        self._warming = Thread(target=warm, daemon=True, name="compile kernels")
        self._warming.start()

    @property
    def ready(self) -> bool:
        """Whether the kernels are compiled."""
        return self._warming is not None and not self._warming.is_alive()

    @property
    def unfinished(self) -> int:
        """Traces that look as if spans of them were still to come, at the last look."""
        return self._analysis.unfinished if self._analysis is not None else 0

    @property
    def found(self) -> "Contributions | None":
        """The contributions of all requests, at the last look."""
        return self._analysis.found if self._analysis is not None else None

    def look(self, capture: "Capture") -> None:
        """Take in what has arrived and renew the report; `capture` is what else is known."""
        from analyzer.pipeline.analyze import RunName
        from analyzer.ranking.resources import used

        if self._follower is None or self._analysis is None:
            return
        arrived = self._follower.poll()
        if self._metrics is not None:
            self.resources = used(self._metrics.poll(self._follower.namer))
        if len(arrived):
            self.spans += len(arrived)
            self.quiet_since = time.monotonic()
            self._analysis.add(arrived)
        if self.ready and self.spans:
            name = RunName(id=self.run_id, command="live")
            self.report = self._analysis.report(capture, name)

    def finish_compiling(self) -> None:
        """Wait for the kernels, where that is needed with something to look at."""
        if self._warming is None:
            return
        self._warming.join(TELL_AFTER_S)
        if not self.ready:
            tell("compiling the analysis, once after an install ...")
            self._warming.join()
