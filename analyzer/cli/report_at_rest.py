"""The whole report of a run that goes on, made while no load runs: with gains, paths and findings.

The live ranking leaves out what takes long. Between two tests of a run, when whoever steers them
looks at what came out, there is time for it. A process of its own makes it, so that the live view
goes on, and can be ended at once.
"""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.report.model import Report

QUIET_S = 6.0
"""No span for this long: most exporters send every 5 s, so all have sent."""

MOST_SPANS = 2_000_000
"""Beyond that a report takes minutes, and memory that a test may need."""


@dataclass(slots=True)
class ReportAtRest:
    """Makes the report of a run directory, once for each rest, and anew when spans come late."""

    run_dir: Path
    _spans: int = 0
    _since: float = field(default_factory=time.monotonic)
    _child: "subprocess.Popen[bytes] | None" = None
    _report: "Report | None" = None

    def look(self, *, spans: int, is_loaded: bool) -> "Report | None":
        """The report of all spans so far; None under load, and until it is made."""
        if is_loaded or spans != self._spans:
            self.close()
            self._spans, self._since = spans, time.monotonic()
        elif self._child is not None:
            self._take(self._child)
        elif 0 < spans <= MOST_SPANS and time.monotonic() - self._since >= QUIET_S:
            self._child = self._start()
        return self._report

    def close(self) -> None:
        """End what is under way, and forget what was made."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._file.unlink(missing_ok=True)
        self._child = self._report = None

    @property
    def _file(self) -> Path:
        return self.run_dir / ".report-at-rest.json"

    def _start(self) -> "subprocess.Popen[bytes]":
        # A session of its own: a Ctrl-C in the terminal is not for it. Without -P an `analyzer` in
        # the person's directory would be found.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "analyzer.cli", "export", self.run_dir, "-o", self._file],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _take(self, child: "subprocess.Popen[bytes]") -> None:
        """Read what the process has written; where it wrote nothing, the live ranking has to do."""
        from analyzer.report.model import Report

        if self._report is None and child.poll() is not None and self._file.exists():
            self._report = Report.from_json(self._file.read_bytes())
            self._file.unlink()
