"""Starts a system of sample services as processes of its own, and stops them again.

with up("shop", fault="slow_hop", log_dir=Path("logs")) as services:
    requests.get(services.entry_url)
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services import process
from services.errors import ServiceError
from services.plan import Plan
from services.running import RunningService, RunningServices, stop_processes
from services.shop import plan as shop
from services.shop.faults import NO_FAULT, Fault, fault, faults
from services.tutorial import plan as tutorial
from services.tutorial.plan import VARIANTS

__all__ = ["DEFAULT_VARIANT", "SYSTEMS", "VARIANTS", "Fault", "faults", "up"]

SYSTEMS: Final = ("tutorial", "shop")
DEFAULT_VARIANT: Final = "automatic"
START_DEADLINE_S: Final = 30.0
"""Eight interpreters that start at once on two busy cores need 5 s; this is for worse machines."""

REQUESTS_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""What the HTTP exporter's library trusts instead of what the exporter is told. The services call
nobody else over TLS."""

LOOPBACK: Final = "127.0.0.1"
HEALTH_TIMEOUT_S: Final = 2.0
HEALTH_INTERVAL_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """Where services send their spans; what is None is left to the environment.

    Attributes:
        more: what exporters are told besides that: OTEL_EXPORTER_OTLP_*.
    """

    endpoint: str | None = None
    protocol: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """The environment variables that say so."""
        told = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": self.protocol,
        }
        return {name: value for name, value in told.items() if value is not None} | dict(self.more)

    def overruled_by(self, name: str) -> bool:
        """Whether a variable of the environment would win over what is said here."""
        if name in REQUESTS_BUNDLES:
            return "OTEL_EXPORTER_OTLP_CERTIFICATE" in self.more
        signals = ("OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_METRICS_")
        return self.endpoint is not None and name.startswith(signals)


@dataclass(slots=True, kw_only=True)
class _Listeners:
    """Bound sockets for services that are yet to start."""

    stack: ExitStack
    sockets: dict[str, socket.socket] = field(default_factory=dict)

    def open(self, name: str) -> str:
        """Bind a free port for a service and give its URL."""
        listener = socket.create_server((LOOPBACK, 0), backlog=process.BACKLOG)
        self.sockets[name] = self.stack.enter_context(listener)
        return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def up(
    system: str,
    *,
    log_dir: Path,
    fault: str | None = None,
    strength: float = 1.0,
    variant: str = DEFAULT_VARIANT,
    seed: int = 1,
    otlp_endpoint: str | None = None,
    otlp_protocol: str | None = None,
    otlp_variables: Mapping[str, str] | None = None,
    database_url: str | None = None,
    start_deadline_s: float = START_DEADLINE_S,
) -> RunningServices:
    """Start a system; every service of what this gives has answered a health check.

    Args:
        system: `tutorial` or `shop`.
        log_dir: where each service's output goes, into `NAME.log`; made if it is missing.
        fault: what is wrong with the shop, one of `faults()`.
        strength: how much of it: 1 all, 0.5 half.
        variant: how the tutorial is traced: `without`, `manual` or `automatic`.
        seed: chooses all random draws.
        otlp_endpoint: where spans go, such as `http://127.0.0.1:4318`; None leaves it to
            OTEL_EXPORTER_OTLP_ENDPOINT, and without that to the port of OpenTelemetry's defaults.
        otlp_protocol: `http/protobuf` or `grpc`; None leaves it to OTEL_EXPORTER_OTLP_PROTOCOL.
        otlp_variables: what exporters are told besides that: OTEL_EXPORTER_OTLP_*.
        database_url: where the shop's tables are; None for temporary SQLite files.
        start_deadline_s: how long all services together may take until they answer.

    Raises:
        ServiceError: no such system, fault or variant; or a service ended, or did not answer in
            time, with the end of its log in the hint.
    """
    plan, chosen = _plan(
        system,
        fault=fault,
        strength=strength,
        variant=variant,
        seed=seed,
        database_url=database_url,
    )
    log_dir.mkdir(parents=True, exist_ok=True)
    telemetry = Telemetry(endpoint=otlp_endpoint, protocol=otlp_protocol, more=otlp_variables or {})
    started = _start(plan, log_dir, telemetry)
    running = RunningServices(
        system=system, entry=plan.entry, services=started, fault=chosen, variant=variant
    )
    try:
        _wait_until_healthy(running, deadline=time.monotonic() + start_deadline_s)
    except BaseException:
        running.stop()
        raise
    return running


def _plan(
    system: str,
    *,
    fault: str | None,
    strength: float,
    variant: str,
    seed: int,
    database_url: str | None,
) -> tuple[Plan, Fault | None]:
    if system == "shop":
        if variant != DEFAULT_VARIANT:
            raise ServiceError(
                f"the shop has no variant {variant!r}", hint="variants are the tutorial's"
            )
        chosen = _fault(fault)
        plan = shop.plan(chosen.name, strength=strength, seed=seed, database_url=database_url)
        return plan, chosen
    if system == "tutorial":
        if fault not in {None, NO_FAULT}:
            raise ServiceError(f"the tutorial has no fault {fault!r}", hint="faults are the shop's")
        return tutorial.plan(variant, seed=seed), None
    raise ServiceError(
        f"there are no sample services {system!r}", hint=f"choose one of: {', '.join(SYSTEMS)}"
    )


def _fault(name: str | None) -> Fault:
    return fault(NO_FAULT if name is None else name)


def _start(plan: Plan, log_dir: Path, telemetry: Telemetry) -> Mapping[str, RunningService]:
    started: dict[str, RunningService] = {}
    with ExitStack() as stack:
        # All ports are taken before the first process starts, so that each can know all others.
        listeners = _Listeners(stack=stack)
        urls = {name: listeners.open(name) for name in plan.modules}
        try:
            for name, module in plan.modules.items():
                environment = _inherited(telemetry) | telemetry.variables()
                started[name] = _spawn(
                    name,
                    module,
                    environment | plan.environment(name, urls),
                    url=urls[name],
                    listener=listeners.sockets[name],
                    log=log_dir / f"{name}.log",
                )
        except BaseException:
            stop_processes(tuple(started.values()))
            raise
    return started


def _inherited(telemetry: Telemetry) -> dict[str, str]:
    # A name or instance given to this process, or a fault of its own environment, is not theirs.
    ours = {"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("SLOWHOP_") and not telemetry.overruled_by(name)
    }
    # The services are found where this file is, whatever the current directory.
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


def _spawn(
    name: str,
    module: str,
    environment: Mapping[str, str],
    *,
    url: str,
    listener: socket.socket,
    log: Path,
) -> RunningService:
    told = {
        process.SERVICE: name,
        process.SOCKET_FD: str(listener.fileno()),
        process.WATCH_STDIN: "1",
    }
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**environment, **told},
            stdin=subprocess.PIPE,  # stays open as long as this process lives, and no longer
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(listener.fileno(),),
            start_new_session=True,  # Ctrl-C reaches the launcher alone, which stops the services
        )
    return RunningService(name=name, url=url, log=log, child=child)


def _wait_until_healthy(running: RunningServices, *, deadline: float) -> None:
    waiting = dict(running.services)
    while waiting:
        running.check()
        for name, service in tuple(waiting.items()):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise service.not_ready()
            if service.is_healthy(timeout_s=min(left_s, HEALTH_TIMEOUT_S)):
                del waiting[name]
        time.sleep(HEALTH_INTERVAL_S if waiting else 0)
