"""What the launcher tells the plugin, through the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from loadgen.load_test import LoadTest
from loadgen.otlp_target import OtlpTarget

RUN_DIR = "SLOWHOP_RUN_DIR"
RUN_ID = "SLOWHOP_RUN_ID"
PARENT_PID = "SLOWHOP_PARENT_PID"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSettings:
    """How one locust process takes part in a run.

    Attributes:
        target: where its spans go.
        run_dir: where `load.json` and `load.jsonl` go; None: nowhere.
        run_id: the run its spans belong to; empty: none.
        parent_pid: the process it must not outlive; None: it stands alone.
        test: which test this is; None: the load is locust's own affair.
    """

    target: OtlpTarget
    run_dir: Path | None
    run_id: str
    parent_pid: int | None
    test: LoadTest | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables named above and OTEL_EXPORTER_OTLP_*.

        Raises:
            InputError: the address for spans is unusable.
        """
        run_dir = environment.get(RUN_DIR)
        parent = environment.get(PARENT_PID, "")
        return cls(
            target=OtlpTarget.from_environment(environment),
            run_dir=Path(run_dir) if run_dir else None,
            run_id=environment.get(RUN_ID, ""),
            parent_pid=int(parent) if parent.isdecimal() else None,
            test=LoadTest.from_environment(environment),
        )
