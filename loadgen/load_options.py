"""What load to run, as a command line and an environment for locust."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loadgen.load_test import VARIABLE, LoadTest
from loadgen.meeting_port import LOOPBACK
from loadgen.plugin_settings import PARENT_PID, RUN_DIR, RUN_ID

FINISH_REQUESTS_S = 10
"""Users may end the task they are in. Cut off, its request would be a trace without a root."""

WEB_UI_PORT = 8089
"""Locust's own default."""

_PORTS = frozenset(("LOCUST_MASTER_BIND_PORT", "LOCUST_MASTER_NODE_PORT"))
"""Locust's own variables for the port where workers meet their master."""

_OVERRIDING = tuple(f"OTEL_EXPORTER_OTLP_{signal}_" for signal in ("TRACES", "METRICS", "LOGS"))
"""Settings for one signal in the person's shell would win over the collector's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What to run.

    Attributes:
        locustfile: as locust's own `-f` takes it: a file, several with commas, a directory.
        run_dir: the run directory; `load.jsonl`, `load.json` and the log go there.
        run_id: the run's id, an attribute of each span.
        collector: OTLP/HTTP address of the collector, such as `http://127.0.0.1:4318`.
        exporter: what exporters need to be told besides the address: OTEL_EXPORTER_OTLP_*.
        host: the address under test; None leaves it to the locustfile.
        users: how many users; None leaves it to locust or the locustfile.
        spawn_rate: users started per second.
        run_time: as locust takes it (`60s`, `1m30s`); None runs until it is stopped.
        web_ui_port: port of locust's web page; None runs without one.
        otel: locust's own `--otel` makes the spans instead of the plugin.
        test: which test it is. One that steers the load takes the place of users, rate and time.
        extra: options for locust, passed on as they are.
    """

    locustfile: str
    run_dir: Path
    run_id: str
    collector: str
    exporter: Mapping[str, str] = field(default_factory=dict)
    host: str | None = None
    users: int | None = None
    spawn_rate: float | None = None
    run_time: str | None = None
    web_ui_port: int | None = None
    otel: bool = False
    test: LoadTest | None = None
    extra: tuple[str, ...] = ()

    def needs_meeting_port(self, base: Mapping[str, str]) -> bool:
        """Whether locust forks workers and nobody has named the port where they meet their master.

        `base`: the environment it will inherit.
        """
        forks = self._has("--processes") or "LOCUST_PROCESSES" in base
        elsewhere = self._has("--worker") or "LOCUST_MODE_WORKER" in base
        named = self._has("--master-bind-port", "--master-port") or not _PORTS.isdisjoint(base)
        return forks and not elsewhere and not named

    def arguments(self, base: Mapping[str, str], *, meeting_port: int | None = None) -> list[str]:
        """Locust's command line, without the program.

        Args:
            base: the environment it will inherit.
            meeting_port: where forked workers meet their master; None leaves it to locust.
        """
        valued: dict[str, object] = {"--host": self.host}
        if not self._steered:
            valued |= {
                "--users": self.users,
                "--spawn-rate": self.spawn_rate,
                "--run-time": self.run_time,
            }
        arguments = ["-f", self.locustfile]
        for name, value in valued.items():
            if value is not None:
                arguments += [name, str(value)]
        arguments += self._interface()
        if not self._has("-s", "--stop-timeout") and "LOCUST_STOP_TIMEOUT" not in base:
            arguments += ["--stop-timeout", str(FINISH_REQUESTS_S)]
        if self.otel:
            arguments.append("--otel")
        if meeting_port is not None:
            arguments += self._meeting(meeting_port, base)
        return arguments + list(self.extra)

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Locust's environment: `base`, and where its spans and files go."""
        ours = {
            RUN_DIR: str(self.run_dir.resolve()),
            RUN_ID: self.run_id,
            PARENT_PID: str(os.getpid()),
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            **self.exporter,
            "PYTHONUNBUFFERED": "1",
        }
        if self.test is not None:
            ours[VARIABLE] = self.test.variable()
        if self.otel or self._has("--otel"):
            attributes = (base.get("OTEL_RESOURCE_ATTRIBUTES"), f"slowhop.run.id={self.run_id}")
            ours["OTEL_RESOURCE_ATTRIBUTES"] = ",".join(part for part in attributes if part)
            ours["OTEL_TRACES_EXPORTER"] = "otlp"
        return {k: v for k, v in base.items() if not k.startswith(_OVERRIDING)} | ours

    def _interface(self) -> list[str]:
        if self.web_ui_port is None:
            quiet = [] if self._has("--print-stats") else ["--only-summary"]
            return ["--headless", *quiet]
        page = ["--web-port", str(self.web_ui_port)]
        if not self._has("--web-host"):
            page += ["--web-host", "127.0.0.1"]
        if (self.users is not None or self._steered) and not self._has("--autostart"):
            page.append("--autostart")
            ends = self.run_time is not None or self._steered
            page += ["--autoquit", "1"] if ends else []
        return page

    def _meeting(self, port: int, base: Mapping[str, str]) -> list[str]:
        place = ["--master-bind-port", str(port), "--master-port", str(port)]
        if not self._has("--master-bind-host") and "LOCUST_MASTER_BIND_HOST" not in base:
            place += ["--master-bind-host", LOOPBACK]
        return place

    @property
    def _steered(self) -> bool:
        return self.test is not None and self.test.steers

    def _has(self, *names: str) -> bool:
        return any(option.partition("=")[0] in names for option in self.extra)
